/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reference model of SDEI: what a VM's guest is to see, as spec.md says it. It
 * shares no code, type or number with the dispatcher, which the explorer
 * compares with it.
 */
#ifndef _REFERENCE_H
#define _REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define REF_MAX_PES	3
#define REF_EVENTS	7
#define REF_SAVED	18
#define REF_NOBODY	-1

/* Answers to the host, which are not of the specification. */
enum ref_raised { REF_RAISED, REF_NOT_REGISTERED, REF_NO_SUCH_EVENT };

enum ref_state {
	REF_UNREGISTERED,
	REF_REGISTERED,
	REF_ENABLED,
	REF_ENABLED_RUNNING,
	REF_REGISTERED_RUNNING,
	REF_UNREGISTER_PENDING,
	REF_STATES
};

struct ref_handler {
	uint64_t entry;
	uint64_t argument;
	uint64_t affinity;
	bool relative;
	bool one_pe;
};

/**
 * struct ref_event - an event of a PE, or of the VM
 * @state: as the client sees it
 * @pending: was raised and not dispatched since
 * @goes_to: the PE that a shared event was given to, or REF_NOBODY
 * @handler: what the client registered
 */
struct ref_event {
	enum ref_state state;
	bool pending;
	int goes_to;
	struct ref_handler handler;
};

struct ref_regs {
	uint64_t x[31];
	uint64_t sp_el0;
	uint64_t pc;
	uint64_t pstate;
	uint64_t elr_el1;
	uint64_t spsr_el1;
	uint64_t sctlr_el1;
	uint64_t vbar_el1;
};

/**
 * struct ref_nested - a handler that runs, and what it interrupted
 * @event: its event
 * @x: x0 to x17
 * @pc: where it came in
 * @pstate: the PSTATE there
 */
struct ref_nested {
	int event;
	uint64_t x[REF_SAVED];
	uint64_t pc;
	uint64_t pstate;
};

/**
 * struct ref_pe - a PE
 * @regs: its registers
 * @mpidr: its MPIDR_EL1
 * @mte: has the Memory Tagging Extension
 * @halted: waits for an interrupt; the explorer says so
 * @masked: as PE_MASK and PE_UNMASK leave it
 * @depth: how many handlers run
 * @nested: those handlers, the innermost last
 * @own: its private events; shared ones are unused here
 * @entered: handlers entered
 * @completed: handlers completed
 */
struct ref_pe {
	struct ref_regs regs;
	uint64_t mpidr;
	bool mte;
	bool halted;
	bool masked;
	int depth;
	struct ref_nested nested[2];
	struct ref_event own[REF_EVENTS];
	unsigned int entered;
	unsigned int completed;
};

/**
 * struct ref - a VM
 * @minor: y of the version 1.y
 * @slots: there is a slot for a PPI and one for an SPI
 * @interrupts: how many INTIDs there are
 * @busy: the next interrupt to be bound is in use; the explorer says so
 * @bound: the INTID that is bound to an event, or 0
 * @pes: number of PEs
 * @shared: its shared events; private ones are unused here
 * @pe: its PEs
 */
struct ref {
	unsigned int minor;
	bool slots;
	unsigned int interrupts;
	bool busy;
	uint32_t bound[REF_EVENTS];
	int pes;
	struct ref_event shared[REF_EVENTS];
	struct ref_pe pe[REF_MAX_PES];
};

void ref_init(struct ref *ref, int pes, unsigned int minor);
int ref_find(uint32_t number);
uint32_t ref_number(int event);
bool ref_is_shared(int event);
bool ref_is_critical(int event);
bool ref_is_slot(int event);
unsigned int ref_status(const struct ref_event *event);
struct ref_event *ref_event(struct ref *ref, int pe, int event);

void ref_call(struct ref *ref, int pe);
bool ref_dispatch(struct ref *ref, int pe);
enum ref_raised ref_raise(struct ref *ref, int pe, uint32_t number);
enum ref_raised ref_raise_shared(struct ref *ref, uint32_t number);
void ref_reset_pe(struct ref *ref, int pe);
void ref_reset_vm(struct ref *ref);
bool ref_is_deliverable(struct ref *ref, int pe);
bool ref_is_used(const struct ref *ref, int pe);
bool ref_is_shared_used(const struct ref *ref);

#endif /* _REFERENCE_H */
