// SPDX-License-Identifier: GPL-2.0
/*
 * The shared headers as the kernel runs them: programs that no event calls,
 * only BPF_PROG_TEST_RUN. run_events feeds a sequence to the state machine of
 * vpe_fsm.h, add_values adds to histograms of hist.h. What they work on lies
 * in maps, as in the real object.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct bpf_case);
	__uint(max_entries, 1);
} cases SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct g4_vpe_hists);
	__uint(max_entries, 1);
} vpe_hists SEC(".maps");

__u64 values[BPF_MAX_VALUES];
__u32 indices[BPF_MAX_VALUES];
__u64 lows[BPF_MAX_VALUES];
struct g4_hist plain;
struct g4_hist shared;

struct step_arg {
	struct bpf_case *c;
	struct g4_vpe_hists *h;
};

static long run_event(__u32 i, struct step_arg *arg)
{
	struct bpf_case *c = arg->c;

	if (i >= BPF_MAX_EVENTS)
		return 1;
	c->steps[i] = fsm_step(&c->vpe, arg->h, &c->ev[i]);
	return 0;
}

SEC("syscall")
int run_events(struct bpf_case *ctx)
{
	struct step_arg arg;
	__u32 zero = 0;

	arg.c = bpf_map_lookup_elem(&cases, &zero);
	arg.h = bpf_map_lookup_elem(&vpe_hists, &zero);
	if (!arg.c || !arg.h)
		return 1;
	__builtin_memcpy(arg.c->ev, ctx->ev, sizeof(ctx->ev));
	__builtin_memset(arg.c->steps, 0, sizeof(arg.c->steps));
	__builtin_memset(&arg.c->vpe, 0, sizeof(arg.c->vpe));
	if (ctx->without_hists)
		arg.h = NULL;

	if (bpf_loop(ctx->nr, run_event, &arg, 0) != ctx->nr)
		return 2;

	__builtin_memcpy(ctx->steps, arg.c->steps, sizeof(ctx->steps));
	__builtin_memcpy(&ctx->vpe, &arg.c->vpe, sizeof(ctx->vpe));
	return 0;
}

static long add_value(__u32 i, struct bpf_values *arg)
{
	__u64 v;

	if (i >= BPF_MAX_VALUES)
		return 1;
	v = values[i];
	if (!arg->only_shared) {
		indices[i] = g4_hist_index(v);
		lows[i] = g4_hist_low(indices[i]);
		g4_hist_add(&plain, v);
	}
	g4_hist_add_shared(&shared, v);
	return 0;
}

SEC("syscall")
int add_values(struct bpf_values *ctx)
{
	struct bpf_values arg = {};

	arg.nr = ctx->nr;
	arg.only_shared = ctx->only_shared;
	return bpf_loop(arg.nr, add_value, &arg, 0) == arg.nr ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
