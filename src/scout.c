// SPDX-License-Identifier: GPL-2.0
/*
 * Runs bpf/scout.bpf.c and bpf/gicprobe.bpf.c: counts VMs and vPEs, tries an
 * fentry program, and asks KVM's own variable if need be. The trial stays
 * attached for microseconds, on a function that runs when a VM ends; a failure
 * there is an answer, not an error.
 */
#include <errno.h>
#include <string.h>

#include "bpfutil.h"
#include "log.h"
#include "scout.h"
#include "util.h"

#include "gicprobe.skel.h"
#include "scout.skel.h"

static void scout_freep(struct scout **skel)
{
	scout__destroy(*skel);
}

#define auto_scout __attribute__((cleanup(scout_freep)))

static bool try_fentry(const char *function)
{
	auto_scout struct scout *skel = NULL;
	struct bpf_link *link;

	skel = scout__open();
	if (!skel)
		return false;
	bpf_program__set_autoload(skel->progs.scout_files, false);
	if (bpf_program__set_attach_target(skel->progs.scout_fentry, 0, function) ||
	    scout__load(skel))
		return false;
	link = bpf_program__attach(skel->progs.scout_fentry);
	if (libbpf_get_error(link))
		return false;
	bpf_link__destroy(link);
	return true;
}

int scout_run(const char *trial_function, struct scout_report *ret_report)
{
	auto_scout struct scout *skel = NULL;
	int err;

	bpfutil_init();
	skel = scout__open();
	if (!skel)
		return log_err(-errno, "cannot open the scout's BPF object");
	bpf_program__set_autoload(skel->progs.scout_fentry, false);
	err = scout__load(skel);
	if (err)
		return log_say(err, "cannot load the scout's BPF program: %s (%s)", strerror(-err),
			       bpfutil_warning());
	err = bpfutil_run_iter(skel->progs.scout_files, 0);
	if (err)
		return log_err(err, "cannot run the scout's BPF iterator over open files");
	*ret_report = (struct scout_report){
		.nr_vms = skel->bss->scout_vms,
		.nr_vpes = skel->bss->scout_vpes,
		.fentry_works = try_fentry(trial_function),
	};
	return 0;
}

static void gicprobe_freep(struct gicprobe **skel)
{
	gicprobe__destroy(*skel);
}

#define auto_gicprobe __attribute__((cleanup(gicprobe_freep)))

int scout_ask_kvm(struct scout_gic *ret_gic)
{
	auto_gicprobe struct gicprobe *skel = NULL;
	int err;

	skel = gicprobe__open_and_load();
	if (!skel)
		return -errno;
	err = bpfutil_run_iter(skel->progs.probe_gic, 0);
	if (err)
		return err;
	if (!skel->bss->probe_known)
		return -ENOENT;
	*ret_gic = (struct scout_gic){
		.has_gicv4 = skel->bss->probe_has_gicv4,
		.has_gicv4_1 = skel->bss->probe_has_gicv4_1,
	};
	return 0;
}
