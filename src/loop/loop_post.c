#include <errno.h>

#include "base/fault.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void
post_arrived(uv_async_t *async)
{
	struct loop_handle *h = container_of(async, struct loop_handle, uv.async);
	struct loop_post *s = loop_handle_enter(h);

	if (s)
		s->fn(s);
}

int
loop_post_start(struct loop *l, struct loop_post *s, void (*fn)(struct loop_post *))
{
	struct loop_handle *h;
	int r;

	if (os_fault())
		return fault(-errno);
	h = loop_handle_new(l, s, &s->handle);
	r = uv_async_init(&l->uv, &h->uv.async, post_arrived);
	if (r < 0) {
		loop_handle_drop(h);
		return fault(r);
	}
	s->fn = fn;
	return 0;
}

void
loop_post_send(struct loop_post *s)
{
	struct loop_handle *h = s->handle;

	(void)uv_async_send(&h->uv.async); /* fails only for a wrong handle */
}

void
loop_post_stop(struct loop_post *s)
{
	loop_handle_close(s->handle);
}
