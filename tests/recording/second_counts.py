# SPDX-License-Identifier: GPL-2.0
"""What records of a recording count, made from gicv4top-recording(5) alone; for second_reader.py."""

MASK = (1 << 64) - 1
STATES = ["unknown", "preempted", "resident", "blocked"]
UNKNOWN, PREEMPTED, RESIDENT, BLOCKED = range(4)


class Bad(Exception):
    """What is read cannot be."""


class Hist:
    """A histogram: the buckets' numbers and counts."""

    def __init__(self):
        self.sum = self.min = self.max = 0
        self.buckets = {}

    def add(self, value):
        if value >= 1 << 40:
            bucket = 592
        elif value < 16:
            bucket = value
        else:
            power = value.bit_length() - 5          # m 2^power with 16 <= m < 32
            bucket = 16 * (power + 1) + (value >> power) - 16
        first = not self.buckets
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.sum += value
        self.min = value if first else min(self.min, value)
        self.max = max(self.max, value)

    def read(self, b):
        count, number = b.varint(), 0
        if not count:
            return self
        self.sum, self.min, self.max = b.varint(), b.varint(), b.varint()
        for _ in range(count):
            number += b.varint()
            if number > 592:
                raise Bad("a bucket beyond the last")
            self.buckets[number] = b.varint()
        return self

    def json(self):
        return {"sum": self.sum, "min": self.min, "max": self.max,
                "buckets": {str(k): self.buckets[k] for k in sorted(self.buckets)}}


VM_COUNTS = ["sw_lpis", "maps", "unmaps", "vlpi_moves", "props", "forward_set", "forward_unset"]
VPE_COUNTS = ["unknown_ns", "preempted_ns", "resident_ns", "blocked_ns", "loads", "puts", "blocks",
              "sleeps", "pending_last", "illegal", "moves", "useful", "late", "spurious",
              "db_pending_last", "lr_taken", "lr_lpis"]


class Vm:
    def __init__(self, kvm, birth_ns):
        self.kvm, self.birth_ns = kvm, birth_ns
        self.pid = self.nr_vcpus = self.nr_lpis = self.walked = 0
        self.name, self.gone = "", False
        self.counts = dict.fromkeys(VM_COUNTS, 0)
        self.doorbell_ns, self.map_ns = Hist(), Hist()

    def describe(self, named):
        for key in ("birth_ns", "pid", "nr_vcpus", "nr_lpis", "walked", "name"):
            setattr(self, key, named[key])

    def json(self):
        return {"kvm": self.kvm, "gone": int(self.gone), "birth_ns": self.birth_ns,
                "pid": self.pid, "nr_vcpus": self.nr_vcpus, "nr_lpis": self.nr_lpis,
                "walked": self.walked, "name": self.name, **self.counts,
                "doorbell_ns": self.doorbell_ns.json(), "map_ns": self.map_ns.json()}


class Vpe:
    def __init__(self, vpe, vm, now_ns):
        self.vpe, self.vm, self.gone = vpe, vm, False
        self.vcpu = self.vpe_id = self.doorbell_irq = self.tid = 0
        self.birth_ns = self.since_ns = now_ns
        self.state, self.seen = UNKNOWN, False
        self.counts = dict.fromkeys(VPE_COUNTS, 0)

    def describe(self, named):
        for key in ("vcpu", "vpe_id", "doorbell_irq", "tid", "birth_ns", "state", "seen",
                    "since_ns"):
            setattr(self, key, named[key])

    def count_span(self, state, ns):
        key = STATES[state] + "_ns"
        self.counts[key] = (self.counts[key] + ns) & MASK

    def enter(self, t, new, old):
        if t > self.since_ns:
            self.count_span(old, t - self.since_ns)
            self.since_ns = t
        self.state, self.seen = new, True

    def lose_sight(self, t):
        self.enter(t, UNKNOWN, self.state)
        self.seen = False

    def json(self):
        return {"vpe": self.vpe, "kvm": self.vm.kvm, "gone": int(self.gone), "vcpu": self.vcpu,
                "vpe_id": self.vpe_id, "doorbell_irq": self.doorbell_irq, "tid": self.tid,
                "birth_ns": self.birth_ns, "since_ns": self.since_ns, "seen": int(self.seen),
                "state": STATES[self.state], **self.counts}


class Host:
    """What records count: the page's section of this name."""

    def __init__(self):
        self.vms, self.vpes, self.vlpis = {}, {}, {}    # by key: what is there
        self.all_vms, self.all_vpes = [], []            # and what has ever been there
        self.gaps, self.now_ns, self.sample = 0, 0, None

    def pass_time(self, t):
        self.now_ns = max(self.now_ns, t)

    def vm(self, kvm):
        if kvm not in self.vms:
            self.vms[kvm] = Vm(kvm, self.now_ns)
            self.all_vms.append(self.vms[kvm])
        return self.vms[kvm]

    def new_vpe(self, vpe, kvm):
        self.vpes[vpe] = Vpe(vpe, self.vm(kvm), self.now_ns)
        self.all_vpes.append(self.vpes[vpe])
        return self.vpes[vpe]

    def vpe_gone(self, v, t):
        v.enter(t, UNKNOWN, v.state)
        v.gone = True
        del self.vpes[v.vpe]

    def vm_gone(self, vm, t):
        for v in [v for v in self.vpes.values() if v.vm is vm]:
            self.vpe_gone(v, t)
        vm.gone = True
        del self.vms[vm.kvm]

    def gap(self, begin, t):
        if begin:
            self.gaps += 1
        elif self.gaps:
            self.gaps -= 1
        for v in self.vpes.values():
            v.lose_sight(t)
        self.pass_time(t)

    def event(self, v, op, t, flags, arg):
        """Returns the latency of a load that answers a doorbell, else 0."""
        latency = 0
        self.pass_time(t)
        c = v.counts
        if op in ("load", "put"):
            old = v.state
            if (old == RESIDENT) == (op == "load"):
                c["illegal"] += v.seen
                old = UNKNOWN
        if op == "load":
            v.enter(t, RESIDENT, old)
            c["loads"] += 1
            c["pending_last"] += bool(flags & 4)
            if arg:
                latency = t - arg if t > arg else 0
            if latency:
                v.vm.doorbell_ns.add(latency)
        elif op == "put":
            v.enter(t, BLOCKED if flags & 1 else PREEMPTED, old)
            c["puts"] += 1
            c["blocks"] += flags & 1
        elif op == "doorbell":
            c[("useful", "late", "spurious", "spurious")[flags & 3]] += 1
            c["db_pending_last"] += bool(flags & 4)
        elif op in ("sleep", "move"):
            c[op + "s"] += 1
        if self.gaps:
            v.state, v.seen = UNKNOWN, False
        return latency

    def rare(self, r, t):
        self.pass_time(t)
        kind = r["type"]
        if kind == 16:
            return self.born(r, t)
        if kind == 17:
            if r["vpe"] in self.vpes:
                self.vpe_gone(self.vpes[r["vpe"]], t)
            return None
        if kind == 19:
            if r["kvm"] in self.vms:
                self.vm_gone(self.vms[r["kvm"]], t)
            return None
        vm = self.vm(r["kvm"])
        if kind == 18:
            vm.birth_ns, vm.pid, vm.nr_vcpus = t, r["pid"], r["nr"]
            vm.name = r["text"] or vm.name
        elif kind in (20, 21):
            self.vlpi(vm, r, t)
        elif kind == 22:
            vm.counts["unmaps"] += not r["flags"] & 1
            self.vlpis.pop(r["irq"], None)
        elif kind == 23:
            vm.counts["props"] += 1
            if r["irq"] in self.vlpis:
                self.vlpis[r["irq"]]["prop"] = r["prop"]
        else:
            vm.counts["forward_set" if kind == 24 else "forward_unset"] += 1
        return None

    def born(self, r, t):
        v = self.vpes.get(r["vpe"])
        if v and (v.counts["loads"] or v.counts["puts"] or v.vm.kvm != r["kvm"]):
            self.vpe_gone(v, t)
            v = None
        v = v or self.new_vpe(r["vpe"], r["kvm"])
        v.vcpu, v.vpe_id, v.doorbell_irq, v.tid = r["vcpu"], r["vpe_id"], r["irq"], r["nr"]
        v.birth_ns = v.since_ns = t
        v.seen = bool(r["flags"] & 8)
        v.state = PREEMPTED if v.seen else r["flags"] & 7
        if v.state > BLOCKED:
            v.state = UNKNOWN
        if self.gaps:
            v.state, v.seen = UNKNOWN, False
        return v

    def vlpi(self, vm, r, t):
        old = self.vlpis.get(r["irq"])
        if r["type"] == 20:
            vm.counts["maps"] += r["flags"] & 1
            vm.counts["vlpi_moves"] += r["flags"] & 3 == 2
            vm.map_ns.add(max(r["arg_ns"], 1))
        self.vlpis[r["irq"]] = {
            "irq": r["irq"], "kvm": r["kvm"], "vpe": r["vpe"],
            "mapped_ns": old["mapped_ns"] if old and not r["flags"] & 1 else t,
            "vintid": r["vintid"], "devid": r["devid"], "eventid": r["eventid"],
            "prop": r["prop"], "flags": r["lpi_flags"],
            "device": r["text"] or (old["device"] if old else "")}

    def take_sample(self, s):
        for kvm, nr_vcpus, nr_lpis, walked in s["vms"]:
            if kvm in self.vms:
                vm = self.vms[kvm]
                vm.nr_vcpus, vm.nr_lpis, vm.walked = nr_vcpus, nr_lpis, walked
        for vpe, taken, lpis in s["lrs"]:
            if vpe in self.vpes:
                self.vpes[vpe].counts.update(lr_taken=taken, lr_lpis=lpis)
        if not s["flags"] & 4 and self.sample:
            s["lpis"] = self.sample["lpis"]
        self.sample = s
        self.pass_time(s["now_ns"])
