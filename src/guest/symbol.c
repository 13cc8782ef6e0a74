// SPDX-License-Identifier: GPL-2.0-only
/* Functions of the kernel that are not exported to modules. */
#include <linux/kprobes.h>

#include "guest.h"

/**
 * kvm_sdei_guest_find() - find a function of the kernel
 * @name: its name
 *
 * A disabled kprobe patches nothing: it only tells where the function is.
 *
 * Return: its address, or NULL.
 */
void *kvm_sdei_guest_find(const char *name)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	void *addr;

	if (register_kprobe(&kp))
		return NULL;
	addr = kp.addr;
	unregister_kprobe(&kp);

	return addr;
}
