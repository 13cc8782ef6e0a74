/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM offers its guest: a machine's map, and a page whose accesses are
 * exits to the VMM.
 */
#ifndef _GUEST_SERVICE_H
#define _GUEST_SERVICE_H

#define RAM_BASE	0x40000000
#define RAM_SIZE	0x01000000

#define GICD_BASE	0x08000000
#define GICR_BASE	0x080a0000

#define VMM_BASE	0x09000000
#define VMM_SIZE	0x1000

/*
 * Registers in the VMM's page, each 64 bits wide. So that a raise can take the
 * place of any load or store of a test, they do not depend on other registers.
 *
 * REQUEST, written	the address of a struct request, which is served
 * RAISE, written	raises an event: its number in the lower half, the vCPU
 *			in the upper half, all ones for a shared event
 * RAISE_SELF + 8 * N	read: raises the N-th event on this vCPU, or for the VM
 *			if it is a shared one, and gives RAISE_SELF_VALUE
 * FACT + 8 * N, read	gives the fact N
 */
#define VMM_REQUEST		0x000
#define VMM_RAISE		0x008
#define VMM_RAISE_SELF		0x100
#define VMM_RAISE_SELF_VALUE	0x5de15de15de15de1
#define VMM_FACT		0x200

#define VMM_NO_VCPU		0xffffffff

/* Why the boot CPU starts; in its x0. */
#define BOOT_COLD	0
#define BOOT_RESET	1
#define BOOT_WATCHDOG	2

#define MAX_CPUS	8
#define MAX_STEPS	256

#ifndef __ASSEMBLER__

#include <linux/types.h>

/*
 * A CPU is named by its index, which is its vCPU's id. Where a service can fail
 * it gives a negative errno.
 */
enum service {
	/* text */
	SERVICE_PRINT,
	/* status: the VMM's */
	SERVICE_EXIT,
	/* the test's name; the watchdog starts anew */
	SERVICE_TEST,
	/* number, buffer, size: a word of the VMM's command line */
	SERVICE_ARGUMENT,
	/* which */
	SERVICE_FACT,
	/* CPU: its MPIDR */
	SERVICE_MPIDR,
	/* CPU or VMM_NO_VCPU, event */
	SERVICE_RAISE,
	/* the same, and 1: when this CPU has gone to sleep, 0: when it is in the guest */
	SERVICE_RAISE_LATER,
	/* CPU or VMM_NO_VCPU, enum file, buffer, size */
	SERVICE_SYSFS,
	/* semaphore: wait until it is not 0 and take one off */
	SERVICE_DOWN,
	/* semaphore: add one */
	SERVICE_UP,
	/* gives other threads of the VMM a chance */
	SERVICE_YIELD,
	/* resets the machine as for PSCI's SYSTEM_RESET */
	SERVICE_RESET,
	/* 1 or 0: single-step this CPU, or not any more */
	SERVICE_STEP,
	/* buffer, size: the PCs after each step since SERVICE_STEP, newest last */
	SERVICE_STEPS,
	/* bits to set, event: finishes this exit, sets bits of PSTATE, raises */
	SERVICE_PSTATE,
	/* CPU, another one that is in the guest: does not run until resumed */
	SERVICE_PAUSE,
	/* CPU */
	SERVICE_RESUME,
	/* CPU, another one that is in the guest: is reset, alone, and off then */
	SERVICE_INIT,
	/* CPU: whether KVM has put it to sleep: it is halted, or off */
	SERVICE_ASLEEP,
	/* INTID of an SPI, level */
	SERVICE_IRQ,
	/* 1, or 0 if it switches itself off now: this CPU has made a step (--carry) */
	SERVICE_CARRY,
	/* These give the time just before they begin: nothing at all */
	SERVICE_TIMED_NOTHING,
	/* CPU, event: by a file that is open */
	SERVICE_TIMED_RAISE,
	/* INTID of an SPI: an edge of it */
	SERVICE_TIMED_IRQ,
	/* this CPU's thread is scheduled before others */
	SERVICE_REALTIME,
};

#endif /* __ASSEMBLER__ */

/* Facts: how many CPUs there are. */
#define FACT_CPUS	0
/* Whether KVM hands SMCs to its hypercall handler. */
#define FACT_SMC	1
/* The minor version that the module was told to report. */
#define FACT_MINOR	2
/* Whether there is a GICv3. */
#define FACT_GIC	3
/* What becomes of SDEI's calls: enum filter. */
#define FACT_FILTER	4
/* How many hypercalls KVM has forwarded to the VMM. */
#define FACT_FORWARDED	5
/* Whether sysfs shows this VM. */
#define FACT_ATTACHED	6
/* Whether the VM is protected: it must share what it wants the VMM to read. */
#define FACT_PROTECTED	7
/* Whether the VMM was told, by SIGUSR2, that the guest should end. */
#define FACT_TOLD	8

/* Whether the machine is saved and restored at each step. */
#define FACT_CARRIED	9

#ifndef __ASSEMBLER__

enum file {
	FILE_MASKED,
	FILE_REGISTERED,
	FILE_ENABLED,
	FILE_RUNNING,
	FILE_PENDING,
	FILE_DELIVERED,
	FILE_COMPLETED,
};

/* KVM handles the calls, denies them, or hands them to the VMM. */
enum filter { FILTER_NONE, FILTER_DENY, FILTER_FORWARD };

struct request {
	__u64 service;
	__u64 arg[4];
	__s64 ret;
};

#endif /* __ASSEMBLER__ */

#endif /* _GUEST_SERVICE_H */
