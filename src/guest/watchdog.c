// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds CPUs that hang with interrupts masked, without a PMU.
 *
 * Each CPU has a timer, which notes the time, and looks at what the next CPU has
 * noted. If that is old, it asks that CPU by event 0, which gets through to it.
 *
 * The judge is the handler there. That it runs proves that the host lets this CPU
 * run, and a CPU that runs takes its timer's interrupt before long. So if it was
 * asked several times, had interrupts masked each time and has noted nothing in
 * between, it hangs. A CPU that the host did not let run, or whose clock stood
 * still, was asked no more than once before it noted the time again: questions that
 * come at once, from several CPUs, are one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/atomic.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <asm/barrier.h>
#include <asm/cputype.h>

#include "guest.h"

/* The headers of older kernels do not have it. */
#ifndef SDEI_1_0_FN_SDEI_EVENT_SIGNAL
#define SDEI_1_0_FN_SDEI_EVENT_SIGNAL	SDEI_1_0_FN(0x0F)
#endif

#define QUESTIONS	3

/**
 * struct watched - what is known of a CPU
 * @timer: runs on it while it is online
 * @mpidr: its MPIDR_EL1
 * @noted: when its timer ran, in ns, or 0: it is not watched
 * @asked: when another CPU asked it by an event whether it hangs, in ns, or 0: the
 *	event has come
 * @noted_then: @noted as it was when it was asked last
 * @asked_then: when it was asked last, in ns
 * @questions: how often it was asked since @noted is that old
 */
struct watched {
	struct timer_list timer;
	u64 mpidr;
	u64 noted;
	u64 asked;
	u64 noted_then;
	u64 asked_then;
	unsigned int questions;
};

static struct watched __percpu *watched;
static unsigned int limit;
static enum cpuhp_state state;

static unsigned long interval(void)
{
	return max(limit * HZ / 4, 1U);
}

/*
 * One question at a time: an event that nobody announced is the administrator's. One
 * that gets lost, because the CPU goes or the host's module does, is not waited for.
 */
static void ask(struct watched *other, u64 now)
{
	u64 asked = READ_ONCE(other->asked);
	struct arm_smccc_res res;

	if (asked && now - asked < 8 * limit * NSEC_PER_SEC)
		return;
	if (cmpxchg(&other->asked, asked, now) != asked)
		return;
	/* The event must not come before what it is about. */
	dsb(ishst);
	arm_smccc_1_1_invoke(SDEI_1_0_FN_SDEI_EVENT_SIGNAL, 0, other->mpidr,
			     &res);
}

/* Returns whether that CPU looks after the one that follows it. */
static bool look_at(int cpu, u64 now)
{
	struct watched *other = per_cpu_ptr(watched, cpu);
	u64 noted = READ_ONCE(other->noted);

	if (!noted)
		return false;
	if ((s64)(now - noted) < (s64)limit * NSEC_PER_SEC)
		return true;
	ask(other, now);

	return false;
}

static void tick(struct timer_list *timer)
{
	u64 now = ktime_get_mono_fast_ns();
	int self = smp_processor_id();
	int cpu = self;

	WRITE_ONCE(this_cpu_ptr(watched)->noted, now);

	do {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	} while (cpu != self && !look_at(cpu, now));

	mod_timer(timer, jiffies + interval());
}

/**
 * kvm_sdei_guest_watchdog() - find out whether this CPU hangs
 * @regs: the registers of the interrupted context
 * @hangs: set to whether it has just turned out that it does
 *
 * Context: NMI, in the handler of event 0.
 * Return: whether the event was another CPU's question.
 */
bool notrace kvm_sdei_guest_watchdog(const struct pt_regs *regs, bool *hangs)
{
	u64 now = ktime_get_mono_fast_ns();
	struct watched *self;

	*hangs = false;
	if (!limit)
		return false;

	self = this_cpu_ptr(watched);
	if (!READ_ONCE(self->asked))
		return false;
	WRITE_ONCE(self->asked, 0);

	if (self->noted_then != READ_ONCE(self->noted) ||
	    !(regs->pstate & PSR_I_BIT)) {
		self->noted_then = READ_ONCE(self->noted);
		self->questions = 0;
	} else if (now - self->asked_then < limit * (NSEC_PER_SEC / 8)) {
		return true;
	}
	self->asked_then = now;
	self->questions++;
	*hangs = self->questions == QUESTIONS;

	return true;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_watchdog);

static int start(unsigned int cpu)
{
	struct watched *self = per_cpu_ptr(watched, cpu);

	self->mpidr = read_cpuid_mpidr();
	WRITE_ONCE(self->asked, 0);
	WRITE_ONCE(self->noted, ktime_get_mono_fast_ns());
	self->timer.expires = jiffies + interval();
	add_timer_on(&self->timer, cpu);

	return 0;
}

static int stop(unsigned int cpu)
{
	struct watched *self = per_cpu_ptr(watched, cpu);

	timer_delete_sync(&self->timer);
	WRITE_ONCE(self->noted, 0);

	return 0;
}

/**
 * kvm_sdei_guest_watchdog_init() - watch all CPUs
 * @seconds: for how long a CPU may take no interrupt, or 0: do not watch
 *
 * Event 0 has to be registered.
 *
 * Return: 0, or a negative error number.
 */
int kvm_sdei_guest_watchdog_init(unsigned int seconds)
{
	int cpu, err;

	if (!seconds)
		return 0;

	watched = alloc_percpu(struct watched);
	if (!watched)
		return -ENOMEM;

	for_each_possible_cpu(cpu)
		timer_setup(&per_cpu_ptr(watched, cpu)->timer, tick,
			    TIMER_PINNED);
	limit = min(seconds, 3600U);

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "kvm_sdei_guest:watchdog",
				start, stop);
	if (err < 0) {
		limit = 0;
		free_percpu(watched);
		return err;
	}
	state = err;

	return 0;
}

/**
 * kvm_sdei_guest_watchdog_stop() - ask no more questions
 */
void kvm_sdei_guest_watchdog_stop(void)
{
	if (limit)
		cpuhp_remove_state(state);
}

/**
 * kvm_sdei_guest_watchdog_exit() - forget all
 *
 * No handler may run any more.
 */
void kvm_sdei_guest_watchdog_exit(void)
{
	if (limit)
		free_percpu(watched);
}
