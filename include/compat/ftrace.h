/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flavours of ftrace: a callback reads the arguments of the hooked function
 * and may have another one run in its place, or answer: then that is one that
 * returns at once. To skip the return as well, as ftrace_override_function_with_return()
 * does, would get past those who trace it, such as the function graph tracer.
 */
#ifndef _COMPAT_FTRACE_H
#define _COMPAT_FTRACE_H

#include <linux/ftrace.h>

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS

#define COMPAT_FTRACE_FLAGS	FTRACE_OPS_FL_IPMODIFY

/* Where its registers are. */
#ifdef HAVE_ARCH_FTRACE_REGS
#define COMPAT_FTRACE_MEMBER(member, name)	member(__arch_ftrace_regs, name)
#else
#define COMPAT_FTRACE_MEMBER(member, name)	member(ftrace_regs, name)
#endif

static inline unsigned long compat_ftrace_argument(struct ftrace_regs *fregs,
						   unsigned int n)
{
	return ftrace_regs_get_argument(fregs, n);
}

static inline void compat_ftrace_divert(struct ftrace_regs *fregs, unsigned long to)
{
	ftrace_regs_set_instruction_pointer(fregs, to);
}

static inline void compat_ftrace_answer(struct ftrace_regs *fregs, unsigned long ret,
					unsigned long stub)
{
	ftrace_regs_set_return_value(fregs, ret);
	compat_ftrace_divert(fregs, stub);
}

#else /* CONFIG_DYNAMIC_FTRACE_WITH_REGS */

/*
 * ftrace_regs_set_instruction_pointer() exists here as well, but does nothing:
 * only the registers that FTRACE_OPS_FL_SAVE_REGS asks for can be changed.
 */
#define COMPAT_FTRACE_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_REGS)
#define COMPAT_FTRACE_MEMBER(member, name)	member(pt_regs, name)

static inline unsigned long compat_ftrace_argument(struct ftrace_regs *fregs,
						   unsigned int n)
{
	return ftrace_get_regs(fregs)->regs[n];
}

static inline void compat_ftrace_divert(struct ftrace_regs *fregs, unsigned long to)
{
	ftrace_get_regs(fregs)->pc = to;
}

static inline void compat_ftrace_answer(struct ftrace_regs *fregs, unsigned long ret,
					unsigned long stub)
{
	ftrace_get_regs(fregs)->regs[0] = ret;
	compat_ftrace_divert(fregs, stub);
}

#endif

/* A function that may be called instead of a hooked one, without a callback, or 0. */
#define COMPAT_FTRACE_DIRECT(function)					\
	(IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) ? (unsigned long)(function) : 0UL)

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS

static inline int compat_ftrace_attach_direct(struct ftrace_ops *ops, unsigned long function)
{
	return register_ftrace_direct(ops, function);
}

static inline int compat_ftrace_detach_direct(struct ftrace_ops *ops, unsigned long function)
{
	return unregister_ftrace_direct(ops, function, true);
}

#else

static inline int compat_ftrace_attach_direct(struct ftrace_ops *ops, unsigned long function)
{
	return -EOPNOTSUPP;
}

static inline int compat_ftrace_detach_direct(struct ftrace_ops *ops, unsigned long function)
{
	return 0;
}

#endif

#endif /* _COMPAT_FTRACE_H */
