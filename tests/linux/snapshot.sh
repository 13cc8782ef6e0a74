# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# QEMU's snapshots (savevm, loadvm) have a guest's SDEI state, whatever it is in the
# middle of, and looking at a vCPU changes nothing.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

disk=/run/snapshots.qcow2
qemu-img create -q -f qcow2 $disk 1G

monitor() { guest_monitor g "$1" | grep -F '{"return": ""}'; }

module_load
guest_with_client g smp=4 -drive "if=none,format=qcow2,file=$disk"
guest_busy g
before=$(sdei_state g 0 1 2 3)
report 'a snapshot is made' monitor 'savevm busy'
report_is 'which changes nothing' "$before" "$(sdei_state g 0 1 2 3)"
# QEMU reads all registers of a vCPU for this, and writes them back.
for cpu in 0 1 2 3; do
	guest_monitor g "cpu $cpu" >/dev/null
	guest_monitor g 'info registers' >/dev/null
done
report_is 'nor does looking at registers' "$before" "$(sdei_state g 0 1 2 3)"
guest_settles g 'goes on'

report 'the snapshot is loaded' monitor 'loadvm busy'
report_is 'and all is as it was' "$before" "$(sdei_state g 0 1 2 3)"
guest_settles g 'loaded'
report 'the snapshot is loaded while handlers run' monitor 'loadvm busy'
report 'and once more' monitor 'loadvm busy'
report_is 'and all is as it was' "$before" "$(sdei_state g 0 1 2 3)"
guest_settles g 'loaded again'

# With events all the time, of which none may be lost by it.
guest_cmd g "echo 1 0 >$instrument/storm"
delivered=$(vcpu g 1 delivered) completed=$(vcpu g 1 completed)
for ((n = 0; n < 30; n++)); do
	raise g 1 0 &
	raising=$!
	guest_monitor g 'cpu 1' >/dev/null
	guest_monitor g 'info registers' >/dev/null
	wait $raising
	within 300 vcpu_is g 1 pending '' || break
done
guest_cmd g "echo stop >$instrument/storm"
within 300 guest_cmd g "! grep -q running $instrument/storm"
report_is 'no raise is lost to looking at registers' 30 $(($(vcpu g 1 delivered) - delivered))
report_is 'and each handler ends' 30 $(($(vcpu g 1 completed) - completed))
report_is 'the sums over registers and memory hold' 0 "$(guest_errors g)"
report 'the guest is content' guest_is_clean g
guest_stop g
report 'the host is content' host_is_clean
