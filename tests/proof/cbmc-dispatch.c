// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dispatch, routing, completion, raising and resets (DEN0054C 4.3, 5.1.16, 6.5):
 * what is due is delivered, to a PE that can take it and to no other. What
 * becomes of the registers is looked at in cbmc-context.c.
 */
#include <linux/errno.h>

#include "cbmc.h"
#include "dispatcher.h"

static unsigned int entered, left, resumed;
static u64 resumed_at;
static bool in_order;

/* One step of the PE to another of its handlers: the rules of dispatch. */
void sdei_context_enter(struct sdei_pe *pe, enum sdei_event_id event,
			const struct sdei_handler *handler)
{
	bool shared = SDEI_SHARED_EVENTS & BIT(event);
	struct sdei_events *events = shared ? &vm.shared : &pe0.private;
	struct sdei_events *old = shared ? &before.vm.shared : &before.pe0.private;
	bool rm_pe = shared && handler->flags & SDEI_EVENT_REGISTER_RM_PE;
	unsigned long due = ready(&pe0.private) | (pe0.routed & ready(&vm.shared));
	unsigned long raised = shared ? 0 : host.raised;

	prove(pe == &pe0 && event < SDEI_NR_EVENTS && !host.locked,
	      "a PE enters a handler with no lock held");
	prove(!pe0.masked, "nothing is delivered while the PE is masked");
	prove(pe0.active & BIT(event), "it is active");
	pe0.active &= ~BIT(event);
	prove(has_room(&pe0, event), "a critical event preempts a normal one, no other");
	prove(ready(old) & BIT(event), "it was pending, registered and enabled and did not run");
	prove(events->running & BIT(event), "it runs");
	prove(!(events->pending & ~raised & BIT(event)), "and is not pending any more");
	if (shared)
		prove(same_handler(handler, &vm.handler[event]), "the handler is the VM's");
	else
		prove(handler == &pe0.handler[event], "the handler is the PE's");
	prove(!rm_pe || handler->affinity == pe0.mpidr, "RM_PE names this PE");
	prove(!in_order || SDEI_CRITICAL_EVENTS & BIT(event) || !(due & SDEI_CRITICAL_EVENTS),
	      "critical events come first");
	prove(!in_order || !(due & (BIT(event) - 1) & (SDEI_CRITICAL_EVENTS & BIT(event) ?
						       SDEI_CRITICAL_EVENTS : ~0UL)),
	      "then the lowest number");
	pe0.active |= BIT(event);
	entered++;
}

enum sdei_event_id sdei_context_leave(struct sdei_pe *pe)
{
	unsigned long active = pe->active;

	prove(pe == &pe0 && active && !host.locked, "a handler that runs is left");
	if (active & SDEI_CRITICAL_EVENTS)
		active &= SDEI_CRITICAL_EVENTS;
	pe0.active &= ~active;
	left++;
	return __ffs(active);
}

void sdei_context_resume_at(struct sdei_pe *pe, u64 address)
{
	prove(pe == &pe0 && left == 1, "it is resumed after it was left");
	resumed_at = address;
	resumed++;
}

/* pe0 and pe1 do not run at all. */
static bool stopped[2];

bool sdei_host_stopped(const struct sdei_pe *pe)
{
	prove(pe == &pe0 || pe == &pe1, "a PE of the VM is looked at");
	return stopped[pe == &pe1];
}

static void begin(void)
{
	stopped[0] = nondet_bool();
	stopped[1] = nondet_bool();
	entered = 0;
	left = 0;
	resumed = 0;
}

static void any(enum others others)
{
	any_state(others);
	begin();
}

/* What a PE takes at once. */
static unsigned long due(const struct sdei_pe *pe)
{
	unsigned long events = ready(&pe->private) | (pe->routed & ready(&vm.shared));
	unsigned long room = 0;
	unsigned int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (has_room(pe, event))
			room |= BIT(event);
	return events & room;
}

static bool takes(const struct sdei_pe *pe, unsigned int event)
{
	const struct sdei_handler *handler = &vm.handler[event];

	return has_room(pe, event) && (!(handler->flags & SDEI_EVENT_REGISTER_RM_PE) ||
				       handler->affinity == pe->mpidr);
}

/* How good a choice a PE is: one that runs, one that waits, one that is stopped. */
static unsigned int rank(const struct sdei_pe *pe)
{
	if (stopped[pe == &pe1])
		return 2;
	return host.halted[pe == &pe1] ? 1 : 0;
}

/*
 * Each shared event that is ready goes to a PE that takes it if there is one: to
 * the one that it went to before, unless that is stopped; else to the first of the
 * best. This PE is told, unless it is @self, who looks for itself.
 */
static void prove_routed(const struct sdei_pe *self)
{
	unsigned int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++) {
		struct sdei_pe *target = vm.target[event], *old = before.vm.target[event];
		struct sdei_pe *first = vm.pes, *second = first->next;
		struct sdei_pe *best = NULL;

		if (!(ready(&vm.shared) & BIT(event))) {
			prove(!target, "what is not ready goes nowhere");
			continue;
		}
		if (takes(first, event) &&
		    !(takes(second, event) && rank(second) < rank(first)))
			best = first;
		else if (takes(second, event))
			best = second;
		if (old && takes(old, event) && rank(old) < 2)
			best = old;
		prove(target == best, "what is ready goes to the best PE that takes it");
		prove(!target || target == old || target == self ||
		      host.notified[target == &pe1], "which is told");
	}
	prove(!self || !host.notified[self == &pe1], "who looks for itself is not told");
}

/* From any legal state, and others raise events in the midst of it. */
static void dispatch(struct sdei_pe *first, struct sdei_pe *second)
{
	any_state_in_order(first, second, RAISERS);
	begin();
	in_order = false;
	sdei_dispatch(&pe0);
	/* Who raises an event that can be dispatched notifies the PE, see check_raise(). */
	prove(!(due(&pe0) & ~host.raised), "nothing is due any more but what was just raised");
	prove(entered <= 2, "two handlers are entered at most");
	prove(pe0.delivered == before.pe0.delivered + entered, "each is counted");
	prove(pe0.completed == before.pe0.completed && !left, "none is left");
	prove(pe0.masked == before.pe0.masked, "the mask stays as it is");
	prove(!host.notified[0], "who looks for itself is not told");
	prove_legal();
	prove_others_untouched();
	reach(entered == 2, "a critical handler above a normal one");
	reach(entered == 1 && pe0.active & SDEI_SHARED_EVENTS, "a shared event");
	reach(!entered && pe0.masked && ready(&pe0.private), "a masked PE");
	reach(host.notified[1], "an event for another PE");
}

void check_dispatch_as_first(void)
{
	dispatch(&pe0, &pe1);
}

void check_dispatch_as_last(void)
{
	dispatch(&pe1, &pe0);
}

/* With nobody else at work: what comes first, and where the rest goes. */
void check_order(void)
{
	any(NOBODY);
	in_order = true;
	sdei_dispatch(&pe0);
	prove(!due(&pe0), "nothing is due any more");
	prove_routed(&pe0);
	prove(entered <= 1, "a handler is not preempted before it begins");
	reach(entered && pe0.active & ~SDEI_CRITICAL_EVENTS && pe0.active & SDEI_CRITICAL_EVENTS,
	      "a critical handler above a normal one");
	reach(entered && due(&pe1), "another PE takes the rest");
}

/* Routing after any change of events and PEs. */
void check_route(void)
{
	struct sdei_pe *self;

	any(NOBODY);
	self = nondet_bool() ? &pe0 : NULL;
	any_events(&vm.shared, SDEI_SHARED_EVENTS);
	host.locked = true;
	sdei_route_and_unlock(&vm, self, 1);
	prove_routed(self);
	prove_others_untouched();
	prove(!host.locked, "the lock is given back");
	reach(host.notified[0] && host.notified[1], "two events for two PEs");
	reach(vm.target[SDEI_EVENT_VM_NMI] == &pe1 && host.halted[1], "a PE is woken");
}

static void complete(bool resume)
{
	unsigned long critical, event;
	struct sdei_events *events, *old;
	u64 address = nondet_u64();

	any(ANYBODY);
	assume(pe0.active);
	critical = pe0.active & SDEI_CRITICAL_EVENTS;
	event = critical ? critical : pe0.active;
	events = event & SDEI_SHARED_EVENTS ? &vm.shared : &pe0.private;
	old = event & SDEI_SHARED_EVENTS ? &before.vm.shared : &before.pe0.private;
	if (resume)
		sdei_complete_and_resume(&pe0, address);
	else
		sdei_complete(&pe0);
	prove(left == 1 && !entered, "one handler is left, none entered");
	prove(pe0.active == (before.pe0.active & ~event), "the innermost one");
	prove(!(events->running & event), "its event does not run any more");
	prove(same_events(&vm.shared, &before.vm.shared, ~event) &&
	      same_events(&pe0.private, &before.pe0.private, ~event),
	      "all other events stay as they are");
	prove(events->registered == old->registered && events->enabled == old->enabled &&
	      events->pending == old->pending, "and its other bits, too");
	prove(pe0.completed == before.pe0.completed + 1, "it is counted");
	prove(resumed == resume && (!resume || resumed_at == address),
	      "it is resumed if that is asked for, at any address");
	if (event & SDEI_SHARED_EVENTS)
		prove_routed(&pe0);
	prove_legal();
	prove_others_untouched();
	reach(critical && pe0.active, "the outer handler goes on");
	reach(event & SDEI_SHARED_EVENTS && vm.target[SDEI_EVENT_VM_NMI] == &pe1,
	      "a shared event goes to another PE");
}

void check_complete(void)
{
	complete(false);
}

void check_resume(void)
{
	complete(true);
}

/* Pending, and told: nobody but who can take the event at once. */
static void prove_raised(struct sdei_pe *target, unsigned int event)
{
	bool registered = target->private.registered & BIT(event);
	struct sdei_events expected0 = before.pe0.private, expected1 = before.pe1.private;

	if (registered && target == &pe0)
		expected0.pending |= BIT(event);
	if (registered && target == &pe1)
		expected1.pending |= BIT(event);
	prove(same_events(&pe0.private, &expected0, ~0UL) &&
	      same_events(&pe1.private, &expected1, ~0UL) &&
	      same_events(&vm.shared, &before.vm.shared, ~0UL), "the event is pending, no other");
	prove(host.notified[target == &pe1] == (registered && due(target)),
	      "who can take an event is told");
	prove(!host.notified[target != &pe1], "and nobody else");
	prove_legal();
	prove_others_untouched();
}

/* EVENT_SIGNAL. */
void check_signal(void)
{
	struct sdei_pe *target;

	any(NOBODY);
	target = nondet_bool() ? &pe0 : &pe1;
	sdei_signal(target);
	prove_raised(target, SDEI_EVENT_SIGNAL);
	reach(host.notified[0], "the first PE");
	reach(host.notified[1], "another PE");
}

static unsigned int event_of(u32 num)
{
	unsigned int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (event_numbers[event] == num)
			break;
	return event;
}

static bool is_bound(unsigned int event)
{
	return !(SDEI_BOUND_EVENTS & BIT(event)) || vm.bound[event];
}

/* The host raises a private event. */
void check_raise(void)
{
	struct sdei_pe *target;
	unsigned int event;
	u32 num;
	int ret;

	any(NOBODY);
	target = nondet_bool() ? &pe0 : &pe1;
	num = nondet_u32();
	event = event_of(num);
	ret = sdei_raise(target, num);
	reach(!ret && host.notified[0], "a PE is told");
	reach(!ret && target->masked, "a masked PE is not");
	reach(ret == -ENOENT, "it is not registered");
	if (event == SDEI_NR_EVENTS || SDEI_SHARED_EVENTS & BIT(event) || !is_bound(event)) {
		prove(ret == -EINVAL && !host.notified[0] && !host.notified[1],
		      "no such private event");
		prove(same_events(&target->private, target == &pe0 ? &before.pe0.private :
				  &before.pe1.private, ~0UL), "nothing is raised");
		return;
	}
	prove(ret == (target->private.registered & BIT(event) ? 0 : -ENOENT),
	      "what is registered can be raised");
	prove_raised(target, event);
}

/* The host raises a shared event. */
void check_raise_shared(void)
{
	struct sdei_events expected;
	unsigned int event;
	u32 num;
	int ret;

	any(ANYBODY);
	num = nondet_u32();
	event = event_of(num);
	expected = vm.shared;
	ret = sdei_raise_shared(&vm, num);
	reach(!ret && host.notified[0] && vm.target[event] == &pe0, "one PE is told");
	reach(!ret && host.notified[1] && vm.target[event] == &pe1, "the other one is");
	reach(ret == -ENOENT, "it is not registered");
	reach(ret == -EINVAL, "no such shared event");
	if (event == SDEI_NR_EVENTS || !(SDEI_SHARED_EVENTS & BIT(event)) || ret == -EINVAL) {
		prove(ret == -EINVAL, "no such shared event");
		prove(same_events(&vm.shared, &expected, ~0UL) && !host.notified[0] &&
		      !host.notified[1], "nothing is raised");
		prove(event == SDEI_NR_EVENTS || !(SDEI_SHARED_EVENTS & BIT(event)) ||
		      SDEI_SPI_EVENTS & BIT(event), "the others are there");
		return;
	}
	expected = before.vm.shared;
	prove(ret == (expected.registered & BIT(event) ? 0 : -ENOENT),
	      "what is registered can be raised");
	if (!ret)
		expected.pending |= BIT(event);
	prove(same_events(&vm.shared, &expected, ~0UL), "the event is pending, no other");
	prove_routed(NULL);
	prove_legal();
	prove_others_untouched();
}

/* CPU_ON, CPU_OFF and a reset of the PE, which completes what it ran. */
void check_pe_reset(void)
{
	unsigned long shared;

	any(ANYBODY);
	shared = pe0.active & SDEI_SHARED_EVENTS;
	sdei_pe_reset(&pe0);
	prove(pe0.masked && !pe0.active, "the PE is masked and runs no handler");
	prove(!pe0.private.registered && !pe0.private.enabled && !pe0.private.running,
	      "no private event is registered");
	prove(!(pe0.private.pending & before.pe0.private.registered),
	      "nothing that was registered is pending");
	prove(vm.shared.running == (before.vm.shared.running & ~shared),
	      "the shared event that it ran is completed");
	prove(same_events(&vm.shared, &before.vm.shared, ~shared), "the other ones stay");
	prove(!pe0.routed, "no event is routed to it");
	prove_routed(&pe0);
	prove_legal();
	prove_others_untouched();
	prove(!sdei_pe_in_use(&pe0), "no client relies on it");
	reach(shared && host.notified[1], "another PE takes what it ran");
}

/* SYSTEM_RESET, of which the PEs hear each by itself. */
void check_vm_reset(void)
{
	any(ANYBODY);
	sdei_vm_reset_and_unlock(&vm, sdei_host_lock(&vm));
	prove(!vm.shared.registered && !vm.shared.enabled, "no shared event is registered");
	prove(vm.shared.running == before.vm.shared.running, "what runs goes on");
	prove(!pe0.routed && !pe1.routed, "no event is routed");
	prove(same_events(&pe0.private, &before.pe0.private, ~0UL) &&
	      same_events(&pe1.private, &before.pe1.private, ~0UL), "private events stay");
	prove_legal();
	prove_others_untouched();
	reach(host.released == 4, "all interrupts are released");
}

/* The host asks without a lock whether to wake the PE. */
void check_deliverable(void)
{
	any(NOBODY);
	prove(sdei_pe_deliverable(&pe0) == (due(&pe0) != 0), "an event is due");
	prove(sdei_pe_in_use(&pe0) == (pe0.private.registered || pe0.active),
	      "a client relies on the PE");
	reach(sdei_pe_deliverable(&pe0), "an event is due");
	reach(!sdei_pe_deliverable(&pe0) && ready(&pe0.private), "a PE cannot take it");
}

/* PEs come and go, in the order of their numbers. */
void check_pe_init(void)
{
	static struct sdei_vm empty;
	static struct sdei_pe none;
	u64 mpidr;

	any(NOBODY);
	vm = empty;
	pe0 = none;
	pe1 = none;
	mpidr = nondet_u64();
	sdei_vm_init(&vm, 1, 2);
	sdei_pe_init(&pe1, &vm, nondet_u32(), mpidr, false, NULL);
	sdei_pe_init(&pe0, &vm, nondet_u32(), ~mpidr, true, &regs);
	prove(pe0.masked && pe1.masked, "PEs are masked at first");
	prove(pe0.mte && !pe1.mte, "PEs have what they are said to have");
	prove(vm.minor == 1 && vm.slots == 2, "the VM is as it was asked for");
	prove(pe1.mpidr == (mpidr & SDEI_MPIDR_AFFINITY), "MPIDRs have affinity alone");
	prove((vm.pes == &pe0 && pe0.next == &pe1 && !pe1.next && pe0.id <= pe1.id) ||
	      (vm.pes == &pe1 && pe1.next == &pe0 && !pe0.next && pe1.id <= pe0.id),
	      "PEs are in order");
	reach(vm.pes == &pe0, "before");
	reach(vm.pes == &pe1, "after");
}

void check_pe_exit(void)
{
	unsigned int event;

	any(NOBODY);
	sdei_pe_exit(&pe0);
	prove(vm.pes == &pe1 && !pe1.next, "the PE is gone, the other one stays");
	for (event = 0; event < SDEI_NR_EVENTS; event++)
		prove(vm.target[event] != &pe0, "no event is routed to it");
	prove(!host.locked, "the lock is given back");
	reach(before.vm.pes == &pe0, "it was the first");
	reach(before.vm.pes == &pe1, "it was the last");
}
