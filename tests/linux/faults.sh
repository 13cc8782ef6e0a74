# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Each allocation that loading the module makes, each that a VM's state needs, and each
# that KVM makes for a VM fails in turn. Loading says so or does without, a guest's call
# is served when the next try succeeds, a VMM is told, and nothing is left behind.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

script=faults
failslab=/sys/kernel/debug/failslab
pages=/sys/kernel/debug/fail_page_alloc
hooks=/sys/kernel/tracing/enabled_functions

# extent FUNCTION [MODULE]: where it begins and ends.
extent() {
	sort /proc/kallsyms | awk -v name="$1" -v module="${2:+[$2]}" '
		at && $1 != at && !done++ { print "0x" at, "0x" $1 }
		$3 == name && $4 == module { at = $1 }'
}

# limit WHICH START END: allocations that functions there, or what those call, make are
# required or rejected.
limit() {
	echo "$2" >"$failslab/$1-start"
	echo "$3" >"$failslab/$1-end"
}

# fault_under FUNCTION [MODULE]: only allocations made by it are counted, and
# fail in the task that has written to its fail-nth.
fault_under() {
	local start end
	read -r start end < <(extent "$@")
	limit require "$start" "$end"
}

# Each failure takes one from this number.
expect_failure() { echo 1 >$failslab/times; }
failed() { [[ $(<$failslab/times) = 0 ]]; }

nothing_left() {
	[[ ! -e /sys/module/kvm_sdei && ! -e $sysfs ]] && cmp $hooks /run/lab/hooks
}

# failing N COMMAND...: with the Nth allocation failing.
failing() {
	# shellcheck disable=SC2016 # for that shell
	bash -c 'echo "$1" >/proc/self/fail-nth && exec "${@:2}"' failing "$@"
}

loading() {
	local n said loaded=0
	fault_under do_one_initcall
	for ((n = 1; ; n++)); do
		expect_failure
		if said=$(failing $n insmod /modules/kvm_sdei.ko 2>&1); then
			failed || break
			((++loaded))
			rmmod kvm_sdei
		else
			report "allocation $n: the error is told" \
				grep 'Cannot allocate memory' <<<"$said"
		fi
		report "allocation $n: nothing is left" nothing_left
	done
	echo "$((n - 1)) allocations, without $loaded of which it loads" | comment
	report 'there were some' test $n -gt 10
	report 'at last it is loaded' test -e "$sysfs"
}

workers() {
	local comm
	for comm in /proc/[0-9]*/comm; do
		[[ $(cat "$comm" 2>/dev/null) != kworker/* ]] || echo "${comm%/comm}"
	done
}

# The workers are told of an allocation to fail; counted says one has counted.
arm() {
	local worker
	armed=$1
	for worker in $(workers); do
		# It may be gone by now.
		echo "$armed" 2>/dev/null >"$worker/fail-nth" || true
	done
}

counted() {
	local worker
	for worker in $(workers); do
		case $(cat "$worker/fail-nth" 2>/dev/null) in
		'' | 0 | "$armed") ;;
		*) return ;;
		esac
	done
	return 1
}

no_vm_left() {
	report "$1: nothing of the VM is left" within 300 no_vms
	report_is "$1: nor a hold on the module" 0 "$(cat /sys/module/kvm_sdei/refcnt)"
}

# in_workers FUNCTION WHAT COMMAND...: a VM is made with each allocation of the workers
# failing, as WHAT, by the command, which is told the number. A worker that is new has
# not been told: the VM is made once more.
in_workers() {
	local n tries=0 what=$2
	fault_under "$1" kvm_sdei
	shift 2
	for ((n = 1; ; )); do
		expect_failure
		arm $n
		"$@" "allocation $n $what"
		if failed; then
			n=$((n + 1)) tries=0
		elif counted; then
			break
		else
			((++tries < 5))
		fi
		no_vm_left "allocation $n $what"
	done
	arm 0
	echo "$((n - 1)) allocations $what" | comment
	report "$what: there were some" test $n -gt 10
}

by_guest() { run_vm "$1" --cpus 2 "$images/guest.bin" state; }
by_vmm() { report "$1: the VMM's next try succeeds" "$images/life"; }

# in_vmm FUNCTION: each allocation of KVM's, or of a hook's, in that system call.
in_vmm() {
	local n said
	fault_under "$1"
	for ((n = 1; ; n++)); do
		expect_failure
		said=$(failing $n "$images/life" 2>&1) || true
		failed || break
		report "$1, allocation $n: it is told, or done without" \
			grep -xE 'done|.*: (Cannot allocate memory|Bad address)' <<<"$said"
		no_vm_left "$1, allocation $n"
	done
	echo "$((n - 1)) allocations in $1()" | comment
	report "$1: there were some" test $n -gt 1
	report_is "$1: at last all is well" 'done' "$said"
}

if [[ -d $failslab ]]; then
	echo N >$failslab/ignore-gfp-wait
	echo 0 >$failslab/verbose
	# Not counted: what kmemleak remembers an allocation with, and pages of which
	# the allocator asks for many at once and takes fewer.
	read -r first _ < <(extent kmemleak_alloc)
	read -r _ last < <(extent kmemleak_scan_area)
	limit reject "$first" "$last"
	echo 0 >$pages/require-end
	unloaded
	cat $hooks >/run/lab/hooks
	loading
	in_workers attach_work "for a guest's VM" by_guest
	in_workers attach_now_work "for a VMM's VM" by_vmm
	for function in kvm_dev_ioctl kvm_vm_ioctl kvm_vcpu_ioctl; do
		in_vmm $function
	done
	rmmod kvm_sdei
	report 'nothing is left' nothing_left
else
	report_skip 'allocations fail' 'this kernel has no fault injection'
fi
report 'the host is content' host_is_clean
