/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From reset to C: the MMU on with an identity map, vectors, a stack per CPU.
 * The memory has been loaded, or zeroed, by the VMM, and stays over resets.
 */
#include "layout.h"

#define PT_TABLE	3
#define PT_BLOCK	1
#define PT_DEVICE	(0 << 2)
#define PT_NORMAL	((1 << 2) | (3 << 8))
#define PT_EL0		(1 << 6)
#define PT_AF		(1 << 10)
#define PT_UXN		(1 << 54)
#define PT_PXN		(1 << 53)

#define KERNEL		(PT_BLOCK | PT_NORMAL | PT_AF | PT_UXN)
#define USER		(PT_BLOCK | PT_NORMAL | PT_AF | PT_EL0 | PT_PXN)
#define DEVICE		(PT_BLOCK | PT_DEVICE | PT_AF | PT_UXN | PT_PXN)

#define BLOCK_SIZE	0x200000

/* Attribute 0 is Device-nGnRnE, 1 is Normal, write-back. */
#define MAIR		0xff00
/* 39 bits of addresses in 4 KiB pages, cacheable, TTBR0 only. */
#define TCR		(25 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23))
/* RES1 with SPAN, nTWE and nTWI; I, C and M. */
#define SCTLR		(0x30d50800 | (1 << 12) | (1 << 2) | (1 << 0))
/* EL0 and EL1 may use floating point. */
#define CPACR		(3 << 20)

	.macro	mov_q, reg, value
	movz	\reg, #(\value) & 0xffff
	movk	\reg, #((\value) >> 16) & 0xffff, lsl #16
	.endm

	.section .text.boot, "ax"
	.global	_start
_start:
	mov	x20, x0
	adr	x21, main
	mov	x22, #0
	b	start

	/* To a CPU that was switched off in the midst of its work. */
	.global	secondary_restart
secondary_restart:
	mov	x20, x0
	adr	x21, secondary_again
	mov	x22, x0
	b	start

	/* PSCI's CPU_ON comes here, with the CPU's index. */
	.global	secondary_start
secondary_start:
	mov	x20, x0
	adr	x21, secondary
	mov	x22, x0

start:
	mov	x0, #MAIR
	msr	mair_el1, x0
	mov_q	x0, TCR
	msr	tcr_el1, x0
	adrp	x0, level1
	msr	ttbr0_el1, x0
	mov_q	x0, CPACR
	msr	cpacr_el1, x0
	msr	mdscr_el1, xzr
	adr	x0, vectors
	msr	vbar_el1, x0
	tlbi	vmalle1
	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	mov_q	x0, SCTLR
	msr	sctlr_el1, x0
	isb

	adrp	x0, cpus
	add	x0, x0, :lo12:cpus
	add	x0, x0, x22, lsl #CPU_SHIFT
	msr	tpidr_el1, x0
	/* The stacks of a CPU are 16 KiB each. */
	adrp	x1, stacks
	add	x22, x22, #1
	add	x1, x1, x22, lsl #14
	str	x1, [x0, #CPU_STACK]
	mov	sp, x1
	mov	x29, xzr
	mov	x0, x20
	blr	x21
	b	.

	.data
	.balign	4096
level1:
	.quad	level2_low + PT_TABLE, level2_ram + PT_TABLE, level2_alias + PT_TABLE
	.balign	4096
level2_low:
	.fill	GICD_BASE / BLOCK_SIZE, 8, 0
	.quad	GICD_BASE + DEVICE
	.fill	(VMM_BASE - GICD_BASE) / BLOCK_SIZE - 1, 8, 0
	.quad	VMM_BASE + DEVICE, (VMM_BASE + DEVICE) | PT_EL0
	.balign	4096
level2_ram:
	.quad	RAM_BASE + KERNEL, USER_BASE + USER
	.set	block, 2
	.rept	RAM_SIZE / BLOCK_SIZE - 2
	.quad	RAM_BASE + block * BLOCK_SIZE + KERNEL
	.set	block, block + 1
	.endr
	.balign	4096
level2_alias:
	.set	block, 0
	.rept	RAM_SIZE / BLOCK_SIZE
	.quad	RAM_BASE + block * BLOCK_SIZE + KERNEL + PT_PXN
	.set	block, block + 1
	.endr
	.balign	4096

	.bss
	.balign	16384
stacks:
	.skip	16384 * MAX_CPUS
