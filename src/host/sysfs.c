// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/kvm_sdei, described in Documentation/ABI/testing/sysfs-kvm-sdei.
 */
#include <linux/capability.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/wait_bit.h>

#include "host.h"

static struct kobject *root;

/* Folders of VMs and vCPUs that have not been released. */
static atomic_t nr_folders = ATOMIC_INIT(0);

static struct kvm_sdei_vm *to_vm(struct kobject *kobj)
{
	return container_of(kobj, struct kvm_sdei_vm, kobj);
}

static struct kvm_sdei_vcpu *to_vcpu(struct kobject *kobj)
{
	return container_of(kobj, struct kvm_sdei_vcpu, kobj);
}

static ssize_t emit_events(char *buf, unsigned long events)
{
	enum sdei_event_id event;
	int len = 0;

	for (event = 0; event < SDEI_NR_EVENTS; event++)
		if (events & BIT(event))
			len += sysfs_emit_at(buf, len, "%s0x%x", len ? " " : "",
					     sdei_event_number(event));
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t exposed_events_show(struct kobject *kobj,
				   struct kobj_attribute *attr, char *buf)
{
	return emit_events(buf, SDEI_ALL_EVENTS & ~SDEI_BOUND_EVENTS);
}

static struct kobj_attribute exposed_events = __ATTR_RO(exposed_events);

static ssize_t offer_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(kvm_sdei_offer));
}

static ssize_t offer_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	bool offer;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (kstrtobool(buf, &offer))
		return -EINVAL;
	/* Who reads the parameter does not mind that it changes. */
	kernel_param_lock(THIS_MODULE);
	WRITE_ONCE(kvm_sdei_offer, offer);
	kernel_param_unlock(THIS_MODULE);
	return count;
}

static struct kobj_attribute offer = __ATTR_RW(offer);

/* The number in a write to "raise", from those who may write there. */
static int parse_event(const char *buf, u32 *num)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return kstrtou32(buf, 0, num) ? -EINVAL : 0;
}

static ssize_t vcpu_raise_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t count)
{
	struct kvm_sdei_vcpu *v = to_vcpu(kobj);
	struct kvm *kvm;
	u32 num;
	int ret;

	ret = parse_event(buf, &num);
	if (ret)
		return ret;

	kvm = kvm_sdei_vm_get(v->vm);
	if (!kvm)
		return -ENODEV;
	ret = kvm_sdei_raise_private(v, num);
	kvm_put_kvm(kvm);
	return ret ? ret : count;
}

static struct kobj_attribute vcpu_raise = __ATTR_PREALLOC(raise, 0200, NULL, vcpu_raise_store);

static ssize_t vm_raise_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t count)
{
	struct kvm_sdei_vm *vm = to_vm(kobj);
	struct kvm *kvm;
	u32 num;
	int ret;

	ret = parse_event(buf, &num);
	if (ret)
		return ret;

	kvm = kvm_sdei_vm_get(vm);
	if (!kvm)
		return -ENODEV;
	/* For the vCPU that is notified when the VM's lock is not held any more. */
	rcu_read_lock();
	ret = kvm_sdei_raise_shared(vm, num);
	rcu_read_unlock();
	kvm_put_kvm(kvm);
	return ret ? ret : count;
}

static struct kobj_attribute vm_raise = __ATTR_PREALLOC(raise, 0200, NULL, vm_raise_store);

/* Of the shared events a vCPU shows those that concern it: what it runs. */
#define VCPU_EVENTS_ATTR(name, events)						\
static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			   char *buf)						\
{										\
	const struct sdei_pe *pe = &to_vcpu(kobj)->pe;				\
										\
	return emit_events(buf, (events));					\
}										\
static struct kobj_attribute name = __ATTR_RO_MODE(name, 0400)

VCPU_EVENTS_ATTR(registered, READ_ONCE(pe->private.registered));
VCPU_EVENTS_ATTR(enabled, READ_ONCE(pe->private.enabled));
VCPU_EVENTS_ATTR(running, READ_ONCE(pe->active));
VCPU_EVENTS_ATTR(pending, READ_ONCE(pe->private.pending) &
			  READ_ONCE(pe->private.registered));

static ssize_t masked_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_vcpu(kobj)->pe.masked));
}

static struct kobj_attribute masked = __ATTR_RO_MODE(masked, 0400);

static ssize_t delivered_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(to_vcpu(kobj)->pe.delivered));
}

static struct kobj_attribute delivered = __ATTR_RO_MODE(delivered, 0400);

static ssize_t completed_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct kvm_sdei_vcpu *v = to_vcpu(kobj);

	/*
	 * Whoever waits in poll() has read the file first. The reader arms the
	 * notification before it reads the count; the vCPU counts before it
	 * looks whether to notify, with the barrier (B) of sdei_dispatch(), at
	 * the end of COMPLETE, in between.
	 */
	smp_store_mb(v->polled, true);
	return sysfs_emit(buf, "%llu\n", READ_ONCE(v->pe.completed));
}

static struct kobj_attribute completed = __ATTR_RO_MODE(completed, 0400);

static const struct attribute *root_attrs[] = { &exposed_events.attr, &offer.attr, NULL };

static struct attribute *vm_attrs[] = { &vm_raise.attr, NULL };
ATTRIBUTE_GROUPS(vm);

static struct attribute *vcpu_attrs[] = {
	&vcpu_raise.attr,
	&masked.attr,
	&registered.attr,
	&enabled.attr,
	&running.attr,
	&pending.attr,
	&delivered.attr,
	&completed.attr,
	NULL
};
ATTRIBUTE_GROUPS(vcpu);

static void released(void)
{
	if (atomic_dec_and_test(&nr_folders))
		wake_up_var(&nr_folders);
}

static void vm_release(struct kobject *kobj)
{
	kfree(to_vm(kobj));
	released();
}

static void vcpu_release(struct kobject *kobj)
{
	struct kvm_sdei_vcpu *v = to_vcpu(kobj);

	kfree_rcu(v, rcu);
	released();
}

static const struct kobj_type vm_type = {
	.release = vm_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = vm_groups,
};

static const struct kobj_type vcpu_type = {
	.release = vcpu_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = vcpu_groups,
};

/**
 * kvm_sdei_sysfs_add_vm() - show a VM
 * @vm: the VM; on failure, too, it is to be given up with kobject_put()
 *
 * Context: may sleep.
 * Return: 0 or a negative error code.
 */
int kvm_sdei_sysfs_add_vm(struct kvm_sdei_vm *vm)
{
	atomic_inc(&nr_folders);
	if (!vm->n)
		return kobject_init_and_add(&vm->kobj, &vm_type, root, "kvm-%d", vm->pid);
	return kobject_init_and_add(&vm->kobj, &vm_type, root, "kvm-%d.%u", vm->pid, vm->n);
}

/**
 * kvm_sdei_sysfs_add_vcpu() - show a vCPU
 * @v: the vCPU; on failure, too, it is to be given up with kobject_put()
 *
 * Context: may sleep.
 * Return: 0 or a negative error code.
 */
int kvm_sdei_sysfs_add_vcpu(struct kvm_sdei_vcpu *v)
{
	int ret;

	atomic_inc(&nr_folders);
	ret = kobject_init_and_add(&v->kobj, &vcpu_type, &v->vm->kobj, "vcpu-%d",
				   v->vcpu->vcpu_id);
	if (!ret)
		v->completed = sysfs_get_dirent(v->kobj.sd, "completed");
	return ret;
}

/**
 * kvm_sdei_sysfs_remove_vcpu() - show a vCPU no longer, and give it up
 * @v: the vCPU
 *
 * Who polls "completed" would wait for ever: sysfs does not wake them.
 *
 * Context: may sleep.
 */
void kvm_sdei_sysfs_remove_vcpu(struct kvm_sdei_vcpu *v)
{
	kobject_del(&v->kobj);
	sysfs_notify_dirent(v->completed);
	sysfs_put(v->completed);
	kobject_put(&v->kobj);
}

/* To give it up is not enough: what is released later is seen until then. */
static void remove_root(void)
{
	kobject_del(root);
	kobject_put(root);
}

/**
 * kvm_sdei_sysfs_init() - make the tree
 *
 * Context: may sleep.
 * Return: 0 or a negative error code.
 */
int kvm_sdei_sysfs_init(void)
{
	int ret;

	root = kobject_create_and_add("kvm_sdei", kernel_kobj);
	if (!root)
		return -ENOMEM;
	ret = sysfs_create_files(root, root_attrs);
	if (ret)
		remove_root();
	return ret;
}

/*
 * With this option the kernel releases what is given up seconds later, to see who
 * relies on it being at once. Our code must not be gone then.
 */
static void await_releases(void)
{
	if (!IS_ENABLED(CONFIG_DEBUG_KOBJECT_RELEASE))
		return;

	wait_var_event(&nr_folders, !atomic_read(&nr_folders));
	/* Who woke us may still be on its way out. */
	synchronize_rcu_tasks();
}

/**
 * kvm_sdei_sysfs_exit() - remove the tree, which holds no VM any more
 *
 * Context: may sleep.
 */
void kvm_sdei_sysfs_exit(void)
{
	remove_root();
	await_releases();
}
