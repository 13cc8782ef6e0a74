// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events at any point of code that keeps KVM emulating instructions, making
 * hypercalls and exits: no instruction is lost or done twice, no register
 * changes, and each handler starts at its first instruction.
 */
#include "guest.h"

#define EVENTS	60

static u64 stop;

static void next(struct frame *frame)
{
	unsigned int event = event_of(frame);

	expect(frame->regs.pc, (u64)handler_of(event), "handler");
	if (seen(event)->count < EVENTS)
		raise_later(event);
	else
		WRITE_ONCE(stop, 1);
}

/**
 * storm_prepare() - get ready for kernel_storm, where some registers have a meaning
 * @in: the registers to run it with
 * @pstate: their PSTATE
 * @until: what is not 0 when it is to end
 */
void storm_prepare(struct registers *in, u64 pstate, u64 *until)
{
	static u64 sink;

	prepare(in, kernel_storm, pstate);
	in->x[19] = 0;
	in->x[20] = (u64)until;
	in->x[21] = 0;
	in->x[22] = read_sysreg(id_aa64pfr0_el1);
	in->x[23] = call_hvc(PSCI_VERSION, 0, 0, 0, 0, 0);
	in->x[24] = fact(FACT_CPUS);
	in->x[25] = VMM_BASE + VMM_FACT + 8 * FACT_CPUS;
	in->x[26] = 0;
	in->x[27] = (u64)&sink;
}

/**
 * storm_check() - see that kernel_storm did what it should
 * @in: the registers that it was run with, which are changed
 * @out: those at its end
 */
void storm_check(struct registers *in, const struct registers *out)
{
	expect(out->x[21], 0, "wrong results");
	expect(out->x[26], 4 * out->x[19], "instructions");
	in->x[19] = out->x[19];
	in->x[21] = out->x[21];
	in->x[26] = out->x[26];
	expect_same(out, in, 4, 30, "storm");
	expect(out->spsr, in->pstate, "PSTATE");
}

static void storm(unsigned int event, u64 pstate)
{
	struct registers in, out;

	event_listen(event);
	on_event(event, next);
	stop = 0;
	storm_prepare(&in, pstate, &stop);
	raise_later(event);
	run(&in, &out);
	expect_handled(event, EVENTS);
	storm_check(&in, &out);
	event_unregister(event);
	events_forget();
}

static void storms(void)
{
	storm(EVENT_SIGNAL, PSTATE_EL1H | PSTATE_DAIF);
	storm(EVENT_NMI, PSTATE_EL1T | PSTATE_DAIF);
	storm(EVENT_VM_NOTIFY, PSTATE_EL1H | PSTATE_DAIF);
}

/* Raised by other CPUs, whatever happens to be under way. */
static void raise_many(void *arg)
{
	unsigned int event = (u64)arg;

	while (!READ_ONCE(stop)) {
		event_raise_on(0, event);
		signal_to(0);
	}
}

static void count(struct frame *frame)
{
	(void)frame;
	if (seen(EVENT_SIGNAL)->count >= EVENTS && seen(EVENT_NMI)->count >= EVENTS)
		WRITE_ONCE(stop, 1);
}

static void crossfire(void)
{
	u64 completed = sysfs_number(0, FILE_COMPLETED);
	struct registers in, out;
	unsigned int cpu;

	event_listen(EVENT_SIGNAL);
	event_listen(EVENT_NMI);
	on_event(EVENT_SIGNAL, count);
	on_event(EVENT_NMI, count);
	stop = 0;
	storm_prepare(&in, PSTATE_EL1H | PSTATE_DAIF, &stop);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, raise_many, (void *)EVENT_NMI);
	run(&in, &out);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
	storm_check(&in, &out);
	expect_sysfs(0, FILE_PENDING, "");
	expect_sysfs(0, FILE_RUNNING, "");
	expect(sysfs_number(0, FILE_COMPLETED),
	       completed + handled_on(0, EVENT_SIGNAL) + handled_on(0, EVENT_NMI), "completed");
}

const struct test storm_tests[] = {
	{ "over instructions that trap", 1, storms },
	{ "from other CPUs", 2, crossfire },
	{ NULL }
};
