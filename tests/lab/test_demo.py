#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_demo.py

scripts/demo (what "make demo" runs behind set-up and build) as its users see it: in
a terminal of this machine (tmux), ended by q, by Ctrl-C in the view and by Ctrl-C
before it, and without a terminal. Nothing of it may be left behind.
"""
import os
import re
import subprocess
import sys
import tempfile

from lablib import TOP, Tap
from terminal import Terminal

DEMO = os.path.join(TOP, "scripts", "demo")
BOOT_S = 180


def leftovers(tmp):
    """Files in `tmp`, the demo's TMPDIR, and processes that know of it."""
    left = [os.path.join(tmp, name) for name in os.listdir(tmp)]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if tmp in line and "tmux" not in line and "sleep 1000" not in line:
            left.append(f"process {pid}: {line[:200]}")
    return left


def tell_consoles(out):
    """What host and guests said last: why one of them stands still, if it does."""
    for name in sorted(os.listdir(out)):
        if name == "console.log" or name.endswith(".console"):
            with open(os.path.join(out, name), encoding="utf-8", errors="replace") as f:
                for line in f.read().splitlines()[-25:]:
                    print(f"# {name}: {line}")


def in_terminal(tap, name, play, status):
    """Runs the demo, lets `play` use it, then judges how it ended."""
    failed = tap.failed
    with tempfile.TemporaryDirectory(prefix="gicv4top-demo.") as tmp, \
            tempfile.TemporaryDirectory(prefix="gicv4top-demo-out.") as out:
        with Terminal(f"TMPDIR={tmp} DEMO_OUT={out} {DEMO}", env=[("NO_COLOR", "")]) as t:
            play(t)
            t.shows(tap, rf"status {status}\n[\s\S]* icanon",
                    f"{name}: it ends with {status}, the terminal as it was", 60)
        tap.result(f"{name}: no process and no file is left", leftovers(tmp))
        if tap.failed > failed:
            tell_consoles(out)


def both_guests(tap, t, name):
    return t.shows(tap, r"(?m)^web +\d+ +[1-9][\s\S]*^db +\d+ +[1-9]|"
                   r"^db +\d+ +[1-9][\s\S]*^web +\d+ +[1-9]",
                   f"{name}: both guests come up in the view", BOOT_S)


def quit_by_q(tap):
    def play(t):
        both_guests(tap, t, "q")
        shown = t.screen()
        tap.ok(all(len(line) <= 80 for line in shown.split("\n")), "q: 80 columns hold it", shown)
        shown = t.shows(tap, r"(?m)^web +\d+ +[\d. ]+ \d[\d.]*g [\s\S]*^db +\d+ +[\d. ]+ \d[\d.]*g "
                        r"|^db +\d+ +[\d. ]+ \d[\d.]*g [\s\S]*^web +\d+ +[\d. ]+ \d[\d.]*g ",
                        "q: and both guests' agents are heard", BOOT_S)
        t.resize(200, 50)
        shown = t.shows(tap, "SPUR", "q: a resize brings the hidden columns")
        tap.ok("hidden" not in shown, "q: 200 columns hold all", shown)
        t.keys("q")
        t.shows(tap, r"GICv4-vpe[\s\S]*vfio-msix", "q: behind it, what the host's kernel counted", 60)

    in_terminal(tap, "q", play, 0)


def stop_by_ctrl_c(tap):
    def before(t):
        t.until("Booting the emulated host", BOOT_S)
        t.keys("C-c")
        t.shows(tap, "lab: stopped", "Ctrl-C while booting: it says that it stopped", 60)

    def within(t):
        both_guests(tap, t, "Ctrl-C in the view")
        t.keys("C-c")

    in_terminal(tap, "Ctrl-C while booting", before, 130)
    in_terminal(tap, "Ctrl-C in the view", within, 0)


def without_terminal(tap):
    with tempfile.TemporaryDirectory(prefix="gicv4top-demo.") as tmp:
        done = subprocess.run([DEMO], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=dict(os.environ, TMPDIR=tmp, DEMO_SECS="3"), check=False)
        tap.ok(done.returncode == 0, "no terminal: it ends with 0", done.stdout[-2000:], done.stderr)
        tap.ok(len(re.findall(r"(?m)^web ", done.stdout)) == 3 and "\033" not in done.stdout,
               "no terminal: DEMO_SECS refreshes, plain", done.stdout)
        tap.result("no terminal: no process and no file is left", leftovers(tmp))


def main():
    tap = Tap("demo")
    quit_by_q(tap)
    stop_by_ctrl_c(tap)
    without_terminal(tap)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
