#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_ftrace.py KERNEL [MSIS]

Four observers of one workload: gicv4top top by BPF, and three recordings of it: gicv4top
record by BPF, by ftrace, and trace-cmd with the lines that record prints for it. Every
count that all of them can give must be the same for every vPE; what vlpigen mapped must
have been mapped. Then what ftrace is feared for: losses are counted, and nothing stays
behind, however the recorder ends.
"""
import json
import os
import random
import re
import subprocess
import sys

from lablib import TOP, Boot, Tap, doorbell_sum, no_trouble_in, nothing_lost, vpes

PROGRAM = os.path.join(TOP, "build", "native", "gicv4top")
VPE_COUNTS = ("loads", "puts", "blocks", "sleeps", "moves")
VM_COUNTS = ("maps", "unmaps", "vlpi_moves", "props", "forward_set", "sw_lpis", "vcpus")


def gicv4top(*args):
    """The program as built for here: it reads what was recorded there."""
    return subprocess.run([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=120)


def report(boot, name):
    """Exit status, and what the whole of a recording or trace.dat of /out comes to."""
    done = gicv4top("report", "-i", boot.path(name), "--json", "--per-vpe")
    nothing = '{"vms": [], "losses": {"records": null, "missed": null}}'
    return done.returncode, json.loads(done.stdout or nothing)


def last_before(boot, name, time_ns):
    """Exit status, and what top shows of a recording for that time of its host."""
    done = gicv4top("top", "-i", boot.path(name), "-b", "--json", "--detail", "-d", "0.1")
    shown = [r for r in map(json.loads, done.stdout.splitlines()) if r["time_ns"] <= time_ns]
    return done.returncode, shown[-1] if shown else {"vms": []}


def same_doorbells(tap, bpf, got, who, slack):
    wrong, kinds, total = [], [], 0
    for key, v in bpf.items():
        total += doorbell_sum(v)
        if doorbell_sum(got[key]) != doorbell_sum(v):
            wrong.append(f"{key}: {doorbell_sum(got[key])}, top {doorbell_sum(v)}")
        if got[key]["doorbells"]["useful"] != v["doorbells"]["useful"]:
            kinds.append((key, got[key]["doorbells"]["useful"], v["doorbells"]["useful"]))
    tap.ok(not wrong, f"{who}: doorbells of each vPE as top counts them ({total})", *wrong)
    # each observer reads the thread's state at its own moment
    off = sum(abs(a - b) for _, a, b in kinds)
    tap.ok(off <= total / 100 + slack, f"{who}: useful doorbells as top judges them, but for 1 %",
           *[str(k) for k in kinds])


def compare(tap, top, found, who, slack):
    """@slack: how many events of a kind the kernel says that it did not show."""
    bpf = {(v["pid"], v["vcpu"]): v for v in vpes(top)}
    got = {(v["pid"], v["vcpu"]): v for v in vpes(found)}
    if not tap.equal(sorted(got), sorted(bpf), f"{who} has the vPEs that top has"):
        return
    for what in VPE_COUNTS:
        # what a kernel has no function to probe for is n/a to all of them
        wrong = [f"{key}: {got[key][what]}, top {v[what]}" for key, v in bpf.items()
                 if got[key][what] != v[what] and
                 (None in (got[key][what], v[what]) or abs(got[key][what] - v[what]) > slack)]
        tap.ok(not wrong, f"{who}: {what} of each vPE as top counts them "
               f"({sum(v[what] or 0 for v in bpf.values())})", *wrong)
    same_doorbells(tap, bpf, got, who, slack)
    pending = sum(v["pending_last"] for v in got.values())
    said = sum(v["pending_last"] for v in bpf.values())
    tap.ok(abs(pending - said) <= said / 100 + 1 + slack,
           f"{who}: pending_last {pending} times, top {said} times")
    tap.equal([f"{k}: {v['illegal']}" for k, v in got.items() if v["illegal"] > slack], [],
              f"{who}: no event contradicts the one before")
    for vm in top["vms"]:
        mine = [v for v in found["vms"] if v["pid"] == vm["pid"]]
        given = [k for k in VM_COUNTS if vm[k] is not None]
        tap.equal({k: mine[0][k] for k in given} if len(mine) == 1 else mine,
                  {k: vm[k] for k in given},
                  f"{who}: VM {vm['name']}: maps, moves, forwardings, software LPIs as top")


def compare_recording(tap, boot, top, name, slack=0):
    """Against what top has shown while nothing happened. How many probes did not run."""
    who = "trace-cmd" if name == "trace.dat" else name.partition(".")[0]
    status, whole = report(boot, name)
    shown_status, shown = last_before(boot, name, top["time_ns"])
    losses = whole["losses"]
    missed = losses["missed"] or 0
    tap.equal([losses.get(k) for k in ("records", "map_full", "unmatched")], [0, 0, 0],
              f"{name} lacks no event that was seen")
    tap.equal((status, shown_status), (3, 3) if missed else (0, 0),
              f"report and top -i {name} end with 0, or with 3 where probes did not run")
    if who in ("bpf", "ftrace"):
        tap.equal(boot.read(f"{who}.status").strip(), "3" if missed else "0",
                  f"so did gicv4top record, {who}")
    compare(tap, top, shown, who, slack + missed)
    return missed


def compare_recordings(tap, boot, top):
    said = boot.read("ftrace.err")
    tap.ok(" by ftrace, " in said, "record --backend ftrace says that it is by ftrace", said)
    if top["host"]["hooks_attached"] == top["host"]["hooks_wanted"]:
        tap.ok("24 of 24 hooks" in said, "every event could be made", said)
    compare_recording(tap, boot, top, "bpf.g4rec")
    missed = compare_recording(tap, boot, top, "ftrace.g4rec")
    # nobody knows how many probes were missed of trace-cmd's; as many, it may be
    compare_recording(tap, boot, top, "trace.dat", missed)


def illegal(found):
    return [v["illegal"] for v in vpes(found) if v["illegal"]]


def compare_losses(tap, boot):
    said = re.search(r"\((\d+) lost\)", boot.read("loss.err"))
    lost = int(said[1]) if said else 0
    status, found = report(boot, "loss.g4rec")
    tap.equal(boot.read("loss.status").strip(), "3", "a recorder that lost events ends with 3")
    tap.ok(lost > 0, f"a buffer that is too small loses events: {lost}")
    tap.equal((status, found["losses"]["records"]), (3, lost),
              "the recording has the number that was lost")
    # the generator's VM was resident, or not, when sight was lost of it
    tap.equal(illegal(found), [], "a loss makes no event illegal")

    status, found = report(boot, "loss.dat")
    lost = found["losses"]["records"]
    tap.ok(status == 3 and lost, f"the losses of trace-cmd are in the report: {lost}")
    tap.equal(illegal(found), [], "a loss of trace-cmd makes no event illegal")


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
            done = gicv4top("report", "-i", boot.path("damaged.dat"), "--json")
        except subprocess.TimeoutExpired:
            bad.append(f"byte {where}: no end")
            continue
        if done.returncode not in (0, 1, 3) or (done.returncode == 1 and not done.stderr):
            bad.append(f"byte {where} of {len(data)}: {done.returncode} {done.stderr}")
    tap.result(f"{times} damaged trace.dat are read, or refused with a word why", bad)


def compare_life(tap, boot):
    """A VM that began and ended while it was recorded."""
    said = boot.read("life.err")
    _, found = report(boot, "life.g4rec")
    tap.equal(boot.read("life.status").strip(), "3" if found["losses"]["missed"] else "0",
              "a VM's whole life was recorded")
    if boot.read("known"):
        tap.ok("no /sys/kernel/btf/vmlinux: recording by ftrace" in said,
               "record without BTF says that it records by ftrace", said)
        tap.ok("24 of 24 hooks" in said,
               "without BTF every event could be made, by the table and kallsyms", said)
    tap.equal([(vm["name"], vm["vcpus"], vm["maps"], vm["unmaps"]) for vm in found["vms"]],
              [("three", 2, 2, 2)], "its VLPIs were mapped, and unmapped at its end")
    tap.equal([v["ended"] for v in vpes(found)], [True, True], "its vPEs are gone at its end")


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
    compare_recordings(tap, boot, top)
    _, ours = report(boot, "ftrace.g4rec")
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
