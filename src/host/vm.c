// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lifetimes: the state of VMs and vCPUs from a guest's first SDEI call to the
 * destruction of its vCPUs.
 *
 * A hook can neither allocate nor touch sysfs. It leaves a request, and a
 * worker does it: attach_work() makes the state of all of a VM's vCPUs,
 * gone_work() takes away that of destroyed ones. A VMM that restores a VM waits for
 * attach_now_work(). tree_lock guards the list of VMs, and the list of a VM's vCPUs until
 * the first of them is destroyed. All VMs wait for that lock, so no thread of a VMM holds
 * it, which could be given little of a CPU's time, and nobody waits with it for who reads
 * the files of a VM that is gone; and the memory, far less than KVM has for a vCPU, is not
 * charged to the VM's control group, which could be set up to sleep for long.
 *
 * A vCPU's state is found in a table, read under RCU. It goes away with
 * kvm_arch_vcpu_destroy(), when nothing of the VM can run any more; its memory
 * follows after a grace period. (That of the VM's own state does at once: who reads
 * it is a thread of the VM, a file in sysfs, for which its removal waits, or has a
 * reference.) Who comes from outside the VM's threads, by sysfs, needs a reference to
 * the VM: kvm_sdei_vm_get().
 *
 * A guest that relies on the module holds a reference to it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "host.h"
#include "kvm_sdei.h"

struct hlist_head kvm_sdei_table[BIT(KVM_SDEI_TABLE_BITS)];
static DEFINE_RAW_SPINLOCK(table_lock);

static LIST_HEAD(vms);
static DEFINE_MUTEX(tree_lock);

static struct workqueue_struct *workqueue;
static struct kvm_vcpu *attach_request;
static pid_t attach_tgid;
static LLIST_HEAD(gone_list);
static bool open;
static bool closed;

static void attach_work(struct work_struct *work);
static void gone_work(struct work_struct *work);
static DECLARE_WORK(attach, attach_work);
static DECLARE_WORK(gone, gone_work);

static unsigned int minor_version = 1;
module_param_named(minor_version, minor_version, uint, 0444);
MODULE_PARM_DESC(minor_version, "Report SDEI version 1.<minor_version> to guests: 1 (default) or 0");

static_assert(offsetof(struct sdei_regs, x) == offsetof(struct user_pt_regs, regs));
static_assert(offsetof(struct sdei_regs, sp) == offsetof(struct user_pt_regs, sp));
static_assert(offsetof(struct sdei_regs, pc) == offsetof(struct user_pt_regs, pc));
static_assert(offsetof(struct sdei_regs, pstate) == offsetof(struct user_pt_regs, pstate));

/**
 * kvm_sdei_vm_get() - take a reference to a VM from outside of its threads
 * @vm: the VM
 *
 * The reference keeps the VM and its vCPUs. Put it with kvm_put_kvm(), where
 * sleeping is allowed.
 *
 * A VM whose process has ended, with its memory, is never run again, but stays for as
 * long as others have its file. Its name may be that of another process by now.
 *
 * Context: any.
 * Return: the VM, or NULL if it is going away or cannot run any more.
 */
struct kvm *kvm_sdei_vm_get(struct kvm_sdei_vm *vm)
{
	struct kvm *kvm;
	unsigned long flags;

	raw_spin_lock_irqsave(&vm->lock, flags);
	kvm = vm->closed ? NULL : vm->kvm;
	if (kvm && (!atomic_read(&kvm->mm->mm_users) || !kvm_get_kvm_safe(kvm)))
		kvm = NULL;
	raw_spin_unlock_irqrestore(&vm->lock, flags);
	return kvm;
}

/**
 * kvm_sdei_pin() - keep the module for the time of a call that may rely on it
 * @v: the vCPU that makes it, or whose registers are written
 *
 * Context: the vCPU's own thread or a holder of its mutex; does not sleep.
 * Return: false if the module is being unloaded.
 */
bool kvm_sdei_pin(struct kvm_sdei_vcpu *v)
{
	if (!v->pinned)
		v->pinned = try_module_get(THIS_MODULE);
	return v->pinned;
}

static void release_reference(bool *pinned)
{
	if (*pinned) {
		*pinned = false;
		module_put(THIS_MODULE);
	}
}

/* A shared event in use holds the module on behalf of the VM. */
static void update_vm_pin(struct kvm_sdei_vm *vm)
{
	bool put = false, in_use;
	unsigned long flags;

	raw_spin_lock_irqsave(&vm->lock, flags);
	in_use = sdei_vm_in_use(&vm->sdei);
	if (in_use && !vm->pinned)
		__module_get(THIS_MODULE);
	else
		put = !in_use && vm->pinned;
	/* Who sees it, in kvm_sdei_unpin(), relies on the reference and reads nothing more. */
	smp_store_release(&vm->pinned, in_use);
	raw_spin_unlock_irqrestore(&vm->lock, flags);
	if (put)
		module_put(THIS_MODULE);
}

/**
 * kvm_sdei_update_pins() - keep the module only if the guest needs it
 * @v: a vCPU that has made a call, or whose registers were written
 *
 * Context: the vCPU's own thread or a holder of its mutex; does not sleep.
 */
void kvm_sdei_update_pins(struct kvm_sdei_vcpu *v)
{
	update_vm_pin(v->vm);
	if (!sdei_pe_in_use(&v->pe))
		release_reference(&v->pinned);
}

/**
 * kvm_sdei_attach() - ask for the state of a VM's vCPUs to be made
 * @vcpu: the vCPU that misses its own
 *
 * One request is served at a time; who comes too early asks again.
 *
 * Context: the vCPU's own thread; does not sleep.
 */
void kvm_sdei_attach(struct kvm_vcpu *vcpu)
{
	if (READ_ONCE(attach_request) || cmpxchg(&attach_request, NULL, vcpu))
		return;

	/* KVM knows the thread that created the VM, which need not lead. */
	attach_tgid = task_tgid_nr(current);
	kvm_get_kvm(vcpu->kvm);
	queue_work(workqueue, &attach);
}

static u64 mpidr_of(const struct kvm_vcpu *vcpu)
{
	return READ_ONCE(ctxt_sys_reg(&vcpu->arch.ctxt, MPIDR_EL1)) & SDEI_MPIDR_AFFINITY;
}

/*
 * The vCPU counts among those that use SDEI. Its VMM may have set its MPIDR since
 * its state was made; before this the vCPU is no target.
 */
static void count(struct kvm_sdei_vcpu *v)
{
	unsigned long flags;

	if (v->use == KVM_SDEI_UNUSED) {
		raw_spin_lock_irqsave(&v->vm->lock, flags);
		v->vm->nr_used++;
		raw_spin_unlock_irqrestore(&v->vm->lock, flags);
	}
	WRITE_ONCE(v->pe.mpidr, mpidr_of(v->vcpu));
}

static void discount(struct kvm_sdei_vcpu *v)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&v->vm->lock, flags);
	v->vm->nr_used--;
	raw_spin_unlock_irqrestore(&v->vm->lock, flags);
	v->use = KVM_SDEI_UNUSED;
}

/**
 * kvm_sdei_begin_use() - a vCPU makes its first call, or may take an event
 * @v: the vCPU
 *
 * Context: the vCPU's own thread; does not sleep.
 */
void kvm_sdei_begin_use(struct kvm_sdei_vcpu *v)
{
	count(v);
	v->use = KVM_SDEI_USED;
	if (!v->vcpu->vcpu_idx)
		WRITE_ONCE(v->vm->in_reset, false);
	sdei_state_adopt(&v->pe);
}

/**
 * kvm_sdei_restore() - a VMM writes a register
 * @v: the vCPU
 * @reg: its number
 * @val: its value
 *
 * Context: an ioctl of the vCPU's; does not sleep.
 * Return: false if the register cannot have this value.
 */
bool kvm_sdei_restore(struct kvm_sdei_vcpu *v, unsigned int reg, u64 val)
{
	enum kvm_sdei_use before = v->use;
	bool valid;

	/* First, so that nobody's reset takes the VM for unused and resets it. */
	if (v->use != KVM_SDEI_UNUSED || val != kvm_sdei_initial(reg)) {
		count(v);
		v->use = KVM_SDEI_RESTORED;
	}
	/* The VM holds the module, so this does not fail. */
	kvm_sdei_pin(v);
	valid = sdei_state_set(&v->pe, reg, val);
	kvm_sdei_unpin(v);
	/* The initial value is always valid. */
	if (!valid && before == KVM_SDEI_UNUSED)
		discount(v);
	/* What is read from now on is what was written, if it was. */
	if (valid && sdei_state_is_shared(reg) && !READ_ONCE(v->vm->sdei.live))
		WRITE_ONCE(v->vm->in_reset, false);
	return valid;
}

/**
 * kvm_sdei_initial() - what a register is after a reset
 * @reg: its number
 *
 * Context: any.
 * Return: its value, of any VM.
 */
u64 kvm_sdei_initial(unsigned int reg)
{
	return sdei_state_initial(reg, minor_version);
}

/**
 * kvm_sdei_is_in_reset() - whether a VMM resets the machine
 * @v: one of its vCPUs
 *
 * It does so vCPU by vCPU, the first one first, and QEMU reads the registers of
 * each at once to write them back in the end. What the VM shares is reset with the
 * last vCPU, but must not be read from the first any more.
 *
 * Context: any; does not sleep.
 * Return: true until the last of them is reset, shared state is written with effect or
 * the first one is used again.
 */
bool kvm_sdei_is_in_reset(const struct kvm_sdei_vcpu *v)
{
	return READ_ONCE(v->vm->in_reset);
}

/**
 * kvm_sdei_reset() - a vCPU is reset or powered off
 * @vcpu: the vCPU
 * @by_vmm: by the VMM, and not by the guest
 *
 * A VMM resets the machine by resetting all of its vCPUs, one after the other.
 * Where it powers a single one on it resets no more than that, while the guest uses
 * SDEI on another.
 *
 * Context: the vCPU's own thread or a holder of its mutex; does not sleep.
 */
void kvm_sdei_reset(struct kvm_vcpu *vcpu, bool by_vmm)
{
	struct kvm_sdei_vcpu *v = kvm_sdei_find(vcpu);
	unsigned long flags;
	bool whole_vm;

	if (!v)
		return;

	sdei_pe_reset(&v->pe);

	/* Another vCPU is reset, or makes its first call, before this or after it. */
	flags = sdei_host_lock(&v->vm->sdei);
	if (v->use != KVM_SDEI_UNUSED)
		v->vm->nr_used--;
	v->use = KVM_SDEI_UNUSED;
	whole_vm = by_vmm && !v->vm->nr_used;
	if (by_vmm && (whole_vm || !vcpu->vcpu_idx))
		WRITE_ONCE(v->vm->in_reset, !whole_vm);
	if (whole_vm)
		sdei_vm_reset_and_unlock(&v->vm->sdei, flags);
	else
		sdei_host_unlock(&v->vm->sdei, flags);
	if (static_branch_unlikely(&kvm_sdei_traced))
		kvm_sdei_trace_reset(v, by_vmm, whole_vm);
	release_reference(&v->pinned);
	update_vm_pin(v->vm);
}

/**
 * kvm_sdei_destroy() - a vCPU is being destroyed
 * @vcpu: the vCPU
 *
 * Context: nothing of the VM runs any more, or this vCPU could not be created and has
 * no state; does not sleep.
 */
void kvm_sdei_destroy(struct kvm_vcpu *vcpu)
{
	struct kvm_sdei_vcpu *v = kvm_sdei_find(vcpu);
	unsigned long flags;

	kvm_sdei_let_go(vcpu->kvm);
	if (!v)
		return;

	raw_spin_lock_irqsave(&table_lock, flags);
	hlist_del_rcu(&v->hash);
	raw_spin_unlock_irqrestore(&table_lock, flags);

	sdei_pe_exit(&v->pe);
	raw_spin_lock_irqsave(&v->vm->lock, flags);
	WRITE_ONCE(v->vm->kvm, NULL);
	raw_spin_unlock_irqrestore(&v->vm->lock, flags);
	release_reference(&v->vm->pinned);
	release_reference(&v->pinned);

	llist_add(&v->gone, &gone_list);
	queue_work(workqueue, &gone);
}

static void notify_work(struct work_struct *work)
{
	struct kvm_sdei_vcpu *v = container_of(work, struct kvm_sdei_vcpu, notify);

	sysfs_notify_dirent(v->completed);
}

/**
 * kvm_sdei_notify_completed() - wake who polls a vCPU's file "completed"
 * @v: the vCPU
 *
 * Context: the vCPU's own thread; does not sleep.
 */
void kvm_sdei_notify_completed(struct kvm_sdei_vcpu *v)
{
	WRITE_ONCE(v->polled, false);
	queue_work(workqueue, &v->notify);
}

/**
 * kvm_sdei_raise() - raise a private event on a vCPU
 * @vcpu: the vCPU; the caller makes sure that it stays
 * @event: the event's number
 *
 * Does not wait for the guest: an event that it has masked or disabled stays
 * pending, and raising what is pending already succeeds (DEN0054C 5.1.16.1).
 *
 * Context: any but NMI, the vCPU's own exit path in KVM, and where a lock of the
 * scheduler is held (as in preempt notifiers): it may wake the vCPU up.
 * Return: 0 if the event is pending; -EINVAL if no private event of this number
 * is exposed; -ENOENT if the guest has not registered it on this vCPU.
 */
int kvm_sdei_raise(struct kvm_vcpu *vcpu, u32 event)
{
	struct kvm_sdei_vcpu *v;
	int ret;

	rcu_read_lock();
	v = kvm_sdei_find(vcpu);
	if (v)
		ret = kvm_sdei_raise_private(v, event);
	else
		ret = sdei_event_is_private(event) ? -ENOENT : -EINVAL;
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(kvm_sdei_raise);

static int attach_vcpu(struct kvm_sdei_vm *vm, struct kvm_vcpu *vcpu)
{
	struct kvm_sdei_vcpu *v = kzalloc(sizeof(*v), GFP_KERNEL);
	unsigned long flags;
	int ret;

	if (!v)
		return -ENOMEM;

	v->vm = vm;
	v->vcpu = vcpu;
	INIT_WORK(&v->notify, notify_work);
	sdei_pe_init(&v->pe, &vm->sdei, vcpu->vcpu_id, mpidr_of(vcpu),
		     kvm_has_mte(vcpu->kvm), (struct sdei_regs *)vcpu_gp_regs(vcpu));
	/* From here on it can be raised. */
	ret = kvm_sdei_sysfs_add_vcpu(v);
	if (ret) {
		sdei_pe_exit(&v->pe);
		kobject_put(&v->kobj);
		return ret;
	}
	list_add_tail(&v->list, &vm->vcpus);

	raw_spin_lock_irqsave(&table_lock, flags);
	hlist_add_head_rcu(&v->hash, kvm_sdei_bucket(vcpu));
	raw_spin_unlock_irqrestore(&table_lock, flags);
	return 0;
}

static struct kvm_sdei_vm *find_vm(struct kvm *kvm)
{
	struct kvm_sdei_vm *vm;

	list_for_each_entry(vm, &vms, list)
		if (READ_ONCE(vm->kvm) == kvm)
			return vm;
	return NULL;
}

/* A number that no other VM of the same process has in sysfs: 0 for the first one. */
static unsigned int number_vm(pid_t pid)
{
	struct kvm_sdei_vm *vm;
	unsigned int n = 0;

	list_for_each_entry(vm, &vms, list)
		if (vm->pid == pid)
			n = max(n, vm->n + 1);
	return n;
}

/* The VM may end with this, and its state, in which the work is, before it returns. */
static void put_work(struct work_struct *work)
{
	kvm_put_kvm(container_of(work, struct kvm_sdei_vm, put)->kvm);
}

static struct kvm_sdei_vm *create_vm(struct kvm *kvm, pid_t pid)
{
	struct kvm_sdei_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);

	if (!vm)
		return NULL;

	raw_spin_lock_init(&vm->lock);
	INIT_LIST_HEAD(&vm->vcpus);
	vm->kvm = kvm;
	vm->pid = pid;
	vm->n = number_vm(pid);
	INIT_WORK(&vm->put, put_work);
	sdei_vm_init(&vm->sdei, minor_version, KVM_SDEI_SLOTS);
	if (kvm_sdei_sysfs_add_vm(vm)) {
		kobject_put(&vm->kobj);
		return NULL;
	}
	list_add_tail(&vm->list, &vms);
	return vm;
}

static struct kvm_sdei_vm *attach_vm(struct kvm *kvm, pid_t pid)
{
	struct kvm_sdei_vm *vm = find_vm(kvm);
	struct kvm_vcpu *vcpu;
	unsigned long n;
	bool attached;

	if (!vm)
		vm = create_vm(kvm, pid);
	if (!vm)
		return NULL;

	kvm_for_each_vcpu(n, vcpu, kvm) {
		rcu_read_lock();
		attached = kvm_sdei_find(vcpu);
		rcu_read_unlock();
		/* They may differ in what they were made with. */
		if (!attached && kvm_vcpu_initialized(vcpu) && kvm_sdei_is_served(vcpu) &&
		    attach_vcpu(vm, vcpu))
			break;
	}
	if (!list_empty(&vm->vcpus))
		return vm;
	list_del(&vm->list);
	kobject_del(&vm->kobj);
	kobject_put(&vm->kobj);
	return NULL;
}

/* For a VMM that waits. */
struct attach_now {
	struct work_struct work;
	struct kvm *kvm;
	pid_t pid;
};

static void attach_now_work(struct work_struct *work)
{
	struct attach_now *request = container_of(work, struct attach_now, work);

	mutex_lock(&tree_lock);
	attach_vm(request->kvm, request->pid);
	mutex_unlock(&tree_lock);
}

/**
 * kvm_sdei_attach_now() - make the state of a VM's vCPUs
 * @vcpu: the vCPU that needs its own; it has none if there is no memory
 *
 * Context: an ioctl of the vCPU's; may sleep.
 */
void kvm_sdei_attach_now(struct kvm_vcpu *vcpu)
{
	struct attach_now request = {
		.kvm = vcpu->kvm,
		.pid = task_tgid_nr(current),
	};

	INIT_WORK_ONSTACK(&request.work, attach_now_work);
	queue_work(workqueue, &request.work);
	flush_work(&request.work);
	destroy_work_on_stack(&request.work);
}

static void attach_work(struct work_struct *work)
{
	struct kvm *kvm = READ_ONCE(attach_request)->kvm;
	struct kvm_sdei_vm *vm = NULL;

	mutex_lock(&tree_lock);
	if (open)
		vm = attach_vm(kvm, attach_tgid);
	/*
	 * The last reference may be this one, and others should not wait for a VM's end.
	 * (They do where nothing came of it, or where the last one is still to be put.)
	 */
	if (vm && queue_work(workqueue, &vm->put))
		kvm = NULL;
	mutex_unlock(&tree_lock);

	/* The request's order before the next one is that of cmpxchg(). */
	smp_store_release(&attach_request, NULL);
	if (kvm)
		kvm_put_kvm(kvm);
}

/* Its name is taken for as long as its folder is there. */
static void detach_vm(struct kvm_sdei_vm *vm)
{
	kobject_del(&vm->kobj);
	mutex_lock(&tree_lock);
	list_del(&vm->list);
	mutex_unlock(&tree_lock);
	kobject_put(&vm->kobj);
}

/* Of a VM that nobody finds by its struct kvm any more; it goes with its last vCPU. */
static void detach_vcpu(struct kvm_sdei_vcpu *v)
{
	struct kvm_sdei_vm *vm = v->vm;

	cancel_work_sync(&v->notify);
	list_del(&v->list);
	kvm_sdei_sysfs_remove_vcpu(v);
	if (list_empty(&vm->vcpus))
		detach_vm(vm);
}

static void gone_work(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&gone_list);
	struct kvm_sdei_vcpu *v, *next;

	llist_for_each_entry_safe(v, next, list, gone)
		detach_vcpu(v);
}

/**
 * kvm_sdei_vm_init() - get ready for VMs
 *
 * Context: may sleep.
 * Return: 0, or a negative error code after saying what is wrong.
 */
int kvm_sdei_vm_init(void)
{
	if (minor_version > 1) {
		pr_err("minor_version=%u: guests can be told SDEI version 1.0 or 1.1\n",
		       minor_version);
		return -EINVAL;
	}
	workqueue = alloc_workqueue("kvm_sdei", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

/**
 * kvm_sdei_vm_open() - let VMs in
 *
 * Until then a guest's first call is repeated.
 *
 * Context: may sleep; all hooks are there.
 */
void kvm_sdei_vm_open(void)
{
	mutex_lock(&tree_lock);
	WRITE_ONCE(open, true);
	mutex_unlock(&tree_lock);
}

/**
 * kvm_sdei_vm_is_open() - whether VMs are let in
 *
 * Context: any.
 * Return: true from kvm_sdei_vm_open() to kvm_sdei_vm_close().
 */
bool kvm_sdei_vm_is_open(void)
{
	return READ_ONCE(open);
}

/**
 * kvm_sdei_vm_is_closed() - whether no VM will be let in any more
 *
 * Context: any.
 * Return: true from kvm_sdei_vm_close() on.
 */
bool kvm_sdei_vm_is_closed(void)
{
	return READ_ONCE(closed);
}

/**
 * kvm_sdei_vm_close() - let nobody in any more
 *
 * No VM is attached from now on, and no reference to one is given out. The calls
 * of those that are attached are answered until the hooks are removed; others have no
 * SDEI.
 *
 * Context: may sleep; before the hooks are removed.
 */
void kvm_sdei_vm_close(void)
{
	struct kvm_sdei_vm *vm;
	unsigned long flags;

	mutex_lock(&tree_lock);
	WRITE_ONCE(open, false);
	WRITE_ONCE(closed, true);
	list_for_each_entry(vm, &vms, list) {
		raw_spin_lock_irqsave(&vm->lock, flags);
		vm->closed = true;
		raw_spin_unlock_irqrestore(&vm->lock, flags);
	}
	mutex_unlock(&tree_lock);
}

static bool vm_has_unmasked(const struct kvm_sdei_vm *vm)
{
	const struct kvm_sdei_vcpu *v;

	list_for_each_entry(v, &vm->vcpus, list)
		if (!v->pe.masked)
			return true;
	return false;
}

/**
 * kvm_sdei_vm_exit() - forget all VMs
 *
 * Context: may sleep; after the hooks were removed.
 * Return: how many of them had SDEI unmasked, and will miss it.
 */
unsigned int kvm_sdei_vm_exit(void)
{
	struct kvm_sdei_vm *vm, *next_vm;
	struct kvm_sdei_vcpu *v, *next;
	unsigned int unmasked = 0;

	flush_workqueue(workqueue);
	/* Nobody else is left who looks at the lists. */
	list_for_each_entry_safe(vm, next_vm, &vms, list) {
		/* One that was just being destroyed misses nothing. */
		unmasked += vm->kvm && vm_has_unmasked(vm);
		/* It goes with its last vCPU, of which the loop has yet to see the end. */
		kobject_get(&vm->kobj);
		list_for_each_entry_safe(v, next, &vm->vcpus, list) {
			sdei_pe_exit(&v->pe);
			detach_vcpu(v);
		}
		kobject_put(&vm->kobj);
	}
	destroy_workqueue(workqueue);
	return unmasked;
}
