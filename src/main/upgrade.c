#include "main/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "os/os.h"

enum { CHECK_MS = 10000 };

static char *
program(void)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;

	if (os_exe_dir(&b))
		return xstrdup("belayd");
	buf_puts(&b, "/belayd");
	return buf_take(&b);
}

void
upgrade_stop(struct upgrade *u)
{
	if (!u->running)
		return;
	loop_timer_stop(&u->timer);
	loop_child_stop(&u->child);
	if (u->out >= 0)
		(void)close(u->out);
	u->out = -1;
	free(u->path);
	u->path = NULL;
	u->running = false;
}

static void
finish(struct upgrade *u, const char *why)
{
	struct problem p;

	if (why)
		(void)problem_set(&p, OUTCOME_INTERNAL, "",
		    "%s %s; the running daemon goes on", u->path, why);
	upgrade_stop(u);
	u->fn(u, why ? &p : NULL);
}

static void
on_end(struct loop_child *child, int status)
{
	struct upgrade *u = container_of(child, struct upgrade, child);
	char words[256];
	ssize_t n = read(u->out, words, sizeof(words));
	cleanup_buf struct buf why = BUF(256);

	if (u->timed_out)
		buf_puts(&why, "did not say its version in time");
	else if (WIFSIGNALED(status))
		buf_printf(&why, "does not run (signal %d)", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		buf_printf(&why, "does not run (exit status %d)", WEXITSTATUS(status));
	else if (n <= 0 || !str_starts(str_make(words, (size_t)n), STR("belayd ")))
		buf_puts(&why, "does not say that it is belayd");
	finish(u, why.len ? buf_text(&why) : NULL);
}

static void
on_timeout(struct loop_timer *timer)
{
	struct upgrade *u = container_of(timer, struct upgrade, timer);

	/* Our child, not waited for yet: the pid is still its own. */
	u->timed_out = true;
	(void)kill(u->pid, SIGKILL);
}

static int
ask(struct upgrade *u)
{
	char *argv[] = { u->path, (char[]){ "--version" }, NULL };
	struct os_spawn spawn = { .path = u->path, .argv = argv, .cwd = "/", .nfds = 3 };
	cleanup_fd int write_end = -1, pidfd = -1;
	int ends[2], r = os_pipe(ends);

	if (r < 0)
		return r;
	u->out = ends[0];
	write_end = ends[1];
	spawn.fds[0] = spawn.fds[2] = -1;
	spawn.fds[1] = write_end;
	r = os_spawn(&spawn, &u->pid);
	if (!r)
		r = os_pidfd_child(u->pid, &pidfd);
	if (!r)
		r = loop_child_start(
		    u->loop, &u->child, u->pid, TAKE_FD(pidfd), true, on_end);
	if (!r)
		loop_timer_start(u->loop, &u->timer, CHECK_MS, on_timeout);
	return fault(r);
}

void
upgrade_check(struct upgrade *u, struct loop *l,
    void (*fn)(struct upgrade *, const struct problem *p))
{
	cleanup_buf struct buf why = BUF(256);
	struct problem p;
	int r;

	if (u->running) {
		(void)problem_set(
		    &p, OUTCOME_WRONG_STATE, "", "the daemon is just being restarted");
		fn(u, &p);
		return;
	}
	*u = (struct upgrade){
		.loop = l, .fn = fn, .out = -1, .path = program(), .running = true
	};
	r = ask(u);
	if (r < 0) {
		buf_printf(&why, "does not run (%s)", strerror(-r));
		finish(u, buf_text(&why));
	}
}

static void
hand_over(int fd, const char *variable)
{
	cleanup_buf struct buf text = BUF(16);

	if (fd < 0 || fcntl(fd, F_SETFD, 0) < 0)
		return;
	buf_printf(&text, "%d", fd);
	(void)setenv(variable, buf_text(&text), 1);
}

int
upgrade_exec(int listen_fd, int lock_fd)
{
	cleanup_free char *path = program();
	char *argv[] = { path, (char[]){ "--foreground" }, NULL };
	sigset_t none;

	hand_over(listen_fd, UPGRADE_LISTEN);
	hand_over(lock_fd, UPGRADE_LOCK);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execv(path, argv);
	return fault(-errno);
}

int
upgrade_taken(const char *variable)
{
	const char *text = getenv(variable);
	int64_t fd = -1;

	if (text && str_to_i64(str_of(text), &fd) &&
	    (fd < 3 || fd > INT32_MAX || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0))
		fd = -1;
	(void)unsetenv(variable);
	return (int)fd;
}
