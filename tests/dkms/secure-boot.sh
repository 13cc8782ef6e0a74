# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What "Secure Boot" in README.md says that one sees before DKMS's key is enrolled, on
# a kernel that is told to enforce signatures as it does after Secure Boot.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck disable=SC2034 # for the reports
script=secure-boot

kmsg_begin
said=$(modprobe kvm_sdei 2>&1) || true
kmsg | comment
if grep -q lockdown= /proc/cmdline; then
	report_is 'is refused' "modprobe: ERROR: could not insert 'kvm_sdei': Operation not permitted" "$said"
	report 'and the log says why' grep -F \
		'Lockdown: modprobe: unsigned module loading is restricted; see ' <(kmsg)
else
	report_is 'is refused' "modprobe: ERROR: could not insert 'kvm_sdei': Key was rejected by service" "$said"
	report 'and the log says why' grep -F \
		'Loading of module with unavailable key is rejected' <(kmsg)
fi
report_is 'it is not loaded' '' "$(cd /sys/module && compgen -G 'kvm_sdei*')"
