// SPDX-License-Identifier: GPL-2.0
/* Owns the table of VLPI columns: the LPIs of one vPE, forwarded or not. */
#include <stdio.h>

#include "columns_priv.h"
#include "util.h"

static struct cell get_vintid(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vlpi->vintid);
}

static struct cell get_delivery(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_text(row->vlpi->forwarded ? "forwarded" : "software");
}

static struct cell get_host_irq(const struct model *m, const struct row *row)
{
	(void)m;
	return row->vlpi->forwarded ? cell_number(CELL_COUNT, row->vlpi->host_irq) : cell_na();
}

static struct cell get_device(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_text(row->vlpi->device);
}

static struct cell get_devid(const struct model *m, const struct row *row)
{
	(void)m;
	return row->vlpi->ids_known ? cell_number(CELL_COUNT, row->vlpi->devid) : cell_na();
}

static struct cell get_eventid(const struct model *m, const struct row *row)
{
	(void)m;
	return row->vlpi->ids_known ? cell_number(CELL_COUNT, row->vlpi->eventid) : cell_na();
}

static struct cell get_priority(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vlpi->priority);
}

static struct cell get_enabled(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_text(row->vlpi->enabled ? "yes" : "no");
}

static const struct column table[] = {
	{ "vintid", "VINTID", 6, true, 0, "the guest's LPI number", get_vintid },
	{ "delivery", "DELIVERY", -9, true, 0, "forwarded: as VLPI; software: KVM injects it",
	  get_delivery },
	{ "irq", "HOSTIRQ", 7, true, 0, "host irq of its MSI", get_host_irq },
	{ "device", "DEVICE", -14, true, 0, "PCI address of the device", get_device },
	{ "devid", "DEVICEID", 8, true, 0, "the guest's DeviceID", get_devid },
	{ "eventid", "EVENTID", 7, true, 0, "EventID", get_eventid },
	{ "prio", "PRIORITY", 8, true, 0, "priority (0 is highest)", get_priority },
	{ "enabled", "ENABLED", -7, true, 0, "whether the guest has it enabled", get_enabled },
};

_Static_assert(ARRAY_SIZE(table) <= COLUMNS_MAX, "a list must hold all columns");

const struct column_set columns_vlpi = { .columns = table, .nr = ARRAY_SIZE(table),
					.natural = "vintid" };
