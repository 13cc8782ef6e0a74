// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one function of the module that ftrace may see: hooks are tried on it
 * before KVM's functions are touched.
 */
#include "host.h"

/**
 * kvm_sdei_probe() - be hooked
 * @arg: what the hook should see
 *
 * Return: 0, unless a hook answers in its place.
 */
noinline unsigned long kvm_sdei_probe(unsigned long arg)
{
	/* Keeps the compiler from knowing the answer in advance. */
	OPTIMIZER_HIDE_VAR(arg);
	return arg & 0;
}
