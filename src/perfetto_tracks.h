/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracks of the trace that export_perfetto.c writes: of CPUs, VMs and vPEs that there are
 * now, what is open on each, and its latest time: no track goes back in time, though a
 * record that came late may.
 */
#ifndef GICV4TOP_PERFETTO_TRACKS_H
#define GICV4TOP_PERFETTO_TRACKS_H

#include "export_perfetto.h"
#include "trace_json.h"

#define RECORDING_PID	1000000U
#define CPUS_PID	1000001U
#define FIRST_VM_PID	1000002U
#define LOST_TID	100000U		/* CPUs are 1 and up, each its number plus 1 */
#define FIRST_TID	2000000U
#define HASH		1024U		/* VMs and vPEs each */
#define NO_CPU		UINT32_MAX
#define NO_STATE	UINT32_MAX
#define LABEL_LEN	(MODEL_NAME_LEN + 32)

struct vm_track {
	uint64_t kvm;
	struct trace_track lpis;
	uint64_t last_ns;
	uint32_t nr_vpes;		/* ever: their order */
	bool named;			/* by its name, not by its pid only */
	char label[LABEL_LEN];
	struct vm_track *next;
};

struct vpe_track {
	uint64_t vpe, kvm;
	struct trace_track track;
	char label[LABEL_LEN + 16];
	uint64_t last_ns;
	uint32_t state;			/* of the open slice; NO_STATE: none */
	uint32_t pcpu;			/* on whose track its residency is open, or NO_CPU */
	uint32_t doorbell_pcpu;		/* where the last doorbell's handler ran, or NO_CPU */
	uint64_t called_ns, flow;	/* the last useful doorbell, not answered yet; 0: none */
	struct vpe_track *next;
};

struct cpu_track {
	bool named;
	uint64_t last_ns;
	struct vpe_track *resident;	/* borrowed: whose slice is open */
	struct vpe_track *doorbell;	/* the same of a doorbell's handler */
};

struct tracks {
	struct trace_json t;
	const struct rec_play *p;
	const struct export_perfetto_opts *opts;
	struct vm_track *vms[HASH];
	struct vpe_track *vpes[HASH];
	struct cpu_track *cpus;		/* owned */
	uint32_t nr_cpus, nr_vms, nr_tids;
	uint64_t nr_flows;
	uint64_t now_ns;
	bool in_gap, failed;		/* out of memory */
};

/* Time on a track: never before what is there. */
static inline uint64_t track_forward(uint64_t *last_ns, uint64_t ts_ns)
{
	if (ts_ns > *last_ns)
		*last_ns = ts_ns;
	return *last_ns;
}

/* @vcpu: UINT32_MAX for the VM itself. */
bool track_wants(const struct tracks *e, const struct fold_vm *vm, uint32_t vcpu);

struct trace_track track_cpu_place(uint32_t pcpu);

/* The tracks of a CPU, a VM, a vPE: begun by this where they are not there. NULL: no memory. */
struct cpu_track *track_cpu(struct tracks *e, uint32_t pcpu);
struct vm_track *track_vm(struct tracks *e, const struct fold_vm *vm);
/* NULL also where it is not wanted. */
struct vpe_track *track_vpe(struct tracks *e, const struct fold_vpe *fv, uint64_t ts_ns);
struct vpe_track *track_find_vpe(struct tracks *e, uint64_t vpe);

/* Ends what is open there, if something is. @why: what ended it. */
void track_end_doorbell(struct tracks *e, uint32_t pcpu, uint64_t ts_ns);
void track_end_own_doorbell(struct tracks *e, const struct vpe_track *v, uint64_t ts_ns);
void track_end_residency(struct tracks *e, struct vpe_track *v, uint64_t ts_ns, const char *why);

/* Another state, enum g4_vpe_state; NO_STATE: none any more. */
void track_enter(struct tracks *e, struct vpe_track *v, uint32_t state, uint64_t ts_ns);

/* End and forget them. */
void track_vpe_gone(struct tracks *e, struct vpe_track *v, uint64_t ts_ns);
void track_vm_gone(struct tracks *e, uint64_t kvm, uint64_t ts_ns);
void track_all_gone(struct tracks *e, uint64_t ts_ns);

#endif
