/* draw.c: the model as bytes for a terminal.
 *
 * A keyframe first prints the scrollback and the primary screen as one stream
 * of lines, so that what must scroll off scrolls off, then draws the alternate
 * screen if there is one, then sets everything else.  Where standard sequences
 * have no word for something it uses OSC 7502 (load.c).  The last bytes are
 * those of a sequence or character that the program has not finished. */
#include "term/impl.h"
#include "term/show.h"
#include "term/width.h"

#define ST "\033\\"

struct draw {
	const struct term *t;
	struct buf *out;
	unsigned flags;
	const struct style *look; /* what the terminal draws with now */
};

static const struct style plain;

static void
put_link(struct draw *d, uint16_t link)
{
	struct str id = style_link_id(&d->t->styles, link);
	struct str uri = style_link_uri(&d->t->styles, link);

	if (d->flags & TERM_DRAW_NO_LINKS)
		return;
	buf_puts(d->out, "\033]8;");
	if (id.len)
		buf_printf(d->out, "id=%.*s", STR_ARG(id));
	buf_printf(d->out, ";%.*s" ST, STR_ARG(uri));
}

static void
put_look(struct draw *d, const struct style *v)
{
	const struct style *now = d->look;

	if (v->link != now->link)
		put_link(d, v->link);
	if ((v->attrs ^ now->attrs) & TERM_PROTECTED)
		buf_printf(d->out, "\033[%u\"q", v->attrs & TERM_PROTECTED ? 1u : 0u);
	if (v->fg != now->fg || v->bg != now->bg || v->ul != now->ul ||
	    (v->attrs ^ now->attrs) & ~TERM_PROTECTED) {
		buf_puts(d->out, "\033[");
		pen_put_sgr(v, d->out);
		buf_putc(d->out, 'm');
	}
	d->look = v;
}

static uint32_t
first_char(struct str text)
{
	const uint8_t *p = (const uint8_t *)text.p;

	return width_decode(p, utf8_bytes(*p));
}

static void
put_row(struct draw *d, struct row_iter it)
{
	bool keyframe = d->flags & TERM_DRAW_KEYFRAME;
	struct str before = STR_NONE;
	unsigned before_width = 0, at = 0, blank;
	struct row_item item;
	bool more = term_row_next(&it, &item);

	while (more) {
		unsigned col = item.col;
		const struct style *v = style_of(&d->t->styles, item.style);

		if (item.text.len) {
			if (col > at)
				buf_printf(d->out, "\033[%uC", col - at);
			put_look(d, v);
			if (keyframe && col == at && before.len &&
			    print_joins(before, before_width, first_char(item.text)))
				buf_puts(d->out, "\033]7502;n" ST);
			buf_put(d->out, item.text.p, item.text.len);
			before = item.text;
			before_width = item.width;
			at = col + item.width;
			more = term_row_next(&it, &item);
			continue;
		}
		before = STR_NONE;
		for (blank = 0;
		     more && !item.text.len && style_of(&d->t->styles, item.style) == v;
		     blank++)
			more = term_row_next(&it, &item);
		if (v == style_of(&d->t->styles, 0))
			continue;
		if (col > at)
			buf_printf(d->out, "\033[%uC", col - at);
		put_look(d, v);
		buf_printf(d->out, "\033[%uX", blank);
		at = col;
	}
	put_look(d, &plain);
	if (keyframe && it.wrapped)
		buf_puts(d->out, "\033]7502;w" ST);
}

/* Rows at their places, for what must not scroll. */
static void
put_screen(struct draw *d, const struct grid *g)
{
	buf_puts(d->out, "\033[H\033[2J");
	for (unsigned row = 0; row < g->rows; row++) {
		if (!g->row[row]->used && !g->row[row]->wrapped)
			continue;
		buf_printf(d->out, "\033[%uH", row + 1);
		put_row(d, term_row_iter_grid(g->row[row], &d->t->clusters));
	}
}

static void
put_charsets(struct draw *d, const struct charsets *c)
{
	static const char *const shifts[] = { "\017", "\016", "\033n", "\033o" };

	for (unsigned i = 0; i < 4; i++)
		buf_printf(d->out, "\033%c%c", "()*+"[i], c -> g[i]);
	buf_puts(d->out, shifts[c->gl]);
}

/* A known start, on a person's terminal too. */
static void
put_start(struct draw *d)
{
	buf_puts(d->out,
	    "\033[!p\033[?7h\033[?6l\033[4l\033[20l\033[r\033(B\033)B\033*B\033+B\017"
	    "\033[0m\033]8;;" ST);
	d->look = &plain;
}

/* --- Keyframe ------------------------------------------------------------ */

static unsigned
tabs_widest(const struct term *t)
{
	uint8_t usual[sizeof(t->tabs)];

	term_tabs_default(usual);
	for (unsigned col = LIMIT_COLS_MAX; col-- > 0;)
		if ((t->tabs[col / 8] ^ usual[col / 8]) & 1u << col % 8)
			return LIMIT_COLS_MAX;
	return 0;
}

static void
put_tabs(struct draw *d)
{
	const struct term *t = d->t;

	buf_puts(d->out, "\033[3g");
	for (unsigned col = 0; col < LIMIT_COLS_MAX; col++)
		if (t->tabs[col / 8] & 1u << col % 8)
			buf_printf(d->out, "\033[%uG\033H", col + 1);
	buf_puts(d->out, "\r");
}

/* Scrollback, primary screen and tab stops, at the width of the widest. */
static void
put_primary(struct draw *d)
{
	const struct term *t = d->t;
	const struct grid *g = &t->screens[0].grid;
	unsigned cols = t->cols, tabs = tabs_widest(t);
	bool history = !(d->flags & TERM_DRAW_NO_SCROLLBACK);

	if (history && scrollback_widest(&t->scrollback) > cols)
		cols = scrollback_widest(&t->scrollback);
	if (tabs > cols)
		cols = tabs;
	if (cols != t->cols)
		buf_printf(d->out, "\033]7502;cols;%u" ST, cols);
	if (tabs)
		put_tabs(d);
	for (uint32_t i = 0; history && i < t->scrollback.count; i++) {
		put_row(d, term_row_iter_scrollback(&t->scrollback, i));
		buf_puts(d->out, "\r\n");
	}
	for (unsigned row = 0; row < t->rows; row++) {
		put_row(d, term_row_iter_grid(g->row[row], &t->clusters));
		if (row + 1u < t->rows)
			buf_puts(d->out, "\r\n");
	}
	if (cols != t->cols)
		buf_printf(d->out, "\033]7502;cols;%u" ST, (unsigned)t->cols);
}

static void
put_cursor(struct draw *d, const struct cursor *c, bool origin)
{
	unsigned row = c->row;

	if (origin)
		row = row >= d->t->top ? row - d->t->top : 0;
	buf_printf(d->out, "\033[%u;%uH", row + 1, c->col + 1u);
	if (d->flags & TERM_DRAW_KEYFRAME)
		buf_printf(d->out, "\033]7502;c;%u;%u;%u" ST, (unsigned)c->row,
		    (unsigned)c->col, c->wrap ? 1u : 0u);
}

static bool
saved_is_default(const struct saved_cursor *s)
{
	struct saved_cursor none = term_saved_default();

	return !s->at.row && !s->at.col && !s->at.wrap && style_eq(&s->pen, &plain) &&
	       !memcmp(s->charsets.g, none.charsets.g, 4) && !s->charsets.gl &&
	       !s->charsets.shift && !s->origin;
}

static bool
kitty_is_default(const struct kitty_stack *k)
{
	return !k->top && !k->flags[0];
}

/* What belongs to a screen beside its cells. */
static void
put_screen_state(struct draw *d, const struct screen *s)
{
	if (!kitty_is_default(&s->kitty)) {
		buf_printf(d->out, "\033[=%uu", (unsigned)s->kitty.flags[0]);
		for (unsigned i = 1; i <= s->kitty.top; i++)
			buf_printf(d->out, "\033[>%uu", (unsigned)s->kitty.flags[i]);
	}
	if (saved_is_default(&s->saved))
		return;
	if (s->saved.origin)
		buf_puts(d->out, "\033[?6h");
	put_look(d, &s->saved.pen);
	put_charsets(d, &s->saved.charsets);
	put_cursor(d, &s->saved.at, false);
	buf_printf(d->out, "\0337\033]7502;s;%u;%u" ST, s->saved.at.wrap ? 1u : 0u,
	    (unsigned)s->saved.charsets.shift);
	buf_puts(d->out, "\033[?6l");
	put_charsets(d, &(struct charsets){ .g = { 'B', 'B', 'B', 'B' } });
	put_look(d, &plain);
}

static void
put_titles(struct draw *d)
{
	const struct term *t = d->t;

	for (unsigned i = 0; i < t->titles_count; i++) {
		const struct title *at = &t->titles[i];

		buf_printf(d->out, "\033]1;%s" ST "\033]2;%s" ST "\033[22t",
		    at->icon ? at->icon : "", at->title ? at->title : "");
	}
	if (t->title.icon || t->titles_count)
		buf_printf(d->out, "\033]1;%s" ST, t->title.icon ? t->title.icon : "");
	if (t->title.title || t->titles_count)
		buf_printf(d->out, "\033]2;%s" ST, term_title(t));
	if (t->cwd)
		buf_printf(d->out, "\033]7;%s" ST, t->cwd);
}

/* What comes last: margins, modes, pen, cursor, and what is unfinished. */
static void
put_end(struct draw *d)
{
	const struct term *t = d->t;

	if (t->top != 0 || t->bottom != t->rows)
		buf_printf(d->out, "\033[%u;%ur", t->top + 1u, (unsigned)t->bottom);
	put_titles(d);
	mode_put(t, d->out, true);
	put_look(d, &t->pen);
	put_charsets(d, &t->charsets);
	put_cursor(d, &t->cursor, t->set.modes & M_ORIGIN);
	if (t->charsets.shift)
		buf_printf(d->out, "\033%c", t->charsets.shift == 2 ? 'N' : 'O');
	if (t->saved_modes)
		buf_printf(d->out, "\033]7502;x;%u" ST, (unsigned)t->saved_modes);
	if (t->last[0])
		buf_printf(d->out, "\033]7502;r;%u" ST,
		    (unsigned)width_decode(t->last, utf8_bytes(t->last[0])));
	if (t->no_join)
		buf_puts(d->out, "\033]7502;n" ST);
	if (!t->loading)
		buf_puts(d->out, "\033]7502;end" ST);
	parser_put(&t->parser, d->out);
}

static void
put_keyframe(struct draw *d)
{
	const struct term *t = d->t;
	const struct screen *alt = &t->screens[1];
	bool with_alt = alt->grid.block || !saved_is_default(&alt->saved) ||
			!kitty_is_default(&alt->kitty);

	buf_puts(d->out, "\033]7502;begin" ST "\033[?1049l");
	put_start(d);
	buf_puts(d->out, "\033[H\033[2J");
	put_primary(d);
	put_screen_state(d, &t->screens[0]);
	if (with_alt) {
		buf_puts(d->out, "\033[?47h");
		if (alt->grid.block)
			put_screen(d, &alt->grid);
		put_screen_state(d, alt);
		if (!t->set.alt)
			buf_puts(d->out, alt->grid.block ? "\033[?47l" : "\033[?1047l");
	}
	put_end(d);
}

void
term_put_ansi(const struct term *t, unsigned flags, struct buf *out)
{
	struct draw d = { .t = t, .out = out, .flags = flags };

	if (flags & TERM_DRAW_KEYFRAME) {
		put_keyframe(&d);
		return;
	}
	buf_printf(out, "\033[?1049%c", t->set.alt ? 'h' : 'l');
	put_start(&d);
	put_screen(&d, t->grid);
	mode_put(t, out, false);
	buf_printf(out, "\033[=%uu", (unsigned)term_modes(t).kitty_flags);
	put_cursor(&d, &t->cursor, false);
}
