// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host of the explorer: the callbacks that the dispatcher needs, and a step
 * done to the dispatcher and to the model.
 */
#include "explore.h"

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define LOCK_FLAGS	0x10cfUL

struct world world;
struct surroundings around;

/* MPIDR_EL1 of a PE: no two differ in one affinity field alone. */
u64 mpidr_of(int pe)
{
	static const u64 mpidr[REF_MAX_PES] = { 0, 1ULL << 32, 0x10100 };

	return mpidr[pe] | 0x81000000;
}

static void violation(const char *what)
{
	around.violation = what;
}

static struct world_pe *own_pe(const struct sdei_pe *pe)
{
	if (around.locked)
		violation("a callback with the lock held");
	if (around.self != (int)pe->id)
		violation("registers of a PE touched by another");
	return container_of(pe, struct world_pe, pe);
}

unsigned long sdei_host_lock(struct sdei_vm *vm)
{
	(void)vm;
	if (around.locked)
		violation("the lock is taken twice");
	around.locked = true;
	return LOCK_FLAGS;
}

void sdei_host_unlock(struct sdei_vm *vm, unsigned long flags)
{
	(void)vm;
	if (!around.locked || flags != LOCK_FLAGS)
		violation("what is unlocked was not locked");
	around.locked = false;
}

void sdei_host_notify(struct sdei_pe *pe)
{
	if (around.locked)
		violation("a PE is notified with the lock held");
	if (around.self == (int)pe->id)
		violation("a PE is notified of what it does itself");
	around.notified |= 1U << pe->id;
}

bool sdei_host_halted(const struct sdei_pe *pe)
{
	around.asked |= 1U << pe->id;
	return around.halted >> pe->id & 1;
}

/* That would be one more dimension: tests/unit/shared.c has it. */
bool sdei_host_stopped(const struct sdei_pe *pe)
{
	(void)pe;
	return false;
}

bool sdei_host_has_irq(const struct sdei_vm *vm, u32 intid)
{
	(void)vm;
	return intid < world.ref.interrupts;
}

bool sdei_host_bind(struct sdei_vm *vm, u32 intid, enum sdei_event_id event)
{
	int e = ref_find(sdei_event_number(event));

	(void)vm;
	if (e < 0 || !ref_is_slot(e) || world.bound[e])
		violation("an interrupt is bound where it cannot be");
	else if (!around.busy)
		world.bound[e] = intid;
	return !around.busy;
}

void sdei_host_release(struct sdei_vm *vm, u32 intid)
{
	int e;

	(void)vm;
	for (e = 0; e < REF_EVENTS; e++)
		if (world.bound[e] == intid)
			break;
	if (!intid || e == REF_EVENTS)
		violation("an interrupt is released that was not bound");
	else
		world.bound[e] = 0;
}

bool sdei_host_find_pe(struct sdei_vm *vm, u64 mpidr, struct sdei_pe **pe)
{
	(void)vm;
	for (int n = 0; n < config->pes; n++) {
		if (mpidr != (mpidr_of(n) & SDEI_MPIDR_AFFINITY))
			continue;
		*pe = &world.pes[n].pe;
		return true;
	}
	return false;
}

void sdei_host_settle(struct sdei_pe *pe)
{
	struct world_pe *p = own_pe(pe);

	p->regs.pc += p->increment;
	p->increment = 0;
}

void sdei_host_discard(struct sdei_pe *pe)
{
	own_pe(pe)->increment = 0;
}

u64 sdei_host_read_sysreg(const struct sdei_pe *pe, enum sdei_sysreg reg)
{
	return own_pe(pe)->sysreg[reg];
}

void sdei_host_write_sysreg(struct sdei_pe *pe, enum sdei_sysreg reg, u64 val)
{
	own_pe(pe)->sysreg[reg] = val;
}

bool sdei_host_has_aarch32(const struct sdei_pe *pe)
{
	(void)pe;
	return true;
}

static void apply_call(const struct step *step)
{
	struct world_pe *p = &world.pes[step->pe];
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(step->x); n++) {
		p->regs.x[n] = step->x[n];
		world.ref.pe[step->pe].regs.x[n] = step->x[n];
	}
	p->increment = 4;
	sdei_call(&p->pe);
	p->regs.pc += p->increment;
	p->increment = 0;
	ref_call(&world.ref, step->pe);
}

/* The same answer of a raise, in the host's words and in the model's. */
static bool same_raise(int ret, enum ref_raised raised)
{
	switch (raised) {
	case REF_RAISED:
		return !ret;
	case REF_NOT_REGISTERED:
		return ret == -ENOENT;
	default:
		return ret == -EINVAL;
	}
}

/*
 * Do a step to the dispatcher and to the model while some PEs are halted. False
 * if what the host is told differs.
 */
bool host_apply(const struct step *step, unsigned int halted)
{
	struct world_pe *p = &world.pes[step->pe];
	u64 delivered = p->pe.delivered;
	int n;

	around = (struct surroundings) { .self = -1, .halted = halted };
	around.busy = step->busy;
	world.ref.busy = step->busy;
	for (n = 0; n < config->pes; n++)
		world.ref.pe[n].halted = halted >> n & 1;

	switch (step->kind) {
	case CALL:
		around.self = step->pe;
		apply_call(step);
		return true;
	case DISPATCH:
		around.self = step->pe;
		sdei_dispatch(&p->pe);
		return (p->pe.delivered != delivered) == ref_dispatch(&world.ref, step->pe);
	case RAISE:
		return same_raise(sdei_raise(&p->pe, step->x[0]),
				  ref_raise(&world.ref, step->pe, step->x[0]));
	case RAISE_SHARED:
		return same_raise(sdei_raise_shared(&world.vm, step->x[0]),
				  ref_raise_shared(&world.ref, step->x[0]));
	case PE_RESET:
		around.self = step->pe;
		sdei_pe_reset(&p->pe);
		ref_reset_pe(&world.ref, step->pe);
		return true;
	case VM_RESET:
		sdei_vm_reset_and_unlock(&world.vm, sdei_host_lock(&world.vm));
		ref_reset_vm(&world.ref);
		return true;
	}
	return false;
}
