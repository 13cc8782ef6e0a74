# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A VM that signals without end and never completes is its own concern: another
# VM sees nothing of it and is slowed no more than by VMs that are as busy without
# SDEI; nor do the host's log and its memory.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

rounds=$(scaled 20 3)
neighbours=2

# victim NAME FILE: the time that it took, in ms, is added to the file.
victim() {
	local start spent
	start=$(date +%s%3N)
	run_vm "$1" --cpus 2 --limit 600 "$images/guest.bin" masking signal shared storm
	spent=$(($(date +%s%3N) - start))
	echo "$spent" >>"$2"
	figure "$1: $spent ms"
}

# neighbours_begin WHAT: they outlive all that is compared.
neighbours_begin() {
	local n
	for ((n = 0; n < neighbours; n++)); do
		vm_begin "$1-$n" --cpus 4 --limit 36000 "$images/guest.bin" "$1"
	done
	report "the $1 VMs are at it" within 300 "are_$1"
}
are_busy() { [[ $(cat $runs/busy-* | grep -c 'all CPUs make calls') = "$neighbours" ]]; }
are_hostile() {
	local name
	for name in "${!vmm[@]}"; do
		grep -qs 0x "$sysfs/kvm-${vmm[$name]}/vcpu-3/running" || return
	done
}

neighbours_end() {
	local name
	for name in "${!vmm[@]}"; do
		report "$name is still at it" grep -q . "/proc/${vmm[$name]}/cmdline"
		vm_kill "$name"
	done
}

# What else the machine did shows in a single one.
least_of() { sort -n "$1" | head -n 1; }

rm -f $runs/alone $runs/beside-*
module_load
victim 'alone' $runs/alone
neighbours_begin busy
for ((n = 0; n < rounds; n++)); do
	victim "beside busy VMs, $n" $runs/beside-busy
done
neighbours_end

neighbours_begin hostile
memory_begin
kmsg_begin
for ((n = 0; n < rounds; n++)); do
	victim "beside hostile VMs, $n" $runs/beside-hostile
done
report_is 'the log has nothing of it' '' "$(kmsg)"
report_memory "$rounds VMs beside hostile ones"
for name in "${!vmm[@]}"; do
	dir=$sysfs/kvm-${vmm[$name]}
	figure "$name: delivered $(cat "$dir"/vcpu-*/delivered | paste -sd' '), completed $(cat "$dir"/vcpu-*/completed | paste -sd' ')"
done
neighbours_end

busy=$(least_of $runs/beside-busy) hostile=$(least_of $runs/beside-hostile)
figure "at the least: $(<$runs/alone) ms alone, $busy ms beside busy VMs, $hostile ms beside hostile ones"
report 'hostile VMs slow a VM no more than busy ones' test "$hostile" -le $((busy * 2))
nothing_left
