// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single-stepping, by the guest itself and by the VMM, across a delivery.
 */
#include "guest.h"

#define MDSCR_SS	(1 << 0)
#define MDSCR_KDE	(1 << 13)

/*
 * Four instructions, the second of which raises an event, stepped one by one:
 * a step exception after each, the handler runs once and is not stepped.
 */
static void step_through(void *code, u64 pstate, u64 page)
{
	bool kernel = pstate & 0xc;
	struct registers in, out;
	unsigned int n;

	prepare(&in, code, pstate | PSTATE_SS);
	in.x[29] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NMI);
	in.x[30] = page + VMM_RAISE;
	write_sysreg(MDSCR_SS | (kernel ? MDSCR_KDE : 0), mdscr_el1);
	for (n = 1; n <= 4; n++) {
		run(&in, &out);
		expect(ESR_EC(out.esr), kernel ? EC_STEP_SAME : EC_STEP_LOWER,
		       "step %u: exception class", n);
		expect(out.elr, (u64)code + 4 * n, "step %u: PC", n);
		expect(out.spsr, pstate, "step %u: PSTATE", n);
		if (n != 2)
			in.x[0]++;
		expect_same(&out, &in, 0, 30, "step");
		expect_handled(EVENT_NMI, n >= 2);
		in.pc = out.elr;
	}
	write_sysreg(0, mdscr_el1);
	/* The event came when the step was done and its exception was due. */
	expect(seen(EVENT_NMI)->regs.x[2], (u64)code + 8, "interrupted PC");
	expect(seen(EVENT_NMI)->regs.x[3], pstate, "interrupted PSTATE");
	events_forget();
}

static void by_the_guest(void)
{
	write_sysreg(0, oslar_el1);
	event_listen(EVENT_NMI);
	step_through(user_steps, PSTATE_EL0, VMM_BASE + USER_VMM_OFFSET);
	step_through(kernel_steps, PSTATE_EL1H, VMM_BASE);
	step_through(kernel_steps, PSTATE_EL1T, VMM_BASE);
}

/* The event comes before the instruction to step: that is stepped afterwards. */
static void before_the_step(void)
{
	struct request request = {
		.service = SERVICE_PSTATE,
		.arg = { PSTATE_SS, EVENT_NUMBER(EVENT_NMI) },
	};
	struct registers in, out;

	write_sysreg(0, oslar_el1);
	event_listen(EVENT_NMI);
	prepare(&in, user_steps + 4, PSTATE_EL0 | PSTATE_SS);
	in.x[29] = (u64)&request;
	in.x[30] = VMM_BASE + USER_VMM_OFFSET + VMM_REQUEST;
	write_sysreg(MDSCR_SS, mdscr_el1);
	run(&in, &out);
	write_sysreg(0, mdscr_el1);
	expect_handled(EVENT_NMI, 1);
	expect(seen(EVENT_NMI)->regs.x[2], in.pc + 4, "interrupted PC");
	expect(seen(EVENT_NMI)->regs.x[3], in.pstate, "interrupted PSTATE");
	expect(seen(EVENT_NMI)->regs.spsr, in.pstate, "SPSR_EL1");
	expect(ESR_EC(out.esr), EC_STEP_LOWER, "exception class");
	expect(out.elr, in.pc + 8, "PC");
	expect(out.spsr, in.pstate & ~(u64)PSTATE_SS, "PSTATE");
	in.x[0]++;
	expect_same(&out, &in, 0, 30, "step");
}

static u64 steps[MAX_STEPS];

/* The handler's instructions are stepped too, and nothing is skipped. */
static void by_the_vmm(void)
{
	struct request on = { .service = SERVICE_STEP, .arg = { 1 } };
	struct request off = { .service = SERVICE_STEP, .arg = { 0 } };
	struct registers in, out;
	unsigned int nr, n, at = 0;
	u64 code = (u64)kernel_window;
	u64 completed = sysfs_number(this_cpu()->index, FILE_COMPLETED);

	expect(event_register_as(EVENT_NMI, handler_tiny, 0, 0), SUCCESS, "REGISTER");
	event_enable(EVENT_NMI);
	pe_unmask();
	prepare(&in, kernel_window, PSTATE_EL1H | PSTATE_DAIF);
	in.x[1] = (u64)&on;
	in.x[2] = (u64)&off;
	in.x[3] = VMM_BASE + VMM_REQUEST;
	in.x[29] = (u64)this_cpu()->index << 32 | EVENT_NUMBER(EVENT_NMI);
	in.x[30] = VMM_BASE + VMM_RAISE;
	run(&in, &out);
	nr = service(SERVICE_STEPS, (u64)steps, sizeof(steps), 0, 0);

	in.x[0] += 2;
	expect_same(&out, &in, 0, 30, "stepped by the VMM");
	expect(out.spsr, in.pstate, "PSTATE");
	expect(out.elr, code + 24, "PC");
	expect(read_sysreg(mdscr_el1), 0, "MDSCR_EL1");
	expect(sysfs_number(this_cpu()->index, FILE_COMPLETED), completed + 1, "completed");

	/* The handler follows the raise, and leads back to what followed it. */
	for (n = 0; n + 1 < nr; n++)
		if (steps[n] >= (u64)handler_tiny && steps[n] < (u64)handler_tiny_end)
			at = n;
	if (!at || nr < 5) {
		check(false, "no step in the handler, of %u", nr);
	} else {
		expect(steps[at], (u64)handler_tiny_end - 4, "last step in the handler");
		check(steps[at + 1] == code + 12 || steps[at + 1] == code + 16,
		      "after the handler comes %#llx", steps[at + 1]);
	}
}

const struct test step_tests[] = {
	{ "by the guest", 1, by_the_guest },
	{ "by the guest, interrupted before the step", 1, before_the_step },
	{ "by the VMM", 1, by_the_vmm },
	{ NULL }
};
