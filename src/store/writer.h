/* writer.h: the thread that writes.
 *
 * The loop thread hands batches in and takes finished ones out; the writer
 * tells by `post` that there is something to take.  All memory of batches,
 * waiting or finished, counts against `queue_bytes`.
 *
 * Order is kept: batches are written as they came.  A group that can not be
 * written goes back to the head of the queue, whole. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/loop.h"
#include "store/batch.h"
#include "store/file.h"
#include "store/journal.h"

struct writer {
	/* set before the thread starts, never changed */
	const char *path;
	struct loop_post *post;
	uint64_t retain_events;
	uint64_t queue_bytes;
	uint32_t window_ms, retry_ms;

	pthread_t thread;
	bool started;
	pthread_mutex_t lock;   /* for this group */
	pthread_cond_t wake;    /* the writer waits for work */
	pthread_cond_t settled; /* others wait for the end of an attempt */
	struct list queue;
	struct list finished;
	size_t bytes;
	uint64_t rows; /* in the queue */
	mono_t oldest; /* when the queue began to fill */
	bool urgent, stop;
	bool restore; /* the file has to be written anew */
	uint64_t dropped, dropped_events;
	bool busy; /* an attempt is under way */
	uint64_t attempts;
	int trouble; /* errno of the last attempt, 0 works */
	char trouble_text[256];
	mono_t retry_at;
	struct file_mark mark; /* the files that are open */

	/* The connection: the loop thread reads with it at start. */
	pthread_mutex_t sql_lock;
	struct journal journal;

	/* the thread's own */
	struct list placed; /* committed, but to a file that is gone */
	bool tidy;          /* something may be left to do when idle */
};

void writer_init(struct writer *w);
/* `w->journal.sql` is open: prepares it for writing and reads the numbers. */
int writer_load(struct writer *w, uint64_t first_seq) MUST_CHECK;
int writer_start(struct writer *w) MUST_CHECK;
/* Writes what is queued (one attempt, if the last failed) and ends the thread;
 * what could not be written is in `finished` as failed. */
void writer_stop(struct writer *w);
/* After writer_stop(): fails what was added since. */
void writer_abandon(struct writer *w);
void writer_close(struct writer *w); /* the connection only */
void writer_deinit(struct writer *w);

/* False: refused, the batch is still the caller's. */
bool writer_add(struct writer *w, struct store_batch *b);
/* Puts a batch that was never queued among the finished. */
void writer_refuse(struct writer *w, struct store_batch *b);
/* Moves finished batches to `to`.  Returns errno of the trouble, 0 none. */
int writer_take(struct writer *w, struct list *to, char *text, size_t text_size);
void writer_restore(struct writer *w);
/* Waits until an attempt that began after this call has ended; false when it failed. */
bool writer_restore_wait(struct writer *w);
struct file_mark writer_mark(struct writer *w);

#endif
