/* Sessions as a whole: made, listed, named, ended, forgotten. */
#include "api/call.h"
#include "core/create.h"
#include "core/edit.h"
#include "core/stop.h"
#include "core/watch.h"

static int
create(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	const struct json *args = call->args, *size = json_get(args, "size");
	const char *host = json_get_text(args, "host");
	struct create_spec spec = {
		.name = json_get_text(args, "name"),
		.agent = json_get_text(args, "agent"),
		.cwd = json_get_text(args, "cwd"),
		.task = json_get_text(args, "task"),
		.env = json_get(args, "env"),
		.labels = json_get(args, "labels"),
		.command = json_get(args, "command"),
		.pipe = host && !strcmp(host, "pipe"),
		.ring_bytes = (uint64_t)json_get_int(args, "ring_bytes", 0),
		.scrollback = json_get_int(args, "scrollback", -1),
	};
	struct reply *reply;

	if (size) {
		int64_t cols = json_get_int(size, "cols", 0),
			rows = json_get_int(size, "rows", 0);
		uint32_t most = UINT16_MAX;
		int r = create_check_size(cols < 0 || cols > most ? most : (uint32_t)cols,
		    rows < 0 || rows > most ? most : (uint32_t)rows, p);

		if (r)
			return r;
		spec.cols = (uint16_t)cols;
		spec.rows = (uint16_t)rows;
	}
	reply = api_reply_new(a, call);
	return api_promised(
	    reply, create_begin(a->core, &spec, api_reply_session, reply, p));
}

/* --- Lists ------------------------------------------------------------------------- */

static bool
has_label(const struct session *s, struct str want)
{
	cleanup_buf struct buf key = BUF_UNLIMITED;
	struct str name = str_cut(&want, '='), value;
	bool any = !want.p || (!want.len && name.p + name.len == want.p);

	buf_put(&key, name.p, name.len);
	if (!json_has(s->labels, buf_text(&key)))
		return false;
	value = json_str(json_get(s->labels, buf_text(&key)));
	return any || str_eq(value, want);
}

static bool
wanted(const struct session *s, const struct json *args)
{
	const char *agent = json_get_text(args, "agent"),
		   *state = json_get_text(args, "state");
	const struct json *labels = json_get(args, "label");

	for (size_t i = 0; i < json_count(labels); i++)
		if (!has_label(s, json_str(json_at(labels, i))))
			return false;
	if (agent && strcmp(s->agent, agent) != 0)
		return false;
	if (state)
		return !strcmp(lifecycle_names[s->lifecycle], state) ||
		       !strcmp(session_activity(s), state) ||
		       !strcmp(session_attention(s), state);
	return s->lifecycle != LIFECYCLE_ARCHIVED || json_get_bool(args, "all", false);
}

/* Those that need a person first, then by age: lower comes first. */
static unsigned
rank(const struct session *s)
{
	static const char *const order[] = { "needs_you", "failed", "info", "none" };
	unsigned i = 0;

	while (i < ARRAY_LEN(order) && strcmp(order[i], session_attention(s)) != 0)
		i++;
	return i;
}

static int
list(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct json *o = json_new_object(), *sessions = json_new_array();

	(void)p;
	for (unsigned r = 0; r <= 4; r++)
		list_for_each (it, &a->core->sessions) {
			s = container_of(it, struct session, node);
			if (rank(s) == r && wanted(s, call->args))
				json_push(sessions, session_json(s));
		}
	json_set(o, "sessions", sessions);
	json_set_int(o, "seq", (int64_t)a->core->seq);
	return api_result(call, o);
}

static int
get(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	(void)a;
	(void)p;
	return api_result(call, session_json(s));
}

/* --- Names and labels --------------------------------------------------------------- */

static int
rename_session(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(reply, edit_rename(s, json_get_text(call->args, "name"),
				       api_reply_session, reply, p));
}

static int
label(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(
	    reply, edit_labels(s, json_get(call->args, "set"),
		       json_get(call->args, "remove"), api_reply_session, reply, p));
}

/* --- Ends -----------------------------------------------------------------------------
 */

/* A stop is answered when the session has left `running`, and that is on disk. */
struct stopping {
	struct watch watch;
	struct reply *reply;
};

static void
on_change(struct watch *w, struct session *s)
{
	struct stopping *st = container_of(w, struct stopping, watch);

	if (!s->removed && session_alive(s))
		return;
	watch_stop(w);
	api_reply_result(st->reply, session_json(s));
	free(st);
}

static int
stop_with(struct api *a, struct api_call *call, struct session *s, uint64_t grace_ms,
    struct problem *p)
{
	struct stopping *st;
	int r = stop_check_free(s, p);

	if (!r)
		r = stop_begin(s, grace_ms, p);
	if (r)
		return r;
	st = xnew(struct stopping);
	st->watch.fn = on_change;
	st->reply = api_reply_new(a, call);
	watch_start(s, &st->watch);
	return 0;
}

static uint64_t
grace_of(struct api *a, const struct api_call *call)
{
	return (uint64_t)json_get_int(
	    call->args, "grace", (int64_t)a->core->settings.stop_grace_ms);
}

static int
stop(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	return stop_with(a, call, s, grace_of(a, call), p);
}

static int
kill_session(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	return stop_with(a, call, s, 0, p);
}

static int
restart(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(
	    reply, create_restart(s, grace_of(a, call), api_reply_session, reply, p));
}

static int
archive(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(reply, stop_archive(s, api_reply_session, reply, p));
}

static void
on_removed(struct session *s, const struct problem *p, void *ctx)
{
	struct json *o;

	if (p) {
		api_reply_problem(ctx, p);
		return;
	}
	o = json_new_object();
	json_set_text(o, "id", s->id_text);
	json_set_text(o, "name", s->name);
	api_reply_result(ctx, o);
}

static int
remove_session(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(
	    reply, stop_remove(s, json_get_bool(call->args, "force", false), on_removed,
		       reply, p));
}

const struct api_route api_session[] = {
	{ "session.create", create },
	{ "session.list", list },
	{ "session.get", get },
	{ "session.rename", rename_session },
	{ "session.label", label },
	{ "session.stop", stop },
	{ "session.kill", kill_session },
	{ "session.restart", restart },
	{ "session.archive", archive },
	{ "session.remove", remove_session },
	{ NULL, NULL },
};
