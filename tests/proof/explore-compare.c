// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the dispatcher and the model agree after a step.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explore.h"

/* As many differences are told as somebody would want to read. */
#define ENOUGH	8

/* They are counted, and told when somebody is to read them. */
static unsigned int differences;
static bool telling;

static void __printf(3, 4) tell(u64 dispatcher, u64 model, const char *fmt, ...)
{
	va_list args;

	printf("#   ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf(": dispatcher %#llx, model %#llx\n", dispatcher, model);
}

#define same(dispatcher, model, ...)					\
	do {								\
		u64 _dispatcher = (dispatcher);				\
		u64 _model = (model);					\
									\
		if (_dispatcher == _model)				\
			break;						\
		if (++differences <= ENOUGH && telling)			\
			tell(_dispatcher, _model, __VA_ARGS__);		\
	} while (0)

static void compare_regs(int pe)
{
	const struct world_pe *p = &world.pes[pe];
	const struct ref_regs *regs = &world.ref.pe[pe].regs;
	unsigned int n;

	if (memcmp(p->regs.x, regs->x, sizeof(regs->x)))
		for (n = 0; n < ARRAY_SIZE(p->regs.x); n++)
			same(p->regs.x[n], regs->x[n], "PE %d: x%u", pe, n);
	same(p->regs.sp, regs->sp_el0, "PE %d: SP_EL0", pe);
	same(p->regs.pc, regs->pc, "PE %d: PC", pe);
	same(p->regs.pstate, regs->pstate, "PE %d: PSTATE", pe);
	same(p->sysreg[SDEI_ELR_EL1], regs->elr_el1, "PE %d: ELR_EL1", pe);
	same(p->sysreg[SDEI_SPSR_EL1], regs->spsr_el1, "PE %d: SPSR_EL1", pe);
	same(p->sysreg[SDEI_SCTLR_EL1], regs->sctlr_el1, "PE %d: SCTLR_EL1", pe);
	same(p->sysreg[SDEI_VBAR_EL1], regs->vbar_el1, "PE %d: VBAR_EL1", pe);
}

static void compare_context(int pe, const struct ref_nested *nested)
{
	bool critical = ref_is_critical(nested->event);
	const char *name = critical ? "critical" : "normal";
	const struct sdei_context *context = &world.pes[pe].pe.context[critical];
	unsigned int n;

	if (memcmp(context->x, nested->x, sizeof(nested->x)))
		for (n = 0; n < SDEI_NR_SAVED_REGS; n++)
			same(context->x[n], nested->x[n], "PE %d: interrupted x%u of a %s handler",
			     pe, n, name);
	same(context->pc, nested->pc, "PE %d: interrupted PC of a %s handler", pe, name);
	same(context->pstate, nested->pstate, "PE %d: interrupted PSTATE of a %s handler", pe,
	     name);
}

static void compare_handler(int pe, const struct known_event *known)
{
	const struct ref_event *event = ref_event(&world.ref, pe, known->e);
	const struct sdei_handler *handler = known->shared ? world.vm.handler :
							     world.pes[pe].pe.handler;

	if (!(ref_status(event) & 1))
		return;
	handler += known->id;
	same(handler->entry, event->handler.entry, "PE %d: entry of %#x", pe, known->number);
	same(handler->arg, event->handler.argument, "PE %d: argument of %#x", pe,
	     known->number);
	same(!!(handler->flags & SDEI_EVENT_REGISTER_RELATIVE), event->handler.relative,
	     "PE %d: relative mode of %#x", pe, known->number);
}

static void compare_pe(int pe)
{
	const struct sdei_pe *p = &world.pes[pe].pe;
	struct ref_pe *model = &world.ref.pe[pe];
	unsigned long routed = 0, runs = 0;
	int n;

	for (n = 0; n < config->events; n++)
		if (world.vm.target[known_events[n].id] == p)
			routed |= BIT(known_events[n].id);
	for (n = 0; n < model->depth; n++) {
		int id = sdei_event_find(ref_number(model->nested[n].event));

		runs |= BIT(id);
		compare_context(pe, &model->nested[n]);
	}
	same(p->masked, model->masked, "PE %d: masked", pe);
	same(p->active, runs, "PE %d: running handlers", pe);
	same(p->private.running, runs & SDEI_PRIVATE_EVENTS, "PE %d: private events running",
	     pe);
	same(p->routed, routed, "PE %d: shared events routed to it", pe);
	same(p->delivered, model->entered, "PE %d: handlers entered", pe);
	same(p->completed, model->completed, "PE %d: handlers completed", pe);
	same(sdei_pe_in_use(p), ref_is_used(&world.ref, pe), "PE %d: in use", pe);
	for (n = 0; n < config->events; n++)
		compare_handler(pe, &known_events[n]);
	compare_regs(pe);
}

/* The PEs that the model has something for. */
unsigned int compare_deliverable(struct world *of)
{
	unsigned int pes = 0;
	int pe;

	for (pe = 0; pe < config->pes; pe++)
		pes |= (unsigned int)ref_is_deliverable(&of->ref, pe) << pe;
	return pes;
}

/*
 * Nothing is lost: what becomes due at a PE is dispatched in its own step, or the
 * PE is told. One that was told before and has not looked since may be
 * told again or not, but none is told for nothing.
 */
static void compare_notifications(unsigned int before)
{
	unsigned int now = compare_deliverable(&world);
	int pe;

	for (pe = 0; pe < config->pes; pe++) {
		bool told = around.notified >> pe & 1;
		bool due = now >> pe & 1;

		same(sdei_pe_deliverable(&world.pes[pe].pe), due,
		     "PE %d: something can be dispatched", pe);
		if (due && pe == around.self)
			same(before >> pe & 1, 1, "PE %d: what becomes due is dispatched in its own step",
			     pe);
		else if (due && !(before >> pe & 1))
			same(told, true, "PE %d: is notified of what became due", pe);
		else if (!due)
			same(told, false, "PE %d: is notified for nothing", pe);
	}
}

static void compare_all(unsigned int before)
{
	int e, pe;

	differences = 0;
	if (around.violation) {
		differences++;
		if (telling)
			printf("#   %s\n", around.violation);
	}
	same(around.locked, false, "the lock is held");
	same(state_pack(), state_pack_model(), "states of the events");
	same(sdei_vm_in_use(&world.vm), ref_is_shared_used(&world.ref),
	     "shared events: in use");
	for (e = 0; e < REF_EVENTS; e++)
		same(world.bound[e], world.ref.bound[e], "interrupt bound to %#x",
		     ref_number(e));
	for (pe = 0; pe < config->pes; pe++)
		compare_pe(pe);
	compare_notifications(before);
}

/* False if anything differs; @before are those that had something to come. */
bool compare_states(unsigned int before)
{
	compare_all(before);
	return !differences;
}

/* The same, in words. */
void compare_report(unsigned int before)
{
	telling = true;
	compare_all(before);
	telling = false;
	if (differences > ENOUGH)
		printf("#   and %u more\n", differences - ENOUGH);
}

/* What has no end, or no meaning at the moment, is that of the key. */
static void replace(const struct world *with)
{
	int pe;

	memcpy(world.vm.handler, with->vm.handler, sizeof(world.vm.handler));
	for (pe = 0; pe < config->pes; pe++) {
		struct sdei_pe *p = &world.pes[pe].pe;
		const struct sdei_pe *by = &with->pes[pe].pe;

		memcpy(p->handler, by->handler, sizeof(p->handler));
		memcpy(p->context, by->context, sizeof(p->context));
		p->delivered = by->delivered;
		p->completed = by->completed;
	}
}

/*
 * False if the dispatcher has a state that its key does not know. Replaces what
 * may differ.
 */
bool compare_with_key(u64 key)
{
	static struct world unpacked;
	bool equal;
	int pe;

	state_unpack(key, &unpacked);
	replace(&unpacked);
	equal = !memcmp(&world.vm, &unpacked.vm, sizeof(world.vm));
	for (pe = 0; pe < config->pes; pe++)
		equal = equal && !memcmp(&world.pes[pe].pe, &unpacked.pes[pe].pe,
					 sizeof(world.pes[pe].pe));
	return equal;
}
