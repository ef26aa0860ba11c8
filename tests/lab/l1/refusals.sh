#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Refusals: top and check, with what they print and their exit status, as this boot
# and these capabilities have it. CASES: names of the cases below.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

run() {	# NAME COMMAND...
	run_name=$1
	shift
	"$@" >"/out/$run_name.stdout" 2>"/out/$run_name.stderr"
	echo $? >"/out/$run_name.status"
}

drop() {	# CAPS COMMAND...: as another user with these capabilities only
	caps=$1
	shift
	# by its path: the shell would take its own applet, which knows less
	/usr/bin/setpriv --reuid 65534 --clear-groups --inh-caps="$caps" --ambient-caps="$caps" \
		--bounding-set="$caps" "$@"
}

for case in $CASES; do
	case $case in
	plain)
		run top gicv4top top -b -n 1 -d 0.1
		run check gicv4top check
		run check_json gicv4top check --json
		;;
	caps)
		run nocaps drop -all gicv4top top -b -n 1 -d 0.1
		run nobpf drop -all,+perfmon gicv4top top -b -n 1 -d 0.1
		run noperfmon drop -all,+bpf gicv4top top -b -n 1 -d 0.1
		run paranoid drop -all,+bpf,+perfmon gicv4top top -b -n 1 -d 0.1 --json
		echo 2 >/proc/sys/kernel/perf_event_paranoid
		run twocaps drop -all,+bpf,+perfmon gicv4top top -b -n 2 -d 0.2 --json
		;;
	options)
		run tracepoint gicv4top top -b -n 1 --backend tracepoint
		run fentry gicv4top top -b -n 1 -d 0.1 --backend fentry
		run full gicv4top top -b -n 1 -d 0.1 --maps 1,1,1
		;;
	nobtf)
		mount -t tmpfs none /sys/kernel/btf
		run nobtf gicv4top top -b -n 1
		run nobtf_check gicv4top check
		umount /sys/kernel/btf
		;;
	vm)	# two VMs in a table for one, and a VM that ends between refreshes
		vlpigen -n one -c 2 -m 1 --hold 0000:00:01.0 >/out/one.ready 2>&1 &
		one=$!
		vlpigen -n two -c 2 -m 1 --hold 0000:00:02.0 >/out/two.ready 2>&1 &
		two=$!
		wait_until 60 grep -q ready /out/one.ready
		wait_until 60 grep -q ready /out/two.ready
		run full_vms gicv4top top -b -n 2 -d 0.2 --json --maps 1,64,64
		run full_vpes gicv4top top -b -n 1 -d 0.2 --maps 8,1,64
		run by_pid gicv4top top -b -n 1 -d 0.2 --json -p $one
		run by_name gicv4top top -b -n 1 -d 0.2 --json -g tw
		run by_vcpu gicv4top top -b -n 1 -d 0.2 --json --detail --vcpu 1
		run csv gicv4top top -b -n 2 -d 0.2 --csv -s name -o name,pid,direct
		drop -all,+bpf,+perfmon gicv4top top -b -n 2 -d 0.2 --json >/out/caps_vms.stdout 2>/out/caps_vms.stderr
		echo $? >/out/caps_vms.status
		top_start ending
		kill -TERM $one $two
		wait $one $two
		sleep 1
		top_stop ending
		;;
	esac
done
