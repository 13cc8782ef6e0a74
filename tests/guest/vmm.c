// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: vmm [option...] IMAGE [WORD...]
 *
 * A small VMM: runs a flat image on a machine with 16 MiB of memory, up to eight
 * vCPUs and KVM's GICv3, and serves it as service.h says. The words are the
 * image's to read. What it prints goes to the standard output.
 *   --cpus N           vCPUs (1)
 *   --no-gic           no interrupt controller
 *   --aarch32          the image is for AArch32
 *   --el2              the image runs at EL2 (nested virtualisation)
 *   --protected        the VM is a protected one
 *   --psci-0.1         vCPUs have the calls of PSCI 0.1
 *   --filter WHAT      of SDEI's calls: deny or forward (to this VMM)
 *   --carry ORDER      the machine is saved and restored at each step of its guest,
 *                      with SDEI's registers in this order: forward, backward, random
 *   --every N          only at one of N steps, as chance has it (1)
 *   --bequeath         in the end another process keeps the VM
 *   --minor N          the module was told to report version 1.N (1)
 *   --limit SECONDS    how long a test may take (60)
 *
 * SIGUSR2 tells a guest that asks for it (FACT_TOLD) to end.
 *
 * Ends with the status that the image gives; 77 if KVM cannot do what is asked
 * for, 99 if something is wrong here.
 *
 * The main thread makes the machine, resets it and watches over it; each vCPU
 * has a thread of its own (vcpu.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define STATUS_SKIP	77
#define STATUS_ERROR	99
#define STATUS_WATCHDOG	98

/* What takes longer is said to; it may be the emulator's fault, in seconds. */
#define SLOW		4

#define SDEI_FIRST	0xc4000020
#define SDEI_COUNT	0x20

struct machine machine = {
	.nr_vcpus = 1,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.raising = PTHREAD_MUTEX_INITIALIZER,
	.gic = true,
	.every = 1,
	.minor = 1,
	.limit = 60,
};

/**
 * die() - end because something that cannot go wrong went wrong
 * @what: what
 */
void die(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	_exit(STATUS_ERROR);
}

static void skip(const char *what)
{
	printf("1..0 # SKIP %s\n", what);
	exit(STATUS_SKIP);
}

int vm_ioctl(unsigned long request, void *arg)
{
	return ioctl(machine.vm, request, arg);
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/**
 * machine_exit() - the guest has ended
 * @status: its status
 */
void machine_exit(int status)
{
	pthread_mutex_lock(&machine.lock);
	machine.done = true;
	machine.status = status;
	machine.stopping = true;
	pthread_cond_broadcast(&machine.changed);
	pthread_mutex_unlock(&machine.lock);
}

/**
 * machine_reset() - have the machine reset
 * @boot: what to tell the image
 */
void machine_reset(unsigned int boot)
{
	pthread_mutex_lock(&machine.lock);
	machine.reset = true;
	machine.boot = boot;
	machine.stopping = true;
	pthread_cond_broadcast(&machine.changed);
	pthread_mutex_unlock(&machine.lock);
}

/**
 * machine_watch() - a test begins
 * @test: its name
 */
void machine_watch(const char *test)
{
	long took;

	pthread_mutex_lock(&machine.lock);
	took = now() + machine.limit - machine.deadline;
	if (machine.deadline && took >= SLOW)
		printf("# %s: took %ld s\n", machine.test, took);
	snprintf(machine.test, sizeof(machine.test), "%s", test);
	machine.deadline = now() + machine.limit;
	pthread_mutex_unlock(&machine.lock);
}

static void load(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t loaded = 0;
	ssize_t len;

	if (fd < 0)
		die(path);
	while ((len = read(fd, machine.ram + loaded, RAM_SIZE - loaded)) > 0)
		loaded += len;
	if (len < 0 || loaded == RAM_SIZE)
		die(path);
	close(fd);
}

static void add_ram(void)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = RAM_BASE,
		.memory_size = RAM_SIZE,
	};

	machine.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (machine.ram == MAP_FAILED)
		die("memory");
	region.userspace_addr = (unsigned long)machine.ram;
	if (vm_ioctl(KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
}

/* Where memory can have tags, the guest may use them. */
static void allow_tags(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_MTE };

	if (vm_ioctl(KVM_CHECK_EXTENSION, (void *)KVM_CAP_ARM_MTE) > 0 &&
	    vm_ioctl(KVM_ENABLE_CAP, &cap))
		die("KVM_CAP_ARM_MTE");
}

static void set_filter(void)
{
	struct kvm_smccc_filter filter = {
		.base = SDEI_FIRST,
		.nr_functions = SDEI_COUNT,
		.action = machine.filter == FILTER_DENY ? KVM_SMCCC_FILTER_DENY :
							  KVM_SMCCC_FILTER_FWD_TO_USER,
	};
	struct kvm_device_attr attr = {
		.group = KVM_ARM_VM_SMCCC_CTRL,
		.attr = KVM_ARM_VM_SMCCC_FILTER,
		.addr = (unsigned long)&filter,
	};

	if (vm_ioctl(KVM_HAS_DEVICE_ATTR, &attr))
		skip("this KVM has no filter of hypercalls");
	if (vm_ioctl(KVM_SET_DEVICE_ATTR, &attr))
		die("KVM_ARM_VM_SMCCC_FILTER");
}

static void set_gic_attr(int fd, u32 group, u64 number, void *value)
{
	struct kvm_device_attr attr = {
		.group = group,
		.attr = number,
		.addr = (unsigned long)value,
	};

	if (ioctl(fd, KVM_SET_DEVICE_ATTR, &attr))
		die("GICv3");
}

/* The vCPUs must exist. */
static void add_gic(void)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	u64 distributor = GICD_BASE, redistributors = GICR_BASE;

	if (vm_ioctl(KVM_CREATE_DEVICE, &device)) {
		machine.gic = false;
		return;
	}
	set_gic_attr(device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
		     &distributor);
	set_gic_attr(device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
		     &redistributors);
	set_gic_attr(device.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
		     NULL);
}

static void reset_vcpus(void)
{
	unsigned int n;

	for (n = 0; n < machine.nr_vcpus; n++)
		vcpu_init(&machine.vcpu[n], machine.boot);
}

/* In a thread that is not the process's first, as a large VMM may do it. */
static void *create_vm(void *kvm)
{
	machine.vm = ioctl(*(int *)kvm, KVM_CREATE_VM,
			   machine.is_protected ? KVM_VM_TYPE_ARM_PROTECTED : 0);
	if (machine.vm < 0)
		machine.vm = -errno;
	return NULL;
}

static void create(const char *image)
{
	int kvm = open("/dev/kvm", O_RDWR);
	pthread_t thread;
	unsigned int n;
	int size;

	if (kvm < 0)
		die("/dev/kvm");
	if (pthread_create(&thread, NULL, create_vm, &kvm) || pthread_join(thread, NULL))
		die("thread");
	if (machine.vm == -EINVAL && machine.is_protected)
		skip("this KVM has no protected VMs");
	errno = -machine.vm;
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (machine.vm < 0 || size < 0)
		die("KVM_CREATE_VM");
	if (machine.aarch32 && ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL1_32BIT) <= 0)
		skip("EL1 cannot be AArch32 on this CPU");
	if (machine.el2 && ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL2) <= 0)
		skip("this KVM has no nested virtualisation");

	add_ram();
	load(image);
	if (!machine.aarch32)
		allow_tags();
	if (machine.filter)
		set_filter();
	for (n = 0; n < machine.nr_vcpus; n++)
		vcpu_create(&machine.vcpu[n], n, size);
	if (machine.gic)
		add_gic();
	reset_vcpus();
}

/* With the lock held. Who waits for a change lets itself be stopped. */
static void stop_all(void)
{
	unsigned int n;

	machine.stopping = true;
	pthread_cond_broadcast(&machine.changed);
	for (n = 0; n < machine.nr_vcpus; n++) {
		while (!machine.vcpu[n].stopped) {
			struct timespec soon;

			/* Again and again: a kick may come just too early. */
			vcpu_kick(&machine.vcpu[n]);
			clock_gettime(CLOCK_REALTIME, &soon);
			soon.tv_nsec += 10000000;
			if (soon.tv_nsec >= 1000000000) {
				soon.tv_nsec -= 1000000000;
				soon.tv_sec++;
			}
			pthread_cond_timedwait(&machine.changed, &machine.lock, &soon);
		}
	}
}

static void resume_all(void)
{
	unsigned int n;

	for (n = 0; n < machine.nr_vcpus; n++)
		machine.vcpu[n].stopped = false;
	machine.stopping = false;
	pthread_cond_broadcast(&machine.changed);
}

/* Reset like a VMM for PSCI's SYSTEM_RESET; memory stays. With the lock held. */
static void reset_all(void)
{
	unsigned int n;

	stop_all();
	for (n = 0; n < machine.nr_vcpus; n++) {
		machine.vcpu[n].paused = false;
		machine.vcpu[n].raise_later = false;
		vcpu_step(&machine.vcpu[n], false);
		machine.vcpu[n].on = false;
		/* Or KVM would skip the instruction at its new PC. */
		vcpu_finish_exit(&machine.vcpu[n]);
	}
	memset(machine.semaphore, 0, sizeof(machine.semaphore));
	reset_vcpus();
	machine.reset = false;
	machine.carrying = false;
	resume_all();
}

static void report_all(void)
{
	unsigned int n;

	stop_all();
	printf("# %s: no end after %ld s\n", machine.test, machine.limit);
	for (n = 0; n < machine.nr_vcpus; n++) {
		struct vcpu *vcpu = &machine.vcpu[n];

		vcpu_finish_exit(vcpu);
		printf("# CPU %u: pc %#llx pstate %#llx x0 %#llx x29 %#llx x30 %#llx sp %#llx elr %#llx\n",
		       n, vcpu_get(vcpu, CORE_REG(regs.pc)),
		       vcpu_get(vcpu, CORE_REG(regs.pstate)),
		       vcpu_get(vcpu, CORE_REG(regs.regs[0])),
		       vcpu_get(vcpu, CORE_REG(regs.regs[29])),
		       vcpu_get(vcpu, CORE_REG(regs.regs[30])),
		       vcpu_get(vcpu, CORE_REG(sp_el1)),
		       vcpu_get(vcpu, CORE_REG(elr_el1)));
	}
	fflush(stdout);
}

/* Two bites in a row without a test in between end it all. */
static void bite(void)
{
	report_all();
	if (machine.aarch32 || machine.boot == BOOT_WATCHDOG) {
		machine.done = true;
		machine.status = STATUS_WATCHDOG;
		return;
	}
	machine.boot = BOOT_WATCHDOG;
	machine.deadline = now() + machine.limit;
	reset_all();
}

/* As for a migration, which ends where it began. With the lock held. */
static void carry(void)
{
	stop_all();
	carry_all();
	resume_all();
}

static void watch(void)
{
	pthread_mutex_lock(&machine.lock);
	while (!machine.done) {
		struct timespec second;

		if (machine.reset)
			reset_all();
		else if (now() >= machine.deadline)
			bite();
		else if (machine.carrying)
			carry();
		if (machine.done)
			break;
		clock_gettime(CLOCK_REALTIME, &second);
		second.tv_sec++;
		pthread_cond_timedwait(&machine.changed, &machine.lock, &second);
	}
	stop_all();
	pthread_mutex_unlock(&machine.lock);
}

static enum carry carry_order(const char *name)
{
	if (!strcmp(name, "forward"))
		return CARRY_FORWARD;
	if (!strcmp(name, "backward"))
		return CARRY_BACKWARD;
	if (!strcmp(name, "random"))
		return CARRY_RANDOM;
	die("usage");
}

static void parse(int argc, char **argv)
{
	enum { CPUS, NO_GIC, AARCH32, EL2, PROTECTED, PSCI_0_1, FILTER, CARRY, EVERY,
	       BEQUEATH, MINOR, LIMIT };
	static const struct option options[] = {
		[CPUS] = { "cpus", required_argument, NULL, 0 },
		[NO_GIC] = { "no-gic", no_argument, NULL, 0 },
		[AARCH32] = { "aarch32", no_argument, NULL, 0 },
		[EL2] = { "el2", no_argument, NULL, 0 },
		[PROTECTED] = { "protected", no_argument, NULL, 0 },
		[PSCI_0_1] = { "psci-0.1", no_argument, NULL, 0 },
		[FILTER] = { "filter", required_argument, NULL, 0 },
		[CARRY] = { "carry", required_argument, NULL, 0 },
		[EVERY] = { "every", required_argument, NULL, 0 },
		[BEQUEATH] = { "bequeath", no_argument, NULL, 0 },
		[MINOR] = { "minor", required_argument, NULL, 0 },
		[LIMIT] = { "limit", required_argument, NULL, 0 },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	errno = EINVAL;
	while (!getopt_long(argc, argv, "+", options, &option)) {
		switch (option) {
		case CPUS:
			machine.nr_vcpus = atoi(optarg);
			break;
		case NO_GIC:
			machine.gic = false;
			break;
		case AARCH32:
			machine.aarch32 = true;
			break;
		case EL2:
			machine.el2 = true;
			break;
		case PROTECTED:
			machine.is_protected = true;
			break;
		case PSCI_0_1:
			machine.psci_0_1 = true;
			break;
		case FILTER:
			machine.filter = strcmp(optarg, "deny") ? FILTER_FORWARD : FILTER_DENY;
			break;
		case CARRY:
			machine.carry = carry_order(optarg);
			break;
		case EVERY:
			machine.every = atoi(optarg);
			break;
		case BEQUEATH:
			machine.bequeath = true;
			break;
		case MINOR:
			machine.minor = atoi(optarg);
			break;
		case LIMIT:
			machine.limit = atoi(optarg);
			break;
		}
	}
	if (optind >= argc || !machine.nr_vcpus || machine.nr_vcpus > MAX_CPUS)
		die("usage");
	machine.args = argv + optind + 1;
	machine.nr_args = argc - optind - 1;
}

static void tell(int signal)
{
	(void)signal;
	__atomic_store_n(&machine.told, true, __ATOMIC_SEQ_CST);
}

/* Another process has the VM's files then, and waits to be killed. */
static void bequeath(void)
{
	if (fork())
		return;
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	unsigned int n;

	parse(argc, argv);
	signal(SIGUSR2, tell);
	setvbuf(stdout, NULL, _IOLBF, 0);
	pthread_cond_init(&machine.changed, NULL);
	create(argv[optind]);
	machine_watch("start");
	carry_start();
	raise_start();
	for (n = 0; n < machine.nr_vcpus; n++)
		vcpu_start(&machine.vcpu[n]);
	watch();
	carry_report();
	fflush(stdout);
	if (machine.bequeath)
		bequeath();
	return machine.status;
}
