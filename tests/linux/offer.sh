# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Whom SDEI is offered to, and what QEMU says where it is not.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

file=$sysfs/offer
ended() { ! guest_runs "$1"; }
unused() { [[ $(cat /sys/module/kvm_sdei/refcnt) = 0 ]]; }
held() { [[ $(cat /sys/module/kvm_sdei/refcnt) -gt 0 ]]; }
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
guest_stop c
report 'when it is gone nobody holds the module' within 300 unused

rmmod kvm_sdei
insmod /modules/kvm_sdei.ko offer=0
report_is 'a parameter makes the default' 0 "$(cat "$file")"
rmmod kvm_sdei
report 'the host is content' host_is_clean
