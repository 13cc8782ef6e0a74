/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included by the other assembly: macros that save a struct registers.
 */
#include "layout.h"

	/* Adds a field of PSTATE if the CPU has it. */
	.macro	add_pstate_field, pstate, features, bit, field, tmp
	tbz	\features, #\bit, .Lno_field\@
	mrs	\tmp, \field
	orr	\pstate, \pstate, \tmp
.Lno_field\@:
	.endm

	/* All but general registers, to \base; uses three registers, no flags. */
	.macro	save_system, base, a, b, c
	mrs	\a, elr_el1
	str	\a, [\base, #REGS_ELR]
	mrs	\a, spsr_el1
	str	\a, [\base, #REGS_SPSR]
	mrs	\a, esr_el1
	str	\a, [\base, #REGS_ESR]
	mrs	\a, far_el1
	str	\a, [\base, #REGS_FAR]
	mrs	\a, sp_el0
	str	\a, [\base, #REGS_SP_EL0]
	mov	\a, sp
	str	\a, [\base, #REGS_SP_EL1]
	mrs	\c, tpidr_el1
	ldr	\c, [\c, #CPU_FEATURES]
	mrs	\a, nzcv
	mrs	\b, daif
	orr	\a, \a, \b
	mrs	\b, currentel
	orr	\a, \a, \b
	mrs	\b, spsel
	orr	\a, \a, \b
	add_pstate_field \a, \c, FEATURE_PAN, s3_0_c4_c2_3, \b
	add_pstate_field \a, \c, FEATURE_UAO, s3_0_c4_c2_4, \b
	add_pstate_field \a, \c, FEATURE_SSBS, s3_3_c4_c2_6, \b
	add_pstate_field \a, \c, FEATURE_DIT, s3_3_c4_c2_5, \b
	add_pstate_field \a, \c, FEATURE_TCO, s3_3_c4_c2_7, \b
	str	\a, [\base, #REGS_PSTATE]
	.endm

	/*
	 * A handler for events of a level, 0 or 1: saves all registers as it
	 * finds them, calls C and completes as that says. It trusts no stack.
	 */
	.macro	handler, name, level, scratch
	.global	\name
\name:
	msr	\scratch, x17
	mrs	x17, tpidr_el1
	ldr	x17, [x17, #CPU_HANDLER + 8 * \level]
	stp	x0, x1, [x17, #REGS_X(0)]
	stp	x2, x3, [x17, #REGS_X(2)]
	stp	x4, x5, [x17, #REGS_X(4)]
	stp	x6, x7, [x17, #REGS_X(6)]
	stp	x8, x9, [x17, #REGS_X(8)]
	stp	x10, x11, [x17, #REGS_X(10)]
	stp	x12, x13, [x17, #REGS_X(12)]
	stp	x14, x15, [x17, #REGS_X(14)]
	mrs	x0, \scratch
	stp	x16, x0, [x17, #REGS_X(16)]
	stp	x18, x19, [x17, #REGS_X(18)]
	stp	x20, x21, [x17, #REGS_X(20)]
	stp	x22, x23, [x17, #REGS_X(22)]
	stp	x24, x25, [x17, #REGS_X(24)]
	stp	x26, x27, [x17, #REGS_X(26)]
	stp	x28, x29, [x17, #REGS_X(28)]
	str	x30, [x17, #REGS_X(30)]
	save_system x17, x0, x1, x2
	adr	x0, \name
	str	x0, [x17, #REGS_PC]
	b	handler_body
	.endm
