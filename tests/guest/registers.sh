# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What VMMs may ask of the module, and what a hostile one might.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

# Those of scripts/fuzz, or always the same.
read -ra seeds < <(cat /lab/seeds 2>/dev/null || seq -s " " 4)

within 300 unloaded
insmod /modules/kvm_sdei.ko minor_version=0
run_program 'version 1.0' abi 0
rmmod kvm_sdei
module_load
run_program 'version 1.1' abi 1
run_program 'vCPUs' vcpus
for seed in "${seeds[@]}"; do
	run_program "setters" setters "$seed" 20
done
report 'nobody holds the module any more' within 300 rmmod kvm_sdei
report 'the host is content' host_is_clean
