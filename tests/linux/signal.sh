# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# EVENT_SIGNAL from one CPU to another, and the calls as a guest makes them.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

version=0xc4000020 register=0xc4000021 status=0xc4000028 mask=0xc400002b
unmask=0xc400002c signal=0xc400002f features=0xc4000030

module_load
guest_with_client g smp=2
mpidr=$(guest_cmd g "grep '^1 ' $instrument/mpidr | cut -d' ' -f2")

report_is 'VERSION is 1.1 of vendor KVM' $((1 << 48 | 1 << 32 | 0x4b564d)) \
	"$(guest_call g 0 $version)"
report_is 'by SMC it is the same, or KVM knows no SMC' yes \
	"$(guest_cmd g "echo 0 $version >$instrument/smc
		case \$(cut -d' ' -f5 $instrument/smc) in
		$((1 << 48 | 1 << 32 | 0x4b564d))|-1) echo yes;; esac")"
report_is 'an unknown function is not supported' -1 "$(guest_call g 0 0xc4000033)"
report_is 'an unknown event is invalid' -2 "$(guest_call g 0 $status 0x7f)"
report_is 'event 0 is registered and enabled' 3 "$(guest_call g 0 $status 0)"
report_is 'registering it again is denied' -3 "$(guest_call g 0 $register 0 0x1000 0 0 0)"
report_is 'relative mode is offered' 1 "$(guest_call g 0 $features 1)"
report_is 'interrupts cannot be bound' 0 "$(guest_call g 0 $features 0)"

report 'a CPU signals another' handles g 1 guest_call g 0 $signal 0 "$mpidr"
report 'a CPU signals itself' handles g 1 guest_call g 1 $signal 0 "$mpidr"
report_is 'an MPIDR of no CPU is invalid' -2 "$(guest_call g 0 $signal 0 0xff0000)"
report_is 'only event 0 can be signalled' -2 "$(guest_call g 0 $signal 0x40000000 "$mpidr")"

guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"
report 'a CPU signals one that has interrupts masked' handles g 1 guest_call g 0 $signal 0 "$mpidr"
guest_release g 1
guest_released g

report_is 'masking says that it did' 1 "$(guest_call g 1 $mask)"
report_is 'and that it need not' 0 "$(guest_call g 1 $mask)"
count=$(vcpu g 1 completed)
report_is 'signalling a masked CPU succeeds' 0 "$(guest_call g 0 $signal 0 "$mpidr")"
report 'raising there, too' raise g 1 0
sleep 2
report_is 'the event waits' "1 0x0 $count" \
	"$(vcpu g 1 masked) $(vcpu g 1 pending) $(vcpu g 1 completed)"
report 'until the CPU unmasks' handles g 1 guest_call g 1 $unmask
sleep 1
report_is 'and is handled once' "$((count + 1))" "$(vcpu g 1 completed)"

report_is 'the registers were intact' 0 "$(guest_errors g)"
report 'the guest is content' guest_is_clean g
guest_stop g
report 'the host is content' host_is_clean
