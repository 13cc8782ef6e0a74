/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences of KVM between kernels.
 */
#ifndef _COMPAT_KVM_H
#define _COMPAT_KVM_H

#include <linux/kvm_host.h>
#include <linux/maple_tree.h>

#include <asm/kvm_emulate.h>

/* The name of the kick: it grew an argument and became an inline around it. */
#ifdef HAVE_KVM_VCPU_KICK_WAIT
#define COMPAT_KVM_KICK		"__kvm_vcpu_kick"
#define COMPAT_KVM_KICK_PROTOTYPE	"(*kvm_vcpu,i1)"
typedef void (*compat_kvm_kick_t)(struct kvm_vcpu *vcpu, bool wait);
#define compat_kvm_kick(kick, vcpu)	((kick)((vcpu), false))
#else
#define COMPAT_KVM_KICK		"kvm_vcpu_kick"
#define COMPAT_KVM_KICK_PROTOTYPE	"(*kvm_vcpu)"
typedef void (*compat_kvm_kick_t)(struct kvm_vcpu *vcpu);
#define compat_kvm_kick(kick, vcpu)	((kick)((vcpu)))
#endif

#ifdef kvm_vcpu_initialized
#define COMPAT_INITIALIZED_MEMBER(member)	member(kvm_vcpu, arch.cflags)
#else
#define COMPAT_INITIALIZED_MEMBER(member)	member(kvm_vcpu, arch.target)
/* Not only its own thread asks. */
#define kvm_vcpu_initialized(vcpu)	(READ_ONCE((vcpu)->arch.target) >= 0)
#endif

#ifdef vcpu_has_feature
#define COMPAT_FEATURES_MEMBER(member)	member(kvm, arch.vcpu_features)
#else
#define COMPAT_FEATURES_MEMBER(member)	member(kvm_vcpu, arch.features)
#endif

/* Where nested guests keep registers of theirs, which ctxt_sys_reg() looks at. */
#ifdef HAVE_KVM_VNCR
#define COMPAT_VNCR_MEMBER(member)	member(kvm_vcpu, arch.ctxt.vncr_array)
#else
#define COMPAT_VNCR_MEMBER(member)
#endif

#ifdef HAVE_KVM_ATOMIC_PAUSE
#define compat_kvm_is_paused(vcpu)	atomic_read(&(vcpu)->arch.pause)
#else
#define compat_kvm_is_paused(vcpu)	READ_ONCE((vcpu)->arch.pause)
#endif

static inline bool compat_kvm_is_nested(const struct kvm_vcpu *vcpu)
{
#ifdef HAVE_KVM_NESTED
	return vcpu_has_nv(vcpu);
#else
	return false;
#endif
}

#if defined(HAVE_KVM_IS_PROTECTED)
#define COMPAT_KVM_PROTECTED		arch.pkvm.is_protected
#define COMPAT_PROTECTED_MEMBER(member)	member(kvm, arch.pkvm.is_protected)
#elif defined(HAVE_KVM_PKVM_ENABLED)
#define COMPAT_KVM_PROTECTED		arch.pkvm.enabled
#define COMPAT_PROTECTED_MEMBER(member)	member(kvm, arch.pkvm.enabled)
#else
#define COMPAT_PROTECTED_MEMBER(member)
#endif

/* What compat_kvm_borrow_regs() uses. */
#ifdef PKVM_HOST_STATE_DIRTY
#define COMPAT_BORROW_MEMBER(member)	member(kvm, arch.pkvm.handle)
#define COMPAT_BORROW_HYPCALL(hypcall)	hypcall(__pkvm_vcpu_sync_state)
#else
#define COMPAT_BORROW_MEMBER(member)
#define COMPAT_BORROW_HYPCALL(hypcall)
#endif

#ifdef HAVE_KVM_SMCCC_FILTER
#define COMPAT_FILTER_MEMBER(member)	member(kvm, arch.smccc_filter)
#else
#define COMPAT_FILTER_MEMBER(member)
#endif

/* kvm_vm_is_protected() asks for more than modules are given. */
static inline bool compat_kvm_is_protected(const struct kvm *kvm)
{
#ifdef COMPAT_KVM_PROTECTED
	return kvm->COMPAT_KVM_PROTECTED;
#else
	return false;
#endif
}

/*
 * In protected mode the hypervisor may keep the registers of a vCPU to itself
 * and lend them when it is asked, as KVM asks after a trap. From then on it
 * takes those that it finds at the next entry.
 */
static inline void compat_kvm_borrow_regs(struct kvm_vcpu *vcpu)
{
#ifdef PKVM_HOST_STATE_DIRTY
	if (!vcpu->kvm->arch.pkvm.handle || vcpu_get_flag(vcpu, PKVM_HOST_STATE_DIRTY))
		return;
	kvm_call_hyp_nvhe(__pkvm_vcpu_sync_state);
	vcpu_set_flag(vcpu, PKVM_HOST_STATE_DIRTY);
#endif
}

/* What tells whether KVM has started: a function, or what it leaves behind. */
#ifdef HAVE_IS_KVM_ARM_INITIALISED
#define COMPAT_KVM_STARTED	"is_kvm_arm_initialised"
#define COMPAT_KVM_STARTED_PROTOTYPE	"i1()"
#else
#define COMPAT_KVM_STARTED	"kvm_get_mode"
#define COMPAT_KVM_STARTED_PROTOTYPE	"e4()"
#include <linux/debugfs.h>
#endif

static inline bool compat_kvm_has_started(unsigned long address)
{
#ifdef HAVE_IS_KVM_ARM_INITIALISED
	return ((typeof(&is_kvm_arm_initialised))address)();
#else
	return kvm_debugfs_dir;
#endif
}

/* Whether the VMM has claimed or denied any hypercall (KVM_ARM_VM_SMCCC_FILTER). */
static inline bool compat_kvm_smccc_has_filter(const struct kvm *kvm)
{
#ifdef HAVE_KVM_SMCCC_FILTER
	return rcu_access_pointer(kvm->arch.smccc_filter.ma_root);
#else
	return false;
#endif
}

#ifdef HAVE_KVM_SMCCC_FILTER
static inline bool compat_kvm_smccc_find(struct kvm *kvm, u32 function)
{
	unsigned long index = function;

	return xa_to_value(mt_find(&kvm->arch.smccc_filter, &index, index)) !=
	       KVM_SMCCC_FILTER_HANDLE;
}

/* While the filter may change. */
static inline bool compat_kvm_smccc_find_locked(struct kvm *kvm, u32 function)
{
	spinlock_t *lock = &kvm->arch.smccc_filter.ma_lock;
	bool filtered = true;
#ifdef CONFIG_PREEMPT_RT
	/*
	 * It is a lock that sleeps, and hooks must not. Those who ask wait for each other
	 * here, which policy.c alone does; while the VMM changes the filter it filters all.
	 */
	static DEFINE_RAW_SPINLOCK(asking);

	raw_spin_lock(&asking);
	if (spin_trylock(lock)) {
		filtered = compat_kvm_smccc_find(kvm, function);
		spin_unlock(lock);
	}
	raw_spin_unlock(&asking);
#else
	spin_lock(lock);
	filtered = compat_kvm_smccc_find(kvm, function);
	spin_unlock(lock);
#endif
	return filtered;
}
#endif

/*
 * Whether it has claimed or denied this one.
 *
 * KVM looks at the filter only when it cannot change any more, once a vCPU has run, and
 * so what a change replaces in its tree is freed at once. Who looks before that keeps
 * changes out.
 */
static inline bool compat_kvm_smccc_filtered(struct kvm *kvm, u32 function)
{
#ifdef HAVE_KVM_SMCCC_FILTER
	if (!compat_kvm_smccc_has_filter(kvm))
		return false;
	if (test_bit_acquire(KVM_ARCH_FLAG_HAS_RAN_ONCE, &kvm->arch.flags))
		return compat_kvm_smccc_find(kvm, function);
	return compat_kvm_smccc_find_locked(kvm, function);
#else
	return false;
#endif
}

#endif /* _COMPAT_KVM_H */
