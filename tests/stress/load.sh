# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded over and over, alone and under guests that
# make hypercalls all the time while others read, poll and write its files, and
# VMMs list their registers, which holds the module for as long as their VMs live.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

idle=$(scaled 1000 2) busy=$(scaled 200 2)

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
