// SPDX-License-Identifier: GPL-2.0-only
/*
 * The instrument of the tests inside a Linux guest: puts its CPUs into states
 * that only an event gets through to, and makes calls. For tests only.
 *
 * /sys/kernel/kvm_sdei_test/:
 *
 * wedge    write CPU: it loops with interrupts masked; read: such CPUs
 * wfi      write CPU: it sleeps in WFI with interrupts masked, again and again;
 *          read: lines "CPU WAKE-UPS"
 * spin     write CPU: it loops with interrupts enabled; read: such CPUs
 * stall    write CPU: it loops with interrupts enabled, and no task runs there
 * console  write CPU: it loops with interrupts masked and the lock that all
 *          consoles need; read: such CPUs
 * irq      write CPU: it hangs with the lock of an interrupt; read: such CPUs
 * handling write CPU: it hangs when it next handles an interrupt of a virtio device; to be
 *          done before any CPU hangs
 * die      write CPU: it meets a bug, and hangs where it says so
 * panic    write CPU: it panics, and hangs in that; the kernel's parameter
 *          crash_kexec_post_notifiers has to be set if there is a crash kernel
 * slow     write: a panic takes 20 s before it stops the other CPUs and starts the crash
 *          kernel; to be done before any CPU hangs
 * release  write CPU: it leaves wedge, wfi, spin, stall, console or irq
 * busy     read: CPUs that were told to do something of all this, or to storm, and
 *          have not yet come to the end of it; they take no other order
 * storm    write "CPU SECONDS" (0: no end), "stop" or "stop CPU"; read: lines
 *          "CPU ROUNDS ERRORS running|stopped"
 * errors   read: how often a register was not what it should be, in all modes
 * call     write "CPU FID [X1 [X2 [X3 [X4 [X5]]]]]": makes that HVC there;
 *          read: x0 to x3 of the last one in hex, and x0 as a signed number
 * smc      the same by SMC
 * mpidr    read: lines "CPU MPIDR"
 * let_go   write a number: handlers kvm_sdei_test_hold, which the tests register
 *          by calls, complete if their argument is not larger
 *
 * All writes but those of a call return at once. In wedge, wfi and spin, xN is
 * 0x5de1 in bits 63:48, the CPU in bits 47:32, and N in each of the four bytes
 * below; but x19 is a pointer, x20 what was read last of the word that ends
 * the loop, and x21 the loop's counter in wfi and spin.
 *
 * A wedged CPU makes a guest complain after a while and stops all that needs
 * every CPU, such as loading a module. Give the guest nowatchdog and
 * rcupdate.rcu_cpu_stall_timeout=300, and isolcpus= with the CPUs that will be
 * wedged, so that nothing else is queued there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "test.h"

u64 kvm_sdei_test_let_go;

static struct kobject *directory;
static DEFINE_MUTEX(call_lock);
static struct test_call last_hvc;
static struct test_call last_smc = { .smc = true };

/* Returns how many numbers there are, or a negative error number. */
static int parse(const char *buf, u64 *numbers, int max)
{
	char *copy, *rest, *word;
	int count = 0;
	int err = 0;

	copy = kstrdup(buf, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;

	rest = strim(copy);
	while (!err && (word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		err = count < max ? kstrtou64(word, 0, &numbers[count++]) :
				    -EINVAL;
	}
	kfree(copy);

	return err ? -EINVAL : count;
}

static int parse_cpu(const char *buf, int *cpu)
{
	u64 number;
	int count;

	count = parse(buf, &number, 1);
	if (count < 0)
		return count;
	if (count != 1 || number >= nr_cpu_ids)
		return -EINVAL;
	*cpu = number;

	return 0;
}

static ssize_t start(const char *buf, size_t count, enum mode mode)
{
	int cpu, err;

	err = parse_cpu(buf, &cpu);
	if (!err)
		err = test_start(cpu, mode, 0);

	return err ?: count;
}

static ssize_t show_held(char *buf, enum mode mode)
{
	int len = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct test_cpu *t = test_cpu(cpu);

		if (READ_ONCE(t->held) && READ_ONCE(t->mode) == mode)
			len += sysfs_emit_at(buf, len, "%s%d", len ? " " : "",
					     cpu);
	}
	len += sysfs_emit_at(buf, len, "\n");

	return len;
}

static ssize_t wedge_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return show_held(buf, WEDGE);
}

static ssize_t wedge_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	return start(buf, count, WEDGE);
}

static ssize_t wfi_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	int len = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct test_cpu *t = test_cpu(cpu);

		if (READ_ONCE(t->held) && READ_ONCE(t->mode) == WFI)
			len += sysfs_emit_at(buf, len, "%d %llu\n", cpu,
					     READ_ONCE(t->frame.count));
	}

	return len;
}

static ssize_t wfi_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	return start(buf, count, WFI);
}

static ssize_t spin_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return show_held(buf, SPIN);
}

static ssize_t spin_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	return start(buf, count, SPIN);
}

static ssize_t stall_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	return start(buf, count, STALL);
}

static ssize_t console_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return show_held(buf, CONSOLE);
}

static ssize_t console_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	return start(buf, count, CONSOLE);
}

static ssize_t irq_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	return show_held(buf, IRQ);
}

static ssize_t irq_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	return start(buf, count, IRQ);
}

static ssize_t die_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	return start(buf, count, DIE);
}

static ssize_t panic_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	return start(buf, count, PANIC);
}

static ssize_t handling_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t count)
{
	int cpu, err;

	err = parse_cpu(buf, &cpu);
	if (!err)
		err = test_handling(cpu);

	return err ?: count;
}

static ssize_t slow_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	return test_panic_slowly() ?: count;
}

static ssize_t release_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	int cpu, err;

	err = parse_cpu(buf, &cpu);
	if (!err)
		err = READ_ONCE(test_cpu(cpu)->mode) == STORM ? -EINVAL :
								test_release(cpu);

	return err ?: count;
}

static ssize_t busy_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	int len = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(test_cpu(cpu)->mode) != IDLE)
			len += sysfs_emit_at(buf, len, "%d\n", cpu);

	return len;
}

static ssize_t storm_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	int len = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct test_cpu *t = test_cpu(cpu);
		bool running = READ_ONCE(t->mode) == STORM;

		if (running || READ_ONCE(t->rounds))
			len += sysfs_emit_at(buf, len, "%d %llu %llu %s\n",
					     cpu, READ_ONCE(t->rounds),
					     READ_ONCE(t->errors),
					     running ? "running" : "stopped");
	}

	return len;
}

static int storm_stop(const char *buf)
{
	int cpu, err;

	if (*skip_spaces(buf)) {
		err = parse_cpu(buf, &cpu);
		if (err)
			return err;
		if (READ_ONCE(test_cpu(cpu)->mode) != STORM)
			return -EINVAL;
		return test_release(cpu);
	}

	for_each_possible_cpu(cpu)
		if (READ_ONCE(test_cpu(cpu)->mode) == STORM)
			test_release(cpu);

	return 0;
}

static ssize_t storm_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	u64 numbers[2];
	int err;

	if (str_has_prefix(buf, "stop")) {
		err = storm_stop(buf + strlen("stop"));
		return err ?: count;
	}

	err = parse(buf, numbers, ARRAY_SIZE(numbers));
	if (err < 0)
		return err;
	if (err != 2 || numbers[0] >= nr_cpu_ids || numbers[1] > 86400)
		return -EINVAL;
	err = test_start(numbers[0], STORM, numbers[1]);

	return err ?: count;
}

static ssize_t errors_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%lu\n", test_errors());
}

static ssize_t mpidr_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	int len = 0;
	int cpu;

	for_each_online_cpu(cpu)
		len += sysfs_emit_at(buf, len, "%d 0x%llx\n", cpu,
				     test_cpu(cpu)->mpidr);

	return len;
}

static ssize_t show_call(char *buf, const struct test_call *call)
{
	ssize_t len;

	mutex_lock(&call_lock);
	len = sysfs_emit(buf, "0x%llx 0x%llx 0x%llx 0x%llx %lld\n",
			 call->out[0], call->out[1], call->out[2],
			 call->out[3], (s64)call->out[0]);
	mutex_unlock(&call_lock);

	return len;
}

static ssize_t make_call(const char *buf, size_t count, struct test_call *call)
{
	u64 numbers[7] = { };
	int err;

	err = parse(buf, numbers, ARRAY_SIZE(numbers));
	if (err < 0)
		return err;
	if (err < 2 || numbers[0] >= nr_cpu_ids)
		return -EINVAL;

	mutex_lock(&call_lock);
	memcpy(call->in, &numbers[1], sizeof(call->in));
	err = test_call(numbers[0], call);
	mutex_unlock(&call_lock);

	return err ?: count;
}

static ssize_t call_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return show_call(buf, &last_hvc);
}

static ssize_t call_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	return make_call(buf, count, &last_hvc);
}

static ssize_t smc_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	return show_call(buf, &last_smc);
}

static ssize_t smc_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	return make_call(buf, count, &last_smc);
}

static ssize_t let_go_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	u64 number;

	if (kstrtou64(buf, 0, &number))
		return -EINVAL;
	WRITE_ONCE(kvm_sdei_test_let_go, number);

	return count;
}

static struct kobj_attribute wedge_attr = __ATTR(wedge, 0600, wedge_show,
						 wedge_store);
static struct kobj_attribute wfi_attr = __ATTR(wfi, 0600, wfi_show, wfi_store);
static struct kobj_attribute spin_attr = __ATTR(spin, 0600, spin_show,
						spin_store);
static struct kobj_attribute console_attr = __ATTR(console, 0600, console_show,
						   console_store);
static struct kobj_attribute stall_attr = __ATTR_WO(stall);
static struct kobj_attribute irq_attr = __ATTR(irq, 0600, irq_show, irq_store);
static struct kobj_attribute die_attr = __ATTR_WO(die);
static struct kobj_attribute panic_attr = __ATTR_WO(panic);
static struct kobj_attribute handling_attr = __ATTR_WO(handling);
static struct kobj_attribute slow_attr = __ATTR_WO(slow);
static struct kobj_attribute release_attr = __ATTR_WO(release);
static struct kobj_attribute busy_attr = __ATTR_RO(busy);
static struct kobj_attribute let_go_attr = __ATTR_WO(let_go);
static struct kobj_attribute storm_attr = __ATTR(storm, 0600, storm_show,
						 storm_store);
static struct kobj_attribute errors_attr = __ATTR_RO(errors);
static struct kobj_attribute mpidr_attr = __ATTR_RO(mpidr);
static struct kobj_attribute call_attr = __ATTR(call, 0600, call_show,
						call_store);
static struct kobj_attribute smc_attr = __ATTR(smc, 0600, smc_show, smc_store);

static struct attribute *attrs[] = {
	&wedge_attr.attr,
	&wfi_attr.attr,
	&spin_attr.attr,
	&console_attr.attr,
	&stall_attr.attr,
	&irq_attr.attr,
	&die_attr.attr,
	&panic_attr.attr,
	&handling_attr.attr,
	&slow_attr.attr,
	&release_attr.attr,
	&busy_attr.attr,
	&let_go_attr.attr,
	&storm_attr.attr,
	&errors_attr.attr,
	&mpidr_attr.attr,
	&call_attr.attr,
	&smc_attr.attr,
	NULL
};

static const struct attribute_group group = {
	.attrs = attrs,
};

static int __init kvm_sdei_test_init(void)
{
	int err;

	err = test_storm_init();
	if (err)
		return err;

	err = test_cpus_init();
	if (err)
		goto out_storm;

	err = -ENOMEM;
	directory = kobject_create_and_add(KBUILD_MODNAME, kernel_kobj);
	if (!directory)
		goto out_cpus;

	err = sysfs_create_group(directory, &group);
	if (err)
		goto out_directory;

	pr_info("ready\n");

	return 0;

out_directory:
	kobject_put(directory);
out_cpus:
	test_cpus_exit();
out_storm:
	test_storm_exit();

	return err;
}

static void __exit kvm_sdei_test_exit(void)
{
	sysfs_remove_group(directory, &group);
	kobject_put(directory);
	test_cpus_exit();
	test_storm_exit();
	pr_info("unloaded, %lu errors\n", test_errors());
}

module_init(kvm_sdei_test_init);
module_exit(kvm_sdei_test_exit);

MODULE_DESCRIPTION("Instrument of kvm_sdei's tests in a Linux guest");
MODULE_LICENSE("GPL");
