# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# CPUs that go and come, and a guest that is reset: what is reset starts masked
# and with nothing registered.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

online=/sys/devices/system/cpu/cpu1/online

# Raises all the time, whatever the guest makes of it.
hammer() {
	local dir cpu
	dir=$(vm "$1")
	while [[ -e $dir ]]; do
		for cpu in 0 1; do
			raise_error "$dir/vcpu-$cpu/raise" 0 >/dev/null
		done
	done
}

module_load
guest_with_client g smp=2 hotplug=yes

for round in 1 2; do
	report "round $round: a CPU goes" guest_cmd g "echo 0 >$online"
	report_is "round $round: it has nothing registered and is masked" ' 1' \
		"$(vcpu g 1 registered) $(vcpu g 1 masked)"
	report_is "round $round: nothing can be raised there" 'No such file or directory' \
		"$(raise_error "$(vm g)/vcpu-1/raise" 0)"
	report "round $round: it comes back" guest_cmd g "echo 1 >$online"
	report_is "round $round: the client has registered it again" '0x0 0x40000001 0' \
		"$(vcpu g 1 registered) $(vcpu g 1 masked)"
	report "round $round: a raise is handled" handles g 1 raise g 1 0
done

hammer g &
hammer=$!
report 'CPUs go and come while events are raised' guest_cmd g \
	"for n in 1 2 3; do echo 0 >$online && echo 1 >$online || exit; done"

for reset in 'system_reset' 'reboot -f'; do
	if [[ $reset = system_reset ]]; then
		guest_monitor g system_reset >/dev/null
	else
		guest_cmd g 'reboot -f' 5 || true
	fi
	guest_wait g
	report_is "$reset: nothing is registered, the client has unmasked" ' 0  0' \
		"$(vcpu g 0 registered) $(vcpu g 0 masked) $(vcpu g 1 registered) $(vcpu g 1 masked)"
	report "$reset: the client registers" guest_cmd g "$client_quiet"
	report "$reset: the guest is content" guest_is_clean g
done
report 'the raises went on all the time' kill $hammer
within 300 vcpu_is g 1 pending ''
report 'a raise is handled' handles g 1 raise g 1 0
report 'the guest is still content' guest_is_clean g

guest_stop g
report 'the host is content' host_is_clean
