#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How long gicv4top takes from its start to its first figures, and to end, on a host
# with some idle VMs. Under icount an emulated nanosecond is an instruction (waits for
# other CPUs and grace periods are none). A line "VMS SEEN START_MS END_MS" each into
# /out/start.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

have=0
for want in ${VMS:-1 16 64}; do
	while [ $have -lt "$want" ]; do
		have=$((have + 1))
		vlpigen -n "vm$have" -c 1 -m 0 --hold --linger -o /dev/null >"/tmp/vm$have.ready" 2>/out/vlpigen.err &
		pids="$pids $!"
		wait_until 120 grep -q ready "/tmp/vm$have.ready"
	done
	for _ in 1 2 3; do
		gicv4top top -v -b --json -d 0.1 -n 1 >/tmp/first 2>/tmp/log || exit 1
		seen=$(sed 's/"pid"/\n&/g' /tmp/first | grep -c '^"pid"')
		# "[SECONDS] gicv4top: what"; one interval passes before the figures
		awk -v vms="$want" -v seen="$seen" -F '[][]' '
			/reading the kernel/ { t0 = $2 }
			/detaching/ { t1 = $2 }
			/detached/ { t2 = $2 }
			END { printf "%d %d %.0f %.0f\n", vms, seen, (t1 - t0) * 1000 - 100, (t2 - t1) * 1000 }
		' /tmp/log >>/out/start
	done
done
# shellcheck disable=SC2086
kill -TERM $pids
wait
