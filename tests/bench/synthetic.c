// SPDX-License-Identifier: GPL-2.0
/* Made-up VMs in real BPF maps. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpfutil.h"
#include "log.h"
#include "synthetic.h"
#include "util.h"

#define KVM_OF(vm)	(0xffff000000000000ULL + ((uint64_t)(vm) << 20))
#define VPE_OF(vm, i)	(KVM_OF(vm) + 0x1000 + ((uint64_t)(i) << 8))
#define FIRST_IRQ	100U

static struct g4_vpe *vpe_at(const struct synthetic *syn, uint32_t vm, uint32_t i)
{
	return (struct g4_vpe *)syn->session->vpes.mem + (size_t)vm * syn->nr_vpes + i;
}

/* Only programs may write VMs through memory. */
static int write_vm(const struct synthetic *syn, uint32_t n, const struct g4_vm *vm)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(syn->session->obj, "vms");

	if (bpf_map_update_elem(bpf_map__fd(map), &n, vm, BPF_ANY))
		return log_err(-errno, "cannot fill the map of VMs");
	return 0;
}

static int fill_vm(const struct synthetic *syn, uint32_t n, uint64_t now_ns)
{
	const struct g4_vm vm = {
		.kvm = KVM_OF(n),
		.birth_ns = now_ns,
		.pid = 1000000 + n,
		.nr_vcpus = syn->nr_vpes,
		.nr_lpis = syn->nr_vpes * syn->vlpis,
		.walked = 1,
	};
	struct g4_vpe *v;
	uint32_t i;

	syn->session->walked[n] = (struct walked){ .kvm = vm.kvm };
	for (i = 0; i < syn->nr_vpes; i++) {
		v = vpe_at(syn, n, i);
		v->kvm = vm.kvm;
		v->vm_slot = (uint16_t)n;
		v->vcpu = i;
		v->vpe_id = (uint16_t)(n * syn->nr_vpes + i);
		v->doorbell_irq = FIRST_IRQ + n * syn->nr_vpes + i;
		g4_vpe_create(v, now_ns);
		v->vpe = VPE_OF(n, i);
	}
	return write_vm(syn, n, &vm);
}

static int fill_vlpis(const struct synthetic *syn)
{
	uint32_t nr = syn->nr_vms * syn->nr_vpes * syn->vlpis, k, slot;
	const int fd = bpf_map__fd(syn->session->vlpi_map);
	struct g4_vlpi vlpi = { .flags = G4_VLPI_IDS, .prop = 0xa1 };

	for (k = 0; k < nr; k++) {
		slot = k / syn->vlpis;
		vlpi.kvm = KVM_OF(slot / syn->nr_vpes);
		vlpi.vpe = VPE_OF(slot / syn->nr_vpes, slot % syn->nr_vpes);
		vlpi.vintid = 8192 + k % (syn->nr_vpes * syn->vlpis);
		if (bpf_map_update_elem(fd, &k, &vlpi, BPF_ANY))
			return log_err(-errno, "cannot fill the map of VLPIs");
	}
	return 0;
}

int synthetic_open(struct synthetic *ret_syn, uint32_t nr_vms, uint32_t nr_vpes, uint32_t vlpis)
{
	const struct session_opts opts = {
		.focus_vpes = 512,
	};
	const struct host host = { .nr_vms = nr_vms, .nr_vpes = nr_vms * nr_vpes };
	uint32_t n;
	int err;

	*ret_syn = (struct synthetic){ .nr_vms = nr_vms, .nr_vpes = nr_vpes, .vlpis = vlpis };
	ret_syn->session = calloc(1, sizeof(*ret_syn->session));
	if (!ret_syn->session)
		return log_err(-ENOMEM, "cannot start");
	ret_syn->session->stats_fd = -1;
	bpfutil_init();
	err = session_load(ret_syn->session, &host, &opts);
	if (err)
		return err;
	for (n = 0; !err && n < nr_vms; n++)
		err = fill_vm(ret_syn, n, util_now_ns());
	return err ? err : fill_vlpis(ret_syn);
}

/* Sleeps, doorbells, loads: what a vPE does in a second, ten times over. */
static void run_vpe(struct g4_vpe *v, struct g4_vm *vm, uint64_t now_ns, uint32_t seed)
{
	uint64_t at = v->run.since_ns, latency, step;
	uint32_t i;

	step = now_ns > at ? (now_ns - at) / 40 : 0;
	for (i = 0; i < 10; i++) {
		at += step;
		latency = g4_vpe_load(v, NULL, at, i % 8, 0);
		if (latency)
			g4_hist_add(&vm->doorbell_ns, latency);
		at += step;
		g4_vpe_put(v, NULL, at, i % 8, 1);
		at += step;
		g4_vpe_doorbell(v, at + step / 2 + seed % 64, i % 8, 0, 0);
		at += step;
	}
}

int synthetic_step(struct synthetic *syn, bool lpis)
{
	const struct g4_vm *vms = syn->session->vms.mem;
	uint64_t now_ns = util_now_ns();
	uint32_t n, i;
	struct g4_vm vm;
	int err = 0;

	syn->rounds++;
	for (n = 0; !err && n < syn->nr_vms; n++) {
		vm = vms[n];
		vm.props += lpis && !n;
		for (i = (n + syn->rounds) % 10; i < syn->nr_vpes; i += 10)
			run_vpe(vpe_at(syn, n, i), &vm, now_ns, n + i);
		err = write_vm(syn, n, &vm);
	}
	return err;
}

uint64_t synthetic_map_bytes(const struct synthetic *syn)
{
	char path[64], line[128];
	uint64_t sum = 0, bytes;
	struct bpf_map *map;

	bpf_object__for_each_map(map, syn->session->obj) {
		auto_fclose FILE *f = NULL;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
				sum += bytes;
		}
	}
	return sum;
}

void synthetic_free(struct synthetic *syn)
{
	session_free(syn->session);
	syn->session = NULL;
}
