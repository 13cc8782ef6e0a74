// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: poll FILE READY
 *
 * Waits in poll() for a file of sysfs to change, as a monitor does: reads it,
 * says so by making the file READY, waits, and prints what it reads then. Ends with
 * status 3 if nothing changes within five minutes.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S	300

static ssize_t read_again(int fd, char *value, size_t size)
{
	return pread(fd, value, size, 0);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int main(int argc, char **argv)
{
	struct pollfd file = { .events = POLLPRI };
	char value[64];
	time_t start;
	ssize_t len;

	if (argc != 3)
		return 2;
	file.fd = open(argv[1], O_RDONLY);
	if (file.fd < 0 || read_again(file.fd, value, sizeof(value)) < 0)
		return 2;
	if (close(creat(argv[2], 0600)))
		return 2;
	/* When the time is over poll() looks once more, and sees what nobody told it of. */
	start = seconds();
	if (poll(&file, 1, LIMIT_S * 1000) != 1 || seconds() - start >= LIMIT_S)
		return 3;

	len = read_again(file.fd, value, sizeof(value));
	return len < 0 || write(STDOUT_FILENO, value, len) != len;
}
