/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the dispatcher share with each other.
 */
#ifndef _SDEI_DISPATCHER_H
#define _SDEI_DISPATCHER_H

#include <linux/compiler.h>
#include <asm/barrier.h>

#include "sdei.h"

/* src/dispatcher/event.c */
s64 sdei_events_register(struct sdei_events *events, enum sdei_event_id event);
s64 sdei_events_enable(struct sdei_events *events, enum sdei_event_id event);
s64 sdei_events_disable(struct sdei_events *events, enum sdei_event_id event);
s64 sdei_events_unregister(struct sdei_events *events, enum sdei_event_id event);
void sdei_events_restore(struct sdei_events *events, enum sdei_event_id event, bool enabled);
s64 sdei_events_reset(struct sdei_events *events, unsigned long mask);
bool sdei_events_is_idle(const struct sdei_events *events, enum sdei_event_id event);

/* Make an event pending if it is registered; any context, no lock needed, no barrier. */
static inline bool sdei_events_pend(struct sdei_events *events, enum sdei_event_id event)
{
	if (!(READ_ONCE(events->registered) & SDEI_BIT(event)))
		return false;

	set_bit(event, &events->pending);
	return true;
}

static inline void sdei_set_state(unsigned long *state, enum sdei_event_id event)
{
	WRITE_ONCE(*state, *state | SDEI_BIT(event));
}

static inline void sdei_clear_state(unsigned long *state, enum sdei_event_id event)
{
	WRITE_ONCE(*state, *state & ~SDEI_BIT(event));
}

/* Without being dispatched: its handler was entered before its state was saved. */
static inline void sdei_events_run(struct sdei_events *events, enum sdei_event_id event)
{
	sdei_set_state(&events->running, event);
}

static inline void sdei_events_start(struct sdei_events *events, enum sdei_event_id event)
{
	clear_bit(event, &events->pending);
	sdei_events_run(events, event);
}

static inline void sdei_events_finish(struct sdei_events *events, enum sdei_event_id event)
{
	sdei_clear_state(&events->running, event);
}

static inline s64 sdei_events_status(const struct sdei_events *events,
				     enum sdei_event_id event)
{
	s64 status = 0;

	if (events->registered & SDEI_BIT(event))
		status |= BIT(SDEI_EVENT_STATUS_REGISTERED);
	if (events->enabled & SDEI_BIT(event))
		status |= BIT(SDEI_EVENT_STATUS_ENABLED);
	if (events->running & SDEI_BIT(event))
		status |= BIT(SDEI_EVENT_STATUS_RUNNING);
	return status;
}

/* What could be dispatched if a PE takes it; never what cannot make progress. */
static inline unsigned long sdei_events_ready(const struct sdei_events *events)
{
	return READ_ONCE(events->pending) & READ_ONCE(events->enabled) &
	       READ_ONCE(events->registered) & ~READ_ONCE(events->running);
}

static inline bool sdei_event_is_shared(enum sdei_event_id event)
{
	return SDEI_SHARED_EVENTS & SDEI_BIT(event);
}

static inline bool sdei_event_is_critical(enum sdei_event_id event)
{
	return SDEI_CRITICAL_EVENTS & SDEI_BIT(event);
}

/* The first of some: a critical one, else the one with the lowest number. */
static inline enum sdei_event_id sdei_event_first(unsigned long events)
{
	unsigned long critical = events & SDEI_CRITICAL_EVENTS;

	return __ffs(critical ? critical : events);
}

static inline struct sdei_handler *sdei_handler_of(struct sdei_pe *pe,
						  enum sdei_event_id event)
{
	return sdei_event_is_shared(event) ? &pe->vm->handler[event] : &pe->handler[event];
}

static inline struct sdei_events *sdei_states_of(struct sdei_pe *pe,
						 enum sdei_event_id event)
{
	return sdei_event_is_shared(event) ? &pe->vm->shared : &pe->private;
}

/* Its number is handed out by INTERRUPT_BIND. */
static inline bool sdei_event_is_bound(enum sdei_event_id event)
{
	return SDEI_BOUND_EVENTS & SDEI_BIT(event);
}

/* src/dispatcher/bind.c */
s64 sdei_bind_slots(const struct sdei_vm *vm);
s64 sdei_bind(struct sdei_vm *vm, u32 intid);
s64 sdei_release(struct sdei_vm *vm, u32 num);
void sdei_release_unused(struct sdei_vm *vm);

/* src/dispatcher/context.c */
struct sdei_context *sdei_context_innermost(struct sdei_pe *pe);
void sdei_context_enter(struct sdei_pe *pe, enum sdei_event_id event,
			const struct sdei_handler *handler);
enum sdei_event_id sdei_context_leave(struct sdei_pe *pe);
void sdei_context_resume_at(struct sdei_pe *pe, u64 address);
bool sdei_context_is_valid_pstate(const struct sdei_pe *pe, u64 pstate);

/* src/dispatcher/dispatch.c */
void sdei_route_and_unlock(struct sdei_vm *vm, struct sdei_pe *self,
			   unsigned long flags);
void sdei_forget_routes(struct sdei_vm *vm);
void sdei_signal(struct sdei_pe *pe);
void sdei_complete(struct sdei_pe *pe);
void sdei_complete_and_resume(struct sdei_pe *pe, u64 address);
void sdei_reevaluate(struct sdei_pe *pe);

#endif /* _SDEI_DISPATCHER_H */
