// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who prints a record, and when.
 *
 * Not the handler: printk() there would leave the output to an interrupt of the
 * same CPU, which a CPU that hangs with interrupts masked never takes; some
 * consoles then stay silent for all other CPUs too. So the records are printed
 * by a work item: that of the CPU itself, at once, if it takes interrupts; else
 * that of any other CPU, each of which has a timer to look for new records. Where no
 * work item gets a CPU, the timer has them in the log buffer at least. Both the interrupt
 * that prompts and the timer do their work at once, also where the kernel leaves that of
 * others to a thread: a task of higher priority may keep that waiting.
 */
#include <linux/console.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "guest.h"

#define LATE_NS		(3 * NSEC_PER_SEC)
#define STALE_NS	(10 * NSEC_PER_SEC)

struct printer {
	struct irq_work prompt;
	struct work_struct print;
	struct hrtimer poll;
};

static struct printer __percpu *printers;
static enum cpuhp_state poll_state;

/* Keeps one record's lines together. Nobody waits for it. */
static DEFINE_RAW_SPINLOCK(print_lock);

static noinline_for_stack bool print_one(int cpu, enum priority priority)
{
	unsigned long lost = kvm_sdei_guest_records_lost(cpu, priority);
	struct record record;

	if (lost)
		kvm_sdei_guest_print_lost(cpu, lost);
	if (!kvm_sdei_guest_record_take(cpu, priority, &record))
		return false;
	kvm_sdei_guest_print(cpu, &record);

	return true;
}

/* To the log buffer. The next look for records finds what is left. */
static bool log_one(int cpu, enum priority priority)
{
	unsigned long flags;
	bool more;

	if (!raw_spin_trylock_irqsave(&print_lock, flags))
		return false;
	more = print_one(cpu, priority);
	raw_spin_unlock_irqrestore(&print_lock, flags);

	return more;
}

/*
 * The lines go to the log buffer first. The consoles follow with interrupts
 * enabled, since they may be slow; if somebody has their lock, it is for that
 * one to print what is in the buffer, if it can.
 */
static bool print_one_slowly(int cpu, enum priority priority)
{
	bool consoles = console_trylock();
	bool more = log_one(cpu, priority);

	if (consoles)
		console_unlock();

	return more;
}

/* For how long, in ns, a record of that CPU has been waiting; 0 if there is none. */
static s64 notrace waits(int cpu, enum priority priority)
{
	u64 now = ktime_get_mono_fast_ns();
	u64 since = now;

	if (!kvm_sdei_guest_record_waits(cpu, priority, &since))
		return 0;

	return max_t(s64, now - since, 1);
}
NOKPROBE_SYMBOL(waits);

static void print_all(void)
{
	enum priority priority;
	int cpu;

	for_each_possible_cpu(cpu)
		for (priority = NORMAL; priority < NR_PRIORITIES; priority++)
			if (waits(cpu, priority))
				while (print_one_slowly(cpu, priority))
					cond_resched();
}

static void print(struct work_struct *work)
{
	print_all();
}

static void prompt(struct irq_work *work)
{
	schedule_work(&container_of(work, struct printer, prompt)->print);
}

/* The more CPUs look, the less often each of them has to. */
static ktime_t poll_interval(void)
{
	return ms_to_ktime(250 * min(num_online_cpus(), 8U));
}

static enum hrtimer_restart poll(struct hrtimer *timer)
{
	enum priority priority;
	bool found = false;
	s64 age;
	int cpu;

	for_each_possible_cpu(cpu) {
		for (priority = NORMAL; priority < NR_PRIORITIES; priority++) {
			age = waits(cpu, priority);
			if (age > LATE_NS)
				while (log_one(cpu, priority))
					;
			else if (age)
				found = true;
		}
	}
	if (found)
		schedule_work(&this_cpu_ptr(printers)->print);
	hrtimer_forward_now(timer, poll_interval());

	return HRTIMER_RESTART;
}

static int poll_start(unsigned int cpu)
{
	hrtimer_start(&per_cpu_ptr(printers, cpu)->poll, poll_interval(),
		      HRTIMER_MODE_REL_PINNED_HARD);

	return 0;
}

static int poll_stop(unsigned int cpu)
{
	hrtimer_cancel(&per_cpu_ptr(printers, cpu)->poll);

	return 0;
}

/*
 * Nobody is going to print: this is the only CPU and takes no interrupt, or a
 * record waits for so long that all others must hang. The log buffer is then
 * better than nothing: a memory dump has it.
 */
static bool notrace nobody_prints(const struct pt_regs *regs)
{
	enum priority priority;

	if (num_online_cpus() == 1 && kvm_sdei_guest_masked(regs))
		return true;

	for (priority = NORMAL; priority < NR_PRIORITIES; priority++)
		if (waits(raw_smp_processor_id(), priority) > STALE_NS)
			return true;

	return false;
}
NOKPROBE_SYMBOL(nobody_prints);

static void notrace print_records_of(int cpu)
{
	enum priority priority;

	for (priority = NORMAL; priority < NR_PRIORITIES; priority++)
		while (print_one(cpu, priority))
			;
}
NOKPROBE_SYMBOL(print_records_of);

/**
 * kvm_sdei_guest_report_rest() - write all that still waits to the log buffer
 *
 * Context: NMI, in an event's handler.
 */
void notrace kvm_sdei_guest_report_rest(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		print_records_of(cpu);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_report_rest);

/**
 * kvm_sdei_guest_report_here() - write the interrupted context to the log buffer
 * @event: the event
 * @actions: what of it
 * @regs: the registers of the interrupted context
 *
 * Nobody else may be left to print it, or be allowed to: it does not go through the ring,
 * and comes after what is there.
 *
 * Context: NMI, in the event's handler.
 */
void notrace kvm_sdei_guest_report_here(const struct event *event,
					unsigned int actions,
					struct pt_regs *regs)
{
	struct record record;

	print_records_of(raw_smp_processor_id());
	if (!(actions & (ACTION_LOG | ACTION_BACKTRACE)))
		return;
	kvm_sdei_guest_record_make(&record, event, actions, regs);
	kvm_sdei_guest_print(raw_smp_processor_id(), &record);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_report_here);

/**
 * kvm_sdei_guest_report() - have the interrupted context printed
 * @event: the event
 * @actions: what of it
 * @regs: the registers of the interrupted context
 *
 * Context: NMI, in the event's handler.
 */
void notrace kvm_sdei_guest_report(const struct event *event,
				   unsigned int actions, struct pt_regs *regs)
{
	kvm_sdei_guest_record_put(event, actions, regs);
	if (nobody_prints(regs))
		print_records_of(raw_smp_processor_id());
	else
		irq_work_queue(&this_cpu_ptr(printers)->prompt);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_report);

/**
 * kvm_sdei_guest_report_init() - get ready for reports
 *
 * Return: 0, or a negative error number.
 */
int kvm_sdei_guest_report_init(void)
{
	int cpu, err;

	kvm_sdei_guest_print_init();
	err = kvm_sdei_guest_records_init();
	if (err)
		return err;

	err = -ENOMEM;
	printers = alloc_percpu(struct printer);
	if (!printers)
		goto out_records;

	for_each_possible_cpu(cpu) {
		struct printer *printer = per_cpu_ptr(printers, cpu);

		printer->prompt = IRQ_WORK_INIT_HARD(prompt);
		INIT_WORK(&printer->print, print);
		hrtimer_setup(&printer->poll, poll, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_HARD);
	}

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "kvm_sdei_guest:online",
				poll_start, poll_stop);
	if (err < 0)
		goto out_printers;
	poll_state = err;

	return 0;

out_printers:
	free_percpu(printers);
out_records:
	kvm_sdei_guest_records_exit();

	return err;
}

/**
 * kvm_sdei_guest_report_exit() - print what is left and stop
 *
 * No handler may run any more.
 *
 * Context: process, may sleep.
 */
void kvm_sdei_guest_report_exit(void)
{
	int cpu;

	cpuhp_remove_state(poll_state);
	for_each_possible_cpu(cpu) {
		irq_work_sync(&per_cpu_ptr(printers, cpu)->prompt);
		cancel_work_sync(&per_cpu_ptr(printers, cpu)->print);
	}
	print_all();
	free_percpu(printers);
	kvm_sdei_guest_records_exit();
}
