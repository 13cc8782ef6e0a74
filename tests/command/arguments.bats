# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0-only
# What the operator's command makes of its arguments, before it looks at the host.
# Some variables come from bats; what stands in single quotes must not expand.
# shellcheck disable=SC2154,SC2016,SC2258
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	# Debian's autopkgtest is about what is installed.
	[[ ${AUTOPKGTEST_TMP-} ]] || PATH=$PWD/scripts:$PATH
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

@test 'help, the manual and the completion know the same options' {
	local option options
	options=$(sed -nE "s/^\tparse '?([a-z: ]+)'? .*/\1/p" scripts/kvm-sdei | tr ' ' '\n' |
		tr -d : | grep . | sort -u)
	[[ ${options//$'\n'/ } = 'all count domain event interval json output quiet vcpu wait' ]]
	for option in $options; do
		grep -q -- "\bFl -$option\b" Documentation/kvm-sdei.8
		grep -q -- "--$option\b" scripts/kvm-sdei.bash-completion
		# This one is for those who know virsh.
		[[ $option = domain ]] || kvm-sdei --help | grep -q -- "--$option\b"
	done
}

@test 'version' {
	run -0 kvm-sdei --version
	[[ $output = "kvm-sdei $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)" ]]
}

@test 'help and version have no use for more, but for the name of a command' {
	run -0 kvm-sdei help raise
	run -0 kvm-sdei --help inject-nmi
	wrong help nonsense
	wrong help ''
	wrong help list list
	wrong --help --all
	wrong -h web1
	wrong --version x
	wrong --version ''
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
	wrong 'list status'
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
	wrong trace web1 --all
	wrong trace web1 --json --output x
	wrong watch --output x
}

@test 'options before the command' {
	wrong --json list
	[[ $stderr = *'goes before its options'* ]]
	wrong -- list
}

@test 'options that are given twice' {
	wrong list --json --json
	wrong raise web1 --event nmi --event signal
	wrong raise web1 --wait 1 --json --wait=2
	wrong watch --count 1 --count 1
	wrong trace --output a --output b
	accepted raise no-such-vm --vcpu 0 --vcpu 0
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
	like_virsh 'option --domain already seen' --domain a --domain b
	like_virsh 'option --quiet already seen' a --quiet --quiet
}

@test 'metrics: no file, wrong folder' {
	run -2 kvm-sdei-metrics a b
	run -2 kvm-sdei-metrics ''
	run -2 kvm-sdei-metrics --foo
	run -2 kvm-sdei-metrics --help x
	run -0 kvm-sdei-metrics --help
	run kvm-sdei-metrics "$BATS_TEST_TMPDIR/none/kvm_sdei.prom"
	((status))
	run -1 kvm-sdei-metrics "$BATS_TEST_TMPDIR"
	[[ $output = *'is a folder'* ]]
	[[ ! $(ls -A "$BATS_TEST_TMPDIR") ]]
}

@test 'metrics: a device or a link stays as it is' {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	ln -s /dev/null "$BATS_TEST_TMPDIR/link"
	touch "$BATS_TEST_TMPDIR/file"
	ln -s file "$BATS_TEST_TMPDIR/stdout"
	ln -s nowhere "$BATS_TEST_TMPDIR/dangling"
	for file in fifo link stdout dangling; do
		run -1 kvm-sdei-metrics "$BATS_TEST_TMPDIR/$file"
		[[ $output = *"$file is no ordinary file, and stays as it is"* ]]
		[[ -p $BATS_TEST_TMPDIR/$file || -L $BATS_TEST_TMPDIR/$file ]]
	done
}

@test 'kvm-sdei-latency and kvm-sdei-dtb' {
	local script
	for script in kvm-sdei-latency kvm-sdei-dtb; do
		run --separate-stderr -0 $script --help
		[[ $output = "usage: $script "* && ! $stderr ]]
		run -2 $script --help x
	done
	for seconds in '' x -1 0 010 1.5 '1 2' 1e3 9999999999 'a[$(touch '"$BATS_TEST_TMPDIR"'/ran)]'; do
		run --separate-stderr -2 kvm-sdei-latency "$seconds"
		[[ ! $output && $stderr = 'usage: '* ]]
	done
	run -2 kvm-sdei-latency 1 2
	run --separate-stderr -2 kvm-sdei-dtb
	run --separate-stderr -2 kvm-sdei-dtb file
	[[ ! $output && ! -e $BATS_TEST_TMPDIR/ran ]]
	run -2 kvm-sdei-dtb '' true
	run -2 kvm-sdei-dtb -x.dtb true
	run -2 kvm-sdei-dtb file ''
}

# Stands in for QEMU: makes a device tree where it is told to, but not in the background.
emulator() {
	local value=${!#}
	[[ $* != *-daemonize* ]] || return
	[[ $value = dumpdtb=* && ${value//,,/} != *,* ]] || return
	value=${value#dumpdtb=}
	echo '/dts-v1/; / { psci { method = "hvc"; }; };' | dtc -q -O dtb -o "${value//,,/,}" -
}

@test 'kvm-sdei-dtb: files of any name, and no others' {
	[[ $(command -v fdtput) ]] || skip 'there is no device-tree-compiler'
	local script name
	script=$(command -v kvm-sdei-dtb)
	cd "$BATS_TEST_TMPDIR"
	declare -f emulator >qemu
	printf '%s\n' '#!/bin/bash' "$(<qemu)" 'emulator "$@"' >qemu
	chmod 755 qemu
	for name in virt.dtb ./-virt.dtb 'a,b=c d.dtb' $'a\nb' '*'; do
		touch "$name.new"
		run -0 "$script" "$name" ./qemu -daemonize -M virt --daemonize
		[[ $(fdtget "$name" /firmware/sdei method) = hvc && -e $name.new ]]
	done
	[[ $(stat -c %a virt.dtb) = "$(printf %o $((0666 & ~$(umask))))" ]]
	mkfifo fifo
	ln -s virt.dtb link
	mkdir folder
	for name in fifo link folder; do
		run -1 "$script" $name ./qemu -M virt
		[[ $output = *'is no ordinary file'* && ! $(ls -A folder) ]]
		[[ -p $name || -L $name || -d $name ]]
	done
	[[ ! $(compgen -G '.kvm-sdei-dtb*') ]]
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
	# Readline takes the = for a word of its own.
	[[ $(completes kvm-sdei raise --event = vm-) = 'vm-nmi vm-notify' ]]
	[[ $(completes kvm-sdei raise --event =) = 'nmi notify signal vm-nmi vm-notify' ]]
	[[ $(completes kvm-sdei raise --wait = '') = '' ]]
	[[ $(completes kvm-sdei raise --wait '') = '' ]]
	kvm-sdei() {
		printf '%s\n' 'VM PID NAME VCPUS REGISTERED' 'kvm-1 1 web1 2 nmi' \
			"kvm-2 2 \$(touch\ $BATS_TEST_TMPDIR/ran) 1 -" 'kvm-3.1 3 `x` 1 -' '- 4 -x - does'
	}
	[[ $(completes kvm-sdei status '') = '--json kvm-1 web1 kvm-2 kvm-3.1 --help' ]]
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test 'completion: names that were cut, which mean nothing, are left out' {
	local cut
	. scripts/kvm-sdei.bash-completion
	printf -v cut '%061d...' 0
	kvm-sdei() {
		printf '%s\n' 'VM PID NAME VCPUS REGISTERED' "kvm-1 1 $cut 2 nmi" 'kvm-2 2 web... 1 -' \
			"- 3 $cut - does"
	}
	[[ $(completes kvm-sdei raise -- '') = 'kvm-1 kvm-2 web...' ]]
}

@test 'completion: vCPUs by any name, what follows --, and help' {
	. scripts/kvm-sdei.bash-completion
	kvm-sdei() {
		case $* in
		list) printf '%s\n' 'VM PID NAME VCPUS REGISTERED' 'kvm-1 1 web1 2 nmi' ;;
		'status -- web1' | 'status -- kvm-1' | 'status -- -web1')
			printf '%s\n' 'kvm-1 web1' 'VCPU MASKED REGISTERED' '0 no nmi' '12 no -' \
				'vCPU 12: no event of its own is registered.'
			;;
		*) return 5 ;;
		esac
	}
	shopt -s failglob
	for vm in web1 kvm-1; do
		[[ $(completes kvm-sdei raise $vm --vcpu '') = '0 12' ]]
		[[ $(completes kvm-sdei raise $vm --event nmi --wait = 1 --vcpu = 1) = 12 ]]
		[[ $(completes kvm-sdei raise --vcpu 0 $vm --vcpu =) = '0 12' ]]
	done
	[[ $(completes kvm-sdei raise web2 --vcpu '' 2>&1) = '' ]]
	[[ $(completes kvm-sdei raise kvm-2 --vcpu '' 2>&1) = '' ]]
	[[ $(completes kvm-sdei raise --vcpu '' 2>&1) = '' ]]
	# The VM may stand behind the cursor.
	COMP_WORDS=(kvm-sdei raise --vcpu '' -- -web1) COMP_CWORD=3
	_kvm_sdei
	[[ ${COMPREPLY[*]} = '0 12' ]]
	[[ $(completes kvm-sdei status -- '') = 'kvm-1 web1' ]]
	[[ $(completes kvm-sdei raise -- -) = '' ]]
	[[ $(completes kvm-sdei raise -- --event '') = 'kvm-1 web1' ]]
	[[ $(completes kvm-sdei raise --event --) = '' ]]
	[[ $(completes kvm-sdei inject-nmi --domain '') = 'kvm-1 web1' ]]
	[[ $(completes kvm-sdei help '') = 'list status raise inject-nmi watch trace metrics' ]]
	[[ $(completes kvm-sdei --help inj) = inject-nmi ]]
	[[ $(completes kvm-sdei help list '') = '' ]]
	[[ $(completes kvm-sdei --version '') = '' ]]
	[[ $(completes kvm-sdei metrics '') = --help ]]
}
