#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of two vCPUs and four devices each take MSIS MSIs each, idle or busy (LOADS). Each
# vCPU has a CPU of its own, and all else is on CPU 0: what fires the MSIs makes no VM exit.
# What the host counted, before and after each load and over a rest of REST seconds with the
# same VMs and no MSI, goes to /out/LOAD.{rest,before,after}.{exits,interrupts,uptime}.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

count() {	# NAME
	grep . /sys/kernel/debug/kvm/*/exits >"/out/$1.exits"
	cat /proc/interrupts >"/out/$1.interrupts"
	cut -d ' ' -f 1 /proc/uptime >"/out/$1.uptime"
}

pin() {		# FIRST-CPU NAME: the vCPUs of this generator, one a CPU from there on
	cpu=$1
	for tid in $(grep -o '"tid":[0-9]*' "/out/$2.ready" | cut -d : -f 2); do
		taskset -pc "$cpu" "$tid" >/dev/null || echo "$2: vCPU not pinned" >>/out/failed
		cpu=$((cpu + 1))
	done
}

# load NAME IDLE: IDLE is vlpigen's, wfi or spin
load() {
	generator "$1-one" 1 4 -c 2 -i "$2" -m "$MSIS" -r "$GAP_US" --rescue-ms 1000 --seed 1
	one=$generator
	pin 1 "$1-one"
	generator "$1-two" 5 8 -c 2 -i "$2" -m "$MSIS" -r "$GAP_US" --rescue-ms 1000 --seed 2
	two=$generator
	pin 3 "$1-two"
	sleep 1
	count "$1.rest"
	sleep "$REST"
	count "$1.before"
	kill -USR1 "$one" "$two"
	wait_until 100 generators_done "/out/$1-one.json" "/out/$1-two.json"
	count "$1.after"
	kill -TERM "$one" "$two"
	generator_ended "$1-one" "$one"
	generator_ended "$1-two" "$two"
}

[ -d /sys/kernel/debug/kvm ] || mount -t debugfs debugfs /sys/kernel/debug
taskset -pc 0 $$ >/dev/null || exit 1
for name in $LOADS; do
	case $name in
	idle) load idle wfi ;;
	busy) load busy spin ;;
	*)
		echo "no such load: $name" >&2
		exit 2
		;;
	esac
done
[ ! -e /out/failed ]
