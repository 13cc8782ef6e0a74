// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several threads raise events while the PEs mask, complete, disable and the
 * like: no event is lost (spec.md, sections 3 and 4).
 *
 * The threads work in short rounds. When all have stopped after one, whatever
 * can be dispatched must have led to a notification. After all rounds each event
 * must have come since it was raised last.
 */
#include <stdlib.h>

#include "host.h"

#define NR_PES		3
#define NR_RAISERS	2
#define NR_THREADS	(NR_PES + NR_RAISERS)

#ifdef __SANITIZE_THREAD__
#define NR_ROUNDS	3000
#else
#define NR_ROUNDS	10000
#endif

static struct host *host;
static pthread_barrier_t barrier;
/* UNREGISTER and resets, which do lose what is pending, are made as well. */
static bool forgetful;
static int raise_error;
static int bad_status;
static int refused;

/* How often each event was raised, and how often by when it came last. */
static u64 raised[NR_PES][NR_EVENTS];
static u64 seen[NR_PES][NR_EVENTS];

static unsigned int index_of(u32 event)
{
	unsigned int n = 0;

	while (host_events[n] != event)
		n++;
	return n;
}

/* Shared events are counted with the first PE. */
static unsigned int owner(unsigned int pe, u32 event)
{
	return is_shared(event) ? 0 : pe;
}

static void see(struct host_pe *p)
{
	u32 event = p->regs.x[0];
	unsigned int pe = owner(p->pe.id, event), n = index_of(event);
	u64 now = __atomic_load_n(&raised[pe][n], __ATOMIC_SEQ_CST);
	u64 old = __atomic_load_n(&seen[pe][n], __ATOMIC_SEQ_CST);

	while (old < now &&
	       !__atomic_compare_exchange_n(&seen[pe][n], &old, now, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* Anything that may end in a handler. */
static void pe_call(struct host_pe *p, u64 fn, u64 x1, u64 x2)
{
	u64 delivered = p->pe.delivered;

	call(p, fn, x1, x2);
	if (p->pe.delivered != delivered)
		see(p);
}

static void pe_dispatch(struct host_pe *p)
{
	if (host_dispatch(p))
		see(p);
}

static unsigned int any(unsigned int *seed, unsigned int n)
{
	return rand_r(seed) / 7 % n;
}

static void reset_something(struct host_pe *p, unsigned int *seed)
{
	u32 event = host_events[any(seed, NR_EVENTS)];

	switch (any(seed, 5)) {
	case 0:
		host_reset(p);
		pe_call(p, PE_UNMASK, 0, 0);
		break;
	case 1:
		pe_call(p, PRIVATE_RESET, 0, 0);
		break;
	case 2:
		pe_call(p, SHARED_RESET, 0, 0);
		break;
	default:
		pe_call(p, UNREGISTER, event, 0);
		break;
	}
}

/* STATUS never shows a state that does not exist, whoever changes it now. */
static void look_at(struct host_pe *p, u32 event)
{
	u64 delivered = p->pe.delivered;

	pe_call(p, STATUS, event, 0);
	if (p->pe.delivered == delivered && (p->regs.x[0] & 3) == 2)
		__atomic_store_n(&bad_status, 1, __ATOMIC_SEQ_CST);
	pe_call(p, GET_INFO, event, 3);
}

static void set_up(struct host_pe *p, u32 event)
{
	register_event(p, event, RM_ANY, 0);
	pe_call(p, ENABLE, event, 0);
}

/* What a VMM does that has looked at a PE: nothing that is raised meanwhile is lost. */
static void write_back(struct host_pe *p)
{
	u64 vals[KVM_SDEI_NR_REGS];
	unsigned int reg;

	for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
		if (sdei_state_exists(reg, !p->pe.id))
			vals[reg] = sdei_state_get(&p->pe, reg);
	for (reg = 0; reg < KVM_SDEI_NR_REGS; reg++)
		if (sdei_state_exists(reg, !p->pe.id) &&
		    !sdei_state_set(&p->pe, reg, vals[reg]))
			__atomic_store_n(&refused, 1, __ATOMIC_SEQ_CST);
}

static void pe_act(struct host_pe *p, unsigned int *seed)
{
	u32 event = host_events[any(seed, NR_EVENTS)];

	switch (any(seed, 9)) {
	case 0:
		pe_call(p, PE_MASK, 0, 0);
		break;
	case 1:
	case 2:
		pe_call(p, PE_UNMASK, 0, 0);
		break;
	case 3:
		pe_call(p, COMPLETE, 0, 0);
		break;
	case 4:
		pe_call(p, COMPLETE_AND_RESUME, 0x1000, 0);
		break;
	case 5:
		pe_call(p, DISABLE, event, 0);
		break;
	case 6:
		pe_call(p, ENABLE, event, 0);
		look_at(p, event);
		break;
	case 7:
		if (forgetful) {
			reset_something(p, seed);
			set_up(p, event);
		} else {
			unsigned int to = any(seed, NR_PES);

			__atomic_add_fetch(&raised[to][0], 1, __ATOMIC_SEQ_CST);
			pe_call(p, SIGNAL, EVENT_0, host->pes[to].mpidr);
		}
		break;
	case 8:
		write_back(p);
		break;
	}
}

/* The guest on one PE, which is kicked out when it is notified. */
static void pe_round(struct host_pe *p, unsigned int *seed)
{
	unsigned int acts = 1 + any(seed, 3);

	while (acts--) {
		pe_act(p, seed);
		if (__atomic_load_n(&p->notified, __ATOMIC_SEQ_CST))
			pe_dispatch(p);
	}
}

static void raiser_round(unsigned int *seed)
{
	unsigned int raises = 1 + any(seed, 3);

	while (raises--) {
		u32 event = host_events[any(seed, NR_EVENTS)];
		unsigned int pe = any(seed, NR_PES);
		unsigned int n = index_of(event);

		__atomic_add_fetch(&raised[owner(pe, event)][n], 1, __ATOMIC_SEQ_CST);
		if (host_raise(&host->pes[pe], event) && !forgetful)
			__atomic_store_n(&raise_error, 1, __ATOMIC_SEQ_CST);
	}
}

static void *thread(void *arg)
{
	unsigned int id = (unsigned long)arg, seed = id + 1, round;

	for (round = 0; round < NR_ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		if (id < NR_PES)
			pe_round(&host->pes[id], &seed);
		else
			raiser_round(&seed);
		pthread_barrier_wait(&barrier);
		if (id)
			continue;
		host_concurrent = false;
		host_check(host);
		host_concurrent = true;
	}
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[NR_THREADS];
	unsigned long n;

	host_concurrent = true;
	pthread_barrier_init(&barrier, NULL, NR_THREADS);
	for (n = 0; n < NR_THREADS; n++)
		if (pthread_create(&threads[n], NULL, thread, (void *)n))
			tap_bail("a thread can be created");
	for (n = 0; n < NR_THREADS; n++)
		pthread_join(threads[n], NULL);
	pthread_barrier_destroy(&barrier);
	host_concurrent = false;
}

/* Let everything come that is pending. */
static void drain(void)
{
	unsigned int n, m, round;

	for (n = 0; n < NR_PES; n++) {
		pe_call(&host->pes[n], PE_UNMASK, 0, 0);
		for (m = 0; m < NR_EVENTS; m++)
			pe_call(&host->pes[n], ENABLE, host_events[m], 0);
	}
	for (round = 0; round < 2 * NR_EVENTS; round++)
		for (n = 0; n < NR_PES; n++) {
			if (host->pes[n].pe.active)
				pe_call(&host->pes[n], COMPLETE, 0, 0);
			if (host->pes[n].notified)
				pe_dispatch(&host->pes[n]);
		}
}

static void test(bool resets)
{
	unsigned int n, m;

	forgetful = resets;
	raise_error = 0;
	host = host_new(NR_PES, 1);
	for (n = 0; n < NR_PES; n++) {
		sdei_state_adopt(&host->pes[n].pe);
		call(&host->pes[n], PE_UNMASK);
		for (m = 0; m < NR_EVENTS; m++) {
			set_up(&host->pes[n], host_events[m]);
			raised[n][m] = 0;
			seen[n][m] = 0;
		}
	}
	run_threads();
	drain();
	for (n = 0; n < NR_PES; n++) {
		expect(host->pes[n].pe.active, 0, "PE %u runs nothing any more", n);
		expect(host->pes[n].pe.private.pending, 0, "nothing is pending on PE %u",
		       n);
		check(host->pes[n].pe.delivered, "PE %u had something to do", n);
		if (!forgetful)
			expect(host->pes[n].pe.delivered, host->pes[n].pe.completed,
			       "what began on PE %u has ended", n);
		for (m = 0; m < NR_EVENTS && !forgetful; m++)
			expect(seen[n][m], raised[n][m], "%#x: PE %u saw the last one",
			       host_events[m], n);
	}
	check(!raise_error, "each raise succeeds");
	check(!refused, "what was read can be written back");
	check(!bad_status, "what is enabled is registered, says STATUS");
	expect(host->vm.shared.running, 0, "no shared event runs any more");
	host_delete(host);
}

int main(void)
{
	tap_section("threads");
	test(false);
	tap_section("threads and resets");
	test(true);
	return tap_exit();
}
