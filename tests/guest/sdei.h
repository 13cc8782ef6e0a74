/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SDEI's numbers, from the specification and not from any implementation.
 */
#ifndef _GUEST_SDEI_H
#define _GUEST_SDEI_H

#define SDEI_BASE			0xc4000020
#define SDEI_VERSION			0xc4000020
#define SDEI_EVENT_REGISTER		0xc4000021
#define SDEI_EVENT_ENABLE		0xc4000022
#define SDEI_EVENT_DISABLE		0xc4000023
#define SDEI_EVENT_CONTEXT		0xc4000024
#define SDEI_EVENT_COMPLETE		0xc4000025
#define SDEI_EVENT_COMPLETE_AND_RESUME	0xc4000026
#define SDEI_EVENT_UNREGISTER		0xc4000027
#define SDEI_EVENT_STATUS		0xc4000028
#define SDEI_EVENT_GET_INFO		0xc4000029
#define SDEI_EVENT_ROUTING_SET		0xc400002a
#define SDEI_PE_MASK			0xc400002b
#define SDEI_PE_UNMASK			0xc400002c
#define SDEI_INTERRUPT_BIND		0xc400002d
#define SDEI_INTERRUPT_RELEASE		0xc400002e
#define SDEI_EVENT_SIGNAL		0xc400002f
#define SDEI_FEATURES			0xc4000030
#define SDEI_PRIVATE_RESET		0xc4000031
#define SDEI_SHARED_RESET		0xc4000032
#define SDEI_LAST			0xc400003f

/* Places for handlers, of the fuzzer. */
#define FUZZ_PADS			8

#define SUCCESS				0
#define NOT_SUPPORTED			(-1)
#define INVALID_PARAMETERS		(-2)
#define DENIED				(-3)
#define PENDING				(-5)
#define OUT_OF_RESOURCE			(-10)

#define REGISTER_RM_ANY			0
#define REGISTER_RM_PE			1
#define REGISTER_RELATIVE		2

#define STATUS_REGISTERED		1
#define STATUS_ENABLED			2
#define STATUS_RUNNING			4

#define INFO_TYPE			0
#define INFO_SIGNALED			1
#define INFO_PRIORITY			2
#define INFO_ROUTING_MODE		3
#define INFO_ROUTING_AFFINITY		4

#define PSCI_VERSION			0x84000000
#define PSCI_CPU_SUSPEND		0xc4000001
#define PSCI_CPU_OFF			0x84000002
#define PSCI_CPU_ON			0xc4000003
#define PSCI_AFFINITY_INFO		0xc4000004
#define PSCI_SYSTEM_RESET		0x84000009
#define PSCI_FEATURES			0x8400000a

#define PSCI_AFFINITY_ON		0
#define PSCI_AFFINITY_OFF		1
#define PSCI_ALREADY_ON			(-4)

#ifndef __ASSEMBLER__

/* The events that the project exposes, in the order of their numbers. */
enum { EVENT_SIGNAL, EVENT_NOTIFY, EVENT_NMI, EVENT_VM_NOTIFY, EVENT_VM_NMI, NR_EVENTS };

#define EVENT_NUMBER(event)	((event) ? 0x40000000 + (event) - 1 : 0)

#endif /* __ASSEMBLER__ */

#endif /* _GUEST_SDEI_H */
