/* mode.c: SM, RM, DECSET, DECRST, their queries, and the alternate screen.
 *
 * Most modes are one bit and a row of the table.  The mouse has one mode and
 * one encoding at a time: setting one replaces the other, resetting any
 * switches off. */
#include <assert.h>

#include "term/impl.h"

static const struct {
	uint16_t number;
	uint32_t bit;
} private_bits[] = {
	{ 1, M_APP_CURSOR },
	{ 5, M_REVERSE_SCREEN },
	{ 6, M_ORIGIN },
	{ 7, M_WRAP },
	{ 8, M_REPEAT },
	{ 12, M_BLINK },
	{ 25, M_CURSOR },
	{ 66, M_APP_KEYPAD },
	{ 1004, M_FOCUS },
	{ 1007, M_ALT_SCROLL },
	{ 2004, M_PASTE },
	{ 2026, M_SYNC },
	{ 2031, M_THEME },
};

static const struct {
	uint16_t number;
	uint32_t bit;
} ansi_bits[] = { { 4, M_INSERT }, { 20, M_NEWLINE } };

static bool
is_mouse(unsigned n)
{
	return n == 9 || n == 1000 || n == 1002 || n == 1003;
}

static bool
is_mouse_encoding(unsigned n)
{
	return n == 1005 || n == 1006 || n == 1015 || n == 1016;
}

static bool
is_alt(unsigned n)
{
	return n == 47 || n == 1047 || n == 1049;
}

static uint32_t
private_bit(unsigned n)
{
	for (unsigned i = 0; i < ARRAY_LEN(private_bits); i++)
		if (private_bits[i].number == n)
			return private_bits[i].bit;
	return 0;
}

void
mode_alt_screen(struct term *t, bool on, bool clear)
{
	struct grid *alt = &t->screens[1].grid;

	if (on && !alt->block)
		grid_init(alt, t->cols, t->rows);
	if (on == t->set.alt) {
		return;
	}
	t->set.alt = on;
	t->screen = &t->screens[on];
	t->grid = &t->screen->grid;
	if (clear) {
		if (on)
			for (unsigned i = 0; i < t->rows; i++)
				grid_clear_row(alt, alt->row[i], pen_fill(t));
		else
			grid_deinit(alt);
	}
	term_touch_all(t);
	term_emit(t, TERM_EV_ALT_SCREEN, STR_NONE);
}

static void
set_alt(struct term *t, unsigned n, bool on)
{
	if (n == 1049 && on && !t->set.alt)
		move_save(t);
	mode_alt_screen(t, on, n != 47);
	if (n == 1049 && !on)
		move_restore(t);
}

static void
set_bit(struct term *t, uint32_t bit, bool on)
{
	t->set.modes = on ? t->set.modes | bit : t->set.modes & ~bit;
	if (bit == M_ORIGIN)
		move_to(t, 0, 0);
	if (bit == M_WRAP && !on)
		t->cursor.wrap = false;
	if (bit == M_REVERSE_SCREEN)
		term_touch_all(t);
}

static void
set_private(struct term *t, unsigned n, bool on)
{
	uint32_t bit = private_bit(n);

	if (bit)
		set_bit(t, bit, on);
	else if (is_mouse(n))
		t->set.mouse = on ? (uint16_t)n : 0;
	else if (is_mouse_encoding(n))
		t->set.mouse_enc = on ? (uint16_t)n : 0;
	else if (is_alt(n))
		set_alt(t, n, on);
	else if (n == 1048 && on)
		move_save(t);
	else if (n == 1048)
		move_restore(t);
}

void
mode_private(struct term *t, bool on)
{
	for (unsigned i = 0; i < t->parser.params; i++)
		set_private(t, t->parser.param[i], on);
}

void
mode_ansi(struct term *t, bool on)
{
	for (unsigned i = 0; i < t->parser.params; i++)
		for (unsigned k = 0; k < ARRAY_LEN(ansi_bits); k++)
			if (ansi_bits[k].number == t->parser.param[i])
				set_bit(t, ansi_bits[k].bit, on);
}

/* XTSAVE and XTRESTORE keep the modes that are one bit. */
void
mode_save(struct term *t)
{
	for (unsigned i = 0; i < t->parser.params; i++) {
		uint32_t bit = private_bit(t->parser.param[i]);

		t->saved_modes = (t->saved_modes & ~bit) | (t->set.modes & bit);
	}
}

void
mode_restore(struct term *t)
{
	for (unsigned i = 0; i < t->parser.params; i++) {
		uint32_t bit = private_bit(t->parser.param[i]);

		if (bit)
			set_bit(t, bit, (t->saved_modes & bit) != 0);
	}
}

/* 0 unknown, 1 set, 2 reset */
static unsigned
private_state(const struct term *t, unsigned n)
{
	uint32_t bit = private_bit(n);

	if (bit)
		return t->set.modes & bit ? 1 : 2;
	if (is_mouse(n))
		return t->set.mouse == n ? 1 : 2;
	if (is_mouse_encoding(n))
		return t->set.mouse_enc == n ? 1 : 2;
	if (is_alt(n))
		return t->set.alt ? 1 : 2;
	return n == 1048 ? 1 : 0;
}

static unsigned
ansi_state(const struct term *t, unsigned n)
{
	for (unsigned i = 0; i < ARRAY_LEN(ansi_bits); i++)
		if (ansi_bits[i].number == n)
			return t->set.modes & ansi_bits[i].bit ? 1 : 2;
	return 0;
}

void
mode_report(struct term *t, bool private_mode)
{
	unsigned n = parser_param(&t->parser, 0, 0);

	if (private_mode)
		term_reply(t, "\033[?%u;%u$y", n, private_state(t, n));
	else
		term_reply(t, "\033[%u;%u$y", n, ansi_state(t, n));
}

static void
put_mode(struct buf *out, const char *mark, unsigned n, bool on)
{
	buf_printf(out, "\033[%s%u%c", mark, n, on ? 'h' : 'l');
}

/* The modes a drawing ends with.  A person's terminal gets all that bear on
 * its keys and its looks, whether set or not; drawing modes (origin, insert,
 * newline) only in a keyframe. */
void
mode_put(const struct term *t, struct buf *out, bool keyframe)
{
	const uint32_t drawing = M_ORIGIN | M_INSERT | M_NEWLINE | M_SYNC;
	static const uint16_t mice[] = { 9, 1000, 1002, 1003 };

	for (unsigned i = 0; i < ARRAY_LEN(private_bits); i++) {
		uint32_t bit = private_bits[i].bit;

		if (bit & drawing || bit == M_REPEAT || bit == M_WRAP || bit == M_THEME)
			continue;
		put_mode(out, "?", private_bits[i].number, (t->set.modes & bit) != 0);
	}
	for (unsigned i = 0; i < ARRAY_LEN(mice); i++)
		if (mice[i] != t->set.mouse)
			put_mode(out, "?", mice[i], false);
	put_mode(out, "?", 1006, false);
	if (t->set.mouse)
		put_mode(out, "?", t->set.mouse, true);
	if (t->set.mouse_enc)
		put_mode(out, "?", t->set.mouse_enc, true);
	put_mode(out, "?", 7, (t->set.modes & M_WRAP) != 0);
	buf_printf(out, "\033[%u q", (unsigned)t->set.cursor_shape);
	if (!keyframe)
		return;
	if (!(t->set.modes & M_REPEAT))
		put_mode(out, "?", 8, false);
	if (t->set.modes & M_THEME)
		put_mode(out, "?", 2031, true);
	for (unsigned i = 0; i < ARRAY_LEN(ansi_bits); i++)
		if (t->set.modes & ansi_bits[i].bit)
			put_mode(out, "", ansi_bits[i].number, true);
	if (t->set.modes & M_ORIGIN)
		put_mode(out, "?", 6, true);
	if (t->set.modes & M_SYNC)
		put_mode(out, "?", 2026, true);
}
