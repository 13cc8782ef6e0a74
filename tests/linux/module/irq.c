// SPDX-License-Identifier: GPL-2.0-only
/* A CPU that hangs with an interrupt, or its lock, that the crash kernel needs. */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kprobes.h>
#include <linux/nmi.h>
#include <linux/numa.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "test.h"

/* A function of its own, for dumps to have. */
static noinline void irq_loop(struct test_cpu *t)
{
	while (!READ_ONCE(t->frame.release))
		cpu_relax();
}

/**
 * test_irq() - hang with the lock of an interrupt, made for this, until released
 * @t: the CPU
 */
void test_irq(struct test_cpu *t)
{
	int irq = irq_alloc_desc(NUMA_NO_NODE);
	raw_spinlock_t *lock;
	unsigned long flags;
	u64 daif;

	if (irq < 0)
		return;
	/* Without one no interrupt is masked for a crash kernel. */
	irq_set_chip(irq, &dummy_irq_chip);
	lock = &irq_data_to_desc(irq_get_irq_data(irq))->lock;
	raw_spin_lock_irqsave(lock, flags);
	daif = test_mask();
	WRITE_ONCE(t->held, true);

	irq_loop(t);

	WRITE_ONCE(t->held, false);
	touch_nmi_watchdog();
	test_unmask(daif);
	raw_spin_unlock_irqrestore(lock, flags);
	irq_free_desc(irq);
}

static int handling_cpu;

static int handling_loop(struct kprobe *probe, struct pt_regs *regs)
{
	while (raw_smp_processor_id() == READ_ONCE(handling_cpu))
		cpu_relax();

	return 0;
}

static struct kprobe handler = {
	.symbol_name = "vring_interrupt",
	.pre_handler = handling_loop,
};

/**
 * test_handling() - have a CPU hang when it next handles an interrupt of a virtio device
 * @cpu: the CPU
 *
 * Context: process, may sleep; waits for all CPUs.
 * Return: 0, or a negative error number.
 */
int test_handling(int cpu)
{
	handling_cpu = cpu;
	return register_kprobe(&handler);
}
