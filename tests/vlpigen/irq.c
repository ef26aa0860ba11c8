// SPDX-License-Identifier: GPL-2.0
/*
 * How MSIs reach the guest. Owns the eventfds and the relay thread.
 *
 * Forwarded: VFIO and KVM get the same eventfd; the irqbypass manager matches the two and KVM
 * maps a VLPI. Software ("--soft"): VFIO gets one eventfd, KVM another, and the relay thread
 * copies from the first to the second; nothing matches, KVM injects an LPI.
 *
 * Teardown goes backwards: MSIs off (the VLPI is unmapped), irqfds off, relay stopped.
 */
#include "irq.h"

#include <errno.h>
#include <linux/kvm.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "opts.h"
#include "util.h"
#include "vfio.h"
#include "vm.h"

#define MBOX_NS		(5 * NSEC_PER_SEC)

struct irq_dev {
	int vfio_fd;			/* eventfd that the MSI signals */
	int soft_fd;			/* eventfd that KVM injects from, or -1: the same one */
	bool irqfd_on;
	bool msi_on;
};

struct irqs {
	const struct vm *vm;		/* borrowed */
	const struct vfio *vfio;	/* borrowed */
	uint32_t nr;
	struct irq_dev devs[VG_MAX_DEVS];
	pthread_t relay;
	bool relay_on;
	int stop_fd;
};

static void irqs_freep(struct irqs **q)
{
	irqs_free(*q);
}

static int new_eventfd(int *ret_fd)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return log_err(-errno, "cannot make an eventfd");
	*ret_fd = fd;
	return 0;
}

/* GSI = device index. */
static int set_routes(const struct vm *vm, const struct vg_dev *devs, uint32_t nr)
{
	auto_free struct kvm_irq_routing *r = NULL;
	uint32_t i;

	r = calloc(1, sizeof(*r) + nr * sizeof(r->entries[0]));
	if (!r)
		return -ENOMEM;
	r->nr = nr;
	for (i = 0; i < nr; i++) {
		r->entries[i].gsi = i;
		r->entries[i].type = KVM_IRQ_ROUTING_MSI;
		r->entries[i].flags = KVM_MSI_VALID_DEVID;
		r->entries[i].u.msi.address_lo = VG_ITS_TRANSLATER;
		r->entries[i].u.msi.data = devs[i].eventid;
		r->entries[i].u.msi.devid = devs[i].devid;
	}
	if (ioctl(vm_ioctl_fd(vm), KVM_SET_GSI_ROUTING, r))
		return log_err(-errno, "cannot set the guest's MSI routes");
	return 0;
}

static int set_irqfd(const struct irqs *q, uint32_t dev, uint32_t flags)
{
	const struct irq_dev *d = &q->devs[dev];
	struct kvm_irqfd irqfd = {
		.fd = d->soft_fd >= 0 ? d->soft_fd : d->vfio_fd, .gsi = dev, .flags = flags,
	};

	if (ioctl(vm_ioctl_fd(q->vm), KVM_IRQFD, &irqfd))
		return log_err(-errno, "cannot %s the irqfd of device %u",
			       flags ? "remove" : "make", dev);
	return 0;
}

static void *relay_main(void *arg)
{
	struct pollfd fds[VG_MAX_DEVS + 1];
	struct irqs *q = arg;
	uint64_t n;
	uint32_t i;

	prctl(PR_SET_NAME, "vlpigen-relay");
	for (i = 0; i < q->nr; i++)	/* poll() skips negative fds */
		fds[i] = (struct pollfd){
			.fd = q->devs[i].soft_fd >= 0 ? q->devs[i].vfio_fd : -1, .events = POLLIN,
		};
	fds[q->nr] = (struct pollfd){ .fd = q->stop_fd, .events = POLLIN };
	for (;;) {
		if (poll(fds, q->nr + 1, -1) < 0)
			continue;
		if (fds[q->nr].revents)
			return NULL;
		for (i = 0; i < q->nr; i++) {
			if (!fds[i].revents || read(fds[i].fd, &n, sizeof(n)) != sizeof(n))
				continue;
			if (write(q->devs[i].soft_fd, &n, sizeof(n)) != sizeof(n))
				log_err(-errno, "cannot relay an MSI of device %u", i);
		}
	}
}

static int start_relay(struct irqs *q)
{
	int err;

	err = new_eventfd(&q->stop_fd);
	if (err)
		return err;
	err = -pthread_create(&q->relay, NULL, relay_main, q);
	if (err)
		return log_err(err, "cannot start the relay thread");
	q->relay_on = true;
	return 0;
}

static int connect_dev(struct irqs *q, uint32_t dev, bool soft)
{
	struct irq_dev *d = &q->devs[dev];
	int err;

	err = new_eventfd(&d->vfio_fd);
	if (!err && soft)
		err = new_eventfd(&d->soft_fd);
	if (!err)
		err = set_irqfd(q, dev, 0);
	if (err)
		return err;
	d->irqfd_on = true;
	err = vfio_msi_enable(q->vfio, dev, d->vfio_fd);
	if (err)
		return err;
	d->msi_on = true;
	return 0;
}

int irqs_open(const struct opts *o, const struct vg_dev *devs, const struct vm *vm,
	      const struct vfio *vfio, struct irqs **ret_irqs)
{
	__attribute__((cleanup(irqs_freep))) struct irqs *q = NULL;
	bool soft = false;
	uint32_t i;
	int err;

	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->vm = vm;
	q->vfio = vfio;
	q->nr = o->nr_devs;
	q->stop_fd = -1;
	for (i = 0; i < q->nr; i++)
		q->devs[i].vfio_fd = q->devs[i].soft_fd = -1;
	err = set_routes(vm, devs, q->nr);
	if (err)
		return err;
	for (i = 0; i < q->nr; i++) {
		err = connect_dev(q, i, o->dev_soft[i]);
		if (err)
			return err;
		soft |= o->dev_soft[i];
	}
	if (soft) {
		err = start_relay(q);
		if (err)
			return err;
	}
	*ret_irqs = TAKE_PTR(q);
	return 0;
}

void irqs_free(struct irqs *q)
{
	const uint64_t one = 1;
	uint32_t i;

	if (!q)
		return;
	for (i = 0; i < q->nr; i++) {
		if (q->devs[i].msi_on)
			vfio_msi_disable(q->vfio, i);
		if (q->devs[i].irqfd_on)
			set_irqfd(q, i, KVM_IRQFD_FLAG_DEASSIGN);
	}
	if (q->relay_on) {
		if (write(q->stop_fd, &one, sizeof(one)) == sizeof(one))
			pthread_join(q->relay, NULL);
	}
	for (i = 0; i < q->nr; i++) {
		fd_close(&q->devs[i].vfio_fd);
		fd_close(&q->devs[i].soft_fd);
	}
	fd_close(&q->stop_fd);
	free(q);
}

int irq_spi(const struct vm *vm, uint32_t spi)
{
	struct kvm_irq_level line = {
		.irq = (KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT) | spi,
	};
	int level;

	for (level = 1; level >= 0; level--) {
		line.level = level;
		if (ioctl(vm_ioctl_fd(vm), KVM_IRQ_LINE, &line))
			return log_err(-errno, "cannot inject SPI %u", spi);
	}
	return 0;
}

int irq_its_cmds(struct vm *vm, const uint64_t (*cmds)[4], uint32_t nr)
{
	const struct timespec tick = { .tv_nsec = NSEC_PER_MSEC };
	struct vg_mbox *m = &vm_shared(vm)->mbox;
	uint64_t end_ns = mono_ns() + MBOX_NS;
	int err;

	if (nr > VG_MBOX_CMDS)
		return -E2BIG;
	memcpy(m->cmds, cmds, nr * sizeof(m->cmds[0]));
	m->nr = nr;
	__atomic_store_n(&m->req, m->req + 1, __ATOMIC_RELEASE);
	err = irq_spi(vm, VG_SPI_KICK);
	if (err)
		return err;
	while (__atomic_load_n(&m->done, __ATOMIC_ACQUIRE) != m->req) {
		err = vm_check(vm);
		if (err)
			return err;
		if (mono_ns() > end_ns)
			return log_err(-ETIMEDOUT, "the guest does not serve its mailbox");
		nanosleep(&tick, NULL);
	}
	if (m->status)
		return log_err(-EPROTO, "%u of %u ITS commands stalled", m->status, nr);
	return 0;
}
