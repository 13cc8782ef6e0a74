# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest migrates to and fro in a storm of raises, with and without post-copy, and
# adds up its registers and memory all the time.
# shellcheck source=tests/linux/migration.sh
. tests/linux/migration.sh

rounds=3

# Raises on both CPUs of whichever VM has them, until there is /run/calm.
hammer() {
	local dir cpu
	while [[ ! -e /run/calm ]]; do
		for dir in "$sysfs"/kvm-*; do
			for cpu in 0 1; do
				raise_error "$dir/vcpu-$cpu/raise" 0 >/dev/null
			done
		done
	done
}

settled() {
	vcpu_is "$1" "$2" pending '' && vcpu_is "$1" "$2" running '' &&
		vcpu_is "$1" "$2" completed "$(vcpu "$1" "$2" delivered)"
}

stays() { sdei_state "$1" 0 1 | grep -vE "$changes"; }

module_load
guest_with_client g0
guest_cmd g0 "echo 0 0 >$instrument/storm; echo 1 0 >$instrument/storm"
within 300 guest_cmd g0 "[ \$(grep -c running $instrument/storm) = 2 ]"
declare -a delivered=(0 0)
hammer &
hammer=$!
for ((n = 0; n < rounds; n++)); do
	next=g$((n + 1))
	# What is raised while it moves is pending here or there.
	changes=pending
	if ((n % 2)); then
		guest_receiver $next
		report "round $n: it migrates by post-copy" guest_migrate g$n $next postcopy
		# It runs already.
		changes+='|running'
	else
		guest_receiver $next -S
		report "round $n: it migrates" guest_migrate g$n $next paused
	fi
	report_is "round $n: it is the same to the host" "$(stays g$n)" "$(stays $next)"
	guest_qmp $next '{"execute":"cont"}' >/dev/null
	for cpu in 0 1; do
		((delivered[cpu] += $(vcpu g$n $cpu delivered)))
	done
	guest_kill g$n
done
touch /run/calm
wait $hammer
guest_cmd g$n "echo stop >$instrument/storm"
within 300 guest_cmd g$n "! grep -q running $instrument/storm"
guest_cmd g$n "cat $instrument/storm" | sed 's/^/CPU, rounds, errors: /' | comment
for cpu in 0 1; do
	report "CPU $cpu has taken everything" within 300 settled g$n $cpu
	((delivered[cpu] += $(vcpu g$n $cpu delivered)))
	echo "CPU $cpu: ${delivered[cpu]} delivered" | comment
	report "CPU $cpu was interrupted often" test "${delivered[cpu]}" -ge 100
	report_is "CPU $cpu handled what was delivered, on all hosts" "${delivered[cpu]}" \
		"$(guest_handled g$n $cpu)"
done
report_is 'the sums over registers and memory hold' 0 "$(guest_errors g$n)"
report 'an event is still handled' handles g$n 1 raise g$n 1 0
report 'the guest is content' guest_is_clean g$n
guest_stop g$n
report 'the host is content' host_is_clean
