# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A kernel that uses event 0 as the NMI between its CPUs stops one that no interrupt
# reaches, when it restarts and when it crashes: guests of the line 7.3-nmi.
# shellcheck source=tests/linux/dump.sh
. tests/linux/dump.sh

wedge() {
	guest_cmd g "echo $1 >$instrument/wedge"
	within 60 guest_cmd g "grep -qw $1 $instrument/wedge"
}

guest_stopped_all() { ! grep -a 'SMP: failed to stop' "$(guest_console g)"; }

module_load
make_initrd

guest_start g smp=8
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
wedge 5
# An orderly reboot would wait for the CPU, in the SDEI client itself.
guest_cmd g 'dmesg -n 8; echo b >/proc/sysrq-trigger' 5 || true
report 'the guest reboots in spite of it' guest_wait g
report 'having stopped the CPU' grep -a 'SMP: retry stop with SDEI NMI for CPUs 5' "$(guest_console g)"
report 'of which it does not complain' guest_stopped_all
report 'all of its CPUs are back' \
	guest_cmd g 'grep -x 0-7 /sys/devices/system/cpu/online'
guest_stop g

kdump_guest
wedge 2
guest_cmd g 'echo c >/proc/sysrq-trigger' 5 || true
report 'another CPU crashes the guest: the crash kernel comes' crash_kernel_comes
report 'the dump is saved' save_dump
report 'and has the CPU that no interrupt reaches' crash_shows kvm_sdei_test_wedge
comment </run/lab/registers
for cpu in 1 3; do
	report "in the crash kernel: CPU $cpu comes" \
		guest_cmd g "echo 1 >/sys/devices/system/cpu/cpu$cpu/online"
done
# That one waits in the handler for a reset, and never completes.
report 'in the crash kernel: the CPU that was stopped does not' \
	guest_cmd g '! echo 1 2>/dev/null >/sys/devices/system/cpu/cpu2/online'
guest_kill g
report 'the host is content' host_is_clean
