// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: abi [MINOR]
 *
 * What VMMs see of the module: its capability, whom it is offered to, and the
 * registers. MINOR is what the module was told to report (1). Writes to the file
 * "offer" of sysfs, and leaves 1 there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bare-test.h"
/* There is a macro of the same name as the call. */
#undef PSCI_VERSION
#include "sdei.h"

#define MAX_REGS	KVM_SDEI_NR_REGS
#define EVENT_ENTRY(n)	KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_EVENT(n) + KVM_SDEI_REG_EVENT_ENTRY)
#define CONTEXT(s, n)	KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_CONTEXT(s) + (n))
#define PSTATE(s)	CONTEXT(s, KVM_SDEI_REG_CONTEXT_PSTATE)

#define VERSION(minor)	(1L << 48 | (s64)(minor) << 32 | KVM_SDEI_VENDOR)
#define RUNS(n)		(((n) + 1ULL) << KVM_SDEI_PSTATE_EVENT_SHIFT)

static unsigned int minor = 1;

static void set_default(bool on)
{
	int fd = open("/sys/kernel/kvm_sdei/offer", O_WRONLY);

	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		die("the default");
	close(fd);
}

static int holders(void)
{
	FILE *file = fopen("/sys/module/kvm_sdei/refcnt", "r");
	int nr;

	if (!file || fscanf(file, "%d", &nr) != 1)
		die("refcnt");
	fclose(file);
	return nr;
}

/* When the VMs of earlier tests are gone: a worker may have the last reference. */
static int holders_before(void)
{
	while (holders())
		usleep(1000);
	return 0;
}

static int check_extension(int fd)
{
	return ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_SDEI);
}

static int enable_cap(struct bare_vm *vm, u64 arg)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_SDEI, .args = { arg } };

	return ioctl(vm->fd, KVM_ENABLE_CAP, &cap) ? errno : 0;
}

static int nr_listed(struct bare_vm *vm, unsigned int n)
{
	u64 ids[MAX_REGS];

	return bare_list(&vm->vcpu[n], ids, MAX_REGS);
}

static s64 call(struct bare_vcpu *vcpu, u64 fn, u64 a)
{
	return bare_call(vcpu, fn, a, BARE_ADDRESS(bare_spin), 0, 0, 0);
}

/* A VM that is offered SDEI, or not, in all ways that show. */
static void expect_offered(struct bare_vm *vm)
{
	expect(check_extension(vm->fd), KVM_SDEI_REGS_VERSION);
	expect(nr_listed(vm, 0) > 0, true);
	expect(call(&vm->vcpu[0], SDEI_VERSION, 0), VERSION(minor));
	expect(bare_read(&vm->vcpu[0], PE), KVM_SDEI_PE_MASKED);
}

static void expect_withheld(struct bare_vm *vm)
{
	u64 value = 0;

	expect(check_extension(vm->fd), 0);
	expect(nr_listed(vm, 0), 0);
	expect(call(&vm->vcpu[0], SDEI_VERSION, 0), NOT_SUPPORTED);
	expect(bare_get(&vm->vcpu[0], PE, &value), ENOENT);
	expect(bare_set(&vm->vcpu[0], PE, KVM_SDEI_PE_MASKED), ENOENT);
	expect(bare_get(&vm->vcpu[0], MINOR, &value), ENOENT);
	expect(enable_cap(vm, 1), EBUSY);
	expect(enable_cap(vm, 0), 0);
}

static void by_default(void)
{
	struct bare_vm first, second, third;
	int before = holders_before();

	expect(check_extension(bare_kvm), KVM_SDEI_REGS_VERSION);
	bare_vm_create(&first, 1);
	expect(check_extension(first.fd), KVM_SDEI_REGS_VERSION);
	bare_vm_create(&second, 1);
	expect(holders(), before);
	expect_offered(&first);
	expect(holders() > before, true);

	/* What has been asked for nothing yet goes by the default of that time. */
	set_default(false);
	expect(check_extension(bare_kvm), 0);
	expect(check_extension(second.fd), 0);
	expect_offered(&first);
	expect_withheld(&second);
	bare_vm_create(&third, 2);
	expect_withheld(&third);
	expect(nr_listed(&third, 1), 0);
	set_default(true);
	expect(check_extension(bare_kvm), KVM_SDEI_REGS_VERSION);
	expect_offered(&first);
	expect_withheld(&second);
	expect_withheld(&third);
	bare_vm_destroy(&second);
	bare_vm_destroy(&third);
	bare_vm_destroy(&first);
	while (holders() > before)
		usleep(1000);
	expect(holders(), before);
}

static void by_choice(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	expect(enable_cap(&vm, 0), 0);
	expect(check_extension(vm.fd), 0);
	expect(check_extension(bare_kvm), KVM_SDEI_REGS_VERSION);
	/* It may be changed as long as nobody has relied on it. */
	expect(enable_cap(&vm, 1), 0);
	expect(check_extension(vm.fd), KVM_SDEI_REGS_VERSION);
	expect(enable_cap(&vm, 0), 0);
	expect_withheld(&vm);
	bare_vm_destroy(&vm);

	set_default(false);
	bare_vm_create(&vm, 1);
	expect(enable_cap(&vm, 1), 0);
	expect_offered(&vm);
	bare_vm_destroy(&vm);
	set_default(true);
}

static void bad_choices(void)
{
	struct kvm_enable_cap cap;
	struct bare_vm vm;
	unsigned int n;

	bare_vm_create(&vm, 1);
	for (n = 0; n < 6; n++) {
		memset(&cap, 0, sizeof(cap));
		cap.cap = KVM_CAP_SDEI;
		if (n == 4)
			cap.flags = 1;
		else if (n == 5)
			cap.args[0] = 1ULL << 32;
		else
			cap.args[n] = n ? 1 : 2;
		expect(ioctl(vm.fd, KVM_ENABLE_CAP, &cap), -1);
		expect(errno, EINVAL);
		expect(check_extension(vm.fd), KVM_SDEI_REGS_VERSION);
	}
	/* Nor have they settled anything. */
	expect(enable_cap(&vm, 0), 0);
	expect(enable_cap(&vm, 2), EINVAL);
	expect_withheld(&vm);
	bare_vm_destroy(&vm);
}

static void settled(void)
{
	struct bare_vm vm;
	u64 value;

	bare_vm_create(&vm, 1);
	expect(nr_listed(&vm, 0) > 0, true);
	expect(enable_cap(&vm, 0), EBUSY);
	expect(enable_cap(&vm, 1), 0);
	expect(enable_cap(&vm, 2), EINVAL);
	expect_offered(&vm);
	/* Also over a reset. */
	bare_vcpu_init(&vm, 0);
	expect(enable_cap(&vm, 0), EBUSY);
	bare_vm_destroy(&vm);

	bare_vm_create(&vm, 1);
	expect(call(&vm.vcpu[0], SDEI_VERSION, 0), VERSION(minor));
	expect(enable_cap(&vm, 0), EBUSY);
	bare_vm_destroy(&vm);

	bare_vm_create(&vm, 1);
	expect(bare_get(&vm.vcpu[0], PE, &value), 0);
	expect(enable_cap(&vm, 0), EBUSY);
	bare_vm_destroy(&vm);
}

static void list(void)
{
	u64 ids[MAX_REGS], value;
	unsigned int n, reg, m, seen;
	struct bare_vm vm;
	int nr;

	bare_vm_create(&vm, 2);
	for (n = 0; n < 2; n++) {
		nr = bare_list(&vm.vcpu[n], ids, MAX_REGS);
		expect(nr, n ? 50 : 59);
		for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++) {
			u64 id = KVM_REG_ARM_SDEI_REG(reg);
			bool exists = bare_has_reg(n, reg);

			for (m = seen = 0; (int)m < nr; m++)
				seen += ids[m] == id;
			expect(seen, exists);
			expect(bare_get(&vm.vcpu[n], id, &value), exists ? 0 : ENOENT);
			if (exists)
				expect(bare_set(&vm.vcpu[n], id, value), 0);
			else
				expect(bare_set(&vm.vcpu[n], id, 0), ENOENT);
		}
		/* Of this size only. */
		value = (PE & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U32;
		expect(bare_get(&vm.vcpu[n], value, &value) != 0, true);
	}
	bare_vm_destroy(&vm);
}

static void values(void)
{
	struct bare_vm vm;
	unsigned int n, reg;
	u64 value;

	bare_vm_create(&vm, 2);
	for (n = 0; n < 2; n++) {
		for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++) {
			if (!bare_has_reg(n, reg))
				continue;
			value = bare_read(&vm.vcpu[n], KVM_REG_ARM_SDEI_REG(reg));
			expect(value, reg == KVM_SDEI_REG_MINOR ? minor :
				      reg == KVM_SDEI_REG_PE ? KVM_SDEI_PE_MASKED : 0);
		}
	}
	expect(bare_set(&vm.vcpu[0], PE, 2), EINVAL);
	expect(bare_set(&vm.vcpu[0], EVENT_STATE(0), KVM_SDEI_STATE_ENABLED), EINVAL);
	expect(bare_set(&vm.vcpu[0], EVENT_STATE(0), KVM_SDEI_STATE_PENDING), EINVAL);
	expect(bare_set(&vm.vcpu[0], EVENT_STATE(0), KVM_SDEI_STATE_REGISTERED | 8), EINVAL);
	expect(bare_set(&vm.vcpu[0], PSTATE(0), RUNS(0) | 9), EINVAL);
	expect(bare_set(&vm.vcpu[0], PSTATE(0), RUNS(0) | 0xd), EINVAL);
	expect(bare_set(&vm.vcpu[0], PSTATE(0), RUNS(0) | 0x13), EINVAL);
	expect(bare_set(&vm.vcpu[0], PSTATE(0), RUNS(2) | 5), EINVAL);
	expect(bare_set(&vm.vcpu[0], PSTATE(0), RUNS(5) | 5), EINVAL);
	expect(bare_set(&vm.vcpu[0], PSTATE(1), RUNS(0) | 5), EINVAL);
	expect(bare_set(&vm.vcpu[0], MINOR, 2), EINVAL);
	for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
		if (bare_has_reg(0, reg) && reg != KVM_SDEI_REG_MINOR && reg != KVM_SDEI_REG_PE)
			expect(bare_read(&vm.vcpu[0], KVM_REG_ARM_SDEI_REG(reg)), 0);
	/* A shared event runs once. */
	expect(bare_set(&vm.vcpu[0], PSTATE(0), RUNS(3) | 5), 0);
	expect(bare_set(&vm.vcpu[1], PSTATE(0), RUNS(3) | 5), EINVAL);
	bare_vm_destroy(&vm);
}

/* The second vCPU is as unused as before, so that the first one's reset is the VM's. */
static void refused_value(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 2);
	bare_write(&vm.vcpu[0], EVENT_ENTRY(3), BARE_ADDRESS(bare_spin));
	bare_write(&vm.vcpu[0], EVENT_STATE(3), KVM_SDEI_STATE_REGISTERED);
	expect(bare_set(&vm.vcpu[1], PE, 2), EINVAL);
	bare_vcpu_init(&vm, 0);
	expect(call(&vm.vcpu[0], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_VM_NOTIFY), 0);
	bare_vm_destroy(&vm);
}

static void addresses(void)
{
	struct kvm_one_reg one = { .id = PE, .addr = 8 };
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	expect(ioctl(vm.vcpu[0].fd, KVM_GET_ONE_REG, &one), -1);
	expect(errno, EFAULT);
	expect(ioctl(vm.vcpu[0].fd, KVM_SET_ONE_REG, &one), -1);
	expect(errno, EFAULT);
	expect_offered(&vm);
	bare_vm_destroy(&vm);
}

static void versions(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	expect(bare_set(&vm.vcpu[0], MINOR, 0), 0);
	expect(bare_read(&vm.vcpu[0], MINOR), 0);
	expect(call(&vm.vcpu[0], SDEI_VERSION, 0), VERSION(0));
	expect(call(&vm.vcpu[0], SDEI_FEATURES, 1), 0);
	bare_vm_destroy(&vm);

	bare_vm_create(&vm, 1);
	expect(bare_set(&vm.vcpu[0], MINOR, 1), minor ? 0 : EINVAL);
	expect(call(&vm.vcpu[0], SDEI_VERSION, 0), VERSION(minor));
	bare_vm_destroy(&vm);
}

static void not_created(void)
{
	struct bare_vcpu vcpu;
	struct bare_vm vm;
	int before = holders_before();
	u64 ids[MAX_REGS];

	bare_vm_create(&vm, 1);
	expect(bare_vcpu_create(&vm, &vcpu, 0), EEXIST);
	expect(holders(), before);
	expect(check_extension(vm.fd), KVM_SDEI_REGS_VERSION);
	expect(nr_listed(&vm, 0), 59);
	expect(holders(), before + 1);
	bare_write(&vm.vcpu[0], EVENT_STATE(0), KVM_SDEI_STATE_REGISTERED);
	/* KVM destroys what it could not create: the VM is still there. */
	expect(bare_vcpu_create(&vm, &vcpu, 0), EEXIST);
	expect(bare_vcpu_create(&vm, &vcpu, 1 << 20), EINVAL);
	expect(holders() >= before + 1, true);
	expect(bare_read(&vm.vcpu[0], EVENT_STATE(0)), KVM_SDEI_STATE_REGISTERED);
	expect(nr_listed(&vm, 0), 59);
	expect(enable_cap(&vm, 0), EBUSY);
	/* One that is not initialised has no registers yet. */
	expect(bare_vcpu_create(&vm, &vm.vcpu[1], 1), 0);
	vm.nr_vcpus = 2;
	expect(bare_list(&vm.vcpu[1], ids, MAX_REGS), -ENOEXEC);
	bare_vcpu_init(&vm, 1);
	expect(nr_listed(&vm, 1), 50);
	expect(call(&vm.vcpu[1], SDEI_VERSION, 0), VERSION(minor));
	bare_vm_destroy(&vm);
	while (holders() > before)
		usleep(1000);
	expect(holders(), before);
}

/* Has KVM filter calls of the guest: false where it cannot, as older ones. */
static bool filter(struct bare_vm *vm, u32 base, u32 nr, u32 action)
{
	struct kvm_smccc_filter filter = {
		.base = base,
		.nr_functions = nr,
		.action = action,
	};
	struct kvm_device_attr attr = {
		.group = KVM_ARM_VM_SMCCC_CTRL,
		.attr = KVM_ARM_VM_SMCCC_FILTER,
		.addr = (unsigned long)&filter,
	};

	if (ioctl(vm->fd, KVM_HAS_DEVICE_ATTR, &attr))
		return false;
	expect(ioctl(vm->fd, KVM_SET_DEVICE_ATTR, &attr), 0);
	return true;
}

/* A VM whose VMM filters the call that SDEI is found by has no registers either. */
static void filtered(void)
{
	int before = holders_before();
	struct bare_vm vm;
	u64 value = 0;

	bare_vm_create(&vm, 1);
	if (filter(&vm, SDEI_VERSION, 1, KVM_SMCCC_FILTER_DENY)) {
		expect(check_extension(vm.fd), 0);
		expect(nr_listed(&vm, 0), 0);
		expect(bare_get(&vm.vcpu[0], PE, &value), ENOENT);
		expect(bare_set(&vm.vcpu[0], PE, KVM_SDEI_PE_MASKED), ENOENT);
		expect(call(&vm.vcpu[0], SDEI_VERSION, 0), NOT_SUPPORTED);
		expect(call(&vm.vcpu[0], SDEI_PE_UNMASK, 0), NOT_SUPPORTED);
		expect(holders(), before);
	}
	bare_vm_destroy(&vm);
}

/* One that filters others has SDEI without them. */
static void filtered_partly(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	if (filter(&vm, SDEI_EVENT_ENABLE, 1, KVM_SMCCC_FILTER_DENY) &&
	    filter(&vm, SDEI_PE_MASK, 1, KVM_SMCCC_FILTER_FWD_TO_USER)) {
		expect_offered(&vm);
		expect(call(&vm.vcpu[0], SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_SIGNAL), SUCCESS);
		expect(call(&vm.vcpu[0], SDEI_EVENT_ENABLE, KVM_SDEI_EVENT_SIGNAL), NOT_SUPPORTED);
		expect(call(&vm.vcpu[0], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_SIGNAL),
		       STATUS_REGISTERED);
		expect(call(&vm.vcpu[0], SDEI_PE_UNMASK, 0), SUCCESS);
		expect(bare_call_exit(&vm.vcpu[0], SDEI_PE_MASK), KVM_EXIT_HYPERCALL);
		expect(bare_read(&vm.vcpu[0], PE), 0);
	}
	bare_vm_destroy(&vm);
}

#define FILTERS		600
#define FIRST_FILTER	0xc6000000
#define ASKED		500

static bool filtering;
static unsigned int refused;

/* There the filter's lock sleeps, and who asks while it is changed may be refused. */
static bool is_rt(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.version, "PREEMPT_RT");
}

static void *ask(void *arg)
{
	struct bare_vcpu *vcpu = arg;
	bool lists = !is_rt() || !filtering;
	u64 ids[MAX_REGS], value;
	unsigned int n;

	for (n = 0; n < ASKED || __atomic_load_n(&filtering, __ATOMIC_RELAXED); n++) {
		/* What is counted is what is listed then, all of the registers. */
		if ((lists && bare_list(vcpu, ids, MAX_REGS) < 50) ||
		    bare_get(vcpu, PE, &value) || bare_set(vcpu, PE, KVM_SDEI_PE_MASKED))
			__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* A thread for each vCPU asks, before any of them has run, and so many filters are added. */
static void ask_all(struct bare_vm *vm, unsigned int filters)
{
	pthread_t thread[2];
	unsigned int n;

	refused = 0;
	filtering = filters;
	for (n = 0; n < ARRAY_SIZE(thread); n++)
		if (pthread_create(&thread[n], NULL, ask, &vm->vcpu[n]))
			die("a thread");
	for (n = 1; n <= filters; n++)
		filter(vm, FIRST_FILTER + 2 * n, 1, KVM_SMCCC_FILTER_FWD_TO_USER);
	__atomic_store_n(&filtering, false, __ATOMIC_RELAXED);
	for (n = 0; n < ARRAY_SIZE(thread); n++)
		pthread_join(thread[n], NULL);
}

static void filtered_asked(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 2);
	filter(&vm, FIRST_FILTER, 1, KVM_SMCCC_FILTER_FWD_TO_USER);
	ask_all(&vm, 0);
	expect(refused, 0);
	expect_offered(&vm);
	bare_vm_destroy(&vm);
}

/* KVM itself does not look at its filters while they change. */
static void filtered_meanwhile(void)
{
	struct bare_vm vm;
	unsigned int round;
	bool has_filters;

	for (round = 0; round < 4; round++) {
		bare_vm_create(&vm, 2);
		has_filters = filter(&vm, FIRST_FILTER, 1, KVM_SMCCC_FILTER_FWD_TO_USER);
		ask_all(&vm, has_filters ? FILTERS : 0);
		if (!is_rt())
			expect(refused, 0);
		expect_offered(&vm);
		expect(call(&vm.vcpu[0], FIRST_FILTER + 1, 0), NOT_SUPPORTED);
		if (has_filters)
			expect(bare_call_exit(&vm.vcpu[0], FIRST_FILTER), KVM_EXIT_HYPERCALL);
		bare_vm_destroy(&vm);
	}
}

/* CPU_OFF ends what the vCPU has of SDEI, but not if it is the VMM's, or nobody's. */
static void filtered_cpu_off(void)
{
	static const struct {
		u32 action, exit;
	} cases[] = {
		{ KVM_SMCCC_FILTER_DENY, KVM_EXIT_MMIO },
		{ KVM_SMCCC_FILTER_FWD_TO_USER, KVM_EXIT_HYPERCALL },
	};
	struct bare_vcpu *vcpu;
	struct bare_vm vm;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		bare_vm_create(&vm, 1);
		vcpu = &vm.vcpu[0];
		if (filter(&vm, PSCI_CPU_OFF, 1, cases[n].action)) {
			expect(call(vcpu, SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_SIGNAL), SUCCESS);
			expect(call(vcpu, SDEI_PE_UNMASK, 0), SUCCESS);
			expect(bare_call_exit(vcpu, PSCI_CPU_OFF), cases[n].exit);
			expect(bare_read(vcpu, PE), 0);
			expect(bare_read(vcpu, EVENT_STATE(0)), KVM_SDEI_STATE_REGISTERED);
		}
		bare_vm_destroy(&vm);
	}
}

/* Newer KVMs want all vCPUs of a VM alike. */
static void differing(void)
{
	struct kvm_vcpu_init init;
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	expect(bare_vcpu_create(&vm, &vm.vcpu[1], 1), 0);
	vm.nr_vcpus = 2;
	if (ioctl(vm.fd, KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_ARM_PREFERRED_TARGET");
	if (!ioctl(vm.vcpu[1].fd, KVM_ARM_VCPU_INIT, &init)) {
		expect(call(&vm.vcpu[0], SDEI_VERSION, 0), VERSION(minor));
		expect(call(&vm.vcpu[1], SDEI_VERSION, 0), NOT_SUPPORTED);
		expect(call(&vm.vcpu[1], SDEI_PE_UNMASK, 0), NOT_SUPPORTED);
		expect(bare_call(&vm.vcpu[0], SDEI_EVENT_SIGNAL, 0, 1, 0, 0, 0), SUCCESS);
		expect(nr_listed(&vm, 1), 0);
		expect(nr_listed(&vm, 0), 59);
	} else {
		expect(errno, EINVAL);
	}
	bare_vm_destroy(&vm);
}

struct saved {
	unsigned int nr[2];
	u64 id[2][MAX_REGS];
	u64 value[2][MAX_REGS];
};

static void save(struct bare_vm *vm, unsigned int n, struct saved *saved)
{
	unsigned int m;

	saved->nr[n] = bare_list(&vm->vcpu[n], saved->id[n], MAX_REGS);
	for (m = 0; m < saved->nr[n]; m++)
		saved->value[n][m] = bare_read(&vm->vcpu[n], saved->id[n][m]);
}

static void restore(struct bare_vm *vm, unsigned int n, const struct saved *saved)
{
	unsigned int m;

	for (m = 0; m < saved->nr[n]; m++)
		bare_write(&vm->vcpu[n], saved->id[n][m], saved->value[n][m]);
}

static void expect_saved(struct bare_vm *vm, unsigned int n, const struct saved *saved)
{
	unsigned int m;

	for (m = 0; m < saved->nr[n]; m++)
		expect(bare_read(&vm->vcpu[n], saved->id[n][m]), saved->value[n][m]);
}

/* Handlers run on both vCPUs, and events wait. */
static void make_busy(struct bare_vm *vm)
{
	unsigned int n;

	for (n = 0; n < 2; n++) {
		expect(call(&vm->vcpu[n], SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_SIGNAL), SUCCESS);
		expect(call(&vm->vcpu[n], SDEI_EVENT_ENABLE, KVM_SDEI_EVENT_SIGNAL), SUCCESS);
		expect(call(&vm->vcpu[n], SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_NMI), SUCCESS);
		if (!n)
			expect(call(&vm->vcpu[n], SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_VM_NMI),
			       SUCCESS);
	}
	for (n = 0; n < 2; n++) {
		bare_write(&vm->vcpu[n], PSTATE(0), RUNS(0) | 5);
		bare_write(&vm->vcpu[n], EVENT_STATE(0), KVM_SDEI_STATE_REGISTERED |
			   KVM_SDEI_STATE_ENABLED | KVM_SDEI_STATE_PENDING);
		bare_write(&vm->vcpu[n], CONTEXT(0, 17), 0x1717 + n);
		bare_write(&vm->vcpu[n], PE, 0);
		expect(call(&vm->vcpu[n], SDEI_EVENT_CONTEXT, 17), 0x1717 + n);
	}
}

static void expect_reset(struct bare_vm *vm)
{
	static const u32 events[] = {
		KVM_SDEI_EVENT_SIGNAL, KVM_SDEI_EVENT_NOTIFY, KVM_SDEI_EVENT_NMI,
		KVM_SDEI_EVENT_VM_NOTIFY, KVM_SDEI_EVENT_VM_NMI
	};
	unsigned int n, event;

	for (n = 0; n < 2; n++) {
		for (event = 0; event < ARRAY_SIZE(events); event++)
			expect(call(&vm->vcpu[n], SDEI_EVENT_STATUS, events[event]), 0);
		expect(call(&vm->vcpu[n], SDEI_EVENT_COMPLETE, 0), DENIED);
		expect(call(&vm->vcpu[n], SDEI_PE_MASK, 0), 0);
	}
}

/* QEMU resets the machine CPU by CPU, reads all registers of each, and writes those. */
static void reset_as_qemu_does(void)
{
	static struct saved saved;
	struct bare_vm vm;
	unsigned int n;

	bare_vm_create(&vm, 2);
	make_busy(&vm);
	for (n = 0; n < 2; n++) {
		bare_vcpu_init(&vm, n);
		save(&vm, n, &saved);
	}
	for (n = 0; n < 2; n++)
		restore(&vm, n, &saved);
	expect_reset(&vm);

	/* Also if the second one has been at it since the first one was reset. */
	make_busy(&vm);
	bare_vcpu_init(&vm, 0);
	save(&vm, 0, &saved);
	expect(call(&vm.vcpu[1], SDEI_EVENT_CONTEXT, 17), 0x1718);
	bare_vcpu_init(&vm, 1);
	save(&vm, 1, &saved);
	for (n = 0; n < 2; n++)
		restore(&vm, n, &saved);
	expect_reset(&vm);
	bare_vm_destroy(&vm);
}

/* What a VM is told of the version is no state of SDEI's, and no reset ends it. */
static void reset_keeps_version(void)
{
	static struct saved saved;
	struct bare_vm vm;
	unsigned int n;

	bare_vm_create(&vm, 2);
	bare_write(&vm.vcpu[0], MINOR, 0);
	make_busy(&vm);
	for (n = 0; n < 2; n++) {
		bare_vcpu_init(&vm, n);
		expect(bare_read(&vm.vcpu[0], MINOR), 0);
		save(&vm, n, &saved);
		expect(bare_read(&vm.vcpu[0], MINOR), 0);
	}
	for (n = 0; n < 2; n++) {
		restore(&vm, n, &saved);
		expect(bare_read(&vm.vcpu[0], MINOR), 0);
	}
	expect_reset(&vm);
	expect(call(&vm.vcpu[1], SDEI_VERSION, 0), VERSION(0));
	expect(bare_read(&vm.vcpu[0], MINOR), 0);
	bare_vm_destroy(&vm);
}

/* The guest had one vCPU start another, but its VMM resets the machine before that. */
static void reset_of_starting(void)
{
	struct bare_vm vm;
	unsigned int n;

	bare_vm_create(&vm, 2);
	make_busy(&vm);
	set_mp_state(&vm.vcpu[1], KVM_MP_STATE_STOPPED);
	expect(call(&vm.vcpu[0], PSCI_CPU_ON, 1), SUCCESS);
	for (n = 0; n < 2; n++)
		bare_vcpu_init(&vm, n);
	expect(bare_read(&vm.vcpu[0], EVENT_STATE(4)), 0);
	expect(call(&vm.vcpu[0], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_VM_NMI), 0);
	expect(bare_read(&vm.vcpu[0], EVENT_STATE(4)), 0);
	bare_vm_destroy(&vm);
}

/*
 * Or does not: reading the registers has KVM reset the vCPU that was started, and what
 * the guest has registered for all of its vCPUs stays.
 */
static void read_of_starting(void)
{
	unsigned int others;
	struct bare_vm vm;

	for (others = 0; others < 2; others++) {
		bare_vm_create(&vm, 2);
		if (others)
			make_busy(&vm);
		else
			expect(call(&vm.vcpu[0], SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_VM_NMI),
			       SUCCESS);
		expect(bare_read(&vm.vcpu[0], EVENT_STATE(4)), KVM_SDEI_STATE_REGISTERED);
		set_mp_state(&vm.vcpu[0], KVM_MP_STATE_STOPPED);
		expect(call(&vm.vcpu[1], PSCI_CPU_ON, 0), SUCCESS);
		expect(bare_read(&vm.vcpu[0], EVENT_STATE(0)), 0);
		expect(bare_read(&vm.vcpu[0], EVENT_STATE(4)), KVM_SDEI_STATE_REGISTERED);
		expect(call(&vm.vcpu[1], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_VM_NMI),
		       STATUS_REGISTERED);
		bare_vm_destroy(&vm);
	}
}

/* For a snapshot it reads them before, and writes them in the end. */
static void load_as_qemu_does(void)
{
	static struct saved saved, fresh;
	struct bare_vm vm, other;
	unsigned int n;

	bare_vm_create(&vm, 2);
	make_busy(&vm);
	for (n = 0; n < 2; n++)
		save(&vm, n, &saved);
	for (n = 0; n < 2; n++) {
		bare_vcpu_init(&vm, n);
		save(&vm, n, &fresh);
	}
	for (n = 0; n < 2; n++)
		restore(&vm, n, &fresh);
	for (n = 0; n < 2; n++)
		restore(&vm, n, &saved);
	for (n = 0; n < 2; n++)
		expect_saved(&vm, n, &saved);
	expect(call(&vm.vcpu[1], SDEI_EVENT_CONTEXT, 17), 0x1718);

	/* And a VM that has never been another takes it as well. */
	bare_vm_create(&other, 2);
	for (n = 2; n--;)
		restore(&other, n, &saved);
	for (n = 0; n < 2; n++)
		expect_saved(&other, n, &saved);
	expect(call(&other.vcpu[0], SDEI_EVENT_CONTEXT, 17), 0x1717);
	expect(call(&other.vcpu[0], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_VM_NMI), STATUS_REGISTERED);
	bare_vm_destroy(&other);
	bare_vm_destroy(&vm);
}

/* Others restore one vCPU before they initialise the next. */
static void restore_by_turns(void)
{
	static struct saved saved;
	struct bare_vm vm, other;
	unsigned int first, n;

	bare_vm_create(&vm, 2);
	make_busy(&vm);
	for (n = 0; n < 2; n++)
		save(&vm, n, &saved);
	for (first = 0; first < 2; first++) {
		bare_vm_create(&other, 2);
		restore(&other, first, &saved);
		bare_vcpu_init(&other, !first);
		restore(&other, !first, &saved);
		for (n = 0; n < 2; n++)
			expect_saved(&other, n, &saved);
		expect(call(&other.vcpu[1], SDEI_EVENT_CONTEXT, 17), 0x1718);
		for (n = 0; n < 2; n++)
			expect_saved(&other, n, &saved);
		bare_vm_destroy(&other);
	}
	bare_vm_destroy(&vm);
}

/* Once its vCPUs are at work what they share is theirs. */
static void live(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 2);
	make_busy(&vm);
	expect(bare_set(&vm.vcpu[0], EVENT_ENTRY(4), 0x1234), 0);
	expect(bare_read(&vm.vcpu[0], EVENT_ENTRY(4)), BARE_ADDRESS(bare_spin));
	expect(bare_set(&vm.vcpu[0], EVENT_STATE(4), 0), 0);
	expect(call(&vm.vcpu[1], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_VM_NMI), STATUS_REGISTERED);
	/* What is pending is not taken back. */
	expect(bare_set(&vm.vcpu[0], EVENT_STATE(0), KVM_SDEI_STATE_REGISTERED |
			KVM_SDEI_STATE_ENABLED), 0);
	expect(bare_read(&vm.vcpu[0], EVENT_STATE(0)), KVM_SDEI_STATE_REGISTERED |
	       KVM_SDEI_STATE_ENABLED | KVM_SDEI_STATE_PENDING);
	/* A handler without an entry is none, also in a vCPU that was at work before. */
	expect(bare_set(&vm.vcpu[1], EVENT_ENTRY(2), 0), 0);
	expect(bare_read(&vm.vcpu[1], EVENT_STATE(2)), KVM_SDEI_STATE_REGISTERED);
	expect(call(&vm.vcpu[1], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_NMI), 0);
	expect(call(&vm.vcpu[0], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_NMI), STATUS_REGISTERED);
	bare_vm_destroy(&vm);
}

static void ignore(int signal)
{
	(void)signal;
}

/* A thread of its own, and its number for /proc. */
struct writer {
	struct bare_vcpu *vcpu;
	pthread_t thread;
	pid_t tid;
	bool written;
};

static void *spin(void *arg)
{
	struct bare_vcpu *vcpu = arg;

	while (bare_run(vcpu) != EINTR)
		;
	return NULL;
}

static void *write_pe(void *arg)
{
	struct writer *writer = arg;

	__atomic_store_n(&writer->tid, gettid(), __ATOMIC_SEQ_CST);
	bare_write(writer->vcpu, PE, 0);
	__atomic_store_n(&writer->written, true, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Waits for a lock of the kernel's, as nothing else in this program does. */
static bool is_blocked(struct writer *writer)
{
	pid_t tid = __atomic_load_n(&writer->tid, __ATOMIC_SEQ_CST);
	char path[64], state = 0;
	FILE *file;

	if (!tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d %*s %c", &state) != 1)
		die(path);
	fclose(file);
	return state == 'D';
}

static void running(void)
{
	struct sigaction action = { .sa_handler = ignore };
	struct writer writer = { .vcpu = NULL };
	struct bare_vm vm;
	pthread_t runner;

	sigaction(SIGUSR1, &action, NULL);
	bare_vm_create(&vm, 1);
	expect(call(&vm.vcpu[0], SDEI_VERSION, 0), VERSION(minor));
	writer.vcpu = &vm.vcpu[0];
	if (pthread_create(&runner, NULL, spin, &vm.vcpu[0]))
		die("thread");
	/* Let it be in the guest, which spins. */
	usleep(100000);
	if (pthread_create(&writer.thread, NULL, write_pe, &writer))
		die("thread");
	while (!is_blocked(&writer) && !__atomic_load_n(&writer.written, __ATOMIC_SEQ_CST))
		usleep(1000);
	usleep(100000);
	expect(__atomic_load_n(&writer.written, __ATOMIC_SEQ_CST), false);

	__atomic_store_n(&vm.vcpu[0].run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(runner, SIGUSR1);
	pthread_join(runner, NULL);
	pthread_join(writer.thread, NULL);
	expect(writer.written, true);
	expect(bare_read(&vm.vcpu[0], PE), 0);
	bare_vm_destroy(&vm);
}

/* SYSTEM_SUSPEND ends with an event, as with an interrupt, and the VMM is told. */
static void suspended(void)
{
	struct bare_vcpu *vcpu;
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	vcpu = &vm.vcpu[0];
	expect(call(vcpu, SDEI_EVENT_REGISTER, KVM_SDEI_EVENT_SIGNAL), SUCCESS);
	expect(call(vcpu, SDEI_EVENT_ENABLE, KVM_SDEI_EVENT_SIGNAL), SUCCESS);
	expect(call(vcpu, SDEI_PE_UNMASK, 0), SUCCESS);
	set_mp_state(vcpu, KVM_MP_STATE_SUSPENDED);
	raise_event("vcpu-0/raise", KVM_SDEI_EVENT_SIGNAL);
	/* One that is not woken is not to keep this program for ever. */
	interrupt_every(60);
	expect(bare_run(vcpu), 0);
	interrupt_every(0);
	expect(vcpu->run->exit_reason, KVM_EXIT_SYSTEM_EVENT);
	expect(vcpu->run->system_event.type, KVM_SYSTEM_EVENT_WAKEUP);
	expect(bare_read(vcpu, EVENT_STATE(0)), KVM_SDEI_STATE_REGISTERED |
	       KVM_SDEI_STATE_ENABLED | KVM_SDEI_STATE_PENDING);
	bare_vm_destroy(&vm);
}

static const struct test tests[] = {
	{ "SDEI is offered by default, to who first asks then", by_default },
	{ "a VMM can choose for its VM", by_choice },
	{ "but only one of the two", bad_choices },
	{ "and not when the VM knows already", settled },
	{ "the registers are those of the header", list },
	{ "as after a reset, and nothing impossible", values },
	{ "a refused value changes nothing", refused_value },
	{ "addresses without memory", addresses },
	{ "a version is as high as the module's at most", versions },
	{ "vCPUs that cannot be created", not_created },
	{ "a VM whose VMM filters SDEI_VERSION", filtered },
	{ "a VM whose VMM filters other calls", filtered_partly },
	{ "a VM whose VMM filters CPU_OFF", filtered_cpu_off },
	{ "a VM whose VMM filters calls, and asks from all threads", filtered_asked },
	{ "a VM whose VMM filters calls while it asks", filtered_meanwhile },
	{ "a vCPU of PSCI 0.1 beside one that is served", differing },
	{ "a reset in QEMU's order", reset_as_qemu_does },
	{ "which keeps the version", reset_keeps_version },
	{ "a reset while a vCPU is being started", reset_of_starting },
	{ "a vCPU that is being started is read", read_of_starting },
	{ "loading a snapshot in QEMU's order", load_as_qemu_does },
	{ "restoring vCPU by vCPU", restore_by_turns },
	{ "a VM that is live", live },
	{ "a vCPU that runs cannot be written to", running },
	{ "a suspended VM wakes up", suspended },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		minor = atoi(argv[1]);
	bare_start();
	return run_tests(tests, ARRAY_SIZE(tests));
}
