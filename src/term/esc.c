/* esc.c: escape sequences of two or three bytes. */
#include "term/impl.h"

static void
next_line(struct term *t)
{
	move_index(t);
	t->cursor.col = 0;
}

static void
tab_set(struct term *t)
{
	t->tabs[t->cursor.col / 8] |= (uint8_t)(1u << t->cursor.col % 8);
}

static void
keypad_app(struct term *t)
{
	t->set.modes |= M_APP_KEYPAD;
}

static void
keypad_numeric(struct term *t)
{
	t->set.modes &= ~(uint32_t)M_APP_KEYPAD;
}

static void
single_shift_2(struct term *t)
{
	t->charsets.shift = 2;
}

static void
single_shift_3(struct term *t)
{
	t->charsets.shift = 3;
}

static void
locking_shift_2(struct term *t)
{
	t->charsets.gl = 2;
}

static void
locking_shift_3(struct term *t)
{
	t->charsets.gl = 3;
}

static void
reset(struct term *t)
{
	term_full_reset(t);
	term_emit(t, TERM_EV_RESET, STR_NONE);
}

/* DECALN: the screen full of E, for adjusting tubes. */
static void
alignment(struct term *t)
{
	t->top = 0;
	t->bottom = t->rows;
	t->cursor = (struct cursor){ 0 };
	for (unsigned row = 0; row < t->rows; row++) {
		struct row *r = t->grid->row[row];

		for (unsigned col = 0; col < t->cols; col++)
			r->cells[col] = (struct cell){ .text = { 'E' } };
		r->used = t->cols;
		r->wrapped = false;
	}
	term_touch_all(t);
}

/* clang-format off */
static void (*const plain[0x80])(struct term *t) = {
	['7'] = move_save,       ['8'] = move_restore,    ['='] = keypad_app,
	['>'] = keypad_numeric,  ['D'] = move_index,      ['E'] = next_line,
	['H'] = tab_set,         ['M'] = move_reverse_index,
	['N'] = single_shift_2,  ['O'] = single_shift_3,  ['Z'] = report_da,
	['c'] = reset,           ['n'] = locking_shift_2, ['o'] = locking_shift_3,
};

/* clang-format on */

void
esc_dispatch(struct term *t, uint8_t final)
{
	const struct parser *p = &t->parser;
	unsigned which;

	if (final == '\\' && !p->inters) /* the end of a string, which did its own */
		return;
	t->last[0] = 0;
	if (!p->inters) {
		if (plain[final])
			plain[final](t);
		return;
	}
	if (p->inters > 1)
		return;
	if (p->inter[0] == '#' && final == '8') {
		alignment(t);
		return;
	}
	if (p->inter[0] >= '(' && p->inter[0] <= '+') {
		which = p->inter[0] - '(';
		/* Sets we do not have are shown as ASCII. */
		t->charsets.g[which] = final == '0' || final == 'A' ? final : 'B';
	}
}
