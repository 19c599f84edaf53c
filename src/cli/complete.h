/* complete.h: completion scripts for shells, made from the verb table.  Names
 * of sessions are asked for when Tab is pressed (belay ls -q), without
 * starting a daemon. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "base/buf.h"
#include "base/compiler.h"

/* False: no such shell (bash, zsh, fish). */
bool complete_put(const char *shell, struct buf *out) MUST_CHECK;

#endif
