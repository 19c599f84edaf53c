/* How it works.  What fails in the child before it is the agent comes through a
 * close-on-exec pipe: the stage and the errno.  An empty pipe means that exec()
 * succeeded.
 *
 * Descendants are found by walking /proc/PID/task/TID/children from ourselves.
 * A process that forks meanwhile can be missed, so KILL is sent again each time
 * one has died, as long as there are any: the dead hand their children to us. */
#include "shim/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define DEPTH_MOST 64u /* generations of processes that a walk goes down */

enum { STAGE_PTY, STAGE_FORK, STAGE_CWD, STAGE_EXEC };

static const char *const stages[] = { "pty", "fork", "cwd", "exec" };

void
child_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

int
child_reopen(struct child *c)
{
	child_close(&c->their[0]);
	c->their[0] = ioctl(c->in, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return c->their[0] < 0 ? -errno : 0;
}

static int
pty_open(struct child *c, const struct spec *spec)
{
	struct winsize size = { .ws_col = (uint16_t)spec->cols,
		.ws_row = (uint16_t)spec->rows };
	struct termios mode;
	int unlock = 0;

	c->in = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (c->in < 0 || ioctl(c->in, TIOCSPTLCK, &unlock) < 0 || child_reopen(c) < 0 ||
	    ioctl(c->in, TIOCSWINSZ, &size) < 0 || tcgetattr(c->in, &mode) < 0)
		return -errno;
	mode.c_iflag |= IUTF8;
	c->out[0] = c->in;
	return tcsetattr(c->in, TCSANOW, &mode) < 0 ? -errno : 0;
}

/* Only our ends do not block. */
static int
pipes_open(struct child *c)
{
	int *const ours[3] = { &c->in, &c->out[0], &c->out[1] };
	int ends[2];

	for (int i = 0; i < 3; i++) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		c->their[i] = ends[i > 0];
		*ours[i] = ends[i == 0];
		if (fcntl(*ours[i], F_SETFL, O_NONBLOCK) < 0)
			return -errno;
	}
	return 0;
}

static NORETURN void
child_run(const struct child *c, const struct spec *spec, int report)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	int failed[2] = { STAGE_PTY, 0 };
	sigset_t none;

	(void)setsid();
	for (int signo = 1; signo < NSIG; signo++)
		(void)sigaction(signo, &plain, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!c->pipe && ioctl(c->their[0], TIOCSCTTY, 0) < 0)
		goto report;
	for (int i = 0; i < 3; i++) {
		if (dup2(c->their[c->pipe ? i : 0], i) < 0)
			goto report;
	}
	failed[0] = STAGE_CWD;
	if (chdir(spec->cwd) < 0)
		goto report;
	failed[0] = STAGE_EXEC;
	(void)execve(spec->program, (char *const *)(uintptr_t)spec->argv,
	    (char *const *)(uintptr_t)spec->env);
report:
	failed[1] = errno;
	(void)!write(report, failed, sizeof failed);
	_exit(127);
}

int
child_start(struct child *c, const struct spec *spec, const char **ret_stage)
{
	int report[2], failed[2], r;
	ssize_t n;

	*c = CHILD_NONE;
	c->pipe = spec->pipe;
	*ret_stage = stages[STAGE_PTY];
	r = spec->pipe ? pipes_open(c) : pty_open(c, spec);
	if (r < 0)
		return r;
	*ret_stage = stages[STAGE_FORK];
	if (pipe2(report, O_CLOEXEC) < 0 || (c->pid = fork()) < 0)
		return -errno;
	if (c->pid == 0)
		child_run(c, spec, report[1]);
	(void)close(report[1]);
	n = read(report[0], failed, sizeof failed);
	(void)close(report[0]);
	for (int i = 0; i < 3 && c->pipe; i++)
		child_close(&c->their[i]);
	if (n != (ssize_t)sizeof failed)
		return 0;
	*ret_stage = stages[failed[0]];
	return -failed[1];
}

void
child_close_input(struct child *c)
{
	if (c->pipe)
		child_close(&c->in);
}

/* --- Descendants --------------------------------------------------------- */

/* Opens /proc/PID/ and the rest of a path in two parts; -1: there is none. */
static int
proc_open(pid_t pid, const char *path, const char *more, const char *end)
{
	char name[64 + NAME_MAX] = "";
	struct shim_text t = { name, name + sizeof name - 1 };

	shim_text_put(&t, "/proc/");
	shim_text_number(&t, (uint64_t)pid);
	shim_text_put(&t, path);
	shim_text_put(&t, more);
	shim_text_put(&t, end);
	return open(name, O_RDONLY | O_CLOEXEC);
}

/* A daemon that was started on demand from inside this session, or the shim of
 * another one: as a subreaper we are their parent, but they are not ours to end. */
static bool
is_belay(pid_t pid)
{
	char name[16] = "";
	int fd = proc_open(pid, "/comm", "", "");
	ssize_t n = read(fd, name, sizeof name - 1);

	child_close(&fd);
	name[n > 0 ? n : 0] = '\0';
	return !strcmp(name, "belayd\n") || !strcmp(name, "belay-shim\n");
}

/* Signals (not with 0) all descendants, children before their parents so that
 * none is handed on while we look; returns how many live. */
static uint32_t
walk(pid_t pid, int signo, unsigned depth)
{
	int task = proc_open(pid, "/task", "", "");
	DIR *threads = fdopendir(task);
	struct dirent *thread;
	uint32_t alive = 0;

	while (threads && depth > 0 && (thread = readdir(threads))) {
		int fd = proc_open(pid, "/task/", thread->d_name, "/children");
		pid_t child = 0;
		char list[256];
		ssize_t n;

		while ((n = read(fd, list, sizeof list)) > 0) {
			for (const char *c = list; c < list + n; c++) {
				if (*c != ' ') {
					child = child * 10 + (*c - '0');
					continue;
				}
				if (!is_belay(child)) {
					alive += child_start_time(child) != 0;
					alive += walk(child, signo, depth - 1);
					if (signo != 0)
						(void)kill(child, signo);
				}
				child = 0;
			}
		}
		child_close(&fd);
	}
	if (threads)
		(void)closedir(threads);
	else
		child_close(&task);
	return alive;
}

uint32_t
child_descendants(void)
{
	return walk(getpid(), 0, DEPTH_MOST);
}

int
child_signal(struct child *c, int signo, enum shim_signal_scope scope)
{
	pid_t group = c->pid;

	if (scope == SHIM_TO_TREE) {
		c->killing |= signo == SIGKILL;
		return walk(getpid(), signo, DEPTH_MOST) > 0 ? 0 : -ESRCH;
	}
	if (scope == SHIM_TO_FOREGROUND && !c->pipe && group > 0 &&
	    ioctl(c->in, TIOCGPGRP, &group) < 0)
		return -errno;
	if (group <= 0)
		return -ESRCH;
	return kill(-group, signo) < 0 ? -errno : 0;
}

bool
child_reap(struct child *c, int *ret_status)
{
	bool ours = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != c->pid)
			continue;
		*ret_status = status;
		c->pid = 0;
		ours = true;
	}
	c->killing &= pid == 0; /* else there is nobody left */
	if (c->killing)
		(void)walk(getpid(), SIGKILL, DEPTH_MOST);
	return ours;
}

uint64_t
child_start_time(pid_t pid)
{
	int fd = proc_open(pid, "/stat", "", "");
	ssize_t n;
	char line[512], *at;

	n = read(fd, line, sizeof line - 1);
	child_close(&fd);
	line[n > 0 ? n : 0] = '\0';
	at = strrchr(line, ')'); /* the name before it may hold anything */
	if (!at || strlen(at) < 3 || at[2] == 'Z' || at[2] == 'X')
		return 0;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}
