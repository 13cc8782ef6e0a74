// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one PE does gets in between what another one does (spec.md, sections 3
 * and 4): at each step of an act in which the dispatcher holds no lock, another
 * PE or the host acts. When both are done, no event may be lost or be where it
 * cannot be.
 */
#include "host.h"

/* States that two PEs, p and q, can be in at the start; any number of them. */
enum {
	P_MASKED,
	Q_MASKED,
	P_IN_NOTIFY,
	Q_IN_VM_NMI,
	VM_NMI_DISABLED,
	VM_NMI_PENDING,
	VM_NOTIFY_PENDING,
	P_NOTIFY_PENDING,
	NR_SETUPS
};

enum act {
	ACT_DISPATCH,
	ACT_MASK,
	ACT_UNMASK,
	ACT_COMPLETE,
	ACT_ENABLE,
	ACT_DISABLE,
	ACT_UNREGISTER,
	ACT_SHARED_RESET,
	ACT_SIGNAL,
	ACT_PE_RESET,
	ACT_RAISE_NMI,
	ACT_RAISE_VM_NMI,
	ACT_RAISE_VM_NOTIFY,
	ACT_VM_RESET,
	ACT_WRITE_BACK,
	NR_ACTS
};

static const char * const act_names[NR_ACTS] = {
	"dispatch", "PE_MASK", "PE_UNMASK", "COMPLETE", "ENABLE", "DISABLE",
	"UNREGISTER", "SHARED_RESET", "SIGNAL", "PE reset", "raise of an NMI on p",
	"raise of a VM NMI", "raise of a VM notification", "VM reset",
	"writing back of registers",
};

/* Registers that say what is dispatched, of NOTIFY, the VM NMI and the PE. */
static const unsigned int written_back[] = {
	KVM_SDEI_REG_EVENT(SDEI_EVENT_NOTIFY), KVM_SDEI_REG_EVENT(SDEI_EVENT_VM_NMI),
	KVM_SDEI_REG_PE, KVM_SDEI_REG_CONTEXT(0) + KVM_SDEI_REG_CONTEXT_PSTATE,
};

static struct host_pe *p, *q;
static enum act act_between;
static int steps_left;
/* The VM NMI was neither enabled nor running when the other PE had acted. */
static bool ruled_out;

/* What a VMM does that has looked at a PE. */
static void write_back(struct host_pe *self)
{
	u64 vals[ARRAY_SIZE(written_back)];
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(written_back); n++)
		vals[n] = sdei_state_get(&self->pe, written_back[n]);
	for (n = 0; n < ARRAY_SIZE(written_back); n++)
		always(sdei_state_set(&self->pe, written_back[n], vals[n]),
		       "register %#x can be written back", written_back[n]);
}

static void act(struct host_pe *self, enum act act)
{
	struct host_pe *other = self == p ? q : p;

	switch (act) {
	case ACT_DISPATCH:
		host_dispatch(self);
		break;
	case ACT_MASK:
		call(self, PE_MASK);
		break;
	case ACT_UNMASK:
		call(self, PE_UNMASK);
		break;
	case ACT_COMPLETE:
		call(self, COMPLETE);
		break;
	case ACT_ENABLE:
		call(self, ENABLE, VM_NMI);
		break;
	case ACT_DISABLE:
		call(self, DISABLE, VM_NMI);
		break;
	case ACT_UNREGISTER:
		call(self, UNREGISTER, VM_NMI);
		break;
	case ACT_SHARED_RESET:
		call(self, SHARED_RESET);
		break;
	case ACT_SIGNAL:
		call(self, SIGNAL, EVENT_0, other->mpidr);
		break;
	case ACT_PE_RESET:
		host_reset(self);
		break;
	case ACT_RAISE_NMI:
		host_raise(p, NMI);
		break;
	case ACT_RAISE_VM_NMI:
		host_raise(p, VM_NMI);
		break;
	case ACT_RAISE_VM_NOTIFY:
		host_raise(p, VM_NOTIFY);
		break;
	case ACT_VM_RESET:
		sdei_vm_reset_and_unlock(p->pe.vm, sdei_host_lock(p->pe.vm));
		break;
	case ACT_WRITE_BACK:
		write_back(self);
		break;
	default:
		break;
	}
}

static void get_in_between(enum host_step step)
{
	(void)step;
	if (steps_left--)
		return;
	host_on_step = NULL;
	act(q, act_between);
	ruled_out = !((p->pe.vm->shared.enabled | p->pe.vm->shared.running) &
		      BIT(SDEI_EVENT_VM_NMI));
}

static void handler(struct host_pe *self, u32 event)
{
	host_raise(self, event);
	host_dispatch(self);
}

static struct host *set_up(unsigned int setup)
{
	struct host *host = host_new(2, 1);
	unsigned int n, m;

	p = &host->pes[0];
	q = &host->pes[1];
	sdei_state_adopt(&p->pe);
	for (n = 0; n < 2; n++)
		for (m = 0; m < NR_EVENTS; m++)
			if (!is_shared(host_events[m]) || !n)
				use_event(&host->pes[n], host_events[m]);
	call(q, PE_UNMASK);
	if (setup & BIT(Q_IN_VM_NMI))
		handler(q, VM_NMI);
	if (setup & BIT(Q_MASKED))
		call(q, PE_MASK);
	call(p, PE_UNMASK);
	if (setup & BIT(P_IN_NOTIFY))
		handler(p, NOTIFY);
	if (setup & BIT(P_MASKED))
		call(p, PE_MASK);
	if (setup & BIT(VM_NMI_DISABLED))
		call(q, DISABLE, VM_NMI);
	if (setup & BIT(P_NOTIFY_PENDING))
		host_raise(p, NOTIFY);
	if (setup & BIT(VM_NOTIFY_PENDING))
		host_raise(p, VM_NOTIFY);
	if (setup & BIT(VM_NMI_PENDING))
		host_raise(p, VM_NMI);
	return host;
}

/* Let everything come that can. */
static void finish(struct host *host)
{
	unsigned int round;

	for (round = 0; round < 3 * NR_EVENTS; round++) {
		host_run(host);
		if (p->pe.active)
			call(p, COMPLETE);
		if (q->pe.active)
			call(q, COMPLETE);
	}
	always(!p->pe.active && !q->pe.active, "everything comes to an end");
}

/* Whatever became of it, the event can be used again. */
static void use_again(struct host *host)
{
	call(p, PE_UNMASK);
	call(q, PE_UNMASK);
	finish(host);
	register_event(q, VM_NMI, RM_PE, q->mpidr);
	enable_event(q, VM_NMI);
	host_raise(q, VM_NMI);
	host_run(host);
	always(p->pe.active || q->pe.active, "the event runs when it is raised again");
}

/* @between happens before step @step of @first; false if there is no such step. */
static bool test_step(unsigned int setup, enum act first, enum act between, int step)
{
	struct host *host = set_up(setup);
	bool done;

	act_between = between;
	steps_left = step;
	ruled_out = false;
	host_concurrent = true;
	host_on_step = get_in_between;
	act(p, first);
	done = !host_on_step;
	host_on_step = NULL;
	host_concurrent = false;
	host_check(host);
	if (ruled_out && first != ACT_ENABLE && first != ACT_WRITE_BACK)
		always(!(host->vm.shared.running & BIT(SDEI_EVENT_VM_NMI)),
		       "what was unregistered or disabled does not run");
	finish(host);
	use_again(host);
	host_delete(host);
	return done;
}

int main(void)
{
	unsigned int first, between, setup, step, tries;

	for (first = 0; first < NR_ACTS; first++)
		for (between = 0; between < NR_ACTS; between++) {
			tap_section("%s, and %s in between", act_names[first],
				    act_names[between]);
			tries = 0;
			for (setup = 0; setup < BIT(NR_SETUPS); setup++)
				for (step = 0; step < 40; step++, tries++)
					if (!test_step(setup, first, between, step))
						break;
			check(true, "%u ways", tries);
		}
	return tap_exit();
}
