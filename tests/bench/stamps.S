/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handler and an interrupt's vector that note in their first instruction
 * when they ran. The code that they interrupt expects x16 and x17 to change.
 */
#include "../guest/layout.h"
#include "../guest/sdei.h"

	.text
	.global	handler_stamp
handler_stamp:
	mrs	x17, cntpct_el0
	adr	x16, stamp
	str	x17, [x16]
	movz	x0, #SDEI_EVENT_COMPLETE & 0xffff
	movk	x0, #SDEI_EVENT_COMPLETE >> 16, lsl #16
	hvc	#0
	b	.

	.balign	0x800
	.global	stamping_vectors
stamping_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	.if	\n == 5
	/* An IRQ, from EL1h. */
	mrs	x17, cntpct_el0
	adr	x16, stamp
	str	x17, [x16]
	mrs	x16, s3_0_c12_c12_0 /* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x16 /* ICC_EOIR1_EL1 */
	eret
	.else
	b	vectors + \n * 0x80
	.endif
	.endr
	.balign	0x80

	.global	stamp
stamp:
	.quad	0
