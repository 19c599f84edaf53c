/* Finding the shim again.  Its process is watched by pidfd, so its end is
 * known without asking; only that end is HOST_EV_GONE.
 *
 * When its socket is not there, or nobody listens on it, somebody deleted it:
 * SIGUSR1 makes the shim bind anew.  A signal to a wrong process could kill it,
 * so it is sent by pidfd (pid and start time are right), to a process of that
 * name, and not before the record says that the shim takes signals.  Then the
 * directory is watched, and tries follow with growing pauses; a timer runs
 * only while we are in this state. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "host/host_link.h"
#include "os/os.h"

#define RETRY_MS_FIRST 20u
#define RETRY_MS_LAST  5000u
#define SIGNAL_MS      1000u /* between two signals */
#define LEAVING_MS     1000u /* an acknowledged shim may take that long to go */

static void
connect_tell_unreachable(struct host_link *h)
{
	if (h->told)
		return;
	h->told = true;
	host_emit_status(h, HOST_EV_UNREACHABLE, h->position);
}

static void
connect_gone(struct host_link *h)
{
	host_status_read(h);
	host_connect_end(h);
	host_stream_close(h);
	h->state = HOST_OVER;
	host_emit_status(h, HOST_EV_GONE, h->position);
}

static void
process_ended(struct loop_child *child, int status)
{
	struct host_link *h = container_of(child, struct host_link, process);

	(void)status;
	host_enter(h);
	/* What it sent before its end is still in the socket. */
	host_stream_drain(h);
	if (!link_over(h))
		connect_gone(h);
	host_leave(h);
}

/* 0: the process is watched; -ESRCH: it ended. */
static int
connect_watch_process(struct host_link *h)
{
	int pidfd, r;

	if (h->process.fd.handle)
		return 0;
	r = os_pidfd(h->status.shim_pid, h->status.shim_start, &pidfd);
	if (r < 0)
		return r;
	return fault(loop_child_start(
	    h->loop, &h->process, h->status.shim_pid, pidfd, false, process_ended));
}

static void
connect_retry(struct loop_timer *timer)
{
	struct host_link *h = container_of(timer, struct host_link, retry);

	host_enter(h);
	host_connect_try(h);
	host_leave(h);
}

static void
connect_dir_changed(struct loop_dir *dir, const char *name)
{
	struct host_link *h = container_of(dir, struct host_link, watch);

	/* The file is there a moment before somebody listens on it. */
	if (h->state == HOST_WAITING && (!name || strcmp(name, "shim.sock") == 0))
		loop_timer_start(h->loop, &h->retry, 1, connect_retry);
}

static void
connect_wait(struct host_link *h)
{
	h->state = HOST_WAITING;
	connect_tell_unreachable(h);
	if (link_over(h))
		return;
	if (!h->watch.handle &&
	    loop_dir_start(h->loop, &h->watch, h->dir, connect_dir_changed) < 0)
		h->watch.handle = NULL; /* then the timer alone */
	h->backoff_ms = h->backoff_ms ? h->backoff_ms * 2 : RETRY_MS_FIRST;
	if (h->backoff_ms > RETRY_MS_LAST)
		h->backoff_ms = RETRY_MS_LAST;
	loop_timer_start(h->loop, &h->retry, h->backoff_ms, connect_retry);
}

/* The shim takes signals once its child runs; before that SIGUSR1 would end it. */
static bool
connect_may_signal(struct host_link *h)
{
	cleanup_buf struct buf name = BUF(64);

	host_status_read(h);
	if (h->status.state != SHIM_RUNNING && h->status.state != SHIM_GONE)
		return false;
	if (os_process_name(h->status.shim_pid, &name) < 0)
		return false;
	return str_eqz(buf_str(&name), "belay-shim");
}

static void
connect_ask_to_bind(struct host_link *h)
{
	mono_t now = loop_now(h->loop);

	if (now.ns < h->signal_next.ns || !connect_may_signal(h))
		return;
	h->signal_next.ns = now.ns + SIGNAL_MS * 1000000u;
	(void)!os_pidfd_signal(h->process.pidfd, SIGUSR1);
}

/* The directory is opened anew each time: it may have been removed. */
static int
connect_socket(struct host_link *h, int *ret_fd)
{
	cleanup_fd int dir = -1;
	int r = os_open_dir(h->dir, &dir);

	if (r == -ENOENT) {
		loop_dir_stop(&h->watch);
		r = os_mkdir_private(h->dir);
		if (r == 0)
			r = os_open_dir(h->dir, &dir);
	}
	if (r < 0)
		return r;
	return os_unix_connect(dir, "shim.sock", ret_fd);
}

void
host_connect_try(struct host_link *h)
{
	int r, fd = -1;

	r = connect_watch_process(h);
	if (r == -ESRCH) {
		connect_gone(h);
		return;
	}
	if (h->outage)
		connect_tell_unreachable(h);
	if (link_over(h))
		return;
	if (r == 0)
		r = connect_socket(h, &fd);
	if (r == 0)
		r = host_stream_open(h, fd);
	else if (r == -ENOENT || r == -ECONNREFUSED)
		connect_ask_to_bind(h);
	if (r < 0)
		connect_wait(h);
}

/* An end of the stream is often the end of the shim, which is told a moment
 * later; so the first try waits a little. */
void
host_connect_lost(struct host_link *h)
{
	bool was_linked = h->state == HOST_LINKED;

	host_stream_close(h);
	h->state = HOST_WAITING;
	if (!was_linked) {
		connect_wait(h);
		return;
	}
	h->outage = true;
	h->told = h->acknowledged;
	h->backoff_ms = 0;
	loop_timer_start(h->loop, &h->retry,
	    h->acknowledged ? LEAVING_MS : RETRY_MS_FIRST, connect_retry);
}

void
host_connect_made(struct host_link *h)
{
	loop_timer_stop(&h->retry);
	loop_dir_stop(&h->watch);
	h->outage = h->told = false;
	h->backoff_ms = 0;
}

void
host_connect_end(struct host_link *h)
{
	loop_child_stop(&h->process);
	loop_timer_stop(&h->retry);
	loop_dir_stop(&h->watch);
}
