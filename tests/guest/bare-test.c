// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tests share that look at VMs from the outside.
 */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "bare-test.h"

bool good;

/**
 * run_tests() - run tests and report what came of them
 * @tests: the tests
 * @nr: how many
 *
 * Return: what to end with.
 */
int run_tests(const struct test *tests, unsigned int nr)
{
	unsigned int n;

	for (n = 0; n < nr; n++) {
		good = true;
		tests[n].run();
		report(good, tests[n].name);
	}
	return report_end();
}

/**
 * set_mp_state() - stop, suspend or start a vCPU
 * @vcpu: the vCPU
 * @state: of KVM_SET_MP_STATE
 */
void set_mp_state(struct bare_vcpu *vcpu, u32 state)
{
	struct kvm_mp_state mp_state = { .mp_state = state };

	if (ioctl(vcpu->fd, KVM_SET_MP_STATE, &mp_state))
		die("KVM_SET_MP_STATE");
}

static void ignore(int signal)
{
	(void)signal;
}

/**
 * interrupt_every() - see to it that KVM_RUN ends
 * @seconds: between two interruptions; 0 ends them
 */
void interrupt_every(unsigned int seconds)
{
	struct sigaction action = { .sa_handler = ignore };
	struct itimerval timer = {
		.it_interval.tv_sec = seconds,
		.it_value.tv_sec = seconds,
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/**
 * raise_event() - raise an event
 * @file: of the VM's folder in sysfs: raise, or vcpu-N/raise
 * @event: its number
 *
 * On what VMs of this process there still are.
 */
void raise_event(const char *file, u32 event)
{
	char pattern[80], number[16];
	glob_t files;
	size_t n;
	int fd;

	snprintf(number, sizeof(number), "%#x", event);
	snprintf(pattern, sizeof(pattern), "/sys/kernel/kvm_sdei/kvm-%d*/%s", getpid(), file);
	if (glob(pattern, 0, NULL, &files))
		die(pattern);
	for (n = 0; n < files.gl_pathc; n++) {
		fd = open(files.gl_pathv[n], O_WRONLY);
		if (fd < 0)
			continue;
		if (write(fd, number, strlen(number)) < 0)
			printf("# %s: %m\n", files.gl_pathv[n]);
		close(fd);
	}
	globfree(&files);
}
