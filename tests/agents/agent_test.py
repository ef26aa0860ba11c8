#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: agent_test.py

The static agent binary as a guest runs it, by every way out that this machine has: what
it sends is held against the file that it reads.
"""
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from tap import Tap  # noqa: E402

NATIVE = os.path.join(TOP, "build", "native", "gicv4top-guest-agent")
ARM64 = os.path.join(TOP, "build", "arm64", "gicv4top-guest-agent")
MAX_BYTES = 1000000
PATIENCE_S = 20


class Guest:
    """A /proc/interrupts of the test's own, of two NVMe queues on two CPUs."""

    def __init__(self, where):
        self.path = os.path.join(where, "interrupts")
        self.counts = {45: [10, 3], 46: [0, 7]}
        self.write()

    def write(self):
        rows = "".join(f"{irq:3}: {a:10} {b:10}   ITS-MSI {16384 + irq - 45} Edge      nvme0q{irq - 45}\n"
                       for irq, (a, b) in self.counts.items())
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write("           CPU0       CPU1\n" + rows)
        os.rename(self.path + ".new", self.path)

    def agent(self, *args, delay="0.1"):
        return subprocess.Popen([NATIVE, "--interrupts", self.path, "-d", delay, *args],
                                stderr=subprocess.PIPE, text=True)


class Reports:
    """Reads a connection's lines, and holds what they add up to."""

    def __init__(self, fd):
        self.fd, self.buffer, self.hello = fd, b"", None
        self.rows, self.counts, self.seq, self.bad, self.anew = {}, {}, 0, [], set()

    def take(self, line):
        words = line.split(" ")
        if self.hello is None:
            self.hello = line
        elif words[0] == "row":
            if int(words[1]) in self.rows:
                self.anew.add(int(words[1]))
            self.rows[int(words[1])] = (words[2], words[3], " ".join(words[4:]))
            self.counts[int(words[1])] = {}
        elif words[0] == "n":
            self.counts[int(words[1])][int(words[2])] = int(words[3])
        elif words[0] == "end":
            self.seq += 1
            if int(words[1]) != self.seq:
                self.bad.append(line)
            return True
        else:
            self.bad.append(line)
        return False

    def report(self):
        """Until a report's end; false if none comes."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            line, newline, rest = self.buffer.partition(b"\n")
            if newline:
                self.buffer = rest
                if self.take(line.decode("ascii")):
                    return True
                continue
            if select.select([self.fd], [], [], 1)[0]:
                data = os.read(self.fd, 65536)
                if not data:
                    return False
                self.buffer += data
        return False

    def until(self, guest):
        """Reports until they say what the guest's file says."""
        end = time.monotonic() + PATIENCE_S
        want = {irq: {cpu: n for cpu, n in enumerate(ns) if n} for irq, ns in guest.counts.items()}
        while time.monotonic() < end and self.report():
            if self.counts == want:
                return True
        return False


def listener(where, tcp=False):
    s = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
    path = ("127.0.0.1", 0) if tcp else os.path.join(where, "socket")
    s.bind(path)
    s.listen(4)
    s.settimeout(PATIENCE_S)
    return s, f"127.0.0.1:{s.getsockname()[1]}" if tcp else path


def stop(tap, agent, name):
    agent.send_signal(signal.SIGTERM)
    said = agent.communicate(timeout=PATIENCE_S)[1]
    tap.equal(agent.returncode, 0, f"{name}: SIGTERM ends it with 0")
    return said


def follows(tap, guest, fd, name):
    reports = Reports(fd)
    tap.ok(reports.until(guest), f"{name}: the first report has all counts", reports.counts)
    tap.ok(re.fullmatch(r"gicv4top-agent 1 [0-9a-f-]{36} \d+", reports.hello or ""),
           f"{name}: it begins with a hello", reports.hello)
    tap.equal(reports.rows.get(46), ("8", "1", "nvme0q1"), f"{name}: DeviceID, EventID and name")
    guest.counts[45][0] += 1000
    guest.counts[46][0] += 1
    guest.write()
    tap.ok(reports.until(guest), f"{name}: it follows", reports.counts)
    guest.counts[45] = [2, 0]
    guest.write()
    tap.ok(reports.until(guest), f"{name}: a row whose count fell is said anew", reports.counts)
    guest.counts[47] = [0, 5]
    guest.write()
    tap.ok(reports.until(guest), f"{name}: so is one that is new", reports.counts)
    tap.equal(reports.bad, [], f"{name}: nothing else is said")


def by_socket(tap, where, tcp):
    name = "TCP" if tcp else "unix"
    guest = Guest(where)
    s, address = listener(where, tcp)
    agent = guest.agent("--tcp" if tcp else "--unix", address)
    c = s.accept()[0]
    follows(tap, guest, c.fileno(), name)
    c.close()
    c = s.accept()[0]
    reports = Reports(c.fileno())
    tap.ok(reports.until(guest), f"{name}: closed, it connects again and says all", reports.counts)
    said = stop(tap, agent, name)
    tap.equal(said.count("lost") + said.count("connected"), 2,
              f"{name}: it tells of both, a line each")


def by_serial(tap, where):
    ours, theirs = os.openpty()
    guest = Guest(where)
    agent = guest.agent("--serial", os.ttyname(theirs))
    follows(tap, guest, ours, "serial")
    stop(tap, agent, "serial")


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


def host_that_does_not_read(tap, where):
    """Reports of 200 KiB: a few fill what the kernel keeps for a socket."""
    guest = Guest(where)
    guest.counts = {irq: [10 ** 9, 10 ** 9] for irq in range(45, 4045)}
    guest.write()
    s, address = listener(where)
    agent = guest.agent("--unix", address, delay="0.01")
    c = s.accept()[0]
    time.sleep(1)
    before = rss_kib(agent.pid)
    for _ in range(40):
        for counts in guest.counts.values():
            counts[0] += 11
        guest.write()
        time.sleep(0.02)
    tap.ok(rss_kib(agent.pid) <= before + 256, "a host that does not read: memory does not grow",
           before, rss_kib(agent.pid))
    reports = Reports(c.fileno())
    tap.ok(reports.until(guest), "a host that does not read: later it gets whole reports, and all",
           f"after {reports.seq} reports")
    tap.ok(reports.seq < 20, "a host that does not read: reports were left out meanwhile", reports.seq)
    tap.equal(reports.bad, [], "a host that does not read: no line is torn")
    stop(tap, agent, "a host that does not read")


def large_report(tap, where):
    guest = Guest(where)
    guest.counts = {irq: [10 ** 9, 10 ** 9] for irq in range(45, 4045)}
    guest.write()
    s, address = listener(where)
    agent = guest.agent("--unix", address, delay="60")
    c = s.accept()[0]
    begun = time.monotonic()
    reports = Reports(c.fileno())
    tap.ok(reports.until(guest) and time.monotonic() - begun < 10,
           "a report that is larger than a socket's buffer goes as fast as it is read")
    stop(tap, agent, "a large report")


def host_that_hangs_up(tap, where):
    """As QEMU's end of a virtio-serial port: closed and open again within one delay."""
    guest = Guest(where)
    s, address = listener(where)
    agent = guest.agent("--unix", address, delay="60")
    c = s.accept()[0]
    Reports(c.fileno()).report()
    c.close()
    try:
        c = s.accept()[0]
        tap.ok(Reports(c.fileno()).until(guest), "a hang-up is seen before the next report is due")
    except TimeoutError:
        tap.ok(False, "a hang-up is seen before the next report is due")
    stop(tap, agent, "a host that hangs up")
    agent = guest.agent("--unix", address)
    end, said = time.monotonic() + 6, 0
    s.settimeout(1)
    while time.monotonic() < end:
        try:
            s.accept()[0].close()
            said += 1
        except TimeoutError:
            pass
    err = stop(tap, agent, "a host that hangs up at once")
    tap.ok(1 < said <= 5 and len(err.splitlines()) == 1,
           "a host that hangs up at once is tried ever more seldom, and told of once", said, err)


def offline_cpu(tap, where):
    """An irq begins anew while a CPU that took it is offline: the host must hear of it."""
    guest = Guest(where)
    s, address = listener(where)
    agent = guest.agent("--unix", address)
    c = s.accept()[0]
    reports = Reports(c.fileno())
    reports.until(guest)
    for text in (" CPU0\n 45: 10   ITS-MSI 16384 Edge      nvme0q0\n",
                 " CPU0 CPU1\n 45: 10 1   ITS-MSI 16384 Edge      nvme0q0\n"):
        with open(guest.path + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(guest.path + ".new", guest.path)
        for _ in range(4):
            reports.report()
    tap.equal((reports.counts[45], 45 in reports.anew), ({0: 10, 1: 1}, True),
              "an offline CPU's counts stand; one that is less later begins its row anew")
    stop(tap, agent, "an offline CPU")


def many_possible_cpus(tap, where):
    guest = Guest(where)
    with open(guest.path, "w", encoding="ascii") as f:
        f.write(" CPU0 CPU511\n" + "".join(f"{i}: 1 1 ITS-MSI {i} Edge q\n" for i in range(600)))
    s, address = listener(where)
    agent = guest.agent("--unix", address)
    c = s.accept()[0]
    reports = Reports(c.fileno())
    said = agent.communicate(timeout=PATIENCE_S)[1]
    tap.ok(not reports.report() and not reports.rows,
           "rows times possible CPUs beyond the protocol's: a part is not told as all", reports.rows)
    tap.ok(agent.returncode == 1 and "more MSIs or CPUs" in said and "stay unknown" in said,
           "it ends with 1 and says why", said)


def once(tap, where):
    guest = Guest(where)
    s, address = listener(where)
    agent = guest.agent("--unix", address, "--once")
    c = s.accept()[0]
    reports = Reports(c.fileno())
    tap.ok(reports.until(guest) and not reports.report(), "--once: one report, and the end",
           reports.counts)
    tap.equal(agent.wait(PATIENCE_S), 0, "--once: it ends with 0")
    guest.counts = {irq: [10 ** 9, 10 ** 9] for irq in range(45, 4045)}
    guest.write()
    stuck = guest.agent("--unix", address, "--once")
    c = s.accept()[0]
    time.sleep(0.5)
    tap.equal(stop(tap, stuck, "--once, and nobody reads"), "", "--once: a signal is no complaint")
    os.unlink(address)
    alone = subprocess.run([NATIVE, "--unix", address, "--once"], capture_output=True, text=True,
                           check=False)
    tap.ok(alone.returncode == 1 and address in alone.stderr,
           "--once: with nobody there it ends with 1 and says where", alone.stderr)


def usage(tap):
    for args, words in ((("--unix", "a", "--tcp", "b:1"), "only one of"), (("--vsock", "x"), "--vsock"),
                        (("--tcp", "127.0.0.1"), "--tcp"), (("--tcp", "localhost:1"), "localhost:1"),
                        (("--unix", "x" * 108), "--unix"), (("--unix", ""), "--unix"), (("-d", "0"), "-d"), (("x",), "no option"),
                        (("--nonsense",), "--help")):
        try:
            done = subprocess.run([NATIVE, *args], capture_output=True, text=True, check=False,
                                  timeout=3)
        except subprocess.TimeoutExpired:
            tap.ok(False, f"{' '.join(args)} is wrong usage", "it runs")
            continue
        tap.ok(done.returncode == 2 and words in done.stderr and not done.stdout,
               f"{' '.join(args)} is wrong usage", done.stderr)
    done = subprocess.run([NATIVE, "--unix", "/nonexistent", "--interrupts", "/nonexistent", "--once"],
                          capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 1 and "/nonexistent" in done.stderr, "what fails is named", done.stderr)


def binaries(tap):
    for path in (NATIVE, ARM64):
        if not os.path.exists(path):
            tap.skip(f"{os.path.relpath(path, TOP)} is static", "it is not built (make arm64)")
            continue
        kind = subprocess.run(["file", path], capture_output=True, text=True, check=False).stdout
        size = os.path.getsize(path)
        tap.ok("statically linked" in kind or "static-pie" in kind,
               f"{os.path.relpath(path, TOP)} is static", kind)
        tap.ok(size < MAX_BYTES, f"and has less than {MAX_BYTES:,} bytes", size)


def main():
    tap = Tap("agent")
    binaries(tap)
    usage(tap)
    for scene in (lambda t, w: by_socket(t, w, False), lambda t, w: by_socket(t, w, True), by_serial,
                  host_that_does_not_read, large_report, host_that_hangs_up, offline_cpu,
                  many_possible_cpus, once):
        with tempfile.TemporaryDirectory(prefix="gicv4top-agent.") as where:
            scene(tap, where)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
