// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: registers [WAITING GO]
 *
 * Has a vCPU of a new VM, which SDEI is offered to, list its registers, as a VMM does,
 * reads all of them and writes one back, and prints how many there are and how many of
 * them are SDEI's. Fails if more of them are listed than there is room for. With
 * WAITING the list's memory is missing until KVM has counted the registers and begins
 * to list them: then the file WAITING is made, and all waits for the file GO. Ends with
 * status 77 where the kernel cannot do that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../include/uapi/kvm_sdei.h"

#define MAX_REGS	1024

static long page;

static int call(int fd, unsigned long request, void *arg, const char *name)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0) {
		perror(name);
		exit(1);
	}
	return ret;
}

static int new_vcpu(void)
{
	int kvm = open("/dev/kvm", O_RDWR), vm, vcpu;
	struct kvm_enable_cap offer = { .cap = KVM_CAP_SDEI, .args = { 1 } };
	struct kvm_vcpu_init init;

	vm = call(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	call(vm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_SDEI, "KVM_CHECK_EXTENSION");
	/* Refused where the module is not loaded. */
	if (ioctl(vm, KVM_ENABLE_CAP, &offer) && errno != EINVAL) {
		perror("KVM_ENABLE_CAP");
		exit(1);
	}
	vcpu = call(vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	call(vm, KVM_ARM_PREFERRED_TARGET, &init, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	call(vcpu, KVM_ARM_VCPU_INIT, &init, "KVM_ARM_VCPU_INIT");
	return vcpu;
}

/* Room for MAX_REGS that begins with a page, which the number of them precedes. */
static struct kvm_reg_list *new_list(void)
{
	size_t size = MAX_REGS * sizeof(uint64_t);
	char *memory;

	page = sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, page + size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return (struct kvm_reg_list *)(memory + page - sizeof(struct kvm_reg_list));
}

struct absence {
	int fd;
	char *memory;
	const char *waiting, *go;
};

static void *wait_with(void *arg)
{
	struct absence *absence = arg;
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)absence->memory, page },
	};
	struct uffd_msg fault;

	if (read(absence->fd, &fault, sizeof(fault)) != sizeof(fault))
		return NULL;
	close(creat(absence->waiting, 0600));
	while (access(absence->go, F_OK))
		usleep(10000);
	call(absence->fd, UFFDIO_ZEROPAGE, &zero, "UFFDIO_ZEROPAGE");
	return NULL;
}

/* The list's first page is there when somebody has written to it. */
static void make_absent(struct kvm_reg_list *list, const char *waiting, const char *go)
{
	static struct absence absence;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)list->reg, page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	pthread_t thread;

	absence = (struct absence) {
		.fd = syscall(SYS_userfaultfd, O_CLOEXEC),
		.memory = (char *)list->reg,
		.waiting = waiting,
		.go = go,
	};
	if (absence.fd < 0)
		exit(77);
	call(absence.fd, UFFDIO_API, &api, "UFFDIO_API");
	call(absence.fd, UFFDIO_REGISTER, &range, "UFFDIO_REGISTER");
	if (pthread_create(&thread, NULL, wait_with, &absence))
		exit(1);
}

/* With room for as many as there are said to be, and not one more. */
static bool list_regs(int vcpu, struct kvm_reg_list *list)
{
	unsigned long long room = list->n;
	bool listed = !ioctl(vcpu, KVM_GET_REG_LIST, list);
	unsigned int n;

	if (!listed && errno != E2BIG) {
		perror("KVM_GET_REG_LIST");
		exit(1);
	}
	/* Looking at the list would bring it there. */
	if (!listed)
		return false;
	for (n = room; n < MAX_REGS; n++)
		if (list->reg[n]) {
			printf("room for %llu registers, and number %u is %#llx\n", room, n,
			       list->reg[n]);
			exit(1);
		}
	return true;
}

int main(int argc, char **argv)
{
	static unsigned char value[256];
	struct kvm_one_reg reg = { .addr = (uintptr_t)value };
	struct kvm_reg_list *list = new_list();
	int vcpu = new_vcpu();
	unsigned int n, sdei = 0;

	if (argc != 1 && argc != 3)
		return 2;
	/* It fails with what it wants, which is more if the module is loaded now. */
	if (list_regs(vcpu, list) || list->n > MAX_REGS)
		return 1;
	if (argc == 3)
		make_absent(list, argv[1], argv[2]);
	while (!list_regs(vcpu, list))
		if (list->n > MAX_REGS)
			return 1;

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
