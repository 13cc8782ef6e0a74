// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one function of the module that ftrace may see: hooks are tried on it
 * before KVM's functions are touched.
 */
#include "host.h"

/**
 * kvm_sdei_probe() - be hooked
 * @arg0: what the hook should see
 * @arg1: the same
 *
 * Return: 0, unless a hook answers in its place.
 */
noinline unsigned long kvm_sdei_probe(unsigned long arg0, unsigned long arg1)
{
	/* Keeps the compiler from knowing the answer in advance. */
	OPTIMIZER_HIDE_VAR(arg0);
	OPTIMIZER_HIDE_VAR(arg1);
	return arg0 & arg1 & 0;
}
