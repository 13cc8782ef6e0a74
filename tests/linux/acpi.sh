# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest that boots by UEFI and finds ACPI tables that know nothing of SDEI: the
# guest's module starts the kernel's client. The host has qemu-efi-aarch64.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

unloaded
guest_start g sdei=no smp=2 hotplug=yes -bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd
report 'the guest has ACPI' guest_cmd g 'test -e /sys/firmware/acpi/tables/FACP'
report 'and no table that tells of SDEI' guest_cmd g '! test -e /sys/firmware/acpi/tables/SDEI'
report 'its kernel finds no SDEI' guest_cmd g '! dmesg | grep "^[^k]*sdei:"'

report 'on a host without the module the guest module does not load' \
	guest_cmd g '! insmod /modules/kvm_sdei_guest.ko 2>/dev/null'
report_is 'and says one line' \
	'kvm_sdei_guest: this machine offers no SDEI: load kvm_sdei on its host first' \
	"$(guest_cmd g 'dmesg | sed "s/^\[[^]]*\] //" | grep -i sdei | grep -v taint | uniq')"
module_load

report 'the module starts the client' guest_cmd g "insmod /modules/kvm_sdei_test.ko && $client_quiet"
report 'which detects SDEI 1.1' \
	guest_cmd g 'dmesg | grep "SDEIv1.1 (0x4b564d) detected in firmware"'
report_is 'both events are enabled on both CPUs' '0x0 0x40000001 0x0 0x40000001' \
	"$(vcpu g 0 enabled) $(vcpu g 1 enabled)"
guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"
report 'a CPU with interrupts masked handles a raise' handles g 1 raise g 1 0
report 'and a critical one' handles g 1 raise g 1 0x40000001
guest_release g 1
guest_released g
report_is 'with its registers intact' 0 "$(guest_errors g)"
report 'a CPU goes and comes' guest_cmd g 'cd /sys/devices/system/cpu/cpu1 && echo 0 >online && echo 1 >online'
report 'and handles a raise again' handles g 1 raise g 1 0
report 'the module unloads' guest_cmd g 'rmmod kvm_sdei_guest'
report 'and loads again, with the client that it had started' guest_cmd g "$client_quiet"
report 'a raise is handled' handles g 0 raise g 0 0
report 'the guest is content' guest_is_clean g
report 'and ends as it should' guest_stop g
report 'the host is content' host_is_clean
