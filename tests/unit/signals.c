// SPDX-License-Identifier: GPL-2.0-only
/* EVENT_SIGNAL: from a PE to itself and to others (spec.md, section 2). */
#include <linux/errno.h>

#include "host.h"

static struct host *host_with_signal(void)
{
	struct host *host = host_new(HOST_MAX_PES, 1);
	unsigned int n;

	for (n = 0; n < HOST_MAX_PES; n++) {
		call(&host->pes[n], PE_UNMASK);
		use_event(&host->pes[n], EVENT_0);
	}
	return host;
}

static unsigned int notifications(const struct host *host)
{
	unsigned int n, sum = 0;

	for (n = 0; n < host->nr; n++)
		sum += host->pes[n].notifications;
	return sum;
}

/* Each PE to each PE, by MPIDRs with other bits set or not. */
static void test_targets(unsigned int from, unsigned int to, u64 noise)
{
	struct host *host = host_with_signal();
	struct host_pe *p = &host->pes[from], *q = &host->pes[to];
	unsigned int n;

	tap_section("SIGNAL from PE %u to PE %u, MPIDR %#llx", from, to,
		    q->mpidr | noise);
	call(p, SIGNAL, EVENT_0, q->mpidr | noise);
	if (p == q) {
		check(at_handler(p, EVENT_0), "is dispatched at once");
		expect(call(p, CONTEXT, 0), SDEI_SUCCESS, "succeeds");
	} else {
		expect(p->regs.x[0], SDEI_SUCCESS, "succeeds");
		check(sdei_pe_deliverable(&q->pe), "is deliverable");
		check(host_dispatch(q), "is dispatched");
		check(at_handler(q, EVENT_0), "the handler is entered");
	}
	expect(q->notifications, p != q, "the target is notified if it is another");
	expect(notifications(host), p != q, "nobody else is");
	for (n = 0; n < HOST_MAX_PES; n++)
		expect(host->pes[n].pe.delivered, n == to,
		       "PE %u runs a handler if it is the target", n);
	host_delete(host);
}

static void test_parameters(void)
{
	static const u64 mpidrs[] = {
		HOST_MPIDR_NONE, 2, 0x80000002, 2 << 8, 2 << 16, 2ULL << 32,
		0x0101, 0x0100000001, 0xff, -1,
	};
	struct host *host = host_with_signal();
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("SIGNAL");
	for (n = 0; n < ARRAY_SIZE(mpidrs); n++)
		expect(call(p, SIGNAL, EVENT_0, mpidrs[n]), SDEI_INVALID_PARAMETERS,
		       "no PE has MPIDR %#llx", mpidrs[n]);
	for (n = 1; n < NR_EVENTS; n++) {
		use_event(p, host_events[n]);
		expect(call(p, SIGNAL, host_events[n], p->mpidr),
		       SDEI_INVALID_PARAMETERS, "%#x cannot be signalled",
		       host_events[n]);
	}
	expect(p->pe.delivered, 0, "nothing came of it");
	expect(notifications(host), 0, "nobody was notified");
	host_delete(host);
}

/* What a target can be that the event does not reach. */
static void test_unreachable(bool to_self)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = &host->pes[0], *q = &host->pes[!to_self];

	tap_section("SIGNAL to %s", to_self ? "self" : "another PE");
	call(q, PE_UNMASK);
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS, "unregistered");
	use_event(q, EVENT_0);
	check(!host_dispatch(q), "unregistered: nothing was queued");

	call(q, PE_MASK);
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS, "masked");
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS,
	       "masked and pending already");
	expect(q->pe.delivered, 0, "masked: is not dispatched");
	call(q, PE_UNMASK);
	check(at_handler(q, EVENT_0), "masked: stays pending");
	call(q, COMPLETE);
	expect(q->pe.delivered, 1, "masked: comes once");

	call(q, DISABLE, EVENT_0);
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS, "disabled");
	expect(q->pe.delivered, 1, "disabled: is not dispatched");
	call(q, ENABLE, EVENT_0);
	check(at_handler(q, EVENT_0), "disabled: stays pending");

	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS, "running");
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS,
	       "running and pending already");
	call(q, COMPLETE);
	check(at_handler(q, EVENT_0), "running: stays pending");
	call(q, UNREGISTER, EVENT_0);
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS,
	       "unregister-pending");
	call(q, COMPLETE);
	use_event(q, EVENT_0);
	expect(q->pe.delivered, 3, "unregister-pending: nothing was queued");
	expect(notifications(host), 0, "nobody was notified in vain");
	host_delete(host);
}

static void test_critical_handler(void)
{
	struct host *host = host_with_signal();
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("SIGNAL to a PE in a critical handler");
	use_event(q, NMI);
	host_raise(q, NMI);
	host_dispatch(q);
	host_forget(host);
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS, "succeeds");
	expect(notifications(host), 0, "notifies nobody");
	expect(call(q, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS,
	       "its own SIGNAL returns");
	call(q, COMPLETE);
	check(at_handler(q, EVENT_0), "comes with COMPLETE");
	host_delete(host);
}

/* The host may raise event 0 as well. */
static void test_host(void)
{
	struct host *host = host_with_signal();
	struct host_pe *p = host->pes;

	tap_section("event 0 by the host");
	expect(host_raise(p, EVENT_0), 0, "is raised");
	call(p + 1, SIGNAL, EVENT_0, p->mpidr);
	check(host_dispatch(p), "is dispatched");
	call(p, COMPLETE);
	expect(p->pe.delivered, 1, "is one instance with that by SIGNAL");
	host_delete(host);
}

/* A PE that the host knows of and that never made a call is an ordinary target. */
static void test_absent(void)
{
	struct host *host = host_with_signal();
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("SIGNAL to a PE that makes no use of SDEI");
	sdei_pe_exit(&q->pe);
	q->absent = true;
	expect(call(p, SIGNAL, EVENT_0, q->mpidr), SDEI_SUCCESS, "succeeds");
	expect(call(p, REGISTER, VM_NMI, 0x1000, 0, RM_PE, q->mpidr), SDEI_SUCCESS,
	       "which a shared event may be routed to");
	expect(call(p, ROUTING_SET, VM_NMI, RM_PE, q->mpidr), SDEI_SUCCESS,
	       "by ROUTING_SET, too");
	expect(notifications(host), 0, "notifies nobody");
	host_delete(host);
}

int main(void)
{
	unsigned int from, to;

	for (from = 0; from < HOST_MAX_PES; from++)
		for (to = 0; to < HOST_MAX_PES; to++) {
			test_targets(from, to, 0);
			test_targets(from, to, HOST_MPIDR_NOISE);
		}
	test_parameters();
	test_unreachable(true);
	test_unreachable(false);
	test_critical_handler();
	test_host();
	test_absent();
	return tap_exit();
}
