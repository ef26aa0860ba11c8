// SPDX-License-Identifier: GPL-2.0
/*
 * JSON. One object a line; names are stable, null is "not known".
 *
 * Whether an MSI was forwarded is judged, not assumed: the guest took interrupts of the device
 * and the host's own handler (vfio-msi) ran for none of them. Before the load nothing has
 * happened to judge by, so the ready line has null.
 *
 * An acknowledgement's bounds: the guest's counter at the vector's entry and when the INTID was
 * known, each widened by the bounds of the guest's offset and of the clock map.
 */
#include "truth.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "opts.h"
#include "util.h"
#include "vm.h"

#define SCHEMA 1

static void put_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

/* The fields that both lines have; the object stays open. */
static void put_device(FILE *f, const struct opts *o, const struct vg_dev *devs,
		       const struct host_msi *msis, uint32_t i)
{
	fprintf(f, "%s{\"addr\":\"%s\",\"devid\":%u,\"eventid\":%u,\"vintid\":%u,\"vcpu\":%u,",
		i ? "," : "", o->dev_addrs[i], devs[i].devid, devs[i].eventid, devs[i].vintid,
		devs[i].vcpu);
	if (msis[i].irq)
		fprintf(f, "\"host_irq\":%u,", msis[i].irq);
	else
		fprintf(f, "\"host_irq\":null,");
	fprintf(f, "\"soft\":%s", o->dev_soft[i] ? "true" : "false");
}

void truth_print_ready(const struct opts *o, const struct vg_dev *devs,
		       const struct host_msi *msis, const struct vm *vm)
{
	uint32_t i;

	printf("{\"event\":\"ready\",\"pid\":%d,\"name\":", getpid());
	put_string(stdout, o->name);
	printf(",\"vcpus\":[");
	for (i = 0; i < o->nr_vcpus; i++)
		printf("%s{\"vcpu\":%u,\"tid\":%u}", i ? "," : "", i, vm_vcpu_tid(vm, i));
	printf("],\"devices\":[");
	for (i = 0; i < o->nr_devs; i++) {
		put_device(stdout, o, devs, msis, i);
		printf(",\"forwarded\":%s}", o->dev_soft[i] ? "false" : "null");
	}
	printf("]}\n");
	fflush(stdout);
}

static void put_vcpus(FILE *f, const struct opts *o, const struct vm *vm, const struct load *l)
{
	const struct vg_vcpu *g = vm_shared(vm)->vcpus;
	uint32_t i;

	fprintf(f, ",\"vcpus\":[");
	for (i = 0; i < o->nr_vcpus; i++)
		fprintf(f, "%s{\"vcpu\":%u,\"tid\":%u,\"taken\":%" PRIu64 ",\"spi\":%" PRIu64
			",\"wfi\":%" PRIu64 ",\"spurious\":%" PRIu64 "}", i ? "," : "", i,
			vm_vcpu_tid(vm, i), l->vcpus[i].taken, l->vcpus[i].spi_taken, g[i].wfi,
			g[i].spurious);
	fputc(']', f);
}

static const char *forwarded(const struct host_msi *m, const struct load_dev *d)
{
	if (!m->counted)
		return "null";
	if (m->count)
		return "false";
	return d->taken ? "true" : "null";
}

static void put_devices(FILE *f, const struct opts *o, const struct vg_dev *devs,
			const struct host_msi *msis, const struct load *l)
{
	const struct load_dev *d;
	uint32_t i;

	fprintf(f, ",\"devices\":[");
	for (i = 0; i < o->nr_devs; i++) {
		d = &l->devs[i];
		put_device(f, o, devs, msis, i);
		fprintf(f, ",\"fired\":%" PRIu64 ",\"taken\":%" PRIu64 ",\"lost\":%" PRIu64
			",\"rescued\":%" PRIu64 ",\"stuck\":%" PRIu64, d->fired, d->taken, d->lost,
			d->rescued, d->stuck);
		if (msis[i].counted)
			fprintf(f, ",\"host_taken\":%" PRIu64, msis[i].count);
		else
			fprintf(f, ",\"host_taken\":null");
		fprintf(f, ",\"forwarded\":%s}", forwarded(&msis[i], d));
	}
	fputc(']', f);
}

static void put_fires(FILE *f, const char *name, const struct vec *fires)
{
	const struct load_fire *e = fires->data;
	size_t i;

	fprintf(f, ",\"%s\":[", name);
	for (i = 0; i < fires->nr; i++)
		fprintf(f, "%s[%" PRIu64 ",%u]", i ? "," : "", e[i].ns, e[i].dev);
	fputc(']', f);
}

/* [fire_ns, wake_ns, device] */
static void put_rescues(FILE *f, const struct vec *rescues)
{
	const struct load_rescue *r = rescues->data;
	size_t i;

	fprintf(f, ",\"rescues\":[");
	for (i = 0; i < rescues->nr; i++)
		fprintf(f, "%s[%" PRIu64 ",%" PRIu64 ",%u]", i ? "," : "", r[i].fire_ns,
			r[i].wake_ns, r[i].dev);
	fputc(']', f);
}

struct bounds {
	uint64_t lo_ns;
	uint64_t hi_ns;
	const struct load_ack *ack;
};

static int by_time(const void *a, const void *b)
{
	const struct bounds *x = a, *y = b;

	if (x->lo_ns != y->lo_ns)
		return x->lo_ns < y->lo_ns ? -1 : 1;
	return x->ack < y->ack ? -1 : x->ack > y->ack;
}

/* [lo, hi, vintid, vcpu], or without vintid for SPIs; by time. */
static int put_acks(FILE *f, const char *name, const struct load *l, const struct vec *acks)
{
	const struct load_ack *e = acks->data;
	auto_free struct bounds *b = NULL;
	int64_t lo, hi;
	uint64_t unused;
	size_t i;

	b = calloc(acks->nr + 1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	vm_counter_offset(l->vm, &lo, &hi);
	for (i = 0; i < acks->nr; i++) {
		b[i].ack = &e[i];
		clock_map_convert(&l->clock, e[i].log.entry_cnt + lo, &b[i].lo_ns, &unused);
		clock_map_convert(&l->clock, e[i].log.seen_cnt + hi, &unused, &b[i].hi_ns);
	}
	qsort(b, acks->nr, sizeof(*b), by_time);
	fprintf(f, ",\"%s\":[", name);
	for (i = 0; i < acks->nr; i++) {
		fprintf(f, "%s[%" PRIu64 ",%" PRIu64 ",", i ? "," : "", b[i].lo_ns, b[i].hi_ns);
		if (acks == &l->acks)
			fprintf(f, "%u,", b[i].ack->log.intid);
		fprintf(f, "%u]", b[i].ack->vcpu);
	}
	fputc(']', f);
	return 0;
}

static int put_truth(FILE *f, const struct opts *o, const struct vg_dev *devs,
		     const struct host_msi *msis, const struct vm *vm, const struct load *l)
{
	int64_t lo, hi;
	int err;

	vm_counter_offset(vm, &lo, &hi);
	fprintf(f, "{\"schema\":%d,\"name\":", SCHEMA);
	put_string(f, o->name);
	fprintf(f, ",\"pid\":%d,\"rounds\":%u,\"complete\":%s,\"idle\":\"%s\",\"wait\":%s,"
		"\"seed\":%" PRIu64, getpid(), l->rounds, l->complete ? "true" : "false",
		o->idle == VG_IDLE_SPIN ? "spin" : "wfi", o->wait ? "true" : "false", o->seed);
	fprintf(f, ",\"fired\":%" PRIu64 ",\"taken\":%" PRIu64 ",\"lost\":%" PRIu64
		",\"rescued\":%zu,\"stuck\":%" PRIu64
		",\"spi_fired\":%zu,\"spi_taken\":%zu", load_fired(l), load_taken(l),
		load_lost(l), l->rescues.nr, load_stuck(l), l->spi_fires.nr, l->spi_acks.nr);
	fprintf(f, ",\"start_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64, l->start_ns, l->end_ns);
	fprintf(f, ",\"clock\":{\"counter_hz\":%" PRIu64 ",\"map_err_ns\":%" PRIu64
		",\"offset_width_ns\":%" PRIu64 "}", l->clock.hz, clock_map_err_ns(&l->clock),
		(uint64_t)(hi - lo) * NSEC_PER_SEC / l->clock.hz);
	put_vcpus(f, o, vm, l);
	put_devices(f, o, devs, msis, l);
	put_fires(f, "fires", &l->fires);
	err = put_acks(f, "acks", l, &l->acks);
	if (err)
		return err;
	put_rescues(f, &l->rescues);
	put_fires(f, "spi_fires", &l->spi_fires);
	err = put_acks(f, "spi_acks", l, &l->spi_acks);
	if (err)
		return err;
	fprintf(f, "}\n");
	fflush(f);
	return ferror(f) ? -EIO : 0;
}

int truth_write(const struct opts *o, const struct vg_dev *devs, const struct host_msi *msis,
		const struct vm *vm, const struct load *l)
{
	char tmp[PATH_MAX];
	FILE *f;
	int err;

	if (!o->out_path)
		return put_truth(stdout, o, devs, msis, vm, l);
	if (snprintf(tmp, sizeof(tmp), "%s.%d", o->out_path, getpid()) >= (int)sizeof(tmp))
		return log_err(-ENAMETOOLONG, "cannot write %s", o->out_path);
	f = fopen(tmp, "we");
	if (!f)
		return log_err(-errno, "cannot create %s", tmp);
	err = put_truth(f, o, devs, msis, vm, l);
	if (fclose(f) && !err)
		err = -errno;
	if (!err && rename(tmp, o->out_path))
		err = -errno;
	if (err) {
		unlink(tmp);
		return log_err(err, "cannot write %s", o->out_path);
	}
	printf("{\"event\":\"done\",\"round\":%u,\"fired\":%" PRIu64 ",\"taken\":%" PRIu64
	       ",\"lost\":%" PRIu64 ",\"rescued\":%zu}\n", l->rounds, load_fired(l), load_taken(l),
	       load_lost(l), l->rescues.nr);
	fflush(stdout);
	return 0;
}
