# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The host takes a CPU away and gives it back, and is suspended or goes through the
# motions of it, while guests run and are raised.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

online=/sys/devices/system/cpu/cpu1/online
power=/sys/power
alarm=/sys/class/rtc/rtc0/wakealarm
delay=/sys/module/suspend/parameters/pm_test_delay
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

# suspend STATE TEST: as far as TEST says, and back. With none, an alarm wakes it up.
suspend() {
	local n
	for ((n = 0; n < cycles; n++)); do
		echo "$2" >$power/pm_test || return
		if [[ $2 = none ]]; then
			echo 0 >$alarm && echo +10 >$alarm || return
		fi
		echo "$1" >$power/state || return
		sleep 0.3
	done
}

can_suspend() {
	grep -qsw "$2" $power/pm_test && grep -qw "$1" $power/state &&
		[[ $2 != none || -e $alarm ]]
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
[[ ! -e $delay ]] || echo 1 >$delay
# The last but one takes the CPUs but for one, as a hibernation does.
for depth in 'freeze freezer' 'freeze devices' 'freeze platform' 'disk core' 'freeze none'; do
	read -r state test <<<"$depth"
	if can_suspend "$state" "$test"; then
		beside_vms "suspended $cycles times: $depth" suspend "$state" "$test"
	else
		report_skip "suspended: $depth" 'this kernel has not got it'
	fi
done
[[ ! -e $power/pm_test ]] || echo none >$power/pm_test
kill -USR2 "${vmm[@]}"
vm_end vm-0
vm_end vm-1
hammers_end
nothing_left
