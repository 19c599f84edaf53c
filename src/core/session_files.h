/* session_files.h: what the daemon keeps in a session's directory: meta.json
 * (the mirror of its record), spec.json (the environment it was given, which is
 * in no record and no event), and the last screen.  All private. */
#ifndef CORE_SESSION_FILES_H
#define CORE_SESSION_FILES_H

#include "core/session.h"

void session_files_mirror(struct session *s);
int session_files_write_spec(struct session *s, char *const *env) MUST_CHECK;
char **session_files_read_spec(struct session *s);      /* env; NULL: none */
int session_files_remove(struct session *s) MUST_CHECK; /* the whole directory */
int session_files_write(
    const struct session *s, const char *file, struct str content) MUST_CHECK;

#endif
