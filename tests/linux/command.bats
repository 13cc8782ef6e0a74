# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0-only
# What the operator's command says and does: run by command.sh.
# Variables come from command.sh and from bats; what is in single quotes must not
# expand.
# shellcheck disable=SC2154,SC2016
bats_require_minimum_version 1.5.0

setup() {
	PATH=/src/scripts:$PATH
	sysfs=/sys/kernel/kvm_sdei
	cd /src || return
}

# expect STATUS ARGUMENT...: its output is in $output, its messages in $stderr,
# and in neither is anything that a terminal would obey.
expect() {
	local status_wanted=$1 LC_ALL=C text
	shift
	run --separate-stderr kvm-sdei "$@"
	[[ $status = "$status_wanted" ]] ||
		{ echo "kvm-sdei $*: status $status, not $status_wanted: $output $stderr"; return 1; }
	text=${output//$'\n'/}${stderr//$'\n'/}
	[[ $text != *[![:print:]]* ]]
}

# json FILTER: what jq finds in the output.
json() { jq -rj "$1" <<<"$output"; }

lab() {
	bash -c '. tests/linux/lib.sh; trap - EXIT ERR; . tests/linux/sdei.sh; "$@"' lab "$@"
}

value() { cat "$sysfs/kvm-$1/vcpu-$2/$3"; }

@test 'list: VMs, their names as a shell would need them, and what is registered' {
	expect 0 list
	[[ ${lines[0]} =~ ^VM\ +PID\ +NAME\ +VCPUS\ +REGISTERED$ ]]
	grep -qE "^kvm-$g +$g +\\$'evil.*' +2 +signal,nmi\$" <<<"$output"
	grep -qE "^kvm-$h +$h +$g +1 +-\$" <<<"$output"
	grep -qE "^- +$idle +at\\\\,rest +- +does not use SDEI\$" <<<"$output"
	eval "name=$(sed -nE "s/^kvm-$g +$g +(.*[^ ]) +2 +signal,nmi\$/\1/p" <<<"$output")"
	[[ $name = "$hostile" ]]
}

@test 'list: in JSON' {
	expect 0 list --json
	[[ $(json ".vms[] | select(.pid == $g) | .name") = "$hostile" ]]
	[[ $(json '.vms | length') = 2 && $(json '.without_sdei[0].name') = at,rest ]]
	[[ $(json ".vms[] | select(.pid == $g) | .vcpus[1] | .masked, .registered[]") = false0x00x40000001 ]]
}

@test 'status: by pid, folder and name' {
	expect 0 status "kvm-$g"
	[[ ${lines[0]} = "kvm-$g \$'evil"* ]]
	[[ ${lines[2]} =~ ^0\ +no\ +signal,nmi\ +signal,nmi\ +-\ +-\ +[0-9]+\ +[0-9]+$ ]]
	expect 0 status "$hostile"
	[[ ${lines[0]} = "kvm-$g "* ]]
	expect 0 status "$h"
	[[ ${lines[0]} = "kvm-$h $g" ]]
}

@test 'status: a VM without handlers is told what it lacks' {
	expect 0 status "kvm-$h"
	[[ $output = *'vCPU 0: no event of its own is registered. In the guest: modprobe kvm_sdei_guest' ]]
}

@test 'status: in JSON' {
	expect 0 status "kvm-$g" --json
	[[ $(json '.vm, .pid') = "kvm-$g$g" ]]
	[[ $(json '.vcpus[1] | .vcpu, .completed') = "1$(value "$g" 1 completed)" ]]
}

@test 'a name that is the pid of another VM is ambiguous' {
	local before
	before=$(value "$g" 0 completed)
	expect 6 raise "$g"
	[[ $stderr = *"may be any of 2 VMs"*"kvm-$g"*"kvm-$h $g"* ]]
	[[ $(value "$g" 0 completed) = "$before" ]]
}

@test 'an unknown VM: the message lists what there is' {
	local name
	for name in web1 '*' 'kvm-*' "kvm-$g/" "../kvm_sdei/kvm-$g" "0$h" kvm-1 $'\e[31m'; do
		expect 5 status "$name"
		[[ $stderr = *"  kvm-$g \$'evil"*"  kvm-$h $g"* ]]
	done
}

@test 'a VM whose guest does not use SDEI' {
	local name
	for name in at,rest "$idle" "kvm-$idle"; do
		expect 7 raise "$name"
		[[ $stderr = *"(pid $idle) does not use SDEI"*'modprobe kvm_sdei_guest'* ]]
	done
}

@test 'raise: nmi on vCPU 0, and waits for its handler' {
	local before
	before=$(value "$g" 0 completed)
	expect 0 raise "kvm-$g" --wait 300
	[[ $output = *', vCPU 0: nmi (0x40000001): its handler ran' ]]
	[[ $(value "$g" 0 completed) = $((before + 1)) ]]
}

@test 'raise: without waiting' {
	expect 0 raise "$hostile" --vcpu 1 --event signal
	[[ $output = *', vCPU 1: signal (0x0): raised' ]]
}

@test 'raise: on all vCPUs' {
	local before
	before="$(value "$g" 0 completed) $(value "$g" 1 completed)"
	expect 0 raise "kvm-$g" --all --event 0x0 --wait 300
	[[ ${#lines[@]} = 2 && $output = *'vCPU 0:'*'handler ran'*'vCPU 1:'*'handler ran' ]]
	[[ "$(($(value "$g" 0 completed) - 1)) $(($(value "$g" 1 completed) - 1))" = "$before" ]]
}

@test 'raise: in JSON, each vCPU once' {
	expect 0 raise "kvm-$g" --vcpu 1 --vcpu 0 --vcpu 1 --wait 300 --json
	[[ $(json '.event, (.vcpus[] | .vcpu, .outcome)') = 0x400000010completed1completed ]]
	[[ $(json .name) = "$hostile" ]]
}

@test 'raise: not registered' {
	expect 8 raise "kvm-$h"
	[[ $output = *'the guest has not registered nmi (0x40000001) there' ]]
	[[ $stderr = *'modprobe kvm_sdei_guest'* ]]
	expect 8 raise "kvm-$h" --all --wait 300
	expect 8 raise "kvm-$g" --event notify --wait 300
	expect 8 raise "kvm-$g" --event vm-nmi --wait 300 --json
	[[ $(json .outcome) = unregistered ]]
}

@test 'raise: all are those that have registered it, and one that has not fails' {
	[[ $(lab guest_call g 1 0xc4000027 0x40000001) = 0 ]]
	expect 0 list
	[[ $output = *'signal,nmi(1/2)'* ]]
	expect 0 raise "kvm-$g" --all --wait 300
	[[ $output = *'vCPU 0: '*'ran'*'vCPU 1: '*'has not registered'* ]]
	expect 8 raise "kvm-$g" --vcpu 0 --vcpu 1 --wait 300
	[[ $output = *'vCPU 0: '*'ran'*'vCPU 1: '*'has not registered'* ]]
}

@test 'raise: there is no such vCPU, and nothing is raised' {
	local before
	before=$(value "$g" 0 delivered)
	expect 5 raise "kvm-$g" --vcpu 0 --vcpu 2
	[[ $stderr = *"has no vCPU 2"*"it has: 0 1" ]]
	[[ $(value "$g" 0 delivered) = "$before" ]]
}

@test 'raise: a vCPU that is masked' {
	lab guest_call g 1 0xc400002b
	expect 10 raise "kvm-$g" --vcpu 0 --vcpu 1 --event signal --wait 2
	[[ $output = *'vCPU 1: signal (0x0): it waits: the guest has SDEI masked there' ]]
	expect 0 raise "kvm-$g" --vcpu 1 --event signal
	[[ $output = *'raised, and waits: the guest has SDEI masked there' ]]
	expect 0 status "kvm-$g"
	[[ $output = *'vCPU 1: the guest has masked SDEI there'* ]]
	lab guest_call g 1 0xc400002c
	expect 0 raise "kvm-$g" --vcpu 1 --event signal --wait 300
}

@test 'raise: an event that is disabled' {
	lab guest_call g 0 0xc4000023 0x40000001
	expect 10 raise "kvm-$g" --wait 1 --json
	[[ $(json '.vcpus[].outcome') = disabled ]]
	lab guest_call g 0 0xc4000022 0x40000001
	expect 0 raise "kvm-$g" --wait 300
}

@test 'raise: a handler that has not completed in time' {
	lab guest_qmp g '{"execute":"stop"}'
	expect 9 raise "kvm-$g" --vcpu 1 --event signal --wait 2
	[[ $output = *'was not delivered within 2 s: the vCPU does not run' ]]
	[[ $stderr = *'virsh resume'* ]]
	lab guest_qmp g '{"execute":"cont"}'
	expect 0 raise "kvm-$g" --vcpu 1 --event signal --wait 300
}

@test 'inject-nmi: on each vCPU that has it' {
	local before
	before=$(value "$g" 0 completed)
	expect 0 inject-nmi "$hostile"
	[[ ! $output ]]
	expect 0 inject-nmi --domain "kvm-$g" --quiet
	[[ ! $output ]]
	run -0 timeout 300 bash -c "until ((\$(cat $sysfs/kvm-$g/vcpu-0/completed) >= $before + 1)); do sleep 1; done"
}

@test 'inject-nmi: failures look as those of virsh' {
	expect 1 inject-nmi web1
	[[ ${stderr_lines[0]} = "error: failed to get domain 'web1'" && ${stderr_lines[1]} = 'error: '* ]]
	# A number is a domain's id, or a name: here it is that of h.
	expect 1 inject-nmi "$g"
	[[ $stderr = "error: the guest of kvm-$h has not registered nmi"* ]]
	expect 1 inject-nmi "$h"
	[[ $stderr = "error: failed to get domain '$h'"* ]]
	expect 1 inject-nmi at,rest
	[[ $stderr = *'does not use SDEI'* ]]
}

@test 'the name that libvirt has for a process goes before what it says of itself' {
	mkdir -p /run/libvirt/qemu
	printf %s "$g" >/run/libvirt/qemu/'web 1.pid'
	printf 'x[$(touch /run/ran)]' >/run/libvirt/qemu/bad.pid
	expect 0 status 'web 1'
	[[ ${lines[0]} = "kvm-$g web\\ 1" ]]
	expect 0 inject-nmi 'web 1'
	[[ ! $output ]]
	expect 5 status "$hostile"
	rm -r /run/libvirt
}

@test 'watch' {
	expect 0 watch --count 2 --interval 1
	[[ $(grep -c ^VM <<<"$output") = 2 ]]
	grep -qE "^kvm-$h +$g +0 +(no|yes) +- +- +0 +0\$" <<<"$output"
	expect 0 watch "kvm-$g" --count 1 --json
	[[ $(json '.vms | length') = 1 && $(json '.vms[0].pid') = "$g" ]]
	expect 5 watch web1 --count 1
}

@test 'trace: needs tracepoints, and says so' {
	[[ ! -d /sys/kernel/tracing/events/kvm_sdei ]] || skip 'this module has them'
	expect 12 trace
	expect 12 trace "kvm-$g"
}

@test 'trace: of one VM, and leaves nothing behind' {
	local tracer
	[[ -d /sys/kernel/tracing/events/kvm_sdei ]] || skip 'this module has no tracepoints'
	kvm-sdei trace "kvm-$g" >"$BATS_TEST_TMPDIR/trace" 2>/dev/null 3>&- &
	tracer=$!
	run -0 timeout 300 bash -c "until [[ \$(cat /sys/kernel/tracing/instances/kvm-sdei-*/events/kvm_sdei/enable) = 1 ]]; do sleep 1; done"
	expect 0 raise "kvm-$g" --wait 300
	run -0 timeout 300 bash -c "until grep -q sdei_complete $BATS_TEST_TMPDIR/trace; do sleep 1; done"
	kill "$tracer"
	wait "$tracer" || true
	grep -q 'sdei_raise: ' "$BATS_TEST_TMPDIR/trace"
	run ! grep -v "pid=$g " "$BATS_TEST_TMPDIR/trace"
	run ! compgen -G '/sys/kernel/tracing/instances/kvm-sdei-*'
	expect 12 trace --output "$BATS_TEST_TMPDIR/file"
	[[ $stderr = *'apt install trace-cmd'* ]]
}

@test 'trace: in JSON' {
	local tracer
	[[ -d /sys/kernel/tracing/events/kvm_sdei ]] || skip 'this module has no tracepoints'
	kvm-sdei trace --json "kvm-$g" >"$BATS_TEST_TMPDIR/trace" 2>/dev/null 3>&- &
	tracer=$!
	run -0 timeout 300 bash -c "until [[ \$(cat /sys/kernel/tracing/instances/kvm-sdei-*/events/kvm_sdei/enable) = 1 ]]; do sleep 1; done"
	expect 0 raise "kvm-$g" --wait 300
	run -0 timeout 300 bash -c "until grep -q sdei_complete $BATS_TEST_TMPDIR/trace; do sleep 1; done"
	kill "$tracer"
	wait "$tracer" || true
	jq -se "all(.[]; .pid == $g)" "$BATS_TEST_TMPDIR/trace"
	jq -se 'any(.[]; .tracepoint == "sdei_raise" and .event == "0x40000001" and .result == 0)' "$BATS_TEST_TMPDIR/trace"
	run ! compgen -G '/sys/kernel/tracing/instances/kvm-sdei-*'
}

# Whether the output is in Prometheus' text format, each metric in one block.
is_exposition() {
	awk '
		function bad(why) { print why ": " $0; failed = 1 }
		/^# HELP [a-z_]+ ./ { if (seen[$3]++) bad("again"); next }
		/^# TYPE [a-z_]+ (counter|gauge)$/ { type = $3; next }
		!/^[a-z_]+(\{[a-z]+="([^"\\]|\\[\\"n])*"(,[a-z]+="([^"\\]|\\[\\"n])*")*\})? [0-9]+$/ { bad("format") }
		{ split($0, name, /[{ ]/); if (name[1] != type) bad("type") }
		END { exit failed }'
}

@test 'metrics: in the format of Prometheus, replaced at once' {
	local folder=$BATS_TEST_TMPDIR/collected before
	local file=$folder/kvm_sdei.prom
	mkdir "$folder"
	expect 0 metrics
	is_exposition <<<"$output"
	grep -qxF "kvm_sdei_vms 2" <<<"$output"
	grep -qE "^kvm_sdei_completed_total\{vm=\"kvm-$g\",name=\"\\$'evil.*\",vcpu=\"1\"\} $(value "$g" 1 completed)\$" <<<"$output"
	grep -qxF "kvm_sdei_registered{vm=\"kvm-$h\",name=\"$g\",vcpu=\"0\"} 0" <<<"$output"
	echo old >"$file"
	before=$(stat -c %i "$file")
	run -0 kvm-sdei-metrics "$file"
	[[ $(<"$file") = "$(kvm-sdei metrics)" && $(stat -c %i "$file") != "$before" ]]
	[[ $(stat -c %a "$file") = 644 && $(ls -A "$folder") = kvm_sdei.prom ]]
}

@test 'a user is told to become root, and root without its capability where to go' {
	run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all \
		kvm-sdei list
	[[ $status = 3 && $stderr = *'only root'*sudo* ]]
	run --separate-stderr setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
		kvm-sdei raise "kvm-$g"
	[[ $status = 3 && $stderr = *CAP_SYS_ADMIN* ]]
}

@test 'a VM that goes away while its handler is waited for' {
	local raiser
	lab guest_qmp g '{"execute":"stop"}'
	kvm-sdei raise "kvm-$g" --all --event signal --wait 600 >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	raiser=$!
	run -0 timeout 300 bash -c "until grep -q 0x0 $sysfs/kvm-$g/vcpu-1/pending; do sleep 1; done"
	kill -KILL "$g"
	status=0
	wait "$raiser" || status=$?
	[[ $status = 11 ]]
	grep -q 'vCPU 1: signal (0x0): the VM has gone away' "$BATS_TEST_TMPDIR/said"
	expect 5 status "kvm-$g"
}

@test 'without any VM: a hint, and an empty list' {
	kill -KILL "$h" "$idle"
	run -0 timeout 300 bash -c "while compgen -G '$sysfs/kvm-*'; do sleep 1; done"
	expect 0 list
	[[ ${#lines[@]} = 1 && $stderr = *'no guest uses SDEI'*'modprobe kvm_sdei_guest' ]]
	expect 0 list --json
	[[ $(json '.vms | length') = 0 ]]
	expect 5 raise web1
	[[ $stderr = *'in a guest, modprobe kvm_sdei_guest'* ]]
}

@test 'without the module: what to do about it' {
	rmmod kvm_sdei
	for command in list 'status web1' 'raise web1' watch trace; do
		# shellcheck disable=SC2086 # a command and its argument
		expect 4 $command
		[[ $stderr = *'  modprobe kvm_sdei'* ]]
	done
	expect 0 metrics
	[[ $output = *$'\nkvm_sdei_up 0' ]]
}
