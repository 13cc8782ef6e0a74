// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps that are tried in each state.
 */
#include <stdio.h>

#include "explore.h"

#define MAX_STEPS	256

/* In the parts of an argument that do not count. */
#define NOISE		0x5a5a5a5a00000000
#define MPIDR_NOISE	(~SDEI_MPIDR_AFFINITY)
#define MPIDR_NONE	0x0700070707

enum call {
	VERSION, REGISTER, ENABLE, DISABLE, CONTEXT, COMPLETE, COMPLETE_AND_RESUME,
	UNREGISTER, STATUS, GET_INFO, ROUTING_SET, PE_MASK, PE_UNMASK,
	INTERRUPT_BIND, INTERRUPT_RELEASE, SIGNAL, FEATURES, PRIVATE_RESET,
	SHARED_RESET, CALLS
};

static const struct {
	const char *name;
	unsigned int args;
} calls[CALLS] = {
	[VERSION] = { "VERSION", 0 },
	[REGISTER] = { "EVENT_REGISTER", 5 },
	[ENABLE] = { "EVENT_ENABLE", 1 },
	[DISABLE] = { "EVENT_DISABLE", 1 },
	[CONTEXT] = { "EVENT_CONTEXT", 1 },
	[COMPLETE] = { "EVENT_COMPLETE", 1 },
	[COMPLETE_AND_RESUME] = { "EVENT_COMPLETE_AND_RESUME", 1 },
	[UNREGISTER] = { "EVENT_UNREGISTER", 1 },
	[STATUS] = { "EVENT_STATUS", 1 },
	[GET_INFO] = { "EVENT_GET_INFO", 2 },
	[ROUTING_SET] = { "EVENT_ROUTING_SET", 3 },
	[PE_MASK] = { "PE_MASK", 0 },
	[PE_UNMASK] = { "PE_UNMASK", 0 },
	[INTERRUPT_BIND] = { "INTERRUPT_BIND", 1 },
	[INTERRUPT_RELEASE] = { "INTERRUPT_RELEASE", 1 },
	[SIGNAL] = { "EVENT_SIGNAL", 2 },
	[FEATURES] = { "FEATURES", 1 },
	[PRIVATE_RESET] = { "PRIVATE_RESET", 0 },
	[SHARED_RESET] = { "SHARED_RESET", 0 },
};

/* An argument that is the number of one of the states in which it is tried. */
#define BY_STATE	0x5e1ec7ed

/*
 * What has the same answer in most states: of these and of the raises below,
 * each state tries one on one PE.
 */
static const struct {
	unsigned int call;
	u64 x[5];
} odd_calls[] = {
	{ VERSION, {} },
	{ FEATURES, { NOISE | 0 } },
	{ FEATURES, { NOISE | 1 } },
	{ FEATURES, { 2 } },
	{ REGISTER, { 0x40000004, 0x1000 } },
	{ REGISTER, { 0x80000000, 0x1000 } },
	{ REGISTER, { 0x40000001, 0 } },
	{ REGISTER, { 0x40000001, 0x1000, 0, 4 } },
	{ REGISTER, { 0x40000002, 0x1000, 0, 1ULL << 32 } },
	{ REGISTER, { 0x40000002, 0x1000, 0, 1, MPIDR_NONE } },
	{ REGISTER, { 0x40000003, 0, 0, 1, 0 } },
	{ ENABLE, { 0x40000004 } },
	{ DISABLE, { 0x3fffffff } },
	{ UNREGISTER, { 0xffffffff } },
	{ STATUS, { 1 } },
	{ CONTEXT, { 18 } },
	{ CONTEXT, { 1ULL << 32 } },
	{ CONTEXT, { -1ULL } },
	{ GET_INFO, { 0x40000004, 0 } },
	{ GET_INFO, { NOISE | 0, 0 } },
	{ GET_INFO, { 0, 1 } },
	{ GET_INFO, { 0, 2 } },
	{ GET_INFO, { 0, 3 } },
	{ GET_INFO, { 0, 4 } },
	{ GET_INFO, { 0, 5 } },
	{ GET_INFO, { 0x40000001, 0 } },
	{ GET_INFO, { 0x40000001, 1 } },
	{ GET_INFO, { 0x40000001, 2 } },
	{ GET_INFO, { 0x40000002, 0 } },
	{ GET_INFO, { 0x40000002, 1 } },
	{ GET_INFO, { 0x40000002, 2 } },
	{ GET_INFO, { 0x40000003, 2 } },
	{ GET_INFO, { 0x40000003, 5 } },
	{ ROUTING_SET, { 0x40000004, 0 } },
	{ ROUTING_SET, { 0, 0 } },
	{ ROUTING_SET, { 0x40000001, 1 } },
	{ ROUTING_SET, { 0x40000002, 2 } },
	{ ROUTING_SET, { 0x40000002, 1, MPIDR_NONE } },
	{ ROUTING_SET, { 0x40000003, NOISE } },
	{ INTERRUPT_BIND, { 15 } },
	{ INTERRUPT_BIND, { 256 } },
	{ INTERRUPT_RELEASE, { 0 } },
	{ INTERRUPT_RELEASE, { 0x40000101 } },
	{ STATUS, { 0x40000101 } },
	{ SIGNAL, { 0x40000000, 0 } },
	{ SIGNAL, { 1, 0 } },
	{ SIGNAL, { 0, MPIDR_NONE } },
	{ CALLS, {} },
	{ 0x1f, {} },
};

static const struct {
	enum step_kind kind;
	u32 event;
} odd_raises[] = {
	{ RAISE, 0x40000002 },
	{ RAISE, 0x40000004 },
	{ RAISE, 0x40000101 },
	{ RAISE_SHARED, 0x40000201 },
	{ RAISE_SHARED, 0 },
	{ RAISE_SHARED, 0x40000001 },
	{ RAISE_SHARED, 0x40000004 },
};

unsigned int nr_steps;
static struct step steps[MAX_STEPS];

static struct step *add(enum step_kind kind, int pe)
{
	struct step *step = &steps[nr_steps++];

	if (nr_steps == MAX_STEPS)
		tap_bail("there is room for all steps");
	*step = (struct step) { .kind = kind, .pe = pe };
	return step;
}

static struct step *add_call(int pe, enum call call, u64 x1, u64 x2, u64 x3)
{
	struct step *step = add(CALL, pe);

	step->x[0] = NOISE | (0xc4000020 + call);
	step->x[1] = x1;
	step->x[2] = x2;
	step->x[3] = x3;
	/* Not zero, which would be too good an argument to find by chance. */
	step->x[4] = NOISE;
	step->x[5] = NOISE;
	return step;
}

static void add_register(int pe, u32 number, int routing, enum step_when when)
{
	struct sdei_handler handler = state_handler(number, pe, routing);
	struct step *step;

	/* What is registered already is not to change. */
	if (when == OTHERWISE) {
		handler.entry += 8;
		handler.arg++;
		handler.flags ^= pe ? SDEI_EVENT_REGISTER_RELATIVE : 0;
	}
	step = add_call(pe, REGISTER, NOISE | number, handler.entry, handler.arg);
	step->x[4] = handler.flags;
	step->x[5] = handler.affinity | MPIDR_NOISE;
	step->when = when;
}

static void add_routing_set(int pe, u32 number, int target)
{
	if (target < 0)
		add_call(pe, ROUTING_SET, NOISE | number, 0, MPIDR_NONE);
	else
		add_call(pe, ROUTING_SET, NOISE | number, 1,
			 mpidr_of(target) | MPIDR_NOISE);
}

static void add_event(int pe, u32 number)
{
	bool shared = ref_is_shared(ref_find(number));
	u64 noisy = NOISE | number;
	int target;

	add_register(pe, number, 0, UNREGISTERED);
	add_register(pe, number, pe + 1, OTHERWISE);
	add_call(pe, ENABLE, noisy, 0, 0);
	add_call(pe, DISABLE, noisy, 0, 0);
	add_call(pe, UNREGISTER, noisy, 0, 0);
	if (ref_is_slot(ref_find(number)))
		add_call(pe, INTERRUPT_RELEASE, noisy, 0, 0);
	add_call(pe, STATUS, noisy, 0, 0)->when = IN_TURN;
	if (!shared) {
		add(RAISE, pe)->x[0] = number;
		return;
	}
	for (target = 0; target < config->pes; target++) {
		add_register(pe, number, 1 + target, UNREGISTERED);
		add_routing_set(pe, number, target);
	}
	add_routing_set(pe, number, -1);
	add_call(pe, GET_INFO, noisy, 3, 0)->when = IN_TURN;
	add_call(pe, GET_INFO, noisy, 4, 0)->when = IN_TURN;
	if (!pe)
		add(RAISE_SHARED, 0)->x[0] = number;
}

static void add_binding(int pe)
{
	struct step *step;
	unsigned int n;

	/* Without slots the first and the last say as much as all. */
	for (n = 0; n < 4; n += config->slots ? 1 : 3) {
		step = add_call(pe, INTERRUPT_BIND, NOISE | state_intids[n / 2][n % 2], 0, 0);
		if (config->slots)
			*add(CALL, pe) = (struct step) {
				.pe = pe, .busy = true, .x = { step->x[0], step->x[1] },
			};
		else
			step->when = IN_TURN;
	}
}

static void add_pe(int pe)
{
	int n;

	add(DISPATCH, pe);
	add(PE_RESET, pe);
	add_call(pe, PE_MASK, NOISE, NOISE, NOISE);
	add_call(pe, PE_UNMASK, NOISE, NOISE, NOISE);
	add_call(pe, COMPLETE, NOISE, NOISE, NOISE);
	/* Any address will do. */
	add_call(pe, COMPLETE_AND_RESUME, pe ? 0 : 0xffff000000000280, NOISE, NOISE);
	add_call(pe, CONTEXT, BY_STATE, NOISE, NOISE)->when = IN_TURN;
	add_call(pe, PRIVATE_RESET, NOISE, NOISE, NOISE);
	add_call(pe, SHARED_RESET, NOISE, NOISE, NOISE);
	add_binding(pe);
	for (n = 0; n < config->events; n++)
		add_event(pe, config->event[n]);
	for (n = 0; !config->event[0] && n < config->pes; n++)
		add_call(pe, SIGNAL, NOISE, mpidr_of(n) | MPIDR_NOISE, NOISE);
}

/* All steps of the configuration; the last one is the odd one. */
void steps_init(void)
{
	int pe;

	nr_steps = 0;
	for (pe = 0; pe < config->pes; pe++)
		add_pe(pe);
	add(VM_RESET, 0);
	add(CALL, 0);
}

static struct step odd_step(u32 state)
{
	unsigned int n = state / config->pes;
	struct step step = { .kind = CALL, .pe = state % config->pes };
	unsigned int m;

	n %= ARRAY_SIZE(odd_calls) + ARRAY_SIZE(odd_raises);
	if (n < ARRAY_SIZE(odd_calls)) {
		step.x[0] = 0xc4000020 + odd_calls[n].call;
		for (m = 0; m < 5; m++)
			step.x[1 + m] = odd_calls[n].x[m];
	} else {
		n -= ARRAY_SIZE(odd_calls);
		step.kind = odd_raises[n].kind;
		step.x[0] = odd_raises[n].event;
	}
	return step;
}

/* Step @n of the state with number @state. */
struct step steps_get(unsigned int n, u32 state)
{
	struct step step = steps[n];

	if (n == nr_steps - 1)
		return odd_step(state);
	if (step.kind == CALL && step.x[1] == BY_STATE)
		step.x[1] = state / config->pes % SDEI_NR_SAVED_REGS;
	return step;
}

static void print_call(const struct step *step)
{
	unsigned int call = (u32)step->x[0] - 0xc4000020;
	unsigned int args = call < CALLS ? calls[call].args : 0;
	unsigned int n;

	if (call < CALLS)
		printf("PE %d calls %s(", step->pe, calls[call].name);
	else
		printf("PE %d calls %#llx(", step->pe, step->x[0]);
	for (n = 1; n <= args; n++)
		printf("%s%#llx", n > 1 ? ", " : "", step->x[n]);
	printf(")%s", step->busy ? " for an interrupt in use" : "");
}

void steps_print(const struct step *step)
{
	switch (step->kind) {
	case CALL:
		print_call(step);
		break;
	case DISPATCH:
		printf("PE %d is about to enter the guest", step->pe);
		break;
	case RAISE:
		printf("the host raises %#llx on PE %d", step->x[0], step->pe);
		break;
	case RAISE_SHARED:
		printf("the host raises %#llx", step->x[0]);
		break;
	case PE_RESET:
		printf("PE %d is reset", step->pe);
		break;
	case VM_RESET:
		printf("the VM is reset");
		break;
	}
}
