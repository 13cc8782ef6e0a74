// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs on its way to the crash kernel. */
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>

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
