// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the BPF object of a live run: opened, its maps sized for this host, its
 * programs chosen by the hook plan, loaded, attached, freed. The arrays of VMs
 * and vPEs are mapped into our memory, so that a refresh costs no system call
 * for each; session_read.c reads them.
 *
 * Order matters twice. All hooks are attached before the walk looks for what
 * exists, so that nothing can come into being unseen between the two. And
 * entry programs are attached before exit programs (hooks.c).
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bpfutil.h"
#include "log.h"
#include "session_priv.h"
#include "util.h"

#include "gicv4top.skel.h"

#define MIN_VMS		64U
#define MIN_VPES	256U
#define MIN_VLPIS	4096U
#define MAX_VPES	65536U		/* vPE ids have 16 bits */
#define MIN_FOCUS	64U		/* vPEs of a VM in focus, however few are here now */

static uint32_t sized(uint32_t asked, uint32_t found, uint32_t min, uint32_t max)
{
	uint64_t size = asked ? asked : (uint64_t)found * 2 + min;

	return size > max ? max : (uint32_t)size;
}

static int set_sizes(struct session *s, const struct host *host, const struct session_opts *opts)
{
	struct gicv4top *skel = s->skel;
	uint32_t focus;

	s->max_vms = sized(opts->max_vms, host->nr_vms, MIN_VMS, MAX_VPES);
	s->max_vpes = sized(opts->max_vpes, host->nr_vpes, MIN_VPES, MAX_VPES);
	/* multi-queue devices have about as many vectors as vCPUs, two or three a VM */
	s->max_vlpis = sized(opts->max_vlpis, host->nr_vpes * 2, MIN_VLPIS, 1U << 20);
	/* 43 KB each; no VM has more vPEs than are here now, unless it comes later */
	focus = host->nr_vpes > MIN_FOCUS ? host->nr_vpes : MIN_FOCUS;
	if (focus > opts->focus_vpes)
		focus = opts->focus_vpes;
	s->max_hists = opts->detail ? s->max_vpes : focus;
	if (bpf_map__set_max_entries(skel->maps.vms, s->max_vms) ||
	    bpf_map__set_max_entries(skel->maps.vm_index, s->max_vms) ||
	    bpf_map__set_max_entries(skel->maps.free_vms, s->max_vms) ||
	    bpf_map__set_max_entries(skel->maps.vpes, s->max_vpes) ||
	    bpf_map__set_max_entries(skel->maps.vpe_hists, s->max_hists ? s->max_hists : 1) ||
	    bpf_map__set_max_entries(skel->maps.vpe_index, s->max_vpes) ||
	    bpf_map__set_max_entries(skel->maps.free_vpes, s->max_vpes) ||
	    bpf_map__set_max_entries(skel->maps.vlpis, s->max_vlpis) ||
	    bpf_map__set_max_entries(skel->maps.lpis, s->max_vlpis) ||
	    bpf_map__set_max_entries(skel->maps.rings, (uint32_t)s->nr_cpus))
		return log_say(-EINVAL, "cannot set the sizes of the BPF maps");
	return 0;
}

static struct bpf_program *find_program(struct session *s, const char *name)
{
	return name ? bpf_object__find_program_by_name(s->skel->obj, name) : NULL;
}

static bool wants(const struct hook *hook, const struct session_opts *opts)
{
	if (hook->need == HOOK_DIRECT)
		return opts->taken;
	return hook->need != HOOK_DETAIL || opts->detail || opts->dirty ||
	       (hook->records && opts->ring_bytes);
}

/* Loads only what the plan wants, and says where fentry programs go. */
static int choose_programs(struct session *s, const struct session_opts *opts)
{
	const char *names[LINKS_PER_HOOK];
	struct bpf_program *prog;
	struct hook_choice *c;
	unsigned int i, k;

	bpf_object__for_each_program(prog, s->skel->obj)
		bpf_program__set_autoload(prog, false);
	bpf_program__set_autoload(s->skel->progs.walk_files, s->plan.nr != 0);

	for (i = 0; i < s->plan.nr; i++) {
		c = &s->plan.choices[i];
		if (c->backend != HOOK_NONE && !wants(c->hook, opts)) {
			c->backend = HOOK_NONE;
			c->why = "not asked for";
			s->plan.figures &= ~c->hook->figure;
		}
		hooks_programs(c, &names[0], &names[1]);
		for (k = 0; k < LINKS_PER_HOOK; k++) {
			prog = find_program(s, names[k]);
			if (!prog)
				continue;
			bpf_program__set_autoload(prog, true);
			if (c->backend == HOOK_FENTRY &&
			    bpf_program__set_attach_target(prog, 0, c->hook->function))
				return log_say(-ENOENT, "cannot attach %s: %s", c->hook->function,
					       bpfutil_warning());
		}
	}
	return 0;
}

static int fill_queue(struct bpf_map *queue, uint32_t nr)
{
	uint32_t slot;

	for (slot = 0; slot < nr; slot++) {
		if (bpf_map_update_elem(bpf_map__fd(queue), NULL, &slot, 0))
			return log_err(-errno, "cannot fill the BPF queue %s",
				       bpf_map__name(queue));
	}
	return 0;
}

/* A mmapable array, its elements back to back (their sizes are multiples of 8). */
static int map_array(struct bpf_map *map, int prot, struct mapped *ret_mapped)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t len = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *mem;

	len = (len + page - 1) / page * page;
	mem = mmap(NULL, len, prot, MAP_SHARED, bpf_map__fd(map), 0);
	if (mem == MAP_FAILED)
		return log_err(-errno, "cannot map the BPF array %s (%zu bytes) into memory",
			       bpf_map__name(map), len);
	ret_mapped->mem = mem;
	ret_mapped->len = len;
	return 0;
}

static int record_trampoline(void *ctx, void *data, size_t size)
{
	struct drain *drain = ctx;

	const struct g4_rec *rec = data;

	if (size < sizeof(*rec) || (rec->type >= G4_REC_LONG && size < sizeof(struct g4_rec_long)))
		return 0;
	if (drain->fn)
		drain->fn(drain->ctx, rec);
	return 0;
}

static int make_rings(struct session *s, uint32_t bytes)
{
	int cpu, err;

	s->ring_fds = calloc((size_t)s->nr_cpus, sizeof(*s->ring_fds));
	if (!s->ring_fds)
		return -ENOMEM;
	for (cpu = 0; cpu < s->nr_cpus; cpu++)
		s->ring_fds[cpu] = -1;
	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		s->ring_fds[cpu] = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "g4_ring", 0, 0, bytes,
						  NULL);
		if (s->ring_fds[cpu] < 0)
			return log_err(-errno, "cannot make a BPF ring buffer of %u bytes", bytes);
		if (bpf_map_update_elem(bpf_map__fd(s->skel->maps.rings), &cpu, &s->ring_fds[cpu],
					0))
			return log_err(-errno, "cannot hand CPU %d its ring buffer", cpu);
		if (!s->rings)
			s->rings = ring_buffer__new(s->ring_fds[cpu], record_trampoline,
						    &s->drain, NULL);
		else if ((err = ring_buffer__add(s->rings, s->ring_fds[cpu], record_trampoline,
						 &s->drain)))
			return log_err(err, "cannot read CPU %d's ring buffer", cpu);
		if (!s->rings)
			return log_err(-errno, "cannot read CPU %d's ring buffer", cpu);
	}
	return 0;
}

/* One program of a row; a missing one is fine. */
static int attach_program(struct session *s, const struct hook_choice *c, const char *name,
			  bool ret, struct bpf_link **ret_link)
{
	struct bpf_program *prog = find_program(s, name);
	struct bpf_link *link;
	int err;

	if (!prog)
		return 0;
	if (c->backend == HOOK_KPROBE)
		link = bpf_program__attach_kprobe(prog, ret, c->hook->function);
	else
		link = bpf_program__attach(prog);
	err = (int)libbpf_get_error(link);
	if (err)
		return err;
	*ret_link = link;
	return 0;
}

static int attach_hook(struct session *s, unsigned int row)
{
	struct hook_choice *c = &s->plan.choices[row];
	struct bpf_link **links = &s->links[row * LINKS_PER_HOOK];
	const char *entry, *exit;
	int err;

	hooks_programs(c, &entry, &exit);
	err = attach_program(s, c, entry, false, &links[0]);
	if (!err)
		err = attach_program(s, c, exit, true, &links[1]);
	if (!err)
		return 0;
	if (c->hook->need == HOOK_NEEDED && c->backend == HOOK_KPROBE &&
	    (err == -EACCES || err == -EPERM))
		return log_say(err, "cannot attach kprobe to %s: %s: where "
			       "kernel.perf_event_paranoid is above 2 this takes CAP_SYS_ADMIN; "
			       "run as root, or set it to 2",
			       hooks_target(c), strerror(-err));
	if (c->hook->need == HOOK_NEEDED)
		return log_say(err, "cannot attach %s to %s: %s (%s)",
			       hooks_backend_name(c->backend), hooks_target(c), strerror(-err),
			       bpfutil_warning());
	bpf_link__destroy(links[0]);
	links[0] = NULL;
	c->backend = HOOK_NONE;
	c->why = "the kernel refused to attach it";
	s->plan.figures &= ~c->hook->figure;
	return 0;
}

static int attach_all(struct session *s)
{
	unsigned int row;
	int err;

	s->links = calloc((size_t)s->plan.nr * LINKS_PER_HOOK, sizeof(struct bpf_link *));
	if (!s->links)
		return -ENOMEM;
	for (row = 0; row < s->plan.nr; row++) {
		err = attach_hook(s, row);
		if (err)
			return err;
	}
	return 0;
}

static int check_plan(const struct hook_plan *plan)
{
	const struct hook_choice *c = plan->missing;

	if (!c)
		return 0;
	if (plan->backend == HOOK_TRACEPOINT)
		return log_say(-ENOTSUP, "--backend tracepoint: %s (%s); use --backend auto",
			       c->why, c->hook->activity);
	return log_say(-ENOTSUP, "cannot watch %s (%s) by %s: %s", c->hook->function,
		       c->hook->activity, hooks_backend_name(plan->backend), c->why);
}

int session_load(struct session *s, const struct host *host, const struct session_opts *opts)
{
	/* histograms are lent to vPEs by writing into both arrays */
	int prot = PROT_READ | PROT_WRITE, err;

	s->nr_cpus = libbpf_num_possible_cpus();
	if (s->nr_cpus < 0)
		return log_err(s->nr_cpus, "cannot tell how many CPUs this host may have");
	s->skel = gicv4top__open();
	if (!s->skel)
		return log_err(-errno, "cannot open the BPF object");
	s->obj = s->skel->obj;
	s->vlpi_map = s->skel->maps.vlpis;
	s->lpi_map = s->skel->maps.lpis;
	s->loss_map = s->skel->maps.losses;
	s->walk = s->skel->progs.walk_files;
	s->skel->rodata->cfg_guest_devid_off = host_guest_devid_off(host);
	s->skel->rodata->cfg_flags = (host->gic == HOST_GIC_V4_1 ? G4_CFG_GICV4_1 : 0) |
				     (opts->detail ? G4_CFG_DETAIL : 0) |
				     (opts->detail || opts->dirty ? G4_CFG_DIRTY : 0) |
				     (opts->ring_bytes ? G4_CFG_RECORDS : 0);
	if (opts->records)
		s->skel->rodata->cfg_records = opts->records;
	err = set_sizes(s, host, opts);
	if (err)
		return err;
	err = choose_programs(s, opts);
	if (err)
		return err;
	log_debug("loading the BPF programs");
	err = gicv4top__load(s->skel);
	if (err)
		return log_say(err, "cannot load the BPF programs: %s (%s)", strerror(-err),
			       bpfutil_warning());
	log_debug("loaded; room for %u VMs, %u vPEs, %u VLPIs", s->max_vms, s->max_vpes,
		  s->max_vlpis);
	err = fill_queue(s->skel->maps.free_vms, s->max_vms);
	if (!err)
		err = fill_queue(s->skel->maps.free_vpes, s->max_vpes);
	if (!err)
		err = map_array(s->skel->maps.vms, PROT_READ, &s->vms);
	if (!err)
		err = map_array(s->skel->maps.vpes, prot, &s->vpes);
	if (!err && s->max_hists)
		err = map_array(s->skel->maps.vpe_hists, prot, &s->hists);
	if (!err && opts->ring_bytes)
		err = make_rings(s, opts->ring_bytes);
	if (err)
		return err;
	s->loss_cpus = calloc((size_t)s->nr_cpus, sizeof(*s->loss_cpus));
	s->walked = calloc(s->max_vms, sizeof(*s->walked));
	if (!opts->detail && s->max_hists)
		s->lent = calloc(s->max_hists, sizeof(*s->lent));
	if (!s->loss_cpus || !s->walked || (!opts->detail && s->max_hists && !s->lent))
		return log_err(-ENOMEM, "cannot start a session");
	return 0;
}

static void session_freep(struct session **s)
{
	session_free(*s);
}

#define auto_session __attribute__((cleanup(session_freep)))

int session_open(const struct host *host, const struct session_opts *opts,
		 struct session **ret_session)
{
	auto_session struct session *s = calloc(1, sizeof(*s));
	struct hook_facts facts;
	int err;

	if (!s)
		return log_err(-ENOMEM, "cannot start a session");
	bpfutil_init();		/* what the scout was warned of is no warning to us */
	s->stats_fd = -1;

	host_hook_facts(host, &facts);
	err = hooks_plan(&facts, opts->backend, &s->plan);
	if (!err)
		err = check_plan(&s->plan);
	if (err)
		return err;
	err = session_load(s, host, opts);
	if (err)
		return err;
	log_debug("attaching");
	err = attach_all(s);
	if (err)
		return err;
	log_debug("attached");
	s->skel->bss->live = 1;
	err = bpfutil_run_iter(s->skel->progs.walk_files, 0);
	if (err)
		return log_err(err, "cannot walk open files for VMs that run already");
	log_debug("walked what exists");
	*ret_session = TAKE_PTR(s);
	return 0;
}

void session_free(struct session *s)
{
	unsigned int i;
	int cpu;

	if (!s)
		return;
	log_debug("detaching");
	for (i = 0; s->links && i < s->plan.nr * LINKS_PER_HOOK; i++)
		bpf_link__destroy(s->links[i]);
	free(s->links);
	log_debug("detached");
	ring_buffer__free(s->rings);
	for (cpu = 0; s->ring_fds && cpu < s->nr_cpus; cpu++)
		util_closep(&s->ring_fds[cpu]);
	free(s->ring_fds);
	if (s->vms.mem)
		munmap(s->vms.mem, s->vms.len);
	if (s->vpes.mem)
		munmap(s->vpes.mem, s->vpes.len);
	if (s->hists.mem)
		munmap(s->hists.mem, s->hists.len);
	util_closep(&s->stats_fd);
	gicv4top__destroy(s->skel);
	hooks_plan_clear(&s->plan);
	free(s->loss_cpus);
	free(s->walked);
	free(s->lpis);
	free(s->lent);
	free(s);
}

const struct hook_plan *session_plan(const struct session *s)
{
	return &s->plan;
}
