// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper: all that a recording holds, as the reader hands it out: a line for each
 * record, gap and sample, then one line of JSON with what they add up to. A second reader,
 * which is made from the manual page alone, must print the same.
 *
 *	dump FILE [counts]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "rec_play.h"
#include "sample.h"

static const char *const names[] = {
	[G4_REC_VPE_LOAD] = "load", [G4_REC_VPE_PUT] = "put", [G4_REC_VPE_PUT_DONE] = "put-done",
	[G4_REC_DOORBELL] = "doorbell", [G4_REC_DOORBELL_DONE] = "doorbell-done",
	[G4_REC_SLEEP] = "sleep", [G4_REC_WAKE] = "wake", [G4_REC_GUEST_ENTRY] = "entry",
	[G4_REC_VMOVP] = "move", [G4_REC_VPE_NEW] = "vpe-new", [G4_REC_VPE_GONE] = "vpe-gone",
	[G4_REC_VM_NEW] = "vm-new", [G4_REC_VM_GONE] = "vm-gone", [G4_REC_VLPI_MAP] = "map",
	[G4_REC_VLPI_FOUND] = "found", [G4_REC_VLPI_UNMAP] = "unmap",
	[G4_REC_VLPI_PROP] = "prop", [G4_REC_FORWARD_SET] = "forward",
	[G4_REC_FORWARD_UNSET] = "unforward", [G4_NR_REC_TYPES] = NULL,
};

static void event(void *ctx, struct fold_vpe *fv, const struct g4_rec *r, uint64_t latency_ns)
{
	(void)ctx;
	printf("%" PRIu64 " %s cpu=%u kvm=%" PRIx64 " vpe=%" PRIx64 " vcpu=%u flags=%u arg=%" PRIu64
	       " latency=%" PRIu64 "\n", (uint64_t)r->ts_ns, names[r->type], r->pcpu,
	       (uint64_t)fv->vm->vm.kvm, (uint64_t)r->vpe, r->vcpu, r->flags, (uint64_t)r->arg_ns,
	       latency_ns);
}

static void rare(void *ctx, const struct g4_rec_long *l, const char *text)
{
	(void)ctx;
	printf("%" PRIu64 " %s cpu=%u kvm=%" PRIx64 " vpe=%" PRIx64 " vcpu=%u flags=%u arg=%" PRIu64
	       " irq=%u vintid=%u devid=%u eventid=%u pid=%u nr=%u vpe_id=%u prop=%u lpi=%u %s\n",
	       (uint64_t)l->r.ts_ns, names[l->r.type], l->r.pcpu, (uint64_t)l->kvm,
	       (uint64_t)l->r.vpe, l->r.vcpu, l->r.flags, (uint64_t)l->r.arg_ns, l->irq, l->vintid,
	       l->devid, l->eventid, l->pid, l->nr, l->vpe_id, l->prop, l->lpi_flags, text);
}

static void gap(void *ctx, bool begin, uint64_t ts_ns)
{
	(void)ctx;
	printf("%" PRIu64 " gap-%s\n", ts_ns, begin ? "begin" : "end");
}

static void sample(void *ctx, const struct sample *s)
{
	uint32_t i;

	(void)ctx;
	printf("%" PRIu64 " sample real=%" PRIu64 " loss=%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%"
	       PRIu64 ",%" PRIu64, s->now_ns, s->real_ns, (uint64_t)s->loss.records,
	       (uint64_t)s->loss.vms_full, (uint64_t)s->loss.vpes_full,
	       (uint64_t)s->loss.vlpis_full, (uint64_t)s->loss.unmatched);
	printf(" missed=%" PRIu64 ",%d cost=%d,%" PRIu64 ",%" PRIu64 " agents=%u", s->missed,
	       s->missed_known, s->cost_known, s->bpf_ns_per_s, s->own_ns_per_s, s->nr_agents);
	for (i = 0; i < s->nr_vms; i++)
		printf(" vm=%" PRIx64 ",%u,%u,%u", s->vms[i].kvm, s->vms[i].nr_vcpus,
		       s->vms[i].nr_lpis, s->vms[i].walked);
	for (i = 0; i < s->nr_lrs; i++)
		printf(" lr=%" PRIx64 ",%" PRIu64 ",%" PRIu64, s->lrs[i].vpe, s->lrs[i].taken,
		       s->lrs[i].lpis);
	for (i = 0; i < s->nr_direct; i++)
		printf(" direct=%" PRIx64 ",%" PRIu64 ",%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%.3f", s->direct[i].kvm, s->direct[i].birth_ns, s->direct[i].vcpu,
		       s->direct[i].source, s->direct[i].time_ns, s->direct[i].count,
		       s->direct[i].error, s->direct[i].running_pct);
	for (i = 0; i < s->nr_lpis; i++)
		printf(" lpi=%" PRIx64 ",%" PRIx64 ",%u,%u,%u,%u,%u", (uint64_t)s->lpis[i].v.kvm,
		       (uint64_t)s->lpis[i].v.vpe, s->lpis[i].v.vintid, s->lpis[i].v.devid,
		       s->lpis[i].v.eventid, s->lpis[i].v.prop, s->lpis[i].v.flags);
	putchar('\n');
}

static void put(struct json_object *o, const char *name, uint64_t value)
{
	json_object_object_add(o, name, json_object_new_uint64(value));
}

static struct json_object *hist_of(const struct g4_hist *h)
{
	struct json_object *o = json_object_new_object(), *buckets = json_object_new_object();
	char name[16];
	unsigned int i;

	put(o, "sum", h->sum);
	put(o, "min", h->min);
	put(o, "max", h->max);
	for (i = 0; i < G4_HIST_BUCKETS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		if (h->bucket[i])
			put(buckets, name, h->bucket[i]);
	}
	json_object_object_add(o, "buckets", buckets);
	return o;
}

static struct json_object *vm_of(const struct fold_vm *fvm)
{
	const struct g4_vm *vm = &fvm->vm;
	struct json_object *o = json_object_new_object();

	put(o, "kvm", vm->kvm);
	put(o, "gone", fvm->gone);
	put(o, "birth_ns", vm->birth_ns);
	put(o, "pid", vm->pid);
	put(o, "nr_vcpus", vm->nr_vcpus);
	put(o, "nr_lpis", vm->nr_lpis);
	put(o, "walked", vm->walked);
	json_object_object_add(o, "name", json_object_new_string(fvm->name));
	put(o, "sw_lpis", vm->sw_lpis);
	put(o, "maps", vm->maps);
	put(o, "unmaps", vm->unmaps);
	put(o, "vlpi_moves", vm->vlpi_moves);
	put(o, "props", vm->props);
	put(o, "forward_set", vm->forward_set);
	put(o, "forward_unset", vm->forward_unset);
	json_object_object_add(o, "doorbell_ns", hist_of(&vm->doorbell_ns));
	json_object_object_add(o, "map_ns", hist_of(&vm->map_ns));
	return o;
}

static struct json_object *vpe_of(const struct fold_vpe *fv)
{
	static const char *const states[] = { "unknown", "preempted", "resident", "blocked" };
	const struct g4_vpe *v = &fv->v;
	struct json_object *o = json_object_new_object();

	put(o, "vpe", v->vpe);
	put(o, "kvm", v->kvm);
	put(o, "gone", fv->gone);
	put(o, "vcpu", v->vcpu);
	put(o, "vpe_id", v->vpe_id);
	put(o, "doorbell_irq", v->doorbell_irq);
	put(o, "tid", v->lr.tid);
	put(o, "birth_ns", v->birth_ns);
	put(o, "since_ns", v->run.since_ns);
	put(o, "seen", v->run.flags & G4_RUN_SEEN);
	json_object_object_add(o, "state", json_object_new_string(states[v->run.state & 3]));
	put(o, "unknown_ns", v->run.in_ns[G4_VPE_UNKNOWN]);
	put(o, "preempted_ns", v->run.in_ns[G4_VPE_PREEMPTED]);
	put(o, "resident_ns", v->run.in_ns[G4_VPE_RESIDENT]);
	put(o, "blocked_ns", v->run.in_ns[G4_VPE_BLOCKED]);
	put(o, "loads", v->run.loads);
	put(o, "puts", v->run.puts);
	put(o, "blocks", v->run.blocks);
	put(o, "sleeps", v->run.sleeps);
	put(o, "pending_last", v->run.pending_last);
	put(o, "illegal", v->run.illegal);
	put(o, "moves", v->run.moves);
	put(o, "useful", v->db.count[G4_DB_USEFUL]);
	put(o, "late", v->db.count[G4_DB_LATE]);
	put(o, "spurious", v->db.count[G4_DB_SPURIOUS]);
	put(o, "db_pending_last", v->db.pending_last);
	put(o, "lr_taken", v->lr.taken);
	put(o, "lr_lpis", v->lr.lpis);
	return o;
}

static struct json_object *vlpi_of(const struct fold_vlpi *lpi)
{
	struct json_object *o = json_object_new_object();

	put(o, "irq", lpi->host_irq);
	put(o, "kvm", lpi->v.kvm);
	put(o, "vpe", lpi->v.vpe);
	put(o, "mapped_ns", lpi->v.mapped_ns);
	put(o, "vintid", lpi->v.vintid);
	put(o, "devid", lpi->v.devid);
	put(o, "eventid", lpi->v.eventid);
	put(o, "prop", lpi->v.prop);
	put(o, "flags", lpi->v.flags);
	json_object_object_add(o, "device", json_object_new_string(lpi->device));
	return o;
}

static void print_counts(const struct rec_play *p)
{
	struct json_object *o = json_object_new_object(), *vms = json_object_new_array();
	struct json_object *vpes = json_object_new_array(), *vlpis = json_object_new_array();
	const struct fold *f = &p->fold;
	const struct fold_vlpi *lpi;
	uint32_t i;

	put(o, "records", p->played);
	put(o, "lost", p->lost);
	put(o, "skipped_chunks", p->file.damage.skipped_chunks);
	put(o, "skipped_bytes", p->file.damage.skipped_bytes);
	put(o, "no_index", p->file.damage.no_index);
	put(o, "bad_header", p->file.damage.header);
	for (i = 0; i < f->nr_vms; i++)
		json_object_array_add(vms, vm_of(f->vms[i]));
	for (i = 0; i < f->nr_vpes; i++)
		json_object_array_add(vpes, vpe_of(f->vpes[i]));
	for (i = 0; i < f->room_hash; i++) {
		for (lpi = f->vlpi_hash[i]; lpi; lpi = lpi->next)
			json_object_array_add(vlpis, vlpi_of(lpi));
	}
	json_object_object_add(o, "vms", vms);
	json_object_object_add(o, "vpes", vpes);
	json_object_object_add(o, "vlpis", vlpis);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

int main(int argc, char **argv)
{
	const struct fold_opts opts = { .keep = true };
	enum rec_verdict verdict;
	struct rec_play p;
	int fd, err;

	if (argc < 2)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	err = rec_play_open(&p, fd, &opts, &verdict);
	if (!err && verdict == REC_GOOD) {
		if (argc < 3)
			p.watch = (struct rec_watch){ .event = event, .rare = rare, .gap = gap,
				      .sample = sample, .ctx = NULL };
		err = rec_play_until(&p, UINT64_MAX);
		print_counts(&p);
	} else if (!err) {
		printf("verdict %d\n", verdict);
	}
	rec_play_close(&p);
	return err ? 1 : 0;
}
