# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module comes and goes under guests at the worst moments: copies of it (see slow)
# make those last.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

cycles=$(scaled 20 2)

look_at_registers
for module in /modules/kvm_sdei-*.ko; do
	[[ $module != */kvm_sdei-stuck.ko ]] || continue
	cycles_under_guests "$cycles" "$(basename "$module" .ko)"
done
module_load
nothing_left
