// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports: what an event interrupted, from the handler to the console.
 *
 * The handler only makes a record in memory. printk() there would leave the
 * output to an interrupt of the same CPU, which a CPU that hangs with
 * interrupts masked never takes; some consoles then stay silent for all other
 * CPUs too. So the records are printed by a work item: that of the CPU itself,
 * at once, if it takes interrupts; else that of any other CPU, each of which
 * looks for new records now and then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/atomic.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "guest.h"

#define NR_CONTEXT	18	/* x0 to x17 are the dispatcher's to keep */
#define NR_RECORDS	8	/* per CPU, a power of two */
#define STALE_NS	(10 * NSEC_PER_SEC)

struct record {
	u64 time;
	u64 argument;
	u64 context[NR_CONTEXT];
	struct user_pt_regs regs;
	u32 event;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

/*
 * A ring that the handlers of one CPU write and that any CPU may read. Both
 * positions only ever grow.
 */
struct reports {
	unsigned int head;
	unsigned int tail;
	unsigned long lost;
	unsigned long lost_printed;
	struct irq_work prompt;
	struct work_struct prompt_work;
	struct delayed_work poll;
	struct record records[NR_RECORDS];
};

static struct reports __percpu *reports;
static enum cpuhp_state poll_state;

/* When whoever prints has printed its last line, or 0 if nobody does. */
static atomic64_t printing = ATOMIC64_INIT(0);

static const char *describe(const struct user_pt_regs *regs)
{
	if (regs->pstate & PSR_MODE32_BIT)
		return "EL0, AArch32";

	switch (regs->pstate & PSR_MODE_MASK) {
	case PSR_MODE_EL0t:
		return "EL0";
	case PSR_MODE_EL1t:
		return "EL1t";
	case PSR_MODE_EL1h:
		return "EL1h";
	default:
		return "EL2";
	}
}

/* Without the pointer authentication code, which would hide the symbol. */
static void *strip(u64 address)
{
	register u64 lr asm("x30") = address;

	/* XPACLRI, which is a hint: no operation where it is not known. */
	asm volatile("hint #7" : "+r" (lr));

	return (void *)lr;
}

static void note_progress(void)
{
	s64 last = atomic64_read(&printing);

	if (last)
		atomic64_cmpxchg(&printing, last, ktime_get_mono_fast_ns());
}

#define print(fmt, ...)				\
	do {					\
		pr_crit(fmt, ##__VA_ARGS__);	\
		note_progress();		\
	} while (0)

static void print_registers(int cpu, const char *kind, const u64 *values,
			    int count)
{
	int i;

	for (i = 0; i + 2 < count; i += 3)
		print("CPU%d: %s x%-2d %016llx  x%-2d %016llx  x%-2d %016llx\n",
		      cpu, kind, i, values[i], i + 1, values[i + 1], i + 2,
		      values[i + 2]);
	for (; i < count; i++)
		print("CPU%d: %s x%-2d %016llx\n", cpu, kind, i, values[i]);
}

static void print_record(int cpu, const struct record *record)
{
	const struct user_pt_regs *regs = &record->regs;
	bool user = (regs->pstate & PSR_MODE_MASK) == PSR_MODE_EL0t;
	u64 age = ktime_get_mono_fast_ns() - record->time;

	print("CPU%d: SDEI event 0x%x argument 0x%llx, %llu ms ago\n", cpu,
	      record->event, record->argument, age / NSEC_PER_MSEC);
	print("CPU%d: task %s pid %d, %s, interrupts %s\n", cpu, record->comm,
	      record->pid, describe(regs),
	      regs->pstate & PSR_I_BIT ? "masked" : "enabled");
	/* The client does not keep SP_EL0, which is what user space calls SP. */
	print("CPU%d: pc %016llx pstate %016llx %s %016llx\n", cpu, regs->pc,
	      regs->pstate, user ? "sp_el1" : "sp", regs->sp);
	if (user)
		print("CPU%d: pc is at user space\n", cpu);
	else
		print("CPU%d: pc is at %pS, lr at %pS\n", cpu,
		      (void *)regs->pc, strip(regs->regs[30]));

	print_registers(cpu, "register", regs->regs, ARRAY_SIZE(regs->regs));
	print_registers(cpu, "context ", record->context, NR_CONTEXT);
	print("CPU%d: end of event 0x%x\n", cpu, record->event);
}

static void print_records(int cpu)
{
	struct reports *r = per_cpu_ptr(reports, cpu);
	struct record record;
	unsigned long lost;
	unsigned int tail;

	for (;;) {
		tail = READ_ONCE(r->tail);
		/* Pairs with the release in kvm_sdei_guest_report(). */
		if (tail == smp_load_acquire(&r->head))
			break;
		record = r->records[tail % NR_RECORDS];
		/* Releases the slot, and fails if another CPU was faster. */
		if (cmpxchg(&r->tail, tail, tail + 1) == tail)
			print_record(cpu, &record);
	}

	lost = READ_ONCE(r->lost);
	if (lost != r->lost_printed) {
		print("CPU%d: %lu events came too fast to be reported\n", cpu,
		      lost - r->lost_printed);
		r->lost_printed = lost;
	}
}

static bool anything_to_print(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct reports *r = per_cpu_ptr(reports, cpu);

		if (READ_ONCE(r->head) != READ_ONCE(r->tail) ||
		    READ_ONCE(r->lost) != READ_ONCE(r->lost_printed))
			return true;
	}

	return false;
}

/*
 * One report after the other: if somebody prints, the next look for records
 * finds what is left. But what an event is raised for may have caught whoever
 * prints, so one that has printed nothing for a while is taken over from.
 */
static void print_all(void)
{
	s64 last = atomic64_read(&printing);
	s64 now = ktime_get_mono_fast_ns();
	int cpu;

	if (!anything_to_print())
		return;
	if (last && now - last < STALE_NS)
		return;
	if (atomic64_cmpxchg(&printing, last, now) != last)
		return;

	for_each_possible_cpu(cpu)
		print_records(cpu);

	atomic64_set_release(&printing, 0);
}

static void prompt_work(struct work_struct *work)
{
	print_all();
}

static void prompt(struct irq_work *work)
{
	struct reports *r = container_of(work, struct reports, prompt);

	schedule_work(&r->prompt_work);
}

/* The more CPUs look, the less often each of them has to. */
static unsigned long poll_interval(void)
{
	return HZ / 4 * min(num_online_cpus(), 8U);
}

static void poll(struct work_struct *work)
{
	print_all();
	schedule_delayed_work_on(smp_processor_id(), to_delayed_work(work),
				 poll_interval());
}

static int poll_start(unsigned int cpu)
{
	schedule_delayed_work_on(cpu, &per_cpu_ptr(reports, cpu)->poll,
				 poll_interval());

	return 0;
}

static int poll_stop(unsigned int cpu)
{
	cancel_delayed_work_sync(&per_cpu_ptr(reports, cpu)->poll);

	return 0;
}

/*
 * Nobody is going to print: this is the only CPU and takes no interrupt, or a
 * record waits for so long that all others must hang. The log buffer is then
 * better than nothing: a memory dump has it.
 */
static bool notrace nobody_prints(const struct reports *r)
{
	unsigned int tail = READ_ONCE(r->tail);
	const struct record *oldest = &r->records[tail % NR_RECORDS];
	s64 last = atomic64_read(&printing);

	if (tail == r->head)
		return false;
	if (num_online_cpus() == 1 && !last && oldest->regs.pstate & PSR_I_BIT)
		return true;

	last = max_t(s64, last, oldest->time);

	return (s64)ktime_get_mono_fast_ns() - last > STALE_NS;
}
NOKPROBE_SYMBOL(nobody_prints);

/**
 * kvm_sdei_guest_report() - have the interrupted context printed
 * @event: the number of the event
 * @regs: the registers of the interrupted context, as the client passed them
 *
 * Context: NMI, in the event's handler.
 */
void notrace kvm_sdei_guest_report(u32 event, struct pt_regs *regs)
{
	struct reports *r = this_cpu_ptr(reports);
	unsigned int head = r->head;
	struct arm_smccc_res res;
	struct record *record;
	int i;

	if (head - READ_ONCE(r->tail) >= NR_RECORDS) {
		WRITE_ONCE(r->lost, r->lost + 1);
		goto out;
	}

	record = &r->records[head % NR_RECORDS];
	record->time = ktime_get_mono_fast_ns();
	record->event = event;
	record->regs = regs->user_regs;
	/* The firmware was given the structure that the registers are in. */
	record->argument = (u64)container_of(regs,
					     struct sdei_registered_event,
					     interrupted_regs);
	record->pid = current->pid;
	memcpy(record->comm, current->comm, sizeof(record->comm));
	record->comm[sizeof(record->comm) - 1] = '\0';
	for (i = 0; i < NR_CONTEXT; i++) {
		arm_smccc_1_1_invoke(SDEI_1_0_FN_SDEI_EVENT_CONTEXT, i, &res);
		record->context[i] = res.a0;
	}

	/* Pairs with the acquire in print_records(). */
	smp_store_release(&r->head, head + 1);
out:
	if (nobody_prints(r))
		print_records(smp_processor_id());
	else
		irq_work_queue(&r->prompt);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_report);

/**
 * kvm_sdei_guest_report_init() - get ready for kvm_sdei_guest_report()
 *
 * Return: 0, or a negative error number.
 */
int kvm_sdei_guest_report_init(void)
{
	int cpu, err;

	reports = alloc_percpu(struct reports);
	if (!reports)
		return -ENOMEM;

	for_each_possible_cpu(cpu) {
		struct reports *r = per_cpu_ptr(reports, cpu);

		init_irq_work(&r->prompt, prompt);
		INIT_WORK(&r->prompt_work, prompt_work);
		INIT_DELAYED_WORK(&r->poll, poll);
	}

	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "kvm_sdei_guest:online",
				poll_start, poll_stop);
	if (err < 0) {
		free_percpu(reports);
		return err;
	}
	poll_state = err;

	return 0;
}

/**
 * kvm_sdei_guest_report_exit() - print what is left and stop
 *
 * No handler may run any more.
 *
 * Context: process, may sleep.
 */
void kvm_sdei_guest_report_exit(void)
{
	int cpu;

	cpuhp_remove_state(poll_state);
	for_each_possible_cpu(cpu) {
		irq_work_sync(&per_cpu_ptr(reports, cpu)->prompt);
		cancel_work_sync(&per_cpu_ptr(reports, cpu)->prompt_work);
	}
	print_all();
	free_percpu(reports);
}
