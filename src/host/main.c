// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "host.h"

static int __init kvm_sdei_init(void)
{
	int ret;

	ret = kvm_sdei_symbols_init();
	if (ret)
		return ret;
	ret = kvm_sdei_layout_init();
	if (ret)
		return ret;
	ret = kvm_sdei_functions_init();
	if (ret)
		return ret;
	ret = kvm_sdei_vm_init();
	if (ret)
		return ret;
	ret = kvm_sdei_sysfs_init();
	if (ret)
		goto err_vm;
	ret = kvm_sdei_hooks_init();
	if (ret)
		goto err_sysfs;

	kvm_sdei_vm_open();
	pr_info("version %s: %s (%s)\n", THIS_MODULE->version,
		READ_ONCE(kvm_sdei_offer) ? "guests are offered SDEI" :
		"new guests are not offered SDEI, as offer is 0",
		has_vhe() ? "VHE" : "nVHE");
	return 0;

/* No VM was let in, which would have to go before its folder's. */
err_sysfs:
	kvm_sdei_sysfs_exit();
err_vm:
	kvm_sdei_vm_exit();
	return ret;
}
module_init(kvm_sdei_init);

static void __exit kvm_sdei_exit(void)
{
	unsigned int unmasked;

	kvm_sdei_vm_close();
	kvm_sdei_hooks_exit();
	unmasked = kvm_sdei_vm_exit();
	kvm_sdei_sysfs_exit();
	if (unmasked)
		pr_warn("unloaded, but %u VM%s SDEI in use: load it again before they shut down or change CPUs\n",
			unmasked, unmasked == 1 ? " has" : "s have");
	else
		pr_info("unloaded\n");
}
module_exit(kvm_sdei_exit);

MODULE_DESCRIPTION("SDEI for guests of KVM on arm64");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
