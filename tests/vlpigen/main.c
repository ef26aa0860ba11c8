// SPDX-License-Identifier: GPL-2.0
/*
 * vlpigen: a small VMM whose guest's interrupts are known exactly; the measuring rod that
 * gicv4top's figures are tested against. See README.md.
 *
 * Order matters: KVM maps a VLPI when a device's MSI and the guest's irqfd meet, and only if the
 * guest's ITS then knows the event. So: devices, VM, guest runs and maps, MSIs on, load.
 * Teardown is the reverse.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent.h"
#include "irq.h"
#include "load.h"
#include "opts.h"
#include "sig.h"
#include "truth.h"
#include "util.h"
#include "vfio.h"
#include "vm.h"

/* Unlike what a host would choose, so that no test mistakes one for the other. */
#define FIRST_DEVID	0x100
#define DEVID_STEP	8
#define FIRST_EVENTID	1

struct session {
	struct opts o;
	struct vg_dev devs[VG_MAX_DEVS];
	struct host_msi msis[VG_MAX_DEVS];
	struct vfio *vfio;
	struct vm *vm;
	struct irqs *irqs;
	struct agent *agent;
	struct load load;
};

static void session_end(struct session *s)
{
	agent_stop(s->agent);
	load_free(&s->load);
	irqs_free(s->irqs);
	vm_free(s->vm);
	vfio_free(s->vfio);
}

static void choose_ids(struct session *s)
{
	uint32_t i;

	for (i = 0; i < s->o.nr_devs; i++)
		s->devs[i] = (struct vg_dev){
			.devid = FIRST_DEVID + i * DEVID_STEP,
			.eventid = FIRST_EVENTID + i,
			.vintid = VG_LPI_BASE + i,
			.vcpu = s->o.dev_vcpu[i],
		};
}

static void host_msis_find(struct session *s)
{
	struct host_msi *m;
	uint32_t i;

	for (i = 0; i < s->o.nr_devs; i++) {
		m = &s->msis[i];
		if (vfio_host_irq(s->vfio, i, &m->irq) || vfio_host_count(m->irq, &m->base))
			continue;
		m->counted = true;
	}
}

static void host_msis_count(struct session *s)
{
	struct host_msi *m;
	uint64_t now;
	uint32_t i;

	for (i = 0; i < s->o.nr_devs; i++) {
		m = &s->msis[i];
		if (!m->counted)
			continue;
		m->counted = !vfio_host_count(m->irq, &now);
		m->count = m->counted ? now - m->base : 0;
	}
}

/* -ECANCELED when SIGTERM or SIGINT has come meanwhile. */
static int stopped(int sig)
{
	return sig == SIGTERM || sig == SIGINT ? -ECANCELED : 0;
}

static int set_up(struct session *s)
{
	int err;

	choose_ids(s);
	err = vfio_open(s->o.dev_addrs, s->o.nr_devs, &s->vfio);
	if (err)
		return err;
	err = vm_create(&s->o, s->devs, &s->vm);
	if (err)
		return err;
	err = vm_start(s->vm);
	if (err)
		return err;
	if (s->o.nr_devs) {
		err = irqs_open(&s->o, s->devs, s->vm, s->vfio, &s->irqs);
		if (err)
			return err;
	}
	host_msis_find(s);
	s->load.vm = s->vm;
	s->load.vfio = s->vfio;
	if (s->o.agent_path) {
		err = agent_start(&s->o, s->devs, s->vm, &s->agent);
		if (err)
			return err;
	}
	s->load.agent = s->agent;
	truth_print_ready(&s->o, s->devs, s->msis, s->vm);
	return 0;
}

/* Until SIGUSR1; meanwhile the guest is watched. */
static int wait_for_go(struct session *s)
{
	const uint64_t nap_ns = s->agent ? AGENT_GAP_NS : NSEC_PER_SEC;
	int sig, err;

	for (;;) {
		agent_tick(s->agent, mono_ns());
		sig = sig_wait(mono_ns() + nap_ns);
		if (sig == SIGUSR1)
			return 0;
		err = stopped(sig);
		if (err)
			return err;
		err = vm_check(s->vm);
		if (err)
			return err;
	}
}

static int one_round(struct session *s)
{
	int sig, err, werr;

	err = load_round(&s->load, &sig);
	/* before the truth: who has that finds this has been sent */
	agent_report(s->agent);
	if (err && err != -EPROTO)
		return err;
	host_msis_count(s);	/* even a load that went wrong is told */
	werr = truth_write(&s->o, s->devs, s->msis, s->vm, &s->load);
	if (err)
		return err;
	return werr ? werr : stopped(sig);
}

static int run(struct session *s)
{
	int err;

	err = set_up(s);
	if (err)
		return err;
	if (s->o.hold) {
		err = wait_for_go(s);
		if (err)
			return err;
	}
	do {
		err = s->o.rethread ? vm_rethread(s->vm) : 0;
		if (err)
			return err;
		err = one_round(s);
		if (err)
			return err;
		if (s->o.linger)
			err = wait_for_go(s);
	} while (s->o.linger && !err);
	return err;
}

int main(int argc, char **argv)
{
	static struct session s;
	uint64_t lost;
	int err;

	err = opts_parse(argc, argv, &s.o);
	if (err)
		return err == -ECANCELED ? 0 : 2;
	sig_block();
	prctl(PR_SET_NAME, s.o.name);
	s.load.o = &s.o;
	err = run(&s);
	if (err == -ENOMEM)
		log_err(err, "cannot go on");
	lost = load_lost(&s.load);
	session_end(&s);
	if (lost)
		log_err(0, "%llu MSIs were lost", (unsigned long long)lost);
	return (err && err != -ECANCELED) || lost ? 1 : 0;
}
