// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way into the guest: what the dispatcher needs of a vCPU, and when it is
 * asked for the event that is due.
 *
 * KVM looks at a vCPU's requests before each entry, in the vCPU's own thread
 * and with the vCPU loaded, and calls kvm_update_stolen_time() for
 * KVM_REQ_RECORD_STEAL. Who makes an event deliverable makes that request and
 * kicks the vCPU; the hook on the function dispatches. An entry without an
 * event costs nothing. KVM uses the request for its own purpose as well, and
 * the hook then finds nothing to do.
 *
 * A vCPU that sleeps in WFI asks kvm_arch_vcpu_runnable() whether to wake up:
 * the kick makes it ask, and the hook says yes. (KVM_REQ_UNBLOCK would not do:
 * nothing on arm64 clears a stale one, and it keeps the vCPU from entering.)
 *
 * Locking order; none of the module's own is held across a kick:
 *
 *	vcpu->mutex (KVM, held by the vCPU's own thread, and in its ioctls)
 *	  tree_lock of vm.c				a mutex: workers, init, exit
 *	    the files in sysfs, made, or removed where
 *	      that failed				a write there may end a VM
 *	  kvm->arch.config_lock (KVM, when a vCPU is initialised)
 *	below any of these
 *	  table lock of vm.c, kvm_sdei_vm.lock		raw, leaves
 *	  asking of compat/kvm.h			raw; on RT alone
 *	    ma_lock of KVM's filter of calls		a leaf; sleeps on RT, tried there
 */
#include <linux/kvm_host.h>

#include "host.h"

static struct kvm_vcpu *vcpu_of(const struct sdei_pe *pe)
{
	return container_of(pe, struct kvm_sdei_vcpu, pe)->vcpu;
}

static struct kvm_sdei_vm *vm_of(struct sdei_vm *vm)
{
	return container_of(vm, struct kvm_sdei_vm, sdei);
}

/* Powered off or suspended: an event does not change that. */
static bool is_stopped(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.mp_state.mp_state) != KVM_MP_STATE_RUNNABLE;
}

/**
 * kvm_sdei_entry() - dispatch the event that is due before a vCPU's next entry
 * @vcpu: the vCPU
 *
 * Context: the vCPU's own thread, preemption off, vCPU loaded.
 */
void kvm_sdei_entry(struct kvm_vcpu *vcpu)
{
	struct kvm_sdei_vcpu *v = kvm_sdei_find(vcpu);

	if (!v)
		return;
	if (likely(!is_stopped(vcpu))) {
		kvm_sdei_use(v);
		kvm_sdei_dispatch(v);
	} else if (sdei_pe_deliverable(&v->pe)) {
		/* Not now, but not never: KVM asks again when it may run. */
		kvm_make_request(KVM_REQ_RECORD_STEAL, vcpu);
	}
}

/**
 * kvm_sdei_runnable() - whether an event ends a vCPU's sleep
 * @vcpu: the vCPU
 *
 * Context: any, preemption off; takes no lock, since KVM and the scheduler may
 * hold theirs.
 * Return: true if the vCPU has an event to take and may run.
 */
bool kvm_sdei_runnable(struct kvm_vcpu *vcpu)
{
	struct kvm_sdei_vcpu *v = kvm_sdei_find(vcpu);

	return v && sdei_pe_deliverable(&v->pe) && !compat_kvm_is_paused(vcpu) &&
	       READ_ONCE(vcpu->arch.mp_state.mp_state) != KVM_MP_STATE_STOPPED;
}

unsigned long sdei_host_lock(struct sdei_vm *vm)
	__acquires(&vm_of(vm)->lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vm_of(vm)->lock, flags);
	return flags;
}

void sdei_host_unlock(struct sdei_vm *vm, unsigned long flags)
	__releases(&vm_of(vm)->lock)
{
	raw_spin_unlock_irqrestore(&vm_of(vm)->lock, flags);
}

/*
 * The barrier in kvm_make_request() orders the pending bit before the request;
 * its other half is in kvm_check_request(), before the hook reads the bit.
 */
void sdei_host_notify(struct sdei_pe *pe)
{
	struct kvm_vcpu *vcpu = vcpu_of(pe);

	kvm_make_request(KVM_REQ_RECORD_STEAL, vcpu);
	compat_kvm_kick(kvm_sdei_kvm.kick, vcpu);
}

bool sdei_host_halted(const struct sdei_pe *pe)
{
	return rcuwait_active(kvm_arch_vcpu_get_wait(vcpu_of(pe)));
}

/* By its VMM, by a PSCI that is its VMM's, or with the whole VM; CPU_OFF of KVM's masks it. */
bool sdei_host_stopped(const struct sdei_pe *pe)
{
	return READ_ONCE(vcpu_of(pe)->arch.mp_state.mp_state) == KVM_MP_STATE_STOPPED;
}

/* Called by one of the VM's vCPUs: the VM and its vCPUs stay. */
bool sdei_host_find_pe(struct sdei_vm *vm, u64 mpidr, struct sdei_pe **pe)
{
	struct kvm_vcpu *vcpu = kvm_sdei_kvm.mpidr_to_vcpu(vm_of(vm)->kvm, mpidr);
	struct kvm_sdei_vcpu *v;

	if (!vcpu)
		return false;
	v = kvm_sdei_find(vcpu);
	*pe = v ? &v->pe : NULL;
	return true;
}

/*
 * The vCPU may still have to skip an emulated instruction or to take an
 * exception that KVM injected. KVM would do it on entry, too late: the handler
 * would start four bytes off, or never.
 */
void sdei_host_settle(struct sdei_pe *pe)
{
	struct kvm_vcpu *vcpu = vcpu_of(pe);

	compat_kvm_borrow_regs(vcpu);
	if (likely(!vcpu_get_flag(vcpu, PENDING_EXCEPTION) &&
		   !vcpu_get_flag(vcpu, INCREMENT_PC)))
		return;

	if (has_vhe())
		kvm_sdei_kvm.adjust_pc(vcpu);
	else
		kvm_call_hyp_nvhe(__kvm_adjust_pc, vcpu);
}

/* An SMC, unlike an HVC, is still to be skipped; a new PC must not be. */
void sdei_host_discard(struct sdei_pe *pe)
{
	vcpu_clear_flag(vcpu_of(pe), INCREMENT_PC);
}

/*
 * The vCPU is loaded: with VHE its system registers are in the CPU, else in
 * memory.
 */
#define READ_SYSREG(vcpu, reg)						\
	(has_vhe() ? read_sysreg_s(SYS_##reg##2) :			\
		     ctxt_sys_reg(&(vcpu)->arch.ctxt, reg))
#define WRITE_SYSREG(vcpu, reg, val)					\
do {									\
	if (has_vhe())							\
		write_sysreg_s(val, SYS_##reg##2);			\
	else								\
		ctxt_sys_reg(&(vcpu)->arch.ctxt, reg) = (val);		\
} while (0)

u64 sdei_host_read_sysreg(const struct sdei_pe *pe, enum sdei_sysreg reg)
{
	switch (reg) {
	case SDEI_ELR_EL1:
		return READ_SYSREG(vcpu_of(pe), ELR_EL1);
	case SDEI_SPSR_EL1:
		return READ_SYSREG(vcpu_of(pe), SPSR_EL1);
	case SDEI_SCTLR_EL1:
		return READ_SYSREG(vcpu_of(pe), SCTLR_EL1);
	case SDEI_VBAR_EL1:
	default:
		return READ_SYSREG(vcpu_of(pe), VBAR_EL1);
	}
}

void sdei_host_write_sysreg(struct sdei_pe *pe, enum sdei_sysreg reg, u64 val)
{
	switch (reg) {
	case SDEI_ELR_EL1:
		WRITE_SYSREG(vcpu_of(pe), ELR_EL1, val);
		break;
	case SDEI_SPSR_EL1:
		WRITE_SYSREG(vcpu_of(pe), SPSR_EL1, val);
		break;
	case SDEI_SCTLR_EL1:
		WRITE_SYSREG(vcpu_of(pe), SCTLR_EL1, val);
		break;
	case SDEI_VBAR_EL1:
		WRITE_SYSREG(vcpu_of(pe), VBAR_EL1, val);
		break;
	}
}

bool sdei_host_has_aarch32(const struct sdei_pe *pe)
{
	/* Where CPUs differ in this, KVM does not run AArch32. */
	return id_aa64pfr0_32bit_el0(read_sysreg(id_aa64pfr0_el1));
}
