// SPDX-License-Identifier: GPL-2.0
/*
 * What runs while something is recorded, and what ends it: streams and signals of COMMAND,
 * and the signals that ask the recorder to stop. Each case forks: signals are a process's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "stop.h"
#include "unit.h"
#include "util.h"

static pid_t fork_or_fail(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_command_has_the_default_sigpipe(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"kill -PIPE $$; exit 9", NULL };
	pid_t pid = 0;
	int status;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(command_start(argv, false, &pid), 0);
	signal(SIGPIPE, SIG_DFL);
	status = status_of(pid);
	ck_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

/* In the child: its streams are the pipes; then @argv. */
static void start_between(int out, int err, bool stdout_is_data)
{
	char *argv[] = { (char *)"echo", (char *)"printed", NULL };
	pid_t pid = 0;

	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (command_start(argv, stdout_is_data, &pid))
		_exit(1);
	_exit(waitpid(pid, NULL, 0) == pid ? 0 : 1);
}

/* What "echo printed" wrote to standard output, or to standard error. */
static void where_it_prints(bool stdout_is_data, size_t *ret_out, size_t *ret_err)
{
	char buf[64];
	int out[2], err[2];
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = fork_or_fail();
	if (!pid)
		start_between(out[1], err[1], stdout_is_data);
	close(out[1]);
	close(err[1]);
	*ret_out = (size_t)read(out[0], buf, sizeof(buf));
	*ret_err = (size_t)read(err[0], buf, sizeof(buf));
	close(out[0]);
	close(err[0]);
	ck_u64((uint64_t)status_of(pid), 0);
}

static void a_command_prints_nothing_into_the_recording(void **state)
{
	size_t out, err;

	(void)state;
	where_it_prints(false, &out, &err);
	ck_u64(out, strlen("printed\n"));
	ck_u64(err, 0);
	where_it_prints(true, &out, &err);
	ck_u64(out, 0);
	ck_u64(err, strlen("printed\n"));
}

/* Whether @sig asks to stop where it was handled so before. */
static bool asks(int sig, void (*before)(int))
{
	pid_t pid = fork_or_fail();
	int status;

	if (!pid) {
		signal(sig, before);
		stop_take_signals();
		raise(sig);
		raise(sig);		/* at once: no second wish */
		_exit(stop_asked() ? 1 : 0);
	}
	status = status_of(pid);
	ck_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void nohup_is_heeded_and_a_script_can_interrupt(void **state)
{
	(void)state;
	ck_true(asks(SIGHUP, SIG_DFL));
	ck_true(asks(SIGINT, SIG_DFL));
	ck_true(asks(SIGTERM, SIG_DFL));
	ck_true(!asks(SIGHUP, SIG_IGN));
	ck_true(asks(SIGINT, SIG_IGN));
	ck_true(asks(SIGTERM, SIG_IGN));
}

static void a_later_signal_ends_a_write_that_nobody_reads(void **state)
{
	static char data[1 << 20];
	int fds[2], status;
	char c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork_or_fail();
	if (!pid) {
		stop_take_signals();
		alarm(30);
		_exit(util_write_all(fds[1], data, sizeof(data)) ? 1 : 0);
	}
	assert_int_equal(read(fds[0], &c, 1), 1);	/* it has its signals */
	kill(pid, SIGTERM);
	usleep(STOP_PATIENCE_NS / 1000 + 200000);
	ck_u64((uint64_t)waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGTERM);
	status = status_of(pid);
	ck_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	close(fds[0]);
	close(fds[1]);
}

static void a_pipe_that_does_not_block_is_waited_for(void **state)
{
	static char data[1 << 20], buf[1 << 16];
	size_t sum = 0;
	ssize_t n;
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	pid = fork_or_fail();
	if (!pid) {
		close(fds[0]);
		_exit(util_write_all(fds[1], data, sizeof(data)) ? 1 : 0);
	}
	close(fds[1]);
	usleep(200000);			/* it is full */
	for (;;) {
		struct pollfd readable = { .fd = fds[0], .events = POLLIN };

		poll(&readable, 1, -1);
		n = read(fds[0], buf, sizeof(buf));
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			break;
		sum += (size_t)n;
	}
	close(fds[0]);
	ck_u64((uint64_t)status_of(pid), 0);
	ck_u64(sum, sizeof(data));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_command_has_the_default_sigpipe),
		UNIT_TEST(a_command_prints_nothing_into_the_recording),
		UNIT_TEST(nohup_is_heeded_and_a_script_can_interrupt),
		UNIT_TEST(a_later_signal_ends_a_write_that_nobody_reads),
		UNIT_TEST(a_pipe_that_does_not_block_is_waited_for),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
