/* belay-shim DIR: holds one agent.  The spec comes on stdin, the answer goes to
 * fd 3; both are described in wire/shim_proto.h.
 *
 * How it works.  After the spec is read the process forks twice, so that it
 * belongs to nobody's group or session; each step of the start is a row of a
 * table, and the name of the row that failed is the answer. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/shim.h"

#define ANSWER_FD 3

static struct shim shim; /* all zeros, so that what is never used costs no memory */
static struct spec spec;
static struct child_origin origin;
static const char *stage = "spec";

static int
start_dir(void)
{
	struct stat st;

	if (chdir(shim.dir) < 0 || stat(".", &st) < 0)
		return -errno;
	if (shim.dir[0] != '/')
		shim.dir = realpath(".", NULL);
	if (!shim.dir)
		return -errno;
	return st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? 0 : -EPERM;
}

/* Held by the open file until this process ends; never passed on by exec. */
static int
start_lock(void)
{
	int fd = open("shim.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int
start_status(void)
{
	struct timespec now;
	int r = shim_status_open(&shim);

	if (r < 0)
		return r;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	memcpy(shim.status.session, spec.session, sizeof shim.status.session);
	shim.status.generation = spec.generation;
	shim.status.shim_pid = getpid();
	shim.status.shim_start = child_start_time(getpid());
	shim.status.cols = spec.cols;
	shim.status.rows = spec.rows;
	shim.status.pipe = spec.pipe;
	shim.status.ring_bytes = spec.ring_bytes;
	shim.status.started_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	shim_status_write(&shim);
	return 0;
}

static int
start_ring(void)
{
	int r =
	    ring_open(&shim.ring, "ring", spec.ring_bytes, spec.generation, spec.pipe);

	(void)unlink("keyframe"); /* of another life */
	if (r == 0)
		ring_mark(&shim.ring, spec.cols, spec.rows, false);
	return r;
}

static int
start_socket(void)
{
	return shim_listen(&shim);
}

static void
handle_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN,
		SIGTTOU, SIGXFSZ, SIGUSR2, SIGALRM };
	static const int ours[] = { SIGCHLD, SIGTERM, SIGUSR1 };
	sigset_t taken;

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&taken);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		(void)signal(ours[i], SIG_DFL); /* the caller may have ignored it */
		(void)sigaddset(&taken, ours[i]);
	}
	(void)sigprocmask(SIG_SETMASK, &taken, NULL);
	shim.signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The kernel should take almost anybody else; the child goes on as we came. */
static void
guard_from_oom(void)
{
	char text[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		origin.oom_score = (int)strtol(text, NULL, 10);
	if (origin.oom_score < 0)
		origin.oom_score = 0;
	if (fd >= 0)
		(void)!pwrite(fd, "-900", 4, 0);
	if (fd >= 0)
		(void)close(fd);
}

static int
start_child(void)
{
	int r;

	shim.linger_s = spec.linger_s;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	guard_from_oom();
	handle_signals();
	r = child_start(&shim.child, &spec, &origin, &stage);
	if (r < 0 || shim.signals < 0)
		return r < 0 ? r : -EMFILE;
	shim.status.state = SHIM_RUNNING;
	shim.status.child_pid = shim.child.pid;
	shim.status.child_start = child_start_time(shim.child.pid);
	ring_sync(&shim.ring);
	shim_status_write(&shim);
	return 0;
}

static const struct step {
	const char *stage;
	int (*run)(void);
} steps[] = {
	{ "dir", start_dir },
	{ "lock", start_lock },
	{ "status", start_status },
	{ "ring", start_ring },
	{ "socket", start_socket },
	{ "fork", start_child },
};

static void
answer(int error)
{
	if (error != 0)
		(void)dprintf(ANSWER_FD, "err %s %d\n", stage, error);
	else
		(void)dprintf(ANSWER_FD, "ok %d %llu %d %llu\n",
		    (int)shim.status.shim_pid, (unsigned long long)shim.status.shim_start,
		    (int)shim.status.child_pid,
		    (unsigned long long)shim.status.child_start);
	(void)close(ANSWER_FD);
}

/* What only the start needs, in pages that are given back after it. */
struct start_memory {
	char text[LIMIT_SPEC_BYTES + 1];
	char *words[SPEC_WORDS];
};

static int
read_spec(struct start_memory *m)
{
	static char named[32];
	const char *field;
	size_t len;
	int r;

	if (m == MAP_FAILED)
		return -ENOMEM;
	r = spec_read(STDIN_FILENO, m->text, sizeof m->text, &len);
	field = r == 0 ? spec_parse(&spec, m->text, len, m->words) : NULL;
	if (!field)
		return r;
	(void)snprintf(named, sizeof named, "spec.%s", field);
	stage = named;
	return -EINVAL;
}

/* Out of the caller's process group and session, and no session leader, so no
 * terminal can become ours.  Only the last process returns. */
static int
detach(void)
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
start(char *dir)
{
	struct start_memory *m = mmap(
	    NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = read_spec(m);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (r < 0 || null < 0)
		return r < 0 ? r : -errno;
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	(void)close_range(ANSWER_FD + 1, ~0u, 0);
	(void)fcntl(ANSWER_FD, F_SETFD, FD_CLOEXEC);
	stage = "fork";
	r = detach();
	shim.dir = dir;
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(steps); i++) {
		stage = steps[i].stage;
		r = steps[i].run();
	}
	if (r < 0 && shim.status_fd >= 0) {
		shim.status.state = SHIM_FAILED;
		shim.status.exec_errno = -r;
		shim_status_write(&shim);
	}
	if (r < 0 && shim.listener >= 0)
		(void)unlink("shim.sock");
	(void)munmap(m, sizeof *m);
	return r;
}

int
main(int argc, char **argv)
{
	int r;

	if (argc != 2 || argv[1][0] == '-') {
		static const char usage[] =
		    "usage: belay-shim DIR  (the spec on stdin, see belay-shim(8))\n";

		(void)!write(STDERR_FILENO, usage, sizeof usage - 1);
		return 2;
	}
	if (fcntl(ANSWER_FD, F_GETFD) < 0) {
		static const char missing[] = "belay-shim: nobody listens on fd 3\n";

		(void)!write(STDERR_FILENO, missing, sizeof missing - 1);
		return 2;
	}
	shim.signals = shim.listener = shim.status_fd = -1;
	origin.umask = umask(077);
	r = start(argv[1]);
	answer(-r);
	if (r < 0)
		return 1;
	shim_run(&shim);
	return 0;
}
