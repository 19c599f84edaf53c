/* How it works.  Frames wait in one list in the order they came.  A frame once
 * begun is finished before any other; then the owner's frames go first, and
 * while there is an owner with none, the others wait.  An owner loses its
 * right when it disconnects or after OWNER_US, so nobody can lock an agent. */
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

	for (struct input **at = &s->input; *at; at = &(*at)->next) {
		if (*at == f) {
			*at = f->next;
			break;
		}
	}
	s->input_bytes -= f->len + FRAME_COSTS;
	if (v)
		viewer_input_done(v, f->id, (uint8_t)result);
	free(f);
}

static struct input *
input_next(struct shim *s)
{
	if (s->input && s->input->done > 0)
		return s->input;
	if (s->input_owner == 0)
		return s->input;
	for (struct input *f = s->input; f; f = f->next) {
		if (f->viewer == s->input_owner)
			return f;
	}
	if (viewer_find(s, s->input_owner))
		return NULL;
	s->input_owner = 0;
	return s->input;
}

bool
input_waiting(struct shim *s)
{
	return s->child.in >= 0 && input_next(s) != NULL;
}

void
input_refuse_all(struct shim *s)
{
	while (s->input)
		input_drop(s, s->input, INPUT_GONE);
}

static void
input_finished(struct shim *s, struct input *f)
{
	if (!f->more)
		s->input_owner = 0;
	else if (s->input_owner != f->viewer) {
		s->input_owner = f->viewer;
		s->input_owner_until = s->now + OWNER_US;
	}
	input_drop(s, f, INPUT_WRITTEN);
}

/* A begun frame stands first, so that input_next() stays with it. */
static void
input_to_front(struct shim *s, struct input *f)
{
	struct input **at = &s->input;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->next = s->input;
	s->input = f;
}

void
input_write(struct shim *s)
{
	struct input *f;

	while (s->child.in >= 0 && (f = input_next(s))) {
		ssize_t n = f->len > f->done
				? write(s->child.in, f->bytes + f->done, f->len - f->done)
				: 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			input_refuse_all(s);
			child_close_input(&s->child);
			return;
		}
		f->done += (size_t)n;
		if (f->done == f->len)
			input_finished(s, f);
		else
			input_to_front(s, f);
	}
	if (s->input_close && !s->input)
		child_close_input(&s->child);
}

void
input_push(struct shim *s, struct viewer *v, bool more, uint32_t id, const uint8_t *p,
    size_t len)
{
	struct input *f, **end = &s->input;

	if (s->exited || s->child.in < 0 || s->input_close) {
		viewer_input_done(v, id, INPUT_GONE);
		return;
	}
	f = s->input_bytes + len + FRAME_COSTS <= LIMIT_SHIM_INPUT_BYTES
		? malloc(sizeof *f + len)
		: NULL;
	if (!f) {
		viewer_input_done(v, id, INPUT_FULL);
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
