// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top check: one line a requirement, with what to do where it fails. Not
 * only read but tried: where everything else stands, all hooks are attached
 * and let go again.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <string.h>

#include "cmd.h"
#include "gicpmu.h"
#include "log.h"
#include "midr.h"
#include "pmu.h"
#include "session.h"
#include "util.h"

enum verdict { CHECK_OK, CHECK_NOTE, CHECK_FAIL };

static const char *const verdict_names[] = {
	[CHECK_OK] = "ok", [CHECK_NOTE] = "note", [CHECK_FAIL] = "FAIL",
};

struct check {
	bool json;
	struct json_object *list;
	unsigned int failed;
	struct session_opts session_opts;
};

/* One requirement. @advice: what to do, or NULL. */
static void report(struct check *c, enum verdict verdict, const char *what, const char *found,
		   const char *advice)
{
	struct json_object *o;

	if (verdict == CHECK_FAIL)
		c->failed++;
	if (!c->json) {
		printf("%-5s %-24s %s%s%s\n", verdict_names[verdict], what, found,
		       advice ? ": " : "", advice ? advice : "");
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "check", json_object_new_string(what));
	json_object_object_add(o, "verdict", json_object_new_string(
		verdict == CHECK_OK ? "ok" : verdict == CHECK_NOTE ? "note" : "fail"));
	json_object_object_add(o, "found", json_object_new_string(found));
	json_object_object_add(o, "advice", advice ? json_object_new_string(advice) : NULL);
	json_object_array_add(c->list, o);
}

static void check_gic(struct check *c, const struct host *h)
{
	char found[96];

	switch (h->gic) {
	case HOST_GIC_V4:
	case HOST_GIC_V4_1:
		snprintf(found, sizeof(found), "GICv%s in use (told by: %s)", host_gic_name(h),
			 h->gic_source);
		report(c, CHECK_OK, "GICv4 in KVM", found, NULL);
		break;
	case HOST_GIC_NONE:
		snprintf(found, sizeof(found), "KVM found no GICv4 (told by: %s)", h->gic_source);
		report(c, CHECK_FAIL, "GICv4 in KVM", found,
		       "direct injection needs a GIC with ITS that implements GICv4");
		break;
	case HOST_GIC_OFF:
		report(c, CHECK_FAIL, "GICv4 in KVM", "the GIC has it, KVM does not use it",
		       "boot the host with kvm-arm.vgic_v4_enable=1");
		break;
	case HOST_GIC_NOT_ENABLED:
		report(c, CHECK_FAIL, "GICv4 in KVM", "not enabled",
		       "boot the host with kvm-arm.vgic_v4_enable=1 (its GIC must be a GICv4)");
		break;
	default:
		report(c, CHECK_NOTE, "GICv4 in KVM", "not known",
		       "the kernel log no longer tells; it shows when a VM has doorbells");
	}
}

static void check_machine(struct check *c, const struct host *h)
{
	char found[96];

	report(c, h->arm64 ? CHECK_OK : CHECK_FAIL, "architecture", h->machine,
	       h->arm64 ? NULL : "GICv4 direct injection exists on arm64 hosts only");
	report(c, CHECK_OK, "kernel", h->kernel, NULL);
	if (!h->arm64)
		return;
	report(c, h->kvm ? CHECK_OK : CHECK_FAIL, "KVM", h->kvm ? "/dev/kvm" : "no /dev/kvm",
	       h->kvm ? NULL : "the host must boot at EL2, without kvm-arm.mode=none");
	report(c, h->v4_param ? CHECK_OK : CHECK_FAIL, "kvm-arm.vgic_v4_enable",
	       h->v4_param ? "on" : "off",
	       h->v4_param ? NULL : "boot the host with kvm-arm.vgic_v4_enable=1");
	check_gic(c, h);
	if (h->nr_its < 0) {
		report(c, CHECK_NOTE, "ITS", "not known",
		       "neither the device tree nor the ACPI MADT can be read");
	} else {
		snprintf(found, sizeof(found), "%d", h->nr_its);
		report(c, h->nr_its ? CHECK_OK : CHECK_FAIL, "ITS", found,
		       h->nr_its ? NULL : "without an ITS there are no LPIs");
	}
}

static void check_wfi(struct check *c, const struct host *h)
{
	if (h->wfi == HOST_WFI_TRAP)
		report(c, CHECK_OK, "WFI policy", "trap: an idle vPE leaves its CPU", NULL);
	else if (h->wfi == HOST_WFI_NOTRAP)
		report(c, CHECK_NOTE, "WFI policy", "notrap",
		       "idle vPEs stay resident: 100 % residency and no doorbells are normal");
	else
		report(c, CHECK_NOTE, "WFI policy", h->wfi_param_known ?
		       "default: not trapped while a vCPU is alone on its CPU" :
		       "not trapped while a vCPU is alone on its CPU (no choice on this kernel)",
		       "vPEs that idle so stay resident and have no doorbells");
}

static void check_bpf(struct check *c, const struct host *h)
{
	const char *cap = host_missing_cap(h);
	char advice[96];

	report(c, h->has_btf ? CHECK_OK : CHECK_FAIL, "BTF",
	       h->has_btf ? "/sys/kernel/btf/vmlinux" : "none",
	       h->has_btf ? NULL : "the kernel needs CONFIG_DEBUG_INFO_BTF=y");
	snprintf(advice, sizeof(advice), "run as root, or with CAP_BPF and CAP_PERFMON");
	report(c, cap ? CHECK_FAIL : CHECK_OK, "capabilities", cap ? cap : "CAP_BPF, CAP_PERFMON",
	       cap ? "it is missing: run as root, or with CAP_BPF and CAP_PERFMON" : NULL);
	if (!h->lockdown[0])
		report(c, CHECK_OK, "lockdown", "none (the kernel has no lockdown)", NULL);
	else if (!strcmp(h->lockdown, "confidentiality"))
		report(c, CHECK_FAIL, "lockdown", h->lockdown,
		       "BPF may not read the kernel; lockdown=integrity or none allows it");
	else
		report(c, CHECK_OK, "lockdown", h->lockdown, NULL);
	report(c, h->tracefs ? CHECK_OK : CHECK_NOTE, "tracefs",
	       h->tracefs ? "mounted" : "not mounted or not readable",
	       h->tracefs ? NULL : "top does not need it; mount -t tracefs tracefs "
	       "/sys/kernel/tracing");
}

static void check_scouted(struct check *c, const struct host *h)
{
	char found[64];

	report(c, h->ringbuf ? CHECK_OK : CHECK_NOTE, "BPF ring buffer",
	       h->ringbuf ? "yes" : "no", h->ringbuf ? NULL : "single events need kernel 5.8");
	report(c, CHECK_OK, "fentry", h->fentry_works ? "works" :
	       "this kernel cannot attach it: kprobes are used", NULL);
	snprintf(found, sizeof(found), "%u VMs with %u vCPUs", h->nr_vms, h->nr_vpes);
	report(c, CHECK_OK, "running now", found, NULL);
}

static void check_hooks(struct check *c, const struct hook_plan *plan)
{
	const struct hook_choice *choice;
	char what[40], found[96];
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		choice = &plan->choices[i];
		snprintf(what, sizeof(what), "%s", choice->hook->activity);
		if (choice->backend != HOOK_NONE) {
			snprintf(found, sizeof(found), "%s %s",
				 hooks_backend_name(choice->backend), hooks_target(choice));
			report(c, CHECK_OK, what, found, NULL);
			continue;
		}
		snprintf(found, sizeof(found), "%s cannot be watched", choice->hook->function);
		report(c, choice->hook->need == HOOK_NEEDED ? CHECK_FAIL : CHECK_NOTE, what, found,
		       choice->why);
	}
}

/* By the core's name, then by counting: what opens may count nothing. */
static void check_pmu(struct check *c)
{
	uint64_t midr = midr_of_cpu(0);
	enum midr_exc_irq listed;
	const char *core;
	char found[160], by[64];
	int counts = pmu_try(PMU_EXC_IRQ);

	listed = midr_exc_irq(midr, &core);
	if (core)
		snprintf(by, sizeof(by), "%s, which by its documents %s it", core,
			 listed == MIDR_HAS_EXC_IRQ ? "has" : "lacks");
	else
		snprintf(by, sizeof(by), "a core (MIDR 0x%llx) that no list at hand has",
			 (unsigned long long)midr);
	if (counts == 1) {
		snprintf(found, sizeof(found), "EXC_IRQ (0x86) counts here: %s", by);
		report(c, CHECK_OK, "direct/s by pmu", found, NULL);
		return;
	}
	if (counts < 0)
		snprintf(found, sizeof(found), "EXC_IRQ (0x86) cannot be opened: %s; %s",
			 strerror(-counts), by);
	else
		snprintf(found, sizeof(found),
			 "EXC_IRQ (0x86) stayed 0 while timer interrupts came: %s", by);
	report(c, CHECK_NOTE, "direct/s by pmu", found,
	       "n/a; give --direct-event if this core has another, or run guest agents");
}

/* Of the host as a whole; there is no driver in mainline, so there mostly is none. */
static void check_gicpmu(struct check *c)
{
	struct gicpmu *p = NULL;
	char found[96];
	int err = gicpmu_open(GICPMU_DEVICES, &p);

	if (!err)
		snprintf(found, sizeof(found), "%s counts activated VLPIs", gicpmu_name(p));
	else if (err == -ENOENT)
		snprintf(found, sizeof(found), "this kernel has no driver of one");
	else if (err == -ENOTSUP)
		snprintf(found, sizeof(found), "one that names no event of activated VLPIs");
	else
		snprintf(found, sizeof(found), "one that cannot be opened: %s", strerror(-err));
	report(c, err ? CHECK_NOTE : CHECK_OK, "GIC PMU", found,
	       err ? "VLPIs of the whole host are n/a" : NULL);
	gicpmu_free(p);
}

/* The sources of the one figure that no host counter holds. */
static void check_direct(struct check *c)
{
	check_pmu(c);
	check_gicpmu(c);
	report(c, CHECK_NOTE, "direct/s by kernel", "this kernel does not measure it",
	       "no stock kernel does");
	report(c, CHECK_OK, "direct/s by guest",
	       "where gicv4top guest-agent runs in a guest and top is given --agents", NULL);
}

/* Attaches for real. What fails has been said on stderr. */
static void try_session(struct check *c, const struct host *h)
{
	struct session *s = NULL;
	struct hook_facts facts;
	struct hook_plan plan;

	if (!session_open(h, &c->session_opts, &s)) {
		check_hooks(c, session_plan(s));
		session_free(s);
		return;
	}
	host_hook_facts(h, &facts);
	if (hooks_plan(&facts, c->session_opts.backend, &plan))
		return;
	check_hooks(c, &plan);
	hooks_plan_clear(&plan);
	report(c, CHECK_FAIL, "attach", "failed", "the reason is on standard error");
}

static int parse_options(struct check *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "backend", required_argument, NULL, 'B' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static char own_name[] = "gicv4top check";
	int opt;

	argv[0] = own_name;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "vh", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			c->json = true;
			break;
		case 'B':
			if (!hooks_backend_parse(optarg, &c->session_opts.backend))
				break;
			fprintf(stderr, "gicv4top check: --backend: \"%s\" is none of auto, "
				"tracepoint, fentry, kprobe; see gicv4top check --help\n", optarg);
			return -EINVAL;
		case 'v':
			log_set_verbose(log_is_verbose() + 1);
			break;
		case 'h':
			fputs("Usage: gicv4top check [OPTIONS]\n"
			      "Says what this host can do, line by line, and what to change.\n\n"
			      "      --json         a JSON object\n"
			      "      --backend WAY  auto, tracepoint, fentry or kprobe "
			      "(default auto)\n"
			      "  -v, --verbose      say more on stderr\n"
			      "  -h, --help         this text\n\n"
			      "Exit: 0 if gicv4top top can run here, 1 if not, 2 wrong usage.\n",
			      stdout);
			return 1;
		default:
			fputs("See gicv4top check --help.\n", stderr);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "gicv4top check: \"%s\" is no option; see gicv4top check --help\n",
			argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static void print_json(const struct check *c)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "can_run", json_object_new_boolean(!c->failed));
	json_object_object_add(root, "checks", json_object_get(c->list));
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN));
	json_object_put(root);
}

int cmd_check(int argc, char **argv)
{
	struct check c = { .session_opts = { .detail = true, .taken = true } };
	struct host host;
	int err;

	err = parse_options(&c, argc, argv);
	if (err)
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	c.list = json_object_new_array();
	host_read(&host);
	if (host.arm64 && host.has_btf && !host_missing_cap(&host))
		host_scout(&host);	/* says itself what fails; the lines below show it */
	check_machine(&c, &host);
	if (host.arm64)
		check_wfi(&c, &host);
	check_bpf(&c, &host);
	if (host.scouted) {
		check_scouted(&c, &host);
		check_direct(&c);
		if (!c.failed)
			try_session(&c, &host);
	} else if (!c.failed) {
		report(&c, CHECK_FAIL, "BPF", "a first program cannot be loaded",
		       "the reason is on standard error");
	}
	if (c.json)
		print_json(&c);
	else if (!c.failed)
		puts("gicv4top top can run here.");
	else
		printf("gicv4top top cannot run here: %u of these stand against it.\n", c.failed);
	json_object_put(c.list);
	host_clear(&host);
	return c.failed ? EXIT_FAILED : EXIT_DONE;
}
