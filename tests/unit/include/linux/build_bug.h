/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_BUILD_BUG_H
#define _UNIT_LINUX_BUILD_BUG_H

#include <assert.h>

#define BUILD_BUG_ON(cond)	static_assert(!(cond), #cond)

#endif /* _UNIT_LINUX_BUILD_BUG_H */
