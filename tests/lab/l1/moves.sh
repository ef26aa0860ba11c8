#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A VM whose vCPU threads are moved between the two CPUs by taskset while its MSIs
# fire; ftrace counts the VMOVP commands by a probe of its own.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

tracing=/sys/kernel/tracing
echo 16384 >$tracing/buffer_size_kb
echo 'p:lab/vmovp its_build_vmovp_cmd' >$tracing/kprobe_events
echo 1 >$tracing/events/lab/vmovp/enable

top_start top
# shellcheck disable=SC2046
vlpigen -n moving -c 4 -m 8000 -r 2000,2500,3000,3500 --rescue-ms 60 --hold --linger \
	-o /out/truth.json $(edu_devices 1 4) >/out/ready 2>/out/vlpigen.err &
vlpigen=$!
wait_until 60 grep -q ready /out/ready
tids=$(grep -o '"tid":[0-9]*' /out/ready | cut -d : -f 2)
kill -USR1 $vlpigen
cpu=0
while [ ! -s /out/truth.json ]; do
	for tid in $tids; do
		taskset -p -c $cpu "$tid" >/dev/null
		cpu=$((1 - cpu))
		usleep 4000
	done
	cpu=$((1 - cpu))
done
mark quiet
echo 0 >$tracing/tracing_on
grep -c 'vmovp:' $tracing/trace >/out/vmovps
cat $tracing/per_cpu/cpu*/stats >/out/trace_stats
kill -TERM $vlpigen
wait $vlpigen || exit 1
echo 0 >$tracing/events/lab/vmovp/enable
echo >$tracing/kprobe_events
top_stop top
