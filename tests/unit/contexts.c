// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest's registers hold when a handler is entered and when it is left
 * (spec.md, section 5).
 */
#include <string.h>

#include "host.h"

#define DAIF		0x3c0ULL
#define EL1H		0x5ULL
#define EL1T		0x4ULL
#define EL0		0x0ULL
#define EL0_32		0x10ULL
#define SPAN		BIT_ULL(23)
#define DSSBS		BIT_ULL(44)

static const struct {
	u64 mode;
	const char *name;
} modes[] = {
	{ EL0, "EL0" },
	{ EL0_32, "EL0, AArch32" },
	{ EL1T, "EL1t" },
	{ EL1H, "EL1h" },
};

/* What becomes of a bit of PSTATE when an exception is taken to EL1. */
enum rule { CLEAR, SET, KEEP, KEEP_OR_NOT_SPAN, IS_DSSBS, IS_MTE };

static const struct {
	unsigned int bit;
	const char *name;
	enum rule rule;
} pstate_bits[] = {
	{ 31, "N", KEEP },
	{ 30, "Z", KEEP },
	{ 29, "C", KEEP },
	{ 28, "V", KEEP },
	{ 27, "Q (AArch32)", CLEAR },
	{ 26, "IT[1] (AArch32)", CLEAR },
	{ 25, "TCO", IS_MTE },
	{ 24, "DIT", KEEP },
	{ 23, "UAO", CLEAR },
	{ 22, "PAN", KEEP_OR_NOT_SPAN },
	{ 21, "SS", CLEAR },
	{ 20, "IL", CLEAR },
	{ 19, "GE[3] (AArch32)", CLEAR },
	{ 16, "GE[0] (AArch32)", CLEAR },
	{ 12, "SSBS", IS_DSSBS },
	{ 11, "BTYPE[1]", CLEAR },
	{ 10, "BTYPE[0]", CLEAR },
	{ 9, "D", SET },
	{ 8, "A", SET },
	{ 7, "I", SET },
	{ 6, "F", SET },
	{ 5, "T (AArch32)", CLEAR },
};

static u64 all_bits(void)
{
	u64 all = 0;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(pstate_bits); n++)
		all |= BIT_ULL(pstate_bits[n].bit);
	return all;
}

static bool after_exception(const struct host_pe *p, enum rule rule, bool before)
{
	u64 sctlr = p->sysreg[SDEI_SCTLR_EL1];

	switch (rule) {
	case SET:
		return true;
	case KEEP:
		return before;
	case KEEP_OR_NOT_SPAN:
		return before || !(sctlr & SPAN);
	case IS_DSSBS:
		return sctlr & DSSBS;
	case IS_MTE:
		return p->pe.mte;
	default:
		return false;
	}
}

/* PSTATE after an exception, bit by bit. */
static u64 exception(const struct host_pe *p, u64 old)
{
	u64 new = EL1H;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(pstate_bits); n++) {
		u64 bit = BIT_ULL(pstate_bits[n].bit);

		if (after_exception(p, pstate_bits[n].rule, old & bit))
			new |= bit;
	}
	return new;
}

static struct host *host_with(u32 event)
{
	struct host *host = host_new(1, 1);

	call(host->pes, PE_UNMASK);
	use_event(host->pes, event);
	return host;
}

/* Registers that tell where they come from. */
static void fill(struct host_pe *p, u64 seed)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(p->regs.x); n++)
		p->regs.x[n] = (seed << 32) + 0x100 + n;
	p->regs.sp = (seed << 32) + 0x200;
	p->regs.pc = (seed << 32) + 0x400;
	p->regs.pstate = 0xa1400000 | EL1H;
	for (n = 0; n < ARRAY_SIZE(p->sysreg); n++)
		p->sysreg[n] = (seed << 32) + 0x8000 * n;
}

static void enter(struct host_pe *p, u32 event)
{
	always(!host_raise(p, event), "raise");
	always(host_dispatch(p), "dispatch");
}

static void expect_saved_regs(const struct host_pe *p, const struct sdei_regs *regs,
			      const char *name)
{
	unsigned int n;

	for (n = 0; n < 18; n++)
		expect(p->regs.x[n], regs->x[n], "%s: x%u", name, n);
	expect(p->regs.pc, regs->pc, "%s: PC", name);
	expect(p->regs.pstate, regs->pstate, "%s: PSTATE", name);
}

static void expect_other_regs(const struct host_pe *p, const struct sdei_regs *regs,
			      const u64 *sysreg, const char *name)
{
	unsigned int n;

	for (n = 18; n < 31; n++)
		expect(p->regs.x[n], regs->x[n], "%s: x%u", name, n);
	expect(p->regs.sp, regs->sp, "%s: SP", name);
	check(!memcmp(p->sysreg, sysreg, sizeof(p->sysreg)), "%s: system registers",
	      name);
}

static void test_pstate_bit(struct host_pe *p, u64 old, unsigned int n,
			    const char *others)
{
	u64 bit = BIT_ULL(pstate_bits[n].bit);

	p->regs.pstate = old;
	enter(p, NMI);
	expect(!!(p->regs.pstate & bit),
	       after_exception(p, pstate_bits[n].rule, old & bit),
	       "%s=%d, the others %s: at entry", pstate_bits[n].name, !!(old & bit),
	       others);
	expect(p->regs.pstate, exception(p, old), "the whole of it");
	expect(p->regs.x[3], old, "x3");
	call(p, COMPLETE);
	expect(p->regs.pstate, old, "after COMPLETE");

	enter(p, NMI);
	/* A handler's own PSTATE does not come into it. */
	p->regs.pstate = ~old;
	call(p, COMPLETE_AND_RESUME, 0x1000);
	expect(p->regs.pstate, exception(p, old), "after COMPLETE_AND_RESUME");
	expect(p->sysreg[SDEI_SPSR_EL1], old, "SPSR_EL1");
}

static void test_pstate(u64 mode, const char *name, u64 sctlr, bool mte)
{
	struct host *host = host_with(NMI);
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("PSTATE from %s, SPAN=%d, DSSBS=%d, %sMTE", name,
		    !!(sctlr & SPAN), !!(sctlr & DSSBS), mte ? "" : "no ");
	p->sysreg[SDEI_SCTLR_EL1] = sctlr;
	p->pe.mte = mte;
	for (n = 0; n < ARRAY_SIZE(pstate_bits); n++) {
		u64 bit = BIT_ULL(pstate_bits[n].bit);

		test_pstate_bit(p, mode | bit, n, "0");
		test_pstate_bit(p, mode | (all_bits() & ~bit), n, "1");
	}
	host_delete(host);
}

static void test_all_pstates(void)
{
	unsigned int m, n;

	for (m = 0; m < ARRAY_SIZE(modes); m++)
		for (n = 0; n < 8; n++)
			test_pstate(modes[m].mode, modes[m].name,
				    (n & 1 ? SPAN : ~(SPAN | DSSBS) & 0x30d00800) |
				    (n & 2 ? DSSBS : 0), n & 4);
}

static void test_entry(u32 event)
{
	struct host *host = host_with(event);
	struct host_pe *p = host->pes;
	struct sdei_regs before;
	u64 sysreg[4];
	unsigned int n;

	tap_section("entering the handler of %#x", event);
	fill(p, 0x11);
	before = p->regs;
	memcpy(sysreg, p->sysreg, sizeof(sysreg));
	enter(p, event);
	expect(p->regs.x[0], event, "x0 is the event");
	expect(p->regs.x[1], arg_of(event), "x1 is the argument");
	expect(p->regs.x[2], before.pc, "x2 is the interrupted PC");
	expect(p->regs.x[3], before.pstate, "x3 is the interrupted PSTATE");
	for (n = 4; n < 18; n++)
		expect(p->regs.x[n], before.x[n], "x%u is unchanged", n);
	expect(p->regs.pc, entry_of(event), "PC");
	expect_other_regs(p, &before, sysreg, "is unchanged");

	for (n = 0; n < 18; n++)
		expect(call(p, CONTEXT, n), before.x[n], "CONTEXT %u", n);
	for (n = 18; n < 33; n++)
		expect(call(p, CONTEXT, n), SDEI_INVALID_PARAMETERS, "CONTEXT %u", n);
	expect(call(p, CONTEXT, 1ULL << 32), SDEI_INVALID_PARAMETERS,
	       "CONTEXT 1 << 32");
	expect(call(p, CONTEXT, ~0ULL), SDEI_INVALID_PARAMETERS, "CONTEXT -1");
	host_delete(host);
}

static void test_complete(u32 event, u64 status)
{
	struct host *host = host_with(event);
	struct host_pe *p = host->pes;
	struct sdei_regs before, handler;
	u64 sysreg[4];

	tap_section("COMPLETE of %#x with %#llx", event, status);
	fill(p, 0x11);
	before = p->regs;
	enter(p, event);
	fill(p, 0x22);
	handler = p->regs;
	memcpy(sysreg, p->sysreg, sizeof(sysreg));
	call(p, COMPLETE, status);
	expect_saved_regs(p, &before, "is restored");
	expect_other_regs(p, &handler, sysreg, "is left as the handler left it");
	expect(call(p, COMPLETE), SDEI_DENIED, "COMPLETE again");
	expect(p->regs.pc, before.pc + 4, "returns then");
	expect(call(p, CONTEXT, 0), SDEI_DENIED, "there is no context any more");
	expect(call(p, CONTEXT, 18), SDEI_DENIED,
	       "which is looked at before the parameter");
	host_delete(host);
}

static void test_resume(u32 event, u64 address, u64 pstate)
{
	struct host *host = host_with(event);
	struct host_pe *p = host->pes;
	struct sdei_regs before, handler;
	u64 sysreg[4];

	tap_section("COMPLETE_AND_RESUME of %#x at %#llx from PSTATE %#llx", event,
		    address, pstate);
	fill(p, 0x11);
	p->regs.pstate = pstate;
	before = p->regs;
	enter(p, event);
	/* From the middle of a handler, with the PE masked, as for kdump. */
	call(p, PE_MASK);
	fill(p, 0x22);
	handler = p->regs;
	memcpy(sysreg, p->sysreg, sizeof(sysreg));
	call(p, COMPLETE_AND_RESUME, address);

	expect(p->sysreg[SDEI_ELR_EL1], before.pc, "ELR_EL1");
	expect(p->sysreg[SDEI_SPSR_EL1], before.pstate, "SPSR_EL1");
	before.pc = address;
	before.pstate = exception(p, pstate);
	expect_saved_regs(p, &before, "is restored or set");
	sysreg[SDEI_ELR_EL1] = p->sysreg[SDEI_ELR_EL1];
	sysreg[SDEI_SPSR_EL1] = p->sysreg[SDEI_SPSR_EL1];
	expect_other_regs(p, &handler, sysreg, "is left as the handler left it");
	expect(call(p, COMPLETE_AND_RESUME, address), SDEI_DENIED, "again");
	expect(p->regs.pc, address + 4, "returns then");
	expect(p->sysreg[SDEI_ELR_EL1], sysreg[SDEI_ELR_EL1], "ELR_EL1 stays");
	expect(call(p, STATUS, event), 3, "the handler does not run any more");
	host_delete(host);
}

/* A result would look like these. */
static void test_x0(u64 x0, u64 fn)
{
	struct host *host = host_with(NMI);
	struct host_pe *p = host->pes;

	tap_section("%#llx with an interrupted x0 of %#llx", fn, x0);
	p->regs.x[0] = x0;
	enter(p, NMI);
	expect(call(p, CONTEXT, 0), x0, "CONTEXT");
	call(p, fn, 0x1000);
	expect(p->regs.x[0], x0, "x0 is not overwritten");
	host_delete(host);
}

static void test_nested(u32 normal, u32 critical)
{
	struct host *host = host_with(normal);
	struct host_pe *p = host->pes;
	struct sdei_regs first, second;

	tap_section("%#x preempts %#x", critical, normal);
	use_event(p, critical);
	fill(p, 0x11);
	first = p->regs;
	enter(p, normal);
	fill(p, 0x22);
	second = p->regs;
	enter(p, critical);
	check(at_handler(p, critical), "is entered");
	expect(p->regs.x[2], second.pc, "interrupts the handler");
	expect(p->regs.x[3], second.pstate, "with its PSTATE");
	expect(call(p, CONTEXT, 5), second.x[5], "CONTEXT is that of the handler");
	fill(p, 0x33);
	call(p, COMPLETE);
	expect_saved_regs(p, &second, "back in the handler");
	expect(call(p, CONTEXT, 5), first.x[5], "CONTEXT is the first again");
	fill(p, 0x44);
	call(p, COMPLETE);
	expect_saved_regs(p, &first, "back where it began");

	enter(p, normal);
	fill(p, 0x22);
	second = p->regs;
	enter(p, critical);
	call(p, COMPLETE_AND_RESUME, 0x9000);
	expect(p->regs.pc, 0x9000, "COMPLETE_AND_RESUME leads to the address");
	expect(p->sysreg[SDEI_ELR_EL1], second.pc, "from where the handler was");
	expect(call(p, CONTEXT, 17), first.x[17], "in which the handler still runs");
	expect(call(p, STATUS, normal), 7, "by its status too");
	call(p, COMPLETE);
	expect(p->regs.pc, first.pc, "and from which it completes");
	host_delete(host);
}

/* COMPLETE goes to the next event without a step in the interrupted context. */
static void test_complete_next(u32 running, u32 next, bool resume)
{
	struct host *host = host_with(running);
	struct host_pe *p = host->pes;
	struct sdei_regs before;

	tap_section("%s of %#x with %#x pending",
		    resume ? "COMPLETE_AND_RESUME" : "COMPLETE", running, next);
	if (next != running)
		use_event(p, next);
	fill(p, 0x11);
	before = p->regs;
	enter(p, running);
	host_raise(p, next);
	fill(p, 0x22);
	call(p, resume ? COMPLETE_AND_RESUME : COMPLETE, 0x9000);
	check(at_handler(p, next), "enters the next handler");
	if (resume) {
		expect(p->sysreg[SDEI_ELR_EL1], before.pc, "ELR_EL1");
		expect(p->sysreg[SDEI_SPSR_EL1], before.pstate, "SPSR_EL1");
		before.pc = 0x9000;
		before.pstate = exception(p, before.pstate);
	}
	expect(p->regs.pc, entry_of(next), "PC is its first instruction");
	expect(p->regs.x[2], before.pc, "x2");
	expect(p->regs.x[3], before.pstate, "x3");
	expect(p->regs.x[4], before.x[4], "x4 is that of the interrupted context");
	expect(call(p, CONTEXT, 0), before.x[0], "CONTEXT 0");
	expect(call(p, STATUS, running), running == next ? 7 : 3, "one has completed");
	call(p, COMPLETE);
	expect_saved_regs(p, &before, "back where it began");
	host_delete(host);
}

/* A call that makes an event deliverable to its own caller returns after it. */
static void test_own_call(u64 fn)
{
	struct host *host = host_with(EVENT_0);
	struct host_pe *p = host->pes;
	struct sdei_regs before;

	tap_section("%#llx that makes an event deliverable", fn);
	if (fn == ENABLE)
		call(p, DISABLE, EVENT_0);
	if (fn == PE_UNMASK)
		call(p, PE_MASK);
	if (fn != SIGNAL)
		host_raise(p, EVENT_0);
	fill(p, 0x11);
	p->regs.x[0] = fn;
	p->regs.x[1] = EVENT_0;
	p->regs.x[2] = p->mpidr;
	before = p->regs;
	host_call_as_is(p);
	check(at_handler(p, EVENT_0), "it is dispatched at once");
	expect(p->regs.x[2], before.pc + 4, "interrupts after the call");
	expect(call(p, CONTEXT, 0), SDEI_SUCCESS, "the call has its result");
	call(p, COMPLETE);
	before.x[0] = SDEI_SUCCESS;
	before.pc += 4;
	expect_saved_regs(p, &before, "the call returns");
	expect(p->notifications, 0, "nobody is notified of it");
	host_delete(host);
}

/* KVM moves the PC late: an emulated instruction is not run twice. */
static void test_increment(void)
{
	struct host *host = host_with(NMI);
	struct host_pe *p = host->pes;

	tap_section("a PC that is to be moved");
	fill(p, 0x11);
	p->increment = 4;
	enter(p, NMI);
	expect(p->regs.pc, entry_of(NMI), "does not move the handler's");
	expect(p->regs.x[2], 0x1100000404, "is moved before it is saved");
	call(p, COMPLETE);
	expect(p->regs.pc, 0x1100000404, "is restored as that");
	host_delete(host);
}

static void test_relative(u32 event)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;

	tap_section("%#x in relative mode", event);
	call(p, PE_UNMASK);
	call(p, REGISTER, event, 0x880, arg_of(event), RELATIVE);
	call(p, ENABLE, event);
	fill(p, 0x11);
	enter(p, event);
	expect(p->regs.pc, p->sysreg[SDEI_VBAR_EL1] + 0x880, "PC");
	call(p, COMPLETE);
	p->sysreg[SDEI_VBAR_EL1] = 0xffff800008010800;
	enter(p, event);
	expect(p->regs.pc, 0xffff800008011080, "VBAR_EL1 is that at dispatch");
	call(p, COMPLETE);
	call(p, UNREGISTER, event);
	call(p, REGISTER, event, -0x800ULL, arg_of(event), RELATIVE);
	call(p, ENABLE, event);
	enter(p, event);
	expect(p->regs.pc, 0xffff800008010000, "a negative offset");
	call(p, COMPLETE);
	call(p, UNREGISTER, event);
	call(p, REGISTER, event, 0x880, arg_of(event), RM_ANY);
	call(p, ENABLE, event);
	enter(p, event);
	expect(p->regs.pc, 0x880, "an absolute address after that");
	host_delete(host);
}

static void test_pairs(void)
{
	static const u32 normals[] = { EVENT_0, NOTIFY, VM_NOTIFY };
	static const u32 criticals[] = { NMI, VM_NMI };
	unsigned int n, m;

	for (n = 0; n < ARRAY_SIZE(normals); n++)
		for (m = 0; m < ARRAY_SIZE(criticals); m++)
			test_nested(normals[n], criticals[m]);
	for (n = 0; n < NR_EVENTS; n++)
		for (m = 0; m < NR_EVENTS; m++) {
			/* What preempts does not wait for COMPLETE. */
			if (is_critical(host_events[n]) < is_critical(host_events[m]))
				continue;
			test_complete_next(host_events[n], host_events[m], false);
			test_complete_next(host_events[n], host_events[m], true);
		}
}

int main(void)
{
	static const u64 results[] = { 0, -1, -2, -3, -5, -10, 1, 0xC4000025 };
	static const u64 addresses[] = { 0xffff000000000280, 0, 1, -1 };
	unsigned int n, m;

	test_all_pstates();
	for (n = 0; n < NR_EVENTS; n++) {
		test_entry(host_events[n]);
		test_complete(host_events[n], 0);
		test_complete(host_events[n], 1);
		test_complete(host_events[n], 0xffffffffffff);
		for (m = 0; m < ARRAY_SIZE(addresses); m++)
			test_resume(host_events[n], addresses[m], EL1H | DAIF);
		for (m = 0; m < ARRAY_SIZE(modes); m++)
			test_resume(host_events[n], 0x680,
				    modes[m].mode | (all_bits() & ~DAIF));
		test_relative(host_events[n]);
	}
	for (n = 0; n < ARRAY_SIZE(results); n++) {
		test_x0(results[n], COMPLETE);
		test_x0(results[n], COMPLETE_AND_RESUME);
	}
	test_pairs();
	test_own_call(SIGNAL);
	test_own_call(ENABLE);
	test_own_call(PE_UNMASK);
	test_increment();
	return tap_exit();
}
