# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Whom SDEI is offered to, and what QEMU says where it is not.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

file=$sysfs/offer
ended() { ! guest_runs "$1"; }
does_not_run() { ended "$1" || ! guest_state_is "$1" running; }
unused() { [[ $(cat /sys/module/kvm_sdei/refcnt) = 0 ]]; }
held() { [[ $(cat /sys/module/kvm_sdei/refcnt) -gt 0 ]]; }
# qmp_error NAME COMMAND: what QEMU says of it.
qmp_error() { { guest_qmp "$1" "{\"execute\":\"$2\"}" || true; } | sed -E 's/.*"desc": "([^"]*)".*/\1/'; }
has_no_sdei() { guest_cmd "$1" 'dmesg' >/run/dmesg && ! grep -q 'SDEIv' /run/dmesg; }

module_load
report_is 'SDEI is offered by default' 1 "$(cat "$file")"
report_is 'to nobody, or to everybody' 'Invalid argument' "$(raise_error "$file" 2)"
report 'nobody holds the module' unused

echo 0 >"$file"
guest_start withheld
report 'a guest that it is withheld from has none' has_no_sdei withheld
report_is 'and no folder' none "$(cat "$(vm withheld)/masked" 2>/dev/null || echo none)"
report 'nobody holds the module' unused

echo 1 >"$file"
guest_cmd withheld 'insmod /modules/kvm_sdei_test.ko'
report_is 'a default that changes later does not concern it' -1 \
	"$(guest_call withheld 0 0xc4000020)"
guest_receiver b
report 'a guest without SDEI migrates to where it is offered' guest_migrate withheld b
guest_kill withheld
report_is 'and can use it there' $((1 << 48 | 1 << 32 | 0x4b564d)) "$(guest_call b 0 0xc4000020)"
guest_stop b

guest_with_client a
report 'a VM that SDEI is offered to holds the module' held
echo 0 >"$file"
guest_receiver b
report_is 'it does not migrate to where SDEI is withheld' refused \
	"$(guest_migrate a b >/dev/null || echo refused)"
report 'QEMU there takes no such guest' within 300 ended b
report 'and says why' grep -F 'Failed to load cpu:cpreg_vmstate' /run/guests/b/qemu
comment </run/guests/b/qemu
report 'and the guest goes on where it was' within 300 guest_state_is a running
report 'where it handles events' handles a 1 raise a 1 0
echo 1 >"$file"
guest_receiver c
report 'from where it can go elsewhere' guest_migrate a c
guest_kill a
report 'and handles events there' handles c 1 raise c 1 0
report 'the guest is content' guest_is_clean c

# A machine that is reset by its VMM is offered what it was offered before.
echo 0 >"$file"
guest_monitor c system_reset >/dev/null
guest_wait c
report 'it keeps SDEI over a reset' guest_cmd c 'dmesg | grep "SDEIv1.1 (0x4b564d) detected"'

# By post-copy the source gives the guest away before the destination looks at its CPUs.
guest_receiver d
report_is 'by post-copy it does not migrate either' refused \
	"$(guest_migrate c d postcopy >/dev/null || echo refused)"
report 'QEMU there says why' \
	within 300 grep -F 'Failed to load cpu:cpreg_vmstate' /run/guests/d/qemu
# QEMU's threads race to the end then, and at times it waits for one that is gone.
report 'and runs no such guest' does_not_run d
! guest_runs d || guest_kill d
report 'but the source has given it away' migration_is c postcopy-paused
report_is 'cannot take it back' 'Postcopy migration in progress, cannot cancel.' \
	"$(qmp_error c migrate_cancel)"
report_is 'and does not go on' 'Migration is not finalized yet' "$(qmp_error c cont)"
guest_kill c
report 'when it is gone nobody holds the module' within 300 unused

rmmod kvm_sdei
kmsg_begin
insmod /modules/kvm_sdei.ko offer=0
report_is 'a parameter makes the default' 0 "$(cat "$file")"
report 'and the module says so' grep -F 'guests are not offered SDEI' <(kmsg)
rmmod kvm_sdei
kmsg_begin
module_load
report 'else it says that they are' grep -F 'guests are offered SDEI (VHE)' <(kmsg)
rmmod kvm_sdei
report 'the host is content' host_is_clean
