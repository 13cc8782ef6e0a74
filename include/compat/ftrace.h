/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flavours of ftrace: a callback reads the first argument of the hooked
 * function and may answer in its place.
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

static inline void compat_ftrace_answer(struct ftrace_regs *fregs, unsigned long ret)
{
	ftrace_regs_set_return_value(fregs, ret);
	ftrace_override_function_with_return(fregs);
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

static inline void compat_ftrace_answer(struct ftrace_regs *fregs, unsigned long ret)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);

	regs->regs[0] = ret;
	regs->pc = regs->regs[30];
}

#endif

#endif /* _COMPAT_FTRACE_H */
