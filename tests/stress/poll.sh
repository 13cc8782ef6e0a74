# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Who waits in poll() for a VM's next completed event is woken up when the VM
# goes away, and when the module does.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

wait_on() {
	rm -f $runs/polling
	/lab/poll "$1" $runs/polling >$runs/polled &
	poll=$!
	within 300 test -e $runs/polling
	sleep 1
	report 'poll() waits' kill -0 $poll
}

# It gives up by itself.
woken() {
	local status=0
	wait $poll || status=$?
	echo "it ended with status $status"
	((status != 3))
}

module_load
vm_begin vm --cpus 2 --limit 600 "$images/guest.bin" idle
dir=$sysfs/kvm-${vmm[vm]}
within 300 test -e "$dir/vcpu-1/completed"
wait_on "$dir/vcpu-1/completed"
vm_kill vm
report 'until the VM is killed' woken
within 300 test ! -e "$dir"

vm_begin vm --cpus 2 --limit 600 "$images/guest.bin" idle
dir=$sysfs/kvm-${vmm[vm]}
within 300 test -e "$dir/vcpu-1/completed"
wait_on "$dir/vcpu-1/completed"
within 300 rmmod kvm_sdei
report 'until the module is unloaded' woken
vm_kill vm
module_load
nothing_left
