// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host for CBMC. It asks that the dispatcher keeps to the rules of the wall
 * between the two (include/sdei.h).
 */
#include <asm/barrier.h>

#include "cbmc.h"

struct host host;

unsigned long sdei_host_lock(struct sdei_vm *of)
{
	prove(of == &vm && !host.locked, "the lock is taken once");
	others_act();
	host.locked = true;
	return 1;
}

void sdei_host_unlock(struct sdei_vm *of, unsigned long flags)
{
	prove(of == &vm && host.locked && flags == 1, "what was locked is unlocked");
	host.locked = false;
	others_raise();
}

void sdei_host_notify(struct sdei_pe *pe)
{
	prove(!host.locked, "a PE is notified with no lock held");
	prove(pe == &pe0 || pe == &pe1, "a PE of the VM is notified");
	host.notified[pe == &pe1] = true;
}

bool sdei_host_halted(const struct sdei_pe *pe)
{
	prove(pe == &pe0 || pe == &pe1, "a PE of the VM is looked at");
	return host.halted[pe == &pe1];
}

bool sdei_host_has_irq(const struct sdei_vm *of, u32 intid)
{
	prove(of == &vm && intid >= 16 && intid <= 1019, "it is a PPI or an SPI");
	return host.irq;
}

bool sdei_host_bind(struct sdei_vm *of, u32 intid, enum sdei_event_id event)
{
	prove(of == &vm && host.locked, "interrupts are bound with the lock held");
	prove(SDEI_BOUND_EVENTS & BIT(event) && !vm.bound[event], "to a free slot");
	host.bound++;
	return !host.busy;
}

void sdei_host_release(struct sdei_vm *of, u32 intid)
{
	prove(of == &vm && host.locked, "interrupts are released with the lock held");
	prove(intid, "and were bound");
	host.released++;
}

bool sdei_host_find_pe(struct sdei_vm *of, u64 mpidr, struct sdei_pe **pe)
{
	prove(of == &vm && !host.locked, "PEs are looked for with no lock held");
	prove(!(mpidr & ~SDEI_MPIDR_AFFINITY), "by their affinity alone");
	*pe = mpidr == pe0.mpidr ? &pe0 : mpidr == pe1.mpidr ? &pe1 : NULL;
	return *pe || mpidr == host.mpidr;
}

static void prove_own(const struct sdei_pe *pe)
{
	prove(pe == &pe0 && !host.locked, "a PE sees to its own registers, without a lock");
}

void sdei_host_settle(struct sdei_pe *pe)
{
	prove_own(pe);
	regs.pc += host.increment;
	host.increment = 0;
}

void sdei_host_discard(struct sdei_pe *pe)
{
	prove_own(pe);
	host.increment = 0;
}

u64 sdei_host_read_sysreg(const struct sdei_pe *pe, enum sdei_sysreg reg)
{
	prove_own(pe);
	return host.sysreg[reg];
}

void sdei_host_write_sysreg(struct sdei_pe *pe, enum sdei_sysreg reg, u64 val)
{
	prove_own(pe);
	prove(reg == SDEI_ELR_EL1 || reg == SDEI_SPSR_EL1, "no other register is written");
	host.sysreg[reg] = val;
}

bool sdei_host_has_aarch32(const struct sdei_pe *pe)
{
	prove(pe == &pe0, "a PE's own PSTATE is looked at");
	return host.aarch32;
}
