// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events and interrupts.
 */
#include "guest.h"

/* An interrupt that becomes pending in a handler is taken after it, not in it. */
static void become_pending(struct frame *frame)
{
	(void)frame;
	set_irq(1);
	expect(irq_pending(), PSTATE_I, "ISR_EL1");
}

static void after_handler(u64 pstate, void *snippet, u64 page, u64 vector)
{
	struct registers in, out;

	prepare(&in, snippet, pstate);
	in.x[29] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NMI);
	in.x[30] = page + VMM_RAISE;
	expect(run(&in, &out), vector, "vector");
	expect_handled(EVENT_NMI, 1);
	expect(seen(EVENT_NMI)->regs.x[2], in.pc + 4, "interrupted PC");
	expect(out.elr, in.pc + 4, "PC");
	expect(out.spsr, pstate, "PSTATE");
	expect_same(&out, &in, 0, 30, "interrupt");
	set_irq(0);
	events_forget();
	on_event(EVENT_NMI, become_pending);
}

static void in_handler(void)
{
	if (no_gic())
		return;
	gic_on(false);
	event_listen(EVENT_NMI);
	on_event(EVENT_NMI, become_pending);
	after_handler(PSTATE_EL0, user_store, VMM_BASE + USER_VMM_OFFSET,
		      VECTOR_EL0 + VECTOR_IRQ);
	after_handler(PSTATE_EL1H, kernel_store, VMM_BASE, VECTOR_EL1H + VECTOR_IRQ);
	after_handler(PSTATE_EL1T | PSTATE_F, kernel_store, VMM_BASE,
		      VECTOR_EL1T + VECTOR_IRQ);
	/* Masked by what was interrupted, it stays pending. */
	after_handler(PSTATE_EL1H | PSTATE_F, kernel_store, VMM_BASE,
		      VECTOR_EL1H + VECTOR_IRQ);
	gic_off();
}

/* COMPLETE_AND_RESUME has everything masked, as an interrupt's vector expects. */
static void resume(struct frame *frame)
{
	set_irq(1);
	resume_at(frame, vectors + VECTOR_EL0 + VECTOR_IRQ);
}

static void resumed(void)
{
	struct registers in, out;

	if (no_gic())
		return;
	gic_on(false);
	event_listen(EVENT_NMI);
	on_event(EVENT_NMI, resume);
	prepare(&in, user_store, PSTATE_EL0);
	in.x[29] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NMI);
	in.x[30] = VMM_BASE + USER_VMM_OFFSET + VMM_RAISE;
	expect(run(&in, &out), VECTOR_EL0 + VECTOR_IRQ, "vector");
	expect(out.elr, in.pc + 4, "ELR_EL1");
	expect(out.spsr, in.pstate, "SPSR_EL1");
	expect(out.pstate & PSTATE_DAIF, PSTATE_DAIF, "DAIF");
	expect(irq_pending(), PSTATE_I, "ISR_EL1");
	gic_off();
}

/* Pending while interrupts are masked: an event comes nevertheless. */
static void while_masked(void)
{
	if (no_gic())
		return;
	gic_on(false);
	set_irq(1);
	event_listen(EVENT_SIGNAL);
	event_raise(EVENT_SIGNAL);
	expect_handled(EVENT_SIGNAL, 1);
	expect(irq_pending(), PSTATE_I, "ISR_EL1");
	gic_off();
}

/* An event that cannot be taken does not end WFI; an interrupt does. */
static void sleep_masked(void *arg)
{
	gic_on(false);
	event_listen(EVENT_NMI);
	pe_mask();
	while (!irq_pending())
		do_wfi(arg);
	expect_handled(EVENT_NMI, 0);
	set_irq(0);
	pe_unmask();
	expect_handled(EVENT_NMI, 1);
	gic_off();
}

static void masked_event(void)
{
	unsigned int wakeups;

	if (no_gic())
		return;
	cpu_start(1, sleep_masked, NULL);
	wait_for(cpu_is_asleep(1));
	wakeups = cpus[1].wakeups;
	event_raise_on(1, EVENT_NMI);
	give_way();
	give_way();
	check(cpu_is_asleep(1) && READ_ONCE(cpus[1].wakeups) == wakeups,
	      "is or was awake for an event that it cannot take");
	set_irq(1);
	cpu_wait(1);
	expect(handled_on(1, EVENT_NMI), 1, "after unmasking");
}

const struct test interrupt_tests[] = {
	{ "pending in a handler, taken after it", 1, in_handler },
	{ "pending in a handler, masked after COMPLETE_AND_RESUME", 1, resumed },
	{ "pending and masked, an event comes", 1, while_masked },
	{ "ends WFI, and an event that is masked does not", 2, masked_event },
	{ NULL }
};
