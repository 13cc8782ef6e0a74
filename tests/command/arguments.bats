# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0-only
# What the operator's command makes of its arguments, before it looks at the host.
# Some variables come from bats; what stands in single quotes must not expand.
# shellcheck disable=SC2154,SC2016,SC2258
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	PATH=$PWD/scripts:$PATH
}

# wrong ARGUMENT...: is refused as wrong usage: one line says what is wrong, the
# next where to look, and none has more than printable ASCII.
wrong() {
	run --separate-stderr -2 kvm-sdei "$@"
	[[ ! $output ]]
	[[ ${#stderr_lines[@]} = 2 && ${stderr_lines[0]} = 'kvm-sdei: '* ]]
	[[ ${stderr_lines[1]} = '  kvm-sdei --help '* ]]
	printable "$stderr"
}

printable() {
	local LC_ALL=C text=${1//$'\n'/}
	[[ $text != *[![:print:]]* ]]
}

# accepted ARGUMENT...: is refused for another reason, as there is no such VM.
accepted() {
	run --separate-stderr kvm-sdei "$@"
	[[ $status = [345] ]]
	[[ $stderr = 'kvm-sdei: '* ]]
}

# like_virsh MESSAGE ARGUMENT...: inject-nmi fails as virsh does.
like_virsh() {
	local message=$1
	shift
	run --separate-stderr -1 kvm-sdei inject-nmi "$@"
	[[ $stderr = "error: $message"* ]]
	printable "$stderr"
}

@test 'without arguments: how it is used, as an error' {
	run --separate-stderr -2 kvm-sdei
	[[ ! $output && $stderr = 'usage: kvm-sdei '* ]]
}

@test 'help, of each command' {
	local command
	for command in '' list status raise inject-nmi watch trace metrics; do
		run --separate-stderr -0 kvm-sdei $command --help
		[[ $output = 'usage: kvm-sdei '* && ! $stderr ]]
	done
	run -0 kvm-sdei help
	run -0 kvm-sdei -h
}

@test 'help names each command and each exit code' {
	run -0 kvm-sdei --help
	for word in list status raise inject-nmi watch trace metrics {0..12}; do
		grep -qw -- "$word" <<<"$output"
	done
}

@test 'version' {
	run -0 kvm-sdei --version
	[[ $output = "kvm-sdei $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)" ]]
}

@test 'whatever the environment says' {
	POSIXLY_CORRECT=1 run -0 kvm-sdei --version
	IFS=mi wrong raise web1 --event mi
	CDPATH=/tmp GREP_OPTIONS=-v accepted status web1
}

@test 'unknown commands' {
	wrong lst
	wrong ''
	wrong -x
	wrong --list
	wrong $'li\nst\e[31m'
	wrong '$(touch '"$BATS_TEST_TMPDIR"'/ran)'
	wrong cmd_list
	wrong need_module
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test 'unknown options, of each command' {
	local command
	for command in list status raise watch trace metrics; do
		wrong $command --colour
		wrong $command -j
		wrong $command --Json
		wrong $command $'--js\eon'
		wrong $command '--json json'
		wrong $command '--*'
	done
	wrong list --wait 1
	wrong status web1 --all
	wrong trace web1 --json
	wrong watch --output x
}

@test 'missing and superfluous VMs' {
	wrong status
	wrong raise
	wrong raise --all
	wrong raise --
	wrong list web1
	wrong metrics web1
	wrong status web1 web2
	wrong raise web1 web2
	wrong watch web1 web2
	wrong trace web1 web2
}

@test 'empty names' {
	wrong status ''
	wrong raise ''
	wrong watch ''
	wrong trace ''
	wrong list ''
}

@test 'names of any kind are accepted' {
	local name
	for name in web1 4711 kvm-4711.2 'a b' $'a\nb\e]0;x\a' ../.. '*' '$(reboot)' 0x10 010 \
		99999999999999999999 "$(printf %0999d 0)" $'\xff\xfe'; do
		accepted status "$name"
		printable "$stderr"
	done
	accepted status -- -web1
	accepted status -- --json
	wrong status -web1
	[[ $stderr = *'after --'* ]]
}

@test 'raise: options without their values, or with values that they do not take' {
	wrong raise web1 --vcpu
	wrong raise web1 --event
	wrong raise web1 --wait
	wrong raise web1 --all=1
	wrong raise web1 --json=yes
	wrong raise web1 --wait=
	wrong raise web1 --vcpu=
	wrong raise web1 --event=
}

@test 'raise: vCPUs' {
	local id
	for id in -1 01 08 0x1 1.5 ' 1' '1 ' '' one '*' $'1\n2' 9999999999 '1,2' 'a[$(touch '"$BATS_TEST_TMPDIR"'/ran)]'; do
		wrong raise web1 --vcpu "$id"
	done
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	accepted raise no-such-vm --vcpu 0
	accepted raise no-such-vm --vcpu 0 --vcpu=511
	wrong raise web1 --vcpu 0 --vcpu x
	wrong raise web1 --vcpu 0 --all
}

@test 'raise: events' {
	local event
	for event in nmi notify signal 0 0x0 1073741825 0x40000001 0X40000000; do
		accepted raise no-such-vm --vcpu 0 --event "$event"
	done
	for event in vm-nmi vm-notify 0x40000003; do
		accepted raise no-such-vm --event "$event"
		wrong raise web1 --event "$event" --all
		wrong raise web1 --event "$event" --vcpu 0
	done
	for event in '' NMI nmi, 'nmi ' -1 00 010 08 0x 0x80000000 0x100000000 2147483648 \
		99999999999999999999 1e3 $'0\n' '0 1' 'nmi]' '*' 'a[$(touch '"$BATS_TEST_TMPDIR"'/ran)]'; do
		wrong raise web1 --event "$event"
	done
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test 'raise: seconds' {
	local seconds
	for seconds in '' 0 00 01 08 -1 1.5 1s 0x10 1000000 99999999999999999999 $'1\n' forever; do
		wrong raise web1 --wait "$seconds"
	done
	accepted raise no-such-vm --wait 999999
}

@test 'watch: numbers' {
	local number
	for number in '' 0 -1 0.5 x; do
		wrong watch --interval "$number"
		wrong watch --count "$number"
	done
	accepted watch no-such-vm --count 1 --interval 1
}

@test 'trace: a file without a name' {
	wrong trace --output ''
	wrong trace --output
}

@test 'inject-nmi: words and exit codes of virsh' {
	like_virsh "command 'inject-nmi' requires <domain> option"
	[[ ! $output ]]
	like_virsh "unexpected data 'b'" a b
	like_virsh "unexpected data 'b'" --domain a b
	like_virsh "command 'inject-nmi' doesn't support option '--foo'" --foo
	like_virsh "Failed to get option 'domain'" ''
	like_virsh "Failed to get option 'domain'" --domain=
	like_virsh 'expected syntax: --domain <string>' --domain
	like_virsh "invalid '=' after option --quiet" --quiet=1 a
	like_virsh '' $'a\e[31m\nb'
	like_virsh '' --domain no-such-vm
}

@test 'metrics: no file, wrong folder' {
	run -2 kvm-sdei-metrics a b
	run -2 kvm-sdei-metrics ''
	run -2 kvm-sdei-metrics --foo
	run -0 kvm-sdei-metrics --help
	run kvm-sdei-metrics "$BATS_TEST_TMPDIR/none/kvm_sdei.prom"
	((status))
	run -1 kvm-sdei-metrics "$BATS_TEST_TMPDIR"
	[[ $output = *'is a folder'* ]]
	[[ ! $(ls -A "$BATS_TEST_TMPDIR") ]]
}

@test 'kvm-sdei-latency and kvm-sdei-dtb' {
	local script
	for script in kvm-sdei-latency kvm-sdei-dtb; do
		run --separate-stderr -0 $script --help
		[[ $output = "usage: $script "* && ! $stderr ]]
	done
	for seconds in '' x -1 1.5 '1 2' 1e3 9999999999 'a[$(touch '"$BATS_TEST_TMPDIR"'/ran)]'; do
		run --separate-stderr -2 kvm-sdei-latency "$seconds"
		[[ ! $output && $stderr = 'usage: '* ]]
	done
	run -2 kvm-sdei-latency 1 2
	run --separate-stderr -2 kvm-sdei-dtb
	run --separate-stderr -2 kvm-sdei-dtb file
	[[ ! $output && ! -e $BATS_TEST_TMPDIR/ran ]]
}

# completes WORDS...: what the last of them may become.
completes() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_kvm_sdei
	echo "${COMPREPLY[*]}"
}

@test 'completion: commands, options, events, and plain names alone' {
	. scripts/kvm-sdei.bash-completion
	[[ $(completes kvm-sdei r) = raise ]]
	[[ $(completes kvm-sdei raise web1 --w) = --wait ]]
	[[ $(completes kvm-sdei list --a) = '' ]]
	[[ $(completes kvm-sdei raise --event vm-) = 'vm-nmi vm-notify' ]]
	[[ $(completes kvm-sdei raise --wait '') = '' ]]
	kvm-sdei() {
		printf '%s\n' 'VM PID NAME VCPUS REGISTERED' 'kvm-1 1 web1 2 nmi' \
			"kvm-2 2 \$(touch\ $BATS_TEST_TMPDIR/ran) 1 -" 'kvm-3.1 3 `x` 1 -' '- 4 -x - does'
	}
	[[ $(completes kvm-sdei status '') = '--json kvm-1 web1 kvm-2 kvm-3.1 --help' ]]
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}
