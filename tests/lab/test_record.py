#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_record.py KERNEL [MSIS]

What was live is what is replayed. In one run hist and top show the host and record it
(--record), gicv4top record records it, and vlpigen makes the traffic, twice. In the quiet
behind each half, what hist and top have shown and what is replayed of their recordings
for that moment are equal: every count, every bucket. The other recording's counts are
theirs too, and all of them are vlpigen's and the kernel's.
"""
import json
import os
import subprocess
import sys

import test_hist
from lablib import Boot, Tap, TOP, at, doorbell_sum, no_trouble_in, vpes

PROGRAM = os.path.join(TOP, "build/native/gicv4top")
# of a vPE and of a VM in top's JSON: what does not go on while nothing happens
VPE_COUNTS = ("loads", "puts", "moves", "blocks", "sleeps", "pending_last", "illegal",
              "doorbells", "state", "pcpu", "vpe_id", "doorbell_irq", "doorbell_ns", "dirty_ns")
VM_COUNTS = ("name", "vcpus", "vlpis", "lpis", "loads", "puts", "moves", "doorbells", "sw_lpis",
             "maps", "unmaps", "vlpi_moves", "props", "forward_set", "forward_unset",
             "doorbell_ns", "map_ns")
RECORD_BYTES = 8


def replayed(tap, boot, *args):
    """What the native program makes of a recording: JSON lines."""
    done = subprocess.run([PROGRAM, *args], cwd=boot.out, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    tap.equal((done.returncode, done.stderr), (0, ""), f"gicv4top {' '.join(args)} ends with 0")
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_vpe(refresh):
    return {(vm["pid"], v["vcpu"]): v for vm in refresh["vms"] for v in vm["vpes"]}


def quiet_pair(live, replay, since_s):
    """
    The last live print of a quiet second, and the one of the replay that shows the same
    moment: nothing has happened between the two.
    """
    quiet = [r for r in live if since_s * 1e9 < r["time_ns"] < (since_s + 0.9) * 1e9]
    mine = quiet[-1]
    return mine, min(replay, key=lambda r: abs(r["time_ns"] - mine["time_ns"]))


def same_hists(tap, boot, name, live, replay):
    a, b = quiet_pair(live, replay, float(boot.read(f"{name}.uptime")))
    bad, values = [], 0
    for key, vpe in by_vpe(a).items():
        other = by_vpe(b).get(key, {"hists": {}})
        for kind, hist in vpe["hists"].items():
            values += hist["count"] if hist else 0
            if hist != other["hists"].get(kind):
                bad.append(f"{key} {kind}: live {hist}, replayed {other['hists'].get(kind)}")
    tap.ok(not bad and values > 1000, f"{name} half: {values} values, every histogram of every "
           "vPE is replayed to the last bucket", *bad[:6])
    tap.equal([(vm["pid"], vm["hists"]) for vm in b["vms"]],
              [(vm["pid"], vm["hists"]) for vm in a["vms"]],
              f"{name} half: and those of the VMs")
    return b


def same_tops(tap, boot, name, live, replay):
    a, b = quiet_pair(live, replay, float(boot.read(f"{name}.uptime")))
    for what, mine, other in (
            ("VM", {vm["pid"]: {k: vm[k] for k in VM_COUNTS} for vm in a["vms"]},
             {vm["pid"]: {k: vm[k] for k in VM_COUNTS} for vm in b["vms"]}),
            ("vPE", {k: {n: v[n] for n in VPE_COUNTS} for k, v in by_vpe(a).items()},
             {k: {n: v[n] for n in VPE_COUNTS} for k, v in by_vpe(b).items()}),
            ("VLPI", {k: sorted(map(str, v["vlpi_list"])) for k, v in by_vpe(a).items()},
             {k: sorted(map(str, v["vlpi_list"])) for k, v in by_vpe(b).items()})):
        bad = [f"{k}: live {mine.get(k)}, replayed {other.get(k)}"
               for k in sorted(set(mine) | set(other)) if mine.get(k) != other.get(k)]
        tap.ok(mine and not bad, f"{name} half: what top has shown of each {what} is what is "
               f"replayed ({len(mine)})", *bad[:4])
    times = ("resident_ns", "blocked_ns", "preempted_ns")
    off = max(abs(v[t] - by_vpe(b)[k][t]) for k, v in by_vpe(a).items() for t in times)
    apart = abs(a["time_ns"] - b["time_ns"])
    tap.ok(off <= apart + 50e6, f"{name} half: times in each state agree",
           f"{off} ns off, the readings are {apart} ns apart")
    return b


def same_as_kernel(tap, boot, name, refresh):
    """Doorbells by the kernel's own rows."""
    rows = boot.interrupts(f"{name}.interrupts").doorbells()
    mine = {v["doorbell_irq"]: doorbell_sum(v) for v in vpes(refresh)}
    tap.equal({irq: mine.get(irq) for irq in mine}, {irq: rows.get(irq) for irq in mine},
              f"{name} half: replayed doorbells are those of the GICv4-vpe rows")


def counts_alone(tap, top, alone):
    """Another process's recording: its own clock, the same events."""
    mine, other = by_vpe(top), by_vpe(alone)
    bad = []
    for key, vpe in mine.items():
        got = other.get(key)
        for count in ("loads", "puts", "moves", "blocks", "sleeps", "illegal"):
            if not got or got[count] != vpe[count]:
                bad.append(f"{key} {count}: {got and got[count]}, top {vpe[count]}")
        if got and doorbell_sum(got) != doorbell_sum(vpe):
            bad.append(f"{key} doorbells: {doorbell_sum(got)}, top {doorbell_sum(vpe)}")
    tap.ok(mine and not bad, "gicv4top record, a process of its own, has the same counts", *bad[:6])


def sizes(tap, boot):
    for name in ("both", "alone"):
        size = os.path.getsize(boot.path(f"{name}.g4rec"))
        done = subprocess.run([PROGRAM, "report", "-i", f"{name}.g4rec", "--json"], cwd=boot.out,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        records = json.loads(done.stdout)["records"]
        tap.ok(records and size / records <= RECORD_BYTES,
               f"{name}.g4rec: a record takes at most {RECORD_BYTES} bytes "
               f"({size / max(records, 1):.2f}, {records} records)")


def truths_of(boot):
    """pid -> truth of both halves."""
    return {t["pid"]: t for t in (boot.json("one.json"), boot.json("two.json"))}


def main(kernel, msis=4000):
    tap = Tap(f"record, {kernel}")
    boot = Boot(kernel, "record.sh", "--edu", "8", timeout=900, env=(f"MSIS={msis // 4}",))
    if not boot.require(tap):
        return tap.done()
    tap.equal(boot.read("failed"), "", "vlpigen itself found nothing wrong")
    for name in ("hist", "top", "alone"):
        tap.equal(boot.read(f"{name}.status").strip(), "0", f"{name} ends with 0 at Ctrl-C")
    truths = truths_of(boot)
    tap.equal(sum(t["taken"] for t in truths.values()), msis, f"{msis} MSIs were taken")

    hists = replayed(tap, boot, "hist", "-i", "both.g4rec", "--per-vpe", "--json", "-d", "0.1")
    live = boot.lines("hist.jsonl")
    for name in ("first", "second"):
        last = same_hists(tap, boot, name, live, hists)
    test_hist.compare_with_vlpigen(tap, last, truths)
    tops = replayed(tap, boot, "replay", "-i", "top.g4rec", "-b", "--json", "--detail", "-d", "0.1")
    live = boot.lines("top.jsonl")
    for name in ("first", "second"):
        last = same_tops(tap, boot, name, live, tops)
        same_as_kernel(tap, boot, name, last)
    tap.equal({vm["pid"]: vm["maps"] for vm in last["vms"]},
              {pid: len(t["devices"]) for pid, t in truths.items()},
              "replayed maps are vlpigen's devices")
    alone = replayed(tap, boot, "top", "-i", "alone.g4rec", "-b", "--json", "--detail", "-d", "0.1")
    counts_alone(tap, at(live, float(boot.read("second.uptime"))),
                 at(alone, float(boot.read("second.uptime")) + 0.5))
    tap.ok(not alone[-1]["vms"], "VMs that have ended are gone at the recording's end")
    sizes(tap, boot)
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], *(int(n) for n in sys.argv[2:])))
