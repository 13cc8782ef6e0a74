// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's interrupts, for INTERRUPT_BIND. A module has no way yet to take
 * one away from the guest, so VMs are given no slots (KVM_SDEI_SLOTS), and the
 * dispatcher asks which interrupts exist and nothing more.
 */
#include <linux/kvm_host.h>

#include "host.h"

/* Without KVM's interrupt controller nobody here knows what the VM has. */
bool sdei_host_has_irq(const struct sdei_vm *vm, u32 intid)
{
	const struct kvm *kvm = container_of(vm, struct kvm_sdei_vm, sdei)->kvm;

	return !vgic_initialized(kvm) ||
	       intid < VGIC_NR_PRIVATE_IRQS + kvm->arch.vgic.nr_spis;
}

bool sdei_host_bind(struct sdei_vm *vm, u32 intid, enum sdei_event_id event)
{
	return false;
}

void sdei_host_release(struct sdei_vm *vm, u32 intid)
{
}
