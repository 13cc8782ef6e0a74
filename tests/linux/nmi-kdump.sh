# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A kernel that uses event 0 as the NMI between its CPUs crashes: the dump has those as
# well that no interrupt reaches, and the crash kernel gets them. Guests of the line
# 7.3-nmi.
# shellcheck source=tests/linux/dump.sh
. tests/linux/dump.sh

module_load
make_initrd

# A kernel without KASLR leaves its seed in the device tree, which kexec takes amiss.
kdump_guest maxcpus=1 -machine dtb-randomness=off
guest_cmd g "echo 2 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 2 $instrument/wedge"
report 'one CPU hangs with interrupts masked, a critical event is raised on another' \
	raise g 1 0x40000001
report 'the crash kernel comes' crash_kernel_comes
report 'the log in the dump has the one that crashes' \
	crash_log 'CPU1: SDEI event 0x40000001'
report 'the log in the dump has no CPU that was not stopped' \
	log_lacks 'failed to stop'
report 'the dump is saved' save_dump
report 'and has the CPU that hung, where it did' crash_shows kvm_sdei_test_wedge
comment </run/lab/registers
report 'the crash kernel has its NMI' \
	guest_cmd g 'dmesg | grep "sdei_nmi: using SDEI cross-CPU NMI"'
# It numbers the CPUs anew, the one that crashed first, so 2 is the one that SDEI has
# stopped: that waits in its handler, and nobody can power on what is not off.
for cpu in 1 3; do
	report "in the crash kernel: CPU $cpu comes" \
		guest_cmd g "echo 1 >/sys/devices/system/cpu/cpu$cpu/online"
done
report_is 'with event 0 enabled on all that run' '0x0 0x0 0x0' \
	"$(vcpu g 0 enabled) $(vcpu g 1 enabled) $(vcpu g 3 enabled)"
report_is 'the CPU that SDEI has stopped stays in its handler' 0x0 "$(vcpu g 2 running)"
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
guest_cmd g "echo 3 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 3 $instrument/wedge"
guest_cmd g 'dmesg -n 1; dmesg -c >/dev/null; echo l >/proc/sysrq-trigger'
report 'in the crash kernel: sysrq-l shows the backtrace of a CPU that hangs' \
	guest_cmd g 'dmesg | grep -A 20 "NMI backtrace for cpu 3" | grep "pc : kvm_sdei_test_wedge+"'
guest_kill g
report 'the host is content' host_is_clean
