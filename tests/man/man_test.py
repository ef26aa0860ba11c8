#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Man pages and the bash completion, held against what the program says of itself (TAP)."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

PROGRAM = ROOT / "build/native/gicv4top"
COMPLETION = ROOT / "completions/gicv4top"


def said(*args):
    return subprocess.run([PROGRAM, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True).stdout


def squeeze(text):
    return " ".join(text.split())


def page(name):
    """Section -> its paragraphs, rendered wide, each on one line of single blanks."""
    text = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=400", ROOT / f"man/{name}.1"],
                          capture_output=True, text=True, check=True).stdout
    text = re.sub(".\b", "", text)
    sections, title = {}, None
    for line in text.splitlines():
        if re.match(r"[A-Z][A-Z0-9 ]+$", line):
            title = line
            sections[title] = [""]
        elif title and not line.strip():
            sections[title].append("")
        elif title:
            sections[title][-1] += " " + line
    return {title: [squeeze(p) for p in texts if p.strip()] for title, texts in sections.items()}


def help_entries(text):
    """What a help text lists: "-d, --delay SECS time between ..." each."""
    entries = []
    for line in text.splitlines():
        if re.match(r" {2}\S| {6}--", line):
            entries.append(line)
        elif re.match(r" {10,}\S", line) and entries:
            entries[-1] += " " + line
    return [squeeze(entry) for entry in entries]


def usage(text):
    return squeeze(re.search(r"^Usage: (.*)$", text, re.M)[1])


def exits(text):
    """{status: meaning} of a help text's last line."""
    found = re.search(r"^Exit: (.*?)\.$", text, re.M)[1]
    return dict(part.split(" ", 1) for part in found.split(", "))


def missing(wanted, paragraphs):
    """Entries that begin no paragraph; and paragraphs of options that no help knows."""
    bad = [f"not in the page: {w}" for w in wanted
           if not any(p == w or p.startswith(w) and not p[len(w)].isalnum() for p in paragraphs)]
    return bad + [f"not in the help: {p}" for p in paragraphs if p.startswith("-") and
                  not any(p.startswith(w) for w in wanted)]


def columns(text):
    """The table of columns in a source file, as the page lists them."""
    found = re.findall(r'\{ "(\w+)", "([^"]+)", -?\d+, (true|false), \d+,\s*"((?:[^"\\]|\\.)*)"', text)
    return [f"{key} ({head}) {meaning}" + ("" if default == "true" else " (not by default)")
            for key, head, default, meaning in found]


def keys():
    """The table of the live view's help screen, up to its words."""
    text = (ROOT / "src/ui_help.c").read_text().split('"Words"')[0]
    return re.findall(r'\{ "([^"]*)", "((?:[^"\\]|\\.)*)" \}', text)


def replay_keys():
    """The table of a recording's keys, in the view's help screen."""
    text = (ROOT / "src/ui_replay.c").read_text()
    return re.findall(r'\{ "([^"]*)", "((?:[^"\\]|\\.)*)" \}', text)


def check_command(tap, command):
    text, man = said(command, "--help"), page(f"gicv4top-{command}")
    tap.equal(man["SYNOPSIS"], [usage(text)], f"gicv4top-{command}(1): synopsis equals --help")
    tap.result(f"gicv4top-{command}(1): options equal --help",
               missing(help_entries(text), man["OPTIONS"]))
    if command == "check":      # said in other words
        tap.equal([p[0] for p in man["EXIT STATUS"]], ["0", "1", "2"],
                  "gicv4top-check(1): exit statuses")
    else:
        tap.equal(dict(p.split(" ", 1) for p in man["EXIT STATUS"]), exits(text),
                  f"gicv4top-{command}(1): exit statuses equal --help")


def check_pages(tap, commands):
    pages = sorted((ROOT / "man").glob("*.1"), key=lambda p: p.stem)
    tap.equal([p.stem for p in pages], sorted(["gicv4top"] + [f"gicv4top-{c}" for c in commands]),
              "there is a page for gicv4top and for each command")
    for path in pages + sorted((ROOT / "man").glob("*.5")):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True,
                              text=True, check=False)
        tap.result(f"{path.name}: mandoc finds nothing", done.stdout.splitlines())
        done = subprocess.run(["groff", "-mdoc", "-Tascii", "-ww", "-z", path], capture_output=True,
                              text=True, check=False)
        tap.result(f"{path.name}: groff finds nothing", done.stderr.splitlines())
    text, man = said("--help"), page("gicv4top")
    tap.equal(man["SYNOPSIS"], [usage(text)], "gicv4top(1): synopsis equals --help")
    tap.result("gicv4top(1): commands and options equal --help",
               missing(help_entries(text), [re.sub(r": gicv4top-.*", "", p)
                                            for p in man["COMMANDS"]] + man["OPTIONS"]))
    for command in commands:
        check_command(tap, command)


def check_tables(tap):
    top, hist = page("gicv4top-top"), page("gicv4top-hist")
    listed = [re.sub(r"^(\S+) (\S+)", r"\1 (\2)", squeeze(line))
              for line in said("top", "-o", "help").splitlines()]
    tap.ok(len(listed) > 20, "-o help lists columns")
    for name, wanted in (("VMS", listed),
                         ("VPES", columns((ROOT / "src/columns_vpe.c").read_text())),
                         ("LPIS", columns((ROOT / "src/columns_vlpi.c").read_text()))):
        found = [p for p in top[f"COLUMNS OF {name}"] if not p.startswith("These are")]
        tap.equal(found, wanted, f"gicv4top-top(1): columns of {name} are those of the program")
    shown = [p for p in top["KEYS"] if p not in ("Moving", "What is shown", "When", "Else")]
    shown = [re.sub(r"^(Moving|What is shown|When|Else) ", "", p) for p in shown]
    tap.equal(shown, [f"{key} {does}" for key, does in keys()],
              "gicv4top-top(1): keys are those of the view's help screen")
    shown = [p for p in page("gicv4top-replay")["KEYS"]
             if not p.startswith(("These are", "A reset holds"))]
    tap.equal(shown, [f"{key} {does}" for key, does in replay_keys()],
              "gicv4top-replay(1): keys are those of the view's help screen")
    wanted = [squeeze(line) for line in said("hist", "--which", "help").splitlines()]
    tap.equal([w for w, p in zip(wanted, hist["HISTOGRAMS"]) if not p.startswith(w)], [],
              "gicv4top-hist(1): histograms are those of --which help")
    tap.equal(len(hist["HISTOGRAMS"]), len(wanted), "gicv4top-hist(1): and no others")


def complete(*words):
    """What bash offers for the last of `words`."""
    script = """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _gicv4top "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}" """
    done = subprocess.run(["bash", "-uc", script, "bash", COMPLETION, PROGRAM, *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout.split(), done.stderr


def options_of(text):
    return sorted(option for entry in help_entries(text) if entry.startswith("-")
                  for option in re.findall(r"^(-\w), |(--[a-z-]+)", entry)[:2]
                  for option in option if option)


def check_completion(tap, commands):
    tap.equal(complete(""), (commands, ""), "completion: the commands")
    tap.equal(complete("ch"), (["check"], ""), "completion: a command that was begun")
    for command in commands:
        got, err = complete(command, "-")
        tap.equal((sorted(got), err), (options_of(said(command, "--help")), ""),
                  f"completion: options of {command} are those of --help")
    got, err = complete("-")
    tap.equal((sorted(got), err), (options_of(said("top", "--help")), ""),
              "completion: options alone are those of top")
    tap.equal(complete("hist", "--per"), (["--per-vpe"], ""), "completion: an option begun")
    sort_keys = [line.split()[0] for line in said("top", "-o", "help").splitlines()]
    tap.equal(complete("top", "-s", ""), (sort_keys, ""), "completion: columns to sort by")
    tap.equal(complete("-o", "name,f"), (["name,fwd"], ""), "completion: the next column of a list")
    tap.equal(complete("hist", "--which", "doorbell,res"), (["doorbell,residency"], ""),
              "completion: the next histogram of a list")
    tap.equal(complete("check", "--backend", "k"), (["kprobe"], ""), "completion: backends")
    tap.equal(complete("replay", "--at", ""), ([], ""), "completion: nothing for a time")
    tap.equal(complete("replay", "-i", str(ROOT / "Makef")), ([str(ROOT / "Makefile")], ""),
              "completion: files to replay")
    tap.equal(complete("report", "--csv", "s"), (["summary"], ""), "completion: tables of report")
    tap.equal(complete("report", "--from", ""), ([], ""), "completion: nothing for a window")
    tap.equal(complete("top", "-d", ""), ([], ""), "completion: nothing for a number")


def main():
    tap = Tap()
    commands = re.findall(r"^  ([a-z-]+) ", said("--help"), re.M)
    check_pages(tap, commands)
    check_tables(tap)
    check_completion(tap, commands)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
