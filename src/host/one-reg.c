// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI's registers among those of KVM's firmware (KVM_GET_REG_LIST,
 * KVM_GET_ONE_REG, KVM_SET_ONE_REG): what include/uapi/kvm_sdei.h describes, for
 * VMMs, which save and restore what the list names.
 *
 * The functions here run in the place of KVM's, in an ioctl of the vCPU's: with
 * vcpu->mutex, and allowed to sleep. The VM holds the module meanwhile.
 */
#include <linux/bitops.h>
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#include "host.h"
#include "uapi/kvm_sdei.h"

/* The number of registers is right in front of the ids. */
static_assert(offsetof(struct kvm_reg_list, reg) == sizeof(u64));
static_assert(KVM_REG_ARM_SDEI == (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | 0x5d00));

/*
 * The functions here ask KVM for its own registers: the hooks let that go. Where a
 * call comes from would not tell, since who traces the returns of a function takes
 * the place of its caller. So the vCPU is marked, among its requests, at which
 * nobody looks before it may run again. KVM has its own from the bottom.
 */
#define REQUEST_ASKED	63

static unsigned long *requests_of(struct kvm_vcpu *vcpu)
{
	return (unsigned long *)&vcpu->requests;
}

static void ask_begin(struct kvm_vcpu *vcpu)
{
	set_bit(REQUEST_ASKED, requests_of(vcpu));
}

static void ask_end(struct kvm_vcpu *vcpu)
{
	clear_bit(REQUEST_ASKED, requests_of(vcpu));
}

/**
 * kvm_sdei_is_asked() - whether this is SDEI's call of a function of KVM
 * @vcpu: the vCPU that it is about
 *
 * Context: an ioctl of the vCPU's, so that no other can be meant; does not sleep.
 * Return: true while one of the functions here waits for KVM's answer.
 */
bool kvm_sdei_is_asked(struct kvm_vcpu *vcpu)
{
	return test_bit(REQUEST_ASKED, requests_of(vcpu));
}

static bool is_first(const struct kvm_vcpu *vcpu)
{
	return !vcpu->vcpu_idx;
}

/* The number of the register of @vcpu that @id names, or -1. */
static int reg_of(const struct kvm_vcpu *vcpu, u64 id)
{
	u64 reg = id - KVM_REG_ARM_SDEI;

	return reg < KVM_SDEI_NR_REGS && sdei_state_exists(reg, is_first(vcpu)) ? reg : -1;
}

/**
 * kvm_sdei_has_reg() - whether a vCPU has such a register
 * @vcpu: the vCPU
 * @id: of KVM_GET_ONE_REG or KVM_SET_ONE_REG
 *
 * Context: any; does not sleep.
 * Return: false for what is none of SDEI's registers, or another vCPU's alone.
 */
bool kvm_sdei_has_reg(const struct kvm_vcpu *vcpu, u64 id)
{
	return reg_of(vcpu, id) >= 0;
}

static unsigned int nr_regs(const struct kvm_vcpu *vcpu)
{
	unsigned int reg, n = 0;

	for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
		n += sdei_state_exists(reg, is_first(vcpu));
	return n;
}

/**
 * kvm_sdei_num_regs() - in the place of kvm_arm_num_regs()
 * @vcpu: the vCPU
 *
 * Return: how many registers it has, SDEI's among them.
 */
unsigned long kvm_sdei_num_regs(struct kvm_vcpu *vcpu)
{
	unsigned long n;

	ask_begin(vcpu);
	n = kvm_sdei_kvm.num_regs(vcpu);
	ask_end(vcpu);
	return n + nr_regs(vcpu);
}

/**
 * kvm_sdei_copy_reg_indices() - in the place of kvm_arm_copy_reg_indices()
 * @vcpu: the vCPU
 * @uindices: where the ids go, in a struct kvm_reg_list
 *
 * Ours come last. KVM has written their number in front of them just before: there
 * is no room for ours if that was before this module was loaded.
 *
 * Return: 0 or a negative error code.
 */
int kvm_sdei_copy_reg_indices(struct kvm_vcpu *vcpu, u64 __user *uindices)
{
	unsigned long own;
	unsigned int reg;
	u64 counted;
	int ret;

	ask_begin(vcpu);
	own = kvm_sdei_kvm.num_regs(vcpu);
	ret = kvm_sdei_kvm.copy_reg_indices(vcpu, uindices);
	ask_end(vcpu);
	if (!ret)
		ret = get_user(counted, uindices - 1);
	if (ret || counted < own + nr_regs(vcpu))
		return ret;

	uindices += own;
	for (reg = 0; !ret && reg < KVM_SDEI_NR_REGS; reg++)
		if (sdei_state_exists(reg, is_first(vcpu)))
			ret = put_user(KVM_REG_ARM_SDEI_REG(reg), uindices++);
	return ret;
}

/* What a VMM must not read while it resets the machine. The version outlives that. */
static bool is_being_reset(const struct kvm_sdei_vcpu *v, unsigned int reg)
{
	return reg != KVM_SDEI_REG_MINOR && sdei_state_is_shared(reg) &&
	       kvm_sdei_is_in_reset(v);
}

static struct kvm_sdei_vcpu *find(struct kvm_vcpu *vcpu)
{
	struct kvm_sdei_vcpu *v;

	/* It goes with the vCPU, which has to wait for this ioctl. */
	rcu_read_lock();
	v = kvm_sdei_find(vcpu);
	rcu_read_unlock();
	return v;
}

/**
 * kvm_sdei_get_reg() - in the place of kvm_arm_get_fw_reg()
 * @vcpu: the vCPU
 * @reg: one of SDEI's
 *
 * Return: 0 or -EFAULT.
 */
int kvm_sdei_get_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	struct kvm_sdei_vcpu *v = find(vcpu);
	int n = reg_of(vcpu, reg->id);
	u64 val;

	if (!v || is_being_reset(v, n))
		val = kvm_sdei_initial(n);
	else
		val = sdei_state_get(&v->pe, n);
	return put_user(val, (u64 __user *)(unsigned long)reg->addr);
}

/**
 * kvm_sdei_set_reg() - in the place of kvm_arm_set_fw_reg()
 * @vcpu: the vCPU
 * @reg: one of SDEI's
 *
 * State for the vCPU is made for a value that is not that after a reset.
 *
 * Return: 0; -EFAULT; -EINVAL for a value that the register cannot have; -ENOMEM.
 */
int kvm_sdei_set_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	struct kvm_sdei_vcpu *v = find(vcpu);
	int n = reg_of(vcpu, reg->id);
	u64 val;

	if (get_user(val, (u64 __user *)(unsigned long)reg->addr))
		return -EFAULT;
	if (!v) {
		if (val == kvm_sdei_initial(n))
			return 0;
		kvm_sdei_attach_now(vcpu);
		v = find(vcpu);
		if (!v)
			return -ENOMEM;
	}
	return kvm_sdei_restore(v, n, val) ? 0 : -EINVAL;
}
