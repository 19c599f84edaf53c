/* paint.c: every cell is drawn at its own place, whatever the width of the glyph
 * a fallback font has for it.  The runs of term_json() do not say where cells
 * begin, so each line is fed to a terminal of one row, which cuts it into cells
 * by the rules that made the screen. */
#include "draw/paint.h"

#include <pango/pangocairo.h>
#include <string.h>

/* Not forced into this program: a header of glib itself says alloca. */
#include "base/banned.h"
#include "base/limits.h"
#include "term/palette.h"
#include "term/term.h"

#define FONT "DejaVu Sans Mono, Noto Sans Mono, monospace 11"
#define PAD  8.0

struct look {
	uint32_t fg, bg, line;
	bool filled, bold, italic, strike, overline, conceal;
	const char *underline; /* NULL: none */
};

struct painter {
	cairo_t *cr;
	PangoLayout *layout;
	PangoFontDescription *font;
	struct term *line; /* cuts runs into cells */
	double cell_w, cell_h, base;
	bool reverse_screen;
	int64_t cursor_row, cursor_col, cursor_shape; /* row -1: none */
};

/* A number is one of the 256 colours, "#rrggbb" a colour of its own. */
static uint32_t
colour_of(const struct json *j, uint32_t otherwise)
{
	const char *hex = json_text(j);

	if (json_kind(j) == JSON_INT)
		return palette_index((uint8_t)json_as_int(j, 0));
	if (hex && hex[0] == '#' && strlen(hex) == 7)
		return (uint32_t)strtoul(hex + 1, NULL, 16);
	return otherwise;
}

static uint32_t
colour_mix(uint32_t a, uint32_t b)
{
	return ((a & 0xfefefeu) >> 1) + ((b & 0xfefefeu) >> 1);
}

static struct look
look_of(const struct painter *p, const struct json *run)
{
	uint32_t fg0 = p->reverse_screen ? PALETTE_BG : PALETTE_FG;
	uint32_t bg0 = p->reverse_screen ? PALETTE_FG : PALETTE_BG;
	struct look l = {
		.fg = colour_of(json_get(run, "fg"), fg0),
		.bg = colour_of(json_get(run, "bg"), bg0),
		.bold = json_get_bool(run, "bold", false),
		.italic = json_get_bool(run, "italic", false),
		.strike = json_get_bool(run, "strike", false),
		.overline = json_get_bool(run, "overline", false),
		.conceal = json_get_bool(run, "conceal", false),
		.underline = json_get_text(run, "underline"),
	};

	if (json_get_bool(run, "reverse", false)) {
		uint32_t swap = l.fg;

		l.fg = l.bg;
		l.bg = swap;
	}
	if (json_get_bool(run, "faint", false))
		l.fg = colour_mix(l.fg, l.bg);
	l.line = colour_of(json_get(run, "underline_colour"), l.fg);
	l.filled = l.bg != bg0;
	return l;
}

static void
set_colour(const struct painter *p, uint32_t rgb)
{
	cairo_set_source_rgb(p->cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
	    (rgb & 255) / 255.0);
}

static void
fill(const struct painter *p, double x, double y, double w, double h, uint32_t rgb)
{
	set_colour(p, rgb);
	cairo_rectangle(p->cr, x, y, w, h);
	cairo_fill(p->cr);
}

static void
stroke(
    const struct painter *p, double x, double y, double w, const double *dash, int dashes)
{
	cairo_set_dash(p->cr, dash, dashes, x);
	cairo_move_to(p->cr, x, y);
	cairo_line_to(p->cr, x + w, y);
	cairo_stroke(p->cr);
	cairo_set_dash(p->cr, NULL, 0, 0);
}

static void
draw_underline(
    const struct painter *p, const struct look *l, double x, double y, double w)
{
	static const double dots[] = { 1, 2 }, dashes[] = { 4, 2 };
	double at = y + p->base + 2.5;

	set_colour(p, l->line);
	if (!strcmp(l->underline, "double")) {
		stroke(p, x, at - 1, w, NULL, 0);
		stroke(p, x, at + 1, w, NULL, 0);
	} else if (!strcmp(l->underline, "curly")) {
		double q = p->cell_w / 2;

		cairo_move_to(p->cr, x, at);
		for (double from = x; from + 0.5 < x + w; from += p->cell_w) {
			cairo_curve_to(p->cr, from + q / 2, at - 2, from + q / 2, at - 2,
			    from + q, at);
			cairo_curve_to(p->cr, from + 1.5 * q, at + 2, from + 1.5 * q,
			    at + 2, from + 2 * q, at);
		}
		cairo_stroke(p->cr);
	} else if (!strcmp(l->underline, "dotted"))
		stroke(p, x, at, w, dots, 2);
	else if (!strcmp(l->underline, "dashed"))
		stroke(p, x, at, w, dashes, 2);
	else
		stroke(p, x, at, w, NULL, 0);
}

/* The glyphs are pressed together when they are wider than their cells. */
static void
draw_text(const struct painter *p, const struct look *l, double x, double y, double w,
    struct str text)
{
	int got;

	pango_font_description_set_weight(
	    p->font, l->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_style(
	    p->font, l->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
	pango_layout_set_font_description(p->layout, p->font);
	pango_layout_set_text(p->layout, text.p, (int)text.len);
	pango_layout_get_size(p->layout, &got, NULL);
	set_colour(p, l->fg);
	cairo_save(p->cr);
	cairo_translate(p->cr, x,
	    y + p->base - pango_layout_get_baseline(p->layout) / (double)PANGO_SCALE);
	if (got > (w + 1) * PANGO_SCALE)
		cairo_scale(p->cr, w * PANGO_SCALE / got, 1);
	pango_cairo_show_layout(p->cr, p->layout);
	cairo_restore(p->cr);
}

static void
draw_cell(const struct painter *p, const struct look *run, int64_t row, int64_t col,
    const struct term_cell *cell)
{
	struct look l = *run;
	double x = PAD + (double)col * p->cell_w, y = PAD + (double)row * p->cell_h;
	double w = cell->width * p->cell_w;

	if (p->cursor_shape <= 2 && row == p->cursor_row &&
	    (col == p->cursor_col || (cell->width == 2 && col + 1 == p->cursor_col))) {
		l.fg = l.line = l.bg;
		l.bg = PALETTE_CURSOR;
		l.filled = true;
	}
	if (l.filled)
		fill(p, x, y, w, p->cell_h, l.bg);
	if (cell->text.len && !str_eqz(cell->text, " ") && !l.conceal)
		draw_text(p, &l, x, y, w, cell->text);
	if (l.underline)
		draw_underline(p, &l, x, y, w);
	set_colour(p, l.fg);
	if (l.strike)
		stroke(p, x, y + p->base - 4, w, NULL, 0);
	if (l.overline)
		stroke(p, x, y + 0.5, w, NULL, 0);
}

/* Nothing in a cell is a control; what says otherwise did not come from us. */
static void
feed_text(struct term *t, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		term_feed(
		    t, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? " " : s.p + i, 1);
}

static int64_t
columns_used(const struct term *t)
{
	struct term_cursor c = term_cursor(t);

	return c.pending_wrap ? c.col + 1 : c.col;
}

static void
draw_line(const struct painter *p, const struct json *line, int64_t row)
{
	bool cursor_done = false;
	struct term_cell cell;

	term_feed(p->line, "\033c", 2);
	for (size_t i = 0; i < json_count(line); i++) {
		const struct json *run = json_at(line, i);
		struct look look = look_of(p, run);
		int64_t from = columns_used(p->line), to;

		feed_text(p->line, json_str(json_get(run, "text")));
		to = columns_used(p->line);
		for (int64_t col = from; col < to; col++) {
			term_cell(p->line, 0, (uint16_t)col, &cell);
			if (!cell.width)
				continue;
			draw_cell(p, &look, row, col, &cell);
			cursor_done |= row == p->cursor_row && col <= p->cursor_col &&
				       p->cursor_col < col + cell.width;
		}
	}
	if (row == p->cursor_row && !cursor_done && p->cursor_shape <= 2)
		fill(p, PAD + (double)p->cursor_col * p->cell_w,
		    PAD + (double)row * p->cell_h, p->cell_w, p->cell_h, PALETTE_CURSOR);
}

static void
draw_thin_cursor(const struct painter *p)
{
	double x = PAD + (double)p->cursor_col * p->cell_w,
	       y = PAD + (double)p->cursor_row * p->cell_h;

	if (p->cursor_row < 0 || p->cursor_shape <= 2)
		return;
	if (p->cursor_shape <= 4)
		fill(p, x, y + p->cell_h - 2, p->cell_w, 2, PALETTE_CURSOR);
	else
		fill(p, x, y, 2, p->cell_h, PALETTE_CURSOR);
}

static void
measure(struct painter *p)
{
	PangoContext *context = pango_layout_get_context(p->layout);
	PangoFontMetrics *m = pango_context_get_metrics(context, p->font, NULL);
	int ascent = PANGO_PIXELS_CEIL(pango_font_metrics_get_ascent(m));

	p->cell_w = PANGO_PIXELS_CEIL(pango_font_metrics_get_approximate_digit_width(m));
	p->cell_h = ascent + PANGO_PIXELS_CEIL(pango_font_metrics_get_descent(m));
	p->base = ascent;
	pango_font_metrics_unref(m);
}

static void
painter_open(struct painter *p, cairo_surface_t *surface)
{
	p->cr = cairo_create(surface);
	p->layout = pango_cairo_create_layout(p->cr);
	p->font = pango_font_description_from_string(FONT);
	cairo_set_line_width(p->cr, 1);
	measure(p);
}

static void
painter_close(struct painter *p)
{
	pango_font_description_free(p->font);
	g_object_unref(p->layout);
	cairo_destroy(p->cr);
}

static void
paint_all(struct painter *p, const struct json *screen, double w, double h)
{
	const struct json *lines = json_get(screen, "lines"),
			  *cursor = json_get(screen, "cursor");

	p->reverse_screen =
	    json_get_bool(json_get(screen, "modes"), "reverse_screen", false);
	p->cursor_row = json_get_bool(cursor, "visible", false)
			    ? json_get_int(cursor, "row", -1)
			    : -1;
	p->cursor_col = json_get_int(cursor, "col", 0);
	p->cursor_shape = json_get_int(cursor, "shape", 0);
	fill(p, 0, 0, w, h, p->reverse_screen ? PALETTE_FG : PALETTE_BG);
	/* Lines at the end may be missing; the cursor may stand there all the same. */
	for (size_t row = 0; row < (size_t)json_get_int(screen, "rows", 0); row++)
		draw_line(p, row < json_count(lines) ? json_at(lines, row) : NULL,
		    (int64_t)row);
	draw_thin_cursor(p);
}

int
paint_screen(const struct json *screen, cairo_surface_t **ret)
{
	struct term_config config = { .rows = 1, .version = "" };
	struct painter p = { 0 };
	cairo_surface_t *surface = NULL;
	int64_t cols =
	    json_kind(screen) == JSON_OBJECT ? json_get_int(screen, "cols", 0) : 0;
	int64_t rows = cols ? json_get_int(screen, "rows", 0) : 0;
	double w, h;

	if (cols < LIMIT_COLS_MIN || cols > LIMIT_COLS_MAX || rows < LIMIT_ROWS_MIN ||
	    rows > LIMIT_ROWS_MAX || json_kind(json_get(screen, "lines")) != JSON_ARRAY ||
	    json_count(json_get(screen, "lines")) > (size_t)rows)
		return PAINT_E_SHAPE;
	/* A surface of one pixel tells how large a cell is. */
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
	painter_open(&p, surface);
	w = 2 * PAD + (double)cols * p.cell_w;
	h = 2 * PAD + (double)rows * p.cell_h;
	painter_close(&p);
	cairo_surface_destroy(surface);

	config.cols = (uint16_t)cols;
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h);
	p.line = term_new(&config);
	painter_open(&p, surface);
	paint_all(&p, screen, w, h);
	painter_close(&p);
	p.line = term_free(p.line);
	*ret = surface;
	return 0;
}
