/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What kvm_sdei offers to guests and to user space: event numbers.
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

#endif /* _UAPI_KVM_SDEI_H */
