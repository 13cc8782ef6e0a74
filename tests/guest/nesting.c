// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers that are interrupted, or are not: by priority.
 */
#include "guest.h"

/* The order in which handlers began and ended. */
#define MAX_ORDER	32

static char order[MAX_ORDER];
static unsigned int nr_order;

static void note(char c)
{
	if (nr_order < MAX_ORDER - 1)
		order[nr_order++] = c;
	order[nr_order] = '\0';
}

static void expect_order(const char *expected)
{
	check(same_text(order, expected), "order is %s, not %s", order, expected);
	nr_order = 0;
	order[0] = '\0';
}

static char letter(unsigned int event, bool end)
{
	return (end ? 'a' : 'A') + event;
}

/* What a handler raises, and which event's handler does that. */
static unsigned int raiser, raised;

static void note_and_raise(struct frame *frame)
{
	unsigned int event = event_of(frame);

	note(letter(event, false));
	if (event == raiser) {
		raiser = NR_EVENTS;
		event_raise(raised);
	}
	note(letter(event, true));
}

static void listen_to_all(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		on_event(event, note_and_raise);
	}
}

/* In the handler of each event each other one, and itself, is raised. */
static void each_in_each(void)
{
	unsigned int outer, inner;
	char expected[5];

	listen_to_all();
	for (outer = 0; outer < NR_EVENTS; outer++) {
		for (inner = 0; inner < NR_EVENTS; inner++) {
			bool preempts = is_critical(inner) && !is_critical(outer);

			raiser = outer;
			raised = inner;
			nr_order = 0;
			event_raise(outer);
			format(expected, sizeof(expected), "%c%c%c%c",
			       letter(outer, false),
			       preempts ? letter(inner, false) : letter(outer, true),
			       preempts ? letter(inner, true) : letter(inner, false),
			       preempts ? letter(outer, true) : letter(inner, true));
			expect_order(expected);
		}
	}
}

/* All are pending when the PE is unmasked. */
static void by_priority(void)
{
	unsigned int event;

	listen_to_all();
	raiser = NR_EVENTS;
	pe_mask();
	for (event = NR_EVENTS; event--;)
		event_raise(event);
	expect_order("");
	pe_unmask();
	expect_order("CcEeAaBbDd");
}

/* Both preempt, one after the other. */
static void raise_both(struct frame *frame)
{
	note(letter(event_of(frame), false));
	pe_mask();
	event_raise(EVENT_VM_NMI);
	event_raise(EVENT_NMI);
	event_raise(EVENT_SIGNAL);
	expect_order("B");
	pe_unmask();
	expect_order("CcEe");
	note(letter(event_of(frame), true));
}

static void two_preempt(void)
{
	listen_to_all();
	raiser = NR_EVENTS;
	on_event(EVENT_NOTIFY, raise_both);
	event_raise(EVENT_NOTIFY);
	expect_order("bAa");
}

/*
 * A handler that is followed by another one at once: not one instruction of what
 * they interrupt runs in between, and it is intact in the end.
 */
static void raise_follower(struct frame *frame)
{
	(void)frame;
	event_raise(EVENT_NOTIFY);
	expect_handled(EVENT_NOTIFY, 0);
}

static void one_after_another(void)
{
	struct registers in, out, *first, *second;

	event_listen(EVENT_SIGNAL);
	event_listen(EVENT_NOTIFY);
	on_event(EVENT_SIGNAL, raise_follower);
	prepare(&in, user_store, PSTATE_EL0 | 0x30000000);
	in.x[29] = (u64)this_cpu()->index << 32;
	in.x[30] = VMM_BASE + USER_VMM_OFFSET + VMM_RAISE;
	run(&in, &out);
	first = &seen(EVENT_SIGNAL)->regs;
	second = &seen(EVENT_NOTIFY)->regs;
	expect_handled(EVENT_NOTIFY, 1);
	expect(second->x[2], in.pc + 4, "interrupted PC");
	expect(second->x[3], in.pstate, "interrupted PSTATE");
	expect(second->pstate, first->pstate, "PSTATE");
	expect_same(second, first, 4, 30, "the second handler");
	expect_same(&out, &in, 0, 30, "afterwards");
	expect(out.spsr, in.pstate, "PSTATE afterwards");
}

/*
 * A normal handler is interrupted by a critical one while it has known
 * registers, and has its own context back afterwards.
 */
static bool resume_inner;

static void look_at_inner(struct frame *frame)
{
	u64 n;

	for (n = 0; n < 18; n++)
		expect(call(SDEI_EVENT_CONTEXT, n), (u64)0x1111 * n, "inner CONTEXT of x%llu",
		       n);
	expect_sysfs(this_cpu()->index, FILE_RUNNING, "0x40000000 0x40000001");
	expect(event_status(EVENT_NOTIFY), 7, "STATUS of the outer");
	expect(event_status(EVENT_NMI), 7, "STATUS of the inner");
	if (resume_inner)
		resume_at(frame, vectors + VECTOR_EL1H + VECTOR_IRQ);
}

static struct registers outer_in;

static void run_in_handler(struct frame *frame)
{
	struct registers in, out;
	u64 vector, n;

	prepare(&in, kernel_store, PSTATE_EL1H | PSTATE_DAIF | 0x70000000);
	for (n = 0; n < 18; n++)
		in.x[n] = 0x1111 * n;
	in.x[29] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NMI);
	in.x[30] = VMM_BASE + VMM_RAISE;
	vector = run(&in, &out);
	expect_handled(EVENT_NMI, 1);
	expect(seen(EVENT_NMI)->regs.x[2], in.pc + 4, "inner: interrupted PC");
	expect(seen(EVENT_NMI)->regs.x[3], in.pstate, "inner: interrupted PSTATE");
	expect_same(&seen(EVENT_NMI)->regs, &in, 4, 30, "inner");
	expect_same(&out, &in, 0, 30, "after the inner");
	expect(out.spsr, in.pstate, "PSTATE after the inner");
	if (resume_inner) {
		expect(vector, VECTOR_EL1H + VECTOR_IRQ, "resumed");
		expect(out.elr, in.pc + 4, "ELR_EL1");
	} else {
		expect(vector, VECTOR_EL1H, "vector");
		expect(out.elr, in.pc + 8, "PC after the inner");
	}
	for (n = 0; n < 18; n++)
		expect(call(SDEI_EVENT_CONTEXT, n), outer_in.x[n], "outer CONTEXT of x%llu", n);
	expect_sysfs(this_cpu()->index, FILE_RUNNING, "0x40000000");
	(void)frame;
}

static void two_contexts(void)
{
	struct registers out;

	event_listen(EVENT_NOTIFY);
	event_listen(EVENT_NMI);
	on_event(EVENT_NOTIFY, run_in_handler);
	on_event(EVENT_NMI, look_at_inner);
	prepare(&outer_in, user_store, PSTATE_EL0 | 0xc0000000);
	outer_in.x[29] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NOTIFY);
	outer_in.x[30] = VMM_BASE + USER_VMM_OFFSET + VMM_RAISE;
	run(&outer_in, &out);
	expect_handled(EVENT_NOTIFY, 1);
	expect_same(&out, &outer_in, 0, 30, "after the outer");
	expect(out.spsr, outer_in.pstate, "PSTATE after the outer");
	expect(out.elr, outer_in.pc + 8, "PC after the outer");
}

static void both_complete(void)
{
	resume_inner = false;
	two_contexts();
}

static void inner_resumes(void)
{
	resume_inner = true;
	two_contexts();
}

/* An exception in a handler is the handler's own affair. */
static void except(struct frame *frame)
{
	struct registers in, out;

	prepare(&in, user_svc, PSTATE_EL0);
	expect(run(&in, &out), VECTOR_EL0, "vector");
	expect_same(&out, &in, 0, 30, "exception in a handler");
	expect(event_status(event_of(frame)), 7, "STATUS");
}

static void exception_in_handler(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		on_event(event, except);
		event_raise(event);
		expect_handled(event, 1);
		event_unregister(event);
	}
}

/* Over and over again at both levels: nothing piles up. */
static void again_and_again(void)
{
	u64 delivered = sysfs_number(0, FILE_DELIVERED);
	u64 completed = sysfs_number(0, FILE_COMPLETED);
	unsigned int n;

	listen_to_all();
	for (n = 0; n < 50; n++) {
		raiser = EVENT_SIGNAL;
		raised = EVENT_NMI;
		nr_order = 0;
		event_raise(EVENT_SIGNAL);
		expect_order("ACca");
	}
	expect(sysfs_number(0, FILE_DELIVERED), delivered + 100, "delivered");
	expect(sysfs_number(0, FILE_COMPLETED), completed + 100, "completed");
}

const struct test nesting_tests[] = {
	{ "each event raised in the handler of each", 1, each_in_each },
	{ "critical first, then the lowest number", 1, by_priority },
	{ "two critical events preempt one after the other", 1, two_preempt },
	{ "one handler after another", 1, one_after_another },
	{ "two contexts", 1, both_complete },
	{ "two contexts, and COMPLETE_AND_RESUME of the inner", 1, inner_resumes },
	{ "exceptions in handlers", 1, exception_in_handler },
	{ "many times", 1, again_and_again },
	{ NULL }
};
