#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report over recordings of made-up traffic (TAP).

What a report must count is tests/unit/report_test.c's; here are the outputs: text as it was
reviewed (tests/cli/report.txt; --update writes it anew), JSON and CSV against each other and
against hist and replay of the same recording, windows, several recordings, refusals, and
what is told of damage.
"""
import csv
import io
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

PROGRAM = ROOT / "build/native/gicv4top"
MAKE = ROOT / "build/native/recording/make_recording"
GOLDEN = ROOT / "tests/cli/report.txt"
SEC = 1000000000
REAL_NS = 1795490100 * SEC      # 2026-11-24 03:15:00 UTC


class Run:
    """One call of report, with what it said."""

    def __init__(self, *args, stdin=subprocess.DEVNULL, command="report"):
        self.args = [command] + [str(arg) for arg in args]
        done = subprocess.run([PROGRAM, *self.args], stdin=stdin, capture_output=True,
                              check=False, timeout=120)
        self.rc = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def __str__(self):
        return f"gicv4top {' '.join(self.args)}: exit {self.rc}\n" \
               f"stdout: {self.out[:3000]!r}\nstderr: {self.err!r}"

    def good(self):
        return self.rc == 0 and not self.err

    def json(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def one(self):
        return self.json()[0]

    def rows(self):
        return list(csv.DictReader(io.StringIO(self.out)))


# --- recordings, rewritten: another host, another time, other contents of a chunk ---

CHUNK, SECTION, INDEX = "<IBBHQQQIIIIQI", "<BBHII", "<QQQQIIII"


def sealed(fmt, *fields):
    head = struct.pack(fmt, *fields)
    return head + struct.pack("<I", zlib.crc32(head))


def sections(body):
    at = 0
    while at < len(body):
        kind, coding, pad, disk, raw, count = struct.unpack_from("<BBHIII", body, at)
        data = body[at + 16:at + 16 + disk]
        yield kind, zlib.decompress(data) if coding else data, count
        at += 16 + disk
        assert not pad and raw is not None


def chunks(data):
    """(fields of the header, body) of each chunk of events."""
    at = 32
    while at + 64 <= len(data):
        fields = struct.unpack_from(CHUNK, data, at)
        if fields[0] != 0x4b433447 or fields[1] != 1:
            return
        yield list(fields), data[at + 64:at + 64 + fields[9]]
        at += 64 + fields[9]


def rewritten(data, change, file_id, later_ns=0):
    """The recording with each chunk's META as `change` makes it, and an index that fits."""
    out, index = sealed("<8sHHIQI", data[:8], 1, 0, 32, file_id, 0), b""
    for fields, body in chunks(data):
        new = b""
        for kind, raw, count in sections(body):
            raw = change(raw) if kind == 1 else raw
            new += struct.pack("<BBHIII", kind, 0, 0, len(raw), len(raw), count) + raw
        fields[5:7] = [ns + later_ns for ns in fields[5:7]]
        fields[9:12] = [len(new), zlib.crc32(new), file_id]
        index += struct.pack(INDEX, fields[4], len(out), fields[5], fields[6], fields[7],
                             fields[8], fields[2], 64 + len(new))
        out += sealed(CHUNK, *fields) + new
    at = len(out)
    body = struct.pack("<BBHIII", 12 + 1, 0, 0, len(index), len(index), len(index) // 48) + index
    out += sealed(CHUNK, 0x4b433447, 2, 0, 64, len(index) // 48, 0, 0, 0, 0, len(body),
                  zlib.crc32(body), file_id, 0) + body
    foot = struct.pack("<QQ", at, file_id)
    return out + foot + struct.pack("<II", zlib.crc32(foot), 0x4e453447)


def moved(source, target, host, real_ns, file_id, later_ns=0, kernel=None,
          boot_ns=0):
    """A copy that another host made, or at another time: by all clocks `later_ns` later."""
    real_ns += later_ns

    def change(meta):
        meta = re.sub(rb"(?m)^start_ns=(.*)$",
                      lambda m: b"start_ns=%d" % (int(m[1]) + later_ns), meta)
        # booted an hour before, unless it is `boot_ns` later
        meta = re.sub(rb"(?m)^start_boot_ns=.*$",
                      b"start_boot_ns=%d" % (3600 * SEC + later_ns - boot_ns), meta)
        if kernel:
            meta = re.sub(rb"(?m)^kernel=.*$", b"kernel=" + kernel.encode(), meta)
        meta = re.sub(rb"(?m)^host=.*$", b"host=" + host.encode(), meta)
        return re.sub(rb"(?m)^start_real_ns=.*$", b"start_real_ns=%d" % real_ns, meta)
    target.write_bytes(rewritten(source.read_bytes(), change, file_id, later_ns))
    return target


# --- text ---

def text(tap, recs, update):
    run = Run("-i", recs["a"], "--worst", "2", "--interval", "0.2")
    part = Run("-i", recs["a"], "--from", "0.5", "--to", "0.6", "-g", "vm-1", "--per-vpe",
               "--which", "doorbell,map", "--worst", "0", "--interval", "0.05")
    one = Run("-i", recs["a"], "--vcpu", "2", "--worst", "1", "--which", "dirty", "-p", "1000",
              "--to", "100ms", "--interval", "0.1")
    diff = Run("--diff", recs["a"], recs["slow"], "--which", "doorbell,vmovp")
    found = "\n".join(f"$ {' '.join(r.args)}\n{r.out}" for r in (run, part, one, diff))
    found = found.replace(str(recs["dir"]) + "/", "")
    if update:
        GOLDEN.write_text(found)
    want = GOLDEN.read_text().splitlines() if GOLDEN.exists() else []
    got = found.splitlines()
    wrong = [f"{i + 1}: {g!r}\n  not {w!r}" for i, (g, w) in enumerate(zip(got, want)) if g != w]
    tap.ok(all(r.good() for r in (run, part, one, diff)), "text: nothing is said beside it", run,
           part, one, diff)
    tap.ok(got == want, "text is as it was reviewed", f"{len(got)} lines, not {len(want)}",
           *wrong[:20])
    tap.result("text fits into 80 columns", [line for line in got if len(line) > 80 and
                                             not line.startswith("$ ")])


# --- programs' outputs agree ---

def same_summary(vm, row):
    bells = vm["doorbells"]
    return all(str(vm[key]) == row[key] for key in (
        "pid", "name", "seen_ns", "loads", "puts", "moves", "blocks", "sleeps", "pending_last",
        "illegal", "cpu_changes", "resident_ns", "blocked_ns", "preempted_ns", "unknown_ns",
        "maps", "unmaps", "sw_lpis")) and \
        [row["useful"], row["late"], row["spurious"]] == [str(bells[k]) for k in bells] and \
        row["db_count"] == str(vm["doorbell_ns"]["count"]) and \
        row["db_p99_ns"] == str(vm["doorbell_ns"]["p99"]) and \
        abs(float(row["resident_pct"]) - vm["resident_pct"]) < 0.5


def agree(tap, recs):
    run = Run("-i", recs["a"], "--json", "--per-vpe")
    data = run.one()
    tap.ok(run.good() and data["schema"] == 1 and data["host"]["name"] == "lab1" and
           [vm["name"] for vm in data["vms"]] == ["vm-0", "vm-1"],
           "JSON is one object a host", run)
    rows = Run("-i", recs["a"], "--csv", "summary").rows()
    tap.ok(len(rows) == 2 and all(map(same_summary, data["vms"], rows)),
           "the summary as CSV says what JSON says", rows)
    rows = Run("-i", recs["a"], "--csv", "summary", "--per-vpe").rows()
    vpes = [(vm, v) for vm in data["vms"] for v in vm["vpes"]]
    tap.ok([(r["pid"], r["vcpu"], r["loads"], r["resident_ns"]) for r in rows if r["vcpu"]] ==
           [(str(vm["pid"]), str(v["vcpu"]), str(v["loads"]), str(v["resident_ns"]))
            for vm, v in vpes] and all(r["maps"] == "" for r in rows if r["vcpu"]),
           "vPEs too; what is counted of VMs alone is empty there", rows)
    for key in ("loads", "puts", "moves", "blocks", "resident_ns"):
        tap.ok(all(vm[key] == sum(v[key] for v in vm["vpes"]) == sum(c[key] for c in
                                                                     vm["timeline"])
                   for vm in data["vms"]),
               f"{key}: of vPEs, and of the parts of time, add up to the VM's", run)
    tap.ok(sum(c["loads"] for c in data["timeline"]) == sum(vm["loads"] for vm in data["vms"]) and
           sum(c["interval_ns"] for c in data["timeline"]) == data["interval_ns"],
           "the host's timeline is that of all VMs")
    rows = Run("-i", recs["a"], "--csv", "timeline").rows()
    cells = [c for part in [data] + data["vms"] for c in part["timeline"]]
    tap.ok([(r["from_ns"], r["loads"], r["useful"], r["db_max_ns"]) for r in rows] ==
           [(str(c["from_ns"]), str(c["loads"]), str(c["doorbells"]["useful"]),
             str(c["doorbell_ns"]["max"] or "")) for c in cells],
           "the timeline as CSV says what JSON says")
    rows = Run("-i", recs["a"], "--csv", "hist").rows()
    tap.ok([(r["pid"], r["hist"], int(r["low_ns"]), int(r["count"])) for r in rows] ==
           [(str(vm["pid"]), key, low, count) for vm in data["vms"]
            for key, h in vm["hists"].items() for low, _, count in h["buckets"]],
           "histograms as CSV say what JSON says")
    rows = Run("-i", recs["a"], "--csv", "worst").rows()
    tap.ok([(r["rank"], r["event"], int(r["offset_ns"]), int(r["pcpu"])) for r in rows] ==
           [(str(i + 1), step["event"], step["offset_ns"], step["pcpu"])
            for i, story in enumerate(data["worst"]) for step in story["steps"]],
           "stories as CSV say what JSON says")
    tap.ok(data["worst"][0]["latency_ns"] == max(vm["doorbell_ns"]["max"] for vm in data["vms"]),
           "the worst latency is the longest of the histograms")
    return data


def others(tap, recs, data):
    hist = Run("-i", recs["a"], "--json", command="hist").one()
    tap.ok([vm["hists"] for vm in hist["vms"]] == [vm["hists"] for vm in data["vms"]],
           "histograms are those of hist -i, to the last bucket")
    last = Run("-i", recs["a"], "--json", "--detail", command="replay").json()[-1]
    keys = ("loads", "puts", "moves", "blocks", "sleeps", "pending_last", "doorbells")
    tap.ok([[vm[k] for k in keys] for vm in last["vms"]] ==
           [[vm[k] for k in keys] for vm in data["vms"]] and
           [[v[k] for k in keys] for vm in last["vms"] for v in vm["vpes"]] ==
           [[v[k] for k in keys] for vm in data["vms"] for v in vm["vpes"]],
           "counts are those that replay ends with")
    common = set(last["vms"][0]) & set(data["vms"][0])
    tap.ok(common >= {"pid", "name", "vcpus", "vlpis", "lpis", "forwarded_pct", "resident_pct",
                      "direct", "doorbell_ns", "maps", "sw_lpis", "vpes"},
           "names are those of top", sorted(set(last["vms"][0]) - common))


# --- windows ---

def windows(tap, recs, data):
    parts = [Run("-i", recs["a"], "--json", "--from", a, "--to", b).one() for a, b in
             ((0, "500ms"), ("0.5", "1s"), ("1", "1.25"), ("1.25", "1m"))]
    tap.ok(all(sum(p["vms"][i][key] for p in parts) == vm[key] for i, vm in
               enumerate(data["vms"]) for key in ("loads", "puts", "moves", "sw_lpis", "maps",
                                                  "resident_ns", "unknown_ns")),
           "windows add up to the whole")
    sums = {}
    for part in parts:
        for low, _, count in part["vms"][0]["hists"]["residency"]["buckets"]:
            sums[low] = sums.get(low, 0) + count
    tap.ok(sums == {low: count for low, _, count in
                    data["vms"][0]["hists"]["residency"]["buckets"]},
           "so do their histograms")
    wall = Run("-i", recs["a"], "--json", "--from", "2026-11-24 03:15:00.5", "--to",
               "2026-11-24T04:15:01+01:00")
    clock = Run("-i", recs["a"], "--json", "--from", "03:15:00.5", "--to", "03:15:01")
    begin = data["begin_real_ns"] - REAL_NS
    tap.ok(wall.good() and wall.out == clock.out and 0 < begin < SEC / 1000 and
           wall.one()["from_ns"] == SEC // 2 - begin and wall.one()["to_ns"] == SEC - begin,
           "a window by the clock on the wall", wall, clock)
    for args in (["--from", "1h"], ["--from", "2020-01-01 00:00", "--to", "2020-01-02 00:00"],
                 ["--from", "12:00"], ["--to", "12:00"]):
        run = Run("-i", recs["a"], *args)
        tap.ok(run.rc == 1 and not run.out and len(run.err.splitlines()) == 1 and
               "2026-11-24 03:15:00" in run.err, f"{' '.join(args)}: nothing is there, "
               "and what is there is said", run)
    exports = [[], ["--hdr", recs["dir"] / "none"], ["--perfetto", recs["dir"] / "none"]]
    for args in (["--from", "1", "--to", "0.5"], ["--from", "1", "--to", "1"],
                 ["--from", "2020-01-02 00:00", "--to", "2020-01-01 00:00"]):
        runs = [Run("-i", recs["a"], *args, *export) for export in exports]
        tap.ok(all(run.rc == 1 and not run.out and
                   run.err == "gicv4top: --to is not after --from\n" for run in runs),
               f"{' '.join(args)}: is refused for what it is", *runs)
    for option in ("--from", "--to"):
        run = Run("-i", recs["a"], option, "abc")
        tap.ok(run.rc == 2 and f'{option}: "abc" is no time (90 or 1m30s from the begin, or '
               "HH:MM:SS)" in run.err, f"{option} abc: forms that will do are said", run)
    run = Run("-i", recs["a"], "--interval", "0.001", "--json")
    tap.ok(run.good() and len(run.one()["timeline"]) > 2000, "--interval is taken as it is", run)
    run = Run("-i", recs["long"], "--interval", "0.001", "--json")
    tap.ok(run.rc == 0 and "too short" in run.err and 1000 < len(run.one()["timeline"]) <= 4096,
           "where there is no room for it a longer one is taken, and said", run.err)


def filters(tap, recs, data):
    run = Run("-i", recs["a"], "--json", "-g", "vm-1", "--vcpu", "3").one()
    want = data["vms"][1]["vpes"][3]
    tap.ok(len(run["vms"]) == 1 and run["vms"][0]["vpes"][0]["loads"] == want["loads"] ==
           run["vms"][0]["loads"] and run["vms"][0]["hists"]["doorbell"] ==
           want["hists"]["doorbell"], "-g and --vcpu choose, VMs' sums too")
    run = Run("-i", recs["a"], "-p", "4242")
    tap.ok(run.good() and "(no VM matches)" in run.out, "-p that matches no VM says so", run)
    run = Run("-i", recs["a"], "--json", "--which", "map", "--worst", "0").one()
    tap.ok(list(run["vms"][0]["hists"]) == ["map"] and run["worst"] == [],
           "--which and --worst choose")


# --- several recordings ---

def data_of(rec):
    return Run("-i", rec, "--json").one()


def several(tap, recs, data):
    run = Run("-i", recs["later"], "-i", recs["a"], "--json")
    both = run.one()
    later = Run("-i", recs["later"], "--json").one()
    tap.ok(run.good() and len(run.json()) == 1 and both["recordings"] == 2 and
           len(both["vms"]) == 2 and
           all(vm[k] == a[k] + b[k] for vm, a, b in zip(both["vms"], data["vms"], later["vms"])
               for k in ("loads", "puts", "sw_lpis", "seen_ns", "resident_ns")) and
           both["interval_ns"] == data["interval_ns"] + later["interval_ns"],
           "recordings of a host that follow each other are one, and add up", run)
    tap.ok([c["loads"] for c in both["timeline"]].count(0) > 5 and
           sum(c["loads"] for c in both["timeline"]) == sum(v["loads"] for v in both["vms"]),
           "the time between them is in the timeline, empty")
    run = Run("-i", recs["a"], "-i", recs["host2"], "--json")
    tap.ok(run.good() and [d["host"]["name"] for d in run.json()] == ["lab1", "lab2"] and
           run.json()[0] == Run("-i", recs["a"], "--json").one(), "hosts are kept apart", run)
    run = Run("-i", recs["host2"], "-i", recs["a"], "--csv", "summary")
    tap.ok(run.good() and [r["host"] for r in run.rows()] == ["lab1", "lab1", "lab2", "lab2"],
           "CSV has one header for all, and the host in each row", run)
    run = Run("-i", recs["a"], "-i", recs["same-time"], "--json")
    tap.ok(run.rc == 0 and len(run.json()) == 2 and "same time" in run.err,
           "two of the same time on one host stay apart, and it is said", run)
    for name, words in (("kernel2", "different kernels"), ("boot2", "different boots")):
        run = Run("-i", recs["a"], "-i", recs[name], "--json")
        tap.ok(run.rc == 0 and len(run.json()) == 2 and words in run.err and
               str(recs[name]) in run.err and run.json()[0]["vms"] == data_of(recs["a"])["vms"] and
               run.json()[1]["host"] == data_of(recs[name])["host"],
               f"{words} of a host stay apart, and it is said", run)
    run = Run("-i", recs["a"], "-i", recs["a"])
    tap.ok(run.rc == 1 and "same recording" in run.err, "the same one twice is refused", run)
    run = Run("-i", recs["host2"], "-i", recs["later"], "--from", "03:16:00", "--json")
    tap.ok(run.rc == 0 and [d["host"]["name"] for d in run.json()] == ["lab1"] and
           "nothing of" in run.err, "a host that has nothing in the window is passed over", run)


# --- comparisons ---

def diffs(tap, recs):
    run = Run("--diff", recs["a"], recs["seed"], "--json")
    d = run.one()
    tap.ok(run.good() and d["test"]["tested"] > 80 and d["test"]["exceed"] <= 1 and
           d["test"]["confidence_pct"] == 99, "the same traffic again is noise", run)
    d = Run("--diff", recs["a"], recs["slow"], "--json").one()
    vm = d["vms"][0]
    p50 = vm["hists"]["doorbell"]["p50"]
    tap.ok(vm["per_s"]["loads"]["exceeds_noise"] and vm["per_s"]["loads"]["change_pct"] < -20 and
           p50["exceeds_noise"] and p50["a"]["high"] < p50["b"]["low"] and
           p50["a"]["low"] <= p50["a"]["value"] <= p50["a"]["high"] and
           not vm["hists"]["vmovp"]["p50"]["exceeds_noise"], "slower traffic is found", p50)
    back = Run("--diff", recs["slow"], recs["a"], "--json").one()
    tap.ok(back["test"]["exceed"] == d["test"]["exceed"], "the other way round as many are found")
    few = Run("--diff", recs["a"], recs["slow"], "--json", "--which", "doorbell").one()
    text = Run("--diff", recs["a"], recs["slow"], "--which", "doorbell").out
    shown = [f for vm in few["vms"] for part in (vm["per_s"], vm["hists"].get("doorbell", {}))
             for f in part.values() if isinstance(f, dict) and "exceeds_noise" in f]
    tap.ok(few["test"]["tested"] < d["test"]["tested"] and
           few["test"]["exceed"] == sum(f["exceeds_noise"] for f in shown) and
           f"\n{few['test']['exceed']} of {few['test']['tested']} figures" in text,
           "--which: what is not shown is not counted", few["test"], len(shown), text[-200:])
    run = Run("--diff", recs["a"], recs["a"], "--json")
    tap.ok(run.good() and run.one()["test"]["exceed"] == 0, "a recording is like itself", run)
    run = Run("--diff", recs["a"], recs["dir"] / "nosuch")
    tap.ok(run.rc == 1 and not run.out and "nosuch" in run.err, "one that is not there is named",
           run)


# --- what cannot be read ---

def refusals(tap, recs):
    good = recs["a"].read_bytes()
    folder = recs["dir"]
    (folder / "foreign").write_text("no recording, but long enough to be one of them\n" * 9)
    (folder / "empty").write_bytes(good[:100])
    (folder / "nothing").write_bytes(b"")
    newer = sealed("<8sHHIQI", good[:8], 2, 0, 32, 1, 0) + good[32:]
    (folder / "newer").write_bytes(newer)
    for name, words in (("foreign", "is no recording of gicv4top"), ("nothing", "no recording"),
                        ("empty", "without a whole chunk"), ("nosuch", "No such file"),
                        (".", "Is a directory"),
                        ("newer", "made by a newer gicv4top (format 2.0; this one reads 1)")):
        run = Run("-i", folder / name)
        tap.ok(run.rc == 1 and not run.out and len(run.err.splitlines()) == 1 and
               words in run.err and str(folder / name) in run.err, f"{name}: refused: {words}",
               run)
    with open(recs["a"], "rb") as file:
        run = Run("-i", "-", "--json", stdin=file)
    tap.ok(run.good() and run.one() == Run("-i", recs["a"], "--json").one(),
           "-: standard input that is a file", run)
    with subprocess.Popen(["cat", recs["a"]], stdout=subprocess.PIPE) as cat:
        piped = Run("-i", "-", "--json", stdin=cat.stdout)
    tap.ok(piped.out == run.out and piped.rc == 0, "-: standard input that is a pipe", piped)
    os.environ["TMPDIR"] = "/nonexistent"
    with subprocess.Popen(["cat", recs["a"]], stdout=subprocess.PIPE) as cat:
        run = Run("-i", "-", stdin=cat.stdout)
    del os.environ["TMPDIR"]
    tap.ok(run.rc == 1 and "/nonexistent" in run.err and "TMPDIR" in run.err,
           "a pipe that cannot be kept: says where, and what to do", run)


def damage(tap, recs, data):
    good = recs["a"].read_bytes()
    cut, broken = recs["dir"] / "cut", recs["dir"] / "broken"
    cut.write_bytes(good[:len(good) * 3 // 4])
    run = Run("-i", cut, "--json")
    tap.ok(run.rc == 3 and "did not end cleanly" in run.err and str(cut) in run.err and
           run.one()["losses"]["ended_cleanly"] is False and
           0 < run.one()["vms"][0]["loads"] < data["vms"][0]["loads"],
           "a recording that was cut: what there is, said, exit 3", run)
    out = Run("-i", cut).out
    tap.ok("\nMissing\n" in out and "not ended cleanly" in out, "text says so too", out[-500:])
    middle = [fields for fields, _ in chunks(good)][2]
    at = good.index(sealed(CHUNK, *middle)[:60]) + 64 + middle[9] // 2
    broken.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
    run = Run("-i", broken, "--json")
    losses = run.one()["losses"]
    tap.ok(run.rc == 3 and "skipped 1 chunk" in run.err and losses["skipped_chunks"] == 1 and
           losses["skipped_records"] == middle[7] and losses["gaps"] == 1 and
           run.one()["records"] == data["records"] - middle[7] and
           any(c["gap_ns"] for c in run.one()["timeline"]),
           "a damaged chunk is skipped, counted, said; exit 3", run)
    out = Run("-i", broken).out
    tap.ok(re.search(r"\n![0-9]", out) and "! where records are missing" in out,
           "the timeline marks where it was", out[:3000])
    tap.ok(re.search(r"not read: 1 damaged chunk \(\d+ records\), 0 bytes of", out),
           "one chunk is one chunk", out[-500:])
    head = recs["dir"] / "head"
    head.write_bytes(good[:29] + bytes([good[29] ^ 1]) + good[30:])
    run = Run("-i", head, "--json")
    out = Run("-i", head).out
    tap.ok(run.rc == 3 and run.one()["losses"]["header_damaged"] is True and
           data["losses"]["header_damaged"] is False and "see below" in out and
           re.search(r"\nMissing\n(.*\n)*  the file's header is damaged", out),
           "a damaged header is told, in JSON and in text", run, out[-500:])
    run = Run("--diff", recs["a"], broken)
    tap.ok(run.rc == 3 and "not whole" in run.out, "a comparison with one that is not whole: "
           "exit 3", run)


def make(folder):
    """name -> path. What is compared must not depend on host and day: both are made the same."""
    made = {"a": (120000, 20000, 1), "seed": (120000, 20000, 2), "slow": (120000, 28000, 3),
            "long": (20000, 1000000, 4)}
    recs = {"dir": folder}
    for i, (name, (records, step, seed)) in enumerate(made.items()):
        raw = folder / f"{name}.raw"
        subprocess.run([MAKE, raw, str(records), "2", "4", "4", str(step), str(seed)], check=True)
        recs[name] = moved(raw, folder / f"{name}.g4rec", "lab1", REAL_NS, 1000 + i)
    recs["later"] = moved(recs["seed"], folder / "later.g4rec", "lab1", REAL_NS, 2000,
                          60 * SEC)
    recs["kernel2"] = moved(recs["seed"], folder / "kernel2.g4rec", "lab1", REAL_NS, 2002,
                            60 * SEC, "6.13.0-other")
    recs["boot2"] = moved(recs["seed"], folder / "boot2.g4rec", "lab1", REAL_NS, 2003,
                          60 * SEC, boot_ns=3 * SEC)
    recs["host2"] = moved(recs["seed"], folder / "host2.g4rec", "lab2", REAL_NS, 2001)
    recs["same-time"] = recs["seed"]
    return recs


def main():
    for program in (PROGRAM, MAKE):
        if not program.exists():
            print(f"Bail out! {program} is not built: make builds it")
            return 1
    os.environ.update(LC_ALL="C", TZ="UTC")
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        recs = make(pathlib.Path(folder))
        text(tap, recs, "--update" in sys.argv)
        data = agree(tap, recs)
        others(tap, recs, data)
        windows(tap, recs, data)
        filters(tap, recs, data)
        several(tap, recs, data)
        diffs(tap, recs)
        refusals(tap, recs)
        damage(tap, recs, data)
    return tap.done()


sys.exit(main())
