/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the explorer share with each other.
 */
#ifndef _EXPLORE_H
#define _EXPLORE_H

#include <linux/errno.h>
#include <uapi/kvm_sdei.h>

#include "sdei.h"
#include "reference.h"
#include "tap.h"

/**
 * struct config - what is explored
 * @name: how to ask for it
 * @by_default: explored when nothing is asked for
 * @minor: y of the version 1.y; there is relative mode in 1.1
 * @slots: for interrupts of each kind
 * @pes: number of PEs
 * @events: number of events
 * @event: the events, private ones first
 */
struct config {
	const char *name;
	bool by_default;
	unsigned int minor;
	unsigned int slots;
	int pes;
	int events;
	u32 event[REF_EVENTS];
};

/* An event of the configuration, as the dispatcher and as the model know it. */
struct known_event {
	u32 number;
	enum sdei_event_id id;
	int e;
	bool shared;
};

/* A PE with what its host keeps for it. */
struct world_pe {
	struct sdei_pe pe;
	struct sdei_regs regs;
	u64 sysreg[4];
	u64 increment;
};

/*
 * A VM twice: as the dispatcher has it, and as the model has it; and by the
 * model's events what the host has bound.
 */
struct world {
	struct sdei_vm vm;
	u32 bound[REF_EVENTS];
	struct world_pe pes[REF_MAX_PES];
	struct ref ref;
};

/* What goes on around the dispatcher in a step; sets of PEs are bit masks. */
struct surroundings {
	int self;
	unsigned int halted;
	unsigned int asked;
	unsigned int notified;
	bool locked;
	bool busy;
	const char *violation;
};

enum step_kind { CALL, DISPATCH, RAISE, RAISE_SHARED, PE_RESET, VM_RESET };
/* IN_TURN: in one state on one PE, in the next on the next. */
enum step_when { ALWAYS, IN_TURN, UNREGISTERED, OTHERWISE };

/**
 * struct step - one thing that happens
 * @kind: what
 * @pe: who does it, or to whom it is done
 * @when: in which states it is tried, REGISTER by the event's
 * @busy: an interrupt that is to be bound is in use
 * @x: for a call x0 to x5, for a raise the event's number in x[0]
 */
struct step {
	enum step_kind kind;
	int pe;
	enum step_when when;
	bool busy;
	u64 x[6];
};

extern const struct config *config;
extern struct world world;
extern struct surroundings around;

/* explore-host.c */
u64 mpidr_of(int pe);
bool host_apply(const struct step *step, unsigned int halted);

/* explore-state.c */
extern struct known_event known_events[REF_EVENTS];
extern const u32 state_intids[2][2];
void state_init(void);
void state_unpack(u64 key, struct world *to);
void state_use(const struct world *from);
void state_use_blank(void);
u64 state_pack(void);
u64 state_pack_model(void);
struct sdei_handler state_handler(u32 number, int pe, int routing);
bool state_allows(u32 state, struct ref *ref, const struct step *step);
void state_print(void);

/* explore-compare.c */
unsigned int compare_deliverable(struct world *of);
bool compare_states(unsigned int before);
bool compare_with_key(u64 key);
void compare_report(unsigned int before);

/* explore-carry.c */
const char *carry_state(u32 state);

/* explore-steps.c */
extern unsigned int nr_steps;
void steps_init(void);
struct step steps_get(unsigned int n, u32 state);
void steps_print(const struct step *step);

#endif /* _EXPLORE_H */
