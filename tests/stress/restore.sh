# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Hostile VMMs write anything to SDEI's registers, at any time, while their vCPUs are
# raised and looked at, and some of them are killed.
# shellcheck source=tests/stress/lib.sh
. tests/stress/lib.sh

rounds=$(scaled 40000) seeds=$(scaled 20 2)

module_load
hammer_begin 2 raise
hammer_begin 1 read
for ((seed = 0; seed < seeds; seed++)); do
	/lab/restore $((seed + 1000)) 1000000000 >/dev/null &
	doomed=$!
	report "seed $seed, $rounds rounds" eval "/lab/restore $seed $rounds >$runs/restore"
	comment <$runs/restore
	kill -KILL $doomed
	wait $doomed 2>/dev/null || true
done
hammers_end
nothing_left
