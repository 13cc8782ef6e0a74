# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Others who trace what the module hooks: before it is loaded, while it is there,
# and across its unloading.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

# With those who call what is hooked: a return that is lost leads them astray.
filter() {
	local function
	for function in "${hooked[@]}" handle_exit kvm_arch_vcpu_ioctl_run kvm_vcpu_ioctl; do
		! grep -qx "$function" $tracing/available_filter_functions ||
			echo "$function" >>$tracing/set_ftrace_filter
	done
}

tracer() { echo "$1" >$tracing/current_tracer; }

# Each hooked function's entry and return, as events.
kprobes() {
	local function
	for function in "${hooked[@]}"; do
		echo "p:stress/$function $function" >>$tracing/kprobe_events
		echo "r:stress/${function}_return $function" >>$tracing/kprobe_events
	done
	echo 1 >$tracing/events/stress/enable
}

kprobes_end() {
	echo 0 >$tracing/events/stress/enable
	grep -c . $tracing/kprobe_profile | sed 's/$/ kprobes/' | comment
	report_is 'kprobes that were not hit' '' \
		"$(awk '$2 == 0 { print $1 }' $tracing/kprobe_profile | paste -sd' ')"
	echo >$tracing/kprobe_events
}

guest_tests() { run_vm "$1" --cpus 2 "$images/guest.bin" calls signal storm; }
traced() { grep -qE "${hooked[0]}" $tracing/trace; }

unloaded
filter
# trace_with NAME BEGIN END: BEGIN...END around, within and across the module's life.
trace_with() {
	local name=$1 begin=$2 end=$3
	$begin
	module_load
	guest_tests "$name, before loading"
	rmmod kvm_sdei
	$end
	module_load
	$begin
	guest_tests "$name, while loaded"
	$end
	guest_tests "after $name"
	$begin
	rmmod kvm_sdei
	module_load
	guest_tests "$name, loaded again under it"
	nothing_left
	$end
}

function_graph() { tracer function_graph; }
function_trace() { tracer function; }
no_tracer() {
	report 'the tracer has seen the calls' traced
	tracer nop
}

trace_with 'the function graph tracer' function_graph no_tracer
trace_with 'the function tracer' function_trace no_tracer
trace_with 'kprobes' kprobes kprobes_end
echo >$tracing/set_ftrace_filter
report 'the host is content' host_is_clean
