/* libuv takes an error condition of an fd for the end of the watch.  Ours goes
 * on, since there may be bytes left to read: the owner hears LOOP_HUP and
 * everything it waits for, asks the fd, gets the error there, and stops. */
#include <errno.h>

#include "base/fault.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void fd_ready(uv_poll_t *poll, int status, int events);

static int
fd_arm(struct loop_handle *h)
{
	int events = 0;

	if (h->want & LOOP_READ)
		events |= UV_READABLE;
	if (h->want & LOOP_WRITE)
		events |= UV_WRITABLE;
	if (h->want & LOOP_HUP)
		events |= UV_DISCONNECT;
	if (events == 0)
		return uv_poll_stop(&h->uv.poll);
	return uv_poll_start(&h->uv.poll, events, fd_ready);
}

static void
fd_ready(uv_poll_t *poll, int status, int events)
{
	struct loop_handle *h = container_of(poll, struct loop_handle, uv.poll);
	struct loop_fd *s = loop_handle_enter(h);
	unsigned io = 0;

	if (!s)
		return;
	if (status < 0) {
		(void)fd_arm(h);
		io = (h->want & (LOOP_READ | LOOP_WRITE)) | LOOP_HUP;
	}
	if (events & UV_READABLE)
		io |= LOOP_READ;
	if (events & UV_WRITABLE)
		io |= LOOP_WRITE;
	if (events & UV_DISCONNECT)
		io |= LOOP_HUP;
	s->fn(s, io);
}

int
loop_fd_start(struct loop *l, struct loop_fd *s, int fd, unsigned io,
    void (*fn)(struct loop_fd *, unsigned io))
{
	struct loop_handle *h;
	int r;

	if (os_fault())
		return fault(-errno);
	h = loop_handle_new(l, s, &s->handle);
	r = uv_poll_init(&l->uv, &h->uv.poll, fd);
	if (r < 0) {
		loop_handle_drop(h);
		return fault(r);
	}
	s->fn = fn;
	h->want = io;
	r = fd_arm(h);
	if (r < 0)
		loop_handle_close(h);
	return fault(r);
}

void
loop_fd_want(struct loop_fd *s, unsigned io)
{
	struct loop_handle *h = s->handle;

	if (!h || h->want == io)
		return;
	h->want = io;
	(void)fd_arm(h); /* fails only for a handle that is being closed */
}

void
loop_fd_stop(struct loop_fd *s)
{
	loop_handle_close(s->handle);
}
