// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs with what Linux takes on its way to the crash kernel. */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqnr.h>
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
 * test_irq() - hang with the lock of an interrupt that nobody uses
 * @t: the CPU
 */
void test_irq(struct test_cpu *t)
{
	struct irq_data *data;
	unsigned long flags;
	int irq;

	for_each_irq_nr(irq) {
		data = irq_get_irq_data(irq);
		if (!data || irqd_is_per_cpu(data) || irq_has_action(irq))
			continue;
		raw_spin_lock_irqsave(&irq_data_to_desc(data)->lock, flags);
		test_mask();
		irq_loop(t);
	}
}
