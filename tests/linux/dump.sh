# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that have a crash kernel, and what is in their dumps. The host has
# kexec-tools, which the guests get from it, and gdb-minimal. The crash kernel has
# the same control channel as the guest before it.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

# with_libraries ROOT PROGRAM: copies it, and what it is linked with.
with_libraries() {
	local file
	for file in "$2" $(/lib/ld-linux-aarch64.so.1 --list "$2" | grep -o '/[^ ]*'); do
		mkdir -p "$1$(dirname "$file")"
		cp -L "$file" "$1$file"
	done
}

pack() { (cd "$1" && find . -mindepth 1 | cpio -oH newc 2>/dev/null); }

# What loads a crash kernel, and that, in /kdump of the guest; in the crash kernel,
# what reads the log out of a dump.
make_initrd() {
	local guest=/run/lab/guest crash=/run/lab/crash
	with_libraries $guest /usr/sbin/kexec
	with_libraries $crash /usr/sbin/vmcore-dmesg
	mkdir -p $guest/kdump
	{ cat /lab/guest.cpio; pack $crash; } >$guest/kdump/initrd
	cp /lab/Image $guest/kdump/
	{ cat /lab/guest.cpio; pack $guest; } >/run/lab/kdump.cpio
	rm -r $guest $crash
}

# kdump_guest CRASH [option of guest_start...]: starts a guest that has a disk and
# a crash kernel, with CRASH on its command line, and that crashes at a critical
# event.
kdump_guest() {
	local crash=$1
	shift
	rm -f /run/lab/disk /run/lab/log
	truncate -s 1G /run/lab/disk
	guest_start g smp=4 mem=768 append=crashkernel=256M initrd=/run/lab/kdump.cpio "$@" \
		-drive file=/run/lab/disk,format=raw,if=none,id=disk \
		-device virtio-blk-device,drive=disk
	guest_cmd g "/usr/sbin/kexec --load-panic --no-checks --initrd=/kdump/initrd --append='console=ttyAMA0 panic=-1 rcupdate.rcu_cpu_stall_timeout=300 nowatchdog loglevel=5 reset_devices $crash' /kdump/Image"
	guest_cmd g 'insmod /modules/kvm_sdei_test.ko && insmod /modules/kvm_sdei_guest.ko critical=log,backtrace,panic'
	guest_cmd g 'grep kvm_sdei_test /proc/kallsyms' | sort >/run/lab/kallsyms
}

# The function of the test module that an address is in.
function_at() {
	local address type name found=nothing
	while read -r address type name _; do
		[[ $type = [tT] ]] || continue
		((0x$address <= $1)) || break
		found=$name
	done </run/lab/kallsyms
	echo "$found"
}

# Where the dump is.
dump=/run/lab/disk

# What it needs of the host it shares with the threads of CPUs that Linux has stopped.
crash_kernel_comes() { guest_wait g 1800 && guest_cmd g 'test -e /proc/vmcore'; }

# What a guest does to have its disk. Some kernels need no module.
with_disk='
	[ ! -e /modules/disk/virtio_mmio.ko ] || insmod /modules/disk/virtio_mmio.ko
	[ ! -e /modules/disk/virtio_blk.ko ] || insmod /modules/disk/virtio_blk.ko
'

# Whole, as kdump-tools does where makedumpfile does not know the kernel: that of
# Debian trixie does not know addresses of 52 bits in pages of 4 KiB.
save_dump() {
	guest_cmd g "$with_disk"'
		dd if=/proc/vmcore of=/dev/vda bs=1M && sync && stat -c %s /proc/vmcore' \
		900 >/run/lab/size || { cat /run/lab/size; return 1; }
	truncate -s "$(tail -n 1 /run/lab/size)" /run/lab/disk
}

# Only its begin, which has the registers.
save_registers() {
	dump=/run/lab/registers.core
	guest_cmd g 'head -c 65536 /proc/vmcore' >"$dump"
}

# The registers of each CPU in the dump. That gdb has no symbols of the kernel,
# and so knows no more, is the only thing that it may complain of.
registers_in_dump() {
	gdb -batch -ex 'thread apply all -q info registers pc x0 cpsr' -c "$dump" \
		2>/run/lab/gdb
}

# crash_shows FUNCTION [CPUS]: so many CPUs of the dump (1) have their PC in there.
crash_shows() {
	local register value found=0
	registers_in_dump >/run/lab/registers
	while read -r register value _; do
		[[ $register != pc || $(function_at "$value") != "$1" ]] || ((++found))
	done </run/lab/registers
	((found != ${2:-1})) || return 0
	cat /run/lab/registers /run/lab/gdb
	return 1
}

# crash_log REGEX: the log of the guest that crashed, in its dump, has such a line.
crash_log() {
	[[ -e /run/lab/log ]] || {
		guest_cmd g '/usr/sbin/vmcore-dmesg /proc/vmcore' >/run/lab/log.new
		mv /run/lab/log.new /run/lab/log
	}
	grep -E "$1" /run/lab/log || { tail -n 100 /run/lab/log; return 1; }
}

# log_lacks REGEX: no line of what crash_log has looked at is like that.
log_lacks() { ! grep -E "$1" /run/lab/log; }
