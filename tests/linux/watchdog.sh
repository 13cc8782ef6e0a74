# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The guest module's watchdog: finds a CPU that hangs, and nothing where a host just
# has too much to do.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

alarms() { guest_cmd g "dmesg | grep 'hangs: it takes no interrupts' | wc -l"; }
alarm_comes() { [[ $(alarms) = "$1" ]]; }

# busy N: N endless loops on the host, besides what the guest needs.
busy() {
	local n
	for ((n = 0; n < $1; n++)); do
		while :; do :; done &
		hogs+=($!)
	done
}

hogs=()
module_load
guest_start g smp=4
report 'the guest knows what time the host takes from it' \
	guest_cmd g 'dmesg | grep "using stolen time PV"'
report 'a limit that is none is refused' \
	guest_cmd g '! insmod /modules/kvm_sdei_guest.ko watchdog=99999 2>/dev/null'
guest_cmd g 'insmod /modules/kvm_sdei_test.ko &&
	insmod /modules/kvm_sdei_guest.ko watchdog=2 hang=backtrace critical=backtrace'

guest_cmd g "echo 2 >$instrument/console"
report 'a CPU that hangs is found' within 300 alarm_comes 1
report 'with its backtrace' within 300 guest_cmd g \
	'dmesg | grep "CPU2: backtrace console_loop+"'
sleep 10
report_is 'and is reported once' 1 "$(alarms)"
guest_release g 2
guest_released g
guest_cmd g "echo 2 >$instrument/wedge"
report 'it hangs again: that is found, too' within 300 alarm_comes 2
report_is 'nobody else is reported' '' \
	"$(guest_cmd g 'dmesg | grep "hangs: it takes" | grep -v CPU2')"
guest_release g 2
guest_released g

# Twice as many busy vCPUs as there are CPUs, four busy loops of the host that are
# preferred to them, and a VM that stands still for longer than the limit.
guest_cmd g "for n in 0 1 2 3; do echo \$n >$instrument/spin; done" 600
renice -n 19 -p "$(guest_pid g)" >/dev/null
for task in /proc/"$(guest_pid g)"/task/*; do
	renice -n 19 -p "${task##*/}" >/dev/null
done
busy 4
sleep 60
for _ in 1 2 3; do
	kill -STOP "$(guest_pid g)"
	sleep 6
	kill -CONT "$(guest_pid g)"
	sleep 6
done
kill "${hogs[@]}"
report_is 'a host that has too much to do is no reason for an alarm' 2 "$(alarms)"
report_is 'and no question is taken for an event of the administrator' 2 \
	"$(guest_cmd g "dmesg | grep 'SDEI event 0x0' | wc -l")"
report 'though CPUs were asked' test "$(guest_handled g 0)" -gt 0
for cpu in 0 1 2 3; do
	guest_release g $cpu
done
guest_released g
report_is 'with the registers intact' 0 "$(guest_errors g)"
report 'the module unloads' guest_cmd g 'rmmod kvm_sdei_guest'
report 'the guest is content' guest_is_clean g
guest_cmd g 'insmod /modules/kvm_sdei_guest.ko watchdog=2 hang=backtrace,panic'
guest_cmd g "echo 2 >$instrument/wedge"
report 'where it is told to, a CPU that hangs panics' \
	within 300 grep -F 'Kernel panic - not syncing: SDEI event' "$(guest_console g)"
guest_kill g

# What leads to a panic is given time, and is no end in itself.
guest_start g smp=4
guest_cmd g 'insmod /modules/kvm_sdei_test.ko &&
	insmod /modules/kvm_sdei_guest.ko watchdog=2 hang=backtrace,panic'
guest_cmd g "for cpu in 2 3; do echo \$cpu >$instrument/die; done" 30 || true
for cpu in 2 3; do
	report "a CPU that hangs where it says that it met a bug is given time: CPU $cpu" within 300 \
		grep -F "CPU$cpu: its own panic is under way, and is given 60 seconds" "$(guest_console g)"
done
report 'and one of both panics then' \
	within 600 grep -F 'Kernel panic - not syncing: SDEI event' "$(guest_console g)"
guest_kill g
report 'the host is content' host_is_clean
