/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wall between the two halves: what the host side may ask of the SDEI
 * dispatcher, and what the dispatcher needs of its host.
 *
 * The dispatcher knows SDEI (Arm DEN0054) and nothing else. A PE is a virtual
 * CPU, a VM is the set of PEs that share the shared events.
 */
#ifndef _SDEI_H
#define _SDEI_H

#include <uapi/linux/arm_sdei.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/types.h>

/* Older kernels lack the ids of the calls that no Linux client made. */
#ifndef SDEI_1_0_FN_SDEI_EVENT_SIGNAL
#define SDEI_1_0_FN_SDEI_EVENT_SIGNAL	SDEI_1_0_FN(0x0F)
#endif
#ifndef SDEI_1_1_FN_SDEI_FEATURES
#define SDEI_1_1_FN_SDEI_FEATURES	SDEI_1_0_FN(0x10)
#endif

/* EVENT_REGISTER flags, and the features that FEATURES knows. */
#define SDEI_EVENT_REGISTER_RELATIVE	BIT(1)
#define SDEI_FEATURE_BIND_SLOTS		0
#define SDEI_FEATURE_RELATIVE_MODE	1

/* The fields of an MPIDR that name a PE. */
#define SDEI_MPIDR_AFFINITY		0xff00ffffffULL

/*
 * The events, by number: among equals the lowest is dispatched first. The last
 * ones are slots for interrupts, events while one is bound to them.
 */
enum sdei_event_id {
	SDEI_EVENT_SIGNAL,
	SDEI_EVENT_NOTIFY,
	SDEI_EVENT_NMI,
	SDEI_EVENT_VM_NOTIFY,
	SDEI_EVENT_VM_NMI,
	SDEI_EVENT_PPI_0,
	SDEI_EVENT_PPI_1,
	SDEI_EVENT_SPI_0,
	SDEI_EVENT_SPI_1,
	SDEI_NR_EVENTS
};

/* An event in a set of them. The modulo tells UBSAN what it need not check. */
#define SDEI_BIT(event)		BIT((event) % BITS_PER_LONG)

/* The most slots that a VM can have for interrupts of one kind. */
#define SDEI_MAX_SLOTS		2
#define SDEI_PPI_EVENTS		(BIT(SDEI_EVENT_PPI_0) | BIT(SDEI_EVENT_PPI_1))
#define SDEI_SPI_EVENTS		(BIT(SDEI_EVENT_SPI_0) | BIT(SDEI_EVENT_SPI_1))
#define SDEI_BOUND_EVENTS	(SDEI_PPI_EVENTS | SDEI_SPI_EVENTS)

#define SDEI_ALL_EVENTS		(BIT(SDEI_NR_EVENTS) - 1)
#define SDEI_SHARED_EVENTS	(BIT(SDEI_EVENT_VM_NOTIFY) | BIT(SDEI_EVENT_VM_NMI) | \
				 SDEI_SPI_EVENTS)
#define SDEI_PRIVATE_EVENTS	(SDEI_ALL_EVENTS & ~SDEI_SHARED_EVENTS)
#define SDEI_CRITICAL_EVENTS	(BIT(SDEI_EVENT_NMI) | BIT(SDEI_EVENT_VM_NMI))

/* x0..x17 are the dispatcher's to save and restore; a handler keeps the rest. */
#define SDEI_NR_SAVED_REGS	18

/**
 * struct sdei_regs - the general registers of a PE outside the guest
 * @x: x0 to x30
 * @sp: SP_EL0
 * @pc: the next instruction
 * @pstate: PSTATE in the format of SPSR_EL1
 */
struct sdei_regs {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};

/**
 * struct sdei_handler - what a client registered for an event
 * @entry: entry point, or its offset from VBAR_EL1 in relative mode
 * @arg: handed to the handler in x1
 * @affinity: the target's MPIDR where @flags say RM_PE
 * @flags: SDEI_EVENT_REGISTER_RM_PE, SDEI_EVENT_REGISTER_RELATIVE
 */
struct sdei_handler {
	u64 entry;
	u64 arg;
	u64 affinity;
	u32 flags;
};

/**
 * struct sdei_events - states of a set of events, one bit each
 * @pending: raised and not yet dispatched; set by anybody
 * @registered: has a handler
 * @enabled: may be dispatched
 * @running: its handler runs
 *
 * The states and their transitions are drawn in src/dispatcher/event.c.
 */
struct sdei_events {
	unsigned long pending;
	unsigned long registered;
	unsigned long enabled;
	unsigned long running;
};

/**
 * struct sdei_context - an interrupted context
 * @x: x0 to x17
 * @pc: where it was interrupted
 * @pstate: its PSTATE
 */
struct sdei_context {
	u64 x[SDEI_NR_SAVED_REGS];
	u64 pc;
	u64 pstate;
};

struct sdei_pe;

/**
 * struct sdei_vm - what the PEs of a VM share
 * @shared: states of the shared events
 * @handler: handlers of the shared events
 * @target: the PE that each shared event was routed to, or NULL
 * @bound: the interrupt that is bound to each slot, or 0
 * @pes: the PEs in ascending order of their ids
 * @minor: y of the version 1.y that VERSION reports
 * @max_minor: the highest that it can report
 * @slots: how many slots there are for interrupts of each kind
 * @live: its PEs have been at work since it was reset
 *
 * src/dispatcher/dispatch.c says what protects each member.
 */
struct sdei_vm {
	struct sdei_events shared;
	struct sdei_handler handler[SDEI_NR_EVENTS];
	struct sdei_pe *target[SDEI_NR_EVENTS];
	u32 bound[SDEI_NR_EVENTS];
	struct sdei_pe *pes;
	unsigned int minor;
	unsigned int max_minor;
	unsigned int slots;
	bool live;
};

/**
 * struct sdei_pe - a PE as SDEI sees it
 * @vm: its VM
 * @regs: its registers, which are the dispatcher's to use in the PE's own calls
 * @next: the next PE of @vm
 * @id: its number in the VM
 * @mpidr: affinity fields of its MPIDR_EL1
 * @mte: it has the Memory Tagging Extension
 * @masked: nothing is dispatched to it
 * @active: events whose handler runs on it, private and shared
 * @routed: shared events that are routed to it
 * @private: states of its private events
 * @handler: handlers of its private events
 * @context: what the normal and the critical handler interrupted
 * @delivered: handlers entered since creation
 * @completed: handlers completed since creation
 */
struct sdei_pe {
	struct sdei_vm *vm;
	struct sdei_regs *regs;
	struct sdei_pe *next;
	unsigned int id;
	u64 mpidr;
	bool mte;
	bool masked;
	unsigned long active;
	unsigned long routed;
	struct sdei_events private;
	struct sdei_handler handler[SDEI_NR_EVENTS];
	struct sdei_context context[2];
	u64 delivered;
	u64 completed;
};

/**
 * sdei_event_exists() - whether a VM has an event
 * @vm: the VM
 * @event: the event
 *
 * Context: any; for the event of a slot a hint outside of sdei_host_lock().
 * Return: false for a slot that no interrupt is bound to.
 */
static inline bool sdei_event_exists(const struct sdei_vm *vm, enum sdei_event_id event)
{
	return !(SDEI_BOUND_EVENTS & SDEI_BIT(event)) || READ_ONCE(vm->bound[event]);
}

/**
 * sdei_pe_in_use() - whether a client relies on a PE
 * @pe: the PE
 *
 * Context: any; a hint outside the PE's own thread.
 * Return: true while an event is registered or a handler runs.
 */
static inline bool sdei_pe_in_use(const struct sdei_pe *pe)
{
	return READ_ONCE(pe->private.registered) || READ_ONCE(pe->active);
}

/**
 * sdei_vm_in_use() - whether a client relies on what the PEs of a VM share
 * @vm: the VM
 *
 * Context: any; a hint outside of sdei_host_lock().
 * Return: true while a shared event is registered or its handler runs.
 */
static inline bool sdei_vm_in_use(const struct sdei_vm *vm)
{
	return READ_ONCE(vm->shared.registered) || READ_ONCE(vm->shared.running);
}

/* src/dispatcher/event.c */
extern const u32 sdei_event_numbers[SDEI_NR_EVENTS];

bool sdei_event_is_private(u32 num);

/**
 * sdei_event_find() - look an event up by its number
 * @num: the number, as a client or an operator gives it
 *
 * Return: its enum sdei_event_id, or -1 if no VM has such an event.
 */
static inline int sdei_event_find(u32 num)
{
	/* Not an index, which UBSAN would check for each of them. */
	const u32 *at = sdei_event_numbers;
	int event;

	for (event = 0; event < SDEI_NR_EVENTS; event++, at++)
		if (*at == num)
			return event;
	return -1;
}

/**
 * sdei_event_number() - the number of an event
 * @event: the event
 *
 * Return: the number that clients know it by.
 */
static inline u32 sdei_event_number(enum sdei_event_id event)
{
	return sdei_event_numbers[event];
}

/* src/dispatcher/call.c */
void sdei_call(struct sdei_pe *pe);

/* src/dispatcher/state.c */
bool sdei_state_exists(unsigned int reg, bool is_first);
bool sdei_state_is_shared(unsigned int reg);
u64 sdei_state_initial(unsigned int reg, unsigned int minor);
u64 sdei_state_get(struct sdei_pe *pe, unsigned int reg);
bool sdei_state_set(struct sdei_pe *pe, unsigned int reg, u64 val);
void sdei_state_adopt(struct sdei_pe *pe);

/* src/dispatcher/dispatch.c */
void sdei_vm_init(struct sdei_vm *vm, unsigned int minor, unsigned int slots);
void sdei_vm_reset_and_unlock(struct sdei_vm *vm, unsigned long flags);
void sdei_pe_init(struct sdei_pe *pe, struct sdei_vm *vm, unsigned int id,
		  u64 mpidr, bool mte, struct sdei_regs *regs);
void sdei_pe_exit(struct sdei_pe *pe);
void sdei_pe_reset(struct sdei_pe *pe);
bool sdei_pe_deliverable(const struct sdei_pe *pe);
void sdei_dispatch(struct sdei_pe *pe);
int sdei_raise(struct sdei_pe *pe, u32 num);
int sdei_raise_shared(struct sdei_vm *vm, u32 num);

/*
 * What the host provides.
 *
 * sdei_host_lock() and sdei_host_unlock() guard a VM's shared events and bound
 * interrupts; the dispatcher calls nothing but sdei_host_halted(),
 * sdei_host_stopped(), sdei_host_has_aarch32(), sdei_host_bind() and
 * sdei_host_release() between them.
 * sdei_host_notify() makes a PE call sdei_dispatch() before its next entry and
 * wakes it if it is halted; it is called with no lock held. A PE that is stopped
 * does so when it is started again.
 * sdei_host_settle() brings the PE's registers up to date, PC and PSTATE above
 * all, before they are saved or replaced; sdei_host_discard() forgets what it
 * would have done.
 * sdei_host_has_aarch32() says whether the PE has AArch32 at EL0.
 * sdei_host_bind() takes an interrupt that sdei_host_has_irq() away from the
 * guest, from now on it raises @event; false if it is enabled, active or
 * pending. sdei_host_release() gives it back. Neither is called without slots.
 */
enum sdei_sysreg { SDEI_ELR_EL1, SDEI_SPSR_EL1, SDEI_SCTLR_EL1, SDEI_VBAR_EL1 };

unsigned long sdei_host_lock(struct sdei_vm *vm);
void sdei_host_unlock(struct sdei_vm *vm, unsigned long flags);
void sdei_host_notify(struct sdei_pe *pe);
bool sdei_host_halted(const struct sdei_pe *pe);
bool sdei_host_stopped(const struct sdei_pe *pe);
bool sdei_host_has_irq(const struct sdei_vm *vm, u32 intid);
bool sdei_host_bind(struct sdei_vm *vm, u32 intid, enum sdei_event_id event);
void sdei_host_release(struct sdei_vm *vm, u32 intid);
bool sdei_host_find_pe(struct sdei_vm *vm, u64 mpidr, struct sdei_pe **pe);
void sdei_host_settle(struct sdei_pe *pe);
void sdei_host_discard(struct sdei_pe *pe);
u64 sdei_host_read_sysreg(const struct sdei_pe *pe, enum sdei_sysreg reg);
void sdei_host_write_sysreg(struct sdei_pe *pe, enum sdei_sysreg reg, u64 val);
bool sdei_host_has_aarch32(const struct sdei_pe *pe);

#endif /* _SDEI_H */
