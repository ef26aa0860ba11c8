// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the scenes: what happened on each host, refresh by refresh, told to the
 * vPE state machine as BPF tells it. All times and addresses are fixed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hooks.h"
#include "scenes.h"

#define T0	SCENE_ATTACH_NS
#define MAX_DIRECT	8

/* 100 wake-ups from @from_ns on, 10 ms each: resident, blocked, doorbell, woken. */
static void doorbell_traffic(struct snapshot *s, uint32_t vpe, uint64_t from_ns)
{
	struct g4_vpe_hists *h = s->hists ? &s->hists[vpe] : NULL;
	struct g4_vpe *v = &s->vpes[vpe].v;
	struct g4_hist *of_vm = &s->vms[0].doorbell_ns;
	uint64_t at, latency;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		at = from_ns + i * 10 * MS;
		latency = g4_vpe_load(v, h, at, 2 + i % 2, 0);
		if (latency)
			g4_hist_add(of_vm, latency);
		g4_vpe_guest_entry(v, h, at + 900);
		g4_vpe_put(v, h, at + 3 * MS, 2 + i % 2, 1);
		g4_vpe_sleep(v);
		g4_vpe_doorbell(v, at + 10 * MS - 9000 - 100 * i, 2, 0, 0);
		g4_vpe_doorbell_done(v, h, at + 10 * MS - 7000 - 90 * i);
		g4_vpe_wake(v, h, at + 10 * MS - 2000);
		if (i % 25 == 0)
			g4_vpe_doorbell(v, at + 10 * MS - 1000, 2, 0, 0);	/* late */
	}
}

static void add_vlpi(struct snapshot *s, uint32_t vpe, uint32_t nr, bool ids)
{
	const struct g4_vpe *v = &s->vpes[vpe].v;
	struct g4_vlpi *vlpi = make_vlpi(s, v->kvm, v->vpe, 8192 + nr, 60 + nr);

	vlpi->prop = nr & 1 ? 0xa0 : 0xa1;
	if (ids) {
		vlpi->flags = G4_VLPI_IDS;
		vlpi->devid = 16;
		vlpi->eventid = nr;
	}
}

/*
 * VM 1000: a vPE with doorbells and one that is always resident, 3 VLPIs of 4
 * LPIs. VM 1001: found at attach, unknown for half a second, then preempted by
 * turns.
 */
static void two_vms(unsigned int nr, struct snapshot *s)
{
	uint64_t from = T0 + nr * SEC;
	struct g4_vm *vm;
	unsigned int i;

	if (!nr) {
		make_snap(s, 2, 3, 4);
		vm = make_vm(s, KVM(1), 1000, T0);
		vm->nr_vcpus = 2;
		vm->nr_lpis = 4;
		vm->walked = 1;
		vm->maps = 3;
		make_vm(s, KVM(2), 1001, T0);
		make_vpe(s, KVM(1), VPE(1, 0), 0, T0);
		make_vpe(s, KVM(1), VPE(1, 1), 1, T0);
		g4_vpe_init(make_vpe(s, KVM(2), VPE(2, 0), 0, T0), T0, G4_VPE_UNKNOWN);
		make_hists(s);
		add_vlpi(s, 0, 0, true);
		add_vlpi(s, 0, 1, true);
		add_vlpi(s, 1, 2, false);
		add_vlpi(s, 2, 3, true);
		g4_hist_add(&s->vms[0].map_ns, 12500);
		g4_hist_add(&s->vms[0].map_ns, 13100);
		g4_hist_add(&s->vms[0].map_ns, 31000);
		g4_vpe_load(&s->vpes[1].v, &s->hists[1], T0 + 100 * MS, 1, 0);
		for (i = 0; i < 5; i++)
			make_residency(&s->vpes[2].v, T0 + 500 * MS + i * 80 * MS,
				       T0 + 550 * MS + i * 80 * MS, 0, 0);
	} else {
		for (i = 0; i < 10; i++)
			make_residency(&s->vpes[2].v, from + i * 100 * MS,
				       from + (60 + i * 100) * MS, i % 2, 0);
		s->vpes[2].v.run.moves += 9;
		g4_vpe_doorbell(&s->vpes[2].v, from + 990 * MS, 0, 0, 0);	/* spurious */
		s->vms[1].sw_lpis += 25;
	}
	doorbell_traffic(s, 0, from);
	g4_hist_add(&s->hists[0].h[G4_H_DIRTY], 2500 + nr);
	make_at(s, from + SEC);
}

/* The same, while the maps and the ring buffers are full. */
static void two_vms_losing(unsigned int nr, struct snapshot *s)
{
	two_vms(nr, s);
	s->loss = (struct g4_loss){ .records = 1200 * nr, .vms_full = 1, .vpes_full = 4,
				    .vlpis_full = 16, .unmatched = 2 };
	s->missed = 7;
}

static void no_vm(unsigned int nr, struct snapshot *s)
{
	if (!nr)
		make_snap(s, 0, 0, 0);
	make_at(s, T0 + (nr + 1) * SEC);
}

/* kretprobes whose misses the kernel does not tell: before 6.7. */
static void missed_not_known(unsigned int nr, struct snapshot *s)
{
	two_vms(nr, s);
	s->missed_known = false;
	s->missed = nr ? 5 : 0;
}

static void add_direct(struct snapshot *s, uint64_t kvm, uint32_t vcpu, enum direct_source source,
		       uint64_t count)
{
	if (!s->direct)
		s->direct = calloc(MAX_DIRECT, sizeof(*s->direct));
	if (!s->direct)
		abort();
	s->direct[s->nr_direct++] = (struct snap_direct){
		.kvm = kvm, .vcpu = vcpu, .source = source, .time_ns = s->now_ns, .count = count,
		.error = source == DIRECT_PMU ? count / 4 : 0,
		.running_pct = source == DIRECT_PMU ? 75 : 100,
	};
}

/* The first VM by its agent and by the PMU, the second by the PMU alone. */
static void counted_directly(unsigned int nr, struct snapshot *s)
{
	two_vms(nr, s);
	s->nr_direct = 0;
	add_direct(s, KVM(1), 0, DIRECT_GUEST, nr * 1000);
	add_direct(s, KVM(1), 1, DIRECT_GUEST, nr * 500);
	add_direct(s, KVM(1), 0, DIRECT_PMU, nr * 1100);
	add_direct(s, KVM(1), 1, DIRECT_PMU, nr * 520);
	add_direct(s, KVM(2), 0, DIRECT_PMU, nr * 4);
}

/* The same, but the PMU has lost a vCPU of the first VM, and the agents are silent. */
static void counted_in_part(unsigned int nr, struct snapshot *s)
{
	two_vms(nr, s);
	s->nr_direct = 0;
	add_direct(s, KVM(1), 0, DIRECT_PMU, nr * 1100);
	add_direct(s, KVM(2), 0, DIRECT_PMU, nr * 4);
}

/* A VM that nothing is known of but that it is there; its walk is still to come. */
static void nothing_known(unsigned int nr, struct snapshot *s)
{
	if (!nr) {
		make_snap(s, 2, 1, 1);
		make_vm(s, KVM(1), 1000, T0);
		make_vm(s, KVM(2), 1001, T0)->nr_vcpus = 0;	/* VM without vPEs */
		g4_vpe_init(make_vpe(s, KVM(1), VPE(1, 0), 0, T0), T0, G4_VPE_UNKNOWN);
		add_vlpi(s, 0, 0, false);
	}
	s->missed_known = false;
	make_at(s, T0 + (nr + 1) * SEC);
}

static void many_names(unsigned int nr, struct snapshot *s)
{
	uint32_t i;

	if (!nr) {
		make_snap(s, 5, 5, 0);
		for (i = 0; i < 5; i++) {
			make_vm(s, KVM(i), 1000 + i, T0);
			make_vpe(s, KVM(i), VPE(i, 0), 0, T0);
		}
	}
	for (i = 0; i < 5; i++)
		s->vpes[i].v.run.loads += i * i * 1000;
	make_at(s, T0 + (nr + 1) * SEC);
}

static const char *const plain_names[] = { "web-1", "db-1" };
static const char *const odd_names[] = {
	"a-name-of-63-bytes-that-is-longer-than-any-column-could-show-it",
	"comma, \"quote\"", "back\\slash", "b\xc3\xa4r-\xe2\x82\xac", "14-characters.",
};

#define HOST_FENTRY \
	{ .kernel = "6.12.48+deb13-arm64", .gic = "4.1", .wfi = "auto", .backend = "fentry", \
	  .hooks_attached = 19, .hooks_wanted = 19, .cost_known = true, \
	  .bpf_ns_per_s = 1234567, .own_ns_per_s = 456789, .clock = "12:34:56" }
#define HOST_KPROBE \
	{ .kernel = "6.1.0-37-arm64", .gic = "4.0", .wfi = "trap", .backend = "kprobe", \
	  .hooks_attached = 17, .hooks_wanted = 19, .cost_known = true, \
	  .bpf_ns_per_s = 98765432, .clock = "23:59:59" }
#define HOST_UNKNOWN \
	{ .kernel = "6.1.0-37-arm64", .gic = NULL, .wfi = "notrap", .backend = "kprobe", \
	  .hooks_attached = 8, .hooks_wanted = 19, .clock = "00:00:00" }
#define KNOW_ALL	UINT32_MAX
#define DIRECT_COLUMNS	"name,pid,db,swlpi,direct,dirsrc,direrr,share,dbdir,mvdir,lddir"

const struct scene scenes[] = {
	{ .name = "healthy", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 2,
	  .host = two_vms, .vm_names = plain_names, .hist = true },
	{ .name = "detail", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 2,
	  .host = two_vms, .vm_names = plain_names, .detail = true },
	{ .name = "one-vcpu", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 2,
	  .host = two_vms, .vm_names = plain_names, .detail = true, .one_vcpu = true, .vcpu = 1,
	  .hist = true,
	  .columns = "name,pid,vcpus,vlpis,res,load,db" },
	{ .name = "losses", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 2,
	  .host = two_vms_losing, .vm_names = plain_names },
	{ .name = "no-vm", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 2,
	  .host = no_vm, .hist = true },
	{ .name = "no-match", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 1,
	  .host = two_vms, .vm_names = plain_names, .guest = "mail" },
	{ .name = "one-pid", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 1,
	  .host = two_vms, .vm_names = plain_names, .pid = 1001 },
	{ .name = "unknown", .info = HOST_UNKNOWN, .figures = 0, .nr_refreshes = 1,
	  .host = nothing_known, .hist = true },
	{ .name = "unknown-detail", .info = HOST_UNKNOWN, .figures = 0, .nr_refreshes = 1,
	  .host = nothing_known, .detail = true },
	{ .name = "kprobe", .info = HOST_KPROBE, .nr_refreshes = 2, .host = missed_not_known,
	  .figures = ~(uint32_t)(HOOK_FIG_MOVES | HOOK_FIG_SW_LPIS), .vm_names = plain_names },
	{ .name = "direct", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 3,
	  .host = counted_directly, .vm_names = plain_names, .detail = true,
	  .columns = DIRECT_COLUMNS },
	{ .name = "direct-pmu", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 3,
	  .host = counted_directly, .vm_names = plain_names, .direct = DIRECT_PMU,
	  .columns = DIRECT_COLUMNS },
	{ .name = "direct-part", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 3,
	  .host = counted_in_part, .vm_names = plain_names, .columns = DIRECT_COLUMNS },
	{ .name = "direct-guest", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 3,
	  .host = counted_directly, .vm_names = plain_names, .direct = DIRECT_GUEST,
	  .columns = DIRECT_COLUMNS },
	{ .name = "direct-kernel", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 3,
	  .host = counted_directly, .vm_names = plain_names, .direct = DIRECT_KERNEL,
	  .columns = DIRECT_COLUMNS },
	{ .name = "names", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 1,
	  .host = many_names, .vm_names = odd_names },
	{ .name = "sorted", .info = HOST_FENTRY, .figures = KNOW_ALL, .nr_refreshes = 2,
	  .host = many_names, .vm_names = odd_names, .sort = "load",
	  .columns = "pid,load,unk,illegal,max,name" },
	{ .name = NULL },
};

void scene_snapshot(const struct scene *scene, unsigned int nr, struct snapshot *snap)
{
	scene->host(nr, snap);
}

static void vm_name(void *ctx, uint32_t pid, char *buf, size_t size)
{
	const struct scene *scene = ctx;

	snprintf(buf, size, "%s", scene->vm_names ? scene->vm_names[pid - 1000] : "");
}

/* Every second device is known. */
static void device(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "%s", host_irq & 1 ? "" : "0000:00:02.0");
}

/* The same of doorbells. */
static int32_t irq_cpu(void *ctx, uint32_t host_irq)
{
	(void)ctx;
	return host_irq & 1 ? -1 : 3;
}

void scene_names(const struct scene *scene, struct model_names *ret_names)
{
	*ret_names = (struct model_names){ .vm_name = vm_name, .device = device,
					   .irq_cpu = irq_cpu,
					   .ctx = (void *)scene };
}
