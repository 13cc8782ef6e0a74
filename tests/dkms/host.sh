# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A host and a guest with the modules that DKMS has built, and with the command as its
# package installs it: what users do after that.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck disable=SC2034 # for the reports
script=dkms

release=$(uname -r)
version=$(sed -n 's/^readonly version=//p' /usr/bin/kvm-sdei)
report_is 'the module is where DKMS puts it' "/lib/modules/$release/updates/dkms/kvm_sdei" \
	"$(modinfo -n kvm_sdei | sed 's/\.ko.*//')"
kmsg_begin
report 'modprobe kvm_sdei' modprobe kvm_sdei
report_is 'it is this version' "$version" "$(cat /sys/module/kvm_sdei/version)"
kmsg | grep kvm_sdei | comment

# The guest is another machine: its module comes in its initrd.
cat /lab/guest.cpio /lab/dkms.cpio >/run/initrd
guest_start g initrd=/run/initrd -name web1
report 'the guest loads its module' guest_cmd g 'insmod /dkms/kvm_sdei_guest.ko critical=log,backtrace'
guest_cmd g 'dmesg | grep kvm_sdei_guest' | comment

report 'kvm-sdei list' kvm-sdei list
kvm-sdei list | comment
report 'kvm-sdei raise web1 --all --wait 300' kvm-sdei raise web1 --all --wait 300
for cpu in 0 1; do
	report_is "the handler has run on CPU $cpu" 1 "$(vcpu g $cpu completed)"
	report_is 'and the guest has counted it' 1 "$(guest_handled g $cpu)"
done
logged() { guest_cmd g 'dmesg | grep "kvm_sdei_guest: CPU1: SDEI event 0x40000001"'; }
report 'and has logged it' within 300 logged

guest_kill g
unused() { [[ $(cat /sys/module/kvm_sdei/refcnt) = 0 ]]; }
within 300 unused
report 'modprobe -r kvm_sdei' modprobe -r kvm_sdei
report 'the host is content' host_is_clean
