/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Residency: a vPE made resident (load), taken out (put), committed (guest
 * entry) and moved to another CPU's redistributor (VMOVP). These are the
 * warmest programs: each does one clock read, finds its vPE by an array index, and
 * does a few adds.
 *
 * Loads and puts run with preemption off, commits and ITS commands with
 * interrupts off, so what an exit must know of its entry waits in a per-CPU
 * scratch. The load counts at its exit (then it is resident, and only if it
 * returned 0), the put at its entry: a doorbell may come as soon as the
 * hardware has let go of the vPE, which is before the exit.
 */
#ifndef GICV4TOP_RESIDENCY_BPF_H
#define GICV4TOP_RESIDENCY_BPF_H

#include "common.bpf.h"

/* With these the end of a put is watched. */
#define PUT_END		(G4_CFG_DIRTY | G4_CFG_RECORDS)

static __always_inline int on_load(struct its_vpe *vpe, __u16 id, bool pending_last, int ret)
{
	__u64 now = bpf_ktime_get_ns(), latency;
	__u32 cfg = cfg_flags;
	struct g4_vpe *v;
	struct g4_vm *vm;
	__u32 pending;

	if (ret)
		return 0;
	v = vpe_get(vpe, id);
	if (!v)
		return 0;
	if (!v->lr.tid)
		v->lr.tid = (__u32)bpf_get_current_pid_tgid();
	pending = g4_vpe_was_pending(v, pending_last, cfg & G4_CFG_GICV4_1);
	latency = g4_vpe_load(v, hists_of(v), now, bpf_get_smp_processor_id(), pending);
	if (latency) {
		vm = vm_of(v);
		if (vm)
			g4_hist_add_shared(&vm->doorbell_ns, latency);
	}
	record_cfg(cfg, v, now, G4_REC_VPE_LOAD, pending ? G4_RECF_COUNTED : 0,
		   latency ? now - latency : 0);
	return 0;
}

static __always_inline int on_put(struct its_vpe *vpe, __u16 id, __u32 db)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 cfg = cfg_flags;
	struct g4_scratch *s;
	struct g4_vpe *v;

	if (cfg & G4_CFG_DIRTY) {
		s = scratch_get();
		if (s)
			s->dirty_ns = 0;
	}
	v = vpe_get(vpe, id);
	if (!v)
		return 0;
	g4_vpe_put(v, hists_of(v), now, bpf_get_smp_processor_id(), db);
	record_cfg(cfg, v, now, G4_REC_VPE_PUT, db ? G4_RECF_DOORBELL : 0, 0);
	return 0;
}

/* Time spent polling Dirty since the put or commit began, into its histogram. */
static __always_inline __u64 take_dirty(const struct g4_vpe *v)
{
	struct g4_scratch *s;
	__u64 ns;

	if (!(cfg_flags & G4_CFG_DIRTY))
		return 0;
	s = scratch_get();
	if (!s || !s->dirty_ns)
		return 0;
	ns = s->dirty_ns;
	s->dirty_ns = 0;
	g4_vpe_hist_add(hists_of(v), G4_H_DIRTY, ns);
	return ns;
}

/* A put that ends: only for the time that it took, and for who wants each event. */
static __always_inline int on_put_exit(__u64 vpe, __u16 id, bool pending_last)
{
	struct g4_vpe *v = vpe_find(vpe, id);
	__u64 dirty_ns;
	__u32 pending;

	if (!v)
		return 0;
	dirty_ns = take_dirty(v);
	if (cfg_flags & G4_CFG_RECORDS) {
		pending = g4_vpe_was_pending(v, pending_last, cfg_flags & G4_CFG_GICV4_1);
		record(v, bpf_ktime_get_ns(), G4_REC_VPE_PUT_DONE,
		       pending ? G4_RECF_PENDING_LAST : 0, dirty_ns);
	}
	return 0;
}

static __always_inline int on_commit(__u64 vpe, __u16 id)
{
	struct g4_vpe *v = vpe_find(vpe, id);
	__u64 now, dirty_ns;

	if (!v)
		return 0;
	dirty_ns = take_dirty(v);
	if (!v->run.entry_db_ns && !(cfg_flags & G4_CFG_RECORDS))
		return 0;
	now = bpf_ktime_get_ns();
	g4_vpe_guest_entry(v, hists_of(v), now);
	record(v, now, G4_REC_GUEST_ENTRY, 0, dirty_ns);
	return 0;
}

/* Polling GICR_VPENDBASER.Dirty, inside a put (twice) or a commit. */
static __always_inline int on_dirty(void)
{
	struct g4_scratch *s = scratch_get();

	if (s)
		s->dirty_start_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int on_dirty_exit(void)
{
	struct g4_scratch *s = scratch_get();

	if (s && s->dirty_start_ns) {
		s->dirty_ns += g4_span(s->dirty_start_ns, bpf_ktime_get_ns());
		s->dirty_start_ns = 0;
	}
	return 0;
}

static __always_inline int on_vcommand(void)
{
	struct g4_scratch *s = scratch_get();

	if (s) {
		s->vcmd_ns = bpf_ktime_get_ns();
		s->vmovp_vpe = 0;
	}
	return 0;
}

/*
 * The command is a VMOVP. On machines with an ITSList one move is a command to
 * every ITS, all with one sequence number (its_send_vmovp()): the first counts.
 */
static __always_inline int on_vmovp(struct its_cmd_desc *desc)
{
	struct g4_scratch *s = scratch_get();
	__u32 seq;

	if (!s)
		return 0;
	if (BPF_CORE_READ(desc, its_vmovp_cmd.its_list)) {
		/* +1: a fresh scratch must not look like number 0 */
		seq = BPF_CORE_READ(desc, its_vmovp_cmd.seq_num) + 1;
		if (seq == s->vmovp_seq)
			return 0;
		s->vmovp_seq = seq;
	}
	s->vmovp_vpe = (__u64)BPF_CORE_READ(desc, its_vmovp_cmd.vpe);
	return 0;
}

static __always_inline int on_vcommand_exit(void)
{
	struct g4_scratch *s = scratch_get();
	struct g4_vpe *v;
	__u64 now, ns;

	if (!s || !s->vmovp_vpe)
		return 0;
	now = bpf_ktime_get_ns();
	ns = g4_span(s->vcmd_ns, now);
	v = vpe_find(s->vmovp_vpe, vpe_id_of((void *)s->vmovp_vpe));
	if (v) {
		/* mostly the vCPU's thread, but CPU hotplug moves vPEs too */
		__sync_fetch_and_add(&v->run.moves, 1);
		g4_vpe_hist_add(hists_of(v), G4_H_VMOVP, ns);
		record(v, now, G4_REC_VMOVP, 0, ns);
	}
	s->vmovp_vpe = 0;
	return 0;
}

SEC("fexit")
int BPF_PROG(load_fexit, struct its_vpe *vpe, bool g0en, bool g1en, int ret)
{
	return on_load(vpe, vpe->vpe_id, vpe->pending_last, ret);
}

SEC("kprobe")
int BPF_KPROBE(load_kprobe, struct its_vpe *vpe)
{
	struct g4_scratch *s = scratch_get();

	if (s)
		s->load_vpe = (__u64)vpe;
	return 0;
}

SEC("kretprobe")
int BPF_KRETPROBE(load_kretprobe, int ret)
{
	struct g4_scratch *s = scratch_get();
	struct its_vpe *vpe;

	if (!s)
		return 0;
	vpe = (void *)s->load_vpe;
	s->load_vpe = 0;
	if (!vpe) {
		count_loss(unmatched);
		return 0;
	}
	return on_load(vpe, vpe_id_of(vpe), BPF_CORE_READ(vpe, pending_last), ret);
}

SEC("fentry")
int BPF_PROG(put_fentry, struct its_vpe *vpe, bool db)
{
	return on_put(vpe, vpe->vpe_id, db);
}

SEC("fexit")
int BPF_PROG(put_fexit, struct its_vpe *vpe)
{
	return on_put_exit((__u64)vpe, vpe->vpe_id, vpe->pending_last);
}

SEC("kprobe")
int BPF_KPROBE(put_kprobe, struct its_vpe *vpe, unsigned long db)
{
	struct g4_scratch *s = cfg_flags & PUT_END ? scratch_get() : NULL;

	if (s)
		s->put_vpe = (__u64)vpe;
	return on_put(vpe, vpe_id_of(vpe), db & 0xff);
}

SEC("kretprobe")
int BPF_KRETPROBE(put_kretprobe)
{
	struct g4_scratch *s = scratch_get();
	struct its_vpe *vpe;

	if (!s)
		return 0;
	vpe = (void *)s->put_vpe;
	s->put_vpe = 0;
	if (!vpe) {
		count_loss(unmatched);
		return 0;
	}
	return on_put_exit((__u64)vpe, vpe_id_of(vpe), BPF_CORE_READ(vpe, pending_last));
}

SEC("fexit")
int BPF_PROG(commit_fexit, struct its_vpe *vpe)
{
	return on_commit((__u64)vpe, vpe->vpe_id);
}

SEC("kprobe")
int BPF_KPROBE(commit_kprobe, struct its_vpe *vpe)
{
	struct g4_scratch *s = scratch_get();

	if (s)
		s->commit_vpe = (__u64)vpe;
	return 0;
}

SEC("kretprobe")
int BPF_KRETPROBE(commit_kretprobe)
{
	struct g4_scratch *s = scratch_get();
	__u64 vpe;

	if (!s)
		return 0;
	vpe = s->commit_vpe;
	s->commit_vpe = 0;
	if (!vpe) {
		count_loss(unmatched);
		return 0;
	}
	return on_commit(vpe, vpe_id_of((void *)vpe));
}

SEC("fentry")
int BPF_PROG(dirty_fentry)
{
	return on_dirty();
}

SEC("fexit")
int BPF_PROG(dirty_fexit)
{
	return on_dirty_exit();
}

SEC("kprobe")
int BPF_KPROBE(dirty_kprobe)
{
	return on_dirty();
}

SEC("kretprobe")
int BPF_KRETPROBE(dirty_kretprobe)
{
	return on_dirty_exit();
}

/* the same for the wait of a commit: a program attaches to one function */
SEC("fentry")
int BPF_PROG(parse_fentry)
{
	return on_dirty();
}

SEC("fexit")
int BPF_PROG(parse_fexit)
{
	return on_dirty_exit();
}

SEC("kprobe")
int BPF_KPROBE(parse_kprobe)
{
	return on_dirty();
}

SEC("kretprobe")
int BPF_KRETPROBE(parse_kretprobe)
{
	return on_dirty_exit();
}

SEC("fentry")
int BPF_PROG(vcommand_fentry)
{
	return on_vcommand();
}

SEC("fexit")
int BPF_PROG(vcommand_fexit)
{
	return on_vcommand_exit();
}

SEC("kprobe")
int BPF_KPROBE(vcommand_kprobe)
{
	return on_vcommand();
}

SEC("kretprobe")
int BPF_KRETPROBE(vcommand_kretprobe)
{
	return on_vcommand_exit();
}

SEC("fentry")
int BPF_PROG(vmovp_fentry, void *its, void *cmd, struct its_cmd_desc *desc)
{
	return on_vmovp(desc);
}

SEC("kprobe")
int BPF_KPROBE(vmovp_kprobe, void *its, void *cmd, struct its_cmd_desc *desc)
{
	return on_vmovp(desc);
}

#endif
