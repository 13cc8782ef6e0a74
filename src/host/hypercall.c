// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls of guests: those of SDEI go to the dispatcher.
 */
#include <linux/kvm_host.h>

#include "host.h"

/* Let the guest make its call again: an SMC's PC has not been advanced yet. */
static void repeat_call(struct kvm_vcpu *vcpu)
{
	if (kvm_vcpu_trap_get_class(vcpu) == ESR_ELx_EC_SMC64)
		vcpu_clear_flag(vcpu, INCREMENT_PC);
	else
		*vcpu_pc(vcpu) -= AARCH64_INSN_SIZE;
}

/*
 * What is rare is not inline, and whatever ends a path is called there: a call that
 * neither lasts nor is the first one is not to pay for registers to be saved.
 */

/* A handler that powers its PE off never completes. */
static noinline bool power_off(struct kvm_vcpu *vcpu)
{
	kvm_sdei_reset(vcpu, false);
	return false;
}

/* The state of the vCPU is missing. */
static noinline bool first_call(struct kvm_vcpu *vcpu)
{
	if (kvm_sdei_vm_is_closed() || !kvm_sdei_is_served(vcpu))
		return false;
	kvm_sdei_attach(vcpu);
	repeat_call(vcpu);
	return true;
}

#define CALL(function)	BIT((function) & ~SDEI_1_0_MASK)

/* Calls that change what the guest relies on, or that end a handler. */
#define LASTING_CALLS	(CALL(SDEI_1_0_FN_SDEI_EVENT_REGISTER) |		\
			 CALL(SDEI_1_0_FN_SDEI_EVENT_UNREGISTER) |		\
			 CALL(SDEI_1_0_FN_SDEI_EVENT_COMPLETE) |		\
			 CALL(SDEI_1_0_FN_SDEI_EVENT_COMPLETE_AND_RESUME) |	\
			 CALL(SDEI_1_0_FN_SDEI_PRIVATE_RESET) |			\
			 CALL(SDEI_1_0_FN_SDEI_SHARED_RESET))

static noinline bool lasting_call(struct kvm_sdei_vcpu *v, u32 function)
{
	u64 completed = v->pe.completed;

	kvm_sdei_use(v);
	/* A guest can rely on the module from here on, or it is being unloaded. */
	if (function == SDEI_1_0_FN_SDEI_EVENT_REGISTER && !kvm_sdei_pin(v))
		return false;
	kvm_sdei_call(v);
	kvm_sdei_unpin(v);
	if (v->pe.completed != completed && READ_ONCE(v->polled))
		kvm_sdei_notify_completed(v);
	return true;
}

static __always_inline bool handle(struct kvm_vcpu *vcpu)
{
	u32 function = vcpu_get_reg(vcpu, 0);
	struct kvm_sdei_vcpu *v;

	if (unlikely(!ARM_SMCCC_IS_64(function)))
		return power_off(vcpu);
	v = kvm_sdei_find(vcpu);
	if (unlikely(!v))
		return first_call(vcpu);
	if (unlikely(v->use != KVM_SDEI_USED || CALL(function) & LASTING_CALLS))
		return lasting_call(v, function);
	kvm_sdei_call(v);
	return true;
}

/* The VMM has claimed or denied some hypercall. */
static noinline bool handle_unless_filtered(struct kvm_vcpu *vcpu)
{
	if (kvm_sdei_is_filtered(vcpu->kvm, vcpu_get_reg(vcpu, 0)))
		return false;
	return handle(vcpu);
}

/* The calls of others are not to pay for a stack frame. */
static noinline bool preempt_off_handle(struct kvm_vcpu *vcpu)
{
	bool handled;

	preempt_disable_notrace();
	if (unlikely(compat_kvm_smccc_has_filter(vcpu->kvm)))
		handled = handle_unless_filtered(vcpu);
	else
		handled = handle(vcpu);
	preempt_enable_notrace();
	return handled;
}

/**
 * kvm_sdei_hypercall() - handle a hypercall of SDEI, or PSCI's CPU_OFF
 * @vcpu: the vCPU that makes it
 *
 * A guest's first call is repeated until the memory for its state is there: it
 * cannot be allocated in a hook. Most hypercalls are none of SDEI's, and are to
 * cost next to nothing.
 *
 * Context: the vCPU's own thread, vCPU loaded.
 * Return: true if the call was handled and KVM should go on with the guest.
 */
bool kvm_sdei_hypercall(struct kvm_vcpu *vcpu)
{
	if (likely(!kvm_sdei_minds(vcpu_get_reg(vcpu, 0))))
		return false;

	return preempt_off_handle(vcpu);
}
