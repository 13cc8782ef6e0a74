/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, described in Documentation/tracing.md.
 *
 * The fields of the same name mean the same: pid is the process that runs the
 * VM, as in sysfs, and vcpu KVM's number of the vCPU.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvm_sdei

#if !defined(_KVM_SDEI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KVM_SDEI_TRACE_H

#include <linux/tracepoint.h>

int kvm_sdei_trace_begin(void);
void kvm_sdei_trace_end(void);

#define sdei_function_name(name)	{ SDEI_1_0_FN_SDEI_##name, #name }

/* A guest's call, with its first arguments. */
TRACE_EVENT_FN(sdei_call,
	TP_PROTO(pid_t pid, int vcpu, u32 function, const u64 *args, s64 result),
	TP_ARGS(pid, vcpu, function, args, result),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(int, vcpu)
		__field(u32, function)
		__field(u64, x1)
		__field(u64, x2)
		__field(u64, x3)
		__field(s64, result)
	),

	TP_fast_assign(
		__entry->pid = pid;
		__entry->vcpu = vcpu;
		__entry->function = function;
		__entry->x1 = args[0];
		__entry->x2 = args[1];
		__entry->x3 = args[2];
		__entry->result = result;
	),

	TP_printk("pid=%d vcpu=%d function=0x%x %s x1=0x%llx x2=0x%llx x3=0x%llx result=%lld",
		  __entry->pid, __entry->vcpu, __entry->function,
		  __print_symbolic(__entry->function,
			sdei_function_name(VERSION),
			sdei_function_name(EVENT_REGISTER),
			sdei_function_name(EVENT_ENABLE),
			sdei_function_name(EVENT_DISABLE),
			sdei_function_name(EVENT_CONTEXT),
			sdei_function_name(EVENT_COMPLETE),
			sdei_function_name(EVENT_COMPLETE_AND_RESUME),
			sdei_function_name(EVENT_UNREGISTER),
			sdei_function_name(EVENT_STATUS),
			sdei_function_name(EVENT_GET_INFO),
			sdei_function_name(EVENT_ROUTING_SET),
			sdei_function_name(PE_MASK),
			sdei_function_name(PE_UNMASK),
			sdei_function_name(INTERRUPT_BIND),
			sdei_function_name(INTERRUPT_RELEASE),
			sdei_function_name(EVENT_SIGNAL),
			sdei_function_name(PRIVATE_RESET),
			sdei_function_name(SHARED_RESET),
			{ SDEI_1_1_FN_SDEI_FEATURES, "FEATURES" }),
		  __entry->x1, __entry->x2, __entry->x3, __entry->result),

	kvm_sdei_trace_begin, kvm_sdei_trace_end
);

/* A raise by the host: of a private event on a vCPU, of a shared one on -1. */
TRACE_EVENT_FN(sdei_raise,
	TP_PROTO(pid_t pid, int vcpu, u32 event, int result),
	TP_ARGS(pid, vcpu, event, result),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(int, vcpu)
		__field(u32, event)
		__field(int, result)
	),

	TP_fast_assign(
		__entry->pid = pid;
		__entry->vcpu = vcpu;
		__entry->event = event;
		__entry->result = result;
	),

	TP_printk("pid=%d vcpu=%d event=0x%x result=%d",
		  __entry->pid, __entry->vcpu, __entry->event, __entry->result),

	kvm_sdei_trace_begin, kvm_sdei_trace_end
);

/* A handler was entered, with what it interrupted. */
TRACE_EVENT_FN(sdei_deliver,
	TP_PROTO(pid_t pid, int vcpu, u32 event, u64 pc, u64 pstate),
	TP_ARGS(pid, vcpu, event, pc, pstate),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(int, vcpu)
		__field(u32, event)
		__field(u64, pc)
		__field(u64, pstate)
	),

	TP_fast_assign(
		__entry->pid = pid;
		__entry->vcpu = vcpu;
		__entry->event = event;
		__entry->pc = pc;
		__entry->pstate = pstate;
	),

	TP_printk("pid=%d vcpu=%d event=0x%x pc=0x%llx pstate=0x%llx",
		  __entry->pid, __entry->vcpu, __entry->event, __entry->pc,
		  __entry->pstate),

	kvm_sdei_trace_begin, kvm_sdei_trace_end
);

/* A handler has completed. */
TRACE_EVENT_FN(sdei_complete,
	TP_PROTO(pid_t pid, int vcpu, u32 event),
	TP_ARGS(pid, vcpu, event),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(int, vcpu)
		__field(u32, event)
	),

	TP_fast_assign(
		__entry->pid = pid;
		__entry->vcpu = vcpu;
		__entry->event = event;
	),

	TP_printk("pid=%d vcpu=%d event=0x%x",
		  __entry->pid, __entry->vcpu, __entry->event),

	kvm_sdei_trace_begin, kvm_sdei_trace_end
);

/* A vCPU was reset or powered off, and maybe the whole VM with it. */
TRACE_EVENT_FN(sdei_reset,
	TP_PROTO(pid_t pid, int vcpu, bool by_vmm, bool whole_vm),
	TP_ARGS(pid, vcpu, by_vmm, whole_vm),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(int, vcpu)
		__field(bool, by_vmm)
		__field(bool, whole_vm)
	),

	TP_fast_assign(
		__entry->pid = pid;
		__entry->vcpu = vcpu;
		__entry->by_vmm = by_vmm;
		__entry->whole_vm = whole_vm;
	),

	TP_printk("pid=%d vcpu=%d by_vmm=%d whole_vm=%d",
		  __entry->pid, __entry->vcpu, __entry->by_vmm, __entry->whole_vm),

	kvm_sdei_trace_begin, kvm_sdei_trace_end
);

#endif /* _KVM_SDEI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
