/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flavours of ftrace: a callback reads the first argument of the hooked
 * function and may answer in its place, by sending it to a function that returns
 * at once. To skip the return as well, as ftrace_override_function_with_return()
 * does, would get past those who trace it, such as the function graph tracer.
 */
#ifndef _COMPAT_FTRACE_H
#define _COMPAT_FTRACE_H

#include <linux/ftrace.h>

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS

#define COMPAT_FTRACE_FLAGS	FTRACE_OPS_FL_IPMODIFY

static inline unsigned long compat_ftrace_argument(struct ftrace_regs *fregs)
{
	return ftrace_regs_get_argument(fregs, 0);
}

static inline void compat_ftrace_answer(struct ftrace_regs *fregs, unsigned long ret,
					unsigned long stub)
{
	ftrace_regs_set_return_value(fregs, ret);
	ftrace_regs_set_instruction_pointer(fregs, stub);
}

#else /* CONFIG_DYNAMIC_FTRACE_WITH_REGS */

/*
 * ftrace_regs_set_instruction_pointer() exists here as well, but does nothing:
 * only the registers that FTRACE_OPS_FL_SAVE_REGS asks for can be changed.
 */
#define COMPAT_FTRACE_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_REGS)

static inline unsigned long compat_ftrace_argument(struct ftrace_regs *fregs)
{
	return ftrace_get_regs(fregs)->regs[0];
}

static inline void compat_ftrace_answer(struct ftrace_regs *fregs, unsigned long ret,
					unsigned long stub)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);

	regs->regs[0] = ret;
	regs->pc = stub;
}

#endif

#endif /* _COMPAT_FTRACE_H */
