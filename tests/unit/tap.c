// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

static char section[160];
static unsigned int checks;
static unsigned int failures;

void tap_section(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(section, sizeof(section), fmt, args);
	va_end(args);
}

static void report(bool ok, const char *fmt, va_list args)
{
	checks++;
	failures += !ok;
	printf("%sok %u - %s: ", ok ? "" : "not ", checks, section);
	vprintf(fmt, args);
}

bool tap_check(const char *file, int line, bool ok, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(ok, fmt, args);
	va_end(args);
	printf("\n");
	if (!ok)
		printf("# at %s:%d\n", file, line);
	return ok;
}

bool tap_expect(const char *file, int line, u64 got, u64 expected,
		const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(got == expected, fmt, args);
	va_end(args);
	printf("\n");
	if (got != expected)
		printf("# expected %#llx (%lld), got %#llx (%lld) at %s:%d\n",
		       expected, (s64)expected, got, (s64)got, file, line);
	return got == expected;
}

void tap_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(true, fmt, args);
	va_end(args);
	printf(" # SKIP\n");
}

/* What the dispatcher must never do ends the program. */
void tap_bail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(false, fmt, args);
	va_end(args);
	printf("\nBail out!\n");
	fflush(stdout);
	abort();
}

int tap_exit(void)
{
	printf("1..%u\n", checks);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
