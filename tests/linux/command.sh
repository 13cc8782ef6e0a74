# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The operator's command, on three VMs: g, whose guest handles events and whose
# name is hostile; h, whose guest has registered nothing and which calls itself by
# g's pid; and one that never ran.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

module_load
export hostile=$'evil\e[31m\n"$(touch /run/ran)" */..'
guest_with_client g smp=2 -name "guest=$hostile,debug-threads=off"
guest_start h smp=1 wait=no -name "$(guest_pid g)"
within 300 test -e "$(vm h)"
guest_start idle smp=1 mem=64 sdei=no wait=no -S -name "guest=at,,rest"
g=$(guest_pid g) h=$(guest_pid h) idle=$(guest_pid idle)
export g h idle
guest_wait h

plan=0 seen=0
while IFS= read -r line; do
	case $line in
	1..*) plan=${line#1..} ;;
	'ok '*'# skip'*) report_skip "${line#ok * }" 'by bats' ;;
	'ok '*) tap ok "${line#ok * }" ;;
	'not ok '*) tap 'not ok' "${line#not ok * }" ;;
	*) comment <<<"$line" ;;
	esac
	[[ $line != *'ok '* ]] || ((++seen))
done < <(bats --tap tests/linux/command.bats 2>&1)
report_is 'all tests of the command were run' "$plan" "$seen"
report 'no name was run by a shell' test ! -e /run/ran
report 'the host is content' host_is_clean
