/* face.h: a face for tests: calls verbs on a real core with a real store and
 * real shims, in a directory of its own, and waits for the answers by turning
 * the loop. */
#ifndef TESTS_UNIT_API_FACE_H
#define TESTS_UNIT_API_FACE_H

#include "api/api.h"

struct face {
	char *dir;
	struct os_home home;
	struct loop *loop;
	struct core *core;
	struct api *api;
	/* the last answer */
	struct json *result;
	struct problem problem;
	bool failed, finished;
	unsigned events;
	struct json *stream; /* array of events */
	bool slow;           /* the next event is refused */
	/* what core asked of its program */
	bool stop_asked, restart_asked;
};

void face_open(struct face *f);   /* a new directory and a daemon's inside in it */
void face_reopen(struct face *f); /* the daemon ends orderly and starts again */
void face_close(struct face *f);  /* kills what runs, proves that nothing is left */

/* One call, to its end; true: f->result, false: f->problem. `args` is JSON with ' for ".
 */
bool face_call(struct face *f, const char *verb, const char *args, ...) PRINTF(3, 4);
/* f->result becomes a part of itself. */
void face_dig(struct face *f, struct json *part);
/* Begins a call; face_wait() ends it. */
struct api_call *face_begin(struct face *f, const char *verb, const char *args, ...)
    PRINTF(3, 4);
bool face_wait(struct face *f);
void face_cancel(struct face *f, struct api_call *call);
void face_until(struct face *f, bool (*fn)(struct face *, void *), void *ctx);

#endif
