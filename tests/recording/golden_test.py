#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Recordings made in the lab, and exactly what is made of them (TAP).

usage: golden_test.py [--update]

tests/golden/recordings/KERNEL.g4rec was recorded in the lab (tests/lab/l1/record.sh with
MSIS=60: two VMs of four vCPUs, twice 60 messages each); the files beside it are what the
commands below print. A recording is never made anew for a change of the program: old files
must read as they always have. --update writes the outputs anew: read the difference before
you commit it.
"""
import difflib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

PROGRAM = ROOT / "build/native/gicv4top"
DIR = ROOT / "tests/golden/recordings"
RECORDINGS = ("stock-6.12", "stock-6.1")
COMMANDS = {
    "report.txt": ["report"],
    "report.vpes.txt": ["report", "--per-vpe", "--worst", "2"],
    "report.json": ["report", "--json", "--per-vpe"],
    "report.csv": ["report", "--csv", "hist"],
    "window.txt": ["report", "--from", "4", "--to", "12", "-g", "one"],
    "hist.json": ["hist", "--json", "--per-vpe"],
    "top.json": ["replay", "-b", "--json", "--detail", "-d", "4"],
    "top.txt": ["replay", "-b", "-d", "8"],
}


def run(recording, args):
    command, *rest = args
    done = subprocess.run([PROGRAM, command, "-i", f"{recording}.g4rec", *rest], cwd=DIR,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env=dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8"))
    return done.returncode, done.stdout, done.stderr.decode()


def readable(name, content):
    text = content.decode("utf-8", "replace")
    if name.endswith(".json"):
        text = "".join(json.dumps(json.loads(line), indent=1) + "\n" for line in text.splitlines())
    return text.splitlines()


def main(update):
    tap = Tap()
    for recording in RECORDINGS:
        for name, args in COMMANDS.items():
            path = DIR / f"{recording}.{name}"
            status, out, err = run(recording, args)
            if update:
                path.write_bytes(out)
            want = path.read_bytes() if path.exists() else b""
            difference = list(difflib.unified_diff(readable(name, want), readable(name, out),
                                                   "file", "now", lineterm=""))[:20]
            tap.ok((status, err) == (0, "") and out == want,
                   f"{recording}: gicv4top {' '.join(args)} is to the letter what it was",
                   f"exit {status}", err, *difference)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--update"]))
