/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports in the Test Anything Protocol. A check's name is that of its section,
 * a colon, and its own.
 */
#ifndef _TAP_H
#define _TAP_H

#include <linux/types.h>

void tap_section(const char *fmt, ...) __printf(1, 2);
bool tap_check(const char *file, int line, bool ok, const char *fmt, ...)
	__printf(4, 5);
bool tap_expect(const char *file, int line, u64 got, u64 expected,
		const char *fmt, ...) __printf(5, 6);
void tap_skip(const char *fmt, ...) __printf(1, 2);
void tap_bail(const char *fmt, ...) __printf(1, 2);
int tap_exit(void);

/* Report whether something holds, or whether a number is the right one. */
#define check(ok, ...)	tap_check(__FILE__, __LINE__, ok, __VA_ARGS__)
#define expect(got, expected, ...) \
	tap_expect(__FILE__, __LINE__, got, expected, __VA_ARGS__)

/* A condition that has to hold all the time is reported only when it does not. */
#define always(ok, ...) \
	do { \
		if (!(ok)) \
			check(false, __VA_ARGS__); \
	} while (0)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif /* _TAP_H */
