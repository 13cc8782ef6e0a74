# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests: guests that go from one QEMU to another.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

migration_is() { [[ $(guest_qmp "$1" '{"execute":"query-migrate"}') = *"\"status\": \"$2\""* ]]; }
guest_state_is() { [[ $(guest_qmp "$1" '{"execute":"query-status"}') = *"\"status\": \"$2\""* ]]; }

# guest_receiver NAME [option of guest_start...]: a QEMU that waits for a guest,
# with the options that the guest was started with.
guest_receiver() {
	local name=$1
	shift
	rm -f "/run/guests/$name.migration"
	guest_start "$name" wait=no incoming="unix:/run/guests/$name.migration" "$@"
	within 300 test -S "/run/guests/$name.migration"
}

# guest_migrate FROM TO: live, to such a QEMU; FROM's ends then.
guest_migrate() {
	guest_qmp "$1" '{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":1073741824,"downtime-limit":10000}}' &&
		guest_qmp "$1" "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"unix:/run/guests/$2.migration\"}}" &&
		within 300 migration_is "$1" completed &&
		within 300 guest_state_is "$2" running || {
		guest_qmp "$1" '{"execute":"query-migrate"}'
		cat "/run/guests/$1/qemu" "/run/guests/$2/qemu"
		return 1
	}
	guest_kill "$1"
}
