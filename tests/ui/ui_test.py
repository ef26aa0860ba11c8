#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The live view in a real terminal (tmux), over made-up hosts (TAP).

uitop is built with the sanitizers, so whatever they find fails the case it
happened in. What keys do is tests/unit/ui_test.c's; here is what needs a
terminal: sizes, resizes, colours, terminal types, signals, files, the end.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402
from terminal import Terminal  # noqa: E402

UITOP = ROOT / "build/native/tests/ui/uitop"


def ends_well(tap, terminal, name, status=0):
    shown = terminal.until(r"(?s)status \d+.*-?echo")
    tap.ok(re.search(rf"status {status}\n", shown) and "uitop: done" in shown
           and " icanon" in shown and "ERROR" not in shown, name, shown)


TWO_80 = """\
gicv4top 12:00:01  kernel 6.12.48+deb13-arm64  GICv4.1  hooks fentry 19/19
2 VMs, 4 vPEs, 4 VLPIs;  WFI untrapped while alone on a CPU
nothing lost;  cost: BPF 0.123%, gicv4top 0.046% of a CPU
VMs: 2  every 1000s  8 columns hidden
VM               PID  VLPI  FWD%  RES%  BLK%  PRE%   DB/s DIRECT/s   DBp99
web-1           1000     2  66.7  33.3  66.7   0.0     45      n/a  24.1us
db-2            1001     2  66.7  33.3  66.7   0.0     59      n/a  28.0us
"""


def every_place(tap):
    with Terminal(f"{UITOP} two") as t:
        shown = t.shows(tap, "(?m)^q quit", "80x24: the VM list is drawn")
        tap.ok(shown.startswith(TWO_80), "80x24: it is the screen that was looked at", shown)
        tap.ok(all(len(line) <= 80 for line in shown.splitlines()) and
               len(shown.splitlines()) == 24, "80x24: it fills the terminal", shown)
        t.keys("Down", "Enter")
        t.shows(tap, r"VM db-2 \(pid 1001\): 2 vPEs", "Enter opens the selected VM")
        t.keys("Enter")
        shown = t.shows(tap, r"vCPU 0: 2 LPIs", "Enter opens a vPE")
        tap.ok(re.search(r"8192 forwarded +1058 0000:22:00.0 +16 +0 +160 yes", shown)
               and re.search(r"8194 software +n/a n/a", shown),
               "a VLPI's host irq, device and ids are shown, and who is by software", shown)
        t.keys("Escape")
        t.shows(tap, r": 2 vPEs", "Esc goes back")
        t.keys("x", ".", ".")
        shown = t.shows(tap, r"p99\.9.* max", "x opens the histogram pane, fed after a refresh")
        tap.ok(re.search(r"us \.\. .*us +\d+ +#+", shown), "the pane has bars", shown)
        t.keys("Tab")
        t.shows(tap, "doorbell-wake", "Tab goes to the next histogram")
        t.keys("BTab", "BTab")
        t.shows(tap, "dirty: ", "BackTab to the one before")
        t.keys("x", "h")
        t.shows(tap, "keys and words", "h shows the help")
        t.keys("NPage", "PPage", "q", "BSpace")
        t.shows(tap, "VMs: 2", "any other key leaves it, Backspace goes back")
        t.keys("o", "End", "Enter", "R")
        t.shows(tap, "by ILLEGAL reversed", "o orders by any column, R reverses")
        t.keys("C", "Space", "Enter")
        shown = t.shows(tap, r"(?m)^ +PID", "C takes the first column away")
        t.keys("f")
        t.type("web")
        t.keys("Enter")
        t.shows(tap, r"VMs: 1 .*name has \"web\"", "f filters by name")
        t.keys("c", "p")
        t.type("1001")
        t.keys("Enter")
        t.shows(tap, r"VMs: 1 .*pid 1001", "p filters by pid, c clears")
        t.keys("c", "s", "C-u")
        t.type("500")
        t.keys("Enter")
        t.shows(tap, r"every 500s", "s changes the interval")
        t.keys("z")
        t.shows(tap, r"PAUSED", "z pauses")
        t.keys("z")
        t.shows(tap, r"every 500s", "z goes on")
        t.keys("r")
        t.shows(tap, r"since 12:00:", "r counts anew")
        t.keys("w")
        t.type("view.txt")
        t.keys("Enter")
        t.shows(tap, r"wrote view.txt", "w writes the screen")
        text = pathlib.Path(t.dir.name, "view.txt").read_text(encoding="utf-8")
        tap.ok("since 12:00:" in text and "Write to file" not in text
               and len(text.splitlines()) == 24, "the file has the screen", text)
        t.keys("w")
        t.type("view.txt")
        t.keys("Enter")
        t.shows(tap, r"cannot write view.txt: File exists", "an existing file is left alone")
        t.keys("w")
        t.type("view.json")
        t.keys("Enter")
        t.shows(tap, r"wrote view.json", "w writes JSON to NAME.json")
        found = subprocess.run([sys.executable, "-c", "import json,sys; d = json.load(sys.stdin);"
                                "print(len(d['vms']), len(d['vms'][0]['vpes']))"], text=True,
                               stdin=open(os.path.join(t.dir.name, "view.json"), encoding="utf-8"),
                               capture_output=True, check=False)
        tap.ok(found.stdout == "2 2\n", "the file has all VMs with their vPEs", found.stderr)
        t.keys("q")
        ends_well(tap, t, "q ends it and gives the terminal back")


def sizes(tap):
    with Terminal(f"{UITOP} many", 250, 80) as t:
        shown = t.shows(tap, "w write", "250x80: all keys have room")
        tap.ok(all(word in shown for word in ("SPUR", "SWLPI/s", "DBp50")) and "hidden" not in shown,
               "250x80: all default columns are there", shown)
        tap.ok("db-74 " in shown and "web-75 " not in shown, "250x80: 74 VMs have room", shown)
        t.resize(80, 24)
        shown = t.shows(tap, "8 columns hidden", "resized to 80x24: columns make room")
        tap.ok(len(shown.splitlines()) == 24 and shown.splitlines()[-1].startswith("q quit"),
               "resized to 80x24: the last line is the last", shown)
        t.resize(200, 50)
        t.shows(tap, "SPUR", "resized to 200x50: columns come back")
        t.shows(tap, "db-44 ", "resized to 200x50: more rows")
        for cols, rows in ((20, 5), (10, 2), (1, 1), (3, 3)):
            t.resize(cols, rows)
            time.sleep(0.2)
            t.keys(".", "x", "h", "q", "x")
        t.resize(80, 24)
        t.shows(tap, "(?m)^q quit", "resized to almost nothing and back: still there")
        t.keys("q")
        ends_well(tap, t, "resizes: it ends well")


def hosts(tap):
    with Terminal(f"{UITOP} empty") as t:
        t.shows(tap, r"\(no VM with a vGIC runs here\)", "an empty host says so")
        t.keys("Enter", "Down", "x", "Tab", "o", "Enter", "R", "r", ".")
        t.shows(tap, r"\(no VM with a vGIC runs here\)", "no key minds an empty list")
        t.keys("q")
        ends_well(tap, t, "empty: it ends well")
    with Terminal(f"{UITOP} vanish") as t:
        t.until("VMs: 3")
        t.keys("Down", "Enter", ".", ".")
        t.shows(tap, r"VM db-2 \(pid 1001\) has ended", "a VM that ends while open is left")
        t.keys("q")
        ends_well(tap, t, "vanish: it ends well")
    with Terminal(f"{UITOP} losing", term="screen") as t:
        t.shows(tap, "LOST: 3 records", "losses are told")
        tap.ok(re.search(r"\x1b\[[0-9;]*31[0-9;]*m[^\x1b]*LOST", t.screen(escapes=True)),
               "8 colours: losses are red", repr(t.screen(escapes=True)[:600]))
        t.keys("q")
        ends_well(tap, t, "losing: it ends well")
    with Terminal(f"{UITOP} losing", env=[("NO_COLOR", "1")]) as t:
        t.until("LOST")
        tap.ok(not re.search(r"\x1b\[[0-9;]*3[0-7][;m]", t.screen(escapes=True)),
               "NO_COLOR: no colour at all", repr(t.screen(escapes=True)[:600]))
        t.keys("q")
        ends_well(tap, t, "NO_COLOR: it ends well")
    with Terminal(f"{UITOP} names") as t:
        t.shows(tap, r"(?m)^bär-€ +1001", "UTF-8 names are shown, and their columns kept")
        t.shows(tap, r"(?m)^世界-wide +1002", "wide characters too")
        t.keys("q")
        ends_well(tap, t, "names: it ends well")
    with Terminal(f"{UITOP} names", env=[("LC_ALL", "C")]) as t:
        t.shows(tap, r"(?m)^b\?r-\? +1001", "a locale without UTF-8 gets question marks")
        t.keys("q")
        ends_well(tap, t, "C locale: it ends well")


def terminals(tap):
    for term in ("vt100", "linux", "xterm"):
        with Terminal(f"{UITOP} two", term=term) as t:
            shown = t.shows(tap, "(?m)^q quit", f"TERM={term}: it is drawn")
            tap.ok(shown.startswith(TWO_80), f"TERM={term}: the same text", shown)
            t.keys("q")
            ends_well(tap, t, f"TERM={term}: it ends well")
    for term, why in (("dumb", "no way to move the cursor"), ("nosuch", "knows no type \"nosuch\"")):
        # what ncurses allocates for a terminal it then refuses is its own
        with Terminal(f"{UITOP} two", term=term,
                      env=[("ASAN_OPTIONS", "detect_leaks=0")]) as t:
            shown = t.until("status").replace("\n", "")
            tap.ok(why in shown and "use -b" in shown and "failedstatus 1" in shown,
                   f"TERM={term}: refused with what to do", shown)


def ends(tap):
    for signal in ("INT", "TERM", "HUP"):
        with Terminal(f"{UITOP} two") as t:
            t.until("q quit")
            pids = subprocess.run(["pgrep", "-f", f"^{UITOP} two$"], text=True, check=False,
                                  capture_output=True).stdout.split()
            for pid in pids:
                if os.readlink(f"/proc/{pid}/cwd") == t.dir.name:
                    os.kill(int(pid), getattr(__import__("signal"), f"SIG{signal}"))
            ends_well(tap, t, f"SIG{signal} ends it and gives the terminal back")
    with Terminal(f"{UITOP} two") as t:
        t.until("q quit")
        t.keys("C-c")
        ends_well(tap, t, "Ctrl-C ends it and gives the terminal back")
    with Terminal(f"{UITOP} churn 0.001 1000") as t:
        t.until("q quit")
        t.keys("Down", "Enter", "x", "Tab", "Enter", "Escape")
        ends_well(tap, t, "1,000 refreshes of VMs that come and go: -n ends it, nothing leaks")


def main():
    tap = Tap()
    for part in (every_place, sizes, hosts, terminals, ends):
        part(tap)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
