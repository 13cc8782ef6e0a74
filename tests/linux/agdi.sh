# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest whose ACPI table AGDI names event 0x40000001 panics when the host raises
# it: guests of the line 7.3-nmi, on a host with qemu-efi-aarch64.
# shellcheck source=tests/linux/dump.sh
. tests/linux/dump.sh

wedge() {
	guest_cmd g "echo $1 >$instrument/wedge"
	within 60 guest_cmd g "grep -qw $1 $instrument/wedge"
}

module_load

# The table is put over those of the firmware by the initrd. The kernel's
# client is started by the guest's module, so AGDI's driver is bound once more.
make_table() {
	local sum=0 byte
	printf 'AGDI\x30\0\0\0\x01\0KVM   SDEITEST\x01\0\0\0KVM \x01\0\0\0' >"$1"
	printf '\0\0\0\0\x01\0\0\x40\0\0\0\0' >>"$1"
	for byte in $(od -An -v -tu1 "$1"); do
		((sum += byte, 1))
	done
	printf %b "\\x$(printf %x $((-sum & 255)))" |
		dd of="$1" bs=1 seek=9 conv=notrunc status=none
}
tables=/run/lab/tables/kernel/firmware/acpi
mkdir -p $tables
make_table $tables/agdi.aml
{ pack /run/lab/tables; cat /lab/guest.cpio; } >/run/lab/agdi.cpio

guest_start g sdei=no smp=2 initrd=/run/lab/agdi.cpio \
	-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd
report 'the guest has an AGDI table' guest_cmd g 'test -e /sys/firmware/acpi/tables/AGDI'
report 'the guest module starts the client' guest_cmd g \
	'insmod /modules/kvm_sdei_test.ko && insmod /modules/kvm_sdei_guest.ko && rmmod kvm_sdei_guest'
report 'AGDI finds its event' guest_cmd g 'echo agdi.0 >/sys/bus/platform/drivers/agdi/bind'
report_is 'which is enabled' '0x0 0x40000001' "$(vcpu g 1 enabled)"
wedge 1
raise g 1 0x40000001
report 'the host raises it: the guest panics' within 60 \
	grep -a 'Arm Generic Diagnostic Dump and Reset SDEI event issued' "$(guest_console g)"
guest_kill g
report 'the host is content' host_is_clean
