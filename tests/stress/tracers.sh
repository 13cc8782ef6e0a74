# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Others who trace what the module hooks, by ftrace, kprobes, perf and BPF: before
# it is loaded, while it is there, and across its unloading.
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

# guest_tests WHAT: what a guest does with the module, and what its VMM does.
guest_tests() {
	run_vm "$1" --cpus 2 "$images/guest.bin" calls signal storm
	report_is "$1: the registers are listed" "$registers" "$(/lab/registers 2>&1)"
}
traced() { grep -qE "${hooked[0]}" $tracing/trace; }

# The functions that the kernel has call the module directly, which it does for one
# alone: where BPF is first, the module is content with a callback.
direct() {
	awk '/^[^ \t]/ { name = $1 } /kvm_sdei_direct_/ { print name }' $tracing/enabled_functions
}

module_load
registers=$(/lab/registers)
figure "called directly: $(direct | paste -sd' ')"
figure "$registers"
unloaded
filter
# By perf and by BPF programs: see trace.c.
begin_tracing() {
	local functions=("${hooked[@]}")
	[[ $way != f* ]] ||
		mapfile -t functions < <(printf '%s\n' "${hooked[@]}" | grep -vxFf <(direct))
	rm -f $runs/tracing
	/lab/trace "$way" $runs/tracing "${functions[@]}" >$runs/traced 2>&1 &
	trace=$!
	within 300 eval "[[ -e $runs/tracing ]] || ! kill -0 $trace 2>/dev/null"
	[[ -e $runs/tracing ]]
}

# Its status is what wait says then.
end_tracing() {
	kill $trace 2>/dev/null || true
	wait $trace
}

# What the module has is refused, and the tracer told so.
is_refused() {
	local said
	said=$(timeout 60 /lab/trace "$way" $runs/refused "$1" 2>&1) || true
	grep 'Device or resource busy' <<<"$said"
}

by_program() {
	local function
	report "$way traces them" begin_tracing
	[[ $way = f* ]] || return 0
	for function in $(direct); do
		report "$way: $function is taken" is_refused "$function"
	done
}

by_program_end() {
	report "$way ends" end_tracing
	comment <$runs/traced
	report_is "$way: functions that were not hit" '' \
		"$(awk '$2 == 0 { print $1 }' $runs/traced | paste -sd' ')"
}

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
for way in perf kprobe kretprobe fentry fexit; do
	status=0
	begin_tracing || true
	end_tracing || status=$?
	if ((status == 77)); then
		report_skip "$way" "this kernel cannot: $(tail -n 1 $runs/traced)"
	else
		trace_with "$way" by_program by_program_end
	fi
done
echo >$tracing/set_ftrace_filter
report 'the host is content' host_is_clean
