# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Where KVM does not run, the module does not load.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

refuses 'there is no KVM' 'KVM is not available here: boot the host'
report 'the host is content' host_is_clean
