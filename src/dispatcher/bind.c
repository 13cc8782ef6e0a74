// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding interrupts to events (DEN0054C 5.1.13, 5.1.14).
 *
 * A VM has slots for PPIs, which become private events of all of its PEs, and
 * for SPIs, which become shared ones. A slot is an event from INTERRUPT_BIND to
 * INTERRUPT_RELEASE; before and after that its number is as unknown as any.
 */
#include "dispatcher.h"

#define INTID_FIRST_PPI		16
#define INTID_FIRST_SPI		32
#define INTID_LAST_SPI		1019

/* The first slot for interrupts of a kind, of which there are vm->slots. */
static enum sdei_event_id first_slot(u32 intid)
{
	return intid < INTID_FIRST_SPI ? SDEI_EVENT_PPI_0 : SDEI_EVENT_SPI_0;
}

/* The slot that holds @intid, or with 0 one that is free; or -1. */
static int find_slot(const struct sdei_vm *vm, enum sdei_event_id first, u32 intid)
{
	enum sdei_event_id event;

	for (event = first; event < first + vm->slots; event++)
		if (vm->bound[event] == intid)
			return event;
	return -1;
}

static s64 bind_and_number(struct sdei_vm *vm, u32 intid)
{
	enum sdei_event_id first = first_slot(intid);
	int event = find_slot(vm, first, intid);

	if (event < 0) {
		event = find_slot(vm, first, 0);
		if (event < 0)
			return SDEI_OUT_OF_RESOURCE;
		if (!sdei_host_bind(vm, intid, event))
			return SDEI_DENIED;
		WRITE_ONCE(vm->bound[event], intid);
	}
	return sdei_event_number(event);
}

/* FEATURES: how many slots there are, for SPIs in the upper half. */
s64 sdei_bind_slots(const struct sdei_vm *vm)
{
	return vm->slots << 16 | vm->slots;
}

/* INTERRUPT_BIND: the number of the event that @intid is from now on. */
s64 sdei_bind(struct sdei_vm *vm, u32 intid)
{
	unsigned long flags;
	s64 ret;

	if (intid < INTID_FIRST_PPI || intid > INTID_LAST_SPI ||
	    !sdei_host_has_irq(vm, intid))
		return SDEI_INVALID_PARAMETERS;

	flags = sdei_host_lock(vm);
	ret = bind_and_number(vm, intid);
	sdei_host_unlock(vm, flags);
	return ret;
}

/* Registered on any PE, or running there. Call with sdei_host_lock(). */
static bool in_use(const struct sdei_vm *vm, enum sdei_event_id event)
{
	unsigned long used = vm->shared.registered | vm->shared.running;
	const struct sdei_pe *pe;

	for (pe = vm->pes; pe; pe = pe->next)
		used |= READ_ONCE(pe->private.registered) |
			READ_ONCE(pe->private.running);
	return used & SDEI_BIT(event);
}

static void release(struct sdei_vm *vm, enum sdei_event_id event)
{
	sdei_host_release(vm, vm->bound[event]);
	WRITE_ONCE(vm->bound[event], 0);
}

/* INTERRUPT_RELEASE: the event @num is an interrupt again. */
s64 sdei_release(struct sdei_vm *vm, u32 num)
{
	int event = sdei_event_find(num);
	unsigned long flags;
	s64 ret;

	if (event < 0)
		return SDEI_INVALID_PARAMETERS;

	/* To an event that is no slot, nothing is ever bound. */
	flags = sdei_host_lock(vm);
	if (!vm->bound[event]) {
		ret = SDEI_INVALID_PARAMETERS;
	} else if (in_use(vm, event)) {
		ret = SDEI_DENIED;
	} else {
		release(vm, event);
		ret = SDEI_SUCCESS;
	}
	sdei_host_unlock(vm, flags);
	return ret;
}

/*
 * For a reset: release all interrupts but those whose event a PE still has
 * registered or runs, which could not be released either. Call with
 * sdei_host_lock().
 */
void sdei_release_unused(struct sdei_vm *vm)
{
	enum sdei_event_id event;

	for (event = SDEI_EVENT_PPI_0; event < SDEI_NR_EVENTS; event++)
		if (vm->bound[event] && !in_use(vm, event))
			release(vm, event);
}
