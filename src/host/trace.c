// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is asked of the dispatcher while somebody traces, and what came of it.
 *
 * The dispatcher knows nothing of tracing: what it did to a PE is seen in the
 * PE's state before and after. One call completes one handler at most, the
 * innermost. Then one of each priority may be entered, the normal one first,
 * since none is entered over a critical one.
 *
 * All else about tracing is one branch that is patched in while a tracepoint is
 * in use.
 */
#include <linux/kvm_host.h>
#include <linux/module.h>

#include "host.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(kvm_sdei_traced);

/*
 * The first user of a tracepoint has come. It keeps the module: the kernel would
 * not take its triggers away with it.
 */
int kvm_sdei_trace_begin(void)
{
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	static_branch_inc(&kvm_sdei_traced);
	return 0;
}

/* The last one has left. The hooks' removal waits for the return from here. */
void kvm_sdei_trace_end(void)
{
	static_branch_dec(&kvm_sdei_traced);
	module_put(THIS_MODULE);
}

static const struct sdei_context *context_of(const struct sdei_pe *pe,
					     enum sdei_event_id event)
{
	return &pe->context[!!(SDEI_CRITICAL_EVENTS & BIT(event))];
}

static void trace_completed(const struct kvm_sdei_vcpu *v, unsigned long events)
{
	if (events)
		trace_sdei_complete(v->vm->pid, v->pe.id,
				    sdei_event_number(__ffs(events)));
}

static void trace_delivered(const struct kvm_sdei_vcpu *v, unsigned long events)
{
	enum sdei_event_id event;

	if (!events)
		return;
	event = __ffs(events);
	trace_sdei_deliver(v->vm->pid, v->pe.id, sdei_event_number(event),
			   context_of(&v->pe, event)->pc,
			   context_of(&v->pe, event)->pstate);
}

static void trace_all_delivered(const struct kvm_sdei_vcpu *v, unsigned long events)
{
	trace_delivered(v, events & ~SDEI_CRITICAL_EVENTS);
	trace_delivered(v, events & SDEI_CRITICAL_EVENTS);
}

/* The event that is completed next where the handlers of @active run. */
static unsigned long innermost(unsigned long active)
{
	return active & SDEI_CRITICAL_EVENTS ? active & SDEI_CRITICAL_EVENTS : active;
}

/* What a call returned: a handler that was entered after it has it in its context. */
static s64 result(const struct sdei_pe *pe, unsigned long delivered)
{
	if (delivered & ~SDEI_CRITICAL_EVENTS)
		delivered &= ~SDEI_CRITICAL_EVENTS;
	return delivered ? context_of(pe, __ffs(delivered))->x[0] : pe->regs->x[0];
}

/**
 * kvm_sdei_traced_call() - sdei_call(), traced
 * @v: the vCPU that makes it
 *
 * Context: as sdei_call().
 */
void kvm_sdei_traced_call(struct kvm_sdei_vcpu *v)
{
	const struct sdei_pe *pe = &v->pe;
	u64 args[3] = { pe->regs->x[1], pe->regs->x[2], pe->regs->x[3] };
	u32 function = pe->regs->x[0];
	unsigned long active = pe->active;
	u64 before = pe->completed;
	unsigned long completed, delivered;

	sdei_call(&v->pe);

	completed = pe->completed != before ? innermost(active) : 0;
	delivered = pe->active & ~(active & ~completed);
	/* What completes does not return; x0 is that of the interrupted context. */
	trace_sdei_call(v->vm->pid, pe->id, function, args,
			completed ? 0 : result(pe, delivered));
	trace_completed(v, completed);
	trace_all_delivered(v, delivered);
}

/**
 * kvm_sdei_traced_dispatch() - sdei_dispatch(), traced
 * @v: the vCPU
 *
 * Context: as sdei_dispatch().
 */
void kvm_sdei_traced_dispatch(struct kvm_sdei_vcpu *v)
{
	unsigned long active = v->pe.active;

	sdei_dispatch(&v->pe);
	trace_all_delivered(v, v->pe.active & ~active);
}

/* Whether a raise is going to succeed, unless the guest changes that meanwhile. */
static bool is_registered(const struct sdei_events *events, u32 num)
{
	int event = sdei_event_find(num);

	return event >= 0 && READ_ONCE(events->registered) & BIT(event);
}

/**
 * kvm_sdei_traced_raise() - sdei_raise(), traced
 * @v: the vCPU
 * @num: the event's number
 *
 * A raise that succeeds is told of before it is made: once the event is pending
 * it may be delivered at any time, and that is to be seen later.
 *
 * Context: as sdei_raise().
 * Return: as sdei_raise().
 */
int kvm_sdei_traced_raise(struct kvm_sdei_vcpu *v, u32 num)
{
	bool early = is_registered(&v->pe.private, num);
	int ret;

	if (early)
		trace_sdei_raise(v->vm->pid, v->pe.id, num, 0);
	ret = sdei_raise(&v->pe, num);
	if (!early || ret)
		trace_sdei_raise(v->vm->pid, v->pe.id, num, ret);
	return ret;
}

/**
 * kvm_sdei_traced_raise_shared() - sdei_raise_shared(), traced
 * @vm: the VM
 * @num: the event's number
 *
 * Context: as sdei_raise_shared().
 * Return: as sdei_raise_shared().
 */
int kvm_sdei_traced_raise_shared(struct kvm_sdei_vm *vm, u32 num)
{
	bool early = is_registered(&vm->sdei.shared, num);
	int ret;

	if (early)
		trace_sdei_raise(vm->pid, -1, num, 0);
	ret = sdei_raise_shared(&vm->sdei, num);
	if (!early || ret)
		trace_sdei_raise(vm->pid, -1, num, ret);
	return ret;
}

/**
 * kvm_sdei_trace_reset() - a vCPU was reset or powered off
 * @v: the vCPU
 * @by_vmm: by the VMM, and not by the guest
 * @whole_vm: and what the VM's vCPUs share as well
 *
 * Context: any.
 */
void kvm_sdei_trace_reset(const struct kvm_sdei_vcpu *v, bool by_vmm, bool whole_vm)
{
	trace_sdei_reset(v->vm->pid, v->pe.id, by_vmm, whole_vm);
}
