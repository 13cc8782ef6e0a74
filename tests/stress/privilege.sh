# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Who may raise and who may look: an administrator of the host, and nobody else.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all "$@"; }
error_of() { ("$@" 2>&1 >/dev/null || true) | sed 's/.*: //'; }

module_load
report_is 'anybody may read about the module, and root change it' '444 exposed_events
644 offer' "$(find "$sysfs" -maxdepth 1 -type f -printf '%m %f\n' | sort)"
report_is 'nobody changes its parameters' '' \
	"$(find /sys/module/kvm_sdei/parameters -type f -perm /222)"
report_is 'a user cannot change what is offered' 'Permission denied' \
	"$(error_of as_user bash -c "echo 0 >$sysfs/offer")"
exec {file}>"$sysfs/offer"
report_is 'nor with a file that root has opened' 'Operation not permitted' \
	"$(error_of as_user bash -c "echo 0 >&$file")"
exec {file}>&-
report_is 'nor can root of another user namespace' 'Operation not permitted' \
	"$(error_of unshare --user --map-root-user bash -c "echo 0 >$sysfs/offer")"
report_is 'so it is offered' 1 "$(<"$sysfs/offer")"
report_is 'a user cannot see what is traced' 'Permission denied' \
	"$(error_of as_user cat $tracing/events/kvm_sdei/enable)"
report 'which is there to be seen by root' grep -x 0 $tracing/events/kvm_sdei/enable

vm_begin vm --cpus 2 --limit 600 "$images/guest.bin" hostile
dir=$sysfs/kvm-${vmm[vm]}
report 'the guest has events registered' within 300 grep -qs 0x40000001 "$dir/vcpu-1/registered"

report_is 'files that others than root can open' '' \
	"$(find "$dir" -type f -perm /077 -printf '%P ')"
report_is 'a user cannot read them' 'Permission denied' \
	"$(error_of as_user cat "$dir/vcpu-1/registered")"
report_is 'but what is the same for all VMs' none \
	"$(as_user cat "$sysfs/exposed_events" >/dev/null && echo none)"
report_is 'a user cannot raise' 'Permission denied' \
	"$(error_of as_user bash -c "echo 0 >$dir/vcpu-1/raise")"

exec {file}>"$dir/vcpu-1/raise"
report_is 'nor with a file that root has opened' 'Operation not permitted' \
	"$(error_of as_user bash -c "echo 0 >&$file")"
exec {file}>&-
report_is 'nor can root of another user namespace' 'Operation not permitted' \
	"$(error_of unshare --user --map-root-user bash -c "echo 0 >$dir/vcpu-1/raise")"
exec {file}>"$dir/raise"
report_is 'nor in the folder of the VM' 'Operation not permitted' \
	"$(error_of unshare --user --map-root-user bash -c "echo 0x40000002 >&$file")"
exec {file}>&-
report 'root can' bash -c "echo 0 >$dir/vcpu-1/raise"

# Numbers of events and counts: nothing that is as long as an address.
values() { find "$dir" -type f ! -name raise -exec grep -H '' {} + && dmesg | grep kvm_sdei:; }
report_is 'nothing looks like an address, nor in the log' '' \
	"$(values | awk '/[0-9a-fA-F]{11}/')"
vm_kill vm
nothing_left
