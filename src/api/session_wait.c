/* session.wait: a watch and a timer; whichever comes first answers. */
#include "api/call.h"
#include "core/engine.h"
#include "core/watch.h"

struct wait {
	struct watch watch;
	struct loop_timer timer;
	struct api_call *call;
	struct session *s; /* held */
	char *until;
	const char *text; /* of until "text=", else NULL */
	uint32_t generation;
	uint64_t timeout_ms;
};

static void
wait_free(struct wait *w)
{
	watch_stop(&w->watch);
	loop_timer_stop(&w->timer);
	session_unref(w->s);
	free(w->until);
	free(w);
}

static void
on_cancel(struct api_call *call)
{
	wait_free(call->state);
}

static bool
reached(struct session *s, const char *until, const char *text)
{
	if (text)
		return engine_shows(s, str_of(text));
	if (!strcmp(until, "exited"))
		return !session_alive(s);
	return !strcmp(until, lifecycle_names[s->lifecycle]);
}

static struct json *
answer(struct session *s, const char *until)
{
	struct json *o = json_new_object();

	json_set_text(o, "reached", until);
	return json_set(o, "session", session_json(s));
}

/* Can it never be reached any more?  Then why. */
static int
hopeless(struct session *s, const char *text, uint32_t generation, struct problem *p)
{
	if (s->removed)
		return problem_set(
		    p, OUTCOME_NOT_FOUND, "session", "session %s was removed", s->name);
	if (generation && s->generation != generation)
		return problem_set(p, OUTCOME_STALE, "generation",
		    "session %s is at generation %u, not %u", s->name, s->generation,
		    generation);
	if (text && !session_alive(s))
		return problem_set(p, OUTCOME_WRONG_STATE, "",
		    "session %s is %s and the text is not on its screen", s->name,
		    lifecycle_names[s->lifecycle]);
	return 0;
}

static void
on_change(struct watch *watch, struct session *s)
{
	struct wait *w = container_of(watch, struct wait, watch);
	struct api_call *call = w->call;
	struct problem p;

	if (!s->removed && reached(s, w->until, w->text)) {
		struct json *o = answer(s, w->until);

		wait_free(w);
		(void)api_result(call, o);
	} else if (hopeless(s, w->text, w->generation, &p)) {
		wait_free(w);
		call->cancel = NULL;
		call->ops->problem(call, &p);
	}
}

static void
on_timeout(struct loop_timer *timer)
{
	struct wait *w = container_of(timer, struct wait, timer);
	struct api_call *call = w->call;
	cleanup_buf struct buf shown = BUF(200);
	struct problem p;

	buf_put_escaped(&shown, str_of(w->until));
	(void)problem_set(&p, OUTCOME_TIMEOUT, "until",
	    "session %s did not reach %s within %g seconds; it is %s", w->s->name,
	    buf_text(&shown), (double)w->timeout_ms / 1000,
	    lifecycle_names[w->s->lifecycle]);
	wait_free(w);
	call->cancel = NULL;
	call->ops->problem(call, &p);
}

static int
wait_for(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	const char *until = json_get_text(call->args, "until"), *text;
	uint32_t generation = (uint32_t)json_get_int(call->args, "generation", 0);
	struct wait *w;
	int r;

	until = until ? until : "exited";
	text = str_starts(str_of(until), STR("text=")) ? until + strlen("text=") : NULL;
	if (text && !*text)
		return problem_set(
		    p, OUTCOME_BAD_REQUEST, "until", "until: text= needs a text");
	if (reached(s, until, text))
		return api_result(call, answer(s, until));
	r = hopeless(s, text, generation, p);
	if (r)
		return r;
	w = xnew(struct wait);
	*w = (struct wait){
		.watch = { .fn = on_change, .screen = text != NULL },
		.call = call,
		.s = session_ref(s),
		.until = xstrdup(until),
		.generation = generation,
		.timeout_ms =
		    (uint64_t)json_get_int(call->args, "timeout", LIMIT_WAIT_S * 1000LL),
	};
	w->text = text ? w->until + strlen("text=") : NULL;
	call->state = w;
	call->cancel = on_cancel;
	watch_start(s, &w->watch);
	loop_timer_start(a->core->loop, &w->timer, w->timeout_ms, on_timeout);
	return 0;
}

const struct api_route api_session_wait[] = {
	{ "session.wait", wait_for },
	{ NULL, NULL },
};
