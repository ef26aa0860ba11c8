#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_direct.py KERNEL vlpigen|linux|pmu

Direct deliveries, the one figure that no host counter holds, against what the guests
themselves have counted, with one device forwarded and another not: vlpigen's log, or
Linux guests' own /proc/interrupts. And the way of the PMU, by an event that the emulated
cores have, against a few lines that count the same.
"""
import re
import sys

from lablib import Boot, Tap, at, no_trouble_in, nothing_lost, vpes

SOURCES = ("guest", "kernel", "pmu")


def by_vcpu(refresh):
    return {(v["pid"], v["vcpu"]): v for v in vpes(refresh)}


def uptime(boot, name):
    return float(boot.read(f"{name}.uptime"))


def acks(truth, soft):
    """Interrupts by vCPU that came from devices that are (not) by software."""
    vintids = {d["vintid"] for i, d in enumerate(truth["devices"]) if (i == 3) == soft}
    count = {}
    for _, _, vintid, vcpu in truth["acks"]:
        if vintid in vintids:
            count[vcpu] = count.get(vcpu, 0) + 1
    return count


def check_vlpigen_vm(tap, truth, held, quiet, vm):
    name = f"VM {truth['name']}"
    direct, soft = acks(truth, False), acks(truth, True)
    tap.ok(sum(direct.values()) and sum(soft.values()), f"{name}: took LPIs of both kinds",
           direct, soft)
    tap.equal((vm["direct"]["source"], vm["direct"]["count"], vm["direct"]["error"]),
              ("guest", sum(direct.values()), 0),
              f"{name}: direct deliveries are those of vlpigen's log, exactly")
    tap.ok(vm["sw_lpis"] in (None, sum(soft.values())),
           f"{name}: so are software LPIs, where this kernel tells of them", vm["sw_lpis"], soft)
    spis = {}
    for _, _, vcpu in truth["spi_acks"]:
        spis[vcpu] = spis.get(vcpu, 0) + 1
    for vcpu in range(4):
        before, after = held[(truth["pid"], vcpu)], quiet[(truth["pid"], vcpu)]
        mine = after["direct"]["sources"]["guest"]
        tap.equal((mine["count"], mine["error"]), (direct.get(vcpu, 0), 0),
                  f"{name} vCPU {vcpu}: its direct deliveries")
        tap.equal(after["lr_lpis"], soft.get(vcpu, 0),
                  f"{name} vCPU {vcpu}: LPIs taken through list registers are the software ones")
        tap.equal(after["lr_taken"] - before["lr_taken"],
                  soft.get(vcpu, 0) + spis.get(vcpu, 0),
                  f"{name} vCPU {vcpu}: with the SPIs, all that it took through them")


def check_plain(tap, boot):
    """Without being told of another event: EXC_IRQ, which TCG has not."""
    line = next((x for x in boot.read("check").splitlines() if "direct/s by pmu" in x), "")
    tap.ok(line.startswith("note") and "stayed 0" in line and "n/a" in line,
           "check says that this core counts no EXC_IRQ", line)
    tap.ok(re.search(r"^note +direct/s by kernel", boot.read("check"), re.M),
           "check says that this kernel counts none", boot.read("check"))
    for name, words in (("plain", ""), ("pmu", "no event 0x86"), ("kernel", "does not measure")):
        last = boot.lines(f"{name}.jsonl")[-1]
        tap.ok(last["vms"] and all(leaf is None for vm in last["vms"] for leaf in
                                   (vm["direct"]["count"], vm["direct"]["per_s"],
                                    vm["direct"]["source"],
                                    *(vm["direct"]["sources"][s] for s in SOURCES))),
               f"{name}: with no source direct deliveries are unknown, not 0",
               [vm["direct"] for vm in last["vms"]])
        tap.equal((last["host"]["pmu_event"], last["host"]["agents"]), (None, 0),
                  f"{name}: and it says that nothing counts them")
        said = boot.read(f"{name}.err")
        said = [line for line in said.splitlines() if "cannot watch" not in line]
        tap.ok(any(words in line for line in said) if words else not said,
               f"{name}: who asked is told why", *said)


def vlpigen(tap, kernel):
    boot = Boot(kernel, "direct_vlpigen.sh", "--edu", "8", timeout=600, env=("MSIS=4000",))
    if not boot.require(tap):
        return
    tap.equal(boot.read("failed"), "", "vlpigen itself found nothing wrong")
    top = boot.lines("top.jsonl")
    held, quiet = at(top, uptime(boot, "held")), at(top, uptime(boot, "quiet"))
    tap.equal(quiet["host"]["agents"], 2, "both agents are connected")
    for name in ("one", "two"):
        truth = boot.json(f"{name}.json")
        vm = next((v for v in quiet["vms"] if v["pid"] == truth["pid"]), None)
        if tap.ok(vm, f"VM {name} is shown"):
            check_vlpigen_vm(tap, truth, by_vcpu(held), by_vcpu(quiet), vm)
    rates = [vm["direct"]["per_s"] for r in top for vm in r["vms"]
             if uptime(boot, "held") * 1e9 < r["time_ns"] < uptime(boot, "quiet") * 1e9]
    tap.ok(any(rates), "there are rates while it fires")
    shares = [vm["direct"]["share_pct"] for r in top for vm in r["vms"]]
    told = any(vm["sw_lpis"] is not None for vm in quiet["vms"])
    tap.ok(any(s and 50 < s < 100 for s in shares) if told else not any(shares),
           "and shares, since one of four is by software (none where those are not known)")
    check_pmu(tap, boot, top)
    check_plain(tap, boot)
    ended = at(top, uptime(boot, "ended"))
    tap.equal((ended["vms"], ended["host"]["agents"]), ([], 0), "in the end nobody is left")
    nothing_lost(tap, ended)
    no_trouble_in(tap, boot)


def check_pmu(tap, boot, top):
    """Cycles in guest mode stand in for EXC_IRQ: they rise with time, in each vCPU that runs."""
    held, quiet = by_vcpu(at(top, uptime(boot, "held"))), by_vcpu(at(top, uptime(boot, "quiet")))
    tap.equal(top[-1]["host"]["pmu_event"], "r11:Gk", "the event is counted in guest mode only")
    pmu = {key: (held[key]["direct"]["sources"]["pmu"], v["direct"]["sources"]["pmu"])
           for key, v in quiet.items() if key in held}
    tap.ok(pmu and all(a and b and b["count"] > a["count"] for a, b in pmu.values()),
           "the event is counted for each vCPU's thread", pmu)


# --- Linux guests ---

def msi_rows(text, disk):
    """By CPU: interrupts of this NVMe disk's queues, as the guest's kernel says."""
    lines = text.splitlines()
    cpus = [int(c) for c in re.findall(r"CPU(\d+)", lines[0])] if lines else []
    count = dict.fromkeys(range(4), 0)
    for line in lines[1:]:
        if not re.search(rf"\bnvme{disk}q\d+$", line.rstrip()):
            continue
        for cpu, n in zip(cpus, line.split()[1:]):
            count[cpu] += int(n)
    return count


def taken(boot, guest, disk):
    before, after = (msi_rows(boot.read(f"{guest}/{name}"), disk) for name in ("before", "after"))
    return {cpu: after[cpu] - before[cpu] for cpu in after}


def forwarded_disk(boot, guest):
    """Which of the guest's disks is the forwarded one: at the lower address, as QEMU is told."""
    return 0 if boot.read(f"{guest}/nvme0") < boot.read(f"{guest}/nvme1") else 1


def check_linux_vm(tap, boot, guest, held, quiet):
    one, other = forwarded_disk(boot, guest), 1 - forwarded_disk(boot, guest)
    direct, soft = taken(boot, guest, one), taken(boot, guest, other)
    tap.ok(all(direct.values()) and all(soft.values()) and boot.read(f"{guest}/nvme0"),
           f"guest {guest}: took MSIs of both disks on all CPUs", direct, soft)
    before = next(vm for vm in held["vms"] if vm["name"] == guest)
    after = next(vm for vm in quiet["vms"] if vm["name"] == guest)
    got = {v["vcpu"]: v["direct"]["sources"]["guest"] for v in after["vpes"]}
    base = {v["vcpu"]: v["direct"]["sources"]["guest"] for v in before["vpes"]}
    if not tap.ok(all(got.values()) and all(base.values()), f"guest {guest}: its agent is heard",
                  boot.read(f"{guest}/agent.err"), after["direct"]):
        return
    tap.equal({c: got[c]["count"] - base[c]["count"] for c in got}, direct,
              f"guest {guest}: direct deliveries by vCPU are its own count of the forwarded disk")
    tap.equal({c: got[c]["error"] - base[c]["error"] for c in got}, dict.fromkeys(got, 0),
              f"guest {guest}: with no error")
    tap.equal(after["direct"]["source"], "guest", f"guest {guest}: its figure goes before the PMU's")
    lpis = {v["vcpu"]: v["lr_lpis"] - w["lr_lpis"]
            for v, w in zip(after["vpes"], before["vpes"])}
    tap.equal(lpis, soft, f"guest {guest}: LPIs by list register are its count of the other disk")


def check_hotplug(tap, boot, top):
    first, second, online = (by_vcpu(at(top, uptime(boot, name)))
                             for name in ("offline", "offline2", "online"))
    for (pid, vcpu), v in second.items():
        counts = [r[(pid, vcpu)]["direct"]["sources"]["pmu"]["count"] for r in (first, second, online)]
        if vcpu == 3:
            tap.ok(counts[0] == counts[1] < counts[2],
                   f"VM {pid}: the vCPU that is off counts nothing, and goes on when it is back", counts)
        elif vcpu == 0:
            tap.ok(counts[0] < counts[1], f"VM {pid}: another goes on meanwhile", counts)


def linux(tap, kernel):
    nvme = [a for _ in range(4) for a in ("--nvme", "5000000")]
    boot = Boot(kernel, "direct_linux.sh", *nvme, timeout=600)
    if not boot.require(tap):
        return
    tap.equal(boot.read("failed"), "", "both guests ended well")
    top = boot.lines("top.jsonl")
    held, quiet = at(top, uptime(boot, "held")), at(top, uptime(boot, "quiet"))
    for guest in ("serial", "vsock"):
        check_linux_vm(tap, boot, guest, held, quiet)
        tap.ok(boot.read(f"{guest}/agent.err").endswith("agent ended with 0\n"),
               f"guest {guest}: the agent ends with 0", boot.read(f"{guest}/agent.err"))
    check_hotplug(tap, boot, top)
    events = boot.read("events").split()
    tap.ok(len(events) == 2 and events[0] == events[1],
           "no event of a thread that has ended is open", events)
    ended = at(top, uptime(boot, "ended"))
    tap.equal((ended["vms"], ended["host"]["agents"]), ([], 0), "in the end nobody is left")
    nothing_lost(tap, ended)
    no_trouble_in(tap, boot)


# --- the PMU's way ---

def series(boot, name):
    return [[int(n) for n in line.split()] for line in boot.read(name).splitlines()
            if len(line.split()) == 4]


def near(rows, when_ns, after):
    """The last value before, or the first one after a time; None: there is none."""
    if after:
        return next((r[1] for r in rows if r[0] >= when_ns), None)
    return next((r[1] for r in reversed(rows) if r[0] <= when_ns), None)


def check_bracket(tap, boot, top, vcpu):
    """
    gicv4top reads at some moment between a refresh's time and the next one's: what it has
    counted between two refreshes lies between what the helper has in the shortest and in
    the longest time that this can be.
    """
    rows = series(boot, f"perf{vcpu}")
    seen = [r for r in top if uptime(boot, "alone") * 1e9 < r["time_ns"] <
            uptime(boot, "alone2") * 1e9]
    if not tap.ok(len(seen) > 4 and len(rows) > 10, f"vCPU {vcpu}: both count", len(seen), len(rows)):
        return
    def events(r):
        v = vpes(r)[vcpu]
        return v["direct"]["sources"]["pmu"]["count"] + v["lr_taken"]
    got = events(seen[-2]) - events(seen[0])
    low = near(rows, seen[-2]["time_ns"], False) - near(rows, seen[1]["time_ns"], True)
    high = near(rows, seen[-1]["time_ns"], True) - near(rows, seen[0]["time_ns"], False)
    tap.ok(0 < low <= got <= high, f"vCPU {vcpu}: as many as the helper has counted", low, got, high)


def pmu(tap, kernel):
    boot = Boot(kernel, "direct_pmu.sh", "--edu", "2", timeout=400)
    if not boot.require(tap):
        return
    tap.equal(boot.read("failed"), "", "vlpigen itself found nothing wrong")
    top = boot.lines("top.jsonl")
    for vcpu in range(2):
        check_bracket(tap, boot, top, vcpu)
    alone, crowded, others, others2, ended = (at(top, uptime(boot, name)) for name in
                                              ("alone2", "crowded", "others", "others2", "ended"))
    def source(r, vcpu):
        return vpes(r)[vcpu]["direct"]["sources"]["pmu"]
    tap.equal((source(alone, 0)["running_pct"], source(alone, 0)["error"]), (100, 0),
              "while it has a counter for itself nothing is scaled")
    tap.ok(source(crowded, 0)["running_pct"] < 99 and source(crowded, 0)["error"] > 0,
           "where events share counters it is scaled, and says so, with its error",
           source(crowded, 0))
    tap.ok(source(crowded, 1)["running_pct"] == 100, "the other thread is not concerned",
           source(crowded, 1))
    tids = boot.read("tids").split()
    tap.ok(len(tids) == 2 and tids[0] != tids[1], "then other threads run the vCPUs", tids)
    for vcpu in range(2):
        counts = [source(r, vcpu)["count"] for r in (crowded, others, others2)]
        tap.ok(counts[0] < counts[1] < counts[2],
               f"vCPU {vcpu}: it goes on with the new thread, from where it was", counts)
    tap.equal(boot.read("events").split(), ["2", "2", "0"],
              "an event a vCPU is open, of ended threads none")
    tap.equal(ended["vms"], [], "in the end nobody is left")
    nothing_lost(tap, ended)
    no_trouble_in(tap, boot)


def main(kernel, part):
    tap = Tap(f"direct, {part}, {kernel}")
    {"vlpigen": vlpigen, "linux": linux, "pmu": pmu}[part](tap, kernel)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("vlpigen", "linux", "pmu"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
