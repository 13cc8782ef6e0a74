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
refuses 'a struct of another size' 'struct ftrace_ops of this kernel does not have 8 bytes' \
	kvm_sdei-wrong-whole
refuses 'a register elsewhere' 'enum vcpu_sysreg of this kernel does not have MPIDR_EL1 as' \
	kvm_sdei-wrong-register
refuses 'a call of EL2 of another number' \
	'enum __kvm_host_smccc_func of this kernel does not have __KVM_HOST_SMCCC_FUNC___kvm_adjust_pc as' \
	kvm_sdei-wrong-hypcall
refuses 'features of other numbers' \
	'this kernel does not have the features of CPUs by the same numbers' kvm_sdei-wrong-features
refuses 'a kernel that does not tell' 'this kernel does not tell how its structures look' \
	kvm_sdei-no-btf
refuses 'a kernel that does not tell its symbols' 'cannot look up symbols (error -' \
	kvm_sdei-no-kallsyms
refuses 'no such function' 'this kernel has no function kvm_update_stolen_thyme' \
	kvm_sdei-missing-symbol
refuses 'several such functions' 'this kernel has more than one function init_once' \
	kvm_sdei-ambiguous-symbol
declared='of this kernel is not declared as it should be'
refuses 'a function of other arguments' "kvm_update_stolen_time() $declared" \
	kvm_sdei-wrong-arguments
refuses 'a function of another struct' "kvm_mpidr_to_vcpu() $declared" \
	kvm_sdei-wrong-struct
refuses 'a function of another result' "kvm_arm_num_regs() $declared" \
	kvm_sdei-wrong-result
refuses 'a hook that does not fire' 'ftrace does not run hooks as it should' \
	kvm_sdei-no-hook
refuses 'a hook that does not divert' 'ftrace does not run hooks as it should' \
	kvm_sdei-no-divert
# Older kernels have none.
! grep -qw register_ftrace_direct /proc/kallsyms ||
	refuses 'a direct hook that does not fire' 'ftrace does not run hooks as it should' \
		kvm_sdei-no-direct-hook

module_load
report 'the module itself loads' test -e "$sysfs"
report 'the host is content' host_is_clean
