/* stop.h: how sessions end, are put away and forgotten. */
#ifndef CORE_STOP_H
#define CORE_STOP_H

#include "core/session.h"

/* Asks the program to end: its profile's signal at once, KILL after the grace
 * (0: KILL at once; also when it was asked before).  The end itself is seen by
 * a watch: the lifecycle leaves `running`.  What is wrong is the result, and
 * nothing has changed then. */
int stop_begin(struct session *s, uint64_t grace_ms, struct problem *p) MUST_CHECK;
/* Nothing else is under way with s: 0 or OUTCOME_WRONG_STATE. */
int stop_check_free(const struct session *s, struct problem *p) MUST_CHECK;
int stop_archive(
    struct session *s, core_done_fn done, void *ctx, struct problem *p) MUST_CHECK;
/* Forgets a session that does not run (`force`: kills it first).  `done` gets
 * the session a last time. */
int stop_remove(struct session *s, bool force, core_done_fn done, void *ctx,
    struct problem *p) MUST_CHECK;
/* The second half, also for an intent found at start. */
void stop_remove_now(struct session *s);

/* For link.c and adopt.c. */
void stop_ended(struct session *s, const struct shim_status *st);
void stop_host_gone(struct session *s, const struct shim_status *st);
void stop_gone(struct session *s); /* the link is freed: what waited goes on */
void stop_again(
    struct session *s); /* the host answers again: a stop that was asked is repeated */
/* Ends the record without a host having said how. */
void stop_without_host(struct session *s, enum stop_cause cause);

#endif
