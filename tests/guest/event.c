// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI's calls, and the handlers' side in C.
 */
#include "guest.h"

/* Which way calls go. */
bool use_smc;

struct handled handled[MAX_CPUS][NR_EVENTS];

static void (*actions[NR_EVENTS])(struct frame *frame);

#define SMCCC(insn)								\
	({									\
		register u64 x0 asm("x0") = fn;					\
		register u64 x1 asm("x1") = a;					\
		register u64 x2 asm("x2") = b;					\
		register u64 x3 asm("x3") = c;					\
		register u64 x4 asm("x4") = d;					\
		register u64 x5 asm("x5") = e;					\
										\
		asm volatile(insn " #0"						\
			     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), \
			       "+r"(x5)						\
			     : : "x6", "x7", "x8", "x9", "x10", "x11", "x12",	\
				 "x13", "x14", "x15", "x16", "x17", "memory");	\
		x0;								\
	})

s64 call_hvc(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return SMCCC("hvc");
}

s64 call_smc(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return SMCCC("smc");
}

s64 conduit(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	s64 ret = use_smc ? call_smc(fn, a, b, c, d, e) : call_hvc(fn, a, b, c, d, e);

	step_made();
	return ret;
}

bool is_critical(unsigned int event)
{
	return event == EVENT_NMI || event == EVENT_VM_NMI;
}

bool is_shared(unsigned int event)
{
	return event >= EVENT_VM_NOTIFY;
}

void *handler_of(unsigned int event)
{
	return is_critical(event) ? handler_critical : handler_normal;
}

/* What is registered as the handler's argument. */
u64 arg_of(unsigned int event)
{
	return 0xa1a2a3a400000000 + event;
}

s64 event_register_as(unsigned int event, void *entry, u64 flags, u64 affinity)
{
	return call(SDEI_EVENT_REGISTER, EVENT_NUMBER(event), (u64)entry, arg_of(event),
		    flags, affinity);
}

s64 event_register(unsigned int event)
{
	return event_register_as(event, handler_of(event), REGISTER_RM_ANY, 0);
}

s64 event_enable(unsigned int event)
{
	return call(SDEI_EVENT_ENABLE, EVENT_NUMBER(event));
}

s64 event_disable(unsigned int event)
{
	return call(SDEI_EVENT_DISABLE, EVENT_NUMBER(event));
}

s64 event_unregister(unsigned int event)
{
	return call(SDEI_EVENT_UNREGISTER, EVENT_NUMBER(event));
}

s64 event_status(unsigned int event)
{
	return call(SDEI_EVENT_STATUS, EVENT_NUMBER(event));
}

s64 pe_mask(void)
{
	return call(SDEI_PE_MASK);
}

s64 pe_unmask(void)
{
	return call(SDEI_PE_UNMASK);
}

s64 signal_to(unsigned int cpu)
{
	return call(SDEI_EVENT_SIGNAL, 0, cpus[cpu].mpidr);
}

/* Register and enable an event on this CPU, which is unmasked. */
void event_listen(unsigned int event)
{
	expect(event_register(event), SUCCESS, "REGISTER of event %u", event);
	expect(event_enable(event), SUCCESS, "ENABLE of event %u", event);
	expect(pe_unmask(), SUCCESS, "PE_UNMASK");
}

/* Have the host raise an event, here if it is a private one. */
void event_raise(unsigned int event)
{
	event_raise_on(this_cpu()->index, event);
}

void event_raise_on(unsigned int cpu, unsigned int event)
{
	s64 ret = is_shared(event) ? raise_shared(event) : raise_on(cpu, event);

	expect(ret, 0, "raise of event %u", event);
}

/* What a handler of the event does before it completes; NULL for nothing. */
void on_event(unsigned int event, void (*action)(struct frame *frame))
{
	actions[event] = action;
}

void events_forget(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++)
		actions[event] = NULL;
	memset(handled, 0, sizeof(handled));
}

unsigned int event_of(const struct frame *frame)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++)
		if (frame->regs.x[0] == EVENT_NUMBER(event))
			return event;
	give_up("a handler for an unknown event");
}

/* By handlers of an event on this CPU. */
struct handled *seen(unsigned int event)
{
	return &handled[this_cpu()->index][event];
}

unsigned int handled_on(unsigned int cpu, unsigned int event)
{
	return READ_ONCE(handled[cpu][event].count);
}

unsigned int handled_anywhere(unsigned int event)
{
	unsigned int cpu, count = 0;

	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		count += handled_on(cpu, event);
	return count;
}

/* On this CPU. */
void expect_handled(unsigned int event, unsigned int count)
{
	expect(handled_on(this_cpu()->index, event), count, "event %u: times handled", event);
}

/* Have the handler end with COMPLETE_AND_RESUME. */
void resume_at(struct frame *frame, void *address)
{
	frame->function = SDEI_EVENT_COMPLETE_AND_RESUME;
	frame->argument = (u64)address;
}

/* Where the assembly of a handler ends up. */
void handle(struct frame *frame)
{
	unsigned int event = event_of(frame);

	expect(frame->regs.x[1], arg_of(event), "event %u: argument", event);
	expect(frame->cpu, this_cpu()->index, "event %u: CPU of the frame", event);
	frame->function = SDEI_EVENT_COMPLETE;
	frame->argument = 0;
	frame->smc = use_smc;
	step_made();
	seen(event)->regs = frame->regs;
	WRITE_ONCE(seen(event)->count, seen(event)->count + 1);
	if (actions[event])
		actions[event](frame);
}

/* Where it ends up if completing returns. */
void not_completed(u64 ret)
{
	print("# COMPLETE returned %lld\n", ret);
	give_up("a handler could not complete");
}
