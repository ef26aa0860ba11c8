// SPDX-License-Identifier: GPL-2.0
/*
 * The model's direct deliveries: what each source has counted for each vPE and, where
 * it knows all of them, for the VM. A source that knows nothing stays unknown: no
 * figure is ever filled with another source's.
 */
#include "hooks.h"
#include "model_priv.h"

const char *model_direct_name(enum direct_source source)
{
	static const char *const names[DIRECT_NR] = {
		[DIRECT_GUEST] = "guest",
		[DIRECT_KERNEL] = "kernel",
		[DIRECT_PMU] = "pmu",
	};

	return source < DIRECT_NR ? names[source] : NULL;
}

enum direct_source model_direct_from(const struct model *m, const struct model_direct *direct)
{
	enum direct_source source;

	if (m->direct)
		return direct[m->direct].known ? m->direct : DIRECT_NONE;
	for (source = DIRECT_GUEST; source < DIRECT_NR; source++) {
		if (direct[source].known)
			return source;
	}
	return DIRECT_NONE;
}

/*
 * A source speaks at times of its own: as long as it is silent its last rate stands. A
 * count that is smaller than before was begun anew (reset): it has no rate yet.
 */
static void fill_one(struct model_direct *d, const struct snap_direct *s,
		     const struct model_direct *before)
{
	*d = (struct model_direct){
		.known = true,
		.time_ns = s->time_ns,
		.count = s->count,
		.error = s->error,
		.running_pct = s->running_pct,
	};
	if (!before || !before->known)
		return;
	if (s->time_ns == before->time_ns) {
		d->rated = before->rated;
		d->per_s = before->per_s;
	} else if (s->time_ns > before->time_ns && s->count >= before->count) {
		d->rated = true;
		d->per_s = model_rate(s->count - before->count, s->time_ns - before->time_ns);
	}
}

static void add_up(struct model_direct *sum, const struct model_direct *d)
{
	sum->known = sum->known && d->known;
	sum->rated = sum->rated && d->rated;
	sum->count += d->count;
	sum->error += d->error;
	sum->per_s += d->per_s;
	if (d->running_pct < sum->running_pct)
		sum->running_pct = d->running_pct;
}

static void fill_vm(const struct model *m, struct model_vm *vm, enum direct_source source)
{
	struct model_direct sum = { .known = vm->nr_vpes, .rated = vm->nr_vpes,
				    .running_pct = 100 };
	uint32_t i;

	for (i = 0; i < vm->nr_vpes; i++)
		add_up(&sum, &m->vpes[vm->first_vpe + i].direct[source]);
	vm->direct[source] = sum.known ? sum : (struct model_direct){ 0 };
}

void model_fill_direct(struct model *m, const struct snapshot *snap, const struct model *old)
{
	const struct snap_direct *s;
	const struct model_vpe *before;
	struct model_vpe *vpe;
	uint32_t i, source;

	for (i = 0; i < snap->nr_direct; i++) {
		s = &snap->direct[i];
		vpe = model_find_vpe(m, s->kvm, s->vcpu);
		if (!vpe || s->source >= DIRECT_NR)
			continue;
		before = model_same_vpe(old, vpe, (uint32_t)(vpe - m->vpes));
		fill_one(&vpe->direct[s->source], s, before ? &before->direct[s->source] : NULL);
	}
	for (i = 0; snap->nr_direct && i < m->nr_vms; i++) {
		for (source = DIRECT_GUEST; source < DIRECT_NR; source++)
			fill_vm(m, &m->vms[i], source);
	}
}

bool model_direct_share(const struct model *m, const struct model_vm *vm, double *ret_pct)
{
	enum direct_source source = model_direct_from(m, vm->direct);
	double direct, software;

	if (!source || !vm->direct[source].rated || !(m->figures & HOOK_FIG_SW_LPIS))
		return false;
	direct = vm->direct[source].per_s;
	software = model_rate(vm->sw_lpis_delta, vm->interval_ns);
	if (direct + software <= 0)
		return false;
	*ret_pct = 100 * direct / (direct + software);
	return true;
}

bool model_per_direct(const struct model *m, const struct model_vm *vm, uint64_t count,
		      double *ret_ratio)
{
	enum direct_source source = model_direct_from(m, vm->direct);

	if (!source || !vm->direct[source].rated || vm->direct[source].per_s <= 0)
		return false;
	*ret_ratio = model_rate(count, vm->interval_ns) / vm->direct[source].per_s;
	return true;
}
