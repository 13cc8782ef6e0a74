// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: registers
 *
 * Has a new VM's vCPU list its registers, as a VMM does, reads all of them and
 * writes one back, and prints how many there are and how many of them are SDEI's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "../../include/uapi/kvm_sdei.h"

#define MAX_REGS	1024

static int call(int fd, unsigned long request, void *arg, const char *name)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0) {
		perror(name);
		exit(1);
	}
	return ret;
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR), vm, vcpu;
	static unsigned char value[256];
	struct kvm_one_reg reg = { .addr = (uintptr_t)value };
	struct kvm_reg_list *list;
	struct kvm_vcpu_init init;
	unsigned int n, sdei = 0;

	vm = call(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	call(vm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_SDEI, "KVM_CHECK_EXTENSION");
	vcpu = call(vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	call(vm, KVM_ARM_PREFERRED_TARGET, &init, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	call(vcpu, KVM_ARM_VCPU_INIT, &init, "KVM_ARM_VCPU_INIT");

	list = calloc(1, sizeof(*list) + MAX_REGS * sizeof(list->reg[0]));
	if (!list)
		return 1;
	/* It fails with what it wants, which is more if the module is loaded now. */
	while (ioctl(vcpu, KVM_GET_REG_LIST, list))
		if (errno != E2BIG || list->n > MAX_REGS) {
			perror("KVM_GET_REG_LIST");
			return 1;
		}
	for (n = 0; n < list->n; n++) {
		reg.id = list->reg[n];
		sdei += reg.id - KVM_REG_ARM_SDEI < KVM_SDEI_NR_REGS;
		call(vcpu, KVM_GET_ONE_REG, &reg, "KVM_GET_ONE_REG");
	}
	reg.id = KVM_REG_ARM_PSCI_VERSION;
	call(vcpu, KVM_GET_ONE_REG, &reg, "KVM_GET_ONE_REG");
	call(vcpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
	printf("%llu registers, %u of SDEI\n", list->n, sdei);
	return 0;
}
