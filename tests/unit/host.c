// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "host.h"

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* Handed out by sdei_host_lock() and wanted back. */
#define LOCK_FLAGS	0x10cfUL

const u32 host_events[NR_EVENTS] = { EVENT_0, NOTIFY, NMI, VM_NOTIFY, VM_NMI };

/* Each affinity field tells two PEs apart. */
static const u64 affinities[HOST_MAX_PES] = { 0, 1, 1 << 8, 1 << 16, 1ULL << 32 };

void (*host_on_step)(enum host_step step);
bool host_concurrent;

static __thread struct sdei_vm *locked;
/* The PE whose thread this is at the moment, while the dispatcher runs in it. */
static __thread const struct host_pe *self;

static struct host_pe *pe_of(const struct sdei_pe *pe)
{
	return container_of(pe, struct host_pe, pe);
}

static void step(enum host_step step)
{
	if (host_on_step)
		host_on_step(step);
}

static void no_lock(const char *name)
{
	if (locked)
		tap_bail("host: %s is not called with the lock held", name);
}

static struct host_pe *own_pe(const struct sdei_pe *pe, const char *name)
{
	no_lock(name);
	if (pe_of(pe) != self)
		tap_bail("host: %s is called by the PE's own thread only", name);
	return pe_of(pe);
}

unsigned long sdei_host_lock(struct sdei_vm *vm)
{
	if (locked)
		tap_bail("host: the lock is not taken twice");
	step(HOST_LOCK);
	pthread_mutex_lock(&container_of(vm, struct host, vm)->lock);
	locked = vm;
	return LOCK_FLAGS;
}

void sdei_host_unlock(struct sdei_vm *vm, unsigned long flags)
{
	if (locked != vm)
		tap_bail("host: what is unlocked was locked");
	if (flags != LOCK_FLAGS)
		tap_bail("host: the lock gets its flags back");
	locked = NULL;
	pthread_mutex_unlock(&container_of(vm, struct host, vm)->lock);
	step(HOST_UNLOCK);
}

void sdei_host_notify(struct sdei_pe *pe)
{
	no_lock(__func__);
	step(HOST_NOTIFY);
	__atomic_fetch_add(&pe_of(pe)->notified, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&pe_of(pe)->notifications, 1, __ATOMIC_SEQ_CST);
}

bool sdei_host_halted(const struct sdei_pe *pe)
{
	return pe_of(pe)->halted;
}

bool sdei_host_stopped(const struct sdei_pe *pe)
{
	return pe_of(pe)->stopped;
}

bool sdei_host_find_pe(struct sdei_vm *vm, u64 mpidr, struct sdei_pe **pe)
{
	struct host *host = container_of(vm, struct host, vm);
	unsigned int n;

	no_lock(__func__);
	for (n = 0; n < host->nr; n++) {
		struct host_pe *p = &host->pes[n];

		if (mpidr != affinities[n])
			continue;
		*pe = p->absent ? NULL : &p->pe;
		return true;
	}
	return false;
}

static void with_lock(const struct sdei_vm *vm, const char *name)
{
	if (locked != vm)
		tap_bail("host: %s is called with the lock held", name);
}

bool sdei_host_has_irq(const struct sdei_vm *vm, u32 intid)
{
	if (intid < 16 || intid > 1019)
		tap_bail("host: is asked for PPIs and SPIs only");
	return intid < container_of(vm, struct host, vm)->nr_irqs;
}

bool sdei_host_bind(struct sdei_vm *vm, u32 intid, enum sdei_event_id event)
{
	struct host *host = container_of(vm, struct host, vm);

	with_lock(vm, __func__);
	if (intid >= host->nr_irqs || host->bound[intid])
		tap_bail("host: an interrupt is bound once");
	if (host->busy[intid])
		return false;
	host->bound[intid] = sdei_event_number(event);
	return true;
}

void sdei_host_release(struct sdei_vm *vm, u32 intid)
{
	struct host *host = container_of(vm, struct host, vm);

	with_lock(vm, __func__);
	if (intid >= host->nr_irqs || !host->bound[intid])
		tap_bail("host: what is released was bound");
	host->bound[intid] = 0;
}

void sdei_host_settle(struct sdei_pe *pe)
{
	struct host_pe *p = own_pe(pe, __func__);

	p->regs.pc += p->increment;
	p->increment = 0;
	step(HOST_SETTLE);
}

void sdei_host_discard(struct sdei_pe *pe)
{
	own_pe(pe, __func__)->increment = 0;
}

u64 sdei_host_read_sysreg(const struct sdei_pe *pe, enum sdei_sysreg reg)
{
	return own_pe(pe, __func__)->sysreg[reg];
}

void sdei_host_write_sysreg(struct sdei_pe *pe, enum sdei_sysreg reg, u64 val)
{
	own_pe(pe, __func__)->sysreg[reg] = val;
}

bool sdei_host_has_aarch32(const struct sdei_pe *pe)
{
	return pe_of(pe)->aarch32;
}

static void pe_new(struct host *host, unsigned int id)
{
	struct host_pe *p = &host->pes[id];
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(p->regs.x); n++)
		p->regs.x[n] = 0x0101010101010101ULL * n + ((u64)id << 56);
	p->regs.sp = 0x5050505050505050ULL + id;
	p->regs.pc = 0x400000 + 0x1000 * id;
	p->regs.pstate = 0x60000005;
	for (n = 0; n < ARRAY_SIZE(p->sysreg); n++)
		p->sysreg[n] = 0xffff000000000000ULL + 0x10000 * n;
	/* With the bits of a real MPIDR_EL1 that are not affinity: RES1, MT. */
	p->mpidr = affinities[id] | 0x81000000;
	sdei_pe_init(&p->pe, &host->vm, id, p->mpidr, false, &p->regs);
}

struct host *host_new(unsigned int nr, unsigned int minor)
{
	struct host *host = calloc(1, sizeof(*host));
	unsigned int n;

	if (!host)
		tap_bail("host: there is memory");
	pthread_mutex_init(&host->lock, NULL);
	sdei_vm_init(&host->vm, minor, 0);
	host->nr = nr;
	host->nr_irqs = HOST_NR_IRQS;
	/* Out of order, which the dispatcher has to put them into. */
	for (n = 1; n < nr; n += 2)
		pe_new(host, n);
	for (n = (nr - 1) & ~1U; n; n -= 2)
		pe_new(host, n);
	pe_new(host, 0);
	return host;
}

struct host *host_new_with_slots(unsigned int nr, unsigned int slots)
{
	struct host *host = host_new(nr, 1);

	/* Not yet in use: as if it had been made like that. */
	host->vm.slots = slots;
	return host;
}

void host_delete(struct host *host)
{
	pthread_mutex_destroy(&host->lock);
	free(host);
}

static bool fits(const struct sdei_pe *pe, u32 event)
{
	unsigned long in_the_way = pe->active;

	if (is_critical(event))
		in_the_way &= BIT(SDEI_EVENT_NMI) | BIT(SDEI_EVENT_VM_NMI);
	return !pe->masked && !in_the_way;
}

static void check_shared(struct sdei_vm *vm, enum sdei_event_id id, u32 event)
{
	const struct sdei_handler *handler = &vm->handler[id];
	const struct sdei_events *shared = &vm->shared;
	unsigned int runs = 0, routed = 0, eligible = 0;
	struct sdei_pe *pe;
	bool ready;

	ready = shared->pending & shared->enabled & shared->registered &
		~shared->running & BIT(id);
	for (pe = vm->pes; pe; pe = pe->next) {
		runs += !!(pe->active & BIT(id));
		routed += !!(pe->routed & BIT(id));
		always(!(pe->routed & BIT(id)) ||
		       vm->target[id] == pe,
		       "%#x: is routed to its target", event);
		if (handler->flags & RM_PE && handler->affinity != pe->mpidr)
			always(!ready || !(pe->routed & BIT(id)),
			       "%#x: is not routed to a PE other than its own", event);
		else if (fits(pe, event))
			eligible++;
		if (ready && pe->routed & BIT(id))
			always(fits(pe, event), "%#x: is routed to a PE that takes it",
			       event);
	}
	always(runs == !!(shared->running & BIT(id)), "%#x: runs on one PE if it runs",
	       event);
	always(routed <= 1, "%#x: is routed to one PE at most", event);
	always(!ready || !eligible || routed == 1,
	       "%#x: is routed if there is a PE to take it", event);
}

static void check_pe(const struct sdei_pe *pe)
{
	const unsigned long critical = BIT(SDEI_EVENT_NMI) | BIT(SDEI_EVENT_VM_NMI);

	always(!(pe->private.enabled & ~pe->private.registered),
	       "PE %u: what is enabled is registered", pe->id);
	always(pe->private.running == (pe->active & SDEI_PRIVATE_EVENTS),
	       "PE %u: what runs is active", pe->id);
	always(__builtin_popcountl(pe->active & critical) <= 1 &&
	       __builtin_popcountl(pe->active & ~critical) <= 1,
	       "PE %u: one handler of each priority at most", pe->id);
	always(!sdei_pe_deliverable(pe) || pe_of(pe)->notified,
	       "PE %u: is notified of what can be dispatched to it", pe->id);
}

/* What has to hold whenever nothing is going on. */
void host_check(struct host *host)
{
	enum sdei_event_id id;
	struct sdei_pe *pe;

	if (host_concurrent)
		return;
	for (pe = host->vm.pes; pe; pe = pe->next)
		check_pe(pe);
	always(!(host->vm.shared.enabled & ~host->vm.shared.registered),
	       "VM: what is enabled is registered");
	for (id = 0; id < SDEI_NR_EVENTS; id++)
		if (BIT(id) & SDEI_SHARED_EVENTS)
			check_shared(&host->vm, id, sdei_event_number(id));
}

struct host *host_of(struct host_pe *p)
{
	return container_of(p->pe.vm, struct host, vm);
}

/* What KVM does last before it enters the guest. */
void host_enter(struct host_pe *p)
{
	p->regs.pc += p->increment;
	p->increment = 0;
}

/* A call with the registers as they are, and what KVM asks after it. */
void host_call_as_is(struct host_pe *p)
{
	const struct host_pe *other = self;

	p->increment = 4;
	self = p;
	sdei_call(&p->pe);
	if (__atomic_exchange_n(&p->notified, 0, __ATOMIC_SEQ_CST))
		sdei_dispatch(&p->pe);
	self = other;
	host_enter(p);
	host_check(host_of(p));
}

/* A call; returns x0, which is an event's number if a handler was entered. */
s64 host_call(struct host_pe *p, u64 fn, const u64 *args)
{
	unsigned int n;

	p->regs.x[0] = fn;
	for (n = 0; n < 5; n++)
		p->regs.x[1 + n] = args[n];
	host_call_as_is(p);
	return p->regs.x[0];
}

bool host_dispatch(struct host_pe *p)
{
	const struct host_pe *other = self;
	u64 delivered = p->pe.delivered;

	__atomic_store_n(&p->notified, 0, __ATOMIC_SEQ_CST);
	self = p;
	sdei_dispatch(&p->pe);
	self = other;
	host_enter(p);
	host_check(host_of(p));
	return p->pe.delivered != delivered;
}

/* Raise a shared event for the VM of @p, any other on @p. */
int host_raise(struct host_pe *p, u32 event)
{
	int ret = is_shared(event) ? sdei_raise_shared(p->pe.vm, event) :
				     sdei_raise(&p->pe, event);

	host_check(host_of(p));
	return ret;
}

void host_reset(struct host_pe *p)
{
	sdei_pe_reset(&p->pe);
	host_check(host_of(p));
}

/* Let the PEs that were notified do what they were notified for. */
void host_run(struct host *host)
{
	unsigned int n;

	for (n = 0; n < host->nr; n++)
		if (host->pes[n].notified)
			host_dispatch(&host->pes[n]);
}

void host_forget(struct host *host)
{
	unsigned int n;

	for (n = 0; n < host->nr; n++)
		host->pes[n].notifications = 0;
}

bool is_shared(u32 event)
{
	return event == VM_NOTIFY || event == VM_NMI || event == SPI_EVENT(0) ||
	       event == SPI_EVENT(1);
}

bool is_critical(u32 event)
{
	return event == NMI || event == VM_NMI;
}

s64 register_event(struct host_pe *p, u32 event, u64 flags, u64 affinity)
{
	return call(p, REGISTER, event, entry_of(event), arg_of(event), flags, affinity);
}

void enable_event(struct host_pe *p, u32 event)
{
	s64 ret = call(p, ENABLE, event);

	always(!ret, "%#x: can be enabled", event);
}

/* Register and enable, shared events for any PE. */
void use_event(struct host_pe *p, u32 event)
{
	s64 ret = register_event(p, event, RM_ANY, 0);

	always(!ret, "%#x: can be registered", event);
	enable_event(p, event);
}

/* Whether the next instruction is the first of an event's handler. */
bool at_handler(const struct host_pe *p, u32 event)
{
	return p->regs.pc == entry_of(event) && p->regs.x[0] == event &&
	       p->regs.x[1] == arg_of(event);
}
