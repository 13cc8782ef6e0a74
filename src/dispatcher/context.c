// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts: saving what a handler interrupts, entering the handler as an
 * exception to EL1 would, and going back (DEN0054C 5.2, 5.3).
 *
 * A critical handler may interrupt a normal one and nothing interrupts a
 * critical one, so that a PE has one slot for each priority.
 */
#include <linux/string.h>

#include "dispatcher.h"

/* PSTATE as SPSR_EL1 has it. NZCV and DIT are where AArch32 has them too. */
#define PSTATE_MODE		0xfULL
#define PSTATE_MODE_EL0		0x0ULL
#define PSTATE_MODE_EL1T	0x4ULL
#define PSTATE_MODE_EL1H	0x5ULL
#define PSTATE_AARCH32		BIT_ULL(4)
#define PSTATE_DAIF		(0xfULL << 6)
#define PSTATE_SSBS		BIT_ULL(12)
#define PSTATE_PAN		BIT_ULL(22)
#define PSTATE_DIT		BIT_ULL(24)
#define PSTATE_TCO		BIT_ULL(25)
#define PSTATE_NZCV		(0xfULL << 28)

/* All that AArch64 has, up to UINJ and PACM, and all that AArch32 has. */
#define PSTATE_KNOWN		0x1ff3f03fdfULL
#define PSTATE_KNOWN_AARCH32	0xffffffffULL

#define SCTLR_SPAN		BIT_ULL(23)
#define SCTLR_DSSBS		BIT_ULL(44)

/*
 * PSTATE after an exception from @old to EL1 (Arm ARM, AArch64.TakeException):
 * what is not named here, among it UAO, SS, IL and BTYPE, becomes 0.
 */
static u64 exception_pstate(const struct sdei_pe *pe, u64 old)
{
	u64 sctlr = sdei_host_read_sysreg(pe, SDEI_SCTLR_EL1);
	u64 new = old & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN);

	if (!(sctlr & SCTLR_SPAN))
		new |= PSTATE_PAN;
	if (sctlr & SCTLR_DSSBS)
		new |= PSTATE_SSBS;
	if (pe->mte)
		new |= PSTATE_TCO;
	return new | PSTATE_DAIF | PSTATE_MODE_EL1H;
}

/* Whether a PE that was interrupted can have had this PSTATE. */
bool sdei_context_is_valid_pstate(const struct sdei_pe *pe, u64 pstate)
{
	if (pstate & PSTATE_AARCH32)
		return !(pstate & ~PSTATE_KNOWN_AARCH32) &&
		       (pstate & PSTATE_MODE) == PSTATE_MODE_EL0 &&
		       sdei_host_has_aarch32(pe);
	if (pstate & ~PSTATE_KNOWN)
		return false;
	switch (pstate & PSTATE_MODE) {
	case PSTATE_MODE_EL0:
	case PSTATE_MODE_EL1T:
	case PSTATE_MODE_EL1H:
		return true;
	default:
		return false;
	}
}

static struct sdei_context *slot(struct sdei_pe *pe, enum sdei_event_id event)
{
	return &pe->context[sdei_event_is_critical(event)];
}

/* The event whose handler runs on @pe; of two, the critical one. */
static enum sdei_event_id innermost(const struct sdei_pe *pe)
{
	return sdei_event_first(pe->active);
}

/* What the innermost handler interrupted, or NULL if none runs. */
struct sdei_context *sdei_context_innermost(struct sdei_pe *pe)
{
	return pe->active ? slot(pe, innermost(pe)) : NULL;
}

/*
 * Copy x0 to x17. In two halves, which the compiler copies in place; for the whole it
 * would call memcpy(), which takes three times as many instructions.
 */
static __always_inline void copy_regs(u64 *to, const u64 *from)
{
	const size_t half = SDEI_NR_SAVED_REGS / 2;

	memcpy(to, from, half * sizeof(*to));
	memcpy(to + half, from + half, half * sizeof(*to));
}

/*
 * Save the context of @pe and enter the handler of @event, which is among its active
 * ones by now. The host is asked first, so that little has to be kept meanwhile.
 */
void sdei_context_enter(struct sdei_pe *pe, enum sdei_event_id event,
			const struct sdei_handler *handler)
{
	u64 entry = handler->entry, pc, pstate, new_pstate;
	struct sdei_regs *regs = pe->regs;
	struct sdei_context *context;

	sdei_host_settle(pe);
	if (handler->flags & SDEI_EVENT_REGISTER_RELATIVE)
		entry += sdei_host_read_sysreg(pe, SDEI_VBAR_EL1);
	new_pstate = exception_pstate(pe, regs->pstate);

	context = slot(pe, event);
	/* Or its address would be computed again for some of the members. */
	OPTIMIZER_HIDE_VAR(context);
	pc = regs->pc;
	pstate = regs->pstate;
	copy_regs(context->x, regs->x);
	context->pc = pc;
	context->pstate = pstate;

	/* x4 to x17 stay: clients read the interrupted values from them. */
	regs->x[0] = sdei_event_number(event);
	regs->x[1] = handler->arg;
	regs->x[2] = pc;
	regs->x[3] = pstate;
	regs->pc = entry;
	regs->pstate = new_pstate;
}

/*
 * Go back to what the innermost handler interrupted; there must be one. The
 * call that asks for it does not return, so nothing of it is left to settle.
 */
enum sdei_event_id sdei_context_leave(struct sdei_pe *pe)
{
	enum sdei_event_id event = innermost(pe);
	struct sdei_context *context = slot(pe, event);
	struct sdei_regs *regs = pe->regs;

	sdei_host_discard(pe);
	copy_regs(regs->x, context->x);
	regs->pc = context->pc;
	regs->pstate = context->pstate;
	WRITE_ONCE(pe->active, pe->active & ~SDEI_BIT(event));
	return event;
}

/* Make the present context look as if an exception had led to @address. */
void sdei_context_resume_at(struct sdei_pe *pe, u64 address)
{
	struct sdei_regs *regs = pe->regs;

	sdei_host_write_sysreg(pe, SDEI_ELR_EL1, regs->pc);
	sdei_host_write_sysreg(pe, SDEI_SPSR_EL1, regs->pstate);
	regs->pc = address;
	regs->pstate = exception_pstate(pe, regs->pstate);
}
