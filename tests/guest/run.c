// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running code with registers of one's choice, and comparing them.
 */
#include "guest.h"

/* Where SP_EL1 points to while code runs that has it on view. */
static char stacks[MAX_CPUS][4096] __aligned(16);

/**
 * run() - run code until its first exception
 * @in: the registers to begin with
 * @out: the registers at the first instruction of the exception
 *
 * Return: the offset of the exception's vector.
 */
u64 run(struct registers *in, struct registers *out)
{
	u64 vector = run_registers(in, out);

	if (cpu_has(FEATURE_PAN))
		asm volatile("msr s0_0_c4_c0_4, xzr");
	return vector;
}

/* A different value in each register, none of them like a small number. */
void fill(struct registers *regs, u64 seed)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(regs->x); n++)
		regs->x[n] = (0x5de1000000000001 + n * 0x0101010101010101) ^ seed << 40;
	regs->sp_el0 = 0xe10e10e10e10e100 ^ seed << 40;
	regs->sp_el1 = (u64)stacks[this_cpu()->index] + sizeof(stacks[0]) - 64;
}

/* Get ready to run a snippet. */
void prepare(struct registers *regs, void *snippet, u64 pstate)
{
	fill(regs, 0);
	regs->pc = (u64)snippet;
	regs->pstate = pstate;
}

/* Change code under way, also that of EL0, which EL1 sees in its alias. */
void patch(void *code, u32 insn)
{
	u32 *alias = code + ALIAS_OFFSET;

	WRITE_ONCE(*alias, insn);
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ialluis\n\tdsb ish\n\tisb"
		     : : "r"(alias) : "memory");
}

void expect_same(const struct registers *got, const struct registers *expected,
		 unsigned int first, unsigned int last, const char *what)
{
	unsigned int n;

	for (n = first; n <= last; n++)
		expect(got->x[n], expected->x[n], "%s: x%u", what, n);
	expect(got->sp_el0, expected->sp_el0, "%s: SP_EL0", what);
	expect(got->sp_el1, expected->sp_el1, "%s: SP_EL1", what);
}

/**
 * exception_pstate() - what an exception makes of PSTATE, as this CPU does it
 * @pstate: before
 *
 * It leaves NZCV and DIT alone, but not on each emulated CPU.
 *
 * Return: after, as far as it can be read.
 */
u64 exception_pstate(u64 pstate)
{
	const u64 kept = PSTATE_NZCV | (cpu_has(FEATURE_DIT) ? PSTATE_DIT : 0);
	void *snippet = pstate & PSTATE_AARCH32 ? user32_svc :
			pstate & 0xc ? kernel_svc : user_svc;
	struct registers in, out;

	prepare(&in, snippet, pstate & ~(u64)(PSTATE_SS | PSTATE_IL | PSTATE_BTYPE));
	run(&in, &out);
	return (out.pstate & ~kept) | (pstate & kept);
}
