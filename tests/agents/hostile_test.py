#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: hostile_test.py

Two VMs' agents are heard by the code of gicv4top (hear.c): "good" behaves, "evil" does
all it can. The host's memory and time stay bounded, one line of log says what is wrong,
and good's figures are exact all the time.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from tap import Tap  # noqa: E402

HEAR = os.path.join(TOP, "build", "native", "tests", "agents", "hear")
HELLO = b"gicv4top-agent 1 0-1 2\n"
RSS_KIB = 24 * 1024     # the program itself has about 4 MiB
PATIENCE_S = 20


class Ear:
    """hear, its newest line and its log."""

    def __init__(self, where):
        self.paths = {name: os.path.join(where, name) for name in ("good", "evil")}
        self.log = open(os.path.join(where, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [HEAR, *(f"{name}=unix:{path}" for name, path in self.paths.items())],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.last, self.nr, self.pump_ms = None, 0, 0
        threading.Thread(target=self.follow, daemon=True).start()
        self.until(lambda seen: seen is not None)

    def follow(self):
        for line in self.process.stdout:
            self.last = json.loads(line)
            self.pump_ms = max(self.pump_ms, self.last["pump_ms"])
            self.nr += 1

    def until(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.nr and wanted(self.last):
                return True
            time.sleep(0.02)
        return False

    def turns(self, nr):
        """Waits until it has pumped `nr` times more."""
        goal = self.nr + nr
        return self.until(lambda _: self.nr >= goal)

    def connect(self, name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.paths[name])
        return s

    def said(self):
        self.log.seek(0)
        return self.log.read()


class Good(threading.Thread):
    """An agent as it should be: 7 more interrupts a report."""

    def __init__(self, ear):
        super().__init__(daemon=True)
        self.socket = ear.connect("good")
        self.socket.sendall(HELLO + b"row 45 8 0 nvme0q0\nend 1 1000\n")
        self.count, self.seq, self.stop = 0, 1, False
        # what comes before its rows are known to be VLPIs is counted as error
        ear.until(lambda seen: seen["good"])

    def run(self):
        while not self.stop:
            time.sleep(0.1)
            self.count += 7
            self.seq += 1
            self.socket.sendall(b"n 45 1 %d\nend %d %d\n" %
                                (self.count, self.seq, self.seq * 100000000))


def push(s, data):
    """Sends as much as the other side takes; false: it has hung up."""
    s.settimeout(PATIENCE_S)
    try:
        s.sendall(data)
        return True
    except (BrokenPipeError, ConnectionResetError):
        return False


def hung_up(s):
    s.settimeout(PATIENCE_S)
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True
    except socket.timeout:
        return False


REPORT = HELLO + b"row 1 8 0 x\nn 1 0 5\nend 1 1000\n"

# what is sent, and what the log says of it
ATTACKS = (
    ("a line without an end", HELLO + b"x" * 1000000, "over 160 bytes"),
    ("a line of 161 bytes", HELLO + b"row 1 8 0 " + b"x" * 151 + b"\n", "over 160 bytes"),
    ("a million rows", HELLO + b"".join(b"row %d 8 %d x\n" % (i % 65536, i)
                                        for i in range(1000000)), "more interrupts than are kept"),
    ("all rows of 512 CPUs", b"gicv4top-agent 1 ff 512\n" +
     b"".join(b"row %d 8 %d x\n" % (i, i) for i in range(65536)), "more interrupts than are kept"),
    ("a negative count", REPORT + b"n 1 0 -5\n", "no number below 2^53"),
    ("a count beyond 64 bits", REPORT + b"n 1 0 18446744073709551617\n", "no number below 2^53"),
    ("a count that wraps", REPORT + b"n 1 0 9007199254740991\nn 1 0 3\n", "a count that went back"),
    ("a clock that goes back", REPORT + b"end 2 1\n", "a clock that went back"),
    ("no protocol at all", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no printable ASCII"),
    ("escapes for the terminal", HELLO + b"row 1 8 0 \x1b]0;x\x07\n", "no printable ASCII"),
    ("zero bytes", HELLO + bytes(100000), "no printable ASCII"),
    ("another version", b"gicv4top-agent 2 ff 2\n", "another version"),
)


def attack(tap, where, name, data, words):
    """Each by an ear of its own: an offender is shut out for a while."""
    ear = Ear(where)
    good = Good(ear)
    good.start()
    s = ear.connect("evil")
    push(s, data)
    tap.ok(hung_up(s), f"{name}: the connection is closed")
    again = ear.connect("evil")
    tap.ok(hung_up(again), f"{name}: and stays closed for a while")
    ear.turns(2)
    said = ear.said()
    tap.ok(words in said and "VM evil" in said and said.count("\n") == 1,
           f"{name}: one line of log says whose agent sent what", said)
    finish(tap, ear, good, name)


def finish(tap, ear, good, name):
    good.stop = True
    good.join()
    exact = ear.until(lambda seen: seen["good"] and seen["good"]["count"] == good.count)
    tap.ok(exact and ear.last["good"]["error"] == 0, f"{name}: the other VM's figures are exact",
           ear.last, good.count)
    tap.ok(ear.last["rss_kib"] < RSS_KIB, f"{name}: memory stays below {RSS_KIB} KiB", ear.last)
    ear.process.kill()
    ear.process.wait()


def thousand_connections(tap, where):
    ear = Ear(where)
    good = Good(ear)
    good.start()
    kept = []
    for _ in range(1000):
        s = ear.connect("evil")
        s.setblocking(False)
        kept.append(s)
    ear.turns(5)
    tap.equal(ear.last["connected"], 2, "1,000 connections: one a guest is kept")
    kept[-1].sendall(HELLO + b"row 1 8 0 x\nend 1 1000\nn 1 0 5\nend 2 2000\n")
    tap.ok(ear.until(lambda seen: seen["evil"]), "1,000 connections: the newest is heard",
           ear.last)
    finish(tap, ear, good, "1,000 connections")


def silence(tap, where):
    ear = Ear(where)
    good = Good(ear)
    good.start()
    s = ear.connect("evil")
    s.sendall(REPORT)
    tap.ok(ear.until(lambda seen: seen["evil"]), "silence: it has a figure after its report")
    tap.ok(ear.until(lambda seen: seen["evil"] is None),
           "silence: some seconds later it has none any more", ear.last)
    s.sendall(b"n 1 0 6\nend 2 2000\n")
    tap.ok(ear.until(lambda seen: seen["evil"] and seen["evil"]["count"] == 1),
           "silence: it goes on where it was when it speaks again", ear.last)
    half = ear.connect("evil")
    half.sendall(HELLO + b"row 1 8 0 x\nn 1 0 4000")
    ear.turns(3)
    tap.equal(ear.last["evil"] and ear.last["evil"]["count"], 1,
              "half a report is not counted")
    finish(tap, ear, good, "silence")


def flood(tap, where):
    """Valid lines without end, as fast as they are taken."""
    ear = Ear(where)
    good = Good(ear)
    good.start()
    s = ear.connect("evil")
    s.sendall(HELLO + b"row 1 8 0 x\nend 1 1000\n")
    block = b"n 1 0 1\n" * 100000
    end = time.monotonic() + 3
    sent = 0
    while time.monotonic() < end and push(s, block):
        sent += len(block)
    tap.ok(sent > 1000000, "flood: some MB were taken", sent)
    # a MiB a turn: were it all that is there, turns would stop
    tap.ok(ear.nr >= 10, "flood: it is read in turns with others", ear.nr)
    finish(tap, ear, good, "flood")


def main():
    tap = Tap("agents")
    for name, data, words in ATTACKS:
        with tempfile.TemporaryDirectory(prefix="gicv4top-agents.") as where:
            attack(tap, where, name, data, words)
    for scene in (thousand_connections, silence, flood):
        with tempfile.TemporaryDirectory(prefix="gicv4top-agents.") as where:
            scene(tap, where)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
