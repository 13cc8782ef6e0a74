// SPDX-License-Identifier: GPL-2.0-only
/* Event 0 from one CPU to another, which takes it whatever else it does. */
#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/kprobes.h>
#include <asm/barrier.h>

#include "guest.h"

/* The headers of older kernels do not have it. */
#ifndef SDEI_1_0_FN_SDEI_EVENT_SIGNAL
#define SDEI_1_0_FN_SDEI_EVENT_SIGNAL	SDEI_1_0_FN(0x0F)
#endif

static u64 (*mpidr_of)(unsigned int cpu);

/**
 * kvm_sdei_guest_signal() - signal event 0 to a CPU
 * @cpu: the CPU
 *
 * Its handler sees what was written before. A signal gets lost if the CPU goes, or
 * if the host's module does.
 *
 * Context: any.
 */
void notrace kvm_sdei_guest_signal(int cpu)
{
	struct arm_smccc_res res;
	u64 mpidr;

	if (!mpidr_of)
		return;
	mpidr = mpidr_of(cpu);

	/* The call is no access to memory that others were ordered by. */
	dsb(ishst);
	arm_smccc_1_1_invoke(SDEI_1_0_FN_SDEI_EVENT_SIGNAL, 0, mpidr, &res);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_signal);

/**
 * kvm_sdei_guest_signal_init() - find out how to tell the host which CPU
 */
void kvm_sdei_guest_signal_init(void)
{
	mpidr_of = kvm_sdei_guest_find("cpu_logical_map");
}
