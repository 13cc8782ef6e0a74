# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the host pays, for the module, for VMs and with many of them.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

# vms NAME [argument...]: figures of the program of that name.
vms() { /lab/guest/vms "$@" >"${channel:?}"; }

unloaded
echo "# figures without" >"$channel"
report 'VMs without the module' vms round
echo "# figures with" >"$channel"
report 'loading and unloading' vms load /modules/kvm_sdei.ko
module_load
report 'VMs with the module' vms round
for count in '1 1' '1 8' '1 64' '1 512' '100 1' '1000 1'; do
	read -r vms vcpus <<<"$count"
	report "raising an event, VMs: $vms, vCPUs of each: $vcpus" vms raise "$vms" "$vcpus"
done
report 'the host is content' host_is_clean
