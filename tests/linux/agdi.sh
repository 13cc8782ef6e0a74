# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest that boots by UEFI with ACPI tables that tell of SDEI, and of the event
# that an administrator crashes it with (AGDI): guests of the line 7.3-nmi. QEMU
# makes no such tables, but GRUB adds them. The host has qemu-efi-aarch64 and
# grub-efi-arm64-bin.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

# little N BYTES: a number as bytes, for printf.
little() {
	local n=$1 i
	for ((i = 0; i < $2; i++, n >>= 8)); do
		printf '\\x%02x' $((n & 0xff))
	done
}

# table SIGNATURE DATA: an ACPI table; DATA and all else are bytes for printf.
table() {
	local before after sum=0 byte bytes
	before="$1$(little $((36 + ${#2} / 4)) 4)\\x01"
	after="KVMSDEKVMSDEI\\x00$(little 1 4)KVM $(little 1 4)$2"
	for byte in $(printf "%b" "$before\\x00$after" | od -An -v -tu1); do
		((sum += byte, 1))
	done
	bytes=$before$(little $((-sum & 0xff)) 1)$after
	printf '%b' "$bytes"
}

# What boots: GRUB, with its configuration in it, the tables, the kernel.
make_disk() {
	local disk=/run/lab/esp
	mkdir -p $disk/EFI/BOOT
	cp /lab/Image /lab/guest.cpio $disk/
	table SDEI '' >$disk/sdei
	# By SDEI, event 0x40000001.
	table AGDI "$(little 0 4)$(little 0x40000001 4)$(little 0 4)" >$disk/agdi
	# shellcheck disable=SC2154 # of lib.sh
	cat >/run/lab/grub.cfg <<-EOF
		acpi (\$root)/sdei (\$root)/agdi
		linux (\$root)/Image $guest_arguments isolcpus=domain,1-3
		initrd (\$root)/guest.cpio
		boot
	EOF
	grub-mkimage -O arm64-efi -p /EFI/BOOT -c /run/lab/grub.cfg \
		-o $disk/EFI/BOOT/BOOTAA64.EFI acpi linux boot fat part_msdos part_gpt
}

comes_up() { guest_wait g && guest_cmd g 'insmod /modules/kvm_sdei_test.ko'; }

module_load
report 'a disk with GRUB and tables is made' make_disk
guest_start g smp=4 sdei=no boot=disk -bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd \
	-drive file=fat:/run/lab/esp,format=raw,if=none,id=esp,readonly=on \
	-device virtio-blk-pci,drive=esp
report 'the guest has both tables' guest_cmd g 'cd /sys/firmware/acpi/tables && test -e SDEI && test -e AGDI'
report 'its kernel finds SDEI by itself' \
	guest_cmd g 'dmesg | grep "SDEIv1.1 (0x4b564d) detected in firmware"'
report_is 'and has the event of AGDI, and its NMI, on all CPUs' \
	'0x0 0x40000001 0x0 0x40000001 0x0 0x40000001 0x0 0x40000001 ' \
	"$(cat "$(vm g)"/vcpu-*/enabled | tr '\n' ' ')"
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
report_is 'which the guest module leaves to it: both are in use' refused \
	"$(guest_cmd g 'insmod /modules/kvm_sdei_guest.ko 2>/dev/null || echo refused')"
guest_cmd g "echo 2 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 2 $instrument/wedge"
report 'a CPU hangs with interrupts masked: the event is raised on it' raise g 2 0x40000001
report 'the guest boots again' comes_up
report 'having panicked because of AGDI' grep -a \
	'Kernel panic - not syncing: Arm Generic Diagnostic Dump and Reset SDEI event issued' \
	"$(guest_console g)"
report 'where the CPU hung' grep -a ' kvm_sdei_test_wedge+0x' "$(guest_console g)"
report_is 'and has the event again' '0x0 0x40000001' "$(vcpu g 2 enabled)"
report 'the guest is content' guest_log_is_clean g
guest_stop g
report 'the host is content' host_is_clean
