// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exhaustive explorer: it puts the dispatcher and a reference model into
 * each state that a small VM can reach, does to both whatever can happen there,
 * and compares all that a guest or a host could see.
 *
 * usage: explore [CONFIGURATION...]
 *
 * What is explored: all sequences of calls with the events of the configuration,
 * of raises, of entries into the guest, and of resets of a PE (which is what
 * powering it off and on is to SDEI) and of the VM. From each state, breadth
 * first, each step is taken once for each set of PEs that could be halted then.
 * After it the results, all registers, the contexts, the states of the events,
 * masks, routing and notifications of both are the same, or the steps that led
 * there are printed. Each state that is found is carried to a new VM as live
 * migration does it (explore-carry.c), but where interrupts are bound.
 *
 * What is left out: steps are whole, so that nothing is said about two PEs in
 * the dispatcher at the same time. A PE halts and wakes at will: whether it is
 * halted is not part of a state, but chosen anew whenever routing asks, and what
 * a halt depends on, whether something can be dispatched, is compared in every
 * state. A PE that was notified for something that it cannot be given any more
 * has looked and forgotten it. explore-state.c says how registers are kept
 * finite. Arguments that are always wrong are tried in turn, one in each state.
 *
 * A trace begins with the VM as it is created. Each step has its number, what
 * happened, and the model's state afterwards; the last one says what differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"

#define NONE	0xffffffff

/* The quick ones first. */
static const struct config configs[] = {
	{ "bound", true, 1, 1, 2, 2, { 0x40000100, 0x40000200 } },
	{ "two-shared", true, 0, 0, 2, 3, { 0x40000001, 0x40000002, 0x40000003 } },
	{ "three-pes", true, 1, 0, 3, 2, { 0x40000001, 0x40000002 } },
	{ "normal-critical-shared", true, 1, 0, 2, 3, { 0, 0x40000001, 0x40000002 } },
	{ "bound-critical", false, 1, 1, 2, 3, { 0x40000001, 0x40000100, 0x40000200 } },
	{ "normal-critical-shared-critical", false, 0, 0, 2, 3,
	  { 0, 0x40000001, 0x40000003 } },
	{ "normal-normal-shared", false, 1, 0, 2, 3, { 0, 0x40000000, 0x40000002 } },
	{ "three-pes-critical", false, 1, 0, 3, 2, { 0, 0x40000003 } },
};

/**
 * struct found - the states that were found, in the order in which they were
 * @key: their keys
 * @parent: the states from which they were reached first
 * @step: by which step
 * @halted: while these PEs were halted
 * @nr: how many there are
 * @room: for how many there is memory
 * @table: numbers of states by their hashed keys
 * @mask: size of @table - 1
 */
struct found {
	u64 *key;
	u32 *parent;
	u16 *step;
	u8 *halted;
	u32 nr;
	u32 room;
	u32 *table;
	u32 mask;
};

/* What was seen, lest the exploration pass by what it is about. */
struct figures {
	u64 transitions;
	u64 entered;
	u64 nested;
	u64 completed;
	u64 notified;
	u64 woken;
	u64 carried;
	u64 rerouted;
};

const struct config *config;
static struct found found;
static struct figures figures;

/* What states have become that are not the same in a new VM. */
static u64 *rerouted;
static u64 rerouted_room;

static void *resize(void *array, size_t size)
{
	array = realloc(array, size);
	if (!array)
		tap_bail("there is memory");
	return array;
}

static u32 *find(u64 key)
{
	u32 slot = (key * 0x9e3779b97f4a7c15) >> 32 & found.mask;

	while (found.table[slot] != NONE && found.key[found.table[slot]] != key)
		slot = (slot + 1) & found.mask;
	return &found.table[slot];
}

static void grow(void)
{
	u32 n;

	found.room = found.room ? 2 * found.room : 1 << 16;
	found.key = resize(found.key, found.room * sizeof(*found.key));
	found.parent = resize(found.parent, found.room * sizeof(*found.parent));
	found.step = resize(found.step, found.room * sizeof(*found.step));
	found.halted = resize(found.halted, found.room * sizeof(*found.halted));

	found.mask = 2 * found.room - 1;
	found.table = resize(found.table, 2 * found.room * sizeof(*found.table));
	memset(found.table, 0xff, 2 * found.room * sizeof(*found.table));
	for (n = 0; n < found.nr; n++)
		*find(found.key[n]) = n;
}

/* Whether a state is new; then it is kept. */
static bool add(u64 key, u32 parent, unsigned int step, unsigned int halted)
{
	u32 *number = find(key);

	if (*number != NONE)
		return false;
	*number = found.nr;
	found.key[found.nr] = key;
	found.parent[found.nr] = parent;
	found.step[found.nr] = step;
	found.halted[found.nr] = halted;
	if (++found.nr == found.room)
		grow();
	return true;
}

static void print_step(unsigned int number, const struct step *step, unsigned int halted)
{
	int pe;

	printf("#   %u. ", number);
	steps_print(step);
	for (pe = 0; pe < config->pes; pe++)
		if (halted >> pe & 1)
			printf(", PE %d is halted", pe);
	if (step->kind == CALL)
		printf("; its x0 is %#llx", world.pes[step->pe].regs.x[0]);
	printf("\n");
}

static void redo(unsigned int number, u32 state, unsigned int n, unsigned int halted)
{
	struct step step = steps_get(n, state);

	state_unpack(found.key[state], &world);
	host_apply(&step, halted);
	print_step(number, &step, halted);
}

/* Print what led to @state; returns the number of steps. */
static unsigned int print_trace(u32 state)
{
	unsigned int number;

	if (!state)
		return 0;
	number = 1 + print_trace(found.parent[state]);
	redo(number, found.parent[state], found.step[state], found.halted[state]);
	state_print();
	return number;
}

static void print_failure(u32 state, unsigned int n, unsigned int halted)
{
	unsigned int number = 1 + print_trace(state);
	unsigned int before;

	state_unpack(found.key[state], &world);
	before = compare_deliverable(&world);
	redo(number, state, n, halted);
	state_print();
	compare_report(before);
}

static void count(void)
{
	int pe;

	figures.transitions++;
	figures.notified += !!around.notified;
	figures.woken += !!(around.notified & around.halted);
	for (pe = 0; pe < config->pes; pe++) {
		figures.entered += world.ref.pe[pe].entered;
		figures.completed += world.ref.pe[pe].completed;
		figures.nested += world.ref.pe[pe].entered && world.ref.pe[pe].depth > 1;
	}
}

/*
 * What a state becomes that is carried to a new VM. If a shared event is routed
 * elsewhere then, that has to be a state like any other: looked for in the end.
 */
static bool carry(u32 state)
{
	const char *wrong;
	u64 key;

	if (config->slots)
		return true;
	wrong = carry_state(state);
	if (wrong) {
		check(false, "%s: a state is carried to a new VM", config->name);
		print_trace(state);
		printf("#   carried: %s\n", wrong);
		return false;
	}
	figures.carried++;
	key = state_pack();
	if (key == found.key[state])
		return true;
	if (figures.rerouted == rerouted_room) {
		rerouted_room = 2 * rerouted_room + 1024;
		rerouted = resize(rerouted, rerouted_room * sizeof(*rerouted));
	}
	rerouted[figures.rerouted++] = key;
	return true;
}

static bool expect_rerouted(void)
{
	u64 n;

	for (n = 0; n < figures.rerouted; n++)
		if (*find(rerouted[n]) == NONE)
			return false;
	return true;
}

/* One transition: from @state, unpacked to @from, by step @n. */
static bool transition(u32 state, struct world *from, unsigned int before,
		       unsigned int n, const struct step *step, unsigned int halted)
{
	u64 key;

	state_use(from);
	if (!host_apply(step, halted))
		around.violation = "what the host is told differs";
	if (!compare_states(before)) {
		check(false, "%s: the dispatcher does as the model", config->name);
		print_failure(state, n, halted);
		return false;
	}
	count();
	key = state_pack();
	if (key == found.key[state] || !add(key, state, n, halted))
		return true;
	if (!compare_with_key(key)) {
		check(false, "%s: a state is what it is known by", config->name);
		print_failure(state, n, halted);
		return false;
	}
	return carry(found.nr - 1);
}

/* A step with each set of PEs that could be halted, if that plays a role. */
static bool try_step(u32 state, struct world *from, unsigned int before, unsigned int n)
{
	struct step step = steps_get(n, state);
	unsigned int halted;

	if (!state_allows(state, &from->ref, &step))
		return true;
	if (!transition(state, from, before, n, &step, 0))
		return false;
	if (!around.asked)
		return true;
	for (halted = 1; halted < 1U << config->pes; halted++)
		if (!(around.self >= 0 && halted >> around.self & 1) &&
		    !transition(state, from, before, n, &step, halted))
			return false;
	return true;
}

static bool explore_all(void)
{
	struct world from;
	u32 state;

	state_init();
	if (!expect(state_pack(), state_pack_model(), "%s: the VM is created as the model",
		    config->name))
		return false;
	add(state_pack(), NONE, 0, 0);
	for (state = 0; state < found.nr; state++) {
		unsigned int before, n;

		state_unpack(found.key[state], &from);
		before = compare_deliverable(&from);
		for (n = 0; n < nr_steps; n++)
			if (!try_step(state, &from, before, n))
				return false;
	}
	return true;
}

static bool can_nest(void)
{
	bool normal = false, critical = false;
	int n;

	for (n = 0; n < config->events; n++) {
		if (ref_is_critical(ref_find(config->event[n])))
			critical = true;
		else
			normal = true;
	}
	return normal && critical;
}

/* False if there is nothing more to be learnt. */
static bool explore(void)
{
	int n;

	printf("# %s: %d PEs, version 1.%u, events", config->name, config->pes, config->minor);
	for (n = 0; n < config->events; n++)
		printf(" 0x%x", config->event[n]);
	printf("\n");

	memset(&figures, 0, sizeof(figures));
	found.nr = 0;
	found.room = 0;
	grow();
	steps_init();
	if (!explore_all())
		return false;

	printf("# %s: %u states, %llu transitions\n", config->name, found.nr,
	       figures.transitions);
	printf("# %s: %llu handlers entered, %llu of them nested, %llu completed\n",
	       config->name, figures.entered, figures.nested, figures.completed);
	printf("# %s: %llu notifications, %llu to a halted PE\n", config->name,
	       figures.notified, figures.woken);
	check(true, "%s: the dispatcher does as the model", config->name);
	if (!config->slots) {
		printf("# %s: %llu states carried to a new VM, %llu of them routed elsewhere there\n",
		       config->name, figures.carried, figures.rerouted);
		check(figures.carried == found.nr - 1 && expect_rerouted(),
		      "%s: what is carried to a new VM is a state that was found", config->name);
	}
	check(figures.completed && figures.woken && (figures.nested || !can_nest()),
	      "%s: handlers nest and complete, halted PEs are woken", config->name);
	return true;
}

static bool asked_for(const struct config *c, char **names)
{
	if (!*names)
		return c->by_default;
	for (; *names; names++)
		if (!strcmp(c->name, *names))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned int n, explored = 0;

	(void)argc;
	tap_section("explore");
	for (n = 0; n < ARRAY_SIZE(configs); n++) {
		config = &configs[n];
		if (!asked_for(config, argv + 1))
			continue;
		explored++;
		if (!explore())
			break;
	}
	if (!explored)
		tap_bail("there is such a configuration");
	return tap_exit();
}
