# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What scripts/demo does in the emulated host.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

step() { printf '\n==> %s\n' "$*"; }
show() { printf '%s# %s\n' "$1" "$2"; }
on_host() { show host "$1"; eval "$1"; }
in_guest() { show guest "$1"; guest_cmd g "$1"; }

# The block that the guest's handler printed, cut out of the guest's log.
block() {
	guest_cmd g dmesg | sed 's/^\[[^]]*\] //' |
		sed -n '/SDEI event/,/end of event/p'
}
has_block() { block | grep 'end of event 0x0' >/dev/null; }

step "This is an emulated arm64 host with Linux $(uname -r) and KVM."
on_host 'insmod /modules/kvm_sdei.ko'
on_host 'dmesg | grep "kvm_sdei: version"'

step "An unmodified QEMU starts a Debian guest with two CPUs ..."
guest_start g smp=2
pid=$(guest_pid g)
in_guest 'uname -sr; cat /sys/devices/system/cpu/online; dmesg | grep sdei:'

step "The guest's kernel has found SDEI. Its module registers handlers for two events."
in_guest 'insmod /modules/kvm_sdei_guest.ko; dmesg | tail -n 2'

step "Guest CPU 1 is wedged: it spins in a loop with all interrupts masked."
guest_cmd g 'insmod /modules/kvm_sdei_test.ko'
in_guest 'echo 1 > /sys/kernel/kvm_sdei_test/wedge'
within 60 guest_cmd g "grep -qw 1 $instrument/wedge"

step "The host raises event 0 on it."
on_host "echo 0 > /sys/kernel/kvm_sdei/kvm-$pid/vcpu-1/raise"
within 120 vcpu_is g 1 completed 1
within 120 has_block

step "The guest's handler has run on the wedged CPU and printed what it interrupted:"
block

step "The state of the vCPU, as the host sees it:"
on_host "cd /sys/kernel/kvm_sdei/kvm-$pid/vcpu-1"
on_host 'grep "" masked registered enabled running pending delivered completed'
cd /src || exit

step "Is the PC inside the loop, and does the loop go on as if nothing had happened?"
block | grep 'pc is at kvm_sdei_test_wedge+0x'
report_is 'handled by the guest' 1 "$(guest_handled g 1)"
in_guest 'echo 1 > /sys/kernel/kvm_sdei_test/release'
guest_released g
in_guest 'cat /sys/kernel/kvm_sdei_test/errors'
report_is 'registers of the loop that were not intact' 0 "$(guest_errors g)"
guest_stop g
on_host 'rmmod kvm_sdei; dmesg | tail -n 1'
report 'the host is content' host_is_clean
step "Done: the event reached a CPU that no interrupt could reach."
