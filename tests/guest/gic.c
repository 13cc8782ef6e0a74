// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt controller, one SPI, and the timers, whose interrupts are never taken
 * but wake their CPUs.
 */
#include "guest.h"

#define GICD_CTLR		0x0000
#define GICD_IGROUPR(n)		(0x0080 + 4 * ((n) / 32))
#define GICD_ISENABLER(n)	(0x0100 + 4 * ((n) / 32))
#define GICD_ICENABLER(n)	(0x0180 + 4 * ((n) / 32))
#define GICD_ICFGR(n)		(0x0c00 + 4 * ((n) / 16))
#define GICD_IROUTER(n)		(0x6000 + 8 * (n))

/* Of a CPU's private interrupts, with the registers of GICD above, from there. */
#define GICR_SGIS(cpu)		(GICR_BASE - GICD_BASE + 0x20000 * (cpu) + 0x10000)

#define TIMER_PPI		27

/* Affinity routing, group 1 is on. */
#define GICD_CTLR_ON		0x12

static void write_gicd(unsigned int offset, u32 value)
{
	asm volatile("str %w0, [%1]" : : "r"(value), "r"((u64)GICD_BASE + offset) : "memory");
}

static void cpu_interface_on(void)
{
	write_sysreg(1, s3_0_c12_c12_5); /* ICC_SRE_EL1 */
	write_sysreg(0xff, s3_0_c4_c6_0); /* ICC_PMR_EL1 */
	write_sysreg(1, s3_0_c12_c12_7); /* ICC_IGRPEN1_EL1 */
}

/* The SPI, edge-triggered or level-sensitive, to this CPU. */
void gic_on(bool edge)
{
	u64 router = GICD_BASE + GICD_IROUTER(SPI);

	write_gicd(GICD_CTLR, GICD_CTLR_ON);
	write_gicd(GICD_IGROUPR(SPI), ~0U);
	write_gicd(GICD_ICFGR(SPI), edge ? 2U << SPI % 16 * 2 : 0);
	asm volatile("str %0, [%1]" : : "r"(this_cpu()->mpidr), "r"(router) : "memory");
	write_gicd(GICD_ISENABLER(SPI), 1U << SPI % 32);
	cpu_interface_on();
}

void set_irq(u64 level)
{
	expect(service(SERVICE_IRQ, SPI, level, 0, 0), 0, "the interrupt's line");
}

void gic_off(void)
{
	set_irq(0);
	write_gicd(GICD_ICENABLER(SPI), 1U << SPI % 32);
	write_sysreg(0, s3_0_c12_c12_7);
}

u64 irq_pending(void)
{
	return read_sysreg(isr_el1) & PSTATE_I;
}

bool no_gic(void)
{
	if (!fact(FACT_GIC))
		skip("there is no GIC");
	return !fact(FACT_GIC);
}

/* This CPU's own. */
void timer_on(void)
{
	unsigned int sgis = GICR_SGIS(this_cpu()->index);

	write_gicd(GICD_CTLR, GICD_CTLR_ON);
	write_gicd(sgis + GICD_IGROUPR(0), ~0U);
	write_gicd(sgis + GICD_ISENABLER(0), 1U << TIMER_PPI);
	cpu_interface_on();
}

/* From then on its CPU does not sleep. */
void timer_set(u64 ticks)
{
	write_sysreg(ticks, cntv_tval_el0);
	write_sysreg(1, cntv_ctl_el0);
}

void timer_off(void)
{
	write_sysreg(0, cntv_ctl_el0);
	write_gicd(GICR_SGIS(this_cpu()->index) + GICD_ICENABLER(0), 1U << TIMER_PPI);
	write_sysreg(0, s3_0_c12_c12_7);
}
