// SPDX-License-Identifier: GPL-2.0-only
/*
 * PE_MASK and PE_UNMASK.
 */
#include "guest.h"

static void answers(void)
{
	expect(pe_mask(), 0, "masked at first");
	expect(pe_mask(), 0, "masked still");
	expect_sysfs(0, FILE_MASKED, "1");
	expect(pe_unmask(), 0, "UNMASK");
	expect_sysfs(0, FILE_MASKED, "0");
	expect(pe_unmask(), 0, "UNMASK again");
	expect(pe_mask(), 1, "masked by this");
	expect(pe_mask(), 0, "masked again");
	expect_sysfs(0, FILE_MASKED, "1");
}

/* What is pending comes in the call that unmasks, before its next instruction. */
static void in_the_call(void)
{
	struct registers in, out;
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		pe_mask();
		event_raise(event);
		give_way();
		give_way();
		expect_handled(event, 0);
		prepare(&in, use_smc ? kernel_smc : kernel_hvc, PSTATE_EL1T | 0x80000000);
		in.x[0] = SDEI_PE_UNMASK;
		run(&in, &out);
		expect_handled(event, 1);
		expect(seen(event)->regs.x[2], in.pc + 4, "event %u: interrupted PC", event);
		expect(seen(event)->regs.x[3], in.pstate, "event %u: PSTATE", event);
		expect(out.x[0], 0, "event %u: PE_UNMASK", event);
		expect_same(&out, &in, 1, 30, "PE_UNMASK");
		expect(out.elr, in.pc + 8, "event %u: PC", event);
		event_unregister(event);
	}
}

/* SIGNAL to oneself is delivered in the call, unless masked. */
static void signal_while_masked(void)
{
	event_listen(EVENT_SIGNAL);
	pe_mask();
	expect(signal_to(0), SUCCESS, "SIGNAL");
	expect_handled(EVENT_SIGNAL, 0);
	expect_sysfs(0, FILE_PENDING, "0x0");
	pe_unmask();
	expect_handled(EVENT_SIGNAL, 1);
	expect_sysfs(0, FILE_PENDING, "");
}

/* Masking in a handler neither stops it nor is undone by its end. */
static void mask_and_raise(struct frame *frame)
{
	unsigned int event = event_of(frame);

	expect(pe_mask(), 1, "PE_MASK in the handler");
	event_raise(EVENT_NMI);
	event_raise(EVENT_SIGNAL);
	expect_handled(EVENT_NMI, 0);
	expect(event_status(event), 7, "STATUS");
}

static void in_handler(void)
{
	event_listen(EVENT_NMI);
	event_listen(EVENT_SIGNAL);
	event_listen(EVENT_NOTIFY);
	on_event(EVENT_NOTIFY, mask_and_raise);
	event_raise(EVENT_NOTIFY);
	expect_handled(EVENT_NOTIFY, 1);
	expect_handled(EVENT_NMI, 0);
	expect_handled(EVENT_SIGNAL, 0);
	expect_sysfs(0, FILE_PENDING, "0x0 0x40000001");
	expect(pe_mask(), 0, "masked after the handler");
	pe_unmask();
	expect_handled(EVENT_NMI, 1);
	expect_handled(EVENT_SIGNAL, 1);
}

/* Unmasking in a handler lets a critical event in, there and then. */
static void unmask_and_look(struct frame *frame)
{
	(void)frame;
	pe_mask();
	event_raise(EVENT_NMI);
	event_raise(EVENT_SIGNAL);
	expect_handled(EVENT_NMI, 0);
	pe_unmask();
	expect_handled(EVENT_NMI, 1);
	expect_handled(EVENT_SIGNAL, 0);
}

static void unmasked_in_handler(void)
{
	event_listen(EVENT_NMI);
	event_listen(EVENT_SIGNAL);
	event_listen(EVENT_NOTIFY);
	on_event(EVENT_NOTIFY, unmask_and_look);
	event_raise(EVENT_NOTIFY);
	expect_handled(EVENT_NOTIFY, 1);
	expect_handled(EVENT_SIGNAL, 1);
}

/* A handler that ends on a masked PE goes back to what it interrupted. */
static void mask_only(struct frame *frame)
{
	(void)frame;
	pe_mask();
}

static void completed_while_masked(void)
{
	struct registers in, out;

	event_listen(EVENT_SIGNAL);
	on_event(EVENT_SIGNAL, mask_only);
	prepare(&in, user_store, PSTATE_EL0);
	in.x[29] = (u64)this_cpu()->index << 32;
	in.x[30] = VMM_BASE + USER_VMM_OFFSET + VMM_RAISE;
	expect(run(&in, &out), VECTOR_EL0, "vector");
	expect_same(&out, &in, 0, 30, "masked");
	expect(pe_mask(), 0, "masked still");
}

/* DAIF does not mask events. */
static void daif(void)
{
	event_listen(EVENT_SIGNAL);
	asm volatile("msr daifset, #15");
	event_raise(EVENT_SIGNAL);
	expect_handled(EVENT_SIGNAL, 1);
	expect(seen(EVENT_SIGNAL)->regs.x[3] & PSTATE_DAIF, PSTATE_DAIF, "interrupted DAIF");
}

const struct test masking_tests[] = {
	{ "PE_MASK says whether it masked", 1, answers },
	{ "pending while masked, delivered in PE_UNMASK", 1, in_the_call },
	{ "SIGNAL to itself while masked", 1, signal_while_masked },
	{ "masked in a handler", 1, in_handler },
	{ "unmasked in a handler", 1, unmasked_in_handler },
	{ "a handler completes while masked", 1, completed_while_masked },
	{ "DAIF masks no event", 1, daif },
	{ NULL }
};
