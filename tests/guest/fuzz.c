// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile guest. On one CPU it makes any call from anywhere, with arguments
 * that are wrong in every way that a guest can think of, inside handlers that it
 * may never complete, and knows from the reference model what each must answer
 * and where it must lead. PSCI's calls in between change nothing of it. (On several
 * CPUs at once: rage.c.)
 *
 * The words seed=N and steps=N choose what is done and how long; a seed does the
 * same again.
 */
#include "../proof/reference.h"
#include "guest.h"

#define PAD_SIZE	12
#define DEFAULT_STEPS	10000

/* What the reference model's assertions end in. */
void __assert_fail(const char *what, const char *file, unsigned int line,
		   const char *function)
{
	print("# %s:%u: %s: %s\n", file, line, function, what);
	give_up("the reference model is at its end");
}

static u64 any_address(void)
{
	if (!below(4))
		return nowhere();
	return (u64)fuzz_pads + PAD_SIZE * below(FUZZ_PADS);
}

/* ---- one CPU, and the reference model ---- */

static struct ref ref;
static unsigned int delivered, nested, slept;

/* The event that ends a CPU_SUSPEND, or -1. */
static int wakes;

static void arguments(u64 *x)
{
	any_call(x, NR_SAVED);
	switch ((u32)x[0]) {
	case SDEI_EVENT_REGISTER:
		x[2] = any_address();
		if (x[4] & REGISTER_RELATIVE)
			x[2] -= (u64)vectors;
		else if (!below(16))
			x[2] = 0;
		break;
	case SDEI_EVENT_COMPLETE_AND_RESUME:
		x[1] = any_address();
		break;
	}
}

static u64 any_pstate(void)
{
	u64 pstate = (below(2) ? PSTATE_EL1H : PSTATE_EL1T) | PSTATE_DAIF;

	pstate |= below(16) << 28;
	if (cpu_has(FEATURE_PAN) && below(2))
		pstate |= PSTATE_PAN;
	return pstate;
}

/* Have the model raise an event on this CPU, or for the VM. */
static void raise_in(struct ref *model, u32 number, bool shared)
{
	if (shared)
		ref_raise_shared(model, number);
	else
		ref_raise(model, 0, number);
}

/* An event that this CPU would take at once, or -1. */
static int any_that_wakes(void)
{
	unsigned int first = below(NR_EVENTS), n;

	for (n = 0; n < NR_EVENTS; n++) {
		unsigned int event = (first + n) % NR_EVENTS;
		struct ref trial = ref;

		raise_in(&trial, EVENT_NUMBER(event), is_shared(event));
		if (ref_is_deliverable(&trial, 0))
			return event;
	}
	return -1;
}

static unsigned int cpus_on(void)
{
	unsigned int cpu, on = 0;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (cpus[cpu].online)
			on |= 1U << cpu;
	return on;
}

/* No other CPU is to be switched on, and this one sleeps only if something wakes it. */
static void psci_arguments(u64 *x)
{
	any_psci(x);
	if (x[0] == PSCI_CPU_ON && psci_answer(x, cpus_on()) == SUCCESS)
		x[1] = this_cpu()->mpidr;
	/* It takes long. */
	if (!below(64))
		wakes = any_that_wakes();
	if (wakes >= 0) {
		x[0] = PSCI_CPU_SUSPEND;
		raise_asleep(wakes);
		slept++;
	}
}

/* A call, or a store upon which the VMM raises an event; and what follows. */
static void choose(struct registers *in)
{
	struct ref_regs *regs = &ref.pe[0].regs;
	unsigned int n;
	u32 number;

	wakes = -1;
	fill(in, any_number());
	in->pstate = any_pstate();
	if (below(12))
		arguments(in->x);
	else
		psci_arguments(in->x);
	in->pc = (u64)(use_smc ? fuzz_smc : fuzz_hvc);
	if (wakes < 0 && !below(4)) {
		number = any_event();
		in->pc = (u64)fuzz_store;
		in->x[30] = VMM_BASE + VMM_RAISE;
		in->x[29] = number;
		if (below(2))
			in->x[29] |= (u64)VMM_NO_VCPU << 32;
	}

	for (n = 0; n < ARRAY_SIZE(in->x); n++)
		regs->x[n] = in->x[n];
	regs->pc = in->pc;
	regs->pstate = in->pstate;
	regs->elr_el1 = in->pc;
	regs->spsr_el1 = in->pstate;
	regs->sctlr_el1 = read_sysreg(sctlr_el1);
	regs->vbar_el1 = read_sysreg(vbar_el1);
}

/* PSCI's own calls write x1 to x3 as well, and leave SDEI alone. */
static void predict_psci(const struct registers *in)
{
	struct ref_regs *regs = &ref.pe[0].regs;

	regs->x[0] = psci_answer(in->x, cpus_on());
	regs->x[1] = 0;
	regs->x[2] = 0;
	regs->x[3] = 0;
	regs->pc += 4;
	if (wakes >= 0) {
		raise_in(&ref, EVENT_NUMBER(wakes), is_shared(wakes));
		ref_dispatch(&ref, 0);
	}
}

/* What the model makes of it. */
static void predict(const struct registers *in)
{
	unsigned int entered = ref.pe[0].entered, depth;

	if (in->pc == (u64)fuzz_store) {
		ref.pe[0].regs.pc += 4;
		raise_in(&ref, in->x[29], in->x[29] >> 32);
		ref_dispatch(&ref, 0);
	} else if (is_psci(in->x[0])) {
		predict_psci(in);
	} else {
		ref_call(&ref, 0);
	}
	depth = ref.pe[0].depth;
	if (ref.pe[0].entered != entered) {
		delivered++;
		nested += depth == 2;
	}
}

static bool is_pad(u64 pc)
{
	return (pc >= (u64)fuzz_pads && !((pc - (u64)fuzz_pads) % PAD_SIZE) &&
		pc < (u64)fuzz_pads + PAD_SIZE * FUZZ_PADS) ||
	       pc == (u64)fuzz_hvc + 4 || pc == (u64)fuzz_smc + 4 ||
	       pc == (u64)fuzz_store + 4;
}

static bool compare(const struct registers *out)
{
	const struct ref_regs *regs = &ref.pe[0].regs;
	bool shown = is_pad(regs->pc), same = true;
	unsigned int n;

	same &= expect(out->pc, shown ? regs->pc + PAD_SIZE : regs->pc, "PC");
	same &= expect(out->spsr, regs->pstate, "PSTATE");
	for (n = 0; n < ARRAY_SIZE(out->x); n++)
		if (n != 18 && n != 19)
			same &= expect(out->x[n], regs->x[n], "x%u", n);
	if (shown) {
		same &= expect(out->x[18], regs->elr_el1, "ELR_EL1");
		same &= expect(out->x[19], regs->spsr_el1, "SPSR_EL1");
	}
	return same;
}

static bool step(void)
{
	struct registers in, out;

	choose(&in);
	predict(&in);
	run(&in, &out);
	if (compare(&out))
		return true;
	print("# x0 %#llx x1 %#llx x2 %#llx x3 %#llx x4 %#llx x5 %#llx PC %#llx PSTATE %#llx\n",
	      in.x[0], in.x[1], in.x[2], in.x[3], in.x[4], in.x[5], in.pc, in.pstate);
	return false;
}

/* Leave all handlers, whatever they interrupted. */
static void leave_handlers(void)
{
	struct registers in, out;

	call(SDEI_PE_MASK);
	for (; ref.pe[0].depth; ref.pe[0].depth--) {
		prepare(&in, fuzz_hvc, PSTATE_EL1H | PSTATE_DAIF);
		in.x[0] = SDEI_EVENT_COMPLETE;
		run(&in, &out);
	}
}

static void against_model(void)
{
	unsigned int cpu;
	u64 n;

	if (nr_cpus > REF_MAX_PES) {
		skip("the model has not so many CPUs");
		return;
	}
	wild_begin(DEFAULT_STEPS);
	delivered = 0;
	nested = 0;
	slept = 0;
	ref_init(&ref, nr_cpus, fact(FACT_MINOR));
	ref.interrupts = fact(FACT_GIC) ? 256 : 1020;
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		ref.pe[cpu].mpidr = service(SERVICE_MPIDR, cpu, 0, 0, 0);
		ref.pe[cpu].mte = cpu_has(FEATURE_TCO);
	}

	for (n = 0; n < fuzz_steps && step(); n++)
		if (!(n % 1000))
			service(SERVICE_TEST, (u64)"fuzz: against the model", 0, 0, 0);
	print("# seed %llu: %llu calls and raises, %u events delivered, %u of them within another, %u asleep\n",
	      fuzz_seed, n, delivered, nested, slept);
	expect(n, fuzz_steps, "steps without a surprise");
	check(delivered > fuzz_steps / 20, "few events were delivered");
	check(nested > fuzz_steps / 200, "few events were delivered within another");
	check(slept || fuzz_steps < 2 * DEFAULT_STEPS, "no event was delivered asleep");
	leave_handlers();
}

const struct test fuzz_tests[] = {
	{ "against the model", 1, against_model },
	{ "all CPUs at once", 2, rampage },
	{ NULL }
};
