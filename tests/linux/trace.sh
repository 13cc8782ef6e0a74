# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The tracepoints: what is told of a raise, a call, a handler and a reset, in which
# order, and nothing of it while nobody traces.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh
script=trace

instance=/sys/kernel/tracing/instances/lab
events=$instance/events/kvm_sdei
mask=0xc400002b unmask=0xc400002c signal=0xc400002f register=0xc4000021
enable=0xc4000022 unregister=0xc4000027

trace_begin() {
	echo >$instance/trace
	echo 1 >"$events/${1-}${1+/}enable"
}
trace_end() { echo 0 >$events/enable; }

# traced [PATTERN]: what was traced of guest g, without what differs each time: the
# pid, and where the guest's handler asks for the interrupted registers.
traced() {
	sed -n "s/^.*: \(sdei_[a-z]*\): pid=$(guest_pid g) /\1 /p" $instance/trace |
		grep -v EVENT_CONTEXT | grep -e "${1-}" || true
}

# In one line each, without the arguments and what is interrupted.
names() { sed -E 's/ (function|x[123]|pc|pstate)=[^ ]*//g'; }

report_traced() { report_is "$1" "$2" "$(traced "${3-}" | names)"; }

# The lines of a handler that is entered and completes, on a vCPU.
deliver() { echo "sdei_deliver vcpu=$1 event=$2"; }
complete() { echo "sdei_call vcpu=$1 EVENT_COMPLETE result=0
sdei_complete vcpu=$1 event=$2"; }

completed_is() { within 300 vcpu_is g "$1" completed "$2"; }

# field NAME: of the lines on standard input.
field() { sed -E "s/.* $1=([^ ]*).*/\1/"; }

in_loop() {
	local pc
	pc=$(guest_cmd g "grep ' $1[[:space:]]' /proc/kallsyms | cut -d' ' -f1")
	(($2 >= 0x$pc && $2 < 0x$pc + ${3:-8}))
}

module_load
mkdir $instance
echo 4096 >$instance/buffer_size_kb

guest_with_client g smp=2
mpidr=$(guest_cmd g "grep '^1 ' $instrument/mpidr | cut -d' ' -f2")
raise g 0 0
completed_is 0 1
report_is 'nothing is traced that was not asked for' '' "$(traced)"

# What is wedged has interrupts masked: its handlers complete in the same way always.
guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"
trace_begin
raise g 1 0x40000001
completed_is 1 1
trace_end
report_traced 'a raise, its handler and its end' "sdei_raise vcpu=1 event=0x40000001 result=0
$(deliver 1 0x40000001)
$(complete 1 0x40000001)"
report 'the PC that was interrupted' \
	in_loop kvm_sdei_test_wedge "$(traced sdei_deliver | field pc)"
report_is 'and PSTATE: EL1h, interrupts masked' 0x3c5 \
	"$(printf 0x%x $(($(traced sdei_deliver | field pstate) & 0x3cf)))"
report_is 'the function, by name and number' 0xc4000025 \
	"$(traced EVENT_COMPLETE | field function)"

trace_begin
for event in 0x40000000 0x7f 0x40000002; do
	raise_error "$(vm g)/vcpu-1/raise" $event >/dev/null
done
for event in 0x40000002 0; do
	raise_error "$(vm g)/raise" $event >/dev/null
done
trace_end
report_traced 'raises that are refused' 'sdei_raise vcpu=1 event=0x40000000 result=-2
sdei_raise vcpu=1 event=0x7f result=-22
sdei_raise vcpu=1 event=0x40000002 result=-22
sdei_raise vcpu=-1 event=0x40000002 result=-2
sdei_raise vcpu=-1 event=0x0 result=-22'

trace_begin
guest_call g 0 $signal 0 "$mpidr"
completed_is 1 2
trace_end
report_traced 'a signal, where it is made' 'sdei_call vcpu=0 EVENT_SIGNAL result=0' vcpu=0
report_is 'its arguments' "0x0 $(printf 0x%x "$mpidr")" \
	"$(traced EVENT_SIGNAL | field x1) $(traced EVENT_SIGNAL | field x2)"
report_traced 'and where it goes' "$(deliver 1 0x0)
$(complete 1 0x0)" vcpu=1
guest_release g 1
guest_released g

# What waits is delivered in the call that lets it be, and at once after another.
# The call returns where the handlers go back to.
trace_begin
guest_call g 1 $mask
guest_call g 1 $mask
raise g 1 0
raise g 1 0x40000001
guest_call g 1 $unmask
completed_is 1 4
trace_end
report_traced 'two events that wait, one after the other' "sdei_call vcpu=1 PE_MASK result=1
sdei_call vcpu=1 PE_MASK result=0
sdei_raise vcpu=1 event=0x0 result=0
sdei_raise vcpu=1 event=0x40000001 result=0
sdei_call vcpu=1 PE_UNMASK result=0
$(deliver 1 0x40000001)
$(complete 1 0x40000001)
$(deliver 1 0x0)
$(complete 1 0x0)"
report_is 'both have interrupted the same' 1 \
	"$(traced sdei_deliver | field pc | sort -u | wc -l)"

trace_begin
guest_call g 1 $signal 0 "$mpidr"
completed_is 1 5
trace_end
report_traced 'a signal to oneself' "sdei_call vcpu=1 EVENT_SIGNAL result=0
$(deliver 1 0x0)
$(complete 1 0x0)"

# handled CPU COMMAND...: after which the guest has completed an event more there.
handled() {
	local cpu=$1 count
	count=$(vcpu g "$1" completed)
	shift
	"$@" >/dev/null
	completed_is "$cpu" $((count + 1))
}

echo 'event==0x40000001 && vcpu==1' >$events/sdei_deliver/filter
echo 'function==0xc400002f && x1==0 && vcpu==1' >$events/sdei_call/filter
echo 'result!=0' >$events/sdei_raise/filter
echo 'pid==1' >$events/sdei_complete/filter
trace_begin
for cpu in 0 1; do
	handled $cpu raise g $cpu 0
	handled $cpu raise g $cpu 0x40000001
	handled 1 guest_call g $cpu $signal 0 "$mpidr"
	raise_error "$(vm g)/vcpu-$cpu/raise" 0x7f >/dev/null
done
trace_end
report_traced 'filters: an event and a vCPU' "$(deliver 1 0x40000001)" sdei_deliver
report_traced 'a function and its argument' 'sdei_call vcpu=1 EVENT_SIGNAL result=0' sdei_call
report_traced 'a result' 'sdei_raise vcpu=0 event=0x7f result=-22
sdei_raise vcpu=1 event=0x7f result=-22' sdei_raise
report_traced 'a VM' '' sdei_complete
for event in sdei_deliver sdei_call sdei_raise sdei_complete; do
	echo 0 >$events/$event/filter
done

trace_begin sdei_complete
handled 1 raise g 1 0
trace_end
report_traced 'one tracepoint alone' 'sdei_complete vcpu=1 event=0x0'

scripts/kvm-sdei-latency >/run/latency 2>&1 &
latency=$!
within 300 grep Measuring /run/latency
for _ in 1 2 3; do handled 1 raise g 1 0x40000001; done
for cpu in 0 1; do handled $cpu raise g $cpu 0; done
raise_error "$(vm g)/vcpu-1/raise" 0x40000000 >/dev/null
kill -TERM $latency
report 'kvm-sdei-latency ends when it is told to' wait $latency
comment </run/latency
for title in 'From the raise to the entry of the handler' 'From there to its completion'; do
	report_is "$title: each event is counted" \
		'event 0x0: 2 times; event 0x40000001: 3 times; ' \
		"$(sed -n "s/^$title, \(event .*\)/\1; /p" /run/latency | tr -d '\n')"
done
# A signal that it cannot handle leaves all behind.
scripts/kvm-sdei-latency >/run/latency 2>&1 &
latency=$!
within 300 grep Measuring /run/latency
kill -KILL $latency
wait $latency || true
report 'kvm-sdei-latency, after one that was killed' scripts/kvm-sdei-latency 1
report_is 'and nothing is left of it' '' \
	"$(cat /sys/kernel/tracing/synthetic_events; cd $instance/.. && compgen -G '*latency*')"

trace_begin
guest_monitor g system_reset >/dev/null
guest_wait g
trace_end
report_traced 'a reset by the VMM, of the VM with the last vCPU' \
	'sdei_reset vcpu=0 by_vmm=1 whole_vm=0
sdei_reset vcpu=1 by_vmm=1 whole_vm=1' by_vmm=1
report_is 'and the guest that comes up after it' 2 "$(traced PE_UNMASK | wc -l)"

refused() { [[ $(rmmod kvm_sdei 2>&1) = *'in use'* ]]; }
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'

# A handler that does not end, and a critical one over it.
guest_cmd g "$client_quiet"
hang=0x$(guest_cmd g "grep ' kvm_sdei_test_hang' /proc/kallsyms | cut -d' ' -f1")
guest_call g 1 $unregister 0
guest_call g 1 $register 0 "$hang" 0 0 0
guest_call g 1 $enable 0
trace_begin
raise g 1 0
within 300 vcpu_is g 1 running 0x0
handled 1 raise g 1 0x40000001
trace_end
report_traced 'a critical handler over a normal one' "sdei_raise vcpu=1 event=0x0 result=0
$(deliver 1 0x0)
sdei_raise vcpu=1 event=0x40000001 result=0
$(deliver 1 0x40000001)
$(complete 1 0x40000001)"
report 'which it has interrupted' in_loop kvm_sdei_test_hang \
	"$(traced sdei_deliver | tail -n 1 | field pc)"
guest_kill g
unused() { [[ $(cat /sys/module/kvm_sdei/refcnt) = 0 ]]; }
within 300 unused
trace_begin
report 'while it is traced it does not unload' refused
trace_end
echo 'hist:keys=event if event==1' >$events/sdei_raise/trigger
report 'nor while a trigger counts' refused
echo '!hist:keys=event if event==1' >$events/sdei_raise/trigger
report 'it does after that' rmmod kvm_sdei
report 'the tracepoints are gone' test ! -e $events
module_load
report_is 'they are back, and off' 0 "$(cat $events/enable)"

# Whatever guests do: on each vCPU what completes was entered, the last one first,
# by the call before.
nesting() {
	sed -n 's/^.*: \(sdei_[a-z]*\): /\1 /p' $instance/trace | awk '
		function field(name) {
			match($0, " " name "=[^ ]*")
			return substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2)
		}
		function wrong(what) { print what ": " $0; failed = 1 }
		{
			pe = field("pid") "/" field("vcpu")
			event = field("event")
			critical = event ~ /^0x4000000[13]$/
		}
		$1 == "sdei_deliver" {
			if (depth[pe] && (!critical || top_critical[pe]))
				wrong("entered over another")
			stack[pe, ++depth[pe]] = event
			top_critical[pe] = critical
			entered++
		}
		$1 == "sdei_complete" {
			if (!depth[pe] || stack[pe, depth[pe]--] != event)
				wrong("completed, but not the last one entered")
			if (last[pe] !~ /^sdei_call .* EVENT_COMPLETE/)
				wrong("completed, but not by a call")
			top_critical[pe] = 0
			completed++
		}
		$1 == "sdei_reset" { depth[pe] = top_critical[pe] = 0 }
		$1 != "sdei_raise" { last[pe] = $0 }
		END {
			print entered " entered, " completed " completed"
			exit failed || entered < 100 || completed < 100
		}'
}

echo 32768 >$instance/buffer_size_kb
trace_begin
run_vm 'traced' --cpus 2 $images/guest.bin nesting masking signal shared psci storm
script=trace
trace_end
report_is 'all of it was kept' 0 \
	"$(cat $instance/per_cpu/cpu*/stats | awk '/overrun:|dropped events:/ { n += $NF } END { print n }')"
nesting | comment
report 'what guests do is traced in order' nesting
rmdir $instance
report 'the host is content' host_is_clean
