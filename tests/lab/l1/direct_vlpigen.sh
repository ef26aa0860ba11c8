#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two VMs of vlpigen, four vCPUs and four devices each, of which the last is not
# forwarded; SPIs among them. The VMMs tell what their guests take over one unix socket.
# An event that the emulated cores have (0x11, cycles) stands in for EXC_IRQ.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

top_start top --agents unix:/tmp/agents.sock --direct-event 0x11
generator one 1 4 -c 4 -m "$MSIS" --soft 3 -k 20000 --agent /tmp/agents.sock
one=$generator
generator two 5 8 -c 4 -m "$MSIS" --soft 3 -k 20000 --seed 2 --agent /tmp/agents.sock
two=$generator
mark held
kill -USR1 "$one" "$two"
wait_until 300 generators_done /out/one.json /out/two.json
sleep 2		# the VMMs report five times a second
mark quiet
# without asking for them: what this host says of its own
gicv4top check >/out/check 2>&1
gicv4top top -b --json -d 0.3 -n 3 >/out/plain.jsonl 2>/out/plain.err
gicv4top top -b --json -d 0.3 -n 2 --direct-source pmu >/out/pmu.jsonl 2>/out/pmu.err
gicv4top top -b --json -d 0.3 -n 2 --direct-source kernel >/out/kernel.jsonl 2>/out/kernel.err
kill "$one" "$two"
generator_ended one "$one"
generator_ended two "$two"
mark ended
top_stop top
