/* settings.h: belay.conf as a struct.  Read by the daemon and by the command;
 * every key is described in belay.conf(5). */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct settings {
	uint64_t ring_bytes;     /* output kept by each session's shim */
	int64_t scrollback_rows; /* rows of scrollback the daemon keeps a session */
	uint16_t size[2];        /* cols, rows of a new session that has no terminal */
	uint64_t
	    linger_ms; /* how long a shim stays after its agent ended, unacknowledged */
	uint64_t stop_grace_ms; /* between TERM and KILL */
	char *shell;        /* profile "shell" runs this; NULL: $SHELL, else /bin/sh */
	char **detach_keys; /* `belay attach`: key names */
	int log_level;      /* enum log_level */
	char *
	    *pass_env; /* variables of the client that a session gets; NAME or PREFIX* */
	int64_t retain_events; /* journal lines kept, 0: all */
};

enum settings_outcome { SETTINGS_E_BAD = 1 };

void settings_init(struct settings *s); /* the defaults */
void settings_deinit(struct settings *s);
/* Reads text over the defaults; `file` is the name used in the error sentence. */
int settings_parse(
    struct settings *s, struct str text, const char *file, struct buf *error) MUST_CHECK;
/* The names of all keys, for tests that compare them with the manual; ends with NULL. */
const char *settings_key(size_t i);

#endif
