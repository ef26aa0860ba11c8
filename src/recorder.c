// SPDX-License-Identifier: GPL-2.0
/*
 * Records in, files out; see recorder.h. The order of things in a pass matters where
 * records were lost: what the counters of losses show at one reading was lost between the
 * reading before and this one, so the gap begins where the last pass ended and ends with
 * the first pass that reaches beyond this reading.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "rec_merge.h"
#include "rec_out.h"
#include "rec_write.h"
#include "recorder.h"
#include "sample.h"
#include "util.h"

#define CHUNK_NS	500000000ULL	/* what a killed recorder loses at most, nearly */
#define CHUNK_BYTES	(3U << 19)	/* before compression */
#define META_MAX	16384U

struct recorder {
	struct recorder_opts opts;
	const struct model_names *names;
	uint32_t nr_cpus;
	char *path, *meta;		/* owned */
	char *temp;			/* the file's name until it replaces @path; owned */
	int fd;
	struct rec_merge *merge;
	struct fold fold;
	struct fold hidden_vms;		/* who is filtered out: whole VMs, and vPEs, those */
	struct fold hidden_vpes;	/*  of hidden VMs among them */
	struct sample *waiting;		/* until a pass comes to its time; owned */
	struct rec_writer *writer;
	uint64_t *lost;			/* by CPU, at the last reading */
	uint64_t lost_sum, lost_told;	/* of @lost; what samples have reconciled */
	uint64_t until_ns;		/* how far the last pass came */
	uint64_t gap_until_ns;		/* 0: no gap is open */
	uint64_t chunk_ns;		/* when the open chunk was begun, by the clock */
	uint64_t old_bytes, old_records; /* of files that are finished */
	unsigned int files;
	bool elsewhere;			/* see struct recorder_host */
	bool no_memory, failed;
};

/* What @clock said at that time of CLOCK_MONOTONIC; 0: of another host, nobody knows. */
static uint64_t clock_then_ns(const struct recorder *r, clockid_t clock, uint64_t then_ns)
{
	struct timespec ts;

	if (r->elsewhere)
		return 0;
	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec -
	       g4_span(then_ns, util_now_ns());
}

/* The three clocks are told for the time when counting began. */
static int make_meta(struct recorder *r, const struct recorder_host *host)
{
	const struct out_info *i = host->info;
	char name[65] = "";
	int len;

	if (!r->elsewhere)
		gethostname(name, sizeof(name) - 1);
	r->meta = malloc(META_MAX);
	if (!r->meta)
		return -ENOMEM;
	len = snprintf(r->meta, META_MAX,
		       "version=%s\nhost=%s\nkernel=%s\nmachine=%s\ngic=%s\nwfi=%s\nbackend=%s\n"
		       "hooks_attached=%u\nhooks_wanted=%u\nfigures=0x%x\ncpus=%u\npmu_event=%s\n"
		       "gic_pmu=%s\nwire=%u\nstart_ns=%llu\nstart_real_ns=%llu\n"
		       "start_boot_ns=%llu\n%s",
		       GICV4TOP_VERSION, name, i->kernel, host->machine, i->gic ? i->gic : "",
		       i->wfi, i->backend, i->hooks_attached, i->hooks_wanted, host->figures,
		       host->nr_cpus, i->pmu_event ? i->pmu_event : "",
		       i->gic_pmu ? i->gic_pmu : "", G4_WIRE_VERSION,
		       (unsigned long long)host->start_ns,
		       (unsigned long long)clock_then_ns(r, CLOCK_REALTIME, host->start_ns),
		       (unsigned long long)clock_then_ns(r, CLOCK_BOOTTIME, host->start_ns),
		       host->hooks ? host->hooks : "");
	return len < (int)META_MAX ? 0 : -EMSGSIZE;
}

static int cannot_record(const struct recorder *r, int err)
{
	switch (err) {
	case -EEXIST:
		return log_say(err, "cannot record to %s: it is there already; name another "
			       "file, or replace it with --force", r->path);
	case -ELOOP:
		return log_say(err, "cannot record to %s: it is a symbolic link; name the file "
			       "itself", r->path);
	case -EISDIR:
		return log_say(err, "cannot record to %s: it is a directory; name a file in it",
			       r->path);
	case -EOPNOTSUPP:
		return log_say(err, "cannot record to %s: it is neither a file nor a pipe; name "
			       "another", r->path);
	case -ESPIPE:
		return log_say(err, "cannot record to %s: it is no file, which --rotate needs; "
			       "name one", r->path);
	default:
		return log_err(err, "cannot record to %s", r->path);
	}
}

static int open_file(struct recorder *r, bool force)
{
	r->fd = rec_out_open(r->path, force, r->opts.rotate, &r->temp);
	if (r->fd < 0)
		return cannot_record(r, r->fd);
	r->files++;
	return 0;
}

/* Files of an earlier recording are where this one is turned over to. */
static int check_old(const struct recorder *r)
{
	char name[PATH_MAX];
	int err = rec_out_check_old(r->path, r->opts.rotate, r->opts.force, name, sizeof(name));

	if (err != -EEXIST)
		return err ? log_err(err, "cannot record to %s", r->path) : 0;
	if (r->opts.force)
		return log_say(err, "cannot record to %s: %s is in the way, and is no file; name "
			       "another", r->path, name);
	return log_say(err, "cannot record to %s: %s is there already; name another file, or "
		       "replace both with --force", r->path, name);
}

/* The recording has begun: earlier ones make room. */
static int replace_old(struct recorder *r)
{
	int err = r->opts.force ? rec_out_remove_old(r->path, r->opts.rotate) : 0;

	if (!err && r->temp)
		err = rec_out_replace(r->path, r->temp);
	if (err)
		return log_err(err, "cannot replace %s", r->path);
	free(TAKE_PTR(r->temp));
	return 0;
}

static int begin_file(struct recorder *r)
{
	const struct rec_writer_opts opts = { .fd = r->fd, .meta = r->meta,
					      .nr_cpus = r->nr_cpus, .lost = r->lost };
	int err = rec_writer_new(&opts, &r->writer);

	return err ? log_err(err, "cannot write %s", r->path) : 0;
}

static void recorder_freep(struct recorder **r)
{
	recorder_free(*r);
}

int recorder_new(const struct recorder_opts *opts, struct recorder **ret_r)
{
	__attribute__((cleanup(recorder_freep))) struct recorder *r = calloc(1, sizeof(*r));
	const struct fold_opts fold = { .hists = false };
	int err;

	if (!r)
		return log_err(-ENOMEM, "cannot record");
	r->opts = *opts;
	r->fd = -1;
	r->path = strdup(opts->path);
	if (!r->path || fold_init(&r->fold, &fold) || fold_init(&r->hidden_vms, &fold) ||
	    fold_init(&r->hidden_vpes, &fold))
		return log_err(-ENOMEM, "cannot record");
	err = check_old(r);
	if (!err)
		err = open_file(r, opts->force);
	if (err)
		return err;
	*ret_r = TAKE_PTR(r);
	return 0;
}

int recorder_begin(struct recorder *r, const struct recorder_host *host,
		   const struct model_names *names)
{
	int err;

	r->names = names;
	r->nr_cpus = host->nr_cpus;
	r->elsewhere = host->elsewhere;
	r->until_ns = host->start_ns;
	r->lost = calloc((size_t)host->nr_cpus + 1, sizeof(*r->lost));
	r->merge = rec_merge_new(host->nr_cpus);
	if (!r->lost || !r->merge)
		return log_err(-ENOMEM, "cannot record");
	err = make_meta(r, host);
	if (err)
		return log_err(err, "cannot describe this host in the recording");
	err = begin_file(r);
	return err ? err : replace_old(r);
}

/* A file that has not even a header, or never came to its name, is none. */
static void remove_unused(const struct recorder *r)
{
	rec_out_remove(r->temp ? r->temp : r->path, r->fd, r->temp);
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	remove_unused(r);
	rec_writer_free(r->writer);
	rec_merge_free(r->merge);
	if (r->fold.vm_hash)
		fold_clear(&r->fold);
	if (r->hidden_vms.vm_hash)
		fold_clear(&r->hidden_vms);
	if (r->hidden_vpes.vm_hash)
		fold_clear(&r->hidden_vpes);
	sample_free(r->waiting);
	util_closep(&r->fd);
	free(r->path);
	free(r->temp);
	free(r->meta);
	free(r->lost);
	free(r);
}

void recorder_take(void *ctx, const struct g4_rec *rec)
{
	struct recorder *r = ctx;

	if (rec_merge_add(r->merge, rec))
		r->no_memory = true;
}

/* The name or device that goes with a rare record, in @buf; "" where nothing tells. */
static const char *text_of(struct recorder *r, const struct g4_rec *rec, char *buf, size_t size)
{
	const struct g4_rec_long *l = (const struct g4_rec_long *)rec;

	buf[0] = '\0';
	if (rec->type == G4_REC_VM_NEW && r->names->vm_name)
		r->names->vm_name(r->names->ctx, l->pid, buf, size);
	else if ((rec->type == G4_REC_VLPI_MAP || rec->type == G4_REC_VLPI_FOUND) &&
		 r->names->device)
		r->names->device(r->names->ctx, l->irq, buf,
				 size < MODEL_DEVICE_LEN ? size : MODEL_DEVICE_LEN);
	return buf;
}

static bool vm_is_hidden(const struct recorder *r, uint64_t kvm)
{
	return fold_find_vm(&r->hidden_vms, kvm) != NULL;
}

static bool vpe_is_hidden(const struct recorder *r, uint64_t vpe)
{
	return fold_find_vpe(&r->hidden_vpes, vpe) != NULL;
}

/* Whoever ends may have another's address at once. */
static void forget(struct fold *hidden, const struct g4_rec_long *end)
{
	fold_long(hidden, end, NULL);
	fold_bury(hidden);
}

/* Whether it is about somebody who was not asked for; @name: of a VM that is new. */
static bool is_hidden(struct recorder *r, const struct g4_rec *rec, const char *name)
{
	const struct g4_rec_long *l = (const struct g4_rec_long *)rec;
	const struct model_filter *filter = &r->opts.filter;
	bool hidden;

	switch (rec->type) {
	case G4_REC_VM_NEW:
		if ((!filter->pid || filter->pid == l->pid) &&
		    (!filter->name || strstr(name, filter->name)))
			return false;
		fold_get_vm(&r->hidden_vms, l->kvm);
		return true;
	case G4_REC_VPE_NEW:
		if (!vm_is_hidden(r, l->kvm) && (filter->vcpu < 0 || filter->vcpu == rec->vcpu))
			return false;
		fold_get_vpe(&r->hidden_vpes, rec->vpe, l->kvm);
		return true;
	case G4_REC_VPE_GONE:
		hidden = vpe_is_hidden(r, rec->vpe);
		forget(&r->hidden_vpes, l);
		return hidden;
	case G4_REC_VM_GONE:
		hidden = vm_is_hidden(r, l->kvm);
		forget(&r->hidden_vpes, l);
		forget(&r->hidden_vms, l);
		return hidden;
	case G4_REC_SW_LPI:
		return vm_is_hidden(r, rec->arg_ns);
	default:
		return rec->type >= G4_REC_LONG ? vm_is_hidden(r, l->kvm) :
						  vpe_is_hidden(r, rec->vpe);
	}
}

static bool has_filter(const struct recorder *r)
{
	return r->opts.filter.pid || r->opts.filter.name || r->opts.filter.vcpu >= 0;
}

static int put_rare(struct recorder *r, const struct g4_rec *rec)
{
	char text[MODEL_NAME_LEN];
	struct fold_vm *fvm;
	int err;

	text_of(r, rec, text, sizeof(text));
	if (has_filter(r) && is_hidden(r, rec, text))
		return 0;
	err = rec_writer_record(r->writer, &r->fold, rec, text);
	if (!err)
		err = fold_record(&r->fold, rec, text);
	if (!err)
		rec_writer_folded(r->writer, &r->fold, rec);
	if (!err && rec->type == G4_REC_VM_NEW) {
		fvm = fold_find_vm(&r->fold, ((const struct g4_rec_long *)rec)->kvm);
		if (fvm)
			memcpy(fvm->name, text, sizeof(fvm->name));
	}
	return err;
}

static int put(void *ctx, const struct g4_rec *rec)
{
	struct recorder *r = ctx;
	int err;

	if (rec->type >= G4_REC_LONG)
		return put_rare(r, rec);
	if (has_filter(r) && is_hidden(r, rec, NULL))
		return 0;
	err = rec_writer_record(r->writer, &r->fold, rec, NULL);
	return err ? err : fold_record(&r->fold, rec, NULL);
}

static int put_gap(struct recorder *r, bool begin, uint64_t ts_ns)
{
	int err = rec_writer_gap(r->writer, &r->fold, begin, ts_ns);

	if (!err)
		fold_gap(&r->fold, begin, ts_ns);
	return err;
}

/* Losses as they are read now. */
static int note_losses(struct recorder *r, const uint64_t *lost_by_cpu, uint32_t nr_cpus,
		       uint64_t now_ns)
{
	uint64_t sum = 0;
	uint32_t cpu;
	bool begin;

	for (cpu = 0; cpu < nr_cpus && cpu < r->nr_cpus; cpu++) {
		r->lost[cpu] = lost_by_cpu[cpu];
		sum += lost_by_cpu[cpu];
	}
	if (sum == r->lost_sum)
		return 0;
	r->lost_sum = sum;
	rec_writer_losses(r->writer, r->lost, r->nr_cpus);
	begin = !r->gap_until_ns;
	r->gap_until_ns = now_ns;
	return begin ? put_gap(r, true, r->until_ns) : 0;
}

static int flush(struct recorder *r)
{
	int err = rec_writer_flush(r->writer, &r->fold);

	if (err) {
		r->failed = true;
		return log_err(err, "cannot write %s; what was recorded up to now can be read",
			       r->path);
	}
	return 0;
}

static int finish_file(struct recorder *r)
{
	int err;

	err = rec_writer_finish(r->writer, &r->fold);
	if (!err && close(TAKE_FD(r->fd)))
		err = -errno;
	r->old_bytes += rec_writer_bytes(r->writer);
	r->old_records += rec_writer_records(r->writer);
	rec_writer_free(TAKE_PTR(r->writer));
	if (err) {
		r->failed = true;
		return log_err(err, "cannot write the end of %s; what was recorded can be read",
			       r->path);
	}
	return 0;
}

/* The file is full. 1: that was all; 0: the next one is open. */
static int turn_over(struct recorder *r)
{
	int err = finish_file(r);

	if (err || !r->opts.rotate)
		return err ? err : 1;
	err = rec_out_rotate(r->path, r->opts.rotate);
	if (err) {
		r->failed = true;
		return log_err(err, "cannot rename %s", r->path);
	}
	err = open_file(r, false);
	if (!err)
		err = begin_file(r);
	if (err)
		r->failed = true;
	return err;
}

/* Ends the open chunk where that is due. */
static int end_chunk(struct recorder *r, uint64_t now_ns, bool all)
{
	uint64_t begun_ns = rec_writer_base_ns(r->writer);
	int err;

	if (!begun_ns)
		return 0;
	if (!r->chunk_ns)
		r->chunk_ns = now_ns;
	if (!all && g4_span(r->chunk_ns, now_ns) < CHUNK_NS &&
	    rec_writer_open_bytes(r->writer) < CHUNK_BYTES)
		return 0;
	r->chunk_ns = 0;
	err = flush(r);
	if (err)
		return err;
	if (r->opts.max_bytes && rec_writer_bytes(r->writer) >= r->opts.max_bytes)
		return turn_over(r);
	return 0;
}

static int put_sample(struct recorder *r)
{
	struct sample *s = TAKE_PTR(r->waiting);
	int err = rec_writer_sample(r->writer, &r->fold, s);

	if (err) {
		sample_free(s);
		return err;
	}
	fold_sample(&r->fold, s);
	return 0;
}

static int take_until(struct recorder *r, uint64_t until_ns)
{
	int err = 0;

	if (r->waiting && r->waiting->now_ns <= until_ns) {
		err = rec_merge_take(r->merge, r->waiting->now_ns, put, r);
		if (!err)
			err = put_sample(r);
	}
	return err ? err : rec_merge_take(r->merge, until_ns, put, r);
}

int recorder_pass(struct recorder *r, uint64_t until_ns, uint64_t now_ns,
		  const uint64_t *lost_by_cpu, uint32_t nr_cpus)
{
	int err = r->no_memory ? -ENOMEM : 0;

	if (r->failed || !r->writer)
		return r->failed ? -EIO : 1;
	if (until_ns < r->until_ns)
		until_ns = r->until_ns;
	if (!err && lost_by_cpu)
		err = note_losses(r, lost_by_cpu, nr_cpus, now_ns);
	if (!err)
		err = take_until(r, until_ns);
	if (!err && r->gap_until_ns && until_ns >= r->gap_until_ns) {
		err = put_gap(r, false, until_ns == UINT64_MAX ? now_ns : until_ns);
		r->gap_until_ns = 0;
	}
	if (err) {
		r->failed = true;
		return log_err(err, "cannot go on recording; what is in %s can be read", r->path);
	}
	/* what comes behind the last pass, a sample, is of now */
	r->until_ns = until_ns == UINT64_MAX ? now_ns : until_ns;
	return end_chunk(r, now_ns, until_ns == UINT64_MAX);
}

/* --- samples --- */

static int sample_vms(const struct recorder *r, const struct snapshot *snap, struct sample *s)
{
	const struct fold_vm *fvm;
	const struct g4_vm *vm;
	uint32_t i;

	s->vms = calloc((size_t)snap->nr_vms + 1, sizeof(*s->vms));
	s->lrs = calloc((size_t)snap->nr_vpes + 1, sizeof(*s->lrs));
	if (!s->vms || !s->lrs)
		return -ENOMEM;
	for (i = 0; i < snap->nr_vms; i++) {
		vm = &snap->vms[i];
		fvm = fold_find_vm(&r->fold, vm->kvm);
		if (vm_is_hidden(r, vm->kvm))
			continue;
		if (fvm && fvm->vm.nr_vcpus == vm->nr_vcpus && fvm->vm.nr_lpis == vm->nr_lpis &&
		    fvm->vm.walked == vm->walked)
			continue;
		s->vms[s->nr_vms++] = (struct sample_vm){ vm->kvm, vm->nr_vcpus, vm->nr_lpis,
							  vm->walked };
	}
	for (i = 0; i < snap->nr_vpes; i++) {
		const struct g4_vpe *v = &snap->vpes[i].v;
		const struct fold_vpe *fv = fold_find_vpe(&r->fold, v->vpe);

		if (!fv || (fv->v.lr.taken == v->lr.taken && fv->v.lr.lpis == v->lr.lpis))
			continue;
		s->lrs[s->nr_lrs++] = (struct sample_lr){ v->vpe, v->lr.taken, v->lr.lpis };
	}
	return 0;
}

/* LPIs by software, where they are not those of the sample before. */
static int sample_lpis(const struct recorder *r, const struct snapshot *snap, struct sample *s)
{
	const struct sample *old = r->fold.sample;
	uint32_t i;

	s->lpis = calloc((size_t)snap->nr_vlpis + 1, sizeof(*s->lpis));
	if (!s->lpis)
		return -ENOMEM;
	for (i = 0; i < snap->nr_vlpis; i++) {
		if (snap->vlpis[i].software && !vm_is_hidden(r, snap->vlpis[i].v.kvm))
			s->lpis[s->nr_lpis++] = snap->vlpis[i];
	}
	s->has_lpis = !old || old->nr_lpis != s->nr_lpis ||
		      memcmp(old->lpis, s->lpis, s->nr_lpis * sizeof(*s->lpis));
	return 0;
}

static int fill_sample(const struct recorder *r, const struct snapshot *snap,
		       const struct out_info *info, struct sample *s)
{
	uint32_t i;
	int err;

	s->now_ns = snap->now_ns;
	s->real_ns = clock_then_ns(r, CLOCK_REALTIME, snap->now_ns);
	s->loss = snap->loss;
	s->missed = snap->missed;
	s->missed_known = snap->missed_known;
	s->cost_known = info->cost_known;
	s->bpf_ns_per_s = info->bpf_ns_per_s;
	s->own_ns_per_s = info->own_ns_per_s;
	s->nr_agents = info->nr_agents;
	s->direct = calloc((size_t)snap->nr_direct + 1, sizeof(*s->direct));
	if (!s->direct)
		return -ENOMEM;
	for (i = 0; i < snap->nr_direct; i++) {
		if (!vm_is_hidden(r, snap->direct[i].kvm))
			s->direct[s->nr_direct++] = snap->direct[i];
	}
	err = sample_vms(r, snap, s);
	return err ? err : sample_lpis(r, snap, s);
}

/* Where records were lost, births and ends may be among them: the snapshot knows. */
static int reconcile(struct recorder *r, const struct snapshot *snap)
{
	struct g4_rec_long rec = { .r.ts_ns = r->until_ns };
	const struct fold_vpe *fv;
	const struct fold_vm *fvm;
	uint32_t i;
	int err = 0;

	for (i = 0; i < snap->nr_vms && !err; i++) {
		fvm = fold_find_vm(&r->fold, snap->vms[i].kvm);
		if ((fvm && fvm->vm.pid) || vm_is_hidden(r, snap->vms[i].kvm))
			continue;
		rec.r.type = G4_REC_VM_NEW;
		rec.kvm = snap->vms[i].kvm;
		rec.pid = snap->vms[i].pid;
		rec.nr = snap->vms[i].nr_vcpus;
		err = put(r, &rec.r);
	}
	for (i = 0; i < snap->nr_vpes && !err; i++) {
		const struct g4_vpe *v = &snap->vpes[i].v;

		fv = fold_find_vpe(&r->fold, v->vpe);
		if ((fv && fv->v.kvm == v->kvm) || vpe_is_hidden(r, v->vpe))
			continue;
		rec = (struct g4_rec_long){ .r.ts_ns = r->until_ns, .r.type = G4_REC_VPE_NEW,
					    .r.vpe = v->vpe, .r.vcpu = v->vcpu, .kvm = v->kvm,
					    .irq = v->doorbell_irq, .nr = v->lr.tid,
					    .vpe_id = v->vpe_id };
		err = put(r, &rec.r);
	}
	return err;
}

/* A VM's process may have been too young to have a name when the VM was new. */
static void name_vms(struct recorder *r)
{
	uint32_t i;

	for (i = 0; i < r->fold.nr_vms && r->names->vm_name; i++) {
		if (!r->fold.vms[i]->name[0] && r->fold.vms[i]->vm.pid)
			r->names->vm_name(r->names->ctx, r->fold.vms[i]->vm.pid,
					  r->fold.vms[i]->name, sizeof(r->fold.vms[i]->name));
	}
}

int recorder_sample(struct recorder *r, const struct snapshot *snap,
		    const struct out_info *info)
{
	struct sample *s;
	int err = 0;

	if (r->failed || !r->writer)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		err = -ENOMEM;
	if (!err && r->lost_told != r->lost_sum) {
		r->lost_told = r->lost_sum;
		err = reconcile(r, snap);
	}
	if (!err)
		err = fill_sample(r, snap, info, s);
	if (!err && r->waiting)
		err = put_sample(r);
	if (err) {
		sample_free(s);
		r->failed = true;
		return log_err(err, "cannot go on recording; what is in %s can be read", r->path);
	}
	r->waiting = s;
	name_vms(r);
	return 0;
}

int recorder_finish(struct recorder *r)
{
	return r->failed || !r->writer ? 0 : finish_file(r);
}

void recorder_figures(const struct recorder *r, struct recorder_figures *ret_figures)
{
	*ret_figures = (struct recorder_figures){
		.bytes = r->old_bytes + (r->writer ? rec_writer_bytes(r->writer) : 0),
		.records = r->old_records + (r->writer ? rec_writer_records(r->writer) : 0),
		.lost = r->lost_sum,
		.files = r->files,
	};
}
