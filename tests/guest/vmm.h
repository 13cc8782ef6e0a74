/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the VMM share with each other.
 */
#ifndef _GUEST_VMM_H
#define _GUEST_VMM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <linux/kvm.h>
#include <linux/types.h>

#include "service.h"

typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

/* Newer than the headers that this may be built with. */
#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2			240
#endif
#ifndef KVM_VM_TYPE_ARM_PROTECTED
#define KVM_VM_TYPE_ARM_PROTECTED	(1UL << 31)
#endif

#define NR_SEMAPHORES	64

/**
 * struct vcpu - a vCPU and its thread
 * @id: KVM's id of it, and its index
 * @fd: KVM's file
 * @run: what KVM shares with us
 * @thread: the thread that runs it
 * @tid: its number
 * @mpidr: MPIDR_EL1
 * @paused: is not to run; under the machine's lock
 * @stopped: its thread waits to be let go on; under the machine's lock
 * @in_guest: its thread is in KVM_RUN
 * @on: it has made an exit since it was switched on
 * @raise_later: an event is to be raised as soon as it is in the guest; under the
 *	machine's lock
 * @raise_vcpu: on which vCPU, or VMM_NO_VCPU
 * @raise_event: which
 * @raise_asleep: not before it has gone to sleep there
 * @stepping: the VMM single-steps it
 * @nr_steps: how many steps were seen
 * @steps: the PC after each
 */
struct vcpu {
	unsigned int id;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	pid_t tid;
	u64 mpidr;
	bool paused;
	bool stopped;
	bool in_guest;
	bool on;
	bool raise_later;
	u32 raise_vcpu;
	u32 raise_event;
	bool raise_asleep;
	bool stepping;
	unsigned int nr_steps;
	u64 steps[MAX_STEPS];
};

enum carry { CARRY_NOT, CARRY_FORWARD, CARRY_BACKWARD, CARRY_RANDOM };

/**
 * struct machine - a virtual machine
 * @vm: KVM's file
 * @ram: the guest's memory
 * @nr_vcpus: how many there are
 * @vcpu: they are
 * @lock: guards what the threads tell each other
 * @changed: something of it has changed
 * @stopping: all vCPUs are to stop
 * @carry: in what order the machine is restored at each step, if it is
 * @every: and not at all of them, but at one of so many
 * @carrying: and the machine to be saved and restored
 * @raising: held by who raises events for others
 * @reset: and the machine to be reset, for the reason @boot
 * @boot: one of BOOT_*
 * @done: the guest has ended with @status
 * @status: its status
 * @test: the name of the test that runs
 * @deadline: when the watchdog bites, in seconds of the monotonic clock
 * @limit: how many seconds a test may take
 * @semaphore: the guest's semaphores
 * @aarch32: EL1 is AArch32
 * @el2: the image runs at EL2
 * @psci_0_1: vCPUs have the calls of PSCI 0.1
 * @bequeath: another process keeps the VM in the end
 * @is_protected: KVM keeps the guest's memory from us unless the guest shares it
 * @gic: there is a GICv3
 * @filter: of SDEI's calls
 * @forwarded: how many of them came here
 * @minor: what the module was told to report
 * @told: the guest should end
 * @args: the words for the guest
 * @nr_args: how many they are
 */
struct machine {
	int vm;
	void *ram;
	unsigned int nr_vcpus;
	struct vcpu vcpu[MAX_CPUS];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	enum carry carry;
	unsigned int every;
	bool carrying;
	pthread_mutex_t raising;
	bool reset;
	unsigned int boot;
	bool done;
	int status;
	char test[128];
	long deadline;
	long limit;
	unsigned int semaphore[NR_SEMAPHORES];
	bool aarch32;
	bool el2;
	bool psci_0_1;
	bool bequeath;
	bool is_protected;
	bool gic;
	enum filter filter;
	unsigned int forwarded;
	unsigned int minor;
	bool told;
	char **args;
	int nr_args;
};

extern struct machine machine;

/* vmm.c */
void __noreturn die(const char *what);
int vm_ioctl(unsigned long request, void *arg);
void machine_exit(int status);
void machine_reset(unsigned int boot);
void machine_watch(const char *test);

/* vcpu.c */
void vcpu_create(struct vcpu *vcpu, unsigned int id, int size);
void vcpu_init(struct vcpu *vcpu, u64 boot);
void vcpu_start(struct vcpu *vcpu);
void vcpu_stop(struct vcpu *vcpu);
void vcpu_kick(struct vcpu *vcpu);
void vcpu_finish_exit(struct vcpu *vcpu);
u64 vcpu_get(struct vcpu *vcpu, u64 reg);
void vcpu_set(struct vcpu *vcpu, u64 reg, u64 value);
void vcpu_step(struct vcpu *vcpu, bool on);
bool vcpu_is_asleep(const struct vcpu *vcpu);

/* raise.c */
int raise_open(u32 vcpu);
int raise_event(u32 vcpu, u32 event);
void raise_later(struct vcpu *vcpu, u32 target, u32 event, bool asleep);
void raise_start(void);
int sysfs_read(u32 vcpu, unsigned int file, char *buffer, size_t size);
bool sysfs_has_vm(void);

/* carry.c */
void carry_start(void);
void carry_ask(struct vcpu *vcpu);
void carry_all(void);
void carry_report(void);

/* request.c */
void serve(struct vcpu *vcpu, u64 address);
s64 fact(unsigned int which);

/* ../bench/timed.c */
s64 timed_nothing(void);
s64 timed_raise(u32 vcpu, u32 event);
s64 timed_irq(u32 intid);
s64 realtime(void);

#define CORE_REG(name)								\
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |			\
	 (offsetof(struct kvm_regs, name) / sizeof(__u32)))

#endif /* _GUEST_VMM_H */
