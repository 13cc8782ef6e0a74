// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread for each CPU, that holds its CPU in a loop or storms on it. The
 * threads exist beforehand, since a CPU that hangs may keep new ones from
 * starting, and nothing here waits for a CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/nmi.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/smpboot.h>
#include <asm/arch_timer.h>
#include <asm/cputype.h>

#include "test.h"

#define SPIN_PASSES	BIT(20)

static DEFINE_PER_CPU(struct test_cpu, cpus);
static DEFINE_PER_CPU(struct task_struct *, threads);
static DEFINE_MUTEX(start_lock);
static atomic_long_t errors = ATOMIC_LONG_INIT(0);

struct test_cpu *test_cpu(int cpu)
{
	return per_cpu_ptr(&cpus, cpu);
}

unsigned long test_errors(void)
{
	return atomic_long_read(&errors);
}

/**
 * test_mismatch() - count and print that something is not what it should be
 * @cpu: the CPU that saw it
 * @where: what it did
 * @what: the kind of register
 * @index: its number
 * @is: its value
 * @should: the value that it should have
 */
void test_mismatch(int cpu, const char *where, const char *what, int index,
		   u64 is, u64 should)
{
	atomic_long_inc(&errors);
	pr_err_ratelimited("CPU%d: %s: %s%d is 0x%016llx, should be 0x%016llx\n",
			   cpu, where, what, index, is, should);
}

/* Easy to recognise in a dump: 0x5de1, the CPU, four times the number. */
static u64 pattern(int cpu, int n)
{
	return 0x5de1ULL << 48 | (u64)cpu << 32 | n * 0x01010101ULL;
}

static void fill(int cpu, struct frame *frame)
{
	int n;

	for (n = 0; n < ARRAY_SIZE(frame->before); n++)
		frame->before[n] = pattern(cpu, n);
	frame->before[20] = 0;
	frame->before[21] = 0;
	frame->flags = 0xa0000000;	/* N and C */
}

static void compare(int cpu, const char *where, const struct frame *frame)
{
	int n;

	for (n = 0; n < ARRAY_SIZE(frame->before); n++) {
		u64 should = frame->before[n];

		if (n == 18 && IS_ENABLED(CONFIG_SHADOW_CALL_STACK))
			continue;
		if (n == 19)
			should = (u64)frame;
		if (n == 20 || n == 21)
			continue;
		if (frame->after[n] != should)
			test_mismatch(cpu, where, "x", n, frame->after[n],
				      should);
	}
	if (frame->flags_out != frame->flags)
		test_mismatch(cpu, where, "nzcv", 0, frame->flags_out,
			      frame->flags);
}

static void hold(int cpu, struct test_cpu *t)
{
	bool wfi = t->mode == WFI;
	unsigned long flags;
	u32 virt, phys;
	u64 daif;

	fill(cpu, &t->frame);
	if (!wfi)
		t->frame.before[21] = pattern(cpu, 21);

	local_irq_save(flags);
	daif = test_mask();
	/* Else the next tick stays pending, and no WFI waits any more. */
	virt = read_sysreg(cntv_ctl_el0);
	phys = read_sysreg(cntp_ctl_el0);
	if (wfi) {
		write_sysreg(virt | ARCH_TIMER_CTRL_IT_MASK, cntv_ctl_el0);
		write_sysreg(phys | ARCH_TIMER_CTRL_IT_MASK, cntp_ctl_el0);
		isb();
	}
	WRITE_ONCE(t->held, true);

	if (wfi)
		kvm_sdei_test_wfi_run(&t->frame);
	else
		kvm_sdei_test_wedge_run(&t->frame);

	WRITE_ONCE(t->held, false);
	if (wfi) {
		write_sysreg(phys, cntp_ctl_el0);
		write_sysreg(virt, cntv_ctl_el0);
		isb();
	}
	touch_nmi_watchdog();
	test_unmask(daif);
	local_irq_restore(flags);

	compare(cpu, wfi ? "wfi" : "wedge", &t->frame);
	if (wfi && t->frame.after[21] != t->frame.count)
		test_mismatch(cpu, "wfi", "x", 21, t->frame.after[21],
			      t->frame.count);
	if (!wfi && t->frame.after[21] != t->frame.before[21])
		test_mismatch(cpu, "wedge", "x", 21, t->frame.after[21],
			      t->frame.before[21]);
}

static bool spin(int cpu, struct test_cpu *t)
{
	fill(cpu, &t->frame);
	t->frame.before[21] = SPIN_PASSES;
	WRITE_ONCE(t->held, true);
	kvm_sdei_test_spin_run(&t->frame);
	compare(cpu, "spin", &t->frame);
	if (!READ_ONCE(t->frame.release))
		return true;
	WRITE_ONCE(t->held, false);

	return false;
}

static noinline void stall(struct test_cpu *t)
{
	preempt_disable();
	WRITE_ONCE(t->held, true);
	while (!READ_ONCE(t->frame.release))
		cpu_relax();
	WRITE_ONCE(t->held, false);
	preempt_enable();
}

static int thread_should_run(unsigned int cpu)
{
	/* Pairs with the release in test_start(). */
	return smp_load_acquire(&test_cpu(cpu)->mode) != IDLE;
}

static void thread(unsigned int cpu)
{
	struct test_cpu *t = test_cpu(cpu);
	bool again = false;

	switch (t->mode) {
	case IDLE:
		return;
	case WEDGE:
	case WFI:
		hold(cpu, t);
		break;
	case SPIN:
		again = spin(cpu, t);
		break;
	case STALL:
		stall(t);
		break;
	case CONSOLE:
		test_console(t);
		break;
	case IRQ:
		test_irq(t);
		break;
	case PANIC:
		test_panic();
		break;
	case DIE:
		test_die();
		break;
	case STORM:
		again = test_storm(cpu, t);
		break;
	}

	if (!again) {
		/* Pairs with the acquire in test_start(). */
		smp_store_release(&t->mode, IDLE);
	}
	cond_resched_tasks_rcu_qs();
}

static void note_mpidr(void *unused)
{
	this_cpu_ptr(&cpus)->mpidr = read_cpuid_mpidr();
}

static void thread_setup(unsigned int cpu)
{
	note_mpidr(NULL);
}

static struct smp_hotplug_thread hotplug_thread = {
	.store = &threads,
	.setup = thread_setup,
	.thread_should_run = thread_should_run,
	.thread_fn = thread,
	.thread_comm = "kvm_sdei_test/%u",
};

/**
 * test_start() - have a CPU's thread do something
 * @cpu: the CPU
 * @mode: what to do
 * @seconds: for how long, or 0: until test_release()
 *
 * Does not wait until it does.
 *
 * Return: 0, -EINVAL if there is no such CPU, -EBUSY if its thread is busy.
 */
int test_start(int cpu, enum mode mode, unsigned int seconds)
{
	struct test_cpu *t;

	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -EINVAL;

	t = test_cpu(cpu);
	mutex_lock(&start_lock);
	/* Pairs with the release in thread(). */
	if (smp_load_acquire(&t->mode) != IDLE) {
		mutex_unlock(&start_lock);
		return -EBUSY;
	}
	t->frame.release = 0;
	t->frame.count = 0;
	t->measured = false;
	t->deadline = seconds ? (jiffies + seconds * HZ) | 1 : 0;
	/* Pairs with the acquire in thread_should_run(). */
	smp_store_release(&t->mode, mode);
	mutex_unlock(&start_lock);

	wake_up_process(per_cpu(threads, cpu));

	return 0;
}

/**
 * test_release() - have a CPU's thread stop what it does
 * @cpu: the CPU
 *
 * Does not wait until it has.
 *
 * Return: 0, -EINVAL if there is no such CPU or its thread does nothing.
 */
int test_release(int cpu)
{
	struct test_cpu *t;
	int err = -EINVAL;

	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return -EINVAL;

	t = test_cpu(cpu);
	mutex_lock(&start_lock);
	if (READ_ONCE(t->mode) != IDLE) {
		err = 0;
		WRITE_ONCE(t->frame.release, 1);
		/* That fails if the last one is still on its way: as good. */
		if (READ_ONCE(t->mode) == WFI && cpu_online(cpu))
			smp_call_function_single_async(cpu, &t->wake);
	}
	mutex_unlock(&start_lock);

	return err;
}

static void release_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		test_release(cpu);
}

/* A shutdown would wait for a CPU that hangs. */
static int at_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	release_all();

	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = at_reboot,
	.priority = INT_MAX,
};

static void wake(void *unused)
{
}

/**
 * test_cpus_init() - make the threads
 *
 * Return: 0, or a negative error number.
 */
int test_cpus_init(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu)
		INIT_CSD(&test_cpu(cpu)->wake, wake, NULL);
	on_each_cpu(note_mpidr, NULL, 1);

	err = register_reboot_notifier(&reboot_notifier);
	if (err)
		return err;

	err = smpboot_register_percpu_thread(&hotplug_thread);
	if (err)
		unregister_reboot_notifier(&reboot_notifier);

	return err;
}

/**
 * test_cpus_exit() - release all CPUs and end the threads
 */
void test_cpus_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	release_all();
	smpboot_unregister_percpu_thread(&hotplug_thread);
	/* No wake() is on its way after this. */
	kick_all_cpus_sync();
}
