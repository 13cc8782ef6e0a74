// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSTATE: what an event makes of it is what an exception to EL1 makes of it, as
 * this very CPU does it, and it comes back as it was.
 */
#include "guest.h"

static const u64 levels[] = { PSTATE_EL0, PSTATE_EL1T, PSTATE_EL1H };

static void with_each(const u64 *bits, unsigned int nr)
{
	unsigned int level, n;

	event_listen(EVENT_NOTIFY);
	for (level = 0; level < ARRAY_SIZE(levels); level++) {
		for (n = 0; n < nr; n++) {
			deliver(&by_store, EVENT_NOTIFY, levels[level] | bits[n]);
			deliver_and_resume(&by_store, EVENT_NOTIFY, levels[level] | bits[n]);
		}
	}
}

static void nzcv(void)
{
	u64 bits[16], n;

	for (n = 0; n < 16; n++)
		bits[n] = n << 28;
	with_each(bits, 16);
}

static void daif(void)
{
	u64 bits[16], n;

	for (n = 0; n < 16; n++)
		bits[n] = n << 6;
	with_each(bits, 16);
}

static void field(unsigned int feature, u64 bit)
{
	u64 bits[] = { bit, 0, bit | PSTATE_NZCV, bit | PSTATE_DAIF };

	if (cpu_has(feature))
		with_each(bits, ARRAY_SIZE(bits));
	else
		skip("this CPU does not have it");
}

static void pan(void)
{
	field(FEATURE_PAN, PSTATE_PAN);
}

static void uao(void)
{
	field(FEATURE_UAO, PSTATE_UAO);
}

static void ssbs(void)
{
	field(FEATURE_SSBS, PSTATE_SSBS);
}

static void dit(void)
{
	field(FEATURE_DIT, PSTATE_DIT);
}

static void tco(void)
{
	field(FEATURE_TCO, PSTATE_TCO);
}

static u64 all_fields(void)
{
	u64 all = PSTATE_NZCV;

	if (cpu_has(FEATURE_PAN))
		all |= PSTATE_PAN;
	if (cpu_has(FEATURE_UAO))
		all |= PSTATE_UAO;
	if (cpu_has(FEATURE_SSBS))
		all |= PSTATE_SSBS;
	if (cpu_has(FEATURE_DIT))
		all |= PSTATE_DIT;
	if (cpu_has(FEATURE_TCO))
		all |= PSTATE_TCO;
	return all;
}

/* None and all of it, with a bit of SCTLR_EL1 one way and the other. */
static void with_sctlr(u64 bit, u64 field)
{
	u64 all = all_fields(), sctlr = read_sysreg(sctlr_el1);
	u64 bits[] = { 0, all, field, all & ~field };

	write_sysreg(sctlr & ~bit, sctlr_el1);
	with_each(bits, ARRAY_SIZE(bits));
	event_unregister(EVENT_NOTIFY);
	write_sysreg(sctlr | bit, sctlr_el1);
	with_each(bits, ARRAY_SIZE(bits));
	write_sysreg(sctlr, sctlr_el1);
}

static unsigned int pan_set, pan_clear;

static void note_pan(struct frame *frame)
{
	if (frame->regs.pstate & PSTATE_PAN)
		pan_set++;
	else
		pan_clear++;
}

static void span(void)
{
	u64 sctlr = read_sysreg(sctlr_el1);

	if (!cpu_has(FEATURE_PAN)) {
		skip("this CPU does not have PAN");
		return;
	}
	with_sctlr(SCTLR_SPAN, PSTATE_PAN);

	/* And in so many words. */
	on_event(EVENT_NOTIFY, note_pan);
	pan_set = 0;
	pan_clear = 0;
	write_sysreg(sctlr & ~SCTLR_SPAN, sctlr_el1);
	event_raise(EVENT_NOTIFY);
	write_sysreg(sctlr | SCTLR_SPAN, sctlr_el1);
	event_raise(EVENT_NOTIFY);
	write_sysreg(sctlr, sctlr_el1);
	expect(pan_set, 1, "PAN set, since SPAN is clear");
	expect(pan_clear, 1, "PAN as it was, since SPAN is set");
}

static void dssbs(void)
{
	if (cpu_has(FEATURE_SSBS))
		with_sctlr(SCTLR_DSSBS, PSTATE_SSBS);
	else
		skip("this CPU does not have SSBS");
}

/*
 * Bits that only an interrupt finds set: the VMM sets them and raises the event
 * before the CPU can do anything about them.
 */
static u64 bits_set;

static void look_for_bits(struct frame *frame)
{
	expect(frame->regs.x[3] & bits_set, bits_set, "interrupted PSTATE");
	expect(frame->regs.spsr & bits_set, 0, "SPSR_EL1");
	expect(frame->regs.x[3] & 0xf, frame->regs.spsr & 0xf, "interrupted mode");
}

static u64 raise_with(u64 bits, u64 pstate, struct registers *in, struct registers *out)
{
	struct request request = {
		.service = SERVICE_PSTATE,
		.arg = { bits, EVENT_NUMBER(EVENT_NOTIFY) },
	};
	bool kernel = pstate & 0xc;

	bits_set = bits;
	on_event(EVENT_NOTIFY, look_for_bits);
	prepare(in, kernel ? kernel_store : user_store, pstate);
	in->x[29] = (u64)&request;
	in->x[30] = VMM_BASE + VMM_REQUEST + (kernel ? 0 : USER_VMM_OFFSET);
	return run(in, out);
}

/* The Illegal Execution state comes back, and with it its exception. */
static void il(void)
{
	struct registers in, out;
	unsigned int n;

	event_listen(EVENT_NOTIFY);
	for (n = 0; n < ARRAY_SIZE(levels); n++) {
		raise_with(PSTATE_IL, levels[n], &in, &out);
		expect_handled(EVENT_NOTIFY, n + 1);
		expect_same(&out, &in, 0, 30, "IL");
		expect(ESR_EC(out.esr), EC_ILLEGAL, "exception class");
		expect(out.elr, in.pc + 4, "PC");
		expect(out.spsr, levels[n] | PSTATE_IL, "PSTATE");
	}
}

static void keep(u64 bits)
{
	struct registers in, out;
	unsigned int n;

	event_listen(EVENT_NOTIFY);
	for (n = 0; n < ARRAY_SIZE(levels); n++) {
		raise_with(bits, levels[n], &in, &out);
		expect_handled(EVENT_NOTIFY, n + 1);
		expect_same(&out, &in, 0, 30, "bits");
		expect(ESR_EC(out.esr), EC_SVC64, "exception class");
		expect(out.elr, in.pc + 8, "PC");
		expect(out.spsr & ~(u64)PSTATE_BTYPE, levels[n], "PSTATE");
	}
}

/* Without MDSCR_EL1.SS it means nothing, and is gone with the next instruction. */
static void ss(void)
{
	keep(PSTATE_SS);
}

static void btype(void)
{
	if (cpu_has(FEATURE_BTI))
		keep(PSTATE_BTYPE);
	else
		skip("this CPU does not have BTI");
}

const struct test pstate_tests[] = {
	{ "NZCV", 1, nzcv },
	{ "DAIF", 1, daif },
	{ "PAN", 1, pan },
	{ "UAO", 1, uao },
	{ "SSBS", 1, ssbs },
	{ "DIT", 1, dit },
	{ "TCO", 1, tco },
	{ "SCTLR_EL1.SPAN", 1, span },
	{ "SCTLR_EL1.DSSBS", 1, dssbs },
	{ "IL", 1, il },
	{ "SS", 1, ss },
	{ "BTYPE", 1, btype },
	{ NULL }
};
