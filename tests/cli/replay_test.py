#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""replay, top -i and hist -i over recordings of made-up traffic, as batch output (TAP).

What a moment of a recording must be is tests/unit/replay_test.c's; here are the options,
that the outputs agree with each other, refusals, and what is told of damage.
"""
import csv
import datetime
import io
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

PROGRAM = ROOT / "build/native/gicv4top"
MAKE = ROOT / "build/native/recording/make_recording"
SEC = 1000000000


class Run:
    """One call of the program, with what it said."""

    def __init__(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE):
        self.args = [str(arg) for arg in args]
        done = subprocess.run([PROGRAM, *self.args], stdin=stdin, stdout=stdout, check=False,
                              stderr=subprocess.PIPE, timeout=120)
        self.rc = done.returncode
        self.out = (done.stdout or b"").decode()
        self.err = done.stderr.decode()

    def __str__(self):
        return f"gicv4top {' '.join(self.args)}: exit {self.rc}\n" \
               f"stdout: {self.out[:2000]!r}\nstderr: {self.err!r}"

    def good(self):
        return self.rc == 0 and not self.err

    def json(self):
        return [json.loads(line) for line in self.out.splitlines()]


def refreshes(tap, rec):
    run = Run("replay", "-i", rec, "--json")
    data = run.json()
    times = [d["time_ns"] for d in data]
    tap.ok(run.good() and len(data) > 15, "replay --json writes a line a refresh, and exits 0", run)
    tap.ok(all(b - a == SEC for a, b in zip(times[:-2], times[1:-1])) and
           0 < times[-1] - times[-2] <= SEC and
           all(d["interval_ns"] == b - a for d, a, b in zip(data[1:], times, times[1:])) and
           data[0]["interval_ns"] == SEC,
           "they are a second of its time apart, the last one perhaps less", times)
    tap.ok(all(vm["loads"] > before["loads"] for a, b in zip(data, data[1:])
               for vm, before in zip(b["vms"], a["vms"])), "counters only grow", run)
    tap.ok(all(d["losses"]["records"] == 0 and d["host"]["kernel"] == "6.12.0-made-up"
               for d in data), "nothing is lost, and the host is the one that was recorded", run)
    fine = Run("replay", "-i", rec, "--json", "-d", "0.5").json()
    tap.equal([d["vms"][0]["loads"] for d in fine[1::2]][:15],
              [d["vms"][0]["loads"] for d in data][:15], "-d 0.5: every other one is the same")
    few = Run("replay", "-i", rec, "--json", "-n", "3")
    tap.ok(few.good() and few.out.splitlines() == run.out.splitlines()[:3], "-n stops", few)
    return run


def places(tap, rec, whole):
    lines = whole.out.splitlines()
    detail = Run("replay", "-i", rec, "--json", "--detail").out.splitlines()
    for at in (1, 7, 15):
        run = Run("replay", "-i", rec, "--json", "--at", at)
        tap.ok(run.out.splitlines() == lines[at - 1:],
               f"--at {at}: the same as whoever came from the begin has seen", run)
        run = Run("replay", "-i", rec, "--json", "--detail", "-n", 1, "--at", f"{at}.0")
        tap.ok(run.out.splitlines() == detail[at - 1:at], f"--at {at}.0 --detail: vPEs too", run)
    run = Run("replay", "-i", rec, "--json", "--at", "0")
    tap.ok(run.out == whole.out, "--at 0 is the begin", run)
    run = Run("replay", "-i", rec, "--at", "1000")
    found = re.search(r"has (\d\d:\d\d:\d\d) to \d\d:\d\d:\d\d \(([\d.]+) s\)\n$", run.err)
    tap.ok(run.rc == 1 and not run.out and found and str(rec) in run.err and "--at" in run.err,
           "--at beyond the end is refused with what the recording has", run)
    if not found:
        return
    begin = datetime.datetime.strptime(found[1], "%H:%M:%S")
    clock = (begin + datetime.timedelta(seconds=5)).strftime("%H:%M:%S")
    first = json.loads(lines[0])["time_ns"] - SEC
    run = Run("replay", "-i", rec, "--json", "--at", clock, "-n", 1)
    after = run.json()[0]["time_ns"] - first
    tap.ok(run.good() and 4 * SEC < after <= 5 * SEC, "--at HH:MM:SS finds the time of day", run)
    same = Run("replay", "-i", rec, "--json", "--at", f"{clock}.0", "-n", 1)
    tap.ok(same.good() and same.out == run.out, "so does it with a fraction", same)
    same = Run("replay", "-i", rec, "--json", "--at", "7s", "-n", 1)
    tap.ok(same.good() and same.out.splitlines() == lines[6:7], "--at takes units", same)
    day = time.strftime("%Y-%m-%d", time.gmtime(0))
    other = Run("replay", "-i", rec, "--json", "--at", f"{day} {clock}")
    tap.ok(other.rc == 1 and "--at" in other.err, "that time of another day is refused", other)
    clock = (begin - datetime.timedelta(seconds=5)).strftime("%H:%M:%S")
    run = Run("replay", "-i", rec, "--json", "--at", clock)
    tap.ok(run.rc == 1 and "--at" in run.err, "a time of day that is not in it is refused", run)
    length = float(found[2])
    run = Run("replay", "-i", rec, "--json", "--at", length)
    tap.ok(run.good() and len(run.json()) <= 2 and
           run.json()[-1]["vms"][0]["loads"] == json.loads(lines[-1])["vms"][0]["loads"],
           "--at its last moment is its last refresh", run)


def views(tap, rec):
    for args in (["--json"], ["--csv"], ["-b"], ["--json", "--detail", "-d", "2", "-n", "4"],
                 ["-g", "vm-1", "--csv", "-s", "db"], ["-b", "-o", "name,pid,db"]):
        one, other = Run("top", "-i", rec, *args), Run("replay", "-i", rec, *args)
        tap.ok(one.good() and one.out and one.out == other.out,
               f"top -i is replay -i: {' '.join(args)}", one, other)
    text = Run("replay", "-i", rec, "-n", "1").out.splitlines()
    tap.ok(re.match(r"gicv4top \d\d:\d\d:\d\d  kernel 6.12.0-made-up  GICv4.0  hooks fentry 19/19",
                    text[0]) and text[1].startswith("2 VMs, 8 vPEs, 16 VLPIs") and
           text[4].startswith("vm-0 "), "as text it is what top writes", *text)
    rows = list(csv.DictReader(io.StringIO(Run("replay", "-i", rec, "--csv", "-n", "2").out)))
    tap.ok([row["name"] for row in rows] == ["vm-0", "vm-1"] * 2, "as CSV, a row a VM", rows)
    data = Run("replay", "-i", rec, "--json", "--detail", "-n", "1", "-p", "1001", "--vcpu", "2")
    vms = data.json()[0]["vms"]
    tap.ok([vm["pid"] for vm in vms] == [1001] and [v["vcpu"] for v in vms[0]["vpes"]] == [2] and
           re.match(r"0000:..:00\.0", vms[0]["vpes"][0]["vlpi_list"][0]["device"]),
           "-p and --vcpu choose, and devices have their names", data)
    begun = time.monotonic()
    run = Run("replay", "-i", rec, "--json", "-n", "5", "-d", "0.1", "--speed", "0.5")
    tap.ok(run.good() and len(run.json()) == 5 and time.monotonic() - begun >= 0.8,
           "--speed 0.5 takes twice the time", run)
    run = Run("top", "-i", rec, "--json", "-n", "1", "--direct-source", "none")
    tap.ok(run.good(), "top -i takes --direct-source none", run)


def buckets(hist):
    return {low: count for low, _, count in hist["buckets"]}


def histograms(tap, rec, whole):
    run = Run("hist", "-i", rec, "--json")
    data = run.json()
    tap.ok(run.good() and len(data) == 1, "hist -i prints once", run)
    last = whole.json()[-1]
    for vm, had in zip(data[0]["vms"], last["vms"]):
        hists = vm["hists"]
        tap.ok(hists["doorbell"]["count"] == had["doorbell_ns"]["count"] and
               hists["doorbell"]["max"] == had["doorbell_ns"]["max"] and
               hists["residency"]["count"] == had["puts"] and
               hists["vmovp"]["count"] == had["moves"] and hists["map"]["count"] == had["maps"],
               f"{vm['name']}: they are of all of it", run)
    parts = Run("hist", "-i", rec, "--json", "-d", "4").json()
    tap.ok(len(parts) > 3 and parts[-1]["vms"] == data[0]["vms"],
           "-d: a print an interval, the last one has all", len(parts))
    parts = Run("hist", "-i", rec, "--json", "-d", "4", "--delta").json()
    for key in ("doorbell", "blocked", "dirty"):
        added = {}
        for part in parts:
            for low, count in buckets(part["vms"][1]["hists"][key]).items():
                added[low] = added.get(low, 0) + count
        tap.equal(added, buckets(data[0]["vms"][1]["hists"][key]),
                  f"--delta: the intervals' {key} add up to all of it")
    vpes = Run("hist", "-i", rec, "--json", "--per-vpe").json()[0]["vms"][0]["vpes"]
    added = {}
    for vpe in vpes:
        for low, count in buckets(vpe["hists"]["preempted"]).items():
            added[low] = added.get(low, 0) + count
    tap.ok(len(vpes) == 4 and added == buckets(data[0]["vms"][0]["hists"]["preempted"]),
           "--per-vpe: the vPEs' add up to their VM's", added)
    text = Run("hist", "-i", rec, "--which", "doorbell", "-g", "vm-1")
    tap.ok(text.good() and "vm-1 (pid 1001)" in text.out and "vm-0" not in text.out and
           re.search(r"p99 .*\n.*#", text.out), "as text, bars", text)
    few = Run("hist", "-i", rec, "--json", "-n", "2").json()
    tap.equal(few[1]["time_ns"] - few[0]["time_ns"], SEC, "-n alone: a second each")


def refusals(tap, rec, folder):
    good = rec.read_bytes()
    foreign, empty, begun, newer = (folder / name for name in ("foreign", "empty", "begun", "newer"))
    foreign.write_bytes(b"not a recording\n" * 100)
    empty.write_bytes(b"")
    begun.write_bytes(good[:32])
    head = good[:8] + struct.pack("<HHI", 2, 0, 32) + good[16:28]
    newer.write_bytes(head + struct.pack("<I", zlib.crc32(head)) + good[32:])
    cases = [(folder / "none", "No such file"), (foreign, "no recording"), (empty, "no recording"),
             (begun, "without a whole chunk"), (newer, "newer"), (folder, "")]
    for command in (["replay"], ["top"], ["hist"]):
        for path, words in cases:
            run = Run(*command, "-i", path)
            tap.ok(run.rc == 1 and not run.out and str(path) in run.err and words in run.err and
                   len(run.err.splitlines()) == 1,
                   f"{command[0]} -i {path.name}: refused in one line that says why", run)
    with open(empty, "rb") as stdin:
        run = Run("replay", "-i", "-", stdin=stdin)
    tap.ok(run.rc == 1 and run.err.count("standard input") == 1 and
           len(run.err.splitlines()) == 1, "-i - is called standard input where it is refused", run)
    for command in ("replay", "hist"):
        with open("/dev/full", "wb") as full:
            run = Run(command, "-i", rec, stdout=full)
        tap.ok(run.rc == 1 and "No space left" in run.err, f"{command}: a full stream is told", run)


def one_second(tap):
    rec = ROOT / "tests/golden/recordings/stock-6.12.g4rec"
    for clock in ("23:01:40", "23:01:45", "23:01:44.000"):
        run = Run("replay", "-i", rec, "-b", "-n", 1, "--at", clock)
        tap.ok(run.good() and run.out.startswith(f"gicv4top {clock[:8]} "),
               f"--at {clock} shows {clock[:8]}", run)


def one_input(tap, rec):
    for command in ("replay", "top", "hist"):
        run = Run(command, "-i", rec, "-i", rec)
        tap.ok(run.rc == 2 and not run.out and "-i: one recording only; report puts several "
               "together" in run.err, f"{command}: a second -i is refused", run)


def piped(tap, rec, whole):
    for path in ("-", "/dev/stdin"):
        with subprocess.Popen(["cat", rec], stdout=subprocess.PIPE) as cat:
            run = Run("replay", "-i", path, "--json", stdin=cat.stdout)
        tap.ok(run.good() and run.out == whole.out, f"-i {path}: from a pipe it is the same", run)


def damage(tap, rec, folder, whole):
    lines = whole.out.splitlines()
    hurt, cut = folder / "hurt", folder / "cut"
    data = bytearray(rec.read_bytes())
    data[len(data) // 2] ^= 1
    hurt.write_bytes(data)
    cut.write_bytes(data[:len(data) // 3])
    for command in (["replay", "--json"], ["top", "--json"], ["hist", "--json"]):
        run = Run(*command, "-i", hurt)
        tap.ok(run.rc == 3 and re.search(rf"{hurt} is damaged: skipped 1 chunk \(\d\d+ records",
                                         run.err) and len(run.err.splitlines()) == 1 and
               run.json()[-1]["losses"]["records"] > 10,
               f"{command[0]}: a damaged chunk is told, counted as lost, and exit is 3", run)
        run = Run(*command, "-i", cut)
        tap.ok(run.rc == 3 and f"{cut}: it did not end cleanly" in run.err and "bytes" in run.err and
               run.json()[-1]["losses"]["records"] >= 1,
               f"{command[0]}: a cut recording is told, counted as lost, and exit is 3", run)
    for command in ("replay", "hist"):
        text = Run(command, "-i", cut).out
        tap.ok(re.search(r"LOST: [1-9]", text) and
               (command == "hist" or "nothing lost" in text.splitlines()[2]),
               f"{command}: as text, too: at its end", text)
    got = Run("replay", "-i", hurt, "--json").out.splitlines()
    same = [a == b for a, b in zip(got, lines)]
    tap.ok(len(got) == len(lines) and True in same and False in same and
           same == sorted(same, reverse=True) and
           all("\"records\":0" not in line for line, good in zip(got, same) if not good),
           "up to the damage all is as it was; from there on records are lost", same)
    got = Run("replay", "-i", cut, "--json").out.splitlines()
    tap.ok(3 < len(got) < len(lines) and got[:-1] == lines[:len(got) - 1],
           "what is left of a cut recording is as it was", len(got))


def main():
    for program in (PROGRAM, MAKE):
        if not program.exists():
            print(f"Bail out! {program} is not built: make builds it")
            return 1
    os.environ.update(LC_ALL="C", TZ="UTC0")
    os.environ.pop("COLUMNS", None)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="gicv4top-replay.") as folder:
        rec = pathlib.Path(folder, "made.g4rec")
        # some twenty seconds of two VMs with four vCPUs each
        subprocess.run([MAKE, rec, "100000", "2", "4", "4", "200000", "3"], check=True)
        whole = refreshes(tap, rec)
        places(tap, rec, whole)
        views(tap, rec)
        histograms(tap, rec, whole)
        piped(tap, rec, whole)
        one_second(tap)
        one_input(tap, rec)
        refusals(tap, rec, pathlib.Path(folder))
        damage(tap, rec, pathlib.Path(folder), whole)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
