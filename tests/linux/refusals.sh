# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Where hooks cannot be had the module does not load.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

ftrace=/proc/sys/kernel/ftrace_enabled

unloaded
insmod /modules/kvm_sdei_rival.ko
refuses 'a live patch owns a function' \
	'another module has taken a function that this one hooks: unload live patches'
rmmod kvm_sdei_rival

if (echo 0 >$ftrace) 2>/dev/null; then
	refuses 'ftrace is off' \
		'ftrace is switched off: switch it on (sysctl kernel.ftrace_enabled=1)'
	echo 1 >$ftrace
	module_load
	report_is 'loaded, it does not let ftrace be switched off' 'Device or resource busy' \
		"$(raise_error $ftrace 0)"
else
	report_skip 'ftrace is off' 'this kernel cannot switch it off'
	module_load
fi

report 'it loads where it should' test -e "$sysfs"
rmmod kvm_sdei
report_is 'a version that there is not' refused \
	"$(insmod /modules/kvm_sdei.ko minor_version=2 2>/dev/null || echo refused)"
module_load
report 'the host is content' host_is_clean
