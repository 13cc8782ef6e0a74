// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dispatch: which event runs next on which PE (DEN0054C 4.3, 5.1.16).
 *
 * Who may change what:
 *
 *   pe->private but .pending, pe->handler,    the PE's own thread: its calls,
 *   pe->masked, pe->active, pe->context,      sdei_dispatch(), sdei_state_adopt();
 *   pe->delivered, pe->completed, pe->mpidr   or who keeps it out: sdei_pe_reset(),
 *                                             sdei_state_set(), the host
 *   pe->private.pending                       anybody, atomically
 *   vm->shared, vm->handler, vm->target,      sdei_host_lock()
 *   vm->bound, vm->pes, pe->next, pe->routed,
 *   vm->live, vm->minor (until vm->live)
 *
 * Everybody reads the state bits and the masks above as hints, without a lock.
 * So that no event is lost, who makes an event pending and who makes a PE able
 * to take it each write first and then, after a full barrier, look at what the
 * other wrote: (A) pend ... deliverable? and (B) change ... pending? One of the
 * two sees the event through.
 *
 * A shared event is routed to one PE, which alone takes it; whenever an event
 * or a PE changes, routing looks again. A PE that is told of an event for
 * nothing finds nothing to do.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "dispatcher.h"

static bool pe_has_room(const struct sdei_pe *pe, enum sdei_event_id event)
{
	unsigned long active = READ_ONCE(pe->active);

	if (sdei_event_is_critical(event))
		active &= SDEI_CRITICAL_EVENTS;
	return !READ_ONCE(pe->masked) && !active;
}

/* Those of @events that @pe could take; right for its own thread, else a hint. */
static unsigned long those_with_room(const struct sdei_pe *pe, unsigned long events)
{
	unsigned long active = READ_ONCE(pe->active);

	if (READ_ONCE(pe->masked) || active & SDEI_CRITICAL_EVENTS)
		return 0;
	return active ? events & SDEI_CRITICAL_EVENTS : events;
}

/* What @pe could take at this moment. */
static unsigned long pe_deliverable(const struct sdei_pe *pe)
{
	unsigned long events = sdei_events_ready(&pe->private);
	unsigned long routed = READ_ONCE(pe->routed);

	if (routed)
		events |= routed & sdei_events_ready(&pe->vm->shared);
	return events ? those_with_room(pe, events) : 0;
}

/**
 * sdei_pe_deliverable() - whether an event can be dispatched to a PE
 * @pe: the PE
 *
 * Context: any. Without a lock; a caller that acts on "no" must be sure that
 * who changes the answer notifies it.
 * Return: whether there is one now.
 */
bool sdei_pe_deliverable(const struct sdei_pe *pe)
{
	return pe_deliverable(pe);
}

/* Whether shared @event may go to @pe now. Call with sdei_host_lock(). */
static bool is_target(const struct sdei_pe *pe, enum sdei_event_id event)
{
	const struct sdei_handler *handler = &pe->vm->handler[event];
	bool rm_pe = handler->flags & SDEI_EVENT_REGISTER_RM_PE;

	if (rm_pe && READ_ONCE(pe->mpidr) != handler->affinity)
		return false;
	return pe_has_room(pe, event);
}

/*
 * The PE that @event should go to now, or NULL: one that runs, else one to wake, else one
 * that takes it when it is started again. Call with sdei_host_lock().
 */
static struct sdei_pe *best_target(struct sdei_vm *vm, enum sdei_event_id event)
{
	struct sdei_pe *halted = NULL, *stopped = NULL;
	struct sdei_pe *pe;

	if (!(sdei_events_ready(&vm->shared) & SDEI_BIT(event)))
		return NULL;

	for (pe = vm->pes; pe; pe = pe->next) {
		if (!is_target(pe, event))
			continue;
		if (sdei_host_stopped(pe))
			stopped = stopped ?: pe;
		else if (sdei_host_halted(pe))
			halted = halted ?: pe;
		else
			return pe;
	}
	return halted ?: stopped;
}

/* Route @event; the PE to notify, or NULL. Call with sdei_host_lock(). */
static struct sdei_pe *route(struct sdei_vm *vm, enum sdei_event_id event)
{
	struct sdei_pe **target = &vm->target[event];
	struct sdei_pe *old = *target;

	/* A good choice stays good, even if a better one came up since. */
	if (old && is_target(old, event) && !sdei_host_stopped(old) &&
	    (sdei_events_ready(&vm->shared) & SDEI_BIT(event)))
		return NULL;

	*target = best_target(vm, event);
	/* Who stays the target knows, and looks without the lock. */
	if (*target == old)
		return NULL;
	if (old)
		WRITE_ONCE(old->routed, old->routed & ~SDEI_BIT(event));
	if (*target)
		WRITE_ONCE((*target)->routed, (*target)->routed | SDEI_BIT(event));
	return *target;
}

/* Have all shared events routed anew, whoever was chosen. With sdei_host_lock(). */
void sdei_forget_routes(struct sdei_vm *vm)
{
	enum sdei_event_id event;
	struct sdei_pe *pe;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		vm->target[event] = NULL;
	for (pe = vm->pes; pe; pe = pe->next)
		WRITE_ONCE(pe->routed, 0);
}

/*
 * Route all shared events, after a change to one, on behalf of @self, who looks
 * for itself, or NULL. Unlocks: a PE is notified with no lock held.
 */
void sdei_route_and_unlock(struct sdei_vm *vm, struct sdei_pe *self,
			   unsigned long flags)
{
	struct sdei_pe *notify[SDEI_NR_EVENTS];
	enum sdei_event_id event;

	/* (A) for the caller that made an event pending or ready. */
	smp_mb();
	for (event = 0; event < SDEI_NR_EVENTS; event++)
		notify[event] = sdei_event_is_shared(event) ? route(vm, event) : NULL;
	sdei_host_unlock(vm, flags);

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (notify[event] && notify[event] != self)
			sdei_host_notify(notify[event]);
}

/* Take a shared event that is routed to @pe; false if that has changed. */
static bool take_shared(struct sdei_pe *pe, enum sdei_event_id event,
			struct sdei_handler *handler)
{
	struct sdei_vm *vm = pe->vm;
	unsigned long flags = sdei_host_lock(vm);
	bool mine = (pe->routed & SDEI_BIT(event)) &&
		    (sdei_events_ready(&vm->shared) & SDEI_BIT(event));

	if (mine) {
		*handler = vm->handler[event];
		sdei_events_start(&vm->shared, event);
		vm->target[event] = NULL;
		WRITE_ONCE(pe->routed, pe->routed & ~SDEI_BIT(event));
	}
	sdei_host_unlock(vm, flags);
	return mine;
}

/* The handler of @event is about to be entered; from here on @pe has less room. */
static void begin(struct sdei_pe *pe, enum sdei_event_id event)
{
	WRITE_ONCE(pe->active, pe->active | SDEI_BIT(event));
	WRITE_ONCE(pe->delivered, pe->delivered + 1);
}

static void begin_private(struct sdei_pe *pe, enum sdei_event_id event)
{
	sdei_events_start(&pe->private, event);
	begin(pe, event);
}

static void enter_private(struct sdei_pe *pe, enum sdei_event_id event)
{
	/* Not an index: UBSAN would check it, and that takes a stack frame. */
	sdei_context_enter(pe, event, pe->handler + event);
}

/* Not inline: its handler on the stack is not to be paid for by private events. */
static noinline void enter_shared(struct sdei_pe *pe, enum sdei_event_id event)
{
	struct sdei_handler handler;

	if (take_shared(pe, event, &handler)) {
		begin(pe, event);
		sdei_context_enter(pe, event, &handler);
	}
}

/*
 * Enter the handler of the event that is due on @pe. False if there is none;
 * else what is pending now, if anything, is to be looked at again: routing may
 * choose this PE, which is not notified.
 */
static bool dispatch_one(struct sdei_pe *pe)
{
	struct sdei_vm *vm = pe->vm;
	enum sdei_event_id event;
	unsigned long events;

	if (READ_ONCE(vm->shared.pending))
		sdei_route_and_unlock(vm, pe, sdei_host_lock(vm));
	events = pe_deliverable(pe);
	if (!events)
		return false;
	event = sdei_event_first(events);
	if (sdei_event_is_shared(event)) {
		enter_shared(pe, event);
	} else {
		begin_private(pe, event);
		enter_private(pe, event);
	}
	return true;
}

/* Not inline: mostly nothing is pending, and nothing is to be paid for this. */
static noinline void dispatch_all(struct sdei_pe *pe)
{
	do {
		/* (B) again: a PE that has begun a handler is another target. */
		smp_mb();
	} while (dispatch_one(pe));
}

static noinline void enter_private_and_dispatch(struct sdei_pe *pe, enum sdei_event_id event)
{
	enter_private(pe, event);
	dispatch_all(pe);
}

/**
 * sdei_dispatch() - enter the handler of the event that is due on a PE
 * @pe: the PE
 *
 * Of several events a critical one comes first, then the lowest number. What
 * cannot be dispatched stays pending.
 *
 * Context: the PE's own thread, outside the guest.
 */
void sdei_dispatch(struct sdei_pe *pe)
{
	struct sdei_vm *vm = pe->vm;
	enum sdei_event_id event;
	unsigned long events;

	/* (B) */
	smp_mb();
	if (unlikely(READ_ONCE(vm->shared.pending)))
		return dispatch_all(pe);
	if (likely(!READ_ONCE(pe->private.pending)))
		return;
	events = those_with_room(pe, sdei_events_ready(&pe->private));
	if (!events)
		return;

	/* The usual case by itself: nothing is shared, and the last step is a jump. */
	event = sdei_event_first(events);
	begin_private(pe, event);
	/* (B) again, as in dispatch_all(). */
	smp_mb();
	if (unlikely(READ_ONCE(vm->shared.pending)))
		enter_private_and_dispatch(pe, event);
	else
		enter_private(pe, event);
}

/* Finish the handler that was left. */
static void finish(struct sdei_pe *pe, enum sdei_event_id event)
{
	struct sdei_vm *vm = pe->vm;
	unsigned long flags;

	if (!sdei_event_is_shared(event)) {
		sdei_events_finish(&pe->private, event);
		return;
	}
	flags = sdei_host_lock(vm);
	sdei_events_finish(&vm->shared, event);
	sdei_route_and_unlock(vm, pe, flags);
}

/* COMPLETE: back to the interrupted context; a handler must run. */
void sdei_complete(struct sdei_pe *pe)
{
	finish(pe, sdei_context_leave(pe));
	WRITE_ONCE(pe->completed, pe->completed + 1);
}

/* COMPLETE_AND_RESUME: back by way of @address; a handler must run. */
void sdei_complete_and_resume(struct sdei_pe *pe, u64 address)
{
	sdei_complete(pe);
	sdei_context_resume_at(pe, address);
}

/*
 * After a change to @pe, or to what its VM shares, while it does not run: whoever
 * can take what is pending now is notified.
 */
void sdei_reevaluate(struct sdei_pe *pe)
{
	sdei_route_and_unlock(pe->vm, NULL, sdei_host_lock(pe->vm));
	/* (B) is in there. */
	if (sdei_pe_deliverable(pe))
		sdei_host_notify(pe);
}

static bool raise_private(struct sdei_pe *pe, enum sdei_event_id event)
{
	/* The handler sees what was written before, also where (B) finds the event. */
	smp_mb__before_atomic();
	if (!sdei_events_pend(&pe->private, event))
		return false;

	/* (A) */
	smp_mb__after_atomic();
	if (sdei_pe_deliverable(pe))
		sdei_host_notify(pe);
	return true;
}

/* EVENT_SIGNAL from another PE: nothing happens if it is not registered. */
void sdei_signal(struct sdei_pe *pe)
{
	raise_private(pe, SDEI_EVENT_SIGNAL);
}

/**
 * sdei_raise() - raise a private event on a PE
 * @pe: the PE
 * @num: the event's number
 *
 * Context: any, but not the PE's own call.
 * Return: 0 if the event is pending now, also if it was before; -EINVAL if no
 * private event has this number; -ENOENT if it is not registered.
 */
int sdei_raise(struct sdei_pe *pe, u32 num)
{
	int event = sdei_event_find(num);

	if (event < 0 || sdei_event_is_shared(event) ||
	    !sdei_event_exists(pe->vm, event))
		return -EINVAL;
	return raise_private(pe, event) ? 0 : -ENOENT;
}

/**
 * sdei_raise_shared() - raise a shared event of a VM
 * @vm: the VM
 * @num: the event's number
 *
 * Context: any in which sdei_host_lock() may be taken.
 * Return: as sdei_raise().
 */
int sdei_raise_shared(struct sdei_vm *vm, u32 num)
{
	int event = sdei_event_find(num);
	unsigned long flags;
	bool pending;

	if (event < 0 || !sdei_event_is_shared(event) ||
	    !sdei_event_exists(vm, event))
		return -EINVAL;

	flags = sdei_host_lock(vm);
	pending = sdei_events_pend(&vm->shared, event);
	sdei_route_and_unlock(vm, NULL, flags);
	return pending ? 0 : -ENOENT;
}

/**
 * sdei_pe_reset() - the PE is reset or powered off
 * @pe: the PE
 *
 * It is masked, has nothing registered or pending and no handler; a shared
 * event that it ran is completed. All registers of its state are initial.
 *
 * Context: the PE's own thread, or while that cannot run.
 */
void sdei_pe_reset(struct sdei_pe *pe)
{
	unsigned long shared = pe->active & SDEI_SHARED_EVENTS;
	struct sdei_vm *vm = pe->vm;
	unsigned long flags;

	WRITE_ONCE(pe->masked, true);
	WRITE_ONCE(pe->active, 0);
	sdei_events_reset(&pe->private, SDEI_PRIVATE_EVENTS);
	WRITE_ONCE(pe->private.running, 0);
	memset(pe->handler, 0, sizeof(pe->handler));
	memset(pe->context, 0, sizeof(pe->context));

	flags = sdei_host_lock(vm);
	WRITE_ONCE(vm->shared.running, vm->shared.running & ~shared);
	sdei_route_and_unlock(vm, pe, flags);
}

/**
 * sdei_vm_reset_and_unlock() - the VM is reset: no shared event is registered any
 * more, no interrupt bound
 * @vm: the VM
 * @flags: of sdei_host_lock(), with which the caller saw that nobody uses them
 *
 * Context: with sdei_host_lock(), which is dropped.
 */
void sdei_vm_reset_and_unlock(struct sdei_vm *vm, unsigned long flags)
{
	sdei_events_reset(&vm->shared, SDEI_SHARED_EVENTS);
	memset(vm->handler, 0, sizeof(vm->handler));
	sdei_release_unused(vm);
	WRITE_ONCE(vm->live, false);
	sdei_route_and_unlock(vm, NULL, flags);
}

/**
 * sdei_vm_init() - initialise what the PEs of a VM share
 * @vm: the VM, zeroed
 * @minor: y of the version 1.y to report
 * @slots: how many interrupts of each kind can be bound, up to SDEI_MAX_SLOTS
 */
void sdei_vm_init(struct sdei_vm *vm, unsigned int minor, unsigned int slots)
{
	vm->minor = minor;
	vm->max_minor = minor;
	vm->slots = slots;
}

/**
 * sdei_pe_init() - add a PE to its VM, in the state that it has after a reset
 * @pe: the PE, zeroed
 * @vm: the VM
 * @id: its number in the VM
 * @mpidr: its MPIDR_EL1
 * @mte: whether it has the Memory Tagging Extension
 * @regs: its registers
 *
 * Context: any in which sdei_host_lock() may be taken.
 */
void sdei_pe_init(struct sdei_pe *pe, struct sdei_vm *vm, unsigned int id,
		  u64 mpidr, bool mte, struct sdei_regs *regs)
{
	struct sdei_pe **next = &vm->pes;
	unsigned long flags;

	pe->vm = vm;
	pe->regs = regs;
	pe->id = id;
	pe->mpidr = mpidr & SDEI_MPIDR_AFFINITY;
	pe->mte = mte;
	pe->masked = true;

	flags = sdei_host_lock(vm);
	while (*next && (*next)->id < id)
		next = &(*next)->next;
	pe->next = *next;
	*next = pe;
	sdei_host_unlock(vm, flags);
}

/**
 * sdei_pe_exit() - remove a PE from its VM
 * @pe: the PE
 *
 * Context: any in which sdei_host_lock() may be taken; the PE does not run.
 */
void sdei_pe_exit(struct sdei_pe *pe)
{
	struct sdei_vm *vm = pe->vm;
	struct sdei_pe **next = &vm->pes;
	unsigned long flags = sdei_host_lock(vm);
	enum sdei_event_id event;

	while (*next != pe)
		next = &(*next)->next;
	*next = pe->next;
	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (vm->target[event] == pe)
			vm->target[event] = NULL;
	sdei_host_unlock(vm, flags);
}
