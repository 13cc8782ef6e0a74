// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on functions of KVM, by ftrace.
 *
 * A hook runs at the entry of its function and either lets it go on or answers
 * in its place. None of our code is on the stack while KVM's function runs, so
 * that unregister_ftrace_function(), which waits for callbacks, waits for
 * everything.
 *
 * All hooks share one ftrace_ops: with more than one, an older kernel would
 * walk the list of all of them at each call.
 *
 * The callback must not call what is hooked: where ftrace guards against
 * recursion, that call would not be seen.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/preempt.h>

#include "host.h"

/* ftrace's patch sites are within the first instructions of a function. */
#define PATCH_SITE_RANGE	(4 * AARCH64_INSN_SIZE)

#define PROBE_ARG		0x5de1UL

/**
 * struct hook - a hooked function
 * @symbol: the function
 * @call: told of its first argument; true to answer 1 in its place
 */
struct hook {
	struct kvm_sdei_symbol symbol;
	bool (*call)(struct kvm_vcpu *vcpu);
};

static bool hook_entry(struct kvm_vcpu *vcpu)
{
	kvm_sdei_entry(vcpu);
	return false;
}

static bool hook_reset(struct kvm_vcpu *vcpu)
{
	/* CPU_ON leaves word of itself; else the VMM initialises the vCPU. */
	kvm_sdei_reset(vcpu, !vcpu->arch.reset_state.reset);
	return false;
}

static bool hook_destroy(struct kvm_vcpu *vcpu)
{
	kvm_sdei_destroy(vcpu);
	return false;
}

static bool hook_probe(struct kvm_vcpu *arg)
{
	return (unsigned long)arg == PROBE_ARG;
}

enum { HYPERCALL };

/* In the order of how often they are called. */
static struct hook hooks[] = {
	[HYPERCALL] = { { "kvm_smccc_call_handler", "kvm_hvc_call_handler", "kvm_vcpu", 1, true },
	  kvm_sdei_hypercall },
	{ { "kvm_arch_vcpu_runnable", NULL, "kvm_vcpu", 1, true }, kvm_sdei_runnable },
	{ { "kvm_update_stolen_time", NULL, "kvm_vcpu", 1 }, hook_entry },
	{ { "kvm_reset_vcpu", NULL, "kvm_vcpu", 1 }, hook_reset },
	{ { "kvm_arch_vcpu_destroy", NULL, "kvm_vcpu", 1 }, hook_destroy },
};

/* Does nothing but return, and is the kernel's: it outlives this module. */
static struct kvm_sdei_symbol stub = { "ftrace_stub" };

static struct hook probe = { { "kvm_sdei_probe" } };

static __always_inline void run(bool (*call)(struct kvm_vcpu *vcpu),
				struct ftrace_regs *fregs)
{
	bool answer;

	/*
	 * Where ftrace calls us without its list, preemption is as KVM has it.
	 * The table of vCPUs is read under RCU, and a vCPU's registers are best
	 * left on one CPU while they are looked at.
	 */
	preempt_disable_notrace();
	answer = call((struct kvm_vcpu *)compat_ftrace_argument(fregs));
	preempt_enable_notrace();
	if (answer)
		compat_ftrace_answer(fregs, 1, stub.address);
}

static bool is_at(const struct hook *hook, unsigned long ip)
{
	return ip - hook->symbol.address < PATCH_SITE_RANGE;
}

static noinline void run_hypercall(struct ftrace_regs *fregs)
{
	run(kvm_sdei_hypercall, fregs);
}

static noinline void run_other(unsigned long ip, struct ftrace_regs *fregs)
{
	unsigned int n;

	for (n = HYPERCALL + 1; n < ARRAY_SIZE(hooks); n++)
		if (is_at(&hooks[n], ip))
			return run(hooks[n].call, fregs);
}

/* Most hypercalls are none of SDEI's, and are to cost next to nothing. */
static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (unlikely(!is_at(&hooks[HYPERCALL], ip)))
		run_other(ip, fregs);
	else if (kvm_sdei_minds_hypercall((struct kvm_vcpu *)compat_ftrace_argument(fregs)))
		run_hypercall(fregs);
}

static void callback_probe(unsigned long ip, unsigned long parent_ip,
			   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	run(hook_probe, fregs);
}

/* PERMANENT: sysctl kernel.ftrace_enabled=0 must not take the hooks away. */
static struct ftrace_ops ops = {
	.func = callback,
	.flags = COMPAT_FTRACE_FLAGS | FTRACE_OPS_FL_PERMANENT,
};

static struct ftrace_ops probe_ops = {
	.func = callback_probe,
	.flags = COMPAT_FTRACE_FLAGS | FTRACE_OPS_FL_PERMANENT,
};

static int add(struct ftrace_ops *to, const struct hook *hook)
{
	int ret = ftrace_set_filter_ip(to, hook->symbol.address, 0, 0);

	if (ret)
		pr_err("%s cannot be traced (error %d): the kernel needs CONFIG_DYNAMIC_FTRACE\n",
		       hook->symbol.name, ret);
	return ret;
}

static int attach(struct ftrace_ops *to)
{
	int ret = register_ftrace_function(to);

	if (ret == -EBUSY)
		pr_err("ftrace refuses hooks: enable it (sysctl kernel.ftrace_enabled=1) and unload live patches of KVM\n");
	else if (ret)
		pr_err("ftrace refuses hooks (error %d)\n", ret);
	return ret;
}

/* See a hook fire, with the argument that it should, before relying on it. */
static int try_probe(void)
{
	bool works;
	int ret;

	probe.symbol.address = (unsigned long)kvm_sdei_probe;
	ret = add(&probe_ops, &probe);
	if (!ret)
		ret = attach(&probe_ops);
	if (ret)
		goto out_filter;

	works = kvm_sdei_probe(PROBE_ARG) == 1 && kvm_sdei_probe(0) == 0;
	unregister_ftrace_function(&probe_ops);
	if (!works) {
		pr_err("ftrace does not run hooks as it should on this kernel: use one of those named in the README\n");
		ret = -EOPNOTSUPP;
	}
out_filter:
	ftrace_free_filter(&probe_ops);
	return ret;
}

/**
 * kvm_sdei_hooks_init() - find KVM's functions and hook them
 *
 * Context: may sleep.
 * Return: 0, or a negative error code after saying what is missing; no function
 * is hooked then.
 */
int kvm_sdei_hooks_init(void)
{
	struct kvm_sdei_symbol symbols[ARRAY_SIZE(hooks) + 1];
	unsigned int n;
	int ret;

	for (n = 0; n < ARRAY_SIZE(hooks); n++)
		symbols[n] = hooks[n].symbol;
	symbols[n] = stub;
	ret = kvm_sdei_resolve(symbols, ARRAY_SIZE(symbols));
	if (ret)
		return ret;
	stub = symbols[ARRAY_SIZE(hooks)];
	ret = try_probe();
	if (ret)
		return ret;

	for (n = 0; n < ARRAY_SIZE(hooks); n++) {
		hooks[n].symbol = symbols[n];
		ret = add(&ops, &hooks[n]);
		if (ret)
			goto err_filter;
	}
	ret = attach(&ops);
	if (ret)
		goto err_filter;
	return 0;

err_filter:
	ftrace_free_filter(&ops);
	return ret;
}

/**
 * kvm_sdei_hooks_exit() - remove the hooks and wait for those that run
 *
 * Context: may sleep.
 */
void kvm_sdei_hooks_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}
