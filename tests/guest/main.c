// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests one after the other, as TAP: "ok - GROUP: NAME".
 *
 * The words of the VMM's command line: smc to make calls by SMC, and the groups
 * of tests to run. A machine reset ends a test that does not expect it; the
 * memory stays, so that the next one follows.
 */
#include "guest.h"

/* Those that need a VMM with options of its own run only when they are named. */
static const struct group {
	const char *name;
	const struct test *tests;
	bool special;
} groups[] = {
	{ "calls", calls_tests, false },
	{ "state", state_tests, false },
	{ "context", context_tests, false },
	{ "pstate", pstate_tests, false },
	{ "nesting", nesting_tests, false },
	{ "masking", masking_tests, false },
	{ "signal", signal_tests, false },
	{ "shared", shared_tests, false },
	{ "psci", psci_tests, false },
	{ "step", step_tests, false },
	{ "el0", el0_tests, false },
	{ "relative", relative_tests, false },
	{ "interrupt", interrupt_tests, false },
	{ "storm", storm_tests, false },
	{ "filter", filter_tests, true },
	{ "unserved", unserved_tests, true },
	{ "fuzz", fuzz_tests, true },
	{ "raised", raised_tests, true },
	{ "loaded", loaded_tests, true },
	{ "idle", idle_tests, true },
	{ "busy", busy_tests, true },
	{ "hostile", hostile_tests, true },
	{ "bench-exits", bench_exits_tests, true },
	{ "bench", bench_tests, true },
};

static unsigned int group, test, passed;
static bool running, failed, skipped;
static void (*after_reset)(void);

static void vcomment(const char *file, int line, const char *fmt, va_list args)
{
	char text[200];

	format_args(text, sizeof(text), fmt, args);
	print("# %s:%d: %s\n", file, line, text);
}

void check_at(const char *file, int line, bool ok, const char *fmt, ...)
{
	va_list args;

	if (ok)
		return;
	failed = true;
	va_start(args, fmt);
	vcomment(file, line, fmt, args);
	va_end(args);
}

bool expect_at(const char *file, int line, u64 got, u64 expected, const char *fmt, ...)
{
	va_list args;

	if (got == expected)
		return true;
	failed = true;
	va_start(args, fmt);
	vcomment(file, line, fmt, args);
	va_end(args);
	print("#   expected %#llx (%lld), got %#llx (%lld)\n", expected, expected, got, got);
	return false;
}

/* Say why a test cannot be done here. */
void skip(const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	format_args(text, sizeof(text), fmt, args);
	va_end(args);
	skipped = true;
	print("ok - %s: %s # SKIP %s\n", groups[group].name,
	      groups[group].tests[test].name, text);
}

static void finish(void)
{
	running = false;
	if (failed || !skipped)
		print("%sok - %s: %s\n", failed ? "not " : "", groups[group].name,
		      groups[group].tests[test].name);
	passed++;
}

/* What a test has left pending may be handled in the course of it. */
static void clean_up(void)
{
	events_forget();
	cpus_clean();
	events_forget();
	finish();
}

static void wait_for_reset(void)
{
	service(SERVICE_RESET, 0, 0, 0, 0);
	for (;;)
		give_way();
}

/* A test cannot go on: it has failed, and its remains are swept away. */
void give_up(const char *why)
{
	print("# %s\n", why);
	failed = true;
	after_reset = NULL;
	wait_for_reset();
	__builtin_unreachable();
}

/* The machine will be reset; the test goes on with @then. */
void expect_reset(void (*then)(void))
{
	after_reset = then;
}

/* It is under way. */
void await_reset(void)
{
	for (;;)
		give_way();
}

void unexpected_exception(u64 vector, const struct registers *regs)
{
	print("# CPU %u: unexpected exception: vector %#llx ESR %#llx ELR %#llx FAR %#llx SPSR %#llx x30 %#llx\n",
	      this_cpu()->index, vector, regs->esr, regs->elr, regs->far, regs->spsr,
	      regs->x[30]);
	give_up("an exception was not expected");
}

static void run_test(const struct test *t)
{
	char name[128];

	format(name, sizeof(name), "%s: %s", groups[group].name, t->name);
	service(SERVICE_TEST, (u64)name, 0, 0, 0);
	failed = false;
	skipped = false;
	running = true;
	t->run();
	clean_up();
}

static bool is_wanted(const struct group *g)
{
	char word[32];
	unsigned int n;
	bool any = false;

	for (n = 0; !service(SERVICE_ARGUMENT, n, (u64)word, sizeof(word), 0); n++) {
		if (same_text(word, "smc"))
			continue;
		any = true;
		if (same_text(word, g->name))
			return true;
	}
	return !any && !g->special;
}

static void read_words(void)
{
	char word[32];
	unsigned int n;

	for (n = 0; !service(SERVICE_ARGUMENT, n, (u64)word, sizeof(word), 0); n++)
		if (same_text(word, "smc"))
			use_smc = true;
}

/* What the reset that brought us here means for the test that ran. */
static void after_boot(u64 boot)
{
	void (*then)(void) = after_reset;

	after_reset = NULL;
	cpus_forget();
	if (!running)
		return;
	if (boot == BOOT_RESET && then) {
		then();
	} else if (!failed) {
		failed = true;
		print("# the machine was reset unexpectedly\n");
	}
	clean_up();
	test++;
}

void main(u64 boot)
{
	cpu_init(0);
	share_memory();
	steps_begin();
	nr_cpus = fact(FACT_CPUS);
	if (boot == BOOT_COLD)
		read_words();
	else
		after_boot(boot);

	for (; group < ARRAY_SIZE(groups); group++, test = 0) {
		if (!is_wanted(&groups[group]))
			continue;
		for (; groups[group].tests[test].name; test++)
			if (groups[group].tests[test].cpus <= nr_cpus)
				run_test(&groups[group].tests[test]);
	}
	print("1..%u\n", passed);
	service(SERVICE_EXIT, 0, 0, 0, 0);
}
