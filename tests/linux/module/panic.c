// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs, or is slow, on its way to the crash kernel. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/printk.h>
#include <linux/time64.h>

#include "test.h"

static int panic_loop(struct notifier_block *nb, unsigned long action, void *data)
{
	for (;;)
		cpu_relax();

	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = panic_loop,
};

/**
 * test_panic() - panic, and hang in that
 */
void test_panic(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &notifier);
	panic("kvm_sdei_test");
}

static int wait(struct kprobe *probe, struct pt_regs *regs)
{
	mdelay(20 * MSEC_PER_SEC);

	return 0;
}

/* Before it stops the other CPUs, and takes no more events. */
static struct kprobe probe = {
	.symbol_name = "crash_smp_send_stop",
	.pre_handler = wait,
};

/**
 * test_panic_slowly() - panic, and be late in that
 */
void test_panic_slowly(void)
{
	int err = register_kprobe(&probe);

	if (err)
		pr_err("cannot be slow (%d)\n", err);
	else
		panic("kvm_sdei_test");
}
