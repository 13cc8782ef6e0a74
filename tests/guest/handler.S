/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The handlers that tests register. A critical one may interrupt a normal one
 * anywhere, so that each has a scratch register and a frame of its own.
 */
#include "macros.S"
#include "sdei.h"

	.text
	handler	handler_normal, 0, tpidrro_el0
	handler	handler_critical, 1, tpidr_el0
	/* Those of events whose handlers are not there. */
	handler	handler_lost, 0, tpidrro_el0
	handler	handler_lost_critical, 1, tpidr_el0

	/* x17: the frame */
	.global	handler_body
handler_body:
	mov	x19, x17
	ldr	x0, [x19, #FRAME_STACK]
	mov	sp, x0
	mov	x0, x19
	bl	handle

	ldr	x0, [x19, #REGS_SP_EL1]
	mov	sp, x0
	ldr	x18, [x19, #REGS_X(18)]
	ldp	x20, x21, [x19, #REGS_X(20)]
	ldp	x22, x23, [x19, #REGS_X(22)]
	ldp	x24, x25, [x19, #REGS_X(24)]
	ldp	x26, x27, [x19, #REGS_X(26)]
	ldp	x28, x29, [x19, #REGS_X(28)]
	ldr	x30, [x19, #REGS_X(30)]
	/* What the handler may change must not be what it has found. */
	mov	x2, #0x22
	mov	x4, #0x44
	mov	x5, #0x55
	mov	x6, #0x66
	mov	x7, #0x77
	mov	x8, #0x88
	mov	x9, #0x99
	mov	x10, #0xaa
	mov	x11, #0xbb
	mov	x12, #0xcc
	mov	x13, #0xdd
	mov	x14, #0xee
	mov	x15, #0xff
	mov	x16, #0x1616
	mov	x17, #0x1717
	ldr	x0, [x19, #FRAME_FUNCTION]
	ldr	x1, [x19, #FRAME_ARGUMENT]
	ldr	x3, [x19, #FRAME_SMC]
	ldr	x19, [x19, #REGS_X(19)]
	cbnz	x3, 1f
	hvc	#0
	b	2f
1:
	smc	#0
	/* It should not have returned. */
2:	mrs	x1, tpidr_el1
	ldr	x1, [x1, #CPU_STACK]
	mov	sp, x1
	b	not_completed

	/* The shortest handler. */
	.global	handler_tiny, handler_tiny_end
handler_tiny:
	movz	x0, #SDEI_EVENT_COMPLETE & 0xffff
	movk	x0, #SDEI_EVENT_COMPLETE >> 16, lsl #16
	hvc	#0
handler_tiny_end:
