# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A VM that signals without end and never completes is its own concern: another
# VM sees and feels nothing of it, nor does the host's log, nor its memory.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

rounds=$(scaled 20)
hostiles=(hostile-0)
((rounds < 10)) || hostiles+=(hostile-1 hostile-2)

# With the processor time that it took. (A subshell would have no children.)
victim() {
	times >$runs/times
	run_vm "$1" --cpus 2 --limit 600 "$images/guest.bin" masking signal shared storm
	times >>$runs/times
	figure "$1: $(awk -F '[ms ]+' 'NR % 2 == 0 { spent = $1 * 60 + $2 + $3 * 60 + $4 - spent }
		END { print spent }' $runs/times) s of processor time"
}

module_load
victim 'alone'
for name in "${hostiles[@]}"; do
	vm_begin "$name" --cpus 8 --limit 600 "$images/guest.bin" hostile
done
running() {
	local name
	for name in "${hostiles[@]}"; do
		grep -qs 0x "$sysfs/kvm-${vmm[$name]}/vcpu-7/running" || return
	done
}
report 'the hostile VMs are in their handlers' within 300 running
before=$(objects)
kmsg_begin
for ((n = 0; n < rounds; n++)); do
	victim "beside hostile VMs, $n"
done
report_is 'the log has nothing of it' '' "$(kmsg)"
grown=$(($(objects) - before))
figure "kmalloc-1k and -2k grew by $grown objects in $rounds rounds"
# What the victims leave in caches is little.
report 'memory did not grow' test $grown -lt 200
for name in "${hostiles[@]}"; do
	dir=$sysfs/kvm-${vmm[$name]}
	figure "hostile VM: delivered $(cat "$dir"/vcpu-*/delivered | paste -sd' '), completed $(cat "$dir"/vcpu-*/completed | paste -sd' ')"
	vm_kill "$name"
done
nothing_left
