# SPDX-License-Identifier: GPL-2.0
"""What the lab tests share: a boot of the lab with a script in it, and what it left
behind.

A test program boots one scenario (a script below l1/) on one kernel, then holds
what gicv4top said against what the kernel, the guests and vlpigen counted. Each
statement is one TAP line, its name a sentence. Nothing here asserts wall-clock
times: the lab is emulated.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAB = os.path.join(TOP, "scripts", "lab", "lab")
L1 = os.path.join(TOP, "tests", "lab", "l1")

sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from tap import Tap  # noqa: E402,F401


class Out:
    """The files of a run's /out."""

    def __init__(self, out):
        self.out = out

    def path(self, name):
        return os.path.join(self.out, name)

    def make(self, name):
        """An empty file, for a scenario that waits for it."""
        with open(self.path(name), "w", encoding="utf-8"):
            pass

    def wait(self, name, patience_s):
        """Waits for the scenario to make a file."""
        end = time.monotonic() + patience_s
        while not os.path.exists(self.path(name)) and time.monotonic() < end:
            time.sleep(0.2)
        return os.path.exists(self.path(name))

    def read(self, name, default=""):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace", newline="") as f:
                return f.read()
        except FileNotFoundError:
            return default

    def json(self, name):
        return json.loads(self.read(name, "null") or "null")

    def lines(self, name):
        """JSON objects, a line each; a last line that was cut short is left out."""
        objects = []
        for line in self.read(name).splitlines():
            try:
                objects.append(json.loads(line))
            except ValueError:
                break
        return objects

    def interrupts(self, name):
        return Interrupts(self.read(name))


class Boot(Out):
    """One run of the lab from its start to its end: exit status, output, and /out."""

    def __init__(self, kernel, script, *args, timeout=400, env=()):
        super().__init__(tempfile.mkdtemp(prefix="gicv4top-test."))
        command = [LAB, "run", "--kernel", kernel, "--exec", os.path.join(L1, script),
                   "--file", os.path.join(L1, "lib.sh"), "--out", self.out,
                   "--timeout", str(timeout), *args]
        for pair in env:
            command += ["--env", pair]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        self.status = done.returncode
        self.text = done.stdout

    def tail(self, lines=25):
        return [f"lab: {line}" for line in self.text.splitlines()[-lines:]]

    def require(self, tap, name="the scenario ran to its end"):
        return tap.ok(self.status == 0, name, f"exit status {self.status}", *self.tail(),
                      f"files are in {self.out}")


class Interrupts:
    """A /proc/interrupts: irq -> (count over all CPUs, chip and action)."""

    def __init__(self, text):
        self.rows = {}
        for line in text.splitlines():
            m = re.match(r"\s*(\d+):((?:\s+\d+)+)\s+(.*)$", line)
            if m:
                self.rows[int(m[1])] = (sum(int(n) for n in m[2].split()), m[3])

    def matching(self, pattern):
        return {irq: count for irq, (count, text) in self.rows.items() if re.search(pattern, text)}

    def doorbells(self):
        return self.matching(r"GICv4(\.1)?-vpe")

    def vfio(self):
        return self.matching(r"vfio-msi")


def at(refreshes, uptime_s):
    """The first refresh that began after `uptime_s` (from /proc/uptime)."""
    for r in refreshes:
        if r["time_ns"] > uptime_s * 1e9:
            return r
    return None


def vpes(refresh):
    """All vPEs of a refresh, each with its VM's pid."""
    return [dict(v, pid=vm["pid"]) for vm in refresh["vms"] for v in vm.get("vpes", [])]


def doorbell_sum(thing):
    return sum(thing["doorbells"].values())


def nothing_lost(tap, refresh):
    """Every loss is 0; before 6.7 a kernel does not tell how often kprobes were missed."""
    losses = dict(refresh["losses"])
    if refresh["host"]["backend"] == "kprobe" and losses["missed"] is None:
        del losses["missed"]
    tap.equal(set(losses.values()), {0}, "nothing was lost")


def no_trouble_in(tap, boot, log="dmesg"):
    """The host's kernel log has no warning of its own."""
    bad = [line for line in boot.read(log).splitlines()
           if re.search(r"WARNING:|BUG:|Oops|Call trace|not cleaning|ITS queue timeout", line)]
    tap.equal(bad, [], "the host's kernel log has no warning")
