#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the outputs of made-up hosts with the files beside this script (TAP).

usage: golden_test.py [--update]

--update writes the files anew instead: read the difference before you commit it,
names and columns are an interface.
"""
import csv
import difflib
import io
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from tap import Tap  # noqa: E402

RENDER = HERE.parent.parent / "build/native/tests/golden/render"

# The names that DESIGN.md promises; more may be there.
COUNTERS = {"loads", "puts", "moves", "doorbells", "resident_pct", "blocked_pct", "preempted_pct"}
NAMES = {
    "": {"schema", "time_ns", "interval_ns", "host", "losses", "cost", "vms"},
    "host": {"kernel", "gic", "wfi_trap", "backend"},
    "losses": {"records", "map_full", "unmatched"},
    "cost": {"bpf_ns_per_s"},
    "vms": COUNTERS | {"pid", "name", "vcpus", "vlpis", "lpis", "forwarded_pct", "maps", "unmaps",
                       "sw_lpis", "direct", "doorbell_ns"},
    "vms.doorbells": {"useful", "late", "spurious"},
    "vms.direct": {"count", "per_s", "source"},
    "vms.doorbell_ns": {"count", "p50", "p90", "p99", "max"},
    "vms.vpes": COUNTERS | {"vcpu", "vpe_id", "state", "state_ns", "pcpu", "doorbell_irq",
                            "vlpi_list"},
    "vms.vpes.doorbells": {"useful", "late", "spurious"},
    "vms.vpes.vlpi_list": {"vintid", "host_irq", "device", "devid", "eventid", "forwarded"},
}
STATES = {"unknown", "preempted", "resident", "blocked", "woken"}
# what is empty in CSV is null in JSON, and the reverse
SAME = {"name": "name", "pid": "pid", "vcpus": "vcpus", "vlpis": "vlpis", "lpis": "lpis",
        "fwd": "forwarded_pct", "res": "resident_pct", "blk": "blocked_pct",
        "pre": "preempted_pct", "unk": "unknown_pct", "illegal": "illegal"}


def render(name):
    done = subprocess.run([RENDER, name], capture_output=True, check=False)
    if done.returncode or done.stderr:
        raise RuntimeError(f"{name}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def readable(name, content):
    """Lines to show a difference in: JSON is one line, which nobody can read."""
    text = content.decode("utf-8", "replace")
    if name.endswith(".json"):
        try:
            text = "".join(json.dumps(json.loads(line), indent=1) + "\n"
                           for line in text.splitlines())
        except ValueError:
            pass
    return text.replace("\r", "\\r").splitlines(keepends=True)


def difference(name, got):
    path = HERE / name
    want = path.read_bytes() if path.exists() else b""
    if got == want:
        return []
    lines = list(difflib.unified_diff(readable(name, want), readable(name, got),
                                      f"tests/golden/{name}", "now"))
    return lines or [f"{name}: differs in spaces or digits of the raw line"]


def missing_names(node, path=""):
    """Each promised name that an object of this place lacks."""
    if isinstance(node, list):
        for item in node:
            yield from missing_names(item, path)
    if not isinstance(node, dict):
        return
    for name in sorted(NAMES.get(path, set()) - set(node)):
        yield f"no {name} in {path or 'the root'}"
    for name, value in node.items():
        yield from missing_names(value, f"{path}.{name}".lstrip("."))


def leaves(value):
    """All that is no object below `value`."""
    if not isinstance(value, dict):
        return [value]
    return [leaf for part in value.values() for leaf in leaves(part)]


def bad_direct(direct):
    """A figure is its source's, and without a source there is none."""
    source = direct["source"]
    if source is None:
        own = {k: v for k, v in direct.items() if k != "sources"}
        if any(leaf is not None for leaf in leaves(own)):
            yield f"direct has a value though no source gives one: {direct}"
    elif any(direct[k] != direct["sources"][source][k] for k in ("count", "per_s", "error")):
        yield f"direct is not that of its source: {direct}"


def without_a_source(root):
    """Where nothing counts direct deliveries, nothing at all is said of them."""
    return [f"direct is {holder['direct']}" for vm in root["vms"]
            for holder in [vm] + vm.get("vpes", []) if any(leaf is not None
                                                          for leaf in leaves(holder["direct"]))]


def bad_values(root):
    """What no refresh may say."""
    if root["schema"] != 1:
        yield "schema is not 1"
    for vm in root["vms"]:
        for holder in [vm] + vm.get("vpes", []):
            yield from bad_direct(holder["direct"])
        for holder in [vm] + vm.get("vpes", []):
            shares = [holder[s + "_pct"] for s in ("resident", "blocked", "preempted", "unknown")]
            if None not in shares and abs(sum(shares) - 100) > 0.01:
                yield f"shares add up to {sum(shares)}"
            if shares[0] is not None and shares[3] >= 99.9995:
                yield f"resident_pct is {shares[0]} though all time is unknown"
            latency = holder["doorbell_ns"]
            if latency and not latency["count"]:
                if any(latency[p] is not None for p in ("p50", "p90", "p99", "max")):
                    yield f"percentiles of nothing: {latency}"
        for vpe in vm.get("vpes", []):
            if vpe["state"] not in STATES:
                yield f"no such state: {vpe['state']}"


def strict(line):
    def refuse(constant):
        raise ValueError(constant)
    return json.loads(line, parse_constant=refuse)


def check_json(tap, name, content):
    lines = content.split(b"\n")
    try:
        roots = [strict(line.decode("utf-8")) for line in lines[:-1]]
    except ValueError as error:
        tap.result(f"{name}: each line is one JSON object", [error])
        return []
    tap.result(f"{name}: each line is one JSON object",
               [] if roots and not lines[-1] else ["the last line does not end"])
    if ".hist." in name:
        return roots
    tap.result(f"{name}: all promised names are there",
               [m for root in roots for m in missing_names(root)])
    tap.result(f"{name}: no value is made up", [b for root in roots for b in bad_values(root)])
    if not name.startswith("direct"):
        tap.result(f"{name}: direct deliveries, which nothing counts, are unknown",
                   [b for root in roots for b in without_a_source(root)])
    return roots


def check_csv(tap, name, content, roots):
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    vms = [(root, vm) for root in roots for vm in root["vms"]]
    wrong = []
    if len(rows) != len(vms):
        wrong.append(f"{len(rows)} rows for {len(vms)} VMs")
    for row, (root, vm) in zip(rows, vms):
        if int(row["time_ns"]) != root["time_ns"]:
            wrong.append(f"time_ns {row['time_ns']}, in JSON {root['time_ns']}")
        if "direct" in row and row["direct"] != ("" if vm["direct"]["per_s"] is None else
                                                 f"{vm['direct']['per_s']:.3f}"):
            wrong.append(f"direct is {row['direct']}, in JSON {vm['direct']}")
        for column, field in SAME.items():
            if column not in row:
                continue
            value = vm[field]
            if not row[column] and value is None:
                continue
            same = row[column] == value if isinstance(value, str) else \
                row[column] and value is not None and float(row[column]) == value
            if not same:
                wrong.append(f"{column} is \"{row[column]}\", {field} in JSON {value}")
    tap.result(f"{name}: figures are those of the JSON, unknown ones empty", wrong)


def histograms(roots):
    """(time_ns, pid, vcpu, key) -> histogram or None, of the smallest things shown."""
    found = {}
    for root in roots:
        for vm in root["vms"]:
            for thing in vm.get("vpes", [vm]):
                for key, hist in thing["hists"].items():
                    found[root["time_ns"], vm["pid"], thing.get("vcpu"), key] = hist
    return found


def check_hists(tap, name, roots, table):
    """Buckets rise and add up to count, percentiles rise between min and max; the
    CSV has the same buckets."""
    wrong = []
    rows = {}
    for row in csv.DictReader(io.StringIO(table.decode("utf-8"), newline="")):
        key = (int(row["time_ns"]), int(row["pid"]), int(row["vcpu"]) if row["vcpu"] else None,
               row["hist"])
        rows.setdefault(key, []).append([int(row["low_ns"]), int(row["high_ns"] or 0) or None,
                                         int(row["count"])])
    for key, hist in histograms(roots).items():
        if (hist["buckets"] if hist else []) != rows.get(key, []):
            wrong.append(f"{key}: CSV has {rows.get(key)}")
        if not hist or not hist["count"]:
            if hist and any(v for v in hist.values()):
                wrong.append(f"{key}: figures of nothing: {hist}")
            continue
        if sum(b[2] for b in hist["buckets"]) != hist["count"]:
            wrong.append(f"{key}: buckets do not add up to {hist['count']}")
        bounds = [n for b in hist["buckets"] for n in b[:2]]
        if bounds != sorted(bounds) or not bounds[0] <= hist["min"] <= hist["max"] < bounds[-1]:
            wrong.append(f"{key}: bounds {bounds}, min {hist['min']}, max {hist['max']}")
        ranks = [hist[r] for r in ("min", "p50", "p90", "p99", "p999", "max")]
        if ranks != sorted(ranks) or abs(hist["mean"] - hist["sum"] / hist["count"]) > 0.001:
            wrong.append(f"{key}: min, percentiles, max {ranks}, mean {hist['mean']}")
    tap.result(f"{name}: buckets, counts and percentiles agree, and with the CSV", wrong)


def main():
    if sys.argv[1:] not in ([], ["--update"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not RENDER.exists():
        print(f"Bail out! {RENDER} is not built: make check-quick builds it")
        return 1
    names = render("--list").decode().split()
    if sys.argv[1:]:
        for name in names:
            (HERE / name).write_bytes(render(name))
        print(f"{len(names)} files written; git diff tests/golden shows what changed")
        return 0
    tap = Tap()
    outputs = {name: render(name) for name in names}
    for name, content in outputs.items():
        tap.result(f"{name} is as it was", difference(name, content))
    for name, content in outputs.items():
        if name.endswith(".json"):
            roots = check_json(tap, name, content)
            name = name[:-4] + "csv"
            if ".hist." in name:
                check_hists(tap, name, roots, outputs[name])
            else:
                check_csv(tap, name, outputs[name], roots)
    files = {p.name for s in ("txt", "json", "csv") for p in HERE.glob(f"*.{s}")}
    tap.result("every golden file has its scene", sorted(files - set(names)))
    return tap.done()


sys.exit(main())
