# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# One raise on a CPU that spins with interrupts masked, as the host's kernel traces
# it, for scripts/timeline; and what kvm-sdei-latency says of some more.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

instance=/sys/kernel/tracing/instances/lab
calls=$instance/events/syscalls

module_load
guest_with_client g smp=2 -name guest=web1,debug-threads=on
guest_cmd g 'echo log >/sys/module/kvm_sdei_guest/parameters/critical'
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
for each in syscalls/sys_{enter,exit}_write kvm/kvm_{entry,exit} kvm_sdei; do
	echo 1 >$instance/events/"$each"/enable
done
raise g 1 0x40000001
within 300 vcpu_is g 1 completed 2
sleep 1
echo 0 >$instance/tracing_on
report 'and one that is traced' test -s $instance/trace
grep -v '^#' $instance/trace | sed 's/^/# trace: /' >"${channel:?}"
echo 0 >$instance/events/enable
rmdir $instance

scripts/kvm-sdei-latency >/run/latency 2>&1 &
latency=$!
within 300 grep Measuring /run/latency
for _ in {1..20}; do handles g 1 raise g 1 0x40000001; done
kill -TERM $latency
report 'kvm-sdei-latency' wait $latency
sed 's/^/# latency: /' /run/latency >"$channel"
report 'the host is content' host_is_clean
