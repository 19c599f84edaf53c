/* table.c: cells are gathered first, so that each column is as wide as its
 * widest cell; then columns give way until the whole fits. */
#include "cli/table.h"

#include <assert.h>
#include <stdlib.h>

#define GAP 2u

void
table_init(struct table *t, const struct table_col *cols, unsigned ncols)
{
	assert(ncols > 0 && ncols <= TABLE_COLS_MAX);
	*t = (struct table){ .cols = cols, .ncols = ncols, .text = BUF_UNLIMITED };
	for (unsigned i = 0; i < ncols; i++)
		table_add(t, COLOUR_BOLD, str_of(cols[i].title));
}

void
table_deinit(struct table *t)
{
	buf_deinit(&t->text);
	free(t->cells);
	t->cells = NULL;
}

void
table_add(struct table *t, enum colour colour, struct str text)
{
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 64;
		t->cells = xrealloc(t->cells, t->room, sizeof(*t->cells));
	}
	t->cells[t->count++] = (struct table_cell){ .at = t->text.len,
		.len = text.len,
		.columns = face_columns(text),
		.colour = colour };
	buf_put(&t->text, text.p, text.len);
}

static unsigned
total(const unsigned *width, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += width[i] ? width[i] + (sum ? GAP : 0) : 0;
	return sum;
}

static void
fit(const struct table *t, unsigned width[TABLE_COLS_MAX], unsigned limit)
{
	while (limit && total(width, t->ncols) > limit) {
		unsigned widest = t->ncols;

		for (unsigned i = 0; i < t->ncols; i++)
			if (t->cols[i].cut && width[i] > t->cols[i].least &&
			    (widest == t->ncols || width[i] >= width[widest]))
				widest = i;
		if (widest < t->ncols) {
			width[widest]--;
			continue;
		}
		for (widest = t->ncols; widest > 0; widest--)
			if (t->cols[widest - 1].cut && width[widest - 1])
				break;
		if (widest == 0)
			return;
		width[widest - 1] = 0;
	}
}

static void
put_row(const struct table *t, const struct table_cell *cells, const unsigned *width,
    const struct face *f, struct buf *out)
{
	unsigned pad = 0;

	for (unsigned i = 0; i < t->ncols; i++) {
		struct str text = str_make(t->text.data + cells[i].at, cells[i].len);
		cleanup_buf struct buf shown = BUF_UNLIMITED;

		if (!width[i])
			continue;
		face_put_cut(f, text, width[i], &shown);
		if (shown.len > 0) {
			for (; pad > 0; pad--)
				buf_putc(out, ' ');
			face_put(f, cells[i].colour, buf_str(&shown), out);
		}
		pad += width[i] - face_columns(buf_str(&shown)) + GAP;
	}
	buf_putc(out, '\n');
}

void
table_put(const struct table *t, const struct face *f, struct buf *out)
{
	unsigned width[TABLE_COLS_MAX] = { 0 };

	for (size_t i = 0; i < t->count; i++)
		if (t->cells[i].columns > width[i % t->ncols])
			width[i % t->ncols] = t->cells[i].columns;
	fit(t, width, f->width);
	for (size_t i = 0; i + t->ncols <= t->count; i += t->ncols)
		put_row(t, t->cells + i, width, f, out);
}
