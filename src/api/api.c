#include "api/api.h"

#include "api/call.h"
#include "base/log.h"
#include "core/settle.h"

#define LOG_MODULE "api"

static const struct api_route *const families[] = {
	api_session,
	api_session_io,
	api_session_wait,
	api_event,
	api_daemon,
};

struct api *
api_new(struct core *core)
{
	struct api *a = xnew(struct api);

	a->core = core;
	return a;
}

struct api *
api_free(struct api *a)
{
	free(a);
	return NULL;
}

static api_handler
find(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		for (const struct api_route *r = families[i]; r->verb; r++)
			if (!strcmp(r->verb, verb))
				return r->fn;
	return NULL;
}

/* Asked while the daemon is still being told what happened while it was away:
 * the handler runs when that is known. */
struct deferred {
	struct settle settle;
	struct api *api;
	struct api_call *call;
	api_handler fn;
};

static void
on_defer_cancel(struct api_call *call)
{
	struct deferred *d = call->state;

	settle_cancel(&d->settle);
	free(d);
}

/* The session that the route names; also refuses a stale generation. */
static int
named(struct api *a, const struct api_call *call, struct session **ret, struct problem *p)
{
	const struct verb_arg *arg = verb_arg(call->verb, "session");
	int64_t generation = json_get_int(call->args, "generation", 0);
	struct session *s;
	int r;

	*ret = NULL;
	if (!arg || !(arg->flags & VA_PATH))
		return 0;
	r = core_find(a->core, json_get_text(call->args, "session"), &s, p);
	if (r)
		return r;
	if (generation && generation != s->generation)
		return problem_set(p, OUTCOME_STALE, "generation",
		    "session %s is at generation %u, not %lld", s->name, s->generation,
		    (long long)generation);
	*ret = s;
	return 0;
}

static int
handle(struct api *a, struct api_call *call, api_handler fn, struct problem *p)
{
	struct session *s;
	int r = named(a, call, &s, p);

	return r ? r : fn(a, call, s, p);
}

static void
on_settled(struct settle *w)
{
	struct deferred *d = container_of(w, struct deferred, settle);
	struct api_call *call = d->call;
	struct api *a = d->api;
	api_handler fn = d->fn;
	struct problem p;

	free(d);
	call->cancel = NULL;
	if (handle(a, call, fn, &p))
		call->ops->problem(call, &p);
}

static bool
needs_facts(const char *verb)
{
	return !strcmp(verb, "daemon.check") ||
	       (str_starts(str_of(verb), STR("session.")) &&
		   strcmp(verb, "session.create") != 0);
}

static int
run(struct api *a, struct api_call *call, api_handler fn, struct problem *p)
{
	const char *name = json_get_text(call->args, "session");
	struct session *s = NULL;
	struct deferred *d;

	if (!settle_waits(a->core, NULL) || !needs_facts(call->verb->name) ||
	    (name && (core_find(a->core, name, &s, p) || !settle_waits(a->core, s))))
		return handle(a, call, fn, p);
	d = xnew(struct deferred);
	*d = (struct deferred){ .api = a, .call = call, .fn = fn };
	call->state = d;
	call->cancel = on_defer_cancel;
	settle_wait(a->core, s, &d->settle, on_settled);
	return 0;
}

static int
begin(struct api *a, struct api_call *call, struct problem *p)
{
	api_handler fn = find(call->verb->name);
	int r;

	if (!fn)
		return problem_set(p, OUTCOME_NO_ROUTE, "",
		    "%s is not answered by the daemon", call->verb->name);
	if (call->right < call->verb->right)
		return problem_set(p, OUTCOME_FORBIDDEN, "",
		    "%s needs the right %s, this client has %s", call->verb->name,
		    verb_right_names[call->verb->right], verb_right_names[call->right]);
	r = verb_check_args(call->verb, call->args, p);
	return r ? r : run(a, call, fn, p);
}

void
api_begin(struct api *a, struct api_call *call)
{
	struct problem p;

	call->state = NULL;
	call->cancel = NULL;
	if (begin(a, call, &p))
		call->ops->problem(call, &p);
}

void
api_cancel(struct api_call *call)
{
	void (*cancel)(struct api_call *) = call->cancel;

	call->cancel = NULL;
	if (cancel)
		cancel(call);
}

void
api_call_deinit(struct api_call *call)
{
	api_cancel(call);
	call->args = json_free(call->args);
}

/* --- Answers ----------------------------------------------------------------------- */

int
api_result(struct api_call *call, struct json *body)
{
	struct problem p;

	call->cancel = NULL;
	/* The table is a promise to clients: an answer that breaks it is our defect. */
	if (verb_check_result(call->verb, body, &p)) {
		log_error("%s: an answer that does not fit the table: %s",
		    call->verb->name, p.detail);
		p.outcome = OUTCOME_INTERNAL;
		call->ops->problem(call, &p);
	} else {
		call->ops->result(call, body);
	}
	(void)json_free(body);
	return 0;
}

static void
reply_cancel(struct api_call *call)
{
	struct reply *r = call->state;

	r->call = NULL;
}

struct reply *
api_reply_new(struct api *a, struct api_call *call)
{
	struct reply *r = xnew(struct reply);

	*r = (struct reply){ .api = a, .call = call };
	call->state = r;
	call->cancel = reply_cancel;
	return r;
}

int
api_promised(struct reply *r, int outcome)
{
	if (outcome) {
		r->call->cancel = NULL;
		free(r);
	}
	return outcome;
}

void
api_reply_result(struct reply *r, struct json *body)
{
	struct api_call *call = r->call;

	free(r);
	if (call)
		(void)api_result(call, body);
	else
		(void)json_free(body);
}

void
api_reply_problem(struct reply *r, const struct problem *p)
{
	struct api_call *call = r->call;

	free(r);
	if (!call)
		return;
	call->cancel = NULL;
	call->ops->problem(call, p);
}

void
api_reply_session(struct session *s, const struct problem *p, void *ctx)
{
	if (p)
		api_reply_problem(ctx, p);
	else
		api_reply_result(ctx, session_json(s));
}
