#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_moves.py KERNEL

vPEs that move between CPUs: gicv4top's moves against the VMOVP commands that
ftrace saw independently.
"""
import re
import sys

from lablib import Boot, Tap, at, doorbell_sum, no_trouble_in, nothing_lost, vpes


def main(kernel):
    tap = Tap(f"moves, {kernel}")
    boot = Boot(kernel, "moves.sh", "--edu", "4")
    if not boot.require(tap):
        return tap.done()
    quiet = at(boot.lines("top.jsonl"), float(boot.read("quiet.uptime")))
    overrun = sum(int(n) for n in re.findall(r"overrun: (\d+)", boot.read("trace_stats")))
    tap.equal(overrun, 0, "ftrace itself lost nothing")
    vmovps = int(boot.read("vmovps"))
    tap.ok(vmovps >= 100, "the vPEs were moved often", f"{vmovps} VMOVPs")
    tap.equal(quiet["vms"][0]["moves"], vmovps, "moves equal the VMOVPs that ftrace saw")
    rows = boot.interrupts("quiet.interrupts").doorbells()
    tap.equal({v["doorbell_irq"]: doorbell_sum(v) for v in vpes(quiet)}, rows,
              "doorbells that move between CPUs equal their GICv4-vpe rows")
    for vpe in vpes(quiet):
        tap.equal((vpe["illegal"], vpe["loads"] - vpe["puts"]), (0, vpe["state"] == "resident"),
                  f"vCPU {vpe['vcpu']}: loads and puts alternate across CPUs")
        states = vpe["resident_ns"] + vpe["blocked_ns"] + vpe["preempted_ns"]
        tap.ok(abs(states - vpe["wall_ns"]) <= vpe["wall_ns"] / 1000,
               f"vCPU {vpe['vcpu']}: its times are wall time within 0.1 %", vpe)
    nothing_lost(tap, quiet)
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
