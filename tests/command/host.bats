# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0-only
# What the operator's command does with VMs that are made up: their processes are
# stopped shells and the files in sysfs ordinary ones. So it is here that a VM has any
# name, vanishes when it is to, and that a write fails as none does on a real host
# (tests/linux/command.bats is about that).
# Some variables come from bats; what stands in single quotes must not expand.
# shellcheck disable=SC2154,SC2016
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	# Debian's autopkgtest is about what is installed.
	[[ ${AUTOPKGTEST_TMP-} ]] || PATH=$PWD/scripts:$PATH
	pids=()
	unshare --mount true || skip 'this needs a mount namespace'
	kernel=$BATS_TEST_TMPDIR/kernel
	sysfs=$kernel/kvm_sdei
	run_libvirt=$BATS_TEST_TMPDIR/run/libvirt/qemu
	mkdir -p "$sysfs" "$run_libvirt"
	echo 0x0 0x40000000 0x40000001 0x40000002 0x40000003 >"$sysfs/exposed_events"
	process web1
	web1=$pid
	vm "$web1" 0 1
}

teardown() {
	((!${#pids[@]})) || kill -KILL "${pids[@]}"
}

# process NAME: one that has QEMU's -name in its command line, in $pid.
process() {
	bash -c 'kill -STOP $$' vmm -name "$1" 3>&- &
	pid=$!
	disown
	pids+=("$pid")
	until [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") = *'vmm -name'* ]]; do :; done
}

# vm PID[.N] VCPU...: its folder.
vm() {
	local dir id
	mkdir -p "$sysfs/kvm-$1"
	: >"$sysfs/kvm-$1/raise"
	for id in "${@:2}"; do
		dir=$sysfs/kvm-$1/vcpu-$id
		mkdir "$dir"
		: >"$dir/raise"
		echo >"$dir/running"
		echo >"$dir/pending"
		echo 0 | tee "$dir/masked" "$dir/delivered" >"$dir/completed"
		echo '0x0 0x40000001' | tee "$dir/enabled" >"$dir/registered"
	done
}

# on_host COMMAND...: with these VMs in sysfs.
on_host() {
	unshare --mount bash -c '
		mount --bind "$1/kernel" /sys/kernel && mount --bind "$1/run" /run && exec "${@:2}"
	' on_host "$BATS_TEST_TMPDIR" "$@"
}

# virsh [DOMAIN]: makes one that says of the id 7 and of each UUID that they are those
# of DOMAIN; without one it does not answer.
virsh() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '%s\n' '#!/bin/bash' "domain=${1@Q}" '[[ $domain ]] || exit 1' \
		'[[ $* != *domname* ]] || { [[ ${!#} = @(7|*-*-*-*-*) ]] && echo "$domain"; }' \
		>"$BATS_TEST_TMPDIR/bin/virsh"
	chmod 755 "$BATS_TEST_TMPDIR/bin/virsh"
	PATH=$BATS_TEST_TMPDIR/bin:${PATH#"$BATS_TEST_TMPDIR/bin:"}
}

# expect STATUS ARGUMENT...: of kvm-sdei.
expect() {
	run --separate-stderr on_host kvm-sdei "${@:2}"
	[[ $status = "$1" ]] ||
		{ echo "kvm-sdei ${*:2}: status $status, not $1: $output $stderr"; return 1; }
}

# has NAME: a VM in the output has this name, says one who knows JSON.
has() {
	local name
	while IFS= read -rd '' name; do
		[[ $name != "$1" ]] || return 0
	done < <(perl -MJSON::PP -CO -e 'print "$_->{name}\0" for @{decode_json(<STDIN>)->{vms}}' <<<"$output")
	false
}

@test 'VMs, and what is raised on them' {
	expect 0 list
	[[ ${lines[1]} =~ ^kvm-$web1\ +$web1\ +web1\ +2\ +signal,nmi$ ]]
	expect 0 raise web1 --vcpu 1
	[[ $(<"$sysfs/kvm-$web1/vcpu-1/raise") = 0x40000001 ]]
	expect 0 raise web1 --event vm-nmi
	[[ $(<"$sysfs/kvm-$web1/raise") = 0x40000003 ]]
	[[ ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
}

@test 'output that is lost is a failure, and told of once' {
	local command where
	for where in '>/dev/full' '>&-'; do
		for command in list 'list --json' 'status web1' 'status web1 --json' 'raise web1' \
			'raise web1 --json' 'raise web1 --event vm-nmi' watch 'watch --json' metrics --version; do
			run --separate-stderr -1 on_host bash -c "kvm-sdei $command $where"
			[[ $stderr = 'kvm-sdei: what was asked for cannot be written to the output' ]]
		done
		run --separate-stderr -1 on_host bash -c "kvm-sdei inject-nmi web1 $where"
		[[ $stderr = 'error: what was asked for cannot be written to the output' ]]
		run --separate-stderr -1 on_host bash -c "kvm-sdei inject-nmi web2 $where"
		[[ ${stderr_lines[0]} = "error: failed to get domain 'web2'" ]]
		run ! on_host bash -c "kvm-sdei --help $where"
	done
	rm -r "${sysfs:?}"/kvm-*
	run -1 on_host bash -c 'kvm-sdei metrics >/dev/full'
}

@test 'watch ends when nobody reads, whether or not SIGPIPE is ignored' {
	run on_host timeout 100 bash -c 'trap "" PIPE; kvm-sdei watch --interval 1 | head -n 1; exit "${PIPESTATUS[0]}"'
	[[ $status = 1 ]]
	run on_host timeout 100 env --default-signal=PIPE bash -c 'kvm-sdei watch --interval 1 --json | head -n 1; exit "${PIPESTATUS[0]}"'
	[[ $status = 141 ]]
}

@test 'a full disk: the file for Prometheus keeps what it has' {
	local folder=$BATS_TEST_TMPDIR/collected
	mkdir "$folder"
	# Without VMs what is written last is another part.
	for _ in 1 2; do
		run --separate-stderr on_host bash -c '
			mount -t tmpfs -o size=8k tmpfs "$1" && echo old >"$1/kvm_sdei.prom"
			head -c 64k /dev/zero >"$1/other" 2>/dev/null
			! kvm-sdei-metrics "$1/kvm_sdei.prom" && cat "$1/kvm_sdei.prom" && ls -A "$1"' metrics "$folder"
		[[ $status = 0 && $output = $'old\nkvm_sdei.prom\nother' ]]
		rm -rf "${sysfs:?}"/kvm-*
	done
}

@test 'what others put in the way of the file for Prometheus is not followed' {
	local folder=$BATS_TEST_TMPDIR/collected
	mkdir "$folder" "$BATS_TEST_TMPDIR/bin"
	printf '%s\n' '#!/bin/bash' 'ln -s "$VICTIM" "${@: -1}"' 'echo "${@: -1}"' >"$BATS_TEST_TMPDIR/bin/mktemp"
	chmod 755 "$BATS_TEST_TMPDIR/bin/mktemp"
	export VICTIM=$BATS_TEST_TMPDIR/victim
	for content in '' old; do
		[[ ! $content ]] || echo $content >"$VICTIM"
		PATH=$BATS_TEST_TMPDIR/bin:$PATH run -1 on_host kvm-sdei-metrics "$folder/kvm_sdei.prom"
		[[ ! -e $VICTIM || $(<"$VICTIM") = old ]]
		[[ ! $content || -e $VICTIM ]]
		[[ ! $(ls -A "$folder") ]]
	done
	umask 077
	run -0 on_host kvm-sdei-metrics "$folder/kvm_sdei.prom"
	[[ $(stat -c %a "$folder/kvm_sdei.prom") = 644 && $(ls -A "$folder") = kvm_sdei.prom ]]
}

@test 'names of any kind, in JSON' {
	local name part='' n
	for name in '"' "\\" $'\1\x1f\x7f\t\r\n' '</script>' 'é 𝄞 ' "a,guest=b"; do
		process "guest=${name//,/,,}"
		vm "$pid" 0
		expect 0 list --json
		[[ $output != *[![:print:]]* ]]
		has "$name"
		expect 0 status "$name" --json
		expect 0 raise "$name" --json
	done
	# Of more bytes than one, across each place where a part may end.
	for ((n = 0; n < 300; n++)); do part+=é𝄞€x; done
	for name in "$part" "a$part" "ab$part" "abc$part" "abcd$part"; do
		process "$name"
		vm "$pid" 0
		expect 0 list --json
		has "$name"
	done
}

@test 'names that are no UTF-8, in JSON' {
	local name
	for name in $'\xff' $'a\xc3' $'\xed\xa0\x80' $'\xc0\x80x' $'\xf4\x90\x80\x80' $'\xe2\x82"'; do
		process "$name"
		vm "$pid" 0
		expect 0 status "kvm-$pid" --json
		[[ $output != *[![:print:]]* && $output = *'\ufffd'* ]]
		perl -MJSON::PP -e 'decode_json(<STDIN>)' <<<"$output"
	done
	[[ $output = *'"name":"\ufffd\u0022"'* ]]
}

# Quotes in it must not cost more than their number, for all who are listed with it.
@test 'a name of 64 KiB' {
	local name
	printf -v name '%*s' 60000 ''
	process "${name// /\"}"
	vm "$pid" 0
	process "${name// /x}"
	vm "$pid" 0
	run -0 on_host timeout 60 kvm-sdei list --json
	[[ ${#output} -gt 420000 ]]
	expect 0 list
	((${#output} < 2000))
	expect 0 metrics
	((${#output} < 16000))
}

@test 'metrics: names are escaped' {
	local name
	for name in 'a"b' 'a\b' '$(x)' 'a b{}'; do
		process "$name"
		vm "$pid" 0
	done
	expect 0 metrics
	grep -qF 'name="a\"b",vcpu="0"} 0' <<<"$output"
	grep -qF 'name="a\\b",vcpu="0"} 0' <<<"$output"
	grep -qF 'name="$(x)",vcpu="0"} 0' <<<"$output"
	process $'a\nb"'
	vm "$pid" 0
	expect 0 metrics
	grep -qF "name=\"\$'a\\\\nb\\\"'\",vcpu=\"0\"} 0" <<<"$output"
}

@test 'several VMs of one process' {
	vm "$web1.2" 0
	expect 6 status "$web1"
	[[ $stderr = *"  kvm-$web1 web1"*"  kvm-$web1.2 web1" ]]
	expect 6 raise web1
	expect 0 raise "kvm-$web1.2"
	[[ -s $sysfs/kvm-$web1.2/vcpu-0/raise && ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
	expect 5 status "kvm-$web1.1"
}

@test 'VMs of one name, one of which does not use SDEI' {
	local command other
	process web1
	other=$pid
	mkdir -p "$kernel/debug/kvm/$other-9"
	for command in status raise 'raise --json' watch trace; do
		[[ $command != trace ]] || mkdir -p "$kernel/tracing/events/kvm_sdei"
		# shellcheck disable=SC2086 # a command and its option
		expect 6 $command web1
		[[ $stderr = *"'web1' may be any of 2 VMs"*"  kvm-$web1 web1"*"  pid $other, which does not use SDEI" ]]
	done
	expect 1 inject-nmi web1
	[[ ${stderr_lines[0]} = "error: failed to get domain 'web1'" ]]
	[[ ${stderr_lines[1]} = "error: 'web1' may be any of 2 VMs: say which" ]]
	[[ ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
	expect 0 raise "$web1"
	expect 7 raise "$other"
}

@test 'a VM that is called as the UUID, or the id, of a domain' {
	local uuid=01234567-89ab-cdef-0123-456789abcdef command other id word
	process $uuid
	other=$pid
	vm "$other" 0 1
	process 7
	id=$pid
	vm "$id" 0 1
	expect 0 status $uuid
	echo "$web1" >"$run_libvirt/web1.pid"
	virsh web1
	for command in status raise 'raise --json' watch trace; do
		[[ $command != trace ]] || mkdir -p "$kernel/tracing/events/kvm_sdei"
		# shellcheck disable=SC2086 # a command and its option
		expect 6 $command $uuid
		[[ $stderr = *"'$uuid' may be any of 2 VMs"*"  kvm-$other $uuid"*"  kvm-$web1 web1" ]]
	done
	[[ ! -s $sysfs/kvm-$web1/vcpu-0/raise && ! -s $sysfs/kvm-$other/vcpu-0/raise ]]
	# To virsh an id or a UUID is no name.
	for word in $uuid 7; do
		expect 0 inject-nmi "$word"
		[[ -s $sysfs/kvm-$web1/vcpu-0/raise && ! -s $sysfs/kvm-$other/vcpu-0/raise ]]
		[[ ! -s $sysfs/kvm-$id/vcpu-0/raise ]]
		: >"$sysfs/kvm-$web1/vcpu-0/raise"
	done
	# A domain that does not run.
	virsh web9
	expect 6 raise $uuid
	[[ $stderr = *"  kvm-$other $uuid"*'  web9, a domain that does not run or does not use SDEI' ]]
	for word in $uuid 7; do
		expect 1 inject-nmi "$word"
		[[ $stderr = "error: failed to get domain '$word'"*"error: there is no VM 'web9'"* ]]
	done
	# A libvirt that runs domains and does not answer, and one that runs none.
	virsh ''
	for command in "status $uuid" "raise $uuid"; do
		# shellcheck disable=SC2086 # a command and its argument
		expect 12 $command
		[[ $stderr = "kvm-sdei: virsh does not tell whether '$uuid' is the id or UUID of a domain"* ]]
	done
	expect 1 inject-nmi 7
	[[ $stderr = "error: virsh does not tell whether '7' is"* ]]
	[[ ! -s $sysfs/kvm-$other/vcpu-0/raise && ! -s $sysfs/kvm-$id/vcpu-0/raise ]]
	rm "$run_libvirt/web1.pid"
	expect 0 raise $uuid
	expect 0 inject-nmi 7
	[[ -s $sysfs/kvm-$other/vcpu-0/raise && -s $sysfs/kvm-$id/vcpu-0/raise ]]
}

@test 'a VM that is called as a domain: the id or UUID says that the domain is meant' {
	local uuid=01234567-89ab-cdef-0123-456789abcdef
	echo "$web1" >"$run_libvirt/web1.pid"
	virsh web1
	process web1
	vm "$pid" 0
	expect 6 raise web1
	expect 1 inject-nmi web1
	[[ ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
	expect 0 raise $uuid
	expect 0 inject-nmi 7
	expect 0 inject-nmi $uuid
	[[ -s $sysfs/kvm-$web1/vcpu-1/raise && ! -s $sysfs/kvm-$pid/vcpu-0/raise ]]
	# The same where it is the domain whose guest does not use SDEI.
	rm -r "$sysfs/kvm-$web1"
	expect 5 raise $uuid
	mkdir -p "$kernel/debug/kvm/$web1-9"
	expect 7 raise $uuid
	expect 1 inject-nmi 7
	[[ ! -s $sysfs/kvm-$pid/vcpu-0/raise ]]
}

@test 'a VM that is called as the folder of another' {
	local command other
	process "kvm-$web1"
	other=$pid
	vm "$other" 0
	for command in status raise 'raise --json' watch trace; do
		[[ $command != trace ]] || mkdir -p "$kernel/tracing/events/kvm_sdei"
		# shellcheck disable=SC2086 # a command and its option
		expect 6 $command "kvm-$web1"
		[[ $stderr = *"'kvm-$web1' may be any of 2 VMs"*"  kvm-$web1 web1"*"  kvm-$other kvm-$web1" ]]
	done
	expect 1 inject-nmi "kvm-$web1"
	[[ $stderr = *"'kvm-$web1' may be any of 2 VMs"* ]]
	[[ ! -s $sysfs/kvm-$web1/vcpu-0/raise && ! -s $sysfs/kvm-$other/vcpu-0/raise ]]
	# Other words for both are left.
	expect 0 status "$web1"
	expect 0 status "kvm-$other"
	# libvirt knows no folders: what it calls so is the domain.
	virsh "kvm-$web1"
	expect 0 raise 01234567-89ab-cdef-0123-456789abcdef
	[[ -s $sysfs/kvm-$other/vcpu-0/raise && ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
	: >"$sysfs/kvm-$other/vcpu-0/raise"
	expect 0 inject-nmi 7
	[[ -s $sysfs/kvm-$other/vcpu-0/raise && ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
	# Neither does it matter that the guest of that name does not use SDEI.
	rm -r "$sysfs/kvm-$other"
	mkdir -p "$kernel/debug/kvm/$other-9"
	expect 6 status "kvm-$web1"
	[[ $stderr = *"  pid $other, which does not use SDEI" ]]
	# A VM may be called as its own folder.
	bash -c 'exec bash -c "kill -STOP \$\$" vmm -name "kvm-$$"' 3>&- &
	pid=$!
	disown
	pids+=("$pid")
	until [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") = *"vmm -name kvm-$pid "* ]]; do :; done
	vm "$pid" 0
	expect 0 status "kvm-$pid"
}

@test 'a VM that goes away: while it is looked for, waited for, or watched' {
	vm 1
	expect 11 status kvm-1
	expect 11 raise kvm-1
	[[ $stderr = *'kvm-1 has gone away'* ]]
	echo 0x40000001 >"$sysfs/kvm-$web1/vcpu-0/pending"
	on_host kvm-sdei raise web1 --wait 600 --json >"$BATS_TEST_TMPDIR/said" 2>/dev/null 3>&- &
	run -0 timeout 100 bash -c 'until [[ -s $1 ]]; do sleep 0.1; done' until "$sysfs/kvm-$web1/vcpu-0/raise"
	mv "$sysfs/kvm-$web1" "$BATS_TEST_TMPDIR"
	rm -r "$BATS_TEST_TMPDIR/kvm-$web1"
	status=0
	wait $! || status=$?
	[[ $status = 11 && $(<"$BATS_TEST_TMPDIR/said") = *'{"vcpu":0,"outcome":"gone"}'* ]]
	vm "$web1" 0
	on_host kvm-sdei watch web1 --interval 1 >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	run -0 timeout 100 bash -c 'until [[ -s $1 ]]; do sleep 0.1; done' until "$BATS_TEST_TMPDIR/said"
	mv "$sysfs/kvm-$web1" "$BATS_TEST_TMPDIR"
	status=0
	wait $! || status=$?
	[[ $status = 11 ]]
	grep -q "^kvm-sdei: kvm-$web1 has gone away" "$BATS_TEST_TMPDIR/said"
}

@test 'inject-nmi: a guest that crashes, and ends its VM, before all vCPUs were raised' {
	# It is a pipe, so that the VM can end as soon as it was written to.
	rm "$sysfs/kvm-$web1/vcpu-0/raise"
	mkfifo "$sysfs/kvm-$web1/vcpu-0/raise"
	{
		read -r _ <"$sysfs/kvm-$web1/vcpu-0/raise"
		mv "$sysfs/kvm-$web1" "$BATS_TEST_TMPDIR/ended"
		rm -r "$BATS_TEST_TMPDIR/ended/vcpu-"*
	} 3>&- &
	expect 0 inject-nmi web1
	[[ ! $output && ! $stderr ]]
	wait $!
	# If none was raised before, there is nothing to be content with.
	vm "$web1.2" 0
	rm "$sysfs/kvm-$web1.2/vcpu-0/masked"
	expect 1 inject-nmi "kvm-$web1.2"
	[[ $stderr = *"error: kvm-$web1.2 has gone away"* ]]
}

@test 'inject-nmi: prints what virsh does' {
	local option
	run --keep-empty-lines --separate-stderr -0 on_host kvm-sdei inject-nmi web1
	[[ $output = $'\n' && ! $stderr ]]
	run --keep-empty-lines --separate-stderr -1 on_host kvm-sdei inject-nmi web2
	[[ $output = $'\n' && ${stderr_lines[0]} = "error: failed to get domain 'web2'" ]]
	run --separate-stderr --keep-empty-lines -0 on_host kvm-sdei inject-nmi --quiet web1
	[[ ! $output && ! $stderr ]]
	for option in --quiet --json; do
		run --separate-stderr --keep-empty-lines -1 on_host kvm-sdei inject-nmi $option web2
		[[ ! $output && ${stderr_lines[0]} = "error: failed to get domain 'web2'" ]]
	done
}

@test 'inject-nmi: a guest that has SDEI masked on every vCPU' {
	echo 1 >"$sysfs/kvm-$web1/vcpu-1/masked"
	expect 0 inject-nmi web1
	[[ ! $stderr ]]
	echo 1 >"$sysfs/kvm-$web1/vcpu-0/masked"
	expect 0 inject-nmi web1
	[[ ! $output ]]
	[[ $stderr = "warning: every vCPU of kvm-$web1 has SDEI masked: it waits until the guest unmasks" ]]
	expect 0 inject-nmi web1 --quiet
	[[ ! $output && $stderr = 'warning: '* ]]
	expect 0 inject-nmi web1 --json
	[[ $output = "{\"vm\":\"kvm-$web1\",\"pid\":$web1,\"name\":\"web1\",\"event\":\"0x40000001\",\"vcpus\":[{\"vcpu\":0,\"outcome\":\"queued\"},"* ]]
	expect 1 inject-nmi web1 --json --quiet
	[[ $stderr = 'error: Options --quiet and --json are mutually exclusive'* ]]
}

@test 'an event of the VM whose handler is entered, and the guest reset in it' {
	local dir=$sysfs/kvm-$web1 option
	for option in '' --json; do
		: >"$dir/raise"
		echo 0x40000003 >"$dir/vcpu-1/running"
		# shellcheck disable=SC2086 # it may be none
		on_host kvm-sdei raise web1 --event vm-nmi --wait 5 $option \
			>"$BATS_TEST_TMPDIR/said" 2>"$BATS_TEST_TMPDIR/advice" 3>&- &
		run -0 timeout 100 bash -c 'until [[ -s $1 ]]; do sleep 0.1; done' until "$dir/raise"
		sleep 1.5
		# A CPU that was reset has SDEI masked.
		echo 1 | tee "$dir/vcpu-0/masked" >"$dir/vcpu-1/masked"
		echo >"$dir/vcpu-1/running"
		status=0
		wait $! || status=$?
		[[ $status = 9 ]]
		grep -q 'a guest that is to crash does that' "$BATS_TEST_TMPDIR/advice"
		echo 0 | tee "$dir/vcpu-0/masked" >"$dir/vcpu-1/masked"
		grep -qE 'the guest was reset in it \(vCPU 1\)$|"outcome":"reset","vcpus":\[\{"vcpu":1,"outcome":"reset"\}\]' "$BATS_TEST_TMPDIR/said"
	done
	expect 9 raise web1 --event vm-nmi --wait 1 --json
	[[ $output = *'"outcome":"untaken","vcpus":[]}' ]]
}

@test 'a write that fails in a way of its own' {
	ln -sf /dev/full "$sysfs/kvm-$web1/vcpu-0/raise"
	expect 1 raise web1
	[[ $stderr = "kvm-sdei: kvm-$web1/vcpu-0/raise: No space left on device" ]]
	expect 1 inject-nmi web1
	[[ $stderr = "error: kvm-$web1/vcpu-0/raise: No space left on device" ]]
	ln -sf /dev/full "$sysfs/kvm-$web1/raise"
	expect 1 raise web1 --event vm-nmi --wait 5 --json
	[[ $stderr = "kvm-sdei: kvm-$web1/raise: No space left on device" ]]
	[[ $output = *'"outcome":"failed","vcpus":[]}' ]]
}

@test 'a write that fails on one vCPU: the others are raised, and told of' {
	vm "$web1.2" 0 1 2
	ln -sf /dev/full "$sysfs/kvm-$web1.2/vcpu-1/raise"
	expect 1 raise "kvm-$web1.2" --all
	[[ ${#lines[@]} = 3 && ${lines[0]} = *': raised' && ${lines[2]} = *': raised' ]]
	[[ ${lines[1]} = *'vCPU 1: nmi (0x40000001): it could not be raised' ]]
	[[ $stderr = "kvm-sdei: kvm-$web1.2/vcpu-1/raise: No space left on device" ]]
	[[ -s $sysfs/kvm-$web1.2/vcpu-0/raise && -s $sysfs/kvm-$web1.2/vcpu-2/raise ]]
	expect 1 raise "kvm-$web1.2" --all --json
	[[ $output = *'"vcpus":[{"vcpu":0,"outcome":"queued"},{"vcpu":1,"outcome":"failed"},{"vcpu":2,"outcome":"queued"}]}' ]]
	# The largest exit status is that of the two that do not react.
	expect 9 raise "kvm-$web1.2" --all --wait 1 --json
	[[ $output = *'{"vcpu":1,"outcome":"failed"}'* ]]
}

@test 'many VMs of one name: all are counted, and some are named' {
	local n
	for ((n = 1; n < 25; n++)); do
		vm "$web1.$n" 0
	done
	expect 6 status web1
	[[ $stderr = *"'web1' may be any of 25 VMs"*'and 5 more: kvm-sdei list' ]]
}

@test 'why an event is not delivered while another handler runs' {
	local folder=$sysfs/kvm-$web1/vcpu-0
	echo 0x40000001 >"$folder/pending"
	echo 0x0 >"$folder/running"
	expect 9 raise web1 --vcpu 0 --wait 1
	[[ $output = *'it was not delivered within 1 s: the vCPU does not run'* ]]
	echo 0x40000003 >"$folder/running"
	expect 9 raise web1 --vcpu 0 --wait 1
	[[ $output = *'it waits for another handler that runs there'* ]]
	printf '%s\n' 0x0 >"$folder/pending"
	printf '%s\n' 0x40000000 >"$folder/running"
	expect 9 raise web1 --vcpu 0 --event signal --wait 1
	[[ $output = *'it waits for another handler that runs there'* ]]
}

@test 'an event that waits does so for as long as was asked for' {
	local began now
	echo 0x40000001 >"$sysfs/kvm-$web1/vcpu-0/pending"
	for _ in 1 2 3; do
		read -r began _ </proc/uptime
		expect 9 raise web1 --vcpu 0 --wait 1
		read -r now _ </proc/uptime
		((10#${now/./} - 10#${began/./} >= 100))
		sleep 0.3
	done
}

@test 'an event that this module does not have' {
	expect 2 raise web1 --event 4711
	[[ $stderr = *'0x1267 is not among the events'*0x40000003* ]]
	echo 0x0 >"$sysfs/exposed_events"
	expect 2 raise web1
	[[ ! -s $sysfs/kvm-$web1/vcpu-0/raise ]]
}

@test 'trace: what it lacks' {
	expect 12 trace
	[[ $stderr = *'mount -t tracefs'* ]]
	mkdir -p "$kernel/tracing/events" "$kernel/tracing/instances"
	expect 12 trace web1
	[[ $stderr = *'no tracepoints'* ]]
	mkdir "$kernel/tracing/events/kvm_sdei"
	# Ordinary folders have no files of their own.
	expect 12 trace web1
	[[ $stderr = *'kvm-sdei: this kernel cannot filter by VM' && ! $stderr = *line* ]]
	expect 12 trace
	[[ $stderr = *'kvm-sdei: cannot switch the trace on' && ! $stderr = *line* ]]
	rmdir "$kernel/tracing/instances"
	expect 12 trace
}

# tracefs: mkdir makes an instance as tracefs does, with what is traced there, and rmdir
# takes it away, but keeps what was set there in $BATS_TEST_TMPDIR/was. What is traced
# is standard input.
tracefs() {
	local bin=$BATS_TEST_TMPDIR/bin
	mkdir -p "$kernel/tracing/events/kvm_sdei" "$kernel/tracing/instances" "$bin"
	cat >"$BATS_TEST_TMPDIR/trace"
	cat >"$bin/mkdir" <<-'END'
		#!/bin/bash
		/bin/mkdir -p "$1/events/kvm_sdei" "$1/options"
		cd "$1/options" && echo 1 | tee record-tgid latency-format >raw && echo 0 >irq-info
		cp "${0%/bin/*}/trace" ../trace_pipe
	END
	cat >"$bin/rmdir" <<-'END'
		#!/bin/bash
		rm -rf "${0%/bin/*}/was"
		cp -r "$1" "${0%/bin/*}/was" && rm -r "$1"
	END
	chmod 755 "$bin"/*
	PATH=$bin:$PATH
}

# reader [LINE]: makes a cat that reads no more than this, and ends some time after it was
# terminated: when $BATS_TEST_TMPDIR/go is there.
reader() {
	printf '%s\n' '#!/bin/bash' "line=${1@Q}" >"$BATS_TEST_TMPDIR/bin/cat"
	/bin/cat >>"$BATS_TEST_TMPDIR/bin/cat" <<-'END'
		cd "${0%/bin/*}" || exit
		exec 2>/dev/null
		trap '' HUP
		trap 'touch ends; until [[ -e go ]]; do sleep 0.1; done; exit' TERM
		echo $$ >reads
		[[ ! $line ]] || echo "$line"
		while :; do sleep 0.1; done
	END
	chmod 755 "$BATS_TEST_TMPDIR/bin/cat"
}

@test 'trace: ends when its output does, and leaves nothing behind' {
	local where option signal line='  bash-108     [000] .....    33.033778: sdei_raise: pid=138 vcpu=-1 event=0x0 result=-22'
	yes "$line" | head -n 2000 >"$BATS_TEST_TMPDIR/lines"
	tracefs <"$BATS_TEST_TMPDIR/lines"
	for option in '' --json; do
		for where in '>/dev/full' '>&-' '| head -n 1' '| (exec <&-)'; do
			for signal in default ignore; do
				rm -rf "$BATS_TEST_TMPDIR/was"
				run --separate-stderr on_host timeout 100 env --$signal-signal=PIPE \
					bash -c "kvm-sdei trace $option $where; exit \"\${PIPESTATUS[0]}\""
				[[ $status != 0 && $stderr != *': line '* ]]
				[[ ! $(ls -A "$kernel/tracing/instances") ]]
				[[ $(<"$BATS_TEST_TMPDIR/was/events/kvm_sdei/enable") = 1 ]]
			done
		done
		run --separate-stderr -0 on_host kvm-sdei trace $option
		[[ ${#lines[@]} = 2000 && ! $(ls -A "$kernel/tracing/instances") ]]
	done
	# It does not wait for a line to come after the one that could not be written.
	reader "$line"
	touch "$BATS_TEST_TMPDIR/go"
	run --separate-stderr on_host timeout 100 bash -c 'kvm-sdei trace --json >/dev/full'
	[[ $status = 1 && $stderr = *'cannot be written to the output' ]]
	[[ ! $(ls -A "$kernel/tracing/instances") ]]
}

# await PATTERN: until there is such a file.
await() {
	run -0 timeout 100 bash -c 'until compgen -G "$1"; do sleep 0.1; done' await "$1"
}

@test 'trace: whoever interrupts it twice finds nothing left behind either' {
	local first second expected tracer
	tracefs </dev/null
	reader
	cd "$BATS_TEST_TMPDIR"
	while read -r first second expected; do
		rm -f reads ends go
		on_host setsid env --default-signal=INT,QUIT kvm-sdei trace >said 2>&1 3>&- &
		await reads
		tracer=$(basename "$kernel/tracing/instances"/*)
		tracer=${tracer#kvm-sdei-}
		kill -"$first" -- -"$tracer"
		await ends
		kill -"$second" -- -"$tracer"
		sleep 0.5
		touch go
		status=0
		wait $! || status=$?
		[[ $status = "$expected" && ! $(ls -A "$kernel/tracing/instances") ]]
		[[ $(<said) = 'kvm-sdei: tracing; Ctrl-C ends it' ]]
	done <<<$'INT INT 130\nHUP TERM 143\nTERM TERM 143\nTERM INT 143\nQUIT INT 131'
}

@test 'trace: what one that was killed has left is removed by the next one' {
	local option tracer
	tracefs </dev/null
	cd "$kernel/tracing/instances"
	# No pid is as large as the last one.
	/bin/mkdir "kvm-sdei-$web1" kvm-sdei-x kvm_sdei_latency kvm-sdei-4194305
	expect 0 trace
	[[ -d kvm-sdei-$web1 && -d kvm-sdei-x && -d kvm_sdei_latency && ! -e kvm-sdei-4194305 ]]
	/bin/rmdir "kvm-sdei-$web1" kvm-sdei-x kvm_sdei_latency
	reader
	for option in '' --json; do
		rm -f "$BATS_TEST_TMPDIR/reads"
		# shellcheck disable=SC2086 # it may be none
		on_host kvm-sdei trace $option >/dev/null 2>&1 3>&- &
		await "$BATS_TEST_TMPDIR/reads"
		tracer=$(echo kvm-sdei-*)
		kill -KILL "${tracer#kvm-sdei-}"
		wait $! || true
		# Whom it had read the trace does not keep the instance.
		run timeout 100 bash -c 'while readlink "/proc/$1/exe"; do sleep 0.1; done' ends "$(<"$BATS_TEST_TMPDIR/reads")"
		[[ $status = 0 && -d $tracer ]]
		rm "$BATS_TEST_TMPDIR/bin/cat"
		expect 0 trace
		[[ ! $(ls -A) ]]
		reader
	done
}

@test 'trace: in JSON' {
	tracefs <<-'END'
		            bash-108     [000] .....    33.033778: sdei_raise: pid=138 vcpu=-1 event=0x40000001 result=-22
		CPU:1 [LOST 12 EVENTS]
		   CPU 1/KVM"\-144     [009] ...1.    33.038172: sdei_call: pid=138 vcpu=1 function=0xc4000024 EVENT_CONTEXT x1=0x0 x2=0x0 x3=0x0 result=6764688119582162944
		 [000] -1 1.1: x-7     [010] ...1. 33.038173: sdei_reset: pid=1 vcpu=0 by_vmm=1 whole_vm=0
		            bash-108     (    108) [000] .....    33.04: sdei_complete: pid=138 vcpu=0 event=0x0
		 a-1 (-------) [000] -9     (-------) [001] d..1.    33.05: sdei_complete: pid=138 vcpu=1 event=0x0
		no event
		 a-1     [001] d..1.    33.06: sdei_call: result=9007199254740992
		 a-1     [001] d..1.    33.06: sdei_call: result=9007199254740993
		 a-1     [001] d..1.    33.06: sdei_call: result=-9007199254740993
	END
	run --separate-stderr -0 on_host kvm-sdei trace web1 --json
	[[ ${#lines[@]} = 9 ]]
	[[ ${lines[0]} = '{"tracepoint":"sdei_raise","time":33.033778,"cpu":0,"tid":108,"task":"bash","pid":138,"vcpu":-1,"event":"0x40000001","result":-22}' ]]
	[[ ${lines[1]} = '{"cpu":1,"lost":12}' ]]
	[[ ${lines[2]} = *'"cpu":9,'*'"task":"CPU 1/KVM\u0022\u005c",'*'"function":"0xc4000024","name":"EVENT_CONTEXT","x1":"0x0",'*'"result":"0x5de1000100000000"}' ]]
	[[ ${lines[3]} = '{"tracepoint":"sdei_reset","time":33.038173,"cpu":10,"tid":7,"task":"[000] -1 1.1: x","pid":1,"vcpu":0,"by_vmm":1,"whole_vm":0}' ]]
	[[ ${lines[4]} = *'"cpu":0,"tid":108,"task":"bash","pid":138,"vcpu":0,"event":"0x0"}' ]]
	[[ ${lines[6]} = *'"result":9007199254740992}' && ${lines[7]} = *'"result":"0x20000000000001"}' ]]
	[[ ${lines[8]} = *'"result":"0xffdfffffffffffff"}' ]]
	[[ ${lines[5]} = *'"cpu":1,"tid":9,"task":"a-1 (-------) [000] ","pid":138,"vcpu":1,"event":"0x0"}' ]]
	for line in "${lines[@]}"; do
		perl -MJSON::PP -e 'decode_json(<STDIN>)' <<<"$line"
	done
	[[ $(<"$BATS_TEST_TMPDIR/was/events/kvm_sdei/filter") = "pid == $web1" ]]
	# What the instance has from the options of all, but for what it would clear for all.
	cd "$BATS_TEST_TMPDIR/was/options"
	[[ $(<latency-format) = 0 && $(<raw) = 0 && $(<irq-info) = 1 && $(<record-tgid) = 1 ]]
	[[ $(ls) = $'irq-info\nlatency-format\nraw\nrecord-tgid' ]]
}

@test 'kvm-sdei-latency: whoever interrupts it twice finds nothing left behind' {
	local bin=$BATS_TEST_TMPDIR/bin instance=$kernel/tracing/instances/kvm_sdei_latency whom
	mkdir -p "$bin" "$BATS_TEST_TMPDIR/module/kvm_sdei" "$kernel/tracing/events" "${instance%/*}"
	cat >"$bin/mkdir" <<-'END'
		#!/bin/bash
		for event in kvm_sdei/sdei_{raise,deliver,complete} synthetic/kvm_sdei_{wait,run}; do
			/bin/mkdir -p "$1/events/$event"
			touch "$1/events/$event/hist"
		done
		echo $PPID >"${0%/bin/*}/latency"
	END
	cat >"$bin/rmdir" <<-'END'
		#!/bin/bash
		cd "${0%/bin/*}" && touch ends
		until [[ -e go ]]; do /bin/sleep 0.1; done
		rm -r "$1"
	END
	printf '%s\n' '#!/bin/bash' 'touch "${0%/bin/*}/sleeps"' 'exec /bin/sleep "$@"' >"$bin/sleep"
	chmod 755 "$bin"/*
	cd "$BATS_TEST_TMPDIR"
	for whom in '' -; do
		rm -f latency sleeps ends go
		: >"$kernel/tracing/synthetic_events"
		PATH=$bin:$PATH on_host bash -c 'mount --bind module /sys/module && "$@"' on_host \
			setsid env --default-signal=INT,QUIT kvm-sdei-latency >said 2>&1 3>&- &
		await sleeps
		# What cannot be taken away keeps nothing else.
		rm -r "$instance/events/kvm_sdei/sdei_complete"
		sleep 0.5
		kill -INT "$(<latency)"
		await ends
		kill -INT -- "$whom$(<latency)"
		kill -TERM -- "$whom$(<latency)"
		sleep 0.5
		touch go
		status=0
		wait $! || status=$?
		[[ $status = 0 && ! -e $instance ]]
		[[ $(tail -n 2 "$kernel/tracing/synthetic_events") = $'!kvm_sdei_wait\n!kvm_sdei_run' ]]
		grep -q '^Interrupted' said
	done
}

@test 'who is not root' {
	local command
	for command in list 'status web1' 'raise web1' watch trace metrics; do
		# shellcheck disable=SC2086 # a command and its argument
		run --separate-stderr -3 on_host setpriv --reuid 1000 --regid 1000 --clear-groups \
			bash "$(command -v kvm-sdei)" $command
		[[ ! $output && ${stderr_lines[1]} = "  sudo kvm-sdei ${command%% *} ..." ]]
	done
}

# as_root_of_a_namespace ARGUMENT...: kvm-sdei by a root whom others' files are closed to.
# (A real namespace of users cannot be made where a chroot is.)
as_root_of_a_namespace() {
	on_host setpriv --bounding-set -dac_override,-dac_read_search kvm-sdei "$@"
}

@test 'root of a user namespace is told so, not that the VM has gone' {
	local command
	chown -R 1000 "$sysfs/kvm-$web1"
	find "$sysfs/kvm-$web1" -type f -exec chmod 600 {} +
	for command in list 'list --json' 'status web1' 'raise web1' 'raise web1 --all --wait 1' \
		'raise web1 --event vm-nmi' 'watch web1' 'watch --json' metrics; do
		# shellcheck disable=SC2086 # a command and its arguments
		run --separate-stderr -3 as_root_of_a_namespace $command
		[[ ! $output && $stderr = 'kvm-sdei: this needs CAP_SYS_ADMIN on the host itself'* ]]
	done
	run --separate-stderr -1 as_root_of_a_namespace inject-nmi web1
	[[ $stderr = *'error: this needs CAP_SYS_ADMIN'* ]]
	# Who may read, but not write.
	chmod 644 "$sysfs/kvm-$web1"/vcpu-*/*
	chmod 600 "$sysfs/kvm-$web1"/vcpu-*/raise
	run -0 as_root_of_a_namespace status web1
	for command in 'raise web1' 'raise web1 --all' 'raise web1 --event vm-nmi'; do
		# shellcheck disable=SC2086 # a command and its arguments
		run --separate-stderr -3 as_root_of_a_namespace $command
		[[ ! $output && $stderr = 'kvm-sdei: this needs CAP_SYS_ADMIN on the host itself'* ]]
	done
}
