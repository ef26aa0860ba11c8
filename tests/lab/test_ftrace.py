#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_ftrace.py KERNEL [MSIS]

Three observers of one workload: gicv4top top by BPF, our own recording by ftrace, and
trace-cmd with the lines that we print for it. Every count that all three can give must
be the same for every vPE; what vlpigen mapped must have been mapped. Then what ftrace is
feared for: losses are counted, and nothing stays behind, however the recorder ends.
"""
import json
import os
import random
import re
import subprocess
import sys

from lablib import TOP, Boot, Tap, doorbell_sum, no_trouble_in, nothing_lost, vpes

G4FTRACE = os.path.join(TOP, "build", "native", "lab", "g4ftrace")
VPE_COUNTS = ("loads", "puts", "blocks", "sleeps", "moves")
VM_COUNTS = ("maps", "unmaps", "vlpi_moves", "props", "forward_set", "sw_lpis", "vcpus")


def g4ftrace(*args):
    return subprocess.run([G4FTRACE, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, timeout=120)


def counts(path, until_ns=None):
    """What the recording says, up to that time of its host."""
    done = g4ftrace("counts", path, *([str(until_ns)] if until_ns else []))
    return json.loads(done.stdout or '{"vms": [], "vpes": []}')


def convert(tap, boot, name):
    """A trace.dat of /out as a recording: its path."""
    to = boot.path(name + ".rec")
    done = g4ftrace("convert", boot.path(name), to)
    tap.ok(done.returncode == 0, f"{name} becomes a recording", done.stderr)
    return to


def by_vpe(found):
    return {(v["pid"], v["vcpu"]): v for v in found["vpes"]}


def missed(boot):
    """Probes that the kernel did not run, as our recorder read it at its end."""
    m = re.search(r"(\d+) missed", boot.read("ftrace.err"))
    return int(m[1]) if m else 0


def compare(tap, top, found, who, slack):
    """@slack: how many events of a kind the kernel says that it did not show."""
    bpf = {(v["pid"], v["vcpu"]): v for v in vpes(top)}
    got = by_vpe(found)
    if not tap.equal(sorted(got), sorted(bpf), f"{who} has the vPEs that BPF has"):
        return
    for what in VPE_COUNTS:
        wrong = [f"{key}: {got[key][what]}, BPF {v[what]}" for key, v in bpf.items()
                 if abs(got[key][what] - v[what]) > slack]
        tap.ok(not wrong, f"{who}: {what} of each vPE as BPF counts them "
               f"({sum(v[what] for v in bpf.values())})", *wrong)
    wrong, kinds, total = [], [], 0
    for key, v in bpf.items():
        mine = sum(got[key][k] for k in ("useful", "late", "spurious"))
        total += doorbell_sum(v)
        if mine != doorbell_sum(v):
            wrong.append(f"{key}: {mine}, BPF {doorbell_sum(v)}")
        if got[key]["useful"] != v["doorbells"]["useful"]:
            kinds.append((key, got[key]["useful"], v["doorbells"]["useful"]))
    tap.ok(not wrong, f"{who}: doorbells of each vPE as BPF counts them ({total})", *wrong)
    # each observer reads the thread's state at its own moment
    off = sum(abs(a - b) for _, a, b in kinds)
    tap.ok(off <= total / 100 + slack, f"{who}: useful doorbells as BPF judges them, but for 1 %",
           *[str(k) for k in kinds])
    pending = sum(v["pending_last"] for v in got.values())
    said = sum(v["pending_last"] for v in bpf.values())
    tap.ok(abs(pending - said) <= said / 100 + 1 + slack,
           f"{who}: pending_last {pending} times, BPF {said} times")
    tap.equal([f"{k}: {v['illegal']}" for k, v in got.items() if v["illegal"] > slack], [],
              f"{who}: no event contradicts the one before")
    for vm in top["vms"]:
        mine = [v for v in found["vms"] if v["pid"] == vm["pid"]]
        # what a kernel has no function to probe for is n/a to BPF too
        given = [k for k in VM_COUNTS if vm[k] is not None]
        tap.equal({k: mine[0][k] for k in given} if len(mine) == 1 else mine,
                  {k: vm[k] for k in given},
                  f"{who}: VM {vm['name']}: maps, moves, forwardings, software LPIs as BPF")


def compare_losses(tap, boot):
    said = re.search(r"(\d+) events lost", boot.read("loss.err"))
    lost = int(said[1]) if said else 0
    found = counts(boot.path("loss.rec"))
    tap.equal(boot.read("loss.status").strip(), "3", "a recorder that lost events ends with 3")
    tap.ok(lost > 0, f"a buffer that is too small loses events: {lost}")
    tap.equal(found["lost"], lost, "the recording has the number that was lost")
    # the generator's VM was resident, or not, when sight was lost of it
    tap.equal(sum(v["illegal"] for v in found["vpes"]), 0, "a loss makes no event illegal")

    found = counts(convert(tap, boot, "loss.dat"))
    tap.ok(found["lost"] > 0, f"the losses of trace-cmd are in the recording: {found['lost']}")
    tap.equal(sum(v["illegal"] for v in found["vpes"]), 0,
              "a loss of trace-cmd makes no event illegal")


def damage(tap, boot, name, times=60):
    """Bytes of a trace.dat changed, or its end cut off: an error, or a recording."""
    with open(boot.path(name), "rb") as f:
        whole = f.read()
    dice, bad = random.Random(1), []
    for _ in range(times):
        data = bytearray(whole)
        if dice.random() < 0.3:
            where = dice.randrange(len(data))
            del data[where:]
        else:
            where = dice.randrange(dice.choice((64, 4096, len(data))))
            data[where] = dice.randrange(256)
        with open(boot.path("damaged.dat"), "wb") as f:
            f.write(data)
        try:
            done = g4ftrace("convert", boot.path("damaged.dat"), boot.path("damaged.rec"))
        except subprocess.TimeoutExpired:
            bad.append(f"byte {where}: no end")
            continue
        if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stderr):
            bad.append(f"byte {where} of {len(data)}: {done.returncode} {done.stderr}")
    tap.result(f"{times} damaged trace.dat are read, or refused with a word why", bad)


def compare_life(tap, boot):
    """A VM that began and ended while it was recorded."""
    found = counts(boot.path("life.rec"))
    tap.equal(boot.read("life.status").strip(), "0", "a VM's whole life was recorded")
    if boot.read("known"):
        tap.ok("24 of 24" in boot.read("life.err"),
               "without BTF every event could be made, by the table and kallsyms",
               boot.read("life.err"))
    tap.equal([(vm["name"], vm["vcpus"], vm["maps"], vm["unmaps"]) for vm in found["vms"]],
              [("three", 2, 2, 2)], "its VLPIs were mapped, and unmapped at its end")
    tap.equal([v["gone"] for v in found["vpes"]], [1, 1], "its vPEs are gone at its end")


def compare_remains(tap, boot):
    ours = re.compile(r"^gicv4top_\d+$")
    for name, when in (("left.ended", "SIGINT"), ("left.end", "SIGTERM, and two kill -9")):
        tap.equal(boot.read(name), "", f"nothing is left in tracefs after {when}")
    running = [line for line in boot.read("left.running").splitlines() if ours.match(line)]
    tap.equal(len(running), 1, "while it records there is one instance, of its own name")
    both = set(boot.read("left.both").split())
    tap.equal(len(both), 2, "kill -9 of recorder and keeper leaves an instance and events")
    tap.ok(not both & set(boot.read("left.next").split()), "the next start takes them away")
    tap.equal(boot.read("knobs.after"), boot.read("knobs.before"),
              "clock and buffer of the host's main instance are as they were")


def compare_offsets(tap, boot):
    known, name = boot.read("known"), "the offsets known of this release are those of its BTF"
    if known:
        tap.equal(known, boot.read("offsets"), name)
    else:
        tap.skip(name, f"{boot.read('release').strip()} is not in the table")


def main(kernel, msis=2000):
    tap = Tap(f"ftrace, {kernel}")
    boot = Boot(kernel, "ftrace.sh", "--edu", "8", "--tools", timeout=900,
                env=(f"MSIS={msis // 2}",))
    if not boot.require(tap):
        return tap.done()
    tap.equal(boot.read("failed"), "", "vlpigen found nothing wrong")
    compare_offsets(tap, boot)
    truths = [boot.json("one.json"), boot.json("two.json")]
    tap.equal(sum(t["taken"] for t in truths), msis, f"{msis} MSIs were taken")

    # of the readings while nothing happened, one of all: a vCPU may wake now and then
    quiet_ns = float(boot.read("quiet.uptime")) * 1e9
    end_ns = float(boot.read("quiet2.uptime")) * 1e9
    tops = [r for r in boot.lines("top.jsonl")
            if quiet_ns < r["time_ns"] < end_ns and len(r["vms"]) == 2]
    if not tap.ok(tops, "gicv4top top read while nothing happened"):
        return tap.done()
    top = tops[0]
    nothing_lost(tap, top)
    tap.equal(boot.read("ftrace.status").strip(), "0", "the ftrace way lost nothing")
    if top["host"]["hooks_attached"] == top["host"]["hooks_wanted"]:
        tap.ok("24 of 24" in boot.read("ftrace.err"), "every event could be made",
               boot.read("ftrace.err"))
    slack = missed(boot)
    ours = counts(boot.path("ftrace.rec"), top["time_ns"])
    compare(tap, top, ours, "ftrace", slack)
    to = convert(tap, boot, "trace.dat")
    tap.equal(counts(to)["lost"], 0, "trace-cmd lost nothing")
    compare(tap, top, counts(to, top["time_ns"]), "trace-cmd", slack)
    for truth in truths:
        tap.equal([vm["maps"] for vm in ours["vms"] if vm["pid"] == truth["pid"]],
                  [len(truth["devices"])], "a map for each of vlpigen's devices")
    compare_life(tap, boot)
    compare_losses(tap, boot)
    damage(tap, boot, "trace.dat")
    compare_remains(tap, boot)
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], *(int(n) for n in sys.argv[2:])))
