// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an event interrupts is intact in its handler and afterwards, whatever it
 * was and however the event came.
 */
#include "guest.h"

static const u64 levels[] = {
	PSTATE_EL0, PSTATE_EL1T | PSTATE_DAIF, PSTATE_EL1H | PSTATE_DAIF,
	/* As an operating system would be. */
	PSTATE_EL0 | 0x60000000, PSTATE_EL1T | 0x90000000, PSTATE_EL1H | 0x80000000,
};

typedef void (*deliver_t)(const struct way *way, unsigned int event, u64 pstate);

static void deliver_everywhere(deliver_t deliver, const struct way *way)
{
	unsigned int event, n;

	for (event = 0; event < NR_EVENTS; event++) {
		if (event && way->only_signal)
			continue;
		event_listen(event);
		for (n = 0; n < ARRAY_SIZE(levels); n++)
			if (way->user || levels[n] & 0xc)
				deliver(way, event, levels[n]);
		event_unregister(event);
	}
}

static void store(void)
{
	deliver_everywhere(deliver, &by_store);
	deliver_everywhere(deliver, &by_store_low);
}

static void load(void)
{
	deliver_everywhere(deliver, &by_load);
	deliver_everywhere(deliver, &by_load_low);
}

static void by_call(void)
{
	deliver_everywhere(deliver, &by_hvc);
}

static void by_smc_call(void)
{
	if (fact(FACT_SMC))
		deliver_everywhere(deliver, &by_smc);
	else
		skip("this KVM does not take SMCs");
}

static void spin(void)
{
	deliver_everywhere(deliver, &by_spin);
}

static void wfi(void)
{
	deliver_everywhere(deliver, &by_wfi);
}

static void resume(void)
{
	deliver_everywhere(deliver_and_resume, &by_store);
	deliver_everywhere(deliver_and_resume, &by_load_low);
	deliver_everywhere(deliver_and_resume, &by_hvc);
}

static void resume_from_outside(void)
{
	deliver_everywhere(deliver_and_resume, &by_spin);
	deliver_everywhere(deliver_and_resume, &by_wfi);
}

/* Between all combinations of the two conduits. */
static void mixed_conduits(void)
{
	if (!fact(FACT_SMC)) {
		skip("this KVM does not take SMCs");
		return;
	}
	deliver_everywhere(deliver_with_smc, &by_hvc);
	deliver_everywhere(deliver_with_smc, &by_smc);
	deliver_everywhere(deliver_with_smc, &by_store);
	deliver_everywhere(deliver_with_smc, &by_load_low);
}

/* CONTEXT gives, and COMPLETE restores, what looks like an error. */
static const s64 *values;
static unsigned int nr_values;

static void look_for_values(struct frame *frame)
{
	u64 n;

	(void)frame;
	for (n = 0; n < 18; n++)
		expect(call(SDEI_EVENT_CONTEXT, n), values[n % nr_values],
		       "CONTEXT of x%llu", n);
}

static void like_errors(void)
{
	static const s64 errors[] = {
		NOT_SUPPORTED, INVALID_PARAMETERS, DENIED, -4, PENDING, OUT_OF_RESOURCE,
		0, 0xffffffff, 0x7fffffffffffffff, -0x7fffffffffffffff,
	};
	struct registers in, out;
	unsigned int n, first;

	event_listen(EVENT_NMI);
	on_event(EVENT_NMI, look_for_values);
	values = errors;
	nr_values = ARRAY_SIZE(errors);
	for (first = 0; first < 2; first++) {
		prepare(&in, first ? kernel_store : user_store,
			first ? PSTATE_EL1H : PSTATE_EL0);
		for (n = 0; n < 18; n++)
			in.x[n] = values[n % nr_values];
		in.x[29] = EVENT_NUMBER(EVENT_NMI) | (u64)this_cpu()->index << 32;
		in.x[30] = VMM_BASE + VMM_RAISE + (first ? 0 : USER_VMM_OFFSET);
		run(&in, &out);
		expect_handled(EVENT_NMI, first + 1);
		expect_same(&out, &in, 0, 30, "like errors");
	}
}

/* COMPLETE's parameter, a status, changes nothing. */
static void with_status(struct frame *frame)
{
	frame->argument = 1;
}

static void status(void)
{
	struct registers in, out;

	event_listen(EVENT_SIGNAL);
	on_event(EVENT_SIGNAL, with_status);
	prepare(&in, kernel_load_low, PSTATE_EL1H);
	in.x[1] = VMM_BASE + VMM_RAISE_SELF;
	run(&in, &out);
	in.x[0] = VMM_RAISE_SELF_VALUE;
	expect_handled(EVENT_SIGNAL, 1);
	expect_same(&out, &in, 0, 30, "status");
}

/*
 * A handler that ends in its middle, on its own stack and with its own x18 to
 * x30, on a masked PE: so does an operating system that crashes there.
 */
static u64 ending, ending_address;

static void end_here(struct frame *frame)
{
	(void)frame;
	pe_mask();
	call(ending, ending_address);
	give_up("the handler went on");
}

static void end_in_the_middle(u64 pstate, u64 vector)
{
	struct registers in, out;
	bool kernel = pstate & 0xc;

	event_listen(EVENT_NMI);
	on_event(EVENT_NMI, end_here);
	prepare(&in, kernel ? kernel_store_low : user_store_low, pstate);
	in.x[0] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NMI);
	in.x[1] = VMM_BASE + VMM_RAISE + (kernel ? 0 : USER_VMM_OFFSET);
	ending_address = (u64)vectors + vector + VECTOR_IRQ;
	if (ending == SDEI_EVENT_COMPLETE) {
		expect(run(&in, &out), vector, "vector");
		expect(out.elr, in.pc + 8, "PC");
	} else {
		expect(run(&in, &out), vector + VECTOR_IRQ, "resumed");
		expect(out.elr, in.pc + 4, "ELR_EL1");
	}
	expect(out.spsr, pstate, "PSTATE");
	in.sp_el1 = out.sp_el1;
	expect_same(&out, &in, 0, 17, "ended in the middle");
	expect(event_status(EVENT_NMI), 3, "STATUS");
	expect(pe_mask(), 0, "masked");
	event_unregister(EVENT_NMI);
}

static void in_the_middle(u64 function)
{
	ending = function;
	end_in_the_middle(PSTATE_EL0 | 0xa0000000, VECTOR_EL0);
	end_in_the_middle(PSTATE_EL1T | 0x50000000, VECTOR_EL1T);
	end_in_the_middle(PSTATE_EL1H | PSTATE_DAIF, VECTOR_EL1H);
}

static void complete_in_the_middle(void)
{
	in_the_middle(SDEI_EVENT_COMPLETE);
}

static void resume_in_the_middle(void)
{
	in_the_middle(SDEI_EVENT_COMPLETE_AND_RESUME);
}

/*
 * An exception has been taken, and ELR_EL1 and SPSR_EL1 are not saved yet: the
 * vectors spin at their first instruction.
 */
static u64 vector_address;
static struct registers svc_out;
static bool resume_elsewhere;
static unsigned int vector_hits;

static void look_in_vector(struct frame *frame)
{
	const struct registers *regs = &frame->regs;

	if (regs->x[2] != vector_address) {
		raise_later(event_of(frame));
		return;
	}
	vector_hits++;
	patch((void *)vector_address, INSN_NOP);
	expect(regs->elr, svc_out.elr, "ELR_EL1 in the handler");
	expect(regs->spsr, svc_out.spsr, "SPSR_EL1 in the handler");
	expect(regs->esr, svc_out.esr, "ESR_EL1 in the handler");
	expect(regs->x[3] & 0x3cf, PSTATE_EL1H | PSTATE_DAIF, "interrupted PSTATE");
	if (resume_elsewhere)
		resume_at(frame, vectors + VECTOR_EL1H + VECTOR_IRQ);
}

static void in_vector(unsigned int event, u64 pstate, void *snippet, u64 vector)
{
	struct registers in, out;
	u64 got;

	vector_address = (u64)spinning_vectors + vector;
	vector_hits = 0;
	prepare(&in, snippet, pstate);
	run(&in, &svc_out);
	write_sysreg(spinning_vectors, vbar_el1);
	on_event(event, look_in_vector);
	raise_later(event);
	got = run(&in, &out);
	write_sysreg(vectors, vbar_el1);
	patch((void *)vector_address, INSN_SPIN);

	expect(vector_hits, 1, "times handled in the vector");
	expect_same(&out, &svc_out, 0, 30, "in the vector");
	if (resume_elsewhere) {
		expect(got, VECTOR_EL1H + VECTOR_IRQ, "resumed");
		expect(out.elr, vector_address, "ELR_EL1");
		expect(out.spsr & 0x3cf, PSTATE_EL1H | PSTATE_DAIF, "SPSR_EL1");
	} else {
		expect(got, vector, "vector");
		expect(out.elr, svc_out.elr, "ELR_EL1");
		expect(out.spsr, svc_out.spsr, "SPSR_EL1");
		expect(out.esr, svc_out.esr, "ESR_EL1");
	}
}

static void in_vectors(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		event_listen(event);
		in_vector(event, PSTATE_EL0 | 0xf0000000, user_svc, VECTOR_EL0);
		in_vector(event, PSTATE_EL1T | 0x50000000, kernel_svc, VECTOR_EL1T);
		in_vector(event, PSTATE_EL1H | PSTATE_A, kernel_svc, VECTOR_EL1H);
		event_unregister(event);
	}
}

static void before_saved(void)
{
	resume_elsewhere = false;
	in_vectors();
}

static void before_saved_and_resumed(void)
{
	resume_elsewhere = true;
	in_vectors();
}

const struct test context_tests[] = {
	{ "interrupted after a store to the VMM", 1, store },
	{ "interrupted after a load from the VMM", 1, load },
	{ "interrupted after an HVC", 1, by_call },
	{ "interrupted after an SMC", 1, by_smc_call },
	{ "interrupted anywhere", 1, spin },
	{ "interrupted in WFI", 1, wfi },
	{ "COMPLETE_AND_RESUME", 1, resume },
	{ "COMPLETE_AND_RESUME, interrupted from outside", 1, resume_from_outside },
	{ "completed by SMC", 1, mixed_conduits },
	{ "saved registers that look like errors", 1, like_errors },
	{ "the status of COMPLETE changes nothing", 1, status },
	{ "COMPLETE in the middle of a handler", 1, complete_in_the_middle },
	{ "COMPLETE_AND_RESUME in the middle of a handler", 1, resume_in_the_middle },
	{ "before an exception has saved ELR_EL1 and SPSR_EL1", 1, before_saved },
	{ "the same, and COMPLETE_AND_RESUME", 1, before_saved_and_resumed },
	{ NULL }
};
