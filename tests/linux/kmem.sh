# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the host's kernel has in memory: what is given out, and what must be given back.

# shrink CACHES: the kernel's allocator lets go of what is freed but kept there,
# by KASAN above all.
shrink() {
	local cache
	for cache in $(compgen -G "/sys/kernel/slab/$1"); do
		echo 1 >"$cache/shrink"
	done
}

# How many objects of the module's sizes the kernel's allocator has given out.
objects() {
	shrink 'kmalloc*-[12]k'
	awk '$1 ~ /^kmalloc(-cg|-rnd-[0-9]+)?-(1k|2k)$/ { sum += $2 } END { print sum }' /proc/slabinfo
}

# How many are there to stay: the kernel collects what is freed after RCU, and gives it
# back some seconds later.
objects_settled() {
	local n
	for ((n = 0; n < 6; n++)); do
		sleep 2
		objects
	done | sort -n | head -n 1
}

# objects_given_back BEFORE: no more of them stay than what others may take meanwhile.
few_objects=10
objects_given_back() { (($(objects) - $1 < few_objects)); }

# In kB, without the names of files that are gone, which would keep the files of sysfs.
kernel_memory() {
	echo 2 >/proc/sys/vm/drop_caches
	shrink '*'
	awk '/^(SUnreclaim|VmallocUsed|KernelStack):/ { sum += $2 } END { print sum }' /proc/meminfo
}

memory_begin() {
	# Without a line in the log each time.
	echo 4 >/proc/sys/vm/drop_caches
	objects=$(objects_settled) memory=$(kernel_memory)
}
few_kilobytes=300
memory_given_back() { (($(kernel_memory) - memory < few_kilobytes)); }

# report_memory WHAT: the memory of that was given back since memory_begin.
report_memory() {
	report "the objects of $1 were given back" within 300 objects_given_back "$objects"
	report "all memory of $1 was given back" within 300 memory_given_back
	echo "kmalloc-1k and -2k grew by $(($(objects) - objects)) objects, kernel memory by $(($(kernel_memory) - memory)) kB" | comment
}
