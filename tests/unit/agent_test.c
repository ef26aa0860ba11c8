// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's agent: rows of /proc/interrupts as kernels write them, and the lines it
 * makes of them, which the host's side must understand.
 */
#include "guest_proto.h"
#include "interrupts.h"
#include "agent_report.h"
#include "unit.h"

/* Debian 12, Linux 6.1: one domain for all devices */
static const char linux_6_1[] =
	"           CPU0       CPU1       \n"
	"  9:          0          0     GICv3  25 Level     vgic\n"
	" 11:      12345        999     GICv3  27 Level     arch_timer\n"
	" 45:         10          3   ITS-MSI 16384 Edge      nvme0q0\n"
	" 46:          7          0   ITS-MSI 16385 Edge      nvme0q1\n"
	" 47:          1          2   ITS-MSI 134217728 Edge      other domain\n"
	"IPI0:       100        200       Rescheduling interrupts\n"
	"Err:          0\n";

/* Linux 6.12: a domain a device; CPU 1 is offline */
static const char linux_6_12[] =
	"           CPU0       CPU2       \n"
	" 14:          0          0 ITS-PCI-MSI-0000:00:01.0   0 Edge      PCIe PME\n"
	" 45:         10          3 ITS-PCI-MSIX-0000:00:02.0   0 Edge      nvme0q0\n"
	" 46:          7          8 ITS-PCI-MSIX-0000:81:1f.7 2047 Edge      virtio1-input.0, x\n"
	" 48:          1          1 ITS-PCI-MSIX-0001:00:02.0   0 Edge      far\n"
	" 49:          1          1 ITS-pMSI 4096 Edge      arm-smmu-v3-evtq\n";

static void check_msi(const struct msi *m, uint32_t irq, const char *name, bool known,
		      uint32_t devid, uint32_t eventid)
{
	ck_u64(m->irq, irq);
	ck_str(m->name, name);
	ck_u64(m->ids_known, known);
	if (known) {
		ck_u64(m->devid, devid);
		ck_u64(m->eventid, eventid);
	}
}

static void rows_of_linux_6_1_are_read(void **state)
{
	struct interrupts in;

	(void)state;
	ck_u64((uint64_t)-interrupts_parse(linux_6_1, &in), 0);
	ck_u64(in.nr_cpus, 2);
	ck_u64(in.nr, 3);
	check_msi(&in.msis[0], 45, "nvme0q0", true, 8, 0);
	check_msi(&in.msis[1], 46, "nvme0q1", true, 8, 1);
	check_msi(&in.msis[2], 47, "other?domain", false, 0, 0);
	ck_u64(in.msis[0].counts[1], 3);
	ck_true(!in.cut);
	interrupts_clear(&in);
}

static void rows_of_linux_6_12_are_read(void **state)
{
	struct interrupts in;

	(void)state;
	ck_u64((uint64_t)-interrupts_parse(linux_6_12, &in), 0);
	ck_u64(in.nr, 5);
	ck_u64(in.cpus[1], 2);
	check_msi(&in.msis[0], 14, "PCIe?PME", true, 8, 0);
	check_msi(&in.msis[1], 45, "nvme0q0", true, 16, 0);
	check_msi(&in.msis[2], 46, "virtio1-input.0,?x", true, 0x81ff, 2047);
	check_msi(&in.msis[3], 48, "far", false, 0, 0);
	check_msi(&in.msis[4], 49, "arm-smmu-v3-evtq", false, 0, 0);
	interrupts_clear(&in);
}

static void odd_texts_do_no_harm(void **state)
{
	static const char *const odd[] = {
		"", "\n", "CPU0", "CPU0\n1:", " CPU0\n1: 2", " CPU0\n1: 2 ITS-MSI",
		" CPU0\n1: 2 ITS-MSI\n", "CPU99999999999999999999\n1: 1 ITS-MSI 1 Edge x\n",
		" CPU0\n1: 99999999999999999999999 ITS-MSI 1 Edge x",
		" CPU0\n1: 1 ITS-PCI-MSI-0000:00:99.0 1 Edge x\n",
		" CPU0 CPU1\n1: 1\n2: 1 2 ITS-MSI 1 Edge x\n",
	};
	struct interrupts in;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(odd); i++) {
		ck_u64((uint64_t)-interrupts_parse(odd[i], &in), 0);
		interrupts_clear(&in);
	}
}

static void what_the_protocol_has_no_room_for_is_cut(void **state)
{
	char *text = calloc(1, 6000 * 40), *p = text;
	struct interrupts in;
	int i;

	(void)state;
	assert_non_null(text);
	p += sprintf(p, " CPU0\n");
	for (i = 0; i < 5000; i++)
		p += sprintf(p, "%d: 1 ITS-MSI 1 Edge x\n", i);
	ck_u64((uint64_t)-interrupts_parse(text, &in), 0);
	ck_u64(in.nr, GUEST_MAX_ROWS);
	ck_true(in.cut);
	interrupts_clear(&in);
	free(text);
}

static void columns_beyond_the_protocols_cpus_are_left_out(void **state)
{
	char *text = calloc(1, 600 * 16), *p = text;
	struct interrupts in;
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 600; i++)
		p += sprintf(p, " CPU%d", i);
	p += sprintf(p, "\n45:");
	for (i = 0; i < 600; i++)
		p += sprintf(p, " %d", i);
	sprintf(p, " ITS-MSI 16384 Edge x\n70000: 1");
	ck_u64((uint64_t)-interrupts_parse(text, &in), 0);
	ck_u64(in.nr, 1);
	ck_true(in.cut);
	check_msi(&in.msis[0], 45, "x", true, 8, 0);
	ck_u64(in.msis[0].counts[GUEST_MAX_CPUS - 1], GUEST_MAX_CPUS - 1);
	interrupts_clear(&in);
	free(text);
}

static void an_irq_beyond_the_protocols_rows_is_left_out_and_told(void **state)
{
	struct interrupts in;

	(void)state;
	interrupts_parse(" CPU0\n65536: 1 ITS-MSI 1 Edge x\n", &in);
	ck_u64(in.nr, 0);
	ck_true(in.cut);
	interrupts_clear(&in);
	interrupts_parse(" CPU0\n65536: 1 GICv3 1 Edge x\n", &in);
	ck_true(!in.cut);		/* none of ours */
	interrupts_clear(&in);
}

static void a_trigger_of_x86_is_no_name(void **state)
{
	struct interrupts in;

	(void)state;
	interrupts_parse(" CPU0\n24: 1 PCI-MSIX-0000:00:02.0   0-edge      virtio0-config\n", &in);
	check_msi(&in.msis[0], 24, "virtio0-config", false, 0, 0);
	interrupts_clear(&in);
}

/* Hands lines to the host's side; all must be taken. */
static void tell(struct guest_counts *g, const struct text *t)
{
	const char *p = t->buf, *end;
	char why[96];

	for (; p < t->buf + t->len; p = end + 1) {
		end = memchr(p, '\n', (size_t)(t->buf + t->len - p));
		assert_non_null(end);
		if (guest_line(g, p, (size_t)(end - p), why, sizeof(why))) {
			unit_say("refused: %.*s: %s", (int)(end - p), p, why);
			ck_true(0);
		}
	}
}

static void a_first_report_has_all_that_is_not_0(void **state)
{
	struct text t = { .buf = NULL };
	struct interrupts in;

	(void)state;
	interrupts_parse(linux_6_1, &in);
	report_hello(&t, "ab-1", 4);
	report_changes(&t, NULL, &in, 1, 77);
	t.buf[t.len - 1] = '\0';
	ck_str(t.buf, "gicv4top-agent 1 ab-1 4\n"
	       "row 45 8 0 nvme0q0\nn 45 0 10\nn 45 1 3\n"
	       "row 46 8 1 nvme0q1\nn 46 0 7\n"
	       "row 47 - - other?domain\nn 47 0 1\nn 47 1 2\n"
	       "end 1 77");
	free(t.buf);
	interrupts_clear(&in);
}

static void a_name_that_changes_alone_is_not_told(void **state)
{
	static const char renamed[] =
		"           CPU0       CPU1       \n"
		" 45:         10          3   ITS-MSI 16384 Edge      \n"
		" 46:          7          0   ITS-MSI 16385 Edge      nvme0q1\n"
		" 47:          1          2   ITS-MSI 134217728 Edge      other domain\n";
	struct text t = { .buf = NULL };
	struct interrupts in, now;

	(void)state;
	interrupts_parse(linux_6_1, &in);
	interrupts_parse(renamed, &now);
	report_changes(&t, &in, &now, 2, 78);
	t.buf[t.len - 1] = '\0';
	ck_str(t.buf, "end 2 78");
	free(t.buf);
	interrupts_clear(&in);
	interrupts_clear(&now);
}

static void later_ones_have_what_changed(void **state)
{
	static const char later[] =
		"           CPU0       CPU1       \n"
		" 45:         11          3   ITS-MSI 16384 Edge      nvme0q0\n"
		" 46:          2          0   ITS-MSI 16385 Edge      nvme0q1\n"
		" 47:          1          2   ITS-MSI 134217728 Edge      other domain\n"
		" 50:          0          1   ITS-MSI 32768 Edge      eth0\n";
	struct guest_counts g = { .greeted = false };
	struct text t = { .buf = NULL };
	struct interrupts in, now;

	(void)state;
	interrupts_parse(linux_6_1, &in);
	interrupts_parse(later, &now);
	report_hello(&t, "ab-1", 2);
	report_changes(&t, NULL, &in, 1, 77);
	tell(&g, &t);
	t.len = 0;
	report_changes(&t, &in, &now, 2, 78);
	tell(&g, &t);
	t.buf[t.len - 1] = '\0';
	/* 46 was requested anew: it counts from 0 */
	ck_str(t.buf, "n 45 0 11\nrow 46 8 1 nvme0q1\nn 46 0 2\nrow 50 16 0 eth0\nn 50 1 1\n"
	       "end 2 78");
	ck_u64(g.nr_rows, 4);
	free(t.buf);
	guest_clear(&g);
	interrupts_clear(&in);
	interrupts_clear(&now);
}

/* An irq freed and requested again while one of its CPUs is offline. */
static void an_offline_cpus_counts_stand(void **state)
{
	static const char *const texts[] = {
		" CPU0 CPU1 CPU2\n45: 5 90 1 ITS-MSI 1 Edge x\n46: 0 7 0 ITS-MSI 2 Edge y\n",
		" CPU0 CPU2\n45: 6 1 ITS-MSI 1 Edge x\n46: 0 0 ITS-MSI 2 Edge y\n",
		" CPU0 CPU1 CPU2\n45: 6 2 1 ITS-MSI 1 Edge x\n46: 0 7 0 ITS-MSI 2 Edge y\n",
	};
	struct guest_counts g = { .greeted = false };
	struct interrupts old = { .nr = 0 }, new;
	struct text t = { .buf = NULL };
	size_t i;

	(void)state;
	report_hello(&t, "ab-1", 3);
	for (i = 0; i < UNIT_ARRAY_SIZE(texts); i++) {
		interrupts_parse(texts[i], &new);
		if (i)
			ck_u64((uint64_t)-interrupts_keep_cpus(&new, &old), 0);
		report_changes(&t, i ? &old : NULL, &new, i + 1, i + 1);
		interrupts_clear(&old);
		old = new;
	}
	interrupts_clear(&old);
	tell(&g, &t);
	t.buf[t.len - 1] = '\0';
	ck_str(t.buf, "gicv4top-agent 1 ab-1 3\nrow 45 0 1 x\nn 45 0 5\nn 45 1 90\nn 45 2 1\n"
	       "row 46 0 2 y\nn 46 1 7\nend 1 1\n"
	       "n 45 0 6\nend 2 2\n"
	       "row 45 0 1 x\nn 45 0 6\nn 45 1 2\nn 45 2 1\nend 3 3");
	free(t.buf);
	guest_clear(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(rows_of_linux_6_1_are_read),
		UNIT_TEST(rows_of_linux_6_12_are_read),
		UNIT_TEST(odd_texts_do_no_harm),
		UNIT_TEST(what_the_protocol_has_no_room_for_is_cut),
		UNIT_TEST(columns_beyond_the_protocols_cpus_are_left_out),
		UNIT_TEST(an_irq_beyond_the_protocols_rows_is_left_out_and_told),
		UNIT_TEST(a_trigger_of_x86_is_no_name),
		UNIT_TEST(an_offline_cpus_counts_stand),
		UNIT_TEST(a_first_report_has_all_that_is_not_0),
		UNIT_TEST(a_name_that_changes_alone_is_not_told),
		UNIT_TEST(later_ones_have_what_changed),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
