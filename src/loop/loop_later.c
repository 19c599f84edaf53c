/* A queue that is taken as a whole and run; what is added meanwhile is for the
 * next turn, so work that asks for itself again does not keep the loop from
 * its events.  While such work is left an idle handle keeps the loop from
 * waiting. */
#include "loop/loop_uv.h"

static void
later_idle(uv_idle_t *idle)
{
	(void)idle;
}

void
loop_later(struct loop *l, struct loop_later *s, void (*fn)(struct loop_later *))
{
	s->fn = fn;
	if (s->queued)
		return;
	s->queued = true;
	s->next = NULL;
	*l->last = s;
	l->last = &s->next;
}

static bool
later_remove(struct loop_later **head, struct loop_later *s)
{
	for (struct loop_later **at = head; *at; at = &(*at)->next) {
		if (*at == s) {
			*at = s->next;
			return true;
		}
	}
	return false;
}

void
loop_later_cancel(struct loop *l, struct loop_later *s)
{
	if (!s->queued)
		return;
	s->queued = false;
	if (!later_remove(&l->batch, s))
		(void)later_remove(&l->first, s);
	l->last = &l->first;
	while (*l->last)
		l->last = &(*l->last)->next;
}

void
loop_later_run(struct loop *l)
{
	l->batch = l->first;
	l->first = NULL;
	l->last = &l->first;
	while (l->batch) {
		struct loop_later *s = l->batch;

		l->batch = s->next;
		s->queued = false;
		l->calls++;
		s->fn(s);
	}
	if (l->first)
		(void)uv_idle_start(&l->idle, later_idle);
	else
		(void)uv_idle_stop(&l->idle);
}
