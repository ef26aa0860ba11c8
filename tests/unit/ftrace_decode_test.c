// SPDX-License-Identifier: GPL-2.0
/*
 * Events of ftrace into records: pairs of entry and return, what is met for the first
 * time, kinds of doorbells, latencies, VLPIs, losses. Events are written in short; what
 * comes out is compared as text, a record a line:
 *
 *	TIME TYPE VPE FLAGS ARG
 */
#include <stdarg.h>

#include "ftrace_decode.h"
#include "unit.h"

#define KVM	0xa000ULL
#define VPE	0xb000ULL
#define VPE2	0xb100ULL

struct run {
	struct ftrace_decode *d;
	char text[4096];
	size_t len;
	struct g4_rec_long last;
};

static void say(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct run *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	r->len += (size_t)vsnprintf(r->text + r->len, sizeof(r->text) - r->len, format, args);
	va_end(args);
	assert_true(r->len < sizeof(r->text));
}

static void take(void *ctx, const struct g4_rec *rec)
{
	static const char *const names[G4_NR_REC_TYPES] = {
		[G4_REC_VPE_LOAD] = "load", [G4_REC_VPE_PUT] = "put",
		[G4_REC_DOORBELL] = "doorbell", [G4_REC_DOORBELL_DONE] = "done",
		[G4_REC_SLEEP] = "sleep", [G4_REC_WAKE] = "wake",
		[G4_REC_GUEST_ENTRY] = "entry", [G4_REC_VMOVP] = "vmovp",
		[G4_REC_SW_LPI] = "sw_lpi", [G4_REC_VPE_NEW] = "vpe_new",
		[G4_REC_VPE_GONE] = "vpe_gone", [G4_REC_VM_NEW] = "vm_new",
		[G4_REC_VM_GONE] = "vm_gone", [G4_REC_VLPI_MAP] = "map",
		[G4_REC_VLPI_UNMAP] = "unmap", [G4_REC_VLPI_PROP] = "prop",
		[G4_REC_FORWARD_SET] = "forward_set", [G4_REC_FORWARD_UNSET] = "forward_unset",
	};
	struct run *r = ctx;

	assert_true(rec->type < G4_NR_REC_TYPES && names[rec->type]);
	if (rec->type >= G4_REC_LONG)
		r->last = *(const struct g4_rec_long *)rec;
	say(r, "%llu %s %llx %u %llu\n", rec->ts_ns, names[rec->type], rec->vpe, rec->flags,
	    rec->arg_ns);
}

static void begin(struct run *r)
{
	memset(r, 0, sizeof(*r));
	r->d = ftrace_decode_new(4);
	assert_non_null(r->d);
}

/* All that waits up to @until_ns, as text; the text before is gone. */
static const char *taken(struct run *r, uint64_t until_ns)
{
	uint64_t complete_ns;

	r->len = 0;
	r->text[0] = '\0';
	ck_u64((uint64_t)-ftrace_decode_take(r->d, until_ns, take, r, &complete_ns), 0);
	return r->text;
}

static void end(struct run *r)
{
	ftrace_decode_free(r->d);
}

/* An event of @kind at @ts on @cpu, of vCPU 1 of the VM. */
static struct ft_event event(uint64_t ts, uint32_t cpu, enum ft_kind kind)
{
	struct ft_event ev = { .ts_ns = ts, .cpu = cpu, .tid = 77, .kind = kind };

	ev.v[FT_F_VPE] = VPE;
	ev.v[FT_F_KVM] = KVM;
	ev.v[FT_F_ID] = 5;
	ev.v[FT_F_VCPU] = 1;
	ev.v[FT_F_IRQ] = 40;
	ev.v[FT_F_PID] = 1000;
	ev.v[FT_F_NR] = 4;
	return ev;
}

static void add(struct run *r, const struct ft_event *ev)
{
	ck_u64((uint64_t)-ftrace_decode_add(r->d, ev), 0);
}

static void simple(struct run *r, uint64_t ts, uint32_t cpu, enum ft_kind kind)
{
	struct ft_event ev = event(ts, cpu, kind);

	add(r, &ev);
}

static void load(struct run *r, uint64_t ts, uint32_t cpu)
{
	simple(r, ts - 5, cpu, FT_LOAD);
	simple(r, ts, cpu, FT_LOAD_RET);
}

static void put(struct run *r, uint64_t ts, uint32_t cpu, bool db)
{
	struct ft_event ev = event(ts, cpu, FT_PUT);

	ev.v[FT_F_DB] = db;
	add(r, &ev);
}

/* Fires at @ts; its kprobe, 3 ns later, sees a thread that sleeps, or wakes already. */
static void doorbell(struct run *r, uint64_t ts, uint32_t cpu, bool waking)
{
	struct ft_event ev = event(ts + 3, cpu, FT_DOORBELL);

	simple(r, ts, cpu, FT_IRQ);
	ev.v[FT_F_TASK] = 0xc000;
	ev.v[FT_F_TSTATE] = !waking;
	add(r, &ev);
}

/* The vPE is known, and was resident on CPU 0 from 100 on. */
static void known(struct run *r)
{
	begin(r);
	load(r, 100, 0);
	ck_str(taken(r, 101), "100 vm_new 0 0 0\n100 vpe_new b000 0 0\n100 load b000 0 0\n");
}

static void a_load_counts_at_its_return_and_tells_of_a_new_vm_and_vpe(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	ck_u64(r.last.kvm, KVM);
	ck_u64(r.last.vpe_id, 5);
	ck_u64(r.last.irq, 40);
	ck_u64(r.last.nr, 77);
	ck_u64(r.last.r.vcpu, 1);
	load(&r, 300, 0);
	ck_str(taken(&r, 299), "");
	ck_str(taken(&r, 300), "300 load b000 0 0\n");
	end(&r);
}

static void a_load_that_failed_is_none(void **state)
{
	struct ft_event ret = event(100, 0, FT_LOAD_RET);
	struct run r;

	(void)state;
	begin(&r);
	simple(&r, 95, 0, FT_LOAD);
	ret.v[FT_F_RET] = 0xffffffea;
	add(&r, &ret);
	ck_str(taken(&r, UINT64_MAX), "");
	ck_u64(ftrace_decode_unmatched(r.d), 0);
	end(&r);
}

static void an_entry_without_return_is_unmatched_and_no_load(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	simple(&r, 200, 0, FT_LOAD);
	load(&r, 300, 0);
	ck_str(taken(&r, UINT64_MAX), "300 load b000 0 0\n");
	ck_u64(ftrace_decode_unmatched(r.d), 1);
	end(&r);
}

static void the_first_return_on_a_cpu_may_lack_its_entry(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	simple(&r, 100, 0, FT_LOAD_RET);
	simple(&r, 101, 0, FT_COMMIT_RET);
	ck_u64(ftrace_decode_unmatched(r.d), 0);
	load(&r, 110, 0);
	simple(&r, 120, 0, FT_LOAD_RET);
	ck_u64(ftrace_decode_unmatched(r.d), 1);
	end(&r);
}

static void pairs_are_of_one_cpu(void **state)
{
	struct ft_event other = event(100, 1, FT_LOAD);
	struct run r;

	(void)state;
	begin(&r);
	other.v[FT_F_VPE] = VPE2;
	other.v[FT_F_VCPU] = 2;
	simple(&r, 99, 0, FT_LOAD);
	add(&r, &other);
	simple(&r, 101, 1, FT_LOAD_RET);
	simple(&r, 102, 0, FT_LOAD_RET);
	ck_str(taken(&r, UINT64_MAX), "101 vm_new 0 0 0\n101 vpe_new b100 0 0\n"
	       "101 load b100 0 0\n102 vpe_new b000 0 0\n102 load b000 0 0\n");
	end(&r);
}

static void a_put_met_first_tells_of_its_vpe(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	put(&r, 50, 2, true);
	ck_str(taken(&r, UINT64_MAX),
	       "50 vm_new 0 0 0\n50 vpe_new b000 0 0\n50 put b000 1 0\n");
	end(&r);
}

static void events_of_all_cpus_come_in_order_of_time(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	load(&r, 400, 1);
	put(&r, 200, 0, false);
	load(&r, 300, 3);
	put(&r, 350, 3, false);
	ck_str(taken(&r, UINT64_MAX), "200 put b000 0 0\n300 load b000 0 0\n350 put b000 0 0\n"
	       "400 load b000 0 0\n");
	end(&r);
}

static void a_doorbell_of_a_blocked_vpe_is_useful_and_the_load_answers_it(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, true);
	doorbell(&r, 300, 1, false);
	simple(&r, 310, 1, FT_DOORBELL_RET);
	simple(&r, 320, 0, FT_WAKE);
	simple(&r, 325, 0, FT_WAKE);
	load(&r, 330, 0);
	simple(&r, 335, 0, FT_COMMIT);
	simple(&r, 340, 0, FT_COMMIT_RET);
	ck_str(taken(&r, UINT64_MAX), "200 put b000 1 0\n300 doorbell b000 0 0\n"
	       "310 done b000 0 0\n320 wake b000 0 300\n325 wake b000 0 0\n330 load b000 0 300\n"
	       "340 entry b000 0 0\n");
	end(&r);
}

static void a_doorbell_is_late_or_spurious_by_the_state_of_its_vpe(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	doorbell(&r, 150, 1, false);		/* resident */
	put(&r, 200, 0, false);
	doorbell(&r, 250, 1, false);		/* preempted */
	load(&r, 300, 0);
	put(&r, 400, 0, true);
	doorbell(&r, 450, 1, true);		/* its thread wakes already */
	ck_str(taken(&r, UINT64_MAX), "150 doorbell b000 1 0\n200 put b000 0 0\n"
	       "250 doorbell b000 2 0\n300 load b000 0 0\n400 put b000 1 0\n"
	       "450 doorbell b000 1 0\n");
	end(&r);
}

static void a_doorbell_is_judged_at_the_time_of_its_interrupt(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, true);
	doorbell(&r, 300, 1, false);
	load(&r, 302, 0);			/* before the kprobe, which is at 303 */
	ck_str(taken(&r, UINT64_MAX), "200 put b000 1 0\n300 doorbell b000 0 0\n"
	       "302 load b000 0 300\n");
	end(&r);
}

static void a_doorbell_whose_kprobe_was_missed_counts_by_its_interrupt(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, true);
	simple(&r, 300, 1, FT_IRQ);
	load(&r, 400, 1);
	ck_str(taken(&r, UINT64_MAX), "200 put b000 1 0\n300 doorbell b000 0 0\n"
	       "400 load b000 0 300\n");
	ck_u64(ftrace_decode_unmatched(r.d), 0);
	end(&r);
}

static void a_missed_doorbell_of_nobody_known_is_unmatched(void **state)
{
	struct ft_event ev = event(300, 1, FT_IRQ);
	struct run r;

	(void)state;
	known(&r);
	ev.v[FT_F_IRQ] = 41;
	add(&r, &ev);
	ck_str(taken(&r, UINT64_MAX), "");
	ck_u64(ftrace_decode_unmatched(r.d), 1);
	end(&r);
}

static void a_doorbell_waits_for_its_kprobe_but_not_for_ever(void **state)
{
	uint64_t complete_ns;
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, true);
	simple(&r, 300, 1, FT_IRQ);
	put(&r, 310, 2, true);
	ck_u64((uint64_t)ftrace_decode_take(r.d, 1000, take, &r, &complete_ns), 0);
	ck_u64(complete_ns, 299);
	ck_str(taken(&r, 1000000000), "300 doorbell b000 0 0\n310 put b000 1 0\n");
	end(&r);
}

static void pending_last_is_counted_once_by_who_comes_first(void **state)
{
	struct ft_event entry = event(295, 0, FT_LOAD), db = event(453, 1, FT_DOORBELL);
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, false);
	entry.v[FT_F_PENDING] = 1;
	add(&r, &entry);
	simple(&r, 300, 0, FT_LOAD_RET);
	put(&r, 400, 0, true);
	simple(&r, 450, 1, FT_IRQ);
	db.v[FT_F_PENDING] = 1;
	db.v[FT_F_TASK] = 0xc000;
	db.v[FT_F_TSTATE] = 1;
	add(&r, &db);
	entry.ts_ns = 480;
	add(&r, &entry);
	simple(&r, 500, 0, FT_LOAD_RET);
	ck_str(taken(&r, UINT64_MAX), "200 put b000 0 0\n300 load b000 4 0\n400 put b000 1 0\n"
	       "450 doorbell b000 4 0\n500 load b000 0 450\n");
	end(&r);
}

static void a_put_under_way_has_not_asked_the_hardware(void **state)
{
	struct ft_event db = event(303, 1, FT_DOORBELL);
	struct run r;

	(void)state;
	known(&r);
	put(&r, 299, 0, true);
	simple(&r, 300, 1, FT_IRQ);
	db.v[FT_F_PENDING] = 1;
	db.v[FT_F_RESIDENT] = 1;
	add(&r, &db);
	ck_str(taken(&r, UINT64_MAX), "299 put b000 1 0\n300 doorbell b000 0 0\n");
	end(&r);
}

static void on_a_gicv4_1_pending_last_counts_only_after_a_block(void **state)
{
	struct ft_event entry = event(295, 0, FT_LOAD);
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, false);
	entry.v[FT_F_PENDING] = 1;
	entry.v[FT_F_GIC41] = 1;
	add(&r, &entry);
	simple(&r, 300, 0, FT_LOAD_RET);
	ck_str(taken(&r, UINT64_MAX), "200 put b000 0 0\n300 load b000 0 0\n");
	end(&r);
}

static void a_move_is_timed_from_its_command_and_counted_once_a_sequence(void **state)
{
	struct ft_event move = event(205, 0, FT_VMOVP);
	struct run r;
	int its;

	(void)state;
	known(&r);
	move.v[FT_F_LIST] = 3;
	move.v[FT_F_SEQ] = 0;
	for (its = 0; its < 2; its++) {
		move.ts_ns = 205 + 100 * (uint64_t)its;
		simple(&r, move.ts_ns - 5, 0, FT_VCMD);
		add(&r, &move);
		simple(&r, move.ts_ns + 5, 0, FT_VCMD_RET);
	}
	simple(&r, 400, 0, FT_VCMD);		/* some other command */
	simple(&r, 410, 0, FT_VCMD_RET);
	ck_str(taken(&r, UINT64_MAX), "210 vmovp b000 0 10\n");
	end(&r);
}

static void a_map_has_the_ids_of_its_forwarding_on_the_same_thread(void **state)
{
	struct ft_event set = event(100, 0, FT_FORWARD_SET), map = event(110, 1, FT_MAP);
	struct ft_event ret = event(130, 2, FT_MAP_RET);
	struct run r;

	(void)state;
	begin(&r);
	set.v[FT_F_DEVID] = 16;
	set.v[FT_F_EVENTID] = 3;
	map.v[FT_F_VINTID] = 8200;
	map.v[FT_F_PROP] = 0xa1;
	add(&r, &set);
	add(&r, &map);
	add(&r, &ret);
	ck_str(taken(&r, UINT64_MAX), "100 vm_new 0 0 0\n100 forward_set 0 0 0\n"
	       "130 map b000 1 20\n");
	ck_u64(r.last.devid, 16);
	ck_u64(r.last.eventid, 3);
	ck_u64(r.last.vintid, 8200);
	ck_u64(r.last.prop, 0xa1);
	ck_u64(r.last.lpi_flags, G4_VLPI_IDS);
	/* again, for another vPE: a move, which keeps what was known */
	map.ts_ns = 200;
	map.v[FT_F_VPE] = VPE2;
	add(&r, &map);
	ret.ts_ns = 210;
	add(&r, &ret);
	ck_str(taken(&r, UINT64_MAX), "210 map b100 2 10\n");
	ck_u64(r.last.devid, 16);
	simple(&r, 300, 0, FT_PROP);
	simple(&r, 310, 0, FT_UNMAP);
	simple(&r, 320, 0, FT_UNMAP);
	ck_str(taken(&r, UINT64_MAX), "300 prop b100 0 0\n310 unmap b100 0 0\n");
	end(&r);
}

static void a_map_that_failed_is_none_and_a_return_alone_unmatched(void **state)
{
	struct ft_event ret = event(130, 0, FT_MAP_RET);
	struct run r;

	(void)state;
	begin(&r);
	simple(&r, 110, 0, FT_MAP);
	ret.v[FT_F_RET] = 0xffffffea;
	add(&r, &ret);
	ck_str(taken(&r, UINT64_MAX), "");
	ck_u64(ftrace_decode_unmatched(r.d), 0);
	ret.ts_ns = 150;
	add(&r, &ret);
	ck_str(taken(&r, UINT64_MAX), "");
	ck_u64(ftrace_decode_unmatched(r.d), 1);
	end(&r);
}

static void a_software_lpi_is_one_that_is_pending_and_not_only_configured(void **state)
{
	struct ft_event lpi = event(100, 0, FT_SW_LPI), config = event(150, 0, FT_LPI_CONFIG);
	struct run r;

	(void)state;
	begin(&r);
	lpi.v[FT_F_LPI] = config.v[FT_F_LPI] = 0xd000;
	lpi.v[FT_F_INTID] = config.v[FT_F_INTID] = 8195;
	lpi.v[FT_F_PENDING] = 1;
	add(&r, &lpi);
	add(&r, &config);
	lpi.ts_ns = 160;			/* queued again by the configuration */
	add(&r, &lpi);
	lpi.ts_ns = 200;
	add(&r, &lpi);
	lpi.ts_ns = 300;
	lpi.v[FT_F_PENDING] = 0;
	add(&r, &lpi);
	lpi.ts_ns = 400;
	lpi.v[FT_F_PENDING] = 1;
	lpi.v[FT_F_HW] = 1;			/* a VLPI */
	add(&r, &lpi);
	lpi.ts_ns = 500;
	lpi.v[FT_F_HW] = 0;
	lpi.v[FT_F_INTID] = 48;			/* an SPI */
	add(&r, &lpi);
	ck_str(taken(&r, UINT64_MAX), "100 vm_new 0 0 0\n100 sw_lpi 0 0 40960\n"
	       "200 sw_lpi 0 0 40960\n");
	end(&r);
}

static void a_vm_ends_with_its_vpes_and_its_address_may_come_again(void **state)
{
	struct ft_event again = event(500, 0, FT_LOAD);
	struct run r;

	(void)state;
	begin(&r);
	simple(&r, 50, 0, FT_VPE_NEW);
	simple(&r, 60, 0, FT_VPE_NEW);
	load(&r, 100, 0);
	put(&r, 200, 0, false);
	simple(&r, 300, 0, FT_VPES_GONE);
	simple(&r, 310, 0, FT_VM_GONE);
	simple(&r, 320, 0, FT_VM_GONE);
	ck_str(taken(&r, UINT64_MAX), "50 vm_new 0 0 0\n50 vpe_new b000 9 0\n100 load b000 0 0\n"
	       "200 put b000 0 0\n300 vpe_gone b000 0 0\n310 vm_gone 0 0 0\n");
	/* another process; the end of this one will not have been seen */
	load(&r, 400, 0);
	again.v[FT_F_PID] = 2000;
	again.v[FT_F_VCPU] = 3;
	add(&r, &again);
	simple(&r, 501, 0, FT_LOAD_RET);
	ck_str(taken(&r, UINT64_MAX), "400 vm_new 0 0 0\n400 vpe_new b000 0 0\n400 load b000 0 0\n"
	       "501 vm_gone 0 0 0\n501 vm_new 0 0 0\n501 vpe_new b000 0 0\n501 load b000 0 0\n");
	end(&r);
}

static void what_says_nothing_of_whose_it_is_waits_for_who_does(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	simple(&r, 100, 0, FT_SLEEP);
	simple(&r, 110, 0, FT_WAKE);
	simple(&r, 120, 0, FT_COMMIT);
	simple(&r, 121, 0, FT_COMMIT_RET);
	simple(&r, 130, 0, FT_FORWARD_UNSET);
	simple(&r, 140, 0, FT_UNMAP);
	ck_str(taken(&r, UINT64_MAX), "");
	load(&r, 200, 0);
	simple(&r, 210, 0, FT_SLEEP);
	simple(&r, 220, 0, FT_FORWARD_UNSET);
	ck_str(taken(&r, UINT64_MAX), "200 vm_new 0 0 0\n200 vpe_new b000 0 0\n200 load b000 0 0\n"
	       "210 sleep b000 0 0\n220 forward_unset 0 0 0\n");
	end(&r);
}

static void after_a_loss_nothing_is_known_and_no_pair_crosses_it(void **state)
{
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, false);
	simple(&r, 300, 0, FT_LOAD);
	ck_u64((uint64_t)ftrace_decode_lost(r.d, 0, 300, 400), 0);
	simple(&r, 400, 0, FT_LOAD_RET);
	/* had it still been preempted, this would be spurious */
	doorbell(&r, 500, 1, false);
	load(&r, 600, 1);
	ck_str(taken(&r, UINT64_MAX), "200 put b000 0 0\n500 doorbell b000 0 0\n"
	       "600 load b000 0 500\n");
	ck_u64(ftrace_decode_unmatched(r.d), 0);
	ck_u64(fold_find_vpe(ftrace_decode_fold(r.d), VPE)->v.run.illegal, 0);
	end(&r);
}

static void its_fold_has_what_the_records_say(void **state)
{
	const struct fold_vpe *fv;
	struct run r;

	(void)state;
	known(&r);
	put(&r, 200, 0, true);
	doorbell(&r, 300, 1, false);
	load(&r, 400, 2);
	taken(&r, UINT64_MAX);
	fv = fold_find_vpe(ftrace_decode_fold(r.d), VPE);
	assert_non_null(fv);
	ck_u64(fv->v.run.loads, 2);
	ck_u64(fv->v.run.puts, 1);
	ck_u64(fv->v.run.pcpu, 2);
	ck_u64(fv->v.db.count[G4_DB_USEFUL], 1);
	ck_u64(fv->vm->vm.pid, 1000);
	ck_u64(fv->vm->vm.doorbell_ns.sum, 100);
	end(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_load_counts_at_its_return_and_tells_of_a_new_vm_and_vpe),
		UNIT_TEST(a_load_that_failed_is_none),
		UNIT_TEST(an_entry_without_return_is_unmatched_and_no_load),
		UNIT_TEST(the_first_return_on_a_cpu_may_lack_its_entry),
		UNIT_TEST(pairs_are_of_one_cpu),
		UNIT_TEST(a_put_met_first_tells_of_its_vpe),
		UNIT_TEST(events_of_all_cpus_come_in_order_of_time),
		UNIT_TEST(a_doorbell_of_a_blocked_vpe_is_useful_and_the_load_answers_it),
		UNIT_TEST(a_doorbell_is_late_or_spurious_by_the_state_of_its_vpe),
		UNIT_TEST(a_doorbell_is_judged_at_the_time_of_its_interrupt),
		UNIT_TEST(a_doorbell_whose_kprobe_was_missed_counts_by_its_interrupt),
		UNIT_TEST(a_missed_doorbell_of_nobody_known_is_unmatched),
		UNIT_TEST(a_doorbell_waits_for_its_kprobe_but_not_for_ever),
		UNIT_TEST(pending_last_is_counted_once_by_who_comes_first),
		UNIT_TEST(a_put_under_way_has_not_asked_the_hardware),
		UNIT_TEST(on_a_gicv4_1_pending_last_counts_only_after_a_block),
		UNIT_TEST(a_move_is_timed_from_its_command_and_counted_once_a_sequence),
		UNIT_TEST(a_map_has_the_ids_of_its_forwarding_on_the_same_thread),
		UNIT_TEST(a_map_that_failed_is_none_and_a_return_alone_unmatched),
		UNIT_TEST(a_software_lpi_is_one_that_is_pending_and_not_only_configured),
		UNIT_TEST(a_vm_ends_with_its_vpes_and_its_address_may_come_again),
		UNIT_TEST(what_says_nothing_of_whose_it_is_waits_for_who_does),
		UNIT_TEST(after_a_loss_nothing_is_known_and_no_pair_crosses_it),
		UNIT_TEST(its_fold_has_what_the_records_say),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
