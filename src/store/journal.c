/* The rows of a batch are bound by position, the same in every statement, so
 * one function writes all kinds: 1 id, 2 session, 3 generation, 4 time, 5 name,
 * 6 text, 7 seq.  A statement that lacks one ignores it. */
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

#define TRIM_STEP 256

/* clang-format off */
static const char *const texts[ST_COUNT] = {
	[ROW_SESSION]      = "INSERT INTO session (id, body) VALUES (?1, ?6)"
	                     " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
	[ROW_SESSION_GONE] = "DELETE FROM session WHERE id = ?1",
	[ROW_EVENT]        = "INSERT INTO event (seq, time, kind, session, generation, body)"
	                     " VALUES (?7, ?4, ?5, ?2, ?3, ?6)",
	[ROW_INTENT]       = "INSERT INTO intent (id, time, verb, session, generation, body)"
	                     " VALUES (?1, ?4, ?5, ?2, ?3, ?6) ON CONFLICT (id) DO UPDATE SET"
	                     " time = excluded.time, verb = excluded.verb,"
	                     " session = excluded.session, generation = excluded.generation,"
	                     " body = excluded.body",
	[ROW_INTENT_DONE]  = "DELETE FROM intent WHERE id = ?1",
	[ROW_VALUE]        = "INSERT INTO value (key, value) VALUES (?5, ?6)"
	                     " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	[ST_BEGIN]         = "BEGIN IMMEDIATE",
	[ST_COMMIT]        = "COMMIT",
	[ST_ROLLBACK]      = "ROLLBACK",
	[ST_SEQ]           = "UPDATE counter SET value = ?1 WHERE name = 'seq'",
	[ST_TRIM]          = "DELETE FROM event WHERE seq < ?1",
};

/* clang-format on */

static int
run(struct journal *j, int statement)
{
	sqlite3_stmt *st = j->statements[statement];
	int r = sql_step(&j->sql, st);

	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return r < 0 ? fault(r) : 0;
}

static int
run_number(struct journal *j, int statement, uint64_t n)
{
	(void)sqlite3_bind_int64(j->statements[statement], 1, (int64_t)n);
	return run(j, statement);
}

static void
bind_text(sqlite3_stmt *st, int at, const char *z, size_t len)
{
	if (z && at <= sqlite3_bind_parameter_count(st))
		(void)sqlite3_bind_text64(st, at, z, len, SQLITE_STATIC, SQLITE_UTF8);
}

static int
run_row(struct journal *j, struct row *row)
{
	sqlite3_stmt *st = j->statements[row->kind];

	bind_text(st, 1, row->id, strlen(row->id));
	bind_text(st, 2, *row->session ? row->session : NULL, strlen(row->session));
	(void)sqlite3_bind_int64(st, 3, row->generation);
	(void)sqlite3_bind_int64(st, 4, row->time.ms);
	bind_text(st, 5, row->name, row->name ? strlen(row->name) : 0);
	bind_text(st, 6, row->text, row->text_len);
	(void)sqlite3_bind_int64(st, 7, (int64_t)row->seq);
	return run(j, (int)row->kind);
}

void
journal_close(struct journal *j)
{
	for (int i = 0; i < ST_COUNT; i++) {
		(void)sqlite3_finalize(j->statements[i]);
		j->statements[i] = NULL;
	}
	sql_close(&j->sql);
}

void
journal_replace(struct journal *j, struct journal *by)
{
	journal_close(j);
	sql_move(&j->sql, &by->sql);
	memcpy(j->statements, by->statements, sizeof(by->statements));
	memset(by->statements, 0, sizeof(by->statements));
	j->first = by->first;
	j->seq = by->seq;
}

static int
prepare(struct journal *j)
{
	for (int i = 0; i < ST_COUNT; i++) {
		int r = sql_prepare(&j->sql, texts[i], &j->statements[i]);

		if (r)
			return fault(r);
	}
	return 0;
}

static int
read_ends(struct journal *j)
{
	int64_t first, last;
	int r =
	    sql_number(&j->sql, "SELECT value FROM counter WHERE name = 'seq'", &last);

	if (!r)
		r = sql_number(
		    &j->sql, "SELECT coalesce(min(seq), 0) FROM event", &first);
	if (r)
		return fault(r);
	j->seq = (uint64_t)last;
	j->first = first ? (uint64_t)first : j->seq + 1;
	return 0;
}

/* A counter behind its events (someone's repair) would make a number come
 * twice; an empty journal begins where it is told. */
static int
set_counter(struct journal *j, uint64_t first_seq)
{
	char text[160];
	int64_t seq = 0, now = 0;
	int r;

	(void)snprintf(text, sizeof(text),
	    "SELECT max(value, coalesce((SELECT max(seq) FROM event), %lld))"
	    " FROM counter WHERE name = 'seq'",
	    (long long)first_seq);
	r = sql_number(&j->sql, text, &seq);
	if (!r)
		r = sql_number(
		    &j->sql, "SELECT value FROM counter WHERE name = 'seq'", &now);
	if (r || seq == now)
		return fault(r);
	return fault(run_number(j, ST_SEQ, (uint64_t)seq));
}

int
journal_load(struct journal *j, uint64_t first_seq)
{
	int r = prepare(j);

	if (!r)
		r = set_counter(j, first_seq);
	if (!r)
		r = read_ends(j);
	return fault(r);
}

int
journal_reload(struct journal *j)
{
	int r = prepare(j);

	return fault(r ? r : read_ends(j));
}

static int
write_rows(struct journal *j, struct list *group)
{
	uint64_t seq = j->seq;
	int r = 0;

	list_for_each (it, group) {
		struct store_batch *b = container_of(it, struct store_batch, node);

		for (size_t i = 0; !r && i < b->n; i++) {
			if (b->rows[i].kind == ROW_EVENT)
				b->rows[i].seq = ++seq;
			r = run_row(j, &b->rows[i]);
		}
		b->last_seq = seq;
	}
	return r || seq == j->seq ? r : run_number(j, ST_SEQ, seq);
}

int
journal_write(struct journal *j, struct list *group)
{
	int r = 0;

	if (!sqlite3_get_autocommit(j->sql.db)) /* a ROLLBACK that failed */
		r = run(j, ST_ROLLBACK);
	if (!r)
		r = run(j, ST_BEGIN);
	if (!r)
		r = write_rows(j, group);
	if (!r)
		r = run(j, ST_COMMIT);
	/* SQLite itself ends the transaction on some failures. */
	if (r && !sqlite3_get_autocommit(j->sql.db)) {
		struct sql failed = j->sql;

		(void)run(j, ST_ROLLBACK);
		j->sql.code = failed.code;
		memcpy(j->sql.text, failed.text, sizeof(failed.text));
	}
	if (!r)
		j->seq = container_of(group->prev, struct store_batch, node)->last_seq;
	return r;
}

int
journal_trim(struct journal *j, uint64_t retain_events, bool *ret_more)
{
	uint64_t first = j->first ? j->first : 1, excess;
	int r;

	*ret_more = false;
	if (!retain_events || j->seq + 1 < first + retain_events)
		return 0;
	excess = j->seq + 1 - first - retain_events;
	if (excess < TRIM_STEP)
		return 0;
	r = run_number(j, ST_TRIM, first + TRIM_STEP);
	if (!r)
		j->first = first + TRIM_STEP;
	*ret_more = !r;
	return r;
}
