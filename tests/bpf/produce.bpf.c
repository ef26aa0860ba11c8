// SPDX-License-Identifier: GPL-2.0
/*
 * A producer of records for tests and benchmarks on any machine: BPF_PROG_TEST_RUN makes
 * it emit records, as many as asked for, into the real object's rings, by the function
 * that the real programs call. What vPEs do is made up; when, and what is lost, is not.
 */
#include "common.bpf.h"

#include "produce.h"

__u64 called[PRODUCE_VPES];		/* last doorbell of each vPE */
__u32 steps[PRODUCE_VPES];		/* where each is in its round */

/* a vPE's round; volatile: else it would lie in a section that libbpf does not know */
const volatile __u8 types[PRODUCE_STEPS] = {
	G4_REC_DOORBELL, G4_REC_DOORBELL_DONE, G4_REC_WAKE, G4_REC_VPE_LOAD,
	G4_REC_GUEST_ENTRY, G4_REC_VPE_PUT, G4_REC_VPE_PUT_DONE, G4_REC_SLEEP,
};

static int one(__u32 i, void *unused)
{
	/* whose turn it is nobody can foresee, as on a host */
	__u32 vpe = bpf_get_prandom_u32() & (PRODUCE_VPES - 1), step = steps[vpe]++;
	__u8 type = types[step & (PRODUCE_STEPS - 1)];
	__u64 now = bpf_ktime_get_ns(), arg = 0;

	if (type == G4_REC_DOORBELL)
		called[vpe] = now;
	else if (type == G4_REC_WAKE || type == G4_REC_VPE_LOAD)
		arg = called[vpe];
	record_raw(G4_CFG_RECORDS, PRODUCE_VPE(vpe), vpe, now, type,
		   type == G4_REC_VPE_PUT ? G4_RECF_DOORBELL : 0, arg);
	return 0;
}

/* args: how many records */
SEC("raw_tp")
int produce(struct bpf_raw_tracepoint_args *ctx)
{
	return bpf_loop(ctx->args[0], one, NULL, 0) == (long)ctx->args[0] ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
