# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest whose kernel uses event 0 as the NMI between its CPUs (ARM_SDEI_NMI):
# guests of the line 7.3-nmi.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

rounds=100

# The sum of a count over the guest's vCPUs.
total() {
	local sum=0 count
	while read -r count; do
		((sum += count, 1))
	done < <(cat "$(vm g)"/vcpu-*/"$1")
	echo "$sum"
}

module_load

guest_start g smp=8
report 'the kernel uses event 0' \
	guest_cmd g 'dmesg | grep "sdei_nmi: using SDEI cross-CPU NMI"'
report_is 'on all CPUs' "$(printf '0x0 %.0s' 1 2 3 4 5 6 7 8)" \
	"$(cat "$(vm g)"/vcpu-*/enabled | tr '\n' ' ')"
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
report 'the guest module leaves it alone' guest_cmd g 'insmod /modules/kvm_sdei_guest.ko &&
	dmesg | grep "kvm_sdei_guest: event 0x0 is in use in this kernel already"'
report_is 'and takes the other' '0x0 0x40000001' "$(vcpu g 7 enabled)"
guest_cmd g 'rmmod kvm_sdei_guest'

guest_cmd g "echo 5 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 5 $instrument/wedge"
guest_cmd g 'dmesg -n 1; dmesg -c >/dev/null; echo l >/proc/sysrq-trigger'
report 'sysrq-l shows the backtrace of a CPU with interrupts masked' \
	guest_cmd g 'dmesg | grep -A 20 "NMI backtrace for cpu 5" | grep "pc : kvm_sdei_test_wedge+"'
before=$(total completed)
report "$rounds rounds of that" guest_cmd g "n=0
	while [ \$n -lt $rounds ]; do
		dmesg -c >/dev/null
		echo l >/proc/sysrq-trigger
		[ \$(dmesg | grep -c 'NMI backtrace for cpu') = 8 ] || exit 1
		n=\$((n + 1))
	done" 900
report_is 'in each of which seven CPUs handled an event' $((rounds * 7)) \
	$(($(total completed) - before))
report_is 'with the registers intact' 0 "$(guest_errors g)"
guest_release g 5
guest_released g
report_is 'with the registers intact' 0 "$(guest_errors g)"
guest_stop g
report 'the host is content' host_is_clean
