// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom SDEI is offered to.
 *
 * A VM to which SDEI is offered has registers more than others, which its VMM saves
 * and restores. A host without the module does not take them: what a VM is offered
 * has to be the administrator's choice, and must not change while its VMM knows of
 * it. The default holds until its VMM chooses, or until the VM's guest makes a call or
 * its VMM asks for registers.
 *
 * The choice is kept in bits of KVM's own flags of the VM that KVM has no use for.
 * That costs no memory for VMs that use no SDEI, and it is gone with the VM.
 *
 * A VMM that was told of the registers relies on them: QEMU aborts if they are gone
 * at its VM's next reset. So that VM holds the module until it goes away.
 */
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/refcount.h>

#include "host.h"
#include "uapi/kvm_sdei.h"

/* From the top, KVM has its own from the bottom. */
enum {
	/* The VM holds the module. */
	FLAG_HOLDS	= 60,
	/* The choice cannot be changed any more. */
	FLAG_SETTLED	= 61,
	/* The VMM has chosen. */
	FLAG_CHOSEN	= 62,
	/* If it has, or if that is settled: SDEI is withheld. */
	FLAG_WITHHELD	= 63,
};

bool kvm_sdei_offer = true;
module_param_named(offer, kvm_sdei_offer, bool, 0444);
MODULE_PARM_DESC(offer, "Offer SDEI to new VMs (default: Y); /sys/kernel/kvm_sdei/offer changes it");

static bool is_offered(unsigned long flags)
{
	if (flags & (BIT(FLAG_CHOSEN) | BIT(FLAG_SETTLED)))
		return !(flags & BIT(FLAG_WITHHELD));
	return READ_ONCE(kvm_sdei_offer);
}

/* It matters now: from here on the VM has SDEI, or it has not. */
static bool settle(struct kvm *kvm)
{
	unsigned long old = READ_ONCE(kvm->arch.flags), new;

	do {
		new = old | BIT(FLAG_SETTLED);
		if (!is_offered(old))
			new |= BIT(FLAG_WITHHELD);
	} while (new != old && !try_cmpxchg(&kvm->arch.flags, &old, new));
	return !(new & BIT(FLAG_WITHHELD));
}

static int choose(struct kvm *kvm, bool offer)
{
	unsigned long old = READ_ONCE(kvm->arch.flags), new;

	do {
		new = old | BIT(FLAG_CHOSEN);
		new = offer ? new & ~BIT(FLAG_WITHHELD) : new | BIT(FLAG_WITHHELD);
		if (old & BIT(FLAG_SETTLED) && (old ^ new) & BIT(FLAG_WITHHELD))
			return -EBUSY;
	} while (!try_cmpxchg(&kvm->arch.flags, &old, new));
	return 0;
}

/**
 * kvm_sdei_is_filtered() - whether a VM's VMM has claimed or denied a hypercall
 * @kvm: the VM
 * @function: the hypercall
 *
 * Context: any; does not sleep.
 * Return: whether it is the VMM's, and so not the module's.
 */
bool kvm_sdei_is_filtered(struct kvm *kvm, u32 function)
{
	return compat_kvm_smccc_filtered(kvm, function);
}

/* Without this call no guest finds SDEI. */
static bool finds_none(struct kvm *kvm)
{
	return kvm_sdei_is_filtered(kvm, SDEI_1_0_FN_SDEI_VERSION);
}

/**
 * kvm_sdei_is_served() - whether a vCPU has SDEI
 * @vcpu: the vCPU
 *
 * The others see what they would see without the module, always. Who asks about a vCPU
 * that could have it makes the answer final for the VM.
 *
 * Context: any; does not sleep.
 * Return: false for AArch32, nested and protected guests, for those of PSCI 0.1, which
 * has other calls, where the VMM filters SDEI_VERSION, and where it is withheld.
 */
bool kvm_sdei_is_served(struct kvm_vcpu *vcpu)
{
	return !vcpu_el1_is_32bit(vcpu) && !compat_kvm_is_nested(vcpu) &&
	       vcpu_has_feature(vcpu, KVM_ARM_VCPU_PSCI_0_2) &&
	       !compat_kvm_is_protected(vcpu->kvm) && !finds_none(vcpu->kvm) &&
	       settle(vcpu->kvm);
}

/**
 * kvm_sdei_hold() - a VM's VMM is told of the registers, and will rely on them
 * @kvm: the VM
 *
 * Context: an ioctl of the VM; does not sleep.
 * Return: false if the module is being unloaded.
 */
bool kvm_sdei_hold(struct kvm *kvm)
{
	if (test_bit(FLAG_HOLDS, &kvm->arch.flags))
		return true;
	if (!try_module_get(THIS_MODULE))
		return false;
	if (test_and_set_bit(FLAG_HOLDS, &kvm->arch.flags))
		module_put(THIS_MODULE);
	return true;
}

/**
 * kvm_sdei_is_held() - whether a VM's VMM was told of the registers
 * @kvm: the VM
 *
 * Context: any; does not sleep.
 * Return: true if it was; the VM holds the module then.
 */
bool kvm_sdei_is_held(struct kvm *kvm)
{
	return test_bit(FLAG_HOLDS, &kvm->arch.flags);
}

/**
 * kvm_sdei_let_go() - a vCPU is being destroyed, maybe with its VM
 * @kvm: the VM
 *
 * Context: any; does not sleep.
 */
void kvm_sdei_let_go(struct kvm *kvm)
{
	/* A vCPU that could not be created is destroyed alone. */
	if (!refcount_read(&kvm->users_count) &&
	    test_and_clear_bit(FLAG_HOLDS, &kvm->arch.flags))
		module_put(THIS_MODULE);
}

/**
 * kvm_sdei_check_extension() - KVM_CHECK_EXTENSION of KVM_CAP_SDEI
 * @kvm: the VM, or NULL for new ones
 *
 * Context: any; does not sleep.
 * Return: the version of the registers, or 0 where SDEI is not offered.
 */
int kvm_sdei_check_extension(struct kvm *kvm)
{
	bool offered = READ_ONCE(kvm_sdei_offer);

	if (kvm)
		offered = is_offered(READ_ONCE(kvm->arch.flags)) &&
			  !compat_kvm_is_protected(kvm) && !finds_none(kvm);
	return offered ? KVM_SDEI_REGS_VERSION : 0;
}

/**
 * kvm_sdei_enable_cap() - KVM_ENABLE_CAP of KVM_CAP_SDEI
 * @kvm: the VM
 * @cap: what is asked for: args[0] is 1 to offer SDEI, 0 to withhold it
 *
 * Context: any; does not sleep.
 * Return: 0; -EINVAL for what is neither, or not for this VM; -EBUSY if the VM knows
 * already.
 */
int kvm_sdei_enable_cap(struct kvm *kvm, const struct kvm_enable_cap *cap)
{
	if (cap->flags || cap->args[0] > 1 || cap->args[1] || cap->args[2] || cap->args[3])
		return -EINVAL;
	if (cap->args[0] && compat_kvm_is_protected(kvm))
		return -EINVAL;
	return choose(kvm, cap->args[0]);
}
