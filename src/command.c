// SPDX-License-Identifier: GPL-2.0
/*
 * Starts a command and tells its end; see command.h. The command is to find what it would
 * have found without us: what the recorder made of signals and of standard output is its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "log.h"

static void become(char *const *argv, bool stdout_is_data)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(SIGPIPE, &action, NULL);
	if (stdout_is_data && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(127);
	execvp(argv[0], argv);
	log_err(-errno, "cannot run %s", argv[0]);
	_exit(127);
}

int command_start(char *const *argv, bool stdout_is_data, pid_t *ret_pid)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return log_err(-errno, "cannot start %s", argv[0]);
	if (!pid)
		become(argv, stdout_is_data);
	*ret_pid = pid;
	return 0;
}

bool command_ended(const char *name, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	if (WIFSIGNALED(status))
		log_say(0, "%s was ended by signal %d", name, WTERMSIG(status));
	else if (WEXITSTATUS(status))
		log_say(0, "%s ended with %d", name, WEXITSTATUS(status));
	return true;
}
