// SPDX-License-Identifier: GPL-2.0-only
/*
 * States of the explorer: 64 bits that say all that matters, and the VM that they
 * stand for.
 *
 * What has no end is replaced. The registers of a PE, and those that a handler
 * interrupted, become values that only name the PE and the level: outside of
 * handlers, in a normal one, in a critical one. Nothing depends on what is in
 * them, and they have been compared before. Whatever is not in use, a handler
 * that is not registered or a context that nobody interrupted, gets values that
 * must not turn up anywhere.
 */
#include <stdio.h>
#include <string.h>

#include "explore.h"

enum level { OUTSIDE, NORMAL, CRITICAL, LEVELS };

#define BITS_OF_STATE	3
#define BITS_OF_PE	3
#define BITS_OF_INTID	2
/* What no state of an event and no PE is. */
#define BROKEN		7

static const char *const state_names[] = {
	[REF_UNREGISTERED] = "unregistered",
	[REF_REGISTERED] = "registered",
	[REF_ENABLED] = "enabled",
	[REF_ENABLED_RUNNING] = "enabled, running",
	[REF_REGISTERED_RUNNING] = "registered, running",
	[REF_UNREGISTER_PENDING] = "unregister-pending",
};

struct known_event known_events[REF_EVENTS];

/* The VM that no state has been put into yet. */
static struct world blank;
/* By PE and level. */
static struct sdei_regs tags[REF_MAX_PES][LEVELS];

static u64 scramble(u64 n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return n ^ n >> 31;
}

static void tag_regs(int pe, enum level level)
{
	struct sdei_regs *regs = &tags[pe][level];
	u64 seed = pe * LEVELS + level;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(regs->x); n++)
		regs->x[n] = scramble(seed << 8 | n);
	/* A value that looks like an error code is one like any other. */
	regs->x[0] = -1 - seed;
	regs->sp = scramble(seed << 8 | 31);
	regs->pc = scramble(seed << 8 | 32);
	/* All bits but PAN by chance, or all of them but those that tell it apart. */
	regs->pstate = (u32)scramble(seed << 8 | 33) & ~BIT(22);
	if ((pe + level) % 2)
		regs->pstate = 0xffffff0f | seed << 4;
}

/* What is registered for an event; RM_PE if @routing is 1 + the PE. */
struct sdei_handler state_handler(u32 number, int pe, int routing)
{
	int event = ref_find(number);
	bool shared = ref_is_shared(event);
	/* Both kinds of entry, private ones by the PE. */
	bool relative = config->minor && (shared || pe == 1);
	struct sdei_handler handler = {
		.entry = (relative ? 0 : 0xffff800000010000) + 0x1000 * event,
		.arg = 0xa5a5000000000000 + event,
		.flags = relative ? SDEI_EVENT_REGISTER_RELATIVE : 0,
		/* Where it counts for nothing, no PE has it. */
		.affinity = 0x77,
	};

	if (routing) {
		handler.flags |= SDEI_EVENT_REGISTER_RM_PE;
		handler.affinity = mpidr_of(routing - 1) & SDEI_MPIDR_AFFINITY;
	}
	if (!shared) {
		handler.arg += pe << 8;
		/* Private events ignore their routing, on one PE to none. */
		handler.flags |= pe ? SDEI_EVENT_REGISTER_RM_PE : 0;
	}
	return handler;
}

/* Fields of a state's key, which are put and got in the same order. */

static void put(u64 *key, unsigned int value, unsigned int bits)
{
	*key = *key << bits | value;
}

static unsigned int get(u64 *key, unsigned int *left, unsigned int bits)
{
	*left -= bits;
	return *key >> *left & (BIT(bits) - 1);
}

static unsigned int bits_of_key(void)
{
	unsigned int bits = 0;
	int n;

	for (n = 0; n < config->events; n++) {
		if (ref_is_slot(known_events[n].e))
			bits += BITS_OF_INTID;
		if (known_events[n].shared)
			bits += BITS_OF_STATE + 1 + 3 * BITS_OF_PE;
		else
			bits += config->pes * (BITS_OF_STATE + 1);
	}
	return bits + config->pes;
}

/* The interrupts that are tried, two for each slot. */
const u32 state_intids[2][2] = { { 16, 31 }, { 32, 255 } };

/* Which of them is bound to an event, or 0. */
static void put_intid(u64 *key, const struct known_event *known, u32 intid)
{
	const u32 *intids = state_intids[known->shared];

	if (!ref_is_slot(known->e))
		return;
	if (!intid)
		put(key, 0, BITS_OF_INTID);
	else
		put(key, intid == intids[0] ? 1 : intid == intids[1] ? 2 : 3, BITS_OF_INTID);
}

/* The dispatcher's state. */

static enum ref_state dispatcher_state(const struct sdei_events *events,
				       enum sdei_event_id id)
{
	static const enum ref_state states[] = {
		REF_UNREGISTERED, REF_REGISTERED, BROKEN, REF_ENABLED,
		REF_UNREGISTER_PENDING, REF_REGISTERED_RUNNING, BROKEN,
		REF_ENABLED_RUNNING,
	};

	return states[(events->registered >> id & 1) |
		      (events->enabled >> id & 1) << 1 |
		      (events->running >> id & 1) << 2];
}

static unsigned int dispatcher_routing(const struct sdei_handler *handler)
{
	int pe;

	if (!(handler->flags & SDEI_EVENT_REGISTER_RM_PE))
		return 0;
	for (pe = 0; pe < config->pes; pe++)
		if (world.pes[pe].pe.mpidr == handler->affinity)
			return 1 + pe;
	return BROKEN;
}

static unsigned int dispatcher_runner(enum sdei_event_id id)
{
	unsigned int runner = 0;
	int pe;

	for (pe = 0; pe < config->pes; pe++)
		if (world.pes[pe].pe.active & BIT(id))
			runner = runner ? BROKEN : 1 + pe;
	return runner;
}

static void pack_dispatcher_shared(u64 *key, enum sdei_event_id id)
{
	const struct sdei_vm *vm = &world.vm;
	bool registered = vm->shared.registered & BIT(id);

	put(key, dispatcher_state(&vm->shared, id), BITS_OF_STATE);
	put(key, vm->shared.pending >> id & 1, 1);
	put(key, registered ? dispatcher_routing(&vm->handler[id]) : 0, BITS_OF_PE);
	put(key, vm->target[id] ? 1 + vm->target[id]->id : 0, BITS_OF_PE);
	put(key, dispatcher_runner(id), BITS_OF_PE);
}

u64 state_pack(void)
{
	u64 key = 0;
	int n, pe;

	for (pe = 0; pe < config->pes; pe++)
		put(&key, world.pes[pe].pe.masked, 1);
	for (n = 0; n < config->events; n++) {
		enum sdei_event_id id = known_events[n].id;

		put_intid(&key, &known_events[n], world.vm.bound[id]);
		if (known_events[n].shared) {
			pack_dispatcher_shared(&key, id);
			continue;
		}
		for (pe = 0; pe < config->pes; pe++) {
			const struct sdei_events *private = &world.pes[pe].pe.private;

			put(&key, dispatcher_state(private, id), BITS_OF_STATE);
			put(&key, private->pending >> id & 1, 1);
		}
	}
	return key;
}

/* The model's state. */

static unsigned int model_routing(const struct ref_event *event)
{
	int pe;

	if (!(ref_status(event) & 1) || !event->handler.one_pe)
		return 0;
	for (pe = 0; pe < config->pes; pe++)
		if (!((event->handler.affinity ^ mpidr_of(pe)) & SDEI_MPIDR_AFFINITY))
			return 1 + pe;
	return BROKEN;
}

static unsigned int model_runner(int event)
{
	int n, pe;

	for (pe = 0; pe < config->pes; pe++)
		for (n = 0; n < world.ref.pe[pe].depth; n++)
			if (world.ref.pe[pe].nested[n].event == event)
				return 1 + pe;
	return 0;
}

u64 state_pack_model(void)
{
	u64 key = 0;
	int n, pe;

	for (pe = 0; pe < config->pes; pe++)
		put(&key, world.ref.pe[pe].masked, 1);
	for (n = 0; n < config->events; n++) {
		int e = known_events[n].e;
		const struct ref_event *event = &world.ref.shared[e];

		put_intid(&key, &known_events[n], world.ref.bound[e]);
		for (pe = 0; !known_events[n].shared && pe < config->pes; pe++) {
			event = &world.ref.pe[pe].own[e];
			put(&key, event->state, BITS_OF_STATE);
			put(&key, event->pending, 1);
		}
		if (!known_events[n].shared)
			continue;
		put(&key, event->state, BITS_OF_STATE);
		put(&key, event->pending, 1);
		put(&key, model_routing(event), BITS_OF_PE);
		put(&key, 1 + event->goes_to, BITS_OF_PE);
		put(&key, model_runner(e), BITS_OF_PE);
	}
	return key;
}

/* From a key to the VM. */

static void set_events(struct sdei_events *events, enum sdei_event_id id,
		       enum ref_state state, bool pending)
{
	const struct ref_event event = { .state = state };
	unsigned int status = ref_status(&event);

	events->registered |= (status & 1UL) << id;
	events->enabled |= (status >> 1 & 1UL) << id;
	events->running |= (status >> 2 & 1UL) << id;
	events->pending |= (unsigned long)pending << id;
}

static void set_model(struct ref_event *event, enum ref_state state, bool pending,
		      const struct sdei_handler *handler)
{
	event->state = state;
	event->pending = pending;
	event->handler.entry = handler->entry;
	event->handler.argument = handler->arg;
	event->handler.affinity = handler->affinity;
	event->handler.relative = handler->flags & SDEI_EVENT_REGISTER_RELATIVE;
	event->handler.one_pe = handler->flags & SDEI_EVENT_REGISTER_RM_PE;
}

static void unpack_private(struct world *to, const struct known_event *known, int pe,
			   enum ref_state state, bool pending)
{
	struct sdei_pe *p = &to->pes[pe].pe;
	enum sdei_event_id id = known->id;
	const struct ref_event event = { .state = state };

	set_events(&p->private, id, state, pending);
	if (ref_status(&event) & 1)
		p->handler[id] = state_handler(known->number, pe, 0);
	if (ref_status(&event) & 4)
		p->active |= BIT(id);
	set_model(&to->ref.pe[pe].own[known->e], state, pending,
		  &p->handler[id]);
}

static void unpack_shared(struct world *to, const struct known_event *known, u64 *key,
			  unsigned int *left)
{
	enum ref_state state = get(key, left, BITS_OF_STATE);
	bool pending = get(key, left, 1);
	unsigned int routing = get(key, left, BITS_OF_PE);
	unsigned int target = get(key, left, BITS_OF_PE);
	unsigned int runner = get(key, left, BITS_OF_PE);
	struct ref_event *event = &to->ref.shared[known->e];
	enum sdei_event_id id = known->id;

	set_events(&to->vm.shared, id, state, pending);
	if (to->vm.shared.registered & BIT(id))
		to->vm.handler[id] = state_handler(known->number, 0, routing);
	if (target) {
		to->vm.target[id] = &world.pes[target - 1].pe;
		to->pes[target - 1].pe.routed |= BIT(id);
	}
	if (runner)
		to->pes[runner - 1].pe.active |= BIT(id);
	set_model(event, state, pending, &to->vm.handler[id]);
	event->goes_to = (int)target - 1;
}

static void unpack_intid(struct world *to, const struct known_event *known, u64 *key,
			 unsigned int *left)
{
	unsigned int n;

	if (!ref_is_slot(known->e))
		return;
	n = get(key, left, BITS_OF_INTID);
	if (n) {
		to->bound[known->e] = state_intids[known->shared][n - 1];
		to->vm.bound[known->id] = to->bound[known->e];
		to->ref.bound[known->e] = to->bound[known->e];
	}
}

static void interrupt(struct world *to, int pe, bool critical, enum level level)
{
	unsigned long events = critical ? SDEI_CRITICAL_EVENTS : ~SDEI_CRITICAL_EVENTS;
	enum sdei_event_id id = __ffs(to->pes[pe].pe.active & events);
	struct sdei_context *context = &to->pes[pe].pe.context[critical];
	struct ref_nested *nested;

	nested = &to->ref.pe[pe].nested[to->ref.pe[pe].depth++];
	nested->event = ref_find(sdei_event_number(id));
	memcpy(context->x, tags[pe][level].x, sizeof(context->x));
	memcpy(nested->x, tags[pe][level].x, sizeof(nested->x));
	context->pc = tags[pe][level].pc;
	nested->pc = tags[pe][level].pc;
	context->pstate = tags[pe][level].pstate;
	nested->pstate = tags[pe][level].pstate;
}

/* Registers and contexts, by what runs. */
static void unpack_levels(struct world *to, int pe)
{
	unsigned long active = to->pes[pe].pe.active;
	struct ref_regs *regs = &to->ref.pe[pe].regs;
	enum level level = OUTSIDE;

	if (active & ~SDEI_CRITICAL_EVENTS) {
		interrupt(to, pe, false, level);
		level = NORMAL;
	}
	if (active & SDEI_CRITICAL_EVENTS) {
		interrupt(to, pe, true, level);
		level = CRITICAL;
	}
	to->pes[pe].regs = tags[pe][level];
	memcpy(regs->x, tags[pe][level].x, sizeof(regs->x));
	regs->sp_el0 = tags[pe][level].sp;
	regs->pc = tags[pe][level].pc;
	regs->pstate = tags[pe][level].pstate;
}

/* The VM that @key stands for; its pointers are those of the one in world. */
void state_unpack(u64 key, struct world *to)
{
	unsigned int left = bits_of_key();
	int n, pe;

	memcpy(to, &blank, sizeof(*to));
	for (pe = 0; pe < config->pes; pe++) {
		to->pes[pe].pe.masked = get(&key, &left, 1);
		to->ref.pe[pe].masked = to->pes[pe].pe.masked;
	}
	for (n = 0; n < config->events; n++) {
		unpack_intid(to, &known_events[n], &key, &left);
		if (known_events[n].shared) {
			unpack_shared(to, &known_events[n], &key, &left);
			continue;
		}
		for (pe = 0; pe < config->pes; pe++) {
			enum ref_state state = get(&key, &left, BITS_OF_STATE);

			unpack_private(to, &known_events[n], pe, state, get(&key, &left, 1));
		}
	}
	for (pe = 0; pe < config->pes; pe++)
		unpack_levels(to, pe);
}

/* Make @from the state that the next step starts from. */
void state_use(const struct world *from)
{
	world.vm = from->vm;
	memcpy(world.bound, from->bound, sizeof(world.bound));
	memcpy(world.pes, from->pes, config->pes * sizeof(world.pes[0]));
	memcpy(&world.ref, &from->ref, offsetof(struct ref, pe[config->pes]));
}

/* Make the dispatcher's side of it a VM as it is created. */
void state_use_blank(void)
{
	world.vm = blank.vm;
	memcpy(world.pes, blank.pes, config->pes * sizeof(world.pes[0]));
}

/* Whether a step is tried in the state with number @state. */
bool state_allows(u32 state, struct ref *ref, const struct step *step)
{
	const struct ref_event *event;

	if (step->when == ALWAYS)
		return true;
	if (step->when == IN_TURN)
		return (int)(state % config->pes) == step->pe;
	event = ref_event(ref, step->pe, ref_find(step->x[1]));
	return (event->state == REF_UNREGISTERED) == (step->when == UNREGISTERED);
}

static void set_sysregs(int pe)
{
	struct ref_regs *regs = &world.ref.pe[pe].regs;
	u64 *sysreg = world.pes[pe].sysreg;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(world.pes[pe].sysreg); n++)
		sysreg[n] = scramble(1000 + 10 * pe + n);
	/* SPAN and DSSBS: each of both values on some PE. */
	sysreg[SDEI_SCTLR_EL1] &= ~(BIT(23) | BIT(44));
	sysreg[SDEI_SCTLR_EL1] |= pe ? BIT(23) : 0;
	sysreg[SDEI_SCTLR_EL1] |= pe != 1 ? BIT(44) : 0;

	regs->elr_el1 = sysreg[SDEI_ELR_EL1];
	regs->spsr_el1 = sysreg[SDEI_SPSR_EL1];
	regs->sctlr_el1 = sysreg[SDEI_SCTLR_EL1];
	regs->vbar_el1 = sysreg[SDEI_VBAR_EL1];
}

static void create_pe(int pe)
{
	struct world_pe *p = &world.pes[pe];
	enum level level;

	for (level = OUTSIDE; level < LEVELS; level++)
		tag_regs(pe, level);
	p->regs = tags[pe][OUTSIDE];
	memset(p->pe.handler, 0xee, sizeof(p->pe.handler));
	memset(p->pe.context, 0xcc, sizeof(p->pe.context));
	sdei_pe_init(&p->pe, &world.vm, pe, mpidr_of(pe), pe != 1, &p->regs);

	world.ref.pe[pe].mpidr = mpidr_of(pe);
	world.ref.pe[pe].mte = pe != 1;
	set_sysregs(pe);
}

static void know_events(void)
{
	int n;

	for (n = 0; n < config->events; n++) {
		known_events[n].number = config->event[n];
		known_events[n].id = sdei_event_find(config->event[n]);
		known_events[n].e = ref_find(config->event[n]);
		known_events[n].shared = ref_is_shared(known_events[n].e);
	}
}

/* Create the VM, in world. */
void state_init(void)
{
	int n;

	know_events();
	if (bits_of_key() > 64)
		tap_bail("%s: a state has %u bits", config->name, bits_of_key());

	memset(&world, 0, sizeof(world));
	memset(world.vm.handler, 0xee, sizeof(world.vm.handler));
	sdei_vm_init(&world.vm, config->minor, config->slots);
	ref_init(&world.ref, config->pes, config->minor);
	world.ref.interrupts = 256;
	world.ref.slots = config->slots;
	/* Out of order, which the dispatcher has to put them into. */
	for (n = 1; n <= config->pes; n++)
		create_pe(n % config->pes);
	blank = world;
}

static void print_event(const struct ref_event *event, u32 number)
{
	bool relative = ref_status(event) & 1 && event->handler.relative;

	printf(" 0x%x %s%s%s", number, state_names[event->state],
	       event->pending ? ", pending" : "", relative ? ", relative" : "");
}

static void print_shared(const struct ref_event *event, u32 number, int runner)
{
	printf("#     VM:");
	print_event(event, number);
	if (ref_status(event) & 1 && event->handler.one_pe)
		printf(", RM_PE %#llx", (u64)event->handler.affinity);
	if (event->goes_to != REF_NOBODY)
		printf(", goes to PE %d", event->goes_to);
	if (runner)
		printf(", runs on PE %d", runner - 1);
	printf("\n");
}

/* Say what the model is in. */
void state_print(void)
{
	const struct ref_pe *pe;
	int n, m;

	for (n = 0; n < config->pes; n++) {
		pe = &world.ref.pe[n];
		printf("#     PE %d: %s", n, pe->masked ? "masked" : "unmasked");
		for (m = 0; m < config->events; m++) {
			if (known_events[m].shared)
				continue;
			printf(";");
			print_event(&pe->own[known_events[m].e], known_events[m].number);
		}
		printf("\n");
	}
	for (m = 0; m < config->events; m++)
		if (known_events[m].shared)
			print_shared(&world.ref.shared[known_events[m].e], known_events[m].number,
				     model_runner(known_events[m].e));
}
