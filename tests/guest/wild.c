// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a hostile guest tries: numbers, addresses and calls that are wrong in every way
 * that it can think of.
 *
 * Each CPU has a stream of random numbers for what it does of itself and one for its
 * handlers of each priority, so that what comes in between changes no other's.
 */
#include "guest.h"

#define MPIDR_AFFINITY	0xff00ffffff

u64 fuzz_seed, fuzz_steps;

static u64 states[MAX_CPUS][NR_LEVELS], mpidrs[MAX_CPUS], psci_version;
static unsigned int levels[MAX_CPUS];

/* xorshift64 */
static u64 random_from(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1d;
}

/**
 * wild_begin() - begin what the words seed= and steps= ask for
 * @otherwise: how many steps if they do not say
 */
void wild_begin(u64 otherwise)
{
	unsigned int cpu, level;
	u64 state;

	fuzz_seed = number_word("seed=", 1);
	fuzz_steps = number_word("steps=", otherwise);
	state = fuzz_seed * 0x9e3779b97f4a7c15 + 1;
	psci_version = call_hvc(PSCI_VERSION, 0, 0, 0, 0, 0);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		mpidrs[cpu] = service(SERVICE_MPIDR, cpu, 0, 0, 0) & MPIDR_AFFINITY;
		levels[cpu] = LEVEL_NONE;
		for (level = 0; level < NR_LEVELS; level++)
			states[cpu][level] = random_from(&state);
	}
}

/**
 * wild_level() - say at which level this CPU runs
 * @level: LEVEL_*
 *
 * Return: the level until now.
 */
unsigned int wild_level(unsigned int level)
{
	unsigned int cpu = this_cpu()->index, old = levels[cpu];

	WRITE_ONCE(levels[cpu], level);
	return old;
}

static u64 rnd(void)
{
	unsigned int cpu = this_cpu()->index;

	return random_from(&states[cpu][levels[cpu]]);
}

u64 below(u64 limit)
{
	return (rnd() >> 16) % limit;
}

/* The index of the event with a number, or -1. The upper half is not looked at. */
int event_named(u64 number)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++)
		if (EVENT_NUMBER(event) == (u32)number)
			return event;
	return -1;
}

/* The index of the CPU that SDEI takes an MPIDR for, or -1. */
int cpu_named(u64 mpidr)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (mpidrs[cpu] == (mpidr & MPIDR_AFFINITY))
			return cpu;
	return -1;
}

u64 any_event(void)
{
	static const u32 numbers[] = {
		0, 0x40000000, 0x40000001, 0x40000002, 0x40000003,
		0x40000004, 0x40000100, 0x40000101, 0x40000200, 0x80000000, 0xc0000000,
		0x3fffffff, 1, 0xffffffff,
	};
	u64 number = numbers[below(below(4) ? 5 : ARRAY_SIZE(numbers))];

	return below(8) ? number : number | rnd() << 32;
}

u64 any_number(void)
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
	u64 mpidr = mpidrs[below(nr_cpus)];

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

static const u64 no_code[] = {
	0xdead000000000000, 0xffff000000000000, 0xffffffffffffffff,
	0x0000800000000000, 0x3ffffffc, 0x1, 0x7ffffffffffc, GICD_BASE,
};

/* Where code leads that is not there: to an exception, always. */
u64 nowhere(void)
{
	if (!below(3))
		return (u64)fuzz_pads + 1 + below(3);
	return no_code[below(ARRAY_SIZE(no_code))];
}

bool is_nowhere(u64 address)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(no_code); n++)
		if (no_code[n] == address)
			return true;
	return address > (u64)fuzz_pads && address < (u64)fuzz_pads + 4;
}

/**
 * any_call() - choose a call of SDEI
 * @x: x0 and so on for it
 * @nr: how many of them are to be chosen, 6 at least
 *
 * Where REGISTER and COMPLETE_AND_RESUME are to lead is left to the caller.
 */
void any_call(u64 *x, unsigned int nr)
{
	unsigned int n;

	for (n = 0; n < nr; n++)
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

/* ---- PSCI ---- */

/* A call of PSCI that does no more than answer, or switches another CPU on. */
void any_psci(u64 *x)
{
	x[1] = any_mpidr();
	x[2] = any_number();
	x[3] = any_number();
	switch (below(6)) {
	case 0:
		x[0] = PSCI_VERSION;
		break;
	case 1:
		x[0] = PSCI_FEATURES;
		x[1] = below(2) ? PSCI_CPU_SUSPEND : SDEI_VERSION;
		break;
	case 2:
	case 3:
		x[0] = PSCI_AFFINITY_INFO;
		x[2] = below(4) ? below(5) : any_number();
		break;
	default:
		x[0] = PSCI_CPU_ON;
		break;
	}
}

bool is_psci(u64 fn)
{
	return fn == PSCI_VERSION || fn == PSCI_FEATURES || fn == PSCI_AFFINITY_INFO ||
	       fn == PSCI_CPU_ON || fn == PSCI_CPU_SUSPEND;
}

/* Unlike SDEI, PSCI wants nothing but affinity in an MPIDR. */
static s64 affinity_info(u64 mpidr, u64 level, unsigned int on)
{
	s64 answer = INVALID_PARAMETERS;
	unsigned int cpu;
	u64 mask;

	if (mpidr & ~MPIDR_AFFINITY || level > 3)
		return INVALID_PARAMETERS;
	mask = MPIDR_AFFINITY & ~((1ULL << 8 * level) - 1);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		if ((mpidrs[cpu] ^ mpidr) & mask)
			continue;
		if (on & (1U << cpu))
			return PSCI_AFFINITY_ON;
		answer = PSCI_AFFINITY_OFF;
	}
	return answer;
}

/**
 * psci_answer() - what a call of PSCI answers
 * @x: x0 to x2 of it
 * @on: the CPUs that are on, one bit for each
 *
 * Return: the answer.
 */
s64 psci_answer(const u64 *x, unsigned int on)
{
	int cpu;

	switch (x[0]) {
	case PSCI_VERSION:
		return psci_version;
	case PSCI_FEATURES:
		return x[1] == SDEI_VERSION ? NOT_SUPPORTED : SUCCESS;
	case PSCI_AFFINITY_INFO:
		return affinity_info(x[1], x[2], on);
	case PSCI_CPU_ON:
		cpu = cpu_named(x[1]);
		if (x[1] & ~MPIDR_AFFINITY || cpu < 0)
			return INVALID_PARAMETERS;
		return on & (1U << cpu) ? PSCI_ALREADY_ON : SUCCESS;
	default:
		return SUCCESS;
	}
}
