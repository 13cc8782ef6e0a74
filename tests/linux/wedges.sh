# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest crashes wherever an event finds it, and the log in its dump says where.
# shellcheck source=tests/linux/dump.sh
. tests/linux/dump.sh

# At once: a second later CPUs that hang are stopped.
raise_on() {
	local cpu dir
	dir=$(vm g)
	for cpu; do
		echo 0x40000001 >"$dir/vcpu-$cpu/raise"
	done
}

# crash NAME CPU...: a critical event there starts the crash kernel.
crash() {
	report "$1: a critical event is raised" raise_on "${@:2}"
	report "$1: the crash kernel comes" crash_kernel_comes
}

panics() { grep 'Kernel panic - not syncing: kvm_sdei_test' "$(guest_console g)"; }

module_load
make_initrd

# Linux warns of CPUs that it leaves behind, which must not be the end of this.
kdump_guest maxcpus=1 append='crashkernel=256M panic_on_warn=1'
guest_cmd g "for cpu in 1 2 3 0; do echo \$cpu >$instrument/wedge; done" 30 || true
report 'all CPUs hang' guest_hangs g
crash 'all CPUs hang' 0 1 2 3
for cpu in 0 1 2 3; do
	report "all CPUs hang: the log has CPU $cpu" \
		crash_log "CPU$cpu: pc is at kvm_sdei_test_wedge\\+"
done
report 'all CPUs hang: the registers are saved' save_registers
report 'all CPUs hang: those of all CPUs' crash_shows kvm_sdei_test_wedge 4
guest_kill g

kdump_guest maxcpus=1
pid=$(guest_cmd g "taskset 4 sh -c 'while :; do :; done' >/dev/null & echo \$!")
sleep 5
crash 'user space' 2
report 'user space: the log has the process' crash_log "CPU2: task sh pid $pid, "
guest_kill g

# Nobody knows which CPU hangs.
kdump_guest maxcpus=1
guest_cmd g "echo 2 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 2 $instrument/wedge"
crash 'idle' 3
report 'idle: the log has the idle task' crash_log 'CPU3: task swapper/3 pid 0, EL1h'
report 'idle: in its loop' crash_log 'CPU3: backtrace do_idle\+'
report 'another CPU hangs: the log has it' crash_log 'CPU2: backtrace kvm_sdei_test_wedge\+'
report 'another CPU hangs: it has none that does not' log_lacks 'CPU[01]: backtrace'
report 'another CPU hangs: the registers are saved' save_registers
report 'another CPU hangs: with its own' crash_shows kvm_sdei_test_wedge
report 'another CPU hangs: the crash kernel can have all CPUs' guest_cmd g "for cpu in 1 2 3; do
	echo 1 >/sys/devices/system/cpu/cpu\$cpu/online || exit
done"
guest_kill g

# A panic on CPU 2 hangs when it has stopped the others and taken no more events, as
# Linux does then; CPUs 1 and 3 hung before that, so that they could not be stopped, and
# have the interrupt that was to stop them to take.
kdump_guest maxcpus=1
guest_cmd g 'echo 1 >/sys/module/kernel/parameters/crash_kexec_post_notifiers'
for cpu in 1 3; do
	guest_cmd g "echo $cpu >$instrument/wedge"
	within 300 guest_cmd g "grep -qw $cpu $instrument/wedge"
done
guest_cmd g "echo 2 >$instrument/panic" 30 || true
# Not asked by its serial port: an interrupt that comes for a CPU that is off stays there,
# and the crash kernel would never get another one of that port.
report 'a panic hangs' within 300 panics
report 'on a CPU that takes no more events' within 300 vcpu_is g 2 masked 1
crash 'a panic hangs, raised on a CPU that it could not stop' 1
report 'the registers are saved' save_registers
report 'with those of both that hung' crash_shows kvm_sdei_test_wedge 2
report 'the log has the panic' crash_log 'Kernel panic - not syncing: kvm_sdei_test'
report 'the crash kernel can have the other CPU that hung' \
	guest_cmd g 'echo 1 >/sys/devices/system/cpu/cpu3/online'
guest_kill g

# 6.1 takes the locks of all interrupts on its way to the crash kernel.
kdump_guest maxcpus=1
guest_cmd g "echo 2 >$instrument/irq"
report 'a CPU hangs with the lock of an interrupt' \
	within 300 guest_cmd g "grep -qw 2 $instrument/irq"
crash 'a CPU hangs with the lock of an interrupt' 3
report 'the registers of that CPU are saved' save_registers
report 'where it hangs with the lock' crash_shows irq_loop
report 'the log says that its lock was taken away' \
	crash_log 'interrupt [0-9]+: its lock is taken away from who hangs'
guest_kill g

# What the disk has to say waits at a CPU that hangs, and is not to be lost with it.
kdump_guest maxcpus=1
guest_cmd g "$with_disk"
irq=$(guest_cmd g 'sed -n "s/^ *\([0-9]*\):.*virtio0.*/\1/p" /proc/interrupts')
guest_cmd g "echo 4 >/proc/irq/$irq/smp_affinity"
guest_cmd g "echo 2 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 2 $instrument/wedge"
dd=$(guest_cmd g 'dd if=/dev/vda of=/dev/null bs=4k count=1 skip=1000 2>/dev/null & echo $!')
sleep 5
report 'the disk waits for a CPU that hangs' guest_cmd g "kill -0 $dd"
crash 'the disk waits for a CPU that hangs' 3
report 'the crash kernel has the disk' guest_cmd g "$with_disk dd if=/dev/vda of=/dev/null bs=4k count=1"
guest_kill g

# So does a disk whose interrupt, by PCI and the ITS, is being handled by one that hangs:
# the crash kernel has the same interrupt on another CPU.
truncate -s 256M /run/lab/pci
kdump_guest maxcpus=1 -drive file=/run/lab/pci,format=raw,if=none,id=pci \
	-device virtio-blk-pci,drive=pci
guest_cmd g 'insmod /modules/disk/virtio_blk.ko'
report 'a disk has an interrupt of the ITS' \
	guest_cmd g 'grep "ITS.*virtio0-req.0" /proc/interrupts'
guest_cmd g "echo 0 >$instrument/handling"
guest_cmd g 'taskset 1 dd if=/dev/vda of=/dev/null bs=4k count=1 skip=1000' 30 || true
report 'a CPU hangs that handles it' guest_hangs g
crash 'a CPU hangs that handles it' 3
report 'the log has that CPU' crash_log 'CPU0: backtrace handling_loop\+'
report 'the crash kernel has that disk' guest_cmd g \
	'insmod /modules/disk/virtio_blk.ko && dd if=/dev/vda of=/dev/null bs=4k count=1'
guest_kill g

# One that is under way is slow, with interrupts masked, but does not hang.
kdump_guest maxcpus=1
guest_cmd g "echo >$instrument/slow"
guest_cmd g "echo 1 >$instrument/wedge"
within 300 guest_cmd g "grep -qw 1 $instrument/wedge"
guest_cmd g "echo 2 >$instrument/panic" 30 || true
report 'a panic is slow' within 300 panics
report 'a critical event is raised on its CPU' handles g 2 raise g 2 0x40000001
crash 'a panic is slow, raised on a CPU that hangs' 1
report 'the registers of that CPU are saved' save_registers
report 'where it hung' crash_shows kvm_sdei_test_wedge
report 'the log says that the panic was given time' \
	crash_log 'CPU2: its own panic is under way, and is given 60 seconds'
guest_kill g
report 'the host is content' host_is_clean
