/* grid.h: rows of cells.
 *
 * A cell is 8 bytes: its text as UTF-8 (one code point fits in four bytes), a
 * style number and flags.  A first byte of 0xff, which UTF-8 never has, says
 * that the other three are the number of a cluster.  All zero is a cell that
 * was never written.  A wide character stands in a WIDE cell and is followed
 * by a TAIL cell without text.
 *
 * Invariants: cells at and after `used` are all zero; WIDE and TAIL come in
 * pairs; a blank cell's style has a background at most.
 *
 * The grid knows nothing of cursor, styles or scrollback: callers give the
 * style number that fills what becomes free. */
#ifndef TERM_GRID_H
#define TERM_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum cell_flags { CELL_WIDE = 1 << 0, CELL_TAIL = 1 << 1 };

#define CELL_CLUSTER 0xffu

struct cell {
	uint8_t text[4];
	uint16_t style;
	uint16_t flags;
};

_Static_assert(sizeof(struct cell) == 8, "a cell is 8 bytes");

struct row {
	uint16_t used;
	bool wrapped; /* the text goes on in the next row */
	uint8_t pad[5];
	struct cell cells[];
};

_Static_assert(sizeof(struct row) == 8, "cells are aligned to 8");

struct grid {
	uint16_t cols, rows;
	struct row **row; /* row[0 .. rows - 1]; slides through `store` */
	struct row **store;
	void *block; /* all rows; NULL: the grid does not exist */
};

void grid_init(struct grid *g, uint16_t cols, uint16_t rows);
void grid_deinit(struct grid *g);
/* Rows [top, bot) move by n <= bot - top; the freed ones are filled. */
void grid_scroll_up(
    struct grid *g, unsigned top, unsigned bot, unsigned n, uint16_t fill);
void grid_scroll_down(
    struct grid *g, unsigned top, unsigned bot, unsigned n, uint16_t fill);
/* Blanks columns [from, to); a wide character that is cut goes whole. */
void grid_erase(struct grid *g, struct row *r, unsigned from, unsigned to, uint16_t fill);
void grid_clear_row(struct grid *g, struct row *r, uint16_t fill);
void grid_insert(struct grid *g, struct row *r, unsigned col, unsigned n, uint16_t fill);
void grid_delete(struct grid *g, struct row *r, unsigned col, unsigned n, uint16_t fill);
/* Drops `skip` rows at the top, then takes the new size; columns cut off are
 * gone, new cells and rows are blank. */
void grid_resize(struct grid *g, uint16_t cols, uint16_t rows, unsigned skip);
size_t grid_memory(const struct grid *g);

static inline bool
cell_is_zero(const struct cell *c)
{
	uint64_t v;

	memcpy(&v, c, sizeof(v));
	return v == 0;
}

static inline uint32_t
cell_cluster(const struct cell *c)
{
	return (uint32_t)c->text[1] | (uint32_t)c->text[2] << 8 |
	       (uint32_t)c->text[3] << 16;
}

/* Call before [from, to) is overwritten: blanks the halves of wide characters
 * that would be left over outside of it. */
static inline void
row_cut(struct grid *g, struct row *r, unsigned from, unsigned to, uint16_t fill)
{
	struct cell *c = r->cells;

	if (from < r->used && c[from].flags & CELL_TAIL)
		c[from - 1] = c[from] = (struct cell){ .style = fill };
	if (to < g->cols && c[to].flags & CELL_TAIL)
		c[to] = c[to - 1] = (struct cell){ .style = fill };
}

#endif
