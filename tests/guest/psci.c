// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs that go, come and sleep, and machines that are reset, in and out of
 * handlers. What comes back is masked and has nothing registered.
 */
#include "guest.h"

static void listen_to_all(void *arg)
{
	unsigned int event;

	(void)arg;
	call(SDEI_PRIVATE_RESET);
	for (event = 0; event < NR_EVENTS; event++)
		if (!is_shared(event))
			event_listen(event);
}

/* Masked, with no private event registered and no handler that runs. */
void expect_fresh(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++)
		if (!is_shared(event))
			expect(event_status(event), 0, "event %u: STATUS", event);
	expect(call(SDEI_EVENT_COMPLETE), DENIED, "COMPLETE");
	expect(call(SDEI_EVENT_CONTEXT, 0), DENIED, "CONTEXT");
	expect(pe_mask(), 0, "masked");
}

static void expect_fresh_and_listen(void *arg)
{
	unsigned int event;

	(void)arg;
	expect_fresh();
	listen_to_all(NULL);
	for (event = 0; event < NR_EVENTS; event++)
		expect(handled_on(this_cpu()->index, event), 0, "event %u: handled", event);
	event_raise(EVENT_NMI);
	event_raise(EVENT_SIGNAL);
	expect_handled(EVENT_NMI, 1);
	expect_handled(EVENT_SIGNAL, 1);
}

/* To the VMM as well. */
static void expect_fresh_sysfs(unsigned int cpu)
{
	expect_sysfs(cpu, FILE_MASKED, "1");
	expect_sysfs(cpu, FILE_REGISTERED, "");
	expect_sysfs(cpu, FILE_ENABLED, "");
	expect_sysfs(cpu, FILE_RUNNING, "");
	expect_sysfs(cpu, FILE_PENDING, "");
}

static void make_pending(void *arg)
{
	listen_to_all(arg);
	event_register(EVENT_VM_NOTIFY);
	pe_mask();
	event_raise(EVENT_SIGNAL);
	event_raise(EVENT_NMI);
}

static void off_and_on(void)
{
	on_cpu(1, make_pending, NULL);
	cpu_off(1);
	expect_fresh_sysfs(1);
	expect(raise_on(1, EVENT_NMI), -2, "raise on a CPU that is off");
	on_cpu(1, expect_fresh_and_listen, NULL);
	expect(event_status(EVENT_VM_NOTIFY), STATUS_REGISTERED, "the shared event");
}

/* Never to complete. */
static void switch_off(struct frame *frame)
{
	(void)frame;
	switch_cpu_off();
}

static void raise_here(void *arg)
{
	event_raise((u64)arg);
	give_up("a handler that switches its CPU off came back");
}

static void off_in_handler(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		on_cpu(1, listen_to_all, NULL);
		if (is_shared(event)) {
			event_register(event);
			event_enable(event);
		}
		on_event(event, switch_off);
		cpu_start(1, raise_here, (void *)(u64)event);
		wait_for(!READ_ONCE(cpus[1].online) && cpu_is_off(1));
		expect(handled_on(1, event), 1, "event %u", event);
		expect_fresh_sysfs(1);
		events_forget();
		if (is_shared(event)) {
			expect(event_status(event), STATUS_REGISTERED | STATUS_ENABLED,
			       "STATUS of the shared event");
			pe_unmask();
			event_raise(event);
			expect_handled(event, 1);
			pe_mask();
			events_forget();
		}
		on_cpu(1, expect_fresh_and_listen, NULL);
		events_forget();
	}
}

/* The outer handler ends with the inner one. */
static void raise_inner(struct frame *frame)
{
	(void)frame;
	event_raise(EVENT_VM_NMI);
	give_up("a handler that switches its CPU off came back");
}

static void off_in_both_handlers(void)
{
	event_register(EVENT_VM_NOTIFY);
	event_enable(EVENT_VM_NOTIFY);
	event_register(EVENT_VM_NMI);
	event_enable(EVENT_VM_NMI);
	on_event(EVENT_VM_NOTIFY, raise_inner);
	on_event(EVENT_VM_NMI, switch_off);
	on_cpu(1, listen_to_all, NULL);
	cpu_start(1, raise_here, (void *)EVENT_VM_NOTIFY);
	wait_for(!READ_ONCE(cpus[1].online) && cpu_is_off(1));
	events_forget();
	expect(event_status(EVENT_VM_NOTIFY), STATUS_REGISTERED | STATUS_ENABLED, "outer");
	expect(event_status(EVENT_VM_NMI), STATUS_REGISTERED | STATUS_ENABLED, "inner");
	on_cpu(1, expect_fresh_and_listen, NULL);
}

/* Raised again while its handler ran: another CPU takes it then. */
static void raise_again_and_switch_off(struct frame *frame)
{
	if (this_cpu()->index == 1) {
		event_raise(event_of(frame));
		switch_off(frame);
	}
}

static void inherited(void)
{
	event_register(EVENT_VM_NOTIFY);
	event_enable(EVENT_VM_NOTIFY);
	on_event(EVENT_VM_NOTIFY, raise_again_and_switch_off);
	on_cpu(1, listen_to_all, NULL);
	cpu_start(1, raise_here, (void *)EVENT_VM_NOTIFY);
	wait_for(!READ_ONCE(cpus[1].online) && cpu_is_off(1));
	expect_handled(EVENT_VM_NOTIFY, 0);
	pe_unmask();
	expect_handled(EVENT_VM_NOTIFY, 1);
}

/* Many times, with events raised all the time. */
static void off_under_fire(void)
{
	unsigned int n;

	for (n = 0; n < 10; n++) {
		on_cpu(1, listen_to_all, NULL);
		raise_on(1, EVENT_SIGNAL);
		cpu_start(1, make_pending, NULL);
		raise_on(1, EVENT_NMI);
		cpu_wait(1);
		raise_on(1, EVENT_SIGNAL);
		signal_to(1);
		cpu_off(1);
		signal_to(1);
		raise_on(1, EVENT_SIGNAL);
		expect_fresh_sysfs(1);
	}
	events_forget();
	on_cpu(1, expect_fresh_and_listen, NULL);
}

/* CPU_SUSPEND ends when there is an event to take, and gives SUCCESS. */
static void suspended(void)
{
	struct registers in, out;

	event_listen(EVENT_NMI);
	prepare(&in, kernel_hvc, PSTATE_EL1H | PSTATE_DAIF);
	in.x[0] = PSCI_CPU_SUSPEND;
	in.x[1] = 0;
	raise_asleep(EVENT_NMI);
	run(&in, &out);
	expect_handled(EVENT_NMI, 1);
	expect(seen(EVENT_NMI)->regs.x[2], in.pc + 4, "interrupted PC");
	expect(out.x[0], 0, "CPU_SUSPEND");
	expect_same(&out, &in, 4, 30, "CPU_SUSPEND");
}

static void suspend(struct frame *frame)
{
	(void)frame;
	raise_asleep(EVENT_NMI);
	expect(call_hvc(PSCI_CPU_SUSPEND, 0, 0, 0, 0, 0), 0, "CPU_SUSPEND");
	expect_handled(EVENT_NMI, 1);
	expect(event_status(EVENT_NOTIFY), 7, "STATUS");
}

static void suspended_in_handler(void)
{
	event_listen(EVENT_NMI);
	event_listen(EVENT_NOTIFY);
	on_event(EVENT_NOTIFY, suspend);
	event_raise(EVENT_NOTIFY);
	expect_handled(EVENT_NOTIFY, 1);
	expect_handled(EVENT_NMI, 1);
}

/* Machine resets. */
static void expect_fresh_machine(void)
{
	unsigned int event, cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		expect_fresh_sysfs(cpu);
	for (event = 0; event < NR_EVENTS; event++)
		expect(event_status(event), 0, "event %u: STATUS", event);
	events_forget();
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, expect_fresh_and_listen, NULL);
		events_forget();
	}
	event_listen(EVENT_VM_NOTIFY);
	event_listen(EVENT_VM_NMI);
	event_raise(EVENT_VM_NOTIFY);
	event_raise(EVENT_VM_NMI);
	expect_handled(EVENT_VM_NOTIFY, 1);
	expect_handled(EVENT_VM_NMI, 1);
}

static void reset_by_psci(void)
{
	call_hvc(PSCI_SYSTEM_RESET, 0, 0, 0, 0, 0);
	await_reset();
}

static void prepare_machine(void)
{
	unsigned int event, cpu;

	for (event = 0; event < NR_EVENTS; event++)
		event_listen(event);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		on_cpu(cpu, listen_to_all, NULL);
	/* Something is pending too. */
	event_disable(EVENT_VM_NMI);
	event_raise(EVENT_VM_NMI);
	event_disable(EVENT_SIGNAL);
	event_raise(EVENT_SIGNAL);
}

static void system_reset(void)
{
	prepare_machine();
	expect_reset(expect_fresh_machine);
	reset_by_psci();
}

static void reset_in(struct frame *frame)
{
	(void)frame;
	expect_reset(expect_fresh_machine);
	reset_by_psci();
}

static void system_reset_in_handler(void)
{
	prepare_machine();
	on_event(EVENT_NMI, reset_in);
	event_raise(EVENT_NMI);
}

static void system_reset_in_shared_handler(void)
{
	prepare_machine();
	on_event(EVENT_VM_NOTIFY, reset_in);
	event_raise(EVENT_VM_NOTIFY);
}

/* By CPU 1, while CPU 0 runs handlers. */
static void spin_forever(struct frame *frame)
{
	(void)frame;
	for (;;)
		asm volatile("yield");
}

static void do_reset(void *arg)
{
	(void)arg;
	wait_for(handled_on(0, EVENT_VM_NOTIFY));
	event_raise(EVENT_SIGNAL);
	expect_reset(expect_fresh_machine);
	call_hvc(PSCI_SYSTEM_RESET, 0, 0, 0, 0, 0);
}

static void system_reset_by_another(void)
{
	prepare_machine();
	on_event(EVENT_VM_NOTIFY, spin_forever);
	cpu_start(1, do_reset, NULL);
	event_raise(EVENT_VM_NOTIFY);
}

static void reset_by_vmm(void)
{
	prepare_machine();
	expect_reset(expect_fresh_machine);
	service(SERVICE_RESET, 0, 0, 0, 0);
	await_reset();
}

/* One CPU is reset; the others go on, and the VM keeps its shared events. */
static void mask(void *arg)
{
	(void)arg;
	pe_mask();
}

static void reset_of_one(void)
{
	unsigned int cpu;

	prepare_machine();
	for (cpu = 0; cpu < nr_cpus; cpu++)
		on_cpu(cpu, mask, NULL);
	start_spinning(1);
	event_raise_on(1, EVENT_NMI);
	reset_spinning(1);
	expect_fresh_sysfs(1);
	expect(event_status(EVENT_VM_NOTIFY), STATUS_REGISTERED | STATUS_ENABLED,
	       "a shared event");
	expect(event_status(EVENT_NMI), STATUS_REGISTERED | STATUS_ENABLED,
	       "a private event of another CPU");
	event_enable(EVENT_VM_NMI);
	pe_unmask();
	expect_handled(EVENT_VM_NMI, 1);
	events_forget();
	on_cpu(1, expect_fresh_and_listen, NULL);
}

/* A vCPU that its VMM does not run takes nothing until it does. */
static void paused_vcpu(void)
{
	on_cpu(1, listen_to_all, NULL);
	start_spinning(1);
	service(SERVICE_PAUSE, 1, 0, 0, 0);
	event_raise_on(1, EVENT_NMI);
	event_raise_on(1, EVENT_SIGNAL);
	signal_to(1);
	give_way();
	expect(handled_on(1, EVENT_NMI), 0, "while paused");
	expect_sysfs(1, FILE_PENDING, "0x0 0x40000001");
	service(SERVICE_RESUME, 1, 0, 0, 0);
	wait_for(handled_on(1, EVENT_NMI) && handled_on(1, EVENT_SIGNAL));
	stop_spinning(1);
	expect(handled_on(1, EVENT_NMI), 1, "NMI");
	expect(handled_on(1, EVENT_SIGNAL), 1, "signal");
}

const struct test psci_tests[] = {
	{ "CPU_OFF and CPU_ON", 2, off_and_on },
	{ "CPU_OFF in a handler", 2, off_in_handler },
	{ "CPU_OFF in two handlers", 2, off_in_both_handlers },
	{ "CPU_OFF in the handler of a shared event that is pending again", 2, inherited },
	{ "CPU_OFF and CPU_ON under fire", 2, off_under_fire },
	{ "CPU_SUSPEND", 1, suspended },
	{ "CPU_SUSPEND in a handler", 1, suspended_in_handler },
	{ "SYSTEM_RESET", 1, system_reset },
	{ "SYSTEM_RESET in a handler", 1, system_reset_in_handler },
	{ "SYSTEM_RESET in the handler of a shared event", 1, system_reset_in_shared_handler },
	{ "SYSTEM_RESET by another CPU than the handler's", 2, system_reset_by_another },
	{ "reset by the VMM", 1, reset_by_vmm },
	{ "reset of one CPU by the VMM", 2, reset_of_one },
	{ "a vCPU that its VMM has paused", 2, paused_vcpu },
	{ NULL }
};
