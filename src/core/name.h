/* name.h: names of sessions.  Pure. */
#ifndef CORE_NAME_H
#define CORE_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* [A-Za-z0-9][A-Za-z0-9._-]*, at most LIMIT_NAME_BYTES. */
bool name_valid(struct str name);
/* "DIRECTORY-WORD" (with a second word when `long_form`), always valid.  The
 * directory's last part gives the beginning; `random` chooses the words. */
void name_make(struct str cwd, uint32_t random, bool long_form, struct buf *out);

#endif
