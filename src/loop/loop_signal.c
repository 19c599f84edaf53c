/* libuv's handler writes one message into a pipe and keeps errno. */
#include <errno.h>

#include "base/fault.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void
signal_came(uv_signal_t *signal, int signo)
{
	struct loop_handle *h = container_of(signal, struct loop_handle, uv.signal);
	struct loop_signal *s = loop_handle_enter(h);

	if (s)
		s->fn(s, signo);
}

int
loop_signal_start(struct loop *l, struct loop_signal *s, int signo,
    void (*fn)(struct loop_signal *, int signo))
{
	struct loop_handle *h;
	int r;

	if (os_fault())
		return fault(-errno);
	h = loop_handle_new(l, s, &s->handle);
	r = uv_signal_init(&l->uv, &h->uv.signal);
	if (r < 0) {
		loop_handle_drop(h);
		return fault(r);
	}
	s->fn = fn;
	r = uv_signal_start(&h->uv.signal, signal_came, signo);
	if (r < 0)
		loop_handle_close(h);
	return fault(r);
}

void
loop_signal_stop(struct loop_signal *s)
{
	loop_handle_close(s->handle);
}
