// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's ITS, driven by vCPU 0 alone: tables, command queue, one collection a vCPU
 * (ICID = vCPU), one event a device. its_cmd() is the only way to the hardware: set-up uses
 * it, and so does the mailbox through which the VMM has raw commands issued later.
 */
#include "guest.h"

#define GITS_CTLR	(VG_ITS + 0x0000)
#define GITS_TYPER	(VG_ITS + 0x0008)
#define GITS_CBASER	(VG_ITS + 0x0080)
#define GITS_CWRITER	(VG_ITS + 0x0088)
#define GITS_CREADR	(VG_ITS + 0x0090)
#define GITS_BASER(n)	(VG_ITS + 0x0100 + (n) * 8)

#define GITS_VALID		(1UL << 63)
#define GITS_TYPER_PTA		(1UL << 19)
#define GITS_CREADR_STALLED	(1UL << 0)
#define GITS_CBASER_ATTR	((7UL << 59) | (1UL << 10))	/* WB RA WA, inner shareable */
#define GITS_BASER_ATTR		((7UL << 59) | (1UL << 10) | (2UL << 8))	/* 64 KiB pages */
#define GITS_BASER_TYPE(v)	(((v) >> 56) & 7)
#define TYPE_DEVICES		1
#define TYPE_COLLECTIONS	4

#define CMD_SYNC	0x05
#define CMD_MAPD	0x08
#define CMD_MAPC	0x09
#define CMD_MAPTI	0x0a
#define CMD_INV		0x0c

#define QUEUE_BYTES	0x10000
#define CMD_BYTES	32

static uint64_t queue_pos;

/* Issues one command and waits until the ITS has consumed it: 0, or -1 when it stalled. */
int its_cmd(const uint64_t raw[4])
{
	volatile uint64_t *slot = (volatile uint64_t *)(VG_ITS_QUEUE + queue_pos);
	uint64_t creadr;
	int i;

	for (i = 0; i < 4; i++)
		slot[i] = raw[i];
	dsb();
	queue_pos = (queue_pos + CMD_BYTES) % QUEUE_BYTES;
	mmio_write64(GITS_CWRITER, queue_pos);
	do {
		creadr = mmio_read64(GITS_CREADR);
		if (creadr & GITS_CREADR_STALLED)
			return -1;
	} while (creadr != queue_pos);
	return 0;
}

static void cmd_or_fail(const char *what, uint64_t w0, uint64_t w1, uint64_t w2)
{
	const uint64_t raw[4] = { w0, w1, w2, 0 };

	if (its_cmd(raw))
		guest_fail(what, 0, w0, w1);
}

static void table_init(uint32_t type, uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < 8; i++) {
		if (GITS_BASER_TYPE(mmio_read64(GITS_BASER(i))) != type)
			continue;
		mmio_write64(GITS_BASER(i), GITS_VALID | GITS_BASER_ATTR | addr);
		return;
	}
	guest_fail("the ITS asks for no such table", 0, type, addr);
}

/* GICR_TYPER.Processor_Number is the vCPU's index in KVM's vGIC; RDbase starts at bit 16. */
static uint64_t rdbase(uint32_t vcpu)
{
	return (uint64_t)vcpu << 16;
}

static void sync_vcpu(uint32_t vcpu)
{
	cmd_or_fail("SYNC stalled", CMD_SYNC, 0, rdbase(vcpu));
}

void its_init(void)
{
	uint32_t i;

	if (mmio_read64(GITS_TYPER) & GITS_TYPER_PTA)
		guest_fail("GITS_TYPER.PTA = 1 is not supported", 0, 0, 0);
	table_init(TYPE_DEVICES, VG_ITS_DEVICES);
	table_init(TYPE_COLLECTIONS, VG_ITS_COLLECTIONS);
	mmio_write64(GITS_CBASER, GITS_VALID | GITS_CBASER_ATTR | VG_ITS_QUEUE |
		     (QUEUE_BYTES / 4096 - 1));
	mmio_write64(GITS_CWRITER, 0);
	mmio_write32(GITS_CTLR, 1);

	for (i = 0; i < shared()->nr_vcpus; i++) {
		cmd_or_fail("MAPC stalled", CMD_MAPC, 0, GITS_VALID | rdbase(i) | i);
		sync_vcpu(i);
	}
}

void its_map_devices(void)
{
	const struct vg_dev *d;
	uint64_t dev;
	uint32_t i;

	for (i = 0; i < shared()->nr_devs; i++) {
		d = &shared()->devs[i];
		dev = (uint64_t)d->devid << 32;
		cmd_or_fail("MAPD stalled", CMD_MAPD | dev, VG_EVENT_BITS - 1,
			    GITS_VALID | (VG_ITTS + (uint64_t)i * VG_ITT_BYTES));
		cmd_or_fail("MAPTI stalled", CMD_MAPTI | dev,
			    d->eventid | ((uint64_t)d->vintid << 32), d->vcpu);
		cmd_or_fail("INV stalled", CMD_INV | dev, d->eventid, 0);
		sync_vcpu(d->vcpu);
	}
}

/* Called from the interrupt of VG_SPI_KICK. */
void its_serve_mailbox(void)
{
	struct vg_mbox *m = &shared()->mbox;
	uint32_t req = __atomic_load_n(&m->req, __ATOMIC_ACQUIRE);
	uint32_t failed = 0;
	uint32_t i;

	if (req == m->done)
		return;
	for (i = 0; i < m->nr && i < VG_MBOX_CMDS; i++)
		failed += its_cmd(m->cmds[i]) != 0;
	m->status = failed;
	__atomic_store_n(&m->done, req, __ATOMIC_RELEASE);
}
