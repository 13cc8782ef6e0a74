/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the test module share. */
#ifndef KVM_SDEI_TEST_H
#define KVM_SDEI_TEST_H

#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/types.h>
#include <asm/sysreg.h>

#include "frame.h"

/*
 * What a CPU's thread is to do. A writer of a sysfs file takes it from IDLE to
 * another mode and asks for the end by @frame.release; only the thread takes it
 * back to IDLE, and until then the frame is the thread's.
 */
enum mode { IDLE, WEDGE, WFI, SPIN, STALL, CONSOLE, IRQ, PANIC, DIE,
	    STORM };

/**
 * struct test_cpu - one CPU
 * @mode: what its thread is to do
 * @held: whether its thread is in the loop of that mode
 * @mpidr: its MPIDR_EL1
 * @wake: ends its WFI
 * @measured: whether @isar0, @pfr0 and @psci_version are known
 * @isar0: ID_AA64ISAR0_EL1 as it sees it
 * @pfr0: ID_AA64PFR0_EL1 as it sees it
 * @psci_version: what PSCI_VERSION answers
 * @deadline: in jiffies, when its storm ends, or 0
 * @rounds: of its storms
 * @errors: of its storms
 * @frame: its thread's registers
 */
struct test_cpu {
	enum mode mode;
	bool held;
	u64 mpidr;
	call_single_data_t wake;
	bool measured;
	u64 isar0;
	u64 pfr0;
	u64 psci_version;
	unsigned long deadline;
	u64 rounds;
	u64 errors;
	struct frame frame;
};

struct test_cpu *test_cpu(int cpu);
int test_cpus_init(void);
void test_cpus_exit(void);
int test_start(int cpu, enum mode mode, unsigned int seconds);
int test_release(int cpu);
unsigned long test_errors(void);
void test_mismatch(int cpu, const char *where, const char *what, int index,
		   u64 is, u64 should);

void test_console(struct test_cpu *t);
void test_irq(struct test_cpu *t);
void test_panic(void);
void test_die(void);
int test_panic_slowly(void);
int test_handling(int cpu);

int test_storm_init(void);
void test_storm_exit(void);
bool test_storm(int cpu, struct test_cpu *t);

struct test_call {
	bool smc;
	u64 in[6];
	u64 out[4];
};

int test_call(int cpu, struct test_call *call);

/* Masks all that can be, also what local_irq_save() leaves alone. */
static inline u64 test_mask(void)
{
	u64 daif = read_sysreg(daif);

	asm volatile("msr daifset, #0xf" : : : "memory");

	return daif;
}

static inline void test_unmask(u64 daif)
{
	asm volatile("msr daif, %0" : : "r" (daif) : "memory");
}

#endif
