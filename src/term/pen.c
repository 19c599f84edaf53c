/* pen.c: the look of what is written next: SGR, links, and their numbers.
 *
 * The number of the pen's look is made when something is first written with
 * it, so a program may change colours as often as it likes between.  When a
 * table is full, everything in use is marked and the rest freed; when even
 * that gives nothing (65,000 looks at once), text is written in the default
 * look, and the next sweep waits for a while so that it can not be provoked
 * for each character. */
#include <assert.h>

#include "term/impl.h"

#define DEBT 65536u

static void
mark_grid(struct term *t, const struct grid *g)
{
	for (unsigned row = 0; g->block && row < g->rows; row++)
		for (unsigned i = 0; i < g->row[row]->used; i++)
			style_mark(&t->styles, g->row[row]->cells[i].style);
}

static void
sweep_styles(struct term *t)
{
	style_sweep_begin(&t->styles);
	for (unsigned i = 0; i < ARRAY_LEN(t->screens); i++)
		mark_grid(t, &t->screens[i].grid);
	scrollback_mark_styles(&t->scrollback, &t->styles);
	/* These two may be in somebody's hands right now. */
	style_mark(&t->styles, t->pen_id);
	style_mark(&t->styles, t->fill_id);
	style_link_mark(&t->styles, t->pen.link);
	style_sweep_end(&t->styles);
}

static uint16_t
intern(struct term *t, const struct style *v)
{
	int id = style_intern(&t->styles, v);

	if (id >= 0)
		return (uint16_t)id;
	if (t->style_debt) {
		t->style_debt--;
		return 0;
	}
	sweep_styles(t);
	id = style_intern(&t->styles, v);
	if (t->styles.live > STYLE_MAX - STYLE_MAX / 4)
		t->style_debt = DEBT;
	return id < 0 ? 0 : (uint16_t)id;
}

uint16_t
pen_style(struct term *t)
{
	if (t->pen_stale) {
		t->pen_id = intern(t, &t->pen);
		t->pen_stale = false;
	}
	return t->pen_id;
}

uint16_t
pen_fill(struct term *t)
{
	if (!t->pen.bg)
		return 0;
	if (t->fill_stale) {
		t->fill_id = intern(t, &(struct style){ .bg = t->pen.bg });
		t->fill_stale = false;
	}
	return t->fill_id;
}

void
pen_changed(struct term *t)
{
	t->pen_stale = t->fill_stale = true;
}

void
pen_link(struct term *t, struct str id, struct str uri)
{
	t->pen.link = 0;
	if (uri.len) {
		if (style_link_is_full(&t->styles, id.len + uri.len)) {
			if (t->link_debt) {
				t->link_debt--;
			} else {
				sweep_styles(t);
				t->link_debt = 1024;
			}
		}
		t->pen.link = style_link_intern(&t->styles, id, uri);
	}
	t->pen_stale = true;
}

static void
sweep_clusters(struct term *t)
{
	cluster_sweep_begin(&t->clusters);
	for (unsigned s = 0; s < ARRAY_LEN(t->screens); s++) {
		const struct grid *g = &t->screens[s].grid;

		for (unsigned row = 0; g->block && row < g->rows; row++)
			for (unsigned i = 0; i < g->row[row]->used; i++)
				if (g->row[row]->cells[i].text[0] == CELL_CLUSTER)
					cluster_mark(&t->clusters,
					    cell_cluster(&g->row[row]->cells[i]));
	}
	cluster_sweep_end(&t->clusters);
}

int32_t
pen_cluster(struct term *t, struct str text)
{
	int32_t id = cluster_new(&t->clusters, text);

	if (id < 0) {
		sweep_clusters(t);
		id = cluster_new(&t->clusters, text);
	}
	return id;
}

/* --- SGR ----------------------------------------------------------------- */

/* 38, 48, 58: returns how many parameters belong to it, from i on. */
static unsigned
sgr_colour(const struct parser *p, unsigned i, uint32_t *colour)
{
	const uint16_t *v = p->param + i;
	unsigned n = 1, colons = 0;

	while (i + n < p->params && p->colon & 1u << (i + n))
		n++;
	colons = n - 1;
	if (colons) { /* all in one parameter; RGB may have a colour space first */
		if (v[1] == 5 && colons >= 2 && v[2] < 256)
			*colour = COLOUR_INDEX(v[2]);
		else if (v[1] == 2 && colons >= 4) {
			const uint16_t *c = v + (colons >= 5 ? 3 : 2);

			if (c[0] < 256 && c[1] < 256 && c[2] < 256)
				*colour = COLOUR_RGB(c[0], c[1], c[2]);
		}
		return n;
	}
	if (i + 1 >= p->params)
		return 1;
	if (v[1] == 5) {
		if (i + 2 < p->params && v[2] < 256)
			*colour = COLOUR_INDEX(v[2]);
		return 3;
	}
	if (v[1] == 2) {
		if (i + 4 < p->params && v[2] < 256 && v[3] < 256 && v[4] < 256)
			*colour = COLOUR_RGB(v[2], v[3], v[4]);
		return 5;
	}
	return 2;
}

/* clang-format off */
/* The parameters that only set and clear bits. */
static const struct { uint16_t clear, set; bool ours; } sgr_bits[] = {
	[1]  = { 0, TERM_BOLD, true },
	[2]  = { 0, TERM_FAINT, true },
	[3]  = { 0, TERM_ITALIC, true },
	[5]  = { 0, TERM_BLINK, true },
	[6]  = { 0, TERM_BLINK, true },
	[7]  = { 0, TERM_REVERSE, true },
	[8]  = { 0, TERM_CONCEAL, true },
	[9]  = { 0, TERM_STRIKE, true },
	[21] = { STYLE_UNDERLINE_MASK, STYLE_UNDERLINE(2), true },
	[22] = { TERM_BOLD | TERM_FAINT, 0, true },
	[23] = { TERM_ITALIC, 0, true },
	[24] = { STYLE_UNDERLINE_MASK, 0, true },
	[25] = { TERM_BLINK, 0, true },
	[27] = { TERM_REVERSE, 0, true },
	[28] = { TERM_CONCEAL, 0, true },
	[29] = { TERM_STRIKE, 0, true },
	[53] = { 0, TERM_OVERLINE, true },
	[55] = { TERM_OVERLINE, 0, true },
};

/* clang-format on */

static void
sgr_reset(struct style *pen)
{
	/* DECSCA and the link are not SGR's. */
	*pen = (struct style){ .attrs = pen->attrs & TERM_PROTECTED, .link = pen->link };
}

static void
sgr_one(struct style *pen, unsigned v)
{
	if (v < ARRAY_LEN(sgr_bits) && sgr_bits[v].ours)
		pen->attrs =
		    (uint16_t)((pen->attrs & ~sgr_bits[v].clear) | sgr_bits[v].set);
	else if (v >= 30 && v <= 37)
		pen->fg = COLOUR_INDEX(v - 30);
	else if (v >= 40 && v <= 47)
		pen->bg = COLOUR_INDEX(v - 40);
	else if (v >= 90 && v <= 97)
		pen->fg = COLOUR_INDEX(v - 90 + 8);
	else if (v >= 100 && v <= 107)
		pen->bg = COLOUR_INDEX(v - 100 + 8);
	else if (v == 39)
		pen->fg = 0;
	else if (v == 49)
		pen->bg = 0;
	else if (v == 59)
		pen->ul = 0;
	else if (v == 0)
		sgr_reset(pen);
}

void
pen_sgr(struct term *t)
{
	const struct parser *p = &t->parser;
	struct style *pen = &t->pen;
	unsigned i = 0, n;

	pen_changed(t);
	if (!p->params)
		sgr_reset(pen);
	while (i < p->params) {
		unsigned v = p->param[i];

		if (v == 38 || v == 48 || v == 58) {
			n = sgr_colour(p, i,
			    v == 38   ? &pen->fg
			    : v == 48 ? &pen->bg
				      : &pen->ul);
		} else {
			n = 1;
			while (i + n < p->params && p->colon & 1u << (i + n))
				n++;
			if (v == 4) {
				unsigned kind = n > 1 ? p->param[i + 1] : 1;

				if (kind <= 5)
					pen->attrs =
					    (uint16_t)((pen->attrs &
							   ~STYLE_UNDERLINE_MASK) |
						       STYLE_UNDERLINE(kind));
			} else if (n == 1) {
				sgr_one(pen, v);
			}
		}
		i += n;
	}
}

static void
put_colour(struct buf *out, uint32_t colour, unsigned base)
{
	unsigned v = colour & 0xffffffu;

	if (!colour)
		return;
	if (colour >> 24 == 2)
		buf_printf(out,
		    base == 50   ? ";58:2::%u:%u:%u"
		    : base == 30 ? ";38;2;%u;%u;%u"
				 : ";48;2;%u;%u;%u",
		    v >> 16, v >> 8 & 0xff, v & 0xff);
	else if (base == 50)
		buf_printf(out, ";58:5:%u", v);
	else if (v < 8)
		buf_printf(out, ";%u", base + v);
	else if (v < 16)
		buf_printf(out, ";%u", base + 60 + v - 8);
	else
		buf_printf(out, ";%u;5;%u", base + 8, v);
}

void
pen_put_sgr(const struct style *v, struct buf *out)
{
	static const struct {
		uint16_t attr;
		const char *text;
	} names[] = {
		{ TERM_BOLD, ";1" },
		{ TERM_FAINT, ";2" },
		{ TERM_ITALIC, ";3" },
		{ TERM_BLINK, ";5" },
		{ TERM_REVERSE, ";7" },
		{ TERM_CONCEAL, ";8" },
		{ TERM_STRIKE, ";9" },
		{ TERM_OVERLINE, ";53" },
	};

	unsigned kind = STYLE_UNDERLINE_OF(v->attrs);

	buf_putc(out, '0');
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (v->attrs & names[i].attr)
			buf_puts(out, names[i].text);
	if (kind == 1)
		buf_puts(out, ";4");
	else if (kind)
		buf_printf(out, ";4:%u", kind);
	put_colour(out, v->fg, 30);
	put_colour(out, v->bg, 40);
	put_colour(out, v->ul, 50);
}
