/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands. To add one:
 *   1. write cmd_NAME.c with the function declared here; it parses its own
 *      options and returns an exit code (EXIT_*);
 *   2. add a row to the table in main.c: help is printed from it;
 *   3. write man/gicv4top-NAME.1, its synopsis as --help prints it;
 *   4. add its refusals to tests/cli/.
 */
#ifndef GICV4TOP_CMD_H
#define GICV4TOP_CMD_H

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LOST = 3,			/* done, but data was lost */
};

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

int cmd_top(int argc, char **argv);
int cmd_hist(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_guest_agent(int argc, char **argv);

#endif
