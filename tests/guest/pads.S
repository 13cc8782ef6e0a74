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

	/* Where handlers resume: back to what they interrupted, from the first with events. */
	.global	rage_resume, rage_resume_masked
rage_resume:
	eret
rage_resume_masked:
	eret
