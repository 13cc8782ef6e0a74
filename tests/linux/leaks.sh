# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Memory that the scripts before this one have lost: with the module loaded, and
# after that without it.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

kmemleak=/sys/kernel/debug/kmemleak

# What two scans find, neither of which sees what is younger than five seconds.
nothing_lost() {
	for _ in 1 2; do
		sleep 6
		echo scan >$kmemleak || return
	done
	! grep . $kmemleak
}

if [[ -e $kmemleak ]]; then
	module_load
	report 'no memory is lost' nothing_lost
	rmmod kvm_sdei
	report 'nor when the module is gone' nothing_lost
else
	report_skip 'no memory is lost' 'this kernel has no kmemleak'
fi
report 'the host is content' host_is_clean
