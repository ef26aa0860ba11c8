#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_refusals.py KERNEL

What gicv4top says where it cannot run, and where something is missing: each
message and each exit code, on hosts that are so. And the small cases of a host
that can: filters, full tables, a VM that ends.
"""
import json
import sys

from lablib import Boot, Tap, no_trouble_in


def result(boot, name):
    return (boot.read(f"{name}.status").strip(), boot.read(f"{name}.stdout"),
            boot.read(f"{name}.stderr"))


def refused(tap, boot, name, words, what):
    """Exit 1, one line on stderr with these words, nothing on stdout."""
    status, out, err = result(boot, name)
    tap.ok(status == "1" and not out and err.count("\n") == 1 and err.startswith("gicv4top: ") and
           all(w in err for w in words), what, f"status {status}", f"stdout {out!r}",
           f"stderr {err!r}")


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def off(tap, kernel):
    boot = Boot(kernel, "refusals.sh", "--append", "kvm-arm.vgic_v4_enable=0", env=("CASES=plain",))
    boot.require(tap, "vgic_v4_enable=0: the host boots")
    refused(tap, boot, "top", ["kvm-arm.vgic_v4_enable=1"],
            "vgic_v4_enable=0: top refuses and names the parameter")
    status, out, _ = result(boot, "check")
    tap.ok(status == "1" and "FAIL  kvm-arm.vgic_v4_enable" in out and
           "boot the host with kvm-arm.vgic_v4_enable=1" in out,
           "vgic_v4_enable=0: check fails on that line, with what to do", status, out)
    status, out, _ = result(boot, "check_json")
    checks = {c["check"]: c["verdict"] for c in json.loads(out)["checks"]}
    tap.equal((status, checks["kvm-arm.vgic_v4_enable"], json.loads(out)["can_run"]),
              ("1", "fail", False), "vgic_v4_enable=0: check --json says the same")


def no_gicv4(tap, kernel):
    boot = Boot(kernel, "refusals.sh", "--qemu-arg", "-machine", "--qemu-arg", "gic-version=3",
                env=("CASES=plain",))
    boot.require(tap, "GICv3 host: it boots")
    refused(tap, boot, "top", ["GICv4"], "GICv3 host: top refuses")
    status, out, _ = result(boot, "check")
    tap.ok(status == "1" and "FAIL  GICv4 in KVM" in out, "GICv3 host: check fails on GICv4",
           status, out)


def able(tap, kernel):
    boot = Boot(kernel, "refusals.sh", "--edu", "2", env=("CASES=plain caps options nobtf vm",))
    if not boot.require(tap, "GICv4 host: the cases ran"):
        return
    status, out, err = result(boot, "top")
    tap.ok(status == "0" and "(no VM)" in out and not err, "no VM: an empty table, exit 0", out, err)
    status, out, _ = result(boot, "check")
    tap.ok(status == "0" and "FAIL" not in out and "can run here" in out,
           "check: all stands, exit 0", out)

    refused(tap, boot, "nocaps", ["CAP_BPF"], "without capabilities: CAP_BPF is named")
    refused(tap, boot, "nobpf", ["CAP_BPF"], "without CAP_BPF: it is named")
    refused(tap, boot, "noperfmon", ["CAP_PERFMON"], "without CAP_PERFMON: it is named")
    if kernel == "stock-6.1":   # kprobes go through perf, fentry does not
        refused(tap, boot, "paranoid", ["perf_event_paranoid", "CAP_SYS_ADMIN"],
                "kprobes under Debian's perf_event_paranoid=3: what they take is said")
    else:
        tap.equal(result(boot, "paranoid")[0], "0",
                  "perf_event_paranoid does not stand against fentry")
    status, out, err = result(boot, "twocaps")
    tap.ok(status == "0" and json_lines(out), "CAP_BPF and CAP_PERFMON are enough", status, err)
    status, out, err = result(boot, "caps_vms")
    tap.ok(status == "0" and [vm["name"] for vm in json_lines(out)[-1]["vms"]] == ["one", "two"],
           "they are enough to see VMs and their names", status, err, out[:400])

    refused(tap, boot, "tracepoint", ["tracepoint", "--backend auto"],
            "a stock kernel has no tracepoints of ours: said so")
    if kernel == "stock-6.1":
        refused(tap, boot, "fentry", ["fentry"], "6.1 cannot attach fentry: said so")
    else:
        tap.equal(result(boot, "fentry")[0], "0", "--backend fentry works")
    refused(tap, boot, "nobtf", ["CONFIG_DEBUG_INFO_BTF"], "no BTF: said so")
    tap.ok("FAIL  BTF" in result(boot, "nobtf_check")[1], "no BTF: check fails on that line",
           *result(boot, "nobtf_check"))
    small_cases(tap, boot)
    no_trouble_in(tap, boot)


def small_cases(tap, boot):
    status, out, err = result(boot, "full_vms")
    last = json_lines(out)[-1]
    tap.ok(status == "3" and last["losses"]["map_full"] > 0 and len(last["vms"]) == 1,
           "a full table of VMs: counted as lost, exit 3", status, out[:600], err)
    status, out, _ = result(boot, "full_vpes")
    tap.ok(status == "3" and "LOST" in out and "map full" in out,
           "a full table of vPEs: the header says so, exit 3", status, out)
    tap.equal([vm["name"] for vm in json_lines(result(boot, "by_pid")[1])[-1]["vms"]], ["one"],
              "-p shows the VM of this process only")
    tap.equal([vm["name"] for vm in json_lines(result(boot, "by_name")[1])[-1]["vms"]], ["two"],
              "-g shows VMs whose name contains the word")
    tap.equal([[v["vcpu"] for v in vm["vpes"]] for vm in
               json_lines(result(boot, "by_vcpu")[1])[-1]["vms"]], [[1], [1]],
              "--vcpu shows this vCPU of each VM only")
    lines = result(boot, "csv")[1].split("\r\n")
    tap.ok(lines[0] == "time_ns,name,pid,direct" and len(lines) == 6 and
           [line.split(",")[1] for line in lines[1:5]] == ["one", "two"] * 2 and
           all(line.endswith(",") for line in lines[1:5]),
           "CSV has a header once, sorted rows, and direct empty: not known", lines)
    views = [json.loads(line)["vms"] for line in boot.read("ending.jsonl").splitlines()]
    tap.ok(len(views[0]) == 2 and not views[-1], "VMs that end leave the list", views[-1])
    tap.equal((boot.read("ending.status").strip(), boot.read("ending.err")), ("0", ""),
              "a VM that ends while watched is normal: exit 0, no message")


def main(kernel):
    tap = Tap(f"refusals, {kernel}")
    able(tap, kernel)
    off(tap, kernel)
    no_gicv4(tap, kernel)
    return tap.done()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
