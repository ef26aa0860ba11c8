#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of four vCPUs and four devices each, MSIS messages each at mixed rates,
# seen by gicv4top, by g4events, and (SECOND_BACKEND) by a second gicv4top at once.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

top_start top
[ -z "$SECOND_BACKEND" ] || top_start second --backend "$SECOND_BACKEND"
g4events >/out/events 2>/out/events.err &
events=$!
wait_until 60 grep -q ready /out/events.err

generator one 1 4 -c 4 -m "$MSIS" -r 300,700,1500,4000 -k 3000 --seed 1
one=$generator
generator two 5 8 -c 4 -m "$MSIS" -r 500,900,2500,3500 --seed 2
two=$generator
kill -USR1 $one $two
wait_until 300 generators_done /out/one.json /out/two.json
mark quiet
kill -TERM $one $two
generator_ended one $one
generator_ended two $two
mark ended
top_stop top
[ -z "$SECOND_BACKEND" ] || top_stop second
kill -TERM $events
wait $events
echo $? >/out/events.status
