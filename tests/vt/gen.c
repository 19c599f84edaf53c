/* gen.c: a table of piece makers with weights; a maker is taken when its
 * feature is asked for.  Positions are mostly inside the screen and counts
 * mostly small, because that is where the rules meet. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

struct rng {
	uint64_t state;
	unsigned features;
	bool alt;
	uint16_t cols, rows;
};

static uint32_t
rnd(struct rng *r, uint32_t below)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)((r->state * 0x2545f4914f6cdd1dull) >> 33) % below;
}

static const char *
pick(struct rng *r, const char *const *list, size_t count)
{
	return list[rnd(r, (uint32_t)count)];
}

#define PICK(r, list) pick((r), (list), ARRAY_LEN(list))

/* A count: mostly 1 to 4, sometimes none given, 0 or a lot. */
static void
put_count(struct rng *r, uint32_t usual, struct buf *b)
{
	switch (rnd(r, 12)) {
	case 0:
		return;
	case 1:
		buf_putc(b, '0');
		return;
	case 2:
		buf_printf(b, "%u", 1 + rnd(r, 2 * usual));
		return;
	case 3:
		buf_puts(b, "200");
		return;
	default:
		buf_printf(b, "%u", 1 + rnd(r, 4));
	}
}

/* A pending wrap is an ordinary position after this. */
static void
put_careful(struct rng *r, struct buf *b)
{
	if (r->features & GEN_CAREFUL)
		buf_printf(b, "\033[%uG", 1 + rnd(r, r->cols));
}

static void
make_text(struct rng *r, struct buf *b)
{
	uint32_t n = 1 + rnd(r, rnd(r, 6) ? 8 : 2u * r->cols);

	for (uint32_t i = 0; i < n; i++) {
		char c =
		    (char)(rnd(r, 8) ? 'a' + (char)rnd(r, 26) : ' ' + (char)rnd(r, 95));

		/* In DEC graphics it is a blank, which only we know. */
		buf_putc(b, c == '_' ? '-' : c);
	}
}

static void
make_line_end(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\r\n", "\r\n", "\r\n", "\n", "\r", "\b",
		"\b\b", "\v" };

	if (r->features & GEN_CAREFUL && rnd(r, 2))
		buf_puts(b, "\r\n");
	else if (r->features & GEN_CAREFUL)
		buf_puts(b, "\r");
	else
		buf_puts(b, PICK(r, list));
}

static void
make_move(struct rng *r, struct buf *b)
{
	static const char finals[] = "ABCDEFG`ade";

	put_careful(r, b);
	buf_puts(b, "\033[");
	put_count(r, r->cols, b);
	buf_putc(b, finals[rnd(r, sizeof(finals) - 1)]);
}

static void
make_goto(struct rng *r, struct buf *b)
{
	uint32_t row = 1 + rnd(r, r->rows), col = 1 + rnd(r, r->cols);

	if (!rnd(r, 3))
		col = r->cols;
	if (rnd(r, 20))
		buf_printf(b, "\033[%u;%u%c", row, col, rnd(r, 8) ? 'H' : 'f');
	else
		buf_printf(b, "\033[%uH", row + 30);
}

static void
make_erase(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\033[K", "\033[0K", "\033[1K", "\033[2K",
		"\033[K", "\033[J", "\033[1J", "\033[2J" };

	put_careful(r, b);
	if (rnd(r, 3))
		buf_puts(b, PICK(r, list));
	else {
		buf_puts(b, "\033[");
		put_count(r, r->cols, b);
		buf_putc(b, 'X');
	}
}

static void
make_edit(struct rng *r, struct buf *b)
{
	put_careful(r, b);
	buf_puts(b, "\033[");
	put_count(r, r->cols, b);
	buf_putc(b, "@P"[rnd(r, 2)]);
}

static void
make_lines(struct rng *r, struct buf *b)
{
	put_careful(r, b);
	buf_puts(b, "\033[");
	put_count(r, r->rows, b);
	buf_putc(b, "LM"[rnd(r, 2)]);
	if (r->features & GEN_CAREFUL)
		buf_putc(b, '\r');
}

static void
make_scroll(struct rng *r, struct buf *b)
{
	uint32_t kind = rnd(r, 6);

	put_careful(r, b);
	if (kind < 2) {
		buf_puts(b, "\033[");
		/* Not SD without a count of one: five parameters are another thing. */
		buf_printf(b, "%u%c", 1 + rnd(r, 3), kind ? 'S' : 'T');
	} else
		buf_puts(b, kind < 4 ? "\033M" : kind < 5 ? "\033D" : "\033E");
}

static void
make_region(struct rng *r, struct buf *b)
{
	uint32_t top = 1 + rnd(r, r->rows), bottom = 1 + rnd(r, r->rows);

	if (top < bottom && rnd(r, 4))
		buf_printf(b, "\033[%u;%ur", top, bottom);
	else
		buf_puts(b, "\033[r");
}

static void
make_sgr(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "0", "", "1", "3", "4", "5", "7", "9", "22",
		"23", "24", "25", "27", "29", "31", "32", "39", "41", "44", "49", "94",
		"103", "38;5;200", "48;5;17", "38;2;10;20;30", "48;2;200;100;50", "1;31",
		"0;7;42" };

	buf_printf(b, "\033[%sm", PICK(r, list));
}

static void
make_wide(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\xe4\xb8\xad", "\xe6\x96\x87",
		"\xe8\xaa\x9e", "\xed\x95\x9c", "\xef\xbc\xa1", "\xf0\x9f\x98\x80" };
	uint32_t n = 1 + rnd(r, 4);

	for (uint32_t i = 0; i < n; i++)
		buf_puts(b, PICK(r, list));
	put_careful(r, b);
}

static void
make_narrow(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\xc3\xa9", "\xc3\xbc", "\xe2\x94\x80",
		"\xe2\x95\xad", "\xe2\x9c\xbb", "\xce\xb1", "\xe2\x82\xac" };
	uint32_t n = 1 + rnd(r, 5);

	for (uint32_t i = 0; i < n; i++)
		buf_puts(b, PICK(r, list));
}

static void
make_marks(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\xcc\x81", "\xcc\x88", "\xcc\xa3",
		"\xe2\x83\x9d" };

	buf_putc(b, (char)('a' + (char)rnd(r, 26)));
	buf_puts(b, PICK(r, list));
	if (!rnd(r, 4))
		buf_puts(b, PICK(r, list));
}

static void
make_tabs(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\t", "\t", "\t\t", "\033H", "\033[g",
		"\033[3g", "\033[I", "\033[2I", "\033[Z", "\033[2Z" };

	put_careful(r, b);
	buf_puts(b, PICK(r, list));
}

static void
make_rep(struct rng *r, struct buf *b)
{
	buf_printf(b, "%c\033[%ub", (char)('a' + (char)rnd(r, 26)), 1 + rnd(r, 9));
}

/* In and out by turns: to enter twice clears in some terminals. */
static void
make_alt(struct rng *r, struct buf *b)
{
	put_careful(r, b);
	r->alt = !r->alt;
	buf_printf(b, "\033[?1049%c", r->alt ? 'h' : 'l');
}

static void
make_wrap(struct rng *r, struct buf *b)
{
	put_careful(r, b);
	buf_printf(b, "\033[?7%c", "hlh"[rnd(r, 3)]);
}

static void
make_insert(struct rng *r, struct buf *b)
{
	buf_printf(b, "\033[4%c", "hll"[rnd(r, 3)]);
}

static void
make_origin(struct rng *r, struct buf *b)
{
	buf_printf(b, "\033[?6%c", "hl"[rnd(r, 2)]);
}

static void
make_save(struct rng *r, struct buf *b)
{
	put_careful(r, b);
	buf_puts(b, rnd(r, 2) ? "\0337" : "\0338");
}

static void
make_charset(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\033(0lqqk\033(B", "\033(0", "\033(B",
		"\033)0", "\016", "\017", "\017" };

	buf_puts(b, PICK(r, list));
}

static void
make_strings(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\033]0;title\a", "\033]2;a b\033\\",
		"\033]133;A\a", "\033[?2004h", "\033[?25l", "\033[?25h", "\033[?1000h",
		"\033P+x\033\\", "\033[?2026h", "\033[?2026l" };

	buf_puts(b, PICK(r, list));
}

static void
make_broken(struct rng *r, struct buf *b)
{
	static const char *const list[] = { "\xff", "\xe4\xb8.", "\xc3(", "\033[3\030x",
		"\033[1\0324", "\xed\xa0\x80", "\033\033[1m", "\033^x\033\\", "\x7f",
		"\x01" };

	buf_puts(b, PICK(r, list));
}

static const struct {
	unsigned feature;
	uint32_t weight;
	void (*make)(struct rng *r, struct buf *b);
} makers[] = {
	{ GEN_TEXT, 30, make_text },
	{ GEN_TEXT, 12, make_line_end },
	{ GEN_GOTO, 14, make_goto },
	{ GEN_MOVE, 12, make_move },
	{ GEN_ERASE, 10, make_erase },
	{ GEN_EDIT, 7, make_edit },
	{ GEN_LINES, 6, make_lines },
	{ GEN_SCROLL, 6, make_scroll },
	{ GEN_REGION, 5, make_region },
	{ GEN_SGR, 12, make_sgr },
	{ GEN_NARROW, 3, make_narrow },
	{ GEN_WIDE, 8, make_wide },
	{ GEN_MARKS, 3, make_marks },
	{ GEN_TABS, 4, make_tabs },
	{ GEN_REP, 3, make_rep },
	{ GEN_ALT, 2, make_alt },
	{ GEN_WRAP, 2, make_wrap },
	{ GEN_INSERT, 2, make_insert },
	{ GEN_ORIGIN, 2, make_origin },
	{ GEN_SAVE, 3, make_save },
	{ GEN_CHARSET, 2, make_charset },
	{ GEN_STRINGS, 2, make_strings },
	{ GEN_BROKEN, 2, make_broken },
};

static void
make_piece(struct rng *r, unsigned features, struct buf *b)
{
	uint32_t total = 0, at;

	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		total += makers[i].feature & features ? makers[i].weight : 0;
	at = rnd(r, total);
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		if (!(makers[i].feature & features))
			continue;
		if (at < makers[i].weight) {
			makers[i].make(r, b);
			return;
		}
		at -= makers[i].weight;
	}
}

void
gen_make(struct gen *g, uint64_t seed, unsigned features)
{
	struct rng r = { .state = seed * 0x9e3779b97f4a7c15ull + 0x1234567,
		.features = features };

	for (int i = 0; i < 8; i++)
		(void)rnd(&r, 2);
	*g = (struct gen){ .bytes = BUF_UNLIMITED };
	g->cols = r.cols = (uint16_t)(8 + rnd(&r, 33));
	g->rows = r.rows = (uint16_t)(2 + rnd(&r, 11));
	g->count = 5 + rnd(&r, rnd(&r, 4) ? 60 : 300);
	g->ends = xcalloc(g->count, sizeof(*g->ends));
	for (uint32_t i = 0; i < g->count; i++) {
		if (!i && features & GEN_SAVED)
			buf_puts(&g->bytes, "\0337");
		else
			make_piece(&r, features, &g->bytes);
		g->ends[i] = (uint32_t)g->bytes.len;
	}
}

void
gen_deinit(struct gen *g)
{
	buf_deinit(&g->bytes);
	free(g->ends);
	g->ends = NULL;
}

void
gen_put(const struct gen *g, const uint8_t *keep, struct buf *out)
{
	for (uint32_t i = 0, from = 0; i < g->count; from = g->ends[i++])
		if (!keep || keep[i])
			buf_put(out, g->bytes.data + from, g->ends[i] - from);
}

/* Tries without pieces [from, to); keeps them when the difference is gone. */
static bool
try_without(const struct gen *g, uint8_t *keep, uint32_t from, uint32_t to,
    bool (*differs)(struct str bytes, void *ctx), void *ctx)
{
	struct buf bytes = BUF_UNLIMITED;
	uint8_t *before = xcalloc(g->count, 1);
	bool gone;

	memcpy(before, keep, g->count);
	memset(keep + from, 0, to - from);
	keep[0] = 1; /* perhaps what all others stand on */
	gone = !memcmp(before, keep, g->count);
	if (!gone) {
		gen_put(g, keep, &bytes);
		gone = !differs(buf_str(&bytes), ctx);
	}
	if (gone)
		memcpy(keep, before, g->count);
	buf_deinit(&bytes);
	free(before);
	return !gone;
}

void
gen_shrink(const struct gen *g, bool (*differs)(struct str bytes, void *ctx), void *ctx,
    struct buf *out)
{
	uint8_t *keep = xcalloc(g->count, 1);
	struct buf bytes = BUF_UNLIMITED;
	bool again = true;

	memset(keep, 1, g->count);
	while (again) {
		again = false;
		for (uint32_t step = g->count; step; step /= 2)
			for (uint32_t at = 0; at < g->count; at += step)
				again |= try_without(g, keep, at,
				    at + step < g->count ? at + step : g->count, differs,
				    ctx);
	}
	gen_put(g, keep, &bytes);
	(void)differs(buf_str(&bytes), ctx); /* the reason of what is left */
	buf_put_escaped(out, buf_str(&bytes));
	buf_deinit(&bytes);
	free(keep);
}
