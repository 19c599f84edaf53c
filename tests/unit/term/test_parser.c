/* Bytes to actions: what ends what, what is swallowed, what a cut leaves. */
#include "term/parser.h"

#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *screen; } rows[] = {
	{ "abc", "abc" },
	{ "a\033[31mb", "ab" },
	{ "a\033[3\rb", "a" }, /* CR acts, then CSI 3 b has nothing to repeat */
	{ "a\x7f" "b\001c", "abc" },
	{ "\033]2;title\ax", "x" },
	{ "\033]2;title\033\\x", "x" },
	{ "\033]2;tit\x18x", "x" },
	{ "\033]999;none\ax", "x" },
	{ "\033]Lnot ours\ax", "x" },
	{ "\033_Gi=1,a=q;AAAA\033\\x", "x" },
	{ "\033_G\ax\033\\y", "y" },
	{ "\033Xsos\033\\\033^pm\033\\x", "x" },
	{ "\033P1;2|data\033\\x", "x" },
	{ "\033Pq#0;2;0;0;0\033\\x", "x" },
	{ "\033[1;2;3\x1a" "x", "x" },
	{ "\033[<1;2?hx", "x" },
	{ "\033[  qx", "x" },
	{ "\033[ !\"#$px", "x" },
	{ "\033(  Bx", "x" },
	{ "\033[12\033[mx", "x" },
	{ "\033[1\xc3\xa9x", "éx" },
	{ "\033\xc3\xa9x", "éx" },
	{ "\033P1\xc3\xa9x\033\\y", "y" },
	{ "\xc2\x9b" "31mx", "31mx" },
	{ "\x9b" "31mx", "\xef\xbf\xbd" "31mx" },
	{ "\xc3" "a", "\xef\xbf\xbd" "a" },
	{ "\xe2\x94\033[mx", "\xef\xbf\xbdx" },
	{ "\xf0\x9f\x91\xe2\x94\x80", "\xef\xbf\xbd─" },
	{ "\xc0\xaf\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mx", "x" },
	{ "\033[99999999999999999999;3Hx", "|||  x" },
};

/* clang-format on */

static void
row_by_row(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(40, 4, 0), *g = fixture_new(40, 4, 0);

		feed(f, rows[i].in);
		expect_screen(f, rows[i].screen);
		for (const char *p = rows[i].in; *p; p++)
			term_feed(g->t, p, 1);
		assert_true(term_equal(f->t, g->t, NULL));
		fixture_free(f);
		fixture_free(g);
	}
}

/* A control inside a sequence acts at once. */
static void
control_inside_a_sequence(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);

	feed(f, "abc\033[2\r\nCx");
	expect_screen(f, "abc|  x");
	fixture_free(f);
}

static void
feed_many(struct fixture *f, const char *piece, size_t bytes)
{
	struct buf b = BUF_UNLIMITED;

	while (b.len < bytes)
		buf_puts(&b, piece);
	term_feed(f->t, b.data, b.len);
	term_check(f->t);
	buf_deinit(&b);
}

static void
hostile_streams_are_bounded(void **ctx)
{
	static const char *const starts[] = { "\033]2;", "\033]8;;", "\033]52;c;",
		"\033P+q", "\033P", "\033_G", "\033[", "\033[1;", "\033", "\xf0\x9f" };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct fixture *f = fixture_new(120, 30, 100);

		feed(f, starts[i]);
		feed_many(f, i == 6 || i == 7 ? "1234567890;" : "A", 8u << 20);
		assert_in_range(term_memory(f->t), 1, 128 << 10);
		feed(f, "\033\\\033[2J\033[Hafter");
		expect_screen(f, "after");
		fixture_free(f);
	}
}

static void
million_combining_marks(void **ctx)
{
	struct fixture *f = fixture_new(120, 30, 0);

	feed(f, "e");
	feed_many(f, "\u0301", 2u << 20);
	expect_cursor(f, 0, 1);
	assert_in_range(cell_at(f, 0, 0).text.len, 3, 64);
	assert_in_range(term_memory(f->t), 1, 64 << 10);
	fixture_free(f);
}

static void
unfinished_bytes(void **ctx)
{
	static const char *const starts[] = { "", "\033", "\033(", "\033[", "\033[?12;3",
		"\033[4:3", "\033[1 ", "\033]8;id=1;x", "\033P$q", "\033P1;2",
		"\xe2\x94" };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct fixture *f = fixture_new(10, 2, 0);
		struct buf b = BUF_UNLIMITED;

		feed(f, starts[i]);
		term_put_ansi(f->t, TERM_DRAW_KEYFRAME, &b);
		assert_true(str_ends(buf_str(&b), str_of(starts[i])));
		buf_deinit(&b);
		fixture_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(control_inside_a_sequence),
		cmocka_unit_test(hostile_streams_are_bounded),
		cmocka_unit_test(million_combining_marks),
		cmocka_unit_test(unfinished_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
