/* libuv counts whole milliseconds of the same monotonic clock, from a time it
 * read some while ago.  So it is given the point where a timer is due, rounded
 * up, not a pause counted from a time of ours; then the order of timers does
 * not depend on how old either time is.  When it fires the due time is looked
 * at once more: a timer never comes before loop_now() says so.
 *
 * The handle of a timer that fired is closed before its function is called:
 * what is freed there owes us nothing. */
#include "loop/loop_uv.h"

#include <stdlib.h>

static void timer_fired(uv_timer_t *timer);

static void
timer_arm(struct loop_handle *h, uint64_t least_ms)
{
	uint64_t ahead = h->loop->clock->ahead_ms * 1000000u;
	uint64_t due = h->due.ns > ahead ? h->due.ns - ahead : 0;
	uint64_t due_ms = due / 1000000u + (due % 1000000u != 0);
	uint64_t now_ms = uv_now(&h->loop->uv);
	uint64_t wait = due_ms > now_ms ? due_ms - now_ms : 0;

	(void)uv_timer_start(
	    &h->uv.timer, timer_fired, wait > least_ms ? wait : least_ms, 0);
}

static void
timer_fired(uv_timer_t *timer)
{
	struct loop_handle *h = container_of(timer, struct loop_handle, uv.timer);
	struct loop_timer *s = h->source;

	if (!s)
		return;
	if (loop_now(h->loop).ns < h->due.ns) {
		timer_arm(h, 1); /* a pause of 0 would fire again in this turn */
		return;
	}
	(void)loop_handle_enter(h);
	loop_handle_close(h);
	s->fn(s);
}

void
loop_timer_start(struct loop *l, struct loop_timer *s, uint64_t after_ms,
    void (*fn)(struct loop_timer *))
{
	struct loop_handle *h = s->handle;
	uint64_t now = loop_now(l).ns;

	if (!h) {
		h = loop_handle_new(l, s, &s->handle);
		(void)uv_timer_init(&l->uv, &h->uv.timer); /* can not fail */
	}
	if (!l->turning)
		uv_update_time(&l->uv);
	s->fn = fn;
	h->due.ns = after_ms > (UINT64_MAX - now) / 1000000u ? UINT64_MAX
							     : now + after_ms * 1000000u;
	timer_arm(h, 0);
}

void
loop_timer_stop(struct loop_timer *s)
{
	loop_handle_close(s->handle);
}

bool
loop_timer_active(const struct loop_timer *s)
{
	return s->handle != NULL;
}

static int
timer_compare(const void *a, const void *b)
{
	struct loop_handle *const *ha = a, *const *hb = b;

	return ((*ha)->due.ns > (*hb)->due.ns) - ((*ha)->due.ns < (*hb)->due.ns);
}

/* In the order they are due, which libuv keeps among those due at once. */
void
loop_timer_rearm_all(struct loop *l)
{
	struct loop_handle **all = NULL;
	size_t n = 0;

	list_for_each (it, &l->handles) {
		struct loop_handle *h = container_of(it, struct loop_handle, node);

		if (h->uv.handle.type == UV_TIMER) {
			all = xrealloc(all, n + 1, sizeof(struct loop_handle *));
			all[n++] = h;
		}
	}
	if (n > 0)
		qsort(all, n, sizeof(struct loop_handle *), timer_compare);
	if (!l->turning)
		uv_update_time(&l->uv);
	for (size_t i = 0; i < n; i++)
		timer_arm(all[i], 0);
	free(all);
}
