#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_hist.py KERNEL [MSIS]

Histograms against the truth. g4events keeps every single event and the
histograms that the same programs filled meanwhile: each histogram must be, bucket
by bucket, what the events say, and its percentiles within a bucket's error of the
true ones. "gicv4top hist" watches the same run: its counts must be those of the
counters and of vlpigen, and its doorbell latencies no longer than vlpigen's time
from firing an MSI to its acknowledgement.
"""
import sys

from lablib import Boot, Tap, no_trouble_in, vpes

RANKS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
ERROR = 1 / 32          # of a percentile: half a bucket of a sixteenth of a power of two


def bucket(value):
    """[low, high) of the bucket that must hold `value` ns, by the rule of DESIGN."""
    if value < 16:
        return value, value + 1
    if value >> 40:
        return 1 << 40, None
    width = 1 << (value.bit_length() - 5)
    low = value // width * width
    return low, low + width


def true_percentile(values, share):
    """The value of rank ceil(share * n)."""
    rank = max(1, -(-len(values) * int(share * 10000) // 10000))
    return sorted(values)[rank - 1]


class Vpe:
    """One vPE's events, and the times between them as the state machine defines them."""

    def __init__(self):
        self.values = {k: [] for k in ("residency", "blocked", "preempted", "doorbell",
                                       "doorbell-wake", "doorbell-sched", "doorbell-entry",
                                       "vmovp")}
        self.state, self.since = None, 0
        self.useful = self.entry_of = self.in_handler = 0
        self.woke = 0
        self.said_pending, self.pending = False, 0

    def add(self, kind, value):
        self.values[kind].append(max(value, 1))

    def enter(self, state, ts):
        if self.state:
            self.add(self.state, ts - self.since)
        self.state, self.since = state, ts

    def event(self, ts, kind, flags, arg):
        if kind in ("load", "doorbell"):
            self.pending += self.said_pending
        if kind in ("load", "doorbell", "put"):
            self.said_pending = False
        if kind == "new":
            self.state, self.since = "preempted", ts
        elif kind == "put_done":
            self.said_pending = bool(flags & 2)
        elif kind == "load":
            self.enter("residency", ts)
            self.entry_of = arg
            if arg:
                self.add("doorbell", ts - arg)
        elif kind == "put":
            self.enter("blocked" if flags & 1 else "preempted", ts)
            self.entry_of = 0
        elif kind == "doorbell":
            self.in_handler = ts if flags == 0 else 0
            if flags == 0:
                self.useful = ts
        elif kind == "doorbell_done" and self.in_handler:
            self.add("doorbell-wake", ts - self.in_handler)
            self.in_handler = 0
        elif kind == "wake":
            if self.state == "blocked" and self.since <= self.useful < ts and \
                    self.woke < self.useful:
                self.add("doorbell-sched", ts - self.useful)
            self.woke = ts
        elif kind == "entry" and self.entry_of:
            self.add("doorbell-entry", ts - self.entry_of)
            self.entry_of = 0
        elif kind == "vmovp":
            self.add("vmovp", arg)


def read_events(text):
    """(pid, vcpu) -> Vpe"""
    found, owner = {}, {}
    # the rings of the CPUs are read one after another
    for line in sorted(text.splitlines(), key=lambda l: int(l.split()[0])):
        ts, kind, vpe, vcpu, _, flags, arg = line.split()
        if kind == "owner":
            owner[vpe] = (int(arg), int(vcpu))
        else:
            found.setdefault(vpe, Vpe()).event(int(ts), kind, int(flags), int(arg))
    return {owner[vpe]: events for vpe, events in found.items() if vpe in owner}


def bucket_differences(hist, values):
    expected = {}
    for value in values:
        expected[bucket(value)] = expected.get(bucket(value), 0) + 1
    got = {(low, high): count for low, high, count in hist["buckets"]}
    bad = [f"bucket {b}: {got.get(b, 0)}, events say {expected.get(b, 0)}"
           for b in sorted(set(got) | set(expected)) if got.get(b, 0) != expected.get(b, 0)]
    exact = {"count": len(values), "sum": sum(values), "min": min(values, default=None),
             "max": max(values, default=None)}
    bad += [f"{k} {hist[k]}, events say {v}" for k, v in exact.items() if hist[k] != v]
    return bad


def compare_with_events(tap, hists, events):
    """One statement a kind of histogram, over all vPEs."""
    bad, rank_bad, counts, worst = {}, {}, {}, 0
    for key, hist_of in hists.items():
        for kind, values in events[key].values.items():
            hist = hist_of[kind]
            bad.setdefault(kind, [])
            counts[kind] = counts.get(kind, 0) + len(values)
            if not hist:
                bad[kind].append(f"{key}: not kept")
                continue
            bad[kind] += [f"{key}: {b}" for b in bucket_differences(hist, values)]
            for rank, share in RANKS.items() if values else ():
                true = true_percentile(values, share)
                error = abs(hist[rank] - true) / true
                worst = max(worst, error)
                if error > ERROR and abs(hist[rank] - true) > 1:
                    rank_bad.setdefault(kind, []).append(f"{key} {rank}: {hist[rank]}, {true}")
    for kind, why in bad.items():
        tap.ok(not why, f"{kind}: every bucket, count, sum, min and max is what "
               f"{counts[kind]} events say", *why[:8])
    tap.ok(not rank_bad, "every percentile is within 1/32 of the true one "
           f"(the worst is off by {100 * worst:.2f} %)", *[str(r) for r in rank_bad.items()])


def compare_counts(tap, hist, top, truths):
    counters = {(v["pid"], v["vcpu"]): v for v in vpes(top)}
    wrong = {"residency": [], "preempted + blocked": [], "vmovp": [], "doorbell": []}
    useful = measured = 0
    for vm in hist["vms"]:
        for vpe in vm["vpes"]:
            c, h = counters[vm["pid"], vpe["vcpu"]], vpe["hists"]
            for name, got, expected in (
                    ("residency", h["residency"]["count"], c["puts"]),
                    ("preempted + blocked", h["preempted"]["count"] + h["blocked"]["count"],
                     c["loads"]),
                    ("vmovp", h["vmovp"]["count"], c["moves"])):
                if got != expected:
                    wrong[name].append(f"{vm['name']} vCPU {vpe['vcpu']}: {got}, {expected}")
            useful += c["doorbells"]["useful"]
            measured += h["doorbell"]["count"]
        tap.equal(vm["hists"]["doorbell"]["count"],
                  sum(v["hists"]["doorbell"]["count"] for v in vm["vpes"]),
                  f"VM {vm['name']}: its doorbell histogram is the sum of its vPEs'")
        tap.equal(vm["hists"]["map"]["count"], len(truths[vm["pid"]]["devices"]),
                  f"VM {vm['name']}: a map latency for each of vlpigen's devices")
    tap.equal(wrong["residency"], [], "residency: a value for each put")
    tap.equal(wrong["preempted + blocked"], [], "preempted and blocked: a value for each load")
    tap.equal(wrong["vmovp"], [], "vmovp: a value for each move")
    # two observers judge useful or late each at its own moment
    tap.ok(abs(useful - measured) <= useful / 100,
           "doorbell: a value for each useful doorbell of the counters (1 %: two observers)",
           f"{measured}, {useful}")


def compare_pending(tap, top, events):
    """Puts after which the hardware said "pending": each put's end tells it."""
    said = sum(vpe.pending for vpe in events.values())
    counted = sum(v["pending_last"] for v in vpes(top))
    # two observers: a doorbell may come between the two at a put's end
    tap.ok(abs(said - counted) <= said / 100 + 1,
           f"pending_last: counted {counted} times, the ends of puts said so {said} times")


def brackets(truths):
    """(pid, vcpu) -> fire to acknowledgement of each MSI, ns."""
    found = {}
    for pid, truth in truths.items():
        acks = {}
        for _, hi, vintid, _ in truth["acks"]:
            acks.setdefault(vintid, []).append(hi)
        nth = {}
        for fire, device in truth["fires"]:
            d = truth["devices"][device]
            k = nth[device] = nth.get(device, -1) + 1
            if k < len(acks.get(d["vintid"], [])):
                found.setdefault((pid, d["vcpu"]), []).append(acks[d["vintid"]][k] - fire)
    return found


def compare_with_vlpigen(tap, hist, truths):
    """
    Each doorbell latency lies within the bracket of another MSI of its vCPU, so from
    the top, the n-th longest latency is at most the n-th longest bracket.
    """
    spans, bad, seen = brackets(truths), [], 0
    for vm in hist["vms"]:
        for vpe in vm["vpes"]:
            h = vpe["hists"]["doorbell"]
            longest = sorted(spans.get((vm["pid"], vpe["vcpu"]), []), reverse=True)
            if not h["count"] or len(longest) < h["count"]:
                bad.append(f"{vm['name']} vCPU {vpe['vcpu']}: {h['count']} doorbells, "
                           f"{len(longest)} MSIs")
                continue
            for rank, share in RANKS.items():
                from_top = h["count"] - max(1, -(-h["count"] * int(share * 10000) // 10000))
                seen += 1
                # a stale doorbell has no MSI under way: see test_vlpigen.py
                allowed = longest[max(0, from_top - h["count"] // 1000 - 1)]
                if h[rank] * (1 - ERROR) > allowed:
                    bad.append(f"{vm['name']} vCPU {vpe['vcpu']} {rank}: {h[rank]}, "
                               f"vlpigen {allowed}")
    tap.ok(not bad, f"{seen} percentiles of doorbell latency lie within vlpigen's fire to "
           "acknowledgement", *bad)


def main(kernel, msis=4000):
    tap = Tap(f"hist, {kernel}")
    boot = Boot(kernel, "hist.sh", "--edu", "8", timeout=900, env=(f"MSIS={msis // 2}",))
    if not boot.require(tap):
        return tap.done()
    tap.equal(boot.read("failed"), "", "vlpigen and hist -n 1 themselves found nothing wrong")
    truths = {t["pid"]: t for t in (boot.json("one.json"), boot.json("two.json"))}
    tap.equal(sum(t["taken"] for t in truths.values()), msis, f"{msis} MSIs were taken")

    tap.equal(boot.read("events.status").strip(), "0", "no event was lost")
    events = read_events(boot.read("events"))
    own = {(vm["pid"], vpe["vcpu"]): vpe["hists"] for vm in boot.json("events.json")["vms"]
           for vpe in vm["vpes"]}
    if tap.equal(sorted(own), sorted(events), "events and histograms are of the same vPEs"):
        compare_with_events(tap, own, events)

    quiet_ns = float(boot.read("quiet.uptime")) * 1e9
    prints = boot.lines("hist.jsonl")
    tap.ok(len(prints) > 3, "gicv4top hist printed at each interval, and at its end")
    tap.equal(boot.read("hist.status").strip(), "0", "gicv4top hist ends with 0 at Ctrl-C")
    # both read while nothing happened: a vCPU may wake in between, so the best pair counts
    tops = [r for r in boot.lines("top.jsonl") if quiet_ns < r["time_ns"] and len(r["vms"]) == 2]
    last = prints[-1]
    top = min(tops, key=lambda r: abs(r["time_ns"] - last["time_ns"]))
    tap.equal(len(last["vms"]), 2, "gicv4top hist shows both VMs")
    compare_counts(tap, last, top, truths)
    compare_pending(tap, top, events)
    compare_with_vlpigen(tap, last, truths)
    losses = {k: v for k, v in last["losses"].items() if v is not None}
    tap.equal(set(losses.values()), {0}, "nothing was lost")
    text = boot.read("hist.txt")
    tap.ok("gicv4top" in text and "(no VM)" in text, "hist as text says when there is no VM", text)
    no_trouble_in(tap, boot)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], *(int(n) for n in sys.argv[2:])))
