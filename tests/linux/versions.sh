# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest goes to hosts whose module is a newer or an older one, or reports another
# version, by way of a file.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

options=(smp=2 mem=256)

# module NAME [parameter...]: the host's, from now on.
module() {
	[[ ! -e /sys/module/kvm_sdei ]] || within 300 rmmod kvm_sdei
	insmod "/modules/$1.ko" "${@:2}"
}

leaves() { guest_send "$1" "file:/run/$2" && guest_kill "$1"; }

arrived() { ! guest_runs "$1" || guest_state_is "$1" running; }
arrives() {
	guest_start "$1" "${options[@]}" wait=no incoming="file:/run/$2"
	within 300 arrived "$1" && guest_runs "$1"
}

# refused WHAT FILE LINE: no such guest is taken, and QEMU says this.
refused() {
	report_is "$1: it is refused" refused "$(arrives g "$2" || echo refused)"
	comment </run/guests/g/qemu
	report "$1: QEMU says why" grep -E "$3" /run/guests/g/qemu
}

module kvm_sdei
guest_with_client g "${options[@]}"
guest_call g 1 0xc400002b >/dev/null
raise g 1 0
state=$(sdei_state g 0 1)
report 'it leaves' leaves g stream

module kvm_sdei-newer
report 'a newer version: it arrives' arrives g stream
report_is 'a newer version: as it left' "$state" "$(sdei_state g 0 1)"
report 'a newer version: it leaves' leaves g stream-of-newer

module kvm_sdei
refused 'an older version, with a register less' stream-of-newer \
	'Failed to load cpu:cpreg_vmstate_array_len'
module kvm_sdei minor_version=0
refused 'version 1.0, where it was told 1.1' stream \
	"Failed to put registers after init: Invalid argument"

module kvm_sdei
report 'elsewhere it goes on' arrives g stream
report_is 'as it left' "$state" "$(sdei_state g 0 1)"
guest_call g 1 0xc400002c >/dev/null
report_is 'what waited is handled' " 1" "$(vcpu g 1 pending) $(guest_handled g 1)"
report 'and another event' handles g 1 raise g 1 0
report 'the guest is content' guest_is_clean g
guest_stop g

version() { guest_call g "$1" 0xc4000020; }
one_point() { echo $((1 << 48 | $1 << 32 | 0x4b564d)); }
module kvm_sdei minor_version=0
guest_start g "${options[@]}"
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
report_is 'a guest is told 1.0' "$(one_point 0)" "$(version 0)"
report 'it leaves' leaves g stream-of-1.0
module kvm_sdei
report 'to where others are told 1.1' arrives g stream-of-1.0
report_is 'it is told 1.0 there' "$(one_point 0)" "$(version 0)"
guest_monitor g system_reset >/dev/null
guest_wait g
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
report_is 'also after a reset' "$(one_point 0)" "$(version 0)"
report_is 'on each CPU' "$(one_point 0)" "$(version 1)"
guest_stop g
report 'the host is content' host_is_clean
