// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a live session: counters into a snapshot, records out of their rings,
 * and what our programs cost. vPEs are copied whole though their writers never
 * wait (the sequence count of vpe_fsm.h); a VM whose guest changed its ITS
 * mappings, or whose LPIs became VLPIs or the reverse, is walked again first.
 */
#include <errno.h>
#include <string.h>

#include "bpfutil.h"
#include "log.h"
#include "session_priv.h"
#include "util.h"

#define TORN_TRIES	1000
#define SETTLED_NS	2000000000ULL

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

/* Index of the histograms of this vPE, or -1: it has none, or those of an earlier one. */
static int64_t hists_of(const struct session *s, const struct g4_vpe *v)
{
	uint32_t i = v->hists - 1;

	if (!v->hists || i >= s->max_hists)
		return -1;
	if (s->lent && (s->lent[i].vpe != v->vpe || s->lent[i].birth_ns != v->birth_ns))
		return -1;
	return i;
}

void session_forget_thread(struct session *s, uint64_t vpe)
{
	struct g4_vpe *vpes = s->vpes.mem;
	uint32_t slot;

	for (slot = 0; slot < s->max_vpes; slot++) {
		if (vpes[slot].vpe == vpe)
			vpes[slot].lr.tid = 0;
	}
}

static int read_vpes(struct session *s, struct snapshot *snap)
{
	const struct g4_vpe *vpes = s->vpes.mem;
	const struct g4_vpe_hists *hists = s->hists.mem;
	uint32_t slot, nr = 0, nr_hists = 0;
	struct snap_vpe *to;
	int64_t i;

	for (slot = 0; slot < s->max_vpes; slot++) {
		nr += vpes[slot].vpe != 0;
		nr_hists += vpes[slot].vpe && vpes[slot].hists;
	}
	snap->vpes = calloc(nr + 1, sizeof(*snap->vpes));
	snap->hists = calloc(nr_hists + 1, sizeof(*snap->hists));
	if (!snap->vpes || !snap->hists)
		return -ENOMEM;
	for (slot = 0; slot < s->max_vpes && snap->nr_vpes < nr; slot++) {
		if (!vpes[slot].vpe)
			continue;
		to = &snap->vpes[snap->nr_vpes++];
		copy_vpe(&vpes[slot], to);
		i = hists_of(s, &to->v);
		if (i < 0 || snap->nr_hists == nr_hists)
			continue;
		to->hists = &snap->hists[snap->nr_hists++];
		*to->hists = hists[i];
	}
	return 0;
}

/* Takes all histograms back: no vPE gets at them any more. */
static void take_back(struct session *s)
{
	struct g4_vpe *vpes = s->vpes.mem;
	uint32_t i;

	for (i = 0; i < s->max_hists; i++) {
		if (s->lent[i].vpe && vpes[s->lent[i].slot].hists == i + 1)
			vpes[s->lent[i].slot].hists = 0;
		s->lent[i] = (struct lent){ 0 };
	}
}

/* Lends histograms to those vPEs of the VM in focus that have none, empty. */
static void lend(struct session *s)
{
	struct g4_vpe *vpes = s->vpes.mem;
	struct g4_vpe_hists *hists = s->hists.mem;
	uint32_t slot, i = 0;

	for (slot = 0; slot < s->max_vpes; slot++) {
		if (vpes[slot].kvm != s->focused || !vpes[slot].vpe ||
		    hists_of(s, &vpes[slot]) >= 0)
			continue;
		while (i < s->max_hists && s->lent[i].vpe)
			i++;
		if (i == s->max_hists)
			return;
		memset(&hists[i], 0, sizeof(hists[i]));
		s->lent[i] = (struct lent){ .vpe = vpes[slot].vpe, .slot = slot,
					    .birth_ns = vpes[slot].birth_ns };
		__atomic_store_n(&vpes[slot].hists, i + 1, __ATOMIC_RELEASE);
	}
}

/*
 * A program that runs just now may still add to histograms that were taken
 * back, so they are lent again only at the next reading: no program takes
 * nearly that long.
 */
static void follow_focus(struct session *s)
{
	if (!s->lent)
		return;
	if (s->focused != s->focus) {
		take_back(s);
		s->focused = s->focus;
	} else if (s->focused) {
		lend(s);
	}
}

void session_focus(struct session *s, uint64_t kvm)
{
	s->focus = kvm;
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

/* All entries of the hash @map, in @ret_keys and @ret_values (the caller frees them). */
static int read_hash(const struct bpf_map *map, void **ret_keys, void **ret_values,
		     uint32_t *ret_nr)
{
	/* room for what is added while we read: a hash gives whole buckets only */
	const uint32_t room = bpf_map__max_entries(map) + 256;
	const size_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	auto_free char *keys = calloc(room, key_size), *values = calloc(room, value_size);
	uint32_t batch, nr = 0, count;
	bool first = true;
	int err;

	if (!keys || !values)
		return -ENOMEM;
	do {
		count = room - nr;
		if (!count)
			break;
		err = bpf_map_lookup_batch(bpf_map__fd(map), first ? NULL : &batch, &batch,
					   keys + nr * key_size, values + nr * value_size, &count,
					   NULL) ? -errno : 0;
		if (err && err != -ENOENT)
			return log_err(err, "cannot read the BPF map %s", bpf_map__name(map));
		nr += count;
		first = false;
	} while (!err);
	*ret_keys = TAKE_PTR(keys);
	*ret_values = TAKE_PTR(values);
	*ret_nr = nr;
	return 0;
}

static void add_vlpis(struct session *s, const uint32_t *host_irqs,
		      const struct g4_vlpi *vlpis, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		s->lpis[s->nr_lpis++] = (struct snap_vlpi){ .host_irq = host_irqs[i],
							    .v = vlpis[i] };
}

struct last_walk {
	uint64_t kvm;
	uint32_t nr;
};

static int by_kvm(const void *a, const void *b)
{
	const struct last_walk *x = a, *y = b;

	return x->kvm < y->kvm ? -1 : x->kvm > y->kvm;
}

/* LPIs that the last walk of their VM has seen; older ones go out of the map. */
static int add_lpis(struct session *s, const struct snapshot *snap,
		    const struct g4_lpi_key *keys, const struct g4_lpi *lpis, uint32_t nr)
{
	auto_free struct last_walk *walks = calloc(snap->nr_vms + 1, sizeof(*walks));
	struct last_walk wanted = { .nr = 0 }, *walk;
	uint32_t i;

	if (!walks)
		return -ENOMEM;
	for (i = 0; i < snap->nr_vms; i++)
		walks[i] = (struct last_walk){ snap->vms[i].kvm, snap->vms[i].walked };
	qsort(walks, snap->nr_vms, sizeof(*walks), by_kvm);
	for (i = 0; i < nr; i++) {
		wanted.kvm = keys[i].kvm;
		walk = bsearch(&wanted, walks, snap->nr_vms, sizeof(*walks), by_kvm);
		if (!walk || walk->nr != lpis[i].walk) {
			bpf_map_delete_elem(bpf_map__fd(s->lpi_map), &keys[i]);
			continue;
		}
		s->lpis[s->nr_lpis++] = (struct snap_vlpi){
			.software = true,
			.v = {
				.kvm = keys[i].kvm,
				.vpe = lpis[i].vpe,
				.vintid = keys[i].vintid,
				.devid = lpis[i].devid,
				.eventid = lpis[i].eventid,
				.prop = lpis[i].prop,
				.flags = G4_VLPI_IDS,
			},
		};
	}
	return 0;
}

static int read_lpi_maps(struct session *s, const struct snapshot *snap)
{
	auto_free void *vlpi_keys = NULL, *vlpis = NULL, *lpi_keys = NULL, *lpis = NULL;
	uint32_t nr_vlpis = 0, nr_lpis = 0;
	int err;

	err = read_hash(s->lpi_map, &lpi_keys, &lpis, &nr_lpis);
	if (!err)
		err = read_hash(s->vlpi_map, &vlpi_keys, &vlpis, &nr_vlpis);
	if (err)
		return err;
	free(s->lpis);
	s->nr_lpis = 0;
	s->lpis = calloc((size_t)nr_vlpis + nr_lpis + 1, sizeof(*s->lpis));
	if (!s->lpis)
		return -ENOMEM;
	add_vlpis(s, vlpi_keys, vlpis, nr_vlpis);
	return add_lpis(s, snap, lpi_keys, lpis, nr_lpis);
}

/* Differs whenever an LPI of any VM may have changed (FNV-1a over what counts that). */
static uint64_t lpis_mark(const struct snapshot *snap)
{
	uint64_t mark = 0xcbf29ce484222325ULL;
	const struct g4_vm *vm;
	uint32_t i, k;

	for (i = 0; i < snap->nr_vms; i++) {
		vm = &snap->vms[i];
		const uint64_t words[] = { vm->kvm, vm->birth_ns, vm->walked, vm->maps, vm->unmaps,
					   vm->vlpi_moves, vm->props };

		for (k = 0; k < ARRAY_SIZE(words); k++)
			mark = (mark ^ words[k]) * 0x100000001b3ULL;
	}
	return mark;
}

/*
 * Reading the hashes costs most of a refresh, and LPIs seldom change: they are
 * read until nothing has changed for a while. For a while, since the programs
 * count a change before or after they make it. VMs without a slot count nothing.
 */
static int read_vlpis(struct session *s, struct snapshot *snap)
{
	uint64_t mark = lpis_mark(snap);
	int err = 0;

	if (mark != s->lpis_mark || snap->loss.vms_full)
		s->lpis_changed_ns = snap->now_ns;
	s->lpis_mark = mark;
	if (!s->lpis || s->lpis_read_ns < s->lpis_changed_ns + SETTLED_NS) {
		err = read_lpi_maps(s, snap);
		s->lpis_read_ns = snap->now_ns;
	}
	if (err)
		return err;
	snap->vlpis = malloc((s->nr_lpis + 1) * sizeof(*snap->vlpis));
	if (!snap->vlpis)
		return -ENOMEM;
	memcpy(snap->vlpis, s->lpis, s->nr_lpis * sizeof(*snap->vlpis));
	snap->nr_vlpis = s->nr_lpis;
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
	struct walked now;
	uint32_t slot;
	int err;

	for (slot = 0; slot < s->max_vms; slot++) {
		now = (struct walked){
			.kvm = vms[slot].kvm,
			.its_cmds = vms[slot].its_cmds,
			.remaps = vms[slot].maps + vms[slot].unmaps,
		};
		if (!now.kvm || (vms[slot].walked && s->walked[slot].kvm == now.kvm &&
				 s->walked[slot].its_cmds == now.its_cmds &&
				 s->walked[slot].remaps == now.remaps))
			continue;
		err = bpfutil_run_iter(s->walk, vms[slot].pid);
		if (err)
			return log_err(err, "cannot walk the LPIs of process %u", vms[slot].pid);
		s->walked[slot] = now;
	}
	return 0;
}

int session_read(struct session *s, struct snapshot *snap)
{
	int err;

	snapshot_clear(snap);
	follow_focus(s);
	err = walk_changed(s);
	if (err)
		return err;
	snap->now_ns = util_now_ns();
	err = read_vms(s, snap);
	if (!err)
		err = read_vpes(s, snap);
	if (!err)
		err = read_losses(s, snap);
	if (!err)
		err = read_vlpis(s, snap);
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

uint32_t session_nr_cpus(const struct session *s)
{
	return (uint32_t)s->nr_cpus;
}

int session_lost_records(struct session *s, uint64_t *ret_lost_by_cpu)
{
	__u32 zero = 0;
	int cpu;

	if (bpf_map_lookup_elem(bpf_map__fd(s->loss_map), &zero, s->loss_cpus))
		return log_err(-errno, "cannot read the BPF map of losses");
	for (cpu = 0; cpu < s->nr_cpus; cpu++)
		ret_lost_by_cpu[cpu] = s->loss_cpus[cpu].records;
	return 0;
}
