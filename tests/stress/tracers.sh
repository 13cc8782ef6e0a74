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

# Each way to trace has a function that begins it and one that ends it, which leaves in
# $runs/traced how often each function was hit.

function_graph() { echo function_graph >$tracing/current_tracer; }
function_trace() { echo function >$tracing/current_tracer; }

# The one that each call of a guest's comes through; the others may be long overwritten.
no_tracer() {
	echo "${hooked[0]} $(grep -m 1 -c "${hooked[0]}" $tracing/trace)" >$runs/traced
	echo nop >$tracing/current_tracer
}

# Each hooked function's entry and return, as events.
kprobes() {
	local function
	for function in "${hooked[@]}"; do
		echo "p:stress/$function $function" >>$tracing/kprobe_events &&
			echo "r:stress/${function}_return $function" >>$tracing/kprobe_events ||
			return
	done
	echo 1 >$tracing/events/stress/enable
}

kprobes_end() {
	echo 0 >$tracing/events/stress/enable
	cat $tracing/kprobe_profile >$runs/traced
	echo >$tracing/kprobe_events
}

# guest_tests WHAT [GROUP...]: what a guest does with the module, and what its VMM does.
guest_tests() {
	run_vm "$1" --cpus 2 "$images/guest.bin" calls signal "${@:2}"
	report_is "$1: the registers are listed" "$registers" "$(/lab/registers 2>&1)"
}

# The functions that the kernel has call the module directly, which it does for one
# alone: where BPF is first, the module is content with a callback.
direct() {
	awk '/^[^ \t]/ { name = $1 } /kvm_sdei_direct_/ { print name }' $tracing/enabled_functions
}

# By perf and by BPF programs: see trace.c.
program() {
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
program_end() {
	kill $trace 2>/dev/null || true
	wait $trace
}

# What the module has is refused, and the tracer told so.
is_refused() {
	local said
	said=$(timeout 60 /lab/trace "$way" $runs/refused "$1" 2>&1) || true
	grep 'Device or resource busy' <<<"$said"
}

# A VM that is raised on while tracers come and go.
raises_begin() {
	vm_begin raised --cpus 2 --limit 600 "$images/guest.bin" raised rounds=1000000
	within 300 test -e "$sysfs/kvm-${vmm[raised]}"
	hammer_begin 1 raise "$sysfs/kvm-${vmm[raised]}"
	within 300 vm_goes_on raised 0
}

# The VM waits for raises until its end.
raises_end() {
	kill -USR2 "${vmm[raised]}"
	vm_end raised "$1"
	hammers_end
}

# All that is traced was hit.
report_hits() {
	comment <$runs/traced
	report_is "$1: functions that were not hit" '' "$(awk '
		$2 == 0 { print $1 }
		END { if (!NR) print "nothing was traced" }' $runs/traced | paste -sd' ')"
}

# trace_with NAME BEGIN END: BEGIN...END around, within and across the module's life.
trace_with() {
	local name=$1 begin=$2 end=$3 n before function
	report "$name, before loading" "$begin"
	module_load
	guest_tests "$name, before loading" storm
	rmmod kvm_sdei
	report "$name ends" "$end"
	report_hits "$name, before loading"

	module_load
	raises_begin
	before=$(vm_completed raised)
	for ((n = 0; n < comings; n++)); do
		report "$name comes" "$begin"
		report "$name goes" "$end"
	done
	report "$name comes, while loaded" "$begin"
	report 'events are handled meanwhile' within 300 vm_goes_on raised "$before"
	raises_end "$name"
	[[ $way != f* ]] ||
		for function in $(direct); do
			report "$name: $function is taken" is_refused "$function"
		done
	guest_tests "$name, while loaded" storm
	report "$name ends" "$end"
	report_hits "$name, while loaded"
	guest_tests "after $name"

	report "$name, across unloading" "$begin"
	rmmod kvm_sdei
	# Whatever the module left would stay when the tracer ends.
	others=$(traced_functions)
	module_load
	guest_tests "$name, loaded again under it" storm
	unloads
	report "$name ends" "$end"
	report_hits "$name, loaded again under it"
	others=$untraced
	report_is "$name leaves nothing" "$others" "$(traced_functions)"
}

way='' comings=$(scaled 10)
module_load
registers=$(/lab/registers)
figure "called directly: $(direct | paste -sd' ')"
figure "$registers"
unloaded
filter
untraced=$others

trace_with 'the function graph tracer' function_graph no_tracer
trace_with 'the function tracer' function_trace no_tracer
trace_with 'kprobes' kprobes kprobes_end
for way in perf kprobe kretprobe fentry fexit; do
	status=0
	program || true
	program_end || status=$?
	if ((status == 77)); then
		report_skip "$way" "this kernel cannot: $(tail -n 1 $runs/traced)"
	else
		trace_with "$way" program program_end
	fi
done
echo >$tracing/set_ftrace_filter
module_load
nothing_left
