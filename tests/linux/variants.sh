# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Modules that do not fit the kernel do not load: those of the list variants.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

unloaded
differs='struct kvm_vcpu of this kernel has'
refuses 'a member elsewhere' "$differs arch.pause at" kvm_sdei-wrong-offset
refuses 'a member of another size' 'struct kvm of this kernel has arch.flags at' \
	kvm_sdei-wrong-size
refuses 'no such member' 'struct kvm_vcpu of this kernel has no arch.pulse' \
	kvm_sdei-missing-member
refuses 'a register elsewhere' "this kernel keeps the guests' MPIDR_EL1 elsewhere" \
	kvm_sdei-wrong-register
refuses 'no such function' 'this kernel has no function kvm_update_stolen_thyme' \
	kvm_sdei-missing-symbol
refuses 'several such functions' 'this kernel has more than one function init_once' \
	kvm_sdei-ambiguous-symbol
declared='of this kernel is not declared as it should be'
refuses 'a function of other arguments' "kvm_update_stolen_time() $declared" \
	kvm_sdei-wrong-arguments
refuses 'a function of another struct' "kvm_mpidr_to_vcpu() $declared" \
	kvm_sdei-wrong-struct
refuses 'a function of another result' "kvm_update_stolen_time() $declared" \
	kvm_sdei-wrong-result
refuses 'a hook that does not fire' 'ftrace does not run hooks as it should' \
	kvm_sdei-no-hook

module_load
report 'the module itself loads' test -e "$sysfs"
report 'the host is content' host_is_clean
