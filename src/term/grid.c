/* grid.c: all rows of a grid stand in one block and are reached through
 * pointers.  The pointer array is twice as long as the screen: scrolling the
 * whole screen slides the window by one and hangs the old top row in at the
 * bottom; only when the window reaches the end are the pointers moved back.
 * So a line feed costs one pointer and the cleaning of the cells that the
 * recycled row had in use, whatever the size of the screen. */
#include "term/grid.h"

#include <assert.h>
#include <stdlib.h>

#include "base/str.h"

static size_t
row_bytes(unsigned cols)
{
	return sizeof(struct row) + cols * sizeof(struct cell);
}

void
grid_init(struct grid *g, uint16_t cols, uint16_t rows)
{
	char *at = xcalloc(rows, row_bytes(cols));

	*g = (struct grid){ .cols = cols, .rows = rows, .block = at };
	g->store = xcalloc(2u * rows, sizeof(*g->store));
	g->row = g->store;
	for (unsigned i = 0; i < rows; i++)
		g->row[i] = (struct row *)(void *)(at + i * row_bytes(cols));
}

void
grid_deinit(struct grid *g)
{
	free(g->block);
	free(g->store);
	*g = (struct grid){ 0 };
}

void
grid_clear_row(struct grid *g, struct row *r, uint16_t fill)
{
	r->wrapped = false;
	if (!fill) {
		/* Most rows that scroll away in a hurry are short. */
		if (r->used <= 4)
			for (unsigned i = 0; i < r->used; i++)
				r->cells[i] = (struct cell){ 0 };
		else
			memset(r->cells, 0, r->used * sizeof(*r->cells));
		r->used = 0;
		return;
	}
	for (unsigned i = 0; i < g->cols; i++)
		r->cells[i] = (struct cell){ .style = fill };
	r->used = g->cols;
}

void
grid_scroll_up(struct grid *g, unsigned top, unsigned bot, unsigned n, uint16_t fill)
{
	struct row *r;

	assert(top < bot && bot <= g->rows && n <= bot - top);
	while (n--) {
		r = g->row[top];
		grid_clear_row(g, r, fill);
		if (top == 0 && bot == g->rows) {
			if (g->row == g->store + g->rows) {
				memcpy(g->store, g->row, g->rows * sizeof(*g->row));
				g->row = g->store;
			}
			g->row++;
		} else {
			memmove(g->row + top, g->row + top + 1,
			    (bot - top - 1) * sizeof(*g->row));
		}
		g->row[bot - 1] = r;
	}
}

void
grid_scroll_down(struct grid *g, unsigned top, unsigned bot, unsigned n, uint16_t fill)
{
	struct row *r;

	assert(top < bot && bot <= g->rows && n <= bot - top);
	while (n--) {
		r = g->row[bot - 1];
		grid_clear_row(g, r, fill);
		memmove(
		    g->row + top + 1, g->row + top, (bot - top - 1) * sizeof(*g->row));
		g->row[top] = r;
	}
}

void
grid_erase(struct grid *g, struct row *r, unsigned from, unsigned to, uint16_t fill)
{
	assert(from <= to && to <= g->cols);
	if (from == to)
		return;
	row_cut(g, r, from, to, fill);
	if (to == g->cols)
		r->wrapped = false;
	if (fill) {
		for (unsigned i = from; i < to; i++)
			r->cells[i] = (struct cell){ .style = fill };
		if (to > r->used)
			r->used = (uint16_t)to;
		return;
	}
	if (to >= r->used) {
		to = r->used;
		if (from < r->used)
			r->used = (uint16_t)from;
	}
	if (from < to)
		memset(r->cells + from, 0, (to - from) * sizeof(*r->cells));
}

void
grid_insert(struct grid *g, struct row *r, unsigned col, unsigned n, uint16_t fill)
{
	unsigned room = g->cols - col;

	if (n > room)
		n = room;
	row_cut(g, r, col, col, fill);
	if (n < room && r->cells[g->cols - n].flags & CELL_TAIL)
		row_cut(g, r, g->cols - n, g->cols, fill);
	memmove(r->cells + col + n, r->cells + col, (room - n) * sizeof(*r->cells));
	if (r->used > col)
		r->used = (uint16_t)(r->used + n > g->cols ? g->cols : r->used + n);
	for (unsigned i = col; i < col + n; i++)
		r->cells[i] = (struct cell){ .style = fill };
	if (fill && col + n > r->used)
		r->used = (uint16_t)(col + n);
	r->wrapped = false;
}

void
grid_delete(struct grid *g, struct row *r, unsigned col, unsigned n, uint16_t fill)
{
	unsigned room = g->cols - col;

	if (n > room)
		n = room;
	row_cut(g, r, col, col + n, fill);
	memmove(r->cells + col, r->cells + col + n, (room - n) * sizeof(*r->cells));
	for (unsigned i = g->cols - n; i < g->cols; i++)
		r->cells[i] = (struct cell){ .style = fill };
	if (fill)
		r->used = g->cols;
	else if (r->used > col)
		r->used = (uint16_t)(r->used > col + n ? r->used - n : col);
	r->wrapped = false;
}

void
grid_resize(struct grid *g, uint16_t cols, uint16_t rows, unsigned skip)
{
	struct grid old = *g;
	unsigned keep;

	assert(skip < old.rows);
	grid_init(g, cols, rows);
	keep = old.rows - skip < rows ? old.rows - skip : rows;
	for (unsigned i = 0; i < keep; i++) {
		const struct row *from = old.row[i + skip];
		struct row *to = g->row[i];

		to->used = from->used < cols ? from->used : cols;
		to->wrapped = from->wrapped;
		memcpy(to->cells, from->cells, to->used * sizeof(*to->cells));
		/* The cut may have left the first half of a wide character. */
		if (to->used && to->cells[to->used - 1].flags & CELL_WIDE)
			to->cells[to->used - 1] = (struct cell){ 0 };
	}
	grid_deinit(&old);
}

size_t
grid_memory(const struct grid *g)
{
	return g->block ? g->rows * (row_bytes(g->cols) + 2 * sizeof(*g->store)) : 0;
}
