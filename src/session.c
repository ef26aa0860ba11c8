// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the BPF object of a live run: opened, its maps sized for this host, its
 * programs chosen by the hook plan, loaded, attached, read. The arrays of VMs
 * and vPEs are mapped into our memory, so that a refresh costs no system call
 * for each.
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
#include "session.h"
#include "util.h"

#include "gicv4top.skel.h"

#define MIN_VMS		64U
#define MIN_VPES	256U
#define MIN_VLPIS	4096U
#define MAX_VPES	65536U		/* vPE ids have 16 bits */
#define TORN_TRIES	1000
#define LINKS_PER_HOOK	2

struct mapped {
	void *mem;
	size_t len;
};

struct walked {			/* what the last walk of a VM slot was based on */
	uint64_t kvm;
	uint64_t its_cmds;
};

struct drain {
	void (*fn)(void *ctx, const struct g4_rec *rec);
	void *ctx;
};

struct session {
	struct gicv4top *skel;
	struct hook_plan plan;
	struct bpf_link **links;	/* LINKS_PER_HOOK a row, NULL where none */
	struct mapped vms, vpes, hists;
	uint32_t max_vms, max_vpes, max_vlpis;
	struct walked *walked;		/* one a VM slot */
	struct g4_loss *loss_cpus;	/* one a possible CPU */
	int nr_cpus;
	int stats_fd;
	int *ring_fds;
	struct ring_buffer *rings;
	struct drain drain;		/* where records go, during session_drain() */
};

static uint32_t sized(uint32_t asked, uint32_t found, uint32_t min, uint32_t max)
{
	uint64_t size = asked ? asked : (uint64_t)found * 2 + min;

	return size > max ? max : (uint32_t)size;
}

static int set_sizes(struct session *s, const struct host *host, const struct session_opts *opts)
{
	struct gicv4top *skel = s->skel;

	s->max_vms = sized(opts->max_vms, host->nr_vms, MIN_VMS, MAX_VPES);
	s->max_vpes = sized(opts->max_vpes, host->nr_vpes, MIN_VPES, MAX_VPES);
	/* multi-queue devices have about as many vectors as vCPUs, a few devices a VM */
	s->max_vlpis = sized(opts->max_vlpis, host->nr_vpes * 8, MIN_VLPIS, 1U << 20);
	if (bpf_map__set_max_entries(skel->maps.vms, s->max_vms) ||
	    bpf_map__set_max_entries(skel->maps.vm_index, s->max_vms) ||
	    bpf_map__set_max_entries(skel->maps.free_vms, s->max_vms) ||
	    bpf_map__set_max_entries(skel->maps.vpes, s->max_vpes) ||
	    bpf_map__set_max_entries(skel->maps.vpe_hists, opts->detail ? s->max_vpes : 1) ||
	    bpf_map__set_max_entries(skel->maps.vpe_index, s->max_vpes) ||
	    bpf_map__set_max_entries(skel->maps.free_vpes, s->max_vpes) ||
	    bpf_map__set_max_entries(skel->maps.vlpis, s->max_vlpis) ||
	    bpf_map__set_max_entries(skel->maps.rings, (uint32_t)s->nr_cpus))
		return log_say(-EINVAL, "cannot set the sizes of the BPF maps");
	return 0;
}

static struct bpf_program *find_program(struct session *s, const char *name)
{
	return name ? bpf_object__find_program_by_name(s->skel->obj, name) : NULL;
}

/* Loads only what the plan wants, and says where fentry programs go. */
static int choose_programs(struct session *s, bool detail)
{
	const char *names[LINKS_PER_HOOK];
	struct bpf_program *prog;
	struct hook_choice *c;
	unsigned int i, k;

	bpf_object__for_each_program(prog, s->skel->obj)
		bpf_program__set_autoload(prog, false);
	bpf_program__set_autoload(s->skel->progs.walk_files, true);

	for (i = 0; i < s->plan.nr; i++) {
		c = &s->plan.choices[i];
		if (c->hook->need == HOOK_DETAIL && !detail && c->backend != HOOK_NONE) {
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
static int map_array(struct bpf_map *map, struct mapped *ret_mapped)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t len = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *mem;

	len = (len + page - 1) / page * page;
	mem = mmap(NULL, len, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);
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

	if (size >= sizeof(struct g4_rec) && drain->fn)
		drain->fn(drain->ctx, data);
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

static int load_all(struct session *s, const struct host *host, const struct session_opts *opts)
{
	int err;

	s->skel = gicv4top__open();
	if (!s->skel)
		return log_err(-errno, "cannot open the BPF object");
	s->skel->rodata->cfg_guest_devid_off = host_guest_devid_off(host);
	s->skel->rodata->cfg_gicv4_1 = host->gic == HOST_GIC_V4_1;
	s->skel->rodata->cfg_vpe_hists = opts->detail;
	s->skel->rodata->cfg_records = opts->ring_bytes != 0;
	err = set_sizes(s, host, opts);
	if (err)
		return err;
	err = choose_programs(s, opts->detail);
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
		err = map_array(s->skel->maps.vms, &s->vms);
	if (!err)
		err = map_array(s->skel->maps.vpes, &s->vpes);
	if (!err && opts->detail)
		err = map_array(s->skel->maps.vpe_hists, &s->hists);
	if (!err && opts->ring_bytes)
		err = make_rings(s, opts->ring_bytes);
	return err;
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
	s->stats_fd = -1;
	s->nr_cpus = libbpf_num_possible_cpus();
	if (s->nr_cpus < 0)
		/* cppcheck-suppress memleak ; auto_session frees it */
		return log_err(s->nr_cpus, "cannot tell how many CPUs this host may have");

	host_hook_facts(host, &facts);
	err = hooks_plan(&facts, opts->backend, &s->plan);
	if (!err)
		err = check_plan(&s->plan);
	if (err)
		return err;
	err = load_all(s, host, opts);
	if (err)
		return err;
	s->loss_cpus = calloc((size_t)s->nr_cpus, sizeof(*s->loss_cpus));
	s->walked = calloc(s->max_vms, sizeof(*s->walked));
	if (!s->loss_cpus || !s->walked)
		return log_err(-ENOMEM, "cannot start a session");
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
	free(s);
}

const struct hook_plan *session_plan(const struct session *s)
{
	return &s->plan;
}

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
	int fd = bpf_map__fd(s->skel->maps.vlpis), err;
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

	if (bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.losses), &zero, s->loss_cpus))
		return log_err(-errno, "cannot read the BPF map of losses");
	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		snap->loss.records += s->loss_cpus[cpu].records;
		snap->loss.vms_full += s->loss_cpus[cpu].vms_full;
		snap->loss.vpes_full += s->loss_cpus[cpu].vpes_full;
		snap->loss.vlpis_full += s->loss_cpus[cpu].vlpis_full;
		snap->loss.unmatched += s->loss_cpus[cpu].unmatched;
	}
	bpf_object__for_each_program(prog, s->skel->obj) {
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
		err = bpfutil_run_iter(s->skel->progs.walk_files, vms[slot].pid);
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

	bpf_object__for_each_program(prog, s->skel->obj) {
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
