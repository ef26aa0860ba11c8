#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A VM of one vCPU and eight devices takes MSIS MSIs, idle or busy (LOADS). The vCPU has CPU 1
# to itself and all else is on CPU 0, so what fires the MSIs makes no VM exit. No more CPUs
# than that: those of the lab must not starve (see tests/bench/saves).
# What the host counted, before and after each load and over a rest of REST seconds with the
# same VM and no MSI, goes to /out/LOAD.{rest,before,after}.{exits,interrupts}.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

count() {	# NAME
	grep . /sys/kernel/debug/kvm/*/exits >"/out/$1.exits"
	cat /proc/interrupts >"/out/$1.interrupts"
}

load() {	# NAME IDLE: IDLE is vlpigen's, wfi or spin
	generator "$1" 1 8 -i "$2" -m "$MSIS" -r "$GAP_US" --rescue-ms 1000
	tid=$(sed -n 's/.*"vcpus":\[{"vcpu":0,"tid":\([0-9]*\).*/\1/p' "/out/$1.ready")
	taskset -pc 1 "$tid" >/dev/null || echo "$1: the vCPU is not pinned" >>/out/failed
	sleep 1
	count "$1.rest"
	sleep "$REST"
	count "$1.before"
	kill -USR1 "$generator"
	wait_until 100 generators_done "/out/$1.json"
	count "$1.after"
	kill -TERM "$generator"
	generator_ended "$1" "$generator"
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
