#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of four vCPUs, MSIS messages each, twice over: one process counts live and
# records the same events (both.g4rec), another one only records (alone.g4rec), a third
# is top. Then what replay makes of both.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

top_start top --record /out/top.g4rec
gicv4top record -o /out/alone.g4rec >/out/alone.out 2>/out/alone.err &
alone=$!
gicv4top hist --json --per-vpe -d 0.5 --record /out/both.g4rec >/out/hist.jsonl 2>/out/hist.err &
hist=$!
wait_until 60 grep -q schema /out/hist.jsonl
wait_until 60 exists /out/alone.g4rec
wait_until 60 grep -q "recording to" /out/alone.err

generator one 1 4 -c 4 -m "$MSIS" -r 300,700,1500,4000 -k 3000 --seed 3
one=$generator
generator two 5 8 -c 4 -m "$MSIS" -r 500,900,2500,3500 --seed 4
two=$generator
kill -USR1 $one $two
wait_until 300 generators_done /out/one.json /out/two.json
mark first
cp /out/one.json /out/one.first.json
cp /out/two.json /out/two.first.json
rm /out/one.json /out/two.json
kill -USR1 $one $two
wait_until 300 generators_done /out/one.json /out/two.json
mark second
kill -INT $hist
wait $hist
echo $? >/out/hist.status
kill -TERM $one $two
generator_ended one $one
generator_ended two $two
sleep 1
kill -INT $alone
wait $alone
echo $? >/out/alone.status
top_stop top
