// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm: instructions of which many exit to the hypervisor, and whose result
 * is known. Whatever an event does to the registers of what it interrupts, or
 * to an instruction that the hypervisor is about to skip, shows in the result.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/arm-smccc.h>
#include <linux/bitops.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/psci.h>
#include <linux/string.h>
#include <uapi/linux/psci.h>

#include "test.h"

/* The PL031 of QEMU's machine virt, the first of its identification registers. */
static unsigned long device = 0x09010fe0;
module_param(device, ulong, 0444);
MODULE_PARM_DESC(device, "physical address of a device register that always reads the same, or 0");

static void __iomem *device_register;
static u32 device_value;
static bool hypercalls;

static void measure(struct test_cpu *t)
{
	struct arm_smccc_res res = { };

	t->isar0 = read_sysreg_s(SYS_ID_AA64ISAR0_EL1);
	t->pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1);
	if (hypercalls)
		arm_smccc_hvc(PSCI_0_2_FN_PSCI_VERSION, 0, 0, 0, 0, 0, 0, 0,
			      &res);
	t->psci_version = res.a0;
	t->measured = true;
}

static void fill(struct frame *frame, u64 seed)
{
	int n;

	for (n = 0; n < ARRAY_SIZE(frame->before); n++)
		frame->before[n] = (seed + n + 1) * 0x9e3779b97f4a7c15ULL;
	frame->before[20] = (__force u64)device_register;
	frame->before[28] = hypercalls;
	frame->flags = (seed & 0xf) << 28;
	memset(frame->memory, 0, sizeof(frame->memory));
}

/* The same arithmetic as in loops.S. */
static void calculate(const struct test_cpu *t, u64 *x, u64 *memory)
{
	int step, n;

	memcpy(x, t->frame.before, sizeof(t->frame.before));
	x[19] = (u64)&t->frame;

	for (step = 0; step < STORM_STEPS; step++) {
		x[22] = ror64(x[22] + t->isar0, 7);
		x[21] = t->pfr0;
		x[22] += t->pfr0;
		if (device_register) {
			x[23] = device_value;
			x[24] = ror64(x[24] + device_value, 3);
		}
		for (n = 0; n < 4; n++)
			x[5 + n] += x[n];
		if (hypercalls)
			x[26] = ror64(x[26] + t->psci_version, 5);
		x[25]++;
		memory[step] = x[25];
		x[4] += 4;
		for (n = 9; n <= 18; n++)
			x[n] += n;
		x[27] += 27;
		x[29] += 29;
		x[30] += 30;
	}
}

static void compare(int cpu, struct test_cpu *t)
{
	const struct frame *frame = &t->frame;
	unsigned long before = test_errors();
	u64 memory[STORM_STEPS];
	u64 x[31];
	int n;

	calculate(t, x, memory);

	for (n = 0; n < ARRAY_SIZE(x); n++) {
		if (n == 18 && IS_ENABLED(CONFIG_SHADOW_CALL_STACK))
			continue;
		if (frame->after[n] != x[n])
			test_mismatch(cpu, "storm", "x", n, frame->after[n],
				      x[n]);
	}
	for (n = 0; n < STORM_STEPS; n++)
		if (frame->memory[n] != memory[n])
			test_mismatch(cpu, "storm", "memory ", n,
				      frame->memory[n], memory[n]);
	if (frame->flags_out != frame->flags)
		test_mismatch(cpu, "storm", "nzcv", 0, frame->flags_out,
			      frame->flags);

	t->errors += test_errors() - before;
}

static void one_round(int cpu, struct test_cpu *t)
{
	bool masked = t->rounds % 4 == 3;
	unsigned long flags;
	u64 daif;

	fill(&t->frame, t->rounds);
	if (masked) {
		local_irq_save(flags);
		daif = test_mask();
	}
	kvm_sdei_test_storm_run(&t->frame);
	if (masked) {
		test_unmask(daif);
		local_irq_restore(flags);
	}
	compare(cpu, t);
	WRITE_ONCE(t->rounds, t->rounds + 1);
}

/**
 * test_storm() - storm for a few milliseconds
 * @cpu: the CPU that this runs on
 * @t: its data
 *
 * Return: whether there is more to do.
 */
bool test_storm(int cpu, struct test_cpu *t)
{
	unsigned long end = jiffies + 2;

	if (!t->measured)
		measure(t);

	WRITE_ONCE(t->held, true);
	do {
		one_round(cpu, t);
		if (READ_ONCE(t->frame.release) ||
		    (t->deadline && time_after_eq(jiffies, t->deadline))) {
			WRITE_ONCE(t->held, false);
			return false;
		}
	} while (time_before(jiffies, end));

	return true;
}

/**
 * test_storm_init() - find out what a storm may use
 *
 * Return: 0, or a negative error number.
 */
int test_storm_init(void)
{
	hypercalls = arm_smccc_1_1_get_conduit() == SMCCC_CONDUIT_HVC;
	if (!device)
		return 0;

	device_register = ioremap(device, sizeof(u32));
	if (!device_register)
		return -ENOMEM;
	device_value = readl_relaxed(device_register);

	return 0;
}

/**
 * test_storm_exit() - undo test_storm_init()
 */
void test_storm_exit(void)
{
	if (device_register)
		iounmap(device_register);
}
