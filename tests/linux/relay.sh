# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest goes from one host to the next by way of a disk, in the middle of its
# handlers: on the first one it is started (/lab/relay/first), on the last one it
# stays (/lab/relay/last). Each host but the last sends another guest as well, from
# which SDEI is withheld: where that is refused like the first one it is KVM's own
# registers that differ.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

stream=/run/stream
disk=/dev/vda
declare -A options=([g]='smp=4 mem=256' [control]='smp=1 mem=256')
# Where they are on the disk, in MiB: the length of the stream and the guest's state
# come first, and the stream after 1 MiB.
declare -A place=([g]=0 [control]=512)

for module in /modules/disk/virtio_*.ko; do
	insmod "$module"
done
within 300 test -b $disk
module_load

# stored NAME FROM COUNT: bytes of a guest's place.
stored() {
	dd if=$disk bs=1M skip=$(((place[$1] << 20) + $2)) count=$(($3)) \
		iflag=skip_bytes,count_bytes status=none
}

# start NAME [option of guest_start...]
start() {
	# shellcheck disable=SC2086 # a list
	guest_start "$1" ${options[$1]} "${@:2}"
}

arrived() { ! guest_runs "$1" || guest_state_is "$1" running; }

# arrive NAME: the guest goes on here, or is refused.
arrive() {
	stored "$1" 1048576 "$(stored "$1" 0 16)" >$stream
	start "$1" wait=no incoming="file:$stream"
	within 300 arrived "$1"
	guest_runs "$1"
}

# leave NAME CPU...: the guest goes, and the state of these vCPUs with it.
leave() {
	guest_send "$1" "file:$stream" || return
	printf '%-4096s%s' "$(printf '%-16s' "$(stat -c %s $stream)")" "$(sdei_state "$@")" |
		dd of=$disk bs=1M seek="${place[$1]}" conv=notrunc status=none
	dd if=$stream of=$disk bs=1M seek=$((place[$1] + 1)) conv=notrunc,fsync status=none
}

if [[ -e /lab/relay/first ]]; then
	guest_with_client g smp=4 mem=256
elif arrive g; then
	report_is 'the guest arrives as it left' "$(stored g 4096 4096 | tr -d '\0')" \
		"$(sdei_state g 0 1 2 3)"
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
	why=$(grep -m 1 -v warning: /run/guests/g/qemu)
	if arrive control; then
		report_is 'the guest arrives, as one without SDEI does' arrives "$why"
		guest_kill control
	else
		comment </run/guests/control/qemu
		report_skip 'the guest arrives' "nor does one without SDEI: $why"
	fi
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
	echo 0 >$sysfs/offer
	start control
	echo 1 >$sysfs/offer
	guest_busy g
	report 'a guest without SDEI leaves' leave control
	guest_kill control
	report 'it leaves' leave g 0 1 2 3
	guest_kill g
fi
report 'the host is content' host_is_clean
