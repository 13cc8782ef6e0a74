/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _PROOF_LINUX_COMPILER_H
#define _PROOF_LINUX_COMPILER_H

/* One thread is looked at; what others do comes in at barriers and locks. */
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, val)	((x) = (val))

#define noinline
#define likely(x)		(x)
#define unlikely(x)		(x)
#define OPTIMIZER_HIDE_VAR(var)	((void)(var))

#endif /* _PROOF_LINUX_COMPILER_H */
