/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs share that look at VMs from the outside: a VM without devices, and
 * a guest of a few instructions.
 */
#ifndef _GUEST_BARE_H
#define _GUEST_BARE_H

#define BARE_RAM	0x40000000
#define BARE_RAM_SIZE	0x10000
/* Where the guest's calls end: there is no memory. */
#define BARE_EXIT	0x1000
/* In the guest's memory: the calls that bare_loop makes, 64 bytes each. */
#define BARE_TABLE	0x8000
#define BARE_CALLS	64

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>

#include <linux/kvm.h>
#include <linux/types.h>

#include "../../include/uapi/kvm_sdei.h"

typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BARE_MAX_VCPUS	2

#define CORE_REG(name)								\
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |			\
	 (offsetof(struct kvm_regs, name) / sizeof(__u32)))

struct bare_vcpu {
	int fd;
	struct kvm_run *run;
};

struct bare_vm {
	int fd;
	unsigned int nr_vcpus;
	struct bare_vcpu vcpu[BARE_MAX_VCPUS];
	char *ram;
};

/* bare.c */
extern int bare_kvm;
void __noreturn die(const char *what);
void bare_start(void);
void bare_vm_create(struct bare_vm *vm, unsigned int nr_vcpus);
void bare_vm_destroy(struct bare_vm *vm);
int bare_vcpu_create(struct bare_vm *vm, struct bare_vcpu *vcpu, unsigned int id);
void bare_vcpu_init(struct bare_vm *vm, unsigned int n);
int bare_get(struct bare_vcpu *vcpu, u64 id, u64 *value);
int bare_set(struct bare_vcpu *vcpu, u64 id, u64 value);
u64 bare_read(struct bare_vcpu *vcpu, u64 id);
void bare_write(struct bare_vcpu *vcpu, u64 id, u64 value);
int bare_list(struct bare_vcpu *vcpu, u64 *ids, unsigned int max);
int bare_run(struct bare_vcpu *vcpu);
s64 bare_call(struct bare_vcpu *vcpu, u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e);
u32 bare_call_exit(struct bare_vcpu *vcpu, u64 fn);
bool bare_has_reg(unsigned int n, unsigned int reg);

void report(bool ok, const char *name);
int report_end(void);

/* bare-guest.S */
extern char bare_guest[], bare_spin[], bare_loop[], bare_vectors[], bare_guest_end[];
#define BARE_ADDRESS(label)	(BARE_RAM + ((label) - bare_guest))

#endif /* __ASSEMBLER__ */

#endif /* _GUEST_BARE_H */
