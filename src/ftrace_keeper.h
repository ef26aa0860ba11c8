/* SPDX-License-Identifier: GPL-2.0 */
/* Who takes away what is in tracefs because of us; see ftrace_tracefs.h. */
#ifndef GICV4TOP_FTRACE_KEEPER_H
#define GICV4TOP_FTRACE_KEEPER_H

#include <sys/types.h>

struct ft_keeper {
	pid_t pid;
	int fd;				/* its pipe: closing it lets it work, and end */
};

/* Removes instance and events called @name. 0 or -errno of what stays. */
int ft_keeper_remove(const char *name);

/* Removes those of all runs that have ended. */
void ft_keeper_remove_stale(void);

/* Starts a process that removes @name when we are gone. 0 or -errno. */
int ft_keeper_start(const char *name, struct ft_keeper *ret_keeper);

/* Lets it do so now, and waits for it. 0, or -errno: something stays. */
int ft_keeper_finish(struct ft_keeper *keeper);

#endif
