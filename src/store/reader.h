/* reader.h: the thread that reads pages of events and checks the file.
 *
 * Started by the first request.  Its connection sees what is committed.  At
 * most READER_QUEUE requests wait; one more is refused. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/loop.h"
#include "store/sql.h"
#include "store/writer.h"

#define READER_QUEUE 256u

enum read_kind { READ_EVENTS, READ_CHECK };

struct read {
	struct list node;
	enum read_kind kind;
	/* what is asked */
	uint64_t since;
	uint32_t limit;
	char session[ID_TEXT_BYTES]; /* "": any */
	char *prefix;                /* of the kind, NULL: any */
	/* what came of it */
	int result;
	struct json *answer;
	uint64_t first, last;
	/* whom to tell */
	void (*events_done)(
	    int r, struct json *events, uint64_t first, uint64_t last, void *ctx);
	void (*check_done)(struct json *report, void *ctx);
	void *ctx;
};

struct reader {
	const char *path;
	struct loop_post *post;
	struct writer *writer; /* knows which file is the right one */

	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* for this group */
	pthread_cond_t wake;
	struct list queue, finished;
	unsigned waiting;
	bool stop;
	bool running; /* sql.db may be interrupted */

	/* the thread's own */
	struct sql sql;
	struct file_mark mark; /* what sql has open */
};

void reader_init(struct reader *r);
void reader_stop(
    struct reader *r); /* what is running is interrupted, what waits is failed */
void reader_deinit(struct reader *r);
/* Takes the request over; a refused one is among the finished at once. */
void reader_add(struct reader *r, struct read *q);
void reader_take(struct reader *r, struct list *to);
struct read *reader_read_free(struct read *q);

#endif
