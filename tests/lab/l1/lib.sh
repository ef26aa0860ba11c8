# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by the scenarios, which run as root in the lab's host (busybox sh).

# wait_until SECONDS COMMAND...: until it succeeds; fails the scenario if it never does
wait_until() {
	wait_left=$(($1 * 5))
	shift
	until "$@" 2>/dev/null; do
		wait_left=$((wait_left - 1))
		if [ $wait_left -le 0 ]; then
			echo "scenario: gave up waiting for: $*" >&2
			dmesg | tail -n 20 >&2
			exit 1
		fi
		usleep 200000
	done
}

# top_start NAME OPTION...: gicv4top in the background, JSON into /out/NAME.jsonl,
# until it has shown a first refresh; its pid in /tmp/NAME.pid
top_start() {
	top_name=$1
	shift
	gicv4top top -b --json --detail -d 0.3 "$@" >"/out/$top_name.jsonl" 2>"/out/$top_name.err" &
	echo $! >"/tmp/$top_name.pid"
	wait_until 60 grep -q schema "/out/$top_name.jsonl"
}

# top_stop NAME: by SIGINT, as a user would; its status goes to /out/NAME.status
top_stop() {
	kill -INT "$(cat "/tmp/$1.pid")"
	wait "$(cat "/tmp/$1.pid")"
	echo $? >"/out/$1.status"
}

# mark NAME: nothing happens now: the kernel's counts and the time they are of
mark() {
	sleep 1
	cat /proc/interrupts >"/out/$1.interrupts"
	cut -d ' ' -f 1 /proc/uptime >"/out/$1.uptime"
	sleep 1
}

# exists FILE, same as test -e: for wait_until
exists() {
	[ -e "$1" ]
}

# generators FILE...: whether all of these truths have been written
generators_done() {
	for truth_file; do
		[ -s "$truth_file" ] || return 1
	done
}

# generator NAME FIRST LAST OPTION...: vlpigen, held until SIGUSR1, with the edu devices of
# these slots; its truth goes to /out/NAME.json. Its pid in $generator, once it is ready
generator() {
	gen_name=$1
	gen_devices=$(edu_devices "$2" "$3")
	shift 3
	# shellcheck disable=SC2086
	vlpigen -n "$gen_name" --rescue-ms 60 --hold --linger -o "/out/$gen_name.json" "$@" $gen_devices \
		>"/out/$gen_name.ready" 2>"/out/$gen_name.err" &
	# shellcheck disable=SC2034 # the scenarios read it
	generator=$!
	wait_until 60 grep -q ready "/out/$gen_name.ready"
}

# generator_ended NAME PID: its status, where that is not 0, goes to /out/failed
generator_ended() {
	wait "$2" || echo "vlpigen $1: $?" >>/out/failed
}

edu_devices() {	# FIRST LAST: PCI addresses of the lab's edu devices in these slots
	slot=$1
	while [ "$slot" -le "$2" ]; do
		printf '0000:00:%02x.0\n' "$slot"
		slot=$((slot + 1))
	done
}

# perf_events NAME: how many of them top_start's NAME has open (kprobes are some too)
perf_events() {
	nr_events=0
	for fd in /proc/"$(cat "/tmp/$1.pid")"/fd/*; do
		case $(readlink "$fd") in
		*perf_event*) nr_events=$((nr_events + 1)) ;;
		esac
	done
	echo $nr_events
}

finish() {
	dmesg >/out/dmesg
}
trap finish EXIT
