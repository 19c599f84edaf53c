/* scrollback.h: rows that left the screen at the top.
 *
 * A row is kept as its UTF-8 text and its runs of styles, only as far as it
 * was used: about a byte a character.  At most `limit` rows; the oldest goes
 * first and its memory is taken again.  Row 0 is the oldest. */
#ifndef TERM_SCROLLBACK_H
#define TERM_SCROLLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "term/cluster.h"
#include "term/grid.h"
#include "term/style.h"

struct scrollback_row;

struct scrollback {
	uint32_t limit, count, first, cap;
	struct scrollback_row **ring;
	uint8_t *scratch;
	size_t scratch_bytes, bytes;
};

void scrollback_init(struct scrollback *s, uint32_t limit);
void scrollback_deinit(struct scrollback *s);
void scrollback_clear(struct scrollback *s);
void scrollback_push(
    struct scrollback *s, const struct row *r, const struct cluster_table *c);
void scrollback_mark_styles(const struct scrollback *s, struct style_table *styles);
size_t scrollback_memory(const struct scrollback *s);
unsigned scrollback_widest(const struct scrollback *s);

/* Walks the cells of any row, of the screen or of the scrollback. */
struct row_iter {
	const struct cluster_table *clusters;
	const struct cell *cell;   /* a row of the screen … */
	const uint8_t *text, *end; /* … or of the scrollback */
	const uint16_t *run;       /* count, style, count, style … */
	unsigned col, used, run_left;
	bool wrapped;
};

struct row_item {
	unsigned col;
	uint8_t width; /* 1 or 2: tails are not given by themselves */
	uint16_t style;
	struct str text; /* empty: blank */
};

struct row_iter term_row_iter_grid(const struct row *r, const struct cluster_table *c);
struct row_iter term_row_iter_scrollback(const struct scrollback *s, uint32_t row);
bool term_row_next(struct row_iter *it, struct row_item *ret);

/* Length of the UTF-8 sequence that starts with this (valid) byte. */
static inline unsigned
utf8_bytes(uint8_t lead)
{
	return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

#endif
