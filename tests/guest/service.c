// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking the VMM.
 */
#include "guest.h"

/* A hypercall of KVM's own, to be made for each page. */
#define KVM_MEM_SHARE	0xc6000003
#define PAGE_SIZE	4096

s64 service(enum service service, u64 a, u64 b, u64 c, u64 d)
{
	struct request request = {
		.service = service,
		.arg = { a, b, c, d },
	};

	asm volatile("str %0, [%1]"
		     : : "r"(&request), "r"((u64)VMM_BASE + VMM_REQUEST) : "memory");
	return request.ret;
}

s64 fact(unsigned int which)
{
	return service(SERVICE_FACT, which, 0, 0, 0);
}

/*
 * Let the VMM read and write the memory of EL1. In a protected VM it could not
 * even read a request: whether this is one is asked without.
 */
void share_memory(void)
{
	u64 is_protected, page;

	asm volatile("ldr %0, [%1]"
		     : "=r"(is_protected)
		     : "r"((u64)VMM_BASE + VMM_FACT + 8 * FACT_PROTECTED));
	if (!is_protected)
		return;
	for (page = RAM_BASE; page < USER_BASE; page += PAGE_SIZE)
		call_hvc(KVM_MEM_SHARE, page, 0, 0, 0, 0);
}

/*
 * This CPU has made a step, after which its VMM may save the machine and restore
 * it; the last one is made before CPU_OFF.
 */
static bool carried;

void steps_begin(void)
{
	carried = fact(FACT_CARRIED);
}

void step_made(void)
{
	if (carried)
		service(SERVICE_CARRY, 1, 0, 0, 0);
}

void last_step_made(void)
{
	if (carried)
		service(SERVICE_CARRY, 0, 0, 0, 0);
}

s64 raise_number(u32 cpu, u32 number)
{
	return service(SERVICE_RAISE, cpu, number, 0, 0);
}

s64 raise_on(unsigned int cpu, unsigned int event)
{
	return raise_number(cpu, EVENT_NUMBER(event));
}

s64 raise_shared(unsigned int event)
{
	return raise_number(VMM_NO_VCPU, EVENT_NUMBER(event));
}

static void ask_for_raise(unsigned int event, bool asleep)
{
	u32 cpu = is_shared(event) ? VMM_NO_VCPU : this_cpu()->index;

	service(SERVICE_RAISE_LATER, cpu, EVENT_NUMBER(event), asleep, 0);
}

/* Have an event raised here once this CPU is in the guest again. */
void raise_later(unsigned int event)
{
	ask_for_raise(event, false);
}

/* Have an event raised here once this CPU has gone to sleep. */
void raise_asleep(unsigned int event)
{
	ask_for_raise(event, true);
}

/**
 * number_word() - a number of the VMM's command line
 * @key: what it follows
 * @otherwise: the number if it is not given
 *
 * Return: the number.
 */
u64 number_word(const char *key, u64 otherwise)
{
	char word[32], *at;
	const char *k;
	unsigned int n;
	u64 number;

	for (n = 0; !service(SERVICE_ARGUMENT, n, (u64)word, sizeof(word), 0); n++) {
		for (at = word, k = key; *k && *at == *k; at++, k++)
			;
		if (*k)
			continue;
		for (number = 0; *at >= '0' && *at <= '9'; at++)
			number = number * 10 + *at - '0';
		return number;
	}
	return otherwise;
}

void give_way(void)
{
	service(SERVICE_YIELD, 0, 0, 0, 0);
}

/* Leaves an empty text where there is no such file. */
void sysfs_text(unsigned int cpu, enum file file, char *buffer, size_t size)
{
	buffer[0] = '\0';
	service(SERVICE_SYSFS, cpu, file, (u64)buffer, size);
}

u64 sysfs_number(unsigned int cpu, enum file file)
{
	char text[32];
	u64 number = 0;
	char *digit;

	sysfs_text(cpu, file, text, sizeof(text));
	for (digit = text; *digit >= '0' && *digit <= '9'; digit++)
		number = number * 10 + *digit - '0';
	return number;
}

void expect_sysfs(unsigned int cpu, enum file file, const char *expected)
{
	static const char * const names[] = {
		"masked", "registered", "enabled", "running", "pending",
		"delivered", "completed"
	};
	char text[128];

	sysfs_text(cpu, file, text, sizeof(text));
	check(same_text(text, expected), "CPU %u: %s is \"%s\", not \"%s\"", cpu,
	      names[file], text, expected);
}
