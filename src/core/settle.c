#include "core/settle.h"

#include "base/log.h"

#define LOG_MODULE "adopt"

static void
call_waiting(struct core *c)
{
	list_for_each_safe (it, &c->settles) {
		struct settle *w = container_of(it, struct settle, node);

		/* A callback may cancel others: begin anew after each. */
		if (settle_waits(c, w->s))
			continue;
		settle_cancel(w);
		w->fn(w);
		it_next = c->settles.next;
	}
}

static void
on_call(struct loop_later *later)
{
	call_waiting(container_of(later, struct core, settle_later));
}

static void
on_timeout(struct loop_timer *timer)
{
	struct core *c = container_of(timer, struct core, settle_timer);

	list_for_each_safe (it, &c->sessions) {
		struct session *s = container_of(it, struct session, node);

		if (s->settling)
			log_line(LOG_WARN, LOG_MODULE, s->name,
			    "its shim has not answered yet");
		settle_end(s);
	}
}

void
settle_begin(struct session *s)
{
	struct core *c = s->core;

	if (s->settling)
		return;
	s->settling = true;
	s->settle_at = UINT64_MAX;
	if (!c->settling++)
		loop_timer_start(c->loop, &c->settle_timer, SETTLE_MS, on_timeout);
}

void
settle_until(struct session *s, uint64_t position)
{
	s->settle_at = position;
	settle_check(s);
}

void
settle_check(struct session *s)
{
	if (s->settling && s->position >= s->settle_at)
		settle_end(s);
}

void
settle_end(struct session *s)
{
	struct core *c = s->core;

	if (!s->settling)
		return;
	s->settling = false;
	if (!--c->settling)
		loop_timer_stop(&c->settle_timer);
	if (!list_empty(&c->settles))
		loop_later(c->loop, &c->settle_later, on_call);
}

bool
settle_waits(const struct core *c, const struct session *s)
{
	return s ? s->settling : c->settling > 0;
}

void
settle_wait(
    struct core *c, struct session *s, struct settle *w, void (*fn)(struct settle *))
{
	w->s = s ? session_ref(s) : NULL;
	w->fn = fn;
	list_add(&c->settles, &w->node);
}

void
settle_cancel(struct settle *w)
{
	struct session *s = w->s;

	w->s = NULL;
	list_del(&w->node);
	if (s)
		session_unref(s);
}
