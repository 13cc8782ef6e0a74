/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that look at VMs from the outside.
 */
#ifndef _GUEST_BARE_TEST_H
#define _GUEST_BARE_TEST_H

#include <stdio.h>

#include "bare.h"

#define EVENT_STATE(n)	KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_EVENT(n) + KVM_SDEI_REG_EVENT_STATE)
#define PE		KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_PE)
#define MINOR		KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_MINOR)

/* A handler that leaves the guest at once, with the event's number. */
#define HANDLER		(BARE_ADDRESS(bare_guest) + 4)

struct test {
	const char *name;
	void (*run)(void);
};

/* Of the test that runs. */
extern bool good;

/* What must hold in a test. */
#define expect(got, wanted)							\
	do {									\
		s64 _got = (s64)(got), _wanted = (s64)(wanted);			\
										\
		if (_got != _wanted) {						\
			printf("# line %d: %s is %#llx (%lld), not %#llx (%lld)\n", \
			       __LINE__, #got, _got, _got, _wanted, _wanted);	\
			good = false;						\
		}								\
	} while (0)

int run_tests(const struct test *tests, unsigned int nr);
void set_mp_state(struct bare_vcpu *vcpu, u32 state);
void interrupt_every(unsigned int seconds);
void raise_event(const char *file, u32 event);

#endif /* _GUEST_BARE_TEST_H */
