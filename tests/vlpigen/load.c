// SPDX-License-Identifier: GPL-2.0
/*
 * The load. How many of the round's MSIs each device gets is drawn beforehand from a simulation
 * of the devices' gaps, so it depends on the seed alone; when each is fired depends on the
 * machine. A device fires when its gap is over and, unless --no-wait, its last MSI was taken.
 *
 * The loop sleeps until something is due. It never needs to see an acknowledgement at once: the
 * guest logs the time, and the logs are read when a device comes due.
 *
 * The vCPU of a late MSI gets a wake-up SPI (rescue_ns). If the MSI is then taken it was pending
 * all the time and nothing woke the vCPU for it: "stuck". Linux loses doorbells so on GICv4.0
 * without DirectLPI when there are more vPEs than CPUs (README.md).
 *
 * An acknowledgement belongs to the last fire if it was not logged before it: counters decide,
 * since --no-wait fires without looking.
 */
#include "load.h"

#include <errno.h>
#include <signal.h>

#include "agent.h"
#include "irq.h"
#include "sig.h"
#include "vfio.h"
#include "vm.h"

#define POLL_NS		(100 * NSEC_PER_USEC)	/* for a late acknowledgement */
#define SAMPLE_NS	(100 * NSEC_PER_MSEC)	/* between clock pairs; also bounds a sleep */
#define GRACE_NS	(2 * NSEC_PER_SEC)	/* for a woken vCPU to take a lost one */
#define SETTLE_NS	(20 * NSEC_PER_MSEC)	/* for interrupts nobody fired */

uint64_t load_fired(const struct load *l)
{
	return l->fires.nr;
}

uint64_t load_taken(const struct load *l)
{
	return l->acks.nr;
}

uint64_t load_lost(const struct load *l)
{
	uint64_t lost = 0;
	uint32_t i;

	for (i = 0; i < l->o->nr_devs; i++)
		lost += l->devs[i].lost;
	return lost;
}

uint64_t load_stuck(const struct load *l)
{
	uint64_t stuck = 0;
	uint32_t i;

	for (i = 0; i < l->o->nr_devs; i++)
		stuck += l->devs[i].stuck;
	return stuck;
}

void load_free(struct load *l)
{
	clock_map_free(&l->clock);
	vec_free(&l->fires);
	vec_free(&l->spi_fires);
	vec_free(&l->rescues);
	vec_free(&l->acks);
	vec_free(&l->spi_acks);
}

static int take_entry(struct load *l, const struct load_ack *a)
{
	struct load_vcpu *v = &l->vcpus[a->vcpu];
	uint32_t intid = a->log.intid;
	struct load_dev *d;
	int64_t lo, hi;

	if (intid == VG_SPI_WAKE + a->vcpu) {
		v->spi_taken++;
		return vec_push(&l->spi_acks, a, sizeof(*a));
	}
	if (intid < VG_LPI_BASE || intid >= VG_LPI_BASE + l->o->nr_devs)
		return log_err(-EPROTO, "vCPU %u took interrupt %u, which nobody fired", a->vcpu,
			       intid);
	d = &l->devs[intid - VG_LPI_BASE];
	v->taken++;
	d->taken++;
	vm_counter_offset(l->vm, &lo, &hi);
	if (d->outstanding && a->log.seen_cnt + hi >= d->fire_cnt) {
		d->stuck += d->late;
		d->outstanding = false;
	}
	return vec_push(&l->acks, a, sizeof(*a));
}

static int drain(struct load *l)
{
	struct load_ack a;
	int err;

	for (a.vcpu = 0; a.vcpu < l->o->nr_vcpus; a.vcpu++) {
		while ((err = vm_log_take(l->vm, a.vcpu, &a.log)) > 0) {
			err = take_entry(l, &a);
			if (err)
				return err;
		}
		if (err)
			return err;
	}
	return vm_check(l->vm);
}

static int fire(struct load *l, uint32_t dev)
{
	struct load_dev *d = &l->devs[dev];
	struct load_fire f = { .dev = dev };

	d->quota--;
	d->fired++;
	d->outstanding = true;
	d->late = false;
	d->given_up = false;
	d->fire_cnt = counter_read();
	d->fire_ns = f.ns = mono_ns();
	vfio_fire(l->vfio, dev);
	d->due_ns = f.ns + lcg_gap_ns(&d->gaps, l->o->dev_gap_ns[dev]);
	return vec_push(&l->fires, &f, sizeof(f));
}

static bool spi_outstanding(const struct load *l, uint32_t vcpu)
{
	return l->vcpus[vcpu].spi_taken < l->vcpus[vcpu].spi_fired;
}

/* Not while one is outstanding: their edges would merge. */
static int fire_spi(struct load *l, uint32_t vcpu)
{
	struct load_fire f = { .dev = vcpu };
	int err;

	l->vcpus[vcpu].spi_fired++;
	f.ns = mono_ns();
	err = irq_spi(l->vm, VG_SPI_WAKE + vcpu);
	if (err)
		return err;
	return vec_push(&l->spi_fires, &f, sizeof(f));
}

static int fire_spi_if_due(struct load *l, uint64_t now_ns, uint64_t *next_ns)
{
	uint32_t vcpu;
	int err;

	if (!l->o->spi_gap_ns)
		return 0;
	if (l->spi_due_ns <= now_ns) {
		vcpu = lcg_below(&l->spi_rng, l->o->nr_vcpus);
		if (spi_outstanding(l, vcpu)) {
			l->spi_due_ns = now_ns + POLL_NS;
		} else {
			err = fire_spi(l, vcpu);
			if (err)
				return err;
			l->spi_due_ns = now_ns + lcg_gap_ns(&l->spi_rng, l->o->spi_gap_ns);
		}
	}
	if (l->spi_due_ns < *next_ns)
		*next_ns = l->spi_due_ns;
	return 0;
}

static int rescue(struct load *l, uint32_t dev)
{
	struct load_dev *d = &l->devs[dev];
	uint32_t vcpu = l->o->dev_vcpu[dev];
	struct load_rescue r = { .fire_ns = d->fire_ns, .wake_ns = mono_ns(), .dev = dev };
	int err;

	d->late = true;
	d->rescued++;
	err = vec_push(&l->rescues, &r, sizeof(r));
	if (err || spi_outstanding(l, vcpu))
		return err;
	return fire_spi(l, vcpu);
}

/* An outstanding MSI: late, lost, or not even after its vCPU was woken. */
static int judge(struct load *l, uint32_t dev, uint64_t now_ns)
{
	struct load_dev *d = &l->devs[dev];

	if (!d->given_up && now_ns > d->fire_ns + l->o->lost_ns) {
		d->given_up = true;
		d->lost++;
	}
	if (now_ns > d->fire_ns + l->o->lost_ns + GRACE_NS)
		d->outstanding = false;
	if (!d->late && now_ns > d->fire_ns + l->o->rescue_ns)
		return rescue(l, dev);
	return 0;
}

/* Fires if the device's time has come; *next_ns becomes when to look again, if earlier. */
static int fire_if_due(struct load *l, uint32_t dev, uint64_t now_ns, uint64_t *next_ns)
{
	struct load_dev *d = &l->devs[dev];
	uint64_t when;
	int err = 0;

	if (d->due_ns <= now_ns && l->o->wait && d->outstanding) {
		when = now_ns + POLL_NS;
		err = judge(l, dev, now_ns);
	} else {
		if (d->due_ns <= now_ns)
			err = fire(l, dev);
		when = d->due_ns;
	}
	if (when < *next_ns)
		*next_ns = when;
	return err;
}

static int sample_if_due(struct load *l, uint64_t now_ns)
{
	if (now_ns < l->sample_ns)
		return 0;
	l->sample_ns = now_ns + SAMPLE_NS;
	return clock_map_sample(&l->clock);
}

/* All that is due now. *ret_left: MSIs still to be fired; *ret_next_ns: when to come again. */
static int step(struct load *l, uint64_t *ret_left, uint64_t *ret_next_ns)
{
	uint64_t now_ns = mono_ns(), next_ns = now_ns + SAMPLE_NS, left = 0, when;
	uint32_t i;
	int err;

	agent_tick(l->agent, now_ns);
	err = drain(l);
	if (!err)
		err = sample_if_due(l, now_ns);
	if (err)
		return err;
	for (i = 0; i < l->o->nr_devs; i++) {
		/* also a device that has fired its last: its MSI may need rescue too */
		if (!l->devs[i].quota) {
			if (!l->devs[i].outstanding || !l->o->wait)
				continue;
			err = judge(l, i, now_ns);
			when = l->devs[i].late ? now_ns + POLL_NS :
			       l->devs[i].fire_ns + l->o->rescue_ns;
			if (when < next_ns)
				next_ns = when;
		} else {
			err = fire_if_due(l, i, now_ns, &next_ns);
		}
		if (err)
			return err;
		left += l->devs[i].quota;
	}
	err = fire_spi_if_due(l, now_ns, &next_ns);
	if (err)
		return err;
	*ret_left = left;
	*ret_next_ns = next_ns;
	return 0;
}

/* Deals the round's MSIs out to the devices as their gaps would have it. */
static void deal_quotas(struct load *l)
{
	uint64_t due[VG_MAX_DEVS], n;
	struct lcg gaps[VG_MAX_DEVS];
	uint32_t i, first;

	for (i = 0; i < l->o->nr_devs; i++) {
		lcg_seed(&l->devs[i].gaps, l->o->seed * (VG_MAX_DEVS + 1) + i);
		gaps[i] = l->devs[i].gaps;
		due[i] = lcg_gap_ns(&gaps[i], l->o->dev_gap_ns[i]);
		l->devs[i].quota = 0;
	}
	for (n = 0; n < l->o->count; n++) {
		for (first = 0, i = 1; i < l->o->nr_devs; i++)
			if (due[i] < due[first])
				first = i;
		due[first] += lcg_gap_ns(&gaps[first], l->o->dev_gap_ns[first]);
		l->devs[first].quota++;
	}
}

static void schedule_first(struct load *l, uint64_t now_ns)
{
	uint32_t i;

	for (i = 0; i < l->o->nr_devs; i++)
		l->devs[i].due_ns = now_ns + lcg_gap_ns(&l->devs[i].gaps, l->o->dev_gap_ns[i]);
	lcg_seed(&l->spi_rng, l->o->seed * (VG_MAX_DEVS + 1) + VG_MAX_DEVS);
	l->spi_due_ns = now_ns + lcg_gap_ns(&l->spi_rng, l->o->spi_gap_ns);
}

static bool any_outstanding(const struct load *l)
{
	uint32_t i;

	for (i = 0; i < l->o->nr_devs; i++)
		if (l->devs[i].outstanding)
			return true;
	for (i = 0; i < l->o->nr_vcpus; i++)
		if (spi_outstanding(l, i))
			return true;
	return false;
}

/* Waits for the last acknowledgements, then a little for interrupts that nobody fired. */
static int finish(struct load *l)
{
	uint64_t now_ns = mono_ns(), end_ns = now_ns + l->o->lost_ns + 2 * GRACE_NS;
	uint32_t i;
	int err;

	while (any_outstanding(l) && now_ns < end_ns) {
		sig_wait_none(now_ns + POLL_NS);
		now_ns = mono_ns();
		agent_tick(l->agent, now_ns);
		err = drain(l);
		if (!err)
			err = sample_if_due(l, now_ns);
		for (i = 0; i < l->o->nr_devs && !err; i++)
			if (l->devs[i].outstanding)
				err = judge(l, i, now_ns);
		if (err)
			return err;
	}
	sig_wait_none(mono_ns() + SETTLE_NS);
	err = drain(l);
	if (err)
		return err;
	return clock_map_sample(&l->clock);
}

/* The guest's own counters must tell the same as its logs. */
static int cross_check(struct load *l)
{
	const struct vg_vcpu *g;
	const struct load_vcpu *v;
	uint64_t lpis;
	uint32_t i, d;

	for (i = 0; i < l->o->nr_vcpus; i++) {
		g = &vm_shared(l->vm)->vcpus[i];
		v = &l->vcpus[i];
		for (lpis = 0, d = 0; d < VG_MAX_DEVS; d++)
			lpis += g->lpi[d];
		if (lpis != v->taken || g->spi != v->spi_taken || g->other || g->overflow)
			return log_err(-EPROTO, "vCPU %u counted %llu LPIs, %llu SPIs, "
				       "%llu others, %llu not logged; its log has %llu LPIs, "
				       "%llu SPIs", i,
				       (unsigned long long)lpis, (unsigned long long)g->spi,
				       (unsigned long long)g->other,
				       (unsigned long long)g->overflow,
				       (unsigned long long)v->taken,
				       (unsigned long long)v->spi_taken);
		if (v->spi_taken != v->spi_fired)
			return log_err(-EPROTO, "vCPU %u took %llu SPIs of %llu", i,
				       (unsigned long long)v->spi_taken,
				       (unsigned long long)v->spi_fired);
	}
	for (i = 0; i < l->o->nr_devs; i++)
		if (l->devs[i].taken > l->devs[i].fired)
			return log_err(-EPROTO, "device %u: %llu MSIs fired, %llu taken", i,
				       (unsigned long long)l->devs[i].fired,
				       (unsigned long long)l->devs[i].taken);
	return 0;
}

int load_round(struct load *l, int *ret_sig)
{
	uint64_t next_ns, left;
	int err, sig = 0;

	err = clock_map_sample(&l->clock);
	if (err)
		return err;
	deal_quotas(l);
	if (!l->rounds++)
		l->start_ns = mono_ns();
	schedule_first(l, mono_ns());
	while (l->o->count) {
		err = step(l, &left, &next_ns);
		if (err)
			return err;
		if (!left)
			break;
		sig = sig_wait(next_ns);
		if (sig == SIGTERM || sig == SIGINT)
			break;
		sig = 0;	/* SIGUSR1 while firing means nothing */
	}
	l->complete = !sig;
	err = finish(l);
	if (err)
		return err;
	l->end_ns = mono_ns();
	*ret_sig = sig;
	return cross_check(l);
}
