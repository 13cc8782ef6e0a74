// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who prints a record, and when.
 *
 * Not the handler: printk() there would leave the output to an interrupt of the
 * same CPU, which a CPU that hangs with interrupts masked never takes; some
 * consoles then stay silent for all other CPUs too. So the records are printed
 * by a work item: that of the CPU itself, at once, if it takes interrupts; else
 * that of any other CPU, each of which looks for new records now and then.
 */
#include <linux/console.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "guest.h"

#define STALE_NS	(10 * NSEC_PER_SEC)

struct printer {
	struct irq_work prompt;
	struct work_struct prompt_work;
	struct delayed_work poll;
};

static struct printer __percpu *printers;
static enum cpuhp_state poll_state;

/* Keeps one record's lines together. Nobody waits for it. */
static DEFINE_RAW_SPINLOCK(print_lock);

static bool print_one(int cpu, enum priority priority)
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

/*
 * The lines go to the log buffer first. The consoles follow with interrupts
 * enabled, since they may be slow; if somebody has their lock, it is for that
 * one to print what is in the buffer, if it can.
 */
static bool print_one_locked(int cpu, enum priority priority)
{
	unsigned long flags;
	bool consoles, more;

	consoles = console_trylock();
	/* The next look for records finds what is left. */
	more = raw_spin_trylock_irqsave(&print_lock, flags);
	if (more) {
		more = print_one(cpu, priority);
		raw_spin_unlock_irqrestore(&print_lock, flags);
	}
	if (consoles)
		console_unlock();

	return more;
}

static void print_all(void)
{
	enum priority priority;
	u64 since;
	int cpu;

	for_each_possible_cpu(cpu)
		for (priority = NORMAL; priority < NR_PRIORITIES; priority++)
			if (kvm_sdei_guest_record_waits(cpu, priority, &since))
				while (print_one_locked(cpu, priority))
					;
}

static void prompt_work(struct work_struct *work)
{
	print_all();
}

static void prompt(struct irq_work *work)
{
	struct printer *printer = container_of(work, struct printer, prompt);

	schedule_work(&printer->prompt_work);
}

/* The more CPUs look, the less often each of them has to. */
static unsigned long poll_interval(void)
{
	return HZ / 4 * min(num_online_cpus(), 8U);
}

static void poll(struct work_struct *work)
{
	print_all();
	schedule_delayed_work_on(smp_processor_id(), to_delayed_work(work),
				 poll_interval());
}

static int poll_start(unsigned int cpu)
{
	schedule_delayed_work_on(cpu, &per_cpu_ptr(printers, cpu)->poll,
				 poll_interval());

	return 0;
}

static int poll_stop(unsigned int cpu)
{
	cancel_delayed_work_sync(&per_cpu_ptr(printers, cpu)->poll);

	return 0;
}

/*
 * Nobody is going to print: this is the only CPU and takes no interrupt, or a
 * record waits for so long that all others must hang. The log buffer is then
 * better than nothing: a memory dump has it.
 */
static bool notrace nobody_prints(const struct pt_regs *regs)
{
	u64 now = ktime_get_mono_fast_ns();
	enum priority priority;
	u64 since;

	if (num_online_cpus() == 1 && regs->pstate & PSR_I_BIT)
		return true;

	for (priority = NORMAL; priority < NR_PRIORITIES; priority++) {
		since = now;
		if (kvm_sdei_guest_record_waits(raw_smp_processor_id(),
						priority, &since) &&
		    (s64)(now - since) > STALE_NS)
			return true;
	}

	return false;
}
NOKPROBE_SYMBOL(nobody_prints);

/**
 * kvm_sdei_guest_report_here() - write this CPU's records to the log buffer
 *
 * Context: NMI, in an event's handler.
 */
void notrace kvm_sdei_guest_report_here(void)
{
	enum priority priority;

	for (priority = NORMAL; priority < NR_PRIORITIES; priority++)
		while (print_one(raw_smp_processor_id(), priority))
			;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_report_here);

/**
 * kvm_sdei_guest_report() - have this CPU's records printed
 * @regs: the registers of the interrupted context
 *
 * Context: NMI, in an event's handler.
 */
void notrace kvm_sdei_guest_report(const struct pt_regs *regs)
{
	if (nobody_prints(regs))
		kvm_sdei_guest_report_here();
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

		init_irq_work(&printer->prompt, prompt);
		INIT_WORK(&printer->prompt_work, prompt_work);
		INIT_DELAYED_WORK(&printer->poll, poll);
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
		cancel_work_sync(&per_cpu_ptr(printers, cpu)->prompt_work);
	}
	print_all();
	free_percpu(printers);
	kvm_sdei_guest_records_exit();
}
