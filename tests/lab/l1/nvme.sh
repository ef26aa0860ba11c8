#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A guest with an NVMe disk, from before its start until after its end: I/O, a
# quiet moment (mark "quiet"), its driver unbound (mark "unbound"), power off.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

cat >/tmp/l2.sh <<'END'
n=0
until [ -b /dev/nvme0n1 ] || [ $n -gt 300 ]; do usleep 100000; n=$((n + 1)); done
cpu=0
for cpu in 0 1; do
	taskset -c $cpu dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=150 skip=$((cpu * 1000)) \
		iflag=direct 2>/dev/null
done
sync
cat /proc/interrupts >/out/interrupts
touch /out/quiet
until [ -e /out/unbind ]; do sleep 1; done
for dev in /sys/bus/pci/drivers/nvme/0*; do
	basename "$dev" >/sys/bus/pci/drivers/nvme/unbind
done
touch /out/unbound
until [ -e /out/stop ]; do sleep 1; done
END

top_start top
lab-guest -n disk -c 2 --bg --exec /tmp/l2.sh 0000:00:01.0 >/dev/null || exit 1
wait_until 120 exists /out/disk/quiet
mark quiet
touch /out/disk/unbind
wait_until 60 exists /out/disk/unbound
mark unbound
touch /out/disk/stop
lab-guest --wait disk || exit 1
mark ended
top_stop top
