// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text: what little of printf() the tests need, and what the compiler expects.
 */
#include "guest.h"

void *memset(void *to, int value, size_t size)
{
	char *byte = to;

	while (size--)
		*byte++ = value;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	char *target = to;
	const char *source = from;

	while (size--)
		*target++ = *source++;
	return to;
}

bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Where text goes, and how much of it there would be. */
struct text {
	char *buffer;
	size_t size;
	size_t len;
};

static void put(struct text *text, char c)
{
	if (text->len + 1 < text->size)
		text->buffer[text->len] = c;
	text->len++;
}

static void put_number(struct text *text, u64 number, unsigned int base)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		put(text, digits[--n]);
}

static void put_text(struct text *text, const char *from)
{
	while (*from)
		put(text, *from++);
}

/* %s %c %d %u %x with l, ll and #. */
int format_args(char *buffer, size_t size, const char *fmt, va_list args)
{
	struct text text = { buffer, size, 0 };

	for (; *fmt; fmt++) {
		bool prefix = false;
		int longs = 0;
		u64 value;

		if (*fmt != '%') {
			put(&text, *fmt);
			continue;
		}
		fmt++;
		if (*fmt == '#') {
			prefix = true;
			fmt++;
		}
		for (; *fmt == 'l'; fmt++)
			longs++;
		switch (*fmt) {
		case 's':
			put_text(&text, va_arg(args, const char *));
			break;
		case 'c':
			put(&text, va_arg(args, int));
			break;
		case 'd':
			value = longs ? va_arg(args, s64) : va_arg(args, int);
			if ((s64)value < 0)
				put(&text, '-');
			put_number(&text, (s64)value < 0 ? -value : value, 10);
			break;
		case 'u':
			put_number(&text, longs ? va_arg(args, u64) :
						  va_arg(args, unsigned int), 10);
			break;
		case 'x':
			if (prefix)
				put_text(&text, "0x");
			put_number(&text, longs ? va_arg(args, u64) :
						  va_arg(args, unsigned int), 16);
			break;
		default:
			put(&text, *fmt);
		}
	}
	if (size)
		buffer[text.len < size ? text.len : size - 1] = '\0';
	return text.len;
}

int format(char *buffer, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = format_args(buffer, size, fmt, args);
	va_end(args);
	return len;
}

void print(const char *fmt, ...)
{
	char buffer[256];
	va_list args;

	va_start(args, fmt);
	format_args(buffer, sizeof(buffer), fmt, args);
	va_end(args);
	service(SERVICE_PRINT, (u64)buffer, 0, 0, 0);
}
