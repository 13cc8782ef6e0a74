// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of an event: each call in each state, and what is pending.
 */
#include "guest.h"

#define R	STATUS_REGISTERED
#define E	STATUS_ENABLED
#define X	STATUS_RUNNING

/*
 * A call in a state, what it gives, and the state after it; for a running event
 * also the state when its handler has completed.
 */
struct step {
	unsigned int state;
	s64 (*make)(unsigned int event);
	s64 ret;
	unsigned int after;
	unsigned int completed;
};

static const struct step steps[] = {
	{ 0,		event_register,		SUCCESS,	R,	0 },
	{ 0,		event_enable,		DENIED,		0,	0 },
	{ 0,		event_disable,		DENIED,		0,	0 },
	{ 0,		event_unregister,	DENIED,		0,	0 },
	{ R,		event_register,		DENIED,		R,	0 },
	{ R,		event_enable,		SUCCESS,	R | E,	0 },
	{ R,		event_disable,		SUCCESS,	R,	0 },
	{ R,		event_unregister,	SUCCESS,	0,	0 },
	{ R | E,	event_register,		DENIED,		R | E,	0 },
	{ R | E,	event_enable,		SUCCESS,	R | E,	0 },
	{ R | E,	event_disable,		SUCCESS,	R,	0 },
	{ R | E,	event_unregister,	SUCCESS,	0,	0 },
	{ R | E | X,	event_register,		DENIED,		R | E | X, R | E },
	{ R | E | X,	event_enable,		SUCCESS,	R | E | X, R | E },
	{ R | E | X,	event_disable,		SUCCESS,	R | X,	R },
	{ R | E | X,	event_unregister,	PENDING,	X,	0 },
	{ R | X,	event_register,		DENIED,		R | X,	R },
	{ R | X,	event_enable,		SUCCESS,	R | E | X, R | E },
	{ R | X,	event_disable,		SUCCESS,	R | X,	R },
	{ R | X,	event_unregister,	PENDING,	X,	0 },
	{ X,		event_register,		DENIED,		X,	0 },
	{ X,		event_enable,		DENIED,		X,	0 },
	{ X,		event_disable,		DENIED,		X,	0 },
	{ X,		event_unregister,	PENDING,	X,	0 },
};

static const struct step *current;

static void do_step(unsigned int event)
{
	unsigned int n = current - steps;

	expect(event_status(event), current->state, "event %u, step %u: before", event, n);
	expect(current->make(event), current->ret, "event %u, step %u", event, n);
	expect(event_status(event), current->after, "event %u, step %u: after", event, n);
}

static void step_in_handler(struct frame *frame)
{
	unsigned int event = event_of(frame);

	if (!(current->state & E))
		event_disable(event);
	if (!(current->state & R))
		event_unregister(event);
	do_step(event);
}

static void step_outside(unsigned int event)
{
	if (current->state & R)
		event_register(event);
	if (current->state & E)
		event_enable(event);
	do_step(event);
	event_unregister(event);
}

static void step_running(unsigned int event)
{
	unsigned int before = seen(event)->count;

	event_listen(event);
	on_event(event, step_in_handler);
	event_raise(event);
	expect(seen(event)->count, before + 1, "event %u: handled", event);
	expect(event_status(event), current->completed, "event %u, step %u: completed",
	       event, (unsigned int)(current - steps));
	event_unregister(event);
}

static void each_step(unsigned int event)
{
	for (current = steps; current < steps + ARRAY_SIZE(steps); current++) {
		if (current->state & X)
			step_running(event);
		else
			step_outside(event);
	}
}

#define EACH_STEP(event)						\
	static void each_step_of_##event(void)				\
	{								\
		each_step(event);					\
	}

EACH_STEP(EVENT_SIGNAL)
EACH_STEP(EVENT_NOTIFY)
EACH_STEP(EVENT_NMI)
EACH_STEP(EVENT_VM_NOTIFY)
EACH_STEP(EVENT_VM_NMI)

/* Raised before it was enabled: comes in the call that enables it. */
static void pending_until_enabled(void)
{
	struct registers in, out;
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_register(event);
		pe_unmask();
		event_raise(event);
		expect_handled(event, 0);
		expect(event_status(event), R, "event %u: STATUS", event);
		if (!is_shared(event)) {
			char text[16];

			format(text, sizeof(text), "%#x", EVENT_NUMBER(event));
			expect_sysfs(0, FILE_PENDING, text);
		}
		prepare(&in, use_smc ? kernel_smc : kernel_hvc, PSTATE_EL1H | PSTATE_DAIF);
		in.x[0] = SDEI_EVENT_ENABLE;
		in.x[1] = EVENT_NUMBER(event);
		run(&in, &out);
		expect_handled(event, 1);
		expect(seen(event)->regs.x[2], in.pc + 4, "event %u: interrupted PC", event);
		expect(out.x[0], SUCCESS, "event %u: ENABLE", event);
		expect_same(&out, &in, 1, 30, "ENABLE");
		expect_sysfs(0, FILE_PENDING, "");
		event_unregister(event);
	}
}

static void disabled(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		event_disable(event);
		event_raise(event);
		expect_handled(event, 0);
		event_enable(event);
		expect_handled(event, 1);
		event_unregister(event);
	}
}

static s64 private_reset(unsigned int event)
{
	(void)event;
	return call(SDEI_PRIVATE_RESET);
}

static s64 shared_reset(unsigned int event)
{
	(void)event;
	return call(SDEI_SHARED_RESET);
}

static void forget_by(s64 (*forget)(unsigned int event), unsigned int event)
{
	event_register(event);
	event_enable(event);
	event_raise(event);
	expect(forget(event), SUCCESS, "event %u", event);
	expect(event_status(event), 0, "event %u: STATUS", event);
	expect_sysfs(0, FILE_PENDING, "");
	event_listen(event);
	expect_handled(event, 0);
	event_unregister(event);
	pe_mask();
}

static void pending_is_forgotten(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		forget_by(event_unregister, event);
		forget_by(is_shared(event) ? shared_reset : private_reset, event);
	}
}

/* Only one instance of an event is ever pending. */
static void one_pending(void)
{
	unsigned int event, n;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		pe_mask();
		for (n = 0; n < 5; n++)
			event_raise(event);
		expect_handled(event, 0);
		pe_unmask();
		expect_handled(event, 1);
		event_raise(event);
		expect_handled(event, 2);
		event_unregister(event);
	}
}

static void resets_do_the_rest(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_register(event);
		event_enable(event);
	}
	expect(call(SDEI_PRIVATE_RESET), SUCCESS, "PRIVATE_RESET");
	for (event = 0; event < NR_EVENTS; event++)
		expect(event_status(event), is_shared(event) ? R | E : 0,
		       "event %u: after PRIVATE_RESET", event);
	event_register(EVENT_NOTIFY);
	expect(call(SDEI_SHARED_RESET), SUCCESS, "SHARED_RESET");
	for (event = 0; event < NR_EVENTS; event++)
		expect(event_status(event), event == EVENT_NOTIFY ? R : 0,
		       "event %u: after SHARED_RESET", event);
}

static void reset_keeps_mask(void)
{
	pe_unmask();
	call(SDEI_PRIVATE_RESET);
	call(SDEI_SHARED_RESET);
	expect(pe_mask(), 1, "PE_MASK after the resets of an unmasked PE");
	call(SDEI_PRIVATE_RESET);
	call(SDEI_SHARED_RESET);
	expect(pe_mask(), 0, "PE_MASK after the resets of a masked PE");
}

static void reset_in_handler(struct frame *frame)
{
	unsigned int event = event_of(frame), n;
	bool shared = is_shared(event);

	expect(call(SDEI_PRIVATE_RESET), shared ? SUCCESS : DENIED, "PRIVATE_RESET");
	expect(call(SDEI_SHARED_RESET), shared ? DENIED : SUCCESS, "SHARED_RESET");
	for (n = 0; n < NR_EVENTS; n++)
		expect(event_status(n), n == event ? X : 0, "event %u in the handler of %u",
		       n, event);
	expect(event_register(event), DENIED, "REGISTER in the handler");
}

static void resets_in_handlers(void)
{
	unsigned int event, n;

	for (event = 0; event < NR_EVENTS; event++) {
		for (n = 0; n < NR_EVENTS; n++)
			event_listen(n);
		on_event(event, reset_in_handler);
		event_raise(event);
		expect_handled(event, 1);
		for (n = 0; n < NR_EVENTS; n++)
			expect(event_status(n), 0, "event %u after the handler of %u", n, event);
	}
}

/* Raised again while it runs, then unregistered there: it does not run again. */
static void unregister_again(struct frame *frame)
{
	unsigned int event = event_of(frame);

	event_raise(event);
	expect(event_unregister(event), PENDING, "UNREGISTER");
	expect(event_unregister(event), PENDING, "UNREGISTER again");
}

static void unregistered_in_handler(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		on_event(event, unregister_again);
		event_raise(event);
		expect_handled(event, 1);
		expect(event_status(event), 0, "STATUS");
		on_event(event, NULL);
		event_listen(event);
		expect_handled(event, 1);
		event_raise(event);
		expect_handled(event, 2);
		event_unregister(event);
	}
}

const struct test state_tests[] = {
	{ "each call in each state, event 0", 1, each_step_of_EVENT_SIGNAL },
	{ "each call in each state, private normal", 1, each_step_of_EVENT_NOTIFY },
	{ "each call in each state, private critical", 1, each_step_of_EVENT_NMI },
	{ "each call in each state, shared normal", 1, each_step_of_EVENT_VM_NOTIFY },
	{ "each call in each state, shared critical", 1, each_step_of_EVENT_VM_NMI },
	{ "raised before ENABLE, handled in it", 1, pending_until_enabled },
	{ "raised while disabled", 1, disabled },
	{ "UNREGISTER and the resets forget what is pending", 1, pending_is_forgotten },
	{ "one pending instance", 1, one_pending },
	{ "each reset has its events", 1, resets_do_the_rest },
	{ "the resets leave the mask", 1, reset_keeps_mask },
	{ "the resets in handlers", 1, resets_in_handlers },
	{ "unregistered in its handler while pending again", 1, unregistered_in_handler },
	{ NULL }
};
