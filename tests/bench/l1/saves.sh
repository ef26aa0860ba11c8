#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of four vCPUs and four devices each take MSIS MSIs each, idle or busy (LOADS).
# What the host counted, before and after each load and over a rest of REST seconds with
# the same VMs and no MSI, goes to /out/LOAD.{rest,before,after}.{kvm,interrupts,uptime}.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

# count NAME: VM exits (FILE VALUE lines, of all VMs), host interrupts, and the time
count() {
	for stat in /sys/kernel/debug/kvm/*/*; do
		[ -f "$stat" ] && echo "$stat $(cat "$stat")"
	done >"/out/$1.kvm" 2>/dev/null
	cat /proc/interrupts >"/out/$1.interrupts"
	cut -d ' ' -f 1 /proc/uptime >"/out/$1.uptime"
}

# load NAME IDLE: IDLE is vlpigen's, wfi or spin
load() {
	generator "$1-one" 1 4 -c 4 -i "$2" -m "$MSIS" -r "$GAP_US" --rescue-ms "$RESCUE_MS" --seed 1
	one=$generator
	generator "$1-two" 5 8 -c 4 -i "$2" -m "$MSIS" -r "$GAP_US" --rescue-ms "$RESCUE_MS" --seed 2
	two=$generator
	sleep 1
	count "$1.rest"
	sleep "$REST"
	count "$1.before"
	kill -USR1 "$one" "$two"
	wait_until 200 generators_done "/out/$1-one.json" "/out/$1-two.json"
	count "$1.after"
	kill -TERM "$one" "$two"
	generator_ended "$1-one" "$one"
	generator_ended "$1-two" "$two"
}

[ -d /sys/kernel/debug/kvm ] || mount -t debugfs debugfs /sys/kernel/debug
for name in $LOADS; do
	case $name in
	idle) load idle wfi ;;
	busy) load busy spin ;;
	*) echo "no such load: $name" >&2; exit 2 ;;
	esac
done
[ ! -e /out/failed ]
