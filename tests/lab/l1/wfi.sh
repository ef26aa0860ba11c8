#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One vCPU alone on its CPU, whose WFI is not trapped, under a slow load of MSIs.
# Everything else runs on the other CPU: 6.1 decides by whether a vCPU is alone.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

taskset -p -c 0 $$ >/dev/null
top_start top
vlpigen -n alone -c 1 -m 400 -r 10000 --hold --linger -o /out/truth.json 0000:00:01.0 \
	>/out/ready 2>/out/vlpigen.err &
vlpigen=$!
wait_until 60 grep -q ready /out/ready
taskset -p -c 1 "$(grep -o '"tid":[0-9]*' /out/ready | cut -d : -f 2)" >/dev/null
kill -USR1 $vlpigen
mark before	# the load goes on: whoever slept before it has been woken by now
wait_until 120 generators_done /out/truth.json
mark quiet
gicv4top top -b -n 1 -d 0.2 >/out/text 2>&1
gicv4top check >/out/check 2>&1
kill -TERM $vlpigen
wait $vlpigen || exit 1
top_stop top
