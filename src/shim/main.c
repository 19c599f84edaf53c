/* belay-shim DIR: holds one agent.  The spec comes on stdin, the answer goes to
 * fd 3; both are described in wire/shim_proto.h.
 *
 * How it works.  After the spec is read the process forks twice, so that it
 * belongs to nobody's group or session; each step of the start is a row of a
 * table, and the name of the row that failed is the answer. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/shim.h"

#define ANSWER_FD 3

static struct spec spec;
static sigset_t signals; /* ours to take */
static const char *stage, *field = "";

static int
start_spec(struct shim *s)
{
	static char text[LIMIT_SPEC_BYTES + 1];
	static const char *words[SPEC_WORDS];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r;
	const char *wrong;
	size_t len;

	r = spec_read(STDIN_FILENO, text, sizeof text, &len);
	if (r < 0)
		return r;
	wrong = spec_parse(&spec, text, len, words);
	if (wrong) {
		stage = "spec.";
		field = wrong;
		return -EINVAL;
	}
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(null, fd) < 0)
			return -errno;
	}
	(void)close_range(ANSWER_FD + 1, ~0u, 0);
	(void)fcntl(ANSWER_FD, F_SETFD, FD_CLOEXEC);
	return 0;
}

/* Out of the caller's process group and session, and no session leader, so no
 * terminal can become ours.  Only the last process returns. */
static int
start_detach(struct shim *s)
{
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (pid > 0)
			_exit(0);
		if (i == 0)
			(void)setsid();
	}
	return 0;
}

static int
start_dir(struct shim *s)
{
	struct stat st;

	if (chdir(s->dir) < 0 || stat(".", &st) < 0 || !(s->dir = realpath(".", NULL)))
		return -errno;
	return st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? 0 : -EPERM;
}

/* Held by the open file until this process ends; never passed on by exec. */
static int
start_lock(struct shim *s)
{
	int fd = open("shim.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int
start_status(struct shim *s)
{
	struct shim_status *st = &s->status;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	memcpy(st->session, spec.session, sizeof st->session);
	st->generation = (uint32_t)spec.generation;
	st->shim_pid = getpid();
	st->shim_start = child_start_time(getpid());
	st->cols = (uint16_t)spec.cols;
	st->rows = (uint16_t)spec.rows;
	st->pipe = spec.pipe;
	st->ring_bytes = spec.ring_bytes;
	st->started_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	return shim_status_open(s);
}

static int
start_ring(struct shim *s)
{
	int r =
	    ring_open(&s->ring, "ring", spec.ring_bytes, s->status.generation, spec.pipe);

	(void)unlink("keyframe"); /* of another life */
	if (r < 0)
		return r;
	ring_mark(&s->ring, s->status.cols, s->status.rows, false);
	return 0;
}

static int
start_child(struct shim *s)
{
	int r, fd;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	s->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return -errno;
	r = child_start(&s->child, &spec, &stage);
	if (r < 0)
		return r;
	s->linger_us = (int64_t)spec.linger_s * 1000000;
	s->status.state = SHIM_RUNNING;
	s->status.child_pid = s->child.pid;
	s->status.child_start = child_start_time(s->child.pid);
	(void)shim_status_write(s);
	/* The kernel should take almost anybody else; the child goes on as we came. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	(void)!write(fd, "-900", 4);
	child_close(&fd);
	return 0;
}

static const struct step {
	const char *stage;
	int (*run)(struct shim *);
} steps[] = {
	{ "spec", start_spec },
	{ "fork", start_detach },
	{ "dir", start_dir },
	{ "lock", start_lock },
	{ "status", start_status },
	{ "ring", start_ring },
	{ "socket", shim_listen },
	{ "fork", start_child },
};

static int
start(struct shim *s)
{
	int r = 0;

	(void)signal(SIGCHLD, SIG_DFL); /* if ignored, nobody could be waited for */
	(void)sigfillset(&signals);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(steps); i++) {
		stage = steps[i].stage;
		r = steps[i].run(s);
	}
	if (r < 0 && s->status_fd >= 0) {
		s->status.state = SHIM_FAILED;
		s->status.exec_errno = -r;
		(void)shim_status_write(s);
	}
	if (r < 0 && s->listener >= 0)
		(void)unlink("shim.sock");
	return r;
}

static void
answer(const struct shim *s, int error)
{
	const struct shim_status *st = &s->status;
	const uint64_t numbers[] = { (uint64_t)st->shim_pid, st->shim_start,
		(uint64_t)st->child_pid, st->child_start };
	char line[128];
	struct shim_text t = { line, line + sizeof line };

	shim_text_put(&t, error ? "err " : "ok");
	shim_text_put(&t, error ? stage : "");
	shim_text_put(&t, field);
	for (size_t i = 0; i < (error ? 1 : ARRAY_LEN(numbers)); i++) {
		shim_text_put(&t, " ");
		shim_text_number(&t, error ? (uint64_t)error : numbers[i]);
	}
	shim_text_put(&t, "\n");
	(void)!write(ANSWER_FD, line, (size_t)(t.at - line));
	(void)close(ANSWER_FD);
}

int
main(int argc, char **argv)
{
	static struct shim shim; /* all zeros: what is never used costs no memory */
	static const char usage[] =
	    "usage: belay-shim DIR  (spec on 0, answer on 3, see belay-shim(8))\n";
	int r;

	if (argc != 2 || argv[1][0] == '-' || fcntl(ANSWER_FD, F_GETFD) < 0) {
		(void)!write(STDERR_FILENO, usage, sizeof usage - 1);
		return 2;
	}
	shim.dir = argv[1];
	shim.signals = shim.listener = shim.status_fd = -1;
	r = start(&shim);
	answer(&shim, -r);
	if (r == 0)
		shim_run(&shim);
	return r != 0;
}
