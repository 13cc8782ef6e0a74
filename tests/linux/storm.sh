# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Raises in a storm against a guest that keeps KVM emulating instructions, doing
# MMIO and hypercalls, and adds up its registers and memory all the time.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

raises=10000

module_load
guest_with_client g smp=2
guest_cmd g "echo 0 0 >$instrument/storm; echo 1 0 >$instrument/storm"
within 300 guest_cmd g "[ \$(grep -c running $instrument/storm) = 2 ]"
dir=$(vm g)
for ((n = 0; n < raises; n++)); do
	echo 0 >"$dir/vcpu-$((n & 1))/raise"
done
guest_cmd g "echo stop >$instrument/storm"
within 300 guest_cmd g "! grep -q running $instrument/storm"

settled() {
	vcpu_is g "$1" pending '' && vcpu_is g "$1" running '' &&
		vcpu_is g "$1" completed "$(vcpu g "$1" delivered)"
}
guest_cmd g "cat $instrument/storm" | sed 's/^/CPU, rounds, errors: /' | comment
for cpu in 0 1; do
	report "CPU $cpu has taken everything" within 300 settled $cpu
	delivered=$(vcpu g $cpu delivered)
	echo "CPU $cpu: $((raises / 2)) raises, $delivered delivered" | comment
	report "CPU $cpu was interrupted often" test "$delivered" -ge 100
	report "but not more often than raised" test "$delivered" -le $((raises / 2))
	report_is "CPU $cpu handled what was delivered" "$delivered" "$(guest_handled g $cpu)"
	report "CPU $cpu did its rounds" guest_cmd g \
		"[ \$(grep '^$cpu ' $instrument/storm | cut -d' ' -f2) -ge 100 ]"
done
report_is 'the sums over registers and memory hold' 0 "$(guest_errors g)"
report 'an event is still handled' handles g 1 raise g 1 0
report 'the guest is content' guest_is_clean g
guest_stop g
report 'the host is content' host_is_clean
