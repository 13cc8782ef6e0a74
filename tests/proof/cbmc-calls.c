// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of pe0 (DEN0054C 5.1), each from any legal state and with any
 * arguments: the result, all that it changes, and that it changes nothing else.
 * What they ask of dispatch.c and context.c is looked at in cbmc-dispatch.c and
 * cbmc-context.c, and counted here.
 */
#include <uapi/kvm_sdei.h>

#include "cbmc.h"
#include "dispatcher.h"

static unsigned int completed, dispatched;
static bool signalled;
static bool routed;

struct sdei_context *sdei_context_innermost(struct sdei_pe *pe)
{
	prove(pe == &pe0, "a PE looks for its own context");
	return pe->active ? &pe->context[!!(pe->active & SDEI_CRITICAL_EVENTS)] : NULL;
}

void sdei_route_and_unlock(struct sdei_vm *of, struct sdei_pe *self, unsigned long flags)
{
	prove(of == &vm && self == &pe0 && host.locked, "a PE routes with the lock held");
	routed = true;
	any_routing();
	sdei_host_unlock(of, flags);
}

void sdei_signal(struct sdei_pe *pe)
{
	prove(pe == &pe1 && !host.locked, "a PE signals others with no lock held");
	signalled = true;
}

void sdei_complete(struct sdei_pe *pe)
{
	prove(pe == &pe0 && pe->active && !host.locked, "a PE completes what it runs");
	regs = nondet_regs();
	before.regs = regs;
	completed++;
}

void sdei_complete_and_resume(struct sdei_pe *pe, u64 address)
{
	prove(address == regs.x[1], "a PE resumes at any address");
	sdei_complete(pe);
}

void sdei_dispatch(struct sdei_pe *pe)
{
	prove(pe == &pe0 && !host.locked, "a PE looks for what is due");
	/* The result is there; what was restored has none. */
	if (!completed)
		before.regs.x[0] = regs.x[0];
	dispatched++;
}

static s64 result(void)
{
	return regs.x[0];
}

static bool is_shared(int event)
{
	return SDEI_SHARED_EVENTS & BIT(event);
}

static bool exists(int event)
{
	return !(SDEI_BOUND_EVENTS & BIT(event)) || vm.bound[event];
}

/* The event that a number names at this moment, or -1. */
static int named(u32 num)
{
	int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (event_numbers[event] == num)
			return exists(event) ? event : -1;
	return -1;
}

static bool names_pe(u64 mpidr)
{
	mpidr &= SDEI_MPIDR_AFFINITY;
	return mpidr == pe0.mpidr || mpidr == pe1.mpidr || mpidr == host.mpidr;
}

/* The state of an event of pe0. */
struct bits {
	bool registered;
	bool enabled;
	bool running;
	bool pending;
};

static struct bits bits_of(const struct sdei_vm *of, const struct sdei_pe *pe, int event)
{
	const struct sdei_events *events = is_shared(event) ? &of->shared : &pe->private;

	return (struct bits){
		.registered = events->registered & BIT(event),
		.enabled = events->enabled & BIT(event),
		.running = events->running & BIT(event),
		.pending = events->pending & BIT(event),
	};
}

static struct bits was(int event)
{
	return bits_of(&before.vm, &before.pe0, event);
}

static struct bits is(int event)
{
	return bits_of(&vm, &pe0, event);
}

static const struct sdei_handler *handler_of(int event)
{
	return is_shared(event) ? &vm.handler[event] : &pe0.handler[event];
}

#define UNKNOWN_FN	SDEI_1_0_FN(0x13)

/* A call that only answers. */
static bool is_query(u32 fn)
{
	switch (fn) {
	case SDEI_1_0_FN_SDEI_VERSION:
	case SDEI_1_0_FN_SDEI_EVENT_CONTEXT:
	case SDEI_1_0_FN_SDEI_EVENT_STATUS:
	case SDEI_1_0_FN_SDEI_EVENT_GET_INFO:
	case SDEI_1_1_FN_SDEI_FEATURES:
	case UNKNOWN_FN:
		return true;
	default:
		return false;
	}
}

/*
 * A call, from any legal state: what is true of each. The event that it names in
 * x1, or -1.
 */
static int call(u32 fn)
{
	int event;

	any_state(ANYBODY);
	/* The function id is w0; the rest of x0 means nothing. */
	regs.x[0] = 0xffffffffULL << 32 | fn;
	before.regs = regs;
	event = named(regs.x[1]);
	completed = 0;
	dispatched = 0;
	signalled = false;
	routed = false;

	sdei_call(&pe0);
	prove(dispatched == !is_query(fn), "what is due after an act is dispatched once");
	if (!dispatched)
		before.regs.x[0] = regs.x[0];
	prove(same_regs(&regs, &before.regs), "x0 alone is changed, and first");
	prove(pe0.active == before.pe0.active && pe0.delivered == before.pe0.delivered &&
	      pe0.completed == before.pe0.completed, "no handler is begun or ended");
	prove(same_context(&pe0.context[0], &before.pe0.context[0]) &&
	      same_context(&pe0.context[1], &before.pe0.context[1]), "no context is touched");
	prove(routed || !(ready(&vm.shared) & ~ready(&before.vm.shared)),
	      "a shared event that became ready is routed");
	prove(!host.notified[0] && !host.notified[1], "nobody is notified in vain");
	prove_legal();
	prove_others_untouched();
	return event;
}

static void prove_masked_as_before(void)
{
	prove(pe0.masked == before.pe0.masked, "the mask stays as it is");
}

static void prove_bound_as_before(void)
{
	unsigned int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		prove(vm.bound[event] == before.vm.bound[event], "the bindings stay as they are");
	prove(!host.released, "no interrupt is released");
}

static void prove_handlers_as_before(int but)
{
	int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++) {
		prove((event == but && !is_shared(but)) ||
		      same_handler(&pe0.handler[event], &before.pe0.handler[event]),
		      "the handlers of private events stay");
		prove((event == but && is_shared(but)) ||
		      same_handler(&vm.handler[event], &before.vm.handler[event]),
		      "the handlers of shared events stay");
	}
}

static void prove_events_as_before(unsigned long but)
{
	prove(same_events(&pe0.private, &before.pe0.private, ~but) &&
	      same_events(&vm.shared, &before.vm.shared, ~but),
	      "the states of the other events stay");
	prove(same_events(&pe1.private, &before.pe1.private, ~0UL),
	      "the states of the other PE's events stay");
}

static void prove_unchanged(void)
{
	prove_events_as_before(0);
	prove_handlers_as_before(-1);
	prove_bound_as_before();
	prove_masked_as_before();
}

/* The event is in the state @next now; nothing else has changed. */
static void prove_becomes(int event, struct bits next)
{
	prove(is(event).registered == next.registered && is(event).enabled == next.enabled &&
	      is(event).running == next.running, "the event takes the step");
	prove(is(event).pending == next.pending || host.raised & BIT(event),
	      "it is pending as it should be, or was raised meanwhile");
	prove_events_as_before(BIT(event));
	prove_handlers_as_before(-1);
	prove_bound_as_before();
	prove_masked_as_before();
}

static void prove_invalid(void)
{
	prove(result() == SDEI_INVALID_PARAMETERS, "INVALID_PARAMETERS");
	prove_unchanged();
}

void check_version(void)
{
	call(SDEI_1_0_FN_SDEI_VERSION);
	prove(result() == (1LL << 48 | (s64)vm.minor << 32 | KVM_SDEI_VENDOR), "1.y, of KVM");
	prove_unchanged();
	reach(vm.minor == 0, "1.0");
	reach(vm.minor == 1, "1.1");
}

void check_event_register(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_REGISTER);
	const u64 *x = before.regs.x;
	bool relative = x[4] & SDEI_EVENT_REGISTER_RELATIVE;
	bool rm_pe = x[4] & SDEI_EVENT_REGISTER_RM_PE;
	struct sdei_handler handler = {
		.entry = x[2], .arg = x[3], .affinity = x[5] & SDEI_MPIDR_AFFINITY, .flags = x[4],
	};

	reach(result() == SDEI_SUCCESS && is_shared(event) && rm_pe, "SUCCESS, RM_PE");
	reach(result() == SDEI_SUCCESS && relative, "SUCCESS, relative");
	reach(result() == SDEI_DENIED, "DENIED");
	reach(event >= 0 && !exists(event), "its interrupt is released meanwhile");
	if (event < 0 || !exists(event) || x[4] & ~3ULL || (relative && !vm.minor) ||
	    (!relative && !x[2]) || (is_shared(event) && rm_pe && !names_pe(x[5]))) {
		prove_invalid();
	} else if (was(event).registered || was(event).running) {
		prove(result() == SDEI_DENIED, "DENIED: it is registered or runs");
		prove_unchanged();
	} else {
		prove(result() == SDEI_SUCCESS, "SUCCESS");
		prove(is(event).registered && !is(event).enabled && !is(event).running,
		      "it is registered and no more");
		prove(!is(event).pending || host.raised & BIT(event),
		      "what was pending before is forgotten");
		prove(same_handler(handler_of(event), &handler), "its handler is known");
		prove_events_as_before(BIT(event));
		prove_handlers_as_before(event);
		prove_bound_as_before();
		prove_masked_as_before();
	}
}

/* What happens to one event, that the call must name. */
static struct bits step_of(int event)
{
	return event < 0 ? (struct bits){} : was(event);
}

void check_event_enable(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_ENABLE);
	struct bits next = step_of(event);

	reach(next.registered && !is_shared(event), "a private event");
	reach(next.registered && is_shared(event), "a shared event");
	reach(result() == SDEI_DENIED, "DENIED");
	if (event < 0) {
		prove_invalid();
		return;
	}
	next.enabled = next.registered;
	prove(result() == (next.registered ? SDEI_SUCCESS : SDEI_DENIED),
	      "DENIED: it is not registered");
	prove_becomes(event, next);
}

void check_event_disable(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_DISABLE);
	struct bits next = step_of(event);

	reach(next.enabled && next.running && !is_shared(event), "a private event that runs");
	reach(next.enabled && next.pending && is_shared(event), "a shared event that waits");
	reach(result() == SDEI_DENIED, "DENIED");
	if (event < 0) {
		prove_invalid();
		return;
	}
	next.enabled = false;
	prove(result() == (next.registered ? SDEI_SUCCESS : SDEI_DENIED),
	      "DENIED: it is not registered");
	prove_becomes(event, next);
}

void check_event_unregister(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_UNREGISTER);
	struct bits next = step_of(event);

	reach(result() == SDEI_SUCCESS && is_shared(event), "SUCCESS");
	reach(result() == SDEI_DENIED, "DENIED");
	reach(result() == SDEI_PENDING && next.registered, "PENDING");
	reach(result() == SDEI_PENDING && !next.registered, "PENDING again");
	if (event < 0) {
		prove_invalid();
		return;
	}
	prove(result() == (next.running ? SDEI_PENDING :
			   next.registered ? SDEI_SUCCESS : SDEI_DENIED),
	      "PENDING: it runs; DENIED: it is not registered");
	if (next.registered)
		next.pending = false;
	next.enabled = false;
	next.registered = false;
	prove_becomes(event, next);
}

void check_event_status(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_STATUS);
	struct bits bits = step_of(event);

	prove(result() == (event < 0 ? SDEI_INVALID_PARAMETERS :
			   bits.registered + 2 * bits.enabled + 4 * bits.running),
	      "registered, enabled, running");
	prove_unchanged();
	reach(result() == 7, "all of it");
	reach(result() == 4, "unregister-pending");
	reach(event < 0, "no such event");
}

void check_event_context(void)
{
	unsigned int place, n;
	u64 x1;

	call(SDEI_1_0_FN_SDEI_EVENT_CONTEXT);
	x1 = before.regs.x[1];
	place = pe0.active & SDEI_CRITICAL_EVENTS ? 1 : 0;
	if (!pe0.active)
		prove(result() == SDEI_DENIED, "DENIED: no handler runs, whatever x1 is");
	else if (x1 > 17)
		prove(result() == SDEI_INVALID_PARAMETERS, "x18 is not saved");
	for (n = 0; n < SDEI_NR_SAVED_REGS; n++)
		prove(!pe0.active || x1 != n || result() == (s64)pe0.context[place].x[n],
		      "the register of what was interrupted");
	prove_unchanged();
	reach(!pe0.active && x1 > 17, "DENIED");
	reach(pe0.active && x1 > 17, "INVALID_PARAMETERS");
	reach(pe0.active && x1 == 17 && place, "x17");
}

/* Outside of a handler there is nothing to complete; in one it does not return. */
static void complete(u32 fn)
{
	call(fn);
	prove(completed == (pe0.active ? 1 : 0), "what runs is completed once");
	prove(completed || result() == SDEI_DENIED, "DENIED: no handler runs");
	prove_unchanged();
	reach(completed, "a handler completes");
	reach(!completed, "DENIED");
}

void check_event_complete(void)
{
	complete(SDEI_1_0_FN_SDEI_EVENT_COMPLETE);
}

void check_event_complete_and_resume(void)
{
	complete(SDEI_1_0_FN_SDEI_EVENT_COMPLETE_AND_RESUME);
}

void check_event_get_info(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_GET_INFO);
	bool registered = step_of(event).registered;
	u64 info = before.regs.x[2];
	/* Only shared events are routed; to look at private ones' made it hard to solve. */
	const struct sdei_handler *handler = &vm.handler[event < 0 ? 0 : event];

	prove_unchanged();
	reach(event < 0, "no such event");
	reach(info == 3 && result() == 1, "RM_PE");
	reach(info == 4 && result() == SDEI_INVALID_PARAMETERS && registered, "RM_ANY");
	reach(result() == SDEI_DENIED, "DENIED");
	if (event < 0 || info > 4 || (info > 2 && !is_shared(event)))
		prove(result() == SDEI_INVALID_PARAMETERS, "INVALID_PARAMETERS");
	else if (info == 0)
		prove(result() == is_shared(event), "0: private, 1: shared");
	else if (info == 1)
		prove(result() == (event != SDEI_EVENT_SIGNAL), "0: it can be signalled");
	else if (info == 2)
		prove(result() == !!(SDEI_CRITICAL_EVENTS & BIT(event)), "0: normal, 1: critical");
	else if (!registered)
		prove(result() == SDEI_DENIED, "DENIED: it is not registered");
	else if (info == 3)
		prove(result() == (handler->flags & 1), "0: RM_ANY, 1: RM_PE");
	else if (handler->flags & 1)
		prove(result() == (s64)handler->affinity, "the PE that RM_PE names");
	else
		prove(result() == SDEI_INVALID_PARAMETERS, "RM_ANY names no PE");
}

void check_event_routing_set(void)
{
	int event = call(SDEI_1_0_FN_SDEI_EVENT_ROUTING_SET);
	const u64 *x = before.regs.x;
	struct sdei_handler handler;
	struct bits bits;

	reach(result() == SDEI_SUCCESS && x[2] == 0, "RM_ANY");
	reach(result() == SDEI_SUCCESS && x[2] == 1, "RM_PE");
	reach(result() == SDEI_DENIED, "DENIED");
	if (event < 0 || !is_shared(event) || x[2] > 1 || (x[2] == 1 && !names_pe(x[3]))) {
		prove_invalid();
		return;
	}
	bits = was(event);
	if (!bits.registered || bits.enabled || bits.running || bits.pending) {
		prove(result() == SDEI_DENIED, "DENIED: it is not just registered");
		prove_unchanged();
		return;
	}
	prove(result() == SDEI_SUCCESS, "SUCCESS");
	handler = before.vm.handler[event];
	handler.flags = (handler.flags & ~SDEI_EVENT_REGISTER_RM_PE) | x[2];
	handler.affinity = x[3] & SDEI_MPIDR_AFFINITY;
	prove(same_handler(&vm.handler[event], &handler), "the routing changes, and no more");
	prove_events_as_before(0);
	prove_handlers_as_before(event);
	prove_bound_as_before();
	prove_masked_as_before();
}

void check_pe_mask(void)
{
	call(SDEI_1_0_FN_SDEI_PE_MASK);
	prove(pe0.masked, "the PE is masked");
	prove(result() == !before.pe0.masked, "1: this call masked it");
	prove_events_as_before(0);
	prove_handlers_as_before(-1);
	prove_bound_as_before();
	reach(result() == 0, "it was masked");
	reach(result() == 1, "it was not");
}

void check_pe_unmask(void)
{
	call(SDEI_1_0_FN_SDEI_PE_UNMASK);
	prove(!pe0.masked, "the PE is not masked");
	prove(result() == SDEI_SUCCESS, "SUCCESS");
	prove_events_as_before(0);
	prove_handlers_as_before(-1);
	prove_bound_as_before();
	reach(before.pe0.masked, "it was masked");
	reach(!before.pe0.masked, "it was not");
}

void check_interrupt_bind(void)
{
	unsigned int event, first, known = 0, slots = 0, taken = 0;
	u32 intid;

	call(SDEI_1_0_FN_SDEI_INTERRUPT_BIND);
	intid = before.regs.x[1];
	first = intid < 32 ? SDEI_EVENT_PPI_0 : SDEI_EVENT_SPI_0;
	for (event = first; event < first + vm.slots; event++) {
		known += before.vm.bound[event] == intid ? event_numbers[event] : 0;
		slots += !before.vm.bound[event];
		taken += !before.vm.bound[event] && vm.bound[event] == intid &&
			 result() == event_numbers[event];
	}
	reach(known && intid == 1019, "an SPI is bound already");
	reach(host.bound && intid == 16, "a PPI is bound");
	reach(result() == SDEI_OUT_OF_RESOURCE, "OUT_OF_RESOURCE");
	reach(result() == SDEI_DENIED, "DENIED");
	prove_events_as_before(0);
	prove_handlers_as_before(-1);
	prove_masked_as_before();
	prove(host.bound <= 1 && !host.released, "the host binds one interrupt at most");
	if (intid < 16 || intid > 1019 || !host.irq) {
		prove(result() == SDEI_INVALID_PARAMETERS, "INVALID_PARAMETERS: not a PPI or SPI");
	} else if (known) {
		prove(result() == known && !host.bound, "it is bound already");
	} else if (!slots) {
		prove(result() == SDEI_OUT_OF_RESOURCE, "OUT_OF_RESOURCE: no slot is free");
	} else if (host.busy) {
		prove(result() == SDEI_DENIED, "DENIED: it is enabled, active or pending");
	} else {
		prove(host.bound == 1 && taken == 1, "it is bound to a free slot");
		for (event = 0; event < SDEI_NR_EVENTS; event++)
			prove(vm.bound[event] == before.vm.bound[event] ||
			      result() == event_numbers[event], "and to no other");
		return;
	}
	prove_bound_as_before();
}

void check_interrupt_release(void)
{
	unsigned long used = 0;
	int event, n;

	call(SDEI_1_0_FN_SDEI_INTERRUPT_RELEASE);
	used = vm.shared.registered | vm.shared.running | pe0.private.registered |
	       pe0.private.running | pe1.private.registered | pe1.private.running;
	for (event = SDEI_EVENT_PPI_0; event < SDEI_NR_EVENTS; event++)
		if (before.vm.bound[event] && event_numbers[event] == (u32)before.regs.x[1])
			break;
	prove_events_as_before(0);
	prove_handlers_as_before(-1);
	prove_masked_as_before();
	reach(result() == SDEI_SUCCESS && is_shared(event), "SUCCESS");
	reach(result() == SDEI_DENIED && !is_shared(event), "DENIED");
	if (event == SDEI_NR_EVENTS) {
		prove(result() == SDEI_INVALID_PARAMETERS, "INVALID_PARAMETERS: it is not bound");
		prove_bound_as_before();
	} else if (used & BIT(event)) {
		prove(result() == SDEI_DENIED, "DENIED: it is registered or runs");
		prove_bound_as_before();
	} else {
		prove(result() == SDEI_SUCCESS, "SUCCESS");
		prove(!vm.bound[event] && host.released == 1, "it is an interrupt again");
		for (n = 0; n < SDEI_NR_EVENTS; n++)
			prove(n == event || vm.bound[n] == before.vm.bound[n],
			      "the other bindings stay as they are");
	}
}

void check_event_signal(void)
{
	unsigned long itself;
	u64 mpidr;

	call(SDEI_1_0_FN_SDEI_EVENT_SIGNAL);
	mpidr = before.regs.x[2] & SDEI_MPIDR_AFFINITY;
	itself = mpidr == pe0.mpidr ? pe0.private.registered & BIT(SDEI_EVENT_SIGNAL) : 0;
	reach(result() == SDEI_SUCCESS && itself & ~before.pe0.private.pending, "itself");
	reach(signalled, "another PE");
	reach(result() == SDEI_SUCCESS && !signalled && mpidr != pe0.mpidr,
	      "a PE that does not run yet");
	reach(result() == SDEI_INVALID_PARAMETERS && names_pe(mpidr), "another event");
	if ((u32)before.regs.x[1] != KVM_SDEI_EVENT_SIGNAL || !names_pe(mpidr)) {
		prove_invalid();
		prove(!signalled, "nobody is signalled");
	} else {
		prove(result() == SDEI_SUCCESS, "SUCCESS");
		prove(signalled == (mpidr == pe1.mpidr), "the PE that x2 names is signalled");
		prove(!(itself & ~pe0.private.pending), "itself as well");
		before.pe0.private.pending |= itself;
		prove_unchanged();
	}
}

void check_features(void)
{
	call(SDEI_1_1_FN_SDEI_FEATURES);
	switch ((u32)before.regs.x[1]) {
	case 0:
		prove(result() == vm.slots * 65536 + vm.slots, "slots of SPIs and of PPIs");
		break;
	case 1:
		prove(result() == vm.minor, "there is relative mode in 1.1");
		break;
	default:
		prove(result() == SDEI_INVALID_PARAMETERS, "no other feature is known");
	}
	prove_unchanged();
	reach(result() == 0x20002, "two slots of each kind");
	reach(result() == 1, "relative mode");
	reach(result() == SDEI_INVALID_PARAMETERS, "INVALID_PARAMETERS");
}

/* All events of a kind are unregistered, also those that run and go on. */
static void prove_reset(const struct sdei_events *events, const struct sdei_events *old)
{
	prove(result() == (old->running ? SDEI_DENIED : SDEI_SUCCESS),
	      "DENIED: a handler still runs");
	prove(!events->registered && !events->enabled, "nothing is registered");
	prove(events->running == old->running, "what runs goes on");
	prove(!(events->pending & old->registered), "nothing that was registered is pending");
	prove_handlers_as_before(-1);
	prove_masked_as_before();
	reach(result() == SDEI_DENIED, "DENIED");
	reach(result() == SDEI_SUCCESS && old->pending & old->registered, "SUCCESS");
}

void check_private_reset(void)
{
	call(SDEI_1_0_FN_SDEI_PRIVATE_RESET);
	prove_reset(&pe0.private, &before.pe0.private);
	prove_bound_as_before();
	prove_events_as_before(SDEI_PRIVATE_EVENTS);
}

void check_shared_reset(void)
{
	unsigned long used;
	int event;

	call(SDEI_1_0_FN_SDEI_SHARED_RESET);
	prove_reset(&vm.shared, &before.vm.shared);
	prove_events_as_before(SDEI_SHARED_EVENTS);
	used = vm.shared.running | pe0.private.registered | pe0.private.running |
	       pe1.private.registered | pe1.private.running;
	for (event = 0; event < SDEI_NR_EVENTS; event++)
		prove(vm.bound[event] == (used & BIT(event) ? before.vm.bound[event] : 0),
		      "interrupts are released but those in use");
	reach(host.released == 4, "all interrupts are released");
	reach(vm.bound[SDEI_EVENT_PPI_0], "an interrupt in use stays bound");
}

void check_unknown(void)
{
	call(UNKNOWN_FN);
	prove(result() == SDEI_NOT_SUPPORTED, "NOT_SUPPORTED");
	prove_unchanged();
	reach(true, "it returns");
}
