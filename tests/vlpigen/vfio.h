/* SPDX-License-Identifier: GPL-2.0 */
/* edu devices through VFIO (type 1, container and groups). */
#ifndef VLPIGEN_VFIO_H
#define VLPIGEN_VFIO_H

#include <stdint.h>

struct vfio;

/*
 * Binds the devices to vfio-pci, opens them, maps their BARs, with bus mastering on and no
 * MSI enabled. @addrs is borrowed as long as the object lives.
 */
int vfio_open(const char *const *addrs, uint32_t nr, struct vfio **ret_vfio);
void vfio_free(struct vfio *v);

/* Enables the device's MSI: each one signals @event_fd. */
int vfio_msi_enable(const struct vfio *v, uint32_t dev, int event_fd);
int vfio_msi_disable(const struct vfio *v, uint32_t dev);

/* Fires one MSI. */
void vfio_fire(const struct vfio *v, uint32_t dev);

/* The host irq of the enabled MSI, and how often the host itself has taken it. */
int vfio_host_irq(const struct vfio *v, uint32_t dev, uint32_t *ret_host_irq);
int vfio_host_count(uint32_t host_irq, uint64_t *ret_count);

#endif
