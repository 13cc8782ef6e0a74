# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest goes from one host to the next by way of a disk, in the middle of its
# handlers: on the first one it is started (/lab/relay/first), on the last one it
# stays (/lab/relay/last).
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

stream=/run/stream
disk=/dev/vda

for module in /modules/disk/*.ko; do
	insmod "$module"
done
within 300 test -b $disk
module_load

# The length of the stream and the guest's state come first, and the stream after 1M.
arrive() {
	dd if=$disk bs=1M skip=1 count="$(head -c 16 $disk)" iflag=count_bytes of=$stream status=none
	guest_start g smp=4 mem=256 wait=no incoming="file:$stream"
	within 300 arrived
	guest_runs g
}
arrived() { ! guest_runs g || guest_state_is g running; }

leave() {
	guest_send g "file:$stream" || return
	printf '%-4096s%s' "$(printf '%-16s' "$(stat -c %s $stream)")" "$(guest_state g 0 1 2 3)" |
		dd of=$disk conv=notrunc status=none
	dd if=$stream of=$disk bs=1M seek=1 conv=notrunc,fsync status=none
}

if [[ -e /lab/relay/first ]]; then
	guest_with_client g smp=4 mem=256
elif arrive; then
	report_is 'the guest arrives as it left' \
		"$(dd if=$disk bs=4k skip=1 count=1 status=none | tr -d '\0')" "$(guest_state g 0 1 2 3)"
	guest_settles g 'arrived'
	report 'it handles an event' handles g 1 raise g 1 0
	report 'its module unregisters' guest_cmd g 'rmmod kvm_sdei_guest'
	guest_call g 2 0xc4000027 0x40000002 >/dev/null
	report 'and registers again' guest_cmd g "$client_quiet"
	report 'a CPU goes and comes' guest_cmd g \
		'cd /sys/devices/system/cpu/cpu3 && echo 0 >online && echo 1 >online'
	report 'an event is handled there' handles g 3 raise g 3 0
else
	comment </run/guests/g/qemu
	report_skip 'the guest arrives' "KVM's own registers differ: $(grep -m 1 . /run/guests/g/qemu)"
	guest_with_client g smp=4 mem=256
fi

if [[ -e /lab/relay/last ]]; then
	guest_monitor g system_reset >/dev/null
	guest_wait g
	report 'after a reset its module registers' guest_cmd g "$client_quiet"
	report 'and handles an event' handles g 2 raise g 2 0
	report 'the guest is content' guest_is_clean g
	guest_stop g
else
	guest_busy g
	report 'it leaves' leave
	guest_kill g
fi
report 'the host is content' host_is_clean
