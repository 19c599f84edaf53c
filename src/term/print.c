/* print.c: characters into cells.
 *
 * A run of ASCII is written a row at a time, two cells a store.  Everything
 * that makes a character special is looked at once a run (charset, insert
 * mode) or once a row (the wide characters at its two edges).
 *
 * Combining marks go to the cell left of the cursor (the one under it while a
 * wrap is pending), so what they join depends on the screen alone and not on
 * how the cursor came there. */
#include <assert.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "term/impl.h"
#include "term/width.h"

#define ZWJ "\xe2\x80\x8d"

/* DEC special graphics, from 0x5f to 0x7e. */
/* clang-format off */
static const uint16_t dec_graphics[] = {
	0x0020, 0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0,
	0x00b1, 0x2424, 0x240b, 0x2518, 0x2510, 0x250c, 0x2514, 0x253c,
	0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534,
	0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
};
/* clang-format on */
_Static_assert(ARRAY_LEN(dec_graphics) == 0x7f - 0x5f, "one for each of _ to ~");

static void
fill_ascii(struct cell *cell, const uint8_t *p, size_t n, uint16_t style)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i zero = _mm_setzero_si128(), look = _mm_set1_epi32(style);

	for (; n - i >= 8; i += 8) {
		__m128i *to = (__m128i *)(void *)(cell + i);
		__m128i b = _mm_loadl_epi64((const __m128i *)(const void *)(p + i));
		__m128i w = _mm_unpacklo_epi8(b, zero);
		__m128i lo = _mm_unpacklo_epi16(w, zero),
			hi = _mm_unpackhi_epi16(w, zero);

		_mm_storeu_si128(to, _mm_unpacklo_epi32(lo, look));
		_mm_storeu_si128(to + 1, _mm_unpackhi_epi32(lo, look));
		_mm_storeu_si128(to + 2, _mm_unpacklo_epi32(hi, look));
		_mm_storeu_si128(to + 3, _mm_unpackhi_epi32(hi, look));
	}
#endif
	for (; i < n; i++)
		cell[i] = (struct cell){ .text = { p[i] }, .style = style };
}

static void
wrap(struct term *t)
{
	t->grid->row[t->cursor.row]->wrapped = true;
	t->cursor.col = 0;
	t->cursor.wrap = false;
	move_index(t);
}

/* After writing up to column `col`. */
static inline void
advance(struct term *t, unsigned col)
{
	if (col < t->cols) {
		t->cursor.col = (uint16_t)col;
		t->cursor.wrap = false;
		return;
	}
	t->cursor.col = (uint16_t)(t->cols - 1);
	t->cursor.wrap = (t->set.modes & M_WRAP) != 0;
}

static void
print_plain(struct term *t, const uint8_t *p, size_t n)
{
	uint16_t style = pen_style(t);

	t->last[0] = p[n - 1];
	t->last[1] = t->last[2] = t->last[3] = 0;
	while (n) {
		struct row *r;
		size_t k;
		unsigned col;

		if (t->cursor.wrap)
			wrap(t);
		col = t->cursor.col;
		r = t->grid->row[t->cursor.row];
		k = t->cols - col;
		if (k > n)
			k = n;
		if (r->used > col)
			row_cut(t->grid, r, col, col + (unsigned)k, pen_fill(t));
		fill_ascii(r->cells + col, p, k, style);
		if (col + k > r->used)
			r->used = (uint16_t)(col + k);
		touch(t, t->cursor.row);
		advance(t, col + (unsigned)k);
		p += k;
		n -= k;
		if (n && !t->cursor.wrap) { /* no autowrap: the last one wins */
			p += n - 1;
			n = 1;
		}
	}
}

static uint32_t
map_char(struct term *t, uint8_t c)
{
	uint8_t set =
	    t->charsets.g[t->charsets.shift ? t->charsets.shift : t->charsets.gl];

	t->charsets.shift = 0;
	if (set == '0' && c >= 0x5f)
		return dec_graphics[c - 0x5f];
	if (set == 'A' && c == '#')
		return 0xa3;
	return c;
}

static unsigned
encode(uint32_t cp, uint8_t out[4])
{
	if (cp < 0x80) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (uint8_t)(0xc0 | cp >> 6);
		out[1] = (uint8_t)(0x80 | (cp & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | cp >> 12);
	out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (cp & 0x3f));
	return 3;
}

/* One character of 1 or 2 columns, in a cell of its own. */
static void
put_char(struct term *t, const uint8_t *utf8, unsigned n, unsigned width)
{
	uint16_t style = pen_style(t), fill;
	struct row *r;
	unsigned col;

	if (t->cursor.wrap)
		wrap(t);
	if (t->cursor.col + width > t->cols) {
		/* The last column is too narrow. */
		if (t->set.modes & M_WRAP)
			wrap(t);
		else
			t->cursor.col = (uint16_t)(t->cols - width);
	}
	col = t->cursor.col;
	r = t->grid->row[t->cursor.row];
	fill = pen_fill(t);
	if (t->set.modes & M_INSERT)
		grid_insert(t->grid, r, col, width, fill);
	else if (r->used > col)
		row_cut(t->grid, r, col, col + width, fill);
	r->cells[col] = (struct cell){ .style = style };
	memcpy(r->cells[col].text, utf8, n);
	if (width == 2) {
		r->cells[col].flags = CELL_WIDE;
		r->cells[col + 1] = (struct cell){ .style = style, .flags = CELL_TAIL };
	}
	if (col + width > r->used)
		r->used = (uint16_t)(col + width);
	touch(t, t->cursor.row);
	advance(t, col + width);
}

static void
print_mapped(struct term *t, uint8_t c)
{
	uint8_t utf8[4] = { 0 };
	unsigned n = encode(map_char(t, c), utf8);

	memset(t->last, 0, sizeof(t->last));
	memcpy(t->last, utf8, n);
	put_char(t, utf8, n, 1);
}

void
print_ascii(struct term *t, const uint8_t *p, size_t n)
{
	t->no_join = false;
	while (n && t->charsets.shift) {
		print_mapped(t, *p++);
		n--;
	}
	if (!n)
		return;
	if (likely(t->charsets.g[t->charsets.gl] == 'B' && !(t->set.modes & M_INSERT))) {
		print_plain(t, p, n);
		return;
	}
	while (n--)
		print_mapped(t, *p++);
}

/* The column of the cell left of the cursor, -1 at the left edge. */
static int
cell_before(const struct term *t)
{
	const struct row *r = t->grid->row[t->cursor.row];
	int col = t->cursor.wrap ? t->cursor.col : t->cursor.col - 1;

	/* Without autowrap the cursor stands on the last character it wrote. */
	if (!(t->set.modes & M_WRAP) && t->cursor.col + 1u == t->cols) {
		const struct cell *last = &r->cells[t->cursor.col];

		if (last->text[0] || last->flags & CELL_TAIL)
			col = t->cursor.col;
	}
	if (col > 0 && r->cells[col].flags & CELL_TAIL)
		col--;
	return col;
}

static struct str
cell_text(const struct term *t, const struct cell *c)
{
	if (c->text[0] == CELL_CLUSTER)
		return cluster_text(&t->clusters, cell_cluster(c));
	if (!c->text[0])
		return STR_NONE;
	return str_make((const char *)c->text, utf8_bytes(c->text[0]));
}

static void
append(struct term *t, int col, const uint8_t *utf8, unsigned n)
{
	struct row *r = t->grid->row[t->cursor.row];
	struct cell *c = &r->cells[col];
	char text[8] = " ";
	size_t len = 1;
	int32_t id;

	touch(t, t->cursor.row);
	if (c->text[0] == CELL_CLUSTER) {
		/* A full cluster drops what comes. */
		(void)cluster_append(
		    &t->clusters, cell_cluster(c), str_make((const char *)utf8, n));
		return;
	}
	if (c->text[0]) {
		len = utf8_bytes(c->text[0]);
		memcpy(text, c->text, len);
	}
	memcpy(text + len, utf8, n);
	id = pen_cluster(t, str_make(text, len + n));
	if (id < 0)
		return;
	c->text[0] = CELL_CLUSTER;
	c->text[1] = (uint8_t)id;
	c->text[2] = (uint8_t)(id >> 8);
	c->text[3] = (uint8_t)(id >> 16);
	if (r->used <= col)
		r->used = (uint16_t)(col + 1);
}

static bool
is_pictograph(uint32_t cp)
{
	return cp >= 0x1f000 || (cp >= 0x2190 && cp < 0x2c00);
}

bool
print_joins(struct str before, unsigned before_width, uint32_t cp)
{
	if (before.len < 2 || !is_pictograph(cp))
		return false;
	if (cp >= 0x1f3fb && cp <= 0x1f3ff) /* a skin colour */
		return before_width == 2;
	return str_ends(before, STR(ZWJ));
}

static bool
joins(const struct term *t, int col, uint32_t cp)
{
	const struct cell *c = &t->grid->row[t->cursor.row]->cells[col];

	if (c->text[0] < 0x80)
		return false;
	return print_joins(cell_text(t, c), c->flags & CELL_WIDE ? 2 : 1, cp);
}

void
print_char(struct term *t, uint32_t cp, const uint8_t *utf8, unsigned n)
{
	unsigned width = width_of(cp);
	int before;

	if (width == 3)
		return;
	t->charsets.shift = 0;
	if (width == 0) {
		before = cell_before(t);
		if (before >= 0)
			append(t, before, utf8, n);
		return;
	}
	if (is_pictograph(cp) && !t->no_join) {
		before = cell_before(t);
		if (before >= 0 && joins(t, before, cp)) {
			append(t, before, utf8, n);
			return;
		}
	}
	t->no_join = false;
	memset(t->last, 0, sizeof(t->last));
	memcpy(t->last, utf8, n);
	put_char(t, utf8, n, width);
}

/* The same narrow character n times, a row at a time as print_plain(): a REP
 * is five bytes and may ask for a whole screen. */
static void
fill_char(struct term *t, const uint8_t *utf8, unsigned len, unsigned n)
{
	struct cell cell = { .style = pen_style(t) };

	memcpy(cell.text, utf8, len);
	while (n) {
		struct row *r;
		unsigned col, k;

		if (t->cursor.wrap)
			wrap(t);
		col = t->cursor.col;
		r = t->grid->row[t->cursor.row];
		k = t->cols - col < n ? t->cols - col : n;
		if (r->used > col)
			row_cut(t->grid, r, col, col + k, pen_fill(t));
		for (unsigned i = col; i < col + k; i++)
			r->cells[i] = cell;
		if (col + k > r->used)
			r->used = (uint16_t)(col + k);
		touch(t, t->cursor.row);
		advance(t, col + k);
		if (!t->cursor.wrap) /* all is written, or stays in the last column */
			break;
		n -= k;
	}
}

void
print_repeat(struct term *t, unsigned n)
{
	unsigned most = (unsigned)t->cols * t->rows, width;
	unsigned len;

	if (!t->last[0])
		return;
	len = utf8_bytes(t->last[0]);
	width = width_of(width_decode(t->last, len));
	/* More than a screenful changes nothing but the scrollback. */
	if (n > most)
		n = most;
	if (width == 1 && !(t->set.modes & M_INSERT)) {
		fill_char(t, t->last, len, n);
		return;
	}
	while (n--)
		put_char(t, t->last, len, width);
}
