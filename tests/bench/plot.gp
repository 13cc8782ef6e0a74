# SPDX-License-Identifier: GPL-2.0-only
# Draws the figures that were recorded last, for the README.
set terminal svg size 900,420 font "sans,12" background "white"
set output "Documentation/cost.svg"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set grid ytics
set ylabel "instructions"
set yrange [0:*]
set xrange [-0.6:6.6]
set key outside top center horizontal
set title "What a guest's calls cost, and ways into it from the host (VHE)"
set xtics noenhanced scale 0 rotate by -15

# The figure of a kernel line, as it was recorded last.
recorded(line, figure) = real(system(sprintf("grep ',%s\\.[^,]*,vhe,%s,' tests/bench/history.csv | tail -n 1 | cut -d, -f5", line, figure)))
# Without what any way from the host to the guest takes.
cost(line, figure) = recorded(line, figure) - (figure[1:10] eq "with_host_" ? recorded(line, "with_host_nothing_running") : 0)

figures = "without_psci_version with_psci_version with_sdei_version with_event_status with_signal_to_handler with_host_irq_running with_host_raise_running"
names = "'PSCI_VERSION, without' 'PSCI_VERSION, with' SDEI_VERSION EVENT_STATUS 'EVENT_SIGNAL to handler' 'KVM_IRQ_LINE to vector' 'raise to handler'"

set print $data
do for [n = 1:words(figures)] {
	figure = word(figures, n)
	print sprintf("\"%s\" %d %d %d", word(names, n), cost("6.1", figure), \
		      cost("6.12", figure), cost("7.3", figure))
}
unset print
plot $data using 2:xtic(1) title "6.1", "" using 3 title "6.12", "" using 4 title "7.3"
