#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two Linux guests of four vCPUs with gicv4top's agent, one by a virtio-serial port, one
# by vsock. Each has two NVMe disks, of which the second is not forwarded, and reads from
# both on all its CPUs; then a CPU goes off-line and comes back.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

cat >/tmp/l2.sh <<'END'
n=0
until [ -b /dev/nvme0n1 ] && [ -b /dev/nvme1n1 ] || [ $n -gt 300 ]; do usleep 100000; n=$((n + 1)); done
for disk in nvme0 nvme1; do	# they are probed in any order
	cat /sys/class/nvme/$disk/address >/out/$disk
done
modprobe -q virtio_console
modprobe -q vmw_vsock_virtio_transport
way="--vsock host:9436"
for port in /dev/vport*; do
	[ -e "$port" ] && way="--serial $port"
done
gicv4top-guest-agent $way -d 0.2 2>/out/agent.err &
agent=$!
awaits() { until [ -e /out/"$1" ]; do usleep 200000; done; }
awaits go
cat /proc/interrupts >/out/before
i=0
while [ $i -lt 30 ]; do
	(
		for cpu in 0 1 2 3; do
			taskset -c $cpu dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=3 skip=$i iflag=direct 2>/dev/null &
			taskset -c $cpu dd if=/dev/nvme1n1 of=/dev/null bs=4096 count=2 skip=$i iflag=direct 2>/dev/null &
		done
		wait
	)
	i=$((i + 1))
done
cat /proc/interrupts >/out/after
touch /out/read
awaits offline
echo 0 >/sys/devices/system/cpu/cpu3/online
touch /out/is_offline
awaits online
echo 1 >/sys/devices/system/cpu/cpu3/online
taskset -c 3 dd if=/dev/zero of=/dev/null bs=65536 count=2000 2>/dev/null
touch /out/is_online
awaits stop
kill $agent
wait $agent
echo "agent ended with $?" >>/out/agent.err
END

both() {	# FILE: in both guests
	exists "/out/serial/$1" && exists "/out/vsock/$1"
}

tell() {
	touch "/out/serial/$1" "/out/vsock/$1"
}

# agents_heard N: so many are connected
agents_heard() {
	tail -n 1 /out/top.jsonl | grep -q "\"agents\":$1[,}]"
}

modprobe vhost_vsock
top_start top --agents unix:/tmp/agents.sock --agents vsock --direct-event 0x11
perf_events top >/out/events
lab-guest -n serial -c 4 --bg --exec /tmp/l2.sh --soft 0000:00:02.0 --agent /tmp/agents.sock \
	0000:00:01.0 >/dev/null || exit 1
lab-guest -n vsock -c 4 --bg --exec /tmp/l2.sh --soft 0000:00:04.0 \
	--qemu -device --qemu vhost-vsock-device,guest-cid=5 0000:00:03.0 >/dev/null || exit 1
wait_until 120 agents_heard 2
sleep 2
mark held
tell go
wait_until 240 both read
sleep 3
mark quiet
tell offline
wait_until 60 both is_offline
sleep 1
mark offline
sleep 2
mark offline2
tell online
wait_until 60 both is_online
sleep 1
mark online
tell stop
lab-guest --wait serial || echo "serial: $?" >>/out/failed
lab-guest --wait vsock || echo "vsock: $?" >>/out/failed
mark ended
perf_events top >>/out/events
top_stop top
