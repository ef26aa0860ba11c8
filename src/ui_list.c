// SPDX-License-Identifier: GPL-2.0
/*
 * The three lists of the live view: VMs, the vPEs of an opened VM, the VLPIs
 * of an opened vPE. Who is selected and what is open is remembered by identity,
 * so that a refresh, a sort or a filter never puts the user on another row
 * unasked; where the row is gone, the one in its place is selected.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui_priv.h"

void ui_init(struct ui *ui, struct model *m, const struct out_info *info)
{
	static const struct column_set *const sets[UI_NR_LEVELS] = {
		[UI_VMS] = &columns_vm, [UI_VPES] = &columns_vpe, [UI_VLPIS] = &columns_vlpi,
	};
	unsigned int i;

	*ui = (struct ui){ .model = m, .info = info, .filter.vcpu = -1 };
	for (i = 0; i < UI_NR_LEVELS; i++) {
		ui->lists[i].set = sets[i];
		columns_default(sets[i], &ui->lists[i].columns);
	}
}

void ui_free(struct ui *ui)
{
	unsigned int i;

	for (i = 0; i < UI_NR_LEVELS; i++) {
		free(ui->lists[i].rows);
		ui->lists[i].rows = NULL;
		ui->lists[i].nr = 0;
	}
}

void ui_say(struct ui *ui, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ui->message, sizeof(ui->message), format, args);
	va_end(args);
	ui->message_bad = bad;
}

static struct ui_id id_of(enum ui_level level, const struct row *row)
{
	switch (level) {
	case UI_VMS:
		return (struct ui_id){ row->vm->key, row->vm->birth_ns };
	case UI_VPES:
		return (struct ui_id){ row->vpe->key, row->vpe->birth_ns };
	default:	/* within one vPE, a vINTID is an LPI */
		return (struct ui_id){ row->vlpi->vintid, 0 };
	}
}

static bool is(const struct ui_id *id, uint64_t key, uint64_t birth_ns)
{
	return id->key == key && birth_ns == id->birth_ns;
}

const struct row *ui_selected(const struct ui *ui)
{
	const struct ui_list *list = &ui->lists[ui->level];

	return list->selected < list->nr ? &list->rows[list->selected] : NULL;
}

static const struct model_vm *opened_vm(const struct ui *ui)
{
	const struct model_vm *vm;
	uint32_t i;

	for (i = 0; i < ui->model->nr_vms; i++) {
		vm = &ui->model->vms[i];
		if (is(&ui->vm, vm->key, vm->birth_ns))
			return vm;
	}
	return NULL;
}

static const struct model_vpe *opened_vpe(const struct ui *ui, const struct model_vm *vm)
{
	const struct model_vpe *vpe;
	uint32_t i;

	for (i = 0; i < vm->nr_vpes; i++) {
		vpe = &ui->model->vpes[vm->first_vpe + i];
		if (is(&ui->vpe, vpe->key, vpe->birth_ns))
			return vpe;
	}
	return NULL;
}

/* Closes what has ended, with a word about it. */
static void close_gone(struct ui *ui, const struct model_vm **ret_vm,
		       const struct model_vpe **ret_vpe)
{
	const struct model_vpe *vpe = NULL;
	const struct model_vm *vm = NULL;

	if (ui->level != UI_VMS) {
		vm = opened_vm(ui);
		if (!vm) {
			ui->level = UI_VMS;
			ui_say(ui, false, ui->replay.on ? "VM %s is not there at this time" :
			       "VM %s has ended", ui->vm_name);
		}
	}
	if (ui->level == UI_VLPIS) {
		vpe = opened_vpe(ui, vm);
		if (!vpe) {
			ui->level = UI_VPES;
			ui_say(ui, false, ui->replay.on ? "%s of VM %s is not there at this time" :
			       "%s of VM %s has ended", ui->vpe_name, ui->vm_name);
		}
	}
	*ret_vm = vm;
	*ret_vpe = vpe;
}

static void hide_filtered(struct ui *ui)
{
	struct model_vm *vm;
	uint32_t i;

	for (i = 0; i < ui->model->nr_vms; i++) {
		vm = &ui->model->vms[i];
		vm->hidden = model_hides(&ui->filter, vm);
	}
}

static void fill_vms(struct ui *ui, struct ui_list *list)
{
	uint32_t i;

	for (i = 0; i < ui->model->nr_vms; i++) {
		if (!ui->model->vms[i].hidden)
			list->rows[list->nr++].vm = &ui->model->vms[i];
	}
}

static void fill_vpes(struct ui *ui, struct ui_list *list, const struct model_vm *vm)
{
	uint32_t i;

	for (i = 0; i < vm->nr_vpes; i++)
		list->rows[list->nr++] = (struct row){
			.vm = vm, .vpe = &ui->model->vpes[vm->first_vpe + i],
		};
}

static void fill_vlpis(struct ui *ui, struct ui_list *list, const struct model_vm *vm,
		       const struct model_vpe *vpe)
{
	uint32_t i;

	for (i = 0; i < vpe->nr_listed; i++)
		list->rows[list->nr++] = (struct row){
			.vm = vm, .vpe = vpe, .vlpi = &ui->model->vlpis[vpe->first_vlpi + i],
		};
}

/* The selected row by identity, else the one in its place. */
static void select_again(struct ui *ui, struct ui_list *list)
{
	struct ui_id id;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		id = id_of(ui->level, &list->rows[i]);
		if (is(&list->id, id.key, id.birth_ns))
			break;
	}
	if (i < list->nr)
		list->selected = i;
	else if (list->selected >= list->nr)
		list->selected = list->nr ? list->nr - 1 : 0;
	if (list->nr)
		list->id = id_of(ui->level, &list->rows[list->selected]);
}

int ui_sync(struct ui *ui)
{
	const struct model_vpe *vpe;
	const struct model_vm *vm;
	struct ui_list *list;
	struct row *rows;
	size_t room;

	hide_filtered(ui);
	close_gone(ui, &vm, &vpe);
	list = ui_list(ui);
	room = vpe ? vpe->nr_listed : vm ? vm->nr_vpes : ui->model->nr_vms;
	list->nr = 0;
	rows = calloc(room + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	free(list->rows);
	list->rows = rows;
	if (vpe)
		fill_vlpis(ui, list, vm, vpe);
	else if (vm)
		fill_vpes(ui, list, vm);
	else
		fill_vms(ui, list);
	if (list->sort)
		columns_sort_rows(ui->model, list->rows, list->nr, list->sort, list->reverse);
	else	/* rising, or reversed: numbers fall when a column is sorted by */
		columns_sort_rows(ui->model, list->rows, list->nr,
				  columns_find(list->set, list->set->natural), !list->reverse);
	select_again(ui, list);
	return 0;
}

uint64_t ui_focus(const struct ui *ui)
{
	const struct row *row = ui_selected(ui);

	if (ui->level != UI_VMS)
		return ui->vm.key;
	return ui->pane && row ? row->vm->key : 0;
}

bool ui_open(struct ui *ui)
{
	const struct row *row = ui_selected(ui);

	if (!row || ui->level == UI_VLPIS)
		return false;
	if (ui->level == UI_VMS) {
		ui->vm = id_of(UI_VMS, row);
		snprintf(ui->vm_name, sizeof(ui->vm_name), "%s (pid %u)",
			 row->vm->name[0] ? row->vm->name : "n/a", row->vm->pid);
	} else {
		ui->vpe = id_of(UI_VPES, row);
		snprintf(ui->vpe_name, sizeof(ui->vpe_name), "vCPU %u", row->vpe->vcpu);
	}
	ui->level++;
	ui_list(ui)->selected = 0;
	ui_list(ui)->top = 0;
	ui_list(ui)->id = (struct ui_id){ 0 };
	return true;
}

bool ui_close(struct ui *ui)
{
	if (ui->level == UI_VMS)
		return false;
	ui->level--;
	return true;
}

void ui_move(struct ui *ui, long by)
{
	struct ui_list *list = ui_list(ui);
	long to = (long)list->selected + by;

	if (!list->nr)
		return;
	if (to < 0)
		to = 0;
	if (to >= (long)list->nr)
		to = (long)list->nr - 1;
	list->selected = (size_t)to;
	list->id = id_of(ui->level, &list->rows[list->selected]);
}
