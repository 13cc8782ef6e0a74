// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events and their states (DEN0054C 5.1).
 *
 * An event that its PE (a private event) or its VM (a shared one) exposes has
 * three bits of state that the client sees, running, enabled and registered,
 * written below in this order:
 *
 *                     REGISTER          ENABLE
 *     000 unregistered ------> 001 registered ------> 011 enabled
 *      ^   ^    UNREGISTER      |   ^       DISABLE    |     ^
 *      |   +--------------------+   +------------------+     |
 *      |                            ^                start   | finish
 *      | finish              finish |                  v     |
 *     100 unregister  <------ 101 registered, <---- 111 enabled,
 *         pending     UNREGISTER  running   DISABLE     running
 *
 * UNREGISTER leads from 011 to 000 and from 111 to 100 too. 010 and 110 do not
 * exist. A fourth bit, pending, says that the event was raised and waits: one
 * instance at most, cleared by UNREGISTER, by a reset, and by REGISTER for what
 * a raise that raced with them left behind.
 *
 * Who may call what: the private events of a PE change in that PE's own thread only,
 * or while it cannot run, the shared ones under sdei_host_lock(); the private event of
 * a bound interrupt is registered by its PE, and under the lock. Only pending is set by
 * anybody.
 * Others read the bits with READ_ONCE() and take them as a hint.
 */
#include <uapi/kvm_sdei.h>

#include "dispatcher.h"

const u32 sdei_event_numbers[SDEI_NR_EVENTS] = {
	[SDEI_EVENT_SIGNAL]	= KVM_SDEI_EVENT_SIGNAL,
	[SDEI_EVENT_NOTIFY]	= KVM_SDEI_EVENT_NOTIFY,
	[SDEI_EVENT_NMI]	= KVM_SDEI_EVENT_NMI,
	[SDEI_EVENT_VM_NOTIFY]	= KVM_SDEI_EVENT_VM_NOTIFY,
	[SDEI_EVENT_VM_NMI]	= KVM_SDEI_EVENT_VM_NMI,
	[SDEI_EVENT_PPI_0]	= KVM_SDEI_EVENT_PPI(0),
	[SDEI_EVENT_PPI_1]	= KVM_SDEI_EVENT_PPI(1),
	[SDEI_EVENT_SPI_0]	= KVM_SDEI_EVENT_SPI(0),
	[SDEI_EVENT_SPI_1]	= KVM_SDEI_EVENT_SPI(1),
};

/**
 * sdei_event_is_private() - whether each PE of any VM has such an event
 * @num: its number
 *
 * Return: false for shared events, those of bound interrupts, and what is none.
 */
bool sdei_event_is_private(u32 num)
{
	int event = sdei_event_find(num);

	return event >= 0 && !sdei_event_is_shared(event) && !sdei_event_is_bound(event);
}

static void set_registered(struct sdei_events *events, enum sdei_event_id event)
{
	clear_bit(event, &events->pending);
	/* Pairs with the order of reading and writing in sdei_events_pend(). */
	smp_mb__after_atomic();
	sdei_set_state(&events->registered, event);
}

s64 sdei_events_register(struct sdei_events *events, enum sdei_event_id event)
{
	if ((events->registered | events->running) & SDEI_BIT(event))
		return SDEI_DENIED;

	set_registered(events, event);
	return SDEI_SUCCESS;
}

/* Registered as it was when its state was saved, whether its handler runs or not. */
void sdei_events_restore(struct sdei_events *events, enum sdei_event_id event, bool enabled)
{
	if (!(events->registered & SDEI_BIT(event)))
		set_registered(events, event);
	if (enabled)
		sdei_set_state(&events->enabled, event);
	else
		sdei_clear_state(&events->enabled, event);
}

s64 sdei_events_enable(struct sdei_events *events, enum sdei_event_id event)
{
	if (!(events->registered & SDEI_BIT(event)))
		return SDEI_DENIED;

	sdei_set_state(&events->enabled, event);
	return SDEI_SUCCESS;
}

s64 sdei_events_disable(struct sdei_events *events, enum sdei_event_id event)
{
	if (!(events->registered & SDEI_BIT(event)))
		return SDEI_DENIED;

	sdei_clear_state(&events->enabled, event);
	return SDEI_SUCCESS;
}

s64 sdei_events_unregister(struct sdei_events *events, enum sdei_event_id event)
{
	bool running = events->running & SDEI_BIT(event);

	if (!(events->registered & SDEI_BIT(event)))
		return running ? SDEI_PENDING : SDEI_DENIED;

	sdei_clear_state(&events->enabled, event);
	sdei_clear_state(&events->registered, event);
	clear_bit(event, &events->pending);
	return running ? SDEI_PENDING : SDEI_SUCCESS;
}

/* Unregister all of @mask; DENIED if a handler of one of them still runs. */
s64 sdei_events_reset(struct sdei_events *events, unsigned long mask)
{
	enum sdei_event_id event;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (mask & SDEI_BIT(event))
			sdei_events_unregister(events, event);
	return events->running & mask ? SDEI_DENIED : SDEI_SUCCESS;
}

/* Registered and nothing else: the one state in which routing may change. */
bool sdei_events_is_idle(const struct sdei_events *events, enum sdei_event_id event)
{
	unsigned long others = events->enabled | events->running |
			       READ_ONCE(events->pending);

	return (events->registered & SDEI_BIT(event)) && !(others & SDEI_BIT(event));
}
