# SPDX-License-Identifier: GPL-2.0-only
# From the trace of one raise (see timeline.sh) what timeline.gp draws: for each time
# span "span LANE BEGIN END", and for what happens "mark NUMBER TIME LANE WHAT", in
# microseconds from the raising system call on. Lanes: 3 who raises, 2 the vCPU's
# thread in the host, 1 the guest's handler, 0 what it has interrupted.
function span(lane, begin, end) {
	if (end > begin)
		printf "span %d %.0f %.0f\n", lane, begin, end
}

function mark(lane, what) {
	printf "mark %d %.0f %d %s\n", ++marks, now, lane, what
	last = now
}

{
	for (n = 1; n <= NF && $n !~ /^[0-9]+\.[0-9]+:$/; n++)
		;
	if (n > NF)
		next
	now = $n * 1e6
	what = $(n + 1)
	# The system call before the raise is the one.
	if (!raised && what ~ /^sys_write\(/) {
		start = now
		next
	}
}

what == "sdei_raise:" {
	raised = 1
	now -= start
	mark(3, "sdei_raise: the event is pending, vCPU 1 is kicked")
	in_guest = 1
	entered = -start
	next
}
!raised { next }
{ now -= start }

what == "sys_write" && !returned {
	returned = 1
	span(3, 0, now)
}
what == "kvm_exit:" && in_guest {
	span(handler, entered < -40 ? -40 : entered, now)
	in_guest = 0
	exited = now
	if (!exits++)
		mark(2, "kvm_exit: KVM takes the vCPU out of the loop")
}
what == "sdei_deliver:" { mark(2, "sdei_deliver: context saved, PC and PSTATE are the handler's"); handler = 1 }
what == "sdei_call:" && /EVENT_CONTEXT/ { contexts++ }
what == "sdei_complete:" {
	mark(2, "sdei_complete: the handler has made the call EVENT_COMPLETE")
	handler = 0
	completed = 1
}
what == "kvm_entry:" && !in_guest {
	span(2, exited, now)
	in_guest = 1
	entered = now
	if (handler && !handlers++)
		mark(1, "kvm_entry: the guest's handler runs")
	if (completed && !done++)
		mark(0, "kvm_entry: the loop goes on as if nothing had been")
	if (done)
		exit
}
END {
	if (!done) {
		print "timeline: the trace has no raise that was completed" >"/dev/stderr"
		exit 1
	}
	span(0, last, last * 1.05)
	printf "contexts %d\n", contexts
}
