/* Escape sequences of two and three bytes. */
#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *screen; unsigned row, col; } rows[] = {
	{ "ab\0337\033[3;3H\0338X", "abX", 0, 3 },
	{ "\033[3;3H\0338X", "X", 0, 1 },
	{ "ab\033DX", "ab|  X", 1, 3 },
	{ "ab\033EX", "ab|X", 1, 1 },
	{ "a\033MX", " X|a", 0, 2 },
	{ "\033[4G\033H\r\tX", "   X", 0, 4 },
	{ "\033(0lqk\033(Bl", "┌─┐l", 0, 4 },
	{ "\033)0q\016q\017q", "q─q", 0, 3 },
	{ "\033*0\033Nqq", "─q", 0, 2 },
	{ "\033+0\033Oqq", "─q", 0, 2 },
	{ "\033*0\033nq\033+A\033o#\017#", "─£#", 0, 3 },
	{ "\033(0\0337\033(B\0338q", "─", 0, 1 },
	{ "\033(Zab", "ab", 0, 2 },
	{ "\033#8", "EEEEE|EEEEE|EEEEE", 0, 0 },
	{ "abc\033cX", "X", 0, 1 },
	{ "\033#3a", "a", 0, 1 },
	{ "\033%Ga", "a", 0, 1 },
	{ "abcde\0337\r\0338X", "abcde|X", 1, 1 },
};

/* clang-format on */

static void
row_by_row(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(5, 3, 0);

		feed(f, rows[i].in);
		expect_screen(f, rows[i].screen);
		expect_cursor(f, rows[i].row, rows[i].col);
		fixture_free(f);
	}
}

static void
restore_brings_the_pen(void **ctx)
{
	struct fixture *f = fixture_new(5, 3, 0);

	feed(f, "\033[1;31m\0337\033[0m\0338x");
	assert_int_equal(cell_at(f, 0, 0).style.attrs, TERM_BOLD);
	assert_int_equal(cell_at(f, 0, 0).style.fg.r, 1);
	fixture_free(f);
}

static void
reset_forgets_all_but_the_title(void **ctx)
{
	struct fixture *f = fixture_new(5, 3, 9), *g = fixture_new(5, 3, 9);

	feed(f, "\033]2;t\aa\r\nb\r\nc\r\nd\033[1;31m\033[?1049h\033[?1;2004h\033[2;"
		"3r\033(0\033[3g\033[>1u\033=\033c");
	assert_string_equal(term_title(f->t), "t");
	assert_int_equal(term_scrollback(f->t), 0);
	feed(g, "\033]2;t\a");
	assert_true(term_equal(f->t, g->t, NULL));
	fixture_free(f);
	fixture_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(restore_brings_the_pen),
		cmocka_unit_test(reset_forgets_all_but_the_title),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
