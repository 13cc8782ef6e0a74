// SPDX-License-Identifier: GPL-2.0-only
/* Shared events: to which PE they go, and when (spec.md, section 4). */
#include <linux/errno.h>
#include <semaphore.h>

#include "host.h"

static const u32 shared_events[] = { VM_NOTIFY, VM_NMI };

/* @nr PEs, all unmasked and with all private events. */
static struct host *host_ready(unsigned int nr)
{
	struct host *host = host_new(nr, 1);
	unsigned int n, m;

	for (n = 0; n < nr; n++) {
		call(&host->pes[n], PE_UNMASK);
		for (m = 0; m < NR_EVENTS; m++)
			if (!is_shared(host_events[m]))
				use_event(&host->pes[n], host_events[m]);
	}
	return host;
}

static void run_handler(struct host_pe *p, u32 event)
{
	always(!host_raise(p, event), "raise %#x", event);
	always(host_dispatch(p), "dispatch %#x", event);
}

/* What a PE does when a shared event looks for one. */
enum doing { FREE, HALTED, STOPPED, MASKED, NORMAL, CRITICAL, NR_DOINGS };

static const char * const doing_names[NR_DOINGS] = {
	"free", "halted", "stopped", "masked", "in a normal handler",
	"in a critical handler",
};

static void make(struct host_pe *p, enum doing doing)
{
	if (doing == HALTED)
		p->halted = true;
	/* As if it waited: its thread does. */
	if (doing == STOPPED)
		p->halted = p->stopped = true;
	if (doing == MASKED)
		call(p, PE_MASK);
	if (doing == NORMAL)
		run_handler(p, NOTIFY);
	if (doing == CRITICAL)
		run_handler(p, NMI);
}

static bool takes(enum doing doing, u32 event)
{
	return doing == FREE || doing == HALTED || doing == STOPPED ||
	       (doing == NORMAL && is_critical(event));
}

/*
 * The lowest-numbered PE that can, rather one that is not halted and, if all are, one
 * that is not stopped; -1: none.
 */
static int choice(const enum doing *doing, u32 event)
{
	int n;

	for (n = 0; n < 3; n++)
		if (takes(doing[n], event) && doing[n] != HALTED && doing[n] != STOPPED)
			return n;
	for (n = 0; n < 3; n++)
		if (takes(doing[n], event) && doing[n] != STOPPED)
			return n;
	for (n = 0; n < 3; n++)
		if (takes(doing[n], event))
			return n;
	return -1;
}

static void test_choice(u32 event, const enum doing *doing)
{
	struct host *host = host_ready(3);
	int n, chosen = choice(doing, event);

	tap_section("%#x for any of: %s, %s, %s", event, doing_names[doing[0]],
		    doing_names[doing[1]], doing_names[doing[2]]);
	use_event(host->pes, event);
	for (n = 0; n < 3; n++)
		make(&host->pes[n], doing[n]);
	host_forget(host);
	expect(host_raise(host->pes, event), 0, "is raised");
	for (n = 0; n < 3; n++) {
		expect(host->pes[n].notifications, n == chosen,
		       "PE %d is notified if it is chosen", n);
		expect(sdei_pe_deliverable(&host->pes[n].pe), n == chosen,
		       "PE %d can be delivered to if it is chosen", n);
	}
	for (n = 2; n >= 0; n--)
		expect(host_dispatch(&host->pes[n]), n == chosen,
		       "PE %d takes it if it is chosen", n);
	if (chosen >= 0) {
		check(at_handler(&host->pes[chosen], event), "the handler is entered");
		expect(call(&host->pes[2 - chosen], STATUS, event), 7, "it runs");
	}
	host_delete(host);
}

static void test_choices(u32 event)
{
	unsigned int n;

	for (n = 0; n < NR_DOINGS * NR_DOINGS * NR_DOINGS; n++) {
		const enum doing doing[] = {
			n / NR_DOINGS / NR_DOINGS, n / NR_DOINGS % NR_DOINGS,
			n % NR_DOINGS,
		};

		test_choice(event, doing);
	}
}

/* The first that can takes it, whichever it is. */
static void test_first(u32 event, unsigned int first)
{
	struct host *host = host_ready(3);
	struct host_pe *p = &host->pes[first];
	unsigned int n;

	tap_section("%#x while all PEs are masked", event);
	use_event(host->pes, event);
	for (n = 0; n < 3; n++)
		call(&host->pes[n], PE_MASK);
	host_forget(host);
	host_raise(p, event);
	for (n = 0; n < 3; n++) {
		expect(host->pes[n].notifications, 0, "PE %u is not notified", n);
		check(!host_dispatch(&host->pes[n]), "PE %u does not take it", n);
	}
	call(p, PE_UNMASK);
	check(at_handler(p, event), "PE %u takes it when it unmasks", first);
	expect(p->notifications, 0, "PE %u is not notified of its own doing", first);
	host_delete(host);
}

/* What keeps the PE that was chosen from taking the event. */
enum loss { BY_MASK, BY_CRITICAL, BY_NORMAL, BY_RESET, BY_EXIT, NR_LOSSES };

static const char * const loss_names[NR_LOSSES] = {
	"masks itself", "enters a critical handler", "enters a normal handler",
	"is reset", "is removed",
};

static void lose(struct host_pe *p, enum loss loss)
{
	switch (loss) {
	case BY_MASK:
		call(p, PE_MASK);
		break;
	case BY_CRITICAL:
		run_handler(p, NMI);
		break;
	case BY_NORMAL:
		run_handler(p, NOTIFY);
		break;
	case BY_RESET:
		host_reset(p);
		break;
	case BY_EXIT:
		sdei_pe_exit(&p->pe);
		p->notified = 0;
		break;
	default:
		break;
	}
}

/* Lose it, with another PE there to take it at once or not before it unmasks. */
static void test_loss(u32 event, enum loss loss, bool at_once)
{
	struct host *host = host_ready(3);
	struct host_pe *p = &host->pes[0], *q = &host->pes[2];

	tap_section("%#x, the chosen PE %s, another %s", event, loss_names[loss],
		    at_once ? "is free" : "unmasks later");
	use_event(p, event);
	call(&host->pes[1], PE_MASK);
	if (!at_once)
		call(q, PE_MASK);
	host_raise(p, event);
	check(sdei_pe_deliverable(&p->pe), "the PE is chosen");
	host_forget(host);
	lose(p, loss);
	if (loss != BY_EXIT)
		check(!host_dispatch(p), "it does not take the event");
	expect(q->notifications, at_once, "the other is notified if it is free");
	if (at_once)
		host_run(host);
	else
		call(q, PE_UNMASK);
	check(at_handler(q, event), "the other takes it");
	host_delete(host);
}

/* And back, when nobody else turns up. */
static void test_loss_and_return(u32 event, enum loss loss)
{
	struct host *host = host_ready(1);
	struct host_pe *p = host->pes;

	tap_section("%#x, the only PE %s", event, loss_names[loss]);
	use_event(p, event);
	host_raise(p, event);
	lose(p, loss);
	check(!at_handler(p, event), "it does not take the event");
	call(p, loss == BY_MASK || loss == BY_RESET ? PE_UNMASK : COMPLETE);
	check(at_handler(p, event), "it takes the event later");
	host_delete(host);
}

static void test_losses(u32 event)
{
	unsigned int loss;

	for (loss = 0; loss < NR_LOSSES; loss++) {
		/* A critical event does not wait for a normal handler. */
		if (loss == BY_NORMAL && is_critical(event))
			continue;
		/* A PE goes when its VM does: nobody waits for what it leaves. */
		if (loss != BY_EXIT)
			test_loss(event, loss, true);
		test_loss(event, loss, false);
		if (loss != BY_EXIT)
			test_loss_and_return(event, loss);
	}
}

/* A PE that is stopped, before the event or with it, keeps it from nobody. */
static void test_stopped(u32 event, bool before)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x, the chosen PE %s stopped", event, before ? "was" : "is then");
	use_event(p, event);
	call(q, PE_MASK);
	p->stopped = before;
	host_raise(p, event);
	check(sdei_pe_deliverable(&p->pe), "it is chosen where nobody else is there");
	p->stopped = true;
	host_forget(host);
	call(q, PE_UNMASK);
	check(at_handler(q, event), "another takes it when it can");
	check(!sdei_pe_deliverable(&p->pe), "nothing is left for the one that is stopped");
	host_delete(host);
}

/* RM_PE: that PE and no other, whatever it does. */
static void test_rm_pe(u32 event, unsigned int to, enum doing doing, bool set)
{
	struct host *host = host_ready(3);
	struct host_pe *p = &host->pes[to];
	bool now = takes(doing, event);
	unsigned int n;

	tap_section("%#x for PE %u by %s, which is %s", event, to,
		    set ? "ROUTING_SET" : "REGISTER", doing_names[doing]);
	if (set) {
		register_event(host->pes, event, RM_ANY, 0);
		call(host->pes, ROUTING_SET, event, RM_PE, p->mpidr);
	} else {
		register_event(host->pes, event, RM_PE, p->mpidr);
	}
	enable_event(host->pes, event);
	make(p, doing);
	host_forget(host);
	host_raise(p, event);
	for (n = 0; n < 3; n++) {
		expect(host->pes[n].notifications, now && n == to,
		       "PE %u is notified if it is the one", n);
		expect(host_dispatch(&host->pes[n]), now && n == to,
		       "PE %u takes it if it is the one", n);
	}
	if (doing == MASKED)
		call(p, PE_UNMASK);
	else if (!now)
		call(p, COMPLETE);
	check(at_handler(p, event), "the PE takes it when it can");
	host_delete(host);
}

/* RM_PE to a PE that is off: it waits until the PE is on and unmasks. */
static void test_rm_pe_off(u32 event)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x for a PE that is off", event);
	register_event(p, event, RM_PE, q->mpidr);
	enable_event(p, event);
	host_reset(q);
	host_forget(host);
	host_raise(p, event);
	expect(p->notifications + q->notifications, 0, "nobody is notified");
	call(p, PE_MASK);
	call(p, PE_UNMASK);
	host_reset(q);
	expect(call(p, STATUS, event), 3, "it waits");
	call(q, PE_UNMASK);
	check(at_handler(q, event), "it comes with PE_UNMASK");
	host_delete(host);
}

/* It runs on one PE at a time, even when another one is free. */
static void test_one_pe(u32 event, bool mask)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x raised while it runs%s", event, mask ? ", masked" : "");
	use_event(p, event);
	run_handler(p, event);
	if (mask)
		call(p, PE_MASK);
	host_forget(host);
	expect(host_raise(p, event), 0, "is raised");
	expect(p->notifications + q->notifications, 0, "nobody is notified");
	check(!host_dispatch(q), "does not run on another PE");
	expect(call(q, COMPLETE), SDEI_DENIED, "another PE cannot complete it");
	expect(call(q, CONTEXT, 0), SDEI_DENIED, "nor see its context");
	call(p, COMPLETE);
	if (mask) {
		expect(q->notifications, 1, "COMPLETE notifies the other PE");
		check(host_dispatch(q) && at_handler(q, event),
		      "which takes what was raised");
	} else {
		check(at_handler(p, event), "COMPLETE dispatches it again");
		expect(q->notifications, 0, "the other PE is not notified");
	}
	host_delete(host);
}

/* The higher PE completes, but the lower one is the first choice. */
static void test_back_to_lowest(u32 event)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x completes on the higher PE", event);
	use_event(p, event);
	call(p, PE_MASK);
	run_handler(q, event);
	call(p, PE_UNMASK);
	host_raise(p, event);
	host_forget(host);
	call(q, COMPLETE);
	expect(q->pe.delivered, 1, "does not run on it again");
	expect(p->notifications, 1, "the lowest PE is notified");
	check(host_dispatch(p), "and takes it");
	host_delete(host);
}

/* Both go to the lowest PE until it takes the critical one. */
static void test_both(void)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("both shared events");
	use_event(p, VM_NOTIFY);
	use_event(p, VM_NMI);
	host_raise(p, VM_NOTIFY);
	host_raise(p, VM_NMI);
	host_forget(host);
	check(host_dispatch(p), "the lowest PE takes one");
	check(at_handler(p, VM_NMI), "which is the critical one");
	expect(q->notifications, 1, "the other PE is notified of the other");
	check(host_dispatch(q), "takes it");
	check(at_handler(q, VM_NOTIFY), "which is the normal one");
	call(p, COMPLETE);
	host_raise(p, VM_NMI);
	check(host_dispatch(p), "the critical one goes to the lowest PE");
	call(p, COMPLETE);
	call(p, PE_MASK);
	host_raise(p, VM_NMI);
	check(host_dispatch(q) && at_handler(q, VM_NMI),
	      "or preempts the normal one");
	expect(call(p, STATUS, VM_NOTIFY), 7, "they run both");
	expect(call(p, STATUS, VM_NMI), 7, "at the same time");
	host_delete(host);
}

/* The call that makes it deliverable comes from a PE that is not its target. */
static void test_enabled_by_other(u32 event)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x enabled by another PE", event);
	register_event(q, event, RM_ANY, 0);
	host_raise(q, event);
	host_forget(host);
	expect(call(q, ENABLE, event), SDEI_SUCCESS, "ENABLE returns");
	expect(p->notifications, 1, "the lowest PE is notified");
	check(sdei_pe_deliverable(&p->pe), "it is deliverable there");
	expect(call(q, DISABLE, event), SDEI_SUCCESS, "DISABLE returns");
	check(!sdei_pe_deliverable(&p->pe), "it is not any more");
	check(!host_dispatch(p), "the PE has been notified for nothing");
	host_forget(host);
	expect(call(q, ENABLE, event), SDEI_SUCCESS, "ENABLE again");
	expect(p->notifications, 1, "the PE is notified again");
	check(host_dispatch(p), "it takes the event");
	expect(call(q, UNREGISTER, event), SDEI_PENDING,
	       "another PE unregisters it while it runs");
	expect(call(q, REGISTER, event, 0x1000), SDEI_DENIED,
	       "and cannot register it yet");
	call(p, COMPLETE);
	expect(call(q, STATUS, event), 0, "it is unregistered then");
	expect(call(q, REGISTER, event, 0x1000), SDEI_SUCCESS, "and can be again");
	host_delete(host);
}

/* What takes an event back before the chosen PE takes it, from another PE. */
static void test_taken_back(u32 event, u64 fn, bool one_pe)
{
	struct host *host = host_ready(3);
	struct host_pe *p = host->pes, *q = p + 1;
	struct host_pe *to = one_pe ? q : p;

	tap_section("%#x by %#llx before it was taken, then for %s", event, fn,
		    one_pe ? "another PE" : "any PE");
	use_event(q, event);
	host_raise(q, event);
	check(sdei_pe_deliverable(&p->pe), "a PE is chosen");
	if (fn)
		call(q, fn, event);
	else
		sdei_vm_reset_and_unlock(&host->vm, sdei_host_lock(&host->vm));
	host_run(host);
	expect(p->pe.delivered, 0, "the PE finds nothing to do");
	expect(call(q, STATUS, event), 0, "the event is unregistered");

	register_event(q, event, one_pe ? RM_PE : RM_ANY, q->mpidr);
	enable_event(q, event);
	host_forget(host);
	host_raise(q, event);
	expect(to->notifications, 1, "raised again: the right PE is notified");
	expect((one_pe ? p : q)->notifications, 0, "raised again: the other is not");
	check(!host_dispatch(one_pe ? p : q), "the other does not take it");
	check(host_dispatch(to), "the right one takes it");
	host_delete(host);
}

static struct host_pe *enabler;
static pthread_t enabler_thread;
static sem_t paused, resumed;

/* On another thread: ENABLE, with a pause after it has changed the state. */
static void pause_once(enum host_step step)
{
	if (step != HOST_UNLOCK)
		return;
	host_on_step = NULL;
	sem_post(&paused);
	sem_wait(&resumed);
}

static void *enable(void *unused)
{
	call(enabler, ENABLE, VM_NMI);
	return unused;
}

static void start_to_enable(enum host_step step)
{
	if (step != HOST_SETTLE)
		return;
	host_on_step = pause_once;
	if (pthread_create(&enabler_thread, NULL, enable, NULL))
		tap_bail("a thread can be created");
	sem_wait(&paused);
}

/*
 * ENABLE of an event that preempts, on another PE, while this one enters a
 * handler. Who of the two routes the event makes sure that it is not left.
 */
static void test_enabled_while_entering(void)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes;

	enabler = p + 1;
	tap_section("%#x enabled while a PE enters a normal handler", VM_NMI);
	register_event(enabler, VM_NMI, RM_ANY, 0);
	host_raise(enabler, VM_NMI);
	host_raise(p, NOTIFY);
	host_forget(host);
	sem_init(&paused, 0, 0);
	sem_init(&resumed, 0, 0);
	host_on_step = start_to_enable;
	host_concurrent = true;
	host_dispatch(p);
	sem_post(&resumed);
	pthread_join(enabler_thread, NULL);
	host_concurrent = false;
	host_check(host);
	host_run(host);
	expect(call(enabler, STATUS, VM_NMI), 7, "runs when that is done");
	host_delete(host);
}

/* A PE that is reset or powered off in a handler completes it. */
static void test_reset_completes(u32 event, bool unregistered)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x, its PE is reset in its handler, %sregistered", event,
		    unregistered ? "un" : "");
	use_event(p, event);
	run_handler(p, event);
	if (unregistered)
		call(p, UNREGISTER, event);
	else
		host_raise(p, event);
	host_forget(host);
	host_reset(p);
	expect(q->notifications, !unregistered,
	       "another PE is notified of what is pending");
	if (unregistered) {
		expect(call(q, STATUS, event), 0, "completes into nothing");
		expect(call(q, REGISTER, event, 0x1000), 0, "REGISTER works again");
	} else {
		check(host_dispatch(q), "another PE takes it");
		expect(call(q, STATUS, event), 7, "and runs it");
		host_reset(p);
		expect(call(q, STATUS, event), 7, "no matter what the first one does");
	}
	host_delete(host);
}

static void test_reset_completes_both(void)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes;

	tap_section("both shared events, their PE is reset");
	use_event(p, VM_NOTIFY);
	use_event(p, VM_NMI);
	run_handler(p, VM_NOTIFY);
	run_handler(p, VM_NMI);
	host_reset(p);
	expect(call(p + 1, STATUS, VM_NOTIFY), 3, "the normal one is complete");
	expect(call(p + 1, STATUS, VM_NMI), 3, "the critical one is complete");
	expect(call(p, STATUS, VM_NMI), 3, "on the PE itself, too");
	host_delete(host);
}

/* No PE but its own completes what a PE runs, by a reset neither. */
static void test_reset_of_other(u32 event)
{
	struct host *host = host_ready(2);
	struct host_pe *p = host->pes, *q = p + 1;

	tap_section("%#x, another PE is reset", event);
	use_event(p, event);
	run_handler(p, event);
	host_reset(q);
	expect(call(q, STATUS, event), 7, "it runs on");
	host_delete(host);
}

int main(void)
{
	unsigned int n, to, doing;

	for (n = 0; n < ARRAY_SIZE(shared_events); n++) {
		u32 event = shared_events[n];

		test_choices(event);
		for (to = 0; to < 3; to++)
			test_first(event, to);
		test_losses(event);
		test_stopped(event, false);
		test_stopped(event, true);
		for (to = 0; to < 3; to++)
			for (doing = 0; doing < NR_DOINGS; doing++) {
				test_rm_pe(event, to, doing, false);
				test_rm_pe(event, to, doing, true);
			}
		test_rm_pe_off(event);
		test_one_pe(event, false);
		test_one_pe(event, true);
		test_back_to_lowest(event);
		test_enabled_by_other(event);
		test_taken_back(event, UNREGISTER, false);
		test_taken_back(event, UNREGISTER, true);
		test_taken_back(event, SHARED_RESET, false);
		test_taken_back(event, SHARED_RESET, true);
		test_taken_back(event, 0, false);
		test_taken_back(event, 0, true);
		test_reset_completes(event, false);
		test_reset_completes(event, true);
		test_reset_of_other(event);
	}
	test_both();
	test_enabled_while_entering();
	test_reset_completes_both();
	return tap_exit();
}
