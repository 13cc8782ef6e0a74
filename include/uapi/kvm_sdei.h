/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What kvm_sdei offers to guests and to user space: event numbers, a capability,
 * and the registers that carry a vCPU's SDEI state.
 */
#ifndef _UAPI_KVM_SDEI_H
#define _UAPI_KVM_SDEI_H

/* Vendor field of SDEI_VERSION: "KVM". */
#define KVM_SDEI_VENDOR			0x4b564d

/* Private, normal; signalled by the guest (SDEI_EVENT_SIGNAL) and the host. */
#define KVM_SDEI_EVENT_SIGNAL		0x00000000
/* Private, normal: a notification. */
#define KVM_SDEI_EVENT_NOTIFY		0x40000000
/* Private, critical: an NMI. */
#define KVM_SDEI_EVENT_NMI		0x40000001
/* Shared, normal: a notification to the VM. */
#define KVM_SDEI_EVENT_VM_NOTIFY	0x40000002
/* Shared, critical: an NMI to the VM. */
#define KVM_SDEI_EVENT_VM_NMI		0x40000003

/* Events of bound interrupts: private ones of PPIs, shared ones of SPIs. */
#define KVM_SDEI_EVENT_PPI(n)		(0x40000100 + (n))
#define KVM_SDEI_EVENT_SPI(n)		(0x40000200 + (n))

/*
 * KVM_CHECK_EXTENSION: the version of the registers below, or 0 where SDEI is not
 * offered; asked of /dev/kvm, to new VMs. KVM_ENABLE_CAP on a VM, with args[0] 1
 * or 0, offers it to that VM or withholds it; EBUSY if that would be a change, and
 * the VM knows of it already. vCPUs of AArch32, with nested virtualisation or
 * without PSCI 0.2 have none of it in any VM.
 */
#define KVM_CAP_SDEI			0x53444549
#define KVM_SDEI_REGS_VERSION		1

/*
 * The registers: 64-bit ones among those of KVM's firmware, their numbers from
 * this one on. They can be written in any order, once all vCPUs of the VM were
 * initialised and before one runs. What is not described must be 0. A value that
 * cannot be is refused with EINVAL, and nothing changes.
 */
#define KVM_REG_ARM_SDEI		0x6030000000145d00ULL
#define KVM_REG_ARM_SDEI_REG(n)		(KVM_REG_ARM_SDEI | (n))
#define KVM_SDEI_NR_REGS		0xc0

/* Those of the VM are the first vCPU's; ignored once its vCPUs use SDEI. */
#define KVM_SDEI_REG_MINOR		0x00	/* y of the version 1.y reported */

#define KVM_SDEI_REG_PE			0x01
#define KVM_SDEI_PE_MASKED		(1ULL << 0)

/*
 * Of each event n, in the order above: private ones are each vCPU's, shared ones
 * the VM's. What is pending stays so when 0 is written to KVM_SDEI_STATE_PENDING,
 * as it may have been raised since the register was read; it ends with the
 * registration.
 */
#define KVM_SDEI_REG_EVENT(n)		(0x10 + 4 * (n))
#define KVM_SDEI_REG_EVENT_STATE	0
#define KVM_SDEI_REG_EVENT_ENTRY	1	/* x2 of SDEI_EVENT_REGISTER */
#define KVM_SDEI_REG_EVENT_ARG		2	/* x3 */
#define KVM_SDEI_REG_EVENT_AFFINITY	3	/* x5; shared events alone have it */

#define KVM_SDEI_STATE_REGISTERED	(1ULL << 0)
#define KVM_SDEI_STATE_ENABLED		(1ULL << 1)
#define KVM_SDEI_STATE_PENDING		(1ULL << 2)
#define KVM_SDEI_STATE_FLAGS_SHIFT	32	/* x4 of SDEI_EVENT_REGISTER */

/*
 * What the normal handler interrupted (s is 0) and what the critical one did (1):
 * x0 to x17, PC, and PSTATE with the event whose handler runs, as n + 1. Without
 * one that register is 0, and the others say nothing.
 */
#define KVM_SDEI_REG_CONTEXT(s)		(0x80 + 0x20 * (s))
#define KVM_SDEI_REG_CONTEXT_PC		18
#define KVM_SDEI_REG_CONTEXT_PSTATE	19
#define KVM_SDEI_PSTATE_EVENT_SHIFT	56

#endif /* _UAPI_KVM_SDEI_H */
