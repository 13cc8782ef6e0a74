/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _PROOF_LINUX_BITOPS_H
#define _PROOF_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG	64
#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))

/* CBMC objects if the word is 0. */
#define __ffs(word)	((unsigned long)__builtin_ctzl(word))

static inline void set_bit(long nr, unsigned long *addr)
{
	*addr |= BIT(nr);
}

static inline void clear_bit(long nr, unsigned long *addr)
{
	*addr &= ~BIT(nr);
}

#endif /* _PROOF_LINUX_BITOPS_H */
