#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The program as its users call it: help, refusals, exit codes, streams (TAP).

It runs the native build/native/gicv4top, as whoever calls this, and asks nothing
of the host. An option is tried together with --help behind it: the options
before are parsed first, so "exit 0" means that they were accepted.
"""
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

PROGRAM = ROOT / "build/native/gicv4top"
COMMANDS = ("top", "hist", "record", "replay", "report", "check", "guest-agent")
SOURCES = {"guest-agent": "agent/agent.c"}     # where its options are
ARM64 = platform.machine() == "aarch64"

# COMMAND, arguments, what stderr must name
BAD = [
    ("top", ["--nosuch"], "--nosuch"),
    ("top", ["-Z"], "Z"),
    ("top", ["operand"], "operand"),
    ("top", ["-b", "operand"], "operand"),
    ("top", ["--json=1"], "--json"),
    ("top", ["--csv=1"], "--csv"),
    ("top", ["--batch=1"], "--batch"),
    ("top", ["--detail=1"], "--detail"),
    ("top", ["-o", "pid,nosuch"], "nosuch"),
    ("top", ["-o", ""], "-o"),
    ("top", ["-o", "pid,"], "-o"),
    ("top", ["-o", "pid,pid " * 9], "-o"),
    ("top", ["-s", "nosuch"], "nosuch"),
    ("top", ["-s", ""], "-s"),
    ("top", ["-s", "pid,db"], "pid,db"),
    ("top", ["-s", "help"], "help"),
    ("top", ["--backend", "nosuch"], "nosuch"),
    ("top", ["--backend", ""], "--backend"),
    ("top", ["--backend", "event"], "event"),
    ("top", ["--direct-source", "nosuch"], "nosuch"),
    ("top", ["--direct-source", ""], "--direct-source"),
    ("top", ["--direct-event", "x"], "--direct-event"),
    ("top", ["--direct-event", "0"], "--direct-event"),
    ("top", ["--direct-event", "0x100000000"], "--direct-event"),
    ("top", ["--agents", "nosuch"], "nosuch"),
    ("top", ["--agents", "tcp:127.0.0.1:1"], "tcp:127.0.0.1:1"),
    ("top", ["--agents", ""], "--agents"),
    ("guest-agent", ["--unix", "x", "--serial", "y"], "--unix"),
    ("guest-agent", ["--vsock", "x:1"], "x:1"),
    ("guest-agent", ["--tcp", "127.0.0.1"], "127.0.0.1"),
    ("guest-agent", ["-d", "0.001"], "0.001"),
    ("guest-agent", ["operand"], "operand"),
    ("hist", ["--nosuch"], "--nosuch"),
    ("hist", ["operand"], "operand"),
    ("hist", ["--which", "nosuch"], "nosuch"),
    ("hist", ["--which", ""], "--which"),
    ("hist", ["--which", "doorbell,"], "--which"),
    ("hist", ["--which", "doorbell,,map"], "--which"),
    ("hist", ["--which", "Doorbell"], "Doorbell"),
    ("hist", ["--delta=1"], "--delta"),
    ("hist", ["--backend", "nosuch"], "nosuch"),
    ("hist", ["-d", "x"], "-d"),
    ("hist", ["-n", "0"], "-n"),
    ("top", ["-i", "x", "--maps", "64,1024,4096"], "--maps"),
    ("top", ["-i", "x", "--backend", "kprobe"], "--backend"),
    ("top", ["--agents", "vsock", "-i", "x"], "--agents"),
    ("top", ["--direct-event", "0x86", "-i", "x"], "--direct-event"),
    ("hist", ["-i", "x", "--backend", "kprobe"], "--backend"),
    ("hist", ["-i", "x", "--maps", "64,1024,4096"], "--maps"),
    ("report", ["-i", "x", "-i", "y", "--perfetto", "z"], "--perfetto"),
    ("report", ["--diff", "x", "y", "--hdr", "z"], "--hdr"),
    ("report", ["x"], "\"x\""),
    ("report", ["-i", "x", "y"], "\"y\""),
    ("report", ["--nosuch"], "--nosuch"),
    ("report", ["-d", "1"], "d"),
    ("report", ["--json=1"], "--json"),
    ("report", ["--diff=1"], "--diff"),
    ("report", ["--diff"], "A B"),
    ("report", ["--diff", "x"], "A B"),
    ("report", ["--diff", "x", "y", "z"], "A B"),
    ("report", ["--diff", "-i", "x", "y", "z"], "A B"),
    ("report", ["--diff", "--csv", "hist", "x", "y"], "--diff and --csv"),
    ("report", ["--which", "nosuch"], "nosuch"),
    ("report", ["--which", ""], "--which"),
    *(("report", ["--csv", bad], f"--csv: \"{bad}\"") for bad in ("", "x", "Summary", "hist,worst")),
    *(("report", [option, bad], f"{option}: \"{bad}\"") for option in ("--from", "--to") for bad in
      ("", "x", "-1", "1x", "1m1m", "24:00", "2026-11-24", "2026-02-30 12:00", "12:00:00Zx")),
    *(("report", ["--interval", bad], f"--interval: \"{bad}\"") for bad in ("", "x", "0", "-1")),
    *(("report", ["--worst", bad], f"--worst: \"{bad}\"") for bad in ("", "x", "-1", "1001", "1.5")),
    ("replay", [], "-i FILE"),
    ("replay", ["--json"], "-i FILE"),
    ("replay", ["x"], "\"x\""),
    ("replay", ["-i", "x", "y"], "\"y\""),
    ("replay", ["--nosuch"], "--nosuch"),
    ("replay", ["--backend", "auto"], "--backend"),
    ("replay", ["--maps", "64,1024,4096"], "--maps"),
    ("replay", ["--agents", "vsock"], "--agents"),
    ("replay", ["--json=1"], "--json"),
    ("replay", ["-s", "nosuch"], "nosuch"),
    ("replay", ["-o", "pid,nosuch"], "nosuch"),
    ("replay", ["-d", "x"], "-d"),
    ("replay", ["-n", "0"], "-n"),
    *(("replay", ["--speed", bad], f"--speed: \"{bad}\"") for bad in
      ("", "x", "0", "-1", "+1", "1x", "0.0001", "1e9", "1000001", "nan", "inf", "1,5")),
    *(("replay", ["--at", bad], f"--at: \"{bad}\"") for bad in
      ("", "x", "-1", "+1", "1x", "24:00:00", "12:60", "12:00:60", "12:", "1.2.3", "nan", "1e3")),
    ("record", ["--nosuch"], "--nosuch"),
    ("record", ["-d", "x"], "-d"),
    ("record", ["-d", "0"], "-d"),
    ("record", ["--max-size", "0"], "--max-size"),
    ("record", ["--max-size", "1T"], "1T"),
    ("record", ["--max-size", "M"], "--max-size"),
    ("record", ["--max-size", "99999999999G"], "--max-size"),
    ("record", ["--buffer", "-1"], "--buffer"),
    ("record", ["--rotate", "0", "--max-size", "1M"], "--rotate"),
    ("record", ["--rotate", "3"], "--max-size"),
    ("record", ["--rotate", "3", "--max-size", "1M", "-o", "-"], "--rotate"),
    ("record", ["--events", "nosuch"], "nosuch"),
    ("record", ["--events", "sleep,"], "--events"),
    ("record", ["--events", ""], "--events"),
    ("record", ["--backend", "nosuch"], "nosuch"),
    ("record", ["--agents", "nosuch"], "nosuch"),
    ("check", ["--nosuch"], "--nosuch"),
    ("check", ["-Z"], "Z"),
    ("check", ["operand"], "operand"),
    ("check", ["--json=1"], "--json"),
    ("check", ["--backend"], "--backend"),
    ("check", ["--backend", "nosuch"], "nosuch"),
    ("check", ["--backend", "fentry "], "fentry "),
    ("check", ["-b"], "b"),
]
# option, what it must refuse; it is named whichever name it was called by
BAD_VALUES = {
    ("-d", "--delay"): ["", "x", "10x", "1 ", " 1", "0", "0.0001", "-1", "+1", "nan", "inf",
                        "1e400", "1000001", "1,5", "1.2.3", "0x10", "1s"],
    ("-n", "--count"): ["", "x", "10x", "1 ", " 1", "0", "-1", "+1", "1.5", "1e3", "0x",
                        "18446744073709551616"],
    ("-p", "--pid"): ["", "x", "10x", "1 ", " 1", "0", "-1", "+1", "4294967296", "1,2"],
    ("--vcpu",): ["", "x", "10x", "1 ", " 1", "-1", "+1", "4294967296", "0,1"],
    ("--maps",): ["", "x", "64", "64,1024", "64,1024,4096x", "64,1024,4096 ", "64,1024,4096,1",
                  "0,1024,4096", "64,0,4096", "64,1024,0", "-1,1024,4096", "65537,1024,4096",
                  "64,65537,4096", "64,1024,1048577", "64;1024;4096", "64,,4096",
                  "4294967360,1024,4096", "-4294967232,1024,4096", " 64,1024,4096",
                  "+64,1024,4096", "64, 1024,4096"],
}
GOOD = {
    "top": [["-b"], ["-d", "0.5"], ["-d", "0.001"], ["-d", "1000000"], ["-n", "1"],
            ["-n", "0x10"], ["-p", "1"], ["-g", "name"], ["-g", "-odd"], ["--vcpu", "0"],
            ["-s", "db"], ["-o", "pid,name,res"], ["--json"], ["--csv"], ["--detail"],
            ["--backend", "fentry"], ["--backend", "kprobe"], ["--backend", "tracepoint"],
            ["--backend", "auto"], ["--maps", "64,1024,4096"], ["--maps", "65536,65536,1048576"],
            ["--direct-source", "none"], ["--direct-source", "kernel"],
            ["--agents", "unix:/x", "--agents", "web=tcp:127.0.0.1:1"], ["--agents", "vsock:1"],
            ["-v"], ["-bvd1", "-n1"], ["--delay=2"], ["-b", "-b"]],
    "hist": [["-d", "0.5"], ["-n", "3"], ["-p", "1"], ["-g", "x"], ["--vcpu", "0"], ["--json"],
             ["--csv"], ["--per-vpe"], ["--delta"], ["--which", "doorbell,map"],
             ["--which", "dirty"], ["--backend", "kprobe"], ["--maps", "64,1024,4096"]],
    "replay": [["-i", "x"], ["-b"], ["--speed", "2"], ["--speed", "0.001"], ["--speed", "1000000"],
               ["--at", "0"], ["--at", "90.5"], ["--at", "23:59:59"], ["--at", "7:05"],
               ["--at", "1m30s"], ["--at", "2026-11-24 03:15"], ["-bd0.1", "-n1"], ["--detail", "--json"], ["--csv", "-s", "db", "-o", "pid,name"],
               ["-p", "1"], ["-g", "x"], ["--vcpu", "0"], ["-v"]],
    "record": [["-o", "x"], ["-o", "-"], ["--force"], ["-d", "0.5"], ["--max-size", "1"],
               ["--max-size", "500M"], ["--max-size", "2G", "--rotate", "10"], ["-p", "1"],
               ["-g", "x"], ["--vcpu", "0"], ["--events", "all"], ["--events", "none"],
               ["--events", "entry,sleep,moves,pending,dirty,sw-lpis"], ["--buffer", "64K"],
               ["--backend", "kprobe"], ["--backend", "bpf"], ["--backend", "ftrace"],
               ["--agents", "vsock"], ["--maps", "64,1024,4096"]],
    "report": [["-i", "x"], ["-i", "x", "-i", "-"], ["--diff", "x", "y"], ["--from", "0"],
               ["--from", "1m30s", "--to", "2m"], ["--from", "7:05", "--to", "23:59:59.5"],
               ["--from", "2026-11-24 03:15"], ["--from", "2026-11-24T03:15:00+01:00"],
               ["--csv", "worst"], ["--csv", "timeline", "--interval", "0.001"], ["--worst", "0"],
               ["--worst", "1000"], ["--which", "doorbell,map"], ["--per-vpe", "--json"],
               ["-p", "1", "-g", "x", "--vcpu", "0"], ["-v"]],
    "guest-agent": [["--vsock", "5:9436"], ["--tcp", "[::1]:1"], ["--once"], ["-d", "0.5"]],
    "check": [["--json"], ["--backend", "fentry"], ["--backend", "kprobe"], ["-v"]],
}
WITH_VALUE = {"--perfetto": "x", "--hdr": "x", "--record": "x", "--output": "x", "--duration": "1", "--max-size": "1M", "--rotate": "2",
              "--events": "all", "--buffer": "1M", "-d": "1", "-n": "1", "-p": "1", "-g": "x", "-s": "pid", "-o": "pid",
              "--delay": "1", "--count": "1", "--pid": "1", "--guest": "x", "--vcpu": "1",
              "--sort": "pid", "--columns": "pid", "--backend": "auto",
              "--maps": "64,1024,4096", "--which": "doorbell", "--direct-source": "pmu",
              "--direct-event": "0x86", "--agents": "vsock", "--vsock": "host:1", "--serial": "x",
              "-i": "x", "--input": "x", "--speed": "2", "--at": "1:00", "--from": "1:00",
              "--to": "90", "--interval": "1", "--worst": "3", "--csv": "hist", "--unix": "x", "--tcp": "127.0.0.1:1", "--interrupts": "x"}


class Run:
    """One call of the program, with what it said."""

    def __init__(self, *args, stdout=subprocess.PIPE):
        self.args = args
        done = subprocess.run([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=stdout,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        self.rc = done.returncode
        self.out = (done.stdout or b"").decode()
        self.err = done.stderr.decode()

    def __str__(self):
        return f"gicv4top {' '.join(map(repr, self.args))}: exit {self.rc}\n" \
               f"stdout: {self.out!r}\nstderr: {self.err!r}"

    def unless(self, *conditions):
        """This call, as offender, unless all is as it should be."""
        return [] if all(conditions) else [self]


def refused(run, named):
    lines = run.err.splitlines()
    return run.unless(run.rc == 2, not run.out, named in run.err, 0 < len(lines) <= 2,
                      "--help" in run.err, "\x1b" not in run.err)


def helped(run, usage):
    return run.unless(run.rc == 0, not run.err, run.out.startswith("Usage: " + usage),
                      run.out.endswith("\n"), "\t" not in run.out, "\x1b" not in run.out,
                      all(len(line) <= 96 for line in run.out.splitlines()))


def help_and_version(tap):
    for args in (["--help"], ["-h"], ["help"]):
        run = Run(*args)
        tap.result(f"gicv4top {args[0]} prints help on stdout", helped(run, "gicv4top "))
    tap.result("help lists every command of the program's table",
               [name for name in re.findall(r'^\t\{ "([\w-]+)", cmd_', source("main.c"), re.M)
                if not re.search(rf"^  {name} ", run.out, re.M)])
    for command in COMMANDS:
        for option in ("--help", "-h"):
            tap.result(f"gicv4top {command} {option} prints help on stdout",
                       helped(Run(command, option), "gicv4top "))
        tap.result(f"gicv4top {command} --help names the exit codes",
                   Run(command, "--help").unless("Exit: 0" in Run(command, "--help").out))
    tap.result("options alone mean top", helped(Run("-b", "--help"), "gicv4top [top] "))
    version = re.search(r"^VERSION := (\S+)", (ROOT / "Makefile").read_text(), re.M)[1]
    run = Run("--version")
    tap.result("--version prints version and licence",
               run.unless(run.rc == 0, not run.err, run.out == f"gicv4top {version}\nGPL-2.0\n"))


def source(name):
    return (ROOT / "src" / name).read_text()


def help_options(command):
    """{option: takes a value} from the lines of --help; short and long ones."""
    found = {}
    for line in Run(command, "--help").out.splitlines():
        match = re.match(r"^ +((?:-\w, )?--[\w-]+|-\w)( [A-Z][A-Z,:]*)?(?: |$)", line)
        for option in match[1].split(", ") if match else []:
            found[option] = bool(match[2])
    return found


def options_and_help(tap):
    for command in COMMANDS:
        told = help_options(command)
        code = source(SOURCES.get(command, f"cmd_{command}.c"))
        shared = "".join(source(name) for name in ("options.h", "top_view.h", "direct_options.h"))
        for _ in range(2):      # one macro may have another in it
            code = re.sub(r"\b[A-Z_]+_(?:LONG(?:_VIEW)?|SHORT)\b(?:\(\w+\))?", lambda found:
                          re.search(rf"#define {re.match('[A-Z_]+', found[0])[0]}(?:\(\w+\))?\s+"
                                    r"((?:.*\\\n)*.*)", shared)[1], code)
        known = {"--" + name: value == "required" for name, value in
                 re.findall(r'\{ "([\w-]+)", (no|required)_argument', code)}
        letters = "".join(re.findall(r'"\+?([\w:]*)"', re.search(r'getopt_long\(argc, argv, ([^,]*),',
                                                              code)[1]))
        known.update({"-" + letter: bool(colon) for letter, colon in
                      re.findall(r"(\w)(:?)", letters)})
        tap.result(f"{command}: --help tells the options that the program takes, and no others",
                   [f"--help: {told}\nprogram: {known}"] if not told or told != known else [])
        for option, value in told.items():
            args = [option] + ([WITH_VALUE[option]] if value else [])
            run = Run(command, *args, "--help")
            tap.result(f"{command} takes {' '.join(args)}", run.unless(run.rc == 0, not run.err))
            if value:
                tap.result(f"{command} {option} without a value is refused",
                           refused(Run(command, option), option.lstrip("-")))
        for args in GOOD[command]:
            run = Run(command, *args, "--help")
            tap.result(f"{command} takes {' '.join(args)}", run.unless(run.rc == 0, not run.err))


def refusals(tap):
    for name in ("nosuch", "", "Top", "tops", "chec", "top "):
        run = Run(name)
        tap.result(f"the command \"{name}\" is refused by name", refused(run, f'"{name}"'))
    for command, args, named in BAD:
        tap.result(f"{command} {' '.join(args)} is refused and named",
                   refused(Run(command, *args), named))
    for names, values in BAD_VALUES.items():
        for value in values:
            tap.result(f"{names[0]} \"{value}\" is refused and both are named",
                       refused(Run("top", names[0], value, "--help"), f'{names[0]}: "{value}"'))
        if len(names) > 1:
            tap.result(f"{names[1]} refuses what {names[0]} does",
                       refused(Run("top", f"{names[1]}={values[1]}", "--help"), f'"{values[1]}"'))
    run = Run("-n", "0x", "--json")
    tap.result("a bad option without a command is refused", refused(run, "-n"))
    run = Run("-o", ",".join(["pid"] * 33))
    tap.result("a list of too many columns is refused as too long",
               refused(run, "32") if 'no column "pid"' not in run.err else [run])


def column_help(tap):
    run = Run("top", "-o", "help")
    keys = re.findall(r"^  (\w+) ", run.out, re.M)
    tap.result("-o help lists columns on stdout", run.unless(run.rc == 0, not run.err,
                                                             "pid" in keys, len(keys) >= 18))
    run = Run("top", "-o", ",".join(keys), "--help")
    tap.result("-o takes every column that -o help lists", run.unless(run.rc == 0))
    tap.result("-s takes every column that -o help lists",
               [r for r in (Run("top", "-s", key, "--help") for key in keys) if r.rc])


def full_streams(tap):
    calls = [["--help"], ["--version"], ["top", "--help"], ["top", "-o", "help"],
             ["check", "--help"], ["check"], ["check", "--json"]]
    for args in calls:
        with open("/dev/full", "wb") as full:
            run = Run(*args, stdout=full)
        tap.result(f"gicv4top {' '.join(args)} says that standard output is full, and fails",
                   run.unless(run.rc == 1, "No space left" in run.err))
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = Run("--help", stdout=write_end)
    os.close(write_end)
    tap.result("a closed pipe is no success", run.unless(run.rc != 0))


def wrong_machine(tap):
    for args in ([], ["top"], ["-b"], ["top", "-b", "-n", "1", "--json"], ["top", "--csv"]):
        name = f"gicv4top {' '.join(args)} says in one line that this machine cannot"
        if ARM64:
            tap.skip(name, "this machine is arm64")
            continue
        run = Run(*args)
        tap.result(name, run.unless(run.rc == 1, not run.out, len(run.err.splitlines()) == 1,
                                    run.err.startswith("gicv4top: "), platform.machine() in run.err,
                                    "arm64 hosts only" in run.err))


def record_files(tap):
    """Refusals before anything is attached, and what an attempt that fails leaves."""
    def record(*args):
        return Run("record", "-d", "0.1", *map(str, args))

    with tempfile.TemporaryDirectory() as name:
        where = pathlib.Path(name)
        old, link, fifo = where / "old", where / "link", where / "fifo"
        old.write_text("old")
        run = record("-o", old)
        tap.result("record leaves a file that is there, and says so first",
                   run.unless(run.rc == 1, "already" in run.err, old.read_text() == "old"))
        link.symlink_to("/dev/stdout")
        os.mkfifo(fifo)
        (where / "turned.1").write_text("old")
        for args, named in ((["-o", where], "is a directory"), (["-o", link], "symbolic link"),
                            (["-o", fifo, "--rotate", "2", "--max-size", "1M"], "--rotate")):
            run = record("--force", *args)
            tap.result(f"record --force replaces files alone: {named}",
                       run.unless(run.rc == 1, named in run.err, "--force" not in run.err,
                                  link.is_symlink(), fifo.is_fifo()))
        run = record("-o", where / "turned", "--rotate", "2", "--max-size", "1M")
        tap.result("record names the file of an earlier rotation that is in the way",
                   run.unless(run.rc == 1, f"{where}/turned.1 is there" in run.err))
        if ARM64:
            tap.skip("record --force that cannot attach leaves the old file", "it may attach")
            return
        before = sorted(where.iterdir())
        for args in ([old], [where / "turned", "--rotate", "2", "--max-size", "1M"],
                     [where / "new"]):
            run = record("--force", "-o", *args)
            tap.result(f"record --force that cannot attach leaves all: {args[0].name}",
                       run.unless(run.rc == 1, old.read_text() == "old",
                                  sorted(where.iterdir()) == before))


def check_command(tap):
    text = Run("check")
    data = Run("check", "--json")
    lines = text.out.splitlines()
    shape = r"(ok   |note |FAIL ) \S.{23} \S.*"
    tap.result("check prints a verdict a line, and a sentence at the end",
               [repr(line) for line in lines[:-1] if not re.fullmatch(shape, line)] +
               text.unless(len(lines) > 4, "can" in lines[-1], "\x1b" not in text.out))
    tap.result("check says what to do about each that fails",
               [line for line in lines if line.startswith("FAIL") and ": " not in line])
    failed = sum(line.startswith("FAIL") for line in lines)
    tap.result("check exits 0 only if nothing failed",
               text.unless(text.rc == (1 if failed else 0),
                           ("cannot run" in lines[-1]) == bool(failed),
                           not failed or f": {failed} of these" in lines[-1]))
    if ARM64:
        tap.skip("check fails on another architecture", "this machine is arm64")
    else:
        wanted = ["architecture", "kernel", "BTF", "capabilities", "lockdown", "tracefs"]
        tap.result("check fails on another architecture and still tells the rest",
                   text.unless(text.rc == 1, not text.err,
                               f"FAIL  architecture             {platform.machine()}: "
                               in text.out,
                               [line[6:30].strip() for line in lines[:-1]] == wanted))
    try:
        root = json.loads(data.out)
        bad = [c for c in root["checks"]
               if set(c) != {"check", "verdict", "found", "advice"} or
               c["verdict"] not in ("ok", "note", "fail") or
               (c["verdict"] == "fail" and not c["advice"])]
        nr_fails = sum(c["verdict"] == "fail" for c in root["checks"])
        same = [c["check"] for c in root["checks"]] == [line[6:30].strip() for line in lines[:-1]]
        tap.result("check --json is one object that says the same",
                   bad + data.unless(root["schema"] == 1, root["can_run"] is (nr_fails == 0),
                                     data.rc == text.rc, nr_fails == failed, same,
                                     data.out.count("\n") == 1))
    except (ValueError, KeyError) as error:
        tap.result("check --json is one object that says the same", [error, data])


def main():
    if not PROGRAM.exists():
        print(f"Bail out! {PROGRAM} is not built: make builds it")
        return 1
    os.environ["LC_ALL"] = "C"
    tap = Tap()
    help_and_version(tap)
    options_and_help(tap)
    refusals(tap)
    column_help(tap)
    full_streams(tap)
    wrong_machine(tap)
    record_files(tap)
    check_command(tap)
    return tap.done()


sys.exit(main())
