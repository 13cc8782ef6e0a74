# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A hostile guest: calls that make no sense, from one CPU and from all.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh
# shellcheck source=tests/linux/kmem.sh
. tests/linux/kmem.sh

# Those of scripts/fuzz, or always the same: others on each line of kernels, of which
# all take ten minutes together.
line=$(uname -r | cut -d. -f1,2 | tr -d .)
read -ra seeds < <(cat /lab/seeds 2>/dev/null || seq -s " " "${line}01" "${line}12")

said=/run/lab/said
rm -f $said
module_load
kmsg_begin
for seed in "${seeds[@]}"; do
	run_vm "seed $seed" "$images/guest.bin" fuzz seed="$seed" steps=20000
	run_vm "seed $seed, CPUs: 2" --cpus 2 "$images/guest.bin" fuzz seed="$seed"
	run_vm "seed $seed, CPUs: 8" --cpus 8 "$images/guest.bin" fuzz seed="$seed" steps=2000
	# The first ones leave in caches what the others find there.
	[[ ${memory-} ]] || memory_begin
done
# The KVM of 6.1 takes no SMC.
[[ $(uname -r) = 6.1.* ]] ||
	run_vm "seed ${seeds[0]}, by SMC" --cpus 2 "$images/guest.bin" smc fuzz \
		seed="${seeds[0]}" steps=4000
awk '/^# seed / { calls += $4; events += $8 }
	END { print "# all seeds: " calls " calls and raises, " events " events delivered" }' \
	$said >"$channel"
report_is 'the module has logged nothing of it' '' "$(kmsg | grep -E '^(kvm_sdei|lab): ' || true)"
report_memory 'the VMs'
report_is 'nobody holds the module any more' 0 "$(cat /sys/module/kvm_sdei/refcnt)"
report 'the host is content' host_is_clean
