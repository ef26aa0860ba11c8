#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Traces for the Perfetto UI (TAP), held field by field against the published JSON trace event
format, and against the recording they were made of, as tests/recording/dump prints it."""
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

BUILT = ROOT / "build/native/recording"
SHORT = "step=1000000"
SCENES = {
    "traffic": ["6000", "vms=3", "vcpus=3"],
    "VMs that end": ["2000", "chunk=100", SHORT, "restart", "reuse"],
    "lost records": ["2000", "chunk=100", "gaps"],
    "records that come late": ["1000", "chunk=50", SHORT, "late", "unseen"],
    "all of it": ["2000", "chunk=60", SHORT, "restart", "reuse", "gaps", "samples", "rare", "late",
                  "unseen"],
}
# what each kind of event must have, beside ph, and may have: the format's tables
NUMBER, TEXT, WHOLE = (int, float), str, int
BASIC = {"name": TEXT, "cat": TEXT, "ts": NUMBER, "pid": WHOLE, "tid": WHOLE}
FIELDS = {
    "B": (BASIC, {"args": dict}),
    "E": (BASIC, {"args": dict}),
    "i": ({**BASIC, "s": TEXT}, {"args": dict}),
    "C": ({**BASIC, "args": dict}, {}),
    "M": ({"name": TEXT, "pid": WHOLE, "tid": WHOLE, "args": dict}, {}),
    "s": ({**BASIC, "id": WHOLE}, {"bp": TEXT}),
    "t": ({**BASIC, "id": WHOLE}, {"bp": TEXT}),
    "f": ({**BASIC, "id": WHOLE}, {"bp": TEXT}),
}
METADATA = {"process_name": {"name": TEXT}, "thread_name": {"name": TEXT},
            "process_sort_index": {"sort_index": WHOLE}, "thread_sort_index": {"sort_index": WHOLE}}
STATES = {"unknown", "preempted", "resident", "blocked", "woken"}


def typed(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool)


def bad_fields(event):
    """What is wrong with one event by itself, or None."""
    if event.get("ph") not in FIELDS:
        return "a ph that the format does not have, or that is not expected"
    must, may = FIELDS[event["ph"]]
    for key, kind in must.items():
        if not typed(event.get(key), kind):
            return f"{key} is missing or of a wrong type"
    for key, value in event.items():
        if key != "ph" and not typed(value, {**must, **may}.get(key, ())):
            return f"{key} does not belong there"
    if event.get("ts", 0) < 0 or event["pid"] <= 0:
        return "a time or process below its range"
    if event["ph"] == "i" and event["s"] not in ("g", "p", "t"):
        return "no such scope"
    if event["ph"] == "C" and not all(typed(v, NUMBER) for v in event["args"].values()):
        return "a counter of what is no number"
    if event["ph"] == "M":
        want = METADATA.get(event["name"])
        if want is None or {k: type(v) for k, v in event["args"].items()} != want:
            return "no such metadata"
    return None


class Tracks:
    """The trace as a viewer builds it: events sorted by time, those of one time as they stand."""

    def __init__(self, events):
        self.stacks = collections.defaultdict(list)
        self.bad, self.flows, self.slices = [], collections.defaultdict(list), []
        timed = [e for e in events if e["ph"] != "M"]
        for event in sorted(timed, key=lambda e: e["ts"]):
            self.take(event)
        self.bad += [f"never closed: {e}" for stack in self.stacks.values() for e in stack]

    def take(self, event):
        stack = self.stacks[(event["pid"], event["tid"])]
        if event["ph"] == "B":
            stack.append(event)
        elif event["ph"] == "E":
            if not stack:
                self.bad.append(f"an end without a begin: {event}")
                return
            begin = stack.pop()
            if event["cat"] != begin["cat"] or (event["name"] != begin["name"] and
                                                event["cat"] != "doorbell"):
                self.bad.append(f"ends {begin}: {event}")
            self.slices.append((begin, event, len(stack)))
        elif event["ph"] in "stf":
            if not stack:
                self.bad.append(f"binds to no slice: {event}")
            self.flows[event["id"]].append((event["ph"], event, stack[-1] if stack else None))


def bad_flows(flows):
    bad = []
    for number, steps in flows.items():
        phases = "".join(ph for ph, _, _ in steps)
        if phases not in ("st", "stf"):
            bad.append(f"flow {number} goes {phases}")
            continue
        ends = [(slice_ or {}).get("cat") for _, _, slice_ in steps]
        if ends != ["doorbell", "state", "residency"][:len(ends)]:
            bad.append(f"flow {number} binds to {ends}")
        if phases[-1] == "f" and steps[-1][1].get("bp") != "e":
            bad.append(f"flow {number} does not end in the slice around it")
    return bad


def bad_depths(slices):
    """One residency at a time on a CPU, doorbells in it or alone; one state of a vPE."""
    return [f"{begin['cat']} at depth {depth}: {begin}" for begin, _, depth in slices
            if depth > (1 if begin["cat"] == "doorbell" else 0)]


def unnamed(events):
    names = {(e["name"], e["pid"], e["tid"]) for e in events if e["ph"] == "M"}
    used = {(e["pid"], e["tid"]) for e in events if e["ph"] != "M"}
    return [f"process {pid}" for pid in sorted({pid for pid, _ in used})
            if ("process_name", pid, 0) not in names] + \
           [f"thread {tid} of {pid}" for pid, tid in sorted(used)
            if ("thread_name", pid, tid) not in names]


def unordered(events):
    """Tracks on which something stands before what is earlier in the file."""
    last, bad = {}, []
    for event in events:
        track = (event["pid"], event["tid"])
        if event["ph"] != "M" and event["ts"] < last.get(track, 0):
            bad.append(str(event))
        if event["ph"] != "M":
            last[track] = event["ts"]
    return bad


def records_of(path):
    """[(name, {key: value})] of the recording, by its dump."""
    lines = subprocess.run([BUILT / "dump", path], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    found = []
    for line in lines[:-1]:
        words = line.split()
        found.append((words[1], {"ts": int(words[0]), **dict(
            word.split("=", 1) for word in words[2:] if "=" in word)}))
    return found


def answered(records):
    """Loads that answer a useful doorbell which is in the recording, each doorbell once."""
    called, nr = {}, 0
    for name, r in records:
        if name in ("vpe-new", "vpe-gone"):
            called.pop(r["vpe"], None)
        elif name == "vm-gone":
            called = {vpe: (kvm, ts) for vpe, (kvm, ts) in called.items() if kvm != r["kvm"]}
        elif name == "doorbell" and int(r["flags"]) & 3 == 0:
            called[r["vpe"]] = (r["kvm"], r["ts"])
        elif name == "load" and called.get(r["vpe"], (0, 0))[1] == int(r["arg"]) != 0:
            del called[r["vpe"]]
            nr += 1
    return nr


def check_counts(tap, name, trace, tracks, path):
    records = records_of(path)
    count = collections.Counter(record for record, _ in records)
    events = trace["traceEvents"]
    instants = collections.Counter(e["name"] for e in events if e["ph"] == "i")
    begun = [begin for begin, _, _ in tracks.slices]
    useful = sum(record == "doorbell" and int(r["flags"]) & 3 == 0 for record, r in records)
    ends = sum(steps[-1][0] == "f" for steps in tracks.flows.values())
    tap.equal(sum(b["cat"] == "residency" for b in begun), count["load"],
              f"{name}: a slice for each residency")
    tap.equal(sum(b["cat"] == "doorbell" for b in begun), count["doorbell"],
              f"{name}: one for each doorbell")
    tap.equal((len(tracks.flows), ends), (useful, answered(records)),
              f"{name}: an arrow from each useful doorbell, to the load that answers it")
    wanted = {"sleeps": "sleep", "runs again": "wake", "guest entry": "entry", "VMOVP": "move",
              "VLPI mapped": "map", "VLPI unmapped": "unmap", "VLPI found mapped": "found",
              "VLPI property": "prop", "forwarding asked for": "forward",
              "forwarding given up": "unforward"}
    tap.equal({key: instants[key] for key in wanted},
              {key: count[record] for key, record in wanted.items()},
              f"{name}: an instant for each of the others")
    lost = [b for b in begun if b["cat"] == "lost"]
    tap.ok(bool(lost) == bool(count["gap-begin"]), f"{name}: lost records are a slice")
    tap.equal({b["name"] for b in begun if b["cat"] == "state"} - STATES, set(),
              f"{name}: vPEs have the states that there are")


def check_format(tap, name, trace):
    events = trace["traceEvents"]
    tap.equal((trace["displayTimeUnit"], sorted(trace)),
              ("ns", ["displayTimeUnit", "otherData", "traceEvents"]), f"{name}: the outer object")
    tap.result(f"{name}: each event has the fields of its kind, and no others",
               [f"{bad_fields(e)}: {e}" for e in events if bad_fields(e)][:5])
    tap.result(f"{name}: each process and thread has a name", unnamed(events)[:5])
    threads = {(e["tid"], e["pid"]) for e in events if e["name"] == "thread_name"}
    pids = {e["pid"] for e in events}
    tap.ok(len({tid for tid, _ in threads}) == len(threads) and
           not pids & {tid for tid, _ in threads}, f"{name}: no two of them share a number")
    tap.result(f"{name}: no track goes back in time", unordered(events)[:5])
    tracks = Tracks(events)
    tap.result(f"{name}: slices nest, and all end", tracks.bad[:5])
    tap.result(f"{name}: no two residencies or states overlap", bad_depths(tracks.slices)[:5])
    tap.result(f"{name}: arrows begin in a doorbell, pass the vPE, and end in a residency",
               bad_flows(tracks.flows)[:5])
    return tracks


def export(path, *words):
    done = subprocess.run([BUILT / "export", "perfetto", path, *words], capture_output=True,
                          check=True)
    return json.loads(done.stdout.decode())


def check_part(tap, path):
    """Half of a recording: what was open before is there from its begin."""
    begin = min(r["ts"] for _, r in records_of(path))
    end = max(r["ts"] for _, r in records_of(path))
    middle = (begin + end) // 2
    name = "the second half of a recording"
    tracks = check_format(tap, name, export(path, str(middle), str(end)))
    resident = [b for b, _, _ in tracks.slices if b.get("args", {}).get("begun") == "before"]
    tap.ok(resident, f"{name}: who was resident before is from its begin on")
    loads = sum(n == "load" and r["ts"] >= middle for n, r in records_of(path))
    tap.equal(sum(b["cat"] == "residency" for b, _, _ in tracks.slices) - len(resident), loads,
              f"{name}: a slice for each residency")


def check_damage(tap, path):
    """Holes are lost records, and nothing is out of joint behind them."""
    data, rng = path.read_bytes(), random.Random(5)
    broken = path.with_suffix(".broken")
    bad = []
    for _ in range(12):
        changed = bytearray(data)
        # behind the first chunk: before it nothing is known in any case
        changed[rng.randrange(len(data) // 4, len(data) // 2)] ^= 0x40
        broken.write_bytes(changed)
        trace = export(broken)
        tracks = Tracks(trace["traceEvents"])
        bad += tracks.bad + bad_flows(tracks.flows) + bad_depths(tracks.slices) + \
            unordered(trace["traceEvents"])
        if not any(b["cat"] == "lost" for b, _, _ in tracks.slices):
            bad.append("a hole that is no slice")
    tap.result("damaged recordings make good traces, with their holes", bad[:10])


def check_command(tap):
    """What users call, over recordings of the lab."""
    for path in sorted((ROOT / "tests/golden/recordings").glob("*.g4rec")):
        done = subprocess.run([ROOT / "build/native/gicv4top", "report", "-i", path,
                               "--perfetto", "-"], capture_output=True, check=False)
        name = f"report --perfetto of {path.name}"
        if tap.equal((done.returncode, done.stderr), (0, b""), f"{name} ends with 0"):
            trace = json.loads(done.stdout.decode())
            check_counts(tap, name, trace, check_format(tap, name, trace), path)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "scene.rec"
        for name, words in SCENES.items():
            subprocess.run([BUILT / "make_scene", path, *words], check=True)
            trace = export(path)
            tracks = check_format(tap, name, trace)
            check_counts(tap, name, trace, tracks, path)
        subprocess.run([BUILT / "make_scene", path, "3000", "chunk=300"], check=True)
        check_part(tap, path)
        subprocess.run([BUILT / "make_scene", path, "2000", "chunk=100", SHORT], check=True)
        check_damage(tap, path)
    check_command(tap)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
