// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does something with an SDEI event: whatever a CPU of this guest was doing when
 * the event reached it is counted and, as the parameters say, written to the
 * kernel log or kept in a crash dump.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>

#include "guest.h"

static struct event events[NR_PRIORITIES] = {
	[NORMAL] = {
		.number = 0,
		.priority = NORMAL,
		.actions = ACTION_LOG,
	},
	[CRITICAL] = {
		.number = 0x40000001,
		.priority = CRITICAL,
		.actions = ACTION_LOG,
	},
};

module_param_cb(normal, &kvm_sdei_guest_actions_ops, &events[NORMAL], 0644);
MODULE_PARM_DESC(normal, "what event 0 does: none, or some of log,backtrace,panic (default: log)");
module_param_cb(critical, &kvm_sdei_guest_actions_ops, &events[CRITICAL], 0644);
MODULE_PARM_DESC(critical, "the same for event 0x40000001");

#define HANG_DEFAULT	(ACTION_LOG | ACTION_BACKTRACE)

/* What the watchdog makes of event 0. */
static struct event hang = {
	.number = 0,
	.priority = NORMAL,
	.actions = HANG_DEFAULT,
	.hang = true,
};

static unsigned int watchdog;

static int watchdog_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, 3600);
}

static const struct kernel_param_ops watchdog_ops = {
	.set = watchdog_set,
	.get = param_get_uint,
};

module_param_cb(watchdog, &watchdog_ops, &watchdog, 0444);
MODULE_PARM_DESC(watchdog, "seconds that a CPU may take no interrupts, up to 3600 (default: 0, nobody looks)");
module_param_cb(hang, &kvm_sdei_guest_actions_ops, &hang, 0644);
MODULE_PARM_DESC(hang, "what a CPU that the watchdog finds does, as in normal (default: log,backtrace)");

static DEFINE_PER_CPU(unsigned long, handled);

static int handled_get(char *buffer, const struct kernel_param *kp)
{
	int len = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s%lu",
				 len ? " " : "",
				 READ_ONCE(per_cpu(handled, cpu)));
	len += scnprintf(buffer + len, PAGE_SIZE - len, "\n");

	return len;
}

/* A parameter without a setter is an oops for who gives it to modprobe. */
static int handled_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static const struct kernel_param_ops handled_ops = {
	.get = handled_get,
	.set = handled_set,
};

module_param_cb(handled, &handled_ops, NULL, 0444);
MODULE_PARM_DESC(handled, "events handled so far, on each possible CPU (read only)");

/* Returns whether the guest was to panic, and does not: a panic came first. */
static bool notrace act(const struct event *event, struct pt_regs *regs)
{
	unsigned int actions = READ_ONCE(event->actions);

	if (actions & ACTION_PANIC) {
		kvm_sdei_guest_report_here(event, actions, regs);
		kvm_sdei_guest_crash(event, regs);
		return true;
	}
	if (actions)
		kvm_sdei_guest_report(event, actions, regs);

	return false;
}
NOKPROBE_SYMBOL(act);

/**
 * kvm_sdei_guest_handle() - count one event, and do what it is to do
 * @number: the number of the event
 * @regs: the registers of the interrupted context
 * @arg: the event
 *
 * Context: NMI.
 * Return: 0, always.
 */
int notrace kvm_sdei_guest_handle(u32 number, struct pt_regs *regs, void *arg)
{
	const struct event *event = arg;
	bool hangs;

	this_cpu_inc(handled);
	if (kvm_sdei_guest_crash_save(event, regs))
		return 0;
	if (event->priority != NORMAL || !kvm_sdei_guest_watchdog(regs, &hangs))
		act(event, regs);
	else if (hangs && act(&hang, regs))
		kvm_sdei_guest_watchdog_again();

	return 0;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_handle);

static void unregister_events(void)
{
	enum priority priority;

	for (priority = NORMAL; priority < NR_PRIORITIES; priority++)
		if (events[priority].registered)
			kvm_sdei_guest_unregister(&events[priority]);
}

/* One of the two is enough: the other may be in use, by the kernel itself. */
static int register_events(void)
{
	enum priority priority;
	int err, ret = -ENODEV;

	for (priority = NORMAL; priority < NR_PRIORITIES; priority++) {
		err = kvm_sdei_guest_register(&events[priority]);
		if (!err || ret == -ENODEV)
			ret = err;
	}

	return ret;
}

static int __init kvm_sdei_guest_init(void)
{
	int err;

	err = kvm_sdei_guest_client_init();
	if (err)
		return err;
	kvm_sdei_guest_signal_init();
	kvm_sdei_guest_crash_init(&events[NORMAL]);

	err = kvm_sdei_guest_report_init();
	if (err) {
		pr_err("cannot allocate the memory for reports (%d)\n", err);
		return err;
	}

	err = register_events();
	if (err)
		goto out_report;
	kvm_sdei_guest_unmask();

	if (!watchdog && hang.actions != HANG_DEFAULT)
		pr_warn("hang= does nothing without watchdog=<seconds>\n");
	if (watchdog && !events[NORMAL].registered) {
		pr_warn("no watchdog: event 0x0 is not this module's\n");
		watchdog = 0;
	}
	if (watchdog && num_possible_cpus() == 1) {
		pr_warn("no watchdog: this guest has no other CPU that could look\n");
		watchdog = 0;
	}
	err = kvm_sdei_guest_watchdog_init(watchdog);
	if (err) {
		pr_err("cannot start the watchdog (%d)\n", err);
		goto out_events;
	}

	return 0;

out_events:
	unregister_events();
out_report:
	kvm_sdei_guest_report_exit();

	return err;
}

static void __exit kvm_sdei_guest_exit(void)
{
	kvm_sdei_guest_watchdog_stop();
	unregister_events();
	kvm_sdei_guest_report_exit();
	pr_info("unloaded, events are no longer handled\n");
}

module_init(kvm_sdei_guest_init);
module_exit(kvm_sdei_guest_exit);

MODULE_DESCRIPTION("Handler of SDEI events in a KVM guest");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
