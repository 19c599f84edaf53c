/* libuv counts in milliseconds cut off, from a time that may be some old; so
 * its timer may fire up to one early.  The time it is due is kept by our clock
 * and looked at when it fires: a timer never comes before loop_now() says so.
 *
 * The handle of a timer that fired is closed before its function is called:
 * what is freed there owes us nothing. */
#include "loop/loop_uv.h"

#include <stdlib.h>

static void timer_fired(uv_timer_t *timer);

/* How long libuv should wait, rounded up. */
static uint64_t
timer_left_ms(const struct loop_handle *h)
{
	uint64_t now = loop_now(h->loop).ns;

	return h->due.ns <= now ? 0 : (h->due.ns - now + 999999u) / 1000000u;
}

static void
timer_arm(struct loop_handle *h)
{
	(void)uv_timer_start(&h->uv.timer, timer_fired, timer_left_ms(h), 0);
}

static void
timer_fired(uv_timer_t *timer)
{
	struct loop_handle *h = container_of(timer, struct loop_handle, uv.timer);
	struct loop_timer *s = h->source;

	if (!s)
		return;
	if (timer_left_ms(h) > 0) {
		timer_arm(h);
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
	timer_arm(h);
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
		timer_arm(all[i]);
	free(all);
}
