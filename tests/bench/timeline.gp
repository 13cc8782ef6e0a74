# SPDX-License-Identifier: GPL-2.0-only
# Draws one raise on a time line, for the README.
spans = "< grep ^span build/timeline/data"
marks = "< grep ^mark build/timeline/data"
stats spans using 4 nooutput

set terminal svg size 900,470 font "sans,12" background "white"
set output "Documentation/timeline.svg"
set title "One raise on a vCPU that spins with interrupts masked (traced on an emulated host)" offset -8,0
set lmargin 24
set rmargin 3
set bmargin 12
set yrange [-0.6:3.9]
set ytics ("what was interrupted" 0, "the guest's handler" 1, "KVM and kvm\\_sdei,\nvCPU 1's thread" 2, "echo … > raise" 3) scale 0
set xlabel "µs" offset 0,0.5
set xtics out nomirror
set grid xtics
set style fill solid 0.8 noborder
unset key

set xrange [-0.03 * STATS_max:STATS_max]

# What the numbers mean, below.
count = int(system("grep -c ^mark build/timeline/data"))
do for [n = 1:count] {
	line = system(sprintf("grep '^mark %d ' build/timeline/data", n))
	set label n sprintf("%d   %s µs   %s", n, word(line, 3), line[strlen(word(line, 2)) + strlen(word(line, 3)) + 10:]) \
		at screen 0.08, screen 0.26 - 0.038 * (n - 1) noenhanced
}
array colour[4] = [0x9aa5b1, 0x2a9d4a, 0xd9822b, 0x3264a8]
plot spans using (($3 + $4) / 2):2:3:4:($2 - 0.3):($2 + 0.3):(colour[int($2) + 1]) with boxxyerror lc rgb variable, \
	marks using 3:4:(0):(3.45 - $4) with vectors nohead dt 3 lc rgb "#666666", \
	marks using 3:(3.65):2 with labels
