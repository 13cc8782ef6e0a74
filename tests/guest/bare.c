// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs, their registers and calls, for programs that look at them from the outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bare.h"

int bare_kvm;

static int run_size;
static unsigned int reported;

/**
 * die() - end because something that cannot go wrong went wrong
 * @what: what
 */
void die(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(99);
}

/**
 * report() - a test has ended
 * @ok: it has passed
 * @name: its name
 */
void report(bool ok, const char *name)
{
	printf("%sok - %s\n", ok ? "" : "not ", name);
	reported++;
}

/**
 * report_end() - all tests have ended
 *
 * Return: what to end with.
 */
int report_end(void)
{
	printf("1..%u\n", reported);
	return 0;
}

/**
 * bare_start() - get ready for VMs
 */
void bare_start(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	bare_kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (bare_kvm < 0)
		die("/dev/kvm");
	run_size = ioctl(bare_kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_size < 0)
		die("KVM_GET_VCPU_MMAP_SIZE");
}

/**
 * bare_vcpu_create() - make a vCPU, which is not initialised
 * @vm: its VM
 * @vcpu: to be filled
 * @id: its id
 *
 * Return: 0 or the error.
 */
int bare_vcpu_create(struct bare_vm *vm, struct bare_vcpu *vcpu, unsigned int id)
{
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return errno;
	vcpu->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("kvm_run");
	return 0;
}

/**
 * bare_vcpu_init() - initialise or reset a vCPU
 * @vm: its VM
 * @n: its id
 */
void bare_vcpu_init(struct bare_vm *vm, unsigned int n)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	if (ioctl(vm->vcpu[n].fd, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT");
}

/**
 * bare_vm_create() - make a VM with the guest in its memory
 * @vm: to be filled
 * @nr_vcpus: how many vCPUs it is to have; they are initialised
 */
void bare_vm_create(struct bare_vm *vm, unsigned int nr_vcpus)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = BARE_RAM,
		.memory_size = BARE_RAM_SIZE,
	};
	unsigned int n;

	vm->fd = ioctl(bare_kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		die("KVM_CREATE_VM");
	vm->ram = mmap(NULL, BARE_RAM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->ram == MAP_FAILED)
		die("memory");
	memcpy(vm->ram, bare_guest, bare_guest_end - bare_guest);
	region.userspace_addr = (unsigned long)vm->ram;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	vm->nr_vcpus = nr_vcpus;
	for (n = 0; n < nr_vcpus; n++)
		if (bare_vcpu_create(vm, &vm->vcpu[n], n))
			die("KVM_CREATE_VCPU");
	for (n = 0; n < nr_vcpus; n++)
		bare_vcpu_init(vm, n);
}

/**
 * bare_vm_destroy() - end a VM
 * @vm: the VM
 */
void bare_vm_destroy(struct bare_vm *vm)
{
	unsigned int n;

	for (n = 0; n < vm->nr_vcpus; n++) {
		munmap(vm->vcpu[n].run, run_size);
		close(vm->vcpu[n].fd);
	}
	close(vm->fd);
	munmap(vm->ram, BARE_RAM_SIZE);
}

/**
 * bare_get() - read a register
 * @vcpu: whose
 * @id: its id
 * @value: to be filled
 *
 * Return: 0 or the error.
 */
int bare_get(struct bare_vcpu *vcpu, u64 id, u64 *value)
{
	struct kvm_one_reg one = { .id = id, .addr = (unsigned long)value };

	return ioctl(vcpu->fd, KVM_GET_ONE_REG, &one) ? errno : 0;
}

/**
 * bare_set() - write a register
 * @vcpu: whose
 * @id: its id
 * @value: its value
 *
 * Return: 0 or the error.
 */
int bare_set(struct bare_vcpu *vcpu, u64 id, u64 value)
{
	struct kvm_one_reg one = { .id = id, .addr = (unsigned long)&value };

	return ioctl(vcpu->fd, KVM_SET_ONE_REG, &one) ? errno : 0;
}

/* Those that there are. */
u64 bare_read(struct bare_vcpu *vcpu, u64 id)
{
	u64 value = 0;

	errno = bare_get(vcpu, id, &value);
	if (errno)
		die("KVM_GET_ONE_REG");
	return value;
}

void bare_write(struct bare_vcpu *vcpu, u64 id, u64 value)
{
	errno = bare_set(vcpu, id, value);
	if (errno)
		die("KVM_SET_ONE_REG");
}

/**
 * bare_list() - list the registers of SDEI
 * @vcpu: whose
 * @ids: to be filled
 * @max: how many there is room for
 *
 * Return: how many KVM lists, or a negative error.
 */
int bare_list(struct bare_vcpu *vcpu, u64 *ids, unsigned int max)
{
	struct kvm_reg_list count = { .n = 0 }, *list;
	unsigned int n, nr = 0;

	if (!ioctl(vcpu->fd, KVM_GET_REG_LIST, &count) || errno != E2BIG)
		return -errno;
	list = malloc(sizeof(*list) + count.n * sizeof(list->reg[0]));
	list->n = count.n;
	if (ioctl(vcpu->fd, KVM_GET_REG_LIST, list) || list->n != count.n)
		die("KVM_GET_REG_LIST");
	for (n = 0; n < list->n; n++)
		if (list->reg[n] >= KVM_REG_ARM_SDEI &&
		    list->reg[n] < KVM_REG_ARM_SDEI_REG(KVM_SDEI_NR_REGS) && nr++ < max)
			ids[nr - 1] = list->reg[n];
	free(list);
	return nr;
}

/**
 * bare_run() - run a vCPU until it leaves the guest
 * @vcpu: the vCPU
 *
 * Return: 0 or the error.
 */
int bare_run(struct bare_vcpu *vcpu)
{
	return ioctl(vcpu->fd, KVM_RUN, 0) ? errno : 0;
}

/* Runs the guest from the call on until it leaves. */
static void run_call(struct bare_vcpu *vcpu, const u64 *x, unsigned int nr)
{
	unsigned int n;

	for (n = 0; n < nr; n++)
		bare_write(vcpu, CORE_REG(regs.regs[0]) + 2 * n, x[n]);
	bare_write(vcpu, CORE_REG(regs.regs[19]), BARE_EXIT);
	bare_write(vcpu, CORE_REG(regs.pc), BARE_ADDRESS(bare_guest));
	if (bare_run(vcpu))
		die("KVM_RUN");
}

/**
 * bare_call() - have the guest make a call
 * @vcpu: the vCPU
 * @fn: the function
 * @a: x1
 * @b: x2
 * @c: x3
 * @d: x4
 * @e: x5
 *
 * Return: what it gives.
 */
s64 bare_call(struct bare_vcpu *vcpu, u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	const u64 x[] = { fn, a, b, c, d, e };
	s64 ret;

	run_call(vcpu, x, ARRAY_SIZE(x));
	errno = EPROTO;
	if (vcpu->run->exit_reason != KVM_EXIT_MMIO || vcpu->run->mmio.phys_addr != BARE_EXIT)
		die("a call does not end");
	memcpy(&ret, vcpu->run->mmio.data, sizeof(ret));
	/* Let it finish its store: it must not be taken for one at the next PC. */
	vcpu->run->immediate_exit = 1;
	if (bare_run(vcpu) != EINTR)
		die("KVM_RUN");
	vcpu->run->immediate_exit = 0;
	return ret;
}

/**
 * bare_call_exit() - have the guest make a call that its VMM answers
 * @vcpu: the vCPU
 * @fn: the function
 *
 * Return: why the vCPU leaves the guest.
 */
u32 bare_call_exit(struct bare_vcpu *vcpu, u64 fn)
{
	run_call(vcpu, &fn, 1);
	return vcpu->run->exit_reason;
}

/**
 * bare_has_reg() - whether a vCPU has a register, as the header has it
 * @n: the vCPU
 * @reg: the number of the register
 *
 * Return: true if it should.
 */
bool bare_has_reg(unsigned int n, unsigned int reg)
{
	unsigned int event;

	for (event = 0; event < 5; event++) {
		if (reg < KVM_SDEI_REG_EVENT(event) || reg >= KVM_SDEI_REG_EVENT(event + 1))
			continue;
		if (event >= 3)
			return !n;
		return reg - KVM_SDEI_REG_EVENT(event) != KVM_SDEI_REG_EVENT_AFFINITY;
	}
	if (reg == KVM_SDEI_REG_MINOR)
		return !n;
	return reg == KVM_SDEI_REG_PE ||
	       (reg >= KVM_SDEI_REG_CONTEXT(0) && reg < KVM_SDEI_REG_CONTEXT(2) &&
		(reg - KVM_SDEI_REG_CONTEXT(0)) % 0x20 <= KVM_SDEI_REG_CONTEXT_PSTATE);
}
