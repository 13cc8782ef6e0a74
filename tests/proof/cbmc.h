/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harnesses for CBMC share: a VM of two PEs in any legal state, of
 * which pe0 is looked at while others may act at the same time.
 *
 * A harness says with prove() what is always true and with reach() what is
 * possible: an assumption that excludes too much shows there.
 */
#ifndef _CBMC_H
#define _CBMC_H

#include "sdei.h"

#define assume(cond)		__CPROVER_assume(cond)
#define prove(cond, what)	__CPROVER_assert(cond, what)
#define reach(cond, what)	__CPROVER_assert(!(cond), "reach: " what)

extern struct sdei_vm vm;
extern struct sdei_pe pe0, pe1;
/* Of pe0. That pe1 has none shows that nobody touches another PE's. */
extern struct sdei_regs regs;

/*
 * What pe0's steps began with: as any_state() chose it, with what others did
 * since. They change what the lock guards before pe0 takes it.
 */
struct state {
	struct sdei_vm vm;
	struct sdei_pe pe0;
	struct sdei_pe pe1;
	struct sdei_regs regs;
};

extern struct state before;

/* Who else may act, once, at one of the times when pe0 takes the lock. */
enum others {
	NOBODY,
	RAISERS,
	ANYBODY
};

/**
 * struct host - what the host has and what it was asked for
 * @mpidr: of a PE that has not been created yet
 * @irq: the VM has the interrupt that is asked for
 * @busy: it is enabled, active or pending
 * @aarch32: the PEs have AArch32 at EL0
 * @halted: pe0 and pe1 wait for an event
 * @sysreg: of pe0, by enum sdei_sysreg
 * @increment: of pe0's PC, which waits to be settled
 * @others: who else may act
 * @acted: they did
 * @locked: between sdei_host_lock() and sdei_host_unlock()
 * @notified: pe0 and pe1 were notified
 * @bound: interrupts were bound
 * @released: interrupts were released
 * @raised: private events of pe0 that others raised
 */
struct host {
	u64 mpidr;
	bool irq;
	bool busy;
	bool aarch32;
	bool halted[2];
	u64 sysreg[4];
	u64 increment;
	enum others others;
	bool acted;
	bool locked;
	bool notified[2];
	unsigned int bound;
	unsigned int released;
	unsigned long raised;
};

extern struct host host;

/* To CBMC a function without a body returns any value. */
bool nondet_bool(void);
u32 nondet_u32(void);
u64 nondet_u64(void);
struct sdei_vm nondet_vm(void);
struct sdei_pe nondet_pe(void);
struct sdei_regs nondet_regs(void);
struct sdei_handler nondet_handler(void);
struct host nondet_host(void);

extern const u32 event_numbers[SDEI_NR_EVENTS];

/* cbmc-state.c */
void any_state(enum others others);
void any_state_in_order(struct sdei_pe *first, struct sdei_pe *second, enum others others);
void others_act(void);
void any_routing(void);
void any_events(struct sdei_events *events, unsigned long known);
unsigned long ready(const struct sdei_events *events);
bool has_room(const struct sdei_pe *pe, unsigned int event);
bool same_events(const struct sdei_events *a, const struct sdei_events *b,
		 unsigned long mask);
bool same_handler(const struct sdei_handler *a, const struct sdei_handler *b);
bool same_context(const struct sdei_context *a, const struct sdei_context *b);
bool same_regs(const struct sdei_regs *a, const struct sdei_regs *b);
void prove_legal_state(void);
void prove_legal(void);
void prove_other_pe_untouched(void);
void prove_others_untouched(void);

#endif /* _CBMC_H */
