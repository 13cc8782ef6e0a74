# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Running VMs of the small VMM.

script=guest
images=/lab/guest

# Numbers the reports of a VM, without a process for each, and sees to it that
# they are as many as were promised and that its VMM ended well. What else it says goes
# to the file $said as well, if there is such a variable. With $needed a VM must not be
# skipped.
pass_on() {
	local name=$1 start=$SECONDS count seen=0 plan='' status='' verdict=ok line
	count=$(cat /run/lab/count 2>/dev/null || echo 0)
	while IFS= read -r line; do
		case $line in
		'ok - '* | 'not ok - '*)
			[[ $line = ok* ]] || touch /run/lab/failed
			((++seen, ++count))
			line="${line%% - *} $count - $script, $name: ${line#* - }"
			;;
		1..*) plan=${line#1..} ;;
		'status '*) status=${line#status } ;;
		\#*) [[ ! ${said-} ]] || echo "$line" >>"$said" ;;
		*) line="# $line" ;;
		esac
		echo "$line"
	done >"${channel:?}"
	echo "$count" >/run/lab/count
	if [[ $seen = 0 && $plan = '0 # SKIP '* && $status = 77 && ! ${needed-} ]]; then
		report_skip "$name" "${plan#* SKIP }"
		return
	fi
	[[ $seen -gt 0 && $plan = "$seen" && $status = 0 ]] || verdict='not ok'
	tap "$verdict" "$name: $seen tests of $plan, status $status"
	echo "# $name: $((SECONDS - start)) s" >"$channel"
}

# run_vm NAME [option of the VMM...] IMAGE [word...]
run_vm() {
	local name=$1
	shift
	run_program "$name" vmm "$@"
}

# run_program NAME PROGRAM [argument...]
run_program() {
	local name=$1 status
	shift
	{
		status=0
		"$images/$1" "${@:2}" 2>&1 || status=$?
		echo "status $status"
	} | pass_on "$name"
}
