/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the host side share with each other.
 */
#ifndef _KVM_SDEI_HOST_H
#define _KVM_SDEI_HOST_H

#include <linux/jump_label.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include <kvm/arm_hypercalls.h>
#include <uapi/linux/psci.h>

#include "compat/ftrace.h"
#include "compat/kvm.h"
#include "sdei.h"

#if !defined(CONFIG_KVM) || !defined(CONFIG_KPROBES) || \
	!defined(CONFIG_DYNAMIC_FTRACE) || \
	!defined(CONFIG_BPF_SYSCALL) || !defined(CONFIG_DEBUG_INFO_BTF)
#error kvm_sdei needs CONFIG_KVM, _KPROBES, _DYNAMIC_FTRACE, _BPF_SYSCALL and _DEBUG_INFO_BTF
#endif

/* How many interrupts of each kind a guest can bind to events. */
#define KVM_SDEI_SLOTS	0

/**
 * struct kvm_sdei_vm - a VM whose guest has used SDEI, or whose VMM has restored it
 * @kobj: its folder in sysfs
 * @lock: guards @kvm, @closed, @nr_used and, as sdei_host_lock(), the shared events of
 *	@sdei
 * @kvm: the VM, or NULL once it has lost a vCPU; who has no reference takes one under @lock,
 *	which fails before that
 * @closed: no reference to @kvm is given out any more: the module goes away
 * @pid: the process that runs it, in the initial PID namespace; another one's, maybe,
 *	if that has ended and others keep the VM
 * @n: how many older VMs of that process there are
 * @list: entry in the list of VMs
 * @vcpus: its vCPUs
 * @nr_used: how many of them use SDEI
 * @in_reset: the VMM has reset the first one, and others still use SDEI; set under @lock,
 *	cleared by the first one as well
 * @pinned: a shared event is in use and holds the module; under @lock, until the VM goes
 * @put: puts the reference that was taken when its state was asked for
 * @sdei: the dispatcher's part
 */
struct kvm_sdei_vm {
	struct kobject kobj;
	raw_spinlock_t lock;
	struct kvm *kvm;
	bool closed;
	pid_t pid;
	unsigned int n;
	struct list_head list;
	struct list_head vcpus;
	unsigned int nr_used;
	bool in_reset;
	bool pinned;
	struct work_struct put;
	struct sdei_vm sdei;
};

/**
 * enum kvm_sdei_use - what a vCPU has done since it was reset
 * @KVM_SDEI_UNUSED: nothing
 * @KVM_SDEI_RESTORED: its VMM has written its state
 * @KVM_SDEI_USED: it has made a call, or could have taken an event
 */
enum kvm_sdei_use {
	KVM_SDEI_UNUSED,
	KVM_SDEI_RESTORED,
	KVM_SDEI_USED,
};

/**
 * struct kvm_sdei_vcpu - a vCPU of such a VM
 * @hash: entry in the table of vCPUs; first, where it costs least to find
 * @kobj: its folder in sysfs
 * @vm: its VM
 * @vcpu: the vCPU; valid in its own thread and to holders of a reference to
 *	its VM (kvm_sdei_vm_get())
 * @list: entry in the list of its VM
 * @gone: entry in the list of the vCPUs that were destroyed
 * @completed: the file "completed"
 * @notify: wakes who polls the file "completed"
 * @use: what it has done since it was reset; its own thread, or who holds its mutex
 * @polled: somebody has read "completed" and may wait for a change
 * @pinned: its guest relies on the module, which must stay; as @use
 * @rcu: frees it
 * @pe: the dispatcher's part
 */
struct kvm_sdei_vcpu {
	struct hlist_node hash;
	struct kobject kobj;
	struct kvm_sdei_vm *vm;
	struct kvm_vcpu *vcpu;
	struct list_head list;
	struct llist_node gone;
	struct kernfs_node *completed;
	struct work_struct notify;
	enum kvm_sdei_use use;
	bool polled;
	bool pinned;
	struct rcu_head rcu;
	struct sdei_pe pe;
};

/* symbols.c */

/**
 * struct kvm_sdei_symbol - a function of the kernel that it does not export
 * @name: its name
 * @older_name: its name on older kernels, or NULL
 * @prototype: how BTF has to know it, or NULL: its result and, in parentheses, its
 *	arguments. A number of bytes after an i is an integer, after an e an enum; * and a
 *	struct's name is a pointer to it, * alone to anything else, v is nothing. Without
 *	a result in front, that does not matter.
 * @address: where it is
 * @matches: how many of that name there are
 */
struct kvm_sdei_symbol {
	const char *name;
	const char *older_name;
	const char *prototype;
	unsigned long address;
	unsigned int matches;
};

/**
 * struct kvm_sdei_functions - the functions of KVM that the host side calls
 * @kick: makes a vCPU leave its guest, or wakes it up
 * @mpidr_to_vcpu: finds the vCPU that an MPIDR names
 * @adjust_pc: settles what a vCPU owes its PC, on VHE
 * @num_regs: how many registers KVM itself has
 * @copy_reg_indices: tells a VMM their ids
 */
struct kvm_sdei_functions {
	compat_kvm_kick_t kick;
	typeof(&kvm_mpidr_to_vcpu) mpidr_to_vcpu;
	typeof(&__kvm_adjust_pc) adjust_pc;
	typeof(&kvm_arm_num_regs) num_regs;
	typeof(&kvm_arm_copy_reg_indices) copy_reg_indices;
};

extern struct kvm_sdei_functions kvm_sdei_kvm;

int kvm_sdei_symbols_init(void);
struct kvm_sdei_symbol *kvm_sdei_find_symbols(struct kvm_sdei_symbol *symbols,
					      unsigned int nr);
int kvm_sdei_resolve(struct kvm_sdei_symbol *symbols, unsigned int nr);
int kvm_sdei_functions_init(void);

/* layout.c */
int kvm_sdei_layout_init(void);
int kvm_sdei_check_prototype(const struct kvm_sdei_symbol *symbol);

/* hooks.c */
int kvm_sdei_hooks_init(void);
void kvm_sdei_hooks_exit(void);

/* direct.S */
void kvm_sdei_direct_probe(void);
void kvm_sdei_direct_hypercall(void);
void kvm_sdei_direct_runnable(void);
void kvm_sdei_direct_entry(void);

/* For direct.S: true to answer 1, and the hooked function does not run. */
bool kvm_sdei_decide_probe(unsigned long arg);
bool kvm_sdei_decide_runnable(struct kvm_vcpu *vcpu);
bool kvm_sdei_decide_entry(struct kvm_vcpu *vcpu);

/* probe.c */
unsigned long kvm_sdei_probe(unsigned long arg0, unsigned long arg1);

/* hypercall.c, for direct.S as well */
bool kvm_sdei_hypercall(struct kvm_vcpu *vcpu);

/* Whether a hypercall is one of SDEI's. */
static inline bool kvm_sdei_is_call(u32 function)
{
	return (function & SDEI_1_0_MASK) == SDEI_1_0_FN_BASE;
}

/* Whether it is one that kvm_sdei_hypercall() minds: CPU_OFF ends handlers as well. */
static inline bool kvm_sdei_minds(u32 function)
{
	return kvm_sdei_is_call(function) || function == PSCI_0_2_FN_CPU_OFF;
}

/* policy.c */
extern bool kvm_sdei_offer;

bool kvm_sdei_is_filtered(struct kvm *kvm, u32 function);
bool kvm_sdei_is_served(struct kvm_vcpu *vcpu);
bool kvm_sdei_hold(struct kvm *kvm);
bool kvm_sdei_is_held(struct kvm *kvm);
void kvm_sdei_let_go(struct kvm *kvm);
int kvm_sdei_check_extension(struct kvm *kvm);
int kvm_sdei_enable_cap(struct kvm *kvm, const struct kvm_enable_cap *cap);

/* one-reg.c */
bool kvm_sdei_is_asked(struct kvm_vcpu *vcpu);
bool kvm_sdei_has_reg(const struct kvm_vcpu *vcpu, u64 id);
unsigned long kvm_sdei_num_regs(struct kvm_vcpu *vcpu);
int kvm_sdei_copy_reg_indices(struct kvm_vcpu *vcpu, u64 __user *uindices);
int kvm_sdei_get_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg);
int kvm_sdei_set_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg);

/* entry.c */
void kvm_sdei_entry(struct kvm_vcpu *vcpu);
bool kvm_sdei_runnable(struct kvm_vcpu *vcpu);

/* vm.c */
int kvm_sdei_vm_init(void);
void kvm_sdei_vm_open(void);
bool kvm_sdei_vm_is_open(void);
bool kvm_sdei_vm_is_closed(void);
void kvm_sdei_vm_close(void);
unsigned int kvm_sdei_vm_exit(void);
void kvm_sdei_attach(struct kvm_vcpu *vcpu);
void kvm_sdei_attach_now(struct kvm_vcpu *vcpu);
void kvm_sdei_begin_use(struct kvm_sdei_vcpu *v);
bool kvm_sdei_restore(struct kvm_sdei_vcpu *v, unsigned int reg, u64 val);
u64 kvm_sdei_initial(unsigned int reg);
bool kvm_sdei_is_in_reset(const struct kvm_sdei_vcpu *v);
void kvm_sdei_reset(struct kvm_vcpu *vcpu, bool by_vmm);
void kvm_sdei_destroy(struct kvm_vcpu *vcpu);
struct kvm *kvm_sdei_vm_get(struct kvm_sdei_vm *vm);
bool kvm_sdei_pin(struct kvm_sdei_vcpu *v);
void kvm_sdei_update_pins(struct kvm_sdei_vcpu *v);
void kvm_sdei_notify_completed(struct kvm_sdei_vcpu *v);

extern struct hlist_head kvm_sdei_table[];

#define KVM_SDEI_TABLE_BITS	12
#define KVM_SDEI_TABLE_SHIFT	11

/*
 * A vCPU takes a few KiB. What follows tells neighbours apart, and also those that
 * lie far from each other at the same places of their slabs, and costs next to nothing.
 */
static inline struct hlist_head *kvm_sdei_bucket(const struct kvm_vcpu *vcpu)
{
	unsigned long place = (unsigned long)vcpu >> KVM_SDEI_TABLE_SHIFT;

	return &kvm_sdei_table[(place ^ place >> KVM_SDEI_TABLE_BITS) %
			       BIT(KVM_SDEI_TABLE_BITS)];
}

/**
 * kvm_sdei_find() - the state of a vCPU
 * @vcpu: the vCPU
 *
 * Context: any, within an RCU read side (or with preemption off).
 * Return: its state, or NULL if its VM has not used SDEI.
 */
static inline struct kvm_sdei_vcpu *kvm_sdei_find(const struct kvm_vcpu *vcpu)
{
	struct kvm_sdei_vcpu *v;

	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(), "vCPUs are looked up under RCU");
	hlist_for_each_entry_rcu_notrace(v, kvm_sdei_bucket(vcpu), hash)
		if (v->vcpu == vcpu)
			return v;
	return NULL;
}

/* sysfs.c */
int kvm_sdei_sysfs_init(void);
void kvm_sdei_sysfs_exit(void);
int kvm_sdei_sysfs_add_vm(struct kvm_sdei_vm *vm);
int kvm_sdei_sysfs_add_vcpu(struct kvm_sdei_vcpu *v);
void kvm_sdei_sysfs_remove_vcpu(struct kvm_sdei_vcpu *v);

/* trace.c */
DECLARE_STATIC_KEY_FALSE(kvm_sdei_traced);

void kvm_sdei_traced_call(struct kvm_sdei_vcpu *v);
void kvm_sdei_traced_dispatch(struct kvm_sdei_vcpu *v);
int kvm_sdei_traced_raise(struct kvm_sdei_vcpu *v, u32 num);
int kvm_sdei_traced_raise_shared(struct kvm_sdei_vm *vm, u32 num);
void kvm_sdei_trace_reset(const struct kvm_sdei_vcpu *v, bool by_vmm, bool whole_vm);

/* A vCPU makes a call, or may take an event. */
static inline void kvm_sdei_use(struct kvm_sdei_vcpu *v)
{
	if (unlikely(v->use != KVM_SDEI_USED))
		kvm_sdei_begin_use(v);
}

/* A call is over: most change nothing in whether the guest needs the module. */
static inline void kvm_sdei_unpin(struct kvm_sdei_vcpu *v)
{
	if (unlikely(sdei_vm_in_use(&v->vm->sdei) != READ_ONCE(v->vm->pinned) ||
		     (v->pinned && !sdei_pe_in_use(&v->pe))))
		kvm_sdei_update_pins(v);
}

/* What is asked of the dispatcher, and told to who traces if anybody does. */

static inline void kvm_sdei_call(struct kvm_sdei_vcpu *v)
{
	if (static_branch_unlikely(&kvm_sdei_traced))
		kvm_sdei_traced_call(v);
	else
		sdei_call(&v->pe);
}

static inline void kvm_sdei_dispatch(struct kvm_sdei_vcpu *v)
{
	if (static_branch_unlikely(&kvm_sdei_traced))
		kvm_sdei_traced_dispatch(v);
	else
		sdei_dispatch(&v->pe);
}

static inline int kvm_sdei_raise_private(struct kvm_sdei_vcpu *v, u32 num)
{
	if (static_branch_unlikely(&kvm_sdei_traced))
		return kvm_sdei_traced_raise(v, num);
	return sdei_raise(&v->pe, num);
}

static inline int kvm_sdei_raise_shared(struct kvm_sdei_vm *vm, u32 num)
{
	if (static_branch_unlikely(&kvm_sdei_traced))
		return kvm_sdei_traced_raise_shared(vm, num);
	return sdei_raise_shared(&vm->sdei, num);
}

#endif /* _KVM_SDEI_HOST_H */
