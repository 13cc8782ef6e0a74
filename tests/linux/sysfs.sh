# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The tree in sysfs: its values and its errors.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

list() { find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd' '; }

module_load
guest_with_client g smp=2
dir=$(vm g)

report_is 'the files of a VM' 'raise vcpu-0 vcpu-1' "$(list "$dir")"
report_is 'the files of a vCPU' \
	'completed delivered enabled masked pending raise registered running' \
	"$(list "$dir/vcpu-0")"
report_is 'none is for others than root' '' "$(find "$dir" -type f -perm /077)"
report_is 'raise is for writing, by root' '200 200' \
	"$(stat -c %a "$dir/raise" "$dir/vcpu-0/raise" | paste -sd' ')"

for value in '' x 0x 1 -1 0x80000000 0x100000000 '0 1' 0x40000002; do
	report_is "raise on a vCPU: '$value' is invalid" 'Invalid argument' \
		"$(raise_error "$dir/vcpu-0/raise" "$value")"
done
for value in '' x 0 0x40000000 0x40000001 0x40000004; do
	report_is "raise on a VM: '$value' is invalid" 'Invalid argument' \
		"$(raise_error "$dir/raise" "$value")"
done
for value in 0x40000000 1073741824; do
	report_is "raise on a vCPU: $value is not registered" 'No such file or directory' \
		"$(raise_error "$dir/vcpu-0/raise" "$value")"
done
report_is 'raise on a VM: 0x40000003 is not registered' 'No such file or directory' \
	"$(raise_error "$dir/raise" 0x40000003)"
for value in 0 0x0 00; do
	report "raise on a vCPU: $value is event 0" handles g 0 raise g 0 "$value"
done
report 'without a newline, too' handles g 0 bash -c "printf 0 >$dir/vcpu-0/raise"
report_is 'without CAP_SYS_ADMIN it is not permitted' 'Operation not permitted' \
	"$(setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
		bash -c ". tests/linux/sdei.sh; raise_error $dir/vcpu-0/raise 0")"

count=$(vcpu g 1 completed)
/lab/poll "$dir/vcpu-1/completed" /run/lab/polling >/run/lab/polled &
poll=$!
within 300 test -e /run/lab/polling
sleep 1
report 'nothing happens, poll() on completed waits' kill -0 $poll
raise g 1 0
report 'an event is completed, poll() returns' wait $poll
report_is 'and the count has changed' $((count + 1)) "$(cat /run/lab/polled)"

report 'the registers were intact' test "$(guest_errors g)" = 0

exec {late}>"$dir/vcpu-1/raise"
guest_kill g
within 300 test ! -e "$dir"
report_is 'raising on a VM that is gone' 'No such device' \
	"$( (echo 0 >&"$late") 2>&1 | sed 's/.*: //')"
exec {late}>&-
report 'the host is content' host_is_clean
