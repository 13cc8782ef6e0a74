// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of what events interrupted: made in handlers, printed elsewhere.
 *
 * Each CPU has a ring for each priority. Only handlers of that priority on that
 * CPU write to it, which never interrupt each other; any CPU may read it, also
 * in an NMI. No side ever waits.
 */
#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "guest.h"

#define NR_RECORDS	8	/* a power of two */

/* Both positions only ever grow. */
struct ring {
	unsigned int head;
	unsigned int tail;
	unsigned long lost;
	unsigned long lost_told;
	struct record records[NR_RECORDS];
};

struct rings {
	struct ring of[NR_PRIORITIES];
};

static struct rings __percpu *rings;

/* Drops what is on the stack above the context that was interrupted. */
static void notrace take_backtrace(struct record *record)
{
	unsigned int depth, first;

	depth = stack_trace_save(record->trace, NR_TRACE, 0);
	for (first = 0; first < depth; first++)
		if (record->trace[first] == record->regs.pc)
			break;
	record->depth = depth - first;
	memmove(record->trace, record->trace + first,
		record->depth * sizeof(record->trace[0]));
	record->cut = depth == NR_TRACE;
}
NOKPROBE_SYMBOL(take_backtrace);

static void notrace take_context(struct record *record)
{
	struct arm_smccc_res res;
	int i;

	for (i = 0; i < NR_CONTEXT; i++) {
		arm_smccc_1_1_invoke(SDEI_1_0_FN_SDEI_EVENT_CONTEXT, i, &res);
		record->context[i] = res.a0;
	}
}
NOKPROBE_SYMBOL(take_context);

/**
 * kvm_sdei_guest_record_make() - make a record of the interrupted context
 * @record: the record
 * @event: the event
 * @actions: what of it will be printed
 * @regs: the registers of the interrupted context, as the client passed them
 *
 * Context: NMI, in the event's handler.
 */
void notrace kvm_sdei_guest_record_make(struct record *record,
					const struct event *event,
					unsigned int actions,
					struct pt_regs *regs)
{
	record->time = ktime_get_mono_fast_ns();
	record->event = event->number;
	record->actions = actions;
	record->hang = event->hang;
	record->masked = kvm_sdei_guest_masked(regs);
	record->regs = regs->user_regs;
	/* The firmware was given the structure that the registers are in. */
	record->argument = (u64)container_of(regs,
					     struct sdei_registered_event,
					     interrupted_regs);
	record->pid = current->pid;
	memcpy(record->comm, current->comm, sizeof(record->comm));
	record->comm[sizeof(record->comm) - 1] = '\0';
	if (actions & ACTION_LOG)
		take_context(record);
	if (actions & ACTION_BACKTRACE)
		take_backtrace(record);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_record_make);

/**
 * kvm_sdei_guest_record_put() - put a record of the interrupted context into its ring
 * @event: the event
 * @actions: what of it will be printed
 * @regs: the registers of the interrupted context, as the client passed them
 *
 * Context: NMI, in the event's handler.
 */
void notrace kvm_sdei_guest_record_put(const struct event *event,
				       unsigned int actions,
				       struct pt_regs *regs)
{
	struct ring *ring = &this_cpu_ptr(rings)->of[event->priority];
	unsigned int head = ring->head;

	if (head - READ_ONCE(ring->tail) >= NR_RECORDS) {
		WRITE_ONCE(ring->lost, ring->lost + 1);
		return;
	}
	kvm_sdei_guest_record_make(&ring->records[head % NR_RECORDS], event,
				   actions, regs);

	/* Pairs with the acquire in kvm_sdei_guest_record_take(). */
	smp_store_release(&ring->head, head + 1);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_record_put);

/**
 * kvm_sdei_guest_record_waits() - look for a record
 * @cpu: the CPU whose records
 * @priority: of which priority
 * @since: set to the time of the oldest one, if there is one
 *
 * Context: any.
 * Return: whether there is a record, or one that was lost.
 */
bool kvm_sdei_guest_record_waits(int cpu, enum priority priority, u64 *since)
{
	struct ring *ring = &per_cpu_ptr(rings, cpu)->of[priority];
	unsigned int tail = READ_ONCE(ring->tail);

	/* Pairs with the release in kvm_sdei_guest_record_put(). */
	if (tail != smp_load_acquire(&ring->head)) {
		*since = READ_ONCE(ring->records[tail % NR_RECORDS].time);
		return true;
	}

	return READ_ONCE(ring->lost) != READ_ONCE(ring->lost_told);
}
NOKPROBE_SYMBOL(kvm_sdei_guest_record_waits);

/**
 * kvm_sdei_guest_record_take() - take the oldest record out of its ring
 * @cpu: the CPU whose records
 * @priority: of which priority
 * @record: where to copy it
 *
 * Context: any.
 * Return: whether there was one.
 */
bool kvm_sdei_guest_record_take(int cpu, enum priority priority,
				struct record *record)
{
	struct ring *ring = &per_cpu_ptr(rings, cpu)->of[priority];
	unsigned int tail;

	for (;;) {
		tail = READ_ONCE(ring->tail);
		/* Pairs with the release in kvm_sdei_guest_record_put(). */
		if (tail == smp_load_acquire(&ring->head))
			return false;
		*record = ring->records[tail % NR_RECORDS];
		/* Releases the slot, and fails if another CPU was faster. */
		if (cmpxchg(&ring->tail, tail, tail + 1) == tail)
			return true;
	}
}
NOKPROBE_SYMBOL(kvm_sdei_guest_record_take);

/**
 * kvm_sdei_guest_records_lost() - ask for events that found the ring full
 * @cpu: the CPU whose records
 * @priority: of which priority
 *
 * Context: any.
 * Return: how many of them nobody was told of before.
 */
unsigned long kvm_sdei_guest_records_lost(int cpu, enum priority priority)
{
	struct ring *ring = &per_cpu_ptr(rings, cpu)->of[priority];
	unsigned long lost = READ_ONCE(ring->lost);
	unsigned long told = xchg(&ring->lost_told, lost);

	/* Another CPU may have asked in between, and have been told of more. */
	return (long)(lost - told) > 0 ? lost - told : 0;
}
NOKPROBE_SYMBOL(kvm_sdei_guest_records_lost);

/**
 * kvm_sdei_guest_records_init() - get the memory for records
 *
 * Return: 0 or -ENOMEM.
 */
int kvm_sdei_guest_records_init(void)
{
	rings = alloc_percpu(struct rings);

	return rings ? 0 : -ENOMEM;
}

/**
 * kvm_sdei_guest_records_exit() - give the memory back
 */
void kvm_sdei_guest_records_exit(void)
{
	free_percpu(rings);
}
