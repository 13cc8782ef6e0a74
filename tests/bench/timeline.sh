# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# One raise on a CPU that spins with interrupts masked, as the host's kernel traces
# it, for scripts/timeline; and what kvm-sdei-latency says of some more.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

instance=/sys/kernel/tracing/instances/lab
calls=$instance/events/syscalls

# raise_traced N: a raise, and its trace in /run/trace-N.
raise_traced() {
	local count
	count=$(vcpu g 1 completed)
	echo >$instance/trace
	echo 1 >$instance/tracing_on
	raise g 1 0x40000001
	within 300 vcpu_is g 1 completed $((count + 1))
	sleep 1
	echo 0 >$instance/tracing_on
	grep -v '^#' $instance/trace >"/run/trace-$1"
}

# took FILE: from the raise to the end of the handler, in microseconds.
took() {
	awk '
		{ for (n = 1; n < NF && $n !~ /^[0-9]+\.[0-9]+:$/; n++); }
		$(n + 1) == "sdei_raise:" { begin = $n }
		$(n + 1) == "sdei_complete:" { printf "%d\n", 1e6 * ($n - begin) }
	' "$1"
}

module_load
guest_with_client g smp=2 -name guest=web1,debug-threads=on
guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"

# What is done once only is done before.
report 'a wedged CPU handles a raise' handles g 1 raise g 1 0x40000001
mkdir $instance
echo mono >$instance/trace_clock
for each in sys_enter_write sys_exit_write; do
	echo "common_pid == $$" >$calls/$each/filter
done
# The other vCPU is not of interest.
thread=$(grep -l '^CPU 1/KVM' "/proc/$(guest_pid g)/task/"*/comm | grep -o '[0-9]*/comm')
for each in kvm_entry kvm_exit; do
	echo "common_pid == ${thread%/comm}" >$instance/events/kvm/$each/filter
done
echo 0 >$instance/tracing_on
for each in kvm_sdei kvm/kvm_{entry,exit} syscalls/sys_{enter,exit}_write; do
	echo 1 >$instance/events/"$each"/enable
done
# The machine that emulates this one has other things to do as well: of many the one
# that was disturbed least.
for n in {1..20}; do
	raise_traced "$n"
	echo "$(took "/run/trace-$n") $n"
done | sort -n >/run/took
best=/run/trace-$(head -n 1 /run/took | cut -d' ' -f2)
report 'a raise is traced from its beginning to its end' \
	grep sdei_complete "$best"
echo 0 >$instance/events/enable
rmdir $instance
# From the last entry of the guest before the raise to the first one after its end.
awk '
	/ sys_write\(/ { from = n + 1 }
	{ line[++n] = $0 }
	/sdei_raise:/ { raise = from }
	/sdei_complete:/ { done = 1 }
	done && /kvm_entry:/ { exit }
	END { for (i = raise; i <= n; i++) print line[i] }
' "$best" | sed 's/^/# trace: /' >"${channel:?}"

scripts/kvm-sdei-latency >/run/latency 2>&1 &
latency=$!
within 300 grep Measuring /run/latency
for _ in {1..20}; do handles g 1 raise g 1 0x40000001; done
kill -TERM $latency
report 'kvm-sdei-latency' wait $latency
sed 's/^/# latency: /' /run/latency >"$channel"
report 'the host is content' host_is_clean
