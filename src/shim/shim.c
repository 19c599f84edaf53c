/* How it works.  One poll() a turn, then in this order: signals, what the
 * agent said, what viewers said, timers, what viewers get.  Every wait is for
 * an event; a time limit is set only while something is under way that needs
 * one, so an idle shim never wakes.
 *
 * While the child lives its terminal's other side is held open here too: a
 * master whose last slave closed would report hang-up without end.  Should it
 * hang up all the same (vhangup), a new slave end is opened. */
#include "shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_SMALL 1024 /* after a read of less the agent is taken to be done */
#define DRAIN_TURNS                                                                      \
	64u /* blocks read after the child's end; others may hold its terminal */
#define WIGGLE_US 50000   /* a program must see the false size before the true one */
#define REDRAW_US 1000000 /* at most one redraw in this time */
#define LEAVE_US  2000000 /* viewers may drain so long */

static int64_t
clock_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- The status record and the socket ------------------------------------- */

int
shim_status_open(struct shim *s)
{
	char file[2 * SHIM_STATUS_SLOT] = { 0 };
	char slot[SHIM_STATUS_SLOT];
	int fd = open("status", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n = fd < 0 ? -1 : pread(fd, file, sizeof file, 0);

	if (n < 0)
		goto failed;
	/* Our numbers go on after those of the one before us, read or torn. */
	for (size_t at = 0; at < sizeof file; at += SHIM_STATUS_SLOT) {
		if (memcmp(file + at, SHIM_STATUS_MAGIC, sizeof SHIM_STATUS_MAGIC - 1) ==
		    0) {
			uint64_t seq =
			    strtoull(file + at + sizeof SHIM_STATUS_MAGIC - 1, NULL, 10);

			if (seq > s->status.seq && seq < UINT64_MAX / 2)
				s->status.seq = seq;
		}
	}
	/* Space for both slots, now, while a full disk can still be reported. */
	memset(slot, '\n', sizeof slot);
	for (size_t at = (size_t)n; at < sizeof file; at += SHIM_STATUS_SLOT) {
		errno = ENOSPC;
		if (pwrite(fd, slot, sizeof slot,
			(off_t)(at / sizeof slot * sizeof slot)) != (ssize_t)sizeof slot)
			goto failed;
	}
	s->status_fd = fd;
	return 0;
failed:
	n = -errno;
	if (fd >= 0)
		(void)close(fd);
	return (int)n;
}

void
shim_status_write(struct shim *s)
{
	char slot[SHIM_STATUS_SLOT];

	s->status.seq++;
	s->status.lost_bytes = s->ring.lost;
	s->status.ring_errno = s->ring.error;
	if (s->status_fd >= 0 && shim_status_put(slot, &s->status))
		(void)!pwrite(s->status_fd, slot, sizeof slot,
		    (off_t)(s->status.seq % 2 * sizeof slot));
}

int
shim_listen(struct shim *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "shim.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	(void)unlink(a.sun_path);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 64) < 0) {
		int error = errno;

		(void)close(fd);
		return -error;
	}
	if (s->listener >= 0)
		(void)close(s->listener);
	s->listener = fd;
	return 0;
}

/* Someone deleted our files, or the whole directory and made it anew. */
static void
shim_recover(struct shim *s)
{
	int old = s->status_fd;

	(void)!chdir(s->dir);
	(void)!shim_listen(s);
	if (shim_status_open(s) == 0)
		(void)close(old);
	shim_status_write(s);
}

void
shim_leave(struct shim *s)
{
	if (s->leave_until == 0)
		s->leave_until = s->now + LEAVE_US;
}

/* --- Sizes and keyframes -------------------------------------------------- */

static void
set_size(struct shim *s, uint16_t cols, uint16_t rows)
{
	struct shim_mark m;
	uint64_t next;

	if (child_resize(&s->child, cols, rows) < 0)
		return;
	m = ring_mark_at(&s->ring, s->ring.end, &next);
	ring_mark(&s->ring, cols, rows, m.is_stderr);
}

void
shim_resize(struct shim *s, uint16_t cols, uint16_t rows)
{
	s->redraw_back = 0;
	set_size(s, cols, rows);
	if (s->status.cols == cols && s->status.rows == rows)
		return;
	s->status.cols = cols;
	s->status.rows = rows;
	shim_status_write(s);
}

void
shim_redraw(struct shim *s)
{
	uint16_t cols = s->status.cols;

	if (s->child.pipe || s->exited || s->redraw_back != 0)
		return;
	s->redraw_at = 0;
	if (s->now < s->redraw_next) {
		s->redraw_at = s->redraw_next;
		return;
	}
	s->redraw_next = s->now + REDRAW_US;
	s->redraw_back = s->now + WIGGLE_US;
	set_size(
	    s, (uint16_t)(cols > LIMIT_COLS_MIN ? cols - 1 : cols + 1), s->status.rows);
}

/* Best effort: a keyframe in memory is enough while we live. */
static void
keyframe_store(const struct keyframe *k)
{
	uint8_t header[SHIM_KEYFRAME_HEADER];
	int fd = open(
	    "keyframe.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool whole;

	if (fd < 0)
		return;
	shim_keyframe_put(header, &k->info);
	whole = write(fd, header, sizeof header) == (ssize_t)sizeof header &&
		write(fd, k->bytes, k->info.length) == (ssize_t)k->info.length;
	(void)close(fd);
	(void)!(whole ? rename("keyframe.new", "keyframe") : unlink("keyframe.new"));
}

void
shim_keyframe_set(struct shim *s, struct keyframe *k)
{
	uint32_t serial = s->keyframe.serial + 1;

	free(s->keyframe.bytes);
	s->keyframe = *k;
	s->keyframe.serial = serial;
	k->bytes = NULL;
	keyframe_store(&s->keyframe);
}

/* --- The agent ------------------------------------------------------------ */

static void
output_closed(struct shim *s, int which)
{
	if (!s->child.pipe && !s->exited) {
		int slave =
		    ioctl(s->child.out[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

		if (s->child.slave >= 0)
			(void)close(s->child.slave);
		s->child.slave = slave;
		s->output_at = slave < 0 ? s->now + SHIM_RETRY_US : 0;
		return;
	}
	(void)close(s->child.out[which]);
	s->child.out[which] = -1;
	if (!s->child.pipe)
		s->child.in = -1;
}

/* Reads one block at most; returns its size. */
static size_t
output_read(struct shim *s, int which)
{
	size_t room, got = 0;
	uint8_t *to = ring_room(&s->ring, &room);
	bool closed = false;

	while (got < room) {
		ssize_t n = read(s->child.out[which], to + got, room - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			closed = n == 0 || errno != EAGAIN;
			break;
		}
		got += (size_t)n;
		if (n < READ_SMALL && !s->exited)
			break;
	}
	if (got > 0 && s->child.pipe)
		ring_mark(&s->ring, s->status.cols, s->status.rows, which == 1);
	if (got > 0)
		ring_push(&s->ring, got);
	if (closed)
		output_closed(s, which);
	return got;
}

/* All that the child wrote before its end; what others still write comes later. */
static void
output_drain(struct shim *s)
{
	for (int which = 0; which < 2; which++) {
		for (unsigned turn = 0; turn < DRAIN_TURNS && s->child.out[which] >= 0;
		     turn++) {
			if (output_read(s, which) == 0)
				break;
			for (unsigned i = 0; i < s->viewers; i++)
				viewer_pump(s, s->viewer[i]);
		}
	}
	if (s->child.slave >= 0)
		(void)close(s->child.slave);
	s->child.slave = -1;
}

static void
child_exited(struct shim *s, int status)
{
	s->exited = true;
	s->exit_position = UINT64_MAX; /* nobody is told before all of it is known */
	s->output_at = 0;
	s->child.pid = 0;
	input_refuse_all(s);
	child_close_input(&s->child);
	output_drain(s);
	s->exit_position = s->ring.end;
	s->redraw_at = s->redraw_back = 0;
	s->linger_until = s->now + (int64_t)s->linger_s * 1000000;
	s->status.state = SHIM_GONE;
	s->status.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	s->status.exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	s->status.exited_ms = clock_us(CLOCK_REALTIME) / 1000;
	s->status.leftover = child_descendants();
	ring_sync(&s->ring);
	shim_status_write(s);
}

static void
reap(struct shim *s)
{
	int status, last = 0;
	bool ours = false;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->child.pid) {
			ours = true;
			last = status;
		}
	}
	if (ours)
		child_exited(s, last);
}

static void
take_signals(struct shim *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGTERM && !s->exited)
			(void)!child_signal(&s->child, SIGTERM, SHIM_TO_CHILD);
		else if (info.ssi_signo == SIGUSR1)
			shim_recover(s);
	}
	reap(s);
}

/* --- The loop ------------------------------------------------------------- */

static void
earlier(int64_t *first, int64_t time)
{
	if (time != 0 && (*first == 0 || time < *first))
		*first = time;
}

/* When the next timer is due; 0: none is set. */
static int64_t
next_timer(struct shim *s)
{
	int64_t first = s->linger_until;

	earlier(&first, s->leave_until);
	earlier(&first, s->accept_at);
	earlier(&first, s->output_at);
	earlier(&first, s->redraw_back);
	earlier(&first, s->redraw_at);
	if (s->input && s->input_owner != 0)
		earlier(&first, s->input_owner_until);
	for (unsigned i = 0; i < s->viewers; i++) {
		struct viewer *v = s->viewer[i];

		if (v->more)
			return s->now;
		if (!v->blocked)
			earlier(&first, v->due);
	}
	return first;
}

static void
run_timers(struct shim *s)
{
	if (s->redraw_back != 0 && s->now >= s->redraw_back) {
		s->redraw_back = 0;
		set_size(s, s->status.cols, s->status.rows);
	}
	if (s->redraw_at != 0 && s->now >= s->redraw_at)
		shim_redraw(s);
	if (s->linger_until != 0 && s->now >= s->linger_until) {
		s->linger_until = 0;
		shim_leave(s);
	}
	if (s->input_owner != 0 && s->now >= s->input_owner_until)
		s->input_owner = 0;
	if (s->now >= s->accept_at)
		s->accept_at = 0;
	if (s->now >= s->output_at)
		s->output_at = 0;
}

static bool
may_leave(const struct shim *s)
{
	if (s->leave_until == 0)
		return false;
	for (unsigned i = 0; i < s->viewers && s->now < s->leave_until; i++) {
		const struct viewer *v = s->viewer[i];

		if (v->greeted && (v->out_len > 0 || !v->exit_told))
			return false;
	}
	return true;
}

enum { AT_SIGNALS, AT_LISTENER, AT_OUT, AT_ERR, AT_IN, AT_VIEWERS };

static unsigned
poll_fill(struct shim *s, struct pollfd *p)
{
	p[AT_SIGNALS] = (struct pollfd){ s->signals, POLLIN, 0 };
	p[AT_LISTENER] = (struct pollfd){ s->accept_at ? -1 : s->listener, POLLIN, 0 };
	p[AT_OUT] = (struct pollfd){ s->output_at ? -1 : s->child.out[0], POLLIN, 0 };
	p[AT_ERR] = (struct pollfd){ s->child.out[1], POLLIN, 0 };
	p[AT_IN] = (struct pollfd){ input_waiting(s) ? s->child.in : -1, POLLOUT, 0 };
	for (unsigned i = 0; i < s->viewers; i++)
		p[AT_VIEWERS + i] = (struct pollfd){ s->viewer[i]->fd,
			(short)(POLLIN | (s->viewer[i]->blocked ? POLLOUT : 0)), 0 };
	return AT_VIEWERS + s->viewers;
}

static void
turn(struct shim *s)
{
	struct pollfd p[AT_VIEWERS + LIMIT_SHIM_VIEWERS];
	unsigned count = poll_fill(s, p), viewers = s->viewers;
	int64_t timer = next_timer(s), wait = timer > s->now ? timer - s->now : 0;
	struct timespec timeout = { wait / 1000000, wait % 1000000 * 1000 };

	if (ppoll(p, count, timer != 0 ? &timeout : NULL, NULL) < 0)
		return;
	s->now = clock_us(CLOCK_MONOTONIC);
	for (int which = 0; which < 2; which++) {
		if (p[AT_OUT + which].revents && s->child.out[which] >= 0)
			(void)output_read(s, which);
	}
	if (p[AT_SIGNALS].revents)
		take_signals(s);
	if (p[AT_IN].revents)
		input_write(s);
	for (unsigned i = 0; i < viewers; i++) {
		struct viewer *v = s->viewer[i];

		if (p[AT_VIEWERS + i].revents & POLLOUT)
			viewer_writable(v);
		if (p[AT_VIEWERS + i].revents & ~POLLOUT)
			viewer_read(s, v);
	}
	if (p[AT_LISTENER].revents)
		viewer_accept(s);
	run_timers(s);
	for (unsigned i = 0; i < s->viewers; i++)
		viewer_pump(s, s->viewer[i]);
	viewer_sweep(s);
	if (s->ring.error != s->status.ring_errno)
		shim_status_write(s);
	ring_sync(&s->ring);
}

void
shim_run(struct shim *s)
{
	s->now = clock_us(CLOCK_MONOTONIC);
	while (!may_leave(s))
		turn(s);
	shim_status_write(s);
	(void)unlink("shim.sock");
}
