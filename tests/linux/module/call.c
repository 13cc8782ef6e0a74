// SPDX-License-Identifier: GPL-2.0-only
/* Calls to the hypervisor, from a CPU of choice. */
#include <linux/arm-smccc.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/smp.h>
#include <asm/virt.h>

#include "test.h"

static void call_here(void *data)
{
	struct test_call *call = data;
	struct arm_smccc_res res;

	if (call->smc)
		arm_smccc_smc(call->in[0], call->in[1], call->in[2],
			      call->in[3], call->in[4], call->in[5], 0, 0,
			      &res);
	else
		arm_smccc_hvc(call->in[0], call->in[1], call->in[2],
			      call->in[3], call->in[4], call->in[5], 0, 0,
			      &res);
	call->out[0] = res.a0;
	call->out[1] = res.a1;
	call->out[2] = res.a2;
	call->out[3] = res.a3;
}

/**
 * test_call() - make a call on a CPU
 * @cpu: the CPU
 * @call: the registers
 *
 * Return: 0, -EINVAL if there is no such CPU, -EBUSY if it takes no interrupts,
 * -EOPNOTSUPP if this kernel is its own hypervisor.
 */
int test_call(int cpu, struct test_call *call)
{
	enum mode mode;

	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -EINVAL;
	if (!call->smc && is_kernel_in_hyp_mode())
		return -EOPNOTSUPP;

	mode = READ_ONCE(test_cpu(cpu)->mode);
	if (mode == WEDGE || mode == WFI || mode == CONSOLE)
		return -EBUSY;

	return smp_call_function_single(cpu, call_here, call, true);
}
