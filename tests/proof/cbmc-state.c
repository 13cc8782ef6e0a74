// SPDX-License-Identifier: GPL-2.0-only
/*
 * The legal states of a VM, and what others may do to it while pe0 is at work.
 * Written from the specification and from the comments that say who may change
 * what, not from the code.
 */
#include <asm/barrier.h>
#include <uapi/kvm_sdei.h>

#include "cbmc.h"

struct sdei_vm vm;
struct sdei_pe pe0, pe1;
struct sdei_regs regs;
struct state before;

const u32 event_numbers[SDEI_NR_EVENTS] = {
	KVM_SDEI_EVENT_SIGNAL, KVM_SDEI_EVENT_NOTIFY, KVM_SDEI_EVENT_NMI,
	KVM_SDEI_EVENT_VM_NOTIFY, KVM_SDEI_EVENT_VM_NMI,
	KVM_SDEI_EVENT_PPI(0), KVM_SDEI_EVENT_PPI(1),
	KVM_SDEI_EVENT_SPI(0), KVM_SDEI_EVENT_SPI(1),
};

/* What is dispatched once a PE can take it (DEN0054C 4.3). */
unsigned long ready(const struct sdei_events *events)
{
	return events->pending & events->registered & events->enabled & ~events->running;
}

/* A PE runs one handler of each priority, the critical one above the other. */
bool has_room(const struct sdei_pe *pe, unsigned int event)
{
	bool critical = SDEI_CRITICAL_EVENTS & BIT(event);

	return !pe->masked && !(pe->active & (critical ? SDEI_CRITICAL_EVENTS : ~0UL));
}

static bool one_at_most(unsigned long events)
{
	return !events || !(events & (events - 1));
}

/* Slots without an interrupt are no events. */
static unsigned long unbound(void)
{
	unsigned long events = 0;
	unsigned int event;

	for (event = SDEI_EVENT_PPI_0; event < SDEI_NR_EVENTS; event++)
		if (!vm.bound[event])
			events |= BIT(event);
	return events;
}

/* A raise that races with UNREGISTER may leave something pending. */
static bool legal_events(const struct sdei_events *events, unsigned long known)
{
	unsigned long used = events->registered | events->running;

	return !((used | events->pending) & ~known) &&
	       !(events->enabled & ~events->registered) && !(used & unbound());
}

static bool legal_pe(const struct sdei_pe *pe)
{
	return legal_events(&pe->private, SDEI_PRIVATE_EVENTS) &&
	       !(pe->active & ~SDEI_ALL_EVENTS) &&
	       pe->private.running == (pe->active & SDEI_PRIVATE_EVENTS) &&
	       one_at_most(pe->active & SDEI_CRITICAL_EVENTS) &&
	       one_at_most(pe->active & ~SDEI_CRITICAL_EVENTS);
}

static bool legal_slots(unsigned int first, u32 lowest, u32 highest)
{
	u32 a = vm.bound[first], b = vm.bound[first + 1];

	return (!a || (vm.slots > 0 && a >= lowest && a <= highest)) &&
	       (!b || (vm.slots > 1 && b >= lowest && b <= highest && a != b));
}

/* What is routed to a PE waits for it; RM_PE names this PE. */
static bool legal_routing(unsigned int event)
{
	const struct sdei_handler *handler = &vm.handler[event];
	const struct sdei_pe *target = vm.target[event];

	return (target == &pe0) == !!(pe0.routed & BIT(event)) &&
	       (target == &pe1) == !!(pe1.routed & BIT(event)) &&
	       (!target || ready(&vm.shared) & BIT(event)) &&
	       (!target || !(handler->flags & SDEI_EVENT_REGISTER_RM_PE) ||
		target->mpidr == handler->affinity);
}

static bool legal_vm(void)
{
	bool legal = legal_events(&vm.shared, SDEI_SHARED_EVENTS) && vm.minor <= 1 &&
		     vm.slots <= SDEI_MAX_SLOTS && legal_slots(SDEI_EVENT_PPI_0, 16, 31) &&
		     legal_slots(SDEI_EVENT_SPI_0, 32, 1019);
	unsigned int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++) {
		legal = legal && legal_routing(event);
		if (event < SDEI_EVENT_PPI_0)
			legal = legal && !vm.bound[event];
	}
	/* What a PE takes runs a moment before it is active there. */
	return legal && !(pe0.active & pe1.active & SDEI_SHARED_EVENTS) &&
	       !((pe0.active | pe1.active) & SDEI_SHARED_EVENTS & ~vm.shared.running);
}

static bool legal_state(void)
{
	return legal_pe(&pe0) && legal_pe(&pe1) && legal_vm();
}

/*
 * Bits that are 0 in all legal states are 0 from the start, as there is less to
 * solve then than with an assumption.
 */
void any_events(struct sdei_events *events, unsigned long known)
{
	events->registered = nondet_u64() & known;
	events->enabled = nondet_u64() & events->registered;
	events->running = nondet_u64() & known;
	events->pending = nondet_u64() & known;
}

static void any_pe(struct sdei_pe *pe)
{
	pe->mte = nondet_bool();
	pe->masked = nondet_bool();
	pe->active = nondet_u64() & SDEI_ALL_EVENTS;
	any_events(&pe->private, SDEI_PRIVATE_EVENTS);
	pe->private.running = pe->active & SDEI_PRIVATE_EVENTS;
}

static void any_vm(void)
{
	unsigned int event;

	any_events(&vm.shared, SDEI_SHARED_EVENTS);
	for (event = 0; event < SDEI_NR_EVENTS; event++) {
		vm.handler[event] = nondet_handler();
		vm.bound[event] = event < SDEI_EVENT_PPI_0 ? 0 : nondet_u32();
	}
	any_routing();
	assume(legal_state());
}

/* Whoever changes an event sees to its routing; to where it is legal, for now. */
void any_routing(void)
{
	unsigned int event;

	pe0.routed = 0;
	pe1.routed = 0;
	for (event = 0; event < SDEI_NR_EVENTS; event++) {
		vm.target[event] = NULL;
		if (!(SDEI_SHARED_EVENTS & BIT(event)) || nondet_bool())
			continue;
		if (nondet_bool()) {
			vm.target[event] = &pe0;
			pe0.routed |= BIT(event);
		} else {
			vm.target[event] = &pe1;
			pe1.routed |= BIT(event);
		}
		assume(legal_routing(event));
	}
}

static void put_in_order(struct sdei_pe *first, struct sdei_pe *second)
{
	vm.pes = first;
	first->next = second;
	second->next = NULL;
	before.vm.pes = vm.pes;
	before.pe0.next = pe0.next;
	before.pe1.next = pe1.next;
}

/* Any legal state in which @others may act, with the PEs in this order. */
void any_state_in_order(struct sdei_pe *first, struct sdei_pe *second, enum others others)
{
	vm = nondet_vm();
	pe0 = nondet_pe();
	pe1 = nondet_pe();
	regs = nondet_regs();
	pe0.vm = &vm;
	pe1.vm = &vm;
	pe0.regs = &regs;
	pe1.regs = NULL;
	any_pe(&pe0);
	any_pe(&pe1);
	any_vm();
	assume(!(pe0.mpidr & ~SDEI_MPIDR_AFFINITY) && !(pe1.mpidr & ~SDEI_MPIDR_AFFINITY));
	assume(pe0.mpidr != pe1.mpidr);

	host = nondet_host();
	host.others = others;
	host.acted = false;
	host.locked = false;
	host.notified[0] = false;
	host.notified[1] = false;
	host.bound = 0;
	host.released = 0;
	host.raised = 0;

	before.vm = vm;
	before.pe0 = pe0;
	before.pe1 = pe1;
	before.regs = regs;
	put_in_order(first, second);
}

void any_state(enum others others)
{
	any_state_in_order(&pe0, &pe1, others);
	if (nondet_bool())
		put_in_order(&pe1, &pe0);
}

/* Private events of pe0 are raised at any time. */
void others_raise(void)
{
	unsigned long raised = nondet_u64() & pe0.private.registered;

	if (host.others == NOBODY)
		return;
	pe0.private.pending |= raised;
	before.pe0.private.pending |= raised;
	host.raised |= raised;
}

/*
 * Raisers of shared events route them, whereby what was pe0's may go elsewhere;
 * anybody, pe1 among them, may do anything legal but to what pe0 runs.
 */
void others_act(void)
{
	unsigned long mine = (before.pe0.active | pe0.active) & SDEI_SHARED_EVENTS;

	others_raise();
	if (host.others == NOBODY || host.acted || nondet_bool())
		return;
	host.acted = true;
	if (host.others == RAISERS) {
		vm.shared.pending |= nondet_u64() & vm.shared.registered;
		any_routing();
	} else {
		any_pe(&pe1);
		any_vm();
		assume(!(mine & ~vm.shared.running) && !(mine & pe1.active));
	}

	before.vm = vm;
	before.pe1 = pe1;
	before.pe0.routed = pe0.routed;
}

/* Whether the states of the events of @mask are the same. */
bool same_events(const struct sdei_events *a, const struct sdei_events *b,
		 unsigned long mask)
{
	unsigned long changed = (a->pending ^ b->pending) |
				(a->registered ^ b->registered) |
				(a->enabled ^ b->enabled) | (a->running ^ b->running);

	return !(changed & mask);
}

bool same_handler(const struct sdei_handler *a, const struct sdei_handler *b)
{
	return a->entry == b->entry && a->arg == b->arg &&
	       a->affinity == b->affinity && a->flags == b->flags;
}

bool same_context(const struct sdei_context *a, const struct sdei_context *b)
{
	bool same = a->pc == b->pc && a->pstate == b->pstate;
	unsigned int n;

	for (n = 0; n < SDEI_NR_SAVED_REGS; n++)
		same = same && a->x[n] == b->x[n];
	return same;
}

bool same_regs(const struct sdei_regs *a, const struct sdei_regs *b)
{
	bool same = a->sp == b->sp && a->pc == b->pc && a->pstate == b->pstate;
	unsigned int n;

	for (n = 0; n < 31; n++)
		same = same && a->x[n] == b->x[n];
	return same;
}

/*
 * The edges of the drawing in src/dispatcher/event.c: only what was neither
 * registered nor ran is registered, only what is registered is enabled, only
 * what was ready is started, and nothing that is unregistered stays pending.
 */
static bool legal_step(const struct sdei_events *old, const struct sdei_events *new)
{
	unsigned long registered = new->registered & ~old->registered;
	unsigned long unregistered = old->registered & ~new->registered;
	unsigned long enabled = new->enabled & ~old->enabled;
	unsigned long started = new->running & ~old->running;
	unsigned long raised = new->pending & ~old->pending;

	return !(registered & (old->running | new->running | new->enabled)) &&
	       !(unregistered & new->pending) &&
	       !(enabled & ~(old->registered & new->registered)) &&
	       !(started & ~ready(old)) &&
	       !(raised & ~old->registered);
}

void prove_legal_state(void)
{
	prove(!host.locked, "the lock is given back");
	prove(legal_pe(&pe0), "the PE is in a legal state");
	prove(legal_pe(&pe1), "the other PE is in a legal state");
	prove(legal_vm(), "the VM is in a legal state");
}

void prove_legal(void)
{
	prove_legal_state();
	prove(legal_step(&before.pe0.private, &pe0.private), "private events step legally");
	prove(legal_step(&before.vm.shared, &vm.shared), "shared events step legally");
}

/* Of another PE nothing is changed but what is pending and routed there. */
void prove_other_pe_untouched(void)
{
	unsigned int n;

	prove(pe1.masked == before.pe1.masked && pe1.active == before.pe1.active &&
	      pe1.private.registered == before.pe1.private.registered &&
	      pe1.private.enabled == before.pe1.private.enabled &&
	      pe1.private.running == before.pe1.private.running &&
	      pe1.delivered == before.pe1.delivered &&
	      pe1.completed == before.pe1.completed,
	      "another PE's state is its own");
	for (n = 0; n < 2; n++)
		prove(same_context(&pe1.context[n], &before.pe1.context[n]),
		      "another PE's contexts are its own");
	for (n = 0; n < SDEI_NR_EVENTS; n++)
		prove(same_handler(&pe1.handler[n], &before.pe1.handler[n]),
		      "another PE's handlers are its own");
}

void prove_others_untouched(void)
{
	prove_other_pe_untouched();
	prove(vm.minor == before.vm.minor && vm.slots == before.vm.slots &&
	      vm.pes == before.vm.pes && pe0.next == before.pe0.next &&
	      pe1.next == before.pe1.next && pe0.mpidr == before.pe0.mpidr &&
	      pe1.mpidr == before.pe1.mpidr, "what is fixed stays so");
}
