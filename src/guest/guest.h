/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the guest module share. */
#ifndef KVM_SDEI_GUEST_H
#define KVM_SDEI_GUEST_H

#include <linux/types.h>

struct pt_regs;

int kvm_sdei_guest_register(u32 event);
void kvm_sdei_guest_unregister(u32 event);
int kvm_sdei_guest_handle(u32 event, struct pt_regs *regs, void *arg);

int kvm_sdei_guest_report_init(void);
void kvm_sdei_guest_report_exit(void);
void kvm_sdei_guest_report(u32 event, struct pt_regs *regs);

#endif
