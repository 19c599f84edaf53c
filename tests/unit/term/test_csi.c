/* Control sequences, a row each: bytes, the screen, the cursor after. */
#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *screen; unsigned row, col; } rows[] = {
	{ "abc\033[2DX",                  "aXc", 0, 2 },
	{ "\033[3;4HX",                   "||   X", 2, 4 },
	{ "\033[99;99HX",                 "||||         X", 4, 9 },
	{ "\033[;3fX",                    "  X", 0, 3 },
	{ "\033[3BX\033[2AY",             "| Y||X", 1, 2 },
	{ "ab\033[2EX\033[FY",            "ab|Y|X", 1, 1 },
	{ "\033[5GX\033[2`Y",             " Y  X", 0, 2 },
	{ "\033[3dX\033[eY",              "||X| Y", 3, 2 },
	{ "\033[4aX\033[9999CY",          "    X    Y", 0, 9 },
	{ "abcdef\033[3G\033[2PX",        "abXf", 0, 3 },
	{ "abcdef\033[3G\033[2@X",        "abX cdef", 0, 3 },
	{ "abcdef\033[3G\033[2XX",        "abX ef", 0, 3 },
	{ "abcdef\033[3G\033[K",          "ab", 0, 2 },
	{ "abcdef\033[3G\033[1K",         "   def", 0, 2 },
	{ "abcdef\033[2K",                "", 0, 6 },
	{ "a\r\nb\r\nc\033[2;1H\033[J",   "a", 1, 0 },
	{ "a\r\nb\r\nc\033[2;1H\033[1J",  "||c", 1, 0 },
	{ "a\r\nb\033[2J",                "", 1, 1 },
	{ "a\r\nb\r\nc\033[2H\033[LX",    "a|X|b|c", 1, 1 },
	{ "a\r\nb\r\nc\033[H\033[2MX",    "X", 0, 1 },
	{ "a\r\nb\r\nc\033[S",            "b|c", 2, 1 },
	{ "a\r\nb\r\nc\033[2T",           "||a|b|c", 2, 1 },
	{ "a\033[3b",                     "aaaa", 0, 4 },
	{ "a\033[m\033[3b",               "a", 0, 1 },
	{ "漢\033[2b",                    "漢漢漢", 0, 6 },
	{ "a\033[2147483647b",            "aaaaaaaaaa|aaaaaaaaaa|aaaaaaaaaa|aaaaaaaaaa|a", 4, 1 },
	{ "\033[2;4r\033[4H\nX",          "|||X", 3, 1 },
	{ "a\r\nb\r\nc\r\nd\r\ne\033[2;4r\033[4H\n", "a|c|d||e", 3, 0 },
	{ "a\r\nb\r\nc\033[2;3r\033[2H\033M", "a||b", 1, 0 },
	{ "\033[3;2rX",                   "X", 0, 1 },
	{ "\033[2;4r\033[3;2H\033[9AX",   "| X", 1, 2 },
	{ "\033[2;4r\033[?6h\033[1;1HX\033[9;1HY", "|X||Y", 3, 1 },
	{ "ab\033[s\033[3;3H\033[uX",     "abX", 0, 3 },
	{ "\tX\033[ZY",                   "        Y", 0, 9 },
	{ "\033[2IX",                     "         X", 0, 9 },
	{ "\033[3g\tX",                   "         X", 0, 9 },
	{ "\033[4G\033H\r\tX\r\033[g\033[4G\033[g\r\tY", "   X    Y", 0, 9 },
	{ "\033[3g\033[?5W\tX",           "        X", 0, 9 },
	{ "\033[4habc\rX",                "Xabc", 0, 1 },
	{ "漢字\033[3GX",                 "漢X", 0, 3 },
	{ "漢字\033[2GX",                 " X字", 0, 2 },
	{ "漢字\033[4GX",                 "漢 X", 0, 4 },
	{ "漢字\033[2G\033[P",            " 字", 0, 1 },
	{ "漢字\033[2G\033[@",            "   字", 0, 1 },
	{ "\033[10G漢",                   "|漢", 1, 2 },
	{ "\033[1\"qab\033[0\"qc\033[?K\033[?2K", "ab", 0, 3 },
	{ "\033[1\"qa\033[2\"qb\033[?2J",  "a", 0, 2 },
	{ "0123456789X",                  "0123456789|X", 1, 1 },
	{ "0123456789\033[7@X",           "012345678X", 0, 9 },
	{ "\033[?7l0123456789XYZ",        "012345678Z", 0, 9 },
	{ "0123456789\bX",                "01234567X9", 0, 9 },
};

/* clang-format on */

static void
row_by_row(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(10, 5, 0);

		feed(f, rows[i].in);
		expect_screen(f, rows[i].screen);
		expect_cursor(f, rows[i].row, rows[i].col);
		fixture_free(f);
	}
}

static void
kitty_stack(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);

	feed(f, "\033[?u\033[>5u\033[?u\033[=2;2u\033[?u\033[=1;3u\033[?u\033[<u\033[?"
		"u\033[<9u\033[?u");
	expect_reply(f, "\033[?0u\033[?5u\033[?7u\033[?6u\033[?0u\033[?0u");
	feed(f, "\033[>3u\033[?1049h\033[?u\033[>1u\033[?1049l\033[?u");
	expect_reply(f, "\033[?0u\033[?3u");
	for (unsigned i = 0; i < 1000; i++)
		feed(f, "\033[>31u");
	feed(f, "\033[<999u\033[?u");
	expect_reply(f, "\033[?0u");
	fixture_free(f);
}

static void
erased_cells_keep_the_background(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);

	feed(f, "\033[1;4;31;44mx\033[K");
	assert_int_equal(cell_at(f, 0, 5).style.bg.r, 4);
	assert_int_equal(cell_at(f, 0, 5).style.fg.kind, TERM_COLOUR_DEFAULT);
	assert_int_equal(cell_at(f, 0, 5).style.attrs, 0);
	assert_int_equal(cell_at(f, 0, 5).style.underline, 0);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(kitty_stack),
		cmocka_unit_test(erased_cells_keep_the_background),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
