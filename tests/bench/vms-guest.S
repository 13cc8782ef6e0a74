/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that registers a handler for event 0 and waits for it. It needs no
 * stack and no memory of its own.
 */
#include "../guest/sdei.h"
#include "vms.h"

	.macro	make_call, function
	movz	x0, #\function & 0xffff
	movk	x0, #\function >> 16, lsl #16
	hvc	#0
	.endm

	.section .rodata, "a"
	.balign	4
	.global	vms_guest, vms_guest_end
vms_guest:
	make_call SDEI_VERSION
	mov	x1, #0
	adr	x2, handler
	mov	x3, #0
	mov	x4, #0
	make_call SDEI_EVENT_REGISTER
	mov	x1, #0
	make_call SDEI_EVENT_ENABLE
	make_call SDEI_PE_UNMASK
	mov	x16, #OUTSIDE
1:	str	xzr, [x16]
	b	1b
handler:
	mov	x16, #IN_HANDLER
	str	xzr, [x16]
	make_call SDEI_EVENT_COMPLETE
vms_guest_end:
