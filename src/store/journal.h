/* journal.h: the tables, as the one who writes them sees them.
 *
 * Owns the writing connection and its statements.  A group is one transaction:
 * all of it is in or nothing.  One thread at a time. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "store/batch.h"
#include "store/sql.h"

enum journal_statement {
	/* the first ones stand at the number of their row kind */
	ST_ROW_LAST = ROW_KIND_COUNT - 1,
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_SEQ,
	ST_TRIM,
	ST_COUNT
};

struct journal {
	struct sql sql;
	uint64_t first, seq; /* of the events; first is seq + 1 when there is none */
	/* private */
	sqlite3_stmt *statements[ST_COUNT];
};

/* `j->sql` is open (schema_open()): prepares it and reads the numbers.  On a
 * failure journal_close() is still owed. */
int journal_load(struct journal *j, uint64_t first_seq) MUST_CHECK;
int journal_reload(struct journal *j) MUST_CHECK; /* a copy of what was loaded before */
void journal_close(struct journal *j);
/* `j` becomes what `by` is; `by` is left closed. */
void journal_replace(struct journal *j, struct journal *by);
/* Batches in list order.  Gives rows and batches their seq; they count only
 * when 0 is returned. */
int journal_write(struct journal *j, struct list *group) MUST_CHECK;
/* Removes a small number of the oldest events, but keeps `retain_events` (0: all). */
int journal_trim(struct journal *j, uint64_t retain_events, bool *ret_more) MUST_CHECK;

#endif
