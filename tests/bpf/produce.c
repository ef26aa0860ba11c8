// SPDX-License-Identifier: GPL-2.0
/* Drives the producer of records; see produce.h. */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpfutil.h"
#include "log.h"
#include "produce.h"
#include "produce.skel.h"
#include "util.h"

static int reuse(struct bpf_map *map, const struct bpf_object *obj)
{
	const struct bpf_map *real = bpf_object__find_map_by_name(obj, bpf_map__name(map));

	return real ? bpf_map__reuse_fd(map, bpf_map__fd(real)) : -ENOENT;
}

static int load_program(struct producer *p)
{
	struct bpf_map *map;
	int err;

	p->skel = produce__open();
	if (!p->skel)
		return log_err(-errno, "cannot open the producer");
	err = reuse(p->skel->maps.rings, p->session->obj);
	if (!err)
		err = reuse(p->skel->maps.losses, p->session->obj);
	if (err)
		return log_err(err, "cannot share the maps");
	bpf_object__for_each_map(map, p->skel->obj) {
		if (map != p->skel->maps.rings && map != p->skel->maps.losses &&
		    !bpf_map__is_internal(map))
			bpf_map__set_autocreate(map, false);
	}
	err = produce__load(p->skel);
	return err ? log_say(err, "cannot load the producer: %s", bpfutil_warning()) : 0;
}

int producer_open(struct producer *ret_p, uint32_t ring_bytes)
{
	const struct session_opts opts = { .ring_bytes = ring_bytes };
	const struct host host = { .nr_vms = 1, .nr_vpes = PRODUCE_VPES };
	int err;

	*ret_p = (struct producer){ .made = NULL };
	ret_p->session = calloc(1, sizeof(*ret_p->session));
	if (!ret_p->session)
		return log_err(-ENOMEM, "cannot start");
	ret_p->session->stats_fd = -1;
	bpfutil_init();
	err = session_load(ret_p->session, &host, &opts);
	if (err)
		return err;
	ret_p->made = calloc(session_nr_cpus(ret_p->session), sizeof(*ret_p->made));
	if (!ret_p->made)
		return log_err(-ENOMEM, "cannot start");
	return load_program(ret_p);
}

void producer_free(struct producer *p)
{
	produce__destroy(p->skel);
	session_free(p->session);
	free(p->made);
	*p = (struct producer){ .made = NULL };
}

void producer_begin(struct recorder *r, uint64_t now_ns)
{
	struct g4_rec_long rec = { .r.ts_ns = now_ns, .r.type = G4_REC_VM_NEW,
				   .kvm = PRODUCE_KVM, .pid = 4242, .nr = PRODUCE_VPES };
	uint32_t i;

	recorder_take(r, &rec.r);
	rec.r.type = G4_REC_VPE_NEW;
	rec.r.flags = G4_VPE_BLOCKED;
	for (i = 0; i < PRODUCE_VPES; i++) {
		rec.r.vpe = PRODUCE_VPE(i);
		rec.r.vcpu = i;
		rec.irq = 100 + i;
		rec.vpe_id = (uint16_t)i;
		recorder_take(r, &rec.r);
	}
}

int producer_run(struct producer *p, int cpu, uint32_t nr)
{
	__u64 args[1] = { nr };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args),
		    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = (__u32)cpu);

	if (bpf_prog_test_run_opts(bpf_program__fd(p->skel->progs.produce), &opts))
		return -errno;
	if (opts.retval)
		return -EIO;
	p->made[cpu] += nr;
	return 0;
}

static void name_of(void *ctx, uint32_t pid, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "guest-%u", pid);
}

int producer_recorder(const struct producer *p, const char *path, struct recorder **ret_r)
{
	static const struct out_info info = { .kernel = "made up", .wfi = "trap",
					      .backend = "fentry" };
	static const struct model_names names = { .vm_name = name_of };
	const struct recorder_opts opts = { .path = path, .force = true, .filter.vcpu = -1 };
	const struct recorder_host host = {
		.info = &info,
		.machine = "any",
		.figures = UINT32_MAX,
		.start_ns = util_now_ns(),
		.nr_cpus = session_nr_cpus(p->session),
	};
	int err = recorder_new(&opts, ret_r);

	if (!err)
		err = recorder_begin(*ret_r, &host, &names);
	if (!err)
		producer_begin(*ret_r, host.start_ns);
	return err;
}
