#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_wfi.py KERNEL

A guest whose WFI is not trapped: about always resident, no doorbells, and said so.
"""
import sys

from lablib import Boot, Tap, at, doorbell_sum, no_trouble_in, nothing_lost, vpes


def main(kernel):
    tap = Tap(f"wfi, {kernel}")
    boot = Boot(kernel, "wfi.sh", "--edu", "1", "--append", "kvm-arm.wfi_trap_policy=notrap")
    if not boot.require(tap):
        return tap.done()
    top = boot.lines("top.jsonl")
    before, quiet = (at(top, float(boot.read(f"{n}.uptime"))) for n in ("before", "quiet"))
    truth = boot.json("truth.json")
    tap.equal((truth["fired"], truth["taken"]), (400, 400), "400 MSIs were fired and taken")
    old, new = vpes(before)[0], vpes(quiet)[0]
    wall = new["wall_ns"] - old["wall_ns"]
    share = 100 * (new["resident_ns"] - old["resident_ns"]) / wall
    tap.ok(share > 95, "the idle vPE is resident nearly all the time", f"{share:.1f} %")
    rows = sum(boot.interrupts("quiet.interrupts").doorbells().values())
    tap.equal(doorbell_sum(new), rows, "doorbells equal the GICv4-vpe row")
    tap.ok(rows <= 30, "hardly a doorbell rings for 400 MSIs", rows)
    policy = "auto" if kernel == "stock-6.1" else "notrap"
    tap.equal(quiet["host"]["wfi_trap"], policy, "JSON names the WFI policy")
    said = "untrapped while alone on a CPU" if policy == "auto" else "not trapped"
    tap.ok(said in boot.read("text"), "the table says that WFI is not trapped", boot.read("text"))
    tap.ok("WFI policy" in boot.read("check") and "stay resident" in boot.read("check"),
           "check says what follows from it", boot.read("check"))
    nothing_lost(tap, quiet)
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
