// SPDX-License-Identifier: GPL-2.0
/*
 * The shared layout (gicv4top/wire.h) as a recording and the maps hold it:
 * where each field lies, and that no structure has padding that nobody named.
 * A change here bumps G4_WIRE_VERSION.
 */
#include <gicv4top/wire.h>

#include "unit.h"

#define END_OF(type, field) (offsetof(struct type, field) + sizeof(((struct type *)0)->field))
#define ck_follows(type, before, field) ck_u64(offsetof(struct type, field), END_OF(type, before))

static void a_record_is_32_bytes_in_a_known_order(void **state)
{
	(void)state;
	ck_u64(offsetof(struct g4_rec, ts_ns), 0);
	ck_u64(offsetof(struct g4_rec, vpe), 8);
	ck_u64(offsetof(struct g4_rec, arg_ns), 16);
	ck_u64(offsetof(struct g4_rec, vcpu), 24);
	ck_u64(offsetof(struct g4_rec, pcpu), 28);
	ck_u64(offsetof(struct g4_rec, type), 30);
	ck_u64(offsetof(struct g4_rec, flags), 31);
	ck_u64(sizeof(struct g4_rec), 32);
}

static void a_vpe_has_no_hidden_padding(void **state)
{
	(void)state;
	ck_follows(g4_vpe, birth_ns, vcpu);
	ck_follows(g4_vpe, vcpu, vpe_id);
	ck_follows(g4_vpe, vpe_id, vm_slot);
	ck_follows(g4_vpe, vm_slot, doorbell_irq);
	ck_follows(g4_vpe, doorbell_irq, hists);
	ck_follows(g4_vpe, hists, seq);
	ck_follows(g4_vpe, seq, run);
	ck_follows(g4_vpe, run, db);
	ck_u64(END_OF(g4_vpe, lr), sizeof(struct g4_vpe));
	ck_follows(g4_vpe_run, entry_db_ns, pcpu);
	ck_u64(END_OF(g4_vpe_run, pad), sizeof(struct g4_vpe_run));
	ck_u64(END_OF(g4_vpe_db, last_kind), sizeof(struct g4_vpe_db));
}

static void counters_that_are_added_to_atomically_are_aligned(void **state)
{
	(void)state;
	ck_u64(offsetof(struct g4_vpe, seq) % 8, 0);
	ck_u64(offsetof(struct g4_vm, its_cmds) % 8, 0);
	ck_u64(offsetof(struct g4_vm, doorbell_ns) % 8, 0);
	ck_u64(offsetof(struct g4_vm, map_ns) % 8, 0);
	ck_u64(sizeof(struct g4_vm) % 8, 0);
	ck_u64(sizeof(struct g4_vpe_hists) % 8, 0);
}

static void a_vlpi_has_no_hidden_padding(void **state)
{
	(void)state;
	ck_follows(g4_vlpi, mapped_ns, vintid);
	ck_follows(g4_vlpi, eventid, prop);
	ck_follows(g4_vlpi, prop, flags);
	ck_follows(g4_vlpi, flags, pad);
	ck_u64(END_OF(g4_vlpi, pad), sizeof(struct g4_vlpi));
}

static void numbers_on_the_wire_stay_what_they_are(void **state)
{
	(void)state;
	ck_u64(G4_REC_VPE_LOAD, 1);
	ck_u64(G4_REC_VPE_PUT, 2);
	ck_u64(G4_REC_VPE_PUT_DONE, 3);
	ck_u64(G4_REC_DOORBELL, 4);
	ck_u64(G4_REC_DOORBELL_DONE, 5);
	ck_u64(G4_REC_SLEEP, 6);
	ck_u64(G4_REC_WAKE, 7);
	ck_u64(G4_REC_GUEST_ENTRY, 8);
	ck_u64(G4_REC_VMOVP, 9);
	ck_u64(G4_REC_SW_LPI, 10);
	ck_u64(G4_REC_VPE_NEW, 16);
	ck_u64(G4_REC_VPE_GONE, 17);
	ck_u64(G4_REC_VM_NEW, 18);
	ck_u64(G4_REC_VM_GONE, 19);
	ck_u64(G4_REC_VLPI_MAP, 20);
	ck_u64(G4_REC_VLPI_FOUND, 21);
	ck_u64(G4_REC_VLPI_UNMAP, 22);
	ck_u64(G4_REC_VLPI_PROP, 23);
	ck_u64(G4_REC_FORWARD_SET, 24);
	ck_u64(G4_REC_FORWARD_UNSET, 25);
	ck_u64(G4_VPE_UNKNOWN, 0);
	ck_u64(G4_VPE_PREEMPTED, 1);
	ck_u64(G4_VPE_RESIDENT, 2);
	ck_u64(G4_VPE_BLOCKED, 3);
	ck_u64(G4_VPE_WOKEN, 4);
	ck_u64(G4_DB_USEFUL, 0);
	ck_u64(G4_DB_LATE, 1);
	ck_u64(G4_DB_SPURIOUS, 2);
	ck_u64(G4_HIST_BUCKETS, 593);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_record_is_32_bytes_in_a_known_order),
		UNIT_TEST(a_vpe_has_no_hidden_padding),
		UNIT_TEST(counters_that_are_added_to_atomically_are_aligned),
		UNIT_TEST(a_vlpi_has_no_hidden_padding),
		UNIT_TEST(numbers_on_the_wire_stay_what_they_are),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
