#include "main/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

static void
to_null(void)
{
	cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		(void)dup2(null, fd);
}

/* The process that was called: one byte is the daemon's status, nothing means
 * that it died. */
static void NORETURN
wait_for_daemon(int fd, pid_t middle)
{
	unsigned char status = 1;
	ssize_t n;

	while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
		;
	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? status : 1);
}

int
detach_fork(int *ret_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault(-errno);
	pid = fork();
	if (pid < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return fault(-errno);
	}
	if (pid > 0) {
		(void)close(ends[1]);
		wait_for_daemon(ends[0], pid);
	}
	(void)close(ends[0]);
	if (setsid() < 0)
		_exit(1);
	/* Once more, so that we lead no session and can get no terminal by accident. */
	pid = fork();
	if (pid)
		_exit(pid < 0);
	if (chdir("/") < 0)
		_exit(1);
	*ret_fd = ends[1];
	return 0;
}

static void
say(int fd, unsigned char status)
{
	if (fd < 0)
		return;
	while (write(fd, &status, 1) < 0 && errno == EINTR)
		;
	(void)close(fd);
}

void
detach_ready(int fd)
{
	if (fd >= 0)
		to_null();
	say(fd, 0);
}

void
detach_failed(int fd, int status)
{
	say(fd, (unsigned char)status);
}
