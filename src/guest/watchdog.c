// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds CPUs that hang with interrupts masked, without a PMU.
 *
 * Each CPU has a timer, which notes the time, and looks at what the next CPU has
 * noted. If that is old, it asks that CPU by event 0, which gets through to it.
 *
 * The judge is the handler there. That it runs proves that the host lets this CPU
 * run, and a CPU that runs takes the interrupt of its timer before long, which then notes
 * the time. So if it has run for as long as the limit, had interrupts masked each time that
 * it was asked meanwhile, and has noted nothing, it hangs. (The timer must not wait for
 * softirqs, nor for a thread, as most do.)
 *
 * A CPU that the host does not let run has no time to hang: what it is kept waiting by
 * the host is not counted, where the host tells. One that stood still with all the others
 * may find much of its time gone; but it was asked no more than once before it noted the
 * time again: questions that come at once, from several CPUs, are one. And one that waits
 * for a CPU which the host keeps from running is given time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/timekeeping.h>

#include "guest.h"

#define QUESTIONS	3

#define WAIT_LIMITS	4	/* for how long a CPU may wait for another */
#define ANSWER_LIMITS	8	/* for how long a question is out */

/**
 * struct watched - what is known of a CPU
 * @timer: runs on it while it is online
 * @noted: when that ran, in ns, or 0: it is not watched
 * @asked: when another CPU asked it by an event whether it hangs, in ns, or 0: the
 *	event has come
 * @noted_then: @noted as it was when it was asked last
 * @first: how long it had run when it was asked first since @noted is that old
 * @last: the same for the last question that counts
 * @questions: how many count
 * @told: whether it was found to hang since
 */
struct watched {
	struct hrtimer timer;
	u64 noted;
	u64 asked;
	u64 noted_then;
	u64 first;
	u64 last;
	unsigned int questions;
	bool told;
};

static DEFINE_PER_CPU(struct watched, watched);
static unsigned int limit;
static u64 (*steal_clock)(int cpu);
static enum cpuhp_state state;

static ktime_t interval(void)
{
	return ms_to_ktime(limit * MSEC_PER_SEC / 4);
}

static s64 notrace limits(unsigned int count)
{
	return (s64)count * limit * NSEC_PER_SEC;
}
NOKPROBE_SYMBOL(limits);

/* How long this CPU ran, in ns, give or take a constant. */
static u64 notrace ran(void)
{
	u64 now = ktime_get_mono_fast_ns();

	return steal_clock ? now - steal_clock(raw_smp_processor_id()) : now;
}
NOKPROBE_SYMBOL(ran);

/*
 * One question at a time: an event that nobody announced is the administrator's. One
 * that gets lost, because the CPU goes or the host's module does, is not waited for.
 */
static void ask(int cpu, struct watched *other, u64 now)
{
	u64 asked = READ_ONCE(other->asked);

	if (asked && (s64)(now - asked) < limits(ANSWER_LIMITS))
		return;
	if (cmpxchg(&other->asked, asked, now) == asked)
		kvm_sdei_guest_signal(cpu);
}

/* Returns whether that CPU looks after the one that follows it. */
static bool look_at(int cpu, u64 now)
{
	struct watched *other = per_cpu_ptr(&watched, cpu);
	u64 noted = READ_ONCE(other->noted);

	if (!noted)
		return false;
	if ((s64)(now - noted) < limits(1))
		return true;
	ask(cpu, other, now);

	return false;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	u64 now = ktime_get_mono_fast_ns();
	int self = smp_processor_id();
	int cpu = self;

	WRITE_ONCE(this_cpu_ptr(&watched)->noted, now);

	do {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	} while (cpu != self && !look_at(cpu, now));

	hrtimer_forward_now(timer, interval());

	return HRTIMER_RESTART;
}

/* Whether the host does not let a CPU run, for all that is known here. */
static bool notrace one_is_kept_off(void)
{
	u64 now = ktime_get_mono_fast_ns();
	u64 asked;
	int cpu;

	for_each_online_cpu(cpu) {
		asked = READ_ONCE(per_cpu(watched, cpu).asked);
		if (asked && (s64)(now - asked) > limits(1) / 8)
			return true;
	}

	return false;
}
NOKPROBE_SYMBOL(one_is_kept_off);

static bool notrace hangs_here(struct watched *self, bool masked)
{
	u64 noted = READ_ONCE(self->noted);
	u64 now = ran();
	s64 since;

	if (self->noted_then != noted || !masked) {
		self->noted_then = noted;
		self->first = now;
		self->questions = 0;
		self->told = false;
	} else if ((s64)(now - self->last) < limits(1) / 8) {
		return false;
	}
	self->last = now;
	self->questions++;

	since = now - self->first;
	if (self->told || self->questions < QUESTIONS || since < limits(1) ||
	    (since < limits(WAIT_LIMITS) && one_is_kept_off()))
		return false;
	self->told = true;

	return true;
}
NOKPROBE_SYMBOL(hangs_here);

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
	struct watched *self = this_cpu_ptr(&watched);

	*hangs = false;
	if (!READ_ONCE(self->asked))
		return false;
	WRITE_ONCE(self->asked, 0);
	*hangs = hangs_here(self, kvm_sdei_guest_masked(regs));

	return true;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_watchdog);

/**
 * kvm_sdei_guest_watchdog_again() - tell of this CPU again if it hangs on
 *
 * Context: NMI, in the handler of event 0.
 */
void notrace kvm_sdei_guest_watchdog_again(void)
{
	struct watched *self = this_cpu_ptr(&watched);

	self->first = ran();
	self->questions = 0;
	self->told = false;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_watchdog_again);

static int start(unsigned int cpu)
{
	struct watched *self = per_cpu_ptr(&watched, cpu);

	WRITE_ONCE(self->asked, 0);
	WRITE_ONCE(self->noted, ktime_get_mono_fast_ns());
	hrtimer_start(&self->timer, interval(), HRTIMER_MODE_REL_PINNED_HARD);

	return 0;
}

static int stop(unsigned int cpu)
{
	struct watched *self = per_cpu_ptr(&watched, cpu);

	hrtimer_cancel(&self->timer);
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

	limit = seconds;
	steal_clock = kvm_sdei_guest_find("para_steal_clock");
	for_each_possible_cpu(cpu)
		hrtimer_setup(&per_cpu_ptr(&watched, cpu)->timer, tick,
			      CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "kvm_sdei_guest:watchdog",
				start, stop);
	if (err < 0)
		return err;
	state = err;

	return 0;
}

/**
 * kvm_sdei_guest_watchdog_stop() - ask no more questions
 */
void kvm_sdei_guest_watchdog_stop(void)
{
	if (state)
		cpuhp_remove_state(state);
}
