#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# gicv4top comes while VM "busy" is under load and VM "idle" has slept for long; then
# "idle" gets a load of its own. Then programs come and go a hundred times under
# load, and one is killed: what is left in the kernel?
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

bpf_objects() {	# everything of BPF that the kernel has; ids only ever grow
	for kind in prog map link; do
		bpftool $kind list | grep -oE '^[0-9]+: [a-z_0-9]+' | sed 's/^[0-9]*/'$kind'/'
	done | sort | uniq -c
	cat /sys/kernel/tracing/kprobe_events
	find /sys/fs/bpf -mindepth 1
}

bpf_objects >/out/bpf.before
# shellcheck disable=SC2046
vlpigen -n busy -c 4 -m 6000 -r 1500 --rescue-ms 60 --hold --linger --seed 3 \
	-o /out/busy.json $(edu_devices 1 4) >/out/busy.ready 2>/out/busy.err &
busy=$!
# shellcheck disable=SC2046
vlpigen -n idle -c 4 -m 1000 -r 1500 --rescue-ms 60 --hold --linger --seed 4 \
	-o /out/idle.json $(edu_devices 5 8) >/out/idle.ready 2>/out/idle.err &
idle=$!
wait_until 60 grep -q ready /out/busy.ready
wait_until 60 grep -q ready /out/idle.ready
sleep 2
kill -USR1 $busy
sleep 1
[ -s /out/busy.json ] && { echo "scenario: the load ended too early" >&2; exit 1; }
top_start top
wait_until 300 generators_done /out/busy.json
mark first
kill -USR1 $idle
wait_until 300 generators_done /out/idle.json
mark second
top_stop top

# cycles, with load on both VMs for as long as they last
(
	while [ ! -e /tmp/cycles_done ]; do
		kill -USR1 $busy
		kill -USR1 $idle
		sleep 4
	done
) &
load=$!
done_cycles=0
while [ $done_cycles -lt "$CYCLES" ]; do
	gicv4top top -b --json -n 1 -d 0.01 >/out/cycle.jsonl 2>>/out/cycle.err
	status=$?
	[ $status -eq 0 ] || echo "cycle $done_cycles: exit $status" >>/out/cycle.failed
	grep -q '"name":"busy"' /out/cycle.jsonl || echo "cycle $done_cycles: no VM" >>/out/cycle.failed
	done_cycles=$((done_cycles + 1))
done
echo $done_cycles >/out/cycles
gicv4top top -b --json -d 0.1 >/out/killed.jsonl 2>/out/killed.err &
killed=$!
wait_until 60 grep -q schema /out/killed.jsonl
bpf_objects >/out/bpf.during
kill -9 $killed
wait $killed
touch /tmp/cycles_done
wait $load
kill -TERM $busy $idle
wait
sleep 3
bpf_objects >/out/bpf.after
