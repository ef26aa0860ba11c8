#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The live view on L0's terminal, over two VMs of two vCPUs that send MSIS messages
# each. The test on L0 leads: it makes /out/start and /out/end-two when it has seen
# enough, and quits the view.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

generator one 1 2 -c 2 -m "$MSIS" -r 300,700 -k 3000 --seed 5
one=$generator
generator two 3 4 -c 2 -m "$MSIS" -r 500,900 --seed 6
two=$generator
(
	wait_until 120 exists /out/start
	kill -USR1 $one $two
	wait_until 300 generators_done /out/one.json /out/two.json
	mark quiet
	touch /out/is-quiet
	wait_until 120 exists /out/end-two
	kill -TERM $two
) </dev/null >/out/leader 2>&1 &
lab-tty gicv4top -d 0.5
echo $? >/out/view.status
kill -TERM $one
generator_ended one $one
generator_ended two $two
