# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest crashes wherever an event finds it, and the log in its dump says where.
# shellcheck source=tests/linux/dump.sh
. tests/linux/dump.sh

# crash NAME CPU: a critical event there starts the crash kernel.
crash() {
	report "$1: a critical event is raised" raise g "$2" 0x40000001
	report "$1: the crash kernel comes" crash_kernel_comes
}

guest_hangs() { ! guest_cmd g true 30; }

module_load
make_initrd

kdump_guest maxcpus=1
guest_cmd g "for cpu in 1 2 3 0; do echo \$cpu >$instrument/wedge; done" 30 || true
report 'all CPUs hang' guest_hangs
crash 'all CPUs hang' 3
report 'all CPUs hang: the log has the one that was asked' \
	crash_log 'CPU3: pc is at kvm_sdei_test_wedge\+'
guest_kill g

kdump_guest maxcpus=1
pid=$(guest_cmd g "taskset 4 sh -c 'while :; do :; done' >/dev/null & echo \$!")
sleep 5
crash 'user space' 2
report 'user space: the log has the process' crash_log "CPU2: task sh pid $pid, "
guest_kill g

kdump_guest maxcpus=1
crash 'idle' 3
report 'idle: the log has the idle task' crash_log 'CPU3: task swapper/3 pid 0, EL1h'
report 'idle: in its loop' crash_log 'CPU3: backtrace do_idle\+'
guest_kill g
report 'the host is content' host_is_clean
