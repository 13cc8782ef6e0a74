# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Loading and unloading, and VMs that end in the middle of something.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

module_unload() { rmmod kvm_sdei; }

# The host's kernel has said it, lately.
said() { dmesg | tail -n 5 | grep -F "$1"; }

cycle() {
	local n
	for ((n = 0; n < 20; n++)); do
		module_load && module_unload || return
	done
	[[ ! -e $sysfs ]]
}

[[ ! -e /sys/module/kvm_sdei ]] || module_unload
report 'loads and unloads twenty times' cycle
report 'says so' said 'kvm_sdei: unloaded'

# A VMM that was told of the registers relies on them; this one was not.
guest_start g sdei=no smp=2
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
module_load
report_is 'a guest that was there before can use it' $((1 << 48 | 1 << 32 | 0x4b564d)) \
	"$(guest_call g 0 0xc4000020)"
report 'unloads under a guest that has nothing registered' module_unload
report_is 'to which the calls are gone' -1 "$(guest_call g 0 0xc4000020)"
report 'loads and unloads twenty times under it' cycle
module_load
report_is 'the calls are there again' $((1 << 48 | 1 << 32 | 0x4b564d)) \
	"$(guest_call g 0 0xc4000020)"

report 'the client registers' guest_cmd g "$client_quiet"
report_is 'then unloading is refused' refused "$(rmmod kvm_sdei 2>/dev/null || echo refused)"
report 'and changes nothing' handles g 1 raise g 1 0
report 'the client unregisters' guest_cmd g 'rmmod kvm_sdei_guest'
report 'then it unloads' module_unload
report 'and says whom it leaves' \
	said 'kvm_sdei: unloaded, but 1 VM has'
report 'the guest is content' guest_is_clean g
# Linux masks its CPUs on its way down, and takes it badly if it cannot.
module_load
guest_stop g

guest_with_client g smp=2
report_is 'a VM whose VMM knows of it holds the module' refused \
	"$(guest_cmd g 'rmmod kvm_sdei_guest' && rmmod kvm_sdei 2>/dev/null || echo refused)"
report 'its client registers again' guest_cmd g "$client_quiet"
hang=0x$(guest_cmd g "grep ' kvm_sdei_test_hang' /proc/kallsyms | cut -d' ' -f1")
report_is 'a guest gives up a handler' 0 "$(guest_call g 1 0xc4000027 0x40000001)"
report_is 'and registers one that hangs' 0 \
	"$(guest_call g 1 0xc4000021 0x40000001 "$hang" 0 0 0)"
report_is 'and enables it' 0 "$(guest_call g 1 0xc4000022 0x40000001)"
raise g 1 0x40000001
report 'it runs' within 300 vcpu_is g 1 running 0x40000001
raise g 1 0x40000001
raise g 1 0
report_is 'what is raised now waits' '0x0 0x40000001' "$(vcpu g 1 pending)"
dir=$(vm g)
report 'the VMM is killed' guest_kill g
report 'nothing of the VM is left' within 300 test ! -e "$dir"
report_is 'nor of its hold on the module' 0 "$(cat /sys/module/kvm_sdei/refcnt)"

for n in 1 2 3; do
	guest_start g$n smp=2 wait=no
done
sleep 20
for n in 1 2 3; do
	guest_kill g$n
done
report 'VMs killed while they boot leave nothing' \
	within 300 no_vms
report 'the module unloads' module_unload
report 'the host is content' host_is_clean
