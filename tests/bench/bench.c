// SPDX-License-Identifier: GPL-2.0-only
/*
 * What things cost a guest, in nanoseconds of its counter. On a machine that
 * is emulated with one instruction per nanosecond those are instructions.
 *
 * A figure is the median of many samples, each of them the mean of a batch: the
 * counter is coarse. It is printed as "# figure NAME VALUE".
 *
 * What is raised on the host is timed from just before the host's system call.
 * The physical counter is the same there and here.
 */
#include "../guest/guest.h"

#define BATCH		16
#define SAMPLES		101
/* The first ones find cold caches, or a state that has yet to be made. */
#define WARM_UP		8

#define UNKNOWN_CALL	0xc600ff00

#define SGI		1
#define GICR_SGI	(GICR_BASE + 0x10000)
#define GICR_STRIDE	0x20000
#define GICR_IGROUPR0	0x080
#define GICR_ISENABLER0	0x100

static u64 counter(void)
{
	return read_sysreg(cntpct_el0);
}

static void sort(u64 *samples)
{
	unsigned int n, at;

	for (n = 1; n < SAMPLES; n++) {
		u64 sample = samples[n];

		for (at = n; at && samples[at - 1] > sample; at--)
			samples[at] = samples[at - 1];
		samples[at] = sample;
	}
}

static void exit_once(void)
{
	READ_ONCE(*(u64 *)(VMM_BASE + VMM_FACT + 8 * FACT_CPUS));
}

/*
 * @batch gives what BATCH operations took, in ticks. The host's kernel makes new random
 * numbers at each 48th system call, which would come in the same place of each operation
 * in one run, and in another place in the next: one exit more moves it.
 */
static void measure(const char *name, u64 (*batch)(void))
{
	u64 frequency = read_sysreg(cntfrq_el0);
	u64 samples[SAMPLES];
	unsigned int n;

	for (n = 0; n < WARM_UP; n++)
		batch();
	for (n = 0; n < SAMPLES; n++) {
		exit_once();
		samples[n] = batch();
	}
	sort(samples);
	print("# figure %s %llu\n", name,
	      samples[SAMPLES / 2] * 1000000000 / frequency / BATCH);
}

/* A call, without a function's prologue around it. */
static inline s64 make_call(u64 function, u64 a, u64 b)
{
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = a;
	register u64 x2 asm("x2") = b;

	asm volatile("hvc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2)
		     : : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			 "x13", "x14", "x15", "x16", "x17", "memory");
	return x0;
}

#define TIME_OF_BATCH(...)						\
({									\
	u64 _start = counter();						\
	unsigned int _n;						\
									\
	for (_n = 0; _n < BATCH; _n++)					\
		__VA_ARGS__;						\
	counter() - _start;						\
})

static u64 trapped_register(void)
{
	return TIME_OF_BATCH(read_sysreg(id_aa64pfr0_el1));
}

static u64 mmio(void)
{
	u64 *fact = (u64 *)(VMM_BASE + VMM_FACT + 8 * FACT_CPUS);

	return TIME_OF_BATCH(READ_ONCE(*fact));
}

static u64 psci_version(void)
{
	return TIME_OF_BATCH(make_call(PSCI_VERSION, 0, 0));
}

static u64 unknown_call(void)
{
	return TIME_OF_BATCH(make_call(UNKNOWN_CALL, 0, 0));
}

static u64 sdei_version(void)
{
	return TIME_OF_BATCH(make_call(SDEI_VERSION, 0, 0));
}

static u64 status(void)
{
	return TIME_OF_BATCH(make_call(SDEI_EVENT_STATUS, 0, 0));
}

static u64 mask_and_unmask(void)
{
	return TIME_OF_BATCH((make_call(SDEI_PE_MASK, 0, 0), make_call(SDEI_PE_UNMASK, 0, 0)));
}

static u64 signal_round(void)
{
	u64 mpidr = this_cpu()->mpidr;

	return TIME_OF_BATCH(make_call(SDEI_EVENT_SIGNAL, 0, mpidr));
}

static void exits(void)
{
	measure("trapped_register", trapped_register);
	measure("mmio", mmio);
	measure("psci_version", psci_version);
	measure("unknown_call", unknown_call);
}

static void listen(void)
{
	expect(event_register_as(EVENT_SIGNAL, handler_stamp, 0, 0), SUCCESS, "REGISTER");
	expect(event_enable(EVENT_SIGNAL), SUCCESS, "ENABLE");
	expect(pe_unmask(), SUCCESS, "PE_UNMASK");
}

static u64 signal_to_handler(void)
{
	u64 mpidr = this_cpu()->mpidr, sum = 0, start;
	unsigned int n;

	for (n = 0; n < BATCH; n++) {
		start = counter();
		make_call(SDEI_EVENT_SIGNAL, 0, mpidr);
		sum += READ_ONCE(stamp) - start;
	}
	return sum;
}

static u64 handler_to_return(void)
{
	u64 mpidr = this_cpu()->mpidr, sum = 0;
	unsigned int n;

	for (n = 0; n < BATCH; n++) {
		make_call(SDEI_EVENT_SIGNAL, 0, mpidr);
		sum += counter() - READ_ONCE(stamp);
	}
	return sum;
}

static void calls(void)
{
	measure("sdei_version", sdei_version);
	listen();
	measure("event_status", status);
	measure("mask_and_unmask", mask_and_unmask);
	measure("signal_to_handler", signal_to_handler);
	measure("handler_to_return", handler_to_return);
	measure("signal_round", signal_round);
}

/* ---- from the host ---- */

/* The time from just before the host's system call to the stamp. */
static u64 timed(enum service service, u64 a, u64 b)
{
	struct request request = { .service = service, .arg = { a, b } };
	u64 after;

	WRITE_ONCE(stamp, 0);
	asm volatile("msr daifclr, #2\n\t"
		     "str %1, [%2]\n\t"
		     "mrs %0, cntpct_el0\n\t"
		     "msr daifset, #2"
		     : "=&r"(after)
		     : "r"(&request), "r"((u64)VMM_BASE + VMM_REQUEST)
		     : "x0", "x1", "x2", "x3", "x16", "x17", "memory");
	if (service == SERVICE_TIMED_NOTHING)
		return after - request.ret;
	expect(request.ret > 0, 1, "the host's counter, or its error");
	wait_for(READ_ONCE(stamp));
	return READ_ONCE(stamp) - request.ret;
}

static u64 target;

static u64 host_nothing(void)
{
	unsigned int n;
	u64 sum = 0;

	for (n = 0; n < BATCH; n++)
		sum += timed(SERVICE_TIMED_NOTHING, 0, 0);
	return sum;
}

static u64 host_raise(void)
{
	unsigned int n;
	u64 sum = 0;

	for (n = 0; n < BATCH; n++)
		sum += timed(SERVICE_TIMED_RAISE, target, EVENT_NUMBER(EVENT_SIGNAL));
	return sum;
}

static u64 host_irq(void)
{
	unsigned int n;
	u64 sum = 0;

	for (n = 0; n < BATCH; n++)
		sum += timed(SERVICE_TIMED_IRQ, SPI, 0);
	return sum;
}

static u64 storm(void)
{
	u64 start = counter();

	host_raise();
	return counter() - start;
}

static void from_host(void)
{
	target = 0;
	listen();
	measure("host_nothing_running", host_nothing);
	measure("host_raise_running", host_raise);
	measure("storm_round", storm);
}

static void interrupt_from_host(void)
{
	if (no_gic())
		return;
	gic_on(true);
	write_sysreg(stamping_vectors, vbar_el1);
	measure("host_irq_running", host_irq);
	write_sysreg(vectors, vbar_el1);
	gic_off();
}

/* ---- to a CPU that sleeps ---- */

static bool awake;

static void sleep(void)
{
	/* On one CPU of the host: as soon as this thread can run, it does. */
	expect(service(SERVICE_REALTIME, 0, 0, 0, 0), 0, "real-time priority");
	while (!READ_ONCE(awake))
		asm volatile("msr daifclr, #2\n\twfi\n\tmsr daifset, #2"
			     : : : "x0", "x1", "x2", "x3", "x16", "x17", "memory");
}

static void sleep_for_events(void *arg)
{
	(void)arg;
	listen();
	sleep();
}

static void sleep_for_interrupts(void *arg)
{
	char *gicr = (char *)GICR_SGI + GICR_STRIDE * this_cpu()->index;

	(void)arg;
	gic_on(true);
	WRITE_ONCE(*(u32 *)(gicr + GICR_IGROUPR0), ~0U);
	WRITE_ONCE(*(u32 *)(gicr + GICR_ISENABLER0), 1U << SGI);
	write_sysreg(stamping_vectors, vbar_el1);
	sleep();
	write_sysreg(vectors, vbar_el1);
	gic_off();
}

static u64 signal_other(void)
{
	u64 sum = 0, start;
	unsigned int n;

	for (n = 0; n < BATCH; n++) {
		WRITE_ONCE(stamp, 0);
		start = counter();
		make_call(SDEI_EVENT_SIGNAL, 0, cpus[1].mpidr);
		wait_for(READ_ONCE(stamp));
		sum += READ_ONCE(stamp) - start;
	}
	return sum;
}

static u64 sgi_other(void)
{
	u64 sum = 0, start;
	unsigned int n;

	for (n = 0; n < BATCH; n++) {
		WRITE_ONCE(stamp, 0);
		start = counter();
		write_sysreg(SGI << 24 | 1 << (cpus[1].mpidr & 0xf), s3_0_c12_c11_5);
		wait_for(READ_ONCE(stamp));
		sum += READ_ONCE(stamp) - start;
	}
	return sum;
}

static void to_sleeper(void)
{
	WRITE_ONCE(awake, false);
	target = 1;
	cpu_start(1, sleep_for_events, NULL);
	wait_for(cpu_is_asleep(1));
	measure("host_raise_sleeping", host_raise);
	measure("signal_sleeping", signal_other);
	WRITE_ONCE(awake, true);
	signal_to(1);
	cpu_wait(1);
}

static void interrupt_to_sleeper(void)
{
	if (no_gic())
		return;
	WRITE_ONCE(awake, false);
	cpu_start(1, sleep_for_interrupts, NULL);
	wait_for(cpu_is_asleep(1));
	measure("host_irq_sleeping", host_irq);
	measure("sgi_sleeping", sgi_other);
	WRITE_ONCE(awake, true);
	service(SERVICE_TIMED_IRQ, SPI, 0, 0, 0);
	cpu_wait(1);
}

const struct test bench_exits_tests[] = {
	{ "exits", 1, exits },
	{ NULL }
};

const struct test bench_tests[] = {
	{ "calls", 1, calls },
	{ "raised on the host", 1, from_host },
	{ "interrupted by the host", 1, interrupt_from_host },
	{ "raised for a sleeping CPU", 2, to_sleeper },
	{ "interrupts for a sleeping CPU", 2, interrupt_to_sleeper },
	{ NULL }
};
