// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM in sysfs: raising events, reading states.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

#define TREE	"/sys/kernel/kvm_sdei"

static void path_of(char *path, size_t size, u32 vcpu, const char *file)
{
	if (vcpu == VMM_NO_VCPU)
		snprintf(path, size, TREE "/kvm-%d/%s", getpid(), file);
	else
		snprintf(path, size, TREE "/kvm-%d/vcpu-%u/%s", getpid(), vcpu, file);
}

/**
 * raise_open() - open the file that raises events
 * @vcpu: on which vCPU, or VMM_NO_VCPU for shared events
 *
 * Return: a file descriptor or a negative error code.
 */
int raise_open(u32 vcpu)
{
	char path[128];
	int fd;

	path_of(path, sizeof(path), vcpu, "raise");
	fd = open(path, O_WRONLY);
	return fd < 0 ? -errno : fd;
}

/**
 * raise_event() - raise an event
 * @vcpu: on which vCPU, or VMM_NO_VCPU for a shared event
 * @event: its number
 *
 * Return: 0 or a negative error code.
 */
int raise_event(u32 vcpu, u32 event)
{
	int fd = raise_open(vcpu), ret = 0;
	char number[16];

	if (fd < 0)
		return fd;
	snprintf(number, sizeof(number), "0x%x\n", event);
	if (write(fd, number, strlen(number)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/**
 * sysfs_read() - read a file of sysfs
 * @vcpu: a vCPU's, or VMM_NO_VCPU for the VM's
 * @file: enum file
 * @buffer: to be filled
 * @size: of @buffer
 *
 * Return: the length without the end of line, or a negative error code.
 */
int sysfs_read(u32 vcpu, unsigned int file, char *buffer, size_t size)
{
	static const char * const names[] = {
		[FILE_MASKED] = "masked",
		[FILE_REGISTERED] = "registered",
		[FILE_ENABLED] = "enabled",
		[FILE_RUNNING] = "running",
		[FILE_PENDING] = "pending",
		[FILE_DELIVERED] = "delivered",
		[FILE_COMPLETED] = "completed",
	};
	char path[128];
	ssize_t len;
	int fd;

	path_of(path, sizeof(path), vcpu, names[file]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	len = read(fd, buffer, size - 1);
	if (len < 0)
		len = -errno;
	else if (len && buffer[len - 1] == '\n')
		len--;
	buffer[len < 0 ? 0 : len] = '\0';
	close(fd);
	return len;
}

bool sysfs_has_vm(void)
{
	char path[128];

	path_of(path, sizeof(path), VMM_NO_VCPU, "");
	return !access(path, F_OK);
}

/**
 * raise_later() - raise an event as soon as a vCPU is in the guest again
 * @vcpu: the vCPU
 * @target: on which vCPU to raise it, or VMM_NO_VCPU
 * @event: the event
 * @asleep: wait until the vCPU has gone to sleep there
 */
void raise_later(struct vcpu *vcpu, u32 target, u32 event, bool asleep)
{
	pthread_mutex_lock(&machine.lock);
	vcpu->raise_vcpu = target;
	vcpu->raise_event = event;
	vcpu->raise_asleep = asleep;
	vcpu->raise_later = true;
	pthread_cond_broadcast(&machine.changed);
	pthread_mutex_unlock(&machine.lock);
}

/* One that waits, or NULL. With the lock held. */
static struct vcpu *find_waiting(void)
{
	unsigned int n;

	for (n = 0; n < machine.nr_vcpus; n++)
		if (machine.vcpu[n].raise_later)
			return &machine.vcpu[n];
	return NULL;
}

static void *run(void *arg)
{
	struct vcpu *vcpu;
	u32 target, event;
	bool ready;

	(void)arg;
	for (;;) {
		pthread_mutex_lock(&machine.lock);
		while (!(vcpu = find_waiting()))
			pthread_cond_wait(&machine.changed, &machine.lock);
		target = vcpu->raise_vcpu;
		event = vcpu->raise_event;
		ready = vcpu->raise_asleep ? vcpu_is_asleep(vcpu) :
			__atomic_load_n(&vcpu->in_guest, __ATOMIC_SEQ_CST);
		if (ready)
			vcpu->raise_later = false;
		pthread_mutex_unlock(&machine.lock);
		/* Let it come as far as its guest's next instructions. */
		usleep(200);
		if (!ready)
			continue;
		pthread_mutex_lock(&machine.raising);
		raise_event(target, event);
		pthread_mutex_unlock(&machine.raising);
	}
	return NULL;
}

/**
 * raise_start() - start the thread that raises events for others
 */
void raise_start(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL))
		die("thread");
}
