/* One thread, one connection, one condition to wait on.
 *
 * What the thread does next is decided in next_step() from the state under
 * the lock: write when a durable request, a full window or the end of the
 * window asks for it; when writing fails, only a new durable request or the
 * retry time; otherwise tidy up (retention, checkpoint) in small steps, and
 * then sleep without a time limit.  There is no periodic timer.
 *
 * Everything queued when the thread wakes is one transaction.  While it is on
 * its way to the disk the next group gathers, so the load itself sets the size
 * of the groups.
 *
 * A commit is acknowledged only when the files at the path are still the ones
 * written to.  Otherwise the content is first copied out of the open file to a
 * new one (file.h), and the batches wait in `placed`: they are in, and must
 * not be written again. */
#include "store/writer.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "os/os.h"
#include "store/schema.h"
#include "store/thread.h"

#define CHECKPOINT_PAGES      1000  /* worth a checkpoint when idle: 4 MiB */
#define CHECKPOINT_PAGES_BUSY 16000 /* worth one even when not idle */

int
writer_load(struct writer *w, uint64_t first_seq)
{
	int r = journal_load(&w->journal, first_seq);

	w->mark = file_mark(w->path);
	w->tidy = true;
	return fault(r);
}

/* --- Writing ---------------------------------------------------------------- */

/* Is what is at the path what we have open? */
static bool
file_is_ours(struct writer *w)
{
	struct file_mark now = file_mark(w->path);

	return file_mark_eq(&now, &w->mark);
}

/* The copy is opened and ready before the old connection is given up. */
static int
open_copy(struct writer *w)
{
	struct journal fresh = { 0 };
	struct file_mark mark;
	int version = 0;
	int r = schema_open(&fresh.sql, w->path, &version);

	if (!r)
		r = journal_reload(&fresh);
	if (r) {
		memcpy(w->journal.sql.text, fresh.sql.text, sizeof(fresh.sql.text));
		journal_close(&fresh);
		return r < 0 ? r : fault(-EBADMSG);
	}
	journal_replace(&w->journal, &fresh);
	mark = file_mark(w->path);
	(void)pthread_mutex_lock(&w->lock);
	w->mark = mark;
	(void)pthread_mutex_unlock(&w->lock);
	return 0;
}

static int
copy_out(struct writer *w)
{
	cleanup_free char *part = file_copy_path(w->path);
	cleanup_free char *dir = xstrdup(w->path);
	cleanup_stmt sqlite3_stmt *st = NULL;
	int r = os_mkdir_private(dirname(dir));

	if (r) {
		(void)snprintf(w->journal.sql.text, sizeof(w->journal.sql.text),
		    "the directory is gone");
		return fault(r);
	}
	(void)unlink(part);
	r = sql_prepare(&w->journal.sql, "VACUUM INTO ?1", &st);
	if (r)
		return fault(r);
	(void)sqlite3_bind_text(st, 1, part, -1, SQLITE_STATIC);
	r = sql_step(&w->journal.sql, st);
	return r < 0 ? fault(r) : 0;
}

static int
restore(struct writer *w)
{
	int r;

	if (file_is_ours(w))
		return 0;
	r = copy_out(w);
	if (r)
		return r;
	(void)snprintf(w->journal.sql.text, sizeof(w->journal.sql.text),
	    "the copy could not be put in place");
	r = file_copy_ready(w->path);
	if (!r)
		r = file_copy_place(w->path, &w->mark, os_wall());
	return r ? r : open_copy(w);
}

/* --- Groups ------------------------------------------------------------------ */

static void
splice(struct list *to, struct list *from)
{
	while (!list_empty(from)) {
		struct list *it = list_first(from);

		list_del(it);
		list_add(to, it);
	}
}

static void
finish(struct writer *w, struct list *group, int result)
{
	list_for_each (it, group)
		container_of(it, struct store_batch, node)->result = result;
	splice(&w->finished, group);
}

/* The loss of telemetry is itself a line of the journal. */
static struct store_batch *
dropped_batch(uint64_t requests, uint64_t events)
{
	struct store_batch *b = batch_new(NULL);
	char text[96];
	int n = snprintf(text, sizeof(text), "{\"requests\":%llu,\"events\":%llu}",
	    (unsigned long long)requests, (unsigned long long)events);

	b->internal = true;
	batch_add(b, ROW_EVENT, "store.dropped", text, (size_t)n)->time = os_wall();
	return b;
}

/* Back to the head of the queue, but for those who do not want to wait. */
static void
put_back(struct writer *w, struct list *group)
{
	struct list all;

	list_init(&all);
	list_for_each_safe (it, group) {
		struct store_batch *b = container_of(it, struct store_batch, node);

		list_del(it);
		if (b->internal) {
			(void)batch_free(b);
		} else if (b->fail_fast || w->stop) {
			b->result = STORE_E_FAILED;
			list_add(&w->finished, it);
		} else {
			w->rows += b->n;
			list_add(&all, it);
		}
	}
	splice(&all, &w->queue);
	splice(&w->queue, &all);
}

static void
note_result(struct writer *w, int r, const char *text)
{
	w->trouble = -r;
	if (r) {
		w->retry_at = os_mono();
		w->retry_at.ns += (uint64_t)w->retry_ms * 1000000;
		(void)snprintf(w->trouble_text, sizeof(w->trouble_text), "%s", text);
	}
}

/* Writes `group`; what is in moves to w->placed.  *ret_placed: and it is where
 * it belongs. */
static int
attempt(struct writer *w, struct list *group, bool lost, bool *ret_placed)
{
	int r = lost ? restore(w) : 0;

	*ret_placed = r == 0;
	if (r || list_empty(group))
		return r;
	r = journal_write(&w->journal, group);
	if (r)
		return r;
	splice(&w->placed, group);
	if (!file_is_ours(w))
		r = restore(w);
	*ret_placed = r == 0;
	return r;
}

/* Called with the lock held, and returns so. */
static void
write_queue(struct writer *w)
{
	uint64_t dropped = w->dropped, dropped_events = w->dropped_events;
	bool placed, did, lost = w->restore;
	char text[sizeof(w->journal.sql.text)];
	struct list group;
	int r;

	list_init(&group);
	splice(&group, &w->queue);
	w->rows = 0;
	w->urgent = w->restore = false;
	w->busy = true;
	if (dropped)
		list_add(&group, &dropped_batch(dropped, dropped_events)->node);
	(void)pthread_mutex_unlock(&w->lock);

	(void)pthread_mutex_lock(&w->sql_lock);
	lost = lost && !file_is_ours(w);
	did = lost || !list_empty(&group) || !list_empty(&w->placed);
	r = attempt(w, &group, lost, &placed);
	memcpy(text, w->journal.sql.text, sizeof(text));
	(void)pthread_mutex_unlock(&w->sql_lock);

	(void)pthread_mutex_lock(&w->lock);
	if (list_empty(&group)) {
		w->dropped -= dropped;
		w->dropped_events -= dropped_events;
	}
	put_back(w, &group);
	if (placed && !list_empty(&w->placed)) {
		w->tidy = true;
		finish(w, &w->placed, 0);
	}
	if (r && (lost || !list_empty(&w->placed)))
		w->restore = true;
	if (did)
		note_result(w, r, text);
	w->busy = false;
	w->attempts++;
	(void)pthread_cond_broadcast(&w->settled);
	loop_post_send(w->post);
}

/* --- Tidying ------------------------------------------------------------------ */

/* One small step; called with the lock held, and returns so. */
static void
tidy(struct writer *w)
{
	bool more = false;
	int r;

	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_mutex_lock(&w->sql_lock);
	r = journal_trim(&w->journal, w->retain_events, &more);
	if (!r && !more && w->journal.sql.wal_pages >= CHECKPOINT_PAGES) {
		w->journal.sql.wal_pages = 0;
		r = sql_checkpoint(&w->journal.sql);
	}
	(void)pthread_mutex_unlock(&w->sql_lock);
	(void)pthread_mutex_lock(&w->lock);
	/* A failure here is not lost: the next commit meets it and reports it. */
	w->tidy = more && !r;
}

static void
give_up(struct writer *w)
{
	finish(w, &w->placed, STORE_E_FAILED);
	finish(w, &w->queue, STORE_E_FAILED);
	w->rows = 0;
}

/* --- The thread ------------------------------------------------------------------ */

enum step { STEP_WAIT, STEP_WRITE, STEP_TIDY, STEP_STOP };

/* *ret_until: when to look again, 0 never. */
static enum step
next_step(struct writer *w, uint64_t *ret_until)
{
	bool pending = !list_empty(&w->queue) || w->dropped || w->restore;
	uint64_t now, end;

	*ret_until = 0;
	if (w->stop)
		return pending ? STEP_WRITE : STEP_STOP;
	if (pending && (w->urgent || (!w->trouble && (w->restore || w->dropped))))
		return STEP_WRITE;
	if (pending && !w->trouble && w->rows >= STORE_WINDOW_ROWS)
		return STEP_WRITE;
	if (pending) {
		now = os_mono().ns;
		end = w->trouble ? w->retry_at.ns
				 : w->oldest.ns + (uint64_t)w->window_ms * 1000000;
		if (now >= end)
			return STEP_WRITE;
		*ret_until = end;
		return STEP_WAIT;
	}
	return w->tidy && !w->trouble ? STEP_TIDY : STEP_WAIT;
}

static void
wait_until(struct writer *w, uint64_t until)
{
	struct timespec ts = { .tv_sec = (time_t)(until / 1000000000),
		.tv_nsec = (long)(until % 1000000000) };

	if (until)
		(void)pthread_cond_timedwait(&w->wake, &w->lock, &ts);
	else
		(void)pthread_cond_wait(&w->wake, &w->lock);
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	bool running = true;

	(void)pthread_mutex_lock(&w->lock);
	while (running) {
		uint64_t until;

		switch (next_step(w, &until)) {
		case STEP_WAIT:
			wait_until(w, until);
			break;
		case STEP_WRITE:
			write_queue(w);
			if (w->stop && w->trouble)
				running = false;
			if (!w->trouble &&
			    w->journal.sql.wal_pages >= CHECKPOINT_PAGES_BUSY)
				tidy(w);
			break;
		case STEP_TIDY:
			tidy(w);
			break;
		case STEP_STOP:
			running = false;
			break;
		}
	}
	give_up(w);
	(void)pthread_cond_broadcast(&w->settled);
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* --- For the other threads --------------------------------------------------------- */

void
writer_init(struct writer *w)
{
	pthread_condattr_t attr;

	list_init(&w->queue);
	list_init(&w->finished);
	list_init(&w->placed);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_mutex_init(&w->sql_lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->wake, &attr);
	(void)pthread_cond_init(&w->settled, &attr);
	(void)pthread_condattr_destroy(&attr);
}

int
writer_start(struct writer *w)
{
	int r = thread_start(&w->thread, writer_main, w);

	w->started = r == 0;
	return r;
}

void
writer_stop(struct writer *w)
{
	if (!w->started)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stop = true;
	w->restore = true; /* looks whether the file is there */
	(void)pthread_cond_broadcast(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	w->started = false;
}

void
writer_abandon(struct writer *w)
{
	(void)pthread_mutex_lock(&w->lock);
	give_up(w);
	(void)pthread_mutex_unlock(&w->lock);
}

void
writer_close(struct writer *w)
{
	journal_close(&w->journal);
}

void
writer_deinit(struct writer *w)
{
	/* The last one out moves the WAL into the file, if both are still there. */
	if (w->journal.sql.db && file_is_ours(w))
		sql_checkpoint_on_close(&w->journal.sql);
	writer_close(w);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_cond_destroy(&w->settled);
	(void)pthread_mutex_destroy(&w->sql_lock);
	(void)pthread_mutex_destroy(&w->lock);
}

bool
writer_add(struct writer *w, struct store_batch *b)
{
	bool fits, wake, durable = b->durable;

	(void)pthread_mutex_lock(&w->lock);
	fits = w->bytes + b->bytes <= w->queue_bytes;
	wake = durable || !fits || list_empty(&w->queue);
	if (fits) {
		if (list_empty(&w->queue))
			w->oldest = os_mono();
		list_add(&w->queue, &b->node);
		w->bytes += b->bytes;
		w->rows += b->n;
		w->urgent |= durable;
		wake |= w->rows >= STORE_WINDOW_ROWS;
	} else if (!durable) {
		w->dropped++;
		w->dropped_events += b->events;
	}
	if (wake)
		(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	return fits;
}

void
writer_refuse(struct writer *w, struct store_batch *b)
{
	(void)pthread_mutex_lock(&w->lock);
	b->result = STORE_E_FAILED;
	w->bytes += b->bytes;
	list_add(&w->finished, &b->node);
	(void)pthread_mutex_unlock(&w->lock);
	loop_post_send(w->post);
}

int
writer_take(struct writer *w, struct list *to, char *text, size_t text_size)
{
	int trouble;

	(void)pthread_mutex_lock(&w->lock);
	list_for_each (it, &w->finished) {
		struct store_batch *b = container_of(it, struct store_batch, node);

		if (!b->internal)
			w->bytes -= b->bytes;
	}
	splice(to, &w->finished);
	trouble = w->trouble;
	(void)snprintf(text, text_size, "%s", w->trouble_text);
	(void)pthread_mutex_unlock(&w->lock);
	return trouble;
}

void
writer_restore(struct writer *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->restore = true;
	w->urgent = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
}

bool
writer_restore_wait(struct writer *w)
{
	uint64_t end;
	bool works;

	(void)pthread_mutex_lock(&w->lock);
	w->restore = true;
	w->urgent = true;
	(void)pthread_cond_signal(&w->wake);
	/* One attempt may be under way that began before the question. */
	end = w->attempts + 2;
	while (w->attempts < end && (w->restore || w->busy) && !w->stop)
		(void)pthread_cond_wait(&w->settled, &w->lock);
	works = !w->restore && !w->busy;
	(void)pthread_mutex_unlock(&w->lock);
	return works;
}

struct file_mark
writer_mark(struct writer *w)
{
	struct file_mark mark;

	(void)pthread_mutex_lock(&w->lock);
	mark = w->mark;
	(void)pthread_mutex_unlock(&w->lock);
	return mark;
}
