// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on functions of KVM, by ftrace.
 *
 * A hook runs at the entry of its function and either lets it go on, or answers
 * in its place, or has a function of ours run in its place. A hook never sleeps, and
 * is not on the stack while KVM's function runs. So what ftrace does at unregistering
 * is to wait for everything: no CPU is in a callback or in direct.S any more and, on
 * preemptible kernels (RCU tasks), no task was preempted there. (It does for an
 * ftrace_ops that lies in a module, and functions that RCU watches.) A function that takes
 * another's place may sleep and is run for a VM only that holds the module.
 *
 * All hooks share one ftrace_ops: with more than one, an older kernel would
 * walk the list of all of them at each call. Where the kernel can call a function
 * of ours directly, the hooks that are in everybody's way are such functions; one
 * that BPF has taken for itself is left to the callback.
 *
 * The callback must not call what is hooked: where ftrace guards against
 * recursion, that call would not be seen.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/preempt.h>

#include "host.h"
#include "uapi/kvm_sdei.h"

/* ftrace's patch sites are within the first instructions of a function. */
#define PATCH_SITE_RANGE	(4 * AARCH64_INSN_SIZE)

#define PROBE_ARG		0x5de1UL

/* What becomes of the call of a hooked function. */
struct verdict {
	enum { LET_GO, ANSWER, DIVERT } what;
	/* What is answered, or the address of the function that runs. */
	unsigned long value;
};

/* The first arguments of a call. */
struct call {
	unsigned long arg[2];
};

/**
 * struct hook - a hooked function
 * @symbol: the function
 * @decide: told of a call
 * @direct: the function of direct.S that the kernel may call instead, or 0
 * @is_direct: it does
 * @ops: with that
 */
struct hook {
	struct kvm_sdei_symbol symbol;
	struct verdict (*decide)(const struct call *call);
	unsigned long direct;
	bool is_direct;
	struct ftrace_ops ops;
};

static const struct verdict let_go = { LET_GO };

static struct kvm_vcpu *vcpu_of(const struct call *call)
{
	return (struct kvm_vcpu *)call->arg[0];
}

static struct verdict hook_hypercall(const struct call *call)
{
	return kvm_sdei_hypercall(vcpu_of(call)) ? (struct verdict) { ANSWER, 1 } : let_go;
}

static struct verdict hook_runnable(const struct call *call)
{
	return kvm_sdei_runnable(vcpu_of(call)) ? (struct verdict) { ANSWER, 1 } : let_go;
}

static struct verdict hook_entry(const struct call *call)
{
	kvm_sdei_entry(vcpu_of(call));
	return let_go;
}

/*
 * CPU_ON leaves a request, which the vCPU takes when it runs, or who reads or writes its
 * registers before that.
 */
static bool is_powered_on(struct kvm_vcpu *vcpu)
{
	return vcpu->cpu != -1 || (READ_ONCE(vcpu->arch.reset_state.reset) &&
				   !kvm_test_request(KVM_REQ_VCPU_RESET, vcpu));
}

static struct verdict hook_reset(const struct call *call)
{
	struct kvm_vcpu *vcpu = vcpu_of(call);

	/* By CPU_ON, or as the VMM initialises it. */
	kvm_sdei_reset(vcpu, !is_powered_on(vcpu));
	return let_go;
}

static struct verdict hook_destroy(const struct call *call)
{
	kvm_sdei_destroy(vcpu_of(call));
	return let_go;
}

/*
 * Where KVM lists its registers, and where ours ask it for them. A VMM that asks
 * how many there are gets to know ours.
 */
static struct verdict hook_num_regs(const struct call *call)
{
	struct kvm_vcpu *vcpu = vcpu_of(call);

	/* Not before the hook is there that tells their ids. */
	if (!kvm_sdei_vm_is_open() || kvm_sdei_is_asked(vcpu) ||
	    !kvm_sdei_is_served(vcpu) || !kvm_sdei_hold(vcpu->kvm))
		return let_go;
	return (struct verdict) { DIVERT, (unsigned long)kvm_sdei_num_regs };
}

static struct verdict hook_reg_indices(const struct call *call)
{
	struct kvm_vcpu *vcpu = vcpu_of(call);

	if (kvm_sdei_is_asked(vcpu) || !kvm_sdei_is_held(vcpu->kvm) ||
	    !kvm_sdei_is_served(vcpu))
		return let_go;
	return (struct verdict) { DIVERT, (unsigned long)kvm_sdei_copy_reg_indices };
}

static struct verdict one_reg(const struct call *call,
			      int (*access)(struct kvm_vcpu *, const struct kvm_one_reg *))
{
	const struct kvm_one_reg *reg = (const struct kvm_one_reg *)call->arg[1];
	struct kvm_vcpu *vcpu = vcpu_of(call);

	/* Not before the hook is there that tells when a vCPU is destroyed. */
	if (!kvm_sdei_vm_is_open() || !kvm_sdei_has_reg(vcpu, reg->id) ||
	    !kvm_sdei_is_served(vcpu) || !kvm_sdei_hold(vcpu->kvm))
		return let_go;
	return (struct verdict) { DIVERT, (unsigned long)access };
}

static struct verdict hook_get_reg(const struct call *call)
{
	return one_reg(call, kvm_sdei_get_reg);
}

static struct verdict hook_set_reg(const struct call *call)
{
	return one_reg(call, kvm_sdei_set_reg);
}

static struct verdict hook_check_extension(const struct call *call)
{
	if (call->arg[1] != KVM_CAP_SDEI)
		return let_go;
	return (struct verdict) { ANSWER, kvm_sdei_check_extension((struct kvm *)call->arg[0]) };
}

static struct verdict hook_enable_cap(const struct call *call)
{
	const struct kvm_enable_cap *cap = (const struct kvm_enable_cap *)call->arg[1];

	if (cap->cap != KVM_CAP_SDEI)
		return let_go;
	return (struct verdict) { ANSWER, kvm_sdei_enable_cap((struct kvm *)call->arg[0], cap) };
}

static unsigned long probe_diverted(unsigned long arg0, unsigned long arg1)
{
	return arg1 == PROBE_ARG ? 2 : 0;
}

static struct verdict hook_probe(const struct call *call)
{
	if (call->arg[0] == PROBE_ARG)
		return (struct verdict) { ANSWER, 1 };
	if (call->arg[1] == PROBE_ARG)
		return (struct verdict) { DIVERT, (unsigned long)probe_diverted };
	return let_go;
}

enum { HYPERCALL };

/* In the order of how often they are called. */
static struct hook hooks[] = {
	[HYPERCALL] = { { "kvm_smccc_call_handler", "kvm_hvc_call_handler", "i4(*kvm_vcpu)" },
	  hook_hypercall, COMPAT_FTRACE_DIRECT(kvm_sdei_direct_hypercall) },
	{ { "kvm_arch_vcpu_runnable", NULL, "i4(*kvm_vcpu)" }, hook_runnable,
	  COMPAT_FTRACE_DIRECT(kvm_sdei_direct_runnable) },
	{ { "kvm_update_stolen_time", NULL, "(*kvm_vcpu)" }, hook_entry,
	  COMPAT_FTRACE_DIRECT(kvm_sdei_direct_entry) },
	{ { "kvm_reset_vcpu", NULL, "(*kvm_vcpu)" }, hook_reset },
	{ { "kvm_arch_vcpu_destroy", NULL, "(*kvm_vcpu)" }, hook_destroy },
	{ { "kvm_arm_get_fw_reg", NULL, "i4(*kvm_vcpu,*kvm_one_reg)" }, hook_get_reg },
	{ { "kvm_arm_set_fw_reg", NULL, "i4(*kvm_vcpu,*kvm_one_reg)" }, hook_set_reg },
	{ { "kvm_arm_num_regs", NULL, "i8(*kvm_vcpu)" }, hook_num_regs },
	{ { "kvm_arm_copy_reg_indices", NULL, "i4(*kvm_vcpu,*)" }, hook_reg_indices },
	{ { "kvm_vm_ioctl_check_extension", NULL, "i4(*kvm,i8)" }, hook_check_extension },
	{ { "kvm_vm_ioctl_enable_cap", NULL, "i4(*kvm,*kvm_enable_cap)" }, hook_enable_cap },
};

/* What direct.S asks. */

bool kvm_sdei_decide_runnable(struct kvm_vcpu *vcpu)
{
	bool answered;

	preempt_disable_notrace();
	answered = kvm_sdei_runnable(vcpu);
	preempt_enable_notrace();
	return answered;
}

bool kvm_sdei_decide_entry(struct kvm_vcpu *vcpu)
{
	preempt_disable_notrace();
	kvm_sdei_entry(vcpu);
	preempt_enable_notrace();
	return false;
}

bool kvm_sdei_decide_probe(unsigned long arg)
{
	return arg == PROBE_ARG;
}

/* Does nothing but return, and is the kernel's: it outlives this module. */
static struct kvm_sdei_symbol stub = { "ftrace_stub" };

static struct hook probe = {
	{ "kvm_sdei_probe" }, hook_probe, COMPAT_FTRACE_DIRECT(kvm_sdei_direct_probe)
};

static __always_inline void run(struct verdict (*decide)(const struct call *call),
				struct ftrace_regs *fregs)
{
	struct call call = {
		{ compat_ftrace_argument(fregs, 0), compat_ftrace_argument(fregs, 1) }
	};
	struct verdict verdict;

	/*
	 * Where ftrace calls us without its list, preemption is as KVM has it.
	 * The table of vCPUs is read under RCU, and a vCPU's registers are best
	 * left on one CPU while they are looked at.
	 */
	preempt_disable_notrace();
	verdict = decide(&call);
	preempt_enable_notrace();
	if (verdict.what == ANSWER)
		compat_ftrace_answer(fregs, verdict.value, stub.address);
	else if (verdict.what == DIVERT)
		compat_ftrace_divert(fregs, verdict.value);
}

static bool is_at(const struct hook *hook, unsigned long ip)
{
	return ip - hook->symbol.address < PATCH_SITE_RANGE;
}

static noinline void run_hypercall(struct ftrace_regs *fregs)
{
	run(hook_hypercall, fregs);
}

static noinline void run_other(unsigned long ip, struct ftrace_regs *fregs)
{
	unsigned int n;

	for (n = HYPERCALL + 1; n < ARRAY_SIZE(hooks); n++)
		if (is_at(&hooks[n], ip))
			return run(hooks[n].decide, fregs);
}

/* Most hypercalls are none of SDEI's, and are to cost next to nothing. */
static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (unlikely(!is_at(&hooks[HYPERCALL], ip)))
		run_other(ip, fregs);
	else if (kvm_sdei_minds(vcpu_get_reg((struct kvm_vcpu *)compat_ftrace_argument(fregs, 0), 0)))
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

static void callback_nothing(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

/* Changes the calls of direct.S into those of a callback, see kvm_sdei_hooks_exit(). */
static struct ftrace_ops veil_ops = {
	.func = callback_nothing,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static int refused(const struct hook *hook, int error)
{
	if (error == -EBUSY && hook == &probe)
		pr_err("ftrace is switched off: switch it on (sysctl kernel.ftrace_enabled=1)\n");
	else if (error == -EBUSY)
		pr_err("another module has taken a function that this one hooks: unload live patches of KVM\n");
	else if (error == -EAGAIN)
		pr_err("ftrace is kept busy by BPF programs that come and go: load the module again\n");
	else if (error != -ENOMEM) /* which modprobe tells by itself */
		pr_err("%s cannot be traced (error %d): the kernel needs CONFIG_DYNAMIC_FTRACE\n",
		       hook->symbol.name, error);
	return error;
}

static int add(struct ftrace_ops *to, const struct hook *hook)
{
	return ftrace_set_filter_ip(to, hook->symbol.address, 0, 0);
}

/* ftrace does not wait for who attaches a BPF program to the same function. */
static int register_callback(struct ftrace_ops *ops)
{
	unsigned int tries;
	int ret;

	for (tries = 0; tries < 50; tries++) {
		ret = register_ftrace_function(ops);
		if (ret != -EAGAIN)
			break;
		msleep(20);
	}
	return ret;
}

/*
 * Once ftrace has found an error of its own it leaves everything as it is, and KVM
 * would go on to call what is unloaded. Better a module that never goes.
 */
static void insist(int error)
{
	if (!error)
		return;

	pr_emerg("ftrace does not remove the hooks any more (error %d), so the module has to stay: reboot the host when you can\n",
		 error);
	/* Or guests that start would repeat their first call for ever. */
	kvm_sdei_vm_close();
	for (;;) {
		set_current_state(TASK_IDLE);
		schedule();
	}
}

static int attach_direct(struct hook *hook)
{
	int ret;

	/* Some kernels forget it, but ask whether any of all that are registered has it. */
	hook->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	ret = add(&hook->ops, hook);
	if (!ret)
		ret = compat_ftrace_attach_direct(&hook->ops, hook->direct);
	if (ret)
		ftrace_free_filter(&hook->ops);
	hook->is_direct = !ret;
	return ret;
}

static void detach_direct(struct hook *hook)
{
	if (hook->is_direct)
		insist(compat_ftrace_detach_direct(&hook->ops, hook->direct));
	hook->is_direct = false;
}

static bool probe_fires(void)
{
	return kvm_sdei_probe(PROBE_ARG, 0) == 1 && kvm_sdei_probe(0, 0) == 0;
}

/* See hooks fire, with the arguments that they should, before relying on them. */
static int try_probe(void)
{
	bool works;
	int ret;

	probe.symbol.address = (unsigned long)kvm_sdei_probe;
	ret = add(&probe_ops, &probe);
	if (!ret)
		ret = register_callback(&probe_ops);
	if (ret) {
		refused(&probe, ret);
		goto out_filter;
	}
	works = probe_fires() && kvm_sdei_probe(0, PROBE_ARG) == 2;
	insist(unregister_ftrace_function(&probe_ops));

	if (works && probe.direct && !attach_direct(&probe)) {
		works = probe_fires();
		detach_direct(&probe);
	}
	if (!works) {
		pr_err("ftrace does not run hooks as it should on this kernel: use one of those named in the README\n");
		ret = -EOPNOTSUPP;
	}
out_filter:
	ftrace_free_filter(&probe_ops);
	return ret;
}

static int attach(void)
{
	struct hook *hook;
	int ret;

	for (hook = hooks; hook < hooks + ARRAY_SIZE(hooks); hook++) {
		if (hook->direct && !attach_direct(hook))
			continue;
		ret = add(&ops, hook);
		if (ret)
			return refused(hook, ret);
	}
	ret = register_callback(&ops);
	return ret ? refused(hooks, ret) : 0;
}

/**
 * kvm_sdei_hooks_init() - find KVM's functions and hook them
 *
 * Guests may call before all hooks are there: kvm_sdei_vm_open() lets them in.
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

	for (n = 0; n < ARRAY_SIZE(hooks); n++)
		hooks[n].symbol = symbols[n];
	ret = attach();
	if (ret)
		kvm_sdei_hooks_exit();
	return ret;
}

static bool veil(void)
{
	unsigned int n, direct = 0;
	int ret = 0;

	for (n = 0; !ret && n < ARRAY_SIZE(hooks); n++) {
		if (hooks[n].is_direct) {
			ret = add(&veil_ops, &hooks[n]);
			direct++;
		}
	}
	if (!ret && direct)
		ret = register_callback(&veil_ops);
	return !ret && direct;
}

/**
 * kvm_sdei_hooks_exit() - remove the hooks and wait for those that run
 *
 * QEMU, where it emulates the host, can miss that a call is patched away which another
 * CPU is making, and goes on to make it. What it may go on to call is the kernel's own
 * ftrace_caller, which finds nothing to do, and not direct.S: so those calls are patched
 * twice, and the first change is seen at the second one.
 *
 * Context: may sleep; for ever where ftrace does not work any more.
 */
void kvm_sdei_hooks_exit(void)
{
	bool veiled = veil();
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(hooks); n++)
		detach_direct(&hooks[n]);
	if (veiled)
		insist(unregister_ftrace_function(&veil_ops));
	ftrace_free_filter(&veil_ops);
	if (ops.flags & FTRACE_OPS_FL_ENABLED)
		insist(unregister_ftrace_function(&ops));
	ftrace_free_filter(&ops);
}
