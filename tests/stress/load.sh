# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded over and over, alone and under guests that
# make hypercalls all the time while others read, poll and write its files, and
# VMMs list their registers, which holds the module for as long as their VMs live.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

idle=$(scaled 1000) busy=$(scaled 200)
vms=2 cpus=2

cycles() {
	local n refused=0 start=$SECONDS
	for ((n = 0; n < $1; n++)); do
		insmod /modules/kvm_sdei.ko || return
		# A guest may have something registered at this moment.
		until rmmod kvm_sdei 2>/dev/null; do
			((++refused))
			((refused < $1 * 1000)) || return
		done
	done
	figure "$1 cycles in $((SECONDS - start)) s, unloading was refused $refused times"
}

kernel_memory() {
	shrink '*'
	awk '/^(SUnreclaim|VmallocUsed|KernelStack):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# VMs come and go that do nothing else.
list_registers() {
	while :; do
		/lab/registers || echo "status $?"
		sleep 0.5
	done >$runs/listed 2>&1
}

module_load
with=$(/lab/registers)
unloaded
without=$(/lab/registers)
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

report '10 cycles' cycles 10
before=$(kernel_memory)
report "$idle cycles" cycles "$idle"
grown=$(($(kernel_memory) - before))
figure "kernel memory grew by $grown kB"
report 'the memory of the cycles was given back' test $grown -lt $((500 + idle))
report 'the module is gone' test ! -e "$sysfs"

for ((n = 0; n < vms; n++)); do
	vm_begin "vm-$n" --cpus $cpus --limit 600 "$images/guest.bin" loaded
done
for what in raise read poll; do
	hammer_begin 1 $what
done
list_registers &
listing=$!
report "$busy cycles under guests" cycles "$busy"
kill $listing
report_is 'VMMs see the registers, or do not' '' \
	"$(grep -vxF -e "$with" -e "$without" $runs/listed | sort -u)"
figure "$(sort $runs/listed | uniq -c | paste -sd,)"
report 'both happens' test "$(sort -u $runs/listed | wc -l)" = 2
# Each CPU sees the module once, and once that it is not there.
module_load
sleep 2
within 300 rmmod kvm_sdei
hammers_end
sleep 2
kill -USR2 "${vmm[@]}"
for ((n = 0; n < vms; n++)); do
	vm_end "vm-$n"
done
report 'the host is content' host_is_clean
