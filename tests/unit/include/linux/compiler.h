/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_COMPILER_H
#define _UNIT_LINUX_COMPILER_H

/* Relaxed atomics and not volatile, so that ThreadSanitizer knows them. */
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, val)	__atomic_store_n(&(x), (val), __ATOMIC_RELAXED)

#define noinline		__attribute__((__noinline__))
#define likely(x)		(x)
#define unlikely(x)		(x)
#define OPTIMIZER_HIDE_VAR(var)	((void)(var))

#endif /* _UNIT_LINUX_COMPILER_H */
