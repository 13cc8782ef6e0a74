// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hostile guest on all CPUs at once: any call at any moment, of itself and in
 * handlers, which may take their time, go elsewhere, take their CPU away, or not be
 * there at all; PSCI's calls and the host's raises in between. The order is nobody's to
 * know, but what each call can answer is, and what is left behind.
 *
 * What a CPU knows for sure is what only its own calls change, as long as no handler
 * came in between: its private events and its mask.
 */
#include "guest.h"

#define ROUNDS		4
#define NR_ARGS		6
#define DEFAULT_STEPS	10000

/* That many has KVM's GIC. */
#define INTERRUPTS	256

/* Errors of the host's raises. */
#define EINVAL		22
#define ENOENT		2

/**
 * struct rager - what a CPU is at, also while it is off; by LEVEL_* where it counts
 * @left: steps to make of itself
 * @allowed: how many calls and raises its handlers of each priority may have made
 * @made: calls and raises made
 * @entered: handlers entered
 * @lost: of these, such as are not there
 * @cut: of these, such as were about to switch the CPU off
 * @delivered: the host's count of those before they all began
 * @completed: the same
 * @masked: whether the CPU is masked
 * @masked_at: as it was when so many handlers had been entered
 * @resumed_pc: where the last handler that resumes with events was entered
 * @resumed_pstate: the PSTATE there
 * @leaving: it is off, or about to be
 * @arrivals: how often it came back
 * @finished: it has no steps left, and stays on
 */
struct rager {
	u64 left;
	u64 allowed;
	u64 made[NR_LEVELS];
	u64 entered[NR_LEVELS];
	u64 lost[NR_LEVELS];
	u64 cut[NR_LEVELS];
	u64 delivered;
	u64 completed;
	bool masked;
	u64 masked_at;
	u64 resumed_pc;
	u64 resumed_pstate;
	bool leaving;
	u64 arrivals;
	bool finished;
};

/**
 * struct attempt - a call of SDEI
 * @x: x0 to x5 for it
 * @event: the event that x1 names, or -1
 * @status: its status, or -1 if that is not known for sure
 * @masked: whether the CPU is masked, or -1
 * @frame: of the handler that makes the call, or NULL
 */
struct attempt {
	u64 x[NR_ARGS];
	int event;
	s64 status;
	int masked;
	const struct frame *frame;
};

static struct rager ragers[MAX_CPUS];
static u64 minor;

static struct rager *myself(void)
{
	return &ragers[this_cpu()->index];
}

static u64 sum(const u64 *counts)
{
	return READ_ONCE(counts[LEVEL_NONE]) + READ_ONCE(counts[LEVEL_NORMAL]) +
	       READ_ONCE(counts[LEVEL_CRITICAL]);
}

static unsigned int level_of(const struct frame *frame)
{
	if (!frame)
		return LEVEL_NONE;
	return is_critical(event_of(frame)) ? LEVEL_CRITICAL : LEVEL_NORMAL;
}

static void count(const struct frame *frame)
{
	myself()->made[level_of(frame)]++;
}

/* ---- what a call can answer ---- */

static bool either(s64 ret, s64 one, s64 other)
{
	return ret == one || ret == other;
}

static bool in_handler_of(const struct attempt *a, bool shared)
{
	return a->frame && is_shared(event_of(a->frame)) == shared;
}

/* Nobody can take from a handler that it runs. */
static bool is_own(const struct attempt *a)
{
	return a->frame && event_of(a->frame) == (unsigned int)a->event;
}

/* A handler of a private event may run here, or one of a shared event anywhere. */
static bool may_run(const struct attempt *a)
{
	return a->frame || is_shared(a->event);
}

static bool register_can(const struct attempt *a, s64 ret)
{
	const u64 *x = a->x;
	bool relative = x[4] & REGISTER_RELATIVE;

	if (a->event < 0 || x[4] & ~(REGISTER_RM_PE | (minor ? REGISTER_RELATIVE : 0ULL)) ||
	    (!relative && !x[2]) ||
	    (is_shared(a->event) && x[4] & REGISTER_RM_PE && cpu_named(x[5]) < 0))
		return ret == INVALID_PARAMETERS;
	if (is_own(a))
		return ret == DENIED;
	if (a->status >= 0)
		return ret == (a->status ? DENIED : SUCCESS);
	return either(ret, SUCCESS, DENIED);
}

static bool enable_can(const struct attempt *a, s64 ret)
{
	if (a->event < 0)
		return ret == INVALID_PARAMETERS;
	if (a->status >= 0)
		return ret == (a->status & STATUS_REGISTERED ? SUCCESS : DENIED);
	return either(ret, SUCCESS, DENIED);
}

static bool unregister_can(const struct attempt *a, s64 ret)
{
	if (a->event < 0)
		return ret == INVALID_PARAMETERS;
	if (is_own(a))
		return ret == PENDING;
	if (a->status >= 0)
		return ret == (a->status & STATUS_RUNNING ? PENDING :
			       a->status ? SUCCESS : DENIED);
	return either(ret, SUCCESS, DENIED) || (ret == PENDING && may_run(a));
}

static bool status_can(const struct attempt *a, s64 ret)
{
	if (a->event < 0)
		return ret == INVALID_PARAMETERS;
	if (a->status >= 0 && ret != a->status)
		return false;
	if (is_own(a) && !(ret & STATUS_RUNNING))
		return false;
	if (ret & STATUS_RUNNING && !may_run(a))
		return false;
	return ret >= 0 && ret < 8 &&
	       (ret & STATUS_REGISTERED || !(ret & STATUS_ENABLED));
}

/* What is the handler's to change is saved as it was found, but for x0 to x3. */
static bool context_can(const struct attempt *a, s64 ret)
{
	if (!a->frame)
		return ret == DENIED;
	if (a->x[1] >= NR_SAVED)
		return ret == INVALID_PARAMETERS;
	return a->x[1] < 4 || (u64)ret == a->frame->regs.x[a->x[1]];
}

static bool get_info_can(const struct attempt *a, s64 ret)
{
	if (a->event < 0)
		return ret == INVALID_PARAMETERS;
	switch (a->x[2]) {
	case INFO_TYPE:
		return ret == is_shared(a->event);
	case INFO_SIGNALED:
		return ret == (a->event != EVENT_SIGNAL);
	case INFO_PRIORITY:
		return ret == is_critical(a->event);
	case INFO_ROUTING_MODE:
		if (is_shared(a->event))
			return either(ret, REGISTER_RM_ANY, REGISTER_RM_PE) ||
			       ret == DENIED;
		return ret == INVALID_PARAMETERS;
	case INFO_ROUTING_AFFINITY:
		if (is_shared(a->event))
			return either(ret, INVALID_PARAMETERS, DENIED) ||
			       (ret >= 0 && cpu_named(ret) >= 0);
		return ret == INVALID_PARAMETERS;
	default:
		return ret == INVALID_PARAMETERS;
	}
}

static bool routing_set_can(const struct attempt *a, s64 ret)
{
	const u64 *x = a->x;

	if (a->event < 0 || !is_shared(a->event) || x[2] > REGISTER_RM_PE ||
	    (x[2] == REGISTER_RM_PE && cpu_named(x[3]) < 0))
		return ret == INVALID_PARAMETERS;
	return ret == DENIED || (ret == SUCCESS && !is_own(a));
}

static bool mask_can(const struct attempt *a, s64 ret)
{
	return a->masked >= 0 ? ret == !a->masked : either(ret, 0, 1);
}

/* There is no slot. */
static bool bind_can(const struct attempt *a, s64 ret)
{
	u32 intid = a->x[1];

	return ret == (intid < 16 || intid >= INTERRUPTS ? INVALID_PARAMETERS :
		       OUT_OF_RESOURCE);
}

static bool signal_can(const struct attempt *a, s64 ret)
{
	return ret == ((u32)a->x[1] || cpu_named(a->x[2]) < 0 ? INVALID_PARAMETERS : SUCCESS);
}

static bool features_can(const struct attempt *a, s64 ret)
{
	switch ((u32)a->x[1]) {
	case 0:
		return ret == 0;
	case 1:
		return (u64)ret == minor;
	default:
		return ret == INVALID_PARAMETERS;
	}
}

static bool reset_can(const struct attempt *a, s64 ret, bool shared)
{
	if (in_handler_of(a, shared))
		return ret == DENIED;
	if (!shared && !a->frame)
		return ret == SUCCESS;
	return either(ret, SUCCESS, DENIED);
}

static bool can_answer(const struct attempt *a, s64 ret)
{
	switch ((u32)a->x[0]) {
	case SDEI_VERSION:
		return (u64)ret == (1ULL << 48 | minor << 32 | 0x4b564d);
	case SDEI_EVENT_REGISTER:
		return register_can(a, ret);
	case SDEI_EVENT_ENABLE:
	case SDEI_EVENT_DISABLE:
		return enable_can(a, ret);
	case SDEI_EVENT_CONTEXT:
		return context_can(a, ret);
	case SDEI_EVENT_COMPLETE:
	case SDEI_EVENT_COMPLETE_AND_RESUME:
		return ret == DENIED;
	case SDEI_EVENT_UNREGISTER:
		return unregister_can(a, ret);
	case SDEI_EVENT_STATUS:
		return status_can(a, ret);
	case SDEI_EVENT_GET_INFO:
		return get_info_can(a, ret);
	case SDEI_EVENT_ROUTING_SET:
		return routing_set_can(a, ret);
	case SDEI_PE_MASK:
		return mask_can(a, ret);
	case SDEI_PE_UNMASK:
		return ret == SUCCESS;
	case SDEI_INTERRUPT_BIND:
		return bind_can(a, ret);
	case SDEI_INTERRUPT_RELEASE:
		return ret == INVALID_PARAMETERS;
	case SDEI_EVENT_SIGNAL:
		return signal_can(a, ret);
	case SDEI_FEATURES:
		return features_can(a, ret);
	case SDEI_PRIVATE_RESET:
		return reset_can(a, ret, false);
	case SDEI_SHARED_RESET:
		return reset_can(a, ret, true);
	default:
		return ret == NOT_SUPPORTED;
	}
}

/* ---- calls ---- */

/* If a handler came in between, this is not how it is now, and is not believed. */
static void note_mask(struct rager *me, bool masked, u64 since)
{
	WRITE_ONCE(me->masked, masked);
	WRITE_ONCE(me->masked_at, since);
}

/* To a handler that does not run where another one would, or that is not there. */
static u64 any_entry(const struct attempt *a)
{
	bool relative = a->x[4] & REGISTER_RELATIVE;
	u64 entry;

	if (!relative && !below(16))
		return 0;
	entry = a->event < 0 || !below(3) ? nowhere() : (u64)handler_of(a->event);
	return relative ? entry - (u64)rage_vectors : entry;
}

static void prepare_call(struct attempt *a)
{
	u64 *x = a->x;

	any_call(x, NR_ARGS);
	/* How handlers end is not up to them. */
	if (a->frame && either((u32)x[0], SDEI_EVENT_COMPLETE, SDEI_EVENT_COMPLETE_AND_RESUME))
		x[0] = SDEI_PE_UNMASK;
	if ((u32)x[0] == SDEI_EVENT_COMPLETE_AND_RESUME)
		x[1] = nowhere();
}

static void make_call(struct attempt *a)
{
	struct rager *me = myself();
	u64 *x = a->x, since;
	s64 ret;

	a->event = event_named(x[1]);
	a->status = -1;
	a->masked = -1;
	if ((u32)x[0] == SDEI_EVENT_REGISTER) {
		x[2] = any_entry(a);
		x[3] = arg_of(a->event);
	}
	since = sum(me->entered);
	if (READ_ONCE(me->masked_at) == since)
		a->masked = READ_ONCE(me->masked);
	if (a->event >= 0 && !is_shared(a->event))
		a->status = event_status(a->event);
	ret = call(x[0], x[1], x[2], x[3], x[4], x[5]);
	if (sum(me->entered) != since) {
		a->status = -1;
		a->masked = -1;
	}
	if (either((u32)x[0], SDEI_PE_MASK, SDEI_PE_UNMASK))
		note_mask(me, (u32)x[0] == SDEI_PE_MASK, since);
	count(a->frame);
	check(can_answer(a, ret),
	      "CPU %u: call %#llx of %#llx, %#llx, %#llx, %#llx, %#llx answers %lld; STATUS %lld, masked %d, event %d",
	      this_cpu()->index, x[0], x[1], x[2], x[3], x[4], x[5], ret, a->status,
	      a->masked, a->frame ? (int)event_of(a->frame) : -1);
}

static void make_any_call(const struct frame *frame)
{
	struct attempt a = { .frame = frame };

	prepare_call(&a);
	make_call(&a);
}

/* Calls without which there would be few events. */
static void make_call_of(const struct frame *frame, u64 fn, u64 event, u64 mpidr)
{
	struct attempt a = { .frame = frame };

	a.x[0] = fn;
	a.x[1] = event;
	a.x[2] = mpidr;
	a.x[4] = below(4);
	a.x[5] = mpidr;
	make_call(&a);
}

static void listen(const struct frame *frame)
{
	unsigned int event = below(NR_EVENTS);
	u64 number = EVENT_NUMBER(event), mpidr = cpus[below(nr_cpus)].mpidr;

	make_call_of(frame, SDEI_EVENT_REGISTER, number, mpidr);
	make_call_of(frame, SDEI_EVENT_ENABLE, number, 0);
	make_call_of(frame, SDEI_PE_UNMASK, 0, 0);
}

static void make_raise(const struct frame *frame)
{
	u32 number = any_event(), cpu = below(2) ? VMM_NO_VCPU : below(nr_cpus);
	int event = event_named(number);
	s64 ret = raise_number(cpu, number);

	count(frame);
	if (event < 0 || is_shared(event) != (cpu == VMM_NO_VCPU))
		expect(ret, -EINVAL, "raise of event %#x on CPU %d", number, (int)cpu);
	else
		check(either(ret, 0, -ENOENT), "raise of event %#x on CPU %d: %lld", number,
		      (int)cpu, ret);
}

/* ---- PSCI ---- */

/* Those that do not even think of leaving. */
static unsigned int cpus_on(void)
{
	unsigned int cpu, on = 0;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (!READ_ONCE(ragers[cpu].leaving))
			on |= 1U << cpu;
	return on;
}

static u64 arrivals(void)
{
	unsigned int cpu;
	u64 count = 0;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		count += READ_ONCE(ragers[cpu].arrivals);
	return count;
}

static void switch_off(const struct frame *frame)
{
	struct rager *me = myself();

	count(frame);
	if (frame)
		me->cut[level_of(frame)]++;
	WRITE_ONCE(me->leaving, true);
	switch_cpu_off();
}

/* One that has left, if there is any. */
static u64 any_to_switch_on(void)
{
	unsigned int first = below(nr_cpus), n, cpu;

	for (n = 0; n < nr_cpus; n++) {
		cpu = (first + n) % nr_cpus;
		if (READ_ONCE(ragers[cpu].leaving))
			return cpus[cpu].mpidr;
	}
	return cpus[first].mpidr;
}

/* SDEI's state is the same after it; the mask is seen to by the calls that follow. */
static void make_psci(const struct frame *frame)
{
	u64 since = sum(myself()->entered), x[4], before;
	unsigned int event = below(EVENT_VM_NOTIFY), on;
	s64 status = event_status(event), ret;

	any_psci(x);
	if (x[0] == PSCI_CPU_ON) {
		if (below(4))
			x[1] = any_to_switch_on();
		if (cpu_named(x[1]) >= 0) {
			x[2] = (u64)secondary_restart;
			x[3] = cpu_named(x[1]);
		}
	} else if (!below(8)) {
		x[0] = PSCI_CPU_SUSPEND;
		timer_set(read_sysreg(cntfrq_el0) / 8192);
	}
	before = arrivals();
	on = cpus_on();
	ret = conduit(x[0], x[1], x[2], x[3], 0, 0);
	on &= cpus_on();
	count(frame);
	/* Who was on all the time cannot have been away in between. */
	if (arrivals() != before)
		on = 1 | 1U << this_cpu()->index;
	check(either(ret, psci_answer(x, on), psci_answer(x, ~0U)),
	      "CPU %u: call %#llx of %#llx, %#llx answers %lld; CPUs on: %#x",
	      this_cpu()->index, x[0], x[1], x[2], ret, on);
	ret = event_status(event);
	if (sum(myself()->entered) == since)
		expect(ret, status, "STATUS of event %u after call %#llx", event, x[0]);
}

/* ---- what a CPU does ---- */

static void step(const struct frame *frame)
{
	switch (below(64)) {
	case 0:
		if (this_cpu()->index && (frame || below(2)))
			switch_off(frame);
		break;
	case 1 ... 5:
		make_psci(frame);
		break;
	case 6 ... 8:
		make_raise(frame);
		break;
	case 9 ... 18:
		make_call_of(frame, SDEI_EVENT_SIGNAL, 0, cpus[below(nr_cpus)].mpidr);
		break;
	case 19 ... 26:
		listen(frame);
		break;
	default:
		make_any_call(frame);
		break;
	}
}

static void check_entry(const struct frame *frame, unsigned int level)
{
	static void * const lost[] = {
		[LEVEL_NORMAL] = handler_lost, [LEVEL_CRITICAL] = handler_lost_critical,
	};
	unsigned int event = event_of(frame);
	const struct registers *regs = &frame->regs;
	const u64 mode = 0xf | PSTATE_DAIF;

	if (regs->pc == (u64)lost[level])
		myself()->lost[level]++;
	else
		expect(regs->pc, (u64)handler_of(event), "event %u: handler", event);
	expect(regs->pstate & mode, PSTATE_EL1H | PSTATE_DAIF, "event %u: PSTATE", event);
	check((regs->x[2] >= RAM_BASE && regs->x[2] < USER_BASE) || is_nowhere(regs->x[2]),
	      "event %u: interrupted PC %#llx", event, regs->x[2]);
	expect(regs->x[3] & mode, PSTATE_EL1H | PSTATE_DAIF, "event %u: interrupted PSTATE",
	       event);
}

/*
 * A handler that is not there, or that resumes elsewhere, changes ELR_EL1 and SPSR_EL1.
 * They matter in two places: where handlers resume, and where the vectors look at them.
 * A handler that has interrupted the first puts them right, with the CPU masked so that
 * no other comes in between, and none that has interrupted either resumes elsewhere.
 * Those of critical events, which may do so within others, resume with the CPU masked.
 */
static void end(struct frame *frame, unsigned int level)
{
	u64 pc = frame->regs.x[2];
	struct rager *me = myself();

	if (pc == (u64)rage_resume) {
		make_call_of(frame, SDEI_PE_MASK, 0, 0);
		write_sysreg(me->resumed_pc, elr_el1);
		write_sysreg(me->resumed_pstate, spsr_el1);
	} else if (!below(4) && (pc < (u64)rage_vectors || pc >= (u64)rage_vectors_end)) {
		if (level == LEVEL_CRITICAL) {
			make_call_of(frame, SDEI_PE_MASK, 0, 0);
			resume_at(frame, rage_resume_masked);
		} else {
			me->resumed_pc = pc;
			me->resumed_pstate = frame->regs.x[3];
			resume_at(frame, rage_resume);
		}
	}
}

static void rage_in_handler(struct frame *frame)
{
	static const u8 many[] = { 0, 0, 1, 2, 3, 30 };
	unsigned int level = level_of(frame), outer = wild_level(level), n;
	struct rager *me = myself();

	WRITE_ONCE(me->entered[level], me->entered[level] + 1);
	check_entry(frame, level);
	/* What its handler takes away stays until that is complete. */
	for (n = below(8) ? 0 : 2; n; n--)
		make_call_of(frame, SDEI_EVENT_UNREGISTER, frame->regs.x[0], 0);
	for (n = many[below(ARRAY_SIZE(many))]; n && me->made[level] < me->allowed; n--)
		step(frame);
	end(frame, level);
	wild_level(outer);
}

/* From where it was when it was switched off, if it was. */
static void rage(void *arg)
{
	struct rager *me = myself();

	(void)arg;
	wild_level(LEVEL_NONE);
	if (me->leaving) {
		WRITE_ONCE(me->arrivals, me->arrivals + 1);
		WRITE_ONCE(me->leaving, false);
	}
	expect_fresh();
	note_mask(me, true, sum(me->entered));
	write_sysreg(rage_vectors, vbar_el1);
	timer_on();
	while (me->left) {
		me->left--;
		if (!this_cpu()->index && !(me->left % 256))
			service(SERVICE_TEST, (u64)"fuzz: all CPUs at once", 0, 0, 0);
		step(NULL);
	}
	/* No handler runs: C code does. */
	call(SDEI_PE_MASK);
	expect(call(SDEI_PRIVATE_RESET), SUCCESS, "PRIVATE_RESET");
	timer_off();
	write_sysreg(vectors, vbar_el1);
	WRITE_ONCE(me->finished, true);
}

/* ---- all of them ---- */

/* Whoever is off has steps left, and nobody else may be there to switch it on. */
static void wait_for_all(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++) {
		while (!READ_ONCE(ragers[cpu].finished)) {
			if (READ_ONCE(ragers[cpu].leaving))
				call_hvc(PSCI_CPU_ON, cpus[cpu].mpidr, (u64)secondary_restart,
					 cpu, 0, 0);
			give_way();
		}
		cpu_wait(cpu);
	}
}

static void expect_nothing(void *arg)
{
	unsigned int event;

	(void)arg;
	for (event = 0; event < NR_EVENTS; event++)
		expect(event_status(event), 0, "STATUS of event %u", event);
}

/*
 * Each handler was entered as often as the host says, but for those that one of a
 * critical event has interrupted before they counted themselves, and has switched their
 * CPU off. It does not complete then, nor does one that it has interrupted.
 */
static void expect_counts(unsigned int cpu)
{
	const struct rager *rager = &ragers[cpu];
	u64 delivered = sysfs_number(cpu, FILE_DELIVERED) - rager->delivered;
	u64 completed = sysfs_number(cpu, FILE_COMPLETED) - rager->completed;
	u64 entered = sum(rager->entered), cut = sum(rager->cut);

	check(delivered - entered <= rager->cut[LEVEL_CRITICAL],
	      "CPU %u: %llu handlers were entered for %llu events, %llu critical ones have switched it off",
	      cpu, entered, delivered, rager->cut[LEVEL_CRITICAL]);
	check(delivered - completed >= cut && delivered - completed <= 2 * cut,
	      "CPU %u: %llu handlers completed of %llu, %llu have switched it off", cpu,
	      completed, delivered, cut);
}

static void expect_silence(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		on_cpu(cpu, expect_nothing, NULL);
		expect_sysfs(cpu, FILE_RUNNING, "");
		expect_sysfs(cpu, FILE_PENDING, "");
		expect_sysfs(cpu, FILE_REGISTERED, "");
		expect_sysfs(cpu, FILE_MASKED, "1");
		expect_counts(cpu);
	}
}

static void begin(void)
{
	unsigned int cpu, event;

	wild_begin(DEFAULT_STEPS);
	minor = fact(FACT_MINOR);
	memset(ragers, 0, sizeof(ragers));
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		ragers[cpu].delivered = sysfs_number(cpu, FILE_DELIVERED);
		ragers[cpu].completed = sysfs_number(cpu, FILE_COMPLETED);
	}
	for (event = 0; event < NR_EVENTS; event++)
		on_event(event, rage_in_handler);
}

static void one_round(void)
{
	unsigned int cpu;

	service(SERVICE_TEST, (u64)"fuzz: all CPUs at once", 0, 0, 0);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		ragers[cpu].left = fuzz_steps / 16;
		ragers[cpu].allowed += fuzz_steps / 16;
		ragers[cpu].finished = false;
	}
	/* All are on before any of them begins. */
	for (cpu = 0; cpu < nr_cpus; cpu++)
		on_cpu(cpu, expect_nothing, NULL);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, rage, NULL);
	rage(NULL);
	wait_for_all();
	expect(call(SDEI_SHARED_RESET), SUCCESS, "SHARED_RESET");
	expect_silence();
}

static void show_counts(void)
{
	u64 made = 0, entered = 0, lost = 0, cut = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		made += sum(ragers[cpu].made);
		entered += sum(ragers[cpu].entered);
		lost += sum(ragers[cpu].lost);
		cut += sum(ragers[cpu].cut);
	}
	print("# seed %llu: %llu calls and raises, %llu events delivered, %llu of them to nowhere\n",
	      fuzz_seed, made, entered, lost);
	print("# CPUs came back %llu times, %llu of them from handlers\n", arrivals(), cut);
	check(entered > made / 100, "few events were delivered");
	check(lost > made / 1000, "few events were delivered to nowhere");
	check(arrivals() > made / 2000, "few CPUs were switched off");
}

void rampage(void)
{
	unsigned int round;

	/* The timers are wanted, or who sleeps would not wake up. */
	if (no_gic())
		return;
	begin();
	for (round = 0; round < ROUNDS; round++) {
		one_round();
		/* One of them is switched off, and comes back for more. */
		cpu_off(1 + round % (nr_cpus - 1));
	}
	show_counts();

	/* And all is as it was. */
	events_forget();
	event_listen(EVENT_NMI);
	event_raise(EVENT_NMI);
	expect_handled(EVENT_NMI, 1);
}
