// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivering an event to a CPU with known registers, in one of several ways, and
 * comparing all of them: in the handler, and after it.
 */
#include "guest.h"

#define ESR_BEFORE	0x5e5e5e5e
#define FAR_BEFORE	0xfa4fa4fa4fa4fa40
#define FP_SEED		0xf9f9f9f900000000

static u64 place_of(unsigned int event)
{
	u64 cpu = is_shared(event) ? VMM_NO_VCPU : this_cpu()->index;

	return cpu << 32 | EVENT_NUMBER(event);
}

static void prepare_store(struct registers *in, unsigned int event, u64 page)
{
	in->x[29] = place_of(event);
	in->x[30] = page + VMM_RAISE;
}

static void prepare_store_low(struct registers *in, unsigned int event, u64 page)
{
	in->x[0] = place_of(event);
	in->x[1] = page + VMM_RAISE;
}

static void prepare_load(struct registers *in, unsigned int event, u64 page)
{
	in->x[30] = page + VMM_RAISE_SELF + 8 * event;
}

static void prepare_load_low(struct registers *in, unsigned int event, u64 page)
{
	in->x[1] = page + VMM_RAISE_SELF + 8 * event;
}

static void prepare_call(struct registers *in, unsigned int event, u64 page)
{
	(void)event;
	(void)page;
	in->x[0] = SDEI_EVENT_SIGNAL;
	in->x[1] = 0;
	in->x[2] = this_cpu()->mpidr;
}

static void prepare_nothing(struct registers *in, unsigned int event, u64 page)
{
	(void)in;
	(void)event;
	(void)page;
}

static void change_nothing(struct registers *regs)
{
	regs->pc += 4;
}

static void change_load(struct registers *regs)
{
	regs->x[29] = VMM_RAISE_SELF_VALUE;
	regs->pc += 4;
}

static void change_load_low(struct registers *regs)
{
	regs->x[0] = VMM_RAISE_SELF_VALUE;
	regs->pc += 4;
}

static void change_call(struct registers *regs)
{
	regs->x[0] = SUCCESS;
	regs->pc += 4;
}

/* The spin is interrupted where it is. */
static void change_spin(struct registers *regs)
{
	(void)regs;
}

/* A store, or a load, that makes the VMM raise the event. */
const struct way by_store = {
	"store", kernel_store, user_store, prepare_store, change_nothing, NULL, false
};

const struct way by_store_low = {
	"store of x0", kernel_store_low, user_store_low, prepare_store_low,
	change_nothing, NULL, false
};

const struct way by_load = {
	"load", kernel_load, user_load, prepare_load, change_load, NULL, false
};

const struct way by_load_low = {
	"load to x0", kernel_load_low, user_load_low, prepare_load_low,
	change_load_low, NULL, false
};

/* SIGNAL to this CPU itself. */
const struct way by_hvc = {
	"HVC", kernel_hvc, NULL, prepare_call, change_call, NULL, true
};

const struct way by_smc = {
	"SMC", kernel_smc, NULL, prepare_call, change_call, NULL, true
};

/* From outside, while the CPU is busy or asleep. */
const struct way by_spin = {
	"spin", kernel_spin, user_spin, prepare_nothing, change_spin, raise_later, false
};

const struct way by_wfi = {
	"WFI", kernel_wfi, user_wfi, prepare_nothing, change_nothing, raise_asleep, false
};

/**
 * struct delivery - the delivery under way
 * @way: how
 * @event: of which event
 * @in: the registers to begin with
 * @interrupted: those that the event finds
 * @pstate: what an exception makes of their PSTATE
 * @resume: where to resume, or 0 to complete
 * @smc: the handler completes by SMC
 * @hits: how often the handler found what it waited for
 */
struct delivery {
	const struct way *way;
	unsigned int event;
	struct registers in;
	struct registers interrupted;
	u64 pstate;
	u64 resume;
	bool smc;
	unsigned int hits;
};

static struct delivery delivery;

static void check_context(const struct registers *interrupted)
{
	u64 n;

	for (n = 0; n < 18; n++)
		expect(call(SDEI_EVENT_CONTEXT, n), interrupted->x[n], "CONTEXT of x%llu", n);
	expect(call(SDEI_EVENT_CONTEXT, 18), INVALID_PARAMETERS, "CONTEXT of x18");
}

/* The handler. */
static void look(struct frame *frame)
{
	const struct delivery *d = &delivery;
	const struct registers *regs = &frame->regs;

	/* From outside it may come before the code has got there. */
	if (d->way->raise && regs->x[2] != d->interrupted.pc) {
		d->way->raise(d->event);
		return;
	}
	if (d->way == &by_spin)
		patch((void *)d->interrupted.pc, INSN_NOP);

	delivery.hits++;
	expect(regs->x[0], EVENT_NUMBER(d->event), "%s: x0", d->way->name);
	expect(regs->x[1], arg_of(d->event), "%s: x1", d->way->name);
	expect(regs->x[2], d->interrupted.pc, "%s: interrupted PC", d->way->name);
	expect(regs->x[3], d->interrupted.pstate, "%s: interrupted PSTATE", d->way->name);
	expect_same(regs, &d->interrupted, 4, 30, d->way->name);
	expect(regs->pc, (u64)handler_of(d->event), "%s: handler", d->way->name);
	expect(regs->pstate, d->pstate, "%s: PSTATE, interrupted %#llx", d->way->name,
	       d->interrupted.pstate);
	expect(regs->elr, d->in.pc, "%s: ELR_EL1", d->way->name);
	expect(regs->spsr, d->in.pstate, "%s: SPSR_EL1", d->way->name);
	expect(regs->esr, ESR_BEFORE, "%s: ESR_EL1", d->way->name);
	expect(regs->far, FAR_BEFORE, "%s: FAR_EL1", d->way->name);
	expect(fp_errors(FP_SEED), 0, "%s: v0 to v31", d->way->name);
	check_context(&d->interrupted);
	frame->smc = d->smc;
	if (d->resume)
		resume_at(frame, (void *)d->resume);
}

static bool is_kernel(u64 pstate)
{
	return pstate & 0xc;
}

static u64 vector_of(u64 pstate)
{
	if (!is_kernel(pstate))
		return VECTOR_EL0;
	return pstate & 1 ? VECTOR_EL1H : VECTOR_EL1T;
}

static void do_delivery(const struct way *way, unsigned int event, u64 pstate)
{
	struct delivery *d = &delivery;
	bool kernel = is_kernel(pstate);
	unsigned int tries = 100;
	struct registers out;
	u64 vector;

	d->way = way;
	d->event = event;
	d->hits = 0;
	prepare(&d->in, kernel ? way->kernel : way->user, pstate);
	way->prepare(&d->in, event, kernel ? VMM_BASE : VMM_BASE + USER_VMM_OFFSET);
	d->interrupted = d->in;
	way->change(&d->interrupted);
	d->pstate = exception_pstate(pstate);
	on_event(event, look);
	fp_fill(FP_SEED);
	if (way->raise)
		way->raise(event);

	/* A WFI may end before its event comes, as an interrupt of the host ends it. */
	do {
		write_sysreg(ESR_BEFORE, esr_el1);
		write_sysreg(FAR_BEFORE, far_el1);
		vector = run(&d->in, &out);
	} while (way == &by_wfi && !d->hits && --tries);
	expect(d->hits, 1, "%s: times handled", way->name);
	expect(fp_errors(FP_SEED), 0, "%s: v0 to v31 afterwards", way->name);
	expect_same(&out, &d->interrupted, 0, 30, way->name);
	expect(out.spsr, pstate, "%s: PSTATE afterwards", way->name);
	if (d->resume) {
		expect(out.pstate, d->pstate, "%s: PSTATE", way->name);
		expect(vector, d->resume - (u64)vectors, "%s: resumed", way->name);
		expect(out.elr, d->interrupted.pc, "%s: ELR_EL1 for PC", way->name);
		expect(out.esr, ESR_BEFORE, "%s: ESR_EL1 afterwards", way->name);
	} else {
		expect(vector, vector_of(pstate), "%s: vector", way->name);
		expect(out.elr, d->in.pc + 8, "%s: PC afterwards", way->name);
		expect(ESR_EC(out.esr), EC_SVC64, "%s: exception", way->name);
	}
	if (way == &by_spin)
		patch((void *)d->in.pc, INSN_SPIN);
}

/**
 * deliver() - deliver an event and complete it
 * @way: how
 * @event: which; registered and enabled, and this CPU unmasked
 * @pstate: PSTATE of the interrupted code
 */
void deliver(const struct way *way, unsigned int event, u64 pstate)
{
	delivery.resume = 0;
	delivery.smc = use_smc;
	do_delivery(way, event, pstate);
}

/* The same, with COMPLETE by SMC. */
void deliver_with_smc(const struct way *way, unsigned int event, u64 pstate)
{
	delivery.resume = 0;
	delivery.smc = true;
	do_delivery(way, event, pstate);
}

/* The same with COMPLETE_AND_RESUME, at the vector for an interrupt. */
void deliver_and_resume(const struct way *way, unsigned int event, u64 pstate)
{
	delivery.resume = (u64)vectors + vector_of(pstate) + VECTOR_IRQ;
	delivery.smc = use_smc;
	do_delivery(way, event, pstate);
}
