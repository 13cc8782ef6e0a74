# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Two modules raise events by kvm_sdei_raise() from threads, softirqs and hard
# interrupts, while a third party does so by sysfs.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

rounds=$(scaled 60)
modules=(kvm_sdei_raiser kvm_sdei_raiser2)

raised() { awk -v what="$2" '{ for (n = 1; n < NF; n += 2) if ($n == what) print $(n + 1) }' "/sys/kernel/$1/raised"; }

module_load
insmod /modules/kvm_sdei_raiser.ko
insmod /modules/kvm_sdei_raiser2.ko event=0
vm_begin vm-0 --cpus 2 --limit 300 "$images/guest.bin" raised rounds=100000
vm_begin vm-1 --cpus 2 --limit 300 "$images/guest.bin" raised rounds="$rounds"
# What is raised is what ends a VM: others do that when both are lent.
for n in 0 1; do
	within 300 test -e "$sysfs/kvm-${vmm[vm-$n]}"
	report_is "VM $n lends its vCPUs to both modules" 2 "$(/lab/lend "${vmm[vm-$n]}" \
		/sys/kernel/kvm_sdei_raiser/vcpu /sys/kernel/kvm_sdei_raiser2/vcpu 2>&1)"
done
hammer_begin 2 raise
dir=$sysfs/kvm-${vmm[vm-0]}
vm_end vm-1

# What a module holds stays, also when its VMM is no more.
vm_kill vm-0
report 'a VM whose vCPUs are lent stays' test -e "$dir"
report_is 'the module cannot be unloaded' refused \
	"$(rmmod kvm_sdei 2>/dev/null || echo refused)"
sleep 2
for module in "${modules[@]}"; do
	figure "$module: $(cat "/sys/kernel/$module/raised")"
	for context in thread softirq hardirq; do
		report "$module has raised from a $context" test "$(raised "$module" "$context")" -gt 100
	done
	report_is "$module was never answered wrongly" 0 "$(raised "$module" wrong)"
done
hammers_end
rmmod kvm_sdei_raiser
report 'a VM that the other module still has stays' test -e "$dir"
rmmod kvm_sdei_raiser2
nothing_left
