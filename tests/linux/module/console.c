// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs where it hurts: nobody else can print. */
#include <linux/console.h>
#include <linux/nmi.h>

#include "test.h"

/* A function of its own, for backtraces to have. */
static noinline void console_loop(struct test_cpu *t)
{
	while (!READ_ONCE(t->frame.release))
		cpu_relax();
}

/**
 * test_console() - hang with the consoles' lock until released
 * @t: the CPU
 */
void test_console(struct test_cpu *t)
{
	unsigned long flags;
	u64 daif;

	console_lock();
	local_irq_save(flags);
	daif = test_mask();
	WRITE_ONCE(t->held, true);

	console_loop(t);

	WRITE_ONCE(t->held, false);
	touch_nmi_watchdog();
	test_unmask(daif);
	local_irq_restore(flags);
	console_unlock();
}
