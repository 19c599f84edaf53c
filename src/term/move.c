/* move.c: the cursor, the scroll region and the controls that move them. */
#include <assert.h>

#include "term/impl.h"

void
move_scroll_up(struct term *t, unsigned top, unsigned bottom, unsigned n)
{
	uint16_t fill = pen_fill(t);

	if (n > bottom - top)
		n = bottom - top;
	if (!n)
		return;
	if (top == 0 && !t->set.alt && t->scrollback.limit)
		for (unsigned i = 0; i < n; i++)
			scrollback_push(&t->scrollback, t->grid->row[i], &t->clusters);
	grid_scroll_up(t->grid, top, bottom, n, fill);
	term_touch_scroll(t, top, bottom);
}

void
move_scroll_down(struct term *t, unsigned top, unsigned bottom, unsigned n)
{
	if (n > bottom - top)
		n = bottom - top;
	if (!n)
		return;
	grid_scroll_down(t->grid, top, bottom, n, pen_fill(t));
	term_touch_scroll(t, top, bottom);
}

void
move_index(struct term *t)
{
	t->cursor.wrap = false;
	if (t->cursor.row + 1 == t->bottom)
		move_scroll_up(t, t->top, t->bottom, 1);
	else if (t->cursor.row + 1 < t->rows)
		t->cursor.row++;
}

void
move_reverse_index(struct term *t)
{
	t->cursor.wrap = false;
	if (t->cursor.row == t->top)
		move_scroll_down(t, t->top, t->bottom, 1);
	else if (t->cursor.row > 0)
		t->cursor.row--;
}

void
move_to(struct term *t, unsigned row, unsigned col)
{
	unsigned first = 0, last = t->rows - 1u;

	if (t->set.modes & M_ORIGIN) {
		first = t->top;
		last = t->bottom - 1u;
	}
	row = row > last - first ? last : row + first;
	t->cursor = (struct cursor){ .row = (uint16_t)row,
		.col = (uint16_t)(col < t->cols ? col : t->cols - 1u) };
}

void
move_save(struct term *t)
{
	t->screen->saved = (struct saved_cursor){
		.at = t->cursor,
		.pen = t->pen,
		.charsets = t->charsets,
		.origin = (t->set.modes & M_ORIGIN) != 0,
	};
	t->screen->saved.pen.link = 0;
}

void
move_restore(struct term *t)
{
	const struct saved_cursor *s = &t->screen->saved;
	uint16_t link = t->pen.link;

	t->cursor = s->at;
	t->pen = s->pen;
	t->pen.link = link;
	t->charsets = s->charsets;
	if (s->origin)
		t->set.modes |= M_ORIGIN;
	else
		t->set.modes &= ~(uint32_t)M_ORIGIN;
	t->cursor.wrap = t->cursor.wrap && t->set.modes & M_WRAP;
	pen_changed(t);
}

static void
backspace(struct term *t)
{
	t->cursor.wrap = false;
	if (t->cursor.col)
		t->cursor.col--;
}

static void
tab(struct term *t)
{
	unsigned col = t->cursor.col;

	while (++col < t->cols - 1u && !(t->tabs[col / 8] & 1u << col % 8))
		;
	if (col > t->cols - 1u)
		col = t->cols - 1u;
	t->cursor.col = (uint16_t)col;
	/* A pending wrap stays, as in xterm: the last column is where it is. */
}

static void
carriage_return(struct term *t)
{
	t->cursor.col = 0;
	t->cursor.wrap = false;
}

static void
line_feed(struct term *t)
{
	move_index(t);
	if (t->set.modes & M_NEWLINE)
		t->cursor.col = 0;
}

void
move_execute(struct term *t, uint8_t c)
{
	t->last[0] = 0;
	/* Most controls are these two. */
	if (c == '\r') {
		carriage_return(t);
		return;
	}
	if (c == '\n') {
		line_feed(t);
		return;
	}
	switch (c) {
	case '\a':
		term_emit(t, TERM_EV_BELL, STR_NONE);
		break;
	case '\b':
		backspace(t);
		break;
	case '\t':
		tab(t);
		break;
	case '\v':
	case '\f':
		line_feed(t);
		break;
	case 0x0e: /* SO */
		t->charsets.gl = 1;
		break;
	case 0x0f: /* SI */
		t->charsets.gl = 0;
		break;
	default:
		break;
	}
}
