# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the stress tests share: many small VMs at once, raises from many threads,
# and what must be left of it all, which is nothing.
#
# /lab/scale holds how much is done, in per cent: make stress writes 100, slow
# kernels less.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh
# shellcheck source=tests/guest/vmm.sh
. tests/guest/vmm.sh
# shellcheck source=tests/linux/kmem.sh
. tests/linux/kmem.sh

script=$(basename "$0" .sh)
tracing=/sys/kernel/tracing
runs=/run/stress
mkdir -p $runs
: >$runs/found

# KVM's functions that the module hooks, by the names that this kernel has.
hooked=()
for name in kvm_smccc_call_handler kvm_hvc_call_handler kvm_arch_vcpu_runnable \
	kvm_update_stolen_time kvm_reset_vcpu kvm_arch_vcpu_destroy kvm_arm_get_fw_reg \
	kvm_arm_set_fw_reg kvm_arm_num_regs kvm_arm_copy_reg_indices \
	kvm_vm_ioctl_check_extension kvm_vm_ioctl_enable_cap; do
	! grep -qx "$name" $tracing/available_filter_functions || hooked+=("$name")
done

# scaled N [LEAST]: N, or less of it.
scaled() {
	local n=$(($1 * $(cat /lab/scale 2>/dev/null || echo 10) / 100)) least=${2:-1}
	echo $((n > least ? n : least))
}

figure() { echo "$*" | comment; }

# Which functions are traced, and by how many; and those that others trace.
traced_functions() { awk '/^[^ \t]/ { print $1, $2 }' $tracing/enabled_functions; }
unloaded
others=$(traced_functions)

# vm_begin NAME [option of the VMM...] IMAGE [word...]: a VM in the background,
# whose VMM is ${vmm[NAME]}.
declare -A vmm
vm_begin() {
	local name=$1
	shift
	"$images/vmm" "$@" >"$runs/$name" 2>&1 &
	vmm[$name]=$!
}

# vm_end NAME [WHAT]: waits for it and passes its reports on.
vm_end() {
	local status=0
	wait "${vmm[$1]}" || status=$?
	unset "vmm[$1]"
	{
		cat "$runs/$1"
		echo "status $status"
	} | pass_on "${2:-$1}"
}

# How many events it has handled; and whether it has handled more than that.
vm_completed() {
	{ cat "$sysfs/kvm-${vmm[$1]}"/vcpu-*/completed || true; } | awk '{ sum += $1 } END { print sum + 0 }'
}
vm_goes_on() { (($(vm_completed "$1") > $2)); }

# What it has found until then is in $runs/found.
vm_kill() {
	kill -KILL "${vmm[$1]}"
	wait "${vmm[$1]}" 2>/dev/null || true
	unset "vmm[$1]"
	grep -E '^not ok|^# .*\.c:[0-9]+: |^vmm: ' "$runs/$1" >>$runs/found || true
}

# hammer_begin THREADS WHAT [FOLDER]: see hammer.c.
hammers=()
hammer_begin() {
	/lab/hammer "$@" >"$runs/hammer-$2" 2>&1 &
	hammers+=("$!:$2")
}

# They have met no error that they should not have met, and a VM at least once.
hammers_end() {
	local hammer status
	for hammer in "${hammers[@]}"; do
		kill -TERM "${hammer%:*}"
		status=0
		wait "${hammer%:*}" || status=$?
		report_is "it works, without unexpected errors (${hammer#*:})" 0 $status
		figure "$(cat "$runs/hammer-${hammer#*:}")"
	done
	hammers=()
}

# cycles N [MODULE]: it is loaded and unloaded.
cycles() {
	local n refused=0 start=$SECONDS
	for ((n = 0; n < $1; n++)); do
		insmod "/modules/${2-kvm_sdei}.ko" || return
		# A guest may have something registered at this moment.
		until rmmod kvm_sdei 2>/dev/null; do
			((++refused))
			((refused < $1 * 1000)) || return
		done
	done
	figure "$1 cycles in $((SECONDS - start)) s, unloading was refused $refused times"
}

# What VMMs see with the module and without it.
look_at_registers() {
	module_load
	with=$(/lab/registers)
	unloaded
	without=$(/lab/registers)
}

# VMs come and go that do nothing else.
list_registers() {
	while :; do
		/lab/registers || echo "status $?"
		sleep 0.5
	done >$runs/listed 2>&1
}

# cycles_under_guests N [MODULE]: who see the module come and go.
cycles_under_guests() {
	local n what listing vms=2 cpus=2
	for ((n = 0; n < vms; n++)); do
		vm_begin "vm-$n" --cpus $cpus --limit 600 "$images/guest.bin" loaded
	done
	for what in raise read poll; do
		hammer_begin 1 $what
	done
	list_registers &
	listing=$!
	report "$1 cycles under guests${2+, $2}" cycles "$@"
	# Each CPU sees the module once, and once that it is not there.
	insmod "/modules/${2-kvm_sdei}.ko"
	sleep 2
	within 300 rmmod kvm_sdei
	hammers_end
	sleep 2
	kill $listing
	report_is 'VMMs see the registers, or do not' '' \
		"$(sort -u $runs/listed | grep -vxF -e "$with" -e "$without" || true)"
	figure "$(sort $runs/listed | uniq -c | paste -sd,)"
	report 'both happens' test "$(sort -u $runs/listed | wc -l)" = 2
	kill -USR2 "${vmm[@]}"
	for ((n = 0; n < vms; n++)); do
		vm_end "vm-$n"
	done
}

unused() { [[ $(cat /sys/module/kvm_sdei/refcnt) = 0 ]]; }

# No VM, nobody who holds the module; it unloads, and its hooks are gone.
unloads() {
	report 'no VM is left in sysfs' within 300 no_vms
	report 'nobody holds the module' within 300 unused
	report 'it unloads' rmmod kvm_sdei
	report 'its folder is gone' test ! -e "$sysfs"
	report_is 'its hooks are gone' "$others" "$(traced_functions)"
	report 'the host is content' host_is_clean
}

# At the end of a script. The memory is compared with what another one has left, with
# which what the kernel keeps came.
nothing_left() {
	unloads
	[[ ! -e $runs/objects ]] ||
		report 'its memory was given back' within 300 objects_given_back "$(<$runs/objects)"
	objects >$runs/objects
	report_is 'no VM that was killed had found an error' '' "$(<$runs/found)"
}
