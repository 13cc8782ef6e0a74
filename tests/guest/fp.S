/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void fp_fill(u64 seed): a different value in each half of v0 to v31.
 * unsigned int fp_errors(u64 seed): how many halves have another one.
 */
	.arch	armv8-a
	.text
	.global	fp_fill
fp_fill:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	add	x0, x0, #1
	fmov	d\n, x0
	add	x0, x0, #1
	fmov	v\n\().d[1], x0
	.endr
	ret

	.macro	compare, value
	add	x0, x0, #1
	cmp	\value, x0
	cinc	w1, w1, ne
	.endm

	.global	fp_errors
fp_errors:
	mov	w1, #0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fmov	x2, d\n
	compare	x2
	fmov	x2, v\n\().d[1]
	compare	x2
	.endr
	mov	w0, w1
	ret
