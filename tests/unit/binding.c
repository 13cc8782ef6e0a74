// SPDX-License-Identifier: GPL-2.0-only
/*
 * INTERRUPT_BIND, INTERRUPT_RELEASE and the events of bound interrupts
 * (spec.md, sections 1 and 2).
 */
#include <linux/errno.h>

#include "host.h"

#define PPI	20
#define SPI	40

static void test_no_slots(void)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	u32 n;

	tap_section("no slots");
	expect(call(p, FEATURES, SDEI_FEATURE_BIND_SLOTS), 0, "FEATURES says so");
	for (n = 16; n < HOST_NR_IRQS; n++) {
		host->busy[n] = n & 1;
		expect(call(p, INTERRUPT_BIND, n), SDEI_OUT_OF_RESOURCE, "%s %u",
		       n < 32 ? "PPI" : "SPI", n);
	}
	expect(call(p, REGISTER, PPI_EVENT(0), 4), SDEI_INVALID_PARAMETERS,
	       "the event of a PPI is unknown");
	expect(call(p, REGISTER, SPI_EVENT(0), 4), SDEI_INVALID_PARAMETERS,
	       "the event of an SPI is unknown");
	host_delete(host);
}

static void test_parameters(unsigned int slots)
{
	static const u32 bad[] = { 1020, 1021, 1022, 1023, 8192, 0x10000, 0xffffffff };
	struct host *host = host_new_with_slots(1, slots);
	struct host_pe *p = host->pes;
	u32 n;

	tap_section("%u slots", slots);
	expect(call(p, FEATURES, SDEI_FEATURE_BIND_SLOTS), slots << 16 | slots,
	       "FEATURES says so");
	for (n = 0; n < 16; n++)
		expect(call(p, INTERRUPT_BIND, n), SDEI_INVALID_PARAMETERS, "SGI %u", n);
	for (n = HOST_NR_IRQS; n < 1020; n++)
		expect(call(p, INTERRUPT_BIND, n), SDEI_INVALID_PARAMETERS,
		       "the VM has no SPI %u", n);
	for (n = 0; n < ARRAY_SIZE(bad); n++)
		expect(call(p, INTERRUPT_BIND, bad[n]), SDEI_INVALID_PARAMETERS,
		       "neither PPI nor SPI %u", bad[n]);
	for (n = 0; n < NR_EVENTS; n++) {
		expect(call(p, INTERRUPT_RELEASE, host_events[n]),
		       SDEI_INVALID_PARAMETERS, "%#x is not bound", host_events[n]);
		register_event(p, host_events[n], RM_ANY, 0);
		expect(call(p, INTERRUPT_RELEASE, host_events[n]),
		       SDEI_INVALID_PARAMETERS, "%#x is not bound, registered",
		       host_events[n]);
	}
	for (n = 0; n < 2; n++) {
		expect(call(p, INTERRUPT_RELEASE, PPI_EVENT(n)), SDEI_INVALID_PARAMETERS,
		       "no PPI is bound to slot %u", n);
		expect(call(p, INTERRUPT_RELEASE, SPI_EVENT(n)), SDEI_INVALID_PARAMETERS,
		       "no SPI is bound to slot %u", n);
	}
	expect(call(p, INTERRUPT_RELEASE, PPI), SDEI_INVALID_PARAMETERS,
	       "a PPI's own number is no event");
	expect(call(p, INTERRUPT_RELEASE, SPI), SDEI_INVALID_PARAMETERS,
	       "an SPI's own number is no event");
	host_delete(host);
}

/* Fill all slots for interrupts from @first on, whose events begin at @event. */
static void test_slots(u32 first, u32 event, u32 last, unsigned int slots)
{
	struct host *host = host_new_with_slots(2, slots);
	struct host_pe *p = host->pes, *q = p + 1;
	unsigned int n;

	tap_section("%u slots for %u to %u", slots, first, last);
	host->nr_irqs = last + 1;
	for (n = 0; n < slots; n++) {
		expect(call(p, INTERRUPT_BIND, first + n), event + n, "bind %u", n);
		expect(host->bound[first + n], event + n, "the host knows, %u", n);
		expect(call(q, INTERRUPT_BIND, first + n), event + n, "bind %u again", n);
		host->busy[first + n] = true;
		expect(call(p, INTERRUPT_BIND, first + n), event + n,
		       "bind %u again while it is pending", n);
		host->busy[first + n] = false;
	}
	expect(call(p, INTERRUPT_BIND, last), SDEI_OUT_OF_RESOURCE, "no slot is left");
	host->busy[last] = true;
	expect(call(p, INTERRUPT_BIND, last), SDEI_OUT_OF_RESOURCE,
	       "also if it is busy");

	expect(call(q, INTERRUPT_RELEASE, event), 0, "release the first");
	expect(host->bound[first], 0, "the host knows");
	expect(call(p, INTERRUPT_RELEASE, event), SDEI_INVALID_PARAMETERS,
	       "it is unknown now");
	expect(call(p, STATUS, event), SDEI_INVALID_PARAMETERS, "to STATUS, too");
	expect(call(p, INTERRUPT_BIND, last), SDEI_DENIED, "one that is busy");
	expect(call(p, INTERRUPT_BIND, last), SDEI_DENIED, "leaves the slot free");
	host->busy[last] = false;
	expect(call(p, INTERRUPT_BIND, last), event, "one that is not");
	if (slots > 1)
		expect(call(p, INTERRUPT_BIND, first + 1), event + 1,
		       "the other is where it was");
	host_delete(host);
}

/* The event of a bound interrupt is one like the others. */
static void test_event(u32 intid, u32 event, bool shared)
{
	struct host *host = host_new_with_slots(2, 1);
	struct host_pe *p = host->pes, *q = p + 1;
	u64 other = shared ? PPI_EVENT(0) : SPI_EVENT(0);

	tap_section("%#x", event);
	expect(host_raise(p, event), -EINVAL, "cannot be raised before it is bound");
	expect(call(p, INTERRUPT_BIND, intid), event, "is bound");
	expect(call(p, GET_INFO, event, 0), shared, "its type");
	expect(call(p, GET_INFO, event, 1), 1, "cannot be signalled");
	expect(call(p, GET_INFO, event, 2), 0, "is normal");
	expect(call(p, SIGNAL, event, 0), SDEI_INVALID_PARAMETERS, "SIGNAL");
	expect(call(p, STATUS, event), 0, "is not registered");
	expect(call(p, STATUS, other), SDEI_INVALID_PARAMETERS,
	       "that of the other kind is unknown");
	expect(call(p, ENABLE, event), SDEI_DENIED, "ENABLE before REGISTER");
	expect(call(p, DISABLE, event), SDEI_DENIED, "DISABLE before REGISTER");
	expect(call(p, UNREGISTER, event), SDEI_DENIED, "UNREGISTER before REGISTER");
	expect(host_raise(p, event), -ENOENT, "cannot be raised before REGISTER");
	use_event(p, event);
	expect(call(p, STATUS, event), 3, "is registered and enabled");
	expect(call(q, STATUS, event), shared ? 3 : 0, "on the other PE");
	expect(call(q, INTERRUPT_RELEASE, event), SDEI_DENIED,
	       "cannot be released by another PE");
	call(p, PE_UNMASK);
	expect(host_raise(p, event), 0, "is raised");
	check(host_dispatch(p) && at_handler(p, event), "its handler runs");
	expect(call(p, UNREGISTER, event), SDEI_PENDING, "UNREGISTER in the handler");
	expect(call(p, INTERRUPT_RELEASE, event), SDEI_DENIED, "not while it runs");
	call(p, COMPLETE);
	expect(call(p, INTERRUPT_RELEASE, event), 0, "then it is released");
	expect(host_raise(p, event), -EINVAL, "cannot be raised any more");
	expect(call(p, ENABLE, event), SDEI_INVALID_PARAMETERS, "is unknown");
	host_delete(host);
}

/* The bound events come after all others of their priority, by number. */
static void test_order(void)
{
	static const u32 order[] = { EVENT_0, NOTIFY, VM_NOTIFY, PPI_EVENT(0), SPI_EVENT(0) };
	struct host *host = host_new_with_slots(1, 2);
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("order");
	call(p, INTERRUPT_BIND, PPI);
	call(p, INTERRUPT_BIND, SPI);
	for (n = 0; n < ARRAY_SIZE(order); n++) {
		use_event(p, order[n]);
		host_raise(p, order[n]);
	}
	call(p, PE_UNMASK);
	for (n = 0; n < ARRAY_SIZE(order); n++) {
		check(at_handler(p, order[n]), "%#x is dispatched", order[n]);
		call(p, COMPLETE);
	}
	host_delete(host);
}

/* The resets release what is bound, but not what a PE still uses. */
static void test_reset(bool by_call)
{
	struct host *host = host_new_with_slots(2, 2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section(by_call ? "SHARED_RESET" : "reset of the VM");
	call(p, INTERRUPT_BIND, PPI);
	call(p, INTERRUPT_BIND, PPI + 1);
	call(p, INTERRUPT_BIND, SPI);
	use_event(q, PPI_EVENT(1));
	use_event(p, SPI_EVENT(0));
	if (by_call)
		expect(call(p, SHARED_RESET), 0, "succeeds");
	else
		sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
	expect(host->bound[SPI], 0, "the SPI is released");
	expect(host->bound[PPI], 0, "a PPI is released");
	expect(host->bound[PPI + 1], PPI_EVENT(1), "but not if it is registered");
	expect(call(q, STATUS, PPI_EVENT(1)), 3, "it still is");
	expect(call(q, PRIVATE_RESET), 0, "PRIVATE_RESET");
	expect(call(q, STATUS, PPI_EVENT(1)), 0, "unregisters it");
	if (by_call)
		expect(call(p, SHARED_RESET), 0, "succeeds again");
	else
		sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
	expect(host->bound[PPI + 1], 0, "and now it is released");
	host_delete(host);
}

static struct host_pe *releaser;

/* Another PE releases the interrupt just before REGISTER takes the lock. */
static void release_between(enum host_step step)
{
	if (step != HOST_LOCK)
		return;
	host_on_step = NULL;
	expect(call(releaser, INTERRUPT_RELEASE, PPI_EVENT(0)), 0, "it is released");
}

static void test_register_race(void)
{
	struct host *host = host_new_with_slots(2, 2);

	tap_section("REGISTER against RELEASE");
	call(host->pes, INTERRUPT_BIND, PPI);
	releaser = &host->pes[1];
	host_on_step = release_between;
	expect(register_event(host->pes, PPI_EVENT(0), RM_ANY, 0),
	       SDEI_INVALID_PARAMETERS, "the event is gone");
	expect(host->pes->pe.private.registered, 0, "nothing is registered");
	host_delete(host);
}

int main(void)
{
	unsigned int slots;

	test_no_slots();
	for (slots = 1; slots <= SDEI_MAX_SLOTS; slots++) {
		test_parameters(slots);
		test_slots(16, PPI_EVENT(0), 31, slots);
		test_slots(32, SPI_EVENT(0), HOST_NR_IRQS - 1, slots);
		test_slots(32, SPI_EVENT(0), HOST_MAX_IRQS - 1, slots);
	}
	test_event(PPI, PPI_EVENT(0), false);
	test_event(SPI, SPI_EVENT(0), true);
	test_order();
	test_reset(true);
	test_reset(false);
	test_register_race();
	return tap_exit();
}
