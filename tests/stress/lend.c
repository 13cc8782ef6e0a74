// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: lend PID FILE...
 *
 * Takes the vCPUs of a process, as file descriptors, and writes their numbers to
 * files, for modules that raise events on them. Prints how many they are.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void write_number(const char *path, int number)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || dprintf(fd, "%d", number) < 0)
		die(path);
	close(fd);
}

int main(int argc, char **argv)
{
	char folder[64], path[400], target[64];
	struct dirent *entry;
	int pidfd, fd, n, vcpus = 0;
	ssize_t len;
	DIR *dir;

	if (argc < 3)
		return 2;
	snprintf(folder, sizeof(folder), "/proc/%s/fd", argv[1]);
	dir = opendir(folder);
	pidfd = syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	if (!dir || pidfd < 0)
		die(folder);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		len = readlink(path, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (!strstr(target, "kvm-vcpu:"))
			continue;
		fd = syscall(SYS_pidfd_getfd, pidfd, atoi(entry->d_name), 0);
		if (fd < 0)
			die("pidfd_getfd");
		for (n = 2; n < argc; n++)
			write_number(argv[n], fd);
		close(fd);
		vcpus++;
	}
	printf("%d\n", vcpus);
	return !vcpus;
}
