#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_nvme.py KERNEL

A Linux guest with a passed-through NVMe disk: what is mapped, what rings, and
that nothing is left when it ends.
"""
import sys

from lablib import Boot, Tap, at, doorbell_sum, no_trouble_in, nothing_lost, vpes


def main(kernel):
    tap = Tap(f"nvme, {kernel}")
    boot = Boot(kernel, "nvme.sh", "--nvme", "15000000")
    if not boot.require(tap):
        return tap.done()
    top = boot.lines("top.jsonl")
    quiet = at(top, float(boot.read("quiet.uptime")))
    unbound = at(top, float(boot.read("unbound.uptime")))
    ended = at(top, float(boot.read("ended.uptime")))
    if not tap.ok(quiet and unbound and ended, "there is a refresh after each mark",
                  f"{len(top)} refreshes", boot.read("top.err")):
        return tap.done()

    tap.equal(top[0]["vms"], [], "no VM is shown before the guest starts")
    vms = quiet["vms"]
    if not tap.equal([(vm["name"], vm["vcpus"]) for vm in vms], [("disk", 2)],
                     "the guest is shown by its name, with two vCPUs"):
        return tap.done()
    vm = vms[0]
    irqs = boot.interrupts("quiet.interrupts")
    vectors = irqs.vfio()

    # vectors in use: the rows that VFIO has requested on the host
    tap.ok(len(vectors) >= 2, "the disk uses several vectors", vectors)
    tap.equal(vm["vlpis"], len(vectors), "VLPIs mapped equal the vectors in use")
    tap.equal(vm["maps"] - vm["unmaps"], len(vectors), "maps less unmaps are the VLPIs")
    listed = {v["host_irq"]: v["device"] for vpe in vpes(quiet) for v in vpe["vlpi_list"]}
    tap.equal(listed, {irq: "0000:00:01.0" for irq in vectors},
              "each VLPI is listed with its host irq and device")
    tap.equal((vm["lpis"], vm["forwarded_pct"]), (len(vectors), 100.0),
              "all of the guest's LPIs are forwarded")

    tap.equal({v["doorbell_irq"]: doorbell_sum(v) for v in vpes(quiet)}, irqs.doorbells(),
              "doorbells of each vPE equal its GICv4-vpe row")
    tap.equal(doorbell_sum(vm), sum(irqs.doorbells().values()), "so does their sum for the VM")
    guest = sum(boot.interrupts("disk/interrupts").matching(r"nvme").values())
    tap.ok(guest >= 300, "the guest itself took an MSI for each read", f"{guest} MSIs")
    tap.equal(sum(vectors.values()), 0, "vfio-msix rows did not grow")
    if kernel != "stock-6.1":   # there WFI is not trapped, so few doorbells
        tap.ok(doorbell_sum(vm) >= 100, "slow reads ring doorbells", vm["doorbells"])
    tap.equal(vm["sw_lpis"] or 0, 0, "no LPI was injected by software")
    tap.equal(vm["illegal"], 0, "no load or put is out of order")

    vm = unbound["vms"][0]
    tap.equal((vm["vlpis"], vm["maps"] - vm["unmaps"]), (0, 0),
              "all VLPIs are unmapped when the guest lets go of the device")
    tap.equal(ended["vms"], [], "vms is empty after the guest's end")
    nothing_lost(tap, ended)
    tap.equal(boot.read("top.status").strip(), "0", "gicv4top ends with 0 at Ctrl-C")
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
