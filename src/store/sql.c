/* SQLite's codes become errno by a table; what the system said is preferred
 * where SQLite kept it (EIO and ENOSPC look alike in its own code).
 *
 * No automatic checkpoint: the WAL hook only counts pages, so that COMMIT
 * never carries a checkpoint's cost; the writer does it when it is idle. */
#include "store/sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "os/os.h"

static const struct {
	int code, error;
} errors[] = {
	{ SQLITE_FULL, ENOSPC },
	{ SQLITE_IOERR, EIO },
	{ SQLITE_BUSY, EBUSY },
	{ SQLITE_LOCKED, EBUSY },
	{ SQLITE_READONLY, EROFS },
	{ SQLITE_NOMEM, ENOMEM },
	{ SQLITE_CORRUPT, EBADMSG },
	{ SQLITE_NOTADB, EBADMSG },
	{ SQLITE_PERM, EACCES },
	{ SQLITE_AUTH, EACCES },
	{ SQLITE_CANTOPEN, ENOENT },
	{ SQLITE_TOOBIG, EFBIG },
	{ SQLITE_INTERRUPT, ECANCELED },
};

int
sql_fail(struct sql *q, int code, const char *text)
{
	int error = 0;

	q->code = code & 0xff;
	if (text != q->text)
		(void)snprintf(q->text, sizeof(q->text), "%s", text);
	if (q->db && (q->code == SQLITE_IOERR || q->code == SQLITE_CANTOPEN))
		error = sqlite3_system_errno(q->db);
	for (size_t i = 0; !error && i < ARRAY_LEN(errors); i++) {
		if (errors[i].code == q->code)
			error = errors[i].error;
	}
	return fault(-(error ? error : EIO));
}

static int
failed(struct sql *q, int code)
{
	return sql_fail(q, code, q->db ? sqlite3_errmsg(q->db) : sqlite3_errstr(code));
}

static int
count_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct sql *q = ctx;

	q->wal_pages = pages;
	return SQLITE_OK;
}

int
sql_open(struct sql *q, const char *path)
{
	struct sql fresh = { 0 };
	int r;

	r = sqlite3_open_v2(path, &fresh.db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	*q = fresh;
	if (r != SQLITE_OK) {
		r = failed(q, r);
		sql_close(q);
		return r;
	}
	(void)sqlite3_extended_result_codes(q->db, 1);
	(void)sqlite3_busy_timeout(q->db, SQL_BUSY_MS);
	(void)sqlite3_wal_hook(q->db, count_wal, q);
	(void)sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return 0;
}

void
sql_close(struct sql *q)
{
	if (q->db)
		(void)sqlite3_close_v2(q->db);
	q->db = NULL;
}

void
sql_move(struct sql *to, struct sql *from)
{
	*to = *from;
	from->db = NULL;
	(void)sqlite3_wal_hook(to->db, count_wal, to);
}

void
sql_checkpoint_on_close(struct sql *q)
{
	(void)sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

int
sql_prepare(struct sql *q, const char *text, sqlite3_stmt **ret)
{
	int r = sqlite3_prepare_v2(q->db, text, -1, ret, NULL);

	return r == SQLITE_OK ? 0 : failed(q, r);
}

int
sql_step(struct sql *q, sqlite3_stmt *st)
{
	int r;

	if (os_fault()) {
		r = -errno;
		q->code = SQLITE_IOERR;
		(void)snprintf(q->text, sizeof(q->text), "made to fail by a test");
		return fault(r);
	}
	r = sqlite3_step(st);
	return r == SQLITE_ROW || r == SQLITE_DONE ? r : failed(q, r);
}

int
sql_exec(struct sql *q, const char *text)
{
	while (*text) {
		cleanup_stmt sqlite3_stmt *st = NULL;
		int r = sqlite3_prepare_v2(q->db, text, -1, &st, &text);

		if (r != SQLITE_OK)
			return failed(q, r);
		do
			r = st ? sql_step(q, st) : SQLITE_DONE;
		while (r == SQLITE_ROW);
		if (r < 0)
			return r;
	}
	return 0;
}

int
sql_number(struct sql *q, const char *text, int64_t *ret)
{
	cleanup_stmt sqlite3_stmt *st = NULL;
	int r = sql_prepare(q, text, &st);

	if (r)
		return r;
	r = sql_step(q, st);
	if (r < 0)
		return r;
	if (r != SQLITE_ROW)
		return -ENOENT;
	*ret = sqlite3_column_int64(st, 0);
	return 0;
}

int
sql_checkpoint(struct sql *q)
{
	int left = 0, done = 0;
	int r = sqlite3_wal_checkpoint_v2(
	    q->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &left, &done);

	return r == SQLITE_OK ? 0 : failed(q, r);
}

bool
sql_damaged(const struct sql *q)
{
	return q->code == SQLITE_CORRUPT || q->code == SQLITE_NOTADB;
}
