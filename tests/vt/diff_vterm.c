/* Our engine and libvterm on the same generated streams: cells, styles, cursor.
 *
 *   diff-vterm FIRST COUNT     seeds; each is a stream; TAP, a line per hundred
 *
 * A difference is made small and printed.  What is known to differ, and why, is
 * in doc/terminal.md; here it is normalised or left out of the streams, with the
 * number of its row in that table.  The stream goes to libvterm in one write
 * (V1: it breaks characters that two writes cut). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vterm.h>

#include "base/cleanup.h"
#include "base/compiler.h"
#include "gen.h"
#include "term/term.h"

/* What may meet in one stream; what is never there or not together is in the
 * table. */
#define COMMON                                                                           \
	(GEN_TEXT | GEN_GOTO | GEN_ERASE | GEN_SCROLL | GEN_SGR | GEN_TABS |             \
	    GEN_STRINGS | GEN_CAREFUL | GEN_SAVED)

static const unsigned features[] = {
	COMMON | GEN_MOVE | GEN_EDIT | GEN_LINES | GEN_NARROW | GEN_WRAP | GEN_INSERT |
	    GEN_SAVE,
	COMMON | GEN_LINES | GEN_REGION | GEN_NARROW | GEN_ALT,
	COMMON | GEN_LINES | GEN_NARROW | GEN_WIDE | GEN_MARKS,
	COMMON | GEN_MOVE | GEN_EDIT | GEN_LINES | GEN_CHARSET | GEN_WRAP,
};

struct pair {
	uint16_t cols, rows;
	struct buf why; /* the first difference */
};

static void
put_colour(struct buf *b, char name, const VTermColor *c, bool is_default)
{
	if (is_default)
		return;
	if (VTERM_COLOR_IS_INDEXED(c))
		buf_printf(b, " %c%u", name, c->indexed.idx);
	else
		buf_printf(
		    b, " %c#%02x%02x%02x", name, c->rgb.red, c->rgb.green, c->rgb.blue);
}

/* V9: the slanted forms of two characters of DEC graphics. */
static uint32_t
graphics(uint32_t cp)
{
	return cp == 0x2a7d ? 0x2264 : cp == 0x2a7e ? 0x2265 : cp;
}

static bool
is_wide(const VTermScreenCell *c)
{
	return c->chars[0] && c->chars[0] != (uint32_t)-1 && term_width(c->chars[0]) == 2;
}

/* V7: half of a wide character whose other half was overwritten stays. */
static bool
is_torn(VTermScreen *screen, int row, int col)
{
	VTermPos before = { .row = row, .col = col - 1 };
	VTermScreenCell c, other;

	(void)vterm_screen_get_cell(screen, (VTermPos){ .row = row, .col = col }, &c);
	if (c.chars[0] != (uint32_t)-1)
		return is_wide(&c) && c.width != 2;
	return !col || !vterm_screen_get_cell(screen, before, &other) || !is_wide(&other);
}

static void
put_theirs(VTermScreen *screen, int row, int col, bool written, struct buf *b)
{
	VTermScreenCell c;
	bool blank;

	(void)vterm_screen_get_cell(screen, (VTermPos){ .row = row, .col = col }, &c);
	if (c.chars[0] == (uint32_t)-1) { /* right half */
		buf_puts(b, "half");
		return;
	}
	blank = !c.chars[0] || (c.chars[0] == ' ' && !c.chars[1]);
	if (!blank)
		for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && c.chars[i]; i++)
			buf_put_utf8(b, graphics(c.chars[i]));
	/* V4: what is erased keeps the attributes of the pen. */
	if (!blank || (written && c.attrs.reverse)) {
		if (c.attrs.bold)
			buf_puts(b, " b");
		if (c.attrs.italic)
			buf_puts(b, " i");
		if (c.attrs.blink)
			buf_puts(b, " k");
		if (c.attrs.strike)
			buf_puts(b, " s");
		if (c.attrs.reverse)
			buf_puts(b, " r");
		if (c.attrs.underline)
			buf_printf(b, " u%d", (int)c.attrs.underline);
		put_colour(b, 'f', &c.fg, VTERM_COLOR_IS_DEFAULT_FG(&c.fg));
	}
	put_colour(b, 'g', &c.bg, VTERM_COLOR_IS_DEFAULT_BG(&c.bg));
}

static void
put_our_colour(struct buf *b, char name, struct term_colour c)
{
	if (c.kind == TERM_COLOUR_INDEXED)
		buf_printf(b, " %c%u", name, c.r);
	else if (c.kind == TERM_COLOUR_RGB)
		buf_printf(b, " %c#%02x%02x%02x", name, c.r, c.g, c.b);
}

static void
put_ours(const struct term *t, int row, int col, bool *written, struct buf *b)
{
	struct term_cell c;
	bool blank;

	term_cell(t, row, (uint16_t)col, &c);
	if (!c.width) {
		buf_puts(b, "half");
		return;
	}
	*written = c.text.len;
	blank = !c.text.len || str_eqz(c.text, " ");
	if (!blank)
		buf_put(b, c.text.p, c.text.len);
	if (!blank || c.style.attrs & TERM_REVERSE) {
		if (c.style.attrs & TERM_BOLD)
			buf_puts(b, " b");
		if (c.style.attrs & TERM_ITALIC)
			buf_puts(b, " i");
		if (c.style.attrs & TERM_BLINK)
			buf_puts(b, " k");
		if (c.style.attrs & TERM_STRIKE)
			buf_puts(b, " s");
		if (c.style.attrs & TERM_REVERSE)
			buf_puts(b, " r");
		if (c.style.underline)
			buf_printf(b, " u%u", c.style.underline);
		put_our_colour(b, 'f', c.style.fg);
	}
	put_our_colour(b, 'g', c.style.bg);
}

static void
compare_cells(struct pair *p, const struct term *t, VTermScreen *screen)
{
	for (int row = 0; row < p->rows; row++)
		for (int col = 0; col < p->cols && !p->why.len; col++) {
			cleanup_buf struct buf ours = BUF_UNLIMITED,
					       theirs = BUF_UNLIMITED;
			bool written = true;

			put_ours(t, row, col, &written, &ours);
			if (!written && is_torn(screen, row, col))
				continue;
			put_theirs(screen, row, col, written, &theirs);
			if (strcmp(buf_text(&ours), buf_text(&theirs)) != 0)
				buf_printf(&p->why,
				    "cell %d,%d: ours \"%s\", libvterm \"%s\"", row, col,
				    buf_text(&ours), buf_text(&theirs));
		}
}

static bool
differs(struct str bytes, void *ctx)
{
	struct pair *p = ctx;
	struct term_config config = {
		.cols = p->cols, .rows = p->rows, .version = "belay"
	};
	struct term *t = term_new(&config);
	VTerm *vt = vterm_new(p->rows, p->cols);
	VTermScreen *screen = vterm_obtain_screen(vt);
	struct term_cursor c;
	VTermPos pos;

	buf_clear(&p->why);
	vterm_set_utf8(vt, 1);
	vterm_screen_enable_altscreen(screen, 1);
	vterm_screen_reset(screen, 1);
	(void)vterm_input_write(vt, bytes.p, bytes.len);
	term_feed(t, bytes.p, bytes.len);
	term_check(t);
	c = term_cursor(t);
	vterm_state_get_cursorpos(vterm_obtain_state(vt), &pos);
	compare_cells(p, t, screen);
	/* V6: behind a wide character in the last columns it counts from its left half.
	 */
	if (c.pending_wrap)
		pos.col = c.col;
	if (!p->why.len && (pos.row != c.row || pos.col != c.col))
		buf_printf(&p->why, "cursor: ours %u,%u, libvterm %d,%d", c.row, c.col,
		    pos.row, pos.col);
	vterm_free(vt);
	term_free(t);
	return p->why.len;
}

/* True: the same.  Else the difference is printed as comments. */
static bool
seed_agrees(uint64_t seed)
{
	unsigned set = features[seed % ARRAY_LEN(features)];
	struct pair p = { .why = BUF_UNLIMITED };
	cleanup_buf struct buf small = BUF_UNLIMITED;
	struct gen g;
	bool same;

	gen_make(&g, seed, set);
	p.cols = g.cols;
	p.rows = g.rows;
	same = !differs(buf_str(&g.bytes), &p);
	if (!same) {
		gen_shrink(&g, differs, &p, &small);
		printf("# seed %llu, %ux%u: %s\n", (unsigned long long)seed, p.cols,
		    p.rows, buf_text(&small));
		printf("#   %s\n", buf_text(&p.why));
	}
	gen_deinit(&g);
	buf_deinit(&p.why);
	return same;
}

int
main(int argc, char **argv)
{
	uint64_t first = 0, count = 0;
	unsigned tests = 0, failed = 0;

	assert(argc == 3);
	if (!str_to_u64(str_of(argv[1]), &first) || !str_to_u64(str_of(argv[2]), &count))
		return 2;
	if (getenv("BELAY_TORTURE")) {
		if (getenv("SEED") && !str_to_u64(str_of(getenv("SEED")), &first))
			return 2;
		count *= 400;
	}
	/* Seeds are run in hundreds, so that the report stays readable. */
	for (uint64_t seed = first; seed < first + count; seed += 100) {
		unsigned bad = 0;

		for (uint64_t s = seed; s < seed + 100 && s < first + count && bad < 5;
		     s++)
			bad += !seed_agrees(s);
		printf("%sok %u - libvterm agrees on seeds from %llu\n",
		    bad ? "not " : "", ++tests, (unsigned long long)seed);
		(void)fflush(stdout);
		failed += bad;
	}
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
