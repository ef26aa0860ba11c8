#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The format, proven (TAP): second_reader.py, a reader made from gicv4top-recording(5) alone,
finds in recordings what gicv4top's own reader finds, record by record and count by count,
whole recordings and damaged ones."""
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

BUILT = ROOT / "build/native/recording"
DAMAGES = 12
VERDICTS = {"verdict 1": "foreign", "verdict 2": "newer", "verdict 3": "empty"}
# with the long step key chunks come often; with the short one holes are met without one
LONG, SHORT = "step=30000000000", "step=1000000"
SCENES = {
    "plain traffic": ["3000", "chunk=400", "vms=3", "vcpus=4", SHORT],
    "key chunks": ["300", "chunk=40", LONG],
    "a VM that ends and one that begins": ["300", "chunk=40", SHORT, "restart"],
    "addresses used again": ["300", "chunk=40", SHORT, "restart", "reuse"],
    "lost records": ["600", "chunk=40", LONG, "gaps"],
    "samples": ["600", "chunk=40", LONG, "samples"],
    "rare records": ["300", "chunk=40", SHORT, "rare"],
    "records that come late": ["300", "chunk=40", SHORT, "late"],
    "vPEs that nobody saw come": ["300", "chunk=40", SHORT, "unseen"],
    "a recorder that was killed": ["300", "chunk=40", SHORT, "samples", "killed"],
    "all of it, with key chunks": ["700", "chunk=40", LONG, "restart", "reuse", "gaps", "samples",
                                   "rare", "late", "unseen"],
    "all of it, without": ["700", "chunk=40", SHORT, "restart", "reuse", "gaps", "samples", "rare",
                           "late", "unseen"],
}
NAMES = {"load", "put", "put-done", "doorbell", "doorbell-done", "sleep", "wake", "entry", "move",
         "vpe-new", "vpe-gone", "vm-new", "vm-gone", "map", "found", "unmap", "prop", "forward",
         "unforward", "gap-begin", "gap-end", "sample"}


def run(program, path):
    done = subprocess.run([program, path], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    return done.stdout.splitlines(), done.stderr


def unordered(counts):
    """Figures of a reader; what has no order in the format has none here."""
    counts = json.loads(counts)
    for key in ("vms", "vpes", "vlpis"):
        counts[key].sort(key=lambda item: json.dumps(item, sort_keys=True))
    return counts


def differences(path):
    """What the two readers do not agree on, at most a few lines."""
    (own, own_err), (second, second_err) = run(BUILT / "dump", path), \
        run(ROOT / "tests/recording/second_reader.py", path)
    if own_err or second_err or not own or not second:
        return [own_err, second_err]
    if own[-1] in VERDICTS or not second[-1].startswith("{"):
        return [] if VERDICTS.get(own[-1]) == second[-1] else [own[-1], second[-1]]
    bad = [f"{mine}\n  page: {other}" for mine, other in zip(own[:-1], second[:-1])
           if mine != other]
    if len(own) != len(second):
        bad.append(f"{len(own)} lines, by the page {len(second)}")
    mine, other = unordered(own[-1]), unordered(second[-1])
    for key in mine:
        if not isinstance(mine[key], list):
            bad += [] if mine[key] == other.get(key) else [
                f"{key}: {mine[key]}, by the page {other.get(key)}"]
            continue
        if len(mine[key]) != len(other[key]):
            bad.append(f"{len(mine[key])} {key}, by the page {len(other[key])}")
        for a, b in zip(mine[key], other[key]):
            bad += [f"{key}: {field} {a[field]}, by the page {b.get(field)}" for field in a
                    if a[field] != b.get(field)]
    return [line[:500] for line in bad[:5]]


def chunks(data):
    """Offset and length of each."""
    found, at = [], 32
    while at + 64 <= len(data) and data[at:at + 4] == b"G4CK":
        length = 64 + struct.unpack_from("<I", data, at + 40)[0]
        found.append((at, length))
        at += length
    return found


def damage(data, rng):
    """The recording with something wrong, always the same for the same rng."""
    data, kind = bytearray(data), rng.randrange(5)
    at, length = rng.choice(chunks(data))
    if kind == 0:               # ends early
        del data[rng.randrange(len(data)):]
    elif kind == 1:             # a bit or two
        for _ in range(rng.randrange(1, 3)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 2:             # a chunk is not there
        del data[at:at + length]
    elif kind == 3:             # one whose body is wrong, in a file without its end
        data[at + 64 + 16] ^= 0xff
        del data[-rng.randrange(1, 30):]
    else:                       # a hole
        at = rng.randrange(len(data))
        del data[at:at + rng.randrange(300)]
    return bytes(data)


def check_scene(tap, name, words, path):
    subprocess.run([BUILT / "make_scene", path, *words], check=True, stdin=subprocess.DEVNULL)
    tap.result(f"{name}: both readers agree on all of it", differences(path))
    found = {line.split()[1] for line in run(BUILT / "dump", path)[0][:-1]}
    data, rng, bad = path.read_bytes(), random.Random(len(name)), []
    broken = path.with_suffix(".broken")
    for i in range(DAMAGES):
        broken.write_bytes(damage(data, rng))
        bad += [f"damage {i}: {line}" for line in differences(broken)]
    tap.result(f"{name}: and on what can be read of it when it is damaged", bad[:20])
    return found


def check_limits(tap):
    """Limits that the page gives are those of the program."""
    source = (ROOT / "src/rec_format.h").read_text()
    page = (ROOT / "man/gicv4top-recording.5").read_text().split(".Sh LIMITS")[1]

    def limit(name):
        number, shift = re.search(rf"#define REC_MAX_{name}\s+\((\d+)U << (\d+)\)", source).groups()
        return int(number) << int(shift)

    tap.equal((limit("BODY"), limit("RAW")), (64 << 20, 64 << 20), "64 MiB of body and sections")
    for name in ("RECORDS", "VMS", "VPES"):
        tap.ok(f"{limit(name):,}" in page, f"the limit of {name} is the page's", page)


def main():
    tap = Tap()
    found = set()
    with tempfile.TemporaryDirectory() as tmp:
        for name, words in SCENES.items():
            found |= check_scene(tap, name, words, pathlib.Path(tmp) / "scene.rec")
    tap.equal(NAMES - found, set(), "the recordings had records of every kind")
    check_limits(tap)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
