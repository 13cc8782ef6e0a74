# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Many VMs that register, mask, sleep, switch CPUs off and are reset, while many
# threads raise whatever can be raised.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

vms=$(scaled 8 3) cpus=2
rounds=$(scaled 60)

module_load
hammer_begin 8 raise
for ((n = 0; n < vms; n++)); do
	vm_begin "vm-$n" --cpus $cpus --limit 300 "$images/guest.bin" raised rounds="$rounds"
done
for ((n = 0; n < vms; n++)); do
	vm_end "vm-$n"
done
hammers_end
nothing_left
