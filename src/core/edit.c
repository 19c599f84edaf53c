#include "core/edit.h"

#include "base/cleanup.h"
#include "core/create.h"
#include "core/session_files.h"
#include "core/watch.h"

struct edit {
	core_done_fn done;
	void *ctx;
	char *name;          /* as it was; NULL: not renamed */
	struct json *labels; /* the same */
};

static void
on_stored(struct session *s, const struct problem *p, void *ctx)
{
	struct edit *e = ctx;

	if (p && e->name) {
		free(s->name);
		s->name = TAKE_PTR(e->name);
	}
	if (p && e->labels) {
		(void)json_free(s->labels);
		s->labels = TAKE_PTR(e->labels);
	}
	if (p)
		session_files_mirror(s);
	e->done(s, p, e->ctx);
	free(e->name);
	(void)json_free(e->labels);
	free(e);
	watch_changed(s);
}

static void
store(struct session *s, const char *kind, struct json *body, const struct edit *with)
{
	struct store_batch *b = store_batch_new(s->core->store);
	struct edit *e = xnew(struct edit);

	*e = *with;
	session_put(s, b, kind, body);
	store_batch_fail_fast(b);
	session_commit(s, b, on_stored, e);
}

int
edit_rename(
    struct session *s, const char *name, core_done_fn done, void *ctx, struct problem *p)
{
	struct edit e = { .done = done, .ctx = ctx };
	struct json *body;
	int r = create_check_name(s->core, s, name, p);

	if (r)
		return r;
	body =
	    json_set_text(json_set_text(json_new_object(), "from", s->name), "to", name);
	e.name = s->name;
	s->name = xstrdup(name);
	store(s, "session.renamed", body, &e);
	return 0;
}

static int
put_label(const char *key, struct json *value, void *ctx)
{
	json_set(ctx, key, json_ref(value));
	return 0;
}

int
edit_labels(struct session *s, const struct json *set, const struct json *remove,
    core_done_fn done, void *ctx, struct problem *p)
{
	struct edit e = { .done = done, .ctx = ctx };
	struct json *labels = json_new_object();

	(void)json_each(s->labels, put_label, labels);
	for (size_t i = 0; i < json_count(remove); i++)
		json_unset(labels, json_text(json_at(remove, i)));
	if (set)
		(void)json_each(set, put_label, labels);
	if (json_count(labels) > LIMIT_LABELS) {
		(void)json_free(labels);
		return problem_set(p, OUTCOME_TOO_LARGE, "set",
		    "session %s would have more than %u labels", s->name, LIMIT_LABELS);
	}
	e.labels = s->labels;
	s->labels = labels;
	store(s, "session.labelled",
	    json_set(json_new_object(), "labels", json_ref(labels)), &e);
	return 0;
}
