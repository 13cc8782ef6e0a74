// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: setters SEED ROUNDS
 *
 * A hostile VMM: it writes SDEI's registers with values that are wrong in every way
 * that it can think of, or nearly right, and runs the vCPUs with what came of it.
 * The guest makes SDEI calls from wherever that leads it. A seed does the same again,
 * but for when the guest is interrupted.
 *
 * After each write: one that was refused has changed nothing, another one has done
 * what it says. After each run the registers are a state that a new VM takes, and
 * the vCPUs are in a mode that a guest may be in.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "bare.h"
/* There is a macro of the same name as the call. */
#undef PSCI_VERSION
#include "sdei.h"

#define RUNS_PER_VM	6
#define WRITES_PER_RUN	60
/* In the guest at a time, in microseconds. */
#define TIME_SLICE	2000

#define NR_EVENTS	5
#define FIRST_SHARED	3
#define PSTATE_MODE	0x1fULL
#define PSTATE_HIGH	0xffffff0000000000ULL
#define EVENT_SHIFT	KVM_SDEI_PSTATE_EVENT_SHIFT

static struct bare_vm vm, fresh;
static u64 before[2][KVM_SDEI_NR_REGS], after[2][KVM_SDEI_NR_REGS];
static u64 random_state;
static bool has_aarch32, live;
static unsigned int nr_taken, nr_refused, nr_ran, wrong;

static u64 rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d;
}

static u64 below(u64 limit)
{
	return (rnd() >> 16) % limit;
}

static bool expect(bool ok, const char *what, unsigned int n, unsigned int reg, u64 value)
{
	if (ok)
		return true;
	if (wrong++ < 20)
		printf("# vCPU %u, register %#x, %#llx: %s\n", n, reg, value, what);
	return false;
}

/* ---- what there is to know about the registers ---- */

static bool is_event_reg(unsigned int reg)
{
	return reg >= KVM_SDEI_REG_EVENT(0) && reg < KVM_SDEI_REG_EVENT(NR_EVENTS);
}

static unsigned int event_of(unsigned int reg)
{
	return (reg - KVM_SDEI_REG_EVENT(0)) / 4;
}

static unsigned int field_of(unsigned int reg)
{
	return (reg - KVM_SDEI_REG_EVENT(0)) % 4;
}

static bool is_state(unsigned int reg)
{
	return is_event_reg(reg) && field_of(reg) == KVM_SDEI_REG_EVENT_STATE;
}

static bool is_pstate(unsigned int reg)
{
	return reg == KVM_SDEI_REG_CONTEXT(0) + KVM_SDEI_REG_CONTEXT_PSTATE ||
	       reg == KVM_SDEI_REG_CONTEXT(1) + KVM_SDEI_REG_CONTEXT_PSTATE;
}

static bool is_shared(unsigned int reg)
{
	return reg == KVM_SDEI_REG_MINOR ||
	       (is_event_reg(reg) && event_of(reg) >= FIRST_SHARED);
}

static bool is_legal_pstate(u64 pstate)
{
	switch (pstate & PSTATE_MODE) {
	case 0x00:
	case 0x04:
	case 0x05:
		return true;
	case 0x10:
		return has_aarch32;
	default:
		return false;
	}
}

/* The event that runs as a value of this register has it, or -1. */
static int running_event(u64 value)
{
	return (int)(value >> EVENT_SHIFT) - 1;
}

static bool runs_elsewhere(unsigned int n, unsigned int reg, int event)
{
	return event >= FIRST_SHARED && running_event(before[!n][reg]) == event;
}

/* What must be taken, what must be refused, and what can be either. */
static enum { TAKEN, REFUSED, EITHER } verdict_on(unsigned int n, unsigned int reg, u64 value)
{
	const u64 state = KVM_SDEI_STATE_REGISTERED | KVM_SDEI_STATE_ENABLED |
			  KVM_SDEI_STATE_PENDING | 3ULL << KVM_SDEI_STATE_FLAGS_SHIFT;
	int event;

	if (live && is_shared(reg))
		return TAKEN;
	if (reg == KVM_SDEI_REG_MINOR || reg == KVM_SDEI_REG_PE)
		return value > 1 ? REFUSED : TAKEN;
	if (is_state(reg))
		return !value || (!(value & ~state) && value & KVM_SDEI_STATE_REGISTERED) ?
		       TAKEN : REFUSED;
	if (is_event_reg(reg) && field_of(reg) == KVM_SDEI_REG_EVENT_AFFINITY)
		return value & ~0xff00ffffffULL ? REFUSED : TAKEN;
	if (!is_pstate(reg) || !value)
		return TAKEN;

	event = running_event(value);
	if (event < 0 || event >= NR_EVENTS ||
	    (event == 2 || event == 4) != (reg >= KVM_SDEI_REG_CONTEXT(1)) ||
	    runs_elsewhere(n, reg, event) || !is_legal_pstate(value) ||
	    value & PSTATE_HIGH & ((1ULL << EVENT_SHIFT) - 1))
		return REFUSED;
	/* NZCV, DAIF and the mode are there on each CPU. */
	return value & 0xffffffffffffff & ~0xf00003dfULL ? EITHER : TAKEN;
}

/* ---- values ---- */

static u64 any_address(void)
{
	switch (below(4)) {
	case 0:
		return rnd();
	case 1:
		return BARE_RAM + below(BARE_RAM_SIZE);
	default:
		return BARE_ADDRESS(bare_loop);
	}
}

static u64 any_pstate(unsigned int reg)
{
	static const u64 modes[] = { 0, 4, 5, 0x10, 5, 5, 8, 9, 0xc, 0xd, 0x11, 0x13, 0x1f, 1 };
	static const unsigned int critical[] = { 2, 4 }, normal[] = { 0, 1, 3 };
	u64 event = reg >= KVM_SDEI_REG_CONTEXT(1) ? critical[below(2)] : normal[below(3)];
	u64 pstate = modes[below(ARRAY_SIZE(modes))] | (rnd() & 0xf00003c0);

	if (!below(8))
		event = below(8);
	if (!below(6))
		pstate |= 1ULL << below(64);
	return below(5) ? (event + 1) << EVENT_SHIFT | pstate : 0;
}

static u64 any_value(unsigned int reg)
{
	u64 value;

	if (!below(12))
		return rnd() >> below(64);
	if (is_pstate(reg))
		return any_pstate(reg);
	if (is_state(reg)) {
		value = below(8) ? below(8) | KVM_SDEI_STATE_REGISTERED : below(16);
		return value | (below(4) ? 0 : below(5) << KVM_SDEI_STATE_FLAGS_SHIFT);
	}
	if (is_event_reg(reg))
		return field_of(reg) == KVM_SDEI_REG_EVENT_ENTRY ? any_address() : below(3);
	return reg < KVM_SDEI_REG_EVENT(0) ? below(3) : any_address();
}

/* ---- writing ---- */

static void read_all(u64 (*to)[KVM_SDEI_NR_REGS])
{
	unsigned int n, reg;

	for (n = 0; n < 2; n++)
		for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
			if (bare_has_reg(n, reg))
				to[n][reg] = bare_read(&vm.vcpu[n], KVM_REG_ARM_SDEI_REG(reg));
}

static bool is_same(void)
{
	read_all(after);
	return !memcmp(before, after, sizeof(before));
}

/* What a value is once it is written: pending ends with the registration only. */
static u64 written(unsigned int n, unsigned int reg, u64 value)
{
	if (live && is_shared(reg))
		return before[n][reg];
	if (is_state(reg) && value)
		return value | (before[n][reg] & KVM_SDEI_STATE_PENDING);
	return value;
}

static void write_one(void)
{
	unsigned int n = below(2), reg = below(KVM_SDEI_NR_REGS);
	u64 value;
	int error;

	/* Most are about what handlers interrupted, and will do with any value. */
	while (!bare_has_reg(n, reg) ||
	       (reg >= KVM_SDEI_REG_CONTEXT(0) && !is_pstate(reg) && below(8)))
		reg = below(KVM_SDEI_NR_REGS);
	value = any_value(reg);
	error = bare_set(&vm.vcpu[n], KVM_REG_ARM_SDEI_REG(reg), value);
	expect(!error || error == EINVAL, strerror(error), n, reg, value);
	switch (verdict_on(n, reg, value)) {
	case TAKEN:
		expect(!error, "is refused", n, reg, value);
		break;
	case REFUSED:
		expect(error, "is taken", n, reg, value);
		break;
	default:
		break;
	}
	if (error) {
		nr_refused++;
		expect(is_same(), "is refused, but changes something", n, reg, value);
		return;
	}
	nr_taken++;
	before[n][reg] = written(n, reg, value);
	expect(bare_read(&vm.vcpu[n], KVM_REG_ARM_SDEI_REG(reg)) == before[n][reg],
	       "is taken, but reads as something else", n, reg, value);
}

/* ---- running ---- */

static void interrupt(int signal)
{
	unsigned int n;

	(void)signal;
	for (n = 0; n < 2; n++)
		vm.vcpu[n].run->immediate_exit = 1;
}

static void make_calls(void)
{
	static const u32 events[] = { 0, 0x40000000, 0x40000001, 0x40000002, 0x40000003, 7 };
	u64 *call = (u64 *)(vm.ram + BARE_TABLE);
	unsigned int n;

	for (n = 0; n < BARE_CALLS; n++, call += 8) {
		call[0] = below(3) ? SDEI_BASE + below(0x14) : SDEI_EVENT_COMPLETE;
		if (!below(4))
			call[0] = below(2) ? SDEI_PE_UNMASK : SDEI_EVENT_ENABLE;
		call[1] = call[0] == SDEI_EVENT_CONTEXT ? below(18) :
			  call[0] == SDEI_EVENT_COMPLETE_AND_RESUME ? any_address() :
			  events[below(ARRAY_SIZE(events))];
		call[2] = call[0] == SDEI_EVENT_REGISTER ? any_address() : below(2);
		call[3] = below(2);
		call[4] = below(4);
		call[5] = below(3);
	}
}

/* Whether the VM has been at work: nothing that its vCPUs share is written to then. */
static bool is_live(void)
{
	const u64 id = KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_EVENT(FIRST_SHARED) +
					    KVM_SDEI_REG_EVENT_ARG);
	u64 value = bare_read(&vm.vcpu[0], id);
	bool same;

	bare_write(&vm.vcpu[0], id, ~value);
	same = bare_read(&vm.vcpu[0], id) == value;
	bare_write(&vm.vcpu[0], id, value);
	return same;
}

static void run(unsigned int n)
{
	const struct itimerval slice = {
		.it_value = { .tv_usec = TIME_SLICE }, .it_interval = { .tv_usec = TIME_SLICE },
	};
	const struct itimerval never = { .it_value = { .tv_usec = 0 } };
	struct bare_vcpu *vcpu = &vm.vcpu[n];
	int error;

	bare_write(vcpu, CORE_REG(regs.regs[20]), rnd());
	bare_write(vcpu, CORE_REG(regs.regs[22]), BARE_RAM + BARE_TABLE);
	bare_write(vcpu, CORE_REG(regs.pc), BARE_ADDRESS(bare_loop));
	bare_write(vcpu, CORE_REG(regs.pstate), 0x3c5);
	bare_write(vcpu, ARM64_SYS_REG(3, 0, 12, 0, 0), BARE_ADDRESS(bare_vectors));
	setitimer(ITIMER_REAL, &slice, NULL);
	while (!__atomic_load_n(&vcpu->run->immediate_exit, __ATOMIC_SEQ_CST)) {
		error = bare_run(vcpu);
		/* It may have gone where there is nothing that KVM could emulate. */
		if (error && error != EINTR)
			bare_write(vcpu, CORE_REG(regs.pc), BARE_ADDRESS(bare_loop));
	}
	setitimer(ITIMER_REAL, &never, NULL);
	/* What it has left to do when it goes on. */
	bare_run(vcpu);
	for (n = 0; n < 2; n++)
		vm.vcpu[n].run->immediate_exit = 0;
	expect(is_legal_pstate(bare_read(vcpu, CORE_REG(regs.pstate))),
	       "the guest is in a mode that it may not have", vcpu != vm.vcpu, 0,
	       bare_read(vcpu, CORE_REG(regs.pstate)));
	nr_ran++;
	live = live || is_live();
}

/* What is there now, in any order, is what a new VM would take. */
static void expect_legal(void)
{
	struct { unsigned int n, reg; } order[2 * KVM_SDEI_NR_REGS], swap;
	unsigned int nr = 0, n, reg, m;
	u64 id;

	for (n = 0; n < 2; n++) {
		bare_vcpu_init(&fresh, n);
		for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++) {
			if (!bare_has_reg(n, reg))
				continue;
			order[nr].n = n;
			order[nr++].reg = reg;
			if (is_pstate(reg) && before[n][reg])
				expect(is_legal_pstate(before[n][reg]), "no legal PSTATE", n, reg,
				       before[n][reg]);
		}
	}
	for (m = nr; m > 1; m--) {
		n = below(m);
		swap = order[n];
		order[n] = order[m - 1];
		order[m - 1] = swap;
	}
	for (m = 0; m < nr; m++) {
		id = KVM_REG_ARM_SDEI_REG(order[m].reg);
		expect(!bare_set(&fresh.vcpu[order[m].n], id, before[order[m].n][order[m].reg]),
		       "a new VM refuses it", order[m].n, order[m].reg,
		       before[order[m].n][order[m].reg]);
	}
	for (m = 0; m < nr; m++) {
		id = KVM_REG_ARM_SDEI_REG(order[m].reg);
		expect(bare_read(&fresh.vcpu[order[m].n], id) ==
		       before[order[m].n][order[m].reg],
		       "a new VM has something else", order[m].n, order[m].reg,
		       before[order[m].n][order[m].reg]);
	}
}

static void round_of(void)
{
	unsigned int runs, n;

	live = false;
	bare_vm_create(&vm, 2);
	read_all(before);
	for (runs = 0; runs < RUNS_PER_VM; runs++) {
		for (n = below(WRITES_PER_RUN); n; n--)
			write_one();
		expect_legal();
		make_calls();
		for (n = 0; n < 2; n++)
			run(n);
		read_all(before);
		expect_legal();
	}
	bare_vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = interrupt };
	unsigned int n, rounds;
	char name[80];

	errno = EINVAL;
	if (argc != 3)
		die("usage: setters SEED ROUNDS");
	random_state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15 + 1;
	rounds = atoi(argv[2]);
	bare_start();
	sigaction(SIGALRM, &action, NULL);
	bare_vm_create(&fresh, 2);
	has_aarch32 = (bare_read(&fresh.vcpu[0], ARM64_SYS_REG(3, 0, 0, 4, 0)) & 0xf) == 2;
	for (n = 0; n < rounds && wrong < 20; n++)
		round_of();
	bare_vm_destroy(&fresh);
	snprintf(name, sizeof(name), "seed %s: %u values taken, %u refused, %u runs", argv[1],
		 nr_taken, nr_refused, nr_ran);
	report(!wrong && nr_taken && nr_refused && nr_ran, name);
	return report_end();
}
