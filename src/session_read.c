// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a live session: counters into a snapshot, records out of their rings,
 * and what our programs cost. vPEs are copied whole though their writers never
 * wait (the sequence count of vpe_fsm.h); a VM whose guest changed its ITS
 * mappings is walked again first.
 */
#include <errno.h>
#include <string.h>

#include "bpfutil.h"
#include "log.h"
#include "session_priv.h"
#include "util.h"

#define TORN_TRIES	1000

/* Copies a vPE whole: again while its writer is at it (see vpe_fsm.h). */
static void copy_vpe(const struct g4_vpe *from, struct snap_vpe *to)
{
	uint64_t before, after;
	int tries;

	for (tries = 0; tries < TORN_TRIES; tries++) {
		before = __atomic_load_n(&from->seq, __ATOMIC_ACQUIRE);
		memcpy(&to->v, from, sizeof(*from));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		after = __atomic_load_n(&from->seq, __ATOMIC_RELAXED);
		if (before == after && !(before & 1))
			break;
	}
	to->now_ns = util_now_ns();
}

static int read_vpes(struct session *s, struct snapshot *snap)
{
	const struct g4_vpe *vpes = s->vpes.mem;
	const struct g4_vpe_hists *all_hists = s->hists.mem;
	uint32_t slot, nr = 0;

	for (slot = 0; slot < s->max_vpes; slot++)
		nr += vpes[slot].vpe != 0;
	snap->vpes = calloc(nr + 1, sizeof(*snap->vpes));
	if (all_hists)
		snap->hists = calloc(nr + 1, sizeof(*snap->hists));
	if (!snap->vpes || (all_hists && !snap->hists))
		return -ENOMEM;
	for (slot = 0; slot < s->max_vpes && snap->nr_vpes < nr; slot++) {
		if (!vpes[slot].vpe)
			continue;
		copy_vpe(&vpes[slot], &snap->vpes[snap->nr_vpes]);
		if (all_hists)
			snap->hists[snap->nr_vpes] = all_hists[slot];
		snap->nr_vpes++;
	}
	return 0;
}

static int read_vms(struct session *s, struct snapshot *snap)
{
	const struct g4_vm *vms = s->vms.mem;
	uint32_t slot, nr = 0;

	for (slot = 0; slot < s->max_vms; slot++)
		nr += vms[slot].kvm != 0;
	snap->vms = calloc(nr + 1, sizeof(*snap->vms));
	if (!snap->vms)
		return -ENOMEM;
	for (slot = 0; slot < s->max_vms && snap->nr_vms < nr; slot++) {
		if (vms[slot].kvm)
			snap->vms[snap->nr_vms++] = vms[slot];
	}
	return 0;
}

static int read_vlpis(struct session *s, struct snapshot *snap)
{
	auto_free struct g4_vlpi *values = NULL;
	auto_free uint32_t *keys = NULL;
	/* room for what is mapped while we read: a hash gives whole buckets only */
	const uint32_t room = s->max_vlpis + 256;
	uint32_t batch, nr = 0, count, i;
	int fd = bpf_map__fd(s->vlpi_map), err;
	bool first = true;

	values = calloc(room, sizeof(*values));
	keys = calloc(room, sizeof(*keys));
	if (!values || !keys)
		return -ENOMEM;
	do {
		count = room - nr;
		if (!count)
			break;
		err = bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys + nr,
					   values + nr, &count, NULL) ? -errno : 0;
		if (err && err != -ENOENT)
			return log_err(err, "cannot read the BPF map of VLPIs");
		nr += count;
		first = false;
	} while (!err);

	snap->vlpis = calloc(nr + 1, sizeof(*snap->vlpis));
	if (!snap->vlpis)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		snap->vlpis[i] = (struct snap_vlpi){ .host_irq = keys[i], .v = values[i] };
	snap->nr_vlpis = nr;
	return 0;
}

/*
 * kprobes that were hit while another one was handled on the CPU never reach
 * their program. From 6.7 on the kernel tells how many; before, nobody knows.
 */
static void read_probe_misses(struct session *s, struct snapshot *snap)
{
	unsigned int i;
	__u64 missed;

	snap->missed_known = true;
	for (i = 0; i < s->plan.nr * LINKS_PER_HOOK; i++) {
		if (!s->links[i] || s->plan.choices[i / LINKS_PER_HOOK].backend != HOOK_KPROBE)
			continue;
		if (bpfutil_kprobe_missed(s->links[i], &missed)) {
			snap->missed_known = false;
			return;
		}
		snap->missed += missed;
	}
}

/* What the kernel knows of a program of ours; false for one that is not loaded. */
static bool program_info(const struct bpf_program *prog, struct bpf_prog_info *ret_info)
{
	__u32 len = sizeof(*ret_info);

	memset(ret_info, 0, sizeof(*ret_info));
	return bpf_program__fd(prog) >= 0 &&
	       !bpf_obj_get_info_by_fd(bpf_program__fd(prog), ret_info, &len);
}

static int read_losses(struct session *s, struct snapshot *snap)
{
	struct bpf_prog_info info;
	struct bpf_program *prog;
	__u32 zero = 0;
	int cpu;

	if (bpf_map_lookup_elem(bpf_map__fd(s->loss_map), &zero, s->loss_cpus))
		return log_err(-errno, "cannot read the BPF map of losses");
	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		snap->loss.records += s->loss_cpus[cpu].records;
		snap->loss.vms_full += s->loss_cpus[cpu].vms_full;
		snap->loss.vpes_full += s->loss_cpus[cpu].vpes_full;
		snap->loss.vlpis_full += s->loss_cpus[cpu].vlpis_full;
		snap->loss.unmatched += s->loss_cpus[cpu].unmatched;
	}
	bpf_object__for_each_program(prog, s->obj) {
		if (program_info(prog, &info))
			snap->missed += info.recursion_misses;
	}
	read_probe_misses(s, snap);
	return 0;
}

/* VMs whose guest has sent ITS commands since their last walk are walked again. */
static int walk_changed(struct session *s)
{
	const struct g4_vm *vms = s->vms.mem;
	uint64_t kvm, its_cmds;
	uint32_t slot;
	int err;

	for (slot = 0; slot < s->max_vms; slot++) {
		kvm = vms[slot].kvm;
		its_cmds = vms[slot].its_cmds;
		if (!kvm || (s->walked[slot].kvm == kvm && s->walked[slot].its_cmds == its_cmds &&
			     vms[slot].walked))
			continue;
		err = bpfutil_run_iter(s->walk, vms[slot].pid);
		if (err)
			return log_err(err, "cannot walk the LPIs of process %u", vms[slot].pid);
		s->walked[slot] = (struct walked){ .kvm = kvm, .its_cmds = its_cmds };
	}
	return 0;
}

int session_read(struct session *s, struct snapshot *snap)
{
	int err;

	snapshot_clear(snap);
	err = walk_changed(s);
	if (err)
		return err;
	snap->now_ns = util_now_ns();
	err = read_vms(s, snap);
	if (!err)
		err = read_vpes(s, snap);
	if (!err)
		err = read_vlpis(s, snap);
	if (!err)
		err = read_losses(s, snap);
	if (err == -ENOMEM)
		return log_err(err, "cannot read the counters");
	return err;
}

int session_cost_begin(struct session *s)
{
	if (s->stats_fd < 0)
		s->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	return s->stats_fd < 0 ? -errno : 0;
}

void session_cost_end(struct session *s)
{
	util_closep(&s->stats_fd);
	s->stats_fd = -1;
}

uint64_t session_run_ns(const struct session *s)
{
	struct bpf_prog_info info;
	struct bpf_program *prog;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, s->obj) {
		if (program_info(prog, &info))
			sum += info.run_time_ns;
	}
	return sum;
}

int session_drain(struct session *s, void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx)
{
	int n;

	if (!s->rings)
		return 0;
	s->drain = (struct drain){ .fn = fn, .ctx = ctx };
	n = ring_buffer__consume(s->rings);
	s->drain = (struct drain){ 0 };
	return n;
}
