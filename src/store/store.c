/* The loop's side: opens, hands requests to the threads, and gives their
 * results to whoever asked, in one callback of the loop.
 *
 * A file that is not sound is moved aside before a new one is made; what it
 * still says of the last event's number is used, so that numbers do not come
 * twice. */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"
#include "os/os.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/writer.h"

#define SEQ_MAX ((int64_t)1 << 48) /* a number above it was not ours */

struct store {
	struct loop *loop;
	char *path;
	struct store_ops ops;
	void *ctx;
	struct loop_post post;
	struct writer writer;
	struct reader reader;
	int trouble; /* what was told last */
	bool delivering;
};

/* --- Results ----------------------------------------------------------------- */

static void
tell_events(struct store *s, const struct store_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct row *row = &b->rows[i];
		cleanup_json struct json *event = NULL;

		if (row->kind != ROW_EVENT)
			continue;
		if (!row->body)
			row->body = batch_body_json(str_make(row->text, row->text_len));
		event = batch_event_json(row->seq, row->time, row->name, row->session,
		    row->generation, TAKE_PTR(row->body));
		s->ops.event(row->seq, event, s->ctx);
	}
}

static void
tell_batch(struct store *s, struct store_batch *b)
{
	if (b->result == 0 && s->ops.event)
		tell_events(s, b);
	if (b->done)
		b->done(b->result, b->last_seq, b->ctx);
	(void)batch_free(b);
}

static void
tell_read(struct read *q)
{
	if (q->kind == READ_CHECK)
		q->check_done(TAKE_PTR(q->answer), q->ctx);
	else
		q->events_done(q->result, TAKE_PTR(q->answer), q->first, q->last, q->ctx);
	(void)reader_read_free(q);
}

static void
deliver(struct store *s)
{
	char text[sizeof(s->writer.trouble_text)];
	struct list batches, reads;
	int trouble;

	list_init(&batches);
	list_init(&reads);
	s->delivering = true;
	trouble = writer_take(&s->writer, &batches, text, sizeof(text));
	reader_take(&s->reader, &reads);
	if (!trouble != !s->trouble) {
		s->trouble = trouble;
		if (s->ops.trouble)
			s->ops.trouble(trouble, trouble ? text : "", s->ctx);
	}
	list_for_each_safe (it, &batches)
		tell_batch(s, container_of(it, struct store_batch, node));
	list_for_each_safe (it, &reads)
		tell_read(container_of(it, struct read, node));
	s->delivering = false;
}

static void
on_post(struct loop_post *post)
{
	deliver(container_of(post, struct store, post));
}

/* --- Open and close ----------------------------------------------------------- */

/* The number of the last event, if the damaged file can still tell. */
static uint64_t
salvage_seq(const char *path, uint64_t otherwise)
{
	static const char *const questions[] = { "SELECT max(seq) FROM event",
		"SELECT value FROM counter WHERE name = 'seq'" };
	struct sql q = { 0 };
	int64_t n;

	if (sql_open(&q, path) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
			if (sql_number(&q, questions[i], &n) == 0 && n > 0 &&
			    n < SEQ_MAX && (uint64_t)n > otherwise)
				otherwise = (uint64_t)n;
		}
	}
	sql_close(&q);
	return otherwise;
}

static int
open_file(struct store *s, uint64_t first_seq, int *ret_version)
{
	bool made = false;
	int r = file_make(s->path, &made);

	if (!r)
		r = schema_open(&s->writer.journal.sql, s->path, ret_version);
	if (!r) {
		r = writer_load(&s->writer, first_seq);
		/* A version number, but not its tables. */
		if (r && s->writer.journal.sql.code == SQLITE_ERROR)
			s->writer.journal.sql.code = SQLITE_CORRUPT;
		if (r)
			writer_close(&s->writer);
	}
	/* An empty file would look like damage to the next start. */
	if (r && made)
		file_unmake(s->path);
	return r;
}

static int
open_or_replace(struct store *s, uint64_t first_seq, int *ret_version)
{
	bool torn;
	int r = file_copy_finish(s->path, os_wall());

	if (r)
		return fault(r);
	torn = file_is_torn(s->path);
	r = torn ? -EBADMSG : open_file(s, first_seq, ret_version);
	if (!torn && (r >= 0 || !sql_damaged(&s->writer.journal.sql)))
		return r;
	fault_clear();
	if (!torn)
		first_seq = salvage_seq(s->path, first_seq);
	r = file_set_aside(s->path, "damaged", os_wall());
	if (!r)
		r = open_file(s, first_seq, ret_version);
	return r ? r : STORE_E_DAMAGED;
}

static void
set_config(struct store *s, const struct store_config *config)
{
	struct writer *w = &s->writer;

	s->path = xstrdup(config->path);
	s->ops = *config->ops;
	s->ctx = config->ctx;
	w->path = s->reader.path = s->path;
	w->post = s->reader.post = &s->post;
	s->reader.writer = w;
	w->retain_events = config->retain_events;
	w->queue_bytes = config->queue_bytes ? config->queue_bytes : STORE_QUEUE_BYTES;
	w->window_ms = config->window_ms ? config->window_ms : STORE_WINDOW_MS;
	w->retry_ms = config->retry_ms ? config->retry_ms : STORE_RETRY_MS;
}

int
store_open(struct loop *l, const struct store_config *config, struct store **ret,
    int *ret_version)
{
	struct store *s = xnew(struct store);
	int r, started;

	s->loop = l;
	writer_init(&s->writer);
	reader_init(&s->reader);
	set_config(s, config);
	r = open_or_replace(s, config->first_seq, ret_version);
	if (r != 0 && r != STORE_E_DAMAGED) {
		(void)store_close(s);
		return r;
	}
	started = loop_post_start(l, &s->post, on_post);
	if (!started)
		started = writer_start(&s->writer);
	if (started) {
		(void)store_close(s);
		return fault(started);
	}
	*ret = s;
	return r;
}

struct store *
store_close(struct store *s)
{
	if (!s)
		return NULL;
	assert(!s->delivering);
	reader_stop(&s->reader);
	writer_stop(&s->writer);
	deliver(s);
	loop_post_stop(&s->post);
	/* Asked by a callback just now: nobody is left to do it. */
	writer_abandon(&s->writer);
	deliver(s);
	reader_deinit(&s->reader);
	writer_deinit(&s->writer);
	free(s->path);
	free(s);
	return NULL;
}

/* --- Requests ------------------------------------------------------------------- */

void
store_commit(struct store_batch *b, bool durable,
    void (*done)(int r, uint64_t last_seq, void *ctx), void *ctx)
{
	struct store *s = b->store;

	b->durable = durable;
	b->done = done;
	b->ctx = ctx;
	for (size_t i = 0; !s->ops.event && i < b->n; i++)
		b->rows[i].body = json_free(b->rows[i].body);
	if (writer_add(&s->writer, b))
		return;
	if (durable || done)
		writer_refuse(&s->writer, b);
	else
		(void)batch_free(b);
}

void
store_events(struct store *s, uint64_t since, uint32_t limit,
    const struct session_id *session, const char *kind,
    void (*done)(int r, struct json *events, uint64_t first, uint64_t last, void *ctx),
    void *ctx)
{
	struct read *q = xnew(struct read);

	list_init(&q->node);
	q->kind = READ_EVENTS;
	q->since = since;
	q->limit = limit < LIMIT_EVENTS_PAGE ? limit : LIMIT_EVENTS_PAGE;
	if (session)
		session_id_text(*session, q->session);
	q->prefix = kind ? xstrdup(kind) : NULL;
	q->events_done = done;
	q->ctx = ctx;
	reader_add(&s->reader, q);
}

void
store_check(struct store *s, void (*done)(struct json *report, void *ctx), void *ctx)
{
	struct read *q = xnew(struct read);

	list_init(&q->node);
	q->kind = READ_CHECK;
	q->check_done = done;
	q->ctx = ctx;
	reader_add(&s->reader, q);
}

void
store_restore_file(struct store *s)
{
	writer_restore(&s->writer);
}

bool
store_file_present(struct store *s)
{
	struct file_mark ours = writer_mark(&s->writer), there = file_mark(s->path);

	return file_mark_eq(&ours, &there);
}

/* --- At start: synchronous reads with the writer's connection ------------------------
 */

static struct str
column(sqlite3_stmt *st, int i)
{
	const char *text = (const char *)sqlite3_column_text(st, i);

	return str_make(text, (size_t)sqlite3_column_bytes(st, i));
}

static int
load_sessions(struct sql *q, struct store_loaded *to)
{
	cleanup_stmt sqlite3_stmt *st = NULL;
	int r = sql_prepare(q, "SELECT body FROM session ORDER BY id", &st);

	if (r)
		return fault(r);
	while ((r = sql_step(q, st)) == SQLITE_ROW) {
		struct json *body = NULL;

		if (json_parse(column(st, 0), &body, NULL) == 0)
			json_push(to->sessions, body);
		else
			to->unreadable++;
	}
	return r < 0 ? fault(r) : 0;
}

static int
load_intents(struct sql *q, struct store_loaded *to)
{
	cleanup_stmt sqlite3_stmt *st = NULL;
	int r = sql_prepare(q,
	    "SELECT id, verb, session, generation, time, body FROM intent ORDER BY rowid",
	    &st);

	if (r)
		return fault(r);
	while ((r = sql_step(q, st)) == SQLITE_ROW) {
		cleanup_buf struct buf time = BUF(64);
		struct json *intent = json_new_object();

		wall_put(&time, (wall_t){ sqlite3_column_int64(st, 4) });
		json_set(intent, "intent", json_new_string(column(st, 0)));
		json_set(intent, "verb", json_new_string(column(st, 1)));
		json_set(intent, "session", json_new_string(column(st, 2)));
		json_set_int(intent, "generation", sqlite3_column_int64(st, 3));
		json_set(intent, "body", batch_body_json(column(st, 5)));
		json_set_text(intent, "time", buf_text(&time));
		json_push(to->intents, intent);
	}
	return r < 0 ? fault(r) : 0;
}

void
store_loaded_deinit(struct store_loaded *l)
{
	l->sessions = json_free(l->sessions);
	l->intents = json_free(l->intents);
}

int
store_load(struct store *s, struct store_loaded *ret)
{
	struct store_loaded l = { .sessions = json_new_array(),
		.intents = json_new_array() };
	int64_t seq = 0;
	int r;

	(void)pthread_mutex_lock(&s->writer.sql_lock);
	r = sql_number(
	    &s->writer.journal.sql, "SELECT value FROM counter WHERE name = 'seq'", &seq);
	if (!r)
		r = load_sessions(&s->writer.journal.sql, &l);
	if (!r)
		r = load_intents(&s->writer.journal.sql, &l);
	(void)pthread_mutex_unlock(&s->writer.sql_lock);
	if (r) {
		store_loaded_deinit(&l);
		return fault(r);
	}
	l.last_seq = (uint64_t)seq;
	*ret = l;
	return 0;
}

char *
store_value(struct store *s, const char *key)
{
	sqlite3_stmt *st = NULL;
	char *value = NULL;
	int r;

	(void)pthread_mutex_lock(&s->writer.sql_lock);
	r = sql_prepare(
	    &s->writer.journal.sql, "SELECT value FROM value WHERE key = ?1", &st);
	if (!r) {
		(void)sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
		if (sql_step(&s->writer.journal.sql, st) == SQLITE_ROW)
			value = xstrndup(column(st, 0).p, column(st, 0).len);
	}
	(void)sqlite3_finalize(st);
	(void)pthread_mutex_unlock(&s->writer.sql_lock);
	return value;
}
