/* mirror.c: each run of cells in one style costs one SGR from a clean pen. */
#include "cli/mirror.h"

#include <string.h>

#include "base/compiler.h"

static void
put_colour(struct term_colour c, unsigned base, struct buf *out)
{
	if (c.kind == TERM_COLOUR_INDEXED)
		buf_printf(out, ";%u;5;%u", base, c.r);
	else if (c.kind == TERM_COLOUR_RGB)
		buf_printf(out, ";%u;2;%u;%u;%u", base, c.r, c.g, c.b);
}

static void
put_style(const struct term_style *s, struct buf *out)
{
	static const struct {
		uint16_t attr;
		const char *code;
	} attrs[] = { { TERM_BOLD, ";1" }, { TERM_FAINT, ";2" }, { TERM_ITALIC, ";3" },
		{ TERM_BLINK, ";5" }, { TERM_REVERSE, ";7" }, { TERM_CONCEAL, ";8" },
		{ TERM_STRIKE, ";9" }, { TERM_OVERLINE, ";53" } };

	buf_puts(out, "\033[0");
	for (size_t i = 0; i < ARRAY_LEN(attrs); i++)
		if (s->attrs & attrs[i].attr)
			buf_puts(out, attrs[i].code);
	if (s->underline)
		buf_puts(out, ";4");
	put_colour(s->fg, 38, out);
	put_colour(s->bg, 48, out);
	buf_putc(out, 'm');
}

static bool
same_colour(struct term_colour a, struct term_colour b)
{
	return a.kind == b.kind && a.r == b.r && a.g == b.g && a.b == b.b;
}

static bool
same_style(const struct term_style *a, const struct term_style *b)
{
	return a->attrs == b->attrs && a->underline == b->underline &&
	       same_colour(a->fg, b->fg) && same_colour(a->bg, b->bg);
}

static const struct term_style plain;

/* Columns up to the last cell that shows something. */
static uint16_t
used_columns(const struct term *t, uint16_t row, uint16_t cols)
{
	uint16_t used = term_cols(t) < cols ? term_cols(t) : cols;

	for (; used > 0; used--) {
		struct term_cell cell;

		term_cell(t, row, (uint16_t)(used - 1), &cell);
		if (cell.width == 0 || !same_style(&cell.style, &plain) ||
		    (cell.text.len > 0 && !str_eqz(cell.text, " ")))
			break;
	}
	return used;
}

static void
put_cells(const struct term *t, uint16_t row, uint16_t cols, struct buf *out)
{
	uint16_t used = used_columns(t, row, cols);
	struct term_style pen = { 0 };

	for (uint16_t col = 0; col < used; col++) {
		struct term_cell cell;

		term_cell(t, row, col, &cell);
		if (cell.width == 0)
			continue;
		if (!same_style(&pen, &cell.style)) {
			put_style(&cell.style, out);
			pen = cell.style;
		}
		if (cell.text.len == 0 || col + cell.width > cols)
			buf_putc(out, ' ');
		else
			buf_put(out, cell.text.p, cell.text.len);
	}
	if (!same_style(&pen, &plain))
		buf_puts(out, "\033[0m");
}

static void
put_row(const struct term *t, uint16_t row, uint16_t cols, struct buf *out)
{
	buf_printf(out, "\033[%u;1H\033[0m", row + 1u);
	put_cells(t, row, cols, out);
	if (used_columns(t, row, cols) < cols)
		buf_puts(out, "\033[0m\033[K");
}

void
mirror_put_lines(const struct term *t, struct buf *out)
{
	for (uint16_t row = 0; row < term_rows(t); row++) {
		put_cells(t, row, term_cols(t), out);
		buf_putc(out, '\n');
	}
}

void
mirror_put(
    const struct term *t, uint64_t mark, uint16_t cols, uint16_t rows, struct buf *out)
{
	struct term_cursor cursor = term_cursor(t);

	buf_puts(out, "\033[?25l");
	for (uint16_t row = 0; row < rows && row < term_rows(t); row++)
		if (mark == 0 || term_row_changed(t, row, mark))
			put_row(t, row, cols, out);
	if (mark == 0 && term_rows(t) < rows)
		buf_printf(out, "\033[%u;1H\033[J", term_rows(t) + 1u);
	if (cursor.visible && cursor.row < rows && cursor.col < cols)
		buf_printf(out, "\033[%u;%uH\033[?25h", cursor.row + 1u, cursor.col + 1u);
}
