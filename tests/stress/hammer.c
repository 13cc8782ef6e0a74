// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: hammer THREADS raise|read|poll [FOLDER]
 *
 * From each thread, for all VMs that there are at any moment, or for that with the
 * FOLDER: raises events, reads the files, or waits in poll() for a change, until
 * SIGTERM; then says how often. The files are kept open for a while, so that VMs go
 * away meanwhile. Fails if there was an error other than those that the documentation
 * names, or if all VMs were gone, always.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE		"/sys/kernel/kvm_sdei"
#define MAX_FILES	128
#define MAX_THREADS	64
#define ROUNDS		32

enum what { RAISE, READ, POLL };

struct files {
	unsigned int nr;
	int fd[MAX_FILES];
	bool is_vm[MAX_FILES];
};

struct counts {
	unsigned long done, unregistered, gone, unexpected;
};

static enum what what;
static const char *tree = TREE;
static bool stopping;
static struct counts counts[MAX_THREADS];

static bool is_stopping(void)
{
	return __atomic_load_n(&stopping, __ATOMIC_RELAXED);
}

static bool is_wanted(const char *name)
{
	switch (what) {
	case RAISE:
		return !strcmp(name, "raise");
	case READ:
		return name[0] != '.' && strcmp(name, "raise");
	case POLL:
	default:
		return !strcmp(name, "completed");
	}
}

static bool is_folder(const char *name)
{
	return !strncmp(name, "kvm-", 4) || !strncmp(name, "vcpu-", 5);
}

static bool is_gone(int error)
{
	return error == ENOENT || error == ENODEV;
}

static void surprise(struct counts *c, const char *call, const char *path)
{
	if (!c->unexpected++)
		printf("%s of %s: %s\n", call, path, strerror(errno));
}

/* Open what is wanted, here and below. */
static void collect(struct files *files, const char *path, bool is_vm, struct counts *c)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[256];

	if (!dir) {
		if (!is_gone(errno))
			surprise(c, "opendir", path);
		return;
	}
	while ((entry = readdir(dir)) && files->nr < MAX_FILES) {
		snprintf(name, sizeof(name), "%.100s/%.100s", path, entry->d_name);
		if (is_folder(entry->d_name)) {
			collect(files, name, entry->d_name[0] == 'k', c);
		} else if (is_wanted(entry->d_name)) {
			int fd = open(name, what == RAISE ? O_WRONLY : O_RDONLY);

			if (fd >= 0) {
				files->is_vm[files->nr] = is_vm;
				files->fd[files->nr++] = fd;
			} else if (!is_gone(errno)) {
				surprise(c, "open", name);
			}
		}
	}
	closedir(dir);
}

static void count(ssize_t ret, const char *call, struct counts *c)
{
	if (ret >= 0)
		c->done++;
	else if (errno == ENOENT && what == RAISE)
		c->unregistered++;
	else if (errno == ENODEV)
		c->gone++;
	else
		surprise(c, call, "an open file");
}

static void raise_one(int fd, bool is_vm, unsigned int n, struct counts *c)
{
	static const char * const vcpu_events[] = { "0", "0x40000000", "0x40000001\n" };
	static const char * const vm_events[] = { "0x40000002", "0x40000003\n" };
	const char *event = is_vm ? vm_events[n % 2] : vcpu_events[n % 3];

	count(pwrite(fd, event, strlen(event), 0), "write", c);
}

static void read_one(int fd, struct counts *c)
{
	char value[128];

	count(pread(fd, value, sizeof(value), 0), "read", c);
}

static void poll_all(struct files *files, struct counts *c)
{
	struct pollfd polled[MAX_FILES];
	unsigned int n;

	for (n = 0; n < files->nr; n++) {
		read_one(files->fd[n], c);
		polled[n] = (struct pollfd) { .fd = files->fd[n], .events = POLLPRI };
	}
	if (poll(polled, files->nr, 100) < 0 && errno != EINTR)
		surprise(c, "poll", "the files");
}

static void visit(struct files *files, unsigned int n, struct counts *c)
{
	unsigned int file;

	if (what == POLL) {
		poll_all(files, c);
		return;
	}
	for (file = 0; file < files->nr; file++) {
		if (what == RAISE)
			raise_one(files->fd[file], files->is_vm[file], n, c);
		else
			read_one(files->fd[file], c);
	}
}

static void *run(void *arg)
{
	struct counts *c = arg;
	struct files files;
	unsigned int n;

	while (!is_stopping()) {
		files.nr = 0;
		collect(&files, tree, true, c);
		for (n = 0; n < ROUNDS && files.nr && !is_stopping(); n++)
			visit(&files, n, c);
		for (n = 0; n < files.nr; n++)
			close(files.fd[n]);
		if (!files.nr)
			usleep(10000);
	}
	return NULL;
}

static void stop(int signal)
{
	(void)signal;
	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	static const char * const names[] = { "raise", "read", "poll" };
	unsigned int threads = argc == 3 || argc == 4 ? atoi(argv[1]) : 0;
	pthread_t thread[MAX_THREADS];
	struct counts sum = { };
	unsigned int n;

	if (!threads || threads > MAX_THREADS)
		return 2;
	while (strcmp(names[what], argv[2]))
		if (++what > POLL)
			return 2;
	if (argc == 4)
		tree = argv[3];
	signal(SIGTERM, stop);
	for (n = 0; n < threads; n++)
		if (pthread_create(&thread[n], NULL, run, &counts[n]))
			return 2;
	for (n = 0; n < threads; n++) {
		pthread_join(thread[n], NULL);
		sum.done += counts[n].done;
		sum.unregistered += counts[n].unregistered;
		sum.gone += counts[n].gone;
		sum.unexpected += counts[n].unexpected;
	}
	printf("%u threads: %s: %lu done, %lu not registered, %lu of VMs that were gone, %lu unexpected errors\n",
	       threads, argv[2], sum.done, sum.unregistered, sum.gone, sum.unexpected);
	return sum.unexpected || !(sum.done + sum.unregistered);
}
