/* How it works.  Frames wait in one list in the order they came.  Whose frame
 * is begun owns the input until one of its frames without MORE is written; the
 * others wait, also when the owner has none.  An owner loses its right when it
 * disconnects, or after OWNER_US, so nobody can lock an agent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/shim.h"

#define OWNER_US    5000000
#define FRAME_COSTS 64u /* charged for a frame beside its bytes */

static void
input_drop(struct shim *s, struct input *f, enum input_result result)
{
	struct viewer *v = viewer_find(s, f->viewer);
	struct input **at = &s->input;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	s->input_bytes -= f->len + FRAME_COSTS;
	if (v)
		viewer_input_done(v, f->id, (uint8_t)result);
	free(f);
}

static struct input *
input_next(struct shim *s)
{
	struct input *f = s->input;

	while (f && s->input_owner != 0 && f->viewer != s->input_owner)
		f = f->next;
	if (f || viewer_find(s, s->input_owner))
		return f;
	s->input_owner = 0;
	return s->input;
}

bool
input_waiting(struct shim *s)
{
	return s->child.in >= 0 && input_next(s);
}

/* The right ends now, or with the frame that is begun. */
void
input_owner_late(struct shim *s)
{
	struct input *f = input_next(s);

	if (f && f->done > 0)
		f->more = false;
	else
		s->input_owner = 0;
}

void
input_refuse_all(struct shim *s)
{
	while (s->input)
		input_drop(s, s->input, INPUT_GONE);
}

void
input_write(struct shim *s)
{
	while (input_waiting(s)) {
		struct input *f = input_next(s);
		ssize_t n = write(s->child.in, f->bytes + f->done, f->len - f->done);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			input_refuse_all(s);
			child_close_input(&s->child);
			return;
		}
		if (s->input_owner != f->viewer)
			s->timer[TIMER_OWNER] = s->now + OWNER_US;
		s->input_owner = f->viewer;
		f->done += (size_t)n;
		if (f->done < f->len)
			continue;
		if (!f->more)
			s->input_owner = s->timer[TIMER_OWNER] = 0;
		input_drop(s, f, INPUT_WRITTEN);
	}
	if (s->input_close && !s->input)
		child_close_input(&s->child);
}

void
input_push(struct shim *s, struct viewer *v, bool more, uint32_t id, const uint8_t *p,
    size_t len)
{
	bool gone = s->child.pid == 0 || s->child.in < 0 || s->input_close;
	struct input *f = NULL, **end = &s->input;

	if (!gone && s->input_bytes + len + FRAME_COSTS <= LIMIT_SHIM_INPUT_BYTES)
		f = malloc(sizeof *f + len);
	if (!f) {
		viewer_input_done(v, id, gone ? INPUT_GONE : INPUT_FULL);
		return;
	}
	*f = (struct input){ .viewer = v->id, .id = id, .len = len, .more = more };
	memcpy(f->bytes, p, len);
	while (*end)
		end = &(*end)->next;
	*end = f;
	s->input_bytes += len + FRAME_COSTS;
	input_write(s);
}
