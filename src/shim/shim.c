/* How it works.  One poll() a turn, then in this order: what the agent said,
 * signals, what viewers said, timers, what viewers get.  Every wait is for an
 * event; a timer is set only while something is under way that needs one, so an
 * idle shim never wakes.
 *
 * While the child lives its terminal's other side is held open here too: a
 * master whose last slave closed would report hang-up without end.  Should it
 * hang up all the same (vhangup), a new slave end is opened. */
#include "shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_SMALL 1024 /* after a read of less the agent is taken to be done */
#define DRAIN_TURNS                                                                      \
	64u /* blocks read after the child's end; others may hold its terminal */
#define RESTORE_US 50000   /* a program must see the false size before the true one */
#define REDRAW_US  1000000 /* at most one redraw in this time */
#define LEAVE_US   2000000 /* viewers may drain so long */

static int64_t
clock_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- The status record and the socket ------------------------------------- */

int
shim_status_write(struct shim *s)
{
	char slot[SHIM_STATUS_SLOT];
	ssize_t n;

	s->status.seq++;
	s->status.lost_bytes = s->ring.lost;
	s->status.ring_errno = s->ring.error;
	if (!shim_status_put(slot, &s->status))
		return -EMSGSIZE;
	n = pwrite(
	    s->status_fd, slot, sizeof slot, (off_t)(s->status.seq % 2 * sizeof slot));
	return n < 0 ? -errno : n < (ssize_t)sizeof slot ? -ENOSPC : 0;
}

int
shim_status_open(struct shim *s)
{
	static const size_t magic = sizeof SHIM_STATUS_MAGIC - 1;
	char file[2 * SHIM_STATUS_SLOT + 1] = "";
	int r, fd = open("status", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || pread(fd, file, sizeof file - 1, 0) < 0)
		return -errno;
	/* Our numbers go on after those of the one before us, read or torn. */
	for (const char *slot = file; slot < file + sizeof file - 1;
	     slot += SHIM_STATUS_SLOT) {
		uint64_t seq = strtoull(slot + magic, NULL, 10);

		if (memcmp(slot, SHIM_STATUS_MAGIC, magic) == 0 && seq > s->status.seq)
			s->status.seq = seq;
	}
	child_close(&s->status_fd);
	s->status_fd = fd;
	/* Both slots, now, while a full disk can still be reported. */
	r = shim_status_write(s);
	return r < 0 ? r : shim_status_write(s);
}

int
shim_listen(struct shim *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "shim.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)unlink(a.sun_path);
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    listen(fd, 64) < 0) {
		int error = errno;

		child_close(&fd);
		return -error;
	}
	child_close(&s->listener);
	s->listener = fd;
	return 0;
}

/* --- Sizes ---------------------------------------------------------------- */

static void
set_size(struct shim *s, uint16_t cols, uint16_t rows)
{
	struct winsize size = { .ws_col = cols, .ws_row = rows };

	if (ioctl(s->child.in, TIOCSWINSZ, &size) == 0)
		ring_mark(&s->ring, cols, rows, false);
}

void
shim_resize(struct shim *s, uint16_t cols, uint16_t rows)
{
	s->timer[TIMER_RESTORE] = 0;
	set_size(s, cols, rows);
	s->status.cols = cols;
	s->status.rows = rows;
	(void)shim_status_write(s);
}

void
shim_redraw(struct shim *s)
{
	if (s->child.pipe || shim_exited(s) || s->timer[TIMER_RESTORE] != 0)
		return;
	s->timer[TIMER_REDRAW] = s->redraw_next > s->now ? s->redraw_next : s->now;
}

/* --- The agent ------------------------------------------------------------ */

/* Reads one block at most; returns its size. */
static size_t
output_read(struct shim *s, int which)
{
	static uint8_t block[RING_BLOCK];
	int *fd = &s->child.out[which];
	bool alive = s->child.pid != 0;
	size_t got = 0;
	ssize_t n = 0;

	while (
	    got < sizeof block && (n = read(*fd, block + got, sizeof block - got)) > 0) {
		got += (size_t)n;
		if (n < READ_SMALL && alive)
			break;
	}
	if (got > 0 && s->child.pipe)
		ring_mark(&s->ring, s->status.cols, s->status.rows, which == 1);
	if (got > 0)
		ring_push(&s->ring, block, got);
	if (got == sizeof block || n > 0 || (n < 0 && errno == EAGAIN))
		return got;
	if (alive && !s->child.pipe) { /* EIO: hung up, for now */
		if (child_reopen(&s->child) < 0)
			s->timer[TIMER_OUTPUT] = s->now + SHIM_RETRY_US;
		return got;
	}
	child_close(fd);
	if (!s->child.pipe)
		s->child.in = -1;
	return got;
}

static void
child_exited(struct shim *s, int status)
{
	input_refuse_all(s);
	child_close_input(&s->child);
	/* All that the child wrote; what others still write comes later. */
	for (int which = 0; which <= s->child.pipe; which++) {
		for (unsigned turn = 0; turn < DRAIN_TURNS && output_read(s, which) > 0;
		     turn++)
			viewer_pump_all(s);
	}
	child_close(&s->child.their[0]);
	s->exit_position = s->ring.end;
	s->timer[TIMER_OUTPUT] = s->timer[TIMER_REDRAW] = s->timer[TIMER_RESTORE] = 0;
	s->timer[TIMER_LINGER] = s->now + s->linger_us;
	s->status.state = SHIM_GONE;
	s->status.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	s->status.exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	s->status.exited_ms = clock_us(CLOCK_REALTIME) / 1000;
	s->status.leftover = child_descendants();
	(void)shim_status_write(s);
}

static void
take_signals(struct shim *s)
{
	struct signalfd_siginfo info = { 0 };
	int status;

	while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGTERM && !shim_exited(s))
			(void)!child_signal(&s->child, SIGTERM, SHIM_TO_CHILD);
		if (info.ssi_signo != SIGUSR1)
			continue;
		/* Someone deleted our files, or the whole directory and made it anew. */
		(void)!chdir(s->dir);
		(void)!shim_listen(s);
		(void)!shim_status_open(s);
	}
	if (info.ssi_signo != 0 && child_reap(&s->child, &status))
		child_exited(s, status);
}

/* --- The loop ------------------------------------------------------------- */

void
shim_leave(struct shim *s)
{
	if (s->timer[TIMER_LEAVE] == 0)
		s->timer[TIMER_LEAVE] = s->now + LEAVE_US;
}

static bool
due(struct shim *s, enum shim_timer t)
{
	bool is_due = s->timer[t] != 0 && s->now >= s->timer[t];

	if (is_due)
		s->timer[t] = 0;
	return is_due;
}

static void
run_timers(struct shim *s)
{
	uint16_t cols = s->status.cols, rows = s->status.rows;

	(void)due(s, TIMER_ACCEPT);
	(void)due(s, TIMER_OUTPUT);
	s->lazy_due = due(s, TIMER_LAZY);
	if (due(s, TIMER_OWNER))
		input_owner_late(s);
	if (due(s, TIMER_RESTORE))
		set_size(s, cols, rows);
	if (due(s, TIMER_REDRAW)) {
		s->redraw_next = s->now + REDRAW_US;
		s->timer[TIMER_RESTORE] = s->now + RESTORE_US;
		set_size(
		    s, (uint16_t)(cols > LIMIT_COLS_MIN ? cols - 1 : cols + 1), rows);
	}
	if (due(s, TIMER_LINGER))
		shim_leave(s);
}

/* How long nothing may happen; NULL: for ever. */
static const struct timespec *
patience(const struct shim *s, struct timespec *t)
{
	int64_t first = INT64_MAX, wait;

	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		if (s->timer[i] != 0 && s->timer[i] < first)
			first = s->timer[i];
	}
	wait = first > s->now ? first - s->now : 0;
	*t = (struct timespec){ wait / 1000000, wait % 1000000 * 1000 };
	return first < INT64_MAX ? t : NULL;
}

static bool
may_leave(const struct shim *s)
{
	if (s->timer[TIMER_LEAVE] == 0)
		return false;
	for (unsigned i = 0; i < s->viewers && s->now < s->timer[TIMER_LEAVE]; i++) {
		const struct viewer *v = s->viewer[i];

		if (v->greeted && (v->out_len > 0 || !v->exit_told))
			return false;
	}
	return true;
}

enum { AT_SIGNALS, AT_LISTENER, AT_OUT, AT_ERR, AT_IN, AT_VIEWERS };

static void
turn(struct shim *s)
{
	const struct child *c = &s->child;
	struct pollfd p[AT_VIEWERS + LIMIT_SHIM_VIEWERS] = {
		[AT_SIGNALS] = { s->signals, POLLIN, 0 },
		[AT_LISTENER] = { s->timer[TIMER_ACCEPT] ? -1 : s->listener, POLLIN, 0 },
		[AT_OUT] = { s->timer[TIMER_OUTPUT] ? -1 : c->out[0], POLLIN, 0 },
		[AT_ERR] = { c->out[1], POLLIN, 0 },
		[AT_IN] = { input_waiting(s) ? c->in : -1, POLLOUT, 0 },
	};
	unsigned viewers = s->viewers;
	struct timespec t;

	for (unsigned i = 0; i < viewers; i++)
		p[AT_VIEWERS + i] = (struct pollfd){ s->viewer[i]->fd,
			(short)(POLLIN | (s->viewer[i]->blocked ? POLLOUT : 0)), 0 };
	if (ppoll(p, AT_VIEWERS + viewers, patience(s, &t), NULL) < 0)
		return;
	s->now = clock_us(CLOCK_MONOTONIC);
	for (int which = 0; which < 2; which++) {
		if (p[AT_OUT + which].revents)
			(void)output_read(s, which);
	}
	take_signals(s); /* also after poll() looked: before what followed them */
	if (p[AT_IN].revents)
		input_write(s);
	for (unsigned i = 0; i < viewers; i++) {
		if (p[AT_VIEWERS + i].revents & POLLOUT)
			viewer_flush(s->viewer[i]);
		if (p[AT_VIEWERS + i].revents & ~POLLOUT)
			viewer_read(s, s->viewer[i]);
	}
	if (p[AT_LISTENER].revents)
		viewer_accept(s);
	run_timers(s);
	viewer_pump_all(s);
	viewer_sweep(s);
	if (s->ring.error != s->status.ring_errno)
		(void)shim_status_write(s);
}

void
shim_run(struct shim *s)
{
	s->now = clock_us(CLOCK_MONOTONIC);
	while (!may_leave(s))
		turn(s);
	(void)shim_status_write(s);
	(void)unlink("shim.sock");
}
