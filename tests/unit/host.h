/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake host: VMs whose guest is the test. It watches the dispatcher's manners
 * (locks, threads, promises about notifications) while the tests look at what
 * the guest would see.
 */
#ifndef _HOST_H
#define _HOST_H

#include <pthread.h>
#include <uapi/kvm_sdei.h>

#include "sdei.h"
#include "tap.h"

#define HOST_MAX_PES	5

/* An MPIDR argument with everything set that does not name a PE. */
#define HOST_MPIDR_NOISE	(~SDEI_MPIDR_AFFINITY)
/* What no PE of a VM has. */
#define HOST_MPIDR_NONE		0x0700070707ULL

/* Names of the calls, shorter than those of the client's header. */
enum {
	VERSION = 0xC4000020,
	REGISTER,
	ENABLE,
	DISABLE,
	CONTEXT,
	COMPLETE,
	COMPLETE_AND_RESUME,
	UNREGISTER,
	STATUS,
	GET_INFO,
	ROUTING_SET,
	PE_MASK,
	PE_UNMASK,
	INTERRUPT_BIND,
	INTERRUPT_RELEASE,
	SIGNAL,
	FEATURES,
	PRIVATE_RESET,
	SHARED_RESET,
};

/* The events by what they are, and how many there are of them. */
#define EVENT_0		KVM_SDEI_EVENT_SIGNAL
#define NOTIFY		KVM_SDEI_EVENT_NOTIFY
#define NMI		KVM_SDEI_EVENT_NMI
#define VM_NOTIFY	KVM_SDEI_EVENT_VM_NOTIFY
#define VM_NMI		KVM_SDEI_EVENT_VM_NMI
#define NR_EVENTS	5

/* Those of bound interrupts; so many interrupts a VM has, and can have. */
#define PPI_EVENT(n)	KVM_SDEI_EVENT_PPI(n)
#define SPI_EVENT(n)	KVM_SDEI_EVENT_SPI(n)
#define HOST_NR_IRQS	96
#define HOST_MAX_IRQS	1020

/* Flags of REGISTER. */
#define RM_ANY		0
#define RM_PE		1
#define RELATIVE	2

/* The entry point and the argument that register_event() gives. */
static inline u64 entry_of(u32 event)
{
	return 0xffff800000010000ULL +
	       0x1000 * ((event & 0xf) + (event >> 28) + (event >> 4 & 0xf0));
}

static inline u64 arg_of(u32 event)
{
	return 0xa5a5000000000000ULL + event;
}

/**
 * struct host_pe - a PE and what its host knows of it
 * @pe: as the dispatcher sees it
 * @regs: its registers
 * @sysreg: its system registers, by enum sdei_sysreg
 * @increment: the PC is to be moved by that much before the next entry
 * @mpidr: its MPIDR_EL1
 * @halted: waits for an interrupt
 * @stopped: is not run at all
 * @aarch32: has AArch32 at EL0
 * @absent: exists but makes no use of SDEI yet
 * @notified: notifications since its last dispatch
 * @notifications: notifications since the last host_forget()
 */
struct host_pe {
	struct sdei_pe pe;
	struct sdei_regs regs;
	u64 sysreg[4];
	u64 increment;
	u64 mpidr;
	bool halted;
	bool stopped;
	bool aarch32;
	bool absent;
	unsigned int notified;
	unsigned int notifications;
};

/**
 * struct host - a VM and what its host knows of it
 * @vm: as the dispatcher sees it
 * @lock: that of sdei_host_lock()
 * @nr: number of PEs
 * @pes: the PEs by their ids
 * @nr_irqs: how many interrupts there are
 * @bound: the event that each interrupt is bound to, or 0
 * @busy: interrupts that are enabled, active or pending
 */
struct host {
	struct sdei_vm vm;
	pthread_mutex_t lock;
	unsigned int nr;
	struct host_pe pes[HOST_MAX_PES];
	unsigned int nr_irqs;
	u32 bound[HOST_MAX_IRQS];
	bool busy[HOST_MAX_IRQS];
};

extern const u32 host_events[NR_EVENTS];

/* Where the dispatcher holds no lock and another PE may get in between. */
enum host_step { HOST_LOCK, HOST_UNLOCK, HOST_NOTIFY, HOST_SETTLE };
/* Called there. */
extern void (*host_on_step)(enum host_step step);
/* Several threads are at work: what is true at rest need not be true now. */
extern bool host_concurrent;

struct host *host_new(unsigned int nr, unsigned int minor);
struct host *host_new_with_slots(unsigned int nr, unsigned int slots);
void host_delete(struct host *host);
struct host *host_of(struct host_pe *p);

/* The arguments are those of the call, from x1; what is left out is 0. */
#define call(p, fn, ...)	host_call(p, fn, (const u64[5]) { __VA_ARGS__ })
s64 host_call(struct host_pe *p, u64 fn, const u64 *args);
void host_call_as_is(struct host_pe *p);
bool host_dispatch(struct host_pe *p);
int host_raise(struct host_pe *p, u32 event);
void host_reset(struct host_pe *p);
void host_check(struct host *host);
void host_enter(struct host_pe *p);
void host_run(struct host *host);
void host_forget(struct host *host);

bool is_shared(u32 event);
bool is_critical(u32 event);
s64 register_event(struct host_pe *p, u32 event, u64 flags, u64 affinity);
void enable_event(struct host_pe *p, u32 event);
void use_event(struct host_pe *p, u32 event);
bool at_handler(const struct host_pe *p, u32 event);

#endif /* _HOST_H */
