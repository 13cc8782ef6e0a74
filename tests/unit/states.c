// SPDX-License-Identifier: GPL-2.0-only
/*
 * States of an event and their transitions (spec.md, section 3): each event, in
 * each state, meets each call.
 */
#include <linux/errno.h>

#include "host.h"

enum { R = 1, E = 2, X = 4 };	/* registered, enabled, running */

enum act {
	ACT_REGISTER,
	ACT_ENABLE,
	ACT_DISABLE,
	ACT_UNREGISTER,
	ACT_COMPLETE,
	ACT_RESUME,
	ACT_RAISE,
	NR_ACTS
};

static const char * const act_names[NR_ACTS] = {
	"REGISTER", "ENABLE", "DISABLE", "UNREGISTER", "COMPLETE",
	"COMPLETE_AND_RESUME", "raise",
};

/* What an act answers and the state that it leads to. */
struct result {
	int ret;
	unsigned int state;
};

/* A call that does not return. */
#define NO_RETURN	1

static const struct {
	unsigned int state;
	const char *name;
	struct result results[NR_ACTS];
} table[] = {
	{ 0, "unregistered", {
		[ACT_REGISTER]	 = { SDEI_SUCCESS, R },
		[ACT_ENABLE]	 = { SDEI_DENIED, 0 },
		[ACT_DISABLE]	 = { SDEI_DENIED, 0 },
		[ACT_UNREGISTER] = { SDEI_DENIED, 0 },
		[ACT_COMPLETE]	 = { SDEI_DENIED, 0 },
		[ACT_RESUME]	 = { SDEI_DENIED, 0 },
		[ACT_RAISE]	 = { -ENOENT, 0 },
	} },
	{ R, "registered", {
		[ACT_REGISTER]	 = { SDEI_DENIED, R },
		[ACT_ENABLE]	 = { SDEI_SUCCESS, R | E },
		[ACT_DISABLE]	 = { SDEI_SUCCESS, R },
		[ACT_UNREGISTER] = { SDEI_SUCCESS, 0 },
		[ACT_COMPLETE]	 = { SDEI_DENIED, R },
		[ACT_RESUME]	 = { SDEI_DENIED, R },
		[ACT_RAISE]	 = { 0, R },
	} },
	{ R | E, "enabled", {
		[ACT_REGISTER]	 = { SDEI_DENIED, R | E },
		[ACT_ENABLE]	 = { SDEI_SUCCESS, R | E },
		[ACT_DISABLE]	 = { SDEI_SUCCESS, R },
		[ACT_UNREGISTER] = { SDEI_SUCCESS, 0 },
		[ACT_COMPLETE]	 = { SDEI_DENIED, R | E },
		[ACT_RESUME]	 = { SDEI_DENIED, R | E },
		[ACT_RAISE]	 = { 0, R | E | X },
	} },
	{ R | E | X, "enabled, running", {
		[ACT_REGISTER]	 = { SDEI_DENIED, R | E | X },
		[ACT_ENABLE]	 = { SDEI_SUCCESS, R | E | X },
		[ACT_DISABLE]	 = { SDEI_SUCCESS, R | X },
		[ACT_UNREGISTER] = { SDEI_PENDING, X },
		[ACT_COMPLETE]	 = { NO_RETURN, R | E },
		[ACT_RESUME]	 = { NO_RETURN, R | E },
		[ACT_RAISE]	 = { 0, R | E | X },
	} },
	{ R | X, "registered, running", {
		[ACT_REGISTER]	 = { SDEI_DENIED, R | X },
		[ACT_ENABLE]	 = { SDEI_SUCCESS, R | E | X },
		[ACT_DISABLE]	 = { SDEI_SUCCESS, R | X },
		[ACT_UNREGISTER] = { SDEI_PENDING, X },
		[ACT_COMPLETE]	 = { NO_RETURN, R },
		[ACT_RESUME]	 = { NO_RETURN, R },
		[ACT_RAISE]	 = { 0, R | X },
	} },
	{ X, "unregister-pending", {
		[ACT_REGISTER]	 = { SDEI_DENIED, X },
		[ACT_ENABLE]	 = { SDEI_DENIED, X },
		[ACT_DISABLE]	 = { SDEI_DENIED, X },
		[ACT_UNREGISTER] = { SDEI_PENDING, X },
		[ACT_COMPLETE]	 = { NO_RETURN, 0 },
		[ACT_RESUME]	 = { NO_RETURN, 0 },
		[ACT_RAISE]	 = { -ENOENT, X },
	} },
};

/* Bring an event into a state; a handler of it runs on @p then. */
static void reach(struct host_pe *p, u32 event, unsigned int state)
{
	if (!state)
		return;
	always(!register_event(p, event, RM_PE, p->mpidr), "on the way: REGISTER");
	if (state & (E | X))
		enable_event(p, event);
	if (state & X) {
		always(!host_raise(p, event), "on the way: raise");
		always(host_dispatch(p), "on the way: dispatch");
	}
	if (state == (R | X))
		always(!call(p, DISABLE, event), "on the way: DISABLE");
	if (state == X)
		always(call(p, UNREGISTER, event) == SDEI_PENDING, "on the way: UNREGISTER");
}

static int act(struct host_pe *p, u32 event, enum act act)
{
	u64 completed = p->pe.completed;
	int ret;

	switch (act) {
	case ACT_REGISTER:
		return register_event(p, event, RM_PE, p->mpidr);
	case ACT_ENABLE:
		return call(p, ENABLE, event);
	case ACT_DISABLE:
		return call(p, DISABLE, event);
	case ACT_UNREGISTER:
		return call(p, UNREGISTER, event);
	case ACT_COMPLETE:
		ret = call(p, COMPLETE, 0);
		return p->pe.completed == completed ? ret : NO_RETURN;
	case ACT_RESUME:
		ret = call(p, COMPLETE_AND_RESUME, 0x1000);
		return p->pe.completed == completed ? ret : NO_RETURN;
	case ACT_RAISE:
		ret = host_raise(p, event);
		host_run(host_of(p));
		return ret;
	default:
		return 0;
	}
}

/* @other makes the call: for shared events every PE may. */
static void test_transition(u32 event, unsigned int state, enum act a,
			    struct result result, bool other)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = &host->pes[0];
	struct host_pe *caller = &host->pes[other];

	call(p, PE_UNMASK);
	reach(p, event, state);
	always(call(caller, STATUS, event) == state, "reached %u", state);
	expect(act(caller, event, a), result.ret, "%s answers", act_names[a]);
	expect(call(caller, STATUS, event), result.state, "%s leads to the state",
	       act_names[a]);
	host_delete(host);
}

static void test_transitions(u32 event)
{
	unsigned int n, a;

	for (n = 0; n < ARRAY_SIZE(table); n++) {
		tap_section("%#x: %s", event, table[n].name);
		for (a = 0; a < NR_ACTS; a++)
			test_transition(event, table[n].state, a,
					table[n].results[a], false);
		if (!is_shared(event))
			continue;
		tap_section("%#x: %s, from another PE", event, table[n].name);
		for (a = ACT_REGISTER; a <= ACT_UNREGISTER; a++)
			test_transition(event, table[n].state, a,
					table[n].results[a], true);
		test_transition(event, table[n].state, ACT_COMPLETE,
				(struct result){ SDEI_DENIED, table[n].state }, true);
		test_transition(event, table[n].state, ACT_RESUME,
				(struct result){ SDEI_DENIED, table[n].state }, true);
	}
}

/* Private events have a state on each PE. */
static void test_private(u32 event)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = &host->pes[0], *q = &host->pes[1];

	tap_section("%#x on two PEs", event);
	call(p, PE_UNMASK);
	call(q, PE_UNMASK);
	use_event(p, event);
	expect(call(q, STATUS, event), 0, "is registered on one only");
	expect(host_raise(q, event), -ENOENT, "cannot be raised on the other");
	use_event(q, event);
	host_raise(q, event);
	check(!host_dispatch(p), "goes to the PE that it was raised on");
	check(host_dispatch(q), "is dispatched there");
	expect(call(p, STATUS, event), R | E, "runs on one only");
	expect(call(p, UNREGISTER, event), SDEI_SUCCESS,
	       "is unregistered while it runs on the other");
	expect(call(q, STATUS, event), R | E | X, "is unregistered on one only");
	host_delete(host);
}

/* Raise an event twice in one of its states; it comes once, when it may. */
static void test_one_instance(u32 event)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;

	tap_section("%#x: one instance", event);
	call(p, PE_UNMASK);
	register_event(p, event, RM_ANY, 0);
	expect(host_raise(p, event), 0, "raise between REGISTER and ENABLE");
	expect(host_raise(p, event), 0, "raise again");
	check(!sdei_pe_deliverable(&p->pe), "cannot be delivered");
	check(!host_dispatch(p), "is not dispatched");
	call(p, ENABLE, event);
	check(at_handler(p, event), "ENABLE dispatches it");
	call(p, COMPLETE);
	expect(p->pe.delivered, 1, "comes once");
	expect(call(p, STATUS, event), R | E, "does not run any more");

	host_raise(p, event);
	host_dispatch(p);
	expect(host_raise(p, event), 0, "raise while it runs");
	expect(host_raise(p, event), 0, "raise again while it runs");
	check(!sdei_pe_deliverable(&p->pe), "running: cannot be delivered");
	check(!host_dispatch(p), "running: stays pending");
	call(p, COMPLETE);
	check(at_handler(p, event), "COMPLETE dispatches it again");
	call(p, COMPLETE);
	check(!host_dispatch(p), "comes once more and no more");
	expect(p->pe.delivered, 3, "comes three times in all");
	host_delete(host);
}

static void test_disabled_handler(u32 event)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;

	tap_section("%#x: disabled in its handler", event);
	call(p, PE_UNMASK);
	use_event(p, event);
	host_raise(p, event);
	host_dispatch(p);
	call(p, DISABLE, event);
	host_raise(p, event);
	call(p, COMPLETE);
	expect(p->pe.delivered, 1, "what is raised then stays pending");
	call(p, ENABLE, event);
	expect(p->pe.delivered, 2, "and comes with ENABLE");
	call(p, DISABLE, event);
	call(p, ENABLE, event);
	call(p, COMPLETE);
	expect(p->pe.delivered, 2, "DISABLE and ENABLE raise nothing");
	call(p, DISABLE, event);
	host_raise(p, event);
	call(p, DISABLE, event);
	call(p, ENABLE, event);
	expect(p->pe.delivered, 3, "DISABLE again keeps what is pending");
	host_delete(host);
}

/* How what is pending can be forgotten. */
enum forget {
	BY_UNREGISTER,
	BY_UNREGISTER_RUNNING,
	BY_CALL_RESET,
	BY_RESET,
	BY_REGISTER,
	NR_FORGETS
};

static const char * const forget_names[NR_FORGETS] = {
	"UNREGISTER", "UNREGISTER in its handler", "a reset by call", "a reset",
	"REGISTER",
};

static void forget(struct host *host, u32 event, enum forget how)
{
	struct host_pe *p = host->pes;

	switch (how) {
	case BY_UNREGISTER:
		call(p, UNREGISTER, event);
		break;
	case BY_UNREGISTER_RUNNING:
		call(p, ENABLE, event);
		host_raise(p, event);
		call(p, UNREGISTER, event);
		call(p, COMPLETE);
		break;
	case BY_CALL_RESET:
		call(p, is_shared(event) ? SHARED_RESET : PRIVATE_RESET);
		break;
	case BY_RESET:
		sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
		host_reset(p);
		call(p, PE_UNMASK);
		break;
	case BY_REGISTER:
		/* The second half of a raise that UNREGISTER came between. */
		call(p, UNREGISTER, event);
		if (is_shared(event))
			host->vm.shared.pending = ~0UL;
		else
			p->pe.private.pending = ~0UL;
		break;
	default:
		break;
	}
}

static void test_forgotten(u32 event, enum forget how)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	u64 delivered;

	tap_section("%#x: %s", event, forget_names[how]);
	call(p, PE_UNMASK);
	register_event(p, event, RM_ANY, 0);
	host_raise(p, event);
	forget(host, event, how);
	delivered = p->pe.delivered;
	expect(call(p, STATUS, event), 0, "unregisters");
	expect(register_event(p, event, RM_ANY, 0), 0, "allows REGISTER");
	expect(call(p, ENABLE, event), 0, "ENABLE returns");
	check(!host_dispatch(p), "forgets what was pending");
	expect(p->pe.delivered, delivered, "nothing is delivered");
	host_raise(p, event);
	check(host_dispatch(p), "does not hinder what is raised later");
	host_delete(host);
}

int main(void)
{
	unsigned int n, how;

	for (n = 0; n < NR_EVENTS; n++) {
		test_transitions(host_events[n]);
		if (!is_shared(host_events[n]))
			test_private(host_events[n]);
		test_one_instance(host_events[n]);
		test_disabled_handler(host_events[n]);
		for (how = 0; how < NR_FORGETS; how++)
			test_forgotten(host_events[n], how);
	}
	return tap_exit();
}
