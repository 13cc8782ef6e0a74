// SPDX-License-Identifier: GPL-2.0-only
/*
 * Relative mode: the entry point is an offset from where the vectors are when
 * the event is delivered. Version 1.0 does not have it.
 */
#include "guest.h"

static void follows_vbar(void)
{
	unsigned int event;

	if (!fact(FACT_MINOR)) {
		skip("version 1.0 does not have it");
		return;
	}
	for (event = 0; event < NR_EVENTS; event++) {
		expect(event_register_as(event, (void *)RELATIVE_OFFSET, REGISTER_RELATIVE, 0),
		       SUCCESS, "REGISTER of event %u", event);
		event_enable(event);
		pe_unmask();
		event_raise(event);
		expect(seen(event)->regs.pc, (u64)handler_after_vectors, "event %u", event);
		write_sysreg(other_vectors, vbar_el1);
		event_raise(event);
		expect(seen(event)->regs.pc, (u64)handler_after_other_vectors,
		       "event %u: other vectors", event);
		write_sysreg(vectors, vbar_el1);
		event_raise(event);
		expect(seen(event)->regs.pc, (u64)handler_after_vectors,
		       "event %u: vectors again", event);
		expect_handled(event, 3);
		event_unregister(event);
	}
}

/* On each CPU its own. */
static void use_other_vectors(void *arg)
{
	(void)arg;
	write_sysreg(other_vectors, vbar_el1);
	pe_unmask();
	event_raise(EVENT_VM_NOTIFY);
	expect(seen(EVENT_VM_NOTIFY)->regs.pc, (u64)handler_after_other_vectors, "CPU 1");
	pe_mask();
	write_sysreg(vectors, vbar_el1);
}

static void shared_event(void)
{
	if (!fact(FACT_MINOR)) {
		skip("version 1.0 does not have it");
		return;
	}
	event_register_as(EVENT_VM_NOTIFY, (void *)RELATIVE_OFFSET, REGISTER_RELATIVE, 0);
	event_enable(EVENT_VM_NOTIFY);
	on_cpu(1, use_other_vectors, NULL);
	pe_unmask();
	event_raise(EVENT_VM_NOTIFY);
	expect(seen(EVENT_VM_NOTIFY)->regs.pc, (u64)handler_after_vectors, "CPU 0");
}

/* Offset 0 is as good as any. */
static void parameters(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		if (fact(FACT_MINOR)) {
			expect(event_register_as(event, NULL, REGISTER_RELATIVE, 0), SUCCESS,
			       "event %u: offset 0", event);
			event_unregister(event);
			expect(event_register_as(event, NULL,
						 REGISTER_RELATIVE | REGISTER_RM_PE,
						 cpus[0].mpidr), SUCCESS,
			       "event %u: RM_PE", event);
			event_unregister(event);
		} else {
			expect(event_register_as(event, (void *)RELATIVE_OFFSET,
						 REGISTER_RELATIVE, 0), INVALID_PARAMETERS,
			       "event %u: version 1.0", event);
		}
	}
	expect(call(SDEI_FEATURES, 1), fact(FACT_MINOR), "FEATURES");
}

const struct test relative_tests[] = {
	{ "the handler is where the vectors are", 1, follows_vbar },
	{ "on each CPU its own vectors", 2, shared_event },
	{ "what can be registered", 1, parameters },
	{ NULL }
};
