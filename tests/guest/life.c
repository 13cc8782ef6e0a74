// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: life
 *
 * A VM's life as its VMM sees it: its vCPUs are created one after the other, their
 * registers are listed and written, its guest makes a call, and all is closed. What is
 * refused for want of memory when state is to be made is tried again, and "again" is
 * said. (More than once: each of the kernel's workers may be told to fail.) Says which
 * call has failed, if one has.
 */
#include <errno.h>
#include <stdio.h>

#include "bare.h"
/* There is a macro of the same name as the call. */
#undef PSCI_VERSION
#include "sdei.h"

#define MAX_TRIES	100

#define PE	KVM_REG_ARM_SDEI_REG(KVM_SDEI_REG_PE)

/* Unmasked: what it is not after a reset. */
static void unmask(struct bare_vcpu *vcpu)
{
	unsigned int tries;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		errno = bare_set(vcpu, PE, 0);
		if (!errno)
			return;
		if (errno != ENOMEM)
			break;
		printf("again\n");
	}
	die("KVM_SET_ONE_REG");
}

int main(void)
{
	unsigned int n, masked = 0;
	struct bare_vm vm;
	u64 ids[KVM_SDEI_NR_REGS];

	bare_start();
	bare_vm_create(&vm, 1);
	for (n = 0; n < BARE_MAX_VCPUS; n++) {
		if (n) {
			errno = bare_vcpu_create(&vm, &vm.vcpu[n], n);
			if (errno)
				die("KVM_CREATE_VCPU");
			vm.nr_vcpus++;
			bare_vcpu_init(&vm, n);
		}
		errno = -bare_list(&vm.vcpu[n], ids, KVM_SDEI_NR_REGS);
		if (errno > 0)
			die("KVM_GET_REG_LIST");
		unmask(&vm.vcpu[n]);
	}
	for (n = 0; n < vm.nr_vcpus; n++)
		masked += bare_call(&vm.vcpu[n], SDEI_PE_MASK, 0, 0, 0, 0, 0) != 1;
	bare_vm_destroy(&vm);
	printf(masked ? "%u vCPUs were not unmasked\n" : "done\n", masked);
	return masked;
}
