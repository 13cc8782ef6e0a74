// SPDX-License-Identifier: GPL-2.0-only
/*
 * Live migration: VMs in states that chance leads to are saved register by
 * register and made anew from them, in any order. The new VM is what the old one
 * was, and goes on as that would have.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define NR_PES		3
#define NR_WALKS	10000
#define STEPS_BEFORE	40
#define STEPS_AFTER	30
/* There are no more registers in such a VM. */
#define MAX_SAVED	(NR_PES * KVM_SDEI_NR_REGS)

/* A register of a PE, and what it was when it was saved. */
struct saved {
	unsigned int pe;
	unsigned int reg;
	u64 val;
};

static struct saved saved[MAX_SAVED];
static unsigned int nr_saved;

/* What was seen, lest chance pass by what this is about. */
static struct {
	unsigned int nested;
	unsigned int pending;
	unsigned int unregister_pending;
	unsigned int shared_running;
	unsigned int routed;
	unsigned int went_on;
	unsigned int delivered;
} seen;

static unsigned int any(unsigned int *seed, unsigned int n)
{
	return rand_r(seed) / 7 % n;
}

/* Something that may happen; the same for the same seed and state. */
static s64 random_call(struct host *host, struct host_pe *p, unsigned int *seed)
{
	u32 event = host_events[any(seed, NR_EVENTS)];
	struct host_pe *other = &host->pes[any(seed, NR_PES)];
	u64 flags = any(seed, host->vm.minor ? 4 : 2);

	switch (any(seed, 16)) {
	case 0:
		return call(p, SIGNAL, 0, other->mpidr);
	case 1:
		return call(p, PE_MASK);
	case 2:
		return call(p, DISABLE, event);
	case 3:
		return call(p, UNREGISTER, event);
	case 4:
		return call(p, COMPLETE_AND_RESUME, 0x7000);
	case 5:
		return call(p, CONTEXT, any(seed, 18));
	case 6:
		return call(p, GET_INFO, event, any(seed, 5));
	case 7:
		return call(p, ROUTING_SET, event, flags & RM_PE, other->mpidr);
	case 8:
		return call(p, any(seed, 4) ? STATUS : PRIVATE_RESET, event);
	case 9:
		return call(p, any(seed, 4) ? VERSION : SHARED_RESET);
	case 10:
		return call(p, COMPLETE);
	case 11:
	case 12:
		return call(p, PE_UNMASK);
	case 13:
		return call(p, ENABLE, event);
	default:
		return call(p, REGISTER, event, entry_of(event), arg_of(event) + flags, flags,
			    other->mpidr);
	}
}

/* The guest goes on, in a mode that the dispatcher may find it in. */
static void random_regs(struct host_pe *p, unsigned int *seed)
{
	static const u64 pstate[] = { 0x0, 0x60000004, 0x60000005, 0x200003c5, 0x800f0030 };
	unsigned int n;

	for (n = 0; n < 31; n++)
		p->regs.x[n] = (u64)rand_r(seed) << 32 | rand_r(seed);
	p->regs.pc = 0x400000 + 4 * any(seed, 0x1000);
	p->regs.pstate = pstate[any(seed, ARRAY_SIZE(pstate))];
}

static s64 random_step(struct host *host, unsigned int *seed)
{
	struct host_pe *p = &host->pes[any(seed, NR_PES)];
	u32 event = host_events[any(seed, NR_EVENTS)];

	switch (any(seed, 16)) {
	case 0:
	case 1:
	case 2:
		return host_raise(p, event);
	case 3:
	case 4:
		return host_dispatch(p);
	case 5:
		p->halted = any(seed, 2);
		return 0;
	case 6:
		if (!any(seed, 8))
			host_reset(p);
		return 0;
	case 7:
		random_regs(p, seed);
		return 0;
	default:
		return random_call(host, p, seed);
	}
}

static struct host *random_host(unsigned int *seed)
{
	struct host *host = host_new(NR_PES, any(seed, 2));
	unsigned int n, m;

	for (n = 0; n < NR_PES; n++) {
		host->pes[n].aarch32 = true;
		host->pes[n].pe.mte = any(seed, 2);
		random_regs(&host->pes[n], seed);
		sdei_state_adopt(&host->pes[n].pe);
		if (any(seed, 4))
			call(&host->pes[n], PE_UNMASK);
	}
	for (n = 0; n < NR_PES; n++)
		for (m = 0; m < NR_EVENTS; m++)
			if (any(seed, 4) && (!n || !is_shared(host_events[m])))
				use_event(&host->pes[n], host_events[m]);
	for (n = any(seed, STEPS_BEFORE); n; n--)
		random_step(host, seed);
	return host;
}

static void save(struct host *host)
{
	unsigned int n, reg;

	nr_saved = 0;
	for (n = 0; n < NR_PES; n++)
		for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
			if (sdei_state_exists(reg, !n))
				saved[nr_saved++] = (struct saved) {
					n, reg, sdei_state_get(&host->pes[n].pe, reg),
				};
}

static bool is_as_saved(struct host *host)
{
	unsigned int n;

	for (n = 0; n < nr_saved; n++)
		if (sdei_state_get(&host->pes[saved[n].pe].pe, saved[n].reg) != saved[n].val)
			return false;
	return true;
}

static void restore(struct host *host)
{
	unsigned int n;

	for (n = 0; n < nr_saved; n++) {
		always(sdei_state_set(&host->pes[saved[n].pe].pe, saved[n].reg, saved[n].val),
		       "PE %u: register %#x can be what it was", saved[n].pe, saved[n].reg);
		host_check(host);
	}
}

static void swap(unsigned int n, unsigned int m)
{
	struct saved s = saved[n];

	saved[n] = saved[m];
	saved[m] = s;
}

/* The next order of all registers of all PEs: up, down, and by chance. */
static void reorder(unsigned int order, unsigned int *seed)
{
	unsigned int n;

	if (order == 1)
		for (n = 0; n < nr_saved / 2; n++)
			swap(n, nr_saved - 1 - n);
	for (n = nr_saved; order > 1 && n > 1; n--)
		swap(n - 1, any(seed, n));
}

/* Another VM with the same PEs, made as a VMM does that knows nothing of SDEI. */
static struct host *twin_of(struct host *host)
{
	struct host *twin = host_new(NR_PES, 1);
	unsigned int n;

	for (n = 0; n < NR_PES; n++) {
		struct host_pe *to = &twin->pes[n], *from = &host->pes[n];

		to->regs = from->regs;
		memcpy(to->sysreg, from->sysreg, sizeof(to->sysreg));
		to->pe.mte = from->pe.mte;
		to->aarch32 = from->aarch32;
		to->halted = from->halted;
	}
	return twin;
}

static bool same_events(const struct sdei_events *a, const struct sdei_events *b)
{
	return a->pending == b->pending && a->registered == b->registered &&
	       a->enabled == b->enabled && a->running == b->running;
}

static bool same_handlers(const struct sdei_handler *a, const struct sdei_handler *b,
			  unsigned long registered)
{
	unsigned long shared = registered & SDEI_SHARED_EVENTS;
	bool same = true;
	unsigned int n;

	for (n = 0; n < SDEI_NR_EVENTS; n++)
		if (registered & BIT(n))
			same = same && a[n].entry == b[n].entry && a[n].arg == b[n].arg &&
			       a[n].flags == b[n].flags &&
			       (!(shared & BIT(n)) || a[n].affinity == b[n].affinity);
	return same;
}

static bool same_contexts(const struct sdei_pe *a, const struct sdei_pe *b)
{
	bool same = true;

	if (a->active & ~SDEI_CRITICAL_EVENTS)
		same = !memcmp(&a->context[0], &b->context[0], sizeof(a->context[0]));
	if (a->active & SDEI_CRITICAL_EVENTS)
		same = same && !memcmp(&a->context[1], &b->context[1], sizeof(a->context[1]));
	return same;
}

/* What a client can see of both, now or later. */
static void expect_twins(const struct host *a, const struct host *b, const char *when)
{
	unsigned int n;

	always(a->vm.minor == b->vm.minor, "%s: the same version", when);
	always(same_events(&a->vm.shared, &b->vm.shared), "%s: the same shared events", when);
	always(same_handlers(a->vm.handler, b->vm.handler, a->vm.shared.registered),
	       "%s: the same shared handlers", when);
	for (n = 0; n < NR_PES; n++) {
		const struct sdei_pe *p = &a->pes[n].pe, *q = &b->pes[n].pe;

		always(p->masked == q->masked, "%s: PE %u: the same mask", when, n);
		always(p->active == q->active, "%s: PE %u: the same running", when, n);
		always(same_events(&p->private, &q->private), "%s: PE %u: the same events",
		       when, n);
		always(same_handlers(p->handler, q->handler, p->private.registered),
		       "%s: PE %u: the same handlers", when, n);
		always(same_contexts(p, q), "%s: PE %u: the same contexts", when, n);
		always(!memcmp(&a->pes[n].regs, &b->pes[n].regs, sizeof(a->pes[n].regs)),
		       "%s: PE %u: the same registers", when, n);
	}
}

/* Of several PEs that may take a shared event another one may be chosen now. */
static bool is_routed_alike(const struct host *a, const struct host *b)
{
	bool alike = true;
	unsigned int n;

	for (n = 0; n < NR_PES; n++)
		alike = alike && a->pes[n].pe.routed == b->pes[n].pe.routed;
	return alike;
}

static void count(const struct host *host)
{
	const struct sdei_events *shared = &host->vm.shared;
	unsigned int n;

	for (n = 0; n < NR_PES; n++) {
		const struct sdei_pe *p = &host->pes[n].pe;
		unsigned long active = p->active;

		seen.nested += active & SDEI_CRITICAL_EVENTS && active & ~SDEI_CRITICAL_EVENTS;
		seen.pending += !!p->private.pending;
		seen.unregister_pending += !!(p->private.running & ~p->private.registered);
		seen.routed += !!p->routed;
	}
	seen.unregister_pending += !!(shared->running & ~shared->registered);
	seen.shared_running += !!shared->running;
}

/* As QEMU does when it has looked at a VM: nothing changes. */
static void write_back(struct host *host)
{
	static struct host before;
	unsigned int n;

	memcpy(&before, host, sizeof(before));
	restore(host);
	always(!memcmp(&before.vm, &host->vm, sizeof(host->vm)), "written back: the VM stays");
	for (n = 0; n < NR_PES; n++)
		always(!memcmp(&before.pes[n].pe, &host->pes[n].pe, sizeof(host->pes[n].pe)),
		       "written back: PE %u stays", n);
}

static void go_on(struct host *a, struct host *b, unsigned int seed)
{
	unsigned int seed_b = seed, n;

	for (n = 0; n < STEPS_AFTER; n++)
		always(random_step(a, &seed) == random_step(b, &seed_b),
		       "%u steps later: the same answer", n);
	expect_twins(a, b, "some time later");
	for (n = 0; n < NR_PES; n++)
		seen.delivered += b->pes[n].pe.delivered;
}

/* Written in another order, it goes to work in the same way. */
static void test_order(struct host *host, struct host *twin, unsigned int *seed)
{
	struct host *other = twin_of(host);
	unsigned int n;

	reorder(2, seed);
	restore(other);
	for (n = 0; n < NR_PES; n++)
		sdei_state_adopt(&other->pes[n].pe);
	always(is_routed_alike(twin, other), "in another order: routed to the same PEs");
	host_delete(other);
}

static void test_walk(unsigned int number, unsigned int order)
{
	unsigned int seed = 1 + number, n;
	struct host *host, *twin;

	tap_section("walk %u, order %u", number, order);
	host = random_host(&seed);
	twin = twin_of(host);
	count(host);
	save(host);
	reorder(order, &seed);
	write_back(host);
	restore(twin);
	always(is_as_saved(twin), "what is read is what was written");
	expect_twins(host, twin, "restored");
	for (n = 0; n < NR_PES; n++)
		sdei_state_adopt(&twin->pes[n].pe);
	host_check(twin);
	expect_twins(host, twin, "adopted");
	test_order(host, twin, &seed);
	if (is_routed_alike(host, twin)) {
		seen.went_on++;
		go_on(host, twin, seed);
	}
	host_delete(host);
	host_delete(twin);
}

int main(void)
{
	unsigned int n;

	for (n = 0; n < NR_WALKS; n++)
		test_walk(n, n % 4);

	tap_section("%u VMs", NR_WALKS);
	check(true, "are what they were");
	check(seen.nested > NR_WALKS / 30, "%u had nested handlers", seen.nested);
	check(seen.pending > NR_WALKS / 4, "%u had something pending", seen.pending);
	check(seen.unregister_pending > NR_WALKS / 20, "%u ran what is not registered",
	      seen.unregister_pending);
	check(seen.shared_running > NR_WALKS / 10, "%u ran a shared event",
	      seen.shared_running);
	check(seen.routed > NR_WALKS / 50, "%u had a PE for a shared event", seen.routed);
	check(seen.went_on > NR_WALKS / 2, "%u went on together", seen.went_on);
	check(seen.delivered > NR_WALKS, "%u events were delivered then", seen.delivered);
	return tap_exit();
}
