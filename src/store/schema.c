/* Migrations are numbered texts: number n brings a file of version n to
 * n + 1, in one transaction with the version number itself.  A released text
 * never changes; the next change is the next text.
 *
 * The number of the last event stands in `counter` and is moved in the same
 * transaction as the rows it numbers: a rolled back batch leaves no gap, which
 * AUTOINCREMENT would. */
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>

#include "base/fault.h"
#include "store/store.h"

#define APPLICATION_ID 0x62656c79 /* "bely": for file(1) */
/* Of a larger file only the small tables are read through at start (a cold disk
 * needs a second for 64 MiB); the journal is doctor's. */
#define CHECK_PAGES_MAX 8192

static const char *const migrations[] = {
	"CREATE TABLE counter ("
	" name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO counter VALUES ('seq', 0);"
	"CREATE TABLE event ("
	" seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL,"
	" session TEXT, generation INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
	"CREATE INDEX event_session ON event (session, seq) WHERE session IS NOT NULL;"
	"CREATE TABLE session ("
	" id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;"
	"CREATE TABLE intent ("
	" id TEXT PRIMARY KEY, time INTEGER NOT NULL, verb TEXT NOT NULL,"
	" session TEXT NOT NULL, generation INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
	"CREATE TABLE value ("
	" key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
};

_Static_assert(ARRAY_LEN(migrations) == STORE_SCHEMA, "a migration for each version");

static int
migrate(struct sql *q, int from)
{
	char text[80];
	int r = 0;

	for (int v = from; !r && v < STORE_SCHEMA; v++) {
		(void)snprintf(text, sizeof(text),
		    "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		    APPLICATION_ID, v + 1);
		r = sql_exec(q, "BEGIN IMMEDIATE");
		if (!r)
			r = sql_exec(q, migrations[v]);
		if (!r)
			r = sql_exec(q, text);
	}
	return fault(r);
}

static int
check_with(struct sql *q, const char *pragma)
{
	cleanup_stmt sqlite3_stmt *st = NULL;
	int r = sql_prepare(q, pragma, &st);

	if (r)
		return fault(r);
	r = sql_step(q, st);
	if (r == SQLITE_ROW &&
	    sqlite3_stricmp((const char *)sqlite3_column_text(st, 0), "ok"))
		return sql_fail(
		    q, SQLITE_CORRUPT, (const char *)sqlite3_column_text(st, 0));
	return r < 0 ? fault(r) : 0;
}

/* Is this ours, and sound? */
static int
check(struct sql *q, int version)
{
	static const char *const small[] = { "PRAGMA quick_check(counter)",
		"PRAGMA quick_check(session)", "PRAGMA quick_check(intent)",
		"PRAGMA quick_check(value)" };
	int64_t n = 0, pages = 0;
	int r = sql_number(q, "SELECT count(*) FROM sqlite_schema", &n);

	if (!r && version == 0 && n > 0)
		return sql_fail(q, SQLITE_NOTADB, "a database, but not one of belay");
	if (!r)
		r = sql_number(q, "PRAGMA page_count", &pages);
	if (r)
		return fault(r);
	if (pages <= CHECK_PAGES_MAX)
		return fault(check_with(q, "PRAGMA quick_check(1)"));
	for (size_t i = 0; !r && i < ARRAY_LEN(small); i++)
		r = check_with(q, small[i]);
	/* SQLITE_ERROR: there is no such table. */
	return r && q->code == SQLITE_ERROR ? sql_fail(q, SQLITE_CORRUPT, q->text)
					    : fault(r);
}

int
schema_prepare(struct sql *q)
{
	return fault(
	    sql_exec(q, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA "
			"foreign_keys = ON;"
			"PRAGMA journal_size_limit = 8388608; PRAGMA cache_size = -1024;"
			"PRAGMA temp_store = MEMORY"));
}

int
schema_open(struct sql *q, const char *path, int *ret_version)
{
	int64_t version = 0;
	int r = sql_open(q, path);

	if (r)
		return fault(r);
	r = sql_number(q, "PRAGMA user_version", &version);
	if (!r && version > STORE_SCHEMA) {
		*ret_version = (int)version;
		r = STORE_E_NEWER;
	}
	if (!r && version < 0)
		r = sql_fail(q, SQLITE_NOTADB, "a database, but not one of belay");
	if (!r)
		r = check(q, (int)version);
	if (!r)
		r = schema_prepare(q);
	if (!r)
		r = migrate(q, (int)version);
	if (r)
		sql_close(q);
	else
		*ret_version = (int)version;
	return r;
}
