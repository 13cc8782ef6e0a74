# SPDX-License-Identifier: GPL-2.0-only
# The figures of scripts/bench as a table, one column for each host, with the
# targets. What misses its target is marked.
BEGIN {
	FS = ","
}

{
	split($2, release, ".")
	host = release[1] "." release[2] " " ($3 == "vhe" ? "VHE" : "nVHE")
	if (!(host in seen)) {
		seen[host] = 1
		hosts[++nr] = host
	}
	value[host, $4] = $5
}

# A line: its name, its target, on 6.1 if that differs, and its cells.
function line(name, target, older,    n, row, wanted) {
	row = "| " name " | " target (older != "" && older != target ? " (6.1: " older ")" : "") " |"
	for (n = 1; n <= nr; n++) {
		wanted = older != "" && hosts[n] ~ /^6\.1 / ? older : target
		row = row " " cell[n] (target != "" && measured[n] > wanted ? " ✗" : "") " |"
	}
	print row
}

function plain(name, figure, target,    n) {
	for (n = 1; n <= nr; n++)
		cell[n] = measured[n] = value[hosts[n], figure]
	line(name, target, "")
}

# How often it can be done, at one instruction in a nanosecond.
function per_second(name, figure,    n) {
	for (n = 1; n <= nr; n++)
		cell[n] = value[hosts[n], figure] ? int(1e9 / value[hosts[n], figure]) : ""
	line(name, "", "")
}

# What the module adds.
function more(name, figure, target, older,    n) {
	for (n = 1; n <= nr; n++) {
		measured[n] = value[hosts[n], "with_" figure] - value[hosts[n], "without_" figure]
		cell[n] = value[hosts[n], "with_" figure] == "" ? "" : sprintf("%+d", measured[n])
	}
	line(name, target, older)
}

# How a cost compares with another one; both without what comes with them.
function ratio(name, a, a0, b, b0, target, older, per,    n, cost, other) {
	for (n = 1; n <= nr; n++) {
		cost = (value[hosts[n], a] - (a0 ? value[hosts[n], a0] : 0)) / per
		other = value[hosts[n], b] - (b0 ? value[hosts[n], b0] : 0)
		measured[n] = other ? cost / other : 0
		cell[n] = sprintf("%d (%.2f)", cost, measured[n])
	}
	line(name, target, older)
}

END {
	printf "| instructions | target |"
	for (n = 1; n <= nr; n++)
		printf " %s |", hosts[n]
	printf "\n|---|---|"
	for (n = 1; n <= nr; n++)
		printf "---|"
	print ""
	psci = "without_psci_version"
	nothing = "with_host_nothing_running"
	plain("trapped register, without the module", "without_trapped_register")
	more("… with it", "trapped_register", 0, "")
	plain("MMIO to the VMM, without", "without_mmio")
	more("… with it", "mmio", 0, "")
	plain("PSCI_VERSION, without", psci)
	more("… with it", "psci_version", 40, 100)
	ratio("SDEI_VERSION, and against PSCI_VERSION", "with_sdei_version", "", psci, "", 1.00, 1.10, 1)
	ratio("EVENT_STATUS", "with_event_status", "", psci, "", 1.00, 1.10, 1)
	ratio("PE_MASK, PE_UNMASK: each", "with_mask_and_unmask", "", psci, "", 1.00, 1.10, 2)
	ratio("EVENT_SIGNAL to self → handler", "with_signal_to_handler", "", psci, "", 1.10, "", 1)
	ratio("… → COMPLETE → after the call", "with_signal_round", "", psci, "", 2.20, "", 1)
	plain("KVM_IRQ_LINE to a running vCPU → vector, and the way back", "with_host_irq_running")
	ratio("raise → handler of a running vCPU, and against KVM_IRQ_LINE", "with_host_raise_running",
	      nothing, "with_host_irq_running", nothing, 1.00, "", 1)
	plain("KVM_IRQ_LINE to a sleeping vCPU → vector", "with_host_irq_sleeping")
	ratio("raise → handler of a sleeping vCPU", "with_host_raise_sleeping", "",
	      "with_host_irq_sleeping", "", 1.00, "", 1)
	ratio("EVENT_SIGNAL to a sleeping vCPU, and against an SGI", "with_signal_sleeping", "",
	      "with_sgi_sleeping", "", "", "", 1)
	plain("raise, handled and completed, and the VMM around it", "with_storm_round")
	per_second("… such raises in a second, at one instruction in a nanosecond", "with_storm_round")
	plain("the write to raise alone, 1 VM with 1 vCPU", "with_raise_1_1")
	plain("… 1 VM with 512 vCPUs", "with_raise_1_512")
	plain("… 1000 VMs with 1 vCPU", "with_raise_1000_1")
	plain("… of an event that does not exist: refused", "with_raise_refused_1_1")
	plain("bytes of the kernel's memory for a vCPU", "with_bytes_per_vcpu_1_512", 1024)
	plain("a VM's life, without", "without_vm_round")
	more("… with it, using SDEI", "vm_round", "", "")
	plain("loading, in ns", "with_load")
	plain("unloading, in ns", "with_unload")
}
