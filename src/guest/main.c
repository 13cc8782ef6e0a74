// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes an SDEI event visible: whatever a CPU of this guest was doing when the
 * event reached it is counted and written to the kernel log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>

#include "guest.h"

static unsigned int event;
module_param(event, uint, 0444);
MODULE_PARM_DESC(event, "number of the event to handle (default: 0)");

static bool quiet;
module_param(quiet, bool, 0644);
MODULE_PARM_DESC(quiet, "count the events and print nothing");

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
 * kvm_sdei_guest_handle() - count one event, and report it unless told not to
 * @number: the number of the event
 * @regs: the registers of the interrupted context
 * @arg: not used
 *
 * Context: NMI.
 * Return: 0, always.
 */
int notrace kvm_sdei_guest_handle(u32 number, struct pt_regs *regs, void *arg)
{
	this_cpu_inc(handled);
	if (!READ_ONCE(quiet))
		kvm_sdei_guest_report(number, regs);

	return 0;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_handle);

static int __init kvm_sdei_guest_init(void)
{
	int err;

	err = kvm_sdei_guest_report_init();
	if (err) {
		pr_err("cannot allocate the memory for reports (%d)\n", err);
		return err;
	}

	err = kvm_sdei_guest_register(event);
	if (err) {
		kvm_sdei_guest_report_exit();
		return err;
	}

	pr_info("ready, event 0x%x is enabled\n", event);

	return 0;
}

static void __exit kvm_sdei_guest_exit(void)
{
	kvm_sdei_guest_unregister(event);
	kvm_sdei_guest_report_exit();
	pr_info("unloaded, event 0x%x is no longer handled\n", event);
}

module_init(kvm_sdei_guest_init);
module_exit(kvm_sdei_guest_exit);

MODULE_DESCRIPTION("Handler of SDEI events in a KVM guest");
MODULE_LICENSE("GPL");
