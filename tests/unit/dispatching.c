// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which event runs next on a PE and who hears of it (spec.md, section 4). Where
 * shared events go among several PEs is in shared.c.
 */
#include <linux/errno.h>

#include "host.h"

/* The order in which events that are all pending are dispatched. */
static const u32 order[NR_EVENTS] = { NMI, VM_NMI, EVENT_0, NOTIFY, VM_NOTIFY };

static struct host *host_with_all(void)
{
	struct host *host = host_new(1, 1);
	unsigned int n;

	for (n = 0; n < NR_EVENTS; n++)
		use_event(host->pes, host_events[n]);
	return host;
}

static void test_order(void)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("all events pending");
	for (n = 0; n < NR_EVENTS; n++)
		expect(host_raise(p, host_events[n]), 0, "raise %#x", host_events[n]);
	check(!sdei_pe_deliverable(&p->pe), "masked: nothing is deliverable");
	check(!host_dispatch(p), "masked: nothing is dispatched");
	expect(p->notifications, 0, "masked: the PE is not notified");
	call(p, PE_UNMASK);
	for (n = 0; n < NR_EVENTS; n++) {
		check(at_handler(p, order[n]), "%#x is number %u", order[n], n);
		expect(p->pe.delivered, n + 1, "counted");
		expect(call(p, STATUS, order[n]), 7, "%#x runs", order[n]);
		expect(p->pe.completed, n, "those before it have completed");
		call(p, COMPLETE);
	}
	expect(p->pe.delivered, NR_EVENTS, "and that was all");
	expect(p->pe.completed, NR_EVENTS, "all have completed");
	host_delete(host);
}

static void test_pair(u32 first, u32 second)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;

	tap_section("%#x and %#x pending", first, second);
	host_raise(p, second);
	host_raise(p, first);
	call(p, PE_UNMASK);
	check(at_handler(p, first), "the first is dispatched");
	expect(call(p, STATUS, second), 3, "the second is not");
	call(p, COMPLETE);
	check(at_handler(p, second), "the second follows");
	host_delete(host);
}

/* A critical event preempts a normal handler, and nothing else does. */
static void test_preemption(u32 running, u32 raised)
{
	bool preempts = is_critical(raised) && !is_critical(running);
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;

	tap_section("%#x raised in the handler of %#x", raised, running);
	call(p, PE_UNMASK);
	host_raise(p, running);
	host_dispatch(p);
	host_forget(host);
	host_raise(p, raised);
	expect(sdei_pe_deliverable(&p->pe), preempts, "deliverable if it preempts");
	expect(p->notifications, preempts, "notified if it preempts");
	expect(host_dispatch(p), preempts, "dispatched if it preempts");
	if (preempts) {
		check(at_handler(p, raised), "the handler is entered");
		expect(call(p, STATUS, running), 7, "the other still runs");
		call(p, COMPLETE);
		expect(call(p, STATUS, running), 7, "the other runs on");
	} else {
		call(p, PE_MASK);
		call(p, PE_UNMASK);
		expect(p->pe.delivered, 1, "unmasking does not help");
		call(p, ENABLE, raised);
		expect(p->pe.delivered, 1, "enabling does not help");
		call(p, COMPLETE);
		check(at_handler(p, raised), "COMPLETE does");
	}
	host_delete(host);
}

/* Two handlers deep nothing goes deeper. */
static void test_depth(void)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("a critical handler in a normal one");
	call(p, PE_UNMASK);
	host_raise(p, NOTIFY);
	host_dispatch(p);
	host_raise(p, VM_NMI);
	host_dispatch(p);
	for (n = 0; n < NR_EVENTS; n++)
		host_raise(p, host_events[n]);
	check(!sdei_pe_deliverable(&p->pe), "nothing is deliverable");
	check(!host_dispatch(p), "nothing is dispatched");
	call(p, COMPLETE);
	check(at_handler(p, NMI), "the next critical event follows");
	call(p, COMPLETE);
	check(at_handler(p, VM_NMI), "and the next");
	call(p, COMPLETE);
	expect(call(p, STATUS, NOTIFY), 7, "then the normal handler goes on");
	check(!sdei_pe_deliverable(&p->pe), "which no normal event preempts");
	call(p, COMPLETE);
	check(at_handler(p, EVENT_0), "but follows");
	host_delete(host);
}

static void test_mask_in_handler(u32 event)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;

	tap_section("masked in the handler of %#x", event);
	call(p, PE_UNMASK);
	host_raise(p, event);
	host_dispatch(p);
	call(p, PE_MASK);
	expect(call(p, STATUS, event), 7, "the handler runs on");
	host_forget(host);
	host_raise(p, NMI);
	host_raise(p, NOTIFY);
	expect(p->notifications, 0, "the PE is not notified");
	check(!sdei_pe_deliverable(&p->pe), "nothing is deliverable");
	call(p, COMPLETE);
	expect(call(p, STATUS, event), 3, "the handler completes");
	expect(p->pe.delivered, 1, "nothing follows");
	call(p, PE_UNMASK);
	expect(p->pe.delivered, 2, "until the PE is unmasked");
	host_delete(host);
}

/* A raise by the host, in each condition that can hold it back. */
static void test_raise(u32 event)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;

	tap_section("raise of %#x", event);
	call(p, PE_UNMASK);
	expect(host_raise(p, event), -ENOENT, "unregistered");
	expect(p->notifications, 0, "unregistered: no notification");
	register_event(p, event, RM_ANY, 0);
	expect(host_raise(p, event), 0, "disabled");
	expect(p->notifications, 0, "disabled: no notification");
	check(!sdei_pe_deliverable(&p->pe), "disabled: not deliverable");
	call(p, UNREGISTER, event);
	expect(host_raise(p, event), -ENOENT, "unregistered again");

	use_event(p, event);
	call(p, PE_MASK);
	expect(host_raise(p, event), 0, "masked");
	expect(p->notifications, 0, "masked: no notification");
	check(!sdei_pe_deliverable(&p->pe), "masked: not deliverable");
	call(p, PE_UNMASK);
	check(at_handler(p, event), "masked: comes with PE_UNMASK");
	call(p, COMPLETE);

	check(!sdei_pe_deliverable(&p->pe), "nothing is deliverable");
	expect(host_raise(p, event), 0, "deliverable");
	expect(p->notifications, 1, "deliverable: one notification");
	check(sdei_pe_deliverable(&p->pe), "deliverable: says so");
	call(p, ENABLE, event);
	check(at_handler(p, event), "deliverable: comes with any call that acts");
	host_delete(host);
}

static void test_raise_errors(void)
{
	static const u32 unknown[] = { 1, 0x3fffffff, 0x40000004, 0x80000000, -1 };
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("raise");
	for (n = 0; n < ARRAY_SIZE(unknown); n++) {
		expect(sdei_raise(&p->pe, unknown[n]), -EINVAL,
		       "no private event %#x", unknown[n]);
		expect(sdei_raise_shared(&host->vm, unknown[n]), -EINVAL,
		       "no shared event %#x", unknown[n]);
	}
	for (n = 0; n < NR_EVENTS; n++) {
		u32 event = host_events[n];

		expect(sdei_raise(&p->pe, event), is_shared(event) ? -EINVAL : 0,
		       "%#x on a PE", event);
		expect(sdei_raise_shared(&host->vm, event),
		       is_shared(event) ? 0 : -EINVAL, "%#x for a VM", event);
	}
	host_delete(host);
}

/* Calls that make nothing deliverable dispatch nothing. */
static void test_nothing_to_do(void)
{
	struct host *host = host_with_all();
	struct host_pe *p = host->pes;
	u64 fn;

	tap_section("nothing pending");
	call(p, PE_UNMASK);
	check(!host_dispatch(p), "nothing is dispatched");
	for (fn = VERSION; fn <= SHARED_RESET; fn++)
		call(p, fn, NOTIFY);
	expect(p->pe.delivered, 0, "by no call either");
	host_delete(host);
}

static void test_in_use(u32 event)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;

	tap_section("in use because of %#x", event);
	check(!sdei_pe_in_use(&p->pe), "not at first");
	call(p, PE_UNMASK);
	check(!sdei_pe_in_use(&p->pe), "not because it is unmasked");
	check(!sdei_vm_in_use(p->pe.vm), "the VM neither");
	use_event(p, event);
	if (!is_shared(event))
		check(sdei_pe_in_use(&p->pe), "once it is registered");
	expect(sdei_vm_in_use(p->pe.vm), is_shared(event), "the VM if it is shared");
	check(!sdei_pe_in_use(&host->pes[1].pe), "another PE is not");
	host_raise(p, event);
	host_dispatch(p);
	call(p, UNREGISTER, event);
	check(sdei_pe_in_use(&p->pe), "while its handler runs");
	expect(sdei_vm_in_use(p->pe.vm), is_shared(event), "so is the VM");
	call(p, COMPLETE);
	check(!sdei_pe_in_use(&p->pe), "not when that is over");
	check(!sdei_vm_in_use(p->pe.vm), "nor is the VM");
	host_delete(host);
}

int main(void)
{
	unsigned int n, m;

	test_order();
	for (n = 0; n < NR_EVENTS; n++)
		for (m = n + 1; m < NR_EVENTS; m++)
			test_pair(order[n], order[m]);
	for (n = 0; n < NR_EVENTS; n++)
		for (m = 0; m < NR_EVENTS; m++)
			test_preemption(host_events[n], host_events[m]);
	test_depth();
	for (n = 0; n < NR_EVENTS; n++) {
		test_mask_in_handler(host_events[n]);
		test_raise(host_events[n]);
		test_in_use(host_events[n]);
	}
	test_raise_errors();
	test_nothing_to_do();
	return tap_exit();
}
