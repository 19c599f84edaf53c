/* Rows are an array in call order; the order is the order of writing. */
#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"

struct store_batch *
batch_new(struct store *s)
{
	struct store_batch *b = xnew(struct store_batch);

	list_init(&b->node);
	b->store = s;
	b->bytes = sizeof(*b);
	return b;
}

struct store_batch *
batch_free(struct store_batch *b)
{
	if (!b)
		return NULL;
	for (size_t i = 0; i < b->n; i++) {
		free(b->rows[i].name);
		free(b->rows[i].text);
		(void)json_free(b->rows[i].body);
	}
	free(b->rows);
	free(b);
	return NULL;
}

struct row *
batch_add(struct store_batch *b, enum row_kind kind, const char *name, const char *text,
    size_t len)
{
	struct row *row;

	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 4;
		b->rows = xrealloc(b->rows, b->cap, sizeof(*b->rows));
	}
	row = &b->rows[b->n++];
	*row = (struct row){ .kind = kind };
	row->name = name ? xstrdup(name) : NULL;
	row->text = text ? xstrndup(text, len) : NULL;
	row->text_len = len;
	b->bytes += sizeof(*row) + len + (name ? strlen(name) : 0);
	b->events += kind == ROW_EVENT;
	return row;
}

static struct row *
add_json(
    struct store_batch *b, enum row_kind kind, const char *name, const struct json *body)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;

	if (body)
		json_write(&text, body);
	else
		buf_puts(&text, "{}");
	return batch_add(b, kind, name, buf_text(&text), text.len);
}

struct store_batch *
store_batch_new(struct store *s)
{
	return batch_new(s);
}

struct store_batch *
store_batch_free(struct store_batch *b)
{
	return batch_free(b);
}

void
store_batch_fail_fast(struct store_batch *b)
{
	b->fail_fast = true;
}

void
store_put_session(struct store_batch *b, struct session_id id, struct json *body)
{
	session_id_text(id, add_json(b, ROW_SESSION, NULL, body)->id);
	(void)json_free(body);
}

void
store_delete_session(struct store_batch *b, struct session_id id)
{
	session_id_text(id, batch_add(b, ROW_SESSION_GONE, NULL, NULL, 0)->id);
}

void
store_put_event(struct store_batch *b, const char *kind, const struct session_id *session,
    uint32_t generation, wall_t time, struct json *body)
{
	struct row *row = add_json(b, ROW_EVENT, kind, body);

	if (session)
		session_id_text(*session, row->session);
	row->generation = generation;
	row->time = time;
	row->body = body ? body : json_new_object();
}

void
store_put_intent(struct store_batch *b, struct session_id intent, const char *verb,
    struct session_id session, uint32_t generation, struct json *body)
{
	struct row *row = add_json(b, ROW_INTENT, verb, body);

	session_id_text(intent, row->id);
	session_id_text(session, row->session);
	row->generation = generation;
	row->time = os_wall();
	(void)json_free(body);
}

void
store_done_intent(struct store_batch *b, struct session_id intent)
{
	session_id_text(intent, batch_add(b, ROW_INTENT_DONE, NULL, NULL, 0)->id);
}

void
store_put_value(struct store_batch *b, const char *key, const char *value)
{
	(void)batch_add(b, ROW_VALUE, key, value, strlen(value));
}

struct json *
batch_event_json(uint64_t seq, wall_t time, const char *kind, const char *session,
    uint32_t generation, struct json *body)
{
	cleanup_buf struct buf text = BUF(64);
	struct json *event = json_new_object();

	wall_put(&text, time);
	json_set_int(event, "seq", (int64_t)seq);
	json_set_text(event, "time", buf_text(&text));
	json_set_text(event, "kind", kind);
	json_set_text(event, "session", session && *session ? session : NULL);
	json_set_int(event, "generation", generation);
	return json_set(event, "body", body);
}

struct json *
batch_body_json(struct str text)
{
	struct json *body = NULL;

	return json_parse(text, &body, NULL) ? json_new_string(text) : body;
}
