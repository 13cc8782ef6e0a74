/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_BITOPS_H
#define _UNIT_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG	64
#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))

static inline unsigned long __ffs(unsigned long word)
{
	return __builtin_ctzl(word);
}

/* Like the kernel's these are atomic and order nothing else. */
static inline void set_bit(long nr, unsigned long *addr)
{
	__atomic_fetch_or(addr, BIT(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit(long nr, unsigned long *addr)
{
	__atomic_fetch_and(addr, ~BIT(nr), __ATOMIC_RELAXED);
}

#endif /* _UNIT_LINUX_BITOPS_H */
