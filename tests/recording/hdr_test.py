#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Logs of HdrHistogram (TAP): what export_hdr.c writes is read by HdrHistogram's reader for
JavaScript, which shares nothing with it, and holds the counts that "hist" shows."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

BUILT = ROOT / "build/native/recording"
PACKAGE = ROOT / "tests/recording/hdr"
INSTALLED = BUILT / "hdr"
PERCENTS = {"p50": 5000, "p90": 9000, "p99": 9900, "p999": 9990}
SCENES = {
    "traffic": ["60000", "vms=2", "vcpus=3", "samples"],
    "traffic of VMs that end": ["30000", "chunk=3000", "restart"],
    "very long times": ["3000", "step=300000000000"],
    "few values": ["40", "vms=1", "vcpus=1"],
    "lost records": ["20000", "chunk=500", "gaps", "rare"],
}


def install():
    """Why the reader cannot be had, or None."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "no node or no npm here"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "decode.cjs"):
        shutil.copyfile(PACKAGE / name, INSTALLED / name)
    if (INSTALLED / "node_modules/hdr-histogram-js").exists():
        return None
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--fetch-retries=1", "--fetch-timeout=20000"], cwd=INSTALLED,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(INSTALLED / "node_modules", ignore_errors=True)
        return "npm cannot install the reader"
    return None


def said(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


def expected(path, words):
    """[(end of the tag, histogram)] of those that hold something, in the log's order."""
    found = []
    for vm in json.loads(said(BUILT / "export", "hist", path, *words))["vms"]:
        if not words:
            found += [(key, h) for key, h in vm["hists"].items() if h and h["count"]]
        for vpe in vm.get("vpes", []):
            found += [(f"{vpe['vcpu']}/{key}", h) for key, h in vpe["hists"].items()
                      if h and h["count"]]
    return found


def same(a, b):
    """As far as three significant digits go."""
    return abs(a - b) <= max(a, b) / 1000


def compare(tag, hist, read):
    """Differences of a histogram of ours and one that was read."""
    bad = []
    if not read["tag"].endswith("/" + tag):
        return [f"{read['tag']}: expected {tag}"]
    if read["count"] != hist["count"]:
        bad.append(f"{tag}: {read['count']} values, not {hist['count']}")
    for name in ("min", "max"):
        if not same(read[name], hist[name]):
            bad.append(f"{tag}: {name} {read[name]}, not {hist[name]}")
    counts = {}
    for low, high, count in read["values"]:
        bucket = next((tuple(b) for b in hist["buckets"]
                       if b[0] <= low and (b[1] is None or high < b[1])), None)
        if not bucket:
            bad.append(f"{tag}: {count} values from {low} to {high} in no bucket that has any")
        else:
            counts[bucket[0]] = counts.get(bucket[0], 0) + count
    if counts != {b[0]: b[2] for b in hist["buckets"]}:
        bad.append(f"{tag}: counts by bucket {counts}, not {hist['buckets']}")
    for name, rank in PERCENTS.items():
        # the first and the last value are exact there, and the middle of a bucket here
        place = max((hist["count"] * rank + 9999) // 10000, 1)
        if 1 < place < hist["count"] and not same(read[name], hist[name]):
            bad.append(f"{tag}: {name} {read[name]}, not {hist[name]}")
    return bad


def check_scene(tap, name, words, path):
    said(BUILT / "make_scene", path, *words)
    for kind in ([], ["per-vpe"]):
        log = said(BUILT / "export", "hdr", path, *kind)
        read = [json.loads(line) for line in
                said("node", "decode.cjs", input=log, cwd=INSTALLED).splitlines()]
        hists = expected(path, kind)
        what = f"{name}, of {'vPEs' if kind else 'VMs'}"
        tap.ok(hists and len(read) == len(hists), f"{what}: a line for each histogram",
               f"{len(read)} lines, {len(hists)} histograms")
        bad = []
        for (tag, hist), line in zip(hists, read):
            bad += compare(tag, hist, line)
        tap.result(f"{what}: counts, buckets and percentiles are those of hist", bad[:10])
        tags = [line["tag"] for line in read]
        tap.equal(sorted(set(tags)), sorted(tags), f"{what}: no two lines have one tag")
    return log, read


def check_header(tap, log, read):
    lines = log.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    tap.ok("#[Histogram log format version 1.3]" in comments, "the log names its version")
    start = re.search(r"^#\[StartTime: (\d+\.\d{3}) \(seconds since epoch\), .*\]$", log, re.M)
    tap.ok(start, "the log tells when it begins", *comments)
    tap.ok('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'
           in lines, "the log has a legend")
    tap.result("its histograms begin with \"HISTFAAAA\"",
               [line for line in lines if line.startswith("Tag=") and ",HISTFAAAA" not in line])
    tap.result("they begin with the log, and end later",
               [str(line) for line in read if not start or
                abs(line["start_ms"] - float(start[1]) * 1000) > 1 or
                line["end_ms"] <= line["start_ms"]])


def check_command(tap):
    """What users call, over recordings of the lab: as the library decodes it, so is hist's."""
    program = ROOT / "build/native/gicv4top"
    for path in sorted((ROOT / "tests/golden/recordings").glob("*.g4rec")):
        log = said(program, "report", "-i", path, "--hdr", "-", "--per-vpe")
        read = {line["tag"]: line for line in (json.loads(text) for text in
                said("node", "decode.cjs", input=log, cwd=INSTALLED).splitlines())}
        hists = json.loads(said(program, "hist", "-i", path, "--json", "--per-vpe"))
        want = {f"{vm['name']}/{vpe['vcpu']}/{key}": hist for vm in hists["vms"]
                for vpe in vm["vpes"] for key, hist in vpe["hists"].items()
                if hist and hist["count"]}
        bad = [f"{tag} missing" for tag in want if tag not in read]
        for tag in set(want) & set(read):
            bad += compare(tag.split("/", 1)[1], want[tag], read[tag])
        tap.ok(want and not bad, f"report --hdr of {path.name}: {len(want)} histograms are those "
               "of hist", *bad[:10])


def main():
    tap = Tap()
    why = install()
    if why:
        tap.skip("an independent reader decodes the log", why)
        return tap.done()
    with tempfile.TemporaryDirectory() as tmp:
        for name, words in SCENES.items():
            log, read = check_scene(tap, name, words, pathlib.Path(tmp) / "scene.rec")
        check_header(tap, log, read)
    check_command(tap)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
