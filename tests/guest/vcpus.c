// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: vcpus
 *
 * vCPUs as QEMU does not make them: created in another order than that of their
 * ids, after others have made calls, with other MPIDRs, and stopped by their VMM.
 */
#include <errno.h>
#include <string.h>

#include "bare-test.h"
/* There is a macro of the same name as the call. */
#undef PSCI_VERSION
#include "sdei.h"

#define MPIDR_EL1	ARM64_SYS_REG(3, 0, 0, 0, 5)
#define MPIDR_RES1	(1UL << 31)
#define WAITS		(KVM_SDEI_STATE_REGISTERED | KVM_SDEI_STATE_ENABLED | \
			 KVM_SDEI_STATE_PENDING)

static s64 call(struct bare_vcpu *vcpu, u64 fn, u64 a)
{
	return bare_call(vcpu, fn, a, 0, 0, 0, 0);
}

static void create(struct bare_vm *vm, unsigned int n, unsigned int id)
{
	errno = bare_vcpu_create(vm, &vm->vcpu[n], id);
	if (errno)
		die("KVM_CREATE_VCPU");
	vm->nr_vcpus++;
	bare_vcpu_init(vm, n);
}

static void enable(struct bare_vcpu *vcpu, u32 event, u64 flags, u64 mpidr)
{
	expect(bare_call(vcpu, SDEI_EVENT_REGISTER, event, HANDLER, 0, flags, mpidr), SUCCESS);
	expect(call(vcpu, SDEI_EVENT_ENABLE, event), SUCCESS);
}

/* The handler of @event, and nothing else, is what a vCPU enters next. */
static void expect_handled(struct bare_vcpu *vcpu, u32 event)
{
	u64 number = ~0ULL;

	interrupt_every(60);
	expect(bare_run(vcpu), 0);
	interrupt_every(0);
	expect(vcpu->run->exit_reason, KVM_EXIT_MMIO);
	memcpy(&number, vcpu->run->mmio.data, sizeof(number));
	expect(number, event);
}

/* First comes who was created first, or has the lowest id. */
static void other_order(void)
{
	struct bare_vm vm;
	u64 ids[KVM_SDEI_NR_REGS];
	unsigned int n;

	bare_vm_create(&vm, 0);
	create(&vm, 0, 1);
	create(&vm, 1, 0);
	expect(bare_list(&vm.vcpu[0], ids, ARRAY_SIZE(ids)), 59);
	expect(bare_list(&vm.vcpu[1], ids, ARRAY_SIZE(ids)), 50);
	for (n = 0; n < 2; n++)
		enable(&vm.vcpu[n], KVM_SDEI_EVENT_SIGNAL, 0, 0);
	raise_event("vcpu-1/raise", KVM_SDEI_EVENT_SIGNAL);
	expect(bare_read(&vm.vcpu[0], EVENT_STATE(0)), WAITS);
	expect(bare_read(&vm.vcpu[1], EVENT_STATE(0)), WAITS & ~KVM_SDEI_STATE_PENDING);
	expect(call(&vm.vcpu[0], SDEI_PE_UNMASK, 0), KVM_SDEI_EVENT_SIGNAL);
	bare_vm_destroy(&vm);

	bare_vm_create(&vm, 0);
	create(&vm, 0, 1);
	create(&vm, 1, 0);
	enable(&vm.vcpu[0], KVM_SDEI_EVENT_VM_NMI, 0, 0);
	for (n = 0; n < 2; n++)
		expect(call(&vm.vcpu[n], SDEI_PE_UNMASK, 0), SUCCESS);
	raise_event("raise", KVM_SDEI_EVENT_VM_NMI);
	expect_handled(&vm.vcpu[1], KVM_SDEI_EVENT_VM_NMI);
	/* When its VMM resets it, what they share is as after a reset from the first one on. */
	for (n = 0; n < 2; n++) {
		expect(bare_read(&vm.vcpu[0], EVENT_STATE(4)) != 0, !n);
		bare_vcpu_init(&vm, n);
	}
	expect(call(&vm.vcpu[0], SDEI_EVENT_STATUS, KVM_SDEI_EVENT_VM_NMI), 0);
	bare_vm_destroy(&vm);
}

/* It exists, and can be named, before it has made its first call. */
static void later(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	expect(call(&vm.vcpu[0], SDEI_VERSION, 0) > 0, true);
	expect(bare_call(&vm.vcpu[0], SDEI_EVENT_SIGNAL, 0, 1, 0, 0, 0), INVALID_PARAMETERS);
	create(&vm, 1, 1);
	expect(bare_call(&vm.vcpu[0], SDEI_EVENT_SIGNAL, 0, 1, 0, 0, 0), SUCCESS);
	enable(&vm.vcpu[0], KVM_SDEI_EVENT_VM_NMI, REGISTER_RM_PE, 1);
	raise_event("raise", KVM_SDEI_EVENT_VM_NMI);
	expect(call(&vm.vcpu[0], SDEI_PE_UNMASK, 0), SUCCESS);
	expect((u32)bare_read(&vm.vcpu[0], EVENT_STATE(4)), WAITS);
	/* What was signalled before was for nobody. */
	enable(&vm.vcpu[1], KVM_SDEI_EVENT_SIGNAL, 0, 0);
	expect(bare_read(&vm.vcpu[1], EVENT_STATE(0)), WAITS & ~KVM_SDEI_STATE_PENDING);
	expect(call(&vm.vcpu[1], SDEI_PE_UNMASK, 0), KVM_SDEI_EVENT_VM_NMI);
	bare_vm_destroy(&vm);
}

/* The second vCPU has this affinity. */
static void expect_named(struct bare_vm *vm, u64 mpidr)
{
	struct bare_vcpu *first = &vm->vcpu[0], *second = &vm->vcpu[1];

	enable(first, KVM_SDEI_EVENT_VM_NMI, REGISTER_RM_PE, mpidr);
	expect(bare_call(first, SDEI_EVENT_GET_INFO, KVM_SDEI_EVENT_VM_NMI,
			 INFO_ROUTING_AFFINITY, 0, 0, 0), mpidr);
	enable(second, KVM_SDEI_EVENT_SIGNAL, 0, 0);
	expect(bare_call(first, SDEI_EVENT_SIGNAL, 0, mpidr, 0, 0, 0), SUCCESS);
	expect(bare_read(second, EVENT_STATE(0)), WAITS);
	/* Its lower bits alone are another's, or nobody's. */
	expect(bare_call(first, SDEI_EVENT_SIGNAL, 0, mpidr | 0xff, 0, 0, 0), INVALID_PARAMETERS);
	expect(call(second, SDEI_PE_UNMASK, 0), KVM_SDEI_EVENT_SIGNAL);
	expect(call(first, SDEI_PE_UNMASK, 0), SUCCESS);
	raise_event("raise", KVM_SDEI_EVENT_VM_NMI);
	expect_handled(second, KVM_SDEI_EVENT_VM_NMI);
}

static void large_id(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 1);
	create(&vm, 1, 16);
	expect_named(&vm, 0x100);
	bare_vm_destroy(&vm);
}

/* Also after the module has looked at it. */
static void own_mpidr(void)
{
	struct bare_vm vm;

	bare_vm_create(&vm, 2);
	bare_write(&vm.vcpu[0], PE, 0);
	bare_write(&vm.vcpu[1], MPIDR_EL1, MPIDR_RES1 | 0x1000203000UL);
	expect(bare_read(&vm.vcpu[1], MPIDR_EL1), MPIDR_RES1 | 0x1000203000UL);
	expect_named(&vm, 0x1000203000UL);
	bare_vm_destroy(&vm);
}

/* An event does not start it, and is there when it is started. */
static void stopped(void)
{
	struct bare_vcpu *vcpu;
	struct bare_vm vm;
	u64 pc;

	bare_vm_create(&vm, 1);
	vcpu = &vm.vcpu[0];
	enable(vcpu, KVM_SDEI_EVENT_SIGNAL, 0, 0);
	expect(call(vcpu, SDEI_PE_UNMASK, 0), SUCCESS);
	pc = bare_read(vcpu, CORE_REG(regs.pc));
	set_mp_state(vcpu, KVM_MP_STATE_STOPPED);
	raise_event("vcpu-0/raise", KVM_SDEI_EVENT_SIGNAL);
	interrupt_every(1);
	expect(bare_run(vcpu), EINTR);
	interrupt_every(0);
	expect(bare_read(vcpu, EVENT_STATE(0)), WAITS);
	expect(bare_read(vcpu, CORE_REG(regs.pc)), pc);
	set_mp_state(vcpu, KVM_MP_STATE_RUNNABLE);
	expect_handled(vcpu, KVM_SDEI_EVENT_SIGNAL);
	bare_vm_destroy(&vm);
}

/* It is no target of what another can take; of what nobody can, it is. */
static void stopped_beside_others(void)
{
	struct bare_vm vm;
	unsigned int n, others;

	for (others = 0; others < 2; others++) {
		bare_vm_create(&vm, 2);
		enable(&vm.vcpu[0], KVM_SDEI_EVENT_VM_NMI, 0, 0);
		for (n = 0; n <= others; n++)
			expect(call(&vm.vcpu[n], SDEI_PE_UNMASK, 0), SUCCESS);
		set_mp_state(&vm.vcpu[0], KVM_MP_STATE_STOPPED);
		raise_event("raise", KVM_SDEI_EVENT_VM_NMI);
		if (!others) {
			expect(bare_read(&vm.vcpu[0], EVENT_STATE(4)), WAITS);
			set_mp_state(&vm.vcpu[0], KVM_MP_STATE_RUNNABLE);
		}
		expect_handled(&vm.vcpu[others], KVM_SDEI_EVENT_VM_NMI);
		bare_vm_destroy(&vm);
	}
}

static const struct test tests[] = {
	{ "ids in another order than that of creation", other_order },
	{ "one that comes later", later },
	{ "one with a large id", large_id },
	{ "one with an MPIDR of its VMM's choice", own_mpidr },
	{ "one that is stopped", stopped },
	{ "one that is stopped beside others", stopped_beside_others },
};

int main(void)
{
	bare_start();
	return run_tests(tests, ARRAY_SIZE(tests));
}
