// SPDX-License-Identifier: GPL-2.0
/*
 * The table for people: two header lines that say how far the figures can be
 * trusted, then a row a VM, and with --detail a row a vPE below it.
 */
#include <errno.h>
#include <string.h>

#include "header.h"
#include "hooks.h"
#include "out.h"

/* Three lines, each short enough for 80 columns. */
static void print_header(FILE *f, const struct model *m, const struct out_info *info,
			 const struct out_opts *opts)
{
	char line[256];

	header_host(line, sizeof(line), info);
	fprintf(f, "%s\n", line);
	header_counts(line, sizeof(line), m, info);
	fputs(line, f);
	if (opts->dropped)	/* the terminal is narrow; -o chooses */
		fprintf(f, ";  %u columns hidden", opts->dropped);
	header_losses(line, sizeof(line), m);
	fprintf(f, "\n%s;  ", line);
	header_cost(line, sizeof(line), info);
	fprintf(f, "%s\n", line);
}

static void print_vlpi(FILE *f, const struct model_vlpi *vlpi)
{
	fprintf(f, "    vintid %u  ", vlpi->vintid);
	if (vlpi->forwarded)
		fprintf(f, "host irq %u  %s", vlpi->host_irq,
			vlpi->device[0] ? vlpi->device : "device n/a");
	else
		fputs("software", f);
	if (vlpi->ids_known)
		fprintf(f, "  DeviceID %u EventID %u", vlpi->devid, vlpi->eventid);
	else
		fputs("  DeviceID n/a EventID n/a", f);
	fprintf(f, "  priority 0x%02x %s\n", vlpi->priority,
		vlpi->enabled ? "enabled" : "disabled");
}

static void print_vpe(FILE *f, const struct model *m, const struct model_vm *vm,
		      const struct model_vpe *vpe)
{
	const struct cell state_time = { .kind = CELL_NS, .value = (double)vpe->state_ns };
	char buf[32];
	uint32_t i;

	cell_format(&state_time, buf, sizeof(buf));
	fprintf(f, "  vcpu %u  vPE %u  %s for %s on ", vpe->vcpu, vpe->vpe_id,
		model_state_name(vpe->state), buf);
	if (vpe->pcpu_known)
		fprintf(f, "CPU %u", vpe->pcpu);
	else
		fputs("CPU n/a", f);
	fprintf(f, "  doorbell irq %u", vpe->doorbell_irq);
	if (vpe->doorbell_cpu >= 0)
		fprintf(f, " to CPU %d", vpe->doorbell_cpu);
	fprintf(f, "  res %.1f%% blk %.1f%% pre %.1f%%", vpe->shares.resident,
		vpe->shares.blocked, vpe->shares.preempted);
	if (vpe->shares.unknown > 0)
		fprintf(f, " unknown %.1f%%", vpe->shares.unknown);
	fprintf(f, "  %.0f loads/s", model_rate(vpe->delta.loads, vm->interval_ns));
	if (m->figures & HOOK_FIG_MOVES)
		fprintf(f, " %.0f moves/s", model_rate(vpe->delta.moves, vm->interval_ns));
	fprintf(f, " %.0f doorbells/s\n",
		model_rate(model_doorbells(&vpe->delta), vm->interval_ns));
	for (i = 0; i < vpe->nr_listed; i++)
		print_vlpi(f, &m->vlpis[vpe->first_vlpi + i]);
}

/* @text, cut or filled to @width characters of UTF-8 */
static void print_left(FILE *f, const char *before, const char *text, int width)
{
	fputs(before, f);
	for (; *text; text++) {
		if ((*text & 0xc0) != 0x80 && width-- == 0)
			return;
		fputc(*text, f);
	}
	fprintf(f, "%*s", width, "");
}

static void print_vm(FILE *f, const struct model *m, const struct model_vm *vm,
		     const struct out_opts *opts)
{
	const struct row row = { .vm = vm };
	const struct column *column;
	struct cell cell;
	unsigned int i;
	char buf[64];

	for (i = 0; i < opts->columns.nr; i++) {
		column = opts->columns.columns[i];
		cell = column->get(m, &row);
		cell_format(&cell, buf, sizeof(buf));
		/* a long name is cut: the pid beside it is what tells VMs apart */
		if (column->width < 0)
			print_left(f, i ? " " : "", buf, -column->width);
		else
			fprintf(f, "%s%*s", i ? " " : "", column->width, buf);
	}
	fputc('\n', f);
	for (i = 0; opts->detail && i < vm->nr_vpes; i++)
		print_vpe(f, m, vm, &m->vpes[vm->first_vpe + i]);
}

int out_text(FILE *f, const struct model *m, const struct out_info *info,
	     const struct out_opts *opts)
{
	const struct column *column;
	unsigned int i, shown = 0;

	print_header(f, m, info, opts);
	for (i = 0; i < opts->columns.nr; i++) {
		column = opts->columns.columns[i];
		fprintf(f, "%s%*s", i ? " " : "", column->width, column->header);
	}
	fputc('\n', f);
	for (i = 0; i < m->nr_vms; i++) {
		if (m->vms[i].hidden)
			continue;
		print_vm(f, m, &m->vms[i], opts);
		shown++;
	}
	if (!shown)
		fputs(m->nr_vms ? "(no VM matches)\n" : "(no VM)\n", f);
	fputc('\n', f);
	return out_end(f);
}
