/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest's tests are written with.
 *
 * C runs in EL1h with DAIF set and PAN clear, on the boot CPU unless it is sent
 * to another one. A test begins with all CPUs masked and nothing registered.
 */
#ifndef _GUEST_GUEST_H
#define _GUEST_GUEST_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <stdarg.h>

#include "layout.h"
#include "sdei.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define read_sysreg(name)							\
	({ u64 _v; asm volatile("mrs %0, " #name : "=r"(_v) : : "memory"); _v; })
#define write_sysreg(v, name)							\
	({ asm volatile("msr " #name ", %0\n\tisb" : : "r"((u64)(v)) : "memory"); })

#define PSTATE_EL0	0x0
#define PSTATE_EL1T	0x4
#define PSTATE_EL1H	0x5
#define PSTATE_AARCH32	(1 << 4)
#define PSTATE_F	(1 << 6)
#define PSTATE_I	(1 << 7)
#define PSTATE_A	(1 << 8)
#define PSTATE_DAIF	(0xf << 6)
#define PSTATE_BTYPE	(3 << 10)
#define PSTATE_SSBS	(1 << 12)
#define PSTATE_IL	(1 << 20)
#define PSTATE_SS	(1 << 21)
#define PSTATE_PAN	(1 << 22)
#define PSTATE_UAO	(1 << 23)
#define PSTATE_DIT	(1 << 24)
#define PSTATE_TCO	(1 << 25)
#define PSTATE_NZCV	(0xfU << 28)

#define SCTLR_SPAN	(1UL << 23)
#define SCTLR_DSSBS	(1UL << 44)

#define ESR_EC(esr)	(((esr) >> 26) & 0x3f)
#define EC_UNKNOWN	0x00
#define EC_ILLEGAL	0x0e
#define EC_SVC32	0x11
#define EC_SVC64	0x15
#define EC_STEP_LOWER	0x32
#define EC_STEP_SAME	0x33

/* Where exceptions go, as offsets in the vectors. */
#define VECTOR_IRQ	0x080
#define VECTOR_EL1T	0x000
#define VECTOR_EL1H	0x200
#define VECTOR_EL0	0x400
#define VECTOR_AARCH32	0x600

#define SPI		40

/* ---- main.c ---- */

/**
 * struct test - a test
 * @name: its name
 * @cpus: how many CPUs it needs at least
 * @run: does it
 */
struct test {
	const char *name;
	unsigned int cpus;
	void (*run)(void);
};

extern const struct test calls_tests[];
extern const struct test state_tests[];
extern const struct test context_tests[];
extern const struct test pstate_tests[];
extern const struct test nesting_tests[];
extern const struct test masking_tests[];
extern const struct test signal_tests[];
extern const struct test shared_tests[];
extern const struct test psci_tests[];
extern const struct test step_tests[];
extern const struct test el0_tests[];
extern const struct test relative_tests[];
extern const struct test interrupt_tests[];
extern const struct test storm_tests[];
extern const struct test filter_tests[];
extern const struct test unserved_tests[];
extern const struct test fuzz_tests[];
extern const struct test raised_tests[];
extern const struct test loaded_tests[];
extern const struct test idle_tests[];
extern const struct test busy_tests[];
extern const struct test hostile_tests[];
extern const struct test bench_exits_tests[];
extern const struct test bench_tests[];

void skip(const char *fmt, ...) __printf(1, 2);
void check_at(const char *file, int line, bool ok, const char *fmt, ...)
	__printf(4, 5);
bool expect_at(const char *file, int line, u64 got, u64 expected, const char *fmt, ...)
	__printf(5, 6);
void __noreturn give_up(const char *why);
void expect_reset(void (*then)(void));
void __noreturn await_reset(void);

/* What must hold, and a number that must be the right one. */
#define check(ok, ...)	check_at(__FILE__, __LINE__, ok, __VA_ARGS__)
#define expect(got, expected, ...) \
	expect_at(__FILE__, __LINE__, (u64)(got), (u64)(expected), __VA_ARGS__)

/* ---- text.c ---- */
int format_args(char *buffer, size_t size, const char *fmt, va_list args);
int format(char *buffer, size_t size, const char *fmt, ...)
	__printf(3, 4);
void print(const char *fmt, ...) __printf(1, 2);
bool same_text(const char *a, const char *b);
void *memset(void *to, int value, size_t size);
void *memcpy(void *to, const void *from, size_t size);

/* ---- service.c ---- */
s64 service(enum service service, u64 a, u64 b, u64 c, u64 d);
s64 fact(unsigned int which);
void share_memory(void);
void steps_begin(void);
void step_made(void);
void last_step_made(void);
s64 raise_on(unsigned int cpu, unsigned int event);
s64 raise_shared(unsigned int event);
s64 raise_number(u32 cpu, u32 number);
void raise_later(unsigned int event);
void raise_asleep(unsigned int event);
u64 number_word(const char *key, u64 otherwise);
void give_way(void);
u64 sysfs_number(unsigned int cpu, enum file file);
void sysfs_text(unsigned int cpu, enum file file, char *buffer, size_t size);
void expect_sysfs(unsigned int cpu, enum file file, const char *expected);

/* Wait for something that has to happen; the watchdog ends it if it does not. */
#define wait_for(condition) \
	do { \
		while (!(condition)) \
			give_way(); \
	} while (0)

/* ---- cpu.c ---- */
extern struct cpu cpus[MAX_CPUS];
extern unsigned int nr_cpus;

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

void cpu_init(unsigned int index);
bool cpu_has(unsigned int feature);
void cpu_start(unsigned int cpu, void (*work)(void *arg), void *arg);
void cpu_wait(unsigned int cpu);
void on_cpu(unsigned int cpu, void (*work)(void *arg), void *arg);
void cpu_off(unsigned int cpu);
void switch_cpu_off(void);
s64 cpu_on(unsigned int cpu);
bool cpu_is_off(unsigned int cpu);
bool cpu_is_asleep(unsigned int cpu);
void start_spinning(unsigned int cpu);
void stop_spinning(unsigned int cpu);
void reset_spinning(unsigned int cpu);
void do_wfi(void *arg);
void cpu_start_sleeping(unsigned int cpu, unsigned int event);
void cpus_clean(void);
void cpus_forget(void);
void down(unsigned int semaphore);
void up(unsigned int semaphore);

/* ---- gic.c ---- */
void gic_on(bool edge);
void gic_off(void);
void set_irq(u64 level);
u64 irq_pending(void);
bool no_gic(void);
void timer_on(void);
void timer_set(u64 ticks);
void timer_off(void);

/* ---- run.c ---- */
u64 run(struct registers *in, struct registers *out);
u64 run_registers(const struct registers *in, struct registers *out);
void fill(struct registers *regs, u64 seed);
void prepare(struct registers *regs, void *snippet, u64 pstate);
void patch(void *code, u32 insn);
void expect_same(const struct registers *got, const struct registers *expected,
		 unsigned int first, unsigned int last, const char *what);
u64 exception_pstate(u64 pstate);
void fp_fill(u64 seed);
unsigned int fp_errors(u64 seed);

#define INSN_NOP	0xd503201f
#define INSN_SPIN	0x14000000
#define INSN_NOP32	0xe1a00000
#define INSN_SPIN32	0xeafffffe

/* ---- storm.c ---- */
void storm_prepare(struct registers *in, u64 pstate, u64 *until);
void storm_check(struct registers *in, const struct registers *out);

/* ---- deliver.c ---- */

/**
 * struct way - a way in which an event can hit a CPU
 * @name: its name
 * @kernel: what EL1 runs then; an SVC follows
 * @user: what EL0 runs, or NULL
 * @prepare: sets the registers that it needs
 * @change: what it does to the registers before the event is delivered
 * @raise: what is asked of the VMM beforehand, or NULL
 * @only_signal: it can be event 0 only
 */
struct way {
	const char *name;
	void *kernel;
	void *user;
	void (*prepare)(struct registers *in, unsigned int event, u64 page);
	void (*change)(struct registers *regs);
	void (*raise)(unsigned int event);
	bool only_signal;
};

extern const struct way by_store, by_store_low, by_load, by_load_low, by_hvc, by_smc,
	by_spin, by_wfi;

void deliver(const struct way *way, unsigned int event, u64 pstate);
void deliver_and_resume(const struct way *way, unsigned int event, u64 pstate);
void deliver_with_smc(const struct way *way, unsigned int event, u64 pstate);

/* ---- event.c ---- */
extern bool use_smc;
s64 conduit(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e);
s64 call_hvc(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e);
s64 call_smc(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e);

#define call_5(fn, a, b, c, d, e, ...)	conduit(fn, a, b, c, d, e)
#define call(...)	call_5(__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/**
 * struct handled - what a CPU's handlers of an event have seen
 * @count: how often they ran
 * @regs: the registers at the last time
 */
struct handled {
	unsigned int count;
	struct registers regs;
};

extern struct handled handled[MAX_CPUS][NR_EVENTS];

struct handled *seen(unsigned int event);
unsigned int handled_on(unsigned int cpu, unsigned int event);
unsigned int handled_anywhere(unsigned int event);
void on_event(unsigned int event, void (*action)(struct frame *frame));
void events_forget(void);
bool is_critical(unsigned int event);
bool is_shared(unsigned int event);
void *handler_of(unsigned int event);
u64 arg_of(unsigned int event);
s64 event_register_as(unsigned int event, void *entry, u64 flags, u64 affinity);
s64 event_register(unsigned int event);
s64 event_enable(unsigned int event);
s64 event_disable(unsigned int event);
s64 event_unregister(unsigned int event);
s64 event_status(unsigned int event);
void event_listen(unsigned int event);
void event_raise(unsigned int event);
void event_raise_on(unsigned int cpu, unsigned int event);
unsigned int event_of(const struct frame *frame);
s64 pe_mask(void);
s64 pe_unmask(void);
s64 signal_to(unsigned int cpu);
void expect_handled(unsigned int event, unsigned int count);
void resume_at(struct frame *frame, void *address);

/* ---- assembly ---- */
extern char vectors[], other_vectors[], spinning_vectors[];
extern char handler_normal[], handler_critical[];
extern char handler_after_vectors[], handler_after_other_vectors[];
extern char secondary_start[], secondary_restart[];
extern char user_stack[];
extern char kernel_svc[], kernel_store[], kernel_store_low[], kernel_load[],
	kernel_load_low[], kernel_hvc[], kernel_smc[], kernel_wfi[], kernel_spin[],
	kernel_steps[], kernel_window[], kernel_storm[];
extern char user_svc[], user_store[], user_store_low[], user_load[], user_load_low[],
	user_hvc[], user_smc[], user_wfi[], user_spin[], user_steps[];
extern char user32_store[], user32_spin[], user32_svc[];
extern char handler_tiny[], handler_tiny_end[];
extern char fuzz_hvc[], fuzz_smc[], fuzz_store[], fuzz_pads[];
extern char handler_lost[], handler_lost_critical[];
extern char rage_vectors[], rage_vectors_end[], rage_resume[], rage_resume_masked[];

/* ---- ../bench/stamps.S ---- */
extern char handler_stamp[], stamping_vectors[];
extern u64 stamp;

/* ---- wild.c ---- */

/* Of itself, in a handler of a normal event, in one of a critical event. */
enum { LEVEL_NONE, LEVEL_NORMAL, LEVEL_CRITICAL, NR_LEVELS };

/* x0 to x17 */
#define NR_SAVED	18

extern u64 fuzz_seed, fuzz_steps;

void wild_begin(u64 otherwise);
unsigned int wild_level(unsigned int level);
u64 below(u64 limit);
int event_named(u64 number);
int cpu_named(u64 mpidr);
u64 any_event(void);
u64 any_number(void);
u64 nowhere(void);
bool is_nowhere(u64 address);
void any_call(u64 *x, unsigned int nr);
void any_psci(u64 *x);
bool is_psci(u64 fn);
s64 psci_answer(const u64 *x, unsigned int on);

/* ---- psci.c ---- */
void expect_fresh(void);

/* ---- rage.c ---- */
void rampage(void);

/* ---- fuzz.c ---- */
void __assert_fail(const char *what, const char *file, unsigned int line,
		   const char *function);

#endif /* _GUEST_GUEST_H */
