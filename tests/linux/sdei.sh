# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of kvm_sdei in an emulated host share.

sysfs=/sys/kernel/kvm_sdei
instrument=/sys/kernel/kvm_sdei_test

# The folder of a guest's VM, and the value of a file of one of its vCPUs.
vm() { echo "$sysfs/kvm-$(guest_pid "$1")"; }
vcpu() { cat "$(vm "$1")/vcpu-$2/$3"; }
vcpu_is() { [[ $(vcpu "$1" "$2" "$3") = "$4" ]]; }

raise() { echo "$3" >"$(vm "$1")/vcpu-$2/raise"; }

no_vms() { ! compgen -G "$sysfs/kvm-*"; }

# raise_error PATH VALUE: the error of a write, as bash words it.
raise_error() {
	local said
	if said=$( (echo "$2" >"$1") 2>&1); then
		echo none
	else
		echo "${said##*: }"
	fi
}

# guest_handled NAME CPU: how many events its handler has counted there.
guest_handled() {
	local counts
	read -ra counts < <(guest_cmd "$1" 'cat /sys/module/kvm_sdei_guest/parameters/handled')
	echo "${counts[$2]}"
}

# handles NAME CPU COMMAND...: COMMAND makes the guest handle one event more
# there, and complete it.
handles() {
	local name=$1 cpu=$2 before
	before=$(vcpu "$1" "$2" completed)
	shift 2
	"$@"
	within 300 vcpu_is "$name" "$cpu" completed $((before + 1)) ||
		{ echo "completed: $(vcpu "$name" "$cpu" completed), not $((before + 1))"; return 1; }
	within 300 vcpu_is "$name" "$cpu" running ''
}

# What has a guest handle events and do nothing else.
client_quiet='insmod /modules/kvm_sdei_guest.ko normal=none critical=none'

# guest_with_client NAME [option of guest_start...]: a guest that handles events
# 0 and 0x40000001 on all CPUs, and with the test instrument.
guest_with_client() {
	guest_start "$@"
	guest_cmd "$1" "insmod /modules/kvm_sdei_test.ko && $client_quiet"
}

# guest_call NAME CPU FUNCTION [ARGUMENT...]: an SDEI call by HVC; x0, signed.
guest_call() {
	local name=$1
	shift
	guest_cmd "$name" "echo $* >$instrument/call && cut -d' ' -f5 $instrument/call"
}

# guest_release NAME CPU: ends what the instrument does there, as far as it can:
# who sleeps needs an event to notice. guest_released NAME waits for it.
guest_release() { guest_cmd "$1" "echo $2 >$instrument/release"; }
guest_released() { within 300 guest_cmd "$1" "[ -z \"\$(cat $instrument/busy)\" ]"; }

guest_hangs() { ! guest_cmd "$1" true 30; }

guest_errors() { guest_cmd "$1" "cat $instrument/errors"; }

# Neither machine has said what it should not say: the guest's console has that from
# before a reset, too, and its log that for which the console is too slow.
guest_is_clean() {
	guest_log_is_clean "$1" && ! grep -aEf /lab/bad-words "$(guest_console "$1")"
}
# For one that was to panic before it was booted again.
guest_log_is_clean() { guest_cmd "$1" '! dmesg | grep -Ef /bad-words'; }
host_is_clean() { ! dmesg | grep -Ef /lab/bad-words; }

module_load() { [[ -e /sys/module/kvm_sdei ]] || insmod /modules/kvm_sdei.ko; }
unloaded() { [[ ! -e /sys/module/kvm_sdei ]] || rmmod kvm_sdei; }

# What the host's kernel has said since the last kmsg_begin, but for what one that checks
# itself says of each kobject.
kmsg_begin() {
	kmsg_mark="lab: mark $RANDOM$RANDOM"
	echo "$kmsg_mark" >/dev/kmsg
}
kmsg() {
	dmesg | awk -v mark="$kmsg_mark" '
		found && !/: kobject_release, / { sub(/^\[[^]]*\] /, ""); print }
		index($0, mark) { found = 1 }
		END { if (!found) print "lab: the log does not reach back to its mark" }'
}

# refuses NAME WHY [MODULE]: one line is said, which begins with WHY, and the
# kernel is as before: the same hooks, no folder in sysfs, no module.
refuses() {
	local name=$1 why=$2 module=${3:-kvm_sdei} hooks
	hooks=$(cat /sys/kernel/tracing/enabled_functions)
	kmsg_begin
	report_is "$name: it does not load" refused \
		"$(insmod "/modules/$module.ko" 2>/dev/null || echo refused)"
	report_is "$name: says why, in one line" 1 "$(kmsg | grep '^kvm_sdei: ' | grep -vc taint)"
	report "$name: $why" grep -F "kvm_sdei: $why" <(kmsg)
	report "$name: leaves nothing in sysfs" test ! -e "$sysfs"
	report_is "$name: leaves no hook" "$hooks" \
		"$(cat /sys/kernel/tracing/enabled_functions)"
}
