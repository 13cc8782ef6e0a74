# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest without a crash kernel panics, and memory that it has set aside keeps its log
# for the next boot.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

# The last quarter of a guest's 768 MiB, which its kernel does not use.
address=0x60000000
pstore_start() {
	guest_cmd g "cd /modules/disk && insmod reed_solomon.ko &&
		insmod ramoops.ko mem_address=$address mem_size=0x100000 record_size=0x40000 &&
		mkdir -p /pstore && mount -t pstore pstore /pstore"
}
kept() { guest_cmd g "cat /pstore/dmesg-ramoops-* | grep -E '$1'"; }

module_load
guest_start g smp=1 mem=768 append=mem=512M
report 'pstore has memory' pstore_start
report_is 'with nothing in it' '' "$(guest_cmd g 'ls /pstore')"
guest_cmd g 'insmod /modules/kvm_sdei_test.ko && insmod /modules/kvm_sdei_guest.ko critical=log,backtrace,panic watchdog=5'
report 'one CPU has nobody to look after it' guest_cmd g \
	'dmesg | grep "no watchdog: this guest has no other CPU"'
guest_cmd g "echo 0 >$instrument/console" 30 || true
report 'it hangs with the lock of the consoles' guest_hangs g
report 'a critical event is raised' raise g 0 0x40000001
report 'the guest boots again' guest_wait g
report 'pstore has its memory again' pstore_start
report 'and in it where the CPU hung' kept 'CPU0: pc is at console_loop\+'
report 'the backtrace' kept 'CPU0: backtrace thread\+'
report 'and why the kernel stopped' kept 'Kernel panic - not syncing: SDEI event'
guest_stop g

# Nobody knows which CPU hangs.
guest_start g smp=2 mem=768 append=mem=512M
report 'pstore of two CPUs has memory' pstore_start
guest_cmd g 'insmod /modules/kvm_sdei_test.ko && insmod /modules/kvm_sdei_guest.ko critical=log,backtrace,panic'
guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"
report 'a critical event is raised on the other CPU' raise g 0 0x40000001
report 'that guest boots again' guest_wait g
report 'its pstore has memory again' pstore_start
report 'and in it the CPU that the event reached' kept 'CPU0: SDEI event 0x40000001'
report 'and where the other one hung' kept 'CPU1: backtrace kvm_sdei_test_wedge\+'
guest_stop g
report 'the host is content' host_is_clean
