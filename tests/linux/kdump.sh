# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A crash dump out of a guest that hangs, and SDEI in the crash kernel after it.
# shellcheck source=tests/linux/dump.sh
. tests/linux/dump.sh

# sdei_in_the_crash_kernel CPU: the client registers, and on CPUs that come up.
sdei_in_the_crash_kernel() {
	report "$1: the client starts" guest_cmd g 'dmesg | grep "SDEIv1.1 (0x4b564d) detected"'
	report "$1: the client registers" guest_cmd g "$client_quiet"
	report "$1: an event is handled" handles g "$2" raise g "$2" 0
	report "$1: a critical one, too" handles g "$2" raise g "$2" 0x40000001
}

# handles_inside CPU EVENT: the same for a CPU on which another handler runs on.
handles_inside() {
	local before
	before=$(vcpu g "$1" completed)
	raise g "$1" "$2"
	within 300 vcpu_is g "$1" completed $((before + 1))
}

module_load
make_initrd

kdump_guest maxcpus=1
guest_cmd g "echo 2 >$instrument/console"
within 300 guest_cmd g "grep -qw 2 $instrument/console"
report 'a CPU hangs with the lock of the consoles: a critical event is raised' raise g 2 0x40000001
report 'the crash kernel comes' crash_kernel_comes
report 'the dump is saved' save_dump
report 'and has the CPU where it hung' crash_shows console_loop
comment </run/lab/registers
report 'and so has the log in it' crash_log 'CPU2: pc is at console_loop\+'
sdei_in_the_crash_kernel 'in the crash kernel' 2
for cpu in 1 2 3; do
	report "in the crash kernel: CPU $cpu comes" \
		guest_cmd g "echo 1 >/sys/devices/system/cpu/cpu$cpu/online"
done
# They are numbered anew there: the one that crashed is the first.
for cpu in 0 1 3; do
	report "in the crash kernel: vCPU $cpu handles an event" handles g $cpu raise g $cpu 0
done
report 'the crash kernel is content' guest_log_is_clean g
guest_kill g

# A handler of a normal event that never ends, and that Linux knows nothing of: one
# CPU crashes inside it, another cannot be stopped, of which Linux warns. The crash
# kernel wants all CPUs.
kdump_guest '' append='crashkernel=256M panic_on_warn=1'
hang=0x$(sed -n 's/ . kvm_sdei_test_hang.*//p' /run/lab/kallsyms)
for cpu in 1 2; do
	report_is "CPU $cpu: a handler that hangs is registered" 0 \
		"$(guest_call g $cpu 0xc4000021 0x40000000 "$hang" 0 0 0)"
	guest_call g $cpu 0xc4000022 0x40000000
	raise g $cpu 0x40000000
	report "CPU $cpu: it runs" within 300 vcpu_is g $cpu running 0x40000000
done
report 'a critical event is raised' raise g 1 0x40000001
report 'the crash kernel comes, from inside that handler' crash_kernel_comes
report_is 'where it still runs' 0x40000000 "$(vcpu g 1 running)"
report 'the log in the dump has the CPU in the handler' \
	crash_log 'CPU1: pc is at kvm_sdei_test_hang\+'
report_is 'the crash kernel has all CPUs but the one that nobody could stop' 3 \
	"$(guest_cmd g 'grep -c ^processor /proc/cpuinfo')"
report_is 'which is still in its handler' 0x40000000 "$(vcpu g 2 running)"
report 'in the crash kernel: the client registers on the others' guest_cmd g "$client_quiet"
for cpu in 0 3; do
	report "in the crash kernel: vCPU $cpu handles an event" handles g $cpu raise g $cpu 0
done
report 'the CPU with the old handler handles a critical one' handles_inside 1 0x40000001
guest_kill g
report 'the host is content' host_is_clean
