#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The live view over a recording, in a real terminal (tmux) (TAP).

uireplay is built with the sanitizers. What is shown at a moment is held against batch
output of the same moment, which tests/cli/replay_test.py holds against the rest.
"""
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402
from terminal import Terminal  # noqa: E402

UIREPLAY = ROOT / "build/native/tests/ui/uireplay"
PROGRAM = ROOT / "build/native/gicv4top"
MAKE = ROOT / "build/native/recording/make_recording"
STILL = "1 0.001"       # arguments: refreshes of a second, none by itself


def ends_well(tap, terminal, name, status=0):
    shown = terminal.until(r"(?s)status \d+.*-?echo")
    tap.ok(re.search(rf"status {status}\n", shown) and "uireplay: done" in shown
           and " icanon" in shown and "ERROR" not in shown, name, shown)


def batch(rec, *args, cols=80):
    return subprocess.run([PROGRAM, "replay", "-b", "-n", "1", "-i", rec, *map(str, args)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, "COLUMNS": str(cols)}).stdout


def table(text):
    """The rows of the VMs, of a screen or of batch output."""
    return [line.rstrip() for line in text.splitlines() if re.match(r"vm-\d ", line)]


def at(tap, terminal, rec, secs, name, words=""):
    """States that the screen is of @secs, and shows what batch output does there."""
    shown = terminal.shows(tap, rf"REPLAY \d\d:\d\d:\d\d \+0:{secs:02d}/0:\d\d {words}", name)
    tap.equal(table(shown), table(batch(rec, "--at", secs)), f"{name}: what top would have shown")
    return shown


def every_key(tap, rec):
    with Terminal(f"{UIREPLAY} {rec} {STILL}") as t:
        shown = t.shows(tap, r"\+0:00/0:\d\d 0.001x  VM", "80x24: it begins at its begin")
        clock = re.search(r"REPLAY (\d\d:\d\d:\d\d) ", shown)[1]
        tap.ok(all(len(line) <= 80 for line in shown.splitlines()) and
               len(shown.splitlines()) == 24 and f"gicv4top {clock} " in shown and
               re.search(r"(?m)^q quit.*Space pause.*step.*seek.*time.*speed", shown),
               "80x24: it fills the terminal, with the wall clock then, and its keys", shown)
        t.keys(".")
        at(tap, t, rec, 1, ". is a step on, and pauses", "PAUSED")
        t.keys(".", ".")
        at(tap, t, rec, 3, "and another two", "PAUSED")
        t.keys(",")
        at(tap, t, rec, 2, ", is a step back", "PAUSED")
        t.keys("]")
        at(tap, t, rec, 12, "] is ten on", "PAUSED")
        t.keys("[", ".")
        at(tap, t, rec, 3, "[ is ten back", "PAUSED")
        t.keys("[")
        t.shows(tap, r"\+0:00/", "[ stops at the begin")
        t.keys("[")
        t.shows(tap, "the recording begins here", "and says so")
        t.keys("}")
        last = t.shows(tap, r"\+0:19/0:19 END", "} is sixty on, and stops at the end")
        t.keys(".")
        t.shows(tap, "the recording ends here", "where there is no step on")
        t.keys("Space")
        t.shows(tap, r"ends here; \[ { and @ go back", "nor can it go on")
        t.keys(",")
        at(tap, t, rec, 19, ", steps back from the end, onto a whole second", "PAUSED")
        t.keys(".")
        shown = t.shows(tap, "END", "and . to the end again")
        tap.equal([row.split()[:3] for row in table(shown)], [row.split()[:3] for row in table(last)],
                  "which is the same end")
        t.keys("{", ".", "@")
        t.shows(tap, r"Go to \(90 or 1m30s from the begin, or HH:MM:SS\):", "@ asks for a time")
        t.type("7")
        t.keys("Enter")
        at(tap, t, rec, 7, "@ goes to a second", "PAUSED")
        then = datetime.datetime.strptime(clock, "%H:%M:%S") + datetime.timedelta(seconds=5)
        t.keys("@")
        t.type(then.strftime("%H:%M:%S"))
        t.keys("Enter")
        t.shows(tap, r"\+0:0[45]/", "@ goes to a time of day")
        t.keys("@")
        t.type("1.2.3")
        t.keys("Enter")
        t.shows(tap, r'"1\.2\.3" is no time \(90 or 1m30s from', "what is no time is told")
        t.keys("@")
        t.type("5000")
        t.keys("Enter")
        t.shows(tap, rf'"5000" is not in the recording: {clock} to .* \(19\.\d+ s\)',
                "and what is not in the recording, with what is")
        t.keys("@", "Escape", "+", "+", "-", "z")
        t.shows(tap, r" 0\.002x ", "+ doubles the speed, - halves it, z goes on")
        t.keys("Space")
        t.shows(tap, "PAUSED", "Space pauses")
        t.keys("q")
        ends_well(tap, t, "q ends it and gives the terminal back")


def places(tap, rec):
    data = [json.loads(batch(rec, "--json", "--detail", "--at", s))["vms"][1] for s in (5, 6, 7)]
    with Terminal(f"{UIREPLAY} {rec} {STILL} 5", 200, 50) as t:
        shown = t.shows(tap, r"\+0:05/", "200x50: it can begin elsewhere")
        tap.equal(table(shown), table(batch(rec, "--at", 5, cols=200)), "200x50: all columns")
        tap.ok("w write" in shown and len(shown.splitlines()) == 50, "200x50: all keys", shown)
        t.keys("Down", "x")
        counts = [d["doorbell_ns"]["count"] for d in data]
        t.shows(tap, rf"(?s)doorbell: .*vm-1 .*count {counts[0]} ",
                "x shows histograms of the moment, with no refresh")
        t.keys("Tab", "Tab", "Tab", "Tab")
        puts = [sum(v["puts"] for v in d["vpes"]) for d in data]
        t.shows(tap, rf"(?s)residency: .*count {puts[0]} ", "those of its vPEs too")
        t.keys("Up")
        t.shows(tap, r"(?s)residency: .*vm-0 .*count \d\d", "and of the VM selected then")
        t.keys("Down", "Enter", "j")
        vpe = data[0]["vpes"][1]
        t.shows(tap, rf"(?s)VM vm-1 .*: 4 vPEs.*vCPU 1 .*count {vpe['puts']} ",
                "Enter opens a VM, each vPE has its own")
        t.keys("Enter")
        shown = t.shows(tap, "vCPU 1: 2 LPIs", "Enter opens a vPE")
        tap.ok(re.search(r"8194 forwarded +\d+ 0000:..:00\.0 ", shown), "LPIs have devices", shown)
        t.keys("Escape", "Escape", ".")
        t.shows(tap, rf"(?s)\+0:06/.*count {puts[1]} ", "the pane goes along with a step")
        t.keys("r")
        t.shows(tap, r"(?s)since \d\d:\d\d:\d\d.*count 0\n", "r counts from here on")
        t.keys(".")
        shown = t.shows(tap, rf"(?s)\+0:07/.*count {puts[2] - puts[1]} ", "only what comes then")
        tap.equal([r.split()[8] for r in table(shown)],
                  [r.split()[8] for r in table(batch(rec, "--at", 7, cols=200))],
                  "rates are those of the interval all the same")
        t.keys("]", "[")
        t.shows(tap, rf"(?s)\+0:07/.*since .*count {puts[2] - puts[1]} ", "after a jump, too")
        t.keys("Tab", "BTab", ",", ",")
        shown = t.shows(tap, r"before the reset", "before it counts are since the begin")
        tap.ok(" since " not in shown.splitlines()[3], "and the reset is over", shown)
        t.keys("@")
        t.type("7")
        t.keys("Enter")
        t.shows(tap, rf"(?s)\+0:07/.*count {puts[2]} ", "as they were without it")
        t.keys("s", "C-u")
        t.type("0.5")
        t.keys("Enter")
        t.shows(tap, r"\+0:07\.0/0:19\.\d PAUSED .*every 0\.5s", "s: another interval")
        shown = t.screen()
        tap.equal(table(shown), table(batch(rec, "--at", 7, "-d", "0.5", cols=200)),
                  "the rates are of that one at once")
        t.keys(".")
        t.shows(tap, r"\+0:07\.5/", "and a step is that long")
        t.keys("o", "End", "Enter", "R", "f")
        t.type("vm-1")
        t.keys("Enter")
        t.shows(tap, r"VMs: 1 .*name has \"vm-1\".*by ILLEGAL reversed", "order and filter hold")
        t.keys("c", "w")
        t.type("view.json")
        t.keys("Enter")
        t.shows(tap, "wrote view.json", "w writes JSON")
        made = json.loads(pathlib.Path(t.dir.name, "view.json").read_text(encoding="utf-8"))
        want = json.loads(batch(rec, "--json", "-d", "0.5", "--at", "7.5"))
        tap.equal([(v["name"], v["loads"], v["resident_pct"]) for v in made["vms"]],
                  [(v["name"], v["loads"], v["resident_pct"]) for v in want["vms"]],
                  "of the moment that is shown")
        t.keys("h")
        shown = t.shows(tap, r"man gicv4top-replay", "h shows the help")
        tap.ok(re.search(r"In the recording\n  Space z Z +pause", shown) and
               "wall clock (HH:MM:SS)" in shown and "Moving" in shown, "with a recording's keys", shown)
        t.keys("q", "%", "q")
        ends_well(tap, t, "no other key minds; it ends well")


def by_itself(tap, rec):
    # a screen is looked at while it stands still, so no faster than twice a second
    with Terminal(f"{UIREPLAY} {rec} 1 2 4") as t:
        t.shows(tap, r"\+0:(0[5-9]|1\d)/0:19 2x", "it plays")
        t.keys("Space")
        shown = t.shows(tap, "PAUSED", "until Space")
        time.sleep(1)
        tap.equal(t.screen(), shown, "paused it stands still")
        secs = int(re.search(r"\+0:(\d\d)/", shown)[1])
        tap.equal(table(shown), table(batch(rec, "--at", secs)), "at what top would have shown")
        t.keys("+", "+", "+", "+", "Space")
        t.shows(tap, r"\+0:19/0:19 END", "it goes on, faster, to the end, and stops there")
        t.keys("-", "-", "-", "-", "[")
        t.shows(tap, r"\+0:(09|1\d)/0:19 2x", "from where [ goes back, and it plays on")
        t.keys("+", "+", "+", "+", "+", "+", "+", "+")
        t.shows(tap, "END", "as fast as it is told")
        t.keys("q")
        ends_well(tap, t, "plays: it ends well")
    with Terminal(f"{UIREPLAY} {rec} 0.01 1 0 60") as t:
        ends_well(tap, t, "a hundred refreshes a second: -n ends it")
    with Terminal(f"{UIREPLAY} {rec} 0.001 1000000") as t:
        t.shows(tap, "END", "a million times as fast")
        t.keys("q")
        ends_well(tap, t, "fastest: it ends well")


def sizes(tap, rec):
    with Terminal(f"{UIREPLAY} {rec} {STILL} 5", 250, 60) as t:
        t.shows(tap, "w write", "250x60: it is drawn")
        t.resize(80, 24)
        shown = t.shows(tap, "8 columns hidden", "resized to 80x24: columns make room")
        tap.equal(table(shown), table(batch(rec, "--at", 5)), "and the figures stay")
        for cols, rows in ((20, 5), (10, 2), (1, 1), (3, 3)):
            t.resize(cols, rows)
            time.sleep(0.2)
            t.keys(".", ",", "x", "h", "q", "]", "[", "x")
        t.resize(80, 24)
        t.shows(tap, r"(?m)^q quit", "resized to almost nothing and back: still there")
        t.keys("q")
        ends_well(tap, t, "resizes: it ends well")


def hurt(tap, rec, folder):
    path = folder / "hurt"
    data = bytearray(rec.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with Terminal(f"{UIREPLAY} {path} {STILL} 5", term="screen") as t:
        t.shows(tap, "nothing lost", "damaged: before the damage nothing is lost")
        t.keys("]", "]")
        t.shows(tap, r"LOST: \d\d+ records", "damaged: behind it, what it cost is told")
        tap.ok(re.search(r"\x1b\[[0-9;]*31[0-9;]*m[^\x1b]*LOST", t.screen(escapes=True)),
               "damaged: in red", repr(t.screen(escapes=True)[:600]))
        t.keys("[", "[", "q")
        shown = t.until("status")
        tap.ok("is damaged: skipped 1 chunk " in shown.replace("\n", "") and
               "uireplay: done" in shown,
               "damaged: and told again when the terminal is given back", shown)
    with Terminal(f"{UIREPLAY} {rec} {STILL}") as t:
        t.until("q quit")
        pids = subprocess.run(["pgrep", "-f", f"^{UIREPLAY} {rec} {STILL}$"], text=True,
                              capture_output=True, check=False).stdout.split()
        for pid in pids:
            os.kill(int(pid), signal.SIGTERM)
        ends_well(tap, t, "SIGTERM ends it and gives the terminal back")


def main():
    for program in (UIREPLAY, PROGRAM, MAKE):
        if not program.exists():
            print(f"Bail out! {program} is not built: make builds it")
            return 1
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="gicv4top-replay.") as folder:
        rec = pathlib.Path(folder, "made.g4rec")
        # 19.99 seconds of two VMs with four vCPUs each
        subprocess.run([MAKE, rec, "100000", "2", "4", "4", "200000", "3"], check=True)
        for part in (every_key, places, by_itself, sizes):
            part(tap, rec)
        hurt(tap, rec, pathlib.Path(folder))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
