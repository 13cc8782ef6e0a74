/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests run with registers of their choice, in EL1 and in EL0: an
 * instruction during which, or after which, an event comes, and an SVC, the
 * exception that ends it.
 */
#include "layout.h"

	.macro	snippet, prefix, name, insn:vararg
	.global	\prefix\()_\name
\prefix\()_\name:
	\insn
	svc	#0
	.endm

	.macro	snippets, prefix
	snippet	\prefix, svc, nop
	snippet	\prefix, store, str x29, [x30]
	snippet	\prefix, store_low, str x0, [x1]
	snippet	\prefix, load, ldr x29, [x30]
	snippet	\prefix, load_low, ldr x0, [x1]
	snippet	\prefix, hvc, hvc #0
	snippet	\prefix, smc, smc #0
	snippet	\prefix, wfi, wfi
	/* Ended by patching. */
	snippet	\prefix, spin, b .
	.endm

	.text
	snippets kernel
	.section .user, "ax"
	snippets user
	/* Steps of known effect; the second one raises an event. */
	.global	user_steps, kernel_steps
user_steps:
	add	x0, x0, #1
	str	x29, [x30]
	add	x0, x0, #1
	add	x0, x0, #1
	svc	#0

	/* AArch32: str r1, [r2]; svc #0. Then: b .; svc #0 */
	.balign	4
	.global	user32_store, user32_spin, user32_svc
user32_store:
	.inst	0xe5821000
user32_svc:
	.inst	0xef000000
user32_spin:
	.inst	0xeafffffe
	.inst	0xef000000

	.balign	16
	.global	user_stack
	.skip	4096
user_stack:
	/* So that the image has all of it. */
	.quad	0

	.text
kernel_steps:
	add	x0, x0, #1
	str	x29, [x30]
	add	x0, x0, #1
	add	x0, x0, #1
	svc	#0

	/*
	 * x1 and x2 begin and end the VMM's stepping through x3; in between an
	 * event is raised.
	 */
	.global	kernel_window
kernel_window:
	str	x1, [x3]
	add	x0, x0, #1
	str	x29, [x30]
	add	x0, x0, #1
	str	x2, [x3]
	svc	#0

	/*
	 * EL1 only. Instructions that trap, each followed by one whose absence shows: x0 to
	 * x3 are changed by them, x19 counts rounds until the word at x20 is not 0,
	 * x21 collects what is not as in x22 to x24, x25 is the address to load from,
	 * x26 counts instructions, x27 is an address to store to. All else stays.
	 */
	.global	kernel_storm
kernel_storm:
	mrs	x1, id_aa64pfr0_el1
	add	x26, x26, #1
	eor	x1, x1, x22
	orr	x21, x21, x1
	mov	w0, #0x84000000
	hvc	#0
	add	x26, x26, #1
	eor	x0, x0, x23
	orr	x21, x21, x0
	ldr	x2, [x25]
	add	x26, x26, #1
	eor	x2, x2, x24
	orr	x21, x21, x2
	str	x2, [x27]
	add	x26, x26, #1
	add	x19, x19, #1
	ldr	x3, [x20]
	cbz	x3, kernel_storm
	svc	#0
