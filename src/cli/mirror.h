/* mirror.h: a session's screen on a terminal of another size, for those who
 * look but do not decide the size: its upper left part, drawn row by row. */
#ifndef CLI_MIRROR_H
#define CLI_MIRROR_H

#include "base/buf.h"
#include "term/term.h"

/* What must be written so that the rows changed after `mark` (all: 0) show on
 * a terminal of cols x rows. */
void mirror_put(
    const struct term *t, uint64_t mark, uint16_t cols, uint16_t rows, struct buf *out);

/* The screen as lines of coloured text, without any other control. */
void mirror_put_lines(const struct term *t, struct buf *out);

#endif
