// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the removal of our instance and events from tracefs, and the process that does it.
 * An instance cannot be removed while a file of it is open, nor an event while it is
 * enabled anywhere, so first things go off, and what is busy is tried again for a while:
 * the files of a process that was killed close a moment after its pipe.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include <tracefs.h>

#include "ftrace_events.h"
#include "ftrace_keeper.h"
#include "log.h"
#include "util.h"

#define TRIES		100
#define TRY_PAUSE_NS	50000000L

static void take_a_pause(void)
{
	const struct timespec pause = { .tv_nsec = TRY_PAUSE_NS };

	nanosleep(&pause, NULL);
}

static int remove_instance(const char *name)
{
	struct tracefs_instance *instance;
	int i, err = 0;

	if (!tracefs_instance_exists(name))
		return 0;
	instance = tracefs_instance_alloc(NULL, name);
	if (!instance)
		return -ENOMEM;
	tracefs_trace_off(instance);
	tracefs_instance_file_write(instance, "events/enable", "0");
	for (i = 0; i < TRIES; i++) {
		err = tracefs_instance_destroy(instance) ? -errno : 0;
		if (err != -EBUSY)
			break;
		take_a_pause();
	}
	tracefs_instance_free(instance);
	return tracefs_instance_exists(name) ? (err ? err : -EBUSY) : 0;
}

/* "-:GROUP/EVENT" for a line "p:GROUP/EVENT FUNCTION ..."; false: it is not of @group. */
static bool removal_of(const char *line, const char *group, char *buf, size_t size)
{
	const char *name = strchr(line, ':');
	size_t len = strlen(group);

	if (!name || strncmp(name + 1, group, len) || name[1 + len] != '/')
		return false;
	return snprintf(buf, size, "-%.*s", (int)strcspn(name, " \n"), name) < (int)size;
}

/* One round over all events of @group. 0: none is left; else the last -errno. */
static int remove_events_once(const char *group)
{
	auto_free char *text = tracefs_instance_file_read(NULL, "kprobe_events", NULL);
	char command[256], *line, *next;
	int err = 0;

	for (line = text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (!removal_of(line, group, command, sizeof(command)))
			continue;
		/* who else removes it now is our own keeper, or another start */
		if (tracefs_instance_file_append(NULL, "kprobe_events", command) < 0 &&
		    errno != ENOENT)
			err = -errno;
	}
	return err;
}

int ft_keeper_remove(const char *name)
{
	int i, err = remove_instance(name), events_err = 0;

	for (i = 0; i < TRIES; i++) {
		events_err = remove_events_once(name);
		if (events_err != -EBUSY)
			break;
		take_a_pause();
	}
	return err ? err : events_err;
}

/* The pid in a name of ours; 0: it is not one. */
static pid_t pid_of(const char *name)
{
	static const char prefix[] = FTRACE_GROUP "_";
	uint64_t pid;
	char digits[16];

	if (strncmp(name, prefix, strlen(prefix)))
		return 0;
	name += strlen(prefix);
	if (snprintf(digits, sizeof(digits), "%.*s", (int)strspn(name, "0123456789"), name) >=
	    (int)sizeof(digits) || util_parse_u64(digits, 1, INT32_MAX, &pid))
		return 0;
	return (pid_t)pid;
}

static void remove_if_stale(pid_t pid)
{
	char name[64];
	int err;

	if (!pid || !kill(pid, 0) || errno != ESRCH)
		return;
	snprintf(name, sizeof(name), FTRACE_GROUP "_%d", pid);
	err = ft_keeper_remove(name);
	if (err)
		log_err(err, "cannot remove %s from tracefs, which an earlier run has left", name);
}

static int check_instance(const char *name, void *ctx)
{
	(void)ctx;
	remove_if_stale(pid_of(name));
	return 0;
}

void ft_keeper_remove_stale(void)
{
	auto_free char *text = NULL;
	const char *line, *name;
	pid_t pid, last = 0;

	tracefs_instances_walk(check_instance, NULL);
	text = tracefs_instance_file_read(NULL, "kprobe_events", NULL);
	for (line = text; line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
		name = strchr(line, ':');
		pid = name ? pid_of(name + 1) : 0;
		if (pid && pid != last)
			remove_if_stale(pid);
		last = pid;
	}
}

/* In the keeper: until the pipe ends. No signal that ends us ends it. */
static void keep(int fd, const char *name)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1,
				       SIGUSR2, SIGALRM };
	sigset_t none;
	ssize_t n;
	char c;
	int i, null, err;

	for (i = 0; i < (int)ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	prctl(PR_SET_NAME, "gicv4top-keeper");
	/* nothing of ours may stay open on its account: pipes of records, files of tracefs */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(fd, 3);
	close_range(4, ~0U, 0);
	do
		n = read(3, &c, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
	err = ft_keeper_remove(name);
	if (err)
		log_err(err, "cannot remove %s from tracefs", name);
	_exit(err ? 1 : 0);
}

int ft_keeper_start(const char *name, struct ft_keeper *ret_keeper)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return -EAGAIN;
	}
	if (!pid) {
		close(fds[1]);
		keep(fds[0], name);
	}
	close(fds[0]);
	*ret_keeper = (struct ft_keeper){ .pid = pid, .fd = fds[1] };
	return 0;
}

int ft_keeper_finish(struct ft_keeper *keeper)
{
	int status = 0;
	pid_t pid;

	if (!keeper->pid)
		return 0;
	util_closep(&keeper->fd);
	do
		pid = waitpid(keeper->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	keeper->pid = 0;
	/* somebody else may have waited for it */
	if (pid < 0)
		return 0;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}
