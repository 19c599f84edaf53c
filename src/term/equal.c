/* equal.c: two models compared by value, and one checked against itself. */
#include <assert.h>
#include <stdarg.h>

#include "term/impl.h"
#include "term/show.h"

static bool PRINTF(2, 3) differ(struct buf *why, const char *fmt, ...)
{
	va_list ap;

	if (why) {
		va_start(ap, fmt);
		buf_vprintf(why, fmt, ap);
		va_end(ap);
	}
	return false;
}

static bool
look_equal(const struct term *a, const struct style *x, const struct term *b,
    const struct style *y)
{
	return x->fg == y->fg && x->bg == y->bg && x->ul == y->ul &&
	       x->attrs == y->attrs && !x->link == !y->link &&
	       str_eq(style_link_uri(&a->styles, x->link),
		   style_link_uri(&b->styles, y->link)) &&
	       str_eq(style_link_id(&a->styles, x->link),
		   style_link_id(&b->styles, y->link));
}

/* The next cell that is not plain blank. */
static bool
next(struct row_iter *it, struct row_item *item)
{
	while (term_row_next(it, item))
		if (item->text.len || item->style)
			return true;
	return false;
}

static bool
row_equal(const struct term *a, struct row_iter x, const struct term *b,
    struct row_iter y, const char *where, int row, struct buf *why)
{
	struct row_item i, k;

	if (x.wrapped != y.wrapped)
		return differ(why, "%s row %d: wrapped is %d and %d", where, row,
		    x.wrapped, y.wrapped);
	for (;;) {
		bool more_x = next(&x, &i), more_y = next(&y, &k);

		if (!more_x && !more_y)
			return true;
		if (more_x != more_y || i.col != k.col || i.width != k.width ||
		    !str_eq(i.text, k.text))
			return differ(why, "%s row %d: \"%.*s\" at %u and \"%.*s\" at %u",
			    where, row, more_x ? (int)i.text.len : 0,
			    more_x ? i.text.p : "", more_x ? i.col : 0,
			    more_y ? (int)k.text.len : 0, more_y ? k.text.p : "",
			    more_y ? k.col : 0);
		if (!look_equal(a, style_of(&a->styles, i.style), b,
			style_of(&b->styles, k.style)))
			return differ(why, "%s row %d: the looks at column %u differ",
			    where, row, i.col);
	}
}

static bool
grid_equal(const struct term *a, const struct term *b, unsigned which, struct buf *why)
{
	static const struct row_iter nothing;
	const struct grid *x = &a->screens[which].grid, *y = &b->screens[which].grid;
	const char *where = which ? "alternate" : "primary";

	for (int row = 0; row < a->rows; row++)
		if (!row_equal(a,
			x->block ? term_row_iter_grid(x->row[row], &a->clusters)
				 : nothing,
			b,
			y->block ? term_row_iter_grid(y->row[row], &b->clusters)
				 : nothing,
			where, row, why))
			return false;
	return true;
}

static bool
cursor_equal(const struct cursor *a, const struct cursor *b)
{
	return a->row == b->row && a->col == b->col && a->wrap == b->wrap;
}

static bool
charsets_equal(const struct charsets *a, const struct charsets *b)
{
	return !memcmp(a->g, b->g, sizeof(a->g)) && a->gl == b->gl &&
	       a->shift == b->shift;
}

static bool
screen_equal(const struct term *a, const struct term *b, unsigned which, struct buf *why)
{
	const struct screen *x = &a->screens[which], *y = &b->screens[which];

	if (!cursor_equal(&x->saved.at, &y->saved.at))
		return differ(why, "saved cursor %u: %u,%u,%d and %u,%u,%d", which,
		    x->saved.at.row, x->saved.at.col, x->saved.at.wrap, y->saved.at.row,
		    y->saved.at.col, y->saved.at.wrap);
	if (!style_eq(&x->saved.pen, &y->saved.pen) ||
	    x->saved.origin != y->saved.origin ||
	    !charsets_equal(&x->saved.charsets, &y->saved.charsets))
		return differ(why, "saved state of screen %u", which);
	if (x->kitty.top != y->kitty.top ||
	    memcmp(x->kitty.flags, y->kitty.flags, x->kitty.top + 1u) != 0)
		return differ(why, "kitty stack of screen %u", which);
	return grid_equal(a, b, which, why);
}

static bool
text_equal(const char *a, const char *b)
{
	return str_eq(str_of(a), str_of(b));
}

static bool
titles_equal(const struct term *a, const struct term *b)
{
	if (a->titles_count != b->titles_count ||
	    !text_equal(a->title.title, b->title.title) ||
	    !text_equal(a->title.icon, b->title.icon) || !text_equal(a->cwd, b->cwd))
		return false;
	for (unsigned i = 0; i < a->titles_count; i++)
		if (!text_equal(a->titles[i].title, b->titles[i].title) ||
		    !text_equal(a->titles[i].icon, b->titles[i].icon))
			return false;
	return true;
}

static bool
state_equal(const struct term *a, const struct term *b, struct buf *why)
{
	if (!cursor_equal(&a->cursor, &b->cursor))
		return differ(why, "cursor: %u,%u,%d and %u,%u,%d", a->cursor.row,
		    a->cursor.col, a->cursor.wrap, b->cursor.row, b->cursor.col,
		    b->cursor.wrap);
	if (a->set.modes != b->set.modes || a->saved_modes != b->saved_modes)
		return differ(why, "modes: %x,%x and %x,%x", (unsigned)a->set.modes,
		    (unsigned)a->saved_modes, (unsigned)b->set.modes,
		    (unsigned)b->saved_modes);
	if (a->set.mouse != b->set.mouse || a->set.mouse_enc != b->set.mouse_enc ||
	    a->set.cursor_shape != b->set.cursor_shape || a->set.alt != b->set.alt)
		return differ(why, "mouse, cursor shape or screen");
	if (a->top != b->top || a->bottom != b->bottom)
		return differ(why, "margins: %u-%u and %u-%u", a->top, a->bottom, b->top,
		    b->bottom);
	if (!look_equal(a, &a->pen, b, &b->pen))
		return differ(why, "pen");
	if (!charsets_equal(&a->charsets, &b->charsets))
		return differ(why, "charsets");
	if (memcmp(a->last, b->last, a->last[0] ? sizeof(a->last) : 1) != 0)
		return differ(why, "the character to repeat");
	if (memcmp(a->tabs, b->tabs, sizeof(a->tabs)) != 0)
		return differ(why, "tab stops");
	if (!titles_equal(a, b))
		return differ(why, "titles");
	if (a->loading != b->loading || a->no_join != b->no_join)
		return differ(why, "loading");
	if (!parser_equal(&a->parser, &b->parser))
		return differ(
		    why, "parser: state %u and %u", a->parser.state, b->parser.state);
	return true;
}

bool
term_equal(const struct term *a, const struct term *b, struct buf *why)
{
	if (a->cols != b->cols || a->rows != b->rows)
		return differ(
		    why, "size: %ux%u and %ux%u", a->cols, a->rows, b->cols, b->rows);
	if (!state_equal(a, b, why))
		return false;
	for (unsigned i = 0; i < ARRAY_LEN(a->screens); i++)
		if (!screen_equal(a, b, i, why))
			return false;
	if (a->scrollback.count != b->scrollback.count)
		return differ(why, "scrollback: %u and %u rows", a->scrollback.count,
		    b->scrollback.count);
	for (uint32_t i = 0; i < a->scrollback.count; i++)
		if (!row_equal(a, term_row_iter_scrollback(&a->scrollback, i), b,
			term_row_iter_scrollback(&b->scrollback, i), "scrollback", (int)i,
			why))
			return false;
	return true;
}

/* --- Invariants ---------------------------------------------------------- */

static void
check_cell(const struct term *t, const struct row *r, unsigned col)
{
	const struct cell *c = &r->cells[col];
	const struct style *v UNUSED = style_of(&t->styles, c->style);

	assert(!(v->attrs & STYLE_FREE));
	if (c->flags & CELL_WIDE)
		assert(col + 1u < r->used && r->cells[col + 1].flags == CELL_TAIL &&
		       r->cells[col + 1].style == c->style && c->text[0]);
	if (c->flags & CELL_TAIL)
		assert(col && r->cells[col - 1].flags == CELL_WIDE && !c->text[0]);
	else if (!c->text[0])
		assert(!v->fg && !v->ul && !v->attrs && !v->link && !c->flags);
	if (c->text[0] == CELL_CLUSTER)
		assert(str_is_utf8(cluster_text(&t->clusters, cell_cluster(c))));
	else if (c->text[0])
		assert(
		    str_is_utf8(str_make((const char *)c->text, utf8_bytes(c->text[0]))));
}

static void
check_grid(const struct term *t, const struct grid *g)
{
	assert(g->cols == t->cols && g->rows == t->rows);
	assert(g->row >= g->store && g->row + g->rows <= g->store + 2 * g->rows);
	for (unsigned row = 0; row < g->rows; row++) {
		const struct row *r = g->row[row];

		assert(r->used <= g->cols);
		for (unsigned col = 0; col < r->used; col++)
			check_cell(t, r, col);
		for (unsigned col = r->used; col < g->cols; col++)
			assert(cell_is_zero(&r->cells[col]));
		for (unsigned other = 0; other < row; other++)
			assert(g->row[other] != r);
	}
}

static void
check_cursor(const struct term *t, const struct cursor *c)
{
	assert(c->row < t->rows && c->col < t->cols);
	assert(!c->wrap || c->col + 1u == t->cols);
}

void
term_check(const struct term *t)
{
	assert(t->screen == &t->screens[t->set.alt] && t->grid == &t->screen->grid);
	assert(t->screens[0].grid.block && t->grid->block);
	assert(t->top + 1u < t->bottom || (t->top == 0 && t->bottom == t->rows));
	assert(t->bottom <= t->rows);
	check_cursor(t, &t->cursor);
	assert(!t->cursor.wrap || t->set.modes & M_WRAP);
	for (unsigned i = 0; i < ARRAY_LEN(t->screens); i++) {
		const struct screen *s = &t->screens[i];

		if (s->grid.block)
			check_grid(t, &s->grid);
		check_cursor(t, &s->saved.at);
		assert(s->kitty.top < KITTY_DEPTH);
		assert(!s->saved.pen.link);
	}
	assert(t->scrollback.count <= t->scrollback.limit);
	for (uint32_t i = 0; i < t->scrollback.count; i++) {
		struct row_iter it = term_row_iter_scrollback(&t->scrollback, i);
		struct row_item item;

		while (term_row_next(&it, &item))
			assert(!(style_of(&t->styles, item.style)->attrs & STYLE_FREE));
	}
	assert(t->charsets.gl < 4 && t->charsets.shift != 1 && t->charsets.shift < 4);
	assert(t->titles_count <= TITLE_STACK_DEPTH);
	assert(t->mark <= t->now);
	parser_check(&t->parser);
}
