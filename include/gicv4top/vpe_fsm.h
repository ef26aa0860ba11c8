/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vPE state machine: what a vPE's events mean, counted. It is plain C that
 * compiles into the BPF object (live counts) and into the program (replayed
 * ones), so both agree because they are the same code.
 *
 *   load (its_make_vpe_resident() returned 0)    -> resident
 *   put, no doorbell (its_make_vpe_non_resident) -> preempted
 *   put, doorbell requested                      -> blocked
 *   doorbell (vgic_v4_doorbell_handler())        blocked -> woken
 *   vCPU thread runs again (kvm_arch_vcpu_unblocking()) blocked -> woken
 *
 * Who writes what, without locks. Loads and puts of a vPE come from its vCPU's
 * thread, one at a time: they write struct g4_vpe_run, and bump @seq around
 * it so that a reader can tell a whole copy from a torn one (its other events
 * store one word each and need not). The doorbell is
 * one interrupt, whose handler never runs on two CPUs at once: it writes
 * struct g4_vpe_db. Neither writes the other's fields. That a blocked vPE is
 * being woken is therefore not stored but follows from the times: a doorbell
 * or a wake-up later than the put.
 *
 * Time that nobody saw begin is never counted as anything but unknown, and a
 * span whose start was not seen never enters a histogram.
 */
#ifndef GICV4TOP_VPE_FSM_H
#define GICV4TOP_VPE_FSM_H

#include <gicv4top/hist.h>

enum g4_vpe_state {
	G4_VPE_UNKNOWN,			/* found at attach, no event yet */
	G4_VPE_PREEMPTED,		/* not resident, no doorbell requested */
	G4_VPE_RESIDENT,
	G4_VPE_BLOCKED,			/* not resident, doorbell requested */
	G4_VPE_WOKEN,			/* only as g4_vpe_state_at() reports it: never stored */
	G4_NR_VPE_STATES,
};

/* What a doorbell was good for. */
enum g4_doorbell {
	G4_DB_USEFUL,			/* the vPE was blocked and is woken by it */
	G4_DB_LATE,			/* it was resident, or waking already */
	G4_DB_SPURIOUS,			/* no doorbell was asked for */
	G4_NR_DB,
};

/* Histograms of a vPE; all in ns. Time in a state is G4_H_STATE(that state). */
#define G4_H_STATE(state)	((state) - G4_VPE_PREEMPTED)

enum g4_vpe_hist {
	G4_H_PREEMPTED,			/* put without doorbell to load */
	G4_H_RESIDENT,			/* load to put */
	G4_H_BLOCKED,			/* put with doorbell to load */
	G4_H_DB,			/* doorbell handler entry to resident */
	G4_H_DB_WAKE,			/*  its parts: to the wake-up issued, */
	G4_H_DB_SCHED,			/*  to the vCPU thread running again, */
	G4_H_DB_ENTRY,			/*  to guest entry */
	G4_H_VMOVP,			/* time of a VMOVP command with its wait */
	G4_H_DIRTY,			/* time polling GICR_VPENDBASER.Dirty, a put or commit */
	G4_NR_VPE_HISTS,
};

#define G4_RUN_SEEN	(1U << 0)	/* an event began the present span */

/* Written by the vCPU's thread only. */
struct g4_vpe_run {
	__u64 since_ns;			/* start of the present span */
	__u64 in_ns[G4_NR_VPE_STATES];	/* ended spans, by state; [WOKEN] stays 0 */
	__u64 loads;
	__u64 puts;
	__u64 blocks;			/* puts with a doorbell requested */
	__u64 sleeps;			/* the thread really slept (not: polled) */
	__u64 pending_last;		/* see g4_vpe_was_pending() */
	__u64 illegal;			/* load while resident, put while not */
	__u64 moves;			/* VMOVP commands */
	__u64 woke_ns;			/* last time the thread ran again after sleeping */
	__u64 entry_db_ns;		/* doorbell whose guest entry is still to come */
	__u32 pcpu;			/* of the last load or put */
	__u32 state;			/* enum g4_vpe_state, never WOKEN */
	__u32 flags;			/* G4_RUN_* */
	__u32 pad;
};

/* Written by the doorbell's handler only. */
struct g4_vpe_db {
	__u64 called_ns;		/* handler entry of the last useful doorbell, */
	__u64 any_ns;			/*  of the last one of any kind */
	__u64 count[G4_NR_DB];
	__u64 pending_last;		/* see g4_vpe_was_pending() */
	__u32 last_pcpu;
	__u32 last_kind;		/* enum g4_doorbell; G4_NR_DB outside the handler */
};

/* What its guest has taken through list registers; written by the vCPU's thread only. */
struct g4_vpe_lr {
	__u64 taken;			/* interrupts, */
	__u64 lpis;			/*  LPIs among them */
	__u32 pending;			/* list registers (a bit each) given to it, not yet back */
	__u32 tid;			/* that thread's id; 0: not known yet */
};

struct g4_vpe {
	__u64 vpe;			/* address of struct its_vpe: the key; 0: free slot */
	__u64 kvm;			/* kernel address of struct kvm */
	__u64 birth_ns;			/* when we began to know it */
	__u32 vcpu;			/* vcpu_id */
	__u16 vpe_id;
	__u16 vm_slot;			/* of its VM */
	__u32 doorbell_irq;		/* host irq number */
	__u32 hists;			/* index of its histograms + 1; 0: none are kept */
	__u64 seq;			/* odd while @run is being written */
	struct g4_vpe_run run;
	struct g4_vpe_db db;
	struct g4_vpe_lr lr;
};
_Static_assert(sizeof(struct g4_vpe_run) == 17 * 8, "shared layout: bump G4_WIRE_VERSION");
_Static_assert(sizeof(struct g4_vpe) == 6 * 8 + 17 * 8 + 7 * 8 + 3 * 8, "shared layout");

struct g4_vpe_hists {
	struct g4_hist h[G4_NR_VPE_HISTS];
};

/*
 * Both steps are atomic operations with a result that is used: that makes
 * them full barriers for the compiler, and acquire + release in arm64's JIT. In the
 * program nobody reads while a replay writes.
 */
static __always_inline void g4_vpe_write_step(struct g4_vpe *v)
{
#ifdef __BPF__
	volatile __u64 seq = __sync_fetch_and_add(&v->seq, 1);
	(void)seq;
#else
	v->seq++;
#endif
}

static __always_inline void g4_vpe_write_begin(struct g4_vpe *v)
{
	g4_vpe_write_step(v);
}

static __always_inline void g4_vpe_write_end(struct g4_vpe *v)
{
	g4_vpe_write_step(v);
}

/* Time from @from to @to; 0 where clocks of two CPUs were read out of order. */
static __always_inline __u64 g4_span(__u64 from, __u64 to)
{
	return to > from ? to - from : 0;
}

static __always_inline void g4_vpe_hist_add(struct g4_vpe_hists *h, __u32 kind, __u64 ns)
{
	if (h && kind < G4_NR_VPE_HISTS)
		g4_hist_add(&h->h[kind], ns ? ns : 1);
}

/* First knowledge of a vPE: @state as found, UNKNOWN where nothing tells. */
static __always_inline void g4_vpe_init(struct g4_vpe *v, __u64 now_ns, __u32 state)
{
	v->birth_ns = now_ns;
	v->run.since_ns = now_ns;
	v->run.state = state;
	v->run.flags = 0;
	v->db.last_kind = G4_NR_DB;	/* no handler is running */
}

/* A new vPE, seen from its birth: not resident, nobody waits for it. */
static __always_inline void g4_vpe_create(struct g4_vpe *v, __u64 now_ns)
{
	g4_vpe_init(v, now_ns, G4_VPE_PREEMPTED);
	v->run.flags = G4_RUN_SEEN;
}

/*
 * Ends the present span, of @old, at @now_ns and begins one in @state. Time of a
 * state that the new event contradicts is unknown time: @old is UNKNOWN then.
 */
static __always_inline void g4_vpe_enter(struct g4_vpe *v, struct g4_vpe_hists *h, __u64 now_ns,
					 __u32 state, __u32 old)
{
	__u64 since_ns = v->run.since_ns, span = 0;

	/* never back: the time between has been counted */
	if (now_ns > since_ns) {
		span = now_ns - since_ns;
		v->run.since_ns = now_ns;
		v->run.in_ns[old & 3] += span;
	}
	if (h && v->run.flags & G4_RUN_SEEN && old != G4_VPE_UNKNOWN && old <= G4_VPE_BLOCKED)
		g4_vpe_hist_add(h, G4_H_STATE(old), span);
	v->run.state = state;
	v->run.flags = G4_RUN_SEEN;
}

/* The event cannot be: counted, unless it is what tells of what nobody saw. */
static __always_inline void g4_vpe_illegal(struct g4_vpe *v)
{
	if (v->run.flags & G4_RUN_SEEN)
		v->run.illegal++;
}

/* Handler entry of the useful doorbell since the put and before @now_ns, or 0. */
static __always_inline __u64 g4_vpe_called_since(const struct g4_vpe *v, __u64 now_ns)
{
	__u64 db_ns = v->db.called_ns;

	if (v->run.state != G4_VPE_BLOCKED && v->run.state != G4_VPE_UNKNOWN)
		return 0;
	return db_ns >= v->run.since_ns && db_ns < now_ns ? db_ns : 0;
}

/*
 * Whether the hardware said, at the last put, that a VLPI was pending: that is
 * what the kernel's its_vpe.pending_last holds (@flag) once the put is done,
 * until a doorbell's handler sets it. So who comes first after the put, load or
 * doorbell, is to ask, and to count it as its own pending_last: the number is
 * the sum of both. (On a GICv4.1 a put without doorbell sets the flag too, asking
 * nobody: its_vpe_4_1_deschedule(). @hw_only_blocked is for those.)
 */
static __always_inline __u32 g4_vpe_was_pending(const struct g4_vpe *v, __u32 flag,
						__u32 hw_only_blocked)
{
	if (!flag || !(v->run.flags & G4_RUN_SEEN) || v->db.any_ns >= v->run.since_ns ||
	    v->run.state == G4_VPE_RESIDENT)
		return 0;
	return !hw_only_blocked || v->run.state == G4_VPE_BLOCKED;
}

/*
 * The vPE became resident on @pcpu; @pending: g4_vpe_was_pending(); @db_ns: the
 * doorbell that this load answers, 0: none. Returns the doorbell latency in ns, or 0.
 * What was decided when it happened is an argument here: a replay gets it from the
 * record, since it sees the events of several CPUs in the order of their times only.
 */
static __always_inline __u64 g4_vpe_load_as(struct g4_vpe *v, struct g4_vpe_hists *h, __u64 now_ns,
					    __u32 pcpu, __u32 pending, __u64 db_ns)
{
	__u32 old = v->run.state;

	g4_vpe_write_begin(v);
	if (old == G4_VPE_RESIDENT) {
		g4_vpe_illegal(v);
		old = G4_VPE_UNKNOWN;
	}
	if (pending)
		v->run.pending_last++;
	g4_vpe_enter(v, h, now_ns, G4_VPE_RESIDENT, old);
	v->run.loads++;
	v->run.pcpu = pcpu;
	v->run.entry_db_ns = db_ns;
	g4_vpe_write_end(v);

	if (!db_ns)
		return 0;
	g4_vpe_hist_add(h, G4_H_DB, g4_span(db_ns, now_ns));
	return g4_span(db_ns, now_ns);
}

static __always_inline __u64 g4_vpe_load(struct g4_vpe *v, struct g4_vpe_hists *h, __u64 now_ns,
					 __u32 pcpu, __u32 pending)
{
	return g4_vpe_load_as(v, h, now_ns, pcpu, pending, g4_vpe_called_since(v, now_ns));
}

/* The vPE is about to leave @pcpu; @db: a doorbell is requested. */
static __always_inline void g4_vpe_put(struct g4_vpe *v, struct g4_vpe_hists *h, __u64 now_ns,
				       __u32 pcpu, __u32 db)
{
	__u32 old = v->run.state;

	g4_vpe_write_begin(v);
	if (old != G4_VPE_RESIDENT) {
		g4_vpe_illegal(v);
		old = G4_VPE_UNKNOWN;
	}
	g4_vpe_enter(v, h, now_ns, db ? G4_VPE_BLOCKED : G4_VPE_PREEMPTED, old);
	v->run.puts++;
	if (db)
		v->run.blocks++;
	v->run.pcpu = pcpu;
	v->run.entry_db_ns = 0;
	g4_vpe_write_end(v);
}

/* Whether a blocked vPE has been called already: by a doorbell or otherwise. */
static __always_inline __u32 g4_vpe_is_woken(const struct g4_vpe *v)
{
	return v->db.called_ns >= v->run.since_ns || v->run.woke_ns >= v->run.since_ns;
}

/*
 * What a doorbell is good for (enum g4_doorbell). @waking: its vCPU's thread has
 * been woken by something else already. A vPE of unknown state must have asked for
 * the doorbell (it is masked otherwise), so it counts as blocked.
 */
static __always_inline __u32 g4_vpe_doorbell_kind(const struct g4_vpe *v, __u32 waking)
{
	__u32 state = v->run.state;

	if (state == G4_VPE_PREEMPTED)
		return G4_DB_SPURIOUS;
	if (state == G4_VPE_RESIDENT || waking || g4_vpe_is_woken(v))
		return G4_DB_LATE;
	return G4_DB_USEFUL;
}

/* The doorbell's handler runs on @pcpu; @kind: as above; @pending: g4_vpe_was_pending(). */
static __always_inline void g4_vpe_doorbell_as(struct g4_vpe *v, __u64 now_ns, __u32 pcpu,
					       __u32 kind, __u32 pending)
{
	if (pending)
		v->db.pending_last++;
	v->db.any_ns = now_ns;
	v->db.last_pcpu = pcpu;
	v->db.last_kind = kind;
	if (kind == G4_DB_USEFUL) {
		v->db.called_ns = now_ns;
		v->db.count[G4_DB_USEFUL]++;
	} else if (kind == G4_DB_LATE) {
		v->db.count[G4_DB_LATE]++;
	} else {
		v->db.count[G4_DB_SPURIOUS]++;
	}
}

static __always_inline __u32 g4_vpe_doorbell(struct g4_vpe *v, __u64 now_ns, __u32 pcpu,
					     __u32 waking, __u32 pending)
{
	__u32 kind = g4_vpe_doorbell_kind(v, waking);

	g4_vpe_doorbell_as(v, now_ns, pcpu, kind, pending);
	return kind;
}

/* The doorbell's handler is done: the wake-up has been issued. */
static __always_inline void g4_vpe_doorbell_done(struct g4_vpe *v, struct g4_vpe_hists *h,
						 __u64 now_ns)
{
	if (v->db.last_kind == G4_DB_USEFUL)
		g4_vpe_hist_add(h, G4_H_DB_WAKE, g4_span(v->db.called_ns, now_ns));
	v->db.last_kind = G4_NR_DB;
}

/* The vCPU's thread goes to sleep (it polled in vain, or does not poll). */
static __always_inline void g4_vpe_sleep(struct g4_vpe *v)
{
	v->run.sleeps++;
}

/* The vCPU's thread runs again after having slept; @db_ns: the doorbell it answers, or 0. */
static __always_inline void g4_vpe_wake_as(struct g4_vpe *v, struct g4_vpe_hists *h, __u64 now_ns,
					   __u64 db_ns)
{
	v->run.woke_ns = now_ns;
	if (db_ns)
		g4_vpe_hist_add(h, G4_H_DB_SCHED, g4_span(db_ns, now_ns));
}

/* Returns the doorbell that this wake-up is the first to answer, or 0. */
static __always_inline __u64 g4_vpe_wake(struct g4_vpe *v, struct g4_vpe_hists *h, __u64 now_ns)
{
	__u64 db_ns = g4_vpe_called_since(v, now_ns);

	if (v->run.woke_ns >= db_ns)
		db_ns = 0;
	g4_vpe_wake_as(v, h, now_ns, db_ns);
	return db_ns;
}

/* The vPE is committed: its vCPU enters the guest. Once a residency. */
static __always_inline void g4_vpe_guest_entry(struct g4_vpe *v, struct g4_vpe_hists *h,
					       __u64 now_ns)
{
	__u64 db_ns = v->run.entry_db_ns;

	if (!db_ns)
		return;
	v->run.entry_db_ns = 0;
	g4_vpe_hist_add(h, G4_H_DB_ENTRY, g4_span(db_ns, now_ns));
}

/* State at a moment, WOKEN included. */
static __always_inline __u32 g4_vpe_state_at(const struct g4_vpe *v)
{
	if (v->run.state == G4_VPE_BLOCKED && g4_vpe_is_woken(v))
		return G4_VPE_WOKEN;
	return v->run.state;
}

#endif
