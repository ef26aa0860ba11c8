// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of tests/unit, run by the kernel (BPF_PROG_TEST_RUN), their
 * results compared byte for byte with those of the same headers compiled for
 * this machine. The skeleton lives from main() to its end; nothing is attached
 * or pinned.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../unit/fsm_db_cases.h"
#include "../unit/hist_cases.h"
#include "../unit/unit.h"
#include "cases.h"
#include "cases.skel.h"

#define NR_SEQUENCES	2000
#define BTF_PATH	"/sys/kernel/btf/vmlinux"

static struct cases *skel;
static struct g4_vpe_hists *hists;	/* the map's memory */

/* Runs events in the kernel, from a zeroed vPE and histograms. */
static void kernel_run(const struct fsm_event *ev, __u32 nr, __u32 without_hists,
		       struct bpf_case *ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = ret, .ctx_size_in = sizeof(*ret));

	ck_true(nr <= BPF_MAX_EVENTS);
	memset(ret, 0, sizeof(*ret));
	memset(hists, 0, sizeof(*hists));
	ret->nr = nr;
	ret->without_hists = without_hists;
	memcpy(ret->ev, ev, nr * sizeof(*ev));
	ck_u64(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.run_events), &opts), 0);
	ck_u64(opts.retval, 0);
}

/* Fails unless the kernel's result of @ev equals the native one in every byte. */
static void same_as_native(const struct fsm_event *ev, __u32 nr, struct fsm_result *ret_native)
{
	__u64 steps[BPF_MAX_EVENTS] = {};
	static struct bpf_case c;

	fsm_run(ev, nr, ret_native, steps);
	kernel_run(ev, nr, 0, &c);
	assert_memory_equal(&c.vpe, &ret_native->vpe, sizeof(c.vpe));
	assert_memory_equal(c.steps, steps, sizeof(steps));
	assert_memory_equal(hists, &ret_native->hists, sizeof(*hists));
}

static void run_fsm_case(void **state)
{
	const struct fsm_case *c = *state;
	static struct fsm_result native, kernel;
	static struct bpf_case run;

	same_as_native(c->ev, fsm_nr_events(c->ev), &native);
	kernel_run(c->ev, fsm_nr_events(c->ev), 0, &run);
	kernel.vpe = run.vpe;
	kernel.hists = *hists;
	if (fsm_judge(&c->want, &kernel))
		fail();
	kernel_run(c->ev, fsm_nr_events(c->ev), 1, &run);
	assert_memory_equal(&run.vpe, &native.vpe, sizeof(run.vpe));
	ck_u64(hists->h[G4_H_RESIDENT].count, 0);
}

static void random_sequences(enum fsm_random_kind kind, __u64 seed)
{
	struct fsm_event ev[BPF_MAX_EVENTS];
	static struct fsm_result native;
	int n;

	for (n = 0; n < NR_SEQUENCES; n++) {
		fsm_random_events(&seed, kind, ev, BPF_MAX_EVENTS);
		same_as_native(ev, BPF_MAX_EVENTS, &native);
	}
}

static void random_orders_in_the_kernel_equal_native_ones(void **state)
{
	(void)state;
	random_sequences(FSM_ANYTHING, 11);
}

static void random_legal_orders_in_the_kernel_equal_native_ones(void **state)
{
	(void)state;
	random_sequences(FSM_LEGAL, 12);
}

static void clocks_that_go_back_in_the_kernel_equal_native_ones(void **state)
{
	(void)state;
	random_sequences(FSM_BAD_CLOCK, 13);
}

static void kernel_add(__u32 nr, __u32 only_shared)
{
	struct bpf_values ctx = { .nr = nr, .only_shared = only_shared };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));

	ck_u64(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.add_values), &opts), 0);
	ck_u64(opts.retval, 0);
}

/* Adds the values that lie in the map and compares all that came of it. */
static void values_same_as_native(__u32 nr)
{
	static struct g4_hist plain, shared;
	__u32 i;

	memset(&plain, 0, sizeof(plain));
	memset(&shared, 0, sizeof(shared));
	memset(&skel->bss->plain, 0, sizeof(plain));
	memset(&skel->bss->shared, 0, sizeof(shared));
	kernel_add(nr, 0);
	for (i = 0; i < nr; i++) {
		g4_hist_add(&plain, skel->bss->values[i]);
		g4_hist_add_shared(&shared, skel->bss->values[i]);
		ck_u64(skel->bss->indices[i], g4_hist_index(skel->bss->values[i]));
		ck_u64(skel->bss->lows[i], g4_hist_low(skel->bss->indices[i]));
	}
	assert_memory_equal(&skel->bss->plain, &plain, sizeof(plain));
	assert_memory_equal(&skel->bss->shared, &shared, sizeof(shared));
}

static void run_hist_case(void **state)
{
	const struct hist_case *c = *state;
	__u32 i;

	memcpy(skel->bss->values, c->value, sizeof(c->value));
	values_same_as_native(c->nr);
	for (i = 0; i < c->nr; i++)
		ck_u64(skel->bss->indices[i], c->index[i]);
	ck_u64(skel->bss->plain.count, c->nr);
	ck_u64(skel->bss->plain.sum, c->sum);
	ck_u64(skel->bss->plain.min, c->min);
	ck_u64(skel->bss->plain.max, c->max);
}

static void every_bucket_edge_in_the_kernel_is_where_it_is_natively(void **state)
{
	static __u64 edges[HIST_NR_EDGES];
	static __u32 index[HIST_NR_EDGES];
	__u32 i;

	(void)state;
	hist_edges(edges, index);
	memcpy(skel->bss->values, edges, sizeof(edges));
	values_same_as_native(HIST_NR_EDGES);
	for (i = 0; i < HIST_NR_EDGES; i++)
		ck_u64(skel->bss->indices[i], index[i]);
}

static void random_values_in_the_kernel_equal_native_ones(void **state)
{
	__u64 seed = 14;
	int i;

	(void)state;
	for (i = 0; i < BPF_MAX_VALUES; i++)
		skel->bss->values[i] = (fsm_random(&seed) << 33 ^ fsm_random(&seed)) >>
				       fsm_random(&seed) % 64;
	values_same_as_native(BPF_MAX_VALUES);
}

#define NR_THREADS	4
#define NR_ROUNDS	50

/* No assertions here: a failed one would jump out of another thread's test. */
static void *add_rounds(void *arg)
{
	struct bpf_values ctx = { .nr = BPF_MAX_VALUES, .only_shared = 1 };
	int *err = arg, i;

	for (i = 0; i < NR_ROUNDS && !*err; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));

		*err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.add_values), &opts);
		if (opts.retval)
			*err = -EINVAL;
	}
	return NULL;
}

static void shared_adding_on_several_cpus_in_the_kernel_loses_nothing(void **state)
{
	static struct g4_hist want;
	pthread_t threads[NR_THREADS];
	int err[NR_THREADS] = {}, i;
	__u64 seed = 15;

	(void)state;
	memset(&want, 0, sizeof(want));
	memset(&skel->bss->shared, 0, sizeof(want));
	for (i = 0; i < BPF_MAX_VALUES; i++) {
		skel->bss->values[i] = 1 + fsm_random(&seed) % (1 << fsm_random(&seed) % 30);
		g4_hist_add(&want, skel->bss->values[i]);
	}
	for (i = 0; i < NR_THREADS; i++)
		ck_u64(pthread_create(&threads[i], NULL, add_rounds, &err[i]), 0);
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < NR_THREADS; i++)
		ck_u64(err[i], 0);
	want.count *= NR_THREADS * NR_ROUNDS;
	want.sum *= NR_THREADS * NR_ROUNDS;
	for (i = 0; i < (int)G4_HIST_BUCKETS; i++)
		want.bucket[i] *= NR_THREADS * NR_ROUNDS;
	assert_memory_equal(&skel->bss->shared, &want, sizeof(want));
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

/* Loads the object. Returns NULL, or why this machine cannot run the tests. */
static const char *set_up(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int err;

	if (geteuid())
		return "needs root";
	if (access(BTF_PATH, R_OK))
		return "this kernel has no " BTF_PATH " (CONFIG_DEBUG_INFO_BTF)";
	libbpf_set_print(quiet);
	skel = cases__open_and_load();
	err = skel ? 0 : -errno;
	if (err == -EPERM || err == -ENOSYS)
		return "bpf() is not permitted here";
	if (err)
		return NULL;	/* a failure, not a reason to skip: each test says so */
	hists = mmap(NULL, (sizeof(*hists) + page - 1) / page * page, PROT_READ | PROT_WRITE,
		     MAP_SHARED, bpf_map__fd(skel->maps.vpe_hists), 0);
	return NULL;
}

static int object_is_loaded(void **state)
{
	(void)state;
	if (skel && hists && hists != MAP_FAILED)
		return 0;
	unit_say("the BPF test object does not load: see the messages above");
	return -1;
}

/* "in the kernel: " before a case's name, to tell it from the native test's. */
static char *kernel_name(const char *name)
{
	char *text = NULL;

	if (asprintf(&text, "in the kernel: %s", name) < 0)
		exit(1);
	return text;
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		UNIT_TEST(random_orders_in_the_kernel_equal_native_ones),
		UNIT_TEST(random_legal_orders_in_the_kernel_equal_native_ones),
		UNIT_TEST(clocks_that_go_back_in_the_kernel_equal_native_ones),
		UNIT_TEST(every_bucket_edge_in_the_kernel_is_where_it_is_natively),
		UNIT_TEST(random_values_in_the_kernel_equal_native_ones),
		UNIT_TEST(shared_adding_on_several_cpus_in_the_kernel_loses_nothing),
	};
	static struct CMUnitTest tests[UNIT_ARRAY_SIZE(fsm_cases) + UNIT_ARRAY_SIZE(fsm_db_cases) +
				       UNIT_ARRAY_SIZE(hist_cases) + UNIT_ARRAY_SIZE(others)];
	size_t nr = 0, nr_named, i;
	const char *reason = set_up();
	int failed;

	for (i = 0; i < UNIT_ARRAY_SIZE(fsm_cases); i++)
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(kernel_name(fsm_cases[i].name),
							   run_fsm_case, &fsm_cases[i]);
	for (i = 0; i < UNIT_ARRAY_SIZE(fsm_db_cases); i++)
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(kernel_name(fsm_db_cases[i].name),
							   run_fsm_case, &fsm_db_cases[i]);
	for (i = 0; i < UNIT_ARRAY_SIZE(hist_cases); i++)
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(kernel_name(hist_cases[i].name),
							   run_hist_case, &hist_cases[i]);
	nr_named = nr;
	memcpy(&tests[nr], others, sizeof(others));
	nr += UNIT_ARRAY_SIZE(others);

	for (i = 0; i < nr; i++)
		tests[i].setup_func = object_is_loaded;
	failed = reason ? unit_skip_all(tests, nr, reason) : unit_main(tests, nr);
	cases__destroy(skel);
	for (i = 0; i < nr_named; i++)
		free((char *)tests[i].name);
	return failed;
}
