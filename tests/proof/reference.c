// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference model. It follows spec.md section by section and is as plain as
 * that: an event is in one of six states, handlers are on a stack, and what may
 * happen is in tables.
 */
#include <assert.h>
#include <string.h>

#include "reference.h"

/* Section 1: result codes. */
enum {
	SUCCESS = 0,
	NOT_SUPPORTED = -1,
	INVALID_PARAMETERS = -2,
	DENIED = -3,
	PENDING = -5,
	OUT_OF_RESOURCE = -10,
};

/* Section 7: the events; the last two exist while an interrupt is bound to them. */
static const struct {
	uint32_t number;
	bool shared;
	bool critical;
	bool by_software;
	bool slot;
} kind[REF_EVENTS] = {
	{ 0x00000000, false, false, true, false },
	{ 0x40000000, false, false, false, false },
	{ 0x40000001, false, true, false, false },
	{ 0x40000002, true, false, false, false },
	{ 0x40000003, true, true, false, false },
	{ 0x40000100, false, false, false, true },
	{ 0x40000200, true, false, false, true },
};

/* Section 3: what a call answers in a state, and the state after it. */
enum action { REGISTER, ENABLE, DISABLE, UNREGISTER, FINISH, START, ACTIONS };

struct outcome {
	bool possible;
	int answer;
	enum ref_state next;
};

#define TO(answer, state)	{ true, answer, REF_ ## state }
#define IMPOSSIBLE		{ false, 0, 0 }

static const struct outcome table[REF_STATES][ACTIONS] = {
	[REF_UNREGISTERED] = {
		[REGISTER] = TO(SUCCESS, REGISTERED),
		[ENABLE] = TO(DENIED, UNREGISTERED),
		[DISABLE] = TO(DENIED, UNREGISTERED),
		[UNREGISTER] = TO(DENIED, UNREGISTERED),
		[FINISH] = IMPOSSIBLE,
		[START] = IMPOSSIBLE,
	},
	[REF_REGISTERED] = {
		[REGISTER] = TO(DENIED, REGISTERED),
		[ENABLE] = TO(SUCCESS, ENABLED),
		[DISABLE] = TO(SUCCESS, REGISTERED),
		[UNREGISTER] = TO(SUCCESS, UNREGISTERED),
		[FINISH] = IMPOSSIBLE,
		[START] = IMPOSSIBLE,
	},
	[REF_ENABLED] = {
		[REGISTER] = TO(DENIED, ENABLED),
		[ENABLE] = TO(SUCCESS, ENABLED),
		[DISABLE] = TO(SUCCESS, REGISTERED),
		[UNREGISTER] = TO(SUCCESS, UNREGISTERED),
		[FINISH] = IMPOSSIBLE,
		[START] = TO(SUCCESS, ENABLED_RUNNING),
	},
	[REF_ENABLED_RUNNING] = {
		[REGISTER] = TO(DENIED, ENABLED_RUNNING),
		[ENABLE] = TO(SUCCESS, ENABLED_RUNNING),
		[DISABLE] = TO(SUCCESS, REGISTERED_RUNNING),
		[UNREGISTER] = TO(PENDING, UNREGISTER_PENDING),
		[FINISH] = TO(SUCCESS, ENABLED),
		[START] = IMPOSSIBLE,
	},
	[REF_REGISTERED_RUNNING] = {
		[REGISTER] = TO(DENIED, REGISTERED_RUNNING),
		[ENABLE] = TO(SUCCESS, ENABLED_RUNNING),
		[DISABLE] = TO(SUCCESS, REGISTERED_RUNNING),
		[UNREGISTER] = TO(PENDING, UNREGISTER_PENDING),
		[FINISH] = TO(SUCCESS, REGISTERED),
		[START] = IMPOSSIBLE,
	},
	[REF_UNREGISTER_PENDING] = {
		[REGISTER] = TO(DENIED, UNREGISTER_PENDING),
		[ENABLE] = TO(DENIED, UNREGISTER_PENDING),
		[DISABLE] = TO(DENIED, UNREGISTER_PENDING),
		[UNREGISTER] = TO(PENDING, UNREGISTER_PENDING),
		[FINISH] = TO(SUCCESS, UNREGISTERED),
		[START] = IMPOSSIBLE,
	},
};

/* Section 1, EVENT_STATUS: 1 registered, 2 enabled, 4 running. */
static const unsigned int status[REF_STATES] = {
	[REF_UNREGISTERED] = 0,
	[REF_REGISTERED] = 1,
	[REF_ENABLED] = 1 + 2,
	[REF_ENABLED_RUNNING] = 1 + 2 + 4,
	[REF_REGISTERED_RUNNING] = 1 + 4,
	[REF_UNREGISTER_PENDING] = 4,
};

int ref_find(uint32_t number)
{
	int event;

	for (event = 0; event < REF_EVENTS; event++)
		if (kind[event].number == number)
			return event;
	return -1;
}

uint32_t ref_number(int event)
{
	return kind[event].number;
}

bool ref_is_shared(int event)
{
	return kind[event].shared;
}

bool ref_is_critical(int event)
{
	return kind[event].critical;
}

bool ref_is_slot(int event)
{
	return kind[event].slot;
}

unsigned int ref_status(const struct ref_event *event)
{
	return status[event->state];
}

struct ref_event *ref_event(struct ref *ref, int pe, int event)
{
	return kind[event].shared ? &ref->shared[event] : &ref->pe[pe].own[event];
}

static bool is_registered(const struct ref_event *event)
{
	return status[event->state] % 2;
}

static int act(struct ref_event *event, enum action action)
{
	const struct outcome *outcome = &table[event->state][action];

	assert(outcome->possible);
	event->state = outcome->next;
	if (!is_registered(event))
		event->pending = false;
	return outcome->answer;
}

static int find_event(const struct ref *ref, uint32_t number)
{
	int e = ref_find(number);

	return e >= 0 && kind[e].slot && !ref->bound[e] ? -1 : e;
}

/* Section 4: who may be given an event. */

static bool can_take(const struct ref_pe *pe, int event)
{
	int n;

	if (pe->masked)
		return false;
	for (n = 0; n < pe->depth; n++)
		if (!kind[event].critical || kind[pe->nested[n].event].critical)
			return false;
	return true;
}

static bool waits(const struct ref_event *event)
{
	return event->pending && event->state == REF_ENABLED;
}

/* Affinity fields are bits 39 to 32 and 23 to 0. */
static bool same_pe(uint64_t mpidr, uint64_t other)
{
	uint64_t difference = mpidr ^ other;

	return !(difference << 40) && !(uint8_t)(difference >> 32);
}

static int find_pe(const struct ref *ref, uint64_t mpidr)
{
	int pe;

	for (pe = 0; pe < ref->pes; pe++)
		if (same_pe(ref->pe[pe].mpidr, mpidr))
			return pe;
	return REF_NOBODY;
}

/* The lowest PE that can take @event, one that is halted only for want of others. */
static int choose(const struct ref *ref, int event)
{
	const struct ref_handler *handler = &ref->shared[event].handler;
	int halted, pe;

	for (halted = 0; halted < 2; halted++)
		for (pe = 0; pe < ref->pes; pe++)
			if (ref->pe[pe].halted == halted &&
			    can_take(&ref->pe[pe], event) &&
			    (!handler->one_pe ||
			     same_pe(ref->pe[pe].mpidr, handler->affinity)))
				return pe;
	return REF_NOBODY;
}

/* A PE that was given an event keeps it for as long as it can take it. */
static void give(struct ref *ref)
{
	int e;

	for (e = 0; e < REF_EVENTS; e++) {
		struct ref_event *event = &ref->shared[e];

		if (!kind[e].shared)
			continue;
		if (!waits(event))
			event->goes_to = REF_NOBODY;
		else if (event->goes_to == REF_NOBODY ||
			 !can_take(&ref->pe[event->goes_to], e))
			event->goes_to = choose(ref, e);
	}
}

/* What comes next on a PE: critical before normal, then the lowest number. */
static int next_event(struct ref *ref, int pe)
{
	int best = -1;
	int e;

	for (e = 0; e < REF_EVENTS; e++) {
		const struct ref_event *event = ref_event(ref, pe, e);

		if (!waits(event) || !can_take(&ref->pe[pe], e))
			continue;
		if (kind[e].shared && event->goes_to != pe)
			continue;
		if (best < 0 || (kind[e].critical && !kind[best].critical))
			best = e;
	}
	return best;
}

/* Section 5: the guest's state. */

static uint64_t bit(uint64_t value, int n)
{
	return value >> n & 1;
}

/* PSTATE after an exception to EL1h, field by field. */
static uint64_t exception(const struct ref_pe *pe, uint64_t from)
{
	uint64_t nzcv = from >> 28 & 15;
	uint64_t tco = pe->mte;
	uint64_t dit = bit(from, 24);
	uint64_t pan = bit(pe->regs.sctlr_el1, 23) ? bit(from, 22) : 1;
	uint64_t ssbs = bit(pe->regs.sctlr_el1, 44);
	uint64_t daif = 15;
	uint64_t el1h = 5;

	return nzcv << 28 | tco << 25 | dit << 24 | pan << 22 | ssbs << 12 |
	       daif << 6 | el1h;
}

static void enter(struct ref *ref, int p, int e)
{
	struct ref_event *event = ref_event(ref, p, e);
	const struct ref_handler *handler = &event->handler;
	struct ref_pe *pe = &ref->pe[p];
	struct ref_nested *nested;

	assert(pe->depth < 2);
	nested = &pe->nested[pe->depth++];
	nested->event = e;
	memcpy(nested->x, pe->regs.x, sizeof(nested->x));
	nested->pc = pe->regs.pc;
	nested->pstate = pe->regs.pstate;

	pe->regs.x[0] = kind[e].number;
	pe->regs.x[1] = handler->argument;
	pe->regs.x[2] = nested->pc;
	pe->regs.x[3] = nested->pstate;
	pe->regs.pc = (handler->relative ? pe->regs.vbar_el1 : 0) + handler->entry;
	pe->regs.pstate = exception(pe, nested->pstate);

	act(event, START);
	event->pending = false;
	event->goes_to = REF_NOBODY;
	pe->entered++;
}

static void leave(struct ref *ref, int p)
{
	struct ref_pe *pe = &ref->pe[p];
	const struct ref_nested *nested = &pe->nested[--pe->depth];

	memcpy(pe->regs.x, nested->x, sizeof(nested->x));
	pe->regs.pc = nested->pc;
	pe->regs.pstate = nested->pstate;
	act(ref_event(ref, p, nested->event), FINISH);
	pe->completed++;
}

static void leave_and_resume(struct ref *ref, int p, uint64_t address)
{
	struct ref_regs *regs = &ref->pe[p].regs;

	leave(ref, p);
	regs->elr_el1 = regs->pc;
	regs->spsr_el1 = regs->pstate;
	regs->pc = address;
	regs->pstate = exception(&ref->pe[p], regs->pstate);
}

/* Before the next instruction of @pe: true if it is that of a handler. */
bool ref_dispatch(struct ref *ref, int pe)
{
	bool entered = false;
	int event;

	for (give(ref); (event = next_event(ref, pe)) >= 0; give(ref)) {
		enter(ref, pe, event);
		entered = true;
	}
	return entered;
}

/* Sections 1 and 2: the calls. */

static int64_t call_register(struct ref *ref, int pe, const uint64_t *x)
{
	int e = find_event(ref, x[1]);
	struct ref_event *event;
	int answer;

	if (e < 0)
		return INVALID_PARAMETERS;
	/* Relative mode came with version 1.1. */
	if (x[4] > (ref->minor ? 3 : 1))
		return INVALID_PARAMETERS;
	if (kind[e].shared && bit(x[4], 0) && find_pe(ref, x[5]) == REF_NOBODY)
		return INVALID_PARAMETERS;
	if (!x[2] && !bit(x[4], 1))
		return INVALID_PARAMETERS;

	event = ref_event(ref, pe, e);
	answer = act(event, REGISTER);
	if (answer == SUCCESS) {
		event->handler.entry = x[2];
		event->handler.argument = x[3];
		event->handler.one_pe = bit(x[4], 0);
		event->handler.relative = bit(x[4], 1);
		event->handler.affinity = x[5];
	}
	return answer;
}

static int64_t call_act(struct ref *ref, int pe, uint32_t number, enum action action)
{
	int e = find_event(ref, number);

	return e < 0 ? INVALID_PARAMETERS : act(ref_event(ref, pe, e), action);
}

static int64_t call_status(struct ref *ref, int pe, uint32_t number)
{
	int e = find_event(ref, number);

	return e < 0 ? INVALID_PARAMETERS : (int64_t)ref_status(ref_event(ref, pe, e));
}

static int64_t call_context(const struct ref_pe *pe, uint64_t n)
{
	if (!pe->depth)
		return DENIED;
	if (n >= REF_SAVED)
		return INVALID_PARAMETERS;
	return pe->nested[pe->depth - 1].x[n];
}

static int64_t call_get_info(struct ref *ref, uint32_t number, uint64_t info)
{
	int e = find_event(ref, number);
	const struct ref_event *event;

	if (e < 0 || info > 4)
		return INVALID_PARAMETERS;
	if (info == 0)
		return kind[e].shared ? 1 : 0;
	if (info == 1)
		return kind[e].by_software ? 0 : 1;
	if (info == 2)
		return kind[e].critical ? 1 : 0;
	if (!kind[e].shared)
		return INVALID_PARAMETERS;
	event = &ref->shared[e];
	if (!is_registered(event))
		return DENIED;
	if (info == 3)
		return event->handler.one_pe ? 1 : 0;
	if (!event->handler.one_pe)
		return INVALID_PARAMETERS;
	return ref->pe[find_pe(ref, event->handler.affinity)].mpidr & 0xff00ffffff;
}

static int64_t call_routing_set(struct ref *ref, const uint64_t *x)
{
	int e = find_event(ref, x[1]);
	struct ref_event *event;

	if (e < 0 || !kind[e].shared || x[2] > 1)
		return INVALID_PARAMETERS;
	if (x[2] == 1 && find_pe(ref, x[3]) == REF_NOBODY)
		return INVALID_PARAMETERS;
	event = &ref->shared[e];
	if (event->state != REF_REGISTERED || event->pending)
		return DENIED;
	event->handler.one_pe = x[2];
	event->handler.affinity = x[3];
	return SUCCESS;
}

static int64_t call_mask(struct ref_pe *pe, bool masked)
{
	bool changed = pe->masked != masked;

	pe->masked = masked;
	return masked && changed ? 1 : 0;
}

static int64_t call_bind(struct ref *ref, uint32_t intid)
{
	int e = ref_find(intid < 32 ? 0x40000100 : 0x40000200);

	if (intid < 16 || intid >= ref->interrupts)
		return INVALID_PARAMETERS;
	if (ref->bound[e] == intid)
		return kind[e].number;
	if (!ref->slots || ref->bound[e])
		return OUT_OF_RESOURCE;
	if (ref->busy)
		return DENIED;
	ref->bound[e] = intid;
	return kind[e].number;
}

/* Registered anywhere, or running. */
static bool is_used(struct ref *ref, int e)
{
	int pe;

	for (pe = 0; pe < ref->pes; pe++)
		if (ref_event(ref, pe, e)->state != REF_UNREGISTERED)
			return true;
	return false;
}

static int64_t call_release(struct ref *ref, uint32_t number)
{
	int e = find_event(ref, number);

	if (e < 0 || !kind[e].slot)
		return INVALID_PARAMETERS;
	if (is_used(ref, e))
		return DENIED;
	ref->bound[e] = 0;
	return SUCCESS;
}

static int64_t call_signal(struct ref *ref, uint32_t number, uint64_t mpidr)
{
	int target = find_pe(ref, mpidr);
	struct ref_event *event;

	if (number || target == REF_NOBODY)
		return INVALID_PARAMETERS;
	event = &ref->pe[target].own[0];
	if (is_registered(event))
		event->pending = true;
	return SUCCESS;
}

static int64_t call_features(const struct ref *ref, uint32_t feature)
{
	if (feature == 0)
		return ref->slots ? 0x00010001 : 0;
	if (feature == 1)
		return ref->minor ? 1 : 0;
	return INVALID_PARAMETERS;
}

/* Unregister all private events of @pe, or all shared events. */
static int64_t reset(struct ref *ref, int pe, bool shared)
{
	int answer = SUCCESS;
	int e;

	for (e = 0; e < REF_EVENTS; e++)
		if (kind[e].shared == shared &&
		    act(ref_event(ref, pe, e), UNREGISTER) == PENDING)
			answer = DENIED;
	return answer;
}

/* Of the bindings, those are released that can be. */
static int64_t reset_shared(struct ref *ref)
{
	int64_t answer = reset(ref, 0, true);
	int e;

	for (e = 0; e < REF_EVENTS; e++)
		if (!is_used(ref, e))
			ref->bound[e] = 0;
	return answer;
}

static int64_t call(struct ref *ref, int pe, const uint64_t *x)
{
	switch ((uint32_t)x[0]) {
	case 0xC4000020:
		return (int64_t)1 << 48 | (int64_t)ref->minor << 32 | 0x4b564d;
	case 0xC4000021:
		return call_register(ref, pe, x);
	case 0xC4000022:
		return call_act(ref, pe, x[1], ENABLE);
	case 0xC4000023:
		return call_act(ref, pe, x[1], DISABLE);
	case 0xC4000024:
		return call_context(&ref->pe[pe], x[1]);
	case 0xC4000025:
	case 0xC4000026:
		return DENIED;
	case 0xC4000027:
		return call_act(ref, pe, x[1], UNREGISTER);
	case 0xC4000028:
		return call_status(ref, pe, x[1]);
	case 0xC4000029:
		return call_get_info(ref, x[1], x[2]);
	case 0xC400002A:
		return call_routing_set(ref, x);
	case 0xC400002B:
		return call_mask(&ref->pe[pe], true);
	case 0xC400002C:
		return call_mask(&ref->pe[pe], false);
	case 0xC400002D:
		return call_bind(ref, x[1]);
	case 0xC400002E:
		return call_release(ref, x[1]);
	case 0xC400002F:
		return call_signal(ref, x[1], x[2]);
	case 0xC4000030:
		return call_features(ref, x[1]);
	case 0xC4000031:
		return reset(ref, pe, false);
	case 0xC4000032:
		return reset_shared(ref);
	default:
		return NOT_SUPPORTED;
	}
}

/* Calls that act, of which something may be due then. The others only answer. */
static bool acts(uint32_t function)
{
	switch (function) {
	case 0xC4000021 ... 0xC4000023:
	case 0xC4000025 ... 0xC4000027:
	case 0xC400002A ... 0xC400002F:
	case 0xC4000031 ... 0xC4000032:
		return true;
	default:
		return false;
	}
}

/* A call of @pe, whose PC is at the HVC instruction. */
void ref_call(struct ref *ref, int pe)
{
	struct ref_regs *regs = &ref->pe[pe].regs;
	uint32_t function = regs->x[0];

	if (function == 0xC4000025 && ref->pe[pe].depth) {
		leave(ref, pe);
	} else if (function == 0xC4000026 && ref->pe[pe].depth) {
		leave_and_resume(ref, pe, regs->x[1]);
	} else {
		regs->x[0] = call(ref, pe, regs->x);
		regs->pc += 4;
	}
	if (acts(function))
		ref_dispatch(ref, pe);
}

/* What the host does. */

static enum ref_raised raise_event(struct ref *ref, struct ref_event *event)
{
	if (!is_registered(event))
		return REF_NOT_REGISTERED;
	event->pending = true;
	give(ref);
	return REF_RAISED;
}

enum ref_raised ref_raise(struct ref *ref, int pe, uint32_t number)
{
	int e = find_event(ref, number);

	if (e < 0 || kind[e].shared)
		return REF_NO_SUCH_EVENT;
	return raise_event(ref, &ref->pe[pe].own[e]);
}

enum ref_raised ref_raise_shared(struct ref *ref, uint32_t number)
{
	int e = find_event(ref, number);

	if (e < 0 || !kind[e].shared)
		return REF_NO_SUCH_EVENT;
	return raise_event(ref, &ref->shared[e]);
}

/* Reset, CPU_OFF and CPU_ON: the handlers that run are complete. */
void ref_reset_pe(struct ref *ref, int p)
{
	struct ref_pe *pe = &ref->pe[p];

	while (pe->depth)
		act(ref_event(ref, p, pe->nested[--pe->depth].event), FINISH);
	pe->masked = true;
	reset(ref, p, false);
	give(ref);
}

/* The VM's part of a system reset; that of each PE is ref_reset_pe(). */
void ref_reset_vm(struct ref *ref)
{
	reset_shared(ref);
	give(ref);
}

bool ref_is_deliverable(struct ref *ref, int pe)
{
	return next_event(ref, pe) >= 0;
}

/* Whether a client relies on @pe. */
bool ref_is_used(const struct ref *ref, int pe)
{
	int e;

	for (e = 0; e < REF_EVENTS; e++)
		if (is_registered(&ref->pe[pe].own[e]))
			return true;
	return ref->pe[pe].depth;
}

/* Whether one relies on the shared events. */
bool ref_is_shared_used(const struct ref *ref)
{
	int e;

	for (e = 0; e < REF_EVENTS; e++)
		if (ref_status(&ref->shared[e]))
			return true;
	return false;
}

void ref_init(struct ref *ref, int pes, unsigned int minor)
{
	int e, pe;

	memset(ref, 0, sizeof(*ref));
	ref->pes = pes;
	ref->minor = minor;
	for (e = 0; e < REF_EVENTS; e++)
		ref->shared[e].goes_to = REF_NOBODY;
	for (pe = 0; pe < pes; pe++) {
		ref->pe[pe].masked = true;
		for (e = 0; e < REF_EVENTS; e++)
			ref->pe[pe].own[e].goes_to = REF_NOBODY;
	}
}
