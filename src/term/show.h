/* show.h: for the files of this folder that turn the model into output. */
#ifndef TERM_SHOW_H
#define TERM_SHOW_H

#include "term/scrollback.h"

struct term;

/* Any row as for term_cell(). */
struct row_iter term_show_row(const struct term *t, int32_t row);

#endif
