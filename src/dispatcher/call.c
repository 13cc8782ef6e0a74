// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of SDEI (DEN0054C 5.1), one function each. They check in the order
 * of the specification: parameters first, then the state. (But for SDEI_EVENT_CONTEXT,
 * which has no parameter without a handler.)
 */
#include <linux/nospec.h>
#include <uapi/kvm_sdei.h>

#include "dispatcher.h"

/* The event that a call names in x1, or -1. */
static int named_event(const struct sdei_pe *pe)
{
	int event = sdei_event_find(pe->regs->x[1]);

	return event >= 0 && sdei_event_exists(pe->vm, event) ? event : -1;
}

/*
 * Shared events are changed under the VM's lock, and what a change means for
 * their routing is seen to with it. A PE's own events need none, but those of
 * bound interrupts must not be released while they are registered.
 */
static bool needs_lock(enum sdei_event_id event)
{
	return (SDEI_SHARED_EVENTS | SDEI_BOUND_EVENTS) & SDEI_BIT(event);
}

static unsigned long lock_event(struct sdei_pe *pe, enum sdei_event_id event)
{
	return needs_lock(event) ? sdei_host_lock(pe->vm) : 0;
}

static void unlock_event(struct sdei_pe *pe, enum sdei_event_id event,
			 unsigned long flags)
{
	if (sdei_event_is_shared(event))
		sdei_route_and_unlock(pe->vm, pe, flags);
	else if (sdei_event_is_bound(event))
		sdei_host_unlock(pe->vm, flags);
}

/* Change the state of the event that a call names. */
static __always_inline s64 on_event(struct sdei_pe *pe,
		    s64 (*act)(struct sdei_events *, enum sdei_event_id))
{
	int event = named_event(pe);
	unsigned long flags;
	s64 ret;

	if (event < 0)
		return SDEI_INVALID_PARAMETERS;

	flags = lock_event(pe, event);
	ret = act(sdei_states_of(pe, event), event);
	unlock_event(pe, event, flags);
	return ret;
}

static bool valid_affinity(struct sdei_pe *pe, u64 mpidr)
{
	struct sdei_pe *target;

	return sdei_host_find_pe(pe->vm, mpidr & SDEI_MPIDR_AFFINITY, &target);
}

static s64 version(struct sdei_pe *pe)
{
	return 1ULL << SDEI_VERSION_MAJOR_SHIFT |
	       (u64)pe->vm->minor << SDEI_VERSION_MINOR_SHIFT |
	       KVM_SDEI_VENDOR;
}

static s64 event_register(struct sdei_pe *pe)
{
	const u64 *x = pe->regs->x;
	int event = named_event(pe);
	struct sdei_handler handler = {
		.entry = x[2],
		.arg = x[3],
		.flags = x[4],
		.affinity = x[5] & SDEI_MPIDR_AFFINITY,
	};
	u64 known = SDEI_EVENT_REGISTER_RM_PE;
	unsigned long flags;
	s64 ret;

	if (pe->vm->minor)
		known |= SDEI_EVENT_REGISTER_RELATIVE;
	if (event < 0 || x[4] & ~known)
		return SDEI_INVALID_PARAMETERS;
	if (!handler.entry && !(handler.flags & SDEI_EVENT_REGISTER_RELATIVE))
		return SDEI_INVALID_PARAMETERS;
	if (sdei_event_is_shared(event) &&
	    handler.flags & SDEI_EVENT_REGISTER_RM_PE &&
	    !valid_affinity(pe, handler.affinity))
		return SDEI_INVALID_PARAMETERS;

	flags = lock_event(pe, event);
	ret = SDEI_INVALID_PARAMETERS;
	if (sdei_event_exists(pe->vm, event))
		ret = sdei_events_register(sdei_states_of(pe, event), event);
	if (ret == SDEI_SUCCESS)
		*sdei_handler_of(pe, event) = handler;
	unlock_event(pe, event, flags);
	return ret;
}

static s64 event_context(struct sdei_pe *pe)
{
	const struct sdei_context *context = sdei_context_innermost(pe);
	u64 n = pe->regs->x[1];

	if (!context)
		return SDEI_DENIED;
	if (n >= SDEI_NR_SAVED_REGS)
		return SDEI_INVALID_PARAMETERS;
	return context->x[array_index_nospec(n, SDEI_NR_SAVED_REGS)];
}

/* Of a shared event. */
static s64 routing_info(struct sdei_pe *pe, enum sdei_event_id event, bool affinity)
{
	const struct sdei_handler *handler = &pe->vm->handler[event];
	unsigned long flags = sdei_host_lock(pe->vm);
	s64 ret;

	if (!(pe->vm->shared.registered & SDEI_BIT(event)))
		ret = SDEI_DENIED;
	else if (!affinity)
		ret = handler->flags & SDEI_EVENT_REGISTER_RM_PE;
	else if (handler->flags & SDEI_EVENT_REGISTER_RM_PE)
		ret = handler->affinity;
	else
		ret = SDEI_INVALID_PARAMETERS;
	sdei_host_unlock(pe->vm, flags);
	return ret;
}

static s64 event_get_info(struct sdei_pe *pe)
{
	int event = named_event(pe);
	u64 info = pe->regs->x[2];

	if (event < 0)
		return SDEI_INVALID_PARAMETERS;

	switch (info) {
	case SDEI_EVENT_INFO_EV_TYPE:
		return sdei_event_is_shared(event) ? SDEI_EVENT_TYPE_SHARED :
						     SDEI_EVENT_TYPE_PRIVATE;
	case SDEI_EVENT_INFO_EV_SIGNALED:
		/* 0 says that software can signal it. */
		return event != SDEI_EVENT_SIGNAL;
	case SDEI_EVENT_INFO_EV_PRIORITY:
		return sdei_event_is_critical(event) ? SDEI_EVENT_PRIORITY_CRITICAL :
						       SDEI_EVENT_PRIORITY_NORMAL;
	case SDEI_EVENT_INFO_EV_ROUTING_MODE:
	case SDEI_EVENT_INFO_EV_ROUTING_AFF:
		if (!sdei_event_is_shared(event))
			return SDEI_INVALID_PARAMETERS;
		return routing_info(pe, event, info == SDEI_EVENT_INFO_EV_ROUTING_AFF);
	default:
		return SDEI_INVALID_PARAMETERS;
	}
}

static s64 event_routing_set(struct sdei_pe *pe)
{
	const u64 *x = pe->regs->x;
	int event = named_event(pe);
	struct sdei_handler *handler;
	unsigned long flags;
	s64 ret = SDEI_DENIED;

	if (event < 0 || !sdei_event_is_shared(event) ||
	    x[2] > SDEI_EVENT_REGISTER_RM_PE)
		return SDEI_INVALID_PARAMETERS;
	if (x[2] == SDEI_EVENT_REGISTER_RM_PE && !valid_affinity(pe, x[3]))
		return SDEI_INVALID_PARAMETERS;

	flags = lock_event(pe, event);
	if (sdei_events_is_idle(&pe->vm->shared, event)) {
		handler = sdei_handler_of(pe, event);
		handler->flags &= ~SDEI_EVENT_REGISTER_RM_PE;
		handler->flags |= x[2];
		handler->affinity = x[3] & SDEI_MPIDR_AFFINITY;
		ret = SDEI_SUCCESS;
	}
	unlock_event(pe, event, flags);
	return ret;
}

static s64 pe_mask(struct sdei_pe *pe)
{
	bool was_masked = pe->masked;

	WRITE_ONCE(pe->masked, true);
	return !was_masked;
}

static s64 pe_unmask(struct sdei_pe *pe)
{
	WRITE_ONCE(pe->masked, false);
	return SDEI_SUCCESS;
}

static bool can_signal(u32 num)
{
	return num == sdei_event_number(SDEI_EVENT_SIGNAL);
}

static s64 event_signal(struct sdei_pe *pe)
{
	const u64 *x = pe->regs->x;
	struct sdei_pe *target;

	if (!can_signal(x[1]) ||
	    !sdei_host_find_pe(pe->vm, x[2] & SDEI_MPIDR_AFFINITY, &target))
		return SDEI_INVALID_PARAMETERS;
	if (target)
		sdei_signal(target);
	return SDEI_SUCCESS;
}

static s64 features(struct sdei_pe *pe)
{
	switch ((u32)pe->regs->x[1]) {
	case SDEI_FEATURE_BIND_SLOTS:
		return sdei_bind_slots(pe->vm);
	case SDEI_FEATURE_RELATIVE_MODE:
		return pe->vm->minor ? 1 : 0;
	default:
		return SDEI_INVALID_PARAMETERS;
	}
}

/* With the lock, as for UNREGISTER of a bound interrupt's event. */
static s64 private_reset(struct sdei_pe *pe)
{
	unsigned long flags = sdei_host_lock(pe->vm);
	s64 ret = sdei_events_reset(&pe->private, SDEI_PRIVATE_EVENTS);

	sdei_host_unlock(pe->vm, flags);
	return ret;
}

static s64 shared_reset(struct sdei_pe *pe)
{
	unsigned long flags = sdei_host_lock(pe->vm);
	s64 ret = sdei_events_reset(&pe->vm->shared, SDEI_SHARED_EVENTS);

	sdei_release_unused(pe->vm);
	sdei_route_and_unlock(pe->vm, pe, flags);
	return ret;
}

static s64 event_enable(struct sdei_pe *pe)
{
	return on_event(pe, sdei_events_enable);
}

static s64 event_disable(struct sdei_pe *pe)
{
	return on_event(pe, sdei_events_disable);
}

static s64 event_unregister(struct sdei_pe *pe)
{
	return on_event(pe, sdei_events_unregister);
}

static s64 event_status(struct sdei_pe *pe)
{
	int event = named_event(pe);
	unsigned long flags;
	s64 ret;

	if (event < 0)
		return SDEI_INVALID_PARAMETERS;

	/* Nothing is changed, so there is nothing to route. */
	flags = sdei_host_lock(pe->vm);
	ret = sdei_events_status(sdei_states_of(pe, event), event);
	sdei_host_unlock(pe->vm, flags);
	return ret;
}

static s64 interrupt_bind(struct sdei_pe *pe)
{
	return sdei_bind(pe->vm, pe->regs->x[1]);
}

static s64 interrupt_release(struct sdei_pe *pe)
{
	return sdei_release(pe->vm, pe->regs->x[1]);
}

/* These two do not return: x0 is the interrupted context's again, and stays. */
static s64 event_complete(struct sdei_pe *pe)
{
	if (!pe->active)
		return SDEI_DENIED;
	sdei_complete(pe);
	return pe->regs->x[0];
}

static s64 event_complete_and_resume(struct sdei_pe *pe)
{
	if (!pe->active)
		return SDEI_DENIED;
	sdei_complete_and_resume(pe, pe->regs->x[1]);
	return pe->regs->x[0];
}

/* Calls that change nothing: they answer. */
#define QUERY(call)							\
static void handle_##call(struct sdei_pe *pe)				\
{									\
	pe->regs->x[0] = call(pe);					\
}

/*
 * The others, PE_MASK among them: what is routed to a PE that masks itself has to go
 * elsewhere. What is due interrupts the caller, who has the answer.
 */
#define ACTION(call)							\
static void handle_##call(struct sdei_pe *pe)				\
{									\
	pe->regs->x[0] = call(pe);					\
	sdei_dispatch(pe);						\
}

QUERY(version)
ACTION(event_register)
ACTION(event_enable)
ACTION(event_disable)
QUERY(event_context)
ACTION(event_complete)
ACTION(event_complete_and_resume)
ACTION(event_unregister)
QUERY(event_get_info)
ACTION(event_routing_set)
ACTION(pe_mask)
ACTION(pe_unmask)
ACTION(interrupt_bind)
ACTION(interrupt_release)
QUERY(features)
ACTION(private_reset)
ACTION(shared_reset)

/*
 * Of a PE's own events these two are not to pay for a stack frame, which is why the
 * rest of each is a function that is not inline.
 */

static noinline void handle_any_event_status(struct sdei_pe *pe)
{
	pe->regs->x[0] = event_status(pe);
}

static void handle_event_status(struct sdei_pe *pe)
{
	int event = sdei_event_find(pe->regs->x[1]);

	if (event >= 0 && !needs_lock(event))
		pe->regs->x[0] = sdei_events_status(&pe->private, event);
	else
		handle_any_event_status(pe);
}

static noinline void handle_any_event_signal(struct sdei_pe *pe)
{
	pe->regs->x[0] = event_signal(pe);
	sdei_dispatch(pe);
}

static void handle_event_signal(struct sdei_pe *pe)
{
	u64 *x = pe->regs->x;

	if (can_signal(x[1]) && (x[2] & SDEI_MPIDR_AFFINITY) == pe->mpidr) {
		sdei_events_pend(&pe->private, SDEI_EVENT_SIGNAL);
		x[0] = SDEI_SUCCESS;
		sdei_dispatch(pe);
	} else {
		handle_any_event_signal(pe);
	}
}

#define NR(function)	((function) & ~SDEI_1_0_MASK)

/* As many as there are numbers: no index that a guest gives is out of bounds. */
static void (* const calls[NR(~0U) + 1])(struct sdei_pe *pe) = {
	[NR(SDEI_1_0_FN_SDEI_VERSION)]			= handle_version,
	[NR(SDEI_1_0_FN_SDEI_EVENT_REGISTER)]		= handle_event_register,
	[NR(SDEI_1_0_FN_SDEI_EVENT_ENABLE)]		= handle_event_enable,
	[NR(SDEI_1_0_FN_SDEI_EVENT_DISABLE)]		= handle_event_disable,
	[NR(SDEI_1_0_FN_SDEI_EVENT_CONTEXT)]		= handle_event_context,
	[NR(SDEI_1_0_FN_SDEI_EVENT_COMPLETE)]		= handle_event_complete,
	[NR(SDEI_1_0_FN_SDEI_EVENT_COMPLETE_AND_RESUME)] = handle_event_complete_and_resume,
	[NR(SDEI_1_0_FN_SDEI_EVENT_UNREGISTER)]		= handle_event_unregister,
	[NR(SDEI_1_0_FN_SDEI_EVENT_STATUS)]		= handle_event_status,
	[NR(SDEI_1_0_FN_SDEI_EVENT_GET_INFO)]		= handle_event_get_info,
	[NR(SDEI_1_0_FN_SDEI_EVENT_ROUTING_SET)]	= handle_event_routing_set,
	[NR(SDEI_1_0_FN_SDEI_PE_MASK)]			= handle_pe_mask,
	[NR(SDEI_1_0_FN_SDEI_PE_UNMASK)]		= handle_pe_unmask,
	[NR(SDEI_1_0_FN_SDEI_INTERRUPT_BIND)]		= handle_interrupt_bind,
	[NR(SDEI_1_0_FN_SDEI_INTERRUPT_RELEASE)]	= handle_interrupt_release,
	[NR(SDEI_1_0_FN_SDEI_EVENT_SIGNAL)]		= handle_event_signal,
	[NR(SDEI_1_1_FN_SDEI_FEATURES)]			= handle_features,
	[NR(SDEI_1_0_FN_SDEI_PRIVATE_RESET)]		= handle_private_reset,
	[NR(SDEI_1_0_FN_SDEI_SHARED_RESET)]		= handle_shared_reset,
};

/**
 * sdei_call() - handle an SDEI call of a PE
 * @pe: the PE; its x0 holds the id of a function of SDEI, x1 to x5 the arguments
 *
 * Writes the result to x0 or, for the calls that do not return, goes back to
 * the interrupted context. What the call made deliverable to this PE is
 * dispatched before it returns, so that not one instruction of the caller runs.
 *
 * Context: the PE's own thread, outside the guest. Takes sdei_host_lock().
 */
void sdei_call(struct sdei_pe *pe)
{
	void (*handle)(struct sdei_pe *pe) = calls[NR(pe->regs->x[0])];

	if (handle)
		handle(pe);
	else
		pe->regs->x[0] = SDEI_NOT_SUPPORTED;
}
