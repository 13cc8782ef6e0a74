# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the guest's module does with an event, as it is told to at run time.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

parameters=/sys/module/kvm_sdei_guest/parameters

act() { guest_cmd g "echo $2 >$parameters/$1"; }

# The blocks in the guest's log since the last act, and how many there are.
blocks() {
	guest_cmd g 'dmesg -c >>/tmp/log; sed "s/^\[[^]]*\] //; /SDEI event/,/end of event/!d" /tmp/log'
}
forget() { guest_cmd g 'dmesg -c >/dev/null; : >/tmp/log'; }
block_has() { grep -qE "$1" <<<"$block"; }
block_lacks() { ! block_has "$1"; }
block_comes() {
	block=$(blocks)
	block_has "end of event $1"
}

unloaded
guest_start plain sdei=no smp=2 mem=256 hotplug=yes
report 'without SDEI the module does not load' \
	guest_cmd plain '! insmod /modules/kvm_sdei_guest.ko 2>/dev/null'
report_is 'and says so in one line' \
	'kvm_sdei_guest: this machine offers no SDEI: load kvm_sdei on its host first' \
	"$(guest_cmd plain 'dmesg | sed "s/^\[[^]]*\] //" | grep -i sdei | grep -v taint | uniq')"
module_load
report 'it loads as soon as the host offers it' guest_cmd plain 'insmod /modules/kvm_sdei_guest.ko'
report_is 'having started the client' '0x0 0x40000001' "$(vcpu plain 1 enabled)"
online=/sys/devices/system/cpu/cpu1/online
report 'it goes and comes while a CPU does' guest_cmd plain \
	"while [ ! -e /tmp/enough ]; do echo 0 >$online; echo 1 >$online; done >/tmp/hotplug 2>&1 &
	for round in 1 2 3; do
		rmmod kvm_sdei_guest && insmod /modules/kvm_sdei_guest.ko watchdog=1 || exit
	done
	touch /tmp/enough
	wait
	! grep -vi 'resource busy' /tmp/hotplug"
report_is 'which has its events then' '0x0 0x40000001' "$(vcpu plain 1 enabled)"
report 'what a hang does is for the watchdog alone' guest_cmd plain \
	"rmmod kvm_sdei_guest && insmod /modules/kvm_sdei_guest.ko hang=panic &&
	dmesg | grep 'hang= does nothing without watchdog'"
report 'the guest is content' guest_is_clean plain

# Nobody prints there, and nobody can be asked for the log: it is in the memory.
in_memory() {
	guest_qmp plain '{"execute":"pmemsave","arguments":{"val":1073741824,"size":268435456,"filename":"/run/lab/memory"}}' >/dev/null &&
		grep -qaE "$1" /run/lab/memory
}
guest_cmd plain "insmod /modules/kvm_sdei_test.ko && echo 0 >$online"
guest_cmd plain "echo 0 >$instrument/wedge" 5 || true
report 'the only CPU hangs' guest_hangs plain
report 'it handles an event' handles plain 0 raise plain 0 0
report 'which is in the log at once' within 300 in_memory 'CPU0: pc is at kvm_sdei_test_wedge\+'
rm -f /run/lab/memory
guest_kill plain

# It takes interrupts, but no work item runs there.
guest_start plain smp=1 mem=256
guest_cmd plain 'insmod /modules/kvm_sdei_test.ko && insmod /modules/kvm_sdei_guest.ko'
guest_cmd plain "echo 0 >$instrument/stall" 5 || true
report 'the only CPU loops with interrupts enabled' guest_hangs plain
report 'it handles an event, too' handles plain 0 raise plain 0 0
sleep 10
# The event may have interrupted an interrupt.
report 'which is in the log before long' within 300 in_memory 'CPU0: task kvm_sdei_test/0 '
rm -f /run/lab/memory
guest_kill plain

guest_with_client g smp=2
report_is 'actions are read as they were given' none "$(guest_cmd g "cat $parameters/normal")"
act critical panic,log,backtrace
report_is 'and as they were written' log,backtrace,panic "$(guest_cmd g "cat $parameters/critical")"
report 'what is no action is refused' guest_cmd g "! echo log,tea 2>/dev/null >$parameters/critical"
report_is 'and changes nothing' log,backtrace,panic "$(guest_cmd g "cat $parameters/critical")"
act critical none

# A real stack, to walk, and a lock without which no console can print.
guest_cmd g "echo 1 >$instrument/console"
within 300 guest_cmd g "grep -qw 1 $instrument/console"
forget
act normal none
report 'none: a CPU that hangs with the lock of the consoles handles an event' handles g 1 raise g 1 0
sleep 1
report_is 'and prints nothing' '' "$(blocks)"

act normal log
report 'log: it handles an event' handles g 1 raise g 1 0
report 'it comes to the log' within 300 block_comes 0x0
report 'with the registers' block_has 'register x0 '
report 'and no backtrace' block_lacks 'backtrace '

forget
act critical backtrace
report 'backtrace: it handles an event' handles g 1 raise g 1 0x40000001
report 'it comes to the log' within 300 block_comes 0x40000001
report 'beginning where it hangs' block_has 'pc is at console_loop\+'
report_is 'and so does the backtrace' console_loop \
	"$(sed -n 's/.*backtrace \([a-z_]*\)+.*/\1/p' <<<"$block" | head -n 1)"
report 'with who called it' block_has 'lr at test_console\+'
report 'and who called that' block_has 'backtrace thread\+'
report 'to the first' block_has 'backtrace kthread\+'
report 'and no registers' block_lacks 'register x0 '
guest_release g 1
guest_released g

# In the handler of event 0 the guest calls the host for each register, so there
# are many places for a critical event to come. The log is looked at in the
# guest, and kept from the console, which takes longer than all the rest.
forget
act normal log,backtrace
act critical log
guest_cmd g 'dmesg -n 1'
dir=$(vm g)/vcpu-1
nested() {
	guest_cmd g 'dmesg -c >>/tmp/log
		sed -n "/SDEI event 0x40000001/,/end of event/p" /tmp/log |
			grep "pc is at .*\[kvm_sdei_guest\]"'
}
rounds=0
until nested >/dev/null || ((rounds == 50)); do
	for _ in 1 2 3 4 5; do
		echo 0 >"$dir/raise"
		echo 0x40000001 >"$dir/raise"
	done
	((++rounds))
done
echo "$rounds rounds" | comment
report 'a critical event comes inside the handler of the normal one' nested
all_done() { vcpu_is g 1 pending '' && vcpu_is g 1 running ''; }
report 'all handlers end' within 300 all_done
whole() {
	guest_cmd g 'dmesg -c >>/tmp/log
	awk "/SDEI event/ { blocks++; lines = 0 } /kvm_sdei_guest: / && !/: backtrace/ { lines++ }
		/end of event/ { if (lines == 22) whole++ }
		END { print blocks, whole; exit blocks != whole }" /tmp/log'
}
report 'all blocks are whole' within 300 whole
whole >/dev/null || guest_cmd g 'cat /tmp/log' | comment
report 'and nothing bad is between them' guest_cmd g '! grep -Ef /bad-words /tmp/log'
report_is 'and what was delivered was handled' "$(vcpu g 1 completed)" "$(guest_handled g 1)"

report_is 'the module unloads' '' "$(guest_cmd g 'rmmod kvm_sdei_guest')"
report_is 'and leaves nothing registered' '' "$(vcpu g 1 registered)"
report 'the guest is content' guest_is_clean g
guest_stop g
report 'the host is content' host_is_clean
