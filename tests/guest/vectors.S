/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions, and run(), which ends with one: it takes on registers, goes to
 * where they say, and comes back with the registers that the next exception
 * has found.
 *
 * SP_EL1 points to memory that may be written below, always.
 */
#include "macros.S"

	.macro	to_exception, offset
	stp	x0, x1, [sp, #-16]!
	mov	x0, #\offset
	b	exception
	.endm

	.macro	vector_table, name
	.balign	0x800
	.global	\name
\name:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	to_exception \n * 0x80
	.endr
	.balign	0x80
	.endm

	.text
	vector_table vectors
	/* To be registered as relative, like its twin after the other table. */
	handler	handler_after_vectors, 0, tpidrro_el0
	vector_table other_vectors
	handler	handler_after_other_vectors, 0, tpidrro_el0

	/* Vectors that spin at the exception's very first instruction. */
	.balign	0x800
	.global	spinning_vectors
spinning_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	b	.
	to_exception \n * 0x80
	.endr

	/*
	 * Those of a guest with handlers that are not there: an exception where there is no
	 * code has hit such a one, and what it should have done is done here. All is as it
	 * was left at its entry, but for ELR_EL1 and SPSR_EL1.
	 */
	.balign	0x800
	.global	rage_vectors, rage_vectors_end
rage_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	.if	\n == 4
	stp	x0, x1, [sp, #-16]!
	mrs	x0, elr_el1
	tst	x0, #3
	b.ne	lost
	lsr	x0, x0, #24
	cmp	x0, #RAM_BASE >> 24
	b.ne	lost
	ldp	x0, x1, [sp], #16
	.endif
	to_exception \n * 0x80
	.endr
	.balign	0x80

	/* Critical events have odd numbers. */
lost:	ldp	x0, x1, [sp], #16
	tbz	x0, #0, 1f
	b	handler_lost_critical
1:	b	handler_lost
rage_vectors_end:

	.balign	0x80
exception:
	mrs	x1, tpidr_el1
	ldr	x1, [x1, #CPU_EXCEPTION]
	stp	x2, x3, [x1, #REGS_X(2)]
	stp	x4, x5, [x1, #REGS_X(4)]
	stp	x6, x7, [x1, #REGS_X(6)]
	stp	x8, x9, [x1, #REGS_X(8)]
	stp	x10, x11, [x1, #REGS_X(10)]
	stp	x12, x13, [x1, #REGS_X(12)]
	stp	x14, x15, [x1, #REGS_X(14)]
	stp	x16, x17, [x1, #REGS_X(16)]
	stp	x18, x19, [x1, #REGS_X(18)]
	stp	x20, x21, [x1, #REGS_X(20)]
	stp	x22, x23, [x1, #REGS_X(22)]
	stp	x24, x25, [x1, #REGS_X(24)]
	stp	x26, x27, [x1, #REGS_X(26)]
	stp	x28, x29, [x1, #REGS_X(28)]
	str	x30, [x1, #REGS_X(30)]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x1, #REGS_X(0)]
	save_system x1, x2, x3, x4
	ldr	x2, [x1, #REGS_ELR]
	str	x2, [x1, #REGS_PC]

	mrs	x9, tpidr_el1
	ldr	x10, [x9, #CPU_SP]
	cbz	x10, 1f
	mov	sp, x10
	ldp	x10, x11, [sp], #16
	str	x10, [x9, #CPU_EXCEPTION]
	str	x11, [x9, #CPU_SP]
	ldp	x18, x19, [sp, #16]
	ldp	x20, x21, [sp, #32]
	ldp	x22, x23, [sp, #48]
	ldp	x24, x25, [sp, #64]
	ldp	x26, x27, [sp, #80]
	ldr	x28, [sp, #96]
	ldp	x29, x30, [sp], #112
	ret

	/* Nobody waits for it. */
1:	ldr	x10, [x9, #CPU_STACK]
	mov	sp, x10
	b	unexpected_exception

	/*
	 * u64 run_registers(const struct registers *in, struct registers *out)
	 * gives the vector's offset.
	 */
	.global	run_registers
run_registers:
	stp	x29, x30, [sp, #-112]!
	stp	x18, x19, [sp, #16]
	stp	x20, x21, [sp, #32]
	stp	x22, x23, [sp, #48]
	stp	x24, x25, [sp, #64]
	stp	x26, x27, [sp, #80]
	str	x28, [sp, #96]
	mrs	x9, tpidr_el1
	ldr	x10, [x9, #CPU_EXCEPTION]
	ldr	x11, [x9, #CPU_SP]
	stp	x10, x11, [sp, #-16]!
	mov	x10, sp
	str	x1, [x9, #CPU_EXCEPTION]
	str	x10, [x9, #CPU_SP]

	ldr	x2, [x0, #REGS_PC]
	msr	elr_el1, x2
	ldr	x2, [x0, #REGS_PSTATE]
	msr	spsr_el1, x2
	ldr	x2, [x0, #REGS_SP_EL0]
	msr	sp_el0, x2
	ldr	x2, [x0, #REGS_SP_EL1]
	mov	sp, x2
	mov	x30, x0
	ldp	x0, x1, [x30, #REGS_X(0)]
	ldp	x2, x3, [x30, #REGS_X(2)]
	ldp	x4, x5, [x30, #REGS_X(4)]
	ldp	x6, x7, [x30, #REGS_X(6)]
	ldp	x8, x9, [x30, #REGS_X(8)]
	ldp	x10, x11, [x30, #REGS_X(10)]
	ldp	x12, x13, [x30, #REGS_X(12)]
	ldp	x14, x15, [x30, #REGS_X(14)]
	ldp	x16, x17, [x30, #REGS_X(16)]
	ldp	x18, x19, [x30, #REGS_X(18)]
	ldp	x20, x21, [x30, #REGS_X(20)]
	ldp	x22, x23, [x30, #REGS_X(22)]
	ldp	x24, x25, [x30, #REGS_X(24)]
	ldp	x26, x27, [x30, #REGS_X(26)]
	ldp	x28, x29, [x30, #REGS_X(28)]
	ldr	x30, [x30, #REGS_X(30)]
	eret
