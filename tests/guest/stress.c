// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest does while the host raises events on all of its CPUs without end,
 * or loads and unloads the module under it. Tests of their own each, which need
 * what tests/stress does outside: "raised", "loaded", "idle", "busy" and "hostile".
 *
 * The words rounds=N and events=N choose how long the first one runs at most. All
 * of them end when the VMM is told to.
 */
#include "guest.h"

#define TURNS	12

static u64 rounds, events;
static u64 stop[MAX_CPUS];
static u64 target[MAX_CPUS];

static unsigned int handled_here(void)
{
	unsigned int cpu = this_cpu()->index, event, count = 0;

	for (event = 0; event < NR_EVENTS; event++)
		count += handled_on(cpu, event);
	return count;
}

static void count(struct frame *frame)
{
	unsigned int event = event_of(frame);

	expect(frame->regs.pc, (u64)handler_of(event), "handler");
	if (handled_here() >= target[this_cpu()->index])
		WRITE_ONCE(stop[this_cpu()->index], 1);
}

/* Instructions that KVM emulates, and their sums, until there were some events. */
static void storm(u64 pstate)
{
	unsigned int cpu = this_cpu()->index;
	struct registers in, out;

	target[cpu] = handled_here() + events;
	WRITE_ONCE(stop[cpu], 0);
	storm_prepare(&in, pstate, &stop[cpu]);
	run(&in, &out);
	storm_check(&in, &out);
}

static void storm_once(void)
{
	static u64 always = 1;
	struct registers in, out;

	storm_prepare(&in, PSTATE_EL1H | PSTATE_DAIF, &always);
	run(&in, &out);
	storm_check(&in, &out);
}

static void listen(void *arg)
{
	unsigned int event;

	(void)arg;
	for (event = 0; event < NR_EVENTS; event++) {
		if (is_shared(event))
			continue;
		expect(event_register(event), SUCCESS, "REGISTER of event %u", event);
		expect(event_enable(event), SUCCESS, "ENABLE of event %u", event);
	}
	expect(pe_unmask(), SUCCESS, "PE_UNMASK");
}

static void turn(unsigned int n)
{
	unsigned int event = n % (EVENT_NMI + 1);
	u64 before;

	switch (n % TURNS) {
	case 0:
	case 6:
		storm(PSTATE_EL1H | PSTATE_DAIF);
		break;
	case 1:
		expect(pe_mask(), 1, "PE_MASK");
		before = handled_here();
		give_way();
		expect(handled_here(), before, "handled while masked");
		expect(pe_unmask(), SUCCESS, "PE_UNMASK");
		break;
	case 2:
	case 8:
		expect(event_unregister(event), SUCCESS, "UNREGISTER");
		expect(event_enable(event), DENIED, "ENABLE");
		expect(event_register(event), SUCCESS, "REGISTER");
		expect(event_enable(event), SUCCESS, "ENABLE");
		break;
	case 3:
		expect(event_disable(event), SUCCESS, "DISABLE");
		before = handled_on(this_cpu()->index, event);
		give_way();
		expect(handled_on(this_cpu()->index, event), before, "handled while disabled");
		expect(event_enable(event), SUCCESS, "ENABLE");
		break;
	case 4:
		do_wfi(NULL);
		break;
	case 5:
		expect(call_hvc(PSCI_CPU_SUSPEND, 0, 0, 0, 0, 0), SUCCESS, "CPU_SUSPEND");
		break;
	case 7:
		expect(signal_to((this_cpu()->index + 1) % nr_cpus), SUCCESS, "SIGNAL");
		break;
	case 9:
		expect(call(SDEI_PRIVATE_RESET), SUCCESS, "PRIVATE_RESET");
		listen(NULL);
		break;
	case 10:
		storm(PSTATE_EL1T | PSTATE_DAIF);
		break;
	default:
		expect(signal_to(this_cpu()->index), SUCCESS, "SIGNAL");
		break;
	}
}

static void be_raised(void *arg)
{
	unsigned int n;

	listen(NULL);
	for (n = 0; n < TURNS; n++)
		turn(n + (u64)arg);
	expect(pe_mask(), 1, "PE_MASK");
	expect(call(SDEI_PRIVATE_RESET), SUCCESS, "PRIVATE_RESET");
}

static void listen_to_shared(void)
{
	unsigned int event;

	for (event = EVENT_VM_NOTIFY; event < NR_EVENTS; event++) {
		expect(event_register(event), SUCCESS, "REGISTER of event %u", event);
		expect(event_enable(event), SUCCESS, "ENABLE of event %u", event);
	}
}

static void expect_nothing(void *arg)
{
	unsigned int event;

	(void)arg;
	for (event = 0; event < NR_EVENTS; event++)
		expect(event_status(event), 0, "STATUS of event %u", event);
	expect(pe_mask(), 0, "masked");
}

static void expect_silence(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, expect_nothing, NULL);
		expect_sysfs(cpu, FILE_REGISTERED, "");
		expect_sysfs(cpu, FILE_PENDING, "");
		expect_sysfs(cpu, FILE_RUNNING, "");
	}
}

static void start_round(void);

static void after_round(void)
{
	expect_silence();
	if (--rounds && !fact(FACT_TOLD))
		start_round();
	else
		print("# %u events handled\n", handled_anywhere(EVENT_SIGNAL) +
		      handled_anywhere(EVENT_NOTIFY) + handled_anywhere(EVENT_NMI) +
		      handled_anywhere(EVENT_VM_NOTIFY) + handled_anywhere(EVENT_VM_NMI));
}

/*
 * All CPUs at once; then one is switched off while it is raised, and on again;
 * every other round ends in a reset of the machine in the middle of it.
 */
static void start_round(void)
{
	unsigned int cpu, event;

	service(SERVICE_TEST, (u64)"stress: a round", 0, 0, 0);
	for (event = 0; event < NR_EVENTS; event++)
		on_event(event, count);
	listen_to_shared();
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, be_raised, (void *)(rounds + cpu));
	be_raised((void *)rounds);
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		cpu_wait(cpu);
		on_cpu(cpu, listen, NULL);
		listen(NULL);
		cpu_off(cpu);
		storm(PSTATE_EL1H | PSTATE_DAIF);
		pe_mask();
		call(SDEI_PRIVATE_RESET);
	}
	if (rounds % 2) {
		listen(NULL);
		expect_reset(after_round);
		service(SERVICE_RESET, 0, 0, 0, 0);
		await_reset();
	}
	expect(call(SDEI_SHARED_RESET), SUCCESS, "SHARED_RESET");
	after_round();
}

static void raised(void)
{
	rounds = number_word("rounds=", 2);
	events = number_word("events=", 4);
	start_round();
}

/* ---- calls while the module comes and goes ---- */

static u64 answered[MAX_CPUS], refused[MAX_CPUS];

static void is_answered(s64 ret, bool good, const char *what)
{
	unsigned int cpu = this_cpu()->index;

	if (ret == NOT_SUPPORTED) {
		refused[cpu]++;
		return;
	}
	answered[cpu]++;
	check(good, "%s answers %lld", what, ret);
}

/* What is registered holds the module, and only that may be relied upon. */
static void rely(void)
{
	unsigned int before = handled_here();
	s64 ret = event_register(EVENT_SIGNAL);

	is_answered(ret, ret == SUCCESS, "REGISTER");
	if (ret != SUCCESS)
		return;
	expect(event_enable(EVENT_SIGNAL), SUCCESS, "ENABLE of what is registered");
	expect(pe_unmask(), SUCCESS, "PE_UNMASK");
	expect(signal_to(this_cpu()->index), SUCCESS, "SIGNAL");
	check(handled_here() > before, "the event is not handled");
	/* Others signal as well. */
	storm_once();
	expect(event_unregister(EVENT_SIGNAL), SUCCESS, "UNREGISTER of what is registered");
}

static void be_loaded(void *arg)
{
	u64 psci = call_hvc(PSCI_VERSION, 0, 0, 0, 0, 0);
	unsigned int n;
	s64 ret;

	(void)arg;
	for (n = 0; n % 64 || !fact(FACT_TOLD); n++) {
		ret = call(SDEI_VERSION);
		is_answered(ret, ret >> 48 == 1, "VERSION");
		expect(call_hvc(PSCI_VERSION, 0, 0, 0, 0, 0), psci, "PSCI_VERSION");
		ret = event_status(n % NR_EVENTS);
		is_answered(ret, ret == 0, "STATUS");
		ret = pe_mask();
		is_answered(ret, ret == 0 || ret == 1, "PE_MASK");
		ret = pe_unmask();
		is_answered(ret, ret == SUCCESS, "PE_UNMASK");
		ret = signal_to((this_cpu()->index + 1) % nr_cpus);
		is_answered(ret, ret == SUCCESS, "SIGNAL");
		expect(call_hvc(0x8600ff0f, 0, 0, 0, 0, 0), NOT_SUPPORTED, "no function");
		storm_once();
		if (!(n % 16))
			rely();
		if (!(n % 1024))
			service(SERVICE_TEST, (u64)"stress: loaded", 0, 0, 0);
	}
	/* Where the module is gone there is nothing to mask. */
	pe_mask();
}

static void loaded(void)
{
	unsigned int cpu;

	on_event(EVENT_SIGNAL, count);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, be_loaded, NULL);
	be_loaded(NULL);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		if (cpu)
			cpu_wait(cpu);
		print("# CPU %u: %llu calls answered, %llu not supported\n", cpu,
		      answered[cpu], refused[cpu]);
		check(answered[cpu], "no call was ever answered");
		check(refused[cpu], "no call was ever refused");
	}
}

/* ---- a guest that uses next to nothing ---- */

static void be_idle(void *arg)
{
	(void)arg;
	while (!fact(FACT_TOLD)) {
		call(SDEI_VERSION);
		give_way();
	}
}

static void idle(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, be_idle, NULL);
	be_idle(NULL);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
}

/* ---- a guest that takes its share of the host, without SDEI ---- */

/* With as many calls as that which pesters. */
static void be_busy(void *arg)
{
	unsigned int n;

	(void)arg;
	for (n = 0; n % 4096 || !fact(FACT_TOLD); n++) {
		call_hvc(PSCI_VERSION, 0, 0, 0, 0, 0);
		call_hvc(PSCI_VERSION, 0, 0, 0, 0, 0);
		if (!(n % 4096))
			service(SERVICE_TEST, (u64)"stress: busy", 0, 0, 0);
	}
}

static void busy(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, be_busy, NULL);
	print("# all CPUs make calls\n");
	be_busy(NULL);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
}

/* ---- a guest that is a nuisance ---- */

/* Whether a client lets go of something by it. */
static bool lets_go(u32 fn)
{
	return fn == SDEI_EVENT_COMPLETE || fn == SDEI_EVENT_COMPLETE_AND_RESUME ||
	       fn == SDEI_EVENT_UNREGISTER || fn == SDEI_PRIVATE_RESET ||
	       fn == SDEI_SHARED_RESET;
}

/* Signals to all without end, in handlers that do not complete. */
static void pester(void *arg)
{
	unsigned int n;
	u32 fn;

	(void)arg;
	for (n = 0; n % 4096 || !fact(FACT_TOLD); n++) {
		signal_to(n % nr_cpus);
		fn = SDEI_BASE + n % 32;
		if (!lets_go(fn))
			call(fn, n, n, n);
		if (!(n % 4096))
			service(SERVICE_TEST, (u64)"stress: hostile", 0, 0, 0);
	}
}

static void never_complete(struct frame *frame)
{
	(void)frame;
	pester(NULL);
}

static void pester_in_handler(void *arg)
{
	event_listen(EVENT_NMI);
	/* The last: others signal it from here on, and nothing follows. */
	event_listen(EVENT_SIGNAL);
	signal_to(this_cpu()->index);
	pester(arg);
}

static void hostile(void)
{
	unsigned int cpu;

	on_event(EVENT_SIGNAL, never_complete);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, pester_in_handler, NULL);
	pester_in_handler(NULL);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
}

const struct test raised_tests[] = {
	{ "raised on all CPUs", 1, raised },
	{ NULL }
};

const struct test loaded_tests[] = {
	{ "the module comes and goes", 1, loaded },
	{ NULL }
};

const struct test idle_tests[] = {
	{ "nothing is registered", 1, idle },
	{ NULL }
};

const struct test busy_tests[] = {
	{ "calls without end", 1, busy },
	{ NULL }
};

const struct test hostile_tests[] = {
	{ "signals without end", 1, hostile },
	{ NULL }
};
