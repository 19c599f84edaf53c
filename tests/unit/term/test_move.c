/* Scrolling regions, saved cursors and the C0 controls. */
#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *screen; unsigned row, col; } rows[] = {
	{ "a\nb", "a| b", 1, 2 },
	{ "a\vb\fc", "a| b|  c", 2, 3 },
	{ "\033[20ha\nb", "a|b", 1, 1 },
	{ "ab\b\b\bX", "Xb", 0, 1 },
	{ "a\tb", "a   b", 0, 4 },
	{ "1\r\n2\r\n3\r\n4\r\n5", "2|3|4|5", 3, 1 },
	{ "1\r\n2\r\n3\033[2;3r\033[3;1H\nX", "1|3|X", 2, 1 },
	{ "\033[2;3r\033[4;1H\n\nX", "|||X", 3, 1 },
	{ "1\r\n2\r\n3\033[H\033MX", "X|1|2|3", 0, 1 },
	{ "1\r\n2\033[2;3r\033[H\033MX", "X|2", 0, 1 },
	{ "abcde\nX", "abcde|    X", 1, 4 },
	{ "abcd\t\tX", "abcdX", 0, 4 },
};

/* clang-format on */

static void
row_by_row(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(5, 4, 0);

		feed(f, rows[i].in);
		expect_screen(f, rows[i].screen);
		expect_cursor(f, rows[i].row, rows[i].col);
		fixture_free(f);
	}
}

static void
scrolled_in_rows_have_the_background(void **ctx)
{
	struct fixture *f = fixture_new(5, 4, 0);

	feed(f, "\033[44m\033[4H\n");
	assert_int_equal(cell_at(f, 3, 4).style.bg.r, 4);
	assert_int_equal(cell_at(f, 2, 4).style.bg.kind, TERM_COLOUR_DEFAULT);
	fixture_free(f);
}

static void
each_screen_saves_its_own_cursor(void **ctx)
{
	struct fixture *f = fixture_new(9, 4, 0);

	feed(f, "\033[2;3H\0337\033[?47h\033[3;4H\0337\033[H\0338");
	expect_cursor(f, 2, 3);
	feed(f, "\033[?47l\0338");
	expect_cursor(f, 1, 2);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(scrolled_in_rows_have_the_background),
		cmocka_unit_test(each_screen_saves_its_own_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
