// SPDX-License-Identifier: GPL-2.0-only
/* A record as lines of the kernel log. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/printk.h>

#include "guest.h"

/*
 * What an event is raised for may have caught whoever prints on a console, and
 * printk() on another CPU then waits for it. This one writes to the log buffer
 * alone, and leaves the consoles to an interrupt that only tries.
 */
static typeof(_printk) *to_log = _printk;

#define print(fmt, ...)	to_log(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)

static const char *describe(const struct user_pt_regs *regs)
{
	if (regs->pstate & PSR_MODE32_BIT)
		return "EL0, AArch32";

	switch (regs->pstate & PSR_MODE_MASK) {
	case PSR_MODE_EL0t:
		return "EL0";
	case PSR_MODE_EL1t:
		return "EL1t";
	case PSR_MODE_EL1h:
		return "EL1h";
	default:
		return "EL2";
	}
}

/* Without the pointer authentication code, which would hide the symbol. */
static void *strip(u64 address)
{
	register u64 lr asm("x30") = address;

	/* XPACLRI, which is a hint: no operation where it is not known. */
	asm volatile("hint #7" : "+r" (lr));

	return (void *)lr;
}

static void print_registers(int cpu, const char *kind, const u64 *values,
			    int count)
{
	int i;

	for (i = 0; i + 2 < count; i += 3)
		print("CPU%d: %s x%-2d %016llx  x%-2d %016llx  x%-2d %016llx\n",
		      cpu, kind, i, values[i], i + 1, values[i + 1], i + 2,
		      values[i + 2]);
	for (; i < count; i++)
		print("CPU%d: %s x%-2d %016llx\n", cpu, kind, i, values[i]);
}

/**
 * kvm_sdei_guest_print() - print a record
 * @cpu: the CPU that it is of
 * @record: the record
 *
 * Context: any.
 */
void kvm_sdei_guest_print(int cpu, const struct record *record)
{
	const struct user_pt_regs *regs = &record->regs;
	bool user = (regs->pstate & PSR_MODE_MASK) == PSR_MODE_EL0t;
	u64 age = ktime_get_mono_fast_ns() - record->time;
	unsigned int i;

	print("CPU%d: SDEI event 0x%x argument 0x%llx, %llu ms ago\n", cpu,
	      record->event, record->argument, age / NSEC_PER_MSEC);
	if (record->hang)
		print("CPU%d: hangs: it takes no interrupts\n", cpu);
	print("CPU%d: task %s pid %d, %s, interrupts %s\n", cpu, record->comm,
	      record->pid, describe(regs),
	      record->masked ? "masked" : "enabled");
	/* The client does not keep SP_EL0, which is what user space calls SP. */
	print("CPU%d: pc %016llx pstate %016llx %s %016llx\n", cpu, regs->pc,
	      regs->pstate, user ? "sp_el1" : "sp", regs->sp);
	if (user)
		print("CPU%d: pc is at user space\n", cpu);
	else
		print("CPU%d: pc is at %pS, lr at %pS\n", cpu,
		      (void *)regs->pc, strip(regs->regs[30]));

	if (record->actions & ACTION_LOG) {
		print_registers(cpu, "register", regs->regs,
				ARRAY_SIZE(regs->regs));
		print_registers(cpu, "context ", record->context, NR_CONTEXT);
	}
	if (record->actions & ACTION_BACKTRACE) {
		if (record->depth)
			print("CPU%d: backtrace %pS\n", cpu,
			      (void *)record->trace[0]);
		/* After the PC come the calls, by where they return to. */
		for (i = 1; i < record->depth; i++)
			print("CPU%d: backtrace %pB\n", cpu,
			      (void *)record->trace[i]);
		if (record->cut)
			print("CPU%d: backtrace goes on\n", cpu);
	}
	print("CPU%d: end of event 0x%x\n", cpu, record->event);
}

/**
 * kvm_sdei_guest_print_lost() - print that events were not recorded
 * @cpu: the CPU that they reached
 * @lost: how many
 *
 * Context: any.
 */
void kvm_sdei_guest_print_lost(int cpu, unsigned long lost)
{
	print("CPU%d: %lu events came too fast to be reported\n", cpu, lost);
}

/**
 * kvm_sdei_guest_print_init() - find the printk() that waits for nobody
 */
void kvm_sdei_guest_print_init(void)
{
	void *deferred = kvm_sdei_guest_find("_printk_deferred");

	if (deferred)
		to_log = deferred;
}
