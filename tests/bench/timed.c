// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the benchmark has done on the host, and when exactly it began.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../guest/vmm.h"

/**
 * timed_nothing() - how the time is taken
 *
 * Return: the counter, which is the guest's physical counter.
 */
s64 timed_nothing(void)
{
	s64 now;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

/**
 * timed_raise() - raise an event by a file that is open
 * @vcpu: on which vCPU
 * @event: its number
 *
 * Return: the counter just before, or a negative error code.
 */
s64 timed_raise(u32 vcpu, u32 event)
{
	static int files[MAX_CPUS];
	char number[16];
	size_t len;
	s64 start;

	if (vcpu >= MAX_CPUS)
		return -EINVAL;
	if (!files[vcpu]) {
		files[vcpu] = raise_open(vcpu);
		if (files[vcpu] < 0)
			return files[vcpu];
	}
	len = snprintf(number, sizeof(number), "0x%x\n", event);
	start = timed_nothing();
	return pwrite(files[vcpu], number, len, 0) < 0 ? -errno : start;
}

/**
 * timed_irq() - an edge of an SPI's line
 * @intid: its INTID
 *
 * Return: the counter just before, or a negative error code.
 */
s64 timed_irq(u32 intid)
{
	struct kvm_irq_level irq = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid,
		.level = 0,
	};
	s64 start;

	if (vm_ioctl(KVM_IRQ_LINE, &irq))
		return -errno;
	irq.level = 1;
	start = timed_nothing();
	return vm_ioctl(KVM_IRQ_LINE, &irq) ? -errno : start;
}

/**
 * realtime() - have this vCPU's thread run as soon as it can
 *
 * Return: 0 or a negative error code.
 */
s64 realtime(void)
{
	struct sched_param param = { .sched_priority = 1 };

	return -pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}
