/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Residency: a vPE made resident (load), taken out (put), committed (guest
 * entry) and moved to another CPU's redistributor (VMOVP). These are the
 * warmest programs: each does one clock read, one hash lookup and a few adds.
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

static __always_inline int on_load(struct its_vpe *vpe, int ret)
{
	__u64 now = bpf_ktime_get_ns(), latency;
	struct vpe_ref ref;
	struct g4_vm *vm;

	if (ret || vpe_get(vpe, &ref))
		return 0;
	latency = g4_vpe_load(ref.v, ref.h, now, bpf_get_smp_processor_id());
	if (latency) {
		vm = vm_find(ref.v->kvm);
		if (vm)
			g4_hist_add_shared(&vm->doorbell_ns, latency);
	}
	record(ref.v, now, G4_REC_VPE_LOAD, 0, latency ? now - latency : 0);
	return 0;
}

static __always_inline int on_put(struct its_vpe *vpe, __u32 db)
{
	__u64 now = bpf_ktime_get_ns();
	struct g4_scratch *s = scratch_get();
	struct vpe_ref ref;

	if (s) {
		s->put_vpe = (__u64)vpe;
		s->dirty_ns = 0;
	}
	if (vpe_get(vpe, &ref))
		return 0;
	g4_vpe_put(ref.v, ref.h, now, bpf_get_smp_processor_id(), db);
	record(ref.v, now, G4_REC_VPE_PUT, db ? G4_RECF_DOORBELL : 0, 0);
	return 0;
}

/* A put that ends: only now has the hardware said whether a VLPI was pending. */
static __always_inline int on_put_exit(void)
{
	struct g4_scratch *s = scratch_get();
	struct its_vpe *vpe;
	struct vpe_ref ref;
	bool pending;

	if (!s)
		return 0;
	vpe = (void *)s->put_vpe;
	if (!vpe) {
		count_loss(unmatched);
		return 0;
	}
	if (!vpe_find((__u64)vpe, &ref)) {
		/*
		 * Two others write the flag, which is not the hardware's word:
		 * a doorbell that came since the entry (its handler does), and
		 * on a 4.1 every put without a doorbell (its_vpe_4_1_deschedule()).
		 */
		pending = BPF_CORE_READ(vpe, pending_last) &&
			  ref.v->db.called_ns < ref.v->run.since_ns &&
			  !(cfg_gicv4_1 && ref.v->run.state != G4_VPE_BLOCKED);
		if (pending)
			ref.v->run.pending_last++;
		if (s->dirty_ns)
			g4_vpe_hist_add(ref.h, G4_H_DIRTY, s->dirty_ns);
		if (cfg_records)
			record(ref.v, bpf_ktime_get_ns(), G4_REC_VPE_PUT_DONE,
			       pending ? G4_RECF_PENDING_LAST : 0, s->dirty_ns);
	}
	s->put_vpe = 0;
	s->dirty_ns = 0;
	return 0;
}

static __always_inline int on_commit(struct its_vpe *vpe)
{
	struct g4_scratch *s = scratch_get();
	struct vpe_ref ref;
	__u64 now;

	if (vpe_find((__u64)vpe, &ref))
		return 0;
	if (s && s->dirty_ns) {
		g4_vpe_hist_add(ref.h, G4_H_DIRTY, s->dirty_ns);
		s->dirty_ns = 0;
	}
	if (!ref.v->run.entry_db_ns && !cfg_records)
		return 0;
	now = bpf_ktime_get_ns();
	g4_vpe_guest_entry(ref.v, ref.h, now);
	record(ref.v, now, G4_REC_GUEST_ENTRY, 0, 0);
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
	struct vpe_ref ref;
	__u64 now, ns;

	if (!s || !s->vmovp_vpe)
		return 0;
	now = bpf_ktime_get_ns();
	ns = g4_span(s->vcmd_ns, now);
	if (!vpe_find(s->vmovp_vpe, &ref)) {
		/* mostly the vCPU's thread, but CPU hotplug moves vPEs too */
		__sync_fetch_and_add(&ref.v->run.moves, 1);
		g4_vpe_hist_add(ref.h, G4_H_VMOVP, ns);
		record(ref.v, now, G4_REC_VMOVP, 0, ns);
	}
	s->vmovp_vpe = 0;
	return 0;
}

SEC("fexit")
int BPF_PROG(load_fexit, struct its_vpe *vpe, bool g0en, bool g1en, int ret)
{
	return on_load(vpe, ret);
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
	__u64 vpe;

	if (!s)
		return 0;
	vpe = s->load_vpe;
	s->load_vpe = 0;
	if (!vpe) {
		count_loss(unmatched);
		return 0;
	}
	return on_load((void *)vpe, ret);
}

SEC("fentry")
int BPF_PROG(put_fentry, struct its_vpe *vpe, bool db)
{
	return on_put(vpe, db);
}

SEC("fexit")
int BPF_PROG(put_fexit)
{
	return on_put_exit();
}

SEC("kprobe")
int BPF_KPROBE(put_kprobe, struct its_vpe *vpe, unsigned long db)
{
	return on_put(vpe, db & 0xff);
}

SEC("kretprobe")
int BPF_KRETPROBE(put_kretprobe)
{
	return on_put_exit();
}

SEC("fexit")
int BPF_PROG(commit_fexit, struct its_vpe *vpe)
{
	return on_commit(vpe);
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
	return on_commit((void *)vpe);
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
