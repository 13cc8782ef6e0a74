// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raises an event by kvm_sdei_raise() from a thread, from a softirq and from a
 * hard interrupt, as fast as it can. For tests only.
 *
 * In its folder below /sys/kernel, a file descriptor of a vCPU is written to
 * "vcpu"; "raised" tells how often it was raised from each of the three, how
 * often it was not registered, and how many answers were wrong.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "kvm_sdei.h"

#define MAX_VCPUS	16

enum context { THREAD, SOFTIRQ, HARDIRQ, NR_CONTEXTS };

static unsigned int event = KVM_SDEI_EVENT_NMI;
module_param(event, uint, 0444);
MODULE_PARM_DESC(event, "what it raises");

static struct file *vcpus[MAX_VCPUS];
static unsigned int nr_vcpus;
static DEFINE_MUTEX(add_lock);

static atomic_long_t raised[NR_CONTEXTS], unregistered, wrong;
static struct task_struct *thread;
static struct kobject *folder;

static void raise_all(enum context context)
{
	unsigned int n, nr;
	int ret;

	/* The other half is in vcpu_store(). */
	nr = smp_load_acquire(&nr_vcpus);
	for (n = 0; n < nr; n++) {
		ret = kvm_sdei_raise(vcpus[n]->private_data, event);
		if (!ret)
			atomic_long_inc(&raised[context]);
		else if (ret == -ENOENT)
			atomic_long_inc(&unregistered);
		else
			atomic_long_inc(&wrong);
	}
}

static void raise_in_hardirq(struct irq_work *work)
{
	if (!in_hardirq())
		atomic_long_inc(&wrong);
	raise_all(HARDIRQ);
}

static void raise_in_softirq(struct tasklet_struct *tasklet)
{
	if (!in_serving_softirq())
		atomic_long_inc(&wrong);
	raise_all(SOFTIRQ);
}

static struct irq_work hardirq = IRQ_WORK_INIT_HARD(raise_in_hardirq);
static struct tasklet_struct softirq;

static int run(void *unused)
{
	while (!kthread_should_stop()) {
		raise_all(THREAD);
		tasklet_schedule(&softirq);
		irq_work_queue(&hardirq);
		cond_resched();
	}
	return 0;
}

/* An event that cannot be raised on a vCPU, and a vCPU that is fine. */
static bool answers_well(struct kvm_vcpu *vcpu)
{
	int ret = kvm_sdei_raise(vcpu, event);

	return kvm_sdei_raise(vcpu, KVM_SDEI_EVENT_VM_NMI) == -EINVAL &&
	       kvm_sdei_raise(vcpu, 1) == -EINVAL && (!ret || ret == -ENOENT);
}

static ssize_t vcpu_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	struct file *file;
	int fd, ret = kstrtoint(buf, 0, &fd);

	if (ret)
		return ret;
	file = fget(fd);
	if (!file)
		return -EBADF;

	mutex_lock(&add_lock);
	ret = -EINVAL;
	if (nr_vcpus < MAX_VCPUS &&
	    !strncmp(file->f_path.dentry->d_name.name, "kvm-vcpu:", 9) &&
	    answers_well(file->private_data)) {
		vcpus[nr_vcpus] = file;
		/* The other half is in raise_all(). */
		smp_store_release(&nr_vcpus, nr_vcpus + 1);
		ret = count;
	}
	mutex_unlock(&add_lock);
	if (ret < 0)
		fput(file);
	return ret;
}

static ssize_t raised_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "thread %ld softirq %ld hardirq %ld unregistered %ld wrong %ld\n",
			  atomic_long_read(&raised[THREAD]),
			  atomic_long_read(&raised[SOFTIRQ]),
			  atomic_long_read(&raised[HARDIRQ]),
			  atomic_long_read(&unregistered), atomic_long_read(&wrong));
}

static struct kobj_attribute vcpu_attr = __ATTR(vcpu, 0200, NULL, vcpu_store);
static struct kobj_attribute raised_attr = __ATTR(raised, 0400, raised_show, NULL);

static struct attribute *attrs[] = { &vcpu_attr.attr, &raised_attr.attr, NULL };
static const struct attribute_group group = { .attrs = attrs };

static int __init raiser_init(void)
{
	int ret;

	tasklet_setup(&softirq, raise_in_softirq);
	folder = kobject_create_and_add(KBUILD_MODNAME, kernel_kobj);
	if (!folder)
		return -ENOMEM;
	ret = sysfs_create_group(folder, &group);
	if (ret)
		goto err_folder;
	thread = kthread_run(run, NULL, KBUILD_MODNAME);
	if (IS_ERR(thread)) {
		ret = PTR_ERR(thread);
		goto err_group;
	}
	return 0;

err_group:
	sysfs_remove_group(folder, &group);
err_folder:
	kobject_put(folder);
	return ret;
}
module_init(raiser_init);

static void __exit raiser_exit(void)
{
	sysfs_remove_group(folder, &group);
	kobject_put(folder);
	kthread_stop(thread);
	irq_work_sync(&hardirq);
	tasklet_kill(&softirq);
	while (nr_vcpus)
		fput(vcpus[--nr_vcpus]);
}
module_exit(raiser_exit);

MODULE_DESCRIPTION("Raises events from all contexts, for tests of kvm_sdei");
MODULE_LICENSE("GPL");
