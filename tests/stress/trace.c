// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: trace perf|kprobe|kretprobe|fentry|fexit READY FUNCTION...
 *
 * Traces functions of the kernel until SIGTERM, and then prints each with how
 * often it was hit: perf counts a kprobe by itself, the others run a BPF program.
 * Makes the file READY when all are traced. Ends with status 77 where the kernel
 * cannot trace so.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PMU		"/sys/bus/event_source/devices/kprobe"
#define BTF		"/sys/kernel/btf/vmlinux"
#define MAX_FUNCTIONS	32
#define MAX_CPUS	64
#define CANNOT		77

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* ---- the program: counts in an array of one element ---- */

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = 1,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		die("BPF_MAP_CREATE");
	return fd;
}

static uint64_t read_map(int fd)
{
	uint32_t key = 0;
	uint64_t value = 0;
	union bpf_attr attr = {
		.map_fd = fd,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		die("BPF_MAP_LOOKUP_ELEM");
	return value;
}

#define INSN(op, dst, src, offset, value)				\
	((struct bpf_insn) { .code = (op), .dst_reg = (dst), .src_reg = (src), \
			     .off = (offset), .imm = (value) })

static int load_program(enum bpf_prog_type type, enum bpf_attach_type attach,
			unsigned int btf_id, int map)
{
	static char said[4096];
	struct bpf_insn program[] = {
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, 0, BPF_ADD),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach,
		.attach_btf_id = btf_id,
		.insns = (uintptr_t)program,
		.insn_cnt = ARRAY_SIZE(program),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)said,
		.log_size = sizeof(said),
		.log_level = 1,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0) {
		fprintf(stderr, "%s", said);
		die("BPF_PROG_LOAD");
	}
	return fd;
}

/* ---- the kernel's types: which number a function has ---- */

static const char *btf;

static void read_btf(void)
{
	size_t len = 0, size = 64 << 20;
	char *buf = malloc(size);
	int fd = open(BTF, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		exit(CANNOT);
	while (buf && (got = read(fd, buf + len, size - len)) > 0)
		len += got;
	close(fd);
	btf = buf;
}

/* What follows a type in BTF, beyond struct btf_type. */
static size_t extra(const struct btf_type *type)
{
	unsigned int n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

static unsigned int btf_id_of(const char *function)
{
	const struct btf_header *header = (const void *)btf;
	const char *names = btf + header->hdr_len + header->str_off;
	const char *at = btf + header->hdr_len + header->type_off;
	const char *end = at + header->type_len;
	const struct btf_type *type;
	unsigned int id;

	for (id = 1; at < end; id++, at += sizeof(*type) + extra(type)) {
		type = (const void *)at;
		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(names + type->name_off, function))
			return id;
	}
	fprintf(stderr, "%s: not in " BTF "\n", function);
	exit(1);
}

/* ---- ways to trace ---- */

static unsigned long read_number(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	unsigned long n;

	if (!file || fscanf(file, format, &n) != 1)
		exit(CANNOT);
	fclose(file);
	return n;
}

/* A kprobe that is perf's, on one CPU. */
static int open_kprobe(const char *function, bool is_return, int cpu)
{
	struct perf_event_attr attr = {
		.type = read_number(PMU "/type", "%lu"),
		.size = sizeof(attr),
		.config1 = (uintptr_t)function,
	};
	int fd;

	if (is_return)
		attr.config |= 1UL << read_number(PMU "/format/retprobe", "config:%lu");
	fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		die("perf_event_open");
	return fd;
}

static uint64_t read_perf(int fd)
{
	uint64_t value;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		die("read of an event");
	return value;
}

/* The program runs on all CPUs, whichever has the event. */
static int trace_by_kprobe(const char *function, bool is_return)
{
	int map = make_map(), event = open_kprobe(function, is_return, 0);
	int program = load_program(BPF_PROG_TYPE_KPROBE, 0, 0, map);

	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program))
		die("PERF_EVENT_IOC_SET_BPF");
	return map;
}

static int trace_by_trampoline(const char *function, enum bpf_attach_type attach)
{
	int map = make_map();
	union bpf_attr attr = { };

	attr.raw_tracepoint.prog_fd = load_program(BPF_PROG_TYPE_TRACING, attach,
						   btf_id_of(function), map);
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) >= 0)
		return map;
	fprintf(stderr, "%s: %s\n", function, strerror(errno));
	/* As said where ftrace knows no trampolines; 524 is the kernel's ENOTSUPP. */
	exit(errno == 524 || errno == EOPNOTSUPP || errno == ENODEV ? CANNOT : 1);
}

int main(int argc, char **argv)
{
	enum { PERF, KPROBE, KRETPROBE, FENTRY, FEXIT, NR };
	static const char * const ways[NR] = {
		"perf", "kprobe", "kretprobe", "fentry", "fexit"
	};
	static int fds[MAX_FUNCTIONS][MAX_CPUS];
	int signal, way, n, cpu, cpus;
	sigset_t signals;

	if (argc < 4 || argc - 3 > MAX_FUNCTIONS)
		return 2;
	for (way = 0; way < NR && strcmp(argv[1], ways[way]); way++)
		;
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (way == NR || cpus > MAX_CPUS)
		return 2;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	if (way == FENTRY || way == FEXIT)
		read_btf();
	for (n = 0; n < argc - 3; n++) {
		const char *function = argv[n + 3];

		if (way == PERF)
			for (cpu = 0; cpu < cpus; cpu++)
				fds[n][cpu] = open_kprobe(function, false, cpu);
		else if (way == KPROBE || way == KRETPROBE)
			fds[n][0] = trace_by_kprobe(function, way == KRETPROBE);
		else
			fds[n][0] = trace_by_trampoline(function, way == FENTRY ?
							BPF_TRACE_FENTRY : BPF_TRACE_FEXIT);
	}
	if (close(creat(argv[2], 0600)))
		die(argv[2]);
	sigwait(&signals, &signal);

	for (n = 0; n < argc - 3; n++) {
		uint64_t hits = 0;

		if (way == PERF)
			for (cpu = 0; cpu < cpus; cpu++)
				hits += read_perf(fds[n][cpu]);
		else
			hits = read_map(fds[n][0]);
		printf("%s %llu\n", argv[n + 3], (unsigned long long)hits);
	}
	return 0;
}
