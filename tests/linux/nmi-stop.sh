# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A kernel that uses event 0 as the NMI between its CPUs stops one that no interrupt
# reaches, when it restarts: guests of the line 7.3-nmi.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

guest_stopped_all() { ! grep -a 'SMP: failed to stop' "$(guest_console g)"; }

module_load
guest_start g smp=8
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
guest_cmd g "echo 5 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 5 $instrument/wedge"
# An orderly reboot would wait for the CPU, in the SDEI client itself.
guest_cmd g 'dmesg -n 8; echo b >/proc/sysrq-trigger' 5 || true
report 'the guest reboots in spite of it' guest_wait g
report 'having stopped the CPU' grep -a 'SMP: retry stop with SDEI NMI for CPUs 5' "$(guest_console g)"
report 'of which it does not complain' guest_stopped_all
report 'all of its CPUs are back' \
	guest_cmd g 'grep -x 0-7 /sys/devices/system/cpu/online'
guest_stop g
report 'the host is content' host_is_clean
