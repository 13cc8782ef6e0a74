/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking the kernel's symbols: the visitor had an argument more once.
 */
#ifndef _COMPAT_KALLSYMS_H
#define _COMPAT_KALLSYMS_H

#include <linux/kallsyms.h>

#ifdef HAVE_KALLSYMS_MODULE
#define COMPAT_KALLSYMS_VISITOR(name, data, symbol, address) \
	int name(void *data, const char *symbol, struct module *module, \
		 unsigned long address)
#else
#define COMPAT_KALLSYMS_VISITOR(name, data, symbol, address) \
	int name(void *data, const char *symbol, unsigned long address)
#endif

#endif /* _COMPAT_KALLSYMS_H */
