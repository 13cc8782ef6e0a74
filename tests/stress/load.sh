# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded over and over, alone and under guests that
# make hypercalls all the time while others read, poll and write its files, and
# VMMs list their registers, which holds the module for as long as their VMs live.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

idle=$(scaled 1000 2) busy=$(scaled 200 2)

kernel_memory() {
	shrink '*'
	awk '/^(SUnreclaim|VmallocUsed|KernelStack):/ { sum += $2 } END { print sum }' /proc/meminfo
}

memory_begin() { objects=$(objects_settled) memory=$(kernel_memory); }
memory_given_back() { (($(kernel_memory) - memory < 100)); }

# report_memory WHAT: the memory of that was given back since memory_begin.
report_memory() {
	report "the objects of $1 were given back" within 300 objects_given_back "$objects"
	report "all memory of $1 was given back" within 300 memory_given_back
	figure "kmalloc-1k and -2k grew by $(($(objects) - objects)) objects, kernel memory by $(($(kernel_memory) - memory)) kB"
}

look_at_registers
# KVM has counted them without SDEI's, and begins to list them when those appear: there
# is no room for those.
rm -f $runs/waiting $runs/go
/lab/registers $runs/waiting $runs/go >$runs/late 2>&1 &
late=$!
within 300 eval "[[ -e $runs/waiting ]] || ! kill -0 $late 2>/dev/null"
insmod /modules/kvm_sdei.ko
touch $runs/go
status=0
wait $late || status=$?
if ((status == 77)); then
	report_skip 'loaded while a VMM lists the registers' 'this kernel has no userfaultfd'
else
	report_is 'loaded while a VMM lists the registers' "$without" "$(<$runs/late)"
fi
within 300 rmmod kvm_sdei

# The first half leaves in caches what the second one finds there.
report "$((idle / 2)) cycles" cycles $((idle / 2))
memory_begin
report "$((idle / 2)) cycles more" cycles $((idle / 2))
report_memory 'the cycles'
report 'the module is gone' test ! -e "$sysfs"

cycles_under_guests $((busy / 2))
memory_begin
cycles_under_guests $((busy / 2))
report_memory 'the cycles under guests'
module_load
nothing_left
