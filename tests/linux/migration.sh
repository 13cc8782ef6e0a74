# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests: guests that go from one QEMU to another.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

migration_is() { [[ $(guest_qmp "$1" '{"execute":"query-migrate"}') = *"\"status\": \"$2\""* ]]; }
guest_state_is() { [[ $(guest_qmp "$1" '{"execute":"query-status"}') = *"\"status\": \"$2\""* ]]; }

migration_ended() {
	migration_is "$1" completed || migration_is "$1" failed ||
		migration_is "$1" postcopy-paused
}

# guest_receiver NAME [option of guest_start...]: a QEMU that waits for a guest,
# with the options that the guest was started with.
guest_receiver() {
	local name=$1
	shift
	rm -f "/run/guests/$name.migration"
	guest_start "$name" wait=no incoming="unix:/run/guests/$name.migration" "$@"
	within 300 test -S "/run/guests/$name.migration"
}

# guest_capability NAME CAPABILITY true|false: of QEMU's migration.
guest_capability() {
	guest_qmp "$1" "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":[{\"capability\":\"$2\",\"state\":$3}]}}"
}

# guest_send FROM URI [postcopy]: live; FROM's QEMU has to be ended.
guest_send() {
	local bandwidth=1073741824
	[[ ! ${3-} ]] || bandwidth=4194304
	guest_qmp "$1" "{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"max-bandwidth\":$bandwidth,\"downtime-limit\":10000}}" &&
		guest_qmp "$1" "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"$2\"}}" || return
	if [[ ${3-} ]]; then
		within 300 migration_is "$1" active &&
			guest_qmp "$1" '{"execute":"migrate-start-postcopy"}' || return
	fi
	within 300 migration_ended "$1" && migration_is "$1" completed && return
	guest_qmp "$1" '{"execute":"query-migrate"}'
	return 1
}

# guest_migrate FROM TO [postcopy|paused]: to a QEMU that waits for it, and says whether
# it takes it. One that was started with -S has it paused.
guest_migrate() {
	local postcopy='' able=false state=running
	case ${3-} in
	postcopy) postcopy=postcopy able=true ;;
	paused) state=paused ;;
	esac
	guest_capability "$1" return-path true &&
		guest_capability "$1" postcopy-ram $able &&
		guest_capability "$2" postcopy-ram $able &&
		guest_send "$1" "unix:/run/guests/$2.migration" $postcopy &&
		within 300 guest_state_is "$2" $state && return
	cat "/run/guests/$1/qemu" "/run/guests/$2/qemu"
	return 1
}

# sdei_state NAME CPU...: what the host shows of these vCPUs.
sdei_state() {
	local name=$1 cpu
	shift
	for cpu; do
		(cd "$(vm "$name")/vcpu-$cpu" && grep '' masked registered enabled running pending |
			sed "s/^/vcpu-$cpu: /")
	done
}

# guest_hold NAME CPU EVENT N [FLAGS AFFINITY]: registers a handler there that runs
# until N is let go.
guest_hold() {
	local entry
	entry=0x$(guest_cmd "$1" "grep ' kvm_sdei_test_hold' /proc/kallsyms | cut -d' ' -f1")
	guest_call "$1" "$2" 0xc4000027 "$3" >/dev/null
	[[ $(guest_call "$1" "$2" 0xc4000021 "$3" "$entry" "$4" "${5:-0}" "${6:-0}") = 0 ]] &&
		[[ $(guest_call "$1" "$2" 0xc4000022 "$3") = 0 ]]
}

guest_let_go() { guest_cmd "$1" "echo $2 >$instrument/let_go"; }
guest_mpidr() { guest_cmd "$1" "grep '^$2 ' $instrument/mpidr | cut -d' ' -f2"; }

# guest_busy NAME: CPU 1 is wedged and runs the normal handler 2 and in that the
# critical handler 1, with an event waiting; CPU 2 spins and runs a shared event's
# handler 3, with that pending again; CPU 3 is masked, with an event waiting.
guest_busy() {
	local name=$1 cpu
	guest_hold "$name" 1 0 2
	guest_hold "$name" 1 0x40000001 1
	guest_hold "$name" 2 0x40000002 3 1 "$(guest_mpidr "$name" 2)"
	guest_call "$name" 3 0xc400002b >/dev/null
	guest_let_go "$name" 0
	guest_cmd "$name" "echo 1 >$instrument/wedge && echo 2 >$instrument/spin"
	within 300 guest_cmd "$name" "grep -qw 1 $instrument/wedge && grep -qw 2 $instrument/spin"
	raise "$name" 1 0
	within 300 vcpu_is "$name" 1 running 0x0
	raise "$name" 1 0x40000001
	raise "$name" 1 0
	echo 0x40000002 >"$(vm "$name")/raise"
	raise "$name" 3 0
	within 300 vcpu_is "$name" 1 running '0x0 0x40000001'
	within 300 vcpu_is "$name" 2 running 0x40000002
	echo 0x40000002 >"$(vm "$name")/raise"
}

# guest_settles NAME WHAT: each of those handlers completes, and what waits is
# handled once.
guest_settles() {
	local name=$1 what=$2 one two three
	one=$(vcpu "$name" 1 completed) two=$(vcpu "$name" 2 completed)
	three=$(guest_handled "$name" 3)
	guest_let_go "$name" 1
	report "$what: the critical handler completes" \
		within 300 vcpu_is "$name" 1 completed $((one + 1))
	report_is "$what: the normal one still runs" 0x0 "$(vcpu "$name" 1 running)"
	guest_let_go "$name" 2
	report "$what: then the normal one does, and the event that waited" \
		within 300 vcpu_is "$name" 1 completed $((one + 3))
	guest_let_go "$name" 3
	report "$what: and the shared one, twice" \
		within 300 vcpu_is "$name" 2 completed $((two + 2))
	report_is "$what: what waits for a masked CPU still waits" "0x0 $three" \
		"$(vcpu "$name" 3 pending) $(guest_handled "$name" 3)"
	guest_call "$name" 3 0xc400002c >/dev/null
	report_is "$what: until that is unmasked" " $((three + 1))" \
		"$(vcpu "$name" 3 pending) $(guest_handled "$name" 3)"
	report_is "$what: nothing else is left" '   ' \
		"$(for cpu in 1 2; do vcpu "$name" $cpu running; vcpu "$name" $cpu pending; done | tr '\n' ' ' | cut -c2-)"
	guest_release "$name" 1
	guest_release "$name" 2
	guest_released "$name"
	report_is "$what: what was interrupted goes on with its registers intact" 0 \
		"$(guest_errors "$name")"
}
