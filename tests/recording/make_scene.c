// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper: a recording of made-up traffic in which, beside loads and puts, all that a
 * recording can hold happens where it is asked for.
 *
 *	make_scene FILE RECORDS [NAME=NUMBER | WORD]...
 *
 * NUMBERs: vms, vcpus, cpus, step (ns between events), seed, chunk (records a chunk).
 * WORDs: "restart" (a VM ends and another begins), "reuse" (at the same addresses), "gaps"
 * (records are lost, and told so), "samples", "rare" (properties, forwarding, doorbells of
 * long ago answered), "late" (records
 * older than those before them), "unseen" (a vPE whose birth nobody saw), "killed" (the
 * file has no end).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"
#include "traffic.h"
#include "util.h"

#define MAX_CPUS	64U

struct scene {
	struct traffic_opts traffic;
	uint64_t records, chunk;
	bool restart, reuse, gaps, samples, rare, late, unseen, killed;
};

struct run {
	struct scene scene;
	struct traffic *t;
	struct recorder *r;
	const struct out_info *info;
	uint64_t lost[MAX_CPUS], passes;
	bool losing;			/* records that come are lost */
};

/* An address, less its part that is another one in each life of a VM. */
static uint64_t address(const struct run *run, uint64_t kernel)
{
	return run->scene.reuse ? kernel & ~(0xffULL << 40) : kernel;
}

static void take(void *ctx, const struct g4_rec *rec)
{
	struct run *run = ctx;
	struct g4_rec_long copy;

	if (run->scene.reuse) {
		memcpy(&copy, rec, rec->type < G4_REC_LONG ? sizeof(*rec) : sizeof(copy));
		copy.r.vpe = address(run, rec->vpe);
		if (rec->type >= G4_REC_LONG)
			copy.kvm = address(run, copy.kvm);
		else if (rec->type == G4_REC_SW_LPI)
			copy.r.arg_ns = address(run, rec->arg_ns);
		rec = &copy.r;
	}
	/* what nobody could make up for stays: births and ends */
	if (run->losing && rec->type < G4_REC_LONG)
		run->lost[rec->pcpu % MAX_CPUS]++;
	else
		recorder_take(run->r, rec);
}

static int sample(struct run *run)
{
	const uint32_t nr = traffic_nr_vpes(run->t), nr_vms = run->scene.traffic.nr_vms;
	struct snapshot snap = { .now_ns = traffic_now_ns(run->t), .missed_known = true,
				 .missed = run->passes, .loss = { .records = run->lost[0],
				 .unmatched = run->passes, .vlpis_full = 1 } };
	uint32_t i;
	int err;

	snap.vms = calloc(nr_vms, sizeof(*snap.vms));
	snap.vpes = calloc(nr, sizeof(*snap.vpes));
	snap.direct = calloc(nr, sizeof(*snap.direct));
	snap.vlpis = calloc(nr_vms, sizeof(*snap.vlpis));
	if (!snap.vms || !snap.vpes || !snap.direct || !snap.vlpis)
		return -ENOMEM;
	for (i = 0; i < nr_vms; i++) {
		snap.vms[snap.nr_vms] = *traffic_vm(run->t, i);
		snap.vms[snap.nr_vms].kvm = address(run, snap.vms[snap.nr_vms].kvm);
		snap.vms[snap.nr_vms].nr_lpis = 5 + i;
		snap.vms[snap.nr_vms].walked = 1 + (uint32_t)run->passes / 8;
		/* the same ones for a while: then a sample leaves them out */
		snap.vlpis[snap.nr_vlpis++] = (struct snap_vlpi){ .software = true, .v = {
			.kvm = snap.vms[snap.nr_vms].kvm, .devid = 8, .eventid = 3, .prop = 0xa1,
			.vintid = 9000 + (uint32_t)run->passes / 4, .flags = G4_VLPI_IDS } };
		snap.nr_vms++;
	}
	for (i = 0; i < nr; i++) {
		snap.vpes[snap.nr_vpes].v = *traffic_vpe(run->t, i);
		snap.vpes[snap.nr_vpes].v.vpe = address(run, snap.vpes[snap.nr_vpes].v.vpe);
		snap.vpes[snap.nr_vpes].v.kvm = address(run, snap.vpes[snap.nr_vpes].v.kvm);
		snap.vpes[snap.nr_vpes].v.lr.taken = run->passes * 10 + i;
		snap.vpes[snap.nr_vpes++].v.lr.lpis = run->passes * 3;
		snap.direct[snap.nr_direct++] = (struct snap_direct){
			.kvm = address(run, traffic_vpe(run->t, i)->kvm),
			.vcpu = traffic_vpe(run->t, i)->vcpu,
			.birth_ns = traffic_vpe(run->t, i)->birth_ns, .source = DIRECT_PMU,
			.time_ns = snap.now_ns - i, .count = run->passes * 100, .error = i,
			.running_pct = 99.5 };
	}
	err = recorder_sample(run->r, &snap, run->info);
	snapshot_clear(&snap);
	return err;
}

static void put_long(struct run *run, uint8_t type, uint8_t flags, uint32_t irq)
{
	const uint32_t nr = traffic_nr_vpes(run->t);
	const struct g4_vpe *v = traffic_vpe(run->t, (uint32_t)run->passes % nr);
	const struct g4_rec_long rec = {
		.r = { .ts_ns = traffic_now_ns(run->t), .vpe = v->vpe, .vcpu = v->vcpu,
		       .type = type, .flags = flags, .arg_ns = 3000 },
		.kvm = v->kvm, .irq = irq, .vintid = 8200, .devid = 16, .eventid = 7,
		.prop = 0xb0, .lpi_flags = G4_VLPI_IDS };

	take(run, &rec.r);
}

static void rare(struct run *run)
{
	const struct g4_vpe *v = traffic_vpe(run->t, 0);
	const struct g4_rec odd[] = {
		{ .ts_ns = traffic_now_ns(run->t), .vpe = v->vpe, .arg_ns = 77 + v->birth_ns,
		  .type = G4_REC_WAKE },
		{ .ts_ns = traffic_now_ns(run->t), .vpe = v->vpe, .arg_ns = 99 + v->birth_ns,
		  .type = G4_REC_VPE_LOAD, .flags = G4_RECF_COUNTED },
		{ .ts_ns = traffic_now_ns(run->t), .vpe = v->vpe, .arg_ns = 321,
		  .type = G4_REC_VPE_PUT_DONE, .flags = G4_RECF_PENDING_LAST },
		{ .ts_ns = traffic_now_ns(run->t), .vpe = v->vpe,
		  .type = G4_REC_DOORBELL, .flags = G4_DB_SPURIOUS | G4_RECF_COUNTED },
	};

	put_long(run, G4_REC_VLPI_FOUND, 0, 7001);
	put_long(run, G4_REC_VLPI_PROP, 0, 7001);
	put_long(run, G4_REC_VLPI_MAP, G4_RECF_MOVED, 7001);
	put_long(run, G4_REC_FORWARD_SET, 0, 7002);
	put_long(run, G4_REC_FORWARD_UNSET, 0, 7002);
	put_long(run, G4_REC_VLPI_UNMAP, G4_RECF_UNCOUNTED, 7003);
	take(run, &odd[run->passes % 4]);
}

/* What came before the last pass, and what nobody ever saw born. */
static void strange(struct run *run)
{
	struct g4_rec rec = { .ts_ns = traffic_now_ns(run->t), .type = G4_REC_SLEEP,
			      .vpe = traffic_vpe(run->t, 0)->vpe };

	if (run->scene.late && run->passes % 3 == 1) {
		rec.ts_ns -= 3 * run->scene.traffic.step_ns;
		take(run, &rec);
	}
	if (run->scene.unseen) {
		rec.ts_ns = traffic_now_ns(run->t);
		rec.vpe = 0x1000 + run->passes / 4;
		rec.type = run->passes & 1 ? G4_REC_VPE_PUT : G4_REC_VPE_LOAD;
		take(run, &rec);
	}
}

static int pass(struct run *run, bool end)
{
	const struct scene *s = &run->scene;
	uint64_t now_ns = traffic_now_ns(run->t);
	int err;

	if (s->rare)
		rare(run);
	strange(run);
	run->losing = s->gaps && run->passes % 4 == 2;
	/* half a second has passed, whatever the traffic's clock says: each pass ends a chunk */
	err = recorder_pass(run->r, end ? UINT64_MAX : now_ns, now_ns + run->passes * 500000000,
			    s->gaps ? run->lost : NULL, s->traffic.nr_cpus);
	if (!err && s->samples && run->passes % 2)
		err = sample(run);
	run->passes++;
	return err;
}

static int go(struct run *run)
{
	const struct scene *s = &run->scene;
	uint64_t next = s->chunk;
	int err = 0;

	traffic_begin(run->t, take, run);
	while (traffic_records(run->t) < s->records && !err) {
		traffic_run(run->t, 1, take, run);
		if (traffic_records(run->t) < next)
			continue;
		next += s->chunk;
		if (s->restart && run->passes % 3 == 1)
			traffic_restart_vm(run->t, (uint32_t)run->passes % s->traffic.nr_vms, take,
					   run);
		err = pass(run, false);
	}
	if (!err)
		err = pass(run, true);
	return err < 0 || s->killed ? err : recorder_finish(run->r);
}

static bool read_arg(struct scene *s, const char *arg)
{
	const struct { const char *name; uint32_t *n; uint64_t *big; bool *flag; } args[] = {
		{ "vms", &s->traffic.nr_vms, NULL, NULL },
		{ "vcpus", &s->traffic.nr_vcpus, NULL, NULL },
		{ "cpus", &s->traffic.nr_cpus, NULL, NULL },
		{ "step", NULL, &s->traffic.step_ns, NULL },
		{ "seed", NULL, &s->traffic.seed, NULL },
		{ "chunk", NULL, &s->chunk, NULL },
		{ "restart", NULL, NULL, &s->restart }, { "gaps", NULL, NULL, &s->gaps },
		{ "reuse", NULL, NULL, &s->reuse }, { "samples", NULL, NULL, &s->samples },
		{ "rare", NULL, NULL, &s->rare },
		{ "late", NULL, NULL, &s->late }, { "unseen", NULL, NULL, &s->unseen },
		{ "killed", NULL, NULL, &s->killed },
	};
	size_t len = strcspn(arg, "="), i;
	uint64_t value = 0;

	if (arg[len] && util_parse_u64(arg + len + 1, 1, INT64_MAX, &value))
		return false;
	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		if (strlen(args[i].name) != len || memcmp(args[i].name, arg, len) ||
		    !args[i].flag != !!value)
			continue;
		if (args[i].flag)
			*args[i].flag = true;
		else if (args[i].n)
			*args[i].n = (uint32_t)value;
		else
			*args[i].big = value;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct out_info info = { .kernel = "6.12.0-made-up", .gic = "4.1", .wfi = "trap",
				 .backend = "fentry", .hooks_attached = 19, .hooks_wanted = 19,
				 .cost_known = true, .bpf_ns_per_s = 1234, .own_ns_per_s = 567,
				 .nr_agents = 1 };
	struct recorder_host host = { .info = &info, .machine = "aarch64", .figures = UINT32_MAX,
				      .hooks = "load: made up\n" };
	struct recorder_opts rec = { .path = argc > 1 ? argv[1] : "", .force = true,
				     .filter.vcpu = -1 };
	struct run run = { .info = &info, .scene = { .chunk = 5000, .traffic = { .nr_vms = 2,
			   .nr_vcpus = 2, .nr_cpus = 4, .step_ns = 20000, .seed = 1 } } };
	struct model_names names;
	int i, err;

	for (i = 3; i < argc && read_arg(&run.scene, argv[i]); i++)
		;
	if (argc < 3 || i < argc || run.scene.traffic.nr_cpus > MAX_CPUS ||
	    util_parse_u64(argv[2], 1, UINT32_MAX, &run.scene.records)) {
		fprintf(stderr, "usage: make_scene FILE RECORDS [NAME=NUMBER | WORD]...\n");
		return 2;
	}
	run.t = traffic_new(&run.scene.traffic);
	if (!run.t)
		return 1;
	host.nr_cpus = run.scene.traffic.nr_cpus;
	host.start_ns = traffic_now_ns(run.t);
	traffic_names(&names);
	err = recorder_new(&rec, &run.r);
	if (!err)
		err = recorder_begin(run.r, &host, &names);
	if (!err)
		err = go(&run);
	recorder_free(run.r);
	traffic_free(run.t);
	return err < 0 ? 1 : 0;
}
