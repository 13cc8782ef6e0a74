# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What a guest pays, without the module and with it.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

# The figures from here on are called after this.
figures() { echo "# figures $1" >"$channel"; }

# A halted vCPU is to sleep, not to look again and again whether it may go on.
echo 0 >/sys/module/kvm/parameters/halt_poll_ns

# A kernel that has just booted is a few instructions faster at some things.
sleep 5

figures without
run_vm 'without the module' "$images/guest.bin" bench-exits
module_load
figures with
run_vm 'with the module' "$images/guest.bin" bench-exits
run_vm 'SDEI' --cpus 2 "$images/guest.bin" bench
report 'the host is content' host_is_clean
