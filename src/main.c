// SPDX-License-Identifier: GPL-2.0
/* The table of commands; main() only dispatches. */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "log.h"
#include "util.h"

#ifndef GICV4TOP_VERSION
#error "GICV4TOP_VERSION comes from the Makefile"
#endif

static const struct command commands[] = {
	{ "top", cmd_top, "show each VM's direct injection live (the default)" },
	{ "hist", cmd_hist, "show histograms of latencies and of times in each state" },
	{ "record", cmd_record, "record events into a file, for replay and report" },
	{ "replay", cmd_replay, "show what top would have shown, from a recording" },
	{ "report", cmd_report, "tell what a recording comes to, or compare two" },
	{ "check", cmd_check, "say what this host can do, and what to change" },
	{ "guest-agent", cmd_guest_agent, "in a guest: tell the host which interrupts it took" },
};

static void print_help(FILE *f)
{
	unsigned int i;

	fputs("Usage: gicv4top [COMMAND] [OPTIONS]\n"
	      "Observes directly injected interrupts (GICv4 VLPIs) of KVM guests.\n\n"
	      "Commands:\n", f);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-11s %s\n", commands[i].name, commands[i].summary);
	fputs("\ngicv4top COMMAND --help tells a command's options.\n"
	      "      --help     this text\n"
	      "      --version  version and licence\n", f);
}

static int run(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2)
		return cmd_top(argc, argv);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("gicv4top " GICV4TOP_VERSION "\nGPL-2.0");
		return EXIT_DONE;
	}
	if (argv[1][0] == '-')
		return cmd_top(argc, argv);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "gicv4top: no command \"%s\"; see gicv4top --help\n", argv[1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int rc;

	util_keep_memory();
	rc = run(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		log_err(errno ? -errno : -EIO, "cannot write to standard output");
		return EXIT_FAILED;
	}
	return rc;
}
