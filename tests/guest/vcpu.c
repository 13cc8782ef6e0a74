// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs and their threads.
 *
 * A thread leaves KVM_RUN for an exit of its vCPU or when it is kicked: by a
 * signal, with immediate_exit set so that a signal just before KVM_RUN counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm.h"

static int vcpu_ioctl(struct vcpu *vcpu, unsigned long request, void *arg)
{
	return ioctl(vcpu->fd, request, arg);
}

u64 vcpu_get(struct vcpu *vcpu, u64 reg)
{
	u64 value = 0;
	struct kvm_one_reg one = { .id = reg, .addr = (unsigned long)&value };

	if (vcpu_ioctl(vcpu, KVM_GET_ONE_REG, &one))
		die("KVM_GET_ONE_REG");
	return value;
}

void vcpu_set(struct vcpu *vcpu, u64 reg, u64 value)
{
	struct kvm_one_reg one = { .id = reg, .addr = (unsigned long)&value };

	if (vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &one))
		die("KVM_SET_ONE_REG");
}

/**
 * vcpu_create() - make a vCPU
 * @vcpu: to be filled
 * @id: its id
 * @size: of what KVM shares with us
 */
void vcpu_create(struct vcpu *vcpu, unsigned int id, int size)
{
	vcpu->id = id;
	vcpu->fd = vm_ioctl(KVM_CREATE_VCPU, (void *)(unsigned long)id);
	if (vcpu->fd < 0)
		die("KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("kvm_run");
}

/**
 * vcpu_init() - initialise or reset a vCPU; all but the first are off
 * @vcpu: it must not run
 * @boot: why the machine starts
 */
void vcpu_init(struct vcpu *vcpu, u64 boot)
{
	struct kvm_vcpu_init init;

	if (vm_ioctl(KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_ARM_PREFERRED_TARGET");
	if (!machine.psci_0_1)
		init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	if (machine.aarch32)
		init.features[0] |= 1 << KVM_ARM_VCPU_EL1_32BIT;
	if (machine.el2)
		init.features[0] |= 1 << KVM_ARM_VCPU_HAS_EL2;
	if (vcpu->id)
		init.features[0] |= 1 << KVM_ARM_VCPU_POWER_OFF;
	if (vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT");
	vcpu_set(vcpu, CORE_REG(regs.pc), RAM_BASE);
	vcpu_set(vcpu, CORE_REG(regs.regs[0]), boot);
	vcpu->mpidr = vcpu_get(vcpu, ARM64_SYS_REG(3, 0, 0, 0, 5));
}

/**
 * vcpu_kick() - have a vCPU leave the guest
 * @vcpu: the vCPU
 */
void vcpu_kick(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(vcpu->thread, SIGUSR1);
}

/**
 * vcpu_finish_exit() - let KVM finish the access that led to the last exit
 * @vcpu: the vCPU; called by its own thread, or while that is stopped
 *
 * The registers are those after the access then.
 */
void vcpu_finish_exit(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	if (!vcpu_ioctl(vcpu, KVM_RUN, NULL) || errno != EINTR)
		die("KVM_RUN does not end at once");
	vcpu->run->immediate_exit = 0;
	/* Or it would be taken for another access. */
	vcpu->run->exit_reason = KVM_EXIT_INTR;
}

/**
 * vcpu_step() - begin or end to single-step a vCPU
 * @vcpu: the vCPU; called by its own thread, or while that is stopped
 * @on: begin
 */
void vcpu_step(struct vcpu *vcpu, bool on)
{
	struct kvm_guest_debug debug = {
		.control = on ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0,
	};

	if (on)
		vcpu->nr_steps = 0;
	else if (!vcpu->stepping)
		return;
	if (vcpu_ioctl(vcpu, KVM_SET_GUEST_DEBUG, &debug))
		die("KVM_SET_GUEST_DEBUG");
	vcpu->stepping = on;
}

/**
 * vcpu_is_asleep() - whether KVM has put a vCPU's thread to sleep
 * @vcpu: the vCPU
 *
 * Return: true if it sleeps in KVM_RUN: the guest's CPU is halted, or off.
 */
bool vcpu_is_asleep(const struct vcpu *vcpu)
{
	char path[64], state = 0;
	FILE *file;

	/* It also sleeps where it waits for a lock, before and after. */
	if (!__atomic_load_n(&vcpu->in_guest, __ATOMIC_SEQ_CST))
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", vcpu->tid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
		die(path);
	fclose(file);
	return state == 'S' && __atomic_load_n(&vcpu->in_guest, __ATOMIC_SEQ_CST);
}

/**
 * vcpu_stop() - say that a vCPU does not run, and that its registers are its own
 * @vcpu: the vCPU; called by its own thread, with the machine's lock
 */
void vcpu_stop(struct vcpu *vcpu)
{
	if (vcpu->stopped)
		return;
	if (machine.carry)
		vcpu_finish_exit(vcpu);
	vcpu->stopped = true;
	pthread_cond_broadcast(&machine.changed);
}

static void wait_to_go_on(struct vcpu *vcpu)
{
	pthread_mutex_lock(&machine.lock);
	while (machine.stopping || vcpu->paused) {
		vcpu_stop(vcpu);
		pthread_cond_wait(&machine.changed, &machine.lock);
	}
	vcpu->stopped = false;
	pthread_mutex_unlock(&machine.lock);
}

/* The events in the order of their numbers. */
static u32 event_at(unsigned int index)
{
	return index ? 0x40000000 + index - 1 : 0;
}

static void raise_self(struct vcpu *vcpu, unsigned int index)
{
	u32 event = event_at(index);

	raise_event(event < 0x40000002 ? vcpu->id : VMM_NO_VCPU, event);
}

static void handle_mmio(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u64 offset = run->mmio.phys_addr - VMM_BASE;
	u64 value = 0;

	memcpy(&value, run->mmio.data, run->mmio.len);
	if (offset == VMM_REQUEST && run->mmio.is_write) {
		serve(vcpu, value);
	} else if (offset == VMM_RAISE && run->mmio.is_write) {
		raise_event(value >> 32, value);
		carry_ask(vcpu);
	} else if (offset >= VMM_RAISE_SELF && offset < VMM_FACT && !run->mmio.is_write) {
		raise_self(vcpu, (offset - VMM_RAISE_SELF) / 8);
		value = VMM_RAISE_SELF_VALUE;
		memcpy(run->mmio.data, &value, run->mmio.len);
		carry_ask(vcpu);
	} else if (offset >= VMM_FACT && offset < VMM_SIZE && !run->mmio.is_write) {
		value = fact((offset - VMM_FACT) / 8);
		memcpy(run->mmio.data, &value, run->mmio.len);
	} else {
		printf("# CPU %u: access to %#llx at %#llx\n", vcpu->id,
		       run->mmio.phys_addr, vcpu_get(vcpu, CORE_REG(regs.pc)));
		machine_exit(1);
	}
}

static void handle_hypercall(struct vcpu *vcpu)
{
	__atomic_add_fetch(&machine.forwarded, 1, __ATOMIC_SEQ_CST);
	vcpu_set(vcpu, CORE_REG(regs.regs[0]),
		 VMM_RAISE_SELF_VALUE ^ vcpu->run->hypercall.nr);
}

static void handle_system_event(struct vcpu *vcpu)
{
	switch (vcpu->run->system_event.type) {
	case KVM_SYSTEM_EVENT_RESET:
		machine_reset(BOOT_RESET);
		break;
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		machine_exit(0);
		break;
	default:
		die("system event");
	}
}

static void handle_step(struct vcpu *vcpu)
{
	if (vcpu->nr_steps < MAX_STEPS)
		vcpu->steps[vcpu->nr_steps++] = vcpu_get(vcpu, CORE_REG(regs.pc));
}

static void handle_exit(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->on, true, __ATOMIC_SEQ_CST);
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_MMIO:
		handle_mmio(vcpu);
		break;
	case KVM_EXIT_HYPERCALL:
		handle_hypercall(vcpu);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(vcpu);
		break;
	case KVM_EXIT_DEBUG:
		handle_step(vcpu);
		break;
	default:
		printf("# CPU %u: exit %u at %#llx\n", vcpu->id, vcpu->run->exit_reason,
		       vcpu_get(vcpu, CORE_REG(regs.pc)));
		machine_exit(1);
	}
}

static int enter(struct vcpu *vcpu)
{
	int ret;

	__atomic_store_n(&vcpu->in_guest, true, __ATOMIC_SEQ_CST);
	ret = vcpu_ioctl(vcpu, KVM_RUN, NULL);
	__atomic_store_n(&vcpu->in_guest, false, __ATOMIC_SEQ_CST);
	return ret;
}

static void *run(void *arg)
{
	struct vcpu *vcpu = arg;

	vcpu->tid = gettid();
	for (;;) {
		wait_to_go_on(vcpu);
		if (!enter(vcpu)) {
			handle_exit(vcpu);
		} else if (errno == EINTR) {
			vcpu->run->exit_reason = KVM_EXIT_INTR;
			__atomic_store_n(&vcpu->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
		} else {
			die("KVM_RUN");
		}
	}
	return NULL;
}

static void ignore(int signal)
{
	(void)signal;
}

/**
 * vcpu_start() - start a vCPU's thread
 * @vcpu: the vCPU
 */
void vcpu_start(struct vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGUSR1, &action, NULL);
	if (pthread_create(&vcpu->thread, NULL, run, vcpu))
		die("thread");
}
