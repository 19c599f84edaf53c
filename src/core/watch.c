/* A callback may stop other watches, so a plain walk could step on a node
 * that left.  Each round moves every node to the end as it is called, and
 * marks it with the round's number; a marked first node ends the walk. */
#include "core/watch.h"

#include "core/session.h"

void
watch_start(struct session *s, struct watch *w)
{
	w->round = s->core->watch_rounds;
	list_add(&s->watches, &w->node);
}

void
watch_stop(struct watch *w)
{
	if (w->node.next)
		list_del(&w->node);
}

static void
call_all(struct session *s, bool drawn_only)
{
	unsigned round = ++s->core->watch_rounds;

	(void)session_ref(s);
	for (;;) {
		struct list *first = list_first(&s->watches);
		struct watch *w = first ? container_of(first, struct watch, node) : NULL;

		if (!w || w->round >= round)
			break;
		w->round = round;
		list_del(&w->node);
		list_add(&s->watches, &w->node);
		if (!drawn_only || w->screen)
			w->fn(w, s);
	}
	session_unref(s);
}

void
watch_changed(struct session *s)
{
	call_all(s, false);
}

void
watch_drawn(struct session *s)
{
	if (!list_empty(&s->watches))
		call_all(s, true);
}

void
watch_removed(struct session *s)
{
	struct list *first;

	while ((first = list_first(&s->watches))) {
		struct watch *w = container_of(first, struct watch, node);

		list_del(first);
		w->fn(w, s);
	}
}
