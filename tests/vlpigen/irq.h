/* SPDX-License-Identifier: GPL-2.0 */
/* From the devices' MSIs to the guest's LPIs; SPIs; raw ITS commands. */
#ifndef VLPIGEN_IRQ_H
#define VLPIGEN_IRQ_H

#include <stdint.h>

#include "guest/shared.h"

struct irqs;
struct opts;
struct vfio;
struct vm;

/*
 * Connects every device's MSI to the guest, which must be ready: KVM looks the translation up
 * when irqfd and MSI meet, and forwards what it finds. @vm and @vfio are borrowed.
 */
int irqs_open(const struct opts *o, const struct vg_dev *devs, const struct vm *vm,
	      const struct vfio *vfio, struct irqs **ret_irqs);
void irqs_free(struct irqs *q);

/* A pulse on an SPI of the guest. */
int irq_spi(const struct vm *vm, uint32_t spi);

/*
 * Has vCPU 0 of the guest issue raw ITS commands, and waits until its ITS has consumed them.
 * At most VG_MBOX_CMDS. Commands are as the architecture encodes them (IHI 0069, 5.3).
 */
int irq_its_cmds(struct vm *vm, const uint64_t (*cmds)[4], uint32_t nr);

#endif
