/* watch.h: being told when a session changes.  A watch is embedded in its
 * owner; fn may stop any watch, also its own. */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include <stdbool.h>

#include "base/list.h"

struct session;

struct watch {
	struct list node;
	bool screen; /* also when the screen changed, at most once a turn of the loop */
	/* s->removed: it is being forgotten, and the watch was stopped already. */
	void (*fn)(struct watch *, struct session *s);
	/* private */
	unsigned round;
};

void watch_start(struct session *s, struct watch *w);
void watch_stop(struct watch *w); /* harmless when stopped or zeroed */
void watch_changed(struct session *s);
void watch_drawn(struct session *s);
void watch_removed(struct session *s);

#endif
