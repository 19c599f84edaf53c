#include <inttypes.h>
#include <unistd.h>

#include "api/call.h"

static struct json *
reference(void)
{
	struct json *o = json_new_object();

	json_set_int(o, "pid", getpid());
	return json_set_text(o, "version", BELAY_VERSION);
}

static int
status(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	const struct core *c = a->core;
	wall_t now = loop_wall(c->loop);
	struct json *o = reference();
	cleanup_buf struct buf started = BUF(64);
	int64_t running = 0;

	(void)p;
	list_for_each (it, &c->sessions)
		running += container_of(it, struct session, node)->lifecycle ==
			   LIFECYCLE_RUNNING;
	wall_put(&started, c->started_at);
	json_set(o, "started_at", json_new_string(buf_str(&started)));
	json_set_int(o, "uptime_s", (now.ms - c->started_at.ms) / 1000);
	json_set_text(o, "home", c->home->root ? c->home->root : c->home->data);
	json_set_text(o, "socket", c->home->socket);
	json_set_int(o, "sessions", c->count);
	json_set_int(o, "running", running);
	json_set_int(o, "seq", (int64_t)c->seq);
	json_set_text(o, "store", c->trouble ? c->trouble : "ok");
	return api_result(call, o);
}

static int
stop(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	(void)p;
	(void)api_result(call, reference());
	a->core->ops->stop(a->core->ops_ctx);
	return 0;
}

static void
on_restart(struct session *s, const struct problem *p, void *ctx)
{
	(void)s;
	if (p)
		api_reply_problem(ctx, p);
	else
		api_reply_result(ctx, reference());
}

static int
restart(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	(void)p;
	a->core->ops->restart(on_restart, api_reply_new(a, call), a->core->ops_ctx);
	return 0;
}

/* --- Checking ------------------------------------------------------------------- */

static void
item(struct json *checks, bool *all, const char *name, bool ok, const char *detail)
{
	struct json *o = json_new_object();

	json_set_text(o, "name", name);
	json_set_bool(o, "ok", ok);
	json_set_text(o, "detail", detail);
	json_push(checks, o);
	*all = *all && ok;
}

/* What is wrong with a session as the daemon knows it; false: nothing. */
static bool
session_wrong(const struct session *s, struct buf *why)
{
	if (s->lifecycle != LIFECYCLE_RUNNING)
		return false;
	if (!s->link)
		buf_printf(why, "session %s runs, but no shim is known for it", s->name);
	else if (!host_connected(s->link))
		buf_printf(why, "the shim of session %s does not answer", s->name);
	else if (!os_process_is(s->pid, s->pid_start))
		buf_printf(why,
		    "process %d of session %s is gone, its shim has not said so",
		    (int)s->pid, s->name);
	return why->len > 0;
}

static void
check_sessions(struct api *a, struct json *checks, bool *all)
{
	cleanup_buf struct buf text = BUF(256);
	unsigned wrong = 0;

	list_for_each (it, &a->core->sessions) {
		cleanup_buf struct buf why = BUF(512);
		const struct session *s = container_of(it, struct session, node);

		if (!session_wrong(s, &why))
			continue;
		wrong++;
		item(checks, all, "session", false, buf_text(&why));
	}
	buf_printf(&text, "%u known", a->core->count);
	if (!wrong)
		item(checks, all, "sessions", true, buf_text(&text));
}

static void
check_profiles(struct api *a, struct json *checks, bool *all)
{
	cleanup_buf struct buf names = BUF(1024);
	bool wrong = false;

	list_for_each (it, &a->core->profiles.all) {
		const struct profile *one = container_of(it, struct profile, node);

		if (one->error)
			item(checks, all, "profile", false, one->error);
		wrong = wrong || one->error;
	}
	profiles_put_names(&a->core->profiles, &names);
	if (!wrong)
		item(checks, all, "profiles", true, buf_text(&names));
}

static void
on_checked(struct json *report, void *ctx)
{
	struct reply *reply = ctx;
	struct api *a = reply->api;
	struct json *o = json_new_object(), *checks = json_new_array();
	const struct json *problems = json_get(report, "problems");
	cleanup_buf struct buf text = BUF(256);
	bool all = true;

	for (size_t i = 0; i < json_count(problems); i++)
		item(checks, &all, "store", false, json_text(json_at(problems, i)));
	if (a->core->trouble)
		item(checks, &all, "store", false, a->core->trouble);
	if (!json_count(problems) && !a->core->trouble) {
		buf_printf(&text, "%" PRId64 " events, the last is number %" PRId64,
		    json_get_int(report, "events", 0),
		    json_get_int(report, "last_seq", 0));
		item(checks, &all, "store", json_get_bool(report, "ok", false),
		    buf_text(&text));
	}
	check_sessions(a, checks, &all);
	check_profiles(a, checks, &all);
	(void)json_free(report);
	json_set_bool(o, "ok", all);
	json_set(o, "checks", checks);
	api_reply_result(reply, o);
}

static int
check(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	(void)p;
	store_check(a->core->store, on_checked, api_reply_new(a, call));
	return 0;
}

const struct api_route api_daemon[] = {
	{ "daemon.status", status },
	{ "daemon.stop", stop },
	{ "daemon.restart", restart },
	{ "daemon.check", check },
	{ NULL, NULL },
};
