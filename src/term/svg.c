/* svg.c: the screen as a picture in text form.
 *
 * A grid of cells of CELL_W x CELL_H.  Per row: rectangles for backgrounds,
 * then the text in runs of one style, each run fitted to its cells by
 * textLength, so that the columns stand whatever font the viewer has; then the
 * lines (underline, strike, overline).  A character that may be wider or
 * narrower than its cells (anything but ASCII) is a run of its own.
 *
 * Nothing in the picture comes from the program but text and colours: links
 * are not drawn as links, a picture is not a place to click. */
#include <string.h>

#include "term/palette.h"
#include "term/term.h"

/* Tenths of a pixel: 8.4 x 17 is a 14 px monospace font. */
#define CELL_W 84u
#define CELL_H 170u
#define BASE   132u /* base line, from the top of the cell */
#define PAD    80u  /* around the grid */

/* What a cell looks like, with all modes applied. */
struct look {
	uint32_t fg, bg, line; /* line: of the underline */
	uint16_t attrs;
	uint8_t underline;
	bool filled; /* bg is not the picture's own */
};

static uint32_t
colour_rgb(struct term_colour c, uint32_t otherwise)
{
	switch ((enum term_colour_kind)c.kind) {
	case TERM_COLOUR_DEFAULT:
		break;
	case TERM_COLOUR_INDEXED:
		return palette_index(c.r);
	case TERM_COLOUR_RGB:
		return (uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b;
	}
	return otherwise;
}

/* Half way from a to b. */
static uint32_t
colour_mix(uint32_t a, uint32_t b)
{
	return ((a & 0xfefefeu) >> 1) + ((b & 0xfefefeu) >> 1);
}

static struct look
look_of(const struct term_style *s, bool reverse_screen)
{
	uint32_t fg0 = reverse_screen ? PALETTE_BG : PALETTE_FG;
	uint32_t bg0 = reverse_screen ? PALETTE_FG : PALETTE_BG;
	struct look l = { .attrs = s->attrs, .underline = s->underline };

	l.fg = colour_rgb(s->fg, fg0);
	l.bg = colour_rgb(s->bg, bg0);
	if (s->attrs & TERM_REVERSE) {
		uint32_t swap = l.fg;

		l.fg = l.bg;
		l.bg = swap;
	}
	if (s->attrs & TERM_FAINT)
		l.fg = colour_mix(l.fg, l.bg);
	l.line = colour_rgb(s->underline_colour, l.fg);
	l.filled = l.bg != bg0;
	return l;
}

static bool
look_same(const struct look *a, const struct look *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->line == b->line &&
	       a->attrs == b->attrs && a->underline == b->underline;
}

/* n tenths as a decimal number. */
static void
put_tenths(struct buf *out, const char *name, unsigned n)
{
	buf_printf(out, " %s=\"%u.%u\"", name, n / 10, n % 10);
}

static void
put_rect(struct buf *out, unsigned x, unsigned y, unsigned w, unsigned h, uint32_t rgb)
{
	buf_puts(out, "<rect");
	put_tenths(out, "x", x);
	put_tenths(out, "y", y);
	put_tenths(out, "width", w);
	put_tenths(out, "height", h);
	buf_printf(out, " fill=\"#%06x\"/>\n", rgb);
}

static void
put_xml(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		switch (s.p[i]) {
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '&':
			buf_puts(out, "&amp;");
			break;
		default:
			buf_putc(out, s.p[i]);
		}
}

static void
put_line(
    struct buf *out, unsigned x, unsigned y, unsigned w, uint32_t rgb, const char *dash)
{
	buf_printf(out, "<path d=\"M%u.%u %u.%uh%u.%u\" stroke=\"#%06x\"", x / 10, x % 10,
	    y / 10, y % 10, w / 10, w % 10, rgb);
	if (dash)
		buf_printf(out, " stroke-dasharray=\"%s\"", dash);
	buf_puts(out, "/>\n");
}

static void
put_wave(struct buf *out, unsigned x, unsigned y, unsigned cells, uint32_t rgb)
{
	buf_printf(out, "<path d=\"M%u.%u %u.%u", x / 10, x % 10, y / 10, y % 10);
	for (unsigned i = 0; i < cells; i++)
		buf_puts(out, "q2.1 -3 4.2 0t4.2 0");
	buf_printf(out, "\" fill=\"none\" stroke=\"#%06x\"/>\n", rgb);
}

static void
put_lines(struct buf *out, const struct look *l, unsigned x, unsigned y, unsigned cells)
{
	unsigned w = cells * CELL_W;

	switch (l->underline) {
	case 1:
		put_line(out, x, y + BASE + 20, w, l->line, NULL);
		break;
	case 2:
		put_line(out, x, y + BASE + 15, w, l->line, NULL);
		put_line(out, x, y + BASE + 32, w, l->line, NULL);
		break;
	case 3:
		put_wave(out, x, y + BASE + 25, cells, l->line);
		break;
	case 4:
		put_line(out, x, y + BASE + 20, w, l->line, "1 2");
		break;
	case 5:
		put_line(out, x, y + BASE + 20, w, l->line, "4 2");
		break;
	default:
		break;
	}
	if (l->attrs & TERM_STRIKE)
		put_line(out, x, y + BASE - 42, w, l->fg, NULL);
	if (l->attrs & TERM_OVERLINE)
		put_line(out, x, y + 5, w, l->fg, NULL);
}

static void
put_text(struct buf *out, const struct look *l, unsigned x, unsigned y, unsigned cells,
    struct str text)
{
	if (l->attrs & TERM_CONCEAL || !str_trim(text).len)
		return;
	buf_puts(out, "<text");
	put_tenths(out, "x", x);
	put_tenths(out, "y", y + BASE);
	put_tenths(out, "textLength", cells * CELL_W);
	buf_printf(out, " lengthAdjust=\"spacingAndGlyphs\" fill=\"#%06x\"", l->fg);
	if (l->attrs & TERM_BOLD)
		buf_puts(out, " font-weight=\"bold\"");
	if (l->attrs & TERM_ITALIC)
		buf_puts(out, " font-style=\"italic\"");
	buf_putc(out, '>');
	put_xml(out, text);
	buf_puts(out, "</text>\n");
}

struct run {
	struct look look;
	unsigned col, cells;
	bool single; /* takes no more cells */
	struct buf text;
};

static void
run_end(struct run *r, unsigned y, struct buf *out)
{
	unsigned x = PAD + r->col * CELL_W;

	if (r->cells) {
		if (r->look.filled)
			put_rect(out, x, y, r->cells * CELL_W, CELL_H, r->look.bg);
		put_text(out, &r->look, x, y, r->cells, buf_str(&r->text));
		put_lines(out, &r->look, x, y, r->cells);
	}
	buf_clear(&r->text);
	r->cells = 0;
}

/* A filled cursor turns the colours of its cell round. */
static bool
cursor_fills(const struct term *t, unsigned row, unsigned col)
{
	struct term_cursor c = term_cursor(t);

	return c.visible && c.shape <= 2 && c.row == row && c.col == col;
}

static void
put_row(const struct term *t, uint16_t row, bool reverse_screen, struct buf *out)
{
	struct run run = { .text = BUF_UNLIMITED };
	unsigned y = PAD + row * CELL_H;

	for (uint16_t col = 0; col < term_cols(t); col++) {
		struct term_cell cell;
		struct look look;
		bool plain;

		term_cell(t, row, col, &cell);
		if (!cell.width)
			continue;
		look = look_of(&cell.style, reverse_screen);
		if (cursor_fills(t, row, col)) {
			look.fg = look.bg;
			look.bg = look.line = PALETTE_CURSOR;
			look.filled = true;
		}
		plain = cell.width == 1 && cell.text.len <= 1;
		if (!plain || run.single || !look_same(&look, &run.look))
			run_end(&run, y, out);
		if (!run.cells) {
			run.look = look;
			run.col = col;
			run.single = !plain;
		}
		run.cells += cell.width;
		if (cell.text.len)
			buf_put(&run.text, cell.text.p, cell.text.len);
		else
			buf_putc(&run.text, ' ');
	}
	run_end(&run, y, out);
	buf_deinit(&run.text);
}

/* The cursors that stand beside or below the text: shapes 3 to 6. */
static void
put_thin_cursor(const struct term *t, struct buf *out)
{
	struct term_cursor c = term_cursor(t);
	unsigned x = PAD + c.col * CELL_W, y = PAD + c.row * CELL_H;

	if (!c.visible || c.shape <= 2)
		return;
	if (c.shape <= 4)
		put_rect(out, x, y + CELL_H - 20, CELL_W, 20, PALETTE_CURSOR);
	else
		put_rect(out, x, y, 15, CELL_H, PALETTE_CURSOR);
}

void
term_put_svg(const struct term *t, struct buf *out)
{
	unsigned w = 2 * PAD + term_cols(t) * CELL_W, h = 2 * PAD + term_rows(t) * CELL_H;
	bool reverse = term_modes(t).reverse_screen;

	buf_puts(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	put_tenths(out, "width", w);
	put_tenths(out, "height", h);
	buf_printf(out,
	    " viewBox=\"0 0 %u.%u %u.%u\" font-size=\"14\" xml:space=\"preserve\"",
	    w / 10, w % 10, h / 10, h % 10);
	buf_puts(out, " font-family=\"'DejaVu Sans Mono','Noto Sans Mono',Menlo,Consolas,"
		      "'Liberation Mono',monospace\">\n");
	put_rect(out, 0, 0, w, h, reverse ? PALETTE_FG : PALETTE_BG);
	for (uint16_t row = 0; row < term_rows(t); row++)
		put_row(t, row, reverse, out);
	put_thin_cursor(t, out);
	buf_puts(out, "</svg>\n");
}
