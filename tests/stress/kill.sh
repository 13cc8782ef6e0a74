# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# VMs that are killed at any moment of their lives while they are raised, and
# their files read and polled; and one that is not, which must not feel anything of it.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

vms=3
cpus=4
cycles=$(scaled 100 10)

# cycle N: VMs appear and are killed, the sooner the smaller N is.
cycle() {
	local n
	for ((n = 0; n < vms; n++)); do
		vm_begin "vm-$n" --cpus $cpus "$images/guest.bin" raised rounds=100000
	done
	sleep "$(($1 % 12 / 4)).$(($1 % 4 * 25))"
	for ((n = 0; n < vms; n++)); do
		vm_kill "vm-$n"
	done
}

module_load
# What the kernel keeps for the next time is not to be taken for a leak.
cycle 8
within 300 no_vms
before=$(objects_settled)
vm_begin survivor --cpus 2 --limit 3600 "$images/guest.bin" raised rounds=1000000
for what in raise read poll; do
	hammer_begin 3 $what
done
for ((n = 0; n < cycles; n++)); do
	cycle $n
done
kill -USR2 "${vmm[survivor]}"
vm_end survivor
hammers_end
report 'some of the raises found an event' grep -qE 'raise: [1-9]' $runs/hammer-raise
report 'no VM is left in sysfs' within 300 no_vms
report 'their memory was given back' within 300 objects_given_back "$before"
figure "$((cycles * vms)) VMs with $((cycles * vms * cpus)) CPUs killed; kmalloc-1k and -2k grew by $(($(objects) - before)) objects"
nothing_left
