// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module keeps out of: a VMM that has denied or claimed the calls, SMCs
 * that KVM does not take, and VMs of a kind that is not served. There each call
 * gives what it gives without the module.
 */
#include "guest.h"

static void each_function(void)
{
	enum filter filter = fact(FACT_FILTER);
	u64 fn, forwarded = fact(FACT_FORWARDED);

	for (fn = SDEI_BASE; fn <= SDEI_LAST; fn++)
		expect(call(fn, 0x40000000),
		       filter == FILTER_DENY ? (u64)NOT_SUPPORTED : VMM_RAISE_SELF_VALUE ^ fn,
		       "function %#llx", fn);
	expect(fact(FACT_FORWARDED),
	       forwarded + (filter == FILTER_DENY ? 0 : SDEI_LAST + 1 - SDEI_BASE),
	       "calls that the VMM has seen");
	expect(fact(FACT_ATTACHED), 0, "the VM is in sysfs");
}

const struct test filter_tests[] = {
	{ "calls are the VMM's", 1, each_function },
	{ NULL }
};

static void no_function(void)
{
	u64 fn;

	for (fn = SDEI_BASE; fn <= SDEI_LAST; fn++)
		expect(call(fn, 0), NOT_SUPPORTED, "function %#llx", fn);
	expect(fact(FACT_ATTACHED), 0, "the VM is in sysfs");
}

const struct test unserved_tests[] = {
	{ "no call is supported", 1, no_function },
	{ NULL }
};
