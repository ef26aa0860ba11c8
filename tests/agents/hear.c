// SPDX-License-Identifier: GPL-2.0
/*
 * Hears agents as gicv4top does, without a kernel: made-up VMs "good" (pid 1) and
 * "evil" (pid 2) of two vCPUs each, whose DeviceID 8 has VLPIs of events 0 to 3.
 *
 *	hear ADDR...		as of gicv4top top --agents
 *
 * Ten times a second it pumps, counts, and prints a JSON line: its own peak memory, the
 * time that the pump took, connections, and for each VM the guest's figures or null.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "direct_guest.h"
#include "make_snap.h"
#include "util.h"

static void name_of(void *ctx, uint32_t pid, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "%s", pid == 1 ? "good" : "evil");
}

static void make_host(struct snapshot *snap)
{
	struct g4_vlpi *v;
	uint32_t vm, i;

	make_snap(snap, 2, 4, 8);
	for (vm = 1; vm <= 2; vm++) {
		make_vm(snap, KVM(vm), vm, 1);
		make_vpe(snap, KVM(vm), VPE(vm, 0), 0, 1);
		make_vpe(snap, KVM(vm), VPE(vm, 1), 1, 1);
		for (i = 0; i < 4; i++) {
			v = make_vlpi(snap, KVM(vm), VPE(vm, 0), 8192 + i, vm * 100 + i);
			v->devid = 8;
			v->eventid = i;
			v->flags = G4_VLPI_IDS;
		}
	}
}

static void print_vm(const struct snapshot *snap, uint64_t kvm, const char *name)
{
	uint64_t count = 0, error = 0;
	uint32_t i, nr = 0;

	for (i = 0; i < snap->nr_direct; i++) {
		if (snap->direct[i].kvm != kvm)
			continue;
		count += snap->direct[i].count;
		error += snap->direct[i].error;
		nr++;
	}
	if (nr)
		printf(", \"%s\": {\"count\": %llu, \"error\": %llu, \"vcpus\": %u}", name,
		       (unsigned long long)count, (unsigned long long)error, nr);
	else
		printf(", \"%s\": null", name);
}

/* Not getrusage(2)'s: that begins with the parent's. */
static long peak_kib(void)
{
	auto_free char *text = NULL;
	const char *p;

	if (util_read_file("/proc/self/status", &text, NULL))
		return -1;
	p = strstr(text, "VmHWM:");
	return p ? strtol(p + 6, NULL, 10) : -1;
}

static void turn(struct guests *g, struct snapshot *snap, const struct model_names *names)
{
	uint64_t before_ns = util_now_ns();
	uint32_t i, nr = 0;

	guests_pump(g, before_ns);
	snap->now_ns = util_now_ns();
	free(snap->direct);
	snap->direct = NULL;
	snap->nr_direct = 0;
	if (direct_guest_read(g, snap, names))
		exit(1);
	for (i = 0; i < g->nr; i++)
		nr += g->list[i]->fd >= 0;
	printf("{\"rss_kib\": %ld, \"pump_ms\": %llu, \"connected\": %u, \"guests\": %u",
	       peak_kib(), (unsigned long long)((snap->now_ns - before_ns) / 1000000), nr,
	       g->nr);
	print_vm(snap, KVM(1), "good");
	print_vm(snap, KVM(2), "evil");
	puts("}");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	const struct model_names names = { .vm_name = name_of };
	struct guests guests = { .list = NULL };
	struct snapshot snap;
	struct guest_addr addr;
	int i;

	signal(SIGPIPE, SIG_DFL);	/* the reader of our lines is the test */
	make_host(&snap);
	for (i = 1; i < argc; i++) {
		if (guest_addr_parse(argv[i], &addr) || guests_open(&guests, &addr))
			return 2;
		guest_addr_clear(&addr);
	}
	for (;;) {
		turn(&guests, &snap, &names);
		nanosleep(&tenth, NULL);
	}
}
