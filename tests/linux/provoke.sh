# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A VM's life while others read its files and raise events: what it takes to have
# the bugs of tests/linux/bugs-* reported.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

module_load
vm_begin vm --cpus 2 --limit 600 "$images/guest.bin" raised rounds=2
hammer_begin 1 raise
hammer_begin 1 read
vm_end vm
hammers_end
run_vm 'another VM' --cpus 2 "$images/guest.bin" calls context signal
nothing_left
