# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# VMs that are not served see what they would see without the module.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

# What this host has: there a VM that cannot be made is a failure.
has_filter() { [[ $(uname -r) != 6.1.* ]]; }
is_mode() { grep -qw "kvm-arm.mode=$1" /proc/cmdline; }
has_nested() { is_mode nested; }
has_protected() { is_mode protected && [[ $(uname -r) != 6.* ]]; }
# At EL1 only older CPUs have it: cortex-a57 and cortex-a72.
has_aarch32() {
	grep -qE 'd0[78].$' /sys/devices/system/cpu/cpu0/regs/identification/midr_el1
}

# run_where HAS NAME ...: as run_vm.
run_where() {
	local needed=''
	! "$1" || needed=1
	run_vm "${@:2}"
}

module_load
for filter in deny forward; do
	run_where has_filter "filter: $filter" --filter $filter "$images/guest.bin" filter
	run_where has_filter "filter: $filter, by SMC" --filter $filter "$images/guest.bin" \
		smc filter
done
# The KVM of 6.1 takes none.
[[ $(uname -r) != 6.1.* ]] || run_vm 'SMC, not taken' "$images/guest.bin" smc unserved
run_where has_aarch32 'AArch32' --aarch32 "$images/aarch32.bin"
run_where has_nested 'nested virtualisation' --el2 "$images/guest.bin" smc unserved
run_where has_protected 'protected' --protected "$images/guest.bin" unserved
run_where has_protected 'protected, by SMC' --protected "$images/guest.bin" smc unserved
run_vm 'PSCI 0.1' --psci-0.1 "$images/guest.bin" smc unserved
run_vm 'an ordinary one' "$images/guest.bin" context
report 'the host is content' host_is_clean
