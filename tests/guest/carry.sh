# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The bare-metal tests once more, while their machine is saved and restored at each
# step that they make.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh

# carried NAME ORDER EVERY GROUP...
carried() {
	run_vm "$1" --carry "$2" --every "$3" --limit 600 --cpus 2 "$images/guest.bin" "${@:4}"
}

module_load
carried 'carried at each step' random 1 nesting masking signal shared psci
# There are many steps that are much alike in these.
carried 'carried' random 16 calls state context pstate step el0 relative interrupt storm
carried 'carried, forward' forward 4 nesting shared
carried 'carried, backward' backward 4 nesting shared
report 'the host is content' host_is_clean
