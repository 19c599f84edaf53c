/* adopt.h: taking up what is there when the daemon starts.
 *
 * Three sources, the better one wins: the shim's own word (it lives, or how
 * its program ended), the store's record, the mirror in the session's
 * directory.  What can not be asked changes nothing. */
#ifndef CORE_ADOPT_H
#define CORE_ADOPT_H

#include "core/session.h"

/* Makes the sessions of `loaded` and of the directories the store does not
 * know, finishes intents, and connects to every shim.  Does not wait for them. */
void adopt_all(struct core *c, const struct store_loaded *loaded);

/* For link.c: a host answers. */
void adopt_connected(struct session *s, const struct shim_status *st);

#endif
