# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# VMs that are not served see what they would see without the module.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

module_load
for filter in deny forward; do
	run_vm "filter: $filter" --filter $filter "$images/guest.bin" filter
	run_vm "filter: $filter, by SMC" --filter $filter "$images/guest.bin" smc filter
done
[[ $(uname -r) != 6.1.* ]] || run_vm 'SMC, not taken' "$images/guest.bin" smc unserved
run_vm 'AArch32' --aarch32 "$images/aarch32.bin"
run_vm 'nested virtualisation' --el2 "$images/guest.bin" smc unserved
run_vm 'protected' --protected "$images/guest.bin" unserved
run_vm 'protected, by SMC' --protected "$images/guest.bin" smc unserved
run_vm 'PSCI 0.1' --psci-0.1 "$images/guest.bin" smc unserved
run_vm 'an ordinary one' "$images/guest.bin" context
report 'the host is content' host_is_clean
