/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the fuzzer makes its calls, and where these lead: each place shows
 * ELR_EL1 and SPSR_EL1 in x18 and x19 and ends with an exception.
 */
#include "layout.h"
#include "sdei.h"

	.macro	pad
	mrs	x18, elr_el1
	mrs	x19, spsr_el1
	svc	#0
	.endm

	.text
	.global	fuzz_hvc, fuzz_smc, fuzz_store, fuzz_pads
fuzz_hvc:
	hvc	#0
	pad
fuzz_smc:
	smc	#0
	pad
fuzz_store:
	str	x29, [x30]
	pad
fuzz_pads:
	.rept	FUZZ_PADS
	pad
	.endr

	/*
	 * A handler that signals the CPU whose MPIDR is its argument, which may
	 * do the same: none of them would ever do anything else, so they have a
	 * number of signals that they may send.
	 */
	.global	handler_echo
handler_echo:
	adrp	x3, echoes
	add	x3, x3, #:lo12:echoes
	ldr	x4, [x3]
	cbz	x4, 1f
	sub	x4, x4, #1
	str	x4, [x3]
	mov	x2, x1
	mov	x1, #0
	movz	x0, #SDEI_EVENT_SIGNAL & 0xffff
	movk	x0, #SDEI_EVENT_SIGNAL >> 16, lsl #16
	hvc	#0
1:	movz	x0, #SDEI_EVENT_COMPLETE & 0xffff
	movk	x0, #SDEI_EVENT_COMPLETE >> 16, lsl #16
	hvc	#0
