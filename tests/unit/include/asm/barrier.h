/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_ASM_BARRIER_H
#define _UNIT_ASM_BARRIER_H

/* All barriers are full ones here. */
#define smp_mb()			__atomic_thread_fence(__ATOMIC_SEQ_CST)
/* See above. */
#define smp_mb__before_atomic()		smp_mb()
/* See above. */
#define smp_mb__after_atomic()		smp_mb()

#endif /* _UNIT_ASM_BARRIER_H */
