// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs, or is slow, on its way to the crash kernel. */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/time64.h>

#include "test.h"

static int loop(struct notifier_block *nb, unsigned long action, void *data)
{
	for (;;)
		cpu_relax();

	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = loop,
};

/**
 * test_panic() - panic, and hang in that
 */
void test_panic(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &notifier);
	panic("kvm_sdei_test");
}

/**
 * test_die() - meet a bug, and hang before it has been reported; a second waits for the first
 */
void test_die(void)
{
	static bool registered;

	if (!xchg(&registered, true))
		register_die_notifier(&notifier);
	BUG();
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
 * test_panic_slowly() - have a panic be slow
 *
 * Context: process, may sleep; waits for all CPUs.
 * Return: 0, or a negative error number.
 */
int test_panic_slowly(void)
{
	return register_kprobe(&probe);
}
