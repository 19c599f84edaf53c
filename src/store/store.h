/* store.h: what must survive.  The door to SQLite.
 *
 * One file, WAL, synchronous=FULL, one writer thread behind a queue; reads run
 * on a second thread with its own connection.  store is called, it never
 * calls: completions are callbacks given with each request, and run on the
 * loop.  Group commit: everything queued when the writer wakes goes into one
 * transaction; a durable request makes it wake at once, telemetry waits up to
 * STORE_WINDOW_MS.
 *
 * The journal (`event`) is the spine: seq only grows and has no gap.  seq is
 * given by the store when the batch is written, in queue order.
 *
 * Full disk or a failing write: the batch is kept in memory (bounded), the
 * failure is reported once through store_ops.trouble, and it is retried when
 * the next durable request comes or every STORE_RETRY_MS while something is
 * pending.  A durable request waits for that; with store_batch_fail_fast() it
 * completes with STORE_E_FAILED instead.
 *
 * Requests that wait, and results not yet given to the loop, take at most
 * STORE_QUEUE_BYTES.  At the limit a durable request completes with
 * STORE_E_FAILED; one that is not is dropped (its `done`, if any, says so too),
 * and the journal gets an event "store.dropped" {"requests","events"} with the
 * next group that can be written.
 *
 * The file at the path is watched at every commit: a commit is acknowledged
 * only when it is in the file that stands there. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/json.h"
#include "loop/loop.h"

struct store;

#define STORE_SCHEMA      1 /* the newest migration this build knows */

#define STORE_WINDOW_MS   8u   /* how long telemetry gathers */
#define STORE_WINDOW_ROWS 256u /* and how much of it */
#define STORE_RETRY_MS    1000u
#define STORE_QUEUE_BYTES (32u << 20)

enum store_outcome {
	STORE_E_NEWER = 1, /* the database is from a newer version: refused, untouched */
	STORE_E_DAMAGED, /* it was moved aside to *.damaged-TIME and a new one was made */
	STORE_E_FAILED,  /* the write failed; nothing of the request was stored */
};

struct store_ops {
	/* A write failed (errno-like, SQLite's sentence) or works again (0). Loop thread.
	 */
	void (*trouble)(int error, const char *text, void *ctx);
	/* An event was committed: for followers.  In seq order, each once. Loop thread.
	 * `event`: {"seq","time","kind","session","generation","body"}, borrowed. */
	void (*event)(uint64_t seq, const struct json *event, void *ctx);
};

struct store_config {
	const char *path; /* data/belay.db */
	const struct store_ops *ops;
	void *ctx;
	uint64_t retain_events; /* keep at least this many; 0: all */
	uint64_t first_seq; /* a new journal begins after this (sequence numbers never go
			       back) */
	/* 0: the values above */
	uint64_t queue_bytes;
	uint32_t window_ms, retry_ms;
};

/* Opens, migrates, starts the threads.  0 or an outcome; STORE_E_DAMAGED still
 * opens (also when the file was empty, or only its -wal was left).
 * *ret_version: the schema found (for the message of STORE_E_NEWER).  Only one
 * process may have it open to write: the caller's lock sees to that. */
int store_open(struct loop *l, const struct store_config *config, struct store **ret,
    int *ret_version) MUST_CHECK;
/* Writes what is queued (waits), ends the threads.  Callbacks still owed come
 * during the call; what could not be written or read is STORE_E_FAILED.  Not
 * from a callback of the store.  NULL is fine; returns NULL. */
struct store *store_close(struct store *s);

/* A session's record: the row the lists are made of. Body is the full JSON. */
struct store_session {
	struct session_id id;
	struct json *body;
};

/* Everything one change writes, in one transaction: build, then commit.  The
 * batch belongs to the store after store_commit(). */
struct store_batch;

struct store_batch *store_batch_new(struct store *s);
struct store_batch *store_batch_free(
    struct store_batch *b);                        /* not committed; returns NULL */
void store_batch_fail_fast(struct store_batch *b); /* does not wait for a disk */
void store_put_session(
    struct store_batch *b, struct session_id id, struct json *body /* taken */);
void store_delete_session(struct store_batch *b, struct session_id id);
/* Journal line.  `body` is taken (NULL: {}).  kind: "session.started"… */
void store_put_event(struct store_batch *b, const char *kind,
    const struct session_id *session, uint32_t generation, wall_t time,
    struct json *body);
/* Write-ahead intent: what is about to be done outside.  Its id is chosen by the caller
 * (16 random bytes as a session_id), so that it can be finished in a later batch. */
void store_put_intent(struct store_batch *b, struct session_id intent, const char *verb,
    struct session_id session, uint32_t generation, struct json *body);
void store_done_intent(struct store_batch *b, struct session_id intent);
/* Small named values (e.g. "boot_id"). */
void store_put_value(struct store_batch *b, const char *key, const char *value);

/* durable: wakes the writer now, and `done` is called after the commit is on
 * disk (0 or STORE_E_FAILED), after the ops.event of its events.  Not durable:
 * gathered.  done may be NULL.  last_seq: of the journal with this batch.
 * `done` never comes before store_commit() returns. */
void store_commit(struct store_batch *b, bool durable,
    void (*done)(int r, uint64_t last_seq, void *ctx), void *ctx);

/* Read everything at start; synchronous. */
struct store_loaded {
	struct json *sessions; /* array of bodies */
	struct json *
	    intents; /* array of {"intent","verb","session","generation","body","time"} */
	uint64_t last_seq;
	unsigned
	    unreadable; /* records that are not JSON any more: left out, still stored */
};

int store_load(struct store *s, struct store_loaded *ret) MUST_CHECK;
void store_loaded_deinit(struct store_loaded *l);
char *store_value(struct store *s, const char *key); /* synchronous; NULL: none; heap */

/* Events with seq > since, at most limit (<= LIMIT_EVENTS_PAGE), filtered by session
 * (or NULL) and kind prefix (or NULL).  On the reader thread; `done` on the loop gets an
 * array it must free and the journal's first and last seq (last + 1 and last when it is
 * empty), all of one moment.  r: 0, or STORE_E_FAILED with events NULL.  Very large
 * bodies make a page shorter than the limit; an empty page is the end.  At most 256 reads
 * may wait. */
void store_events(struct store *s, uint64_t since, uint32_t limit,
    const struct session_id *session, const char *kind,
    void (*done)(int r, struct json *events, uint64_t first, uint64_t last, void *ctx),
    void *ctx);

/* The database file, its -wal or -shm was removed or replaced while open: what the open
 * file still holds is written to a new file at the path; a foreign file there is renamed
 * to PATH.replaced-TIME.  Harmless when nothing is missing.  Called by the owner, who
 * watches the directory; every commit and close look by themselves. */
void store_restore_file(struct store *s);
bool store_file_present(struct store *s); /* all three are there, and are ours */
/* For doctor: PRAGMA quick_check, journal gaps, counts.  `done` gets an object it must
 * free:
 * {"ok":bool,"problems":[text…],"events":N,"first_seq","last_seq","sessions":N,"intents":N}.
 */
void store_check(
    struct store *s, void (*done)(struct json *report, void *ctx), void *ctx);

#endif
