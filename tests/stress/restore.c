// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: restore SEED ROUNDS
 *
 * A hostile VMM: writes whatever it likes to SDEI's registers of two vCPUs, whose
 * guest makes any call meanwhile, and reads, runs, lists and resets them in between.
 * What a register takes it has to give back; what it refuses it has to refuse with
 * EINVAL; and what is none has to be none. Says how often it did what.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../include/uapi/kvm_sdei.h"

#define VCPUS		2
#define RAM_BASE	0x40000000UL
#define RAM_SIZE	0x10000UL
#define HANDLER		0x1000UL
#define NR_EVENTS	5

#define PC_REG		(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(regs.pc))

/* Calls of every kind for every event, one after the other. */
static const uint32_t calls[] = {
	0x11000529,	/* add	w9, w9, #1 */
	0x1200152a,	/* and	w10, w9, #0x3f */
	0x52b88000,	/* mov	w0, #0xc4000000 */
	0x11008000,	/* add	w0, w0, #0x20 */
	0x0b0a0000,	/* add	w0, w0, w10 */
	0x53061d21,	/* ubfx	w1, w9, #6, #2 */
	0x32020021,	/* orr	w1, w1, #0x40000000 */
	0x52a80002,	/* mov	w2, #0x40000000 */
	0x11400442,	/* add	w2, w2, #0x1000 */
	0xd2800004,	/* mov	x4, #0 */
	0xd4000002,	/* hvc	#0 */
	0x17fffff5,	/* b	to the first */
};

static const uint32_t handler[] = {
	0x52b88000,	/* mov	w0, #0xc4000000 */
	0x11009400,	/* add	w0, w0, #0x25 */
	0xd4000002,	/* hvc	#0 */
	0x14000000,	/* b	to itself */
};

struct vcpu {
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	uint64_t random;
	unsigned long taken, refused, none, runs, resets, wrong;
};

static struct vcpu vcpus[VCPUS];
static struct kvm_vcpu_init init = { };
static unsigned long rounds;
static int running = VCPUS;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* xorshift64* */
static uint64_t next(struct vcpu *vcpu)
{
	uint64_t x = vcpu->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	vcpu->random = x;
	return x * 0x2545f4914f6cdd1dULL;
}

static uint64_t below(struct vcpu *vcpu, uint64_t n)
{
	return (next(vcpu) >> 16) % n;
}

/* What could pass: states, PSTATEs with an event, addresses; and anything. */
static uint64_t some_value(struct vcpu *vcpu)
{
	switch (below(vcpu, 8)) {
	case 0:
		return 0;
	case 1:
		return below(vcpu, 8);
	case 2:
		return below(vcpu, 8) | below(vcpu, 4) << KVM_SDEI_STATE_FLAGS_SHIFT;
	case 3:
		return 0x3c5 | below(vcpu, 11) << KVM_SDEI_PSTATE_EVENT_SHIFT;
	case 4:
		return below(vcpu, 1 << 10) | below(vcpu, 11) << KVM_SDEI_PSTATE_EVENT_SHIFT;
	case 5:
		return RAM_BASE + HANDLER;
	case 6:
		return 1ULL << below(vcpu, 64);
	default:
		return next(vcpu);
	}
}

/* A register that nobody but its own vCPU changes, and that holds any value. */
static bool is_plain(unsigned int reg)
{
	unsigned int n = reg - KVM_SDEI_REG_EVENT(0);

	if (n < 3 * 4)
		return n % 4 == KVM_SDEI_REG_EVENT_ENTRY || n % 4 == KVM_SDEI_REG_EVENT_ARG;
	n = reg - KVM_SDEI_REG_CONTEXT(0);
	return n < 0x40 && n % 0x20 <= KVM_SDEI_REG_CONTEXT_PC;
}

static int access_reg(struct vcpu *vcpu, unsigned long request, unsigned int reg, uint64_t *value)
{
	struct kvm_one_reg one = {
		.id = KVM_REG_ARM_SDEI_REG(reg),
		.addr = (uintptr_t)value,
	};

	return ioctl(vcpu->fd, request, &one) ? errno : 0;
}

static void wrong(struct vcpu *vcpu, const char *what, unsigned int reg, uint64_t wanted,
		  uint64_t got)
{
	if (!vcpu->wrong++)
		printf("register %#x: %s: %#llx, %#llx\n", reg, what,
		       (unsigned long long)wanted, (unsigned long long)got);
}

static void write_one(struct vcpu *vcpu)
{
	unsigned int reg = below(vcpu, KVM_SDEI_NR_REGS + 2);
	uint64_t value = some_value(vcpu), before = 0, after = 0;
	int exists = access_reg(vcpu, KVM_GET_ONE_REG, reg, &before);
	int ret = access_reg(vcpu, KVM_SET_ONE_REG, reg, &value);

	if (exists == ENOENT && ret == ENOENT) {
		vcpu->none++;
		return;
	}
	if (exists || (ret && ret != EINVAL)) {
		wrong(vcpu, "errors", reg, exists, ret);
		return;
	}
	if (access_reg(vcpu, KVM_GET_ONE_REG, reg, &after))
		wrong(vcpu, "not read back", reg, value, 0);
	if (is_plain(reg) && after != (ret ? before : value))
		wrong(vcpu, "read back", reg, ret ? before : value, after);
	if (ret)
		vcpu->refused++;
	else
		vcpu->taken++;
}

static void reset(struct vcpu *vcpu)
{
	uint64_t pc = RAM_BASE;
	struct kvm_one_reg one = { .id = PC_REG, .addr = (uintptr_t)&pc };

	if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT");
	if (ioctl(vcpu->fd, KVM_SET_ONE_REG, &one))
		die("KVM_SET_ONE_REG");
	vcpu->resets++;
}

static void list(struct vcpu *vcpu)
{
	struct kvm_reg_list none = { };

	if (!ioctl(vcpu->fd, KVM_GET_REG_LIST, &none) || errno != E2BIG)
		wrong(vcpu, "KVM_GET_REG_LIST", 0, E2BIG, errno);
}

/* Until it is kicked, or gets lost at an address where nothing is. */
static void run(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->run->immediate_exit, 0, __ATOMIC_RELAXED);
	if (ioctl(vcpu->fd, KVM_RUN, NULL) && errno != EINTR)
		reset(vcpu);
	vcpu->runs++;
}

static void *live(void *arg)
{
	struct vcpu *vcpu = arg;
	unsigned long n;

	for (n = 0; n < rounds; n++) {
		switch (below(vcpu, 64)) {
		case 0 ... 3:
			run(vcpu);
			break;
		case 4:
			reset(vcpu);
			break;
		case 5:
			list(vcpu);
			break;
		default:
			write_one(vcpu);
			break;
		}
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void wake(int signal)
{
	(void)signal;
}

/* Each is kicked out of KVM_RUN after a while, and also if it is just about to enter. */
static void kick_all(void)
{
	int n;

	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		for (n = 0; n < VCPUS; n++) {
			__atomic_store_n(&vcpus[n].run->immediate_exit, 1, __ATOMIC_RELAXED);
			pthread_kill(vcpus[n].thread, SIGUSR1);
		}
		usleep(2000);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = wake };
	int kvm = open("/dev/kvm", O_RDWR), vm, size, n;
	struct kvm_userspace_memory_region ram = {
		.guest_phys_addr = RAM_BASE,
		.memory_size = RAM_SIZE,
	};
	unsigned long wrongs = 0, taken = 0, refused = 0;
	char *memory;

	if (argc != 3)
		return 2;
	rounds = strtoul(argv[2], NULL, 0);
	sigaction(SIGUSR1, &action, NULL);

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	memory = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm < 0 || size < 0 || memory == MAP_FAILED)
		die("KVM_CREATE_VM");
	memcpy(memory, calls, sizeof(calls));
	memcpy(memory + HANDLER, handler, sizeof(handler));
	ram.userspace_addr = (uintptr_t)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &ram) ||
	    ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_SET_USER_MEMORY_REGION");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;

	for (n = 0; n < VCPUS; n++) {
		vcpus[n].random = (strtoul(argv[1], NULL, 0) + 1) * 0x9e3779b97f4a7c15ULL + n;
		vcpus[n].fd = ioctl(vm, KVM_CREATE_VCPU, n);
		if (vcpus[n].fd < 0)
			die("KVM_CREATE_VCPU");
		vcpus[n].run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
				    vcpus[n].fd, 0);
		if (vcpus[n].run == MAP_FAILED)
			die("kvm_run");
		reset(&vcpus[n]);
	}
	for (n = 0; n < VCPUS; n++)
		if (pthread_create(&vcpus[n].thread, NULL, live, &vcpus[n]))
			die("pthread_create");
	kick_all();
	for (n = 0; n < VCPUS; n++) {
		struct vcpu *vcpu = &vcpus[n];

		pthread_join(vcpu->thread, NULL);
		printf("vCPU %d: %lu writes taken, %lu refused, %lu of no register, %lu runs, %lu resets, %lu errors\n",
		       n, vcpu->taken, vcpu->refused, vcpu->none, vcpu->runs, vcpu->resets,
		       vcpu->wrong);
		wrongs += vcpu->wrong;
		taken += vcpu->taken;
		refused += vcpu->refused;
	}
	return wrongs || !taken || !refused;
}
