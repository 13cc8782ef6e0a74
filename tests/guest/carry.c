// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saving a machine and restoring it, as VMMs do for live migration and snapshots,
 * at each step that its guest makes: the guest must not see any of it.
 *
 * All registers that KVM lists are read, all vCPUs are reset, and what was read is
 * written back, SDEI's in an order of one's choice. The memory and the interrupt
 * controller stay. Now and then registers of SDEI are written in between that are
 * not to survive another reset: what is not restored is not there by accident.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../include/uapi/kvm_sdei.h"
#include "vmm.h"

#define MAX_REGS	1024
#define MAX_SDEI_REGS	(MAX_CPUS * KVM_SDEI_NR_REGS)

/* Those that name the CPU's features: a reset does not change them. */
#define ID_REGS_MASK	(ARM64_SYS_REG(3, 7, 15, 0, 0) | 0xffffffff00000000)
#define ID_REGS		ARM64_SYS_REG(3, 0, 0, 0, 0)
#define KIND_MASK	(KVM_REG_ARCH_MASK | KVM_REG_ARM_COPROC_MASK)
#define CACHES		(KVM_REG_ARM64 | KVM_REG_ARM_DEMUX)

/**
 * struct reg - a register, and what it was
 * @vcpu: whose it is
 * @id: its id
 * @value: what it was
 */
struct reg {
	struct vcpu *vcpu;
	u64 id;
	u64 value[2];
};

/* A vCPU's registers, but for SDEI's, and all vCPUs' of SDEI. */
static struct reg regs[MAX_CPUS][MAX_REGS];
static unsigned int nr_regs[MAX_CPUS];
static struct reg sdei_regs[MAX_SDEI_REGS];
static unsigned int nr_sdei_regs;
static struct kvm_mp_state mp_state[MAX_CPUS];
static unsigned int nr_carried, nr_unchanged, nr_asleep;
static u64 random_state = 1;

static u64 rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d;
}

static unsigned int below(unsigned int limit)
{
	return (rnd() >> 32) % limit;
}

static bool is_sdei(u64 id)
{
	return id >= KVM_REG_ARM_SDEI && id < KVM_REG_ARM_SDEI_REG(KVM_SDEI_NR_REGS);
}

static bool is_constant(u64 id)
{
	return (id & ID_REGS_MASK) == ID_REGS || (id & KIND_MASK) == CACHES;
}

static void add(struct vcpu *vcpu, u64 id)
{
	struct reg *reg;

	if (is_constant(id))
		return;
	errno = E2BIG;
	if (is_sdei(id) ? nr_sdei_regs == MAX_SDEI_REGS : nr_regs[vcpu->id] == MAX_REGS)
		die("more registers than expected");
	reg = is_sdei(id) ? &sdei_regs[nr_sdei_regs++] : &regs[vcpu->id][nr_regs[vcpu->id]++];
	reg->vcpu = vcpu;
	reg->id = id;
	if ((id & KVM_REG_SIZE_MASK) > KVM_REG_SIZE_U128)
		die("a register is larger than expected");
}

/**
 * carry_start() - learn which registers there are
 *
 * The vCPUs are initialised.
 */
void carry_start(void)
{
	struct kvm_reg_list *list = malloc(sizeof(*list) + MAX_REGS * sizeof(list->reg[0]));
	unsigned int n, m;

	if (!machine.carry)
		return;
	for (n = 0; n < machine.nr_vcpus; n++) {
		list->n = MAX_REGS;
		if (ioctl(machine.vcpu[n].fd, KVM_GET_REG_LIST, list))
			die("KVM_GET_REG_LIST");
		for (m = 0; m < list->n; m++)
			add(&machine.vcpu[n], list->reg[m]);
	}
	free(list);
	errno = ENOENT;
	if (!nr_sdei_regs)
		die("KVM lists no registers of SDEI");
}

static int access_reg(struct reg *reg, unsigned long request, void *value)
{
	struct kvm_one_reg one = { .id = reg->id, .addr = (unsigned long)value };

	return ioctl(reg->vcpu->fd, request, &one);
}

static void fail(const struct reg *reg, const char *what)
{
	printf("# saved and restored for the %uth time, CPU %u: register %#llx: %s\n",
	       nr_carried, reg->vcpu->id, reg->id, what);
	machine.done = true;
	machine.status = 1;
}

/* Gives whether it is another than the last time. */
static bool save(struct reg *reg)
{
	u64 before = reg->value[0];

	if (access_reg(reg, KVM_GET_ONE_REG, reg->value))
		fail(reg, "cannot be read");
	return reg->value[0] != before;
}

static void restore(struct reg *reg)
{
	if (access_reg(reg, KVM_SET_ONE_REG, reg->value))
		fail(reg, "cannot be written with what was read");
}

static void compare(struct reg *reg)
{
	u64 value[2] = { 0 };
	char what[80];

	if (access_reg(reg, KVM_GET_ONE_REG, value))
		die("KVM_GET_ONE_REG");
	if (value[0] == reg->value[0])
		return;
	snprintf(what, sizeof(what), "was %#llx, is %#llx", reg->value[0], value[0]);
	fail(reg, what);
}

static void reset_all(void)
{
	unsigned int n;

	for (n = 0; n < machine.nr_vcpus; n++)
		vcpu_init(&machine.vcpu[n], 0);
}

/* Something that the register may take, and maybe a state that comes from it. */
static u64 anything(const struct reg *reg)
{
	unsigned int number = reg->id - KVM_REG_ARM_SDEI;

	if (number >= KVM_SDEI_REG_CONTEXT(0) &&
	    number % (KVM_SDEI_REG_CONTEXT(1) - KVM_SDEI_REG_CONTEXT(0)) ==
	    KVM_SDEI_REG_CONTEXT_PSTATE)
		return (u64)below(6) << KVM_SDEI_PSTATE_EVENT_SHIFT | (below(2) ? 5 : 0);
	return below(2) ? below(8) : rnd();
}

static void leave_traces(void)
{
	unsigned int n;
	u64 value;

	for (n = 0; n < nr_sdei_regs; n++) {
		value = anything(&sdei_regs[n]);
		access_reg(&sdei_regs[n], KVM_SET_ONE_REG, &value);
	}
}

static void reorder(void)
{
	unsigned int n, m;
	struct reg reg;

	for (n = nr_sdei_regs; n > 1; n--) {
		m = machine.carry == CARRY_RANDOM ? below(n) : n - 1;
		reg = sdei_regs[m];
		sdei_regs[m] = sdei_regs[n - 1];
		sdei_regs[n - 1] = reg;
	}
}

static void restore_sdei(void)
{
	unsigned int n;

	reorder();
	for (n = 0; n < nr_sdei_regs; n++)
		restore(&sdei_regs[machine.carry == CARRY_BACKWARD ? nr_sdei_regs - 1 - n : n]);
}

/* What a CPU that is off has in its registers is lost anyway. */
static bool is_off(unsigned int n)
{
	return mp_state[n].mp_state == KVM_MP_STATE_STOPPED;
}

static void save_others(void)
{
	unsigned int n, m;

	for (n = 0; n < machine.nr_vcpus; n++) {
		if (ioctl(machine.vcpu[n].fd, KVM_GET_MP_STATE, &mp_state[n]))
			die("KVM_GET_MP_STATE");
		for (m = 0; !is_off(n) && m < nr_regs[n]; m++)
			save(&regs[n][m]);
	}
}

static void restore_others(void)
{
	unsigned int n, m;

	for (n = 0; n < machine.nr_vcpus; n++) {
		for (m = 0; !is_off(n) && m < nr_regs[n]; m++)
			restore(&regs[n][m]);
		if (ioctl(machine.vcpu[n].fd, KVM_SET_MP_STATE, &mp_state[n]))
			die("KVM_SET_MP_STATE");
	}
}

/* With the lock held, and all vCPUs stopped; nobody raises events meanwhile. */
static void round_trip(void)
{
	bool sdei_first = below(2), changed = false;
	unsigned int n;

	for (n = 0; n < nr_sdei_regs; n++)
		changed |= save(&sdei_regs[n]);
	/* Most calls that are refused leave nothing new to be seen. */
	if (!changed && below(4)) {
		nr_unchanged++;
		return;
	}
	nr_carried++;
	save_others();
	reset_all();
	if (!below(4)) {
		leave_traces();
		reset_all();
	}
	if (sdei_first)
		restore_sdei();
	restore_others();
	if (!sdei_first)
		restore_sdei();
	for (n = 0; n < nr_sdei_regs; n++)
		compare(&sdei_regs[n]);
}

/**
 * carry_all() - save the machine and restore it
 *
 * With the lock held, and all vCPUs stopped.
 */
void carry_all(void)
{
	pthread_mutex_lock(&machine.raising);
	round_trip();
	pthread_mutex_unlock(&machine.raising);
	machine.carrying = false;
}

/* Who is made to leave its sleep by this would find that it was woken up. */
static bool sleeps(const struct vcpu *vcpu)
{
	return vcpu->on && vcpu_is_asleep(vcpu);
}

static bool is_its_turn(void)
{
	bool turn;

	pthread_mutex_lock(&machine.lock);
	turn = !below(machine.every);
	pthread_mutex_unlock(&machine.lock);
	return turn;
}

/**
 * carry_ask() - have the machine saved and restored before a vCPU goes on
 * @vcpu: the vCPU, in its own thread
 */
void carry_ask(struct vcpu *vcpu)
{
	unsigned int n;
	bool can = true;

	if (!machine.carry || vcpu->stepping || !is_its_turn())
		return;
	for (n = 0; n < machine.nr_vcpus; n++)
		if (&machine.vcpu[n] != vcpu && sleeps(&machine.vcpu[n]))
			can = false;
	pthread_mutex_lock(&machine.lock);
	if (can && !machine.stopping) {
		machine.carrying = true;
		machine.stopping = true;
		pthread_cond_broadcast(&machine.changed);
	} else if (!can) {
		nr_asleep++;
	}
	pthread_mutex_unlock(&machine.lock);
}

/**
 * carry_report() - say how often it was done
 */
void carry_report(void)
{
	if (machine.carry)
		printf("# saved and restored %u times, %u registers of SDEI; not done %u times as they were the same, %u times as another CPU slept\n",
		       nr_carried, nr_sdei_regs, nr_unchanged, nr_asleep);
}
