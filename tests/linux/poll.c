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
#include <unistd.h>

static ssize_t read_again(int fd, char *value, size_t size)
{
	return pread(fd, value, size, 0);
}

int main(int argc, char **argv)
{
	struct pollfd file = { .events = POLLPRI };
	char value[64];
	ssize_t len;

	if (argc != 3)
		return 2;
	file.fd = open(argv[1], O_RDONLY);
	if (file.fd < 0 || read_again(file.fd, value, sizeof(value)) < 0)
		return 2;
	if (close(creat(argv[2], 0600)))
		return 2;
	if (poll(&file, 1, 300 * 1000) != 1)
		return 3;

	len = read_again(file.fd, value, sizeof(value));
	return len < 0 || write(STDOUT_FILENO, value, len) != len;
}
