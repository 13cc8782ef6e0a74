# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The host takes a CPU away and gives it back, and goes through the motions of a
# suspend, while guests run and are raised.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

online=/sys/devices/system/cpu/cpu1/online
power=/sys/power
cycles=$(scaled 30 2)

take_and_give() {
	local n
	for ((n = 0; n < cycles; n++)); do
		echo 0 >$online || return
		sleep 0.3
		echo 1 >$online || return
		sleep 0.3
	done
}

# As far as freezing processes and suspending devices, and back.
suspend() {
	local n
	for ((n = 0; n < cycles; n++)); do
		echo "$1" >$power/pm_test && echo freeze >$power/state || return
		sleep 0.3
	done
}

# beside_vms NAME COMMAND...: the VMs are there all the while, and go on after it.
beside_vms() {
	local what=$1 name
	local -A before
	shift
	for name in "${!vmm[@]}"; do
		before[$name]=$(vm_completed "$name")
	done
	report "$what" "$@"
	for name in "${!vmm[@]}"; do
		report "$what: $name handles events" within 300 vm_goes_on "$name" "${before[$name]}"
	done
}

module_load
hammer_begin 4 raise
vm_begin vm-0 --cpus 2 --limit 300 "$images/guest.bin" raised rounds=1000000
vm_begin vm-1 --cpus 4 --limit 300 "$images/guest.bin" raised rounds=1000000
for name in "${!vmm[@]}"; do
	report "$name handles events" within 300 vm_goes_on "$name" 0
done
beside_vms "a CPU goes and comes $cycles times" take_and_give
if [[ -e $power/pm_test ]] && grep -qw freeze $power/state; then
	for depth in freezer devices; do
		beside_vms "suspended $cycles times: $depth" suspend $depth
	done
	echo none >$power/pm_test
else
	report_skip 'suspended' 'this kernel cannot test it'
fi
kill -USR2 "${vmm[@]}"
vm_end vm-0
vm_end vm-1
hammers_end
nothing_left
