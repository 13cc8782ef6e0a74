// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs with what Linux takes on its way to the crash kernel. */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/numa.h>
#include <linux/spinlock.h>

#include "test.h"

/* A function of its own, for dumps to have. */
static noinline void irq_loop(struct test_cpu *t)
{
	WRITE_ONCE(t->held, true);
	for (;;)
		cpu_relax();
}

/**
 * test_irq() - hang with the lock of an interrupt, which it makes for this
 * @t: the CPU
 */
void test_irq(struct test_cpu *t)
{
	int irq = irq_alloc_desc(NUMA_NO_NODE);
	unsigned long flags;

	if (irq < 0)
		return;
	/* Without one no interrupt is masked for a crash kernel. */
	irq_set_chip(irq, &dummy_irq_chip);
	raw_spin_lock_irqsave(&irq_data_to_desc(irq_get_irq_data(irq))->lock, flags);
	test_mask();
	irq_loop(t);
}
