/* sql.h: one connection to SQLite.
 *
 * A `struct sql` belongs to one thread at a time.  Functions return 0 or
 * -errno; `code` and `text` then hold SQLite's own code and sentence until the
 * next failure.  Steps go through sql_step(), where a test can make the nth
 * one fail (os_fault()). */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct sql {
	sqlite3 *db;
	int wal_pages; /* in the WAL after the last commit of this connection */
	int code;      /* SQLite's primary code of the last failure */
	char text[256];
};

#define SQL_BUSY_MS 250 /* how long a lock held by another program is waited for */

/* Opens a file that exists; it is never created.  Closing leaves the WAL and
 * its index alone unless sql_checkpoint_on_close() was called. */
int sql_open(struct sql *q, const char *path) MUST_CHECK;
void sql_close(struct sql *q); /* a zeroed or closed one is fine */
/* The dead value is left at `from`. */
void sql_move(struct sql *to, struct sql *from);
void sql_checkpoint_on_close(struct sql *q);
int sql_exec(struct sql *q, const char *text) MUST_CHECK;
int sql_prepare(struct sql *q, const char *text, sqlite3_stmt **ret) MUST_CHECK;
/* SQLITE_ROW, SQLITE_DONE, or -errno. */
int sql_step(struct sql *q, sqlite3_stmt *st) MUST_CHECK;
/* The first column of the first row; -ENOENT when there is none. */
int sql_number(struct sql *q, const char *text, int64_t *ret) MUST_CHECK;
/* Moves what can be moved from the WAL into the file; never waits for readers. */
int sql_checkpoint(struct sql *q) MUST_CHECK;
/* The last failure says that the file is not, or no longer, a sound database. */
bool sql_damaged(const struct sql *q);
/* Sets the failure by hand, when the content is wrong and SQLite does not mind. */
int sql_fail(struct sql *q, int code, const char *text);

static inline void
cleanup_stmtp(sqlite3_stmt **st)
{
	(void)sqlite3_finalize(*st);
}

#define cleanup_stmt __attribute__((__cleanup__(cleanup_stmtp)))

#endif
