/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a shared event finds a PE that takes it.
 *
 * Two PEs and a host thread that raises the event. A PE masks and unmasks itself,
 * enters and completes handlers of this event and of another one that keeps this
 * one out, sleeps, is stopped and started by its VMM, and is reset; one of them also
 * changes the event for all. A step
 * touches one variable that others use without sdei_host_lock() at the same time.
 * That a notified PE dispatches, unless it sleeps and has nothing to take, is what
 * notify.pml is about; see barrier.pml for the barriers.
 *
 * Each of these macros breaks something, and an error must be found:
 *   NO_REROUTE, NO_REROUTE_ON_MASK, NO_REROUTE_ON_RESET, REROUTE_TOO_LATE,
 *   STICKY_TARGET, NO_NOTIFY, TAKE_WITHOUT_LOOKING, KEEP_ROUTED, NO_RUNNING,
 *   NO_CLEAR, IGNORE_MASK, IGNORE_AFFINITY, ENTER_BLINDLY, ROUTE_ANEW,
 *   WAIT_UNTIL_TAKEN
 * This one makes it smaller, for a property that is dear to check: FEWER_STEPS
 */
#define NONE	2		/* no PE; as an affinity: RM_ANY */

/* struct sdei_vm: what it knows of the event */
bit is_enabled, pending, running;
byte affinity = NONE;
byte target = NONE;
bit locked;			/* sdei_host_lock() */

/* struct sdei_pe, and what the host knows of it */
typedef pe_t {
	bit masked;
	bit runs;		/* .active: the shared event */
	bit busy;		/* .active: another one of the same priority */
	bit routed;
	bit request;		/* sdei_host_notify(): to call sdei_dispatch() */
	bit halted, woken;	/* It sleeps; it was kicked since. */
	bit stopped;		/* By its VMM. */
};
pe_t pe[2];

/* What the properties are about: it was raised since it was last dispatched. */
bit owed;

/* sdei_events_ready(), src/dispatcher/dispatcher.h; it is always registered. */
#define READY		(pending && is_enabled && !running)

/* pe_has_room(), src/dispatcher/dispatch.c */
#ifdef IGNORE_MASK
#define HAS_ROOM(q)	(!pe[q].runs && !pe[q].busy)
#else
#define HAS_ROOM(q)	(!pe[q].runs && !pe[q].busy && !pe[q].masked)
#endif

#ifdef IGNORE_AFFINITY
#define IS_TARGET(q)	true
#else
#define IS_TARGET(q)	(affinity == NONE || affinity == q)
#endif

/* pe_deliverable(), src/dispatcher/dispatch.c, in the PE's own thread */
#define DELIVERABLE	(pe[self].routed && READY && HAS_ROOM(self))

/* Whether PE q has to take it, by the specification and not by the code. */
#define TAKES(q)	(!pe[q].runs && !pe[q].busy && !pe[q].masked && \
			 (affinity == NONE || affinity == q))
#define DUE		(owed && is_enabled && !running && (TAKES(0) || TAKES(1)))

/*
 * route(), src/dispatcher/dispatch.c, with best_target(), which looks at one PE
 * after the other. If both have room, which of them it likes better is left open.
 */
inline route()
{
	to = NONE;
	if
#ifdef STICKY_TARGET
	:: target != NONE && READY
#else
	:: target != NONE && READY && HAS_ROOM(target) && !pe[target].stopped
#endif
	:: else ->
		if
		:: READY && IS_TARGET(0) && HAS_ROOM(0) -> to = 0
		:: else
		fi;
		if
		:: READY && IS_TARGET(1) && HAS_ROOM(1) -> to = 1
		:: to == 0
		:: else
		fi;
		if
#ifndef ROUTE_ANEW
		/* Who stays the target has been told. */
		:: to == target -> to = NONE
#endif
		:: else ->
#ifndef KEEP_ROUTED
			atomic {
				pe[0].routed = pe[0].routed && target != 0;
				pe[1].routed = pe[1].routed && target != 1
			}
#endif
			atomic {
				pe[0].routed = pe[0].routed || to == 0;
				pe[1].routed = pe[1].routed || to == 1;
				if
				:: to == target -> to = NONE
				:: else -> target = to
				fi
			}
		fi
	fi
}

/* sdei_route_and_unlock(), src/dispatcher/dispatch.c, with sdei_host_notify() */
inline route_and_unlock()
{
	route();
	locked = 0;
	atomic {
		if
#ifndef NO_NOTIFY
		:: to != NONE && to != self -> pe[to].request = 1; pe[to].woken = pe[to].halted
#endif
		:: else
		fi;
		to = NONE
	}
}

/* take_shared(), src/dispatcher/dispatch.c, and sdei_context_enter() */
inline take()
{
	atomic {
		!locked;
		if
#ifndef TAKE_WITHOUT_LOOKING
		:: pe[self].routed && READY ->
#else
		:: true ->
#endif
			assert(!pe[1 - self].runs);
			assert(owed && is_enabled);
			assert(affinity == NONE || affinity == self);
			assert(!pe[self].masked && !pe[self].runs && !pe[self].busy);
			owed = 0;
#ifndef NO_CLEAR
			pending = 0;
#endif
#ifndef NO_RUNNING
			running = 1;
#endif
			target = NONE;
			pe[self].routed = 0;
			mine = 1
#ifndef TAKE_WITHOUT_LOOKING
		:: else
#endif
		fi
	}
	atomic {
		pe[self].runs = pe[self].runs || mine;
		mine = 0
	}
}

/* dispatch_one() until it routes, src/dispatcher/dispatch.c */
inline reroute()
{
#ifndef NO_REROUTE
	if
	:: pending -> lock(); route_and_unlock()
	:: else
	fi
#else
	true
#endif
}


/* dispatch_all(), src/dispatcher/dispatch.c */
inline dispatch_all()
{
	do
	:: true ->
#ifndef REROUTE_TOO_LATE
		reroute();
#endif
		if
#ifdef WAIT_UNTIL_TAKEN
		:: pending -> take()
#else
		:: DELIVERABLE -> take()
#endif
		:: else -> break
		fi
	od
#ifdef REROUTE_TOO_LATE
	;
	reroute()
#endif
}

/* sdei_dispatch(), src/dispatcher/dispatch.c; it may find a private event to enter. */
inline dispatch()
{
	if
	:: pending -> dispatch_all()
	:: !pending ->
		if
#ifndef FEWER_STEPS
		:: !pe[self].masked && !pe[self].runs && !pe[self].busy ->
			pe[self].busy = 1
#ifndef ENTER_BLINDLY
			;
			reroute()	/* dispatch_all(), which has nothing to take now */
#endif
#endif
		:: true
		fi
	fi
}

inline lock()
{
	atomic { !locked -> locked = 1 }
}

/* sdei_complete(), src/dispatcher/dispatch.c */
inline complete()
{
	pe[self].runs = 0;
	atomic { !locked -> locked = 1; running = 0 }
	route_and_unlock()
}

/* sdei_pe_reset(), src/dispatcher/dispatch.c */
inline pe_reset()
{
	pe[self].masked = 1;
	atomic { mine = pe[self].runs; pe[self].runs = 0; pe[self].busy = 0 }
	atomic { !locked -> locked = 1; running = running && !mine; mine = 0 }
#ifdef NO_REROUTE_ON_RESET
	locked = 0
#else
	route_and_unlock()
#endif
}

/* Calls that change the event, src/dispatcher/call.c */
inline change()
{
	atomic {
		!locked -> locked = 1;
		if
		:: !is_enabled -> is_enabled = 1	/* ENABLE */
		:: is_enabled -> is_enabled = 0	/* DISABLE */
		:: !running ->			/* UNREGISTER, REGISTER */
			is_enabled = 0;
			pending = 0;
			owed = 0;
			if
			:: affinity = NONE
			:: affinity = 0
			fi
		fi
	}
	route_and_unlock()
}

proctype guest(byte self)
{
	byte to = NONE;
	bit mine;

progress:
	if
	/* It spins for ever, unless it is notified. */
	:: true -> atomic { pe[self].request -> pe[self].request = 0 }
#ifndef FEWER_STEPS
	/* kvm_vcpu_block(), virt/kvm, with kvm_sdei_runnable(), src/host/entry.c */
	:: true ->
		pe[self].halted = 1;
		do
		:: DELIVERABLE -> break
		:: else -> atomic { pe[self].woken -> pe[self].woken = 0 }
		od;
		atomic { pe[self].halted = 0; pe[self].woken = 0 }
	/* kvm_sdei_entry(), src/host/entry.c, which KVM calls all the same */
	:: true ->
		pe[self].stopped = 1;
		do
		:: atomic { pe[self].request -> pe[self].request = 0 };
		   if
		   :: DELIVERABLE -> pe[self].request = 1
		   :: else
		   fi
		:: break
		od;
		pe[self].stopped = 0;
		goto progress
	:: !pe[self].masked && !pe[self].runs && !pe[self].busy -> pe[self].busy = 1
	:: pe[self].busy -> pe[self].busy = 0
#endif
	/* PE_MASK and PE_UNMASK, src/dispatcher/call.c */
#ifdef NO_REROUTE_ON_MASK
	:: !pe[self].masked -> pe[self].masked = 1; goto progress
#else
	:: !pe[self].masked -> pe[self].masked = 1
#endif
	:: pe[self].masked -> pe[self].masked = 0
	:: pe[self].runs -> complete()
	:: self == 1 -> change()
	:: true -> pe_reset(); goto progress
	fi;
	dispatch();
	goto progress
}

/* sdei_raise_shared(), src/dispatcher/dispatch.c */
proctype raiser()
{
	byte self = NONE, to = NONE;

	do
	:: true ->
progress:	atomic { !locked -> locked = 1; pending = 1; owed = 1 }
		route_and_unlock()
	:: break
	od
}

/* When nothing moves any more there is no event left that a PE could take. */
proctype at_rest()
{
	timeout;
	assert(!DUE)
}

init
{
	atomic {
		pe[0].masked = 1;
		pe[1].masked = 1;
		run guest(0);
		run guest(1);
		run raiser();
		run at_rest()
	}
}
