// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs: the boot CPU runs the tests, the others wait in the VMM for work.
 */
#include "guest.h"

#define STACK_SIZE	16384

struct cpu cpus[MAX_CPUS];
unsigned int nr_cpus;

static struct frame frames[MAX_CPUS][2];
static char handler_stacks[MAX_CPUS][2][STACK_SIZE] __aligned(16);
static struct registers emergency[MAX_CPUS];

#define WORK(cpu)	(cpu)
#define DONE(cpu)	(MAX_CPUS + (cpu))

void down(unsigned int semaphore)
{
	service(SERVICE_DOWN, semaphore, 0, 0, 0);
}

void up(unsigned int semaphore)
{
	service(SERVICE_UP, semaphore, 0, 0, 0);
}

static u64 field(u64 value, unsigned int shift)
{
	return (value >> shift) & 0xf;
}

static u64 features(void)
{
	u64 pfr0 = read_sysreg(id_aa64pfr0_el1);
	u64 pfr1 = read_sysreg(id_aa64pfr1_el1);
	u64 features = 0;

	if (field(read_sysreg(id_aa64mmfr1_el1), 20))
		features |= 1 << FEATURE_PAN;
	if (field(read_sysreg(s3_0_c0_c7_2), 4)) /* ID_AA64MMFR2_EL1.UAO */
		features |= 1 << FEATURE_UAO;
	if (field(pfr1, 4) >= 2)
		features |= 1 << FEATURE_SSBS;
	if (field(pfr0, 48))
		features |= 1 << FEATURE_DIT;
	if (field(pfr1, 8) >= 2)
		features |= 1 << FEATURE_TCO;
	if (field(pfr0, 0) == 2)
		features |= 1 << FEATURE_AARCH32;
	if (field(pfr1, 0))
		features |= 1 << FEATURE_BTI;
	return features;
}

bool cpu_has(unsigned int feature)
{
	return this_cpu()->features & (1 << feature);
}

/* By each CPU when it starts. */
void cpu_init(unsigned int index)
{
	struct cpu *cpu = &cpus[index];
	unsigned int n;

	cpu->index = index;
	cpu->mpidr = read_sysreg(mpidr_el1) & 0xff00ffffff;
	cpu->exception = &emergency[index];
	cpu->sp = 0;
	cpu->features = features();
	for (n = 0; n < 2; n++) {
		frames[index][n].stack = (u64)handler_stacks[index][n] + STACK_SIZE;
		frames[index][n].cpu = index;
		cpu->handler[n] = &frames[index][n];
	}
	cpu->online = true;
}

static void __noreturn work_for_ever(struct cpu *cpu)
{
	for (;;) {
		down(WORK(cpu->index));
		cpu->work(cpu->arg);
		up(DONE(cpu->index));
	}
}

/* Where the assembly of a secondary CPU ends up. */
void secondary(unsigned int index)
{
	cpu_init(index);
	up(DONE(index));
	work_for_ever(&cpus[index]);
}

/* It has switched itself off at work, and does that work again. */
void secondary_again(unsigned int index)
{
	struct cpu *cpu = &cpus[index];

	cpu_init(index);
	cpu->work(cpu->arg);
	up(DONE(index));
	work_for_ever(cpu);
}

s64 cpu_on(unsigned int cpu)
{
	return call_hvc(PSCI_CPU_ON, service(SERVICE_MPIDR, cpu, 0, 0, 0) & 0xff00ffffff,
		   (u64)secondary_start, cpu, 0, 0);
}

bool cpu_is_off(unsigned int cpu)
{
	return call_hvc(PSCI_AFFINITY_INFO, service(SERVICE_MPIDR, cpu, 0, 0, 0) & 0xff00ffffff,
		   0, 0, 0, 0) == PSCI_AFFINITY_OFF;
}

bool cpu_is_asleep(unsigned int cpu)
{
	return service(SERVICE_ASLEEP, cpu, 0, 0, 0);
}

/* Have another CPU, which is switched on if need be, do something. */
void cpu_start(unsigned int cpu, void (*work)(void *arg), void *arg)
{
	struct cpu *other = &cpus[cpu];

	if (!other->online) {
		if (cpu_on(cpu) != SUCCESS)
			give_up("CPU_ON failed");
		down(DONE(cpu));
	}
	other->touched = true;
	other->work = work;
	other->arg = arg;
	up(WORK(cpu));
}

void cpu_wait(unsigned int cpu)
{
	down(DONE(cpu));
}

void on_cpu(unsigned int cpu, void (*work)(void *arg), void *arg)
{
	if (cpu == this_cpu()->index) {
		work(arg);
		return;
	}
	cpu_start(cpu, work, arg);
	cpu_wait(cpu);
}

static void do_off(void *arg)
{
	(void)arg;
	switch_cpu_off();
}

/* For good, or until somebody switches it on. */
void switch_cpu_off(void)
{
	this_cpu()->online = false;
	last_step_made();
	call_hvc(PSCI_CPU_OFF, 0, 0, 0, 0, 0);
	give_up("CPU_OFF returned");
}

void cpu_off(unsigned int cpu)
{
	cpu_start(cpu, do_off, NULL);
	wait_for(cpu_is_off(cpu));
}

static void clean(void *arg)
{
	(void)arg;
	conduit(SDEI_PE_MASK, 0, 0, 0, 0, 0);
	conduit(SDEI_PRIVATE_RESET, 0, 0, 0, 0, 0);
	this_cpu()->touched = false;
}

static bool spinning[MAX_CPUS], let_go;

static void spin(void *arg)
{
	(void)arg;
	WRITE_ONCE(spinning[this_cpu()->index], true);
	while (!READ_ONCE(let_go))
		asm volatile("yield");
	WRITE_ONCE(spinning[this_cpu()->index], false);
}

/* Have a CPU run in the guest, with interrupts masked, until it is let go. */
void start_spinning(unsigned int cpu)
{
	WRITE_ONCE(let_go, false);
	cpu_start(cpu, spin, NULL);
	wait_for(READ_ONCE(spinning[cpu]));
}

/* All that spin are let go, this one is waited for. */
void stop_spinning(unsigned int cpu)
{
	WRITE_ONCE(let_go, true);
	cpu_wait(cpu);
}

/* Have the VMM reset a CPU that spins. */
void reset_spinning(unsigned int cpu)
{
	service(SERVICE_INIT, cpu, 0, 0, 0);
	WRITE_ONCE(spinning[cpu], false);
	cpus[cpu].online = false;
}

/* Sleep, with interrupts masked. It may be over at once, as where the host has one. */
void do_wfi(void *arg)
{
	struct cpu *self = this_cpu();

	(void)arg;
	asm volatile("dsb sy\n\twfi" : : : "memory");
	WRITE_ONCE(self->wakeups, self->wakeups + 1);
}

/* Sleep until it has handled the event once more. */
static void do_sleep(void *event)
{
	unsigned int self = this_cpu()->index;
	unsigned int before = handled_on(self, (u64)event);

	while (handled_on(self, (u64)event) == before)
		do_wfi(NULL);
}

void cpu_start_sleeping(unsigned int cpu, unsigned int event)
{
	cpu_start(cpu, do_sleep, (void *)(u64)event);
}

/* What a test may have left behind. */
void cpus_clean(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (!cpu || (cpus[cpu].online && cpus[cpu].touched))
			on_cpu(cpu, clean, NULL);
	conduit(SDEI_SHARED_RESET, 0, 0, 0, 0, 0);
}

/* After a reset of the machine. */
void cpus_forget(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpus[cpu].online = false;
}
