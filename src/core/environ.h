/* environ.h: the environment and the words of a session's program. */
#ifndef CORE_ENVIRON_H
#define CORE_ENVIRON_H

#include "core/session.h"

/* Environment of s's program, ends with NULL, heap.  In this order, the later
 * ones win: the daemon's own (without what belongs to the daemon or to the
 * terminal it was started from), what the profile takes away and sets, `given`
 * ("K=V"), and what tells the program where it is (BELAY_SESSION_ID…). */
char **environ_make(
    const struct session *s, const struct profile *profile, char *const *given);
const char *environ_get(char *const *env, const char *name); /* NULL: not there */
/* Words with {shell}, {task}, {name}, {id} replaced. */
char **environ_expand(const struct session *s, char *const *words, char *const *env);

#endif
