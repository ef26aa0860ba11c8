// SPDX-License-Identifier: GPL-2.0
/* Recordings in memory, made of made-up traffic; see scene.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scene.h"

#define NEED(condition)							\
	do {								\
		if (!(condition)) {					\
			printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();					\
		}							\
	} while (0)

static void open_file(struct scene *s)
{
	struct rec_writer_opts opts = { .meta = s->meta, .nr_cpus = SCENE_CPUS, .level = 1 };

	NEED(s->nr_files < SCENE_MAX_FILES);
	opts.fd = memfd_create("scene", MFD_CLOEXEC);
	NEED(opts.fd >= 0);
	s->fds[s->nr_files++] = opts.fd;
	NEED(!rec_writer_new(&opts, &s->w));
}

static void put(void *ctx, const struct g4_rec *rec)
{
	const struct g4_rec_long *l = (const struct g4_rec_long *)rec;
	char name[MODEL_NAME_LEN] = "";
	struct model_names names;
	struct scene *s = ctx;
	struct fold_vm *fvm;

	if (s->see && s->see(s->ctx, rec))
		return;
	traffic_names(&names);
	if (rec->type == G4_REC_VM_NEW)
		names.vm_name(names.ctx, l->pid, name, sizeof(name));
	NEED(!rec_writer_record(s->w, &s->fold, rec, name));
	NEED(!fold_record(&s->fold, rec, name));
	if (rec->type == G4_REC_VM_NEW) {
		fvm = fold_find_vm(&s->fold, l->kvm);
		memcpy(fvm->name, name, sizeof(fvm->name));
	}
	if (++s->in_chunk >= s->chunk_records)
		scene_flush(s);
}

void scene_begin(struct scene *s, const struct traffic_opts *opts, const char *host)
{
	const struct fold_opts fold = { .hists = false };

	*s = (struct scene){ .host = host, .chunk_records = 2000 };
	s->t = traffic_new(opts);
	NEED(s->t && !fold_init(&s->fold, &fold));
	s->begin_ns = traffic_now_ns(s->t);
	snprintf(s->meta, sizeof(s->meta), "version=test\nhost=%s\nkernel=6.12-test\n"
		 "machine=aarch64\ngic=4.0\nwfi=trap\nbackend=fentry\nfigures=0xffffffff\n"
		 "cpus=%u\nstart_ns=%llu\nstart_real_ns=%llu\n", host, SCENE_CPUS,
		 (unsigned long long)s->begin_ns, (unsigned long long)SCENE_REAL_NS);
	open_file(s);
	traffic_begin(s->t, put, s);
}

void scene_run(struct scene *s, uint64_t events)
{
	traffic_run(s->t, events, put, s);
}

void scene_restart_vm(struct scene *s, uint32_t vm)
{
	traffic_restart_vm(s->t, vm, put, s);
}

void scene_flush(struct scene *s)
{
	NEED(!rec_writer_flush(s->w, &s->fold));
	fold_bury(&s->fold);
	s->in_chunk = 0;
}

static void close_file(struct scene *s)
{
	NEED(!rec_writer_finish(s->w, &s->fold));
	fold_bury(&s->fold);
	rec_writer_free(s->w);
	s->w = NULL;
	s->in_chunk = 0;
}

void scene_next_file(struct scene *s)
{
	close_file(s);
	open_file(s);
}

void scene_end(struct scene *s)
{
	close_file(s);
}

void scene_free(struct scene *s)
{
	uint32_t i;

	rec_writer_free(s->w);
	fold_clear(&s->fold);
	traffic_free(s->t);
	for (i = 0; i < s->nr_files; i++)
		close(s->fds[i]);
}

void scene_play(const struct scene *s, uint32_t i, struct rec_play *p)
{
	const struct fold_opts opts = { .hists = true, .keep = true };
	enum rec_verdict verdict = REC_FOREIGN;

	NEED(!rec_play_open(p, dup(s->fds[i]), &opts, &verdict));
	NEED(verdict == REC_GOOD);
}
