#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Cost of a vPE load + put pair, one tracer after the other under the same load: one
# vCPU that blocks, and an MSI each 2 ms that wakes it by a doorbell. A JSON line of
# g4pair for each way into /out/pair.jsonl. LAB_WAYS: only these.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
T=/sys/kernel/tracing
PAIRS=${PAIRS:-2000}
HOOKS="its_make_vpe_resident its_make_vpe_non_resident vgic_v4_doorbell_handler"

vlpigen -n bench -c 1 -m $((PAIRS * 5 / 4)) -r 2000 --seed 1 --rescue-ms 60 --hold --linger -o /out/truth.json \
	0000:00:01.0 >/out/vlpigen.ready 2>/out/vlpigen.err &
load=$!
wait_until 60 grep -q ready /out/vlpigen.ready

round() {	# NAME [--empty]: one round of the load with what is attached now
	rm -f /out/truth.json
	# shellcheck disable=SC2086
	g4pair $2 "$1" "$PAIRS" >>/out/pair.jsonl &
	pair=$!
	sleep 1
	kill -USR1 $load
	wait $pair || echo "$1: g4pair failed" >>/out/failed
	wait_until 300 generators_done /out/truth.json
	dmesg -c >>"/out/dmesg.$1"
}

stop() {	# PID: by Ctrl-C
	kill -INT "$1"
	wait "$1"
}

ready() {	# FILE TEXT PID: the tracer of that process has attached
	wait_until 120 grep -q "$2" "$1"
	sleep 1
}

kprobes_on() {
	for f in $HOOKS; do
		echo "p:bench/$f $f vpe=%x0:x64"
		echo "r:bench/${f}_ret $f ret=%x0:x64"
	done >$T/kprobe_events
}

# tracing NAME FILE COMMAND...: a round while COMMAND records into FILE; it says nothing
# when it is ready
tracing() {
	name=$1
	file=$2
	shift 2
	"$@" >"/out/$name.out" 2>&1 &
	tracer=$!
	sleep 5
	round "$name"
	stop $tracer
	[ -s "$file" ] || echo "$name: recorded nothing" >>/out/failed
	rm -f "$file"
}

way() {
	case $1 in
	nothing | nothing-again) round "$1" ;;
	empty) round "$1" --empty ;;
	counting | detail)
		option=''
		[ "$1" = detail ] && option=--detail
		# shellcheck disable=SC2086
		gicv4top top -b -d 10 $option >"/out/$1.out" 2>"/out/$1.err" &
		tracer=$!
		ready "/out/$1.out" VCPU
		round "$1"
		stop $tracer
		;;
	record | record-states | record-ftrace)
		option=''
		[ "$1" = record-states ] && option='--events none'
		[ "$1" = record-ftrace ] && option='--backend ftrace'
		# shellcheck disable=SC2086
		gicv4top record --force -o /tmp/pair.g4rec $option >"/out/$1.out" 2>"/out/$1.err" &
		tracer=$!
		ready "/out/$1.err" 'recording to'
		round "$1"
		stop $tracer
		;;
	bpftrace-*)
		bpftrace "/lab/${1#bpftrace-}.bt" >"/out/$1.out" 2>&1 &
		tracer=$!
		ready "/out/$1.out" counting
		round "$1"
		stop $tracer
		;;
	perf)
		kprobes_on
		tracing "$1" /tmp/perf.data perf record -q -a -e 'bench:*' -o /tmp/perf.data sleep 1000000
		echo >$T/kprobe_events
		;;
	trace-cmd-kprobes)
		kprobes_on
		tracing "$1" /tmp/trace.dat trace-cmd record -q -e bench -o /tmp/trace.dat
		echo >$T/kprobe_events
		;;
	trace-cmd-function)
		# shellcheck disable=SC2046
		tracing "$1" /tmp/trace.dat trace-cmd record -q -p function \
			$(for f in $HOOKS; do echo "-l $f"; done) -o /tmp/trace.dat
		;;
	*) echo "no such way: $1" >>/out/failed ;;
	esac
}

for w in ${WAYS:-nothing empty counting detail}; do
	echo "==> $w"
	way "$w"
done
kill -TERM $load
wait $load
[ ! -e /out/failed ]
