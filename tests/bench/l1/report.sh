#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The same records by three recorders: make_recording hands each of RECORDS records to
# gicv4top's recorder, and a uprobe at that function (at OFFSET of the file), which
# fetches all of a record's fields, hands it to trace-cmd, then to perf.
# shellcheck source=tests/lab/l1/lib.sh
. /lab/lib.sh

mount -t tracefs none /sys/kernel/tracing 2>/dev/null
echo "p:g4bench/taken /usr/bin/make_recording:$OFFSET ts=+0(%x1):u64 vpe=+8(%x1):x64" \
	"arg=+16(%x1):u64 vcpu=+24(%x1):u32 pcpu=+28(%x1):u16 type=+30(%x1):u8" \
	"flags=+31(%x1):u8" >/sys/kernel/tracing/uprobe_events || exit 1
trace-cmd record -q -b 400000 -o /out/trace.dat -e g4bench:taken \
	make_recording /out/trace.g4rec "$RECORDS" >/out/trace.log 2>&1 || exit 1
perf record -q -m 128M -e g4bench:taken -o /out/perf.data \
	make_recording /out/perf.g4rec "$RECORDS" >/out/perf.log 2>&1 || exit 1
