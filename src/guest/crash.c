// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end: a crash dump, or a panic, of the context that was interrupted.
 *
 * The kernel stops the other CPUs by interrupts, so that its dump lacks those that take
 * none. Hence each of them first saves what event 0 interrupts there, sends itself an
 * interrupt, and goes on. At the next event 0, a second later or two, when who raises an
 * event on all CPUs has done so, those that have not taken that interrupt hang: the log
 * has where, and if there is a crash kernel to start they are stopped there. That is
 * repeated while there are any: CPUs begin to hang where they wait for one that does.
 * The others, which may hold any lock, are stopped by the interrupt in the end. So they
 * are by the kernel, where this module does not do it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irq_work.h>
#include <linux/irqnr.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/panic.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <asm/barrier.h>
#include <asm/irq_regs.h>
#include <asm/sysreg.h>
#include <uapi/linux/psci.h>

#include "guest.h"

#define NOBODY	-1

#define MAX_DEPTH	64

#define ROUNDS		5	/* of event 0, to all that are online, at most, and one to stop */
#define ROUND_SECONDS	1	/* to take an interrupt in */
#define LOCK_MS		10	/* for which an interrupt may be handled */
#define PANIC_SECONDS	60	/* for a panic that came first to end by itself */

static int (*should_crash)(struct task_struct *task);
static void (*crash)(struct pt_regs *regs);
static void (*crash_in_panic)(struct pt_regs *regs);
static void (*save_registers)(struct pt_regs *regs, int cpu);
static void (*set_online)(unsigned int cpu, bool online);
static int (*mask_events)(void);
static void (*abort_handler)(void);
static int *warnings_panic;

static const struct event *signalled;
static int crasher = NOBODY;
static struct cpumask asked;
static struct cpumask hung;
static bool stopping;
static bool may_go_off;	/* those that are stopped */

static DEFINE_PER_CPU(struct irq_work, interrupt);
static DEFINE_PER_CPU(u64, sent);	/* when, in ns */

enum panic { NO_PANIC, DIES, PANICS };

/* Whether this CPU panics, or does what may lead there, by its stack: not all kernels tell. */
static noinline_for_stack enum panic notrace panics_here(void)
{
	enum panic panic = NO_PANIC;
	unsigned long trace[MAX_DEPTH];
	unsigned int depth, i;
	char name[8];

	depth = stack_trace_save(trace, MAX_DEPTH, 0);
	for (i = 0; i < depth; i++) {
		/* The call, since what does not return may be the last in its function. */
		snprintf(name, sizeof(name), "%ps", (void *)(trace[i] - 1));
		if (!strcmp(name, "panic") || !strcmp(name, "vpanic"))
			return PANICS;
		if (!strcmp(name, "die"))
			panic = DIES;
	}

	return panic;
}
NOKPROBE_SYMBOL(panics_here);

/* Where the guest shares its CPU, a delay may be much longer than it says. */
static void wait(unsigned int seconds)
{
	u64 end = ktime_get_mono_fast_ns() + seconds * NSEC_PER_SEC;

	while (ktime_get_mono_fast_ns() < end)
		mdelay(1);
}

/* As long as the kernel itself waits for CPUs that it stops. */
static void ask_others(void)
{
	unsigned long us;
	int cpu;

	cpumask_copy(&asked, cpu_online_mask);
	cpumask_clear_cpu(raw_smp_processor_id(), &asked);
	for_each_cpu(cpu, &asked)
		kvm_sdei_guest_signal(cpu);
	for (us = 0; us < USEC_PER_SEC && !cpumask_empty(&asked); us += 10)
		udelay(10);
}

/* Whether a CPU has not taken the interrupt, or its event, and is not known to hang. */
static bool one_is_awaited(void)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (!cpumask_test_cpu(cpu, &hung) &&
		    (cpumask_test_cpu(cpu, &asked) ||
		     irq_work_is_pending(per_cpu_ptr(&interrupt, cpu))))
			return true;

	return false;
}

static void save_and_stop_others(void)
{
	unsigned int round, ms;

	if (!READ_ONCE(signalled->registered) || num_online_cpus() == 1)
		return;

	for (round = 0; round < ROUNDS; round++) {
		ask_others();
		wait(ROUND_SECONDS);
		if (round && !one_is_awaited())
			break;
	}

	if (!kexec_crash_loaded())
		return;
	WRITE_ONCE(stopping, true);
	ask_others();
	for (ms = 0; ms < MSEC_PER_SEC && num_online_cpus() > 1; ms++)
		mdelay(1);
}

/*
 * An interrupt by which a panic elsewhere wanted to stop this CPU may still wait here. The
 * crash kernel would take it when it first takes any on this CPU, and stop. (This takes the
 * locks of interrupts that each CPU has, which their handling does not.)
 */
static void drop_interrupts(void)
{
	struct irq_data *data;
	int irq;

	for_each_irq_nr(irq) {
		data = irq_get_irq_data(irq);
		if (data && irqd_is_per_cpu(data))
			irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false);
	}
}

/*
 * What was being handled here. Others can give it up as well, but for what comes by an ITS,
 * which has no such state: KVM has one (that of 6.12 does), and would keep it for this CPU.
 */
static void end_interrupts(void)
{
	struct irq_data *data;
	int irq;

	for_each_irq_nr(irq) {
		data = irq_get_irq_data(irq);
		if (data && !irqd_is_per_cpu(data) && irqd_irq_inprogress(data) &&
		    data->chip->irq_eoi)
			data->chip->irq_eoi(data);
	}
}

/*
 * Without a crash kernel nothing is stopped that somebody may want to look at, and on other
 * firmware than this project's nothing that it may not expect of a handler.
 *
 * KVM keeps what waits for a CPU at that CPU until it next leaves its guest: when it is off,
 * for ever, wherever the crash kernel routes it. So it goes off when no interrupt of a device
 * can wait any more. And KVM wakes the thread of a CPU that is off for a timer that has
 * expired, again and again: the crash kernel needs the host's time more.
 */
static void notrace stop(int self)
{
	struct arm_smccc_res res;

	if (!kexec_crash_loaded() || !set_online || !mask_events)
		return;
	mask_events();
	set_online(self, false);
	cpumask_clear_cpu(self, &asked);
	while (!READ_ONCE(may_go_off))
		cpu_relax();
	end_interrupts();
	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(0, cntp_ctl_el0);
	isb();
	drop_interrupts();
	arm_smccc_1_1_invoke(PSCI_0_2_FN_CPU_OFF, 0, &res);
	cpu_park_loop();
}
NOKPROBE_SYMBOL(stop);

/* The interrupt of a CPU that does not hang. */
static void taken(struct irq_work *work)
{
	struct pt_regs *regs = get_irq_regs();
	int self = raw_smp_processor_id();

	if (!READ_ONCE(stopping) || panics_here())
		return;
	if (regs && save_registers)
		save_registers(regs, self);
	stop(self);
}

/**
 * kvm_sdei_guest_crash_save() - save this CPU if another one crashes the guest
 * @event: the event that came here
 * @regs: the registers of the interrupted context
 *
 * Context: NMI, in the event's handler; may not return from it.
 * Return: whether that is so, and the event is to do nothing else.
 */
bool notrace kvm_sdei_guest_crash_save(const struct event *event,
				       struct pt_regs *regs)
{
	u64 now = ktime_get_mono_fast_ns();
	int self = raw_smp_processor_id();
	int by = READ_ONCE(crasher);

	if (by == NOBODY || by == self)
		return false;

	/* A critical event, too, may come to one that hangs: in the handler of this one. */
	if (!cpumask_test_cpu(self, &hung)) {
		if (save_registers)
			save_registers(regs, self);
		if (irq_work_queue(this_cpu_ptr(&interrupt))) {
			__this_cpu_write(sent, now);
		} else if (now - __this_cpu_read(sent) > NSEC_PER_SEC / 2 &&
			   kvm_sdei_guest_masked(regs) && !panics_here()) {
			cpumask_set_cpu(self, &hung);
			kvm_sdei_guest_report_here(event, ACTION_BACKTRACE, regs);
			stop(self);
		}
	}
	cpumask_clear_cpu(self, &asked);

	return true;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_crash_save);

static void free_lock(int irq, raw_spinlock_t *lock)
{
	unsigned int ms;

	for (ms = 0; ms < LOCK_MS && raw_spin_is_locked(lock); ms++)
		mdelay(1);
	if (ms < LOCK_MS)
		return;
	pr_emerg("interrupt %d: its lock is taken away from who hangs\n", irq);
	raw_spin_lock_init(lock);
}

/*
 * Linux does so on its way to the crash kernel, when the CPUs are off already, and takes the
 * lock of each interrupt for it (6.1 does; later ones those of a few). One may be held by what
 * was interrupted here, or by a CPU that hangs. And a panic elsewhere may have started the
 * crash kernel meanwhile, whose devices are not to be touched.
 */
static void mask_interrupts(void)
{
	struct irq_data *data;
	int irq;

	for_each_irq_nr(irq) {
		data = irq_get_irq_data(irq);
		if (!data)
			continue;
		free_lock(irq, &irq_data_to_desc(data)->lock);
		/* Those behind a bus that is slow sleep; what they come by is masked, too. */
		if (oops_in_progress || irqd_is_per_cpu(data) || !irqd_is_started(data) ||
		    data->chip->irq_bus_lock)
			continue;
		irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, false);
		if (data->chip->irq_mask)
			data->chip->irq_mask(data);
	}
	WRITE_ONCE(may_go_off, true);
}

/*
 * Returns if a panic came first, or if the crash kernel is being loaded all the time or
 * has been unloaded.
 */
static void crash_first(struct pt_regs *regs)
{
	unsigned int seconds;

	for (seconds = 0; seconds < PANIC_SECONDS && kexec_crash_loaded(); seconds++) {
		crash(regs);
		if (oops_in_progress)
			return;
		wait(1);
	}
}

/*
 * Start the crash kernel, and return if there is none or if the panic notifiers are to
 * run before it. A panic that came first, here or elsewhere, starts it by itself, if it
 * gets that far; this CPU may be one that it could not stop.
 */
static void start_crash_kernel(int self, struct pt_regs *regs)
{
	if (!kexec_crash_loaded())
		return;
	if (save_registers)
		save_registers(regs, self);
	mask_interrupts();
	/* Linux warns of a CPU that it leaves behind, before the dump. Its panic does this, too. */
	if (warnings_panic)
		WRITE_ONCE(*warnings_panic, 0);

	if (should_crash && crash && should_crash(current))
		crash_first(regs);
	if (!oops_in_progress)
		return;

	if (!panics_here()) {
		pr_emerg("CPU%d: a panic is under way already, and is given %d seconds\n",
			 self, PANIC_SECONDS);
		wait(PANIC_SECONDS);
	}
	pr_emerg("CPU%d: the panic of this guest hangs\n", self);
	/* What the kernel has done on the CPU that panicked, and does not do twice. */
	if (mask_events)
		mask_events();
	if (abort_handler)
		abort_handler();
	drop_interrupts();
	if (crash_in_panic)
		crash_in_panic(regs);
}

/* Several may be in it: the others wait for the lock of the first. */
static DEFINE_PER_CPU(const struct task_struct *, panicking);
static DEFINE_PER_CPU(u64, panics_since);

/*
 * A panic of this CPU's own, which the event interrupted, goes on when the handler is
 * left. If it hangs, the event comes again; and without a crash kernel there is nothing
 * left to do that it has not done.
 */
static bool panic_goes_on(int self)
{
	u64 now = ktime_get_mono_fast_ns();
	enum panic panic = panics_here();

	if (panic == NO_PANIC)
		return false;
	/* An oops kills its task, and may not have been a panic. */
	if (__this_cpu_read(panicking) != current) {
		__this_cpu_write(panicking, current);
		__this_cpu_write(panics_since, now);
		pr_emerg("CPU%d: its own panic is under way, and is given %d seconds\n",
			 self, PANIC_SECONDS);
	}

	return (panic == PANICS && !kexec_crash_loaded()) ||
	       now - __this_cpu_read(panics_since) < PANIC_SECONDS * NSEC_PER_SEC;
}

/**
 * kvm_sdei_guest_crash() - crash the guest
 * @event: the event
 * @regs: the registers of the interrupted context
 *
 * A crash kernel is started the way that an oops starts it, so that the dump
 * has this CPU in the interrupted context and not in this handler. Without one,
 * or if it shall wait for the panic notifiers, this is a panic. Where several CPUs
 * are to do it at once, one does, and the others leave it to that one.
 *
 * Context: NMI, in the event's handler.
 */
void kvm_sdei_guest_crash(const struct event *event, struct pt_regs *regs)
{
	int self = raw_smp_processor_id();

	if (event->hang)
		pr_emerg("CPU%d: hangs, by the watchdog, and crashes this guest, as it was told to\n",
			 self);
	else
		pr_emerg("CPU%d: event 0x%x crashes this guest, as it was told to\n",
			 self, event->number);

	if (panic_goes_on(self) || cmpxchg(&crasher, NOBODY, self) != NOBODY)
		return;
	save_and_stop_others();
	/* Nobody else is left to print what was not printed yet. */
	kvm_sdei_guest_report_rest();
	start_crash_kernel(self, regs);
	/* CPUs may have been stopped while there was a crash kernel, for which they wait. */
	WRITE_ONCE(may_go_off, true);
	WRITE_ONCE(crasher, NOBODY);
	nmi_panic(regs, "SDEI event");
	/* Nor is the handler to be left that has been aborted for a panic of this CPU's own. */
	cpu_park_loop();
}

/**
 * kvm_sdei_guest_crash_init() - find how to start a crash kernel
 * @signal: the event that gets to other CPUs
 */
void kvm_sdei_guest_crash_init(const struct event *signal)
{
	unsigned long (*look_up)(const char *name);
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(interrupt, cpu) = IRQ_WORK_INIT_HARD(taken);
	signalled = signal;
	should_crash = kvm_sdei_guest_find("kexec_should_crash");
	crash = kvm_sdei_guest_find("crash_kexec");
	crash_in_panic = kvm_sdei_guest_find("__crash_kexec");
	save_registers = kvm_sdei_guest_find("crash_save_cpu");
	if (kvm_sdei_guest_on_kvm_sdei())
		set_online = kvm_sdei_guest_find("set_cpu_online");
	mask_events = kvm_sdei_guest_find("sdei_mask_local_cpu");
	abort_handler = kvm_sdei_guest_find("sdei_handler_abort");
	look_up = kvm_sdei_guest_find("kallsyms_lookup_name");
	if (look_up)
		warnings_panic = (int *)look_up("panic_on_warn");
}
