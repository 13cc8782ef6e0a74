// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls: what they give, and in which order they look at what is wrong.
 */
#include "guest.h"

#define NOT_AN_EVENT	0x40000004
#define NO_SUCH_MPIDR	0xff00ffff77UL

static const u32 no_events[] = {
	1, 0x3fffffff, NOT_AN_EVENT, 0x40ffffff, 0x7fffffff, 0x80000000,
	0xc0000000, 0xffffffff
};

static u64 version_number(void)
{
	return 1UL << 48 | (u64)fact(FACT_MINOR) << 32 | 0x4b564d;
}

/*
 * The very first call of a VM, by all CPUs at once, has to wait for the module
 * to notice it; the guest does not see that.
 */
static void call_with_all_registers(void *arg)
{
	struct registers in, out;

	(void)arg;
	prepare(&in, use_smc ? kernel_smc : kernel_hvc, PSTATE_EL1T | 0x60000000);
	in.x[0] = SDEI_VERSION;
	expect(run(&in, &out), VECTOR_EL1T, "vector");
	expect(out.x[0], version_number(), "VERSION");
	expect_same(&out, &in, 1, 30, "first call");
	expect(out.elr, in.pc + 8, "PC");
	expect(out.spsr, in.pstate, "PSTATE");
}

static void first_call(void)
{
	unsigned int cpu;

	expect(fact(FACT_ATTACHED), 0, "in sysfs before the first call");
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, call_with_all_registers, NULL);
	call_with_all_registers(NULL);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait(cpu);
	expect(fact(FACT_ATTACHED), 1, "in sysfs after the first call");
}

static void version(void)
{
	expect(call(SDEI_VERSION), version_number(), "VERSION");
}

static void unknown_functions(void)
{
	u64 fn;

	for (fn = SDEI_SHARED_RESET + 1; fn <= SDEI_LAST; fn++)
		expect(call(fn), NOT_SUPPORTED, "function %#llx", fn);
	expect(call(SDEI_BASE - 1), NOT_SUPPORTED, "before the range");
	expect(call(SDEI_LAST + 1), NOT_SUPPORTED, "after the range");
	/* The same numbers as SMC32 calls, and as yielding calls. */
	expect((s32)call(0x84000020), NOT_SUPPORTED, "SMC32");
	expect(call(0x44000020), NOT_SUPPORTED, "yielding");
}

/* The upper half of w0, and of 32-bit arguments, is nobody's business. */
static void upper_halves(void)
{
	const u64 junk = 0xdeadbeef00000000;

	expect(call(junk | SDEI_VERSION), call(SDEI_VERSION), "VERSION");
	expect(call(SDEI_EVENT_GET_INFO, junk | EVENT_NUMBER(EVENT_NMI), INFO_PRIORITY), 1,
	       "event number");
	expect(call(SDEI_FEATURES, junk | 1), call(SDEI_FEATURES, 1), "feature");
	expect(event_register(EVENT_NOTIFY), SUCCESS, "REGISTER");
	expect(call(SDEI_EVENT_STATUS, junk | EVENT_NUMBER(EVENT_NOTIFY)), STATUS_REGISTERED,
	       "STATUS");
}

static void unknown_events(void)
{
	static const u32 functions[] = {
		SDEI_EVENT_REGISTER, SDEI_EVENT_ENABLE, SDEI_EVENT_DISABLE,
		SDEI_EVENT_UNREGISTER, SDEI_EVENT_STATUS, SDEI_EVENT_GET_INFO,
		SDEI_EVENT_ROUTING_SET, SDEI_INTERRUPT_RELEASE, SDEI_EVENT_SIGNAL,
	};
	unsigned int fn, n;

	for (fn = 0; fn < ARRAY_SIZE(functions); fn++)
		for (n = 0; n < ARRAY_SIZE(no_events); n++)
			expect(call(functions[fn], no_events[n],
				    functions[fn] == SDEI_EVENT_REGISTER ?
				    (u64)handler_normal : 0), INVALID_PARAMETERS,
			       "function %#x, event %#x", functions[fn], no_events[n]);
}

static void not_registered(void)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		expect(event_status(event), 0, "event %u: STATUS", event);
		expect(event_enable(event), DENIED, "event %u: ENABLE", event);
		expect(event_disable(event), DENIED, "event %u: DISABLE", event);
		expect(event_unregister(event), DENIED, "event %u: UNREGISTER", event);
	}
}

static void no_handler(void)
{
	u64 n;

	for (n = 0; n < 20; n++)
		expect(call(SDEI_EVENT_CONTEXT, n), DENIED, "CONTEXT of x%llu", n);
	expect(call(SDEI_EVENT_CONTEXT, ~0ULL), DENIED, "CONTEXT of no register");
	expect(call(SDEI_EVENT_COMPLETE, 0), DENIED, "COMPLETE");
	expect(call(SDEI_EVENT_COMPLETE, 1), DENIED, "COMPLETE with a status");
	expect(call(SDEI_EVENT_COMPLETE_AND_RESUME, (u64)vectors), DENIED,
	       "COMPLETE_AND_RESUME");
	expect(call(SDEI_EVENT_COMPLETE_AND_RESUME, 3), DENIED,
	       "COMPLETE_AND_RESUME to nowhere");
}

static void register_parameters(void)
{
	u64 mpidr = cpus[0].mpidr;
	unsigned int event, bit;

	for (event = 0; event < NR_EVENTS; event++) {
		for (bit = 2; bit < 64; bit++)
			expect(event_register_as(event, handler_normal, 1UL << bit, mpidr),
			       INVALID_PARAMETERS, "event %u: flag %u", event, bit);
		expect(event_register_as(event, NULL, 0, 0), INVALID_PARAMETERS,
		       "event %u: no entry point", event);
		expect(event_register_as(event, NULL, REGISTER_RM_PE, mpidr),
		       INVALID_PARAMETERS, "event %u: no entry point, RM_PE", event);
		expect(event_register_as(event, handler_normal, REGISTER_RM_PE, NO_SUCH_MPIDR),
		       is_shared(event) ? INVALID_PARAMETERS : SUCCESS,
		       "event %u: RM_PE to no CPU", event);
		expect(event_status(event), is_shared(event) ? 0 : STATUS_REGISTERED,
		       "event %u: STATUS", event);
		event_unregister(event);
		expect(event_register_as(event, handler_normal, REGISTER_RM_ANY, NO_SUCH_MPIDR),
		       SUCCESS, "event %u: RM_ANY with some affinity", event);
		expect(event_register(event), DENIED, "event %u: again", event);
		expect(event_register_as(event, handler_normal, 4, 0), INVALID_PARAMETERS,
		       "event %u: again, with a wrong flag", event);
		expect(event_register_as(event, NULL, 0, 0), INVALID_PARAMETERS,
		       "event %u: again, without entry point", event);
		expect(event_unregister(event), SUCCESS, "event %u: UNREGISTER", event);
	}
}

static s64 info(unsigned int event, u64 which)
{
	return call(SDEI_EVENT_GET_INFO, EVENT_NUMBER(event), which);
}

static void fixed_info(void)
{
	unsigned int event;
	u64 which;

	for (event = 0; event < NR_EVENTS; event++) {
		expect(info(event, INFO_TYPE), is_shared(event), "event %u: type", event);
		expect(info(event, INFO_SIGNALED), event != EVENT_SIGNAL,
		       "event %u: signaled", event);
		expect(info(event, INFO_PRIORITY), is_critical(event),
		       "event %u: priority", event);
		for (which = 5; which < 20; which++)
			expect(info(event, which), INVALID_PARAMETERS, "event %u: info %llu",
			       event, which);
		expect(info(event, ~0ULL), INVALID_PARAMETERS, "event %u: no info", event);
	}
}

static void routing_info(void)
{
	u64 mpidr = cpus[0].mpidr;
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		s64 unregistered = is_shared(event) ? DENIED : INVALID_PARAMETERS;

		expect(info(event, INFO_ROUTING_MODE), unregistered, "event %u: mode", event);
		expect(info(event, INFO_ROUTING_AFFINITY), unregistered,
		       "event %u: affinity", event);
		expect(event_register(event), SUCCESS, "REGISTER");
		expect(info(event, INFO_ROUTING_MODE), is_shared(event) ? 0 : INVALID_PARAMETERS,
		       "event %u: mode RM_ANY", event);
		expect(info(event, INFO_ROUTING_AFFINITY), INVALID_PARAMETERS,
		       "event %u: affinity of RM_ANY", event);
		event_unregister(event);
		expect(event_register_as(event, handler_normal, REGISTER_RM_PE,
					 mpidr | 0xffffff0080000000), SUCCESS, "RM_PE");
		expect(info(event, INFO_ROUTING_MODE), is_shared(event) ? 1 : INVALID_PARAMETERS,
		       "event %u: mode RM_PE", event);
		expect(info(event, INFO_ROUTING_AFFINITY),
		       is_shared(event) ? (s64)mpidr : INVALID_PARAMETERS,
		       "event %u: affinity of RM_PE", event);
		event_unregister(event);
	}
}

static s64 routing_set(unsigned int event, u64 mode, u64 affinity)
{
	return call(SDEI_EVENT_ROUTING_SET, EVENT_NUMBER(event), mode, affinity);
}

static void routing(void)
{
	u64 mpidr = cpus[0].mpidr;
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		s64 ok = is_shared(event) ? SUCCESS : INVALID_PARAMETERS;
		s64 denied = is_shared(event) ? DENIED : INVALID_PARAMETERS;

		expect(routing_set(event, 0, 0), denied, "event %u: unregistered", event);
		expect(routing_set(event, 2, 0), INVALID_PARAMETERS, "event %u: mode 2", event);
		expect(routing_set(event, 1UL << 32, 0), INVALID_PARAMETERS,
		       "event %u: mode 1 << 32", event);
		expect(routing_set(event, 1, NO_SUCH_MPIDR), INVALID_PARAMETERS,
		       "event %u: no such CPU", event);
		expect(event_register(event), SUCCESS, "REGISTER");
		expect(routing_set(event, 2, 0), INVALID_PARAMETERS,
		       "event %u: registered, mode 2", event);
		expect(routing_set(event, 1, NO_SUCH_MPIDR), INVALID_PARAMETERS,
		       "event %u: registered, no such CPU", event);
		expect(routing_set(event, 0, NO_SUCH_MPIDR), ok, "event %u: RM_ANY", event);
		expect(routing_set(event, 1, mpidr), ok, "event %u: RM_PE", event);
		if (is_shared(event)) {
			expect(info(event, INFO_ROUTING_MODE), 1, "event %u: mode", event);
			expect(info(event, INFO_ROUTING_AFFINITY), mpidr,
			       "event %u: affinity", event);
		}
		event_enable(event);
		expect(routing_set(event, 0, 0), denied, "event %u: enabled", event);
		expect(routing_set(event, 1, NO_SUCH_MPIDR), INVALID_PARAMETERS,
		       "event %u: enabled, no such CPU", event);
		event_disable(event);
		expect(routing_set(event, 0, 0), ok, "event %u: disabled again", event);
		if (is_shared(event)) {
			event_raise(event);
			expect(routing_set(event, 0, 0), DENIED, "event %u: pending", event);
		}
		event_unregister(event);
	}
}

static void features(void)
{
	u64 feature;

	expect(call(SDEI_FEATURES, 0), 0, "slots for interrupts");
	expect(call(SDEI_FEATURES, 1), fact(FACT_MINOR), "relative mode");
	for (feature = 2; feature < 34; feature++)
		expect(call(SDEI_FEATURES, feature), INVALID_PARAMETERS, "feature %llu",
		       feature);
	expect(call(SDEI_FEATURES, 0xffffffff), INVALID_PARAMETERS, "no feature");
}

static void interrupts(void)
{
	static const u32 valid[] = { 16, 27, 31, 32, 100 };
	static const u32 invalid[] = { 0, 1, 15, 1020, 1023, 1024, 8192, 0x80000010, ~0U };
	unsigned int n, event;

	for (n = 0; n < ARRAY_SIZE(invalid); n++)
		expect(call(SDEI_INTERRUPT_BIND, invalid[n]), INVALID_PARAMETERS,
		       "BIND of %u", invalid[n]);
	for (n = 0; n < ARRAY_SIZE(valid); n++)
		expect(call(SDEI_INTERRUPT_BIND, valid[n]), OUT_OF_RESOURCE,
		       "BIND of %u without a slot", valid[n]);
	for (event = 0; event < NR_EVENTS; event++)
		expect(call(SDEI_INTERRUPT_RELEASE, EVENT_NUMBER(event)), INVALID_PARAMETERS,
		       "RELEASE of event %u", event);
}

static void signals(void)
{
	unsigned int event;

	for (event = 1; event < NR_EVENTS; event++)
		expect(call(SDEI_EVENT_SIGNAL, EVENT_NUMBER(event), cpus[0].mpidr),
		       INVALID_PARAMETERS, "event %u", event);
	expect(call(SDEI_EVENT_SIGNAL, 0, NO_SUCH_MPIDR), INVALID_PARAMETERS, "no such CPU");
	expect(call(SDEI_EVENT_SIGNAL, 0, 8), INVALID_PARAMETERS, "CPU 8");
	expect(call(SDEI_EVENT_SIGNAL, 0, cpus[0].mpidr | 1UL << 32), INVALID_PARAMETERS,
	       "another Aff3");
	expect(call(SDEI_EVENT_SIGNAL, 0, cpus[0].mpidr | 0xffffff0080000000), SUCCESS,
	       "bits that are no affinity");
	expect_sysfs(0, FILE_PENDING, "");
}

/* For every function and a few arguments, of which only x0 may change. */
static void registers(void)
{
	static const u64 arguments[][2] = {
		{ 0, 0 }, { 0x40000000, 1 }, { 0x40000002, 3 }, { 0x1234567890, ~0ULL },
	};
	struct registers in, out;
	unsigned int n;
	u64 fn;

	for (fn = SDEI_BASE; fn <= SDEI_LAST; fn++) {
		for (n = 0; n < ARRAY_SIZE(arguments); n++) {
			prepare(&in, use_smc ? kernel_smc : kernel_hvc,
				PSTATE_EL1H | PSTATE_DAIF | 0xa0000000);
			in.x[0] = fn;
			in.x[1] = arguments[n][0];
			in.x[2] = arguments[n][1];
			expect(run(&in, &out), VECTOR_EL1H, "function %#llx: vector", fn);
			expect_same(&out, &in, 1, 30, "call");
			expect(out.elr, in.pc + 8, "function %#llx: PC", fn);
			expect(out.spsr, in.pstate, "function %#llx: PSTATE", fn);
		}
	}
}

/* The interface of the raise files. */
static void raises(void)
{
	enum { EINVAL = 22, ENOENT = 2 };
	unsigned int event, n;

	for (event = 0; event < NR_EVENTS; event++) {
		u32 right = is_shared(event) ? VMM_NO_VCPU : 0;
		u32 wrong = is_shared(event) ? 0 : VMM_NO_VCPU;

		expect(raise_number(right, EVENT_NUMBER(event)), -ENOENT,
		       "event %u: not registered", event);
		expect(raise_number(wrong, EVENT_NUMBER(event)), -EINVAL,
		       "event %u: in the wrong file", event);
		event_register(event);
		expect(raise_number(wrong, EVENT_NUMBER(event)), -EINVAL,
		       "event %u: in the wrong file, registered", event);
		expect(raise_number(right, EVENT_NUMBER(event)), 0, "event %u: once", event);
		expect(raise_number(right, EVENT_NUMBER(event)), 0, "event %u: twice", event);
		event_unregister(event);
		expect(raise_number(right, EVENT_NUMBER(event)), -ENOENT,
		       "event %u: no longer registered", event);
	}
	for (n = 0; n < ARRAY_SIZE(no_events); n++) {
		expect(raise_number(0, no_events[n]), -EINVAL, "event %#x", no_events[n]);
		expect(raise_number(VMM_NO_VCPU, no_events[n]), -EINVAL, "event %#x",
		       no_events[n]);
	}
}

const struct test calls_tests[] = {
	/* It has to be the first test of all. */
	{ "the first call", 1, first_call },
	{ "VERSION", 1, version },
	{ "functions that do not exist", 1, unknown_functions },
	{ "upper halves are ignored", 1, upper_halves },
	{ "events that do not exist", 1, unknown_events },
	{ "events that are not registered", 1, not_registered },
	{ "calls for handlers outside of one", 1, no_handler },
	{ "REGISTER looks at its parameters", 1, register_parameters },
	{ "GET_INFO of what is fixed", 1, fixed_info },
	{ "GET_INFO of routing", 1, routing_info },
	{ "ROUTING_SET", 1, routing },
	{ "FEATURES", 1, features },
	{ "INTERRUPT_BIND and RELEASE without slots", 1, interrupts },
	{ "SIGNAL looks at its parameters", 1, signals },
	{ "no call changes more than x0", 1, registers },
	{ "what the host may raise", 1, raises },
	{ NULL }
};
