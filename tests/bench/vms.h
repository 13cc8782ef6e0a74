/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vms.c and its guests share.
 */
#ifndef _BENCH_VMS_H
#define _BENCH_VMS_H

/* Where the guests make accesses: from the handler, and else. */
#define IN_HANDLER	0x8
#define OUTSIDE		0x0

#ifndef __ASSEMBLER__
/* The guests' code, which does not depend on its address. */
extern const char vms_guest[], vms_guest_end[];
#endif

#endif /* _BENCH_VMS_H */
