// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts: each is saved and restored once and intact (DEN0054C 5.2, 5.3).
 */
#include "cbmc.h"
#include "dispatcher.h"

/* PSTATE in the format of SPSR_EL1: what an exception to EL1 does with it. */
#define M_EL1H		5ULL
#define DAIF		(15ULL << 6)
#define SSBS		BIT_ULL(12)
#define PAN		BIT_ULL(22)
#define DIT		BIT_ULL(24)
#define TCO		BIT_ULL(25)
#define NZCV		(15ULL << 28)

#define SCTLR_SPAN	BIT_ULL(23)
#define SCTLR_DSSBS	BIT_ULL(44)

static u64 exception(u64 old)
{
	u64 sctlr = host.sysreg[SDEI_SCTLR_EL1];
	u64 pan = sctlr & SCTLR_SPAN ? old & PAN : PAN;
	u64 ssbs = sctlr & SCTLR_DSSBS ? SSBS : 0;
	u64 tco = pe0.mte ? TCO : 0;

	return M_EL1H | DAIF | (old & (NZCV | DIT)) | pan | ssbs | tco;
}

static enum sdei_event_id any_event(unsigned long of)
{
	unsigned int event = nondet_u32();

	assume(event < SDEI_NR_EVENTS && of & BIT(event));
	return event;
}

/* Where a handler saves what it interrupts: one place for each priority. */
static unsigned int place_of(enum sdei_event_id event)
{
	return SDEI_CRITICAL_EVENTS & BIT(event) ? 1 : 0;
}

static bool saved(const struct sdei_context *context, const struct sdei_regs *from)
{
	bool same = context->pc == from->pc && context->pstate == from->pstate;
	unsigned int n;

	for (n = 0; n < SDEI_NR_SAVED_REGS; n++)
		same = same && context->x[n] == from->x[n];
	return same;
}

static bool same_from(unsigned int first, const struct sdei_regs *a,
		      const struct sdei_regs *b)
{
	bool same = a->sp == b->sp;
	unsigned int n;

	for (n = first; n < 31; n++)
		same = same && a->x[n] == b->x[n];
	return same;
}

/* A handler is entered as an exception to EL1 is. */
void check_enter(void)
{
	enum sdei_event_id event;
	struct sdei_handler handler;
	unsigned int place;
	bool relative;

	any_state(NOBODY);
	event = any_event(SDEI_ALL_EVENTS);
	assume(!pe0.masked && has_room(&pe0, event));
	pe0.active |= BIT(event);
	handler = pe0.handler[0];
	place = place_of(event);
	relative = handler.flags & SDEI_EVENT_REGISTER_RELATIVE;
	/* An instruction that has been emulated is not run again. */
	before.regs.pc += host.increment;

	sdei_context_enter(&pe0, event, &handler);
	prove(regs.x[0] == event_numbers[event], "x0 is the number of the event");
	prove(regs.x[1] == handler.arg, "x1 is the argument of the handler");
	prove(regs.x[2] == before.regs.pc, "x2 is the interrupted PC");
	prove(regs.x[3] == before.regs.pstate, "x3 is the interrupted PSTATE");
	prove(same_from(4, &regs, &before.regs), "all other registers are unchanged");
	prove(regs.pc == handler.entry + (relative ? host.sysreg[SDEI_VBAR_EL1] : 0),
	      "PC is the entry point, or an offset from VBAR_EL1");
	prove(regs.pstate == exception(before.regs.pstate), "PSTATE is an exception's");
	prove(!host.increment, "nothing is left to add to the PC");
	prove(saved(&pe0.context[place], &before.regs), "the context is saved");
	prove(same_context(&pe0.context[!place], &before.pe0.context[!place]),
	      "the other one is kept");
	prove(pe0.active == (before.pe0.active | BIT(event)), "no other handler runs");
	reach(relative && place && before.pe0.active, "a critical handler above another");
	reach(!place && !relative, "a normal handler");
}

/* COMPLETE: back to what the innermost handler interrupted. */
void check_leave(void)
{
	enum sdei_event_id event;
	unsigned int place;

	any_state(NOBODY);
	assume(pe0.active);
	place = pe0.active & SDEI_CRITICAL_EVENTS ? 1 : 0;

	event = sdei_context_leave(&pe0);
	prove(before.pe0.active & BIT(event), "a handler that ran is left");
	prove(place_of(event) == place, "the innermost one");
	prove(pe0.active == (before.pe0.active & ~BIT(event)), "and no other");
	prove(saved(&pe0.context[place], &regs), "the context is restored");
	prove(same_from(SDEI_NR_SAVED_REGS, &regs, &before.regs),
	      "all other registers are the handler's");
	prove(!host.increment, "the restored PC stays");
	prove(same_context(&pe0.context[0], &before.pe0.context[0]) &&
	      same_context(&pe0.context[1], &before.pe0.context[1]),
	      "what was saved is kept");
	reach(place && pe0.active, "the outer handler goes on");
	reach(!pe0.active, "no handler is left");
}

/* The register that EVENT_CONTEXT reads is the innermost handler's. */
void check_innermost(void)
{
	struct sdei_context *innermost;

	any_state(NOBODY);
	innermost = sdei_context_innermost(&pe0);
	if (!pe0.active)
		prove(!innermost, "no handler, no context");
	else if (pe0.active & SDEI_CRITICAL_EVENTS)
		prove(innermost == &pe0.context[1], "a critical handler is the innermost");
	else
		prove(innermost == &pe0.context[0], "else it is the normal one");
	reach(innermost == &pe0.context[0], "a normal handler");
	reach(innermost == &pe0.context[1], "a critical handler");
}

/* COMPLETE_AND_RESUME: as if an exception had led to the address. */
void check_resume_at(void)
{
	u64 address;

	any_state(NOBODY);
	address = nondet_u64();
	sdei_context_resume_at(&pe0, address);
	prove(regs.pc == address, "PC is the address");
	prove(regs.pstate == exception(before.regs.pstate), "PSTATE is an exception's");
	prove(host.sysreg[SDEI_ELR_EL1] == before.regs.pc, "ELR_EL1 is the interrupted PC");
	prove(host.sysreg[SDEI_SPSR_EL1] == before.regs.pstate,
	      "SPSR_EL1 is the interrupted PSTATE");
	prove(same_from(0, &regs, &before.regs), "all other registers are unchanged");
	reach(!address, "address 0");
}

/* What a handler does to its registers; it keeps all that it must. */
static void handler_runs(void)
{
	struct sdei_regs kept = regs;
	unsigned int n;

	regs = nondet_regs();
	host.increment = nondet_u64();
	regs.sp = kept.sp;
	for (n = SDEI_NR_SAVED_REGS; n < 31; n++)
		regs.x[n] = kept.x[n];
}

/* A critical handler interrupts a normal one: both contexts come back. */
void check_nesting(void)
{
	enum sdei_event_id normal, critical;
	struct sdei_regs interrupted;

	any_state(NOBODY);
	assume(!pe0.active && !host.increment);
	normal = any_event(~SDEI_CRITICAL_EVENTS);
	critical = any_event(SDEI_CRITICAL_EVENTS);

	pe0.active |= BIT(normal);
	sdei_context_enter(&pe0, normal, &pe0.handler[0]);
	handler_runs();
	host.increment = 0;
	interrupted = regs;
	pe0.active |= BIT(critical);
	sdei_context_enter(&pe0, critical, &pe0.handler[1]);
	handler_runs();
	prove(sdei_context_leave(&pe0) == critical, "the critical handler is the first to end");
	prove(same_regs(&regs, &interrupted), "the normal handler goes on");
	handler_runs();
	prove(sdei_context_leave(&pe0) == normal, "and is the last to end");
	prove(same_regs(&regs, &before.regs), "the client goes on");
	prove(!pe0.active, "outside of handlers");
	reach(true, "both handlers end");
}
