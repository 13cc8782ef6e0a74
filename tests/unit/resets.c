// SPDX-License-Identifier: GPL-2.0-only
/*
 * PRIVATE_RESET and SHARED_RESET, and what the host resets and creates (spec.md,
 * sections 2 and 4).
 */
#include <linux/errno.h>
#include <string.h>

#include "host.h"

/* Two unmasked PEs, both with all private events, and all shared events. */
static struct host *host_with_all(void)
{
	struct host *host = host_new(2, 1);
	unsigned int n, m;

	for (n = 0; n < 2; n++) {
		call(&host->pes[n], PE_UNMASK);
		for (m = 0; m < NR_EVENTS; m++)
			if (!is_shared(host_events[m]) || !n)
				use_event(&host->pes[n], host_events[m]);
	}
	return host;
}

static void run_handler(struct host_pe *p, u32 event)
{
	always(!host_raise(p, event), "raise %#x", event);
	always(host_dispatch(p), "dispatch %#x", event);
}

/* The states of all events of one kind, as a PE sees them. */
static void expect_all(struct host_pe *p, bool shared, s64 status, u32 but,
		       const char *name)
{
	unsigned int n;

	for (n = 0; n < NR_EVENTS; n++)
		if (is_shared(host_events[n]) == shared && host_events[n] != but)
			expect(call(p, STATUS, host_events[n]), status, "%s: %#x", name,
			       host_events[n]);
}

#define NOT_ONE	0xffffffff

static void test_call(bool shared)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes, *q = p + 1;
	u64 fn = shared ? SHARED_RESET : PRIVATE_RESET;

	tap_section("%s_RESET", shared ? "SHARED" : "PRIVATE");
	expect(call(p, fn), SDEI_SUCCESS, "succeeds");
	expect_all(p, shared, 0, NOT_ONE, "is unregistered");
	expect_all(p, !shared, 3, NOT_ONE, "of the other kind is left");
	expect_all(q, false, 3, NOT_ONE, "of another PE is left");
	expect(call(p, fn), SDEI_SUCCESS, "succeeds again");
	expect(call(p, PE_MASK), 1, "leaves the PE unmasked");
	expect(call(p, fn), SDEI_SUCCESS, "succeeds masked");
	expect(call(p, PE_MASK), 0, "leaves the PE masked");
	host_delete(host);
}

/* In or next to a handler of @event. */
static void test_running(bool shared, u32 event, bool from_other)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes, *caller = p + from_other;
	u64 fn = shared ? SHARED_RESET : PRIVATE_RESET;
	bool concerned = shared ? is_shared(event) : !is_shared(event) && !from_other;

	tap_section("%s_RESET while %#x runs on %s", shared ? "SHARED" : "PRIVATE",
		    event, from_other ? "another PE" : "the PE");
	run_handler(p, event);
	expect(call(caller, fn), concerned ? SDEI_DENIED : SDEI_SUCCESS,
	       "answers");
	expect_all(caller, shared, 0, event, "is unregistered");
	expect(call(p, STATUS, event), concerned ? 4 : 7, "the state of the event");
	expect(call(caller, fn), concerned ? SDEI_DENIED : SDEI_SUCCESS,
	       "answers again");
	call(p, COMPLETE);
	expect(call(p, STATUS, event), concerned ? 0 : 3, "the state after COMPLETE");
	expect(call(caller, fn), SDEI_SUCCESS, "succeeds then");
	host_delete(host);
}

static void test_nested(void)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;

	tap_section("PRIVATE_RESET in two handlers");
	run_handler(p, NOTIFY);
	run_handler(p, NMI);
	expect(call(p, PRIVATE_RESET), SDEI_DENIED, "is denied");
	expect(call(p, STATUS, NOTIFY), 4, "the outer event");
	expect(call(p, STATUS, NMI), 4, "the inner event");
	call(p, COMPLETE);
	expect(call(p, PRIVATE_RESET), SDEI_DENIED, "is denied in the outer one");
	call(p, COMPLETE);
	expect_all(p, false, 0, NOT_ONE, "after COMPLETE");
	host_delete(host);
}

/* A private handler keeps PRIVATE_RESET from success, a shared one does not. */
static void test_nested_kinds(void)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;

	tap_section("resets in a shared handler in a private one");
	run_handler(p, NOTIFY);
	run_handler(p, VM_NMI);
	expect(call(p, PRIVATE_RESET), SDEI_DENIED, "PRIVATE_RESET is denied");
	expect(call(p, SHARED_RESET), SDEI_DENIED, "SHARED_RESET is denied");
	call(p, COMPLETE);
	expect(call(p, SHARED_RESET), SDEI_SUCCESS, "SHARED_RESET then succeeds");
	expect(call(p, PRIVATE_RESET), SDEI_DENIED, "PRIVATE_RESET does not");
	call(p, COMPLETE);
	expect(call(p, PRIVATE_RESET), SDEI_SUCCESS, "PRIVATE_RESET then succeeds");
	host_delete(host);
}

/* After its reset a PE is as it was created, whatever it did before. */
static void expect_new(struct host_pe *p)
{
	unsigned int n;

	check(!sdei_pe_in_use(&p->pe), "is not in use");
	check(!sdei_pe_deliverable(&p->pe), "nothing is deliverable");
	expect_all(p, false, 0, NOT_ONE, "is unregistered");
	expect(call(p, COMPLETE), SDEI_DENIED, "COMPLETE");
	expect(call(p, COMPLETE_AND_RESUME), SDEI_DENIED, "COMPLETE_AND_RESUME");
	expect(call(p, CONTEXT, 0), SDEI_DENIED, "CONTEXT");
	for (n = 0; n < NR_EVENTS; n++)
		if (!is_shared(host_events[n]))
			use_event(p, host_events[n]);
	expect(call(p, PE_MASK), 0, "is masked");
	call(p, PE_UNMASK);
	for (n = 0; n < NR_EVENTS; n++)
		if (!is_shared(host_events[n]))
			check(!host_dispatch(p), "%#x is not pending", host_events[n]);
	host_raise(p, NOTIFY);
	check(host_dispatch(p), "takes an event again");
}

static void test_created(void)
{
	struct host *host = host_new(2, 1);

	tap_section("a PE that was created");
	expect_all(host->pes, true, 0, NOT_ONE, "is unregistered");
	expect_new(host->pes);
	host_delete(host);
}

static void test_pe_reset(u32 first, u32 second)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes, *q = p + 1;
	struct sdei_regs regs;
	unsigned int n;

	tap_section("a PE reset in the handlers of %#x and %#x", first, second);
	run_handler(p, first);
	run_handler(p, second);
	/* The shared events stay with the VM: here, not to get in the way. */
	call(p, DISABLE, VM_NOTIFY);
	call(p, DISABLE, VM_NMI);
	for (n = 0; n < NR_EVENTS; n++)
		if (!is_shared(host_events[n]))
			host_raise(p, host_events[n]);
	regs = p->regs;
	host_reset(p);
	check(!memcmp(&regs, &p->regs, sizeof(regs)), "leaves the registers alone");
	expect_all(q, true, 1, NOT_ONE, "is left");
	expect_all(q, false, 3, NOT_ONE, "of another PE is left");
	expect_new(p);
	host_delete(host);
}

/* A reset of the VM and of its PEs, in either order. */
static void test_vm_reset(u32 event, bool vm_first)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes, *q = p + 1;
	unsigned int n;

	tap_section("a VM reset in the handler of %#x, %s first", event,
		    vm_first ? "the VM" : "its PEs");
	run_handler(p, event);
	for (n = 0; n < NR_EVENTS; n++)
		host_raise(p, host_events[n]);
	if (vm_first) {
		sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
		host_check(host);
	}
	for (n = 0; n < 2; n++)
		host_reset(&host->pes[n]);
	if (!vm_first)
		sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
	host_check(host);

	expect_all(p, true, 0, NOT_ONE, "is unregistered");
	expect(host_raise(p, VM_NMI), -ENOENT, "cannot be raised");
	use_event(q, VM_NOTIFY);
	use_event(q, VM_NMI);
	expect_new(p);
	expect_all(q, true, 3, NOT_ONE, "nothing is pending");
	host_raise(p, VM_NMI);
	check(host_dispatch(p) && at_handler(p, VM_NMI), "takes a shared event again");
	host_delete(host);
}

/* PEs come and go; the rest of the VM goes on. */
static void test_pe_exit(unsigned int gone)
{
	struct host *host = host_new(4, 1);
	struct host_pe *p;
	unsigned int n;

	tap_section("PE %u is removed", gone);
	for (n = 0; n < 4; n++)
		call(&host->pes[n], PE_UNMASK);
	use_event(host->pes, VM_NOTIFY);
	use_event(host->pes, VM_NMI);
	sdei_pe_exit(&host->pes[gone].pe);
	for (n = 0; n < 4; n++) {
		if (n == gone)
			continue;
		p = &host->pes[n];
		host_forget(host);
		host_raise(p, VM_NMI);
		expect(p->notifications, 1, "PE %u is the lowest", n);
		check(host_dispatch(p), "PE %u takes an event", n);
		/* It is out of the way of the next one then. */
		call(p, COMPLETE);
		call(p, PE_MASK);
	}
	host_raise(host->pes, VM_NMI);
	expect(host->pes[gone].notifications, 0, "that PE is not notified");
	sdei_pe_init(&host->pes[gone].pe, &host->vm, gone, host->pes[gone].mpidr, false,
		     &host->pes[gone].regs);
	call(&host->pes[gone], PE_UNMASK);
	expect(call(&host->pes[gone], STATUS, VM_NMI), 7, "it may come back");
	host_delete(host);
}

int main(void)
{
	unsigned int n;

	test_created();
	test_call(false);
	test_call(true);
	for (n = 0; n < NR_EVENTS; n++) {
		test_running(false, host_events[n], false);
		test_running(false, host_events[n], true);
		test_running(true, host_events[n], false);
		test_running(true, host_events[n], true);
		test_vm_reset(host_events[n], false);
		test_vm_reset(host_events[n], true);
	}
	test_nested();
	test_nested_kinds();
	test_pe_reset(EVENT_0, NMI);
	test_pe_reset(NOTIFY, VM_NMI);
	test_pe_reset(VM_NOTIFY, NMI);
	test_pe_reset(VM_NOTIFY, VM_NMI);
	for (n = 0; n < 4; n++)
		test_pe_exit(n);
	return tap_exit();
}
