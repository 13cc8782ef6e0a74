# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the units of the packages have done when a host is up that was booted by
# systemd: with kvm_sdei=off on its command line, or without.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

property() { systemctl show -P "$2" "$1.service"; }

report_is 'this host was booted by systemd' systemd "$(cat /proc/1/comm)"
{ systemctl status kvm-sdei.service kvm-sdei-guest.service 2>&1 || true; } | comment
if grep -qw kvm_sdei=off /proc/cmdline; then
	report_is 'told to stay away, the module is not loaded' '' \
		"$(cd /sys/module && compgen -G 'kvm_sdei*')"
	for unit in kvm-sdei kvm-sdei-guest; do
		report_is "$unit.service is enabled" enabled "$(property $unit UnitFileState)"
		report_is 'its conditions do not hold' no "$(property $unit ConditionResult)"
		report_is 'which is no failure' 'inactive success' \
			"$(property $unit ActiveState) $(property $unit Result)"
	done
	report 'by hand it still loads' modprobe kvm_sdei
else
	report_is 'kvm-sdei.service has started' 'active success' \
		"$(property kvm-sdei ActiveState) $(property kvm-sdei Result)"
	report 'the module is loaded' test -e "$sysfs/exposed_events"
	# This host is a virtual machine, but one that nobody offers SDEI.
	report_is 'the conditions of kvm-sdei-guest.service hold' yes \
		"$(property kvm-sdei-guest ConditionResult)"
	report_is 'and its module has said why it does not load' 1 \
		"$(dmesg | grep -c 'kvm_sdei_guest: this machine offers no SDEI')"
	report_is 'which is no failure' 'inactive success' \
		"$(property kvm-sdei-guest ActiveState) $(property kvm-sdei-guest Result)"
	report 'and the journal has what modprobe said' \
		grep "could not insert 'kvm_sdei_guest'" <(journalctl -u kvm-sdei-guest.service)
	echo 'options kvm_sdei_guest critical=painc' >/etc/modprobe.d/wrong.conf
	systemctl start kvm-sdei-guest.service >/dev/null 2>&1 || true
	report_is 'but a wrong parameter is one' 'failed exit-code' \
		"$(property kvm-sdei-guest ActiveState) $(property kvm-sdei-guest Result)"
	echo 'install kvm_sdei_guest false' >/etc/modprobe.d/wrong.conf
	systemctl start kvm-sdei-guest.service >/dev/null 2>&1 || true
	report_is 'and so is a module that does not get as far as to say why' 'failed exit-code' \
		"$(property kvm-sdei-guest ActiveState) $(property kvm-sdei-guest Result)"
	rm /etc/modprobe.d/wrong.conf
	systemctl start kvm-sdei-guest.service
	report_is 'with all as it was, it is no failure' 'inactive success' \
		"$(property kvm-sdei-guest ActiveState) $(property kvm-sdei-guest Result)"
	report 'stopping the unit leaves the module alone' systemctl stop kvm-sdei.service
	report 'it is still loaded' test -e "$sysfs/exposed_events"
fi
report 'the host is content' host_is_clean
