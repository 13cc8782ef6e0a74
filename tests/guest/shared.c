// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared events: which CPU they go to.
 */
#include "guest.h"

static const unsigned int shared[] = { EVENT_VM_NOTIFY, EVENT_VM_NMI };

static void unmask(void *arg)
{
	(void)arg;
	expect(pe_unmask(), SUCCESS, "PE_UNMASK");
}

static void mask(void *arg)
{
	(void)arg;
	pe_mask();
}

static void listen(void *arg)
{
	event_listen((u64)arg);
}

static void register_and_enable(unsigned int event)
{
	expect(event_register(event), SUCCESS, "REGISTER of event %u", event);
	expect(event_enable(event), SUCCESS, "ENABLE of event %u", event);
}

static s64 route(unsigned int event, u64 mode, unsigned int cpu)
{
	return call(SDEI_EVENT_ROUTING_SET, EVENT_NUMBER(event), mode,
		    service(SERVICE_MPIDR, cpu, 0, 0, 0) & 0xff00ffffff);
}

/* The event is handled once, there and nowhere else. */
static void expect_only_on(unsigned int cpu, unsigned int event)
{
	wait_for(handled_anywhere(event));
	expect(handled_on(cpu, event), 1, "event %u on CPU %u", event, cpu);
	expect(handled_anywhere(event), 1, "event %u anywhere", event);
	events_forget();
}

/* Each CPU in turn is the only one that is unmasked. */
static void to_the_unmasked(void)
{
	unsigned int cpu, n;

	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		register_and_enable(shared[n]);
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			on_cpu(cpu, unmask, NULL);
			if (cpu)
				start_spinning(cpu);
			event_raise(shared[n]);
			expect_only_on(cpu, shared[n]);
			if (cpu)
				stop_spinning(cpu);
			on_cpu(cpu, mask, NULL);
		}
	}
}

/* Nobody can take it: who unmasks first does, in that call. */
static void to_the_first(void)
{
	unsigned int cpu, n;

	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		register_and_enable(shared[n]);
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			event_raise(shared[n]);
			expect(handled_anywhere(shared[n]), 0, "handled by nobody");
			on_cpu(cpu, unmask, NULL);
			expect(handled_on(cpu, shared[n]), 1, "in PE_UNMASK on CPU %u", cpu);
			expect_only_on(cpu, shared[n]);
			on_cpu(cpu, mask, NULL);
		}
	}
}

/* Registered on one CPU, it is so on all. */
static void look_at_status(void *arg)
{
	unsigned int event = (u64)arg;

	expect(event_status(event), STATUS_REGISTERED | STATUS_ENABLED, "STATUS");
	expect(event_register(event), DENIED, "REGISTER");
	expect(event_disable(event), SUCCESS, "DISABLE");
}

static void one_state(void)
{
	unsigned int n, cpu;

	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		register_and_enable(shared[n]);
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			on_cpu(cpu, look_at_status, (void *)(u64)shared[n]);
			expect(event_status(shared[n]), STATUS_REGISTERED, "STATUS");
			event_enable(shared[n]);
		}
	}
}

/* The lowest-numbered CPU that is unmasked and free. */
static void be_busy(struct frame *frame);
static bool busy, release;

static void be_busy(struct frame *frame)
{
	(void)frame;
	WRITE_ONCE(busy, true);
	while (!READ_ONCE(release))
		asm volatile("yield");
	WRITE_ONCE(busy, false);
}

static void raise_busy(void *arg)
{
	event_raise((u64)arg);
}

/* Have CPU 1 run a handler of an event until it is released. */
static void keep_busy(unsigned int event)
{
	WRITE_ONCE(release, false);
	WRITE_ONCE(busy, false);
	on_event(event, be_busy);
	cpu_start(1, raise_busy, (void *)(u64)event);
	wait_for(READ_ONCE(busy));
}

static void let_be(void)
{
	WRITE_ONCE(release, true);
	cpu_wait(1);
}

static void not_to_the_busy(void)
{
	on_cpu(1, listen, (void *)EVENT_NOTIFY);
	keep_busy(EVENT_NOTIFY);
	register_and_enable(EVENT_VM_NOTIFY);
	pe_unmask();
	pe_mask();
	event_raise(EVENT_VM_NOTIFY);
	expect(handled_anywhere(EVENT_VM_NOTIFY), 0, "CPU 1 is busy");
	pe_unmask();
	expect(handled_on(0, EVENT_VM_NOTIFY), 1, "CPU 0 is free");
	pe_mask();
	event_raise(EVENT_VM_NOTIFY);
	expect(handled_anywhere(EVENT_VM_NOTIFY), 1, "CPU 1 is still busy");
	let_be();
	expect(handled_on(1, EVENT_VM_NOTIFY), 1, "CPU 1 is free again");
}

/* A critical one preempts there. */
static void critical_to_the_busy(void)
{
	on_cpu(1, listen, (void *)EVENT_NOTIFY);
	keep_busy(EVENT_NOTIFY);
	register_and_enable(EVENT_VM_NMI);
	event_raise(EVENT_VM_NMI);
	wait_for(handled_on(1, EVENT_VM_NMI));
	expect(READ_ONCE(busy), 1, "the normal handler");
	let_be();
	expect(handled_on(1, EVENT_VM_NMI), 1, "handled by CPU 1");
}

/* But not a critical handler. */
static void not_to_the_critical(void)
{
	on_cpu(1, listen, (void *)EVENT_NMI);
	keep_busy(EVENT_NMI);
	register_and_enable(EVENT_VM_NMI);
	event_raise(EVENT_VM_NMI);
	give_way();
	expect(handled_anywhere(EVENT_VM_NMI), 0, "a critical handler runs");
	let_be();
	expect(handled_on(1, EVENT_VM_NMI), 1, "afterwards");
}

/* While it runs on one CPU it runs on no other. */
static void one_at_a_time(void)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		unsigned int event = shared[n];

		on_cpu(1, listen, (void *)(u64)event);
		keep_busy(event);
		pe_unmask();
		event_raise(event);
		give_way();
		expect(handled_on(0, event), 0, "while it runs on CPU 1");
		expect(event_status(event), 7, "STATUS");
		on_event(event, NULL);
		let_be();
		wait_for(handled_anywhere(event) == 2);
		/* CPU 0 is the lowest that is free. */
		expect(handled_on(0, event), 1, "afterwards on CPU 0");
		expect(handled_on(1, event), 1, "on CPU 1");
		event_unregister(event);
		events_forget();
		pe_mask();
		on_cpu(1, mask, NULL);
	}
}

static void to_the_lowest(void)
{
	unsigned int n, cpu;

	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		register_and_enable(shared[n]);
		for (cpu = nr_cpus - 1; cpu; cpu--) {
			on_cpu(cpu, unmask, NULL);
			start_spinning(cpu);
			event_raise(shared[n]);
			expect_only_on(cpu, shared[n]);
			/* Idle CPUs wait in the VMM, which is not being halted. */
			stop_spinning(cpu);
		}
		for (cpu = 1; cpu < nr_cpus; cpu++)
			on_cpu(cpu, mask, NULL);
	}
}

/* Asleep ones are left alone if somebody else can take it. */
static void not_to_the_sleeper(void)
{
	unsigned int last = nr_cpus - 1, wakeups[MAX_CPUS], cpu;

	register_and_enable(EVENT_VM_NOTIFY);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		on_cpu(cpu, unmask, NULL);
	for (cpu = 1; cpu < last; cpu++)
		cpu_start_sleeping(cpu, EVENT_VM_NOTIFY);
	for (cpu = 1; cpu < last; cpu++) {
		wait_for(cpu_is_asleep(cpu));
		wakeups[cpu] = cpus[cpu].wakeups;
	}
	start_spinning(last);
	event_raise(EVENT_VM_NOTIFY);
	expect_only_on(last, EVENT_VM_NOTIFY);
	for (cpu = 1; cpu < last; cpu++)
		check(cpu_is_asleep(cpu) && READ_ONCE(cpus[cpu].wakeups) == wakeups[cpu],
		      "CPU %u is or was awake", cpu);
	stop_spinning(last);

	/* With nobody else, the lowest is woken. */
	cpu_start_sleeping(last, EVENT_VM_NOTIFY);
	wait_for(cpu_is_asleep(last));
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		event_raise(EVENT_VM_NOTIFY);
		wait_for(handled_on(cpu, EVENT_VM_NOTIFY));
		cpu_wait(cpu);
		on_cpu(cpu, mask, NULL);
	}
	expect(handled_anywhere(EVENT_VM_NOTIFY), last, "handled");
}

static void to_the_chosen(void)
{
	unsigned int n, cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		on_cpu(cpu, unmask, NULL);
	pe_unmask();
	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			expect(event_register_as(shared[n], handler_of(shared[n]),
						 REGISTER_RM_PE, cpus[cpu].mpidr), SUCCESS,
			       "RM_PE to CPU %u", cpu);
			event_enable(shared[n]);
			if (cpu)
				start_spinning(cpu);
			event_raise(shared[n]);
			expect_only_on(cpu, shared[n]);
			if (cpu)
				stop_spinning(cpu);
			event_unregister(shared[n]);
		}
	}
}

static void routed_anew(void)
{
	unsigned int n, cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		on_cpu(cpu, unmask, NULL);
	pe_unmask();
	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		event_register(shared[n]);
		for (cpu = nr_cpus; cpu--;) {
			expect(route(shared[n], 1, cpu), SUCCESS, "to CPU %u", cpu);
			event_enable(shared[n]);
			if (cpu)
				start_spinning(cpu);
			event_raise(shared[n]);
			expect_only_on(cpu, shared[n]);
			if (cpu)
				stop_spinning(cpu);
			expect(route(shared[n], 0, 0), DENIED, "enabled");
			event_disable(shared[n]);
		}
		expect(route(shared[n], 0, 0), SUCCESS, "to any");
		event_enable(shared[n]);
		event_raise(shared[n]);
		expect_only_on(0, shared[n]);
	}
}

/* To a CPU that is masked, although another one is not. */
static void to_the_masked(void)
{
	register_and_enable(EVENT_VM_NOTIFY);
	event_disable(EVENT_VM_NOTIFY);
	on_cpu(1, mask, NULL);
	expect(route(EVENT_VM_NOTIFY, 1, 1), SUCCESS, "ROUTING_SET");
	event_enable(EVENT_VM_NOTIFY);
	pe_unmask();
	event_raise(EVENT_VM_NOTIFY);
	give_way();
	expect(handled_anywhere(EVENT_VM_NOTIFY), 0, "CPU 1 is masked");
	on_cpu(1, unmask, NULL);
	expect_only_on(1, EVENT_VM_NOTIFY);
}

/* To a CPU that is off: it waits until that is on and unmasked. */
static void to_the_absent(void)
{
	on_cpu(1, unmask, NULL);
	cpu_off(1);
	event_register_as(EVENT_VM_NMI, handler_critical, REGISTER_RM_PE, cpus[1].mpidr);
	event_enable(EVENT_VM_NMI);
	pe_unmask();
	event_raise(EVENT_VM_NMI);
	give_way();
	expect(handled_anywhere(EVENT_VM_NMI), 0, "CPU 1 is off");
	check(cpu_is_off(1), "CPU 1 is on");
	start_spinning(1);
	expect(handled_anywhere(EVENT_VM_NMI), 0, "CPU 1 is masked");
	stop_spinning(1);
	on_cpu(1, unmask, NULL);
	expect_only_on(1, EVENT_VM_NMI);
}

/* Handled on one CPU, taken away by another. */
static void unregistered_elsewhere(void)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(shared); n++) {
		unsigned int event = shared[n];

		on_cpu(1, listen, (void *)(u64)event);
		keep_busy(event);
		expect(event_unregister(event), PENDING, "UNREGISTER");
		expect(event_unregister(event), PENDING, "UNREGISTER again");
		expect(event_status(event), STATUS_RUNNING, "STATUS");
		expect(event_register(event), DENIED, "REGISTER");
		let_be();
		expect(event_status(event), 0, "STATUS afterwards");
		expect(event_register(event), SUCCESS, "REGISTER afterwards");
		event_unregister(event);
		on_cpu(1, mask, NULL);
	}
}

static void reset_elsewhere(void)
{
	register_and_enable(EVENT_VM_NMI);
	on_cpu(1, listen, (void *)EVENT_VM_NOTIFY);
	keep_busy(EVENT_VM_NOTIFY);
	expect(call(SDEI_PRIVATE_RESET), SUCCESS, "PRIVATE_RESET");
	expect(call(SDEI_SHARED_RESET), DENIED, "SHARED_RESET");
	expect(event_status(EVENT_VM_NMI), 0, "STATUS of the rest");
	expect(event_status(EVENT_VM_NOTIFY), STATUS_RUNNING, "STATUS");
	expect(call(SDEI_SHARED_RESET), DENIED, "SHARED_RESET again");
	let_be();
	expect(event_status(EVENT_VM_NOTIFY), 0, "STATUS afterwards");
	expect(call(SDEI_SHARED_RESET), SUCCESS, "SHARED_RESET afterwards");
}

/*
 * The CPU that was to take it has become busy in the meantime: it goes to
 * another one.
 */
static void rerouted(void)
{
	if (fact(FACT_CARRIED)) {
		skip("a VM that is restored chooses anew");
		return;
	}
	on_cpu(1, listen, (void *)EVENT_NOTIFY);
	register_and_enable(EVENT_VM_NOTIFY);
	WRITE_ONCE(release, false);
	on_event(EVENT_NOTIFY, be_busy);
	start_spinning(1);
	service(SERVICE_PAUSE, 1, 0, 0, 0);
	event_raise(EVENT_VM_NOTIFY);
	event_raise_on(1, EVENT_NOTIFY);
	expect(handled_anywhere(EVENT_VM_NOTIFY), 0, "CPU 1 does not run");
	pe_unmask();
	expect(handled_on(0, EVENT_VM_NOTIFY), 0, "it is CPU 1's");
	service(SERVICE_RESUME, 1, 0, 0, 0);
	wait_for(handled_on(1, EVENT_NOTIFY));
	wait_for(handled_anywhere(EVENT_VM_NOTIFY));
	expect(handled_on(0, EVENT_VM_NOTIFY), 1, "CPU 0 has taken it");
	WRITE_ONCE(release, true);
	stop_spinning(1);
}

#define TURMOIL	40

/* Raised all the time, while CPUs mask and unmask: each is handled by somebody. */
static void mask_and_unmask(void *arg)
{
	(void)arg;
	while (handled_anywhere(EVENT_VM_NOTIFY) < TURMOIL) {
		pe_unmask();
		give_way();
		pe_mask();
	}
}

static void in_turmoil(void)
{
	unsigned int cpu, raises = 0;

	register_and_enable(EVENT_VM_NOTIFY);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, mask_and_unmask, NULL);
	while (handled_anywhere(EVENT_VM_NOTIFY) < TURMOIL) {
		unsigned int before = handled_anywhere(EVENT_VM_NOTIFY);

		event_raise(EVENT_VM_NOTIFY);
		raises++;
		wait_for(handled_anywhere(EVENT_VM_NOTIFY) > before);
	}
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
	expect(handled_anywhere(EVENT_VM_NOTIFY), raises, "times handled");
}

const struct test shared_tests[] = {
	{ "to the only unmasked CPU", 1, to_the_unmasked },
	{ "to the first that unmasks", 1, to_the_first },
	{ "one state for all CPUs", 1, one_state },
	{ "not to a CPU whose handler is normal", 2, not_to_the_busy },
	{ "critical, to a CPU whose handler is normal", 2, critical_to_the_busy },
	{ "not to a CPU whose handler is critical", 2, not_to_the_critical },
	{ "on one CPU at a time", 2, one_at_a_time },
	{ "to the lowest of those unmasked", 2, to_the_lowest },
	{ "not to a CPU in WFI, but for want of others", 3, not_to_the_sleeper },
	{ "RM_PE", 1, to_the_chosen },
	{ "ROUTING_SET", 1, routed_anew },
	{ "RM_PE to a masked CPU", 2, to_the_masked },
	{ "RM_PE to a CPU that is off", 2, to_the_absent },
	{ "unregistered on another CPU than its handler's", 2, unregistered_elsewhere },
	{ "SHARED_RESET on another CPU than the handler's", 2, reset_elsewhere },
	{ "to another CPU if its first one is busy", 2, rerouted },
	{ "while CPUs mask and unmask", 2, in_turmoil },
	{ NULL }
};
