# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The bare-metal tests: VMs of their own VMM, whose reports are passed on.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

load() {
	! [[ -e /sys/module/kvm_sdei ]] || within 300 rmmod kvm_sdei
	insmod /modules/kvm_sdei.ko "$@"
}

load
for cpus in 1 2; do
	run_vm "CPUs: $cpus" --cpus $cpus "$images/guest.bin"
done
# What other CPUs make no difference to is left out.
run_vm 'CPUs: 8' --cpus 8 "$images/guest.bin" calls state masking signal shared psci \
	relative interrupt storm
run_vm 'no GIC' --cpus 2 --no-gic "$images/guest.bin" calls context masking psci

# The KVM of 6.1 takes no SMC.
[[ $(uname -r) = 6.1.* ]] ||
	run_vm 'by SMC' --cpus 2 "$images/guest.bin" smc calls state context nesting \
		masking signal psci

load minor_version=0
run_vm 'version 1.0' --cpus 2 --minor 0 "$images/guest.bin" calls relative

load
run_vm 'kept by another process' --bequeath "$images/guest.bin" calls
report_is 'its own has ended: no event is raised on it' 'No such device' \
	"$(raise_error "$(echo "$sysfs"/kvm-*)/vcpu-0/raise" 0)"
pkill -x vmm
report 'it goes when that ends' within 300 no_vms

report 'the host is content' host_is_clean
