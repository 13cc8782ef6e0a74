/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the guest module share. */
#ifndef KVM_SDEI_GUEST_H
#define KVM_SDEI_GUEST_H

#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/moduleparam.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <asm/cpufeature.h>

#ifdef WITHOUT_HRTIMER_SETUP	/* Linux before 6.13 */
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#define ACTION_LOG		BIT(0)
#define ACTION_BACKTRACE	BIT(1)
#define ACTION_PANIC		BIT(2)

/* A critical event may interrupt the handler of a normal one. */
enum priority { NORMAL, CRITICAL, NR_PRIORITIES };

/**
 * struct event - an event that this module handles
 * @number: its number
 * @priority: which of the two it has
 * @actions: what its handler does, may change at any time
 * @hang: it says that the CPU hangs
 * @registered: whether its handler is this module's
 */
struct event {
	u32 number;
	enum priority priority;
	unsigned int actions;
	bool hang;
	bool registered;
};

extern const struct kernel_param_ops kvm_sdei_guest_actions_ops;

/*
 * Whether what was interrupted had interrupts masked, asked in the handler: with
 * pseudo-NMIs it is the interrupt controller that masks them, and it still does.
 */
static inline bool kvm_sdei_guest_masked(const struct pt_regs *regs)
{
	return regs->pstate & PSR_I_BIT ||
	       (system_uses_irq_prio_masking() && irqs_disabled());
}

bool kvm_sdei_guest_on_kvm_sdei(void);
int kvm_sdei_guest_client_init(void);
int kvm_sdei_guest_register(struct event *event);
void kvm_sdei_guest_unmask(void);
void kvm_sdei_guest_unregister(struct event *event);
int kvm_sdei_guest_handle(u32 number, struct pt_regs *regs, void *arg);

void *kvm_sdei_guest_find(const char *name);

void kvm_sdei_guest_signal_init(void);
void kvm_sdei_guest_signal(int cpu);

#define NR_CONTEXT	18	/* x0 to x17 are the dispatcher's to keep */
#define NR_TRACE	32	/* with the half dozen of the handler itself */

/**
 * struct record - what an event interrupted
 * @time: when, in ns
 * @event: the event's number
 * @actions: what of this is to be printed
 * @hang: whether the watchdog found that the CPU hangs
 * @masked: whether it had interrupts masked
 * @argument: what the client registered the event with
 * @regs: the registers as the client passed them
 * @context: the registers as the dispatcher keeps them, with ACTION_LOG
 * @trace: the stack, from the PC on, with ACTION_BACKTRACE
 * @depth: how many entries @trace has
 * @cut: whether the stack goes on after them
 * @pid: the task that ran
 * @comm: its name
 */
struct record {
	u64 time;
	u32 event;
	unsigned int actions;
	bool hang;
	bool masked;
	bool cut;
	u64 argument;
	struct user_pt_regs regs;
	u64 context[NR_CONTEXT];
	unsigned long trace[NR_TRACE];
	unsigned int depth;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

int kvm_sdei_guest_records_init(void);
void kvm_sdei_guest_records_exit(void);
void kvm_sdei_guest_record_make(struct record *record,
				const struct event *event, unsigned int actions,
				struct pt_regs *regs);
void kvm_sdei_guest_record_put(const struct event *event, unsigned int actions,
			       struct pt_regs *regs);
bool kvm_sdei_guest_record_waits(int cpu, enum priority priority, u64 *since);
bool kvm_sdei_guest_record_take(int cpu, enum priority priority,
				struct record *record);
unsigned long kvm_sdei_guest_records_lost(int cpu, enum priority priority);

void kvm_sdei_guest_print_init(void);
void kvm_sdei_guest_print(int cpu, const struct record *record);
void kvm_sdei_guest_print_lost(int cpu, unsigned long lost);

int kvm_sdei_guest_report_init(void);
void kvm_sdei_guest_report_exit(void);
void kvm_sdei_guest_report(const struct event *event, unsigned int actions,
			   struct pt_regs *regs);
void kvm_sdei_guest_report_here(const struct event *event, unsigned int actions,
				struct pt_regs *regs);

void kvm_sdei_guest_report_rest(void);

int kvm_sdei_guest_watchdog_init(unsigned int seconds);
void kvm_sdei_guest_watchdog_stop(void);
bool kvm_sdei_guest_watchdog(const struct pt_regs *regs, bool *hangs);
void kvm_sdei_guest_watchdog_again(void);

void kvm_sdei_guest_crash_init(const struct event *signal);
bool kvm_sdei_guest_crash_save(const struct event *event, struct pt_regs *regs);
void kvm_sdei_guest_crash(const struct event *event, struct pt_regs *regs);

#endif
