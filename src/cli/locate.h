/* locate.h: where a session's directory is: from the daemon, or, when it does
 * not run or not answer, from the directories themselves.  A daemon is started
 * only when these do not know the session. */
#ifndef CLI_LOCATE_H
#define CLI_LOCATE_H

#include "cli/cli.h"
#include "wire/shim_proto.h"

struct located {
	char *id, *name, *dir;
};

/* `session` is a name, an id or a unique beginning of an id.  0, or an outcome
 * with the problem in p and *ret dead. */
int locate_session(struct cli *cli, const char *session, struct located *ret,
    struct problem *p) MUST_CHECK;
void locate_deinit(struct located *l);

/* What the directories tell: calls fn for each that has a readable record;
 * stops at and returns the first non-zero result.  `meta` is lent. */
int locate_each(const struct os_home *home,
    int (*fn)(const char *id, const struct json *meta, void *ctx), void *ctx);
/* The record that the session's host keeps in its directory. */
bool locate_status(const char *dir, struct shim_status *ret) MUST_CHECK;

#endif
