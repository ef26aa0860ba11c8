// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the tracks; see perfetto_tracks.h. A slice never outlives what it stands for: what
 * nobody saw end ends with what shows that it must have.
 */
#include <stdlib.h>
#include <string.h>

#include "perfetto_tracks.h"

static const char *const state_names[G4_NR_VPE_STATES] = {
	[G4_VPE_UNKNOWN] = "unknown", [G4_VPE_PREEMPTED] = "preempted",
	[G4_VPE_RESIDENT] = "resident", [G4_VPE_BLOCKED] = "blocked", [G4_VPE_WOKEN] = "woken",
};

static uint32_t hash_of(uint64_t key)
{
	return (uint32_t)((key ^ key >> 33) * 0x9e3779b97f4a7c15ULL >> 54) % HASH;
}

bool track_wants(const struct tracks *e, const struct fold_vm *vm, uint32_t vcpu)
{
	return !e->opts || !e->opts->wants || e->opts->wants(e->opts->ctx, vm, vcpu);
}

/* --- CPUs --- */

struct trace_track track_cpu_place(uint32_t pcpu)
{
	return (struct trace_track){ CPUS_PID, pcpu + 1 };
}

struct cpu_track *track_cpu(struct tracks *e, uint32_t pcpu)
{
	uint32_t nr = e->nr_cpus ? e->nr_cpus : 16;
	struct cpu_track *cpus;
	char name[32];

	while (nr <= pcpu)
		nr *= 2;
	if (nr != e->nr_cpus) {
		cpus = reallocarray(e->cpus, nr, sizeof(*cpus));
		if (!cpus) {
			e->failed = true;
			return NULL;
		}
		memset(cpus + e->nr_cpus, 0, (nr - e->nr_cpus) * sizeof(*cpus));
		e->cpus = cpus;
		e->nr_cpus = nr;
	}
	if (!e->cpus[pcpu].named) {
		snprintf(name, sizeof(name), "CPU %u", pcpu);
		trace_name_thread(&e->t, track_cpu_place(pcpu), name, pcpu);
		e->cpus[pcpu].named = true;
	}
	return &e->cpus[pcpu];
}

void track_end_doorbell(struct tracks *e, uint32_t pcpu, uint64_t ts_ns)
{
	struct cpu_track *cpu = &e->cpus[pcpu];

	if (!cpu->doorbell)
		return;
	cpu->doorbell = NULL;
	trace_event(&e->t, 'E', track_cpu_place(pcpu), track_forward(&cpu->last_ns, ts_ns),
		    "doorbell", "doorbell");
	trace_done(&e->t);
}

void track_end_own_doorbell(struct tracks *e, const struct vpe_track *v, uint64_t ts_ns)
{
	if (v->doorbell_pcpu != NO_CPU && e->cpus[v->doorbell_pcpu].doorbell == v)
		track_end_doorbell(e, v->doorbell_pcpu, ts_ns);
}

/* @why: what ended it, where that is not its put. */
void track_end_residency(struct tracks *e, struct vpe_track *v, uint64_t ts_ns, const char *why)
{
	struct cpu_track *cpu;

	if (v->pcpu == NO_CPU)
		return;
	cpu = &e->cpus[v->pcpu];
	track_end_doorbell(e, v->pcpu, ts_ns);
	trace_event(&e->t, 'E', track_cpu_place(v->pcpu), track_forward(&cpu->last_ns, ts_ns),
		    "residency", v->label);
	trace_text(&e->t, "ended by", why);
	trace_done(&e->t);
	cpu->resident = NULL;
	v->pcpu = NO_CPU;
}

/* --- vPEs and VMs --- */

void track_enter(struct tracks *e, struct vpe_track *v, uint32_t state, uint64_t ts_ns)
{
	if (v->state == state)
		return;
	ts_ns = track_forward(&v->last_ns, ts_ns);
	if (v->state != NO_STATE) {
		trace_event(&e->t, 'E', v->track, ts_ns, "state", state_names[v->state]);
		trace_done(&e->t);
	}
	if (state != NO_STATE) {
		trace_event(&e->t, 'B', v->track, ts_ns, "state", state_names[state]);
		trace_done(&e->t);
	}
	v->state = state;
}

static void name_vm(struct tracks *e, struct vm_track *m, const struct fold_vm *vm)
{
	char name[LABEL_LEN + 24];

	if (vm->name[0])
		snprintf(m->label, sizeof(m->label), "%s", vm->name);
	else
		snprintf(m->label, sizeof(m->label), "VM %u", m->lpis.pid - FIRST_VM_PID);
	snprintf(name, sizeof(name), "%s (pid %u)", m->label, vm->vm.pid);
	trace_name_process(&e->t, m->lpis.pid, name, m->lpis.pid - RECORDING_PID);
	m->named = vm->name[0];
}

struct vm_track *track_vm(struct tracks *e, const struct fold_vm *vm)
{
	struct vm_track **at = &e->vms[hash_of(vm->vm.kvm)], *m = *at;

	while (m && m->kvm != vm->vm.kvm)
		m = m->next;
	if (m) {
		if (!m->named && vm->name[0])
			name_vm(e, m, vm);
		return m;
	}
	m = calloc(1, sizeof(*m));
	if (!m) {
		e->failed = true;
		return NULL;
	}
	m->kvm = vm->vm.kvm;
	m->lpis.pid = FIRST_VM_PID + e->nr_vms++;
	m->lpis.tid = FIRST_TID + e->nr_tids++;
	m->next = *at;
	*at = m;
	name_vm(e, m, vm);
	trace_name_thread(&e->t, m->lpis, "LPIs", UINT16_MAX);
	return m;
}

struct vpe_track *track_find_vpe(struct tracks *e, uint64_t vpe)
{
	struct vpe_track *v = e->vpes[hash_of(vpe)];

	while (v && v->vpe != vpe)
		v = v->next;
	return v;
}

/* The track of @fv, which is begun by this where it is not there. NULL: not wanted. */
struct vpe_track *track_vpe(struct tracks *e, const struct fold_vpe *fv, uint64_t ts_ns)
{
	struct vpe_track *v = track_find_vpe(e, fv->v.vpe), **at = &e->vpes[hash_of(fv->v.vpe)];
	struct vm_track *m;
	char name[32];

	if (v || !track_wants(e, fv->vm, fv->v.vcpu))
		return v;
	m = track_vm(e, fv->vm);
	v = m ? calloc(1, sizeof(*v)) : NULL;
	if (!v) {
		e->failed = true;
		return NULL;
	}
	v->vpe = fv->v.vpe;
	v->kvm = fv->v.kvm;
	v->track = (struct trace_track){ m->lpis.pid, FIRST_TID + e->nr_tids++ };
	v->state = NO_STATE;
	v->pcpu = v->doorbell_pcpu = NO_CPU;
	v->last_ns = ts_ns;
	snprintf(v->label, sizeof(v->label), "%s vCPU %u", m->label, fv->v.vcpu);
	snprintf(name, sizeof(name), "vCPU %u, vPE %u", fv->v.vcpu, fv->v.vpe_id);
	trace_name_thread(&e->t, v->track, name, m->nr_vpes++);
	v->next = *at;
	*at = v;
	return v;
}

void track_vpe_gone(struct tracks *e, struct vpe_track *v, uint64_t ts_ns)
{
	struct vpe_track **at = &e->vpes[hash_of(v->vpe)];

	track_end_residency(e, v, ts_ns, "its end");
	track_end_own_doorbell(e, v, ts_ns);
	track_enter(e, v, NO_STATE, ts_ns);
	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	free(v);
}

void track_vm_gone(struct tracks *e, uint64_t kvm, uint64_t ts_ns)
{
	struct vm_track **at = &e->vms[hash_of(kvm)], *m;
	struct vpe_track *v, *next;
	uint32_t i;

	for (i = 0; i < HASH; i++) {
		for (v = e->vpes[i]; v; v = next) {
			next = v->next;
			if (v->kvm == kvm)
				track_vpe_gone(e, v, ts_ns);
		}
	}
	while (*at && (*at)->kvm != kvm)
		at = &(*at)->next;
	m = *at;
	if (!m)
		return;
	*at = m->next;
	free(m);
}

void track_all_gone(struct tracks *e, uint64_t ts_ns)
{
	struct vm_track *m;
	uint32_t i;

	for (i = 0; i < HASH; i++) {
		while (e->vpes[i])
			track_vpe_gone(e, e->vpes[i], ts_ns);
		while ((m = e->vms[i])) {
			e->vms[i] = m->next;
			free(m);
		}
	}
	free(e->cpus);
	e->cpus = NULL;
	e->nr_cpus = 0;
}
