#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A reader of recordings made from gicv4top-recording(5) alone, and from none of the C.

usage: second_reader.py FILE

It prints a line for each record, gap and sample, and at last one of JSON with all counts:
tests/recording/dump prints the same with gicv4top's own reader. Words in capitals and
names are those of the page.
"""
import json
import pathlib
import struct
import sys
import zlib

from second_counts import BLOCKED, MASK, VM_COUNTS, VPE_COUNTS, Bad, Hist, Host

(META, VMS, VPES, CPUS, OPS, TIMES, REFS, PCPUS, ARGS, LONGS, SAMPLES, STATE, INDEX) = range(1, 14)
TYPES = {16: "vpe-new", 17: "vpe-gone", 18: "vm-new", 19: "vm-gone", 20: "map", 21: "found",
         22: "unmap", 23: "prop", 24: "forward", 25: "unforward"}


class Bytes:
    """A section, being read."""

    def __init__(self, data, first_ns=0):
        self.data, self.at, self.first_ns = data, 0, first_ns

    def take(self, count):
        if self.at + count > len(self.data):
            raise Bad("a column ends early")
        self.at += count
        return self.data[self.at - count:self.at]

    def left(self):
        return self.at < len(self.data)

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return value & MASK
            if shift >= 70:
                raise Bad("a varint of more than 10 bytes")

    def signed(self):
        v = self.varint()
        return v >> 1 if v & 1 == 0 else -((v + 1) >> 1)

    def time(self):
        return (self.first_ns + self.signed()) & MASK

    def time_or_none(self):
        return self.time() if self.varint() else None

    def address(self):
        return struct.unpack("<Q", self.take(8))[0]

    def text(self):
        return self.take(self.varint()).decode()

    def double(self):
        return struct.unpack("<d", self.take(8))[0]


def read_sample(b):
    s = {"now_ns": b.time(), "real_ns": b.address(), "loss": [b.varint() for _ in range(5)],
         "missed": b.varint(), "flags": b.varint(), "bpf": b.varint(), "own": b.varint(),
         "agents": b.varint()}
    s["vms"] = [(b.address(), b.varint(), b.varint(), b.varint()) for _ in range(b.varint())]
    s["lrs"] = [(b.address(), b.varint(), b.varint()) for _ in range(b.varint())]
    s["direct"] = [(b.address(), b.time(), b.varint(), b.varint(), b.time(), b.varint(),
                    b.varint(), b.double()) for _ in range(b.varint())]
    s["lpis"] = [(b.address(), b.address(), *(b.varint() for _ in range(5)))
                 for _ in range(b.varint())]
    return s


class Chunk:
    """Header, sections and names of a chunk: all that is told before its first record."""

    def __init__(self, header, body):
        (_, self.kind, self.flags, _, self.seq, self.first_ns, self.last_ns, self.nr_records,
         self.nr_lost, _, body_crc, _, _, _) = header
        if zlib.crc32(body) != body_crc:
            raise Bad("body_crc")
        self.sections = {}
        at = 0
        while at < len(body):
            if len(body) - at < 16:
                raise Bad("sections do not fit")
            number, coding, _, disk_len, raw_len, _ = struct.unpack_from("<BBHIII", body, at)
            data = body[at + 16:at + 16 + disk_len]
            at += 16 + disk_len
            if len(data) != disk_len or number in self.sections or coding > 1:
                raise Bad("sections do not fit")
            try:
                data = zlib.decompress(data) if coding else data
            except zlib.error as e:
                raise Bad("does not inflate") from e
            if len(data) != raw_len:
                raise Bad("raw_len")
            self.sections[number] = data
        self.vms, self.vpes, self.state = [], [], None

    def section(self, number):
        return Bytes(self.sections.get(number, b""), self.first_ns)

    def read_names(self):
        b = self.section(VMS)
        while b.left():
            vm = {"kvm": b.address(), "birth_ns": b.time()}
            vm.update((key, b.varint()) for key in ("pid", "nr_vcpus", "nr_lpis", "walked"))
            vm["name"] = b.text()
            self.vms.append(vm)
        b = self.section(VPES)
        while b.left():
            vpe = {"vpe": b.address(), "vm": b.varint(), "born": b.varint()}
            if vpe["vm"] >= len(self.vms):
                raise Bad("the VM of a vPE is not named")
            vpe["kvm"] = self.vms[vpe["vm"]]["kvm"]
            if not vpe["born"]:
                self.read_vpe(b, vpe)
            self.vpes.append(vpe)
        if self.flags & 1:
            self.read_state()

    def read_vpe(self, b, vpe):
        for key in ("vcpu", "vpe_id", "doorbell_irq", "tid"):
            vpe[key] = b.varint()
        vpe["birth_ns"] = b.time()
        vpe["state"], vpe["seen"] = b.varint(), bool(b.varint() & 1)
        vpe["since_ns"] = b.time()
        for key in ("woke_ns", "entry_db_ns", "called_ns", "any_ns"):
            vpe[key] = b.time_or_none()
        for key in ("pcpu", "last_pcpu", "last_kind"):
            vpe[key] = b.varint()
        if vpe["state"] > BLOCKED or vpe["last_kind"] > 3:
            raise Bad("no such state")

    def read_state(self):
        b = self.section(STATE)
        nr_vms, nr_vpes = b.varint(), b.varint()
        if nr_vms > len(self.vms) or nr_vpes > len(self.vpes):
            raise Bad("STATE of what is not named")
        self.state = {"vms": [], "vpes": [], "vlpis": []}
        for _ in range(nr_vms):
            self.state["vms"].append(({key: b.varint() for key in VM_COUNTS}, Hist().read(b),
                                      Hist().read(b)))
        for i in range(nr_vpes):
            if self.vpes[i]["born"]:
                raise Bad("STATE of what is not born")
            self.state["vpes"].append({key: b.varint() for key in VPE_COUNTS})
        for _ in range(b.varint()):
            v = {"irq": b.varint(), "kvm": b.address(), "vpe": b.address(), "mapped_ns": b.time()}
            v.update((key, b.varint()) for key in ("vintid", "devid", "eventid", "prop", "flags"))
            v["device"] = b.text()
            self.state["vlpis"].append(v)
        self.state["gap"] = b.varint()
        self.state["sample"] = read_sample(b) if b.varint() else None
        if b.left():
            raise Bad("STATE goes on")


class Recording:
    """Finds chunks, and plays them one after the other."""

    def __init__(self, data):
        self.data = data
        self.damage = {"skipped_chunks": 0, "skipped_bytes": 0, "no_index": 0, "bad_header": 0}
        self.file_id, self.chunks = None, []
        self.verdict = self.find()

    def header_at(self, offset):
        """The chunk header there, or None."""
        raw = self.data[offset:offset + 64]
        if len(raw) < 64:
            return None
        h = struct.unpack("<IBBHQQQIIIIQII", raw)
        good = (raw[:4] == b"G4CK" and zlib.crc32(raw[:60]) == h[13] and h[3] == 64 and
                h[1] in (1, 2) and offset + 64 + h[9] <= len(self.data) and
                (self.file_id is None or h[11] == self.file_id))
        return h if good else None

    def find(self):
        magic, major, _, header_len, file_id, _, crc = struct.unpack(
            "<8sHHIQII", self.data[:32].ljust(32, b"\0"))
        right = magic == b"\x89G4REC\r\n"
        first = 32
        if len(self.data) < 32 or not right or zlib.crc32(self.data[:28]) != crc:
            if not self.header_at(32):
                return "empty" if right else "foreign"
            self.damage["bad_header"] = 1
            self.file_id = self.header_at(32)[11]
        else:
            if major != 1:
                return "newer"
            self.file_id, first = file_id, header_len
        if not self.by_index(first):
            self.damage["no_index"] = 1
            self.by_headers(first)
        return "good" if self.chunks else "empty"

    def by_index(self, first):
        tail = self.data[-24:]
        if len(tail) < 24:
            return False
        at, file_id, crc, magic = struct.unpack("<QQI4s", tail)
        h = self.header_at(at) if at < len(self.data) else None
        if (magic != b"G4EN" or file_id != self.file_id or zlib.crc32(tail[:16]) != crc or
                not h or h[1] != 2 or at + 64 + h[9] + 24 != len(self.data)):
            return False
        try:
            index = Chunk(h, self.data[at + 64:at + 64 + h[9]]).sections.get(INDEX, b"")
        except Bad:
            return False
        offset, chunks = first, []
        for i, entry in enumerate(struct.iter_unpack("<QQQQIIII", index)):
            if entry[0] != i or entry[1] != offset:
                return False
            chunks.append((entry[0], offset))
            offset += entry[7]
        if offset != at:
            return False
        self.chunks = chunks
        return True

    def by_headers(self, offset):
        expected = 0
        while offset < len(self.data):
            h = self.header_at(offset)
            if not h and len(self.data) - offset == 24 and self.data[-4:] == b"G4EN":
                return
            if not h:
                self.damage["skipped_bytes"] += 1
                offset += 1
                continue
            self.file_id = h[11]
            if h[1] == 1:
                self.chunks.append((h[4], offset))
                self.damage["skipped_chunks"] += max(h[4] - expected, 0)
                expected = h[4] + 1
            offset += 64 + h[9]

    def read(self, offset):
        h = self.header_at(offset)
        if not h:
            raise Bad("no chunk there")
        chunk = Chunk(h, self.data[offset + 64:offset + 64 + h[9]])
        chunk.read_names()
        return chunk


class Player:
    """Records in the order of the file, and what they count."""

    def __init__(self, recording):
        self.recording, self.host = recording, Host()
        self.hole = self.want_key = True
        self.records = self.lost = 0

    def play(self):
        next_seq = 0
        for seq, offset in self.recording.chunks:
            if seq != next_seq:
                self.hole = self.want_key = True
            next_seq = seq + 1
            try:
                chunk = self.recording.read(offset)
                self.bind(chunk)
                self.ops(chunk)
            except Bad:
                self.recording.damage["skipped_chunks"] += 1
                self.hole = self.want_key = True

    # --- a chunk's begin ---

    def cross(self, chunk):
        host = self.host
        now = host.now_ns or chunk.first_ns
        while host.gaps:
            self.gap(False, now)
        if host.now_ns:         # else it is the begin of all that is known
            self.gap(True, now)
            self.gap(False, max(now, chunk.first_ns))
        host.pass_time(chunk.first_ns)
        if chunk.flags & 4:
            self.gap(True, chunk.first_ns)

    def gap(self, begin, t):
        self.host.gap(begin, t)
        print(f"{t} gap-{'begin' if begin else 'end'}")

    def bind(self, chunk):
        host, replace = self.host, self.want_key and bool(chunk.flags & 1)
        if self.hole:
            self.cross(chunk)
        self.vms, self.vpes, first = [], [], set()
        for named in chunk.vms:
            vm = host.vms.get(named["kvm"])
            if named["kvm"] not in first:
                first.add(named["kvm"])
                if not vm or replace:
                    vm = host.vm(named["kvm"])
                    name = vm.name
                    vm.describe(named)
                    vm.name = named["name"] or name
                vm.name = named["name"] or vm.name
            self.vms.append(vm)
        first = set()
        for named in chunk.vpes:
            v = None
            if not named["born"]:
                v = host.vpes.get(named["vpe"])
                new = not v
                if new:
                    v = host.new_vpe(named["vpe"], named["kvm"])
                if new or (self.hole and named["vpe"] not in first):
                    self.see_again(v, named)
                first.add(named["vpe"])
            self.vpes.append(v)
        if replace:
            self.replace(chunk)
        self.hole = False
        self.lost += chunk.nr_lost

    @staticmethod
    def see_again(v, named):
        """Only what is later than the gap is counted: it ends where the state began anew."""
        end = v.since_ns
        v.describe(named)
        if end > v.since_ns:
            v.count_span(v.state, -(end - v.since_ns))

    def replace(self, chunk):
        host = self.host
        for v in [v for v in host.vpes.values() if v not in self.vpes]:
            host.vpe_gone(v, chunk.first_ns)
        for vm in [vm for vm in host.vms.values() if vm not in self.vms]:
            host.vm_gone(vm, chunk.first_ns)
        for vm, (counts, doorbell_ns, map_ns) in zip(self.vms, chunk.state["vms"]):
            vm.counts, vm.doorbell_ns, vm.map_ns = counts, doorbell_ns, map_ns
        for v, counts in zip(self.vpes, chunk.state["vpes"]):
            v.counts = counts
        host.vlpis = {v["irq"]: v for v in chunk.state["vlpis"]}
        if chunk.state["sample"]:
            host.take_sample(chunk.state["sample"])
        if chunk.state["gap"] and not host.gaps:
            self.gap(True, chunk.first_ns)
        self.want_key = False

    # --- its ops ---

    def ops(self, chunk):
        b = {number: chunk.section(number) for number in
             (OPS, TIMES, REFS, PCPUS, ARGS, LONGS, SAMPLES)}
        now, current, left = chunk.first_ns, None, chunk.nr_records
        pcpu = [named.get("pcpu") for named in chunk.vpes]
        called = [named.get("called_ns") for named in chunk.vpes]
        while b[OPS].left():
            byte = b[OPS].take(1)[0]
            op, f, f0, f1 = byte & 15, byte >> 4 & 3, byte >> 4 & 1, byte >> 5 & 1
            if op == 14 and f == 3:
                now = (now - b[ARGS].varint()) & MASK
                continue
            if 1 <= op <= 13 and op != 10 and byte & 0x40:
                current = b[REFS].varint()
            now = (now + b[TIMES].varint()) & MASK
            if op == 14:
                self.special(f, now, b)
                continue
            if not left:
                raise Bad("more than nr_records")
            if op == 10:
                ref, cpu = b[REFS].varint(), b[PCPUS].varint()
                self.sw_lpi(chunk, ref, now, cpu)
            elif op == 15:
                self.rare(chunk, now, b[LONGS])
            elif op == 0:
                raise Bad("an op 0")
            else:
                if current is None or current >= len(chunk.vpes):
                    raise Bad("a vPE that is not named")
                if byte & 0x80:
                    pcpu[current] = b[PCPUS].varint()
                arg, flags, name = 0, 0, None
                if op in (1, 12):
                    name, flags = "load", 4 * f1
                    arg = called[current] if op == 1 and f0 else 0
                elif op in (7, 13):
                    name = "wake"
                    arg = called[current] if op == 7 and f0 else 0
                elif op == 2:
                    name, flags = "put", f0
                elif op == 3:
                    name, flags, arg = "put-done", 2 * f0, b[ARGS].varint() if f1 else 0
                elif op in (4, 11):
                    name, flags = "doorbell", f + (4 if op == 11 else 0)
                    if f == 0:
                        called[current] = now
                elif op == 8:
                    name, arg = "entry", b[ARGS].varint() if f1 else 0
                elif op == 9:
                    name, arg = "move", b[ARGS].varint()
                else:
                    name = {5: "doorbell-done", 6: "sleep"}[op]
                if op in (12, 13):
                    arg = (now - b[ARGS].signed()) & MASK
                self.event(chunk, current, name, now, pcpu[current], flags, arg or 0)
            left -= 1
            self.records += 1
        if left:
            raise Bad("less than nr_records")

    def event(self, chunk, ref, name, now, cpu, flags, arg):
        named, v = chunk.vpes[ref], self.vpes[ref]
        if not v:
            raise Bad("it was not born")
        if v.gone:
            v = self.host.vpes.get(named["vpe"])
            if not v:
                v = self.host.new_vpe(named["vpe"], named["kvm"])
                if not named["born"]:
                    v.describe(named)
            self.vpes[ref] = v
        latency = self.host.event(v, name, now, flags, arg)
        print(f"{now} {name} cpu={cpu} kvm={v.vm.kvm:x} vpe={v.vpe:x} vcpu={v.vcpu} "
              f"flags={flags} arg={arg} latency={latency}")

    def sw_lpi(self, chunk, ref, now, cpu):
        if ref >= len(chunk.vms):
            raise Bad("a VM that is not named")
        vm = self.vms[ref]
        if not vm or vm.gone:
            named = chunk.vms[ref]
            vm = self.host.vms.get(named["kvm"])
            if not vm:
                vm = self.host.vm(named["kvm"])
                vm.describe(named)
            self.vms[ref] = vm
        self.host.pass_time(now)
        vm.counts["sw_lpis"] += 1
        del cpu

    def rare(self, chunk, now, b):
        r = {key: b.varint() for key in ("type", "flags", "pcpu", "born")}
        r.update((key, b.address()) for key in ("vpe", "kvm"))
        r.update((key, b.varint()) for key in (
            "arg_ns", "vcpu", "irq", "vintid", "devid", "eventid", "pid", "nr", "vpe_id", "prop",
            "lpi_flags"))
        r["text"] = b.text()
        if r["type"] < 16 or (r["type"] == 16) != bool(r["born"]) or r["born"] > len(chunk.vpes):
            raise Bad("no such rare record")
        v = self.host.rare(r, now)
        if v:
            self.vpes[r["born"] - 1] = v
        print(f"{now} {TYPES[r['type']]} cpu={r['pcpu']} kvm={r['kvm']:x} vpe={r['vpe']:x} "
              f"vcpu={r['vcpu']} flags={r['flags']} arg={r['arg_ns']} irq={r['irq']} "
              f"vintid={r['vintid']} devid={r['devid']} eventid={r['eventid']} pid={r['pid']} "
              f"nr={r['nr']} vpe_id={r['vpe_id']} prop={r['prop']} lpi={r['lpi_flags']} "
              f"{r['text']}")

    def special(self, f, now, b):
        if f < 2:
            self.gap(f == 0, now)
            return
        s = read_sample(b[SAMPLES])
        self.host.take_sample(s)
        flags = s["flags"]
        words = [f"{s['now_ns']} sample real={s['real_ns']}",
                 "loss=" + ",".join(str(n) for n in s["loss"]),
                 f"missed={s['missed']},{flags & 1}",
                 f"cost={flags >> 1 & 1},{s['bpf']},{s['own']} agents={s['agents']}"]
        words += [f"vm={vm[0]:x},{vm[1]},{vm[2]},{vm[3]}" for vm in s["vms"]]
        words += [f"lr={lr[0]:x},{lr[1]},{lr[2]}" for lr in s["lrs"]]
        words += [f"direct={d[0]:x}," + ",".join(str(n) for n in d[1:7]) + f",{d[7]:.3f}"
                  for d in s["direct"]]
        words += [f"lpi={lpi[0]:x},{lpi[1]:x}," + ",".join(str(n) for n in lpi[2:])
                  for lpi in s["lpis"]]
        print(" ".join(words))


def main():
    recording = Recording(pathlib.Path(sys.argv[1]).read_bytes())
    if recording.verdict != "good":
        print(recording.verdict)
        return 0
    player = Player(recording)
    player.play()
    host = player.host
    print(json.dumps({"records": player.records, "lost": player.lost, **recording.damage,
                      "vms": [vm.json() for vm in host.all_vms],
                      "vpes": [v.json() for v in host.all_vpes],
                      "vlpis": [host.vlpis[irq] for irq in sorted(host.vlpis)]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
