# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The Linux client finds SDEI and registers on all CPUs.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

report 'the module loads' module_load
report_is 'the exposed events' '0x0 0x40000000 0x40000001 0x40000002 0x40000003' \
	"$(cat "$sysfs/exposed_events")"

guest_start plain sdei=no smp=1
report 'a guest that uses no SDEI has no folder' test ! -e "$(vm plain)"
report 'which is all that it sees' guest_stop plain

for cpus in 1 2 8; do
	guest_start g smp="$cpus"
	report "$cpus vCPUs: the client detects SDEI 1.1" \
		guest_cmd g 'dmesg | grep "SDEIv1.1 (0x4b564d) detected in firmware"'
	report "$cpus vCPUs: nothing is registered" vcpu_is g $((cpus - 1)) registered ''
	report "$cpus vCPUs: the client registers two events" \
		guest_cmd g "$client_quiet"
	states=''
	for ((cpu = 0; cpu < cpus; cpu++)); do
		states+="$(vcpu g $cpu registered) $(vcpu g $cpu enabled) $(vcpu g $cpu masked);"
	done
	report_is "$cpus vCPUs: each has them registered and enabled, and is unmasked" \
		"$(printf '0x0 0x40000001 0x0 0x40000001 0;%.0s' $(seq "$cpus"))" "$states"
	report "$cpus vCPUs: a raise on the last one is handled" \
		handles g $((cpus - 1)) raise g $((cpus - 1)) 0
	report "$cpus vCPUs: the client unregisters" guest_cmd g 'rmmod kvm_sdei_guest'
	report_is "$cpus vCPUs: nothing is registered any more" '' \
		"$(for ((cpu = 0; cpu < cpus; cpu++)); do vcpu g $cpu registered | tr -d '\n'; done)"
	report "$cpus vCPUs: the guest is content" guest_is_clean g
	folder=$(vm g)
	guest_stop g
	report "$cpus vCPUs: the folder goes away with the VM" within 300 test ! -e "$folder"
done
report 'the host is content' host_is_clean
