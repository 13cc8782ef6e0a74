# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Who is kept for long in a file of a VM that has ended, as one whose control group has
# used up its time, keeps no other VM waiting.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

is_stuck() { grep -q vcpu_raise_store "/proc/$writer/stack"; }

insmod /modules/kvm_sdei-stuck.ko
vm_begin ending --cpus 2 --limit 600 "$images/guest.bin" idle
dir=$sysfs/kvm-${vmm[ending]}
within 300 test -e "$dir/vcpu-1/raise"
echo 0 >"$dir/vcpu-0/raise" &
writer=$!
report 'somebody is kept in a file of a VM' within 300 is_stuck
vm_kill ending
report 'the VM ends' within 300 test ! -e "$dir/vcpu-0/raise"

vm_begin other --cpus 2 --limit 600 "$images/guest.bin" idle
report 'another one has SDEI meanwhile' \
	within 300 test -e "$sysfs/kvm-${vmm[other]}/vcpu-1/raise"
report 'who was kept is still there' is_stuck
kill $writer
wait $writer || true
vm_kill other
nothing_left
