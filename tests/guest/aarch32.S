/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image for AArch32, in numbers since its assembler is another one: it makes
 * SDEI's calls, each of which must give NOT_SUPPORTED, and has the VMM print what
 * came of it. The MMU is off, so that nothing in
 * memory changes.
 */
#include "service.h"

#define SDEI_FIRST	0xc4000020
#define SDEI_COUNT	0x20

	/* Branches: cond is the upper digit. */
	.macro	branch, cond, target
	.long	(\cond << 28) | 0x0a000000 | (((\target - . - 8) >> 2) & 0xffffff)
	.endm

	/* movw and movt */
	.macro	load, reg, value
	.long	0xe3000000 | (((\value) >> 12) & 0xf) << 16 | \reg << 12 | ((\value) & 0xfff)
	.long	0xe3400000 | (((\value) >> 28) & 0xf) << 16 | \reg << 12 | (((\value) >> 16) & 0xfff)
	.endm

	.set	EQ, 0x0
	.set	NE, 0x1
	.set	ALWAYS, 0xe

	/* request: r9 is the VMM's page */
	.macro	request, label
	load	8, RAM_BASE + \label - start
	.long	0xe5898000 | VMM_REQUEST	/* str r8, [r9] */
	.endm

	.macro	each_call, insn, failed
	load	10, SDEI_FIRST
1:	.long	0xe1a0000a			/* mov r0, r10 */
	load	1, 0x40000000
	.long	\insn
	.long	0xe3700001			/* cmn r0, #1 */
	branch	NE, \failed
	.long	0xe28aa001			/* add r10, r10, #1 */
	load	4, SDEI_FIRST + SDEI_COUNT
	.long	0xe15a0004			/* cmp r10, r4 */
	branch	NE, 1b
	.endm

	.text
start:
	load	9, VMM_BASE
	each_call 0xe1400070, hvc_failed	/* hvc #0 */
	request	hvc_ok
	branch	ALWAYS, smc_part
hvc_failed:
	request	hvc_not_ok
smc_part:
	each_call 0xe1600070, smc_failed	/* smc #0 */
	request	smc_ok
	branch	ALWAYS, attached_part
smc_failed:
	request	smc_not_ok
attached_part:
	.long	0xe5990000 | (VMM_FACT + 8 * FACT_ATTACHED)	/* ldr r0, [r9, #n] */
	.long	0xe3500000			/* cmp r0, #0 */
	branch	NE, attached
	request	not_attached_ok
	branch	ALWAYS, end
attached:
	request	not_attached_not_ok
end:
	request	plan
	request	leave
	branch	ALWAYS, end

	.macro	text, label, string
	.balign	8
\label:
	/* struct request for SERVICE_PRINT, which is 0 */
	.quad	0, RAM_BASE + 1f - start, 0, 0, 0, 0
1:	.asciz	"\string\n"
	.endm

	text	hvc_ok, "ok - AArch32: HVC gives NOT_SUPPORTED"
	text	hvc_not_ok, "not ok - AArch32: HVC gives NOT_SUPPORTED"
	text	smc_ok, "ok - AArch32: SMC gives NOT_SUPPORTED"
	text	smc_not_ok, "not ok - AArch32: SMC gives NOT_SUPPORTED"
	text	not_attached_ok, "ok - AArch32: the VM is not in sysfs"
	text	not_attached_not_ok, "not ok - AArch32: the VM is not in sysfs"
	text	plan, "1..3"
	.balign	8
leave:
	/* SERVICE_EXIT, 0 */
	.quad	1, 0, 0, 0, 0, 0
