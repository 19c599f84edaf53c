/* The start of a shim.  What we start is not yet the shim: belay-shim forks
 * away from its first process, which ends at once; systemd-run --scope makes
 * its own process the scope and turns into belay-shim.  So the process we
 * started is only reaped, by an object of its own that may outlive the link,
 * and the answer comes on a pipe.  The end of the pipe without an answer says
 * that all of them died.
 *
 * With a user manager the first try is a scope; if that gives no answer (no
 * bus, no right, a full table of units) the second is without. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"
#include "host/host_link.h"
#include "os/os.h"

/* A bus that does not answer holds systemd-run for longer than anybody waits. */
#define SCOPE_MS 10000u

struct reaper {
	struct loop_child child;
	struct host_spawn *spawn; /* NULL: nobody waits for it any more */
};

struct host_spawn {
	struct host_link *link;
	struct buf spec, program, runner, answer;
	bool scoped;
	int fd; /* -1 or the pipe of the answer */
	struct loop_fd io;
	struct reaper *reaper;
	pid_t unwatched; /* a child without a reaper, for want of an fd; 0: none */
	struct loop_timer limit;
};

static void spawn_retry_plain(struct host_spawn *s);

/* --- The spec ----------------------------------------------------------------- */

static void
spec_word(struct buf *b, const char *word)
{
	buf_put(b, word, strlen(word) + 1);
}

static void
spec_number(struct buf *b, uint64_t v)
{
	buf_printf(b, "%llu", (unsigned long long)v);
	buf_putc(b, '\0');
}

static void
spec_list(struct buf *b, char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	spec_number(b, n);
	for (size_t i = 0; i < n; i++)
		spec_word(b, words[i]);
}

static void
spec_put(struct buf *b, const struct host_spec *spec)
{
	char id[ID_TEXT_BYTES];

	session_id_text(spec->session, id);
	spec_word(b, "belay-shim-spec 1");
	spec_word(b, id);
	spec_number(b, spec->generation);
	spec_number(b, spec->cols);
	spec_number(b, spec->rows);
	spec_number(b, spec->ring_bytes);
	spec_number(b, spec->linger_s);
	spec_word(b, spec->pipe ? "pipe" : "pty");
	spec_word(b, spec->cwd);
	spec_word(b, spec->program);
	spec_list(b, spec->argv);
	spec_list(b, spec->env);
}

/* --- Ends of a start ------------------------------------------------------------ */

static void
spawn_close_answer(struct host_spawn *s)
{
	loop_fd_stop(&s->io);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	if (s->unwatched != 0)
		(void)waitpid(s->unwatched, NULL, WNOHANG);
	s->unwatched = 0;
}

static void
spawn_forget_reaper(struct host_spawn *s)
{
	if (s->reaper)
		s->reaper->spawn = NULL;
	s->reaper = NULL;
}

void
host_spawn_end(struct host_link *h)
{
	struct host_spawn *s = h->spawn;

	if (!s)
		return;
	h->spawn = NULL;
	spawn_close_answer(s);
	spawn_forget_reaper(s);
	loop_timer_stop(&s->limit);
	/* It holds the environment of the agent. */
	if (s->spec.data)
		explicit_bzero(s->spec.data, s->spec.len);
	buf_deinit(&s->spec);
	buf_deinit(&s->program);
	buf_deinit(&s->runner);
	buf_deinit(&s->answer);
	free(s);
}

static void
spawn_tell_failure(struct host_link *h)
{
	host_enter(h);
	h->state = HOST_OVER;
	host_emit_status(h, HOST_EV_START_FAILED, 0);
	host_leave(h);
}

static void
spawn_tell_later(struct loop_later *later)
{
	spawn_tell_failure(container_of(later, struct host_link, later));
}

static void
spawn_process_ended(struct loop_child *child, int status)
{
	(void)status;
	spawn_tell_failure(container_of(child, struct host_link, process));
}

/* A shim answers before it ends, and holds the directory's lock until then:
 * who hears of the failure may start the next one at once, so it is told
 * after the end. */
static bool
spawn_wait_for_end(struct host_link *h)
{
	int pidfd;

	host_status_read(h);
	if (h->status.state != SHIM_FAILED ||
	    os_pidfd(h->status.shim_pid, h->status.shim_start, &pidfd) < 0)
		return false;
	return loop_child_start(h->loop, &h->process, h->status.shim_pid, pidfd, false,
		   spawn_process_ended) == 0;
}

static void
spawn_failed(struct host_link *h, struct str stage, int error)
{
	bool wait = spawn_wait_for_end(h);

	(void)snprintf(h->stage, sizeof(h->stage), "%.*s", STR_ARG(stage));
	h->start_errno = error;
	h->status.state = SHIM_FAILED;
	h->status.exec_errno = error;
	host_spawn_end(h);
	if (!wait)
		loop_later(h->loop, &h->later, spawn_tell_later);
}

static void
spawn_succeeded(struct host_link *h)
{
	host_spawn_end(h);
	host_status_read(h);
	h->state = HOST_WAITING;
	host_emit_status(h, HOST_EV_STARTED, 0);
	if (!link_over(h))
		host_connect_try(h);
}

/* --- The answer --------------------------------------------------------------- */

static bool
answer_ok(struct shim_status *st, struct str rest)
{
	uint64_t shim_pid, shim_start, pid, start;

	if (!str_to_u64(str_cut(&rest, ' '), &shim_pid) ||
	    !str_to_u64(str_cut(&rest, ' '), &shim_start) ||
	    !str_to_u64(str_cut(&rest, ' '), &pid) ||
	    !str_to_u64(str_cut(&rest, ' '), &start) || rest.len > 0 ||
	    shim_pid > INT32_MAX || pid > INT32_MAX)
		return false;
	st->shim_pid = (int32_t)shim_pid;
	st->shim_start = shim_start;
	st->child_pid = (int32_t)pid;
	st->child_start = start;
	st->state = SHIM_RUNNING;
	return true;
}

static void
spawn_answered(struct host_spawn *s)
{
	struct host_link *h = s->link;
	struct str line = str_trim(buf_str(&s->answer)), word, stage;
	char copy[32];
	int64_t error;

	word = str_cut(&line, ' ');
	if (str_eqz(word, "ok") && answer_ok(&h->status, line)) {
		spawn_succeeded(h);
		return;
	}
	stage = str_cut(&line, ' ');
	if (str_eqz(word, "err") && str_to_i64(line, &error) && error > 0 &&
	    error < 4096 && stage.len < sizeof(copy)) {
		memcpy(copy, stage.p, stage.len);
		spawn_failed(h, str_make(copy, stage.len), (int)error);
		return;
	}
	if (s->scoped)
		spawn_retry_plain(s);
	else
		spawn_failed(h, STR("shim"), s->answer.len > 0 ? EPROTO : EPIPE);
}

static void
answer_ready(struct loop_fd *io, unsigned what)
{
	struct host_spawn *s = container_of(io, struct host_spawn, io);
	struct host_link *h = s->link;
	char *at = buf_room(&s->answer, 256);
	ssize_t n = at ? read(s->fd, at, 256) : 0;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		buf_grew(&s->answer, (size_t)n);
		return;
	}
	host_enter(h);
	spawn_close_answer(s);
	spawn_answered(s);
	host_leave(h);
}

/* --- The process ------------------------------------------------------------------ */

static void
reaper_ended(struct loop_child *child, int status)
{
	struct reaper *r = container_of(child, struct reaper, child);

	(void)status; /* the answer says more */
	if (r->spawn) {
		loop_timer_stop(&r->spawn->limit);
		r->spawn->reaper = NULL;
	}
	free(r);
}

static void
scope_takes_too_long(struct loop_timer *timer)
{
	struct host_spawn *s = container_of(timer, struct host_spawn, limit);

	/* The end of the pipe follows, and the next try. */
	if (s->reaper)
		(void)!os_pidfd_signal(s->reaper->child.pidfd, SIGKILL);
}

/* The program runs already: want of an fd must not make a failure of it. */
static void
spawn_reap_later(struct host_spawn *s, pid_t pid)
{
	struct reaper *reaper;
	int pidfd;

	s->unwatched = pid;
	if (os_pidfd_child(pid, &pidfd) < 0)
		return;
	reaper = xnew(struct reaper);
	if (loop_child_start(
		s->link->loop, &reaper->child, pid, pidfd, true, reaper_ended) < 0) {
		free(reaper);
		return;
	}
	reaper->spawn = s;
	s->reaper = reaper;
	s->unwatched = 0;
}

/* All that can fail is done before the program runs. */
static int
spawn_try(struct host_spawn *s)
{
	const struct shim_status *st = &s->link->status;
	cleanup_fd int memfd = -1, shim_end = -1;
	char unit[96];
	char *argv[] = { s->runner.data, (char[]){ "--user" }, (char[]){ "--scope" },
		(char[]){ "--quiet" }, (char[]){ "--collect" }, unit, (char[]){ "--" },
		s->program.data, s->link->dir, NULL };
	struct os_spawn spawn = {
		.path = s->scoped ? s->runner.data : s->program.data,
		.argv = s->scoped ? argv : argv + 7,
		.nfds = 4,
		.setsid = true,
	};
	int pipes[2], r;
	pid_t pid;

	(void)snprintf(
	    unit, sizeof(unit), "--unit=belay-%s-%u", st->session, st->generation);
	r = os_memfd(buf_str(&s->spec), &memfd);
	if (r < 0)
		return fault(r);
	r = os_pipe(pipes);
	if (r < 0)
		return fault(r);
	s->fd = pipes[0];
	shim_end = pipes[1];
	r = loop_fd_start(s->link->loop, &s->io, s->fd, LOOP_READ, answer_ready);
	spawn.fds[0] = memfd;
	spawn.fds[1] = spawn.fds[2] = -1;
	spawn.fds[3] = shim_end;
	if (r == 0)
		r = os_spawn(&spawn, &pid);
	if (r < 0) {
		spawn_close_answer(s);
		return fault(r);
	}
	spawn_reap_later(s, pid);
	return 0;
}

static void
spawn_retry_plain(struct host_spawn *s)
{
	struct host_link *h = s->link;
	int r;

	spawn_forget_reaper(s);
	loop_timer_stop(&s->limit);
	buf_clear(&s->answer);
	s->scoped = false;
	r = spawn_try(s);
	if (r < 0)
		spawn_failed(h, STR("shim"), -r);
}

/* A scope of our own needs the user's manager and its tool. */
static bool
spawn_find_manager(struct buf *runner)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	cleanup_buf struct buf socket = BUF(LIMIT_PATH_BYTES);

	if (!runtime || runtime[0] != '/')
		return false;
	buf_printf(&socket, "%s/systemd/private", runtime);
	return !buf_failed(&socket) && access(buf_text(&socket), F_OK) == 0 &&
	       os_find_program("systemd-run", NULL, NULL, runner) == 0;
}

static int
spawn_find_shim(struct buf *ret)
{
	static const char *const places[] = { "belay-shim",
		"../libexec/belay/belay-shim" };
	const char *given = getenv("BELAY_SHIM");
	cleanup_buf struct buf dir = BUF(LIMIT_PATH_BYTES);
	int r;

	if (given && given[0] != '\0') {
		buf_puts(ret, given);
		return 0;
	}
	r = os_exe_dir(&dir);
	if (r < 0)
		return fault(r);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		buf_clear(ret);
		buf_printf(ret, "%s/%s", buf_text(&dir), places[i]);
		if (access(buf_text(ret), X_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int
host_spawn_begin(struct host_link *h, const struct host_spec *spec)
{
	struct host_spawn *s = xnew(struct host_spawn);
	int r;

	*s = (struct host_spawn){
		.link = h,
		.fd = -1,
		.spec = BUF(LIMIT_SPEC_BYTES),
		.program = BUF(2 * LIMIT_PATH_BYTES),
		.runner = BUF(2 * LIMIT_PATH_BYTES),
		.answer = BUF(1024),
	};
	h->spawn = s;
	spec_put(&s->spec, spec);
	if (buf_failed(&s->spec)) {
		spawn_failed(h, STR("spec"), E2BIG);
		return 0;
	}
	r = spawn_find_shim(&s->program);
	if (r == 0) {
		s->scoped = spawn_find_manager(&s->runner);
		r = spawn_try(s);
		if (r < 0 && s->scoped) {
			spawn_retry_plain(s);
			return 0;
		}
	}
	if (r < 0)
		spawn_failed(h, STR("shim"), -r);
	else if (s->scoped)
		loop_timer_start(h->loop, &s->limit, SCOPE_MS, scope_takes_too_long);
	return 0;
}
