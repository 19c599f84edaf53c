/* How it works.  All that can fail is done before fork() or reported through a
 * close-on-exec pipe: one byte for the stage and the errno.  An empty pipe
 * means that exec() succeeded.
 *
 * Descendants are found by walking /proc/PID/task/TID/children from ourselves.
 * A process that forks meanwhile can be missed, so KILL is repeated until a
 * walk finds nobody new; killed parents hand their children to us. */
#include "shim/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define TREE_MAX    4096u /* processes of one agent that a walk can hold */
#define KILL_ROUNDS 64u   /* a fork bomb must not hold the shim for ever */

static const char *const stages[] = { "pty", "fork", "cwd", "exec" };

enum stage { STAGE_PTY, STAGE_FORK, STAGE_CWD, STAGE_EXEC };

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int
pty_open(struct child *c, const struct spec *spec)
{
	struct winsize size = { .ws_col = spec->cols, .ws_row = spec->rows };
	struct termios mode;
	int unlock = 0;

	c->in = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (c->in < 0 || ioctl(c->in, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	c->slave = ioctl(c->in, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->slave < 0 || ioctl(c->in, TIOCSWINSZ, &size) < 0 ||
	    tcgetattr(c->slave, &mode) < 0)
		return -errno;
	mode.c_iflag |= IUTF8;
	if (tcsetattr(c->slave, TCSANOW, &mode) < 0)
		return -errno;
	c->out[0] = c->in;
	return 0;
}

/* Three pipes; theirs[] are the child's ends.  Only our ends do not block. */
static int
pipes_open(struct child *c, int theirs[3])
{
	int ends[2];

	for (int i = 0; i < 3; i++) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		theirs[i] = ends[i == 0 ? 0 : 1];
		*(i == 0 ? &c->in : &c->out[i - 1]) = ends[i == 0 ? 1 : 0];
		if (fcntl(ends[i == 0 ? 1 : 0], F_SETFL, O_NONBLOCK) < 0)
			return -errno;
	}
	return 0;
}

static void
put_oom_score(int score)
{
	char text[16];
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	int len = snprintf(text, sizeof text, "%d", score);

	if (fd >= 0) {
		(void)!write(fd, text, (size_t)len);
		(void)close(fd);
	}
}

static NORETURN void
child_run(const struct child *c, const struct spec *spec, const int theirs[3],
    const struct child_origin *origin, int report)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	enum stage stage = STAGE_FORK;
	sigset_t none;
	int words[2];

	(void)setsid();
	for (int signo = 1; signo < NSIG; signo++)
		(void)sigaction(signo, &plain, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(origin->umask);
	put_oom_score(origin->oom_score);
	if (!c->pipe) {
		stage = STAGE_PTY;
		if (ioctl(c->slave, TIOCSCTTY, 0) < 0)
			goto failed;
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(c->pipe ? theirs[i] : c->slave, i) < 0)
			goto failed;
	}
	stage = STAGE_CWD;
	if (chdir(spec->cwd) < 0)
		goto failed;
	stage = STAGE_EXEC;
	(void)execve(spec->program, spec->argv, spec->env);
failed:
	words[0] = (int)stage;
	words[1] = errno;
	(void)!write(report, words, sizeof words);
	_exit(127);
}

/* The child's word about its exec: 0, or -errno and its stage. */
static int
exec_result(int report, enum stage *ret_stage)
{
	int words[2];
	ssize_t n;

	do
		n = read(report, words, sizeof words);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof words)
		return 0;
	*ret_stage = (enum stage)words[0];
	return -words[1];
}

static int
start(struct child *c, const struct spec *spec, const struct child_origin *origin,
    int theirs[3], int report[2], enum stage *stage)
{
	int r = spec->pipe ? pipes_open(c, theirs) : pty_open(c, spec);

	if (r < 0)
		return r;
	*stage = STAGE_FORK;
	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (c->pid == 0)
		child_run(c, spec, theirs, origin, report[1]);
	close_fd(&report[1]);
	return exec_result(report[0], stage);
}

int
child_start(struct child *c, const struct spec *spec, const struct child_origin *origin,
    const char **ret_stage)
{
	int theirs[3] = { -1, -1, -1 }, report[2] = { -1, -1 };
	enum stage stage = STAGE_PTY;
	int r;

	*c = CHILD_NONE;
	c->pipe = spec->pipe;
	r = start(c, spec, origin, theirs, report, &stage);
	for (int i = 0; i < 3; i++)
		close_fd(&theirs[i]);
	close_fd(&report[0]);
	close_fd(&report[1]);
	if (r < 0) {
		if (!c->pipe)
			c->out[0] = -1;
		close_fd(&c->in);
		close_fd(&c->out[0]);
		close_fd(&c->out[1]);
		close_fd(&c->slave);
		*c = CHILD_NONE;
		*ret_stage = stages[stage];
	}
	return r;
}

void
child_close_input(struct child *c)
{
	if (c->pipe)
		close_fd(&c->in);
}

int
child_resize(const struct child *c, uint16_t cols, uint16_t rows)
{
	struct winsize size = { .ws_col = cols, .ws_row = rows };

	if (c->pipe)
		return -ENOTTY;
	return ioctl(c->out[0], TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* --- Descendants --------------------------------------------------------- */

struct tree {
	pid_t pid[TREE_MAX];
	unsigned count;
};

static bool
tree_has(const struct tree *t, pid_t pid)
{
	for (unsigned i = 0; i < t->count; i++) {
		if (t->pid[i] == pid)
			return true;
	}
	return false;
}

static void
tree_add_children(struct tree *t, pid_t pid, const char *tid)
{
	char path[64], list[4096];
	size_t have = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, list + have, sizeof list - 1 - have)) > 0) {
		char *at = list, *stop;

		have += (size_t)n;
		list[have] = '\0';
		/* Each pid is followed by a space; one without may be cut off. */
		while ((stop = strchr(at, ' '))) {
			pid_t child = (pid_t)strtol(at, NULL, 10);

			if (t->count < TREE_MAX && !tree_has(t, child))
				t->pid[t->count++] = child;
			at = stop + 1;
		}
		have = strlen(at);
		memmove(list, at, have);
	}
	if (fd >= 0)
		(void)close(fd);
}

static void
tree_add_process(struct tree *t, pid_t pid)
{
	char path[32];
	struct dirent *thread;
	DIR *threads;

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	threads = opendir(path);
	while (threads && (thread = readdir(threads))) {
		if (thread->d_name[0] != '.')
			tree_add_children(t, pid, thread->d_name);
	}
	if (threads)
		(void)closedir(threads);
}

/* Breadth first from ourselves: parents stand before their children. */
static void
tree_walk(struct tree *t)
{
	t->count = 0;
	tree_add_process(t, getpid());
	for (unsigned i = 0; i < t->count; i++)
		tree_add_process(t, t->pid[i]);
}

static int
tree_signal(int signo)
{
	static struct tree now, before;
	unsigned rounds = signo == SIGKILL ? KILL_ROUNDS : 1;
	bool fresh = true;

	before.count = 0;
	while (fresh && rounds-- > 0) {
		fresh = false;
		tree_walk(&now);
		for (unsigned i = 0; i < now.count; i++) {
			fresh |= !tree_has(&before, now.pid[i]);
			(void)kill(now.pid[i], signo);
		}
		before = now;
	}
	return before.count > 0 ? 0 : -ESRCH;
}

int
child_signal(const struct child *c, int signo, enum shim_signal_scope scope)
{
	pid_t group = c->pid;

	if (scope == SHIM_TO_TREE)
		return tree_signal(signo);
	if (scope == SHIM_TO_FOREGROUND && !c->pipe && c->pid > 0 &&
	    ioctl(c->out[0], TIOCGPGRP, &group) < 0)
		return -errno;
	if (group <= 0)
		return -ESRCH;
	return kill(-group, signo) < 0 ? -errno : 0;
}

uint32_t
child_descendants(void)
{
	static struct tree t;
	uint32_t alive = 0;

	tree_walk(&t);
	for (unsigned i = 0; i < t.count; i++)
		alive += child_start_time(t.pid[i]) != 0;
	return alive;
}

uint64_t
child_start_time(pid_t pid)
{
	char path[32], line[512], *at;
	ssize_t n = 0;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, line, sizeof line - 1);
		(void)close(fd);
	}
	line[n > 0 ? n : 0] = '\0';
	at = strrchr(line, ')'); /* the name before it may hold anything */
	if (!at || strlen(at) < 3 || at[2] == 'Z' || at[2] == 'X')
		return 0;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}
