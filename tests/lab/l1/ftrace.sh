#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of four vCPUs, seen at once by gicv4top top and record (BPF), by record --backend
# ftrace and by trace-cmd with the lines that we print for it. Then what ftrace leaves
# behind: nothing, also after kill -9 of the recorder, and after that of its keeper.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

tracing=/sys/kernel/tracing
mount -t tracefs nodev $tracing 2>/dev/null

# leftovers: names of ours that are in tracefs
leftovers() {
	ls $tracing/instances
	grep -o 'gicv4top[_0-9]*/' $tracing/kprobe_events | sort -u
}

no_leftovers() {
	[ -z "$(leftovers)" ]
}

# recorder NAME [OPTION...]: into /out/NAME.g4rec in the background, its pid in $recorder
recorder() {
	rec_name=$1
	shift
	gicv4top record -o "/out/$rec_name.g4rec" "$@" >"/out/$rec_name.out" 2>"/out/$rec_name.err" &
	recorder=$!
	wait_until 60 grep -q "recording to" "/out/$rec_name.err"
}

# trace_cmd_start FILE [KIB]: as printed (three parts, each after a comment; the second is
# what records), but for the file and, if told, the size of buffers
trace_cmd_start() {
	gicv4top record --print-trace-cmd >/out/trace-cmd.sh
	awk '/^#/ { n++ } n == 1' /out/trace-cmd.sh >/tmp/make.sh
	awk '/^#/ { n++ } n == 2' /out/trace-cmd.sh |
		sed "s/^trace-cmd/exec trace-cmd/; s/trace.dat/$1/; s/-b [0-9]*/-b ${2:-8192}/" >/tmp/run.sh
	awk '/^#/ { n++ } n == 3' /out/trace-cmd.sh >/tmp/remove.sh
	sh /tmp/make.sh || echo "trace-cmd: its events cannot be made" >>/out/failed
	(cd /out && exec sh /tmp/run.sh) >/out/trace-cmd.out 2>&1 &
	trace_cmd=$!
	wait_until 60 grep -q 1 $tracing/events/gicv4top/load/enable
	wait_until 60 grep -q 1 $tracing/events/irq/irq_handler_entry/enable
	sleep 1
}

g4ftrace offsets >/out/offsets
g4ftrace known >/out/known
uname -r >/out/release

top_start top
recorder bpf --backend bpf
bpf=$recorder
recorder ftrace --backend ftrace
ours=$recorder
trace_cmd_start trace.dat
generator one 1 4 -c 4 -m "$MSIS" -r 300,700,1500,4000 -k 3000 --seed 3
one=$generator
generator two 5 8 -c 4 -m "$MSIS" -r 500,900,2500,3500 --seed 4
two=$generator
kill -USR1 $one $two
wait_until 300 generators_done /out/one.json /out/two.json
mark quiet
mark quiet2
kill -INT $ours
wait $ours
echo $? >/out/ftrace.status
kill -INT $bpf
wait $bpf
echo $? >/out/bpf.status
kill -INT $trace_cmd
wait $trace_cmd
echo $? >/out/trace-cmd.status
top_stop top
kill -TERM $one $two
generator_ended one $one
generator_ended two $two
sh /tmp/remove.sh || echo "trace-cmd: its events cannot be removed" >>/out/failed
leftovers >/out/left.ended

# a VM from its begin to its end; trace-cmd itself has resized the host's main buffer
cat $tracing/trace_clock $tracing/buffer_size_kb >/out/knobs.before
# also: a kernel that has no BTF, as far as anybody can see; then ftrace is what is left
if [ -s /out/known ]; then
	mount -t tmpfs nodev /sys/kernel/btf
	recorder life
else
	recorder life --backend ftrace
fi
umount /sys/kernel/btf 2>/dev/null
generator three 1 2 -c 2 -m 200 -r 300,700 --seed 5
kill -USR1 $generator
wait_until 120 generators_done /out/three.json
kill -TERM $generator
generator_ended three $generator
sleep 1
kill -TERM $recorder
wait $recorder
echo $? >/out/life.status

# losses: a buffer that is too small for what comes
recorder loss --backend ftrace --buffer 4K
kill -STOP $recorder
generator four 1 4 -c 4 -m 2000 -r 300,700 --seed 6
kill -USR1 $generator
wait_until 120 generators_done /out/four.json
kill -CONT $recorder
sleep 1
kill -TERM $generator
generator_ended four $generator
kill -TERM $recorder
wait $recorder
echo $? >/out/loss.status
cat $tracing/trace_clock $tracing/buffer_size_kb >/out/knobs.after

# the same by trace-cmd
trace_cmd_start loss.dat 8
for stat in /proc/[0-9]*/stat; do
	case $(cat "$stat" 2>/dev/null) in
	*'(trace-cmd)'*) pid=${stat#/proc/} && kill -STOP "${pid%/stat}" ;;
	esac
done
generator five 1 4 -c 4 -m 2000 -r 300,700 --seed 6
kill -USR1 $generator
wait_until 120 generators_done /out/five.json
for stat in /proc/[0-9]*/stat; do
	case $(cat "$stat" 2>/dev/null) in
	*'(trace-cmd)'*) pid=${stat#/proc/} && kill -CONT "${pid%/stat}" ;;
	esac
done
sleep 1
kill -TERM $generator
generator_ended five $generator
kill -INT $trace_cmd
wait $trace_cmd
sh /tmp/remove.sh || echo "trace-cmd: its events cannot be removed again" >>/out/failed

# killed: its keeper cleans up
recorder killed --backend ftrace
leftovers >/out/left.running
kill -KILL $recorder
wait_until 20 no_leftovers
# killed with its keeper: the next start cleans up
recorder killed2 --backend ftrace
for stat in /proc/[0-9]*/stat; do
	case $(cat "$stat" 2>/dev/null) in
	*'(gicv4top-keeper)'*) keeper=${stat#/proc/} ;;
	esac
done
kill -KILL "${keeper%/stat}"
kill -KILL $recorder
sleep 1
leftovers >/out/left.both
recorder killed3 --backend ftrace
leftovers >/out/left.next
kill -TERM $recorder
wait $recorder
leftovers >/out/left.end
