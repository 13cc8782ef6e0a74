/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What guards who is called at a tracepoint: newer kernels count readers inline. And
 * what a tracepoint is.
 */
#ifndef _COMPAT_TRACEPOINT_H
#define _COMPAT_TRACEPOINT_H

#include <linux/tracepoint.h>

#ifdef HAVE_SRCU_CTRP
#define COMPAT_SRCU_MEMBER(member)		member(srcu_struct, srcu_ctrp)
#define COMPAT_SRCU_COUNT_MEMBER(member)	member(srcu_ctr, srcu_unlocks)
#else
#define COMPAT_SRCU_MEMBER(member)
#define COMPAT_SRCU_COUNT_MEMBER(member)
#endif

/* What a tracepoint has that tells who is called when it is turned on and off. */
#ifdef HAVE_TRACEPOINT_EXT
#define COMPAT_TRACEPOINT_WHOLE(whole)		whole(tracepoint_ext),
#else
#define COMPAT_TRACEPOINT_WHOLE(whole)
#endif

#endif /* _COMPAT_TRACEPOINT_H */
