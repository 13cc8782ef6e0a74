/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest without a stack, and without MMU: one call, or calls without end, from
 * wherever an exception or a handler may lead.
 */
#include "bare.h"

	.section .rodata, "a"
	.balign	4
	.global	bare_guest, bare_spin, bare_loop, bare_vectors, bare_guest_end
bare_guest:
	hvc	#0
	str	x0, [x19]
bare_spin:
	b	.
/* x20 counts, x22 has the address of the table. */
bare_loop:
	add	x20, x20, #64
	and	x21, x20, #64 * (BARE_CALLS - 1)
	add	x21, x21, x22
	ldp	x0, x1, [x21]
	ldp	x2, x3, [x21, #16]
	ldp	x4, x5, [x21, #32]
	hvc	#0
	b	bare_loop
	.balign	2048
bare_vectors:
	.rept	16
	b	bare_loop
	.balign	128
	.endr
bare_guest_end:
