// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL0: it cannot make calls. AArch32 EL0 can be interrupted.
 */
#include "guest.h"

static void call_from_el0(void *snippet, u64 fn, u64 arg)
{
	struct registers in, out;

	prepare(&in, snippet, PSTATE_EL0);
	in.x[0] = fn;
	in.x[1] = arg;
	expect(run(&in, &out), VECTOR_EL0, "function %#llx: vector", fn);
	expect(ESR_EC(out.esr), EC_UNKNOWN, "function %#llx: exception class", fn);
	expect(out.elr, in.pc, "function %#llx: PC", fn);
	expect_same(&out, &in, 0, 30, "call from EL0");
}

static void each_call(void *snippet)
{
	u64 fn;

	for (fn = SDEI_BASE; fn <= SDEI_LAST; fn++)
		call_from_el0(snippet, fn, 0);
}

static void no_calls(void)
{
	event_listen(EVENT_SIGNAL);
	event_register(EVENT_VM_NOTIFY);
	each_call(user_hvc);
	each_call(user_smc);
	expect(event_status(EVENT_SIGNAL), STATUS_REGISTERED | STATUS_ENABLED, "STATUS");
	expect(event_status(EVENT_VM_NOTIFY), STATUS_REGISTERED, "STATUS of the shared event");
	expect_handled(EVENT_SIGNAL, 0);
	expect(pe_mask(), 1, "PE_MASK");
	call_from_el0(user_hvc, SDEI_PE_UNMASK, 0);
	expect(pe_mask(), 0, "PE_MASK again");
}

static void calls_under_handler(struct frame *frame)
{
	each_call(user_hvc);
	each_call(user_smc);
	expect(event_status(event_of(frame)), 7, "STATUS");
}

static void no_calls_under_handler(void)
{
	event_listen(EVENT_NOTIFY);
	on_event(EVENT_NOTIFY, calls_under_handler);
	event_raise(EVENT_NOTIFY);
	expect_handled(EVENT_NOTIFY, 1);
	expect(event_status(EVENT_NOTIFY), STATUS_REGISTERED | STATUS_ENABLED, "STATUS");
}

static u64 spin32_pstate, spin32_pc;
static unsigned int spin32_hits;
static bool resume32;

static void look_at_32(struct frame *frame)
{
	const struct registers *regs = &frame->regs;

	if (regs->x[2] != spin32_pc) {
		raise_later(event_of(frame));
		return;
	}
	spin32_hits++;
	expect(regs->x[3], spin32_pstate, "interrupted PSTATE");
	expect(regs->pstate & 0x3cf, PSTATE_EL1H | PSTATE_DAIF, "PSTATE");
	patch(user32_spin, INSN_NOP32);
	if (resume32)
		resume_at(frame, vectors + VECTOR_AARCH32 + VECTOR_IRQ);
}

static void expect_same_32(const struct registers *got, const struct registers *expected,
			   unsigned int first, const char *what)
{
	unsigned int n;

	for (n = first; n < 15; n++)
		expect((u32)got->x[n], (u32)expected->x[n], "%s: r%u", what, n);
}

/* Bits of the mode's own: Q, IT, GE, E, J are 0; T must be. */
static const u64 pstates32[] = {
	PSTATE_AARCH32, PSTATE_AARCH32 | 0xf0000000, PSTATE_AARCH32 | 0xa8050000,
	PSTATE_AARCH32 | PSTATE_A | PSTATE_I | PSTATE_F,
};

static void aarch32_spin(unsigned int event, u64 pstate)
{
	struct registers in, out;
	u64 vector;

	prepare(&in, user32_spin, pstate);
	spin32_pc = in.pc;
	spin32_pstate = pstate;
	spin32_hits = 0;
	on_event(event, look_at_32);
	raise_later(event);
	vector = run(&in, &out);
	expect(spin32_hits, 1, "times handled");
	expect_same_32(&out, &in, 0, "AArch32 spin");
	expect(out.spsr, pstate, "PSTATE afterwards");
	if (resume32) {
		expect(vector, VECTOR_AARCH32 + VECTOR_IRQ, "resumed");
		expect(out.elr, in.pc, "ELR_EL1");
	} else {
		expect(vector, VECTOR_AARCH32, "vector");
		expect(ESR_EC(out.esr), EC_SVC32, "exception class");
		expect(out.elr, in.pc + 8, "PC");
	}
	patch(user32_spin, INSN_SPIN32);
}

static void aarch32_store(unsigned int event, u64 pstate)
{
	struct registers in, out, *regs = &seen(event)->regs;

	/* 32 bits are enough to name a private event on CPU 0. */
	prepare(&in, user32_store, pstate);
	in.x[1] = EVENT_NUMBER(event);
	in.x[2] = VMM_BASE + USER_VMM_OFFSET + VMM_RAISE;
	on_event(event, NULL);
	expect(run(&in, &out), VECTOR_AARCH32, "vector");
	expect(regs->x[2], in.pc + 4, "interrupted PC");
	expect(regs->x[3], pstate, "interrupted PSTATE");
	expect(regs->pstate, exception_pstate(pstate), "PSTATE");
	expect(regs->sp_el1, in.sp_el1, "SP_EL1");
	expect_same_32(regs, &in, 4, "AArch32 handler");
	expect_same_32(&out, &in, 0, "AArch32 store");
	expect(out.spsr, pstate, "PSTATE afterwards");
	expect(out.elr, in.pc + 8, "PC");
}

static void aarch32(void)
{
	unsigned int event, n;

	if (!cpu_has(FEATURE_AARCH32)) {
		skip("this CPU has no AArch32");
		return;
	}
	resume32 = false;
	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		for (n = 0; n < ARRAY_SIZE(pstates32); n++) {
			aarch32_spin(event, pstates32[n]);
			if (!is_shared(event))
				aarch32_store(event, pstates32[n]);
		}
		event_unregister(event);
	}
}

static void aarch32_resume(void)
{
	unsigned int event, n;

	if (!cpu_has(FEATURE_AARCH32)) {
		skip("this CPU has no AArch32");
		return;
	}
	resume32 = true;
	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		for (n = 0; n < ARRAY_SIZE(pstates32); n++)
			aarch32_spin(event, pstates32[n]);
		event_unregister(event);
	}
}

const struct test el0_tests[] = {
	{ "EL0 can make no call", 1, no_calls },
	{ "EL0 under a handler can make no call", 1, no_calls_under_handler },
	{ "AArch32 EL0 is interrupted", 1, aarch32 },
	{ "AArch32 EL0 is interrupted, COMPLETE_AND_RESUME", 1, aarch32_resume },
	{ NULL }
};
