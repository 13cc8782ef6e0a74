// SPDX-License-Identifier: GPL-2.0-only
/*
 * SIGNAL from CPU to CPU.
 */
#include "guest.h"

static void listen(void *arg)
{
	(void)arg;
	event_listen(EVENT_SIGNAL);
}

static void to_itself(void)
{
	struct registers in, out;

	event_listen(EVENT_SIGNAL);
	prepare(&in, use_smc ? kernel_smc : kernel_hvc, PSTATE_EL1T | PSTATE_DAIF);
	in.x[0] = SDEI_EVENT_SIGNAL;
	in.x[1] = 0;
	in.x[2] = this_cpu()->mpidr;
	run(&in, &out);
	expect_handled(EVENT_SIGNAL, 1);
	expect(seen(EVENT_SIGNAL)->regs.x[2], in.pc + 4, "interrupted PC");
	expect(out.x[0], SUCCESS, "SIGNAL");
	expect_same(&out, &in, 1, 30, "SIGNAL");
}

/* One after the other, each of which spins with interrupts masked. */
static void to_each(void)
{
	unsigned int cpu, other;

	for (cpu = 1; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, listen, NULL);
		start_spinning(cpu);
		expect(signal_to(cpu), SUCCESS, "SIGNAL to CPU %u", cpu);
		wait_for(handled_on(cpu, EVENT_SIGNAL));
		stop_spinning(cpu);
		expect(handled_on(cpu, EVENT_SIGNAL), 1, "handled on CPU %u", cpu);
		for (other = 0; other < cpu; other++)
			expect(handled_on(other, EVENT_SIGNAL), other ? 1 : 0,
			       "handled on CPU %u", other);
	}
}

/* All at a time. */
static void to_all(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, listen, NULL);
		start_spinning(cpu);
	}
	for (cpu = 1; cpu < nr_cpus; cpu++)
		expect(signal_to(cpu), SUCCESS, "SIGNAL to CPU %u", cpu);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		wait_for(handled_on(cpu, EVENT_SIGNAL));
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		stop_spinning(cpu);
		expect(handled_on(cpu, EVENT_SIGNAL), 1, "handled on CPU %u", cpu);
	}
}

/* From handlers to the next CPU, and so on round to the first. */
static void pass_on(struct frame *frame)
{
	(void)frame;
	if (handled_anywhere(EVENT_SIGNAL) <= 3 * nr_cpus)
		expect(signal_to((this_cpu()->index + 1) % nr_cpus), SUCCESS, "SIGNAL");
}

static void round_and_round(void)
{
	unsigned int cpu;

	on_event(EVENT_SIGNAL, pass_on);
	event_listen(EVENT_SIGNAL);
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, listen, NULL);
		start_spinning(cpu);
	}
	signal_to(nr_cpus - 1);
	wait_for(handled_anywhere(EVENT_SIGNAL) == 3 * nr_cpus + 1);
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		stop_spinning(cpu);
		expect(handled_on(cpu, EVENT_SIGNAL), cpu == nr_cpus - 1 ? 4 : 3,
		       "handled on CPU %u", cpu);
	}
}

/* In its own handler a CPU signals itself: that comes when the handler is done. */
static void once_more(struct frame *frame)
{
	(void)frame;
	if (seen(EVENT_SIGNAL)->count > 3)
		return;
	expect(signal_to(this_cpu()->index), SUCCESS, "SIGNAL");
	expect(signal_to(this_cpu()->index), SUCCESS, "SIGNAL again");
}

static void itself_in_handler(void)
{
	event_listen(EVENT_SIGNAL);
	on_event(EVENT_SIGNAL, once_more);
	signal_to(0);
	expect_handled(EVENT_SIGNAL, 4);
}

static void from_critical_handler(struct frame *frame)
{
	(void)frame;
	expect(signal_to(1), SUCCESS, "SIGNAL");
	wait_for(handled_on(1, EVENT_SIGNAL));
	expect(signal_to(0), SUCCESS, "SIGNAL to itself");
	expect_handled(EVENT_SIGNAL, 0);
}

static void in_critical_handler(void)
{
	on_cpu(1, listen, NULL);
	start_spinning(1);
	event_listen(EVENT_SIGNAL);
	event_listen(EVENT_NMI);
	on_event(EVENT_NMI, from_critical_handler);
	event_raise(EVENT_NMI);
	expect_handled(EVENT_NMI, 1);
	expect_handled(EVENT_SIGNAL, 1);
	stop_spinning(1);
}

static void do_mask(void *arg)
{
	(void)arg;
	pe_mask();
}

static void do_unmask(void *arg)
{
	(void)arg;
	pe_unmask();
}

static void do_disable(void *arg)
{
	(void)arg;
	event_disable(EVENT_SIGNAL);
}

static void do_enable(void *arg)
{
	(void)arg;
	event_enable(EVENT_SIGNAL);
}

static void do_unregister(void *arg)
{
	(void)arg;
	event_unregister(EVENT_SIGNAL);
}

static void while_not_ready(void (*before)(void *arg), void (*after)(void *arg),
			    unsigned int count)
{
	on_cpu(1, listen, NULL);
	on_cpu(1, before, NULL);
	expect(signal_to(1), SUCCESS, "SIGNAL");
	expect(signal_to(1), SUCCESS, "SIGNAL again");
	expect_sysfs(1, FILE_PENDING, count ? "0x0" : "");
	start_spinning(1);
	stop_spinning(1);
	expect(handled_on(1, EVENT_SIGNAL), 0, "before");
	on_cpu(1, after, NULL);
	expect(handled_on(1, EVENT_SIGNAL), count, "after");
	expect_sysfs(1, FILE_PENDING, "");
}

static void to_masked(void)
{
	while_not_ready(do_mask, do_unmask, 1);
}

static void to_disabled(void)
{
	while_not_ready(do_disable, do_enable, 1);
}

static void to_unregistered(void)
{
	while_not_ready(do_unregister, listen, 0);
}

static void to_off(void)
{
	on_cpu(1, listen, NULL);
	cpu_off(1);
	expect(signal_to(1), SUCCESS, "SIGNAL");
	on_cpu(1, listen, NULL);
	expect(handled_on(1, EVENT_SIGNAL), 0, "after CPU_ON");
	expect_sysfs(1, FILE_PENDING, "");
	/* Never on, perhaps. */
	expect(signal_to(nr_cpus - 1), SUCCESS, "SIGNAL to the last CPU");
}

static void to_asleep(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, listen, NULL);
		cpu_start_sleeping(cpu, EVENT_SIGNAL);
	}
	for (cpu = 1; cpu < nr_cpus; cpu++)
		wait_for(cpu_is_asleep(cpu));
	for (cpu = 1; cpu < nr_cpus; cpu++)
		signal_to(cpu);
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		cpu_wait(cpu);
		expect(handled_on(cpu, EVENT_SIGNAL), 1, "handled on CPU %u", cpu);
	}
}

/* Everybody signals everybody, all at once. */
static void signal_everybody(void *arg)
{
	unsigned int n, cpu;

	(void)arg;
	for (n = 0; n < 20; n++)
		for (cpu = 0; cpu < nr_cpus; cpu++)
			expect(signal_to(cpu), SUCCESS, "SIGNAL to CPU %u", cpu);
}

static void everybody(void)
{
	u64 delivered[MAX_CPUS];
	unsigned int cpu;

	event_listen(EVENT_SIGNAL);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		if (cpu)
			on_cpu(cpu, listen, NULL);
		delivered[cpu] = sysfs_number(cpu, FILE_DELIVERED);
	}
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, signal_everybody, NULL);
	signal_everybody(NULL);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
	/* What came last waits for the CPU to enter the guest. */
	for (cpu = 1; cpu < nr_cpus; cpu++)
		start_spinning(cpu);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		stop_spinning(cpu);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		unsigned int count = handled_on(cpu, EVENT_SIGNAL);

		expect_sysfs(cpu, FILE_PENDING, "");
		expect_sysfs(cpu, FILE_RUNNING, "");
		expect(sysfs_number(cpu, FILE_DELIVERED), delivered[cpu] + count,
		       "delivered to CPU %u", cpu);
		check(count >= 20 && count <= 20 * nr_cpus, "CPU %u handled %u", cpu, count);
	}
}

const struct test signal_tests[] = {
	{ "to itself", 1, to_itself },
	{ "to itself, in the handler", 1, itself_in_handler },
	{ "to each CPU", 2, to_each },
	{ "to all CPUs", 2, to_all },
	{ "from handler to handler", 2, round_and_round },
	{ "from a critical handler", 2, in_critical_handler },
	{ "to a masked CPU", 2, to_masked },
	{ "to a CPU that has it disabled", 2, to_disabled },
	{ "to a CPU that has it unregistered", 2, to_unregistered },
	{ "to a CPU that is off", 2, to_off },
	{ "to CPUs in WFI", 2, to_asleep },
	{ "from everybody to everybody", 2, everybody },
	{ NULL }
};
