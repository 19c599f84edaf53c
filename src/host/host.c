/* A link's life: started or adopted, connected again and again, over. */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "host/host_link.h"
#include "os/os.h"

static struct host_link *
link_new(struct loop *l, const char *dir, host_event_fn fn, void *ctx)
{
	struct host_link *h = xnew(struct host_link);

	*h = (struct host_link){
		.loop = l,
		.fn = fn,
		.ctx = ctx,
		.dir = xstrdup(dir),
		.fd = -1,
		.position = SHIM_FROM_KEYFRAME,
	};
	return h;
}

static void
link_close(struct host_link *h)
{
	host_spawn_end(h);
	host_connect_end(h);
	host_stream_close(h);
	loop_later_cancel(h->loop, &h->later);
	h->state = HOST_OVER;
}

static void
link_destroy(struct host_link *h)
{
	buf_deinit(&h->in);
	buf_deinit(&h->keyframe);
	host_send_clear(h);
	free(h->dir);
	free(h);
}

void
host_enter(struct host_link *h)
{
	h->busy++;
}

void
host_leave(struct host_link *h)
{
	if (--h->busy == 0 && h->freed)
		link_destroy(h);
}

struct host_link *
host_free(struct host_link *h)
{
	if (!h)
		return NULL;
	link_close(h);
	h->freed = true;
	host_enter(h);
	host_leave(h);
	return NULL;
}

void
host_emit(struct host_link *h, const struct host_event_data *d)
{
	if (!h->freed)
		h->fn(h, d, h->ctx);
}

void
host_emit_status(struct host_link *h, enum host_event event, uint64_t position)
{
	struct host_event_data d = {
		.event = event,
		.position = position,
		.cols = h->status.cols,
		.rows = h->status.rows,
		.status = &h->status,
	};

	host_emit(h, &d);
}

static int
link_record(const struct host_link *h, struct shim_status *ret)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	cleanup_buf struct buf file = BUF(4 * SHIM_STATUS_SLOT);
	int r;

	buf_printf(&path, "%s/status", h->dir);
	r = os_read_file(AT_FDCWD, buf_text(&path), 4 * SHIM_STATUS_SLOT, &file);
	if (r == -ENOENT || r == -ENOTDIR || r == -EFBIG || r == -EISDIR || r == -EINVAL)
		return HOST_E_NO_RECORD;
	if (r < 0)
		return fault(r);
	return shim_status_get(buf_text(&file), file.len, ret) ? 0 : HOST_E_NO_RECORD;
}

/* What the shim told us of the exit is not taken back by an older record. */
void
host_status_read(struct host_link *h)
{
	struct shim_status st;

	if (link_record(h, &st) != 0 || st.generation != h->status.generation ||
	    strcmp(st.session, h->status.session) != 0)
		return;
	if (h->status.state != SHIM_GONE || st.state == SHIM_GONE)
		h->status = st;
}

int
host_start(struct loop *l, const struct host_spec *spec, host_event_fn fn, void *ctx,
    struct host_link **ret)
{
	struct host_link *h = link_new(l, spec->dir, fn, ctx);
	int r;

	h->state = HOST_STARTING;
	h->status = (struct shim_status){
		.generation = spec->generation,
		.cols = spec->cols,
		.rows = spec->rows,
		.pipe = spec->pipe,
		.ring_bytes = spec->ring_bytes,
		.state = SHIM_STARTING,
	};
	session_id_text(spec->session, h->status.session);
	r = host_spawn_begin(h, spec);
	if (r < 0) {
		(void)host_free(h);
		return fault(r);
	}
	*ret = h;
	return 0;
}

static void
adopt_later(struct loop_later *later)
{
	struct host_link *h = container_of(later, struct host_link, later);

	host_enter(h);
	host_connect_try(h);
	host_leave(h);
}

int
host_adopt(struct loop *l, const char *dir, uint64_t from_position, host_event_fn fn,
    void *ctx, struct host_link **ret)
{
	struct host_link *h = link_new(l, dir, fn, ctx);
	int r;

	r = link_record(h, &h->status);
	if (r != 0) {
		(void)host_free(h);
		return r < 0 ? fault(r) : r;
	}
	h->position = from_position;
	h->state = HOST_WAITING;
	loop_later(l, &h->later, adopt_later);
	*ret = h;
	return 0;
}

const struct shim_status *
host_status(const struct host_link *h)
{
	return &h->status;
}

bool
host_connected(const struct host_link *h)
{
	return h->state == HOST_LINKED;
}

unsigned
host_viewers(const struct host_link *h)
{
	return h->state == HOST_LINKED ? h->viewers : 0;
}

const char *
host_start_failure(const struct host_link *h, int *ret_errno)
{
	if (h->stage[0] == '\0')
		return NULL;
	*ret_errno = h->start_errno;
	return h->stage;
}
