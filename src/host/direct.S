/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where ftrace goes instead of a hooked function, if it calls us directly and not
 * by way of a callback: that spares it most of the registers to save.
 *
 * x0 is the function's argument, x9 where it will return to, x30 where it begins.
 * The C function is asked whether it answers: then we return in its place.
 */
#include <linux/linkage.h>

	.macro	direct_call name, decide
SYM_FUNC_START(\name)
	stp	x29, x9, [sp, #-32]!
	mov	x29, sp
	stp	x0, x30, [sp, #16]
	bl	\decide
	tbnz	w0, #0, 1f
	ldp	x0, x10, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret	x10
1:	mov	w0, #1
	ldp	x29, x30, [sp], #32
	ret
SYM_FUNC_END(\name)
	.endm

	.text
	direct_call kvm_sdei_direct_probe, kvm_sdei_decide_probe
	direct_call kvm_sdei_direct_hypercall, kvm_sdei_hypercall
	direct_call kvm_sdei_direct_runnable, kvm_sdei_decide_runnable
	direct_call kvm_sdei_direct_entry, kvm_sdei_decide_entry
