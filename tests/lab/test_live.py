#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_live.py KERNEL

The live view on the emulated host, in a terminal of this machine (tmux): two VMs
with known loads, keys, a resize, figures against the kernel's own counts, and a VM
that ends while it is open.
"""
import os
import sys

from lablib import L1, LAB, Out, Tap, doorbell_sum, vpes
from terminal import Terminal

BOOT_S = 120
MSIS = 600


def compare(tap, out):
    """The view's own figures, as its w key wrote them, against the kernel's rows."""
    view = out.json("view.json")
    rows = out.interrupts("quiet.interrupts").doorbells()
    for vm in view["vms"]:
        for vpe in vm["vpes"]:
            tap.equal(doorbell_sum(vpe), rows.get(vpe["doorbell_irq"]),
                      f"VM {vm['name']} vCPU {vpe['vcpu']}: doorbells equal its GICv4-vpe row")
            ids = [v["host_irq"] for v in vpe["vlpi_list"]]
            tap.ok(all(ids) and len(ids) == vpe["vlpis"],
                   f"VM {vm['name']} vCPU {vpe['vcpu']}: its VLPIs have host irqs", vpe)
    tap.equal(len(vpes(view)), 4, "all four vPEs are in it")
    tap.equal(sum(vm["maps"] + vm["vlpis"] for vm in view["vms"]), 4, "four VLPIs, mapped before")


def use(tap, terminal, out):
    if not terminal.shows(tap, r"VMs: 2 ", "80x24: both VMs are in the list", BOOT_S):
        return
    terminal.shows(tap, r"(?m)^one +\d+ +2 +100\.0", "each by its name, all LPIs forwarded")
    terminal.shows(tap, r"(?m)^gicv4top .*GICv4\.0  hooks \w+ \d+/\d+$", "the header tells the host")
    tap.ok(all(len(line) <= 80 for line in terminal.screen().splitlines()),
           "80x24: no line is longer")
    terminal.keys("Enter")
    terminal.shows(tap, r"VM one \(pid \d+\): 2 vPEs", "Enter opens a VM")
    out.make("start")
    terminal.shows(tap, r"(?m)^ +0 +\w+ .* [1-9][\d.]* +[\d.]+[mu]s$", "doorbells and their latency")
    terminal.keys("x")
    terminal.shows(tap, r"p99\.9[\s\S]*s \.\. .*s +[1-9]\d* +#+", "x: bars of the vPE")
    terminal.resize(200, 50)
    terminal.shows(tap, r"SPUR +DIRECT/s +DBp50", "a resize to 200x50 arrives: all columns")
    terminal.resize(80, 24)
    terminal.shows(tap, r"columns hidden", "and back to 80x24")
    terminal.keys("x", "Enter")
    terminal.shows(tap, r"(?m)^ +\d+ forwarded +\d+ 0000:00:01\.0", "Enter again: its VLPI")
    tap.ok(out.wait("is-quiet", 300), "the load came to its end")
    terminal.keys("w")
    terminal.type("/out/view.json")
    terminal.keys("Enter")
    if terminal.shows(tap, r"wrote /out/view.json", "w writes all figures as JSON"):
        compare(tap, out)
    terminal.keys("Escape", "Escape", "Down", "Enter")
    terminal.shows(tap, r"VM two \(pid \d+\)", "the other VM is opened")
    out.make("end-two")
    terminal.shows(tap, r"VM two \(pid \d+\) has ended", "it ends while open: the view says so")
    terminal.shows(tap, r"VMs: 1 ", "and goes back to the list")
    terminal.keys("q")


def main(kernel):
    tap = Tap(f"live, {kernel}")
    with Terminal(f"{LAB} run --kernel {kernel} --edu 4 --tty --exec {L1}/live.sh "
                  f"--file {L1}/lib.sh --env MSIS={MSIS} --out out --timeout 600") as terminal:
        out = Out(os.path.join(terminal.dir.name, "out"))
        use(tap, terminal, out)
        terminal.shows(tap, r"status 0\n(?s:.*) icanon",
                       "q ends it, the lab ends with 0, and the terminal is as it was")
        tap.equal(out.read("view.status").strip(), "0", "the view's own status is 0")
        tap.equal(out.read("failed"), "", "vlpigen itself found nothing wrong")
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
