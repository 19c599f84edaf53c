/* event.list, as a page or as a stream.
 *
 * A stream first reads pages from the store until it has caught up, then lives
 * on what is committed.  Events that are committed while it reads a page are
 * not queued: they are in the store, and the next page has them.  It goes live
 * when a page reached the newest number that was committed. */
#include "api/call.h"

struct stream {
	struct follow follow;
	struct api *api;
	struct api_call *call; /* NULL: cancelled while a page was being read */
	struct session_id session;
	bool one_session;
	char *kind;
	uint64_t next; /* events up to here were sent, or do not fit */
	bool reading, live;
	bool giving; /* the face is being called: it may cancel meanwhile */
};

static int
find_session(
    struct api *a, const struct api_call *call, struct session_id *ret, struct problem *p)
{
	const char *text = json_get_text(call->args, "session");
	struct session *s;
	int r;

	/* The events of a removed session are still there, by its whole id. */
	if (session_id_parse(str_of(text), ret))
		return 0;
	r = core_find(a->core, text, &s, p);
	if (!r)
		*ret = s->id;
	return r;
}

/* --- A page ---------------------------------------------------------------------- */

static void
on_page(int r, struct json *events, uint64_t first, uint64_t last, void *ctx)
{
	struct json *o;
	struct problem p;

	if (r) {
		(void)json_free(events);
		(void)problem_set(
		    &p, OUTCOME_STORE_FAILED, "", "the journal can not be read");
		api_reply_problem(ctx, &p);
		return;
	}
	o = json_new_object();
	json_set(o, "events", events ? events : json_new_array());
	json_set_int(o, "first", (int64_t)first);
	json_set_int(o, "seq", (int64_t)last);
	api_reply_result(ctx, o);
}

/* --- A stream -------------------------------------------------------------------- */

static void
stream_free(struct stream *st)
{
	core_unfollow(&st->follow);
	free(st->kind);
	free(st);
}

static void
on_cancel(struct api_call *call)
{
	struct stream *st = call->state;

	core_unfollow(&st->follow);
	st->call = NULL;
	if (!st->reading && !st->giving)
		stream_free(st);
}

static bool
fits(const struct stream *st, const struct json *event)
{
	const char *kind = json_get_text(event, "kind");
	struct session_id id;

	if (st->kind && !str_starts(str_of(kind), str_of(st->kind)))
		return false;
	return !st->one_session ||
	       (session_id_parse(json_str(json_get(event, "session")), &id) &&
		   session_id_eq(id, st->session));
}

/* False: no more can be given.  Either the call was cancelled (st->call is
 * NULL), or the client was too slow and the face has ended the call. */
static bool
give(struct stream *st, uint64_t seq, const struct json *event)
{
	const char *kind = json_get_text(event, "kind");
	bool ok;

	st->next = seq;
	if (!fits(st, event))
		return true;
	st->giving = true;
	ok = st->call->ops->event(st->call, seq, kind ? kind : "event", event);
	st->giving = false;
	return ok && st->call;
}

static void
ended_by_face(struct stream *st)
{
	if (st->call)
		st->call->cancel = NULL;
	stream_free(st);
}

static void read_more(struct stream *st);

static void
on_live(struct follow *f, uint64_t seq, const struct json *event)
{
	struct stream *st = container_of(f, struct stream, follow);

	if (st->live && seq > st->next && !give(st, seq, event))
		ended_by_face(st);
}

static void
on_more(int r, struct json *events, uint64_t first, uint64_t last, void *ctx)
{
	struct stream *st = ctx;
	size_t n = json_count(events);
	bool ok = true;
	uint64_t committed = st->api->core->seq;

	(void)first;
	for (size_t i = 0; st->call && ok && i < n; i++) {
		const struct json *event = json_at(events, i);

		ok = give(st, (uint64_t)json_get_int(event, "seq", 0), event);
	}
	(void)json_free(events);
	st->reading = false;
	if (!st->call || !ok) {
		ended_by_face(st);
		return;
	}
	if (r) {
		struct api_call *call = st->call;

		call->cancel = NULL;
		stream_free(st);
		call->ops->finish(call);
		return;
	}
	/* Only an empty page is the end: large events make pages short. */
	if (!n && st->next < last)
		st->next = last;
	if (st->next >= committed)
		st->live = true;
	else
		read_more(st);
}

static void
read_more(struct stream *st)
{
	st->reading = true;
	store_events(st->api->core->store, st->next, LIMIT_EVENTS_PAGE,
	    st->one_session ? &st->session : NULL, st->kind, on_more, st);
}

static void
begin_stream(struct api *a, struct api_call *call, const struct session_id *session,
    const char *kind, int64_t since)
{
	struct stream *st = xnew(struct stream);

	*st = (struct stream){
		.follow = { .fn = on_live },
		.api = a,
		.call = call,
		.one_session = session != NULL,
		.kind = kind ? xstrdup(kind) : NULL,
		.next = since < 0 ? a->core->seq : (uint64_t)since,
		.live = since < 0,
	};
	if (session)
		st->session = *session;
	call->state = st;
	call->cancel = on_cancel;
	core_follow(a->core, &st->follow);
	if (!st->live)
		read_more(st);
}

static int
list(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	const struct json *args = call->args;
	int64_t since = json_get_int(args, "since", -1);
	const char *kind = json_get_text(args, "kind");
	struct session_id id, *session = NULL;

	if (json_get_text(args, "session")) {
		int r = find_session(a, call, &id, p);

		if (r)
			return r;
		session = &id;
	}
	if (json_get_bool(args, "follow", false)) {
		begin_stream(a, call, session, kind, since);
		return 0;
	}
	store_events(a->core->store, since < 0 ? 0 : (uint64_t)since,
	    (uint32_t)json_get_int(args, "limit", LIMIT_EVENTS_PAGE), session, kind,
	    on_page, api_reply_new(a, call));
	return 0;
}

const struct api_route api_event[] = {
	{ "event.list", list },
	{ NULL, NULL },
};
