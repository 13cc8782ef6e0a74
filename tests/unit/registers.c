// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers that carry the state elsewhere, each by itself: which there are,
 * what they can be, and what comes of it (include/uapi/kvm_sdei.h). saving.c looks
 * at all of them together.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define STATE(n)	(KVM_SDEI_REG_EVENT(n) + KVM_SDEI_REG_EVENT_STATE)
#define ENTRY(n)	(KVM_SDEI_REG_EVENT(n) + KVM_SDEI_REG_EVENT_ENTRY)
#define ARG(n)		(KVM_SDEI_REG_EVENT(n) + KVM_SDEI_REG_EVENT_ARG)
#define AFFINITY(n)	(KVM_SDEI_REG_EVENT(n) + KVM_SDEI_REG_EVENT_AFFINITY)
#define PC(s)		(KVM_SDEI_REG_CONTEXT(s) + KVM_SDEI_REG_CONTEXT_PC)
#define PSTATE(s)	(KVM_SDEI_REG_CONTEXT(s) + KVM_SDEI_REG_CONTEXT_PSTATE)

#define REGISTERED	KVM_SDEI_STATE_REGISTERED
#define ENABLED		KVM_SDEI_STATE_ENABLED
#define PENDING		KVM_SDEI_STATE_PENDING
#define FLAGS(flags)	((u64)(flags) << KVM_SDEI_STATE_FLAGS_SHIFT)

#define EL0T	0x00
#define EL1T	0x04
#define EL1H	0x05
#define AARCH32	0x10
/* What PSTATE's register is while the handler of an event runs. */
#define IN(n, pstate)	((u64)((n) + 1) << KVM_SDEI_PSTATE_EVENT_SHIFT | (pstate))

/* Beyond the last one that there can be. */
#define NR_REGS		(2 * KVM_SDEI_NR_REGS)

enum owner { NOBODY, THE_PE, THE_VM };

static enum owner owners[NR_REGS];
/* Those that can be anything. */
static bool is_plain[NR_REGS];

static void know_registers(void)
{
	unsigned int n, m;

	owners[KVM_SDEI_REG_MINOR] = THE_VM;
	owners[KVM_SDEI_REG_PE] = THE_PE;
	for (n = 0; n < NR_EVENTS; n++) {
		enum owner owner = is_shared(host_events[n]) ? THE_VM : THE_PE;

		owners[STATE(n)] = owner;
		owners[ENTRY(n)] = owner;
		owners[ARG(n)] = owner;
		owners[AFFINITY(n)] = owner == THE_VM ? THE_VM : NOBODY;
		is_plain[ENTRY(n)] = true;
		is_plain[ARG(n)] = true;
	}
	for (n = 0; n < 2; n++) {
		for (m = KVM_SDEI_REG_CONTEXT(n); m <= PSTATE(n); m++) {
			owners[m] = THE_PE;
			is_plain[m] = m != PSTATE(n);
		}
	}
}

static bool set(struct host_pe *p, unsigned int reg, u64 val)
{
	bool valid = sdei_state_set(&p->pe, reg, val);

	host_check(host_of(p));
	return valid;
}

static u64 get(struct host_pe *p, unsigned int reg)
{
	return sdei_state_get(&p->pe, reg);
}

/* Goes to work, with what its host does then. */
static void adopt(struct host_pe *p)
{
	sdei_state_adopt(&p->pe);
	host_dispatch(p);
}

static void accepts(struct host_pe *p, unsigned int reg, u64 val)
{
	always(set(p, reg, val), "register %#x can be %#llx", reg, (unsigned long long)val);
	always(get(p, reg) == val, "register %#x is %#llx now", reg, (unsigned long long)val);
}

/* Whether @val is refused, and not a bit of the VM has changed. */
static bool refuses(struct host_pe *p, unsigned int reg, u64 val)
{
	struct host *host = host_of(p), *before = malloc(sizeof(*host));
	bool refused, same;

	if (!before)
		tap_bail("there is memory");
	memcpy(before, host, sizeof(*host));
	refused = !set(p, reg, val);
	same = !memcmp(&before->vm, &host->vm, sizeof(host->vm)) &&
	       !memcmp(before->pes, host->pes, sizeof(host->pes));
	free(before);
	always(refused, "register %#x cannot be %#llx", reg, (unsigned long long)val);
	always(same, "register %#x: nothing changes for %#llx", reg, (unsigned long long)val);
	return refused && same;
}

static void run_handler(struct host_pe *p, u32 event)
{
	always(!host_raise(p, event), "raise %#x", event);
	always(host_dispatch(p), "dispatch %#x", event);
}

/* Two PEs, of which the first is in a normal and in a critical handler. */
static struct host *host_busy(void)
{
	struct host *host = host_new(2, 1);
	unsigned int n;

	for (n = 0; n < 2; n++)
		call(&host->pes[n], PE_UNMASK);
	for (n = 0; n < NR_EVENTS; n++)
		use_event(host->pes, host_events[n]);
	run_handler(host->pes, VM_NOTIFY);
	run_handler(host->pes, NMI);
	host_raise(host->pes, EVENT_0);
	return host;
}

static void test_existence(void)
{
	unsigned int reg, n = 0, more = 0;

	tap_section("registers");
	for (reg = 0; reg < NR_REGS; reg++) {
		always(sdei_state_exists(reg, true) == (owners[reg] != NOBODY),
		       "the first PE has what is described: %#x", reg);
		always(sdei_state_exists(reg, false) == (owners[reg] == THE_PE),
		       "another has its own: %#x", reg);
		always(sdei_state_is_shared(reg) == (owners[reg] == THE_VM),
		       "the VM's are shared: %#x", reg);
		n += sdei_state_exists(reg, true);
		more += sdei_state_exists(reg, false);
	}
	expect(n, 2 + 3 * 3 + 2 * 4 + 2 * 20, "of the first PE");
	expect(more, 1 + 3 * 3 + 2 * 20, "of another");
	check(!sdei_state_exists(-1U, true) && !sdei_state_exists(1U << 31, true),
	      "numbers have an end");
}

static u64 initial(unsigned int reg, unsigned int minor)
{
	return reg == KVM_SDEI_REG_MINOR ? minor : reg == KVM_SDEI_REG_PE;
}

static void expect_initial(struct host_pe *p, const char *name)
{
	unsigned int reg, wrong = 0;

	for (reg = 0; reg < NR_REGS; reg++)
		if (owners[reg] != NOBODY)
			wrong += get(p, reg) != initial(reg, p->pe.vm->max_minor);
	expect(wrong, 0, "%s, all but so many registers are initial", name);
}

static void test_initial(unsigned int minor)
{
	struct host *host = host_new(2, minor);
	unsigned int reg;

	tap_section("a VM of version 1.%u", minor);
	for (reg = 0; reg < NR_REGS; reg++)
		if (owners[reg] != NOBODY)
			always(sdei_state_initial(reg, minor) == initial(reg, minor),
			       "register %#x is known to begin with 0, or what it is", reg);
	expect_initial(host->pes, "created");
	for (reg = 0; reg < NR_REGS; reg++)
		if (owners[reg] != NOBODY && reg != PSTATE(0) && reg != PSTATE(1))
			set(host->pes, reg, 1);
	set(host->pes, PSTATE(0), IN(0, EL1H));
	set(host->pes, PSTATE(1), IN(4, EL1H));
	host_reset(host->pes);
	sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
	expect_initial(host->pes, "reset");
	host_delete(host);
}

/* Each has a place of its own, and those of two PEs are two. */
static void test_plain(void)
{
	struct host *host = host_new(2, 1);
	unsigned int reg, n;

	tap_section("registers that can be anything");
	for (n = 0; n < 2; n++)
		for (reg = 0; reg < NR_REGS; reg++)
			if (is_plain[reg] && (!n || owners[reg] == THE_PE))
				accepts(&host->pes[n], reg, ~(reg + ((u64)n << 32)));
	for (n = 0; n < 2; n++)
		for (reg = 0; reg < NR_REGS; reg++)
			if (is_plain[reg] && (!n || owners[reg] == THE_PE))
				always(get(&host->pes[n], reg) == ~(reg + ((u64)n << 32)),
				       "PE %u: register %#x is its own", n, reg);
	check(!sdei_pe_in_use(&host->pes[0].pe) && !sdei_vm_in_use(&host->vm),
	      "they say nothing alone");
	host_delete(host);
}

static void test_minor(void)
{
	struct host *host = host_new(2, 1), *old = host_new(1, 0);
	unsigned int bit;

	tap_section("the version");
	accepts(host->pes, KVM_SDEI_REG_MINOR, 0);
	expect(call(&host->pes[1], VERSION), 1ULL << 48 | 0x4b564d, "1.0 is reported");
	expect(call(host->pes, FEATURES, SDEI_FEATURE_RELATIVE_MODE), 0, "and meant");
	expect(register_event(host->pes, NOTIFY, RELATIVE, 0), SDEI_INVALID_PARAMETERS,
	       "with all that it lacks");
	accepts(host->pes, KVM_SDEI_REG_MINOR, 1);
	expect(call(&host->pes[1], VERSION), 1ULL << 48 | 1ULL << 32 | 0x4b564d,
	       "1.1 is reported");
	for (bit = 1; bit < 64; bit++) {
		refuses(host->pes, KVM_SDEI_REG_MINOR, BIT(bit));
		refuses(host->pes, KVM_SDEI_REG_MINOR, BIT(bit) | 1);
	}
	accepts(old->pes, KVM_SDEI_REG_MINOR, 0);
	check(refuses(old->pes, KVM_SDEI_REG_MINOR, 1), "a host of 1.0 cannot report 1.1");
	host_delete(host);
	host_delete(old);
}

static void test_mask(void)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;
	unsigned int bit;

	tap_section("the mask");
	accepts(p, KVM_SDEI_REG_PE, 0);
	check(!p->pe.masked && p[1].pe.masked, "the PE is unmasked, the other one is not");
	expect(call(p, PE_MASK), 1, "as it finds");
	accepts(p, KVM_SDEI_REG_PE, 0);
	accepts(p, KVM_SDEI_REG_PE, KVM_SDEI_PE_MASKED);
	check(p->pe.masked, "the PE is masked");
	for (bit = 1; bit < 64; bit++) {
		refuses(p, KVM_SDEI_REG_PE, BIT(bit));
		refuses(p, KVM_SDEI_REG_PE, BIT(bit) | KVM_SDEI_PE_MASKED);
	}
	host_delete(host);
}

static void test_affinity(void)
{
	struct host *host = host_busy();
	unsigned int n, bit;

	tap_section("affinities");
	for (n = 0; n < NR_EVENTS; n++) {
		for (bit = 0; owners[AFFINITY(n)] != NOBODY && bit < 64; bit++) {
			if (SDEI_MPIDR_AFFINITY & BIT(bit))
				accepts(host->pes, AFFINITY(n), BIT(bit));
			else
				refuses(host->pes, AFFINITY(n), BIT(bit) | 1);
		}
	}
	check(true, "have the fields of an MPIDR that name a PE");
	host_delete(host);
}

/* Without its registration an event is nothing; all else is as it was registered. */
static void test_state_values(struct host *host, unsigned int n)
{
	const u64 known = ENABLED | PENDING | FLAGS(RM_PE | RELATIVE);
	struct host_pe *p = host->pes;
	u64 val;
	unsigned int bit;

	tap_section("the state of %#x", host_events[n]);
	for (bit = 1; bit < 64; bit++) {
		val = REGISTERED | BIT(bit);
		if (known & BIT(bit)) {
			/* Pending ends with the registration alone. */
			accepts(p, STATE(n), 0);
			accepts(p, STATE(n), val);
			accepts(p, STATE(n), 0);
		} else {
			refuses(p, STATE(n), val);
			refuses(p, STATE(n), val | known);
		}
		refuses(p, STATE(n), BIT(bit));
	}
	accepts(p, STATE(n), REGISTERED | known);
	check(refuses(p, STATE(n), known), "what is not registered is nothing else");
	host_delete(host);
}

static void test_state(unsigned int n)
{
	u32 event = host_events[n];
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;

	tap_section("the state of %#x as the client sees it", event);
	accepts(p, STATE(n), REGISTERED);
	expect(call(p, STATUS, event), 1, "registered");
	accepts(p, STATE(n), REGISTERED | ENABLED);
	expect(call(p, STATUS, event), 3, "enabled");
	accepts(p, STATE(n), REGISTERED);
	expect(call(p, STATUS, event), 1, "disabled");
	accepts(p, STATE(n), REGISTERED | FLAGS(RM_PE));
	if (is_shared(event))
		expect(call(p, GET_INFO, event, SDEI_EVENT_INFO_EV_ROUTING_MODE), RM_PE,
		       "its routing");
	accepts(p, STATE(n), 0);
	expect(call(p, STATUS, event), 0, "unregistered");
	expect(host_raise(p, event), -2, "which cannot be raised");

	accepts(p, STATE(n), REGISTERED);
	accepts(p, PSTATE(is_critical(event)), IN(n, EL1H));
	expect(call(p, STATUS, event), 5, "registered, its handler runs");
	accepts(p, STATE(n), REGISTERED | ENABLED);
	expect(call(p, STATUS, event), 7, "enabled, its handler runs");
	accepts(p, STATE(n), 0);
	expect(call(p, STATUS, event), 4, "unregister-pending");
	expect(call(p, REGISTER, event, 4), SDEI_DENIED, "so that it is not registered");
	accepts(p, PSTATE(is_critical(event)), 0);
	expect(call(p, STATUS, event), 0, "its handler does not run any more");
	host_delete(host);
}

/* Somebody may have raised an event since the register was read. */
static void test_pending(unsigned int n)
{
	u32 event = host_events[n];
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	u64 read;

	tap_section("%#x is raised while its register is written back", event);
	accepts(p, ENTRY(n), entry_of(event));
	accepts(p, ARG(n), arg_of(event));
	accepts(p, STATE(n), REGISTERED | ENABLED);
	read = get(p, STATE(n));
	expect(host_raise(p, event), 0, "it is raised");
	check(set(p, STATE(n), read), "the register is written");
	expect(get(p, STATE(n)), REGISTERED | ENABLED | PENDING, "it is pending as before");
	check(set(p, STATE(n), REGISTERED), "also if it is disabled now");
	expect(get(p, STATE(n)), REGISTERED | PENDING, "it is pending as before");
	accepts(p, STATE(n), 0);
	accepts(p, STATE(n), REGISTERED | ENABLED);
	call(p, PE_UNMASK);
	check(!p->pe.delivered, "but not beyond the registration");
	accepts(p, STATE(n), REGISTERED | ENABLED | PENDING);
	check(host_dispatch(p) && at_handler(p, event), "what is pending is dispatched");
	expect(get(p, STATE(n)), REGISTERED | ENABLED, "and not pending any more");
	host_delete(host);
}

static bool is_legal_pstate(u64 pstate, bool aarch32)
{
	const u64 known = 0x1fULL << 32 | 0xfULL << 28 | 0x3fULL << 20 | 0xffULL << 6;

	switch (pstate & 0x1f) {
	case EL0T:
	case EL1T:
	case EL1H:
		return !((pstate & ~0x1fULL) & ~known);
	case AARCH32:
		return aarch32 && pstate <= 0xffffffff;
	default:
		return false;
	}
}

/* No mode but those of EL0 and EL1, and no bit that PSTATE does not have. */
static void test_pstate(bool aarch32, bool critical)
{
	static const u64 modes[] = { EL0T, EL1T, EL1H, AARCH32 };
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	unsigned int event = critical ? 2 : 1, n, bit;
	u64 pstate;

	tap_section("PSTATE that a %s handler interrupted, %s AArch32",
		    critical ? "critical" : "normal", aarch32 ? "with" : "without");
	p->aarch32 = aarch32;
	accepts(p, PSTATE(critical), IN(event, EL1H));
	for (pstate = 0; pstate < 0x20; pstate++)
		if (is_legal_pstate(pstate, aarch32))
			accepts(p, PSTATE(critical), IN(event, pstate));
		else
			refuses(p, PSTATE(critical), IN(event, pstate));
	for (n = 0; n < ARRAY_SIZE(modes); n++) {
		for (bit = 5; bit < KVM_SDEI_PSTATE_EVENT_SHIFT; bit++) {
			pstate = modes[n] | BIT(bit);
			if (is_legal_pstate(pstate, aarch32))
				accepts(p, PSTATE(critical), IN(event, pstate));
			else
				refuses(p, PSTATE(critical), IN(event, pstate));
		}
	}
	pstate = aarch32 ? 0xfffffff0 : 0x1ff3f03fc5;
	accepts(p, PSTATE(critical), IN(event, pstate));
	p->regs.x[17] = 0;
	expect(sdei_state_set(&p->pe, PC(critical), 0x1234), true, "and a PC");
	expect(sdei_state_set(&p->pe, KVM_SDEI_REG_CONTEXT(critical) + 17, 0x5678), true,
	       "and registers");
	call(p, COMPLETE);
	expect(p->regs.pstate, pstate, "the guest has it back");
	expect(p->regs.pc, 0x1234, "the guest has its PC back");
	expect(p->regs.x[17], 0x5678, "the guest has its registers back");
	host_delete(host);
}

/* Handlers run that there are, each in the place for its priority. */
static void test_running(bool busy, bool critical)
{
	struct host *host = busy ? host_busy() : host_new(1, 1);
	struct host_pe *p = host->pes;
	u64 old = get(p, PSTATE(critical));
	u64 n;

	tap_section("the event whose %s handler runs, %s", critical ? "critical" : "normal",
		    busy ? "instead of another" : "out of nothing");
	for (n = 0; n < 255; n++) {
		if (n >= NR_EVENTS || is_critical(host_events[n]) != critical) {
			refuses(p, PSTATE(critical), IN(n, EL1H));
			continue;
		}
		accepts(p, PSTATE(critical), IN(n, EL1T));
		always(call(p, STATUS, host_events[n]) & 4, "%#x runs", host_events[n]);
		accepts(p, PSTATE(critical), old);
		always(busy || !(call(p, STATUS, host_events[n]) & 4),
		       "%#x does not run any more", host_events[n]);
	}
	for (n = 0; n < KVM_SDEI_PSTATE_EVENT_SHIFT; n++)
		refuses(p, PSTATE(critical), BIT(n));
	accepts(p, PSTATE(critical), 0);
	host_delete(host);
}

/* What replaces it finishes what ran before. */
static void test_replaced(void)
{
	struct host *host = host_busy();
	struct host_pe *p = host->pes;

	tap_section("another handler runs instead");
	expect(get(p, PSTATE(0)) >> KVM_SDEI_PSTATE_EVENT_SHIFT, 1 + 3, "a shared normal one");
	expect(get(p, PSTATE(1)) >> KVM_SDEI_PSTATE_EVENT_SHIFT, 1 + 2,
	       "a private critical one");
	accepts(p, PSTATE(0), IN(1, EL1H));
	expect(call(p, STATUS, VM_NOTIFY), 3, "the shared one is finished");
	expect(call(p, STATUS, NOTIFY), 7, "a private one runs");
	accepts(p, PSTATE(1), IN(4, EL1H));
	expect(call(p, STATUS, NMI), 3, "the private one is finished");
	expect(call(p, STATUS, VM_NMI), 7, "a shared one runs");
	accepts(p, PSTATE(0), IN(0, EL1H));
	expect(call(p, STATUS, NOTIFY), 3, "one of two private ones is finished");
	expect(call(p, STATUS, EVENT_0), 7, "the other one runs");
	accepts(p, PSTATE(1), 0);
	accepts(p, PSTATE(0), 0);
	check(!p->pe.active, "nothing runs");
	check(sdei_pe_deliverable(&p->pe) && p->notified, "so that what is pending can");
	host_delete(host);
}

/* Both levels come back as they were. */
static void test_nested(void)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	unsigned int n;

	tap_section("a critical handler in a normal one");
	for (n = 0; n < SDEI_NR_SAVED_REGS; n++) {
		accepts(p, KVM_SDEI_REG_CONTEXT(0) + n, 100 + n);
		accepts(p, KVM_SDEI_REG_CONTEXT(1) + n, 200 + n);
	}
	accepts(p, PC(0), 0x1000);
	accepts(p, PC(1), 0x2000);
	accepts(p, PSTATE(1), IN(2, EL1H | BIT(7)));
	accepts(p, PSTATE(0), IN(1, EL0T | BIT(31)));
	for (n = 0; n < SDEI_NR_SAVED_REGS; n++)
		always(call(p, CONTEXT, n) == 200 + (s64)n, "CONTEXT(%u)", n);
	expect(call(p, COMPLETE), 200, "COMPLETE, x0");
	expect(p->regs.x[17], 217, "x17");
	expect(p->regs.pc, 0x2000, "PC");
	expect(p->regs.pstate, EL1H | BIT(7), "PSTATE");
	for (n = 0; n < SDEI_NR_SAVED_REGS; n++)
		always(call(p, CONTEXT, n) == 100 + (s64)n, "CONTEXT(%u) outside", n);
	call(p, COMPLETE_AND_RESUME, 0x3000);
	expect(p->regs.x[0], 100, "COMPLETE_AND_RESUME, x0");
	expect(p->regs.pc, 0x3000, "PC");
	expect(p->sysreg[SDEI_ELR_EL1], 0x1000, "ELR_EL1");
	expect(p->sysreg[SDEI_SPSR_EL1], BIT(31), "SPSR_EL1");
	expect(call(p, COMPLETE), SDEI_DENIED, "no handler is left");
	host_delete(host);
}

/* A shared event runs on one PE at a time. */
static void test_elsewhere(unsigned int n, bool live)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes, *q = p + 1;
	bool critical = is_critical(host_events[n]);

	tap_section("%#x runs on another PE, the VM is %s", host_events[n],
		    live ? "live" : "new");
	accepts(p, STATE(n), REGISTERED);
	if (live)
		adopt(q);
	accepts(q, PSTATE(critical), IN(n, EL1H));
	check(refuses(p, PSTATE(critical), IN(n, EL1H)), "it does not run here");
	accepts(q, PSTATE(critical), IN(n, EL1T));
	accepts(q, PSTATE(critical), 0);
	accepts(p, PSTATE(critical), IN(n, EL1H));
	check(refuses(q, PSTATE(critical), IN(n, EL1H)), "nor there while it runs here");
	call(p, COMPLETE);
	accepts(q, PSTATE(critical), IN(n, EL1H));
	host_delete(host);
}

/* What is the VM's is not a VMM's any more once the VM is at work. */
static void test_live(void)
{
	static const u64 vals[] = { 0, 1, 3, 0x1234, REGISTERED | FLAGS(RELATIVE), ~0ULL };
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;
	unsigned int reg, n;
	struct sdei_vm vm;

	tap_section("a live VM");
	accepts(p, KVM_SDEI_REG_MINOR, 0);
	use_event(p, VM_NOTIFY);
	use_event(p, NOTIFY);
	host_raise(p, VM_NOTIFY);
	adopt(p + 1);
	memcpy(&vm, &host->vm, sizeof(vm));
	for (reg = 0; reg < NR_REGS; reg++) {
		for (n = 0; owners[reg] == THE_VM && n < ARRAY_SIZE(vals); n++) {
			always(set(p, reg, vals[n]), "register %#x can be written", reg);
			always(!memcmp(&vm, &host->vm, sizeof(vm)),
			       "register %#x stays as it is", reg);
		}
	}
	accepts(p, STATE(1), 0);
	expect(call(p, STATUS, NOTIFY), 0, "what is the PE's can be written");
	host_reset(p);
	host_reset(p + 1);
	accepts(p, STATE(1), REGISTERED);
	check(set(p, STATE(4), REGISTERED), "a shared register can be written");
	expect(call(p, STATUS, VM_NMI), 0, "and stays as it is, when all PEs are reset");
	sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
	accepts(p, STATE(4), REGISTERED | ENABLED);
	expect(call(p, STATUS, VM_NMI), 3, "changes once the VM is");
	host_delete(host);
}

/* A client cannot have registered entry 0, but it can an offset of 0. */
static void test_adopt(unsigned int n, u64 flags, u64 entry, u64 bits, bool running)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes, *q = p + 1;
	bool stays = entry || flags & RELATIVE;
	u32 event = host_events[n];
	s64 status = running ? 4 : 0;

	tap_section("%#x at %#llx is adopted, flags %#llx, bits %#llx, %s", event,
		    (unsigned long long)entry, (unsigned long long)flags,
		    (unsigned long long)bits, running ? "runs" : "does not run");
	p->sysreg[SDEI_VBAR_EL1] = 0x10000;
	accepts(p, KVM_SDEI_REG_PE, 0);
	accepts(p, ENTRY(n), entry);
	accepts(p, STATE(n), REGISTERED | bits | FLAGS(flags));
	if (running)
		accepts(p, PSTATE(is_critical(event)), IN(n, EL1H));
	/* A private event is its PE's, a shared one that of who comes first. */
	adopt(q);
	if (is_shared(event) && !stays)
		expect(call(q, STATUS, event), status, "it is dropped by the first PE");
	else
		expect(get(p, STATE(n)), REGISTERED | bits | FLAGS(flags), "it waits");
	adopt(p);
	check(host->vm.live, "the VM is live");
	if (!stays) {
		expect(call(p, STATUS, event), status, "it is dropped");
		expect(get(p, STATE(n)), 0, "with all that was said of it");
		expect(p->pe.delivered + q->pe.delivered, 0, "and not delivered");
	} else if (bits == (ENABLED | PENDING) && !running) {
		expect(p->pe.delivered, 1, "it is delivered");
		expect(p->regs.pc, entry ? entry + (flags & RELATIVE ? 0x10000 : 0) : 0x10000,
		       "where it was registered");
	} else {
		expect(call(p, STATUS, event) & 1, 1, "it stays registered");
		expect(p->pe.delivered, 0, "it is not delivered");
	}
	host_delete(host);
}

static void test_adoptions(void)
{
	unsigned int n, flags, bits;

	for (n = 0; n < NR_EVENTS; n++) {
		for (flags = 0; flags < 4; flags += RELATIVE) {
			for (bits = 0; bits <= (ENABLED | PENDING); bits += ENABLED) {
				test_adopt(n, flags, 0, bits, false);
				test_adopt(n, flags, 0, bits, true);
				test_adopt(n, flags, 0x5000, bits, false);
				test_adopt(n, flags, 0x5000, bits, true);
			}
		}
		/* The routing does not make an entry of it. */
		test_adopt(n, RM_PE, 0, ENABLED | PENDING, false);
	}
}

/* Dropped for good: PEs of a live VM that come later leave shared handlers alone. */
static void test_adopt_later(void)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;

	tap_section("a PE comes to a live VM");
	adopt(p);
	use_event(p, VM_NOTIFY);
	use_event(p, NMI);
	adopt(p + 1);
	expect(call(p, STATUS, VM_NOTIFY), 3, "shared events stay");
	host_reset(p + 1);
	accepts(p + 1, STATE(2), REGISTERED | ENABLED | PENDING);
	adopt(p + 1);
	expect(call(p + 1, STATUS, NMI), 0, "what it cannot have registered does not");
	expect(call(p, STATUS, NMI), 3, "what another has does");
	host_delete(host);
}

/* What is written to a PE after its first use is looked at when it is used again. */
static void test_adopt_again(unsigned int n)
{
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;
	u32 event = host_events[n];

	tap_section("%#x loses its entry in a PE that was used", event);
	adopt(p);
	adopt(p + 1);
	use_event(p, event);
	use_event(p + 1, event);
	accepts(p, ENTRY(n), 0);
	expect(call(p, STATUS, event), 3, "it is registered for now");
	adopt(p);
	expect(call(p, STATUS, event), 0, "it is dropped");
	expect(get(p, STATE(n)), 0, "with all that was said of it");
	expect(call(p + 1, STATUS, event), 3, "another PE's is not");
	accepts(p, ENTRY(n), entry_of(event));
	accepts(p, STATE(n), REGISTERED | ENABLED);
	adopt(p);
	expect(call(p, STATUS, event), 3, "with an entry it stays");
	host_delete(host);
}

/* Version 1.0 has no relative handlers, so that no client can have registered one. */
static void test_adopt_relative(unsigned int n, unsigned int minor, u64 entry)
{
	struct host *host = host_new(1, 1);
	struct host_pe *p = host->pes;
	u32 event = host_events[n];
	u64 state = REGISTERED | ENABLED | FLAGS(RELATIVE);

	tap_section("%#x at the offset %#llx, the version is 1.%u", event,
		    (unsigned long long)entry, minor);
	accepts(p, KVM_SDEI_REG_MINOR, minor);
	accepts(p, ENTRY(n), entry);
	accepts(p, STATE(n), state);
	expect(call(p, STATUS, event), 3, "it is registered for now");
	adopt(p);
	expect(call(p, STATUS, event), minor ? 3 : 0, "it stays, or it is dropped");
	expect(get(p, STATE(n)), minor ? state : 0, "with all that was said of it");
	if (!is_shared(event)) {
		accepts(p, STATE(n), state);
		adopt(p);
		expect(call(p, STATUS, event), minor ? 3 : 0, "also of a live VM");
	}
	host_delete(host);
}

/* The PE that can take what is pending is told by the last write, whichever it is. */
static void test_told(unsigned int n, unsigned int last)
{
	const unsigned int regs[] = { KVM_SDEI_REG_PE, STATE(n), PSTATE(0) };
	u32 event = host_events[n];
	const u64 vals[] = { 0, REGISTERED | ENABLED | PENDING, 0 };
	struct host *host = host_new(2, 1);
	struct host_pe *p = host->pes;
	unsigned int m;

	tap_section("%#x is pending when register %#x is written", event, regs[last]);
	accepts(p, ENTRY(n), entry_of(event));
	accepts(p, ARG(n), arg_of(event));
	accepts(p, PSTATE(0), IN(0, EL1H));
	accepts(p, PSTATE(1), IN(2, EL1H));
	accepts(p, PSTATE(1), 0);
	for (m = 0; m < 3; m++)
		if (m != last)
			accepts(p, regs[m], vals[m]);
	if (last < 2 || !is_critical(event))
		expect(p->notifications, 0, "nobody is told before");
	accepts(p, regs[last], vals[last]);
	check(p->notifications, "the PE is told");
	check(host_dispatch(p) && at_handler(p, event), "and enters the handler");
	host_delete(host);
}

/*
 * Whatever a shared event was routed to in between: with the last of its registers
 * it goes where they say.
 */
static void test_routed(unsigned int n, unsigned int to, bool affinity_first)
{
	u32 event = host_events[n];
	struct host *host = host_new(3, 1);
	struct host_pe *p = host->pes;
	unsigned int m;

	tap_section("%#x for PE %u alone, its affinity comes %s", event, to,
		    affinity_first ? "first" : "last");
	for (m = 0; m < 3; m++)
		accepts(&p[m], KVM_SDEI_REG_PE, 0);
	accepts(p, ENTRY(n), entry_of(event));
	accepts(p, ARG(n), arg_of(event));
	if (affinity_first)
		accepts(p, AFFINITY(n), p[to].pe.mpidr);
	accepts(p, STATE(n), REGISTERED | ENABLED | PENDING | FLAGS(RM_PE));
	if (!affinity_first)
		accepts(p, AFFINITY(n), p[to].pe.mpidr);
	for (m = 0; m < 3; m++) {
		expect(sdei_pe_deliverable(&p[m].pe), m == to, "PE %u has it or not", m);
		expect(host_dispatch(&p[m]), m == to, "PE %u takes it or not", m);
	}
	check(at_handler(&p[to], event), "the handler is entered");
	host_delete(host);
}

static unsigned int locks;

static void count_locks(enum host_step step)
{
	locks += step == HOST_LOCK;
}

static void test_lock(void)
{
	struct host *host = host_new(1, 1);
	unsigned int reg, gets = 0, sets = 0;

	tap_section("the lock");
	host_on_step = count_locks;
	for (reg = 0; reg < NR_REGS; reg++) {
		if (owners[reg] == NOBODY)
			continue;
		locks = 0;
		get(host->pes, reg);
		gets += locks != 1;
		locks = 0;
		set(host->pes, reg, ~0ULL);
		sets += !locks;
	}
	host_on_step = NULL;
	expect(gets, 0, "all registers but so many are read with it");
	expect(sets, 0, "all registers but so many are written with it");
	host_delete(host);
}

int main(void)
{
	unsigned int n, m;

	know_registers();
	test_existence();
	test_initial(0);
	test_initial(1);
	test_plain();
	test_minor();
	test_mask();
	test_affinity();
	for (n = 0; n < NR_EVENTS; n++) {
		test_state_values(host_new(1, 1), n);
		test_state_values(host_busy(), n);
		test_state(n);
		test_pending(n);
		for (m = 0; m < 3; m++)
			test_told(n, m);
		for (m = 0; m < 2; m++) {
			test_adopt_relative(n, m, 0);
			test_adopt_relative(n, m, 0x5000);
		}
		if (!is_shared(host_events[n]))
			test_adopt_again(n);
		for (m = 0; is_shared(host_events[n]) && m < 3; m++) {
			test_routed(n, m, false);
			test_routed(n, m, true);
		}
		if (is_shared(host_events[n])) {
			test_elsewhere(n, false);
			test_elsewhere(n, true);
		}
	}
	for (n = 0; n < 4; n++) {
		test_pstate(n & 1, n & 2);
		test_running(n & 1, n & 2);
	}
	test_replaced();
	test_nested();
	test_live();
	test_adoptions();
	test_adopt_later();
	test_lock();
	return tap_exit();
}
