// SPDX-License-Identifier: GPL-2.0-only
/* The end: a crash dump, or a panic, of the context that was interrupted. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/printk.h>

#include "guest.h"

static int (*should_crash)(struct task_struct *task);
static void (*crash)(struct pt_regs *regs);

/**
 * kvm_sdei_guest_crash() - crash the guest
 * @event: the number of the event
 * @regs: the registers of the interrupted context
 *
 * A crash kernel is started the way that an oops starts it, so that the dump
 * has this CPU in the interrupted context and not in this handler. Without one,
 * or if it shall wait for the panic notifiers, this is a panic.
 *
 * Context: NMI, in the event's handler.
 */
void kvm_sdei_guest_crash(u32 event, struct pt_regs *regs)
{
	pr_emerg("CPU%d: event 0x%x crashes this guest, as it was told to\n",
		 raw_smp_processor_id(), event);
	if (should_crash && crash && should_crash(current))
		crash(regs);
	nmi_panic(regs, "SDEI event");
}

/**
 * kvm_sdei_guest_crash_init() - find how to start a crash kernel
 */
void kvm_sdei_guest_crash_init(void)
{
	should_crash = kvm_sdei_guest_find("kexec_should_crash");
	crash = kvm_sdei_guest_find("crash_kexec");
}
