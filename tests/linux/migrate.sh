# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests take their SDEI state along when unmodified QEMU migrates them, whatever
# they are in the middle of.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

module_load
guest_with_client a smp=4
guest_receiver b smp=4
report 'an idle guest migrates' guest_migrate a b
report_is 'and is the same to the host' "$(sdei_state a 0 1 2 3)" "$(sdei_state b 0 1 2 3)"
guest_kill a
report 'it handles an event' handles b 1 raise b 1 0

guest_busy b
guest_receiver c smp=4
report 'a guest in its handlers migrates' guest_migrate b c
report_is 'and is the same to the host' "$(sdei_state b 0 1 2 3)" "$(sdei_state c 0 1 2 3)"
guest_kill b
guest_settles c 'migrated'

report 'its module unregisters' guest_cmd c 'rmmod kvm_sdei_guest'
report_is 'a shared event is unregistered' 0 "$(guest_call c 2 0xc4000027 0x40000002)"
report 'its module registers again' guest_cmd c "$client_quiet"
report 'an event is handled' handles c 1 raise c 1 0
report 'a CPU goes and comes' guest_cmd c \
	'cd /sys/devices/system/cpu/cpu3 && echo 0 >online && echo 1 >online'
report 'an event is handled there' handles c 3 raise c 3 0
guest_monitor c system_reset >/dev/null
guest_wait c
report_is 'after a reset nothing is registered' '  ' "$(vcpu c 0 registered) $(vcpu c 1 registered) $(vcpu c 2 registered)"
report 'its module registers' guest_cmd c "$client_quiet"
report 'an event is handled' handles c 2 raise c 2 0
report 'the guest is content' guest_is_clean c
guest_stop c
report 'nobody holds the module' test "$(cat /sys/module/kvm_sdei/refcnt)" = 0
report 'the host is content' host_is_clean
