/* attach.h: a session's terminal on a person's terminal, directly from the
 * session's shim: it needs no daemon and costs no extra hop. */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include "cli/cli.h"
#include "cli/keys.h"

struct attach_target {
	const char *name; /* for people */
	const char *dir;  /* the session's directory */
	bool read_only;
	struct keys *keys;
};

/* Until the person leaves (0), the session ends (its exit status, 128 + signal)
 * or contact is lost (5, said on standard error). */
int attach_run(struct cli *cli, const struct attach_target *target);

#endif
