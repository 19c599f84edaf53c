/* Rows that left the screen: what they say, how many, what they cost. */
#include "term/scrollback.h"

#include <stdio.h>

#include "fixture.h"

static void
expect_row(struct fixture *f, int32_t row, const char *want)
{
	struct buf b = BUF_UNLIMITED;

	term_put_row(f->t, row, &b);
	assert_string_equal(buf_text(&b), want);
	buf_deinit(&b);
}

static void
keeps_the_last_rows(void **ctx)
{
	struct fixture *f = fixture_new(20, 2, 100);
	char line[32];

	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(line, sizeof(line), "line %u\r\n", i);
		feed(f, line);
	}
	assert_int_equal(term_scrollback(f->t), 100);
	expect_row(f, -1, "line 998");
	expect_row(f, -100, "line 899");
	fixture_free(f);
}

static void
keeps_looks_and_wide_text(void **ctx)
{
	struct fixture *f = fixture_new(20, 1, 10);

	feed(f, "a\033[1m漢\033[0me\u0301 \033[44m\033[2X\033[2C\033[0m👩\u200d💻z\r\n");
	expect_row(f, -1, "a漢e\u0301   👩\u200d💻z");
	assert_int_equal(cell_at(f, -1, 1).width, 2);
	assert_int_equal(cell_at(f, -1, 1).style.attrs, TERM_BOLD);
	assert_int_equal(cell_at(f, -1, 2).width, 0);
	assert_true(str_eqz(cell_at(f, -1, 3).text, "e\u0301"));
	assert_int_equal(cell_at(f, -1, 5).style.bg.kind, TERM_COLOUR_INDEXED);
	assert_int_equal(cell_at(f, -1, 5).style.bg.r, 4);
	assert_int_equal(cell_at(f, -1, 5).text.len, 0);
	assert_int_equal(cell_at(f, -1, 7).width, 2);
	assert_true(str_eqz(cell_at(f, -1, 9).text, "z"));
	assert_int_equal(cell_at(f, -1, 15).text.len, 0);
	fixture_free(f);
}

static void
costs_what_is_used(void **ctx)
{
	struct fixture *f = fixture_new(200, 2, 1000);
	size_t before = term_memory(f->t), per_row;

	for (unsigned i = 0; i < 1500; i++)
		feed(f, "0123456789012345678901234567890123456789\r\n");
	per_row = (term_memory(f->t) - before) / 1000;
	assert_in_range(per_row, 40, 80);
	fixture_free(f);
}

static void
only_the_top_of_the_primary_screen(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 10);

	feed(f, "\033[2;3r\033[3H\n\n\n");
	assert_int_equal(term_scrollback(f->t), 0);
	feed(f, "\033[1;3r\033[3H\n\n");
	assert_int_equal(term_scrollback(f->t), 2);
	feed(f, "\033[r\033[?1049h\033[4H\n\n\n");
	assert_int_equal(term_scrollback(f->t), 2);
	feed(f, "\033[?1049l\033[3J");
	assert_int_equal(term_scrollback(f->t), 0);
	fixture_free(f);
}

static void
wide_rows_survive_a_narrow_screen(void **ctx)
{
	struct fixture *f = fixture_new(12, 1, 10);

	feed(f, "abcdefghijkl\r\n");
	term_resize(f->t, 4, 1);
	expect_row(f, -1, "abcd");
	term_resize(f->t, 12, 1);
	expect_row(f, -1, "abcdefghijkl");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_last_rows),
		cmocka_unit_test(keeps_looks_and_wide_text),
		cmocka_unit_test(costs_what_is_used),
		cmocka_unit_test(only_the_top_of_the_primary_screen),
		cmocka_unit_test(wide_rows_survive_a_narrow_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
