# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# VMs that come, are raised and go while memory is short.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

cycles=$(scaled 20 2)

kilobytes() { awk -v what="$1:" '$1 == what { print $2 }' /proc/meminfo; }

megabytes=100
# KASAN keeps a part of what was freed, a 32nd of all memory at the most.
! grep -qw kasan_quarantine_put /proc/kallsyms ||
	megabytes=$((megabytes + $(kilobytes MemTotal) / 1024 / 16))

# All but some megabytes are set aside.
fill() {
	local pages
	pages=$((($(kilobytes MemAvailable) - $1 * 1024) / $(kilobytes Hugepagesize)))
	echo $pages >/proc/sys/vm/nr_hugepages
}

press() {
	# Without a line in the log each time.
	echo 4 >/proc/sys/vm/drop_caches
	while :; do
		echo 3 >/proc/sys/vm/drop_caches
		echo 1 >/proc/sys/vm/compact_memory
		sleep 0.2
	done
}

# fill() gets no more than what lies together.
is_short() {
	echo "$(kilobytes MemAvailable) kB of memory are left"
	(($(kilobytes MemAvailable) < megabytes * 1536))
}

module_load
fill $megabytes
report 'memory is short' is_short
press &
press=$!
hammer_begin 4 raise
hammer_begin 2 read
for ((n = 0; n < cycles; n++)); do
	vm_begin doomed --cpus 4 "$images/guest.bin" raised rounds=100000
	run_vm "cycle $n" --cpus 4 --limit 300 "$images/guest.bin" raised rounds=2
	report "cycle $n: memory is short" is_short
	figure "$(kilobytes MemAvailable) kB are left"
	vm_kill doomed
done
hammers_end
kill $press
echo 0 >/proc/sys/vm/nr_hugepages
nothing_left
