// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions of the kernel that it does not export, found by their names.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>

#include "compat/kallsyms.h"
#include "host.h"

struct kvm_sdei_functions kvm_sdei_kvm;

static typeof(&kallsyms_on_each_symbol) on_each_symbol;

/* The symbols that a walk looks for. */
struct wanted {
	struct kvm_sdei_symbol *symbols;
	unsigned int nr;
};

static bool is_called(const struct kvm_sdei_symbol *symbol, const char *name)
{
	return !strcmp(name, symbol->name) ||
	       (symbol->older_name && !strcmp(name, symbol->older_name));
}

static COMPAT_KALLSYMS_VISITOR(visit, data, name, address)
{
	const struct wanted *wanted = data;
	struct kvm_sdei_symbol *symbol;

	for (symbol = wanted->symbols; symbol < wanted->symbols + wanted->nr; symbol++) {
		if (is_called(symbol, name)) {
			symbol->address = address;
			symbol->matches++;
		}
	}
	return 0;
}

/**
 * kvm_sdei_find_symbols() - find functions of the kernel by their names
 * @symbols: their names; their addresses are written there
 * @nr: how many
 *
 * Context: may sleep; after kvm_sdei_symbols_init().
 * Return: NULL, or the first that is missing or not unique.
 */
struct kvm_sdei_symbol *kvm_sdei_find_symbols(struct kvm_sdei_symbol *symbols,
					      unsigned int nr)
{
	struct wanted wanted = { symbols, nr };
	struct kvm_sdei_symbol *symbol;

	on_each_symbol(visit, &wanted);

	for (symbol = symbols; symbol < symbols + nr; symbol++)
		if (symbol->matches != 1)
			return symbol;
	return NULL;
}

/**
 * kvm_sdei_resolve() - find functions and see that they are what they should be
 * @symbols: their names and prototypes; their addresses are written there
 * @nr: how many
 *
 * Context: may sleep; after kvm_sdei_layout_init().
 * Return: 0, or a negative error code after saying which one is missing, not
 * unique or of another prototype.
 */
int kvm_sdei_resolve(struct kvm_sdei_symbol *symbols, unsigned int nr)
{
	struct kvm_sdei_symbol *symbol = kvm_sdei_find_symbols(symbols, nr);
	int ret = 0;

	if (symbol) {
		pr_err("this kernel has %s function %s: it is not supported, use one of those named in the README\n",
		       symbol->matches ? "more than one" : "no", symbol->name);
		return -ENOENT;
	}
	for (symbol = symbols; !ret && symbol < symbols + nr; symbol++)
		if (symbol->prototype)
			ret = kvm_sdei_check_prototype(symbol);
	return ret;
}

/**
 * kvm_sdei_symbols_init() - find the function that finds symbols
 *
 * A kprobe looks its symbol up, the one way in that is open to modules; while it
 * is disabled it patches nothing.
 *
 * Context: may sleep.
 * Return: 0, or a negative error code after saying what is missing.
 */
int kvm_sdei_symbols_init(void)
{
	struct kprobe probe = {
		.symbol_name = "kallsyms_on_each_symbol",
		.flags = KPROBE_FLAG_DISABLED,
	};
	int ret = register_kprobe(&probe);

	if (ret) {
		pr_err("cannot look up symbols (error %d): the kernel needs CONFIG_KPROBES and CONFIG_KALLSYMS\n",
		       ret);
		return ret;
	}
	on_each_symbol = (typeof(on_each_symbol))probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/**
 * kvm_sdei_functions_init() - find the functions of KVM that the host side calls
 *
 * Context: may sleep; after kvm_sdei_layout_init().
 * Return: 0, or a negative error code after saying what is missing.
 */
int kvm_sdei_functions_init(void)
{
	enum { KICK, MPIDR_TO_VCPU, ADJUST_PC, NUM_REGS, REG_INDICES, STARTED, NR };
	struct kvm_sdei_symbol symbols[NR] = {
		[KICK]		= { COMPAT_KVM_KICK, NULL, COMPAT_KVM_KICK_PROTOTYPE },
		[MPIDR_TO_VCPU]	= { "kvm_mpidr_to_vcpu", NULL, "*kvm_vcpu(*kvm,i8)" },
		[ADJUST_PC]	= { "__kvm_adjust_pc", NULL, "(*kvm_vcpu)" },
		[NUM_REGS]	= { "kvm_arm_num_regs", NULL, "i8(*kvm_vcpu)" },
		[REG_INDICES]	= { "kvm_arm_copy_reg_indices", NULL, "i4(*kvm_vcpu,*)" },
		[STARTED]	= { COMPAT_KVM_STARTED, NULL, COMPAT_KVM_STARTED_PROTOTYPE },
	};
	int ret;

	ret = kvm_sdei_resolve(symbols, NR);
	if (ret)
		return ret;

	if (!compat_kvm_has_started(symbols[STARTED].address)) {
		pr_err("KVM is not available here: boot the host's kernel at EL2 and without kvm-arm.mode=none\n");
		return -ENODEV;
	}

	kvm_sdei_kvm = (struct kvm_sdei_functions) {
		.kick = (void *)symbols[KICK].address,
		.mpidr_to_vcpu = (void *)symbols[MPIDR_TO_VCPU].address,
		.adjust_pc = (void *)symbols[ADJUST_PC].address,
		.num_regs = (void *)symbols[NUM_REGS].address,
		.copy_reg_indices = (void *)symbols[REG_INDICES].address,
	};
	return 0;
}
