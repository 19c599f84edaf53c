/* keys.h: names of keys, and texts, as the bytes a terminal sends.  Pure. */
#ifndef CORE_KEYS_H
#define CORE_KEYS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "term/term.h"

/* Enter Escape Tab BTab BSpace Space Up Down Left Right Home End PageUp (PPage)
 * PageDown (NPage) IC (Insert) DC (Delete) F1..F12, with C- M- S- before them;
 * C-x ^x M-x; or any one character.  false: no key is called so. */
bool keys_put(struct str name, const struct term_modes *modes, struct buf *out);
/* A text to be typed: line ends become CR, NUL and other control characters
 * that are not white space are dropped.  As a bracketed paste line ends stay
 * LF→CR as terminals do, and nothing in it can end the paste early. */
void keys_put_text(struct str text, bool bracketed, struct buf *out);

#endif
