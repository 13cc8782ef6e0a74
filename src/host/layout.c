// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the running kernel the one that this module was built for? Where a kernel
 * has no MODVERSIONS, nothing but the version's name guards against a struct
 * that looks different. Its BTF tells what its structures, enumerations and
 * functions really are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/trace_events.h>

#include "compat/tracepoint.h"
#include "host.h"

#define REBUILD "rebuild the module with the headers of the running kernel (see the README, Troubleshooting)"

/* A member of a struct that the host side touches, itself or by an inline. */
struct member {
	const char *structure;
	const char *path;
	u32 offset;
	u32 size;
};

#define MEMBER(structure, path) \
	{ #structure, #path, offsetof(struct structure, path), \
	  sizeof_field(struct structure, path) },

static const struct member members[] = {
	MEMBER(kvm, vcpu_array)
	MEMBER(kvm, online_vcpus)
	MEMBER(kvm, users_count)
	MEMBER(kvm, mm)
	MEMBER(kvm, arch.flags)
	MEMBER(kvm, arch.vgic.initialized)
	MEMBER(kvm, arch.vgic.nr_spis)
	MEMBER(kvm_vcpu, kvm)
	MEMBER(kvm_vcpu, vcpu_id)
	MEMBER(kvm_vcpu, vcpu_idx)
	MEMBER(kvm_vcpu, cpu)
	MEMBER(kvm_vcpu, requests)
	MEMBER(kvm_vcpu, wait)
	MEMBER(kvm_vcpu, arch.ctxt.regs)
	MEMBER(kvm_vcpu, arch.ctxt.sys_regs)
	MEMBER(kvm_vcpu, arch.fault.esr_el2)
	MEMBER(kvm_vcpu, arch.iflags)
	MEMBER(kvm_vcpu, arch.mp_state.mp_state)
	MEMBER(kvm_vcpu, arch.pause)
	MEMBER(kvm_vcpu, arch.reset_state.reset)
	COMPAT_INITIALIZED_MEMBER(MEMBER)
	COMPAT_FEATURES_MEMBER(MEMBER)
	COMPAT_PROTECTED_MEMBER(MEMBER)
	COMPAT_BORROW_MEMBER(MEMBER)
	COMPAT_FILTER_MEMBER(MEMBER)
	COMPAT_VNCR_MEMBER(MEMBER)
	COMPAT_FTRACE_MEMBER(MEMBER, regs)
	COMPAT_FTRACE_MEMBER(MEMBER, pc)
	MEMBER(maple_tree, ma_lock)
	MEMBER(maple_tree, ma_root)
	MEMBER(mm_struct, mm_users)
	MEMBER(rcuwait, task)
	MEMBER(task_struct, __state)
	MEMBER(task_struct, flags)
	MEMBER(task_struct, tgid)
	MEMBER(thread_info, flags)
	MEMBER(thread_info, preempt_count)
	MEMBER(module, version)
	MEMBER(trace_event_file, flags)
	MEMBER(trace_iterator, seq)
	MEMBER(trace_iterator, tmp_seq)
	MEMBER(trace_iterator, ent)
	COMPAT_SRCU_MEMBER(MEMBER)
	COMPAT_SRCU_COUNT_MEMBER(MEMBER)
	MEMBER(kprobe, addr)
	MEMBER(kobject, sd)
	MEMBER(user_pt_regs, regs)
	MEMBER(user_pt_regs, sp)
	MEMBER(user_pt_regs, pc)
	MEMBER(user_pt_regs, pstate)
	MEMBER(ftrace_ops, func)
	MEMBER(ftrace_ops, flags)
};

/* What the kernel reads or fills in, in memory of ours. */
struct whole {
	const char *structure;
	u32 size;
};

#define WHOLE(structure) { #structure, sizeof(struct structure) }

static const struct whole wholes[] = {
	WHOLE(attribute_group),
#ifdef CONFIG_BPF_EVENTS
	WHOLE(bpf_raw_event_map),
#endif
	WHOLE(exception_table_entry),
	WHOLE(ftrace_ops),
#ifdef CONFIG_JUMP_LABEL
	WHOLE(jump_entry),
#endif
	WHOLE(kernel_param),
	WHOLE(kobj_attribute),
	WHOLE(kobj_type),
	WHOLE(kobject),
	WHOLE(kprobe),
	WHOLE(mutex),
	WHOLE(pt_regs),
	WHOLE(raw_spinlock),
	WHOLE(static_key),
	WHOLE(trace_entry),
	WHOLE(trace_event_buffer),
	WHOLE(trace_event_call),
	WHOLE(trace_event_class),
	WHOLE(trace_event_fields),
	WHOLE(trace_event_functions),
	WHOLE(tracepoint),
	COMPAT_TRACEPOINT_WHOLE(WHOLE)
	WHOLE(tracepoint_func),
	WHOLE(work_struct),
};

/* A number that has a name. */
struct enumerator {
	const char *type;
	const char *name;
	u32 value;
};

/* Where KVM keeps a system register. */
#define SYSREG(name) { "vcpu_sysreg", #name, name },

/* By which number KVM's part at EL2 knows a call. */
#define HYPCALL(name)								\
	{ "__kvm_host_smccc_func", "__KVM_HOST_SMCCC_FUNC_" #name,		\
	  CONCATENATE(__KVM_HOST_SMCCC_FUNC_, name) },

static const struct enumerator enumerators[] = {
	SYSREG(MPIDR_EL1)
	SYSREG(ELR_EL1)
	SYSREG(SPSR_EL1)
	SYSREG(SCTLR_EL1)
	SYSREG(VBAR_EL1)
	HYPCALL(__kvm_adjust_pc)
	COMPAT_BORROW_HYPCALL(HYPCALL)
	/* By which kmalloc() finds a cache. */
	{ "kmalloc_cache_type", "NR_KMALLOC_TYPES", NR_KMALLOC_TYPES },
};

static struct {
	typeof(&bpf_get_btf_vmlinux) get;
	typeof(&btf_find_by_name_kind) find;
	typeof(&btf_type_by_id) type;
	typeof(&btf_name_by_offset) name;
} btf_functions;

static const struct btf *btf;

static const struct btf_type *find_type(const char *name, u8 kind)
{
	s32 id = btf_functions.find(btf, name, kind);

	return id < 0 ? NULL : btf_functions.type(btf, id);
}

/* A type without its typedefs and qualifiers. */
static const struct btf_type *strip(u32 id)
{
	const struct btf_type *type = btf_functions.type(btf, id);

	for (;;) {
		switch (btf_kind(type)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			type = btf_functions.type(btf, type->type);
			break;
		default:
			return type;
		}
	}
}

static bool is_composite(const struct btf_type *type)
{
	return btf_kind(type) == BTF_KIND_STRUCT || btf_kind(type) == BTF_KIND_UNION;
}

static u32 size_of(const struct btf_type *type)
{
	const struct btf_array *array;

	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		return sizeof(void *);
	case BTF_KIND_ARRAY:
		array = (const struct btf_array *)(type + 1);
		return array->nelems * size_of(strip(array->type));
	default:
		return type->size;
	}
}

/*
 * The type of the member that is called as the first @len characters of @name,
 * in @type or in what it has without a name; its offset is added to @bits.
 */
static const struct btf_type *find_member(const struct btf_type *type,
					  const char *name, size_t len, u32 *bits)
{
	const struct btf_member *member = btf_members(type);
	const struct btf_type *found;
	const char *found_name;
	unsigned int n;

	for (n = 0; n < btf_vlen(type); n++, member++) {
		u32 offset = *bits + __btf_member_bit_offset(type, member);

		found = strip(member->type);
		found_name = btf_functions.name(btf, member->name_off);
		if (!*found_name && is_composite(found)) {
			found = find_member(found, name, len, &offset);
			if (!found)
				continue;
		} else if (strncmp(found_name, name, len) || found_name[len]) {
			continue;
		}
		*bits = offset;
		return found;
	}
	return NULL;
}

static int check_member(const struct member *member)
{
	const struct btf_type *type = find_type(member->structure, BTF_KIND_STRUCT);
	const char *name = member->path, *end;
	u32 bits = 0;

	for (; type && *name; name = *end ? end + 1 : end) {
		end = strchrnul(name, '.');
		type = is_composite(type) ? find_member(type, name, end - name, &bits) : NULL;
	}
	if (!type) {
		pr_err("struct %s of this kernel has no %s: " REBUILD "\n",
		       member->structure, member->path);
		return -EOPNOTSUPP;
	}
	if (bits != 8 * member->offset || size_of(type) != member->size) {
		pr_err("struct %s of this kernel has %s at %u with %u bytes, not at %u with %u: " REBUILD "\n",
		       member->structure, member->path, bits / 8, size_of(type),
		       member->offset, member->size);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int check_whole(const struct whole *whole)
{
	const struct btf_type *type = find_type(whole->structure, BTF_KIND_STRUCT);

	if (type && type->size == whole->size)
		return 0;
	pr_err("struct %s of this kernel does not have %u bytes: " REBUILD "\n",
	       whole->structure, whole->size);
	return -EOPNOTSUPP;
}

static int check_enumerator(const struct enumerator *enumerator)
{
	const struct btf_type *type = find_type(enumerator->type, BTF_KIND_ENUM);
	const struct btf_enum *value;
	unsigned int n;

	for (n = 0; type && n < btf_vlen(type); n++) {
		value = btf_enum(type) + n;
		if (!strcmp(btf_functions.name(btf, value->name_off), enumerator->name) &&
		    value->val == enumerator->value)
			return 0;
	}
	pr_err("enum %s of this kernel does not have %s as %u: " REBUILD "\n",
	       enumerator->type, enumerator->name, enumerator->value);
	return -EOPNOTSUPP;
}

/* The features of CPUs have numbers that no BTF tells, but one of them shows. */
static int check_features(void)
{
	if (has_vhe() == is_kernel_in_hyp_mode())
		return 0;
	pr_err("this kernel does not have the features of CPUs by the same numbers: " REBUILD "\n");
	return -EOPNOTSUPP;
}

#define PROTOTYPE_SIZE	64

/* As in struct kvm_sdei_symbol; what is not told there is a question mark. */
static int describe(char *buf, size_t size, u32 id)
{
	const struct btf_type *type = strip(id);

	if (!id)
		return scnprintf(buf, size, "v");
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		type = strip(type->type);
		return scnprintf(buf, size, "*%s", btf_kind(type) == BTF_KIND_STRUCT ?
				 btf_functions.name(btf, type->name_off) : "");
	case BTF_KIND_INT:
		return scnprintf(buf, size, "i%u", type->size);
	case BTF_KIND_ENUM:
		return scnprintf(buf, size, "e%u", type->size);
	default:
		return scnprintf(buf, size, "?");
	}
}

static void describe_function(char *buf, size_t size, const struct btf_type *type,
			      bool with_result)
{
	const struct btf_param *params = btf_params(type);
	unsigned int n;
	int len = 0;

	if (with_result)
		len = describe(buf, size, type->type);
	len += scnprintf(buf + len, size - len, "(");
	for (n = 0; n < btf_vlen(type); n++) {
		if (n)
			len += scnprintf(buf + len, size - len, ",");
		len += describe(buf + len, size - len, params[n].type);
	}
	scnprintf(buf + len, size - len, ")");
}

/**
 * kvm_sdei_check_prototype() - compare a function with what the module takes it
 * for
 * @symbol: the function
 *
 * Context: may sleep; after kvm_sdei_layout_init().
 * Return: 0, or -EOPNOTSUPP after saying what is wrong.
 */
int kvm_sdei_check_prototype(const struct kvm_sdei_symbol *symbol)
{
	const struct btf_type *type = find_type(symbol->name, BTF_KIND_FUNC);
	char prototype[PROTOTYPE_SIZE];

	if (!type && symbol->older_name)
		type = find_type(symbol->older_name, BTF_KIND_FUNC);
	if (type) {
		describe_function(prototype, sizeof(prototype),
				  btf_functions.type(btf, type->type),
				  symbol->prototype[0] != '(');
		if (!strcmp(prototype, symbol->prototype))
			return 0;
	}
	pr_err("%s() of this kernel is not declared as it should be: " REBUILD "\n",
	       symbol->name);
	return -EOPNOTSUPP;
}

static int find_btf(void)
{
	enum { GET, FIND, TYPE, NAME, NR };
	struct kvm_sdei_symbol symbols[NR] = {
		[GET]	= { "bpf_get_btf_vmlinux", NULL, "*btf()" },
		[FIND]	= { "btf_find_by_name_kind", NULL, "i4(*btf,*,i1)" },
		[TYPE]	= { "btf_type_by_id", NULL, "*btf_type(*btf,i4)" },
		[NAME]	= { "btf_name_by_offset", NULL, "*(*btf,i4)" },
	};
	unsigned int n;
	int ret = 0;

	if (!kvm_sdei_find_symbols(symbols, NR)) {
		btf_functions.get = (void *)symbols[GET].address;
		btf_functions.find = (void *)symbols[FIND].address;
		btf_functions.type = (void *)symbols[TYPE].address;
		btf_functions.name = (void *)symbols[NAME].address;
		btf = btf_functions.get();
	}
	if (IS_ERR_OR_NULL(btf)) {
		pr_err("this kernel does not tell how its structures look: it needs CONFIG_DEBUG_INFO_BTF and CONFIG_BPF_SYSCALL\n");
		return -EOPNOTSUPP;
	}
	for (n = 0; !ret && n < NR; n++)
		ret = kvm_sdei_check_prototype(&symbols[n]);
	return ret;
}

/**
 * kvm_sdei_layout_init() - compare the running kernel with the module
 *
 * Context: may sleep; after kvm_sdei_symbols_init().
 * Return: 0, or a negative error code after saying what differs.
 */
int kvm_sdei_layout_init(void)
{
	unsigned int n;
	int ret;

	ret = find_btf();
	for (n = 0; !ret && n < ARRAY_SIZE(members); n++)
		ret = check_member(&members[n]);
	for (n = 0; !ret && n < ARRAY_SIZE(wholes); n++)
		ret = check_whole(&wholes[n]);
	for (n = 0; !ret && n < ARRAY_SIZE(enumerators); n++)
		ret = check_enumerator(&enumerators[n]);
	return ret ? ret : check_features();
}
