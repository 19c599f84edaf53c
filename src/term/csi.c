/* csi.c: control sequences.  A sequence without private mark and intermediate,
 * which nearly all are, is found by its final byte in one array; the others
 * are rows of a short list. */
#include <assert.h>

#include "term/impl.h"

static unsigned
arg(const struct term *t, unsigned i, unsigned otherwise)
{
	return parser_param(&t->parser, i, otherwise);
}

static struct row *
cursor_row(struct term *t)
{
	touch(t, t->cursor.row);
	return t->grid->row[t->cursor.row];
}

/* --- Cursor -------------------------------------------------------------- */

static void
up(struct term *t)
{
	unsigned n = arg(t, 0, 1), first = t->cursor.row >= t->top ? t->top : 0;

	t->cursor.wrap = false;
	t->cursor.row = (uint16_t)(t->cursor.row - first < n ? first : t->cursor.row - n);
}

static void
down(struct term *t)
{
	unsigned n = arg(t, 0, 1),
		 last = t->cursor.row < t->bottom ? t->bottom - 1u : t->rows - 1u;

	t->cursor.wrap = false;
	t->cursor.row = (uint16_t)(last - t->cursor.row < n ? last : t->cursor.row + n);
}

static void
to_col(struct term *t, unsigned col)
{
	t->cursor.wrap = false;
	t->cursor.col = (uint16_t)(col < t->cols ? col : t->cols - 1u);
}

static void
right(struct term *t)
{
	to_col(t, t->cursor.col + arg(t, 0, 1));
}

static void
left(struct term *t)
{
	unsigned n = arg(t, 0, 1);

	to_col(t, t->cursor.col < n ? 0 : t->cursor.col - n);
}

static void
next_line(struct term *t)
{
	down(t);
	t->cursor.col = 0;
}

static void
previous_line(struct term *t)
{
	up(t);
	t->cursor.col = 0;
}

static void
column(struct term *t)
{
	to_col(t, arg(t, 0, 1) - 1);
}

/* HPR and VPR, unlike CUF and CUD, do not stop at margins. */
static void
row_relative(struct term *t)
{
	unsigned n = arg(t, 0, 1), last = t->rows - 1u;

	t->cursor.wrap = false;
	t->cursor.row = (uint16_t)(last - t->cursor.row < n ? last : t->cursor.row + n);
}

static void
position(struct term *t)
{
	move_to(t, arg(t, 0, 1) - 1, arg(t, 1, 1) - 1);
}

static void
row_absolute(struct term *t)
{
	move_to(t, arg(t, 0, 1) - 1, t->cursor.col);
}

static void
tab_forward(struct term *t)
{
	for (unsigned n = arg(t, 0, 1); n && t->cursor.col < t->cols - 1u; n--)
		move_execute(t, '\t');
}

static void
tab_back(struct term *t)
{
	unsigned col = t->cursor.col;

	for (unsigned n = arg(t, 0, 1); n && col; n--)
		while (--col && !(t->tabs[col / 8] & 1u << col % 8))
			;
	to_col(t, col);
}

static void
tab_clear(struct term *t)
{
	unsigned col = t->cursor.col;

	if (arg(t, 0, 0) == 0)
		t->tabs[col / 8] &= (uint8_t) ~(1u << col % 8);
	else if (arg(t, 0, 0) == 3)
		memset(t->tabs, 0, sizeof(t->tabs));
}

/* DECST8C */
static void
tab_every_8(struct term *t)
{
	if (arg(t, 0, 0) == 5)
		term_tabs_default(t->tabs);
}

static void
margins(struct term *t)
{
	unsigned top = arg(t, 0, 1) - 1, bottom = arg(t, 1, t->rows);

	if (bottom > t->rows)
		bottom = t->rows;
	if (bottom < top + 2) /* a region has at least two rows */
		return;
	t->top = (uint16_t)top;
	t->bottom = (uint16_t)bottom;
	move_to(t, 0, 0);
}

static void
save(struct term *t)
{
	if (!t->parser.params)
		move_save(t);
}

static void
restore(struct term *t)
{
	if (!t->parser.params)
		move_restore(t);
}

/* --- Erasing ------------------------------------------------------------- */

static void
erase(struct term *t, unsigned row, unsigned from, unsigned to)
{
	grid_erase(t->grid, t->grid->row[row], from, to, pen_fill(t));
	touch(t, row);
}

/* DECSEL and DECSED spare protected cells. */
static void
erase_unprotected(struct term *t, unsigned row, unsigned from, unsigned to)
{
	struct row *r = t->grid->row[row];
	uint16_t fill = pen_fill(t);

	for (unsigned col = from; col < to; col++)
		if (!(style_of(&t->styles, r->cells[col].style)->attrs & TERM_PROTECTED))
			grid_erase(t->grid, r, col, col + 1, fill);
	touch(t, row);
}

typedef void (*erase_fn)(struct term *t, unsigned row, unsigned from, unsigned to);

static void
erase_line_by(struct term *t, erase_fn fn)
{
	unsigned how = arg(t, 0, 0), col = t->cursor.col;

	if (how > 2)
		return;
	fn(t, t->cursor.row, how == 0 ? col : 0, how == 1 ? col + 1 : t->cols);
	t->cursor.wrap = false;
}

static void
erase_display_by(struct term *t, erase_fn fn)
{
	unsigned how = arg(t, 0, 0), row = t->cursor.row;

	if (how > 2)
		return;
	if (how < 2)
		erase_line_by(t, fn);
	for (unsigned i = how == 0 ? row + 1u : 0; i < (how == 1 ? row : t->rows); i++)
		fn(t, i, 0, t->cols);
	t->cursor.wrap = false;
}

static void
erase_line(struct term *t)
{
	erase_line_by(t, erase);
}

static void
erase_line_selective(struct term *t)
{
	erase_line_by(t, erase_unprotected);
}

static void
erase_display(struct term *t)
{
	if (arg(t, 0, 0) == 3)
		scrollback_clear(&t->scrollback);
	else
		erase_display_by(t, erase);
}

static void
erase_display_selective(struct term *t)
{
	erase_display_by(t, erase_unprotected);
}

static void
erase_chars(struct term *t)
{
	unsigned n = arg(t, 0, 1), room = t->cols - t->cursor.col;

	erase(t, t->cursor.row, t->cursor.col, t->cursor.col + (n < room ? n : room));
	t->cursor.wrap = false;
}

/* --- Moving -------------------------------------------------------------- */

static void
insert_chars(struct term *t)
{
	grid_insert(t->grid, cursor_row(t), t->cursor.col, arg(t, 0, 1), pen_fill(t));
	t->cursor.wrap = false;
}

static void
delete_chars(struct term *t)
{
	grid_delete(t->grid, cursor_row(t), t->cursor.col, arg(t, 0, 1), pen_fill(t));
	t->cursor.wrap = false;
}

static bool
in_region(const struct term *t)
{
	return t->cursor.row >= t->top && t->cursor.row < t->bottom;
}

static void
insert_lines(struct term *t)
{
	if (!in_region(t))
		return;
	move_scroll_down(t, t->cursor.row, t->bottom, arg(t, 0, 1));
	to_col(t, 0);
}

static void
delete_lines(struct term *t)
{
	unsigned n = arg(t, 0, 1), most;

	if (!in_region(t))
		return;
	/* What is deleted has not left the screen at the top: no scrollback. */
	most = t->bottom - (unsigned)t->cursor.row;
	grid_scroll_up(
	    t->grid, t->cursor.row, t->bottom, n < most ? n : most, pen_fill(t));
	term_touch_scroll(t, t->cursor.row, t->bottom);
	to_col(t, 0);
}

static void
scroll_up(struct term *t)
{
	move_scroll_up(t, t->top, t->bottom, arg(t, 0, 1));
}

static void
scroll_down(struct term *t)
{
	/* With five parameters it is xterm's mouse highlighting. */
	if (t->parser.params <= 1)
		move_scroll_down(t, t->top, t->bottom, arg(t, 0, 1));
}

static void
repeat(struct term *t)
{
	print_repeat(t, arg(t, 0, 1));
}

/* --- The rest ------------------------------------------------------------ */

static void
set_ansi(struct term *t)
{
	mode_ansi(t, true);
}

static void
reset_ansi(struct term *t)
{
	mode_ansi(t, false);
}

static void
set_private(struct term *t)
{
	mode_private(t, true);
}

static void
reset_private(struct term *t)
{
	mode_private(t, false);
}

static void
report_ansi_mode(struct term *t)
{
	mode_report(t, false);
}

static void
report_private_mode(struct term *t)
{
	mode_report(t, true);
}

static void
cursor_shape(struct term *t)
{
	if (arg(t, 0, 0) <= 6)
		t->set.cursor_shape = (uint8_t)arg(t, 0, 0);
}

static void
protect(struct term *t)
{
	unsigned how = arg(t, 0, 0);

	if (how > 2)
		return;
	t->pen.attrs = (uint16_t)((t->pen.attrs & ~TERM_PROTECTED) |
				  (how == 1 ? TERM_PROTECTED : 0));
	pen_changed(t);
}

static void
kitty_push(struct term *t)
{
	struct kitty_stack *k = &t->screen->kitty;

	if (k->top + 1u == KITTY_DEPTH)
		memmove(k->flags, k->flags + 1, KITTY_DEPTH - 1);
	else
		k->top++;
	k->flags[k->top] = (uint8_t)(arg(t, 0, 0) & 31);
}

static void
kitty_pop(struct term *t)
{
	struct kitty_stack *k = &t->screen->kitty;

	for (unsigned n = arg(t, 0, 1); n; n--) {
		if (!k->top) { /* more than there are: all flags off */
			k->flags[0] = 0;
			break;
		}
		k->top--;
	}
}

static void
kitty_set(struct term *t)
{
	struct kitty_stack *k = &t->screen->kitty;
	uint8_t flags = (uint8_t)(arg(t, 0, 0) & 31), *at = &k->flags[k->top];
	unsigned how = arg(t, 1, 1);

	if (how == 1)
		*at = flags;
	else if (how == 2)
		*at |= flags;
	else if (how == 3)
		*at &= (uint8_t)~flags;
}

static void
kitty_report(struct term *t)
{
	term_reply(
	    t, "\033[?%uu", (unsigned)t->screen->kitty.flags[t->screen->kitty.top]);
}

typedef void (*csi_fn)(struct term *t);

/* clang-format off */
static const csi_fn plain[0x80 - 0x40] = {
	['@' - 0x40] = insert_chars,  ['A' - 0x40] = up,             ['B' - 0x40] = down,
	['C' - 0x40] = right,         ['D' - 0x40] = left,           ['E' - 0x40] = next_line,
	['F' - 0x40] = previous_line, ['G' - 0x40] = column,         ['H' - 0x40] = position,
	['I' - 0x40] = tab_forward,   ['J' - 0x40] = erase_display,  ['K' - 0x40] = erase_line,
	['L' - 0x40] = insert_lines,  ['M' - 0x40] = delete_lines,   ['P' - 0x40] = delete_chars,
	['S' - 0x40] = scroll_up,     ['T' - 0x40] = scroll_down,    ['X' - 0x40] = erase_chars,
	['Z' - 0x40] = tab_back,      ['^' - 0x40] = scroll_down,    ['`' - 0x40] = column,
	['a' - 0x40] = right,         ['b' - 0x40] = repeat,         ['c' - 0x40] = report_da,
	['d' - 0x40] = row_absolute,  ['e' - 0x40] = row_relative,   ['f' - 0x40] = position,
	['g' - 0x40] = tab_clear,     ['h' - 0x40] = set_ansi,       ['l' - 0x40] = reset_ansi,
	['m' - 0x40] = pen_sgr,       ['n' - 0x40] = report_dsr,     ['r' - 0x40] = margins,
	['s' - 0x40] = save,          ['t' - 0x40] = report_window,  ['u' - 0x40] = restore,
};

static const struct { char mark, inter, final; csi_fn fn; } marked[] = {
	{ '?', 0, 'h', set_private },        { '?', 0, 'l', reset_private },
	{ '?', 0, 'J', erase_display_selective }, { '?', 0, 'K', erase_line_selective },
	{ '?', 0, 'W', tab_every_8 },        { '?', 0, 'n', report_dsr },
	{ '?', 0, 's', mode_save },          { '?', 0, 'r', mode_restore },
	{ '?', 0, 'u', kitty_report },       { '>', 0, 'u', kitty_push },
	{ '<', 0, 'u', kitty_pop },          { '=', 0, 'u', kitty_set },
	{ '>', 0, 'c', report_da },          { '=', 0, 'c', report_da },
	{ '>', 0, 'q', report_version },     { 0, ' ', 'q', cursor_shape },
	{ 0, '"', 'q', protect },            { 0, '!', 'p', term_soft_reset },
	{ 0, '$', 'p', report_ansi_mode },   { '?', '$', 'p', report_private_mode },
};

/* clang-format on */

void
csi_dispatch(struct term *t, uint8_t final)
{
	const struct parser *p = &t->parser;
	char inter = p->inters ? (char)p->inter[0] : 0;

	if (final != 'b')
		t->last[0] = 0;
	if (!p->private_mark && !p->inters) {
		if (plain[final - 0x40])
			plain[final - 0x40](t);
		return;
	}
	if (p->inters > 1)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(marked); i++)
		if (marked[i].final == (char) final &&
		    marked[i].mark == (char)p->private_mark && marked[i].inter == inter) {
			marked[i].fn(t);
			return;
		}
}
