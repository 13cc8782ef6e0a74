# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A raise reaches a CPU whatever it is doing, and disturbs it in nothing.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

# Whether the last block in the guest's log has the line that EXPRESSION finds.
block_has() {
	guest_cmd g "dmesg | awk '/SDEI event/ { block = \"\" } { block = block \$0 \"\\n\" }
		END { printf \"%s\", block }' | grep -E '$1'"
}

registers() { # the pattern that the instrument keeps in x0 to x18
	local n=$1 hex
	printf -v hex %02x "$n"
	echo "x$n +5de10001$hex$hex$hex$hex"
}

module_load
guest_with_client g
guest_cmd g 'echo log >/sys/module/kvm_sdei_guest/parameters/normal'

report 'an idle CPU handles a raise' handles g 0 raise g 0 0
report 'and the other one does' handles g 1 raise g 1 0

guest_cmd g "echo 1 >$instrument/spin"
within 300 guest_cmd g "grep -qw 1 $instrument/spin"
report 'a busy CPU handles a raise' handles g 1 raise g 1 0
guest_release g 1
guest_released g
report_is 'and goes on with its registers intact' 0 "$(guest_errors g)"

guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"
report 'a CPU with interrupts masked handles a raise' handles g 1 raise g 1 0
report 'its block reaches the console' within 300 block_has 'end of event 0x0'
report 'with the PC inside the loop' block_has 'kvm_sdei_test_wedge\+0x'
report 'with interrupts masked' block_has 'interrupts masked'
report 'with the registers of the loop' block_has "register $(registers 0)"
report 'to the last one' block_has "$(registers 17)"
report 'and the context that the host saved' block_has "context +$(registers 0)"
report 'it is still wedged' guest_cmd g "grep -qw 1 $instrument/wedge"
for _ in 1 2 3; do
	report 'and handles another raise' handles g 1 raise g 1 0
done
guest_release g 1
guest_released g
report_is 'released, it goes on with its registers intact' 0 "$(guest_errors g)"

guest_cmd g "echo 1 >$instrument/wfi"
within 300 guest_cmd g "grep -q '^1 ' $instrument/wfi"
sleep 2
report 'a CPU asleep in WFI with interrupts masked handles a raise' handles g 1 raise g 1 0
report 'having been woken up' guest_cmd g "[ \$(grep '^1 ' $instrument/wfi | cut -d' ' -f2) -ge 1 ]"
guest_release g 1
raise g 1 0
guest_released g
report_is 'it goes on with its registers intact' 0 "$(guest_errors g)"

report_is 'nothing is left pending' ' ' "$(vcpu g 0 pending) $(vcpu g 1 pending)"
report_is 'what was delivered was completed' "$(vcpu g 1 delivered)" "$(vcpu g 1 completed)"
report_is 'and handled by the guest' "$(vcpu g 1 completed)" "$(guest_handled g 1)"

report 'the guest is content' guest_is_clean g
guest_stop g
report 'the host is content' host_is_clean
