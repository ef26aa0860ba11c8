// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's GICv3: distributor once (vCPU 0), redistributor and CPU interface on each vCPU.
 * Everything is group 1, one priority, EOImode 0. Each vCPU has a wake-up SPI routed to it;
 * vCPU 0 also has the mailbox's. LPI tables are shared by all redistributors (IHI 0069, 5.1).
 */
#include "guest.h"

#define GICD_CTLR		(VG_GICD + 0x0000)
#define GICD_IGROUPR(n)		(VG_GICD + 0x0080 + (n) / 32 * 4)
#define GICD_ISENABLER(n)	(VG_GICD + 0x0100 + (n) / 32 * 4)
#define GICD_IPRIORITYR(n)	(VG_GICD + 0x0400 + (n))
#define GICD_ICFGR(n)		(VG_GICD + 0x0c00 + (n) / 16 * 4)
#define GICD_IROUTER(n)		(VG_GICD + 0x6000 + (n) * 8)
#define GICD_CTLR_ARE_GRP1	((1 << 4) | (1 << 1))

#define GICR_STRIDE		0x20000
#define GICR_CTLR		0x0000
#define GICR_TYPER		0x0008
#define GICR_WAKER		0x0014
#define GICR_PROPBASER		0x0070
#define GICR_PENDBASER		0x0078
#define GICR_CTLR_ENABLE_LPIS	(1 << 0)
#define GICR_TYPER_LAST		(1 << 4)
#define GICR_WAKER_SLEEP	(1 << 1)
#define GICR_WAKER_ASLEEP	(1 << 2)

#define LPI_INTID_BITS		16
#define LPI_CONFIG		(0xa0 | (1 << 1) | (1 << 0))	/* priority, RES1, enable */
#define BASER_ISH_WB		((1UL << 10) | (7UL << 7))	/* inner shareable, WB RA WA */
#define PENDBASER_PTZ		(1UL << 62)

#define ICC_PMR_EL1		"S3_0_C4_C6_0"
#define ICC_IAR1_EL1		"S3_0_C12_C12_0"
#define ICC_HPPIR1_EL1		"S3_0_C12_C12_2"
#define ICC_EOIR1_EL1		"S3_0_C12_C12_1"
#define ICC_BPR1_EL1		"S3_0_C12_C12_3"
#define ICC_CTLR_EL1		"S3_0_C12_C12_4"
#define ICC_SRE_EL1		"S3_0_C12_C12_5"
#define ICC_IGRPEN1_EL1		"S3_0_C12_C12_7"

static uint64_t mpidr_affinity(uint64_t mpidr)
{
	return mpidr & 0xff00ffffff;
}

void gic_dist_init(void)
{
	volatile uint8_t *config = (volatile uint8_t *)(uint64_t)VG_LPI_CONFIG;
	uint32_t i;

	mmio_write32(GICD_CTLR, GICD_CTLR_ARE_GRP1);
	for (i = 32; i < VG_NR_IRQS; i += 32)
		mmio_write32(GICD_IGROUPR(i), ~0U);
	for (i = 32; i < VG_NR_IRQS; i += 16)
		mmio_write32(GICD_ICFGR(i), 0xaaaaaaaa);	/* edge */
	for (i = 32; i < VG_NR_IRQS; i += 4)
		mmio_write32(GICD_IPRIORITYR(i), 0xa0a0a0a0);

	for (i = 0; i < shared()->nr_devs; i++)
		config[shared()->devs[i].vintid - VG_LPI_FIRST] = LPI_CONFIG;
	dsb();
}

/* All vCPUs are online: their affinities are known. */
void gic_route_spis(void)
{
	struct vg_shared *s = shared();
	uint32_t i;

	mmio_write64(GICD_IROUTER(VG_SPI_KICK), mpidr_affinity(s->vcpus[0].mpidr));
	for (i = 0; i < s->nr_vcpus; i++)
		mmio_write64(GICD_IROUTER(VG_SPI_WAKE + i), mpidr_affinity(s->vcpus[i].mpidr));
	for (i = VG_SPI_KICK; i < VG_SPI_WAKE + s->nr_vcpus; i++)
		mmio_write32(GICD_ISENABLER(i), 1U << (i % 32));
	dsb();
}

/* The redistributor whose affinity is this vCPU's. */
static uint64_t find_redist(uint64_t mpidr)
{
	uint64_t aff = ((mpidr >> 8) & 0xff000000) | (mpidr & 0xffffff);
	uint64_t base = VG_GICR;
	uint64_t typer;

	for (;;) {
		typer = mmio_read64(base + GICR_TYPER);
		if (typer >> 32 == aff)
			return base;
		if (typer & GICR_TYPER_LAST)
			guest_fail("no redistributor has this vCPU's affinity", 0, mpidr, base);
		base += GICR_STRIDE;
	}
}

void gic_cpu_init(uint64_t vcpu)
{
	uint64_t mpidr = sysreg_read("mpidr_el1");
	uint64_t rd = find_redist(mpidr);
	uint64_t pending = VG_LPI_PENDING + vcpu * 0x10000;

	shared()->vcpus[vcpu].mpidr = mpidr;
	mmio_write32(rd + GICR_WAKER, mmio_read32(rd + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	while (mmio_read32(rd + GICR_WAKER) & GICR_WAKER_ASLEEP)
		;
	mmio_write64(rd + GICR_PROPBASER, VG_LPI_CONFIG | BASER_ISH_WB | (LPI_INTID_BITS - 1));
	mmio_write64(rd + GICR_PENDBASER, pending | BASER_ISH_WB | PENDBASER_PTZ);
	dsb();
	mmio_write32(rd + GICR_CTLR, mmio_read32(rd + GICR_CTLR) | GICR_CTLR_ENABLE_LPIS);

	sysreg_write(ICC_SRE_EL1, sysreg_read(ICC_SRE_EL1) | 1);
	isb();
	sysreg_write(ICC_CTLR_EL1, 0);
	sysreg_write(ICC_PMR_EL1, 0xf0);
	sysreg_write(ICC_BPR1_EL1, 0);
	sysreg_write(ICC_IGRPEN1_EL1, 1);
	isb();
}

/* What an acknowledgement would return now. */
uint32_t gic_peek(void)
{
	uint64_t hppir = sysreg_read(ICC_HPPIR1_EL1);

	isb();
	return hppir & 0xffffff;
}

uint32_t gic_ack(void)
{
	uint64_t iar = sysreg_read(ICC_IAR1_EL1);

	dsb();	/* the acknowledgement takes effect before what follows (IHI 0069, 12.1.7) */
	isb();
	return iar & 0xffffff;
}

void gic_eoi(uint32_t intid)
{
	sysreg_write(ICC_EOIR1_EL1, intid);
	isb();
}
