# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For scripts that scripts/lab/host runs in an emulated host: reports and guests.
# A script runs under `set -euo pipefail` and ends at the first command that
# fails outside of a report.

set -Eeuo pipefail
channel=/dev/ttyAMA1
# Not to where the command's own messages go, which a test may be reading.
trap 'echo "# ${BASH_SOURCE[0]}, line $LINENO: status $? of: $BASH_COMMAND" >"$channel"' ERR
script=$(basename "${0:-shell}" .sh)
mkdir -p /run/lab /run/guests

# ---- reports ----

tap() {
	local count
	count=$(($(cat /run/lab/count 2>/dev/null || echo 0) + 1))
	echo "$count" >/run/lab/count
	[[ $1 = ok ]] || touch /run/lab/failed
	echo "$1 $count - $script: $2" >"$channel"
}

comment() { sed -u 's/^/# /' >"$channel"; }

# report NAME COMMAND...: the test NAME passes if COMMAND succeeds.
report() {
	local name=$1 status=0
	shift
	"$@" >/run/lab/report 2>&1 || status=$?
	if ((status == 0)); then
		tap ok "$name"
		return
	fi
	tap 'not ok' "$name"
	{
		echo "\`$*' ended with status $status and said:"
		cat /run/lab/report
	} | comment
}

# report_is NAME WANTED GOT
report_is() {
	if [[ $2 = "$3" ]]; then
		tap ok "$1"
	else
		tap 'not ok' "$1"
		printf 'wanted: %s\ngot:    %s\n' "$2" "$3" | comment
	fi
}

# report_skip NAME WHY
report_skip() { tap ok "$1 # SKIP $2"; }

# within SECONDS COMMAND...: repeats COMMAND until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 124
		sleep 0.5
	done
}

# ---- guests ----

# Each guest has a folder under /run/guests: its console, its pid, the request
# and reply pipes of its control channel, its QMP socket and QEMU's messages.

guest_exists() { [[ -e /run/guests/$1/pid ]] || { echo "no guest $1"; return 1; }; }
guest_console() { echo "/run/guests/$1/console"; }
guest_pid() { cat "/run/guests/$1/pid"; }
guest_runs() { guest_exists "$1" && kill -0 "$(guest_pid "$1")" 2>/dev/null; }

# What a guest's kernel gets on its command line. Each character on the console
# costs a guest here most of a millisecond: without the log level it needs twice as
# long to boot. dmesg has everything.
guest_arguments='console=ttyAMA0 panic=-1 rcupdate.rcu_cpu_stall_timeout=300 nowatchdog loglevel=5'

# guest_start NAME [smp=2] [mem=512] [append=ARGS] [sdei=yes|no] [wait=yes|no]
#             [hotplug=no|yes] [initrd=FILE] [boot=kernel|disk] [incoming=URI]
#             [QEMU argument...]
# Starts an unmodified QEMU and waits until the guest takes commands. sdei=no
# leaves the device tree as QEMU makes it; hotplug=yes is for guests that take
# CPUs away, which some kernels refuse for the last one that is not isolated.
# With boot=disk what boots is the firmware's business: QEMU gets no kernel.
guest_start() {
	local name=$1 dir=/run/guests/$1 smp=2 mem=512 append='' sdei=yes wait=yes hotplug=no
	local initrd=/lab/guest.cpio boot=kernel incoming='' qemu
	shift
	while [[ ${1-} =~ ^(smp|mem|append|sdei|wait|hotplug|initrd|boot|incoming)= ]]; do
		local "$1"
		shift
	done
	rm -rf "$dir"
	mkdir -p "$dir"
	mkfifo "$dir/control.in" "$dir/control.out"
	# What the guest's kernel does in threads of its own, its console and this
	# control channel among it, must not wait for a CPU that a test wedges.
	local isolated=''
	((smp == 1)) || [[ $hotplug = yes ]] || isolated=isolcpus=domain,1-$((smp - 1))
	qemu=(
		qemu-system-aarch64 -accel kvm -cpu host -nodefaults -nographic
		-smp "$smp" -m "$mem"
		-serial "file:$dir/console" -serial "pipe:$dir/control"
		-qmp "unix:$dir/qmp,server=on,wait=off"
	)
	[[ $boot = disk ]] || qemu+=(
		-kernel /lab/Image -initrd "$initrd"
		-append "$guest_arguments $isolated $append"
	)
	if [[ $sdei = yes ]]; then
		qemu+=(-dtb "$(guest_dtb "$smp" "$mem" "$@")")
	fi
	[[ ! $incoming ]] || qemu+=(-incoming "$incoming")
	touch "$dir/console"
	# In a shell of its own, so that it is no job of an interactive one.
	(
		"${qemu[@]}" -M virt,gic-version=3 "$@" </dev/null >"$dir/qemu" 2>&1 &
		echo $! >"$dir/pid"
		# No space after the #: this is not what the script says.
		tail --pid=$! -n +1 -f "$dir/console" |
			sed -u "s/\r//g; s/^/#$name: /" >"$channel" &
	)
	[[ $wait = no ]] || guest_wait "$name"
}

# guest_dtb SMP MEM [QEMU argument...]: a device tree with SDEI's node, made once.
guest_dtb() {
	local smp=$1 mem=$2 dtb
	shift 2
	dtb=/run/lab/$(sha256sum <<<"$smp $mem $*" | cut -c1-12).dtb
	[[ -e $dtb ]] ||
		scripts/kvm-sdei-dtb "$dtb" qemu-system-aarch64 -accel kvm -cpu host \
			-nodefaults -nographic -smp "$smp" -m "$mem" \
			-serial null -serial null -M virt,gic-version=3 "$@"
	echo "$dtb"
}

# guest_wait NAME [SECONDS]: waits until a guest that boots takes commands.
guest_wait() {
	if ! guest_reply "$1" 0 "${2:-600}" >/dev/null; then
		echo "guest $1 did not come up"
		guest_state "$1" || true
		return 1
	fi
}

# guest_state NAME: what is known of a guest that does not answer. CPUs that wait
# use no time; where the others are tells the difference between two looks.
guest_state() {
	local thread
	cat "/run/guests/$1/qemu"
	tail -n 8 "$(guest_console "$1")"
	guest_runs "$1" || return 125
	for _ in 1 2; do
		guest_monitor "$1" 'info registers -a' | sed 's/\\r\\n/\n/g' |
			grep -oE 'CPU#.*|PC=[^ ]*.*|X30=[^ ]*|PSTATE=.*'
		for thread in "/proc/$(guest_pid "$1")"/task/*; do
			echo "$(cat "$thread/comm"): $(cut -d' ' -f14,15 "$thread/stat")" \
				"ticks in user mode and in the kernel"
		done
		sleep 2
	done
	grep -s . "/sys/kernel/kvm_sdei/kvm-$(guest_pid "$1")"/vcpu-*/{masked,pending,running,delivered}
}

# guest_cmd NAME COMMAND [SECONDS]: runs a shell command in the guest, prints
# what it prints and returns its status, or 124 if no answer came in time and
# 125 if the guest is gone.
guest_cmd() {
	local name=$1 id=$RANDOM$RANDOM
	guest_runs "$name" || return 125
	echo "$id $(base64 -w 0 <<<"$2")" >"/run/guests/$name/control.in"
	guest_reply "$name" "$id" "${3:-300}"
}

# guest_reply NAME ID SECONDS: the reply to that request; older ones, which came too
# late, are dropped. Not by read with a time limit, which may lose the character that
# comes when the time is up.
guest_reply() {
	local line reply=0 status output
	line=$(timeout "$3" grep -m 1 "^$2 " "/run/guests/$1/control.out") || reply=$?
	case $reply in
	0)
		read -r _ status output <<<"${line%$'\r'}"
		base64 -d <<<"$output" | gzip -d
		return "$status"
		;;
	124) return 124 ;;
	*) return 125 ;;
	esac
}

# guest_qmp NAME JSON: sends a QMP command, prints the reply.
guest_qmp() {
	local reply='' replies=0 pid from to
	coproc qmp { exec socat - "UNIX-CONNECT:/run/guests/$1/qmp" 2>/dev/null; }
	# The shell takes these variables away when socat ends.
	pid=${qmp_PID-} from=${qmp[0]-} to=${qmp[1]-}
	[[ $pid && $from && $to ]] &&
		printf '{"execute":"qmp_capabilities"}\n%s\n' "$2" >&"$to" || return
	while ((replies < 2)) && read -r -t 300 -u "$from" reply; do
		[[ $reply != '{"return"'* && $reply != '{"error"'* ]] || ((++replies))
	done
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	echo "$reply"
	[[ $reply = '{"return"'* ]]
}

# guest_monitor NAME COMMAND: the same for QEMU's human monitor.
guest_monitor() {
	guest_qmp "$1" "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"$2\"}}"
}

# guest_stop NAME: powers the guest off from inside and waits for QEMU to end.
guest_stop() {
	guest_runs "$1" || return 125
	echo "1 $(base64 -w 0 <<<'poweroff -f')" >"/run/guests/$1/control.in"
	guest_ended "$1"
}

# guest_kill NAME: kills QEMU.
guest_kill() {
	guest_runs "$1" || return 125
	kill -KILL "$(guest_pid "$1")"
	guest_ended "$1"
}

guest_ended() {
	timeout 300 tail --pid="$(guest_pid "$1")" -f /dev/null
}

# After a script that did not come to its end, with what its guests were doing.
end_guests() {
	local status=$? dir
	for dir in /run/guests/*/; do
		dir=${dir%/}
		((status == 0)) || guest_state "${dir##*/}" 2>&1 | comment || true
		guest_kill "${dir##*/}" >/dev/null 2>&1 || true
	done
}
trap end_guests EXIT
