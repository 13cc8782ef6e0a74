/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _PROOF_ASM_BARRIER_H
#define _PROOF_ASM_BARRIER_H

/* Others may have raised events in the meantime (cbmc-host.c). */
void others_raise(void);

#define smp_mb()			others_raise()
/* See above. */
#define smp_mb__before_atomic()		others_raise()
/* See above. */
#define smp_mb__after_atomic()		others_raise()

#endif /* _PROOF_ASM_BARRIER_H */
