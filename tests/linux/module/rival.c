// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns a function of KVM as a live patch would: for it, ftrace may change where
 * the function returns to, and nobody else may. For tests only.
 */
#include <linux/module.h>

#include "compat/ftrace.h"

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static struct ftrace_ops ops = {
	.func = callback,
	.flags = COMPAT_FTRACE_FLAGS,
};

static int __init rival_init(void)
{
	unsigned char name[] = "kvm_reset_vcpu";
	int ret = ftrace_set_filter(&ops, name, sizeof(name) - 1, 0);

	if (ret)
		return ret;
	ret = register_ftrace_function(&ops);
	if (ret)
		ftrace_free_filter(&ops);
	return ret;
}
module_init(rival_init);

static void __exit rival_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}
module_exit(rival_exit);

MODULE_DESCRIPTION("A rival of kvm_sdei, for tests");
MODULE_LICENSE("GPL");
