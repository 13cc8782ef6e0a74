/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What assembly and C share: the layout of saved registers and of a CPU's data.
 */
#ifndef _GUEST_LAYOUT_H
#define _GUEST_LAYOUT_H

#include "service.h"

/* A second mapping of the memory, for EL1 alone, and one of the VMM's page. */
#define ALIAS_OFFSET	0x40000000
#define USER_VMM_OFFSET	0x00200000

/* The part of the memory that EL0 may use. */
#define USER_BASE	0x40200000

#define REGS_X(n)	(8 * (n))
#define REGS_PC		248
#define REGS_PSTATE	256
#define REGS_SP_EL0	264
#define REGS_SP_EL1	272
#define REGS_ELR	280
#define REGS_SPSR	288
#define REGS_ESR	296
#define REGS_FAR	304

#define FRAME_FUNCTION	320
#define FRAME_ARGUMENT	328
#define FRAME_SMC	336
#define FRAME_STACK	344

#define CPU_EXCEPTION	0
#define CPU_SP		8
#define CPU_HANDLER	16
#define CPU_FEATURES	32
#define CPU_STACK	40
#define CPU_SHIFT	7

/* Bits of CPU_FEATURES: fields of PSTATE that can be read. */
#define FEATURE_PAN	0
#define FEATURE_UAO	1
#define FEATURE_SSBS	2
#define FEATURE_DIT	3
#define FEATURE_TCO	4
/* And others: EL0 can be AArch32. */
#define FEATURE_AARCH32	5
#define FEATURE_BTI	6

/* Offset in the vectors' page of a handler, to be registered as relative. */
#define RELATIVE_OFFSET	0x800

#ifndef __ASSEMBLER__

#include <linux/types.h>

/**
 * struct registers - registers of a CPU, to load or as they were saved
 * @x: x0 to x30
 * @pc: where to go, where an exception came from, or which handler ran
 * @pstate: PSTATE to take, or what could be read of it when it was saved
 * @sp_el0: SP_EL0
 * @sp_el1: SP_EL1
 * @elr: ELR_EL1
 * @spsr: SPSR_EL1
 * @esr: ESR_EL1
 * @far: FAR_EL1
 */
struct registers {
	u64 x[31];
	u64 pc;
	u64 pstate;
	u64 sp_el0;
	u64 sp_el1;
	u64 elr;
	u64 spsr;
	u64 esr;
	u64 far;
};

/**
 * struct frame - a handler that runs
 * @regs: the registers at its first instruction
 * @function: what it ends with: COMPLETE or COMPLETE_AND_RESUME
 * @argument: x1 for that
 * @smc: not 0: by SMC
 * @stack: the top of its stack
 * @cpu: its CPU's index
 */
struct frame {
	struct registers regs;
	u64 pad;
	u64 function;
	u64 argument;
	u64 smc;
	u64 stack;
	unsigned int cpu;
};

/**
 * struct cpu - a CPU of this machine
 * @exception: where the next exception saves the registers
 * @sp: the stack of who waits for it in run(), or 0
 * @handler: frames of a normal and of a critical handler
 * @features: FEATURE_*
 * @stack: the top of its stack
 * @index: its index
 * @online: it waits for work
 * @touched: a test has used it
 * @mpidr: its MPIDR_EL1, affinity fields only
 * @work: what to do when woken up
 * @arg: with what argument
 * @wakeups: how often its WFI has ended
 */
struct cpu {
	struct registers *exception;
	u64 sp;
	struct frame *handler[2];
	u64 features;
	u64 stack;
	unsigned int index;
	bool online;
	bool touched;
	u64 mpidr;
	void (*work)(void *arg);
	void *arg;
	unsigned int wakeups;
	u64 pad[5];
};

#define check_offset(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), #member)

check_offset(registers, pc, REGS_PC);
check_offset(registers, pstate, REGS_PSTATE);
check_offset(registers, sp_el0, REGS_SP_EL0);
check_offset(registers, sp_el1, REGS_SP_EL1);
check_offset(registers, elr, REGS_ELR);
check_offset(registers, spsr, REGS_SPSR);
check_offset(registers, esr, REGS_ESR);
check_offset(registers, far, REGS_FAR);
check_offset(frame, function, FRAME_FUNCTION);
check_offset(frame, argument, FRAME_ARGUMENT);
check_offset(frame, smc, FRAME_SMC);
check_offset(frame, stack, FRAME_STACK);
check_offset(cpu, exception, CPU_EXCEPTION);
check_offset(cpu, sp, CPU_SP);
check_offset(cpu, handler, CPU_HANDLER);
check_offset(cpu, features, CPU_FEATURES);
check_offset(cpu, stack, CPU_STACK);
_Static_assert(sizeof(struct cpu) == 1 << CPU_SHIFT, "CPU_SHIFT");

#endif /* __ASSEMBLER__ */

#endif /* _GUEST_LAYOUT_H */
