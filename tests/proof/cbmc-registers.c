// SPDX-License-Identifier: GPL-2.0-only
/*
 * A state that a VMM wrote is taken into use. That what it writes is legal is shown by
 * the explorer, which carries each state that it finds to another VM.
 */
#include "cbmc.h"
#include "dispatcher.h"

/* What a change means for others is looked at in cbmc-dispatch.c. */
void sdei_forget_routes(struct sdei_vm *of)
{
	prove(of == &vm && host.locked, "routes are forgotten with the lock held");
}

void sdei_route_and_unlock(struct sdei_vm *of, struct sdei_pe *self, unsigned long flags)
{
	prove(of == &vm && !self, "all are told, this PE too");
	any_routing();
	sdei_host_unlock(of, flags);
}

/* Taken into use, what no client can have registered is gone. */
void check_state_adopt(void)
{
	unsigned int n;

	any_state(ANYBODY);
	sdei_state_adopt(&pe0);
	prove_legal();
	prove_others_untouched();
	prove(vm.live, "from now on what is shared is the VM's");
	for (n = 0; n < SDEI_EVENT_PPI_0; n++)
		prove(!(pe0.private.registered & BIT(n)) || pe0.handler[n].entry ||
		      pe0.handler[n].flags & SDEI_EVENT_REGISTER_RELATIVE,
		      "each private event has a handler");
	prove(pe0.active == before.pe0.active, "what runs goes on");
	reach(before.pe0.private.registered & ~pe0.private.registered, "one had none");
	reach(before.vm.shared.registered & ~vm.shared.registered, "nor had a shared one");
}
