// SPDX-License-Identifier: GPL-2.0-only
/*
 * Live migration in the explorer: each state that was found is read register by
 * register, and written into a VM that is as it was created. That is the same to
 * all who look at it, and where it may differ, in the PE that a shared event was
 * routed to, it is a state that was found as well.
 */
#include <stdio.h>
#include <string.h>

#include "explore.h"

#define MAX_SAVED	(REF_MAX_PES * KVM_SDEI_NR_REGS)
/* NZCV tells the contexts of a PE apart. */
#define PSTATE(pe, critical)	((u64)(1 + 2 * (pe) + (critical)) << 28 | 0x3c5)

struct saved {
	int pe;
	unsigned int reg;
	u64 val;
};

static struct saved saved[MAX_SAVED];
static unsigned int nr_saved;
static struct world before;

/* The explorer's values say nothing; some registers are particular. */
static void make_legal(void)
{
	int n, pe;

	for (n = 0; n < SDEI_NR_EVENTS; n++)
		world.vm.handler[n].affinity &= SDEI_MPIDR_AFFINITY;
	for (pe = 0; pe < config->pes; pe++) {
		world.pes[pe].pe.context[0].pstate = PSTATE(pe, 0);
		world.pes[pe].pe.context[1].pstate = PSTATE(pe, 1);
	}
}

static void save(void)
{
	unsigned int reg;
	int pe;

	nr_saved = 0;
	for (pe = 0; pe < config->pes; pe++)
		for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
			if (sdei_state_exists(reg, !pe))
				saved[nr_saved++] = (struct saved) {
					pe, reg, sdei_state_get(&world.pes[pe].pe, reg)
				};
}

/* Up, down, or the odd ones first: by the number of the state. */
static const struct saved *in_order(unsigned int n, unsigned int order)
{
	if (order == 1)
		n = nr_saved - 1 - n;
	else if (order == 2)
		n = n < nr_saved / 2 ? 2 * n + 1 : 2 * (n - nr_saved / 2);
	return &saved[n];
}

static bool restore(unsigned int order)
{
	bool valid = true;
	unsigned int n;

	for (n = 0; n < nr_saved; n++) {
		const struct saved *s = in_order(n, order);

		valid &= sdei_state_set(&world.pes[s->pe].pe, s->reg, s->val);
	}
	for (n = 0; n < nr_saved; n++)
		valid &= sdei_state_get(&world.pes[saved[n].pe].pe, saved[n].reg) == saved[n].val;
	return valid;
}

static void adopt(unsigned int order)
{
	int n, pe;

	for (n = 0; n < config->pes; n++) {
		pe = order % 2 ? config->pes - 1 - n : n;
		sdei_state_adopt(&world.pes[pe].pe);
	}
}

static bool same_events(const struct sdei_events *a, const struct sdei_events *b)
{
	return a->pending == b->pending && a->registered == b->registered &&
	       a->enabled == b->enabled && a->running == b->running;
}

static bool same_handlers(const struct sdei_handler *a, const struct sdei_handler *b,
			  unsigned long registered)
{
	bool same = true;
	int n;

	for (n = 0; n < SDEI_NR_EVENTS; n++)
		if (registered & BIT(n))
			same &= a[n].entry == b[n].entry && a[n].arg == b[n].arg &&
				a[n].flags == b[n].flags &&
				(!(SDEI_SHARED_EVENTS & BIT(n)) || a[n].affinity == b[n].affinity);
	return same;
}

static bool same_pe(const struct sdei_pe *a, const struct sdei_pe *b)
{
	bool same = a->masked == b->masked && a->active == b->active &&
		    same_events(&a->private, &b->private) &&
		    same_handlers(a->handler, b->handler, a->private.registered);

	if (a->active & ~SDEI_CRITICAL_EVENTS)
		same &= !memcmp(&a->context[0], &b->context[0], sizeof(a->context[0]));
	if (a->active & SDEI_CRITICAL_EVENTS)
		same &= !memcmp(&a->context[1], &b->context[1], sizeof(a->context[1]));
	return same;
}

static bool is_as_before(void)
{
	bool same = world.vm.minor == before.vm.minor &&
		    same_events(&world.vm.shared, &before.vm.shared) &&
		    same_handlers(world.vm.handler, before.vm.handler, world.vm.shared.registered);
	int pe;

	for (pe = 0; pe < config->pes; pe++)
		same &= same_pe(&world.pes[pe].pe, &before.pes[pe].pe);
	return same;
}

/* What can be dispatched is seen to. */
static bool is_told(void)
{
	bool told = true;
	int pe;

	for (pe = 0; pe < config->pes; pe++)
		if (sdei_pe_deliverable(&world.pes[pe].pe))
			told &= around.notified >> pe & 1;
	return told;
}

/**
 * carry_state() - carry the state that is in world to a new VM
 * @state: its number
 *
 * Leaves that in world.
 *
 * Return: NULL, or what is wrong.
 */
const char *carry_state(u32 state)
{
	bool restored;

	around = (struct surroundings) { .self = -1 };
	make_legal();
	save();
	before = world;
	state_use_blank();
	restored = restore(state % 3);
	adopt(state / 3);
	if (around.violation)
		return around.violation;
	if (!restored)
		return "registers are not what is written to them";
	if (!is_as_before())
		return "it is not what it was";
	return is_told() ? NULL : "a PE is not told of what it can be given";
}
