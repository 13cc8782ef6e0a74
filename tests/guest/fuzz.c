// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile guest. On one CPU it makes any call from anywhere, with arguments
 * that are wrong in every way that a guest can think of, inside handlers that it
 * may never complete, and knows from the reference model what each must answer
 * and where it must lead. On several CPUs it makes them all at once, where the
 * order is nobody's to know, and looks at what can be answered at all and at
 * what is left behind.
 *
 * The words seed=N and steps=N choose what is done and how long; a seed does the
 * same again.
 */
#include "../proof/reference.h"
#include "guest.h"

#define PAD_SIZE	12
#define DEFAULT_STEPS	10000

static u64 seed, steps;

/* How many signals handler_echo still sends, on all CPUs together. */
u64 echoes;

/* What the reference model's assertions end in. */
void __assert_fail(const char *what, const char *file, unsigned int line,
		   const char *function)
{
	print("# %s:%u: %s: %s\n", file, line, function, what);
	give_up("the reference model is at its end");
}

/* xorshift64 */
static u64 random_from(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1d;
}

static void fuzz_begin(void)
{
	seed = number_word("seed=", 1);
	steps = number_word("steps=", DEFAULT_STEPS);
}

/* ---- numbers that a guest might try ---- */

static u64 rnd_state;

static u64 rnd(void)
{
	return random_from(&rnd_state);
}

static u64 below(u64 limit)
{
	return (rnd() >> 16) % limit;
}

static u64 any_event(void)
{
	static const u32 numbers[] = {
		0, 0x40000000, 0x40000001, 0x40000002, 0x40000003,
		0x40000004, 0x40000100, 0x40000101, 0x40000200, 0x80000000, 0xc0000000,
		0x3fffffff, 1, 0xffffffff,
	};
	u64 number = numbers[below(below(4) ? 5 : ARRAY_SIZE(numbers))];

	/* The upper half is not looked at. */
	return below(8) ? number : number | rnd() << 32;
}

static u64 any_number(void)
{
	static const u64 odd[] = {
		0x8000000000000000, 0x7fffffffffffffff, 0x100000000, 0xffffffff,
		0x80000000, 1020, 1019, 256, 255, 32, 31, 16, 15, 18, 17,
	};

	switch (below(6)) {
	case 0:
		return below(40);
	case 1:
		return -below(12);
	case 2:
		return odd[below(ARRAY_SIZE(odd))];
	case 3:
		return any_event();
	case 4:
		return 1ULL << below(64);
	default:
		return rnd();
	}
}

static u64 any_mpidr(void)
{
	u64 mpidr = this_cpu()->mpidr;

	switch (below(4)) {
	case 0:
		return mpidr | 0x81000000;
	case 1:
		return mpidr ^ 1ULL << below(64);
	case 2:
		return any_number();
	default:
		return mpidr;
	}
}

/* Where code leads that is not there: to an exception, always. */
static u64 nowhere(void)
{
	static const u64 addresses[] = {
		0xdead000000000000, 0xffff000000000000, 0xffffffffffffffff,
		0x0000800000000000, 0x3ffffffc, 0x1, 0x7ffffffffffc, GICD_BASE,
	};

	if (!below(3))
		return (u64)fuzz_pads + 1 + below(3);
	return addresses[below(ARRAY_SIZE(addresses))];
}

static u64 any_address(void)
{
	if (!below(4))
		return nowhere();
	return (u64)fuzz_pads + PAD_SIZE * below(FUZZ_PADS);
}

/* ---- one CPU, and the reference model ---- */

static struct ref ref;
static unsigned int delivered, nested;

static void arguments(u64 *x)
{
	unsigned int n;

	for (n = 0; n < REF_SAVED; n++)
		x[n] = any_number();
	x[0] = SDEI_BASE + below(SDEI_SHARED_RESET - SDEI_BASE + 3);
	/* What takes away what was registered comes less often. */
	if ((x[0] >= SDEI_PRIVATE_RESET || x[0] == SDEI_PE_MASK ||
	     x[0] == SDEI_EVENT_UNREGISTER) && below(8))
		x[0] = SDEI_PE_UNMASK;
	if (!below(3))
		x[0] = below(2) ? SDEI_EVENT_REGISTER : SDEI_EVENT_ENABLE;
	else if (!below(5))
		x[0] = below(2) ? SDEI_EVENT_COMPLETE : SDEI_EVENT_COMPLETE_AND_RESUME;
	if (!below(16))
		x[0] |= rnd() << 32;
	x[1] = below(8) ? any_event() : any_number();

	switch ((u32)x[0]) {
	case SDEI_EVENT_REGISTER:
		x[4] = below(8) ? below(4) : any_number();
		x[5] = any_mpidr();
		x[2] = any_address();
		if (x[4] & REGISTER_RELATIVE)
			x[2] -= (u64)vectors;
		else if (!below(16))
			x[2] = 0;
		break;
	case SDEI_EVENT_COMPLETE_AND_RESUME:
		x[1] = any_address();
		break;
	case SDEI_EVENT_CONTEXT:
		x[1] = below(4) ? below(20) : any_number();
		break;
	case SDEI_EVENT_GET_INFO:
		x[2] = below(8) ? below(6) : any_number();
		break;
	case SDEI_EVENT_ROUTING_SET:
		x[2] = below(8) ? below(2) : any_number();
		x[3] = any_mpidr();
		break;
	case SDEI_EVENT_SIGNAL:
		x[1] = below(8) ? 0 : x[1];
		x[2] = any_mpidr();
		break;
	case SDEI_INTERRUPT_BIND:
		x[1] = below(2) ? below(1100) : any_number();
		break;
	case SDEI_FEATURES:
		x[1] = below(4) ? below(3) : any_number();
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

/* A call, or a store upon which the VMM raises an event; and what follows. */
static void choose(struct registers *in)
{
	struct ref_regs *regs = &ref.pe[0].regs;
	unsigned int n;
	u32 number;

	fill(in, rnd());
	in->pstate = any_pstate();
	arguments(in->x);
	in->pc = (u64)(use_smc ? fuzz_smc : fuzz_hvc);
	if (!below(4)) {
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

/* What the model makes of it. */
static void predict(const struct registers *in)
{
	unsigned int entered = ref.pe[0].entered, depth;

	if (in->pc != (u64)fuzz_store) {
		ref_call(&ref, 0);
	} else {
		ref.pe[0].regs.pc += 4;
		if (in->x[29] >> 32)
			ref_raise_shared(&ref, in->x[29]);
		else
			ref_raise(&ref, 0, in->x[29]);
		ref_dispatch(&ref, 0);
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
	fuzz_begin();
	rnd_state = seed * 0x9e3779b97f4a7c15 + 1;
	delivered = 0;
	nested = 0;
	ref_init(&ref, nr_cpus, fact(FACT_MINOR));
	ref.interrupts = fact(FACT_GIC) ? 256 : 1020;
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		ref.pe[cpu].mpidr = service(SERVICE_MPIDR, cpu, 0, 0, 0);
		ref.pe[cpu].mte = cpu_has(FEATURE_TCO);
	}

	for (n = 0; n < steps && step(); n++)
		if (!(n % 1000))
			service(SERVICE_TEST, (u64)"fuzz: against the model", 0, 0, 0);
	print("# seed %llu: %llu steps, %u events delivered, %u of them within another\n",
	      seed, n, delivered, nested);
	expect(n, steps, "steps without a surprise");
	check(delivered > steps / 20, "few events were delivered");
	check(nested > steps / 200, "few events were delivered within another");
	leave_handlers();
}

/* ---- all CPUs at once ---- */

/* Whether a call can answer that at all. */
static bool can_answer(u32 fn, s64 ret)
{
	switch (ret) {
	case SUCCESS:
		return true;
	case NOT_SUPPORTED:
		return fn > SDEI_SHARED_RESET;
	case INVALID_PARAMETERS:
		return fn == SDEI_EVENT_REGISTER || fn == SDEI_EVENT_ENABLE ||
		       fn == SDEI_EVENT_DISABLE || fn == SDEI_EVENT_UNREGISTER ||
		       fn == SDEI_EVENT_STATUS || fn == SDEI_EVENT_GET_INFO ||
		       fn == SDEI_EVENT_ROUTING_SET || fn == SDEI_INTERRUPT_BIND ||
		       fn == SDEI_INTERRUPT_RELEASE || fn == SDEI_EVENT_SIGNAL ||
		       fn == SDEI_FEATURES;
	case DENIED:
		return fn != SDEI_VERSION && fn != SDEI_EVENT_STATUS &&
		       fn != SDEI_PE_MASK && fn != SDEI_PE_UNMASK &&
		       fn != SDEI_EVENT_SIGNAL && fn != SDEI_FEATURES &&
		       fn != SDEI_PRIVATE_RESET;
	case PENDING:
		return fn == SDEI_EVENT_UNREGISTER;
	case OUT_OF_RESOURCE:
		return fn == SDEI_INTERRUPT_BIND;
	default:
		return fn == SDEI_VERSION || (fn == SDEI_EVENT_STATUS && ret < 8) ||
		       fn == SDEI_EVENT_GET_INFO || (fn == SDEI_PE_MASK && ret == 1) ||
		       (fn == SDEI_FEATURES && ret == 1);
	}
}

static void rage(void *arg)
{
	u64 state = (u64)arg, n, fn, number, a, b, mpidr;
	void *handler;
	s64 ret;

	for (n = 0; n < steps / 16; n++) {
		fn = SDEI_BASE + (random_from(&state) >> 16) % 0x18;
		number = random_from(&state) >> 16;
		number = number % 5 ? 0x40000000 + number % 4 : 0;
		mpidr = cpus[(random_from(&state) >> 16) % nr_cpus].mpidr;
		a = random_from(&state);
		b = random_from(&state);
		if (fn == SDEI_EVENT_REGISTER) {
			handler = a & 0x100 ? handler_tiny : handler_echo;
			ret = call(fn, number, (u64)handler, mpidr, a >> 63, mpidr);
		} else if (fn == SDEI_EVENT_SIGNAL) {
			ret = call(fn, 0, mpidr);
		} else if (fn == SDEI_EVENT_ROUTING_SET) {
			ret = call(fn, number, a >> 63, mpidr);
		} else if (fn == SDEI_EVENT_GET_INFO) {
			ret = call(fn, number, a >> 61);
		} else {
			ret = call(fn, number, a, b, a, b);
		}
		check(can_answer(fn, ret), "call %#llx answers %lld", fn, ret);
	}
	/* No handler runs: C code does. */
	call(SDEI_PE_MASK);
	expect(call(SDEI_PRIVATE_RESET), SUCCESS, "PRIVATE_RESET");
}

static void expect_nothing(void *arg)
{
	unsigned int event;

	(void)arg;
	for (event = 0; event < NR_EVENTS; event++)
		expect(event_status(event), 0, "STATUS of event %u", event);
}

static void rampage(void)
{
	unsigned int round, cpu;
	u64 state;

	fuzz_begin();
	state = seed * 0x9e3779b97f4a7c15 + 1;
	for (round = 0; round < 8; round++) {
		service(SERVICE_TEST, (u64)"fuzz: all CPUs at once", 0, 0, 0);
		WRITE_ONCE(echoes, steps);
		for (cpu = 1; cpu < nr_cpus; cpu++)
			cpu_start(cpu, rage, (void *)random_from(&state));
		rage((void *)random_from(&state));
		for (cpu = 1; cpu < nr_cpus; cpu++)
			cpu_wait(cpu);
		expect(call(SDEI_SHARED_RESET), SUCCESS, "SHARED_RESET");
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			on_cpu(cpu, expect_nothing, NULL);
			expect_sysfs(cpu, FILE_RUNNING, "");
			expect_sysfs(cpu, FILE_PENDING, "");
			expect_sysfs(cpu, FILE_REGISTERED, "");
		}
		/* One of them is switched off, and comes back for more. */
		if (nr_cpus > 1)
			cpu_off(1 + round % (nr_cpus - 1));
	}
	print("# seed %llu: %llu calls\n", seed, 8 * nr_cpus * (steps / 16));

	/* And all is as it was. */
	events_forget();
	event_listen(EVENT_NMI);
	event_raise(EVENT_NMI);
	expect_handled(EVENT_NMI, 1);
}

const struct test fuzz_tests[] = {
	{ "against the model", 1, against_model },
	{ "all CPUs at once", 2, rampage },
	{ NULL }
};
