// SPDX-License-Identifier: GPL-2.0
/* Owns the made-up hosts; see fake_host.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include "hooks.h"

#define MS		1000000ULL
#define SEC		1000000000ULL
#define START_NS	(1000 * SEC)
#define MAX_VMS		120U
#define MAX_VPES	8U
#define KVM(vm)		(0xffff000010000000ULL + (vm) * 0x10000ULL)
#define VPE(vm, n)	(0xffff000020000000ULL + (vm) * 0x100000ULL + (n) * 0x400ULL)

struct fake_vm {
	bool alive;
	unsigned int nr_vpes;
	struct g4_vm vm;
	struct g4_vpe vpes[MAX_VPES];
	struct g4_vpe_hists *hists;	/* MAX_VPES of them, while in focus */
};

struct fake_host {
	struct source source;		/* must be the first */
	const char *kind;
	unsigned int step;		/* readings so far */
	uint64_t now_ns, focus;
	uint32_t random;
	struct fake_vm vms[MAX_VMS];
};

static void *room(size_t nr, size_t size)
{
	void *p = calloc(nr + 1, size);

	if (p)
		return p;
	fputs("fake_host: no memory\n", stderr);
	exit(1);
}

static bool is(const struct fake_host *h, const char *kind)
{
	return !strcmp(h->kind, kind);
}

static void start_vm(struct fake_host *h, unsigned int n, unsigned int nr_vpes)
{
	struct fake_vm *f = &h->vms[n];
	unsigned int i;

	f->alive = true;
	f->nr_vpes = nr_vpes;
	f->vm = (struct g4_vm){ .kvm = KVM(n), .birth_ns = h->now_ns, .pid = 1000 + n,
				.nr_vcpus = nr_vpes, .walked = 1, .nr_lpis = nr_vpes + 1,
				.maps = nr_vpes };
	g4_hist_add(&f->vm.map_ns, 12500 + n);
	for (i = 0; i < nr_vpes; i++) {
		f->vpes[i] = (struct g4_vpe){ .vpe = VPE(n, i), .kvm = KVM(n), .vcpu = i,
					      .vpe_id = n * MAX_VPES + i,
					      .doorbell_irq = 50 + n * MAX_VPES + i };
		g4_vpe_create(&f->vpes[i], h->now_ns);
	}
}

static void stop_vm(struct fake_host *h, unsigned int n)
{
	h->vms[n].alive = false;
	free(h->vms[n].hists);
	h->vms[n].hists = NULL;
}

/* A second of a vPE: @wakes times woken by a doorbell, or preempted now and then. */
static void run_vpe(struct fake_vm *f, unsigned int i, uint64_t from_ns, unsigned int wakes)
{
	struct g4_vpe_hists *h = f->hists ? &f->hists[i] : NULL;
	uint64_t step = SEC / (wakes ? wakes : 4), at, latency;
	struct g4_vpe *v = &f->vpes[i];
	unsigned int k;

	for (k = 0; k < (wakes ? wakes : 4); k++) {
		at = from_ns + k * step;
		latency = g4_vpe_load(v, h, at, i % 2, 0);
		if (latency)
			g4_hist_add(&f->vm.doorbell_ns, latency);
		g4_vpe_guest_entry(v, h, at + 900);
		g4_vpe_put(v, h, at + step / 3, i % 2, wakes != 0);
		if (!wakes)
			continue;
		g4_vpe_sleep(v);
		g4_vpe_doorbell(v, at + step - 9000 - 500 * k - 4000 * i, 0, 0, 0);
		g4_vpe_doorbell_done(v, h, at + step - 7000 - 90 * k);
		g4_vpe_wake(v, h, at + step - 2000);
	}
	v->run.moves += 3 * (i + 1);
}

static void run_second(struct fake_host *h)
{
	struct fake_vm *f;
	unsigned int n, i;

	for (n = 0; n < MAX_VMS; n++) {
		f = &h->vms[n];
		if (!f->alive)
			continue;
		if (h->focus == f->vm.kvm && !f->hists)
			f->hists = room(MAX_VPES, sizeof(*f->hists));
		for (i = 0; i < f->nr_vpes; i++)
			run_vpe(f, i, h->now_ns, n % 3 == 2 ? 0 : 20 + 7 * n + 5 * i);
		f->vm.sw_lpis += n % 4 == 1 ? 11 : 0;
	}
}

static unsigned int next_random(struct fake_host *h)
{
	h->random = h->random * 1664525 + 1013904223;
	return h->random >> 16;
}

static void change_vms(struct fake_host *h)
{
	unsigned int i, n;

	if (is(h, "vanish") && h->step == 3)
		stop_vm(h, 1);
	else if (is(h, "vanish") && h->step == 6)
		start_vm(h, 1, 2);
	for (i = 0; is(h, "churn") && i < 4; i++) {
		n = next_random(h) % 40;
		if (h->vms[n].alive)
			stop_vm(h, n);
		else
			start_vm(h, n, 1 + next_random(h) % MAX_VPES);
	}
}

static void tell_vlpis(const struct fake_vm *f, struct snapshot *snap)
{
	struct snap_vlpi *to;
	unsigned int i;

	for (i = 0; i <= f->nr_vpes; i++) {	/* one a vPE, and one by software */
		to = &snap->vlpis[snap->nr_vlpis++];
		to->software = i == f->nr_vpes;
		to->host_irq = to->software ? 0 : f->vpes[i].doorbell_irq + 1000;
		to->v = (struct g4_vlpi){ .kvm = f->vm.kvm, .vpe = VPE(f->vm.pid - 1000, 0),
					  .vintid = 8192 + i, .devid = 16, .eventid = i,
					  .prop = i & 1 ? 0xa0 : 0xa1, .flags = G4_VLPI_IDS };
		if (!to->software)
			to->v.vpe = f->vpes[i].vpe;
	}
}

static int fake_read(struct source *s, struct snapshot *snap)
{
	struct fake_host *h = (struct fake_host *)s;
	const struct fake_vm *f;
	unsigned int n, i;

	h->step++;
	change_vms(h);
	run_second(h);
	h->now_ns += SEC;
	if (is(h, "jump"))
		h->now_ns += h->step == 5 ? 1000000 * SEC : h->step == 3 ? -100 * SEC : 0;
	snapshot_clear(snap);
	*snap = (struct snapshot){ .now_ns = h->now_ns, .missed_known = true };
	snap->vms = room(MAX_VMS, sizeof(*snap->vms));
	snap->vpes = room(MAX_VMS * MAX_VPES, sizeof(*snap->vpes));
	snap->hists = room(MAX_VPES, sizeof(*snap->hists));
	snap->vlpis = room(MAX_VMS * (MAX_VPES + 1), sizeof(*snap->vlpis));
	for (n = 0; n < MAX_VMS; n++) {
		f = &h->vms[n];
		if (!f->alive)
			continue;
		snap->vms[snap->nr_vms++] = f->vm;
		for (i = 0; i < f->nr_vpes; i++) {
			snap->vpes[snap->nr_vpes] = (struct snap_vpe){ .v = f->vpes[i],
								       .now_ns = h->now_ns };
			if (f->hists && h->focus == f->vm.kvm) {
				snap->hists[snap->nr_hists] = f->hists[i];
				snap->vpes[snap->nr_vpes].hists = &snap->hists[snap->nr_hists++];
			}
			snap->nr_vpes++;
		}
		tell_vlpis(f, snap);
	}
	if (is(h, "losing"))
		snap->loss = (struct g4_loss){ .records = 3, .vpes_full = h->step };
	snprintf(s->info.clock, sizeof(s->info.clock), "12:%02u:%02u", h->step / 60 % 60,
		 h->step % 60);
	return 0;
}

static void fake_focus(struct source *s, uint64_t kvm)
{
	struct fake_host *h = (struct fake_host *)s;
	unsigned int n;

	if (h->focus == kvm)
		return;
	for (n = 0; n < MAX_VMS; n++) {
		free(h->vms[n].hists);
		h->vms[n].hists = NULL;
	}
	h->focus = kvm;
}

static void fake_free(struct source *s)
{
	fake_focus(s, 0);
	fake_focus(s, 1);
	free(s);
}

static void vm_name(void *ctx, uint32_t pid, char *buf, size_t size)
{
	static const char *const odd[] = {
		"a-name-of-63-bytes-that-is-longer-than-any-column-could-show-it",
		"b\xc3\xa4r-\xe2\x82\xac", "\xe4\xb8\x96\xe7\x95\x8c-wide", "", "plain",
	};
	const struct fake_host *h = ctx;

	if (is(h, "names"))
		snprintf(buf, size, "%s", odd[(pid - 1000) % 5]);
	else
		snprintf(buf, size, "%s-%u", pid & 1 ? "db" : "web", pid - 999);
}

static void device(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "0000:%02x:00.0", host_irq % 256);
}

static int32_t irq_cpu(void *ctx, uint32_t host_irq)
{
	(void)ctx;
	return (int32_t)(host_irq % 2);
}

struct source *fake_host(const char *kind)
{
	static const struct { const char *kind; unsigned int nr_vms, nr_vpes; } kinds[] = {
		{ "two", 2, 2 }, { "many", MAX_VMS, 4 }, { "empty", 0, 0 }, { "vanish", 3, 2 },
		{ "churn", 10, 3 }, { "losing", 2, 2 }, { "jump", 2, 2 }, { "names", 5, 1 },
	};
	struct fake_host *h;
	unsigned int i, n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].kind, kind))
			break;
	}
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return NULL;
	h = room(1, sizeof(*h));
	h->kind = kinds[i].kind;
	h->now_ns = START_NS;
	h->random = 1;
	for (n = 0; n < kinds[i].nr_vms; n++)
		start_vm(h, n, kinds[i].nr_vpes);
	h->source = (struct source){
		.read = fake_read,
		.focus = fake_focus,
		.free = fake_free,
		.names = { .vm_name = vm_name, .device = device, .irq_cpu = irq_cpu, .ctx = h },
		.info = { .kernel = "6.12.48+deb13-arm64", .gic = "4.1", .wfi = "auto",
			  .backend = "fentry", .hooks_attached = 19, .hooks_wanted = 19,
			  .cost_known = true, .bpf_ns_per_s = 1234567, .own_ns_per_s = 456789,
			  .clock = "12:00:00" },
		.figures = UINT32_MAX & ~(uint32_t)HOOK_FIG_DIRTY,
		.start_ns = START_NS,
	};
	return &h->source;
}
