/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kvm_sdei offers to other kernel modules.
 */
#ifndef _KVM_SDEI_H
#define _KVM_SDEI_H

#include <linux/types.h>
#include <uapi/kvm_sdei.h>

struct kvm_vcpu;

int kvm_sdei_raise(struct kvm_vcpu *vcpu, u32 event);

#endif /* _KVM_SDEI_H */
