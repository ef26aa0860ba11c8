#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_attach.py KERNEL [CYCLES]

Coming in the middle of traffic: what exists is there at once, no time is
invented, and from the next transition on every figure is right. Coming and going
CYCLES times (100), and being killed: nothing is left.
"""
import sys

from lablib import Boot, Tap, at, doorbell_sum, no_trouble_in, nothing_lost, vpes


def check_first(tap, first, ready):
    """The very first refresh against what vlpigen said of itself."""
    tap.equal({vm["name"]: (vm["vcpus"], vm["vlpis"], len(vm["vpes"])) for vm in first["vms"]},
              {"busy": (4, 4, 4), "idle": (4, 4, 4)},
              "VMs, vPEs and VLPIs that existed are there in the first refresh")
    for vm in first["vms"]:
        truth = ready[vm["name"]]
        listed = {(v["vintid"], v["devid"], v["eventid"], v["device"], vpe["vcpu"])
                  for vpe in vm["vpes"] for v in vpe["vlpi_list"]}
        tap.equal(listed, {(d["vintid"], d["devid"], d["eventid"], d["addr"], d["vcpu"])
                           for d in truth["devices"]},
                  f"VM {vm['name']}: its VLPIs' identities are those of vlpigen")
        tap.equal(vm["pid"], truth["pid"], f"VM {vm['name']}: its pid is vlpigen's")


def check_second_half(tap, boot, first, second):
    """Growth between two quiet moments is exact, though we came late."""
    before, after = (boot.interrupts(f"{n}.interrupts").doorbells() for n in ("first", "second"))
    old = {v["doorbell_irq"]: doorbell_sum(v) for v in vpes(first)}
    new = {v["doorbell_irq"]: doorbell_sum(v) for v in vpes(second)}
    tap.equal({irq: new[irq] - old[irq] for irq in new},
              {irq: after[irq] - before[irq] for irq in after},
              "doorbells since then equal the growth of the GICv4-vpe rows")


def main(kernel, cycles=100):
    tap = Tap(f"attach, {kernel}")
    boot = Boot(kernel, "attach.sh", "--edu", "8", timeout=1500, env=(f"CYCLES={cycles}",))
    if not boot.require(tap):
        return tap.done()
    top = boot.lines("top.jsonl")
    ready = {name: boot.lines(f"{name}.ready")[0] for name in ("busy", "idle")}
    first, second = (at(top, float(boot.read(f"{n}.uptime"))) for n in ("first", "second"))

    check_first(tap, top[0], ready)
    for vpe in vpes(first):
        name = f"VM {vpe['pid']} vCPU {vpe['vcpu']}"
        tap.equal(vpe["illegal"], 0, f"{name}: no event was out of order for us")
        tap.ok(vpe["resident_ns"] <= vpe["wall_ns"], f"{name}: no invented residency", vpe)
        known = vpe["resident_ns"] + vpe["blocked_ns"] + vpe["preempted_ns"] + vpe["unknown_ns"]
        tap.ok(abs(known - vpe["wall_ns"]) <= vpe["wall_ns"] / 1000,
               f"{name}: known and unknown time make up the wall time", vpe)
    idle = [v for v in vpes(first) if v["pid"] == ready["idle"]["pid"]]
    if kernel != "stock-6.1":   # there idle vCPUs that are alone do not trap WFI
        tap.equal([(v["resident_ns"], v["state"], doorbell_sum(v)) for v in idle],
                  [(0, "blocked", 0)] * 4,
                  "vPEs that slept all the time are blocked, never resident, without doorbells")
    check_second_half(tap, boot, first, second)
    for vpe in vpes(second):
        tap.equal((vpe["illegal"], vpe["loads"] - vpe["puts"] in (0, 1, -1)), (0, True),
                  f"VM {vpe['pid']} vCPU {vpe['vcpu']}: loads and puts still alternate")
    nothing_lost(tap, second)

    tap.equal(boot.read("cycles").strip(), str(cycles), f"{cycles} attach and detach cycles ran")
    tap.equal(boot.read("cycle.failed"), "", "each ended with 0 and had seen the VMs")
    tap.ok("tracing" in boot.read("bpf.during") or "kprobe" in boot.read("bpf.during"),
           "while it runs its programs are in the kernel", boot.read("bpf.during"))
    tap.equal(boot.read("bpf.after"), boot.read("bpf.before"),
              "after kill -9 no program, map, link or probe is left")
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], *(int(n) for n in sys.argv[2:])))
