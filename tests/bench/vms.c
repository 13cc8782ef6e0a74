// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: vms round
 *        vms raise VMS VCPUS
 *        vms load MODULE
 *
 * What VMs, many of them, and the module itself cost the host, in nanoseconds of
 * the counter and as bench.c prints it: "# figure NAME VALUE", the median of many.
 *   round    a VM with one vCPU, from its creation over SDEI calls to its end
 *   raise    raising an event, with so many VMs of so many vCPUs each that use
 *            SDEI, and the kernel's memory for one of those vCPUs
 *   load     loading a module and unloading it
 *
 * The guests run without MMU. Each access to an address without memory ends
 * KVM_RUN.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "vms.h"

#define RAM	0x40000000UL
#define SAMPLES	51

struct vcpu {
	int fd;
	struct kvm_run *run;
};

struct vm {
	int fd;
	struct vcpu *vcpus;
};

static int kvm, run_size;
static void *ram;

static void die(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "vms: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned long counter(void)
{
	unsigned long now;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

static unsigned long nanoseconds(unsigned long ticks)
{
	unsigned long frequency;

	asm("mrs %0, cntfrq_el0" : "=r"(frequency));
	return ticks * 1000000000 / frequency;
}

static int compare(const void *a, const void *b)
{
	unsigned long first = *(unsigned long *)a, second = *(unsigned long *)b;

	return first < second ? -1 : first > second;
}

static unsigned long median(unsigned long *samples, unsigned int nr)
{
	qsort(samples, nr, sizeof(*samples), compare);
	return nanoseconds(samples[nr / 2]);
}

static int call(int fd, unsigned long request, unsigned long arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die(what);
	return ret;
}

static void vcpu_create(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = &vm->vcpus[id];
	struct kvm_vcpu_init init;
	unsigned long pc = RAM;
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      offsetof(struct kvm_regs, regs.pc) / sizeof(__u32),
		.addr = (unsigned long)&pc,
	};

	vcpu->fd = call(vm->fd, KVM_CREATE_VCPU, id, "KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("kvm_run");
	call(vm->fd, KVM_ARM_PREFERRED_TARGET, (unsigned long)&init, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	call(vcpu->fd, KVM_ARM_VCPU_INIT, (unsigned long)&init, "KVM_ARM_VCPU_INIT");
	call(vcpu->fd, KVM_SET_ONE_REG, (unsigned long)&reg, "KVM_SET_ONE_REG");
}

/* Until the guest makes an access; gives its address. */
static unsigned long vcpu_run(struct vcpu *vcpu)
{
	call(vcpu->fd, KVM_RUN, 0, "KVM_RUN");
	if (vcpu->run->exit_reason != KVM_EXIT_MMIO) {
		errno = EPROTO;
		die("not the exit that was expected");
	}
	return vcpu->run->mmio.phys_addr;
}

static void vm_create(struct vm *vm, unsigned int nr_vcpus)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = RAM,
		.memory_size = 4096,
		.userspace_addr = (unsigned long)ram,
	};
	unsigned int n;

	vm->fd = call(kvm, KVM_CREATE_VM, 0, "KVM_CREATE_VM");
	call(vm->fd, KVM_SET_USER_MEMORY_REGION, (unsigned long)&region,
	     "KVM_SET_USER_MEMORY_REGION");
	vm->vcpus = calloc(nr_vcpus, sizeof(*vm->vcpus));
	for (n = 0; n < nr_vcpus; n++)
		vcpu_create(vm, n);
}

static void vm_destroy(struct vm *vm, unsigned int nr_vcpus)
{
	unsigned int n;

	for (n = 0; n < nr_vcpus; n++) {
		munmap(vm->vcpus[n].run, run_size);
		close(vm->vcpus[n].fd);
	}
	close(vm->fd);
	free(vm->vcpus);
}

static void round_trips(void)
{
	const struct sched_param param = { 0 };
	unsigned long samples[SAMPLES], start;
	struct vm vm;
	int n;

	/*
	 * The guest repeats its first call until a worker has made its state. Here that has to
	 * share the only CPU, and would wait for the end of a slice, which comes as it may.
	 */
	if (sched_setscheduler(0, SCHED_IDLE, &param))
		die("sched_setscheduler");
	for (n = 0; n < SAMPLES; n++) {
		start = counter();
		vm_create(&vm, 1);
		vcpu_run(&vm.vcpus[0]);
		vm_destroy(&vm, 1);
		samples[n] = counter() - start;
	}
	printf("# figure vm_round %lu\n", median(samples, SAMPLES));
}

/* What the kernel has allocated, in bytes. */
static unsigned long slabs(void)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	unsigned long sum = 0, used, size;
	char line[512];

	if (!file)
		die("/proc/slabinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu %*u %lu", &used, &size) == 2)
			sum += used * size;
	fclose(file);
	return sum;
}

static void raise_event(unsigned int nr_vms, unsigned int nr_vcpus)
{
	unsigned long refused[SAMPLES], written[SAMPLES], handled[SAMPLES], before, start;
	struct vm *vms = calloc(nr_vms, sizeof(*vms));
	unsigned int n, m;
	struct vcpu *vcpu;
	char path[128];
	int fd;

	for (n = 0; n < nr_vms; n++)
		vm_create(&vms[n], nr_vcpus);
	before = slabs();
	/* The newest one's first: its folder in sysfs has no number. */
	for (n = nr_vms; n--;)
		for (m = 0; m < nr_vcpus; m++)
			vcpu_run(&vms[n].vcpus[m]);
	printf("# figure bytes_per_vcpu_%u_%u %ld\n", nr_vms, nr_vcpus,
	       (long)(slabs() - before) / (nr_vms * nr_vcpus));

	snprintf(path, sizeof(path), "/sys/kernel/kvm_sdei/kvm-%d/vcpu-%u/raise",
		 getpid(), nr_vcpus - 1);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		die(path);
	vcpu = &vms[nr_vms - 1].vcpus[nr_vcpus - 1];
	for (n = 0; n < SAMPLES; n++) {
		start = counter();
		if (pwrite(fd, "1\n", 2, 0) >= 0 || errno != EINVAL)
			die("an event that does not exist is not refused");
		refused[n] = counter() - start;
		start = counter();
		if (pwrite(fd, "0\n", 2, 0) != 2)
			die(path);
		written[n] = counter() - start;
		if (vcpu_run(vcpu) != IN_HANDLER)
			die("the handler does not run");
		handled[n] = counter() - start;
		if (vcpu_run(vcpu) != OUTSIDE)
			die("the handler does not end");
	}
	printf("# figure raise_refused_%u_%u %lu\n", nr_vms, nr_vcpus,
	       median(refused, SAMPLES));
	printf("# figure raise_%u_%u %lu\n", nr_vms, nr_vcpus, median(written, SAMPLES));
	printf("# figure raise_and_run_%u_%u %lu\n", nr_vms, nr_vcpus,
	       median(handled, SAMPLES));
	close(fd);
	for (n = 0; n < nr_vms; n++)
		vm_destroy(&vms[n], nr_vcpus);
}

static void load_and_unload(const char *path)
{
	unsigned long loads[5], unloads[5], start;
	unsigned int n;
	int fd;

	for (n = 0; n < 5; n++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		start = counter();
		if (syscall(SYS_finit_module, fd, "", 0))
			die(path);
		loads[n] = counter() - start;
		close(fd);
		start = counter();
		if (syscall(SYS_delete_module, "kvm_sdei", 0))
			die("unloading");
		unloads[n] = counter() - start;
	}
	printf("# figure load %lu\n", median(loads, 5));
	printf("# figure unload %lu\n", median(unloads, 5));
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &files);
	kvm = open("/dev/kvm", O_RDWR);
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	ram = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (kvm < 0 || run_size < 0 || ram == MAP_FAILED)
		die("/dev/kvm");
	memcpy(ram, vms_guest, vms_guest_end - vms_guest);

	if (argc == 2 && !strcmp(argv[1], "round"))
		round_trips();
	else if (argc == 4 && !strcmp(argv[1], "raise"))
		raise_event(atoi(argv[2]), atoi(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "load"))
		load_and_unload(argv[2]);
	else
		die("usage");
	return 0;
}
