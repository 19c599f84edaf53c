#include "core/link.h"

#include <errno.h>
#include <inttypes.h>

#include "base/fault.h"
#include "base/log.h"
#include "core/adopt.h"
#include "core/create.h"
#include "core/engine.h"
#include "core/input.h"
#include "core/settle.h"
#include "core/stop.h"
#include "core/watch.h"

#define LOG_MODULE "link"

void
link_take_status(struct session *s, const struct shim_status *st)
{
	s->pid = st->child_pid;
	s->pid_start = st->child_start;
	s->shim_pid = st->shim_pid;
	s->shim_start = st->shim_start;
}

int
link_check(const struct session *s, struct problem *p)
{
	if (s->link && host_connected(s->link))
		return 0;
	return problem_set(p, OUTCOME_HOST_UNREACHABLE, "",
	    "the shim of session %s does not answer now; nothing was done", s->name);
}

static void
on_started(struct session *s, const struct host_event_data *d)
{
	create_started(s, d->status);
}

static void
on_start_failed(struct session *s, const struct host_event_data *d)
{
	int error = EIO;
	const char *stage = host_start_failure(s->link, &error);

	(void)d;
	create_failed(s, stage ? stage : "shim", error);
}

static void
on_connected(struct session *s, const struct host_event_data *d)
{
	if (d->status && d->status->cols && d->status->rows)
		engine_resized(s, d->status->cols, d->status->rows);
	/* Without a model the stream begins where the host says; bytes before that
	 * are told by HOST_EV_LOST. */
	adopt_connected(s, d->status);
	/* A program that has ended is known when its shim has said how. */
	if (!d->status || d->status->state != SHIM_GONE || !session_alive(s))
		settle_until(s, d->end);
	create_settled(s);
	stop_again(s);
}

static void
on_lost(struct session *s, const struct host_event_data *d)
{
	engine_lost(s, d->position);
	settle_check(s);
}

static void
on_resized(struct session *s, const struct host_event_data *d)
{
	if (s->cols == d->cols && s->rows == d->rows)
		return;
	engine_resized(s, d->cols, d->rows);
	session_note(s, "session.resized",
	    json_set_int(
		json_set_int(json_new_object(), "cols", d->cols), "rows", d->rows));
	watch_changed(s);
}

static void
on_exited(struct session *s, const struct host_event_data *d)
{
	stop_ended(s, d->status);
	settle_end(s);
}

static void
on_input_done(struct session *s, const struct host_event_data *d)
{
	input_done(s, d->id, d->result);
}

static void
on_unreachable(struct session *s, const struct host_event_data *d)
{
	(void)d;
	log_line(LOG_INFO, LOG_MODULE, s->name, "the shim does not answer; trying again");
	input_unreachable(s);
}

/* The link is freed at the end of the turn, outside its own callback; what
 * waited for the old process to be gone goes on then. */
static void
on_unlink(struct loop_later *later)
{
	struct session *s = container_of(later, struct session, unlink);

	s->link = host_free(s->link);
	s->link_new = false;
	stop_gone(s);
}

static void
on_gone(struct session *s, const struct host_event_data *d)
{
	stop_host_gone(s, d->status);
	settle_end(s);
	input_unreachable(s);
	loop_later(s->core->loop, &s->unlink, on_unlink);
}

typedef void (*handler)(struct session *s, const struct host_event_data *d);

static const handler handlers[] = {
	[HOST_EV_STARTED] = on_started,
	[HOST_EV_START_FAILED] = on_start_failed,
	[HOST_EV_CONNECTED] = on_connected,
	[HOST_EV_OUTPUT] = engine_output,
	[HOST_EV_KEYFRAME] = engine_keyframe,
	[HOST_EV_LOST] = on_lost,
	[HOST_EV_RESIZED] = on_resized,
	[HOST_EV_EXITED] = on_exited,
	[HOST_EV_INPUT_DONE] = on_input_done,
	[HOST_EV_UNREACHABLE] = on_unreachable,
	[HOST_EV_GONE] = on_gone,
};

static void
on_event(struct host_link *link, const struct host_event_data *d, void *ctx)
{
	struct session *s = ctx;

	if (!s->link)
		s->link = link; /* an event during host_start() or host_adopt() */
	(void)session_ref(s);
	handlers[d->event](s, d);
	if (d->event == HOST_EV_START_FAILED)
		loop_later(s->core->loop, &s->unlink, on_unlink);
	session_unref(s);
}

int
link_start(struct session *s, const struct host_spec *spec)
{
	struct host_link *link = NULL;
	int r = host_start(s->core->loop, spec, on_event, s, &link);

	if (r < 0)
		return fault(r);
	s->link = link;
	s->link_new = true;
	return 0;
}

int
link_adopt(struct session *s)
{
	cleanup_buf struct buf dir = BUF_UNLIMITED;
	struct host_link *link = NULL;
	int r;

	session_path(s, NULL, &dir);
	r = host_adopt(
	    s->core->loop, buf_text(&dir), SHIM_FROM_KEYFRAME, on_event, s, &link);
	if (r)
		return r < 0 ? fault(r) : r;
	s->link = link;
	settle_begin(s);
	return 0;
}
