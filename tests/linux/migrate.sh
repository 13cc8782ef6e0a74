# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests take their SDEI state along when unmodified QEMU migrates them.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

module_load
guest_with_client a
report 'an idle guest handles an event' handles a 1 raise a 1 0
guest_receiver b
report 'it migrates' guest_migrate a b
report_is 'its events are registered there' '0x0 0x40000001' "$(vcpu b 1 registered)"
report_is 'and enabled' '0x0 0x40000001' "$(vcpu b 1 enabled)"
report_is 'and its CPUs not masked' 0 "$(vcpu b 1 masked)"
report 'an event is handled' handles b 1 raise b 1 0
report 'the guest is content' guest_is_clean b
guest_stop b
report 'the host is content' host_is_clean
