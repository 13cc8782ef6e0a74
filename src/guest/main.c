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
	unsigned int actions = READ_ONCE(event->actions);

	this_cpu_inc(handled);
	if (actions & (ACTION_LOG | ACTION_BACKTRACE))
		kvm_sdei_guest_record(event, actions, regs);
	if (actions & ACTION_PANIC) {
		kvm_sdei_guest_report_here();
		kvm_sdei_guest_crash(number, regs);
	} else if (actions) {
		kvm_sdei_guest_report(regs);
	}

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
	kvm_sdei_guest_crash_init();

	err = kvm_sdei_guest_report_init();
	if (err) {
		pr_err("cannot allocate the memory for reports (%d)\n", err);
		return err;
	}

	err = register_events();
	if (err) {
		kvm_sdei_guest_report_exit();
		return err;
	}
	kvm_sdei_guest_unmask();

	return 0;
}

static void __exit kvm_sdei_guest_exit(void)
{
	unregister_events();
	kvm_sdei_guest_report_exit();
	pr_info("unloaded, events are no longer handled\n");
}

module_init(kvm_sdei_guest_init);
module_exit(kvm_sdei_guest_exit);

MODULE_DESCRIPTION("Handler of SDEI events in a KVM guest");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
