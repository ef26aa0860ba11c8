#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The live view on L0's terminal, over two VMs of two vCPUs that send MSIS messages
# each. The test on L0 leads: it makes /out/start and /out/end-two when it has seen
# enough, and quits the view.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

# shellcheck disable=SC2046
vlpigen -n one -c 2 -m "$MSIS" -r 300,700 -k 3000 --seed 5 --rescue-ms 60 --hold --linger -o /out/one.json \
	$(edu_devices 1 2) >/out/one.ready 2>/out/one.err &
one=$!
# shellcheck disable=SC2046
vlpigen -n two -c 2 -m "$MSIS" -r 500,900 --seed 6 --rescue-ms 60 --hold --linger -o /out/two.json \
	$(edu_devices 3 4) >/out/two.ready 2>/out/two.err &
two=$!
wait_until 60 grep -q ready /out/one.ready
wait_until 60 grep -q ready /out/two.ready
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
wait $one || echo "vlpigen one: $?" >>/out/failed
wait $two || echo "vlpigen two: $?" >>/out/failed
