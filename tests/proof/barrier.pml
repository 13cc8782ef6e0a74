/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The barriers without which an event would be lost.
 *
 * What a CPU writes stays in its store buffer, where itself alone sees it, until
 * it gets to memory: any time later, and in any order. A full barrier waits until
 * the buffer is empty. Five meetings of two CPUs, each on its own:
 *
 *   PRIVATE   raise_private() and a PE that unmasks or completes: (A) and (B) of
 *             src/dispatcher/dispatch.c
 *   SHARED    sdei_raise_shared() and a PE that masks, unmasks or completes: the
 *             same with sdei_dispatch(), which looks before it takes the lock
 *   REGISTER  sdei_events_pend(), dispatcher.h, and sdei_events_register(), event.c
 *   SLEEP     raise_private() and kvm_vcpu_block(), virt/kvm, which asks
 *             kvm_sdei_runnable(), src/host/entry.c
 *   ENTRY     sdei_host_notify(), src/host/entry.c, and the last look at requests
 *             in kvm_arch_vcpu_ioctl_run(), arch/arm64/kvm
 *
 * Each of these macros takes a barrier away, and an error must be found:
 *   NO_BARRIER_A, NO_BARRIER_A_SHARED, NO_BARRIER_B, NO_BARRIER_REGISTER,
 *   NO_BARRIER_KICK
 */
mtype = { PRIVATE, SHARED, REGISTER, SLEEP, ENTRY };
mtype meeting;

/* Variables that both CPUs use */
#define PENDING		0
#define REGISTERED	1
#define MASKED		2
#define RUNNING		3	/* .running and .active, written by the same CPU */
#define REQUEST		4
#define ASLEEP		5	/* TASK_INTERRUPTIBLE */
#define IN_GUEST	6	/* vcpu->mode */
#define VARIABLES	7

bit memory[VARIABLES];

typedef store_buffer {
	bit holds[VARIABLES];
	bit value[VARIABLES];
};
store_buffer buffer[2];

/* The CPUs: one that raises the event, and that of the PE. */
#define RAISER	0
#define PE	1

inline write(cpu, variable, x)
{
	atomic { buffer[cpu].value[variable] = x; buffer[cpu].holds[variable] = 1 }
}

#define READ(cpu, variable) \
	(buffer[cpu].holds[variable] -> buffer[cpu].value[variable] : memory[variable])

/* smp_mb() is to wait for this; so is smp_wmb(), for want of reordered reads. */
#define EMPTY(cpu) \
	!(buffer[cpu].holds[0] || buffer[cpu].holds[1] || buffer[cpu].holds[2] || \
	  buffer[cpu].holds[3] || buffer[cpu].holds[4] || buffer[cpu].holds[5] || \
	  buffer[cpu].holds[6])

proctype drain(byte cpu; byte variable)
{
end:
	do
	:: atomic { buffer[cpu].holds[variable] ->
		memory[variable] = buffer[cpu].value[variable];
		buffer[cpu].holds[variable] = 0 }
	od
}

/* The VM's lock, and what it alone protects. Who unlocks releases its writes. */
bit locked;
bit routed = 0;		/* to this PE; if not, to the other one or to none */
bit other;		/* There is another PE, which is free all the time. */

inline lock()
{
	atomic { !locked -> locked = 1 }
}

inline unlock(cpu)
{
	EMPTY(cpu);
	locked = 0
}

bit raised, notified, dispatched, woken, in_guest, ipi, notified_other;

/* route(), src/dispatcher/dispatch.c */
inline route(cpu)
{
	if
	:: !READ(cpu, PENDING) || READ(cpu, MASKED) || READ(cpu, RUNNING) ->
		routed = 0;
		notified_other = READ(cpu, PENDING) && other
	:: else ->
		routed = !notified_other
	fi
}

proctype raiser()
{
	if
	:: meeting == REGISTER ->
		if
		:: READ(RAISER, REGISTERED) -> write(RAISER, PENDING, 1); raised = 1
		:: else
		fi
	:: meeting == SHARED ->
		lock();
		write(RAISER, PENDING, 1);
#ifndef NO_BARRIER_A_SHARED
		EMPTY(RAISER);			/* (A) in sdei_route_and_unlock() */
#endif
		route(RAISER);
		unlock(RAISER);
		notified = routed
	:: else ->
		write(RAISER, PENDING, 1);
#ifndef NO_BARRIER_A
		EMPTY(RAISER);			/* (A) in raise_private() */
#endif
		if
		:: READ(RAISER, MASKED) || READ(RAISER, RUNNING)
		:: else ->
			EMPTY(RAISER);		/* kvm_make_request() */
			write(RAISER, REQUEST, 1);
			notified = 1;
#ifndef NO_BARRIER_KICK
			EMPTY(RAISER);		/* rcuwait_wake_up() */
#endif
			woken = READ(RAISER, ASLEEP);
			ipi = READ(RAISER, IN_GUEST)
		fi
	fi
}

/* sdei_dispatch(), src/dispatcher/dispatch.c */
inline look()
{
#ifndef NO_BARRIER_B
	EMPTY(PE);				/* (B) in sdei_dispatch() */
#endif
	if
	:: READ(PE, PENDING) && meeting == SHARED ->
		lock();
		route(PE);
		unlock(PE)
	:: else
	fi;
	if
	:: READ(PE, PENDING) && !READ(PE, MASKED) && !READ(PE, RUNNING) &&
	   (meeting != SHARED || routed) -> dispatched = 1
	:: else
	fi
}

proctype pe()
{
	if
	:: meeting == PRIVATE || meeting == SHARED ->
		if
		:: READ(PE, MASKED) -> write(PE, MASKED, 0)
		:: !READ(PE, MASKED) -> write(PE, MASKED, 1)
		:: READ(PE, RUNNING) -> write(PE, RUNNING, 0)
		fi;
		look()
	:: meeting == REGISTER ->
		write(PE, PENDING, 0);
#ifndef NO_BARRIER_REGISTER
		EMPTY(PE);
#endif
		write(PE, REGISTERED, 1)
	:: meeting == SLEEP ->
		write(PE, ASLEEP, 1);
		EMPTY(PE);			/* set_current_state() */
		if
		:: READ(PE, PENDING) -> woken = 1
		:: else
		fi
	:: meeting == ENTRY ->
		write(PE, IN_GUEST, 1);
		EMPTY(PE);			/* smp_store_mb() */
		in_guest = !READ(PE, REQUEST);
		/* Once a request is seen, what it was made for is seen. */
		assert(in_guest || READ(PE, PENDING))
	fi
}

#define FREE	(!memory[MASKED] && !memory[RUNNING])

/* At the end all is in memory, and somebody has seen the event. */
proctype at_rest()
{
	timeout;
	assert(meeting != PRIVATE || !FREE || notified || dispatched);
	assert(meeting != SHARED || !FREE || notified || dispatched || notified_other);
	assert(meeting != SHARED || FREE || !other || notified_other);
	assert(meeting != REGISTER || !raised || memory[PENDING]);
	assert(meeting != SLEEP || woken);
	assert(meeting != ENTRY || !in_guest || ipi)
}

init
{
	byte cpu, variable;

	atomic {
		if
		:: meeting = PRIVATE
		:: meeting = SHARED
		:: meeting = REGISTER
		:: meeting = SLEEP
		:: meeting = ENTRY
		fi;
		if
		:: meeting == PRIVATE || meeting == SHARED ->
			if :: memory[MASKED] = 1 :: true fi;
			if :: memory[RUNNING] = 1 :: true fi;
			if :: other = 1 :: true fi
		:: meeting == REGISTER ->
			/* Left by a raise that raced with UNREGISTER. */
			memory[PENDING] = 1
		:: else
		fi;
		for (cpu : RAISER .. PE) {
			for (variable : 0 .. VARIABLES - 1) {
				run drain(cpu, variable)
			}
		}
		run raiser();
		run pe();
		run at_rest()
	}
}
