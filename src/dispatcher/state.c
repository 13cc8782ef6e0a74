// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and writing the state of a PE and its VM, as registers that a VMM
 * carries elsewhere: include/uapi/kvm_sdei.h describes them.
 *
 * Each write leaves a state that is legal in itself, whatever was written before,
 * so that from a reset on their order does not matter. That a handler runs is said
 * with the context that it interrupted, and nowhere else. What only the whole can show
 * to be wrong is seen when the PE goes to work: sdei_state_adopt().
 *
 * A VMM may write back at any moment what it has read a moment ago, while others
 * raise events on this PE and work with the shared ones: nothing that is pending
 * is taken back, and of the shared state no more is written to once the VM is live than
 * whose handlers run on this PE.
 */
#include <linux/nospec.h>
#include <uapi/kvm_sdei.h>

#include "dispatcher.h"

#define REGS_PER_EVENT		4
#define FIRST_EVENT_REG		KVM_SDEI_REG_EVENT(0)
#define FIRST_CONTEXT_REG	KVM_SDEI_REG_CONTEXT(0)
#define REGS_PER_CONTEXT	(KVM_SDEI_REG_CONTEXT(1) - FIRST_CONTEXT_REG)

#define PSTATE_MASK		(BIT_ULL(KVM_SDEI_PSTATE_EVENT_SHIFT) - 1)

#define STATE_BITS		(KVM_SDEI_STATE_REGISTERED | KVM_SDEI_STATE_ENABLED | \
				 KVM_SDEI_STATE_PENDING)
#define STATE_FLAGS		((u64)(SDEI_EVENT_REGISTER_RM_PE | \
				       SDEI_EVENT_REGISTER_RELATIVE) << \
				 KVM_SDEI_STATE_FLAGS_SHIFT)

static bool is_event_reg(unsigned int reg)
{
	return reg >= FIRST_EVENT_REG &&
	       reg < FIRST_EVENT_REG + REGS_PER_EVENT * SDEI_EVENT_PPI_0;
}

static bool is_context_reg(unsigned int reg)
{
	return reg >= FIRST_CONTEXT_REG && reg < FIRST_CONTEXT_REG + 2 * REGS_PER_CONTEXT;
}

static enum sdei_event_id event_of(unsigned int reg)
{
	return array_index_nospec((reg - FIRST_EVENT_REG) / REGS_PER_EVENT, SDEI_EVENT_PPI_0);
}

static unsigned int field_of(unsigned int reg)
{
	return (reg - FIRST_EVENT_REG) % REGS_PER_EVENT;
}

static unsigned int context_field_of(unsigned int reg)
{
	return (reg - FIRST_CONTEXT_REG) % REGS_PER_CONTEXT;
}

static bool is_critical_context(unsigned int reg)
{
	return reg >= FIRST_CONTEXT_REG + REGS_PER_CONTEXT;
}

/**
 * sdei_state_is_shared() - whether a register is about the VM and not a PE
 * @reg: its number
 *
 * Context: any.
 * Return: true for a register of the VM; false also for one that does not exist.
 */
bool sdei_state_is_shared(unsigned int reg)
{
	if (is_event_reg(reg))
		return sdei_event_is_shared(event_of(reg));
	return reg == KVM_SDEI_REG_MINOR;
}

/**
 * sdei_state_exists() - whether a PE has a register
 * @reg: its number
 * @is_first: this is the PE that the registers of the VM are read from
 *
 * Context: any.
 * Return: false for a number between those of include/uapi/kvm_sdei.h, and for a
 * register of the VM on any other PE.
 */
bool sdei_state_exists(unsigned int reg, bool is_first)
{
	if (sdei_state_is_shared(reg))
		return is_first;
	if (is_event_reg(reg))
		return field_of(reg) != KVM_SDEI_REG_EVENT_AFFINITY;
	if (is_context_reg(reg))
		return context_field_of(reg) <= KVM_SDEI_REG_CONTEXT_PSTATE;
	return reg == KVM_SDEI_REG_PE;
}

/**
 * sdei_state_initial() - what a register is after a reset
 * @reg: its number, of one that exists
 * @minor: y of the version 1.y that is reported
 *
 * Context: any.
 * Return: its value.
 */
u64 sdei_state_initial(unsigned int reg, unsigned int minor)
{
	switch (reg) {
	case KVM_SDEI_REG_MINOR:
		return minor;
	case KVM_SDEI_REG_PE:
		return KVM_SDEI_PE_MASKED;
	default:
		return 0;
	}
}

/* A register that any value will do for, or NULL. */
static u64 *plain(struct sdei_pe *pe, unsigned int reg)
{
	struct sdei_context *context = &pe->context[is_critical_context(reg)];
	struct sdei_handler *handler;
	unsigned int n;

	if (is_event_reg(reg)) {
		handler = sdei_handler_of(pe, event_of(reg));
		switch (field_of(reg)) {
		case KVM_SDEI_REG_EVENT_ENTRY:
			return &handler->entry;
		case KVM_SDEI_REG_EVENT_ARG:
			return &handler->arg;
		default:
			return NULL;
		}
	}
	if (!is_context_reg(reg))
		return NULL;
	n = context_field_of(reg);
	if (n == KVM_SDEI_REG_CONTEXT_PC)
		return &context->pc;
	return n < SDEI_NR_SAVED_REGS ?
		&context->x[array_index_nospec(n, SDEI_NR_SAVED_REGS)] : NULL;
}

static u64 get_event_state(struct sdei_pe *pe, enum sdei_event_id event)
{
	const struct sdei_events *events = sdei_states_of(pe, event);
	u64 val = 0;

	if (!(events->registered & SDEI_BIT(event)))
		return 0;
	val |= KVM_SDEI_STATE_REGISTERED;
	if (events->enabled & SDEI_BIT(event))
		val |= KVM_SDEI_STATE_ENABLED;
	if (READ_ONCE(events->pending) & SDEI_BIT(event))
		val |= KVM_SDEI_STATE_PENDING;
	return val | (u64)sdei_handler_of(pe, event)->flags << KVM_SDEI_STATE_FLAGS_SHIFT;
}

/* The event whose handler runs with this priority, or -1. */
static int running_event(const struct sdei_pe *pe, bool is_critical)
{
	unsigned long active = pe->active & SDEI_CRITICAL_EVENTS;

	if (!is_critical)
		active ^= pe->active;
	return active ? (int)__ffs(active) : -1;
}

static u64 get_pstate(const struct sdei_pe *pe, bool is_critical)
{
	int event = running_event(pe, is_critical);

	if (event < 0)
		return 0;
	return (u64)(event + 1) << KVM_SDEI_PSTATE_EVENT_SHIFT |
	       pe->context[is_critical].pstate;
}

static u64 get(struct sdei_pe *pe, unsigned int reg)
{
	const u64 *val = plain(pe, reg);

	if (val)
		return *val;
	if (reg == KVM_SDEI_REG_MINOR)
		return pe->vm->minor;
	if (reg == KVM_SDEI_REG_PE)
		return pe->masked ? KVM_SDEI_PE_MASKED : 0;
	if (is_context_reg(reg))
		return get_pstate(pe, is_critical_context(reg));
	if (field_of(reg) == KVM_SDEI_REG_EVENT_AFFINITY)
		return sdei_handler_of(pe, event_of(reg))->affinity;
	return get_event_state(pe, event_of(reg));
}

/**
 * sdei_state_get() - read a register
 * @pe: the PE
 * @reg: its number, of one that exists
 *
 * Context: the PE's own thread, or while that cannot run. Takes sdei_host_lock().
 * Return: its value.
 */
u64 sdei_state_get(struct sdei_pe *pe, unsigned int reg)
{
	unsigned long flags = sdei_host_lock(pe->vm);
	u64 val = get(pe, reg);

	sdei_host_unlock(pe->vm, flags);
	return val;
}

static bool set_event_state(struct sdei_pe *pe, enum sdei_event_id event, u64 val)
{
	struct sdei_events *events = sdei_states_of(pe, event);

	if (val & ~(STATE_BITS | STATE_FLAGS))
		return false;
	if (!(val & KVM_SDEI_STATE_REGISTERED)) {
		if (val)
			return false;
		sdei_events_unregister(events, event);
		return true;
	}

	sdei_handler_of(pe, event)->flags = val >> KVM_SDEI_STATE_FLAGS_SHIFT;
	sdei_events_restore(events, event, val & KVM_SDEI_STATE_ENABLED);
	if (val & KVM_SDEI_STATE_PENDING)
		sdei_events_pend(events, event);
	return true;
}

/* The event that a value of PSTATE's register names, or -1 if it names none. */
static int named_event(u64 val)
{
	return (int)(val >> KVM_SDEI_PSTATE_EVENT_SHIFT) - 1;
}

/* A shared event runs on one PE at a time. */
static bool can_run(struct sdei_pe *pe, int event, bool is_critical)
{
	if (event >= SDEI_EVENT_PPI_0 || sdei_event_is_critical(event) != is_critical)
		return false;
	return !sdei_event_is_shared(event) || pe->active & SDEI_BIT(event) ||
	       !(pe->vm->shared.running & SDEI_BIT(event));
}

static bool set_pstate(struct sdei_pe *pe, bool is_critical, u64 val)
{
	int event = named_event(val), old = running_event(pe, is_critical);
	u64 pstate = val & PSTATE_MASK;

	if (event < 0 && val)
		return false;
	if (event >= 0 && (!can_run(pe, event, is_critical) ||
			   !sdei_context_is_valid_pstate(pe, pstate)))
		return false;

	if (old >= 0 && old != event) {
		sdei_events_finish(sdei_states_of(pe, old), old);
		WRITE_ONCE(pe->active, pe->active & ~BIT(old));
	}
	if (event >= 0) {
		pe->context[is_critical].pstate = pstate;
		sdei_events_run(sdei_states_of(pe, event), event);
		WRITE_ONCE(pe->active, pe->active | SDEI_BIT(event));
	}
	return true;
}

static bool set_minor(struct sdei_vm *vm, u64 val)
{
	if (val > vm->max_minor)
		return false;
	vm->minor = val;
	return true;
}

static bool set_affinity(struct sdei_handler *handler, u64 val)
{
	if (val & ~SDEI_MPIDR_AFFINITY)
		return false;
	handler->affinity = val;
	return true;
}

static bool set(struct sdei_pe *pe, unsigned int reg, u64 val)
{
	u64 *to = plain(pe, reg);

	if (to) {
		*to = val;
		return true;
	}
	if (reg == KVM_SDEI_REG_MINOR)
		return set_minor(pe->vm, val);
	if (reg == KVM_SDEI_REG_PE) {
		if (val & ~KVM_SDEI_PE_MASKED)
			return false;
		WRITE_ONCE(pe->masked, val & KVM_SDEI_PE_MASKED);
		return true;
	}
	if (is_context_reg(reg))
		return set_pstate(pe, is_critical_context(reg), val);
	if (field_of(reg) == KVM_SDEI_REG_EVENT_AFFINITY)
		return set_affinity(sdei_handler_of(pe, event_of(reg)), val);
	return set_event_state(pe, event_of(reg), val);
}

/**
 * sdei_state_set() - write a register
 * @pe: the PE
 * @reg: its number, of one that exists
 * @val: its value; ignored if it is one of a VM that is live
 *
 * Context: while the PE's own thread cannot run. Takes sdei_host_lock().
 * Return: false if the register cannot have this value; nothing has changed then.
 */
bool sdei_state_set(struct sdei_pe *pe, unsigned int reg, u64 val)
{
	unsigned long flags = sdei_host_lock(pe->vm);
	bool valid = true;

	if (!sdei_state_is_shared(reg) || !pe->vm->live)
		valid = set(pe, reg, val);
	sdei_host_unlock(pe->vm, flags);
	if (valid)
		sdei_reevaluate(pe);
	return valid;
}

/*
 * Handlers that no client can have registered are none. That RM_PE names no PE says
 * nothing: it may be created later.
 */
static void drop_impossible(const struct sdei_vm *vm, struct sdei_events *events,
			    const struct sdei_handler *handlers)
{
	enum sdei_event_id event;

	for (event = 0; event < SDEI_EVENT_PPI_0; event++) {
		bool relative = handlers[event].flags & SDEI_EVENT_REGISTER_RELATIVE;

		if (events->registered & SDEI_BIT(event) &&
		    (relative ? !vm->minor : !handlers[event].entry))
			sdei_events_unregister(events, event);
	}
}

/**
 * sdei_state_adopt() - a PE goes to work with the state that it has
 * @pe: the PE
 *
 * From now on the state that it shares with others is theirs, and not a VMM's.
 *
 * Context: the PE's own thread. Takes sdei_host_lock().
 */
void sdei_state_adopt(struct sdei_pe *pe)
{
	struct sdei_vm *vm = pe->vm;
	unsigned long flags = sdei_host_lock(vm);

	drop_impossible(vm, &pe->private, pe->handler);
	if (!vm->live) {
		WRITE_ONCE(vm->live, true);
		drop_impossible(vm, &vm->shared, vm->handler);
		/* Who was chosen so far depends on what was written first. */
		sdei_forget_routes(vm);
	}
	/* This PE is told like the others: it need not look for itself now. */
	sdei_route_and_unlock(vm, NULL, flags);
}
