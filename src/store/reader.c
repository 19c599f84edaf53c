/* The connection is opened at the first request and again when the writer has
 * put a new file at the path.  Opening is by name, so it is checked that the
 * name led to the file the writer has open; if not, the writer is asked to
 * restore it, and then once more. */
#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"
#include "store/thread.h"

#define PAGE_BYTES (16u << 20) /* text of one page; the next one goes on after it */

static bool
is_there(struct reader *r, const struct file_mark *mark)
{
	struct file_mark there = file_mark(r->path);

	return file_mark_eq(&there, mark);
}

/* The check comes before the first read: reading makes SQLite open -wal and
 * -shm by name, and for a foreign database it would take the -shm that our
 * writer uses, and write it anew. */
static int
open_once(struct reader *r)
{
	struct file_mark mark = writer_mark(r->writer);
	int e;

	sql_close(&r->sql);
	e = is_there(r, &mark) ? sql_open(&r->sql, r->path) : -ESTALE;
	if (!e && !is_there(r, &mark))
		e = -ESTALE;
	if (!e)
		e = sql_exec(&r->sql, "PRAGMA query_only = 1; PRAGMA cache_size = -512");
	if (!e && !is_there(r, &mark))
		e = -ESTALE;
	r->mark = mark;
	return e;
}

static int
reader_open(struct reader *r)
{
	struct file_mark mark = writer_mark(r->writer);
	int e;

	if (r->sql.db && file_mark_eq(&mark, &r->mark))
		return 0;
	e = open_once(r);
	if (e && writer_restore_wait(r->writer))
		e = open_once(r);
	if (e)
		sql_close(&r->sql);
	return fault(e);
}

/* --- Pages of events ------------------------------------------------------------ */

static int
read_ends(struct sql *q, uint64_t *first, uint64_t *last)
{
	int64_t a, b;
	int r = sql_number(q, "SELECT value FROM counter WHERE name = 'seq'", &b);

	if (!r)
		r = sql_number(q, "SELECT coalesce(min(seq), 0) FROM event", &a);
	if (r)
		return fault(r);
	*first = a ? (uint64_t)a : (uint64_t)b + 1;
	*last = (uint64_t)b;
	return 0;
}

static struct json *
row_json(sqlite3_stmt *st)
{
	struct str body = str_make((const char *)sqlite3_column_text(st, 5),
	    (size_t)sqlite3_column_bytes(st, 5));

	return batch_event_json((uint64_t)sqlite3_column_int64(st, 0),
	    (wall_t){ sqlite3_column_int64(st, 1) },
	    (const char *)sqlite3_column_text(st, 2),
	    (const char *)sqlite3_column_text(st, 3),
	    (uint32_t)sqlite3_column_int64(st, 4), batch_body_json(body));
}

static int
read_page(struct sql *q, const struct read *req, struct json *events)
{
	cleanup_buf struct buf text = BUF(512);
	cleanup_stmt sqlite3_stmt *st = NULL;
	size_t bytes = 0;
	int r;

	buf_puts(&text, "SELECT seq, time, kind, session, generation, body FROM event"
			" WHERE seq > ?1");
	if (*req->session)
		buf_puts(&text, " AND session = ?3");
	if (req->prefix)
		buf_puts(&text, " AND substr(kind, 1, length(?4)) = ?4");
	buf_puts(&text, " ORDER BY seq LIMIT ?2");
	r = sql_prepare(q, buf_text(&text), &st);
	if (r)
		return fault(r);
	(void)sqlite3_bind_int64(
	    st, 1, (int64_t)(req->since > INT64_MAX ? INT64_MAX : req->since));
	(void)sqlite3_bind_int64(st, 2, req->limit);
	if (*req->session)
		(void)sqlite3_bind_text(st, 3, req->session, -1, SQLITE_STATIC);
	if (req->prefix)
		(void)sqlite3_bind_text(st, 4, req->prefix, -1, SQLITE_STATIC);
	while ((r = sql_step(q, st)) == SQLITE_ROW && bytes < PAGE_BYTES) {
		json_push(events, row_json(st));
		bytes += (size_t)sqlite3_column_bytes(st, 5) + 64;
	}
	return r < 0 ? fault(r) : 0;
}

/* The page and the ends of the journal are of one moment. */
static int
read_events(struct sql *q, struct read *req)
{
	cleanup_json struct json *events = json_new_array();
	int end, r = sql_exec(q, "BEGIN");

	if (r)
		return fault(r);
	r = read_ends(q, &req->first, &req->last);
	if (!r)
		r = read_page(q, req, events);
	end = sql_exec(q, "COMMIT");
	if (r || end)
		return fault(r ? r : end);
	req->answer = TAKE_PTR(events);
	return 0;
}

/* --- Check ------------------------------------------------------------------------ */

static void
problem(struct json *report, const char *text)
{
	json_push(json_get(report, "problems"), json_new_text(text));
	json_set_bool(report, "ok", false);
}

/* Each row of the answer is a problem; `fine` is none. */
static int
check_rows(struct sql *q, struct json *report, const char *sql, const char *fine)
{
	cleanup_stmt sqlite3_stmt *st = NULL;
	int r = sql_prepare(q, sql, &st);

	if (r)
		return fault(r);
	while ((r = sql_step(q, st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);

		if (!fine || strcmp(text ? text : "", fine) != 0)
			problem(report, text);
	}
	return r < 0 ? fault(r) : 0;
}

/* clang-format off */
static const struct {
	const char *key, *sql;
} counts[] = {
	{ "events",    "SELECT count(*) FROM event" },
	{ "first_seq", "SELECT coalesce(min(seq), 0) FROM event" },
	{ "last_seq",  "SELECT value FROM counter WHERE name = 'seq'" },
	{ "sessions",  "SELECT count(*) FROM session" },
	{ "intents",   "SELECT count(*) FROM intent" },
};

static const struct {
	const char *sql, *fine;
} checks[] = {
	{ "PRAGMA quick_check(10)", "ok" },
	{ "SELECT 'journal: events ' || before || ' to ' || (seq - 1) || ' are missing'"
	  " FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) + 1 AS before FROM event)"
	  " WHERE seq > before LIMIT 10", NULL },
	{ "SELECT 'journal: the last event is ' || coalesce(max(seq), 0) || ' but ' || value ||"
	  " ' were counted' FROM counter LEFT JOIN event WHERE name = 'seq'"
	  " GROUP BY name HAVING coalesce(max(seq), value) != value", NULL },
	{ "SELECT 'event ' || seq || ': the body is not JSON' FROM event"
	  " WHERE NOT json_valid(body) LIMIT 10", NULL },
	{ "SELECT 'session ' || id || ': the record is not JSON' FROM session"
	  " WHERE NOT json_valid(body) LIMIT 10", NULL },
	{ "SELECT 'intent ' || id || ': the record is not JSON' FROM intent"
	  " WHERE NOT json_valid(body) LIMIT 10", NULL },
};

/* clang-format on */

static int
check_all(struct sql *q, struct json *report)
{
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LEN(counts); i++) {
		int64_t n = 0;

		r = sql_number(q, counts[i].sql, &n);
		json_set_int(report, counts[i].key, n);
	}
	for (size_t i = 0; !r && i < ARRAY_LEN(checks); i++)
		r = check_rows(q, report, checks[i].sql, checks[i].fine);
	return fault(r);
}

static void
read_check(struct reader *r, struct read *req, int opened)
{
	struct json *report = json_new_object();
	int e = opened;

	json_set_bool(report, "ok", true);
	json_set(report, "problems", json_new_array());
	if (!e)
		e = sql_exec(&r->sql, "BEGIN");
	if (!e) {
		int end;

		e = check_all(&r->sql, report);
		end = sql_exec(&r->sql, "COMMIT");
		e = e ? e : end;
	}
	if (e)
		problem(report,
		    e == -ESTALE ? "the database file was replaced" : r->sql.text);
	req->answer = report;
}

/* --- The thread --------------------------------------------------------------------- */

static void
serve(struct reader *r, struct read *req)
{
	int e = reader_open(r);

	(void)pthread_mutex_lock(&r->lock);
	r->running = !r->stop;
	(void)pthread_mutex_unlock(&r->lock);
	if (req->kind == READ_CHECK)
		read_check(r, req, e);
	else
		req->result = e || read_events(&r->sql, req) ? STORE_E_FAILED : 0;
	/* An unfinished transaction would hold the WAL. */
	if (r->sql.db && !sqlite3_get_autocommit(r->sql.db))
		(void)sqlite3_exec(r->sql.db, "ROLLBACK", NULL, NULL, NULL);
	(void)pthread_mutex_lock(&r->lock);
	r->running = false;
	(void)pthread_mutex_unlock(&r->lock);
}

static void *
reader_main(void *arg)
{
	struct reader *r = arg;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		struct list *it = list_first(&r->queue);

		if (!it) {
			(void)pthread_cond_wait(&r->wake, &r->lock);
			continue;
		}
		list_del(it);
		(void)pthread_mutex_unlock(&r->lock);
		serve(r, container_of(it, struct read, node));
		(void)pthread_mutex_lock(&r->lock);
		list_add(&r->finished, it);
		loop_post_send(r->post);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* --- For the loop thread ---------------------------------------------------------------
 */

struct read *
reader_read_free(struct read *q)
{
	if (q) {
		(void)json_free(q->answer);
		free(q->prefix);
		free(q);
	}
	return NULL;
}

void
reader_init(struct reader *r)
{
	list_init(&r->queue);
	list_init(&r->finished);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->wake, NULL);
}

static void
refuse(struct reader *r, struct read *q, const char *why)
{
	q->result = STORE_E_FAILED;
	if (q->kind == READ_CHECK) {
		q->answer = json_new_object();
		json_set(q->answer, "problems", json_new_array());
		problem(q->answer, why);
	}
	list_add(&r->finished, &q->node);
}

void
reader_stop(struct reader *r)
{
	(void)pthread_mutex_lock(&r->lock);
	r->stop = true;
	if (r->running && r->sql.db)
		sqlite3_interrupt(r->sql.db);
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
	if (r->started)
		(void)pthread_join(r->thread, NULL);
	r->started = false;
	list_for_each_safe (it, &r->queue) {
		list_del(it);
		refuse(r, container_of(it, struct read, node), "the store is closing");
	}
}

void
reader_deinit(struct reader *r)
{
	sql_close(&r->sql);
	(void)pthread_cond_destroy(&r->wake);
	(void)pthread_mutex_destroy(&r->lock);
}

void
reader_add(struct reader *r, struct read *q)
{
	(void)pthread_mutex_lock(&r->lock);
	if (!r->started)
		r->started = thread_start(&r->thread, reader_main, r) == 0;
	if (r->started && r->waiting < READER_QUEUE) {
		r->waiting++;
		list_add(&r->queue, &q->node);
		(void)pthread_cond_signal(&r->wake);
	} else {
		r->waiting++;
		refuse(r, q, "too many reads at once");
		loop_post_send(r->post);
	}
	(void)pthread_mutex_unlock(&r->lock);
}

void
reader_take(struct reader *r, struct list *to)
{
	(void)pthread_mutex_lock(&r->lock);
	while (!list_empty(&r->finished)) {
		struct list *it = list_first(&r->finished);

		list_del(it);
		list_add(to, it);
		r->waiting--;
	}
	(void)pthread_mutex_unlock(&r->lock);
}
