# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A VM that signals without end and never completes is its own concern: another
# VM sees and feels nothing of it, nor does the host's log, nor its memory.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

rounds=$(scaled 20)
hostiles=(hostile-0)
((rounds < 10)) || hostiles+=(hostile-1 hostile-2)

# victim NAME FILE: with the processor time that it took, in ms, which is added to the
# file. (A subshell would have no children.)
victim() {
	local spent
	times >$runs/times
	run_vm "$1" --cpus 2 --limit 600 "$images/guest.bin" masking signal shared storm
	times >>$runs/times
	spent=$(awk -F '[ms ]+' 'NR % 2 == 0 { spent = $1 * 60 + $2 + $3 * 60 + $4 - spent }
		END { printf "%d", spent * 1000 }' $runs/times)
	echo "$spent" >>"$2"
	figure "$1: $spent ms of processor time"
}

# What else the machine did shows in a single one.
least_of() { sort -n "$1" | head -n 1; }

rm -f $runs/alone $runs/beside
module_load
for ((n = 0; n < 2; n++)); do
	victim "alone, $n" $runs/alone
done
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
before=$(objects_settled)
kmsg_begin
for ((n = 0; n < rounds; n++)); do
	victim "beside hostile VMs, $n" $runs/beside
done
report_is 'the log has nothing of it' '' "$(kmsg)"
alone=$(least_of $runs/alone) beside=$(least_of $runs/beside)
figure "at the least: $alone ms alone, $beside ms beside hostile VMs"
# CPUs of a VM that wait for each other do so for longer, the more others run.
most=$((2 + ${#hostiles[@]}))
report "beside them a VM takes no more than $most times as long" test "$beside" -le $((alone * most))
report 'memory did not grow' within 300 objects_given_back "$before"
figure "kmalloc-1k and -2k grew by $(($(objects) - before)) objects in $rounds rounds"
for name in "${hostiles[@]}"; do
	dir=$sysfs/kvm-${vmm[$name]}
	figure "hostile VM: delivered $(cat "$dir"/vcpu-*/delivered | paste -sd' '), completed $(cat "$dir"/vcpu-*/completed | paste -sd' ')"
	vm_kill "$name"
done
nothing_left
