// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest asks for, see service.h. A request is served by the thread of
 * the vCPU that makes it, outside of KVM_RUN.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

/* A piece of the guest's memory. */
static void *memory(u64 address, u64 size)
{
	if (address < RAM_BASE || size > RAM_SIZE ||
	    address - RAM_BASE > RAM_SIZE - size) {
		errno = EFAULT;
		die("a request's address");
	}
	return machine.ram + (address - RAM_BASE);
}

static struct vcpu *vcpu_of(u64 id)
{
	if (id >= machine.nr_vcpus) {
		errno = EINVAL;
		die("a request's CPU");
	}
	return &machine.vcpu[id];
}

/**
 * fact() - what a guest may want to know
 * @which: FACT_*
 *
 * Return: the fact.
 */
s64 fact(unsigned int which)
{
	struct kvm_device_attr attr = {
		.group = KVM_ARM_VM_SMCCC_CTRL,
		.attr = KVM_ARM_VM_SMCCC_FILTER,
	};

	switch (which) {
	case FACT_CPUS:
		return machine.nr_vcpus;
	case FACT_SMC:
		/* It came with the filter. */
		return !vm_ioctl(KVM_HAS_DEVICE_ATTR, &attr);
	case FACT_MINOR:
		return machine.minor;
	case FACT_GIC:
		return machine.gic;
	case FACT_FILTER:
		return machine.filter;
	case FACT_FORWARDED:
		return __atomic_load_n(&machine.forwarded, __ATOMIC_SEQ_CST);
	case FACT_ATTACHED:
		return sysfs_has_vm();
	case FACT_PROTECTED:
		return machine.is_protected;
	case FACT_CARRIED:
		return !!machine.carry;
	case FACT_TOLD:
		return __atomic_load_n(&machine.told, __ATOMIC_SEQ_CST);
	}
	return -EINVAL;
}

static s64 argument(u64 number, char *buffer, size_t size)
{
	if (number >= (u64)machine.nr_args)
		return -ENOENT;
	snprintf(buffer, size, "%s", machine.args[number]);
	return 0;
}

/* Who waits here while the machine is saved and restored goes on to wait. */
static s64 down(struct vcpu *vcpu, unsigned int semaphore)
{
	s64 ret = 0;

	pthread_mutex_lock(&machine.lock);
	while ((!machine.stopping || machine.carrying) && !machine.semaphore[semaphore]) {
		if (machine.carrying)
			vcpu_stop(vcpu);
		pthread_cond_wait(&machine.changed, &machine.lock);
	}
	if (machine.stopping && !machine.carrying)
		ret = -EINTR;
	else
		machine.semaphore[semaphore]--;
	pthread_mutex_unlock(&machine.lock);
	return ret;
}

static s64 up(unsigned int semaphore)
{
	pthread_mutex_lock(&machine.lock);
	machine.semaphore[semaphore]++;
	pthread_cond_broadcast(&machine.changed);
	pthread_mutex_unlock(&machine.lock);
	return 0;
}

static s64 pause_vcpu(struct vcpu *vcpu)
{
	pthread_mutex_lock(&machine.lock);
	vcpu->paused = true;
	while (!vcpu->stopped && !machine.stopping) {
		vcpu_kick(vcpu);
		pthread_mutex_unlock(&machine.lock);
		usleep(1000);
		pthread_mutex_lock(&machine.lock);
	}
	pthread_mutex_unlock(&machine.lock);
	return 0;
}

static s64 resume_vcpu(struct vcpu *vcpu)
{
	pthread_mutex_lock(&machine.lock);
	vcpu->paused = false;
	pthread_cond_broadcast(&machine.changed);
	pthread_mutex_unlock(&machine.lock);
	return 0;
}

/* As VMMs do that handle CPU_ON themselves. */
static s64 init_vcpu(struct vcpu *vcpu)
{
	pause_vcpu(vcpu);
	vcpu_finish_exit(vcpu);
	vcpu_init(vcpu, BOOT_RESET);
	vcpu->on = false;
	return resume_vcpu(vcpu);
}

static s64 steps(struct vcpu *vcpu, u64 *buffer, size_t size)
{
	size_t len = vcpu->nr_steps * sizeof(*buffer);

	memcpy(buffer, vcpu->steps, len < size ? len : size);
	return vcpu->nr_steps;
}

/* As if an interrupt had hit the guest with that PSTATE. */
static s64 raise_with_pstate(struct vcpu *vcpu, u64 set, u32 event)
{
	vcpu_finish_exit(vcpu);
	vcpu_set(vcpu, CORE_REG(regs.pstate),
		 vcpu_get(vcpu, CORE_REG(regs.pstate)) | set);
	return raise_event(vcpu->id, event);
}

static s64 set_irq(u64 intid, u64 level)
{
	struct kvm_irq_level irq = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid,
		.level = level,
	};

	return vm_ioctl(KVM_IRQ_LINE, &irq) ? -errno : 0;
}

static s64 handle(struct vcpu *vcpu, enum service service, const u64 *arg)
{
	switch (service) {
	case SERVICE_PRINT:
		fputs(memory(arg[0], 1), stdout);
		return 0;
	case SERVICE_EXIT:
		machine_exit(arg[0]);
		return 0;
	case SERVICE_TEST:
		machine_watch(memory(arg[0], 1));
		return 0;
	case SERVICE_ARGUMENT:
		return argument(arg[0], memory(arg[1], arg[2]), arg[2]);
	case SERVICE_FACT:
		return fact(arg[0]);
	case SERVICE_MPIDR:
		return vcpu_of(arg[0])->mpidr;
	case SERVICE_RAISE:
		carry_ask(vcpu);
		return raise_event(arg[0], arg[1]);
	case SERVICE_RAISE_LATER:
		raise_later(vcpu, arg[0], arg[1], arg[2]);
		return 0;
	case SERVICE_SYSFS:
		return sysfs_read(arg[0], arg[1], memory(arg[2], arg[3]), arg[3]);
	case SERVICE_DOWN:
		return down(vcpu, arg[0] % NR_SEMAPHORES);
	case SERVICE_UP:
		return up(arg[0] % NR_SEMAPHORES);
	case SERVICE_YIELD:
		usleep(50);
		return 0;
	case SERVICE_RESET:
		machine_reset(BOOT_RESET);
		return 0;
	case SERVICE_STEP:
		vcpu_step(vcpu, arg[0]);
		return 0;
	case SERVICE_STEPS:
		return steps(vcpu, memory(arg[0], arg[1]), arg[1]);
	case SERVICE_PSTATE:
		carry_ask(vcpu);
		return raise_with_pstate(vcpu, arg[0], arg[1]);
	case SERVICE_PAUSE:
		return pause_vcpu(vcpu_of(arg[0]));
	case SERVICE_RESUME:
		return resume_vcpu(vcpu_of(arg[0]));
	case SERVICE_INIT:
		return init_vcpu(vcpu_of(arg[0]));
	case SERVICE_ASLEEP:
		return vcpu_is_asleep(vcpu_of(arg[0]));
	case SERVICE_IRQ:
		return set_irq(arg[0], arg[1]);
	case SERVICE_CARRY:
		vcpu->on = arg[0];
		carry_ask(vcpu);
		return 0;
	case SERVICE_TIMED_NOTHING:
		return timed_nothing();
	case SERVICE_TIMED_RAISE:
		return timed_raise(arg[0], arg[1]);
	case SERVICE_TIMED_IRQ:
		return timed_irq(arg[0]);
	case SERVICE_REALTIME:
		return realtime();
	}
	errno = EINVAL;
	die("a request");
}

/**
 * serve() - serve a request
 * @vcpu: whose guest makes it
 * @address: where it is in the guest's memory
 */
void serve(struct vcpu *vcpu, u64 address)
{
	struct request *request = memory(address, sizeof(*request));
	u64 arg[4];

	memcpy(arg, request->arg, sizeof(arg));
	request->ret = handle(vcpu, request->service, arg);
}
