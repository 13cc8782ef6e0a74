// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls, what they answer and in which order they check (spec.md, sections
 * 1, 2 and 7). SIGNAL, the resets and routing have files of their own, contexts
 * and transitions between states too.
 */
#include <string.h>

#include "host.h"

#define UPPER	0xdeadbeef00000000ULL

static const u32 unknown_events[] = {
	1, 0x3fffffff, 0x40000004, 0x4000ffff, 0x7fffffff, 0x80000000,
	0xc0000000, 0xc0000001, 0xffffffff,
};

/* What each call answers to arguments that are all 0, on a PE after its reset. */
static const s64 first_answers[] = {
	[VERSION - VERSION]		= (1ULL << 48) | (1ULL << 32) | 0x4b564d,
	[REGISTER - VERSION]		= SDEI_INVALID_PARAMETERS,
	[ENABLE - VERSION]		= SDEI_DENIED,
	[DISABLE - VERSION]		= SDEI_DENIED,
	[CONTEXT - VERSION]		= SDEI_DENIED,
	[COMPLETE - VERSION]		= SDEI_DENIED,
	[COMPLETE_AND_RESUME - VERSION]	= SDEI_DENIED,
	[UNREGISTER - VERSION]		= SDEI_DENIED,
	[STATUS - VERSION]		= 0,
	[GET_INFO - VERSION]		= 0,
	[ROUTING_SET - VERSION]		= SDEI_INVALID_PARAMETERS,
	[PE_MASK - VERSION]		= 0,
	[PE_UNMASK - VERSION]		= SDEI_SUCCESS,
	[INTERRUPT_BIND - VERSION]	= SDEI_INVALID_PARAMETERS,
	[INTERRUPT_RELEASE - VERSION]	= SDEI_INVALID_PARAMETERS,
	[SIGNAL - VERSION]		= SDEI_SUCCESS,
	[FEATURES - VERSION]		= 0,
	[PRIVATE_RESET - VERSION]	= SDEI_SUCCESS,
	[SHARED_RESET - VERSION]	= SDEI_SUCCESS,
};

static void test_id(u64 fn, s64 answer)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	struct sdei_regs before;

	memset(p->regs.x, 0, 6 * sizeof(u64));
	p->regs.x[0] = fn;
	before = p->regs;
	host_call_as_is(p);
	expect(p->regs.x[0], answer, "%#llx answers", fn);
	expect(p->regs.pc, before.pc + 4, "%#llx returns", fn);
	before.x[0] = p->regs.x[0];
	before.pc = p->regs.pc;
	check(!memcmp(&before, &p->regs, sizeof(before)),
	      "%#llx leaves the other registers alone", fn);
	host_delete(host);
}

static void test_ids(void)
{
	u64 fn;

	tap_section("function id");
	for (fn = VERSION; fn <= 0xC400003F; fn++) {
		s64 answer = fn > SHARED_RESET ? SDEI_NOT_SUPPORTED :
						 first_answers[fn - VERSION];
		test_id(fn, answer);
		test_id(fn | UPPER, answer);
	}
}

static void test_version(unsigned int minor)
{
	struct host *host = host_new(1, minor);
	struct host_pe *p = host->pes;

	tap_section("version 1.%u", minor);
	expect(call(p, VERSION), (1ULL << 48) | ((u64)minor << 32) | 0x4b564d,
	       "VERSION");
	expect(call(p, FEATURES, 0), 0, "FEATURES: no bind slots");
	expect(call(p, FEATURES, 1), minor, "FEATURES: relative mode");
	expect(call(p, FEATURES, UPPER | 1), minor, "FEATURES looks at 32 bits");
	expect(call(p, FEATURES, 2), SDEI_INVALID_PARAMETERS, "FEATURES 2");
	expect(call(p, FEATURES, 0x80000000), SDEI_INVALID_PARAMETERS,
	       "FEATURES 0x80000000");
	expect(call(p, FEATURES, 0xffffffff), SDEI_INVALID_PARAMETERS,
	       "FEATURES 0xffffffff");
	expect(call(p, REGISTER, NMI, 0x100, 0, RELATIVE),
	       minor ? SDEI_SUCCESS : SDEI_INVALID_PARAMETERS,
	       "REGISTER in relative mode");
	expect(call(p, REGISTER, NOTIFY, 0, 0, RELATIVE),
	       minor ? SDEI_SUCCESS : SDEI_INVALID_PARAMETERS,
	       "REGISTER of offset 0");
	expect(call(p, REGISTER, VM_NOTIFY, 0, 0, RELATIVE | RM_PE, p->mpidr),
	       minor ? SDEI_SUCCESS : SDEI_INVALID_PARAMETERS,
	       "REGISTER of a shared event, relative, for one PE");
	host_delete(host);
}

/* Every call with an event as its argument, the rest of them being good. */
static s64 event_call(struct host_pe *p, u64 fn, u64 event)
{
	switch (fn) {
	case REGISTER:
		return call(p, fn, event, 0x1000);
	case ROUTING_SET:
		return call(p, fn, event, RM_PE, p->mpidr);
	case SIGNAL:
		return call(p, fn, event, p->mpidr);
	default:
		return call(p, fn, event);
	}
}

static void test_unknown_events(void)
{
	static const u64 fns[] = {
		REGISTER, ENABLE, DISABLE, UNREGISTER, STATUS, GET_INFO,
		ROUTING_SET, INTERRUPT_RELEASE, SIGNAL,
	};
	struct host *host = host_new(1, 1);
	unsigned int f, n;

	tap_section("unknown event");
	for (f = 0; f < ARRAY_SIZE(fns); f++)
		for (n = 0; n < ARRAY_SIZE(unknown_events); n++)
			expect(event_call(host->pes, fns[f], unknown_events[n]),
			       SDEI_INVALID_PARAMETERS, "%#llx of %#x", fns[f],
			       unknown_events[n]);
	for (n = 0; n < ARRAY_SIZE(unknown_events); n++) {
		expect(sdei_event_find(unknown_events[n]), -1,
		       "%#x is not found", unknown_events[n]);
		expect(sdei_event_is_private(unknown_events[n]), false,
		       "%#x is no private event", unknown_events[n]);
	}
	host_delete(host);
}

/* An event is named by the lower half of its register. */
static void test_event_width(u32 event)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	u64 e = event | UPPER;

	tap_section("%#x with upper bits", event);
	expect(sdei_event_number(sdei_event_find(event)), event, "is found");
	expect(sdei_event_is_private(event), event < 0x40000002, "is private");
	expect(call(p, REGISTER, e, entry_of(event), arg_of(event)), 0, "REGISTER");
	expect(call(p, ENABLE, e), 0, "ENABLE");
	expect(call(p, STATUS, event), 3, "they named the event");
	expect(call(p, STATUS, e), 3, "STATUS");
	expect(call(p, DISABLE, e), 0, "DISABLE");
	expect(call(p, STATUS, event), 1, "DISABLE named the event");
	expect(call(p, GET_INFO, e, 2), is_critical(event), "GET_INFO");
	expect(call(p, ROUTING_SET, e, RM_ANY),
	       is_shared(event) ? SDEI_SUCCESS : SDEI_INVALID_PARAMETERS,
	       "ROUTING_SET");
	expect(call(p, SIGNAL, e, p->mpidr),
	       event == EVENT_0 ? SDEI_SUCCESS : SDEI_INVALID_PARAMETERS, "SIGNAL");
	expect(call(p, INTERRUPT_RELEASE, e), SDEI_INVALID_PARAMETERS,
	       "INTERRUPT_RELEASE");
	expect(call(p, UNREGISTER, e), 0, "UNREGISTER");
	expect(call(p, STATUS, event), 0, "UNREGISTER named the event");

	call(p, PE_UNMASK);
	register_event(p, event, RM_ANY, 0);
	enable_event(p, event);
	host_raise(p, event);
	host_dispatch(p);
	expect(p->regs.x[0], event, "the handler gets the number as it is");
	host_delete(host);
}

/* REGISTER with parameters that must be refused, whatever the state is. */
static void refuse(struct host_pe *p, u32 event, u64 entry, u64 flags, u64 affinity,
		   const char *name)
{
	unsigned int before = call(p, STATUS, event);

	expect(call(p, REGISTER, event, entry, 0, flags, affinity),
	       SDEI_INVALID_PARAMETERS, "%s (flags %#llx)", name, flags);
	expect(call(p, STATUS, event), before, "%s (flags %#llx): same state", name,
	       flags);
}

static void refuse_all(struct host_pe *p, u32 event)
{
	unsigned int bit;

	for (bit = 2; bit < 64; bit++)
		refuse(p, event, 0x1000, BIT_ULL(bit), p->mpidr, "reserved flag");
	refuse(p, event, 0x1000, BIT_ULL(40) | RELATIVE | RM_PE, p->mpidr,
	       "reserved flag with good ones");
	refuse(p, event, 0, RM_ANY, 0, "entry 0");
	refuse(p, event, 0, RM_PE, p->mpidr, "entry 0, RM_PE");
	if (!is_shared(event))
		return;
	refuse(p, event, 0x1000, RM_PE, HOST_MPIDR_NONE, "no such PE");
	refuse(p, event, 0x1000, RM_PE, 2, "no such PE by Aff0");
	refuse(p, event, 0x1000, RM_PE, 2 << 8, "no such PE by Aff1");
	refuse(p, event, 0x1000, RM_PE, 2 << 16, "no such PE by Aff2");
	refuse(p, event, 0x1000, RM_PE, 2ULL << 32, "no such PE by Aff3");
	refuse(p, event, 0x1000, RM_PE | RELATIVE, HOST_MPIDR_NONE,
	       "no such PE, relative");
}

static void accept(u32 event, u64 entry, u64 flags, u64 affinity, const char *name)
{
	struct host *host = host_new(HOST_MAX_PES, 1);

	expect(call(host->pes, REGISTER, event, entry, 0, flags, affinity), 0, "%s",
	       name);
	expect(call(host->pes, STATUS, event), 1, "%s: is registered", name);
	host_delete(host);
}

static void test_register(u32 event)
{
	struct host *host = host_new(HOST_MAX_PES, 1);
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("REGISTER of %#x", event);
	refuse_all(p, event);
	register_event(p, event, RM_ANY, 0);
	tap_section("REGISTER of %#x, registered already", event);
	refuse_all(p, event);
	expect(call(p, REGISTER, event, 0x6660, 0x666, RM_PE, host->pes[1].mpidr),
	       SDEI_DENIED, "is denied");
	call(p, PE_UNMASK);
	enable_event(p, event);
	host_raise(p, event);
	check(host_dispatch(p) && at_handler(p, event), "the first handler stays");
	tap_section("REGISTER of %#x, running", event);
	refuse_all(p, event);
	call(p, UNREGISTER, event);
	tap_section("REGISTER of %#x, unregister-pending", event);
	refuse_all(p, event);

	tap_section("REGISTER of %#x", event);
	accept(event, 1, RM_ANY, 0, "an odd entry");
	accept(event, ~0ULL, RM_ANY, 0, "the last entry");
	accept(event, 0x1000, RM_ANY, HOST_MPIDR_NONE, "RM_ANY ignores the affinity");
	accept(event, 0, RELATIVE, HOST_MPIDR_NONE, "relative, offset 0");
	for (n = 0; n < HOST_MAX_PES; n++) {
		u64 mpidr = host->pes[n].mpidr;

		accept(event, 0x1000, RM_PE, mpidr, "RM_PE");
		accept(event, 0x1000, RM_PE, mpidr & SDEI_MPIDR_AFFINITY,
		       "RM_PE, affinity only");
		accept(event, 0x1000, RM_PE | RELATIVE, mpidr | HOST_MPIDR_NOISE,
		       "RM_PE, all other bits set");
	}
	if (!is_shared(event))
		accept(event, 0x1000, RM_PE, HOST_MPIDR_NONE,
		       "a private event ignores routing");
	host_delete(host);
}

static void test_info(u32 event, unsigned int mode, u64 affinity)
{
	struct host *host = host_new(HOST_MAX_PES, 1);
	struct host_pe *p = host->pes;
	s64 unregistered = is_shared(event) ? SDEI_DENIED : SDEI_INVALID_PARAMETERS;
	s64 mode_answer = is_shared(event) ? (s64)mode : SDEI_INVALID_PARAMETERS;
	s64 affinity_answer = SDEI_INVALID_PARAMETERS;
	unsigned int registered, info;

	if (is_shared(event) && mode == RM_PE)
		affinity_answer = affinity & SDEI_MPIDR_AFFINITY;

	for (registered = 0; registered < 2; registered++) {
		tap_section("GET_INFO of %#x, %sregistered", event,
			    registered ? "" : "un");
		expect(call(p, GET_INFO, event, 0), is_shared(event), "type");
		expect(call(p, GET_INFO, event, 1), event != EVENT_0, "signaled");
		expect(call(p, GET_INFO, event, 2), is_critical(event), "priority");
		expect(call(p, GET_INFO, event, 3),
		       registered ? mode_answer : unregistered, "routing mode");
		expect(call(p, GET_INFO, event, 4),
		       registered ? affinity_answer : unregistered,
		       "routing affinity");
		for (info = 5; info < 10; info++)
			expect(call(p, GET_INFO, event, info),
			       SDEI_INVALID_PARAMETERS, "unknown info %u", info);
		expect(call(p, GET_INFO, event, 0xffffffff),
		       SDEI_INVALID_PARAMETERS, "unknown info 0xffffffff");
		/* Relative mode is no routing mode and does not show. */
		call(p, REGISTER, event, 0x1000, 0, mode | RELATIVE, affinity);
	}

	call(p, PE_UNMASK);
	enable_event(p, event);
	if (is_shared(event) && mode == RM_PE && affinity != p->mpidr)
		goto out;
	host_raise(p, event);
	host_dispatch(p);
	tap_section("GET_INFO of %#x, running", event);
	expect(call(p, GET_INFO, event, 3), mode_answer, "routing mode");
	call(p, UNREGISTER, event);
	tap_section("GET_INFO of %#x, unregister-pending", event);
	expect(call(p, GET_INFO, event, 3), unregistered, "routing mode");
	expect(call(p, GET_INFO, event, 4), unregistered, "routing affinity");
	expect(call(p, GET_INFO, event, 2), is_critical(event), "priority");
out:
	host_delete(host);
}

/* ROUTING_SET with parameters that must be refused, whatever the state is. */
static void refuse_routing(struct host_pe *p, u32 event)
{
	expect(call(p, ROUTING_SET, event, 2), SDEI_INVALID_PARAMETERS, "mode 2");
	expect(call(p, ROUTING_SET, event, 3, p->mpidr), SDEI_INVALID_PARAMETERS,
	       "mode 3");
	expect(call(p, ROUTING_SET, event, 0xffffffff), SDEI_INVALID_PARAMETERS,
	       "mode 0xffffffff");
	expect(call(p, ROUTING_SET, event, RM_PE, HOST_MPIDR_NONE),
	       SDEI_INVALID_PARAMETERS, "no such PE");
}

static void deny_routing(struct host_pe *p, u32 event, const char *state)
{
	tap_section("ROUTING_SET of %#x, %s", event, state);
	expect(call(p, ROUTING_SET, event, RM_ANY), SDEI_DENIED, "RM_ANY");
	expect(call(p, ROUTING_SET, event, RM_PE, p->mpidr), SDEI_DENIED, "RM_PE");
	refuse_routing(p, event);
}

static void test_routing_set(u32 event)
{
	struct host *host = host_new(HOST_MAX_PES, 1);
	struct host_pe *p = host->pes;
	u64 mpidr = host->pes[2].mpidr;

	deny_routing(p, event, "unregistered");
	register_event(p, event, RM_ANY, 0);

	tap_section("ROUTING_SET of %#x, registered", event);
	refuse_routing(p, event);
	expect(call(p, GET_INFO, event, 3), RM_ANY, "a refusal changes nothing");
	expect(call(p, ROUTING_SET, event, RM_PE, mpidr), 0, "RM_PE");
	expect(call(p, GET_INFO, event, 3), RM_PE, "sets the mode");
	expect(call(p, GET_INFO, event, 4), mpidr & SDEI_MPIDR_AFFINITY,
	       "sets the affinity");
	expect(call(p, STATUS, event), 1, "changes no state");
	expect(call(p, ROUTING_SET, event, RM_ANY, HOST_MPIDR_NONE), 0,
	       "RM_ANY ignores the affinity");
	expect(call(p, GET_INFO, event, 3), RM_ANY, "sets the mode back");
	expect(call(p, GET_INFO, event, 4), SDEI_INVALID_PARAMETERS,
	       "there is no affinity then");
	expect(call(p, ROUTING_SET, event, RM_PE, p->mpidr | HOST_MPIDR_NOISE), 0,
	       "looks at the affinity of an MPIDR only");
	expect(call(p, GET_INFO, event, 4), p->mpidr & SDEI_MPIDR_AFFINITY,
	       "keeps the affinity only");

	host_raise(p, event);
	deny_routing(p, event, "pending");
	call(p, ENABLE, event);
	deny_routing(p, event, "enabled and pending");
	call(p, UNREGISTER, event);
	use_event(p, event);
	deny_routing(p, event, "enabled");
	call(p, PE_UNMASK);
	host_raise(p, event);
	host_dispatch(p);
	deny_routing(p, event, "enabled, running");
	call(p, DISABLE, event);
	deny_routing(p, event, "registered, running");
	call(p, UNREGISTER, event);
	deny_routing(p, event, "unregister-pending");
	call(p, COMPLETE);
	expect(register_event(p, event, RM_ANY, 0), 0, "REGISTER after all that");
	expect(call(p, ROUTING_SET, event, RM_PE, mpidr), 0, "works again");
	expect(call(p, GET_INFO, event, 3), RM_PE, "and has the same effect");
	host_delete(host);
}

static void test_private_routing(u32 event)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("ROUTING_SET of %#x", event);
	for (n = 0; n < 2; n++) {
		expect(call(p, ROUTING_SET, event, RM_ANY), SDEI_INVALID_PARAMETERS,
		       "RM_ANY");
		expect(call(p, ROUTING_SET, event, RM_PE, p->mpidr),
		       SDEI_INVALID_PARAMETERS, "RM_PE");
		register_event(p, event, RM_ANY, 0);
	}
	host_delete(host);
}

/* What a handler is entered with after its routing was changed. */
static void test_routing_keeps(u32 event)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("ROUTING_SET of %#x", event);
	call(p, REGISTER, event, 0x40, 0x123, RELATIVE);
	call(p, ROUTING_SET, event, RM_PE, q->mpidr);
	call(p, ENABLE, event);
	call(p, PE_UNMASK);
	call(q, PE_UNMASK);
	host_raise(p, event);
	check(!host_dispatch(p), "no other PE takes the event");
	check(host_dispatch(q), "the PE takes the event");
	expect(q->regs.pc, q->sysreg[SDEI_VBAR_EL1] + 0x40, "keeps relative mode");
	expect(q->regs.x[1], 0x123, "keeps the argument");
	host_delete(host);
}

static void test_mask(void)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;

	tap_section("PE_MASK, PE_UNMASK");
	expect(call(p, PE_MASK), 0, "masked after reset");
	expect(call(p, PE_UNMASK), 0, "unmask");
	expect(call(p, PE_UNMASK), 0, "unmask again");
	expect(call(p, PE_MASK), 1, "mask");
	expect(call(p, PE_MASK), 0, "mask again");
	call(p, PE_UNMASK);
	expect(call(p + 1, PE_MASK), 0, "each PE has a mask of its own");
	use_event(p, NMI);
	host_raise(p, NMI);
	host_dispatch(p);
	expect(call(p, PE_MASK), 1, "mask in a handler");
	expect(call(p, PE_MASK), 0, "mask again in a handler");
	expect(call(p, PE_UNMASK), 0, "unmask in a handler");
	expect(call(p, PE_MASK), 1, "mask once more in a handler");
	call(p, COMPLETE);
	expect(call(p, PE_MASK), 0, "COMPLETE leaves the mask");
	host_delete(host);
}

/* In a handler all calls work, and none but COMPLETE* leaves it. */
static void test_in_handler(u64 fn)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;
	u64 pc;

	tap_section("%#llx in a handler", fn);
	call(p, PE_UNMASK);
	use_event(p, NMI);
	host_raise(p, NMI);
	host_dispatch(p);
	pc = p->regs.pc;
	call(p, fn, VM_NMI, 0x1000);
	expect(p->regs.pc, pc + 4, "returns");
	expect(call(p, STATUS, NMI) & 4, 4, "the handler still runs");
	host_delete(host);
}

int main(void)
{
	unsigned int n;
	u64 fn;

	test_ids();
	test_version(1);
	test_version(0);
	test_unknown_events();
	for (n = 0; n < NR_EVENTS; n++) {
		u32 event = host_events[n];

		test_event_width(event);
		test_register(event);
		test_info(event, RM_ANY, HOST_MPIDR_NONE);
		test_info(event, RM_PE, 0x81000000);
		test_info(event, RM_PE, HOST_MPIDR_NOISE | 1);
		test_info(event, RM_PE, HOST_MPIDR_NOISE | 1ULL << 32);
		if (is_shared(event)) {
			test_routing_set(event);
			test_routing_keeps(event);
		} else {
			test_private_routing(event);
		}
	}
	test_mask();
	for (fn = VERSION; fn <= SHARED_RESET; fn++)
		if (fn != COMPLETE && fn != COMPLETE_AND_RESUME)
			test_in_handler(fn);
	return tap_exit();
}
