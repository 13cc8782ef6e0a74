/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a private event gets to its vCPU, whatever that is doing.
 *
 * One vCPU, with one event that is enabled whenever it is registered. A host
 * thread and another vCPU raise the event, while the vCPU runs, is on its way in
 * or out, masks, unmasks or completes, sleeps in WFI, powers itself off and is
 * powered on, is stopped by its VMM, or is out at its VMM because of a signal.
 * A step of the model touches one variable that others use at the same time.
 * Memory is sequentially consistent here: barrier.pml is about the barriers.
 *
 * Each of these macros breaks something, and an error must be found:
 *   NO_RECHECK, NO_KICK, NO_RUNNABLE_HOOK, NO_STOPPED_REQUEST, NO_DISPATCH_IN_CALL,
 *   NO_DISPATCH_IN_HOOK, REQUEST_BEFORE_PENDING, CLEAR_AT_COMPLETE, NO_CLEAR,
 *   IGNORE_MASK, IGNORE_STOPPED, REQUEST_WHILE_PENDING, REQUEST_UNBLOCK
 * These make it smaller, for properties that are dear to check, and choose one:
 *   ONE_RAISER, NO_SIGNALS, EVENTUALLY
 */
mtype = { OUTSIDE_GUEST_MODE, IN_GUEST_MODE, EXITING_GUEST_MODE };

/* struct sdei_pe */
bit registered, pending, running;
bit masked = 1;

/* struct kvm_vcpu: its requests, and the thread that runs it */
bit record_steal, sleep, reset, unblock;
mtype mode = OUTSIDE_GUEST_MODE;
bit stopped;		/* mp_state is not RUNNABLE */
bit waits;		/* rcuwait_active() */
bit asleep;		/* its state is TASK_INTERRUPTIBLE */
bit ipi;		/* sent to its CPU and not yet taken there */
bit signal;		/* signal_pending() */

/* Who has raised the event since it was last dispatched, one bit each. */
byte owed;
#define BY_HOST	1
#define BY_PEER	2
#define BY_SELF	4
/* The raise of one of them has returned. */
bit promised;

/* To be dispatched as the specification has it; the code has its own idea. */
#define DUE	(owed &&  registered && !running && !masked && !stopped)

/* pe_deliverable(), src/dispatcher/dispatch.c, in the PE's own thread */
#ifdef IGNORE_MASK
#define DELIVERABLE	(pending && registered && !running)
#else
#define DELIVERABLE	(pending && registered && !running && !masked)
#endif

/* kvm_vcpu_wake_up(), virt/kvm, which kvm_vcpu_kick() and CPU_ON make use of */
inline wake_up(woken)
{
	atomic {
		woken = waits && asleep;
		asleep = asleep && !waits
	}
}

/* kvm_vcpu_kick(), virt/kvm: wake it up or get it out of the guest. */
inline kick(woken)
{
	wake_up(woken);
	atomic {
		if
		:: !woken && mode == IN_GUEST_MODE -> mode = EXITING_GUEST_MODE; ipi = 1
		:: else
		fi;
		woken = 0
	}
}

/* sdei_host_notify(), src/host/entry.c, with kvm_make_request() */
inline notify(woken)
{
#ifdef REQUEST_UNBLOCK
	unblock = 1;
#endif
	record_steal = 1;
#ifndef NO_KICK
	kick(woken)
#endif
}

/* sdei_events_pend(), src/dispatcher/dispatcher.h, once it has seen "registered" */
inline pend(by)
{
	atomic { pending = 1; owed = owed | by }
}

/*
 * raise_private(), src/dispatcher/dispatch.c, by sdei_raise() in a host thread or
 * by sdei_signal() in another vCPU's. What it reads one after the other is a hint.
 */
inline raise_private(by, woken)
{
	if
	:: !registered
	:: else ->
#ifdef REQUEST_BEFORE_PENDING
		notify(woken);
		pend(by);
#else
		pend(by);
		if
		:: !pending || !registered
		:: else ->
			if
			:: running
			:: else ->
				if
				:: masked
				:: else -> notify(woken)
				fi
			fi
		fi;
#endif
		promised = promised || (owed & by)
	fi
}

/*
 * sdei_dispatch(), src/dispatcher/dispatch.c: sdei_events_start(), then
 * sdei_context_enter(), in the PE's own thread
 */
inline dispatch()
{
	if
	:: DELIVERABLE ->
		atomic {
			assert(owed && registered && !masked && !running && !stopped);
			owed = 0;
			promised = 0;
#if !defined(NO_CLEAR) && !defined(CLEAR_AT_COMPLETE)
			pending = 0;
#endif
		}
		running = 1
	:: else
	fi
}

/* clear_bit() of pending, src/dispatcher/event.c: what was raised is void. */
inline forget()
{
	atomic { pending = 0; owed = 0; promised = 0 }
}

/* sdei_pe_reset(), src/dispatcher/dispatch.c, by kvm_sdei_reset(), src/host/vm.c */
inline pe_reset()
{
	masked = 1;
	registered = 0;
	forget();
	running = 0
}

/* kvm_sdei_entry(), src/host/entry.c: the hook on kvm_update_stolen_time() */
inline entry()
{
	if
	:: !DELIVERABLE
#ifndef IGNORE_STOPPED
	:: DELIVERABLE && stopped ->
#ifndef NO_STOPPED_REQUEST
		record_steal = 1
#endif
#endif
	:: else ->
#ifndef NO_DISPATCH_IN_HOOK
		dispatch()
#endif
	fi
#ifdef REQUEST_WHILE_PENDING
	;
	record_steal = record_steal || pending
#endif
}

/* kvm_vcpu_sleep(), arch/arm64/kvm: it is powered off. */
inline vcpu_sleep()
{
	waits = 1;
	do
	:: asleep = 1;
	   if
	   :: !stopped || signal -> break
	   :: else -> !asleep || signal
	   fi
	od;
	asleep = 0;
	waits = 0;
	if
	:: stopped -> sleep = 1
	:: else
	fi
}

/*
 * kvm_vcpu_block(), virt/kvm, for WFI, with kvm_sdei_runnable(), src/host/entry.c.
 * There is no interrupt that would wake the vCPU as well.
 */
inline vcpu_block()
{
	waits = 1;
	do
	:: asleep = 1;
	   if
#ifndef NO_RUNNABLE_HOOK
	   :: DELIVERABLE && !stopped -> break
#endif
#ifdef REQUEST_UNBLOCK
	   :: unblock -> unblock = 0; break
#endif
	   :: signal -> break
	   :: else -> !asleep || signal
	   fi
	od;
	asleep = 0;
	waits = 0
}

/* check_vcpu_requests(), arch/arm64/kvm */
inline check_requests()
{
	if
	:: sleep -> sleep = 0; vcpu_sleep()
	:: else
	fi;
	if
	:: reset -> reset = 0; pe_reset()
	:: else
	fi;
	if
	:: record_steal -> record_steal = 0; entry()
	:: else
	fi
}

/* sdei_call(), src/dispatcher/call.c, by kvm_sdei_hypercall(), src/host/hypercall.c */
inline sdei_call()
{
	if
	:: !registered && !running -> forget(); registered = 1	/* REGISTER, ENABLE */
	:: registered -> registered = 0; forget()		/* UNREGISTER */
	:: masked -> masked = 0					/* PE_UNMASK */
	:: !masked -> masked = 1				/* PE_MASK */
	:: registered -> pend(BY_SELF)				/* SIGNAL to itself */
	:: running -> running = 0				/* COMPLETE */
#ifdef CLEAR_AT_COMPLETE
		; pending = 0
#endif
	fi;
#ifndef NO_DISPATCH_IN_CALL
	dispatch()
#endif
}

/* CPU_OFF: kvm_sdei_hypercall(), then kvm_arm_vcpu_power_off(), arch/arm64/kvm */
inline cpu_off()
{
	pe_reset();
	stopped = 1;
	sleep = 1
}

/* kvm_arch_vcpu_ioctl_run(), arch/arm64/kvm, and the VMM around it */
active proctype vcpu()
{
user:
progress_user:
	/* KVM_SET_MP_STATE, which needs the vCPU's mutex, as KVM_RUN does */
	if
	:: !stopped -> stopped = 1; sleep = 1
	:: atomic { stopped && !reset -> stopped = 0 }
	:: true
	fi;
	/* vcpu_load(): the guest has stolen time, for which KVM makes the request. */
	if
	:: record_steal = 1
	:: true
	fi;
loop:
	if
	:: signal -> signal = 0; goto user
	:: else
	fi;
	check_requests();

	/* From here on with interrupts off, until OUTSIDE_GUEST_MODE. */
	mode = IN_GUEST_MODE;
	if
#ifndef NO_RECHECK
	:: record_steal || sleep || reset || unblock || signal ->
		atomic { mode = OUTSIDE_GUEST_MODE; ipi = 0 }
		goto loop
#endif
	:: else
	fi;

	/* In the guest: its next instruction either exits or spins for ever. */
	if
	:: true ->
progress_guest:
		atomic { ipi || signal -> mode = OUTSIDE_GUEST_MODE; ipi = 0 }
		goto loop
	:: atomic { !ipi -> assert(!(promised && DUE)); mode = OUTSIDE_GUEST_MODE }
	:: atomic { ipi -> mode = OUTSIDE_GUEST_MODE; ipi = 0 }
		goto loop
	fi;
progress_exit:
	if	/* handle_exit() */
	:: true -> sdei_call()
	:: true -> vcpu_block()
	:: true -> cpu_off()
	:: true			/* an interrupt, a fault, a trap */
	fi;
	goto loop
}

/* A host thread: sysfs or another module */
active proctype raiser()
{
	bit woken;

	do
	:: true -> progress: raise_private(BY_HOST, woken)
	:: break
	od
}

/* Another vCPU: EVENT_SIGNAL, and CPU_ON by kvm_psci_vcpu_on(), arch/arm64/kvm */
active proctype peer()
{
	bit woken;

	do
#ifndef ONE_RAISER
	:: true -> progress: raise_private(BY_PEER, woken)
#endif
	:: stopped -> reset = 1; stopped = 0; wake_up(woken); woken = 0
	:: break
	od
}

#ifndef NO_SIGNALS
active proctype signaller()
{
	do
	:: !signal -> progress: signal = 1
	:: break
	od
}
#endif

/* When nothing moves any more there is no event left that could be dispatched. */
active proctype at_rest()
{
	timeout -> assert(!DUE)
}

#ifdef EVENTUALLY
/* What is due is dispatched in the end, or becomes void; given NO_SIGNALS. */
ltl eventually { []<> !DUE }
#endif
