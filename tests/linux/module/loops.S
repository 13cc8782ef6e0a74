/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The code that events interrupt. Throughout, x19 is the frame; it and what a
 * loop needs apart, each register keeps the value that the frame gives it.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>
#include <asm/sysreg.h>

#include "frame.h"

#define PSCI_VERSION	0x84000000
#define SDEI_COMPLETE	0xc4000025

/* The shadow call stack's pointer has to stay valid: events use it. */
#ifdef CONFIG_SHADOW_CALL_STACK
#define NO_X18		1
#else
#define NO_X18		0
#endif

	.macro	save
	stp	x29, x30, [sp, #-112]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x18, [sp, #96]
	.endm

	.macro	load_registers
	mov	x19, x0
	ldr	x20, [x19, #FRAME_FLAGS]
	msr	nzcv, x20
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	ldr	x\n, [x19, #FRAME_BEFORE + 8 * \n]
	.endr
	.if	!NO_X18
	ldr	x18, [x19, #FRAME_BEFORE + 8 * 18]
	.endif
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [x19, #FRAME_BEFORE + 8 * \n]
	.endr
	.endm

	.macro	store_registers
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	str	x\n, [x19, #FRAME_AFTER + 8 * \n]
	.endr
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [x19, #FRAME_AFTER + 8 * \n]
	.endr
	mrs	x20, nzcv
	str	x20, [x19, #FRAME_FLAGS_OUT]
	.endm

	.macro	restore
	ldr	x18, [sp, #96]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #112
	.endm

/* x20: the release word. */
SYM_FUNC_START(kvm_sdei_test_wedge_run)
	save
	load_registers
SYM_INNER_LABEL(kvm_sdei_test_wedge, SYM_L_GLOBAL)
	ldr	x20, [x19, #FRAME_RELEASE]
	cbz	x20, kvm_sdei_test_wedge
SYM_INNER_LABEL(kvm_sdei_test_wedge_end, SYM_L_GLOBAL)
	store_registers
	restore
	ret
SYM_FUNC_END(kvm_sdei_test_wedge_run)

/* x20: the release word, x21: the number of wake-ups. */
SYM_FUNC_START(kvm_sdei_test_wfi_run)
	save
	load_registers
SYM_INNER_LABEL(kvm_sdei_test_wfi, SYM_L_GLOBAL)
	dsb	sy
	wfi
	add	x21, x21, #1
	str	x21, [x19, #FRAME_COUNT]
	ldr	x20, [x19, #FRAME_RELEASE]
	cbz	x20, kvm_sdei_test_wfi
SYM_INNER_LABEL(kvm_sdei_test_wfi_end, SYM_L_GLOBAL)
	store_registers
	restore
	ret
SYM_FUNC_END(kvm_sdei_test_wfi_run)

/* x20: the release word, x21: passes to go. */
SYM_FUNC_START(kvm_sdei_test_spin_run)
	save
	load_registers
SYM_INNER_LABEL(kvm_sdei_test_spin, SYM_L_GLOBAL)
	ldr	x20, [x19, #FRAME_RELEASE]
	cbnz	x20, kvm_sdei_test_spin_end
	sub	x21, x21, #1
	cbnz	x21, kvm_sdei_test_spin
SYM_INNER_LABEL(kvm_sdei_test_spin_end, SYM_L_GLOBAL)
	store_registers
	restore
	ret
SYM_FUNC_END(kvm_sdei_test_spin_run)

/*
 * x20: the device register's address or 0, x28: not 0 if hypercalls are to be
 * made. After each instruction that traps comes one whose absence shows. The
 * C side has the same arithmetic.
 */
	.macro	step	i
	mrs	x21, id_aa64isar0_el1
	add	x22, x22, x21
	ror	x22, x22, #7
	mrs	x21, id_aa64pfr0_el1
	add	x22, x22, x21

	cbz	x20, 1f
	ldr	w23, [x20]
	add	x24, x24, x23
	ror	x24, x24, #3
1:
	add	x5, x5, x0
	add	x6, x6, x1
	add	x7, x7, x2
	add	x8, x8, x3
	cbz	x28, 2f
	mov	x0, #(PSCI_VERSION >> 16) << 16
	hvc	#0
	add	x26, x26, x0
	ror	x26, x26, #5
2:
	ldp	x0, x1, [x19, #FRAME_BEFORE]
	ldp	x2, x3, [x19, #FRAME_BEFORE + 16]

	add	x25, x25, #1
	str	x25, [x19, #FRAME_MEMORY + 8 * \i]
	.irp	n, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17
	add	x\n, x\n, #\n
	.endr
	.if	!NO_X18
	add	x18, x18, #18
	.endif
	.irp	n, 27, 29, 30
	add	x\n, x\n, #\n
	.endr
	.endm

SYM_FUNC_START(kvm_sdei_test_storm_run)
	save
	load_registers
SYM_INNER_LABEL(kvm_sdei_test_storm, SYM_L_GLOBAL)
	.set	i, 0
	.rept	STORM_STEPS
	step	i
	.set	i, i + 1
	.endr
SYM_INNER_LABEL(kvm_sdei_test_storm_end, SYM_L_GLOBAL)
	store_registers
	restore
	ret
SYM_FUNC_END(kvm_sdei_test_storm_run)

/* A handler that never completes. */
SYM_CODE_START(kvm_sdei_test_hang)
	wfi
	b	kvm_sdei_test_hang
SYM_CODE_END(kvm_sdei_test_hang)

/* A handler that waits until its argument, x1, is let go, and completes. */
SYM_CODE_START(kvm_sdei_test_hold)
	adr_l	x2, kvm_sdei_test_let_go
1:	ldr	x3, [x2]
	cmp	x3, x1
	b.lo	1b
	mov	x0, #SDEI_COMPLETE & 0xffff
	movk	x0, #SDEI_COMPLETE >> 16, lsl #16
	mov	x1, xzr
	hvc	#0
	brk	#0
SYM_CODE_END(kvm_sdei_test_hold)
