/* load.c: what a keyframe says beyond standard sequences, as OSC 7502.
 *
 * Some of the model has no sequence: that a row was wrapped, a pending wrap,
 * a scrollback row wider than the screen.  A keyframe says it in OSC 7502,
 * which other terminals ignore.  It is honoured only between `begin` and
 * `end`, and `begin` only as the very first bytes that a fresh terminal gets;
 * so a program can not use it in a running session (and could do nothing with
 * it but draw).  While loading, no event and no answer is made. */
#include "term/impl.h"

static unsigned
number(struct str *rest, unsigned most)
{
	uint64_t v;

	if (!str_to_u64(str_cut(rest, ';'), &v))
		return 0;
	return v > most ? most : (unsigned)v;
}

/* cols;N: the width for the rows that follow. */
static void
set_cols(struct term *t, struct str rest)
{
	unsigned cols = number(&rest, LIMIT_COLS_MAX);

	if (cols >= LIMIT_COLS_MIN)
		term_resize(t, (uint16_t)cols, t->rows);
}

/* c;row;col;wrap: the cursor, whatever the origin. */
static void
set_cursor(struct term *t, struct str rest)
{
	unsigned row = number(&rest, t->rows - 1u), col = number(&rest, t->cols - 1u);

	t->cursor = (struct cursor){ .row = (uint16_t)row, .col = (uint16_t)col };
	t->cursor.wrap = number(&rest, 1) && col == t->cols - 1u && t->set.modes & M_WRAP;
}

/* s;wrap;shift: the parts of the saved cursor that could not be set to be saved. */
static void
save_cursor(struct term *t, struct str rest)
{
	struct saved_cursor *s = &t->screen->saved;
	unsigned shift;

	s->at.wrap = number(&rest, 1) && s->at.col == t->cols - 1u;
	shift = number(&rest, 3);
	s->charsets.shift = (uint8_t)(shift == 1 ? 0 : shift);
}

/* r;N: the character that REP repeats. */
static void
set_last(struct term *t, struct str rest)
{
	cleanup_buf struct buf b = BUF(8);
	unsigned cp = number(&rest, 0x10ffff);

	memset(t->last, 0, sizeof(t->last));
	if (term_width(cp) < 1)
		return;
	buf_put_utf8(&b, cp);
	memcpy(t->last, b.data, b.len);
}

void
load_command(struct term *t, struct str text)
{
	struct str what = str_cut(&text, ';');

	if (t->parser.first && str_eqz(what, "begin")) {
		t->loading = true;
		return;
	}
	if (!t->loading)
		return;
	if (str_eqz(what, "end"))
		t->loading = false;
	else if (str_eqz(what, "cols"))
		set_cols(t, text);
	else if (str_eqz(what, "c"))
		set_cursor(t, text);
	else if (str_eqz(what, "s"))
		save_cursor(t, text);
	else if (str_eqz(what, "r"))
		set_last(t, text);
	else if (str_eqz(what, "w"))
		t->grid->row[t->cursor.row]->wrapped = true;
	else if (str_eqz(what, "n"))
		t->no_join = true;
	else if (str_eqz(what, "x"))
		t->saved_modes = number(&text, UINT32_MAX);
}
