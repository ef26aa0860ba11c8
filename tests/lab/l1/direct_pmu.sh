#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A VM of two vCPUs that never sleep, its threads counted by gicv4top and by a helper of
# a few lines at once; then with more events than the core has counters; then by other
# threads, which take the vCPUs over; then none.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

tids() {	# of the vCPUs' threads, in order
	for task in /proc/"$1"/task/*; do
		grep -q "^CPU $2/KVM" "$task/comm" && echo "${task##*/}"
	done
}

top_start top --direct-event 0x11
generator spin 1 2 -c 2 -m 200 -i spin -k 5000 --rethread
spin=$generator
sleep 1
g4perf "$(tids "$spin" 0)" 0x11 >/out/perf0 &
p0=$!
g4perf "$(tids "$spin" 1)" 0x11 >/out/perf1 &
p1=$!
mark alone
sleep 3
mark alone2
perf_events top >/out/events
g4perf "$(tids "$spin" 0)" 0x11 20 >/out/crowd &
crowd=$!
sleep 4
mark crowded
kill $crowd $p0 $p1
sleep 1
tids "$spin" 0 >/out/tids
kill -USR1 "$spin"
wait_until 120 generators_done /out/spin.json
tids "$spin" 0 >>/out/tids
sleep 1
mark others
sleep 2
mark others2
perf_events top >>/out/events
kill "$spin"
generator_ended spin "$spin"
mark ended
perf_events top >>/out/events
top_stop top
