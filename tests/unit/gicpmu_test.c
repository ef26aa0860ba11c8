// SPDX-License-Identifier: GPL-2.0
/* A GIC's PMU, made of folders; a software event of the kernel stands in for its own. */
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gicpmu.h"
#include "unit.h"

static char root[64];

static void make(const char *name, const char *file, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/events", root, name);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", root, name, file);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int begin(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/gicpmu_test.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static void a_host_without_one_has_none(void **state)
{
	struct gicpmu *p = NULL;

	(void)state;
	make("armv8_pmuv3_0", "type", "8\n");
	ck_u64((uint64_t)-gicpmu_open(root, &p), ENOENT);
	ck_u64((uint64_t)-gicpmu_open("/nonexistent", &p), ENOENT);
	ck_true(!p);
}

static void one_that_names_no_such_event_is_not_guessed_at(void **state)
{
	struct gicpmu *p = NULL;

	(void)state;
	make("arm_gic_0", "type", "1\n");
	ck_u64((uint64_t)-gicpmu_open(root, &p), ENOTSUP);
	make("arm_gic_0", "events/res_start", "event=0x78\n");
	ck_u64((uint64_t)-gicpmu_open(root, &p), ENOTSUP);
	make("arm_gic_0", "events/up_act_vlpi", "event=0x8a,target=?\n");
	ck_u64((uint64_t)-gicpmu_open(root, &p), ENOTSUP);
	make("arm_gic_0", "events/up_act_vlpi", "filter=1\n");
	ck_u64((uint64_t)-gicpmu_open(root, &p), ENOTSUP);
	ck_true(!p);
}

/* type 1 is PERF_TYPE_SOFTWARE, event 3 PERF_COUNT_SW_CONTEXT_SWITCHES */
static void its_event_is_counted_over_all_chips(void **state)
{
	struct gicpmu *p = NULL;
	uint64_t before, after;
	int i, err;

	(void)state;
	make("arm_gic_0", "type", "1\n");
	make("arm_gic_0", "cpumask", "0\n");
	make("arm_gic_0", "events/UP_ACT_VLPI", "event=0x3\n");
	make("arm_gic_1", "type", "1\n");
	make("arm_gic_1", "events/up_act_vlpi", "event=0x3\n");
	err = gicpmu_open(root, &p);
	if (err == -EACCES || err == -EPERM)
		skip();			/* not as root, and perf_event_paranoid above 0 */
	ck_u64((uint64_t)-err, 0);
	ck_true(!strncmp(gicpmu_name(p), "arm_gic_", 8));
	ck_u64((uint64_t)-gicpmu_read(p, &before), 0);
	for (i = 0; i < 50; i++)
		usleep(1000);
	ck_u64((uint64_t)-gicpmu_read(p, &after), 0);
	ck_true(after > before);
	gicpmu_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a host without one has none", a_host_without_one_has_none, begin, end, NULL },
		{ "one that names no such event is not guessed at",
		  one_that_names_no_such_event_is_not_guessed_at, begin, end, NULL },
		{ "its event is counted over all chips", its_event_is_counted_over_all_chips,
		  begin, end, NULL },
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
