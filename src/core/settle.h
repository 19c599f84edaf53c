/* settle.h: after a start the daemon asks every shim what happened meanwhile.
 * Until a shim has told everything, what is known of its session may be out of
 * date; whoever asks for it then waits here, at most SETTLE_MS. */
#ifndef CORE_SETTLE_H
#define CORE_SETTLE_H

#include "core/session.h"

enum { SETTLE_MS = 3000 };

struct settle {
	struct list node;
	struct session *s; /* held; NULL: all sessions */
	void (*fn)(struct settle *);
};

void settle_begin(struct session *s); /* it is being adopted */
void settle_until(
    struct session *s, uint64_t position); /* known when its output got so far */
void settle_check(struct session *s);      /* its output went on */
void settle_end(struct session *s);        /* nothing more to be told; harmless again */

/* Is something of s (NULL: of any session) still to be told? */
bool settle_waits(const struct core *c, const struct session *s);
/* fn is called once, at the end of it. */
void settle_wait(
    struct core *c, struct session *s, struct settle *w, void (*fn)(struct settle *));
void settle_cancel(struct settle *w);

#endif
