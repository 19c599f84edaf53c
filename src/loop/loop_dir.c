#include <errno.h>

#include "base/fault.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void
dir_changed(uv_fs_event_t *fs, const char *name, int events, int status)
{
	struct loop_handle *h = container_of(fs, struct loop_handle, uv.fs);
	struct loop_dir *s = loop_handle_enter(h);

	(void)events;
	if (s)
		s->fn(s, status < 0 ? NULL : name);
}

int
loop_dir_start(struct loop *l, struct loop_dir *s, const char *path,
    void (*fn)(struct loop_dir *, const char *name))
{
	struct loop_handle *h;
	int r;

	if (os_fault())
		return fault(-errno);
	h = loop_handle_new(l, s, &s->handle);
	r = uv_fs_event_init(&l->uv, &h->uv.fs);
	if (r < 0) {
		loop_handle_drop(h);
		return fault(r);
	}
	s->fn = fn;
	r = uv_fs_event_start(&h->uv.fs, dir_changed, path, 0);
	if (r < 0)
		loop_handle_close(h);
	return fault(r);
}

void
loop_dir_stop(struct loop_dir *s)
{
	loop_handle_close(s->handle);
}
