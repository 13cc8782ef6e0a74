/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_NOSPEC_H
#define _UNIT_LINUX_NOSPEC_H

/* Speculation is not tested here, but an index out of range is. */
#define array_index_nospec(index, size) \
	({ __typeof__(index) _i = (index); _i < (size) ? _i : 0; })

#endif /* _UNIT_LINUX_NOSPEC_H */
