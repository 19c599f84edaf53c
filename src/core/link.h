/* link.h: between a session and its host: what the host says becomes facts of
 * the session. */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include "core/session.h"

int link_start(struct session *s, const struct host_spec *spec) MUST_CHECK;
/* Takes up the host found in s's directory. 0, a fault, or HOST_E_NO_RECORD. */
int link_adopt(struct session *s) MUST_CHECK;
/* Process ids and size out of a status record. */
void link_take_status(struct session *s, const struct shim_status *st);
/* Can the session's host be asked now?  0 or OUTCOME_HOST_UNREACHABLE with a sentence. */
int link_check(const struct session *s, struct problem *p) MUST_CHECK;

#endif
