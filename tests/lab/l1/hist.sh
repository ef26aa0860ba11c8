#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of four vCPUs, MSIS messages each, seen at once by gicv4top hist, by
# gicv4top top, and by g4events, which keeps every event and its own histograms.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

top_start top
gicv4top hist --json --per-vpe -d 0.5 >/out/hist.jsonl 2>/out/hist.err &
hist=$!
wait_until 60 grep -q schema /out/hist.jsonl
g4events auto /out/events.json >/out/events 2>/out/events.err &
events=$!
wait_until 60 grep -q ready /out/events.err

generator one 1 4 -c 4 -m "$MSIS" -r 300,700,1500,4000 -k 3000 --seed 3
one=$generator
generator two 5 8 -c 4 -m "$MSIS" -r 500,900,2500,3500 --seed 4
two=$generator
kill -USR1 $one $two
wait_until 300 generators_done /out/one.json /out/two.json
mark quiet
# while the VMs are there: what has ended has no histograms
kill -TERM $events
wait $events
echo $? >/out/events.status
kill -INT $hist
wait $hist
echo $? >/out/hist.status
kill -TERM $one $two
generator_ended one $one
generator_ended two $two
gicv4top hist -n 1 >/out/hist.txt 2>>/out/hist.err || echo "hist -n 1: $?" >>/out/failed
top_stop top
