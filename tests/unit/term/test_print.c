/* Characters into cells: wide, combining, joined, at the edge. */
#include "term/impl.h"

#include <stdio.h>

#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *screen; unsigned row, col; } rows[] = {
	{ "漢字漢", "漢字|漢", 1, 2 },
	{ "漢字x漢", "漢字x|漢", 1, 2 },
	{ "abcd漢", "abcd|漢", 1, 2 },
	{ "\033[?7labcd漢", "abc漢", 0, 4 },
	{ "e\u0301x", "e\u0301x", 0, 2 },
	{ "\u0301x", "x", 0, 1 },
	{ "\033[2G\u0301x", " \u0301x", 0, 2 },
	{ "abcde\u0301", "abcde\u0301", 0, 4 },
	{ "abcde\u0301f", "abcde\u0301|f", 1, 1 },
	{ "漢\u0301x", "漢\u0301x", 0, 3 },
	{ "👩\u200d💻x", "👩\u200d💻x", 0, 3 },
	{ "👩\u200dx", "👩\u200dx", 0, 3 },
	{ "👍🏽x", "👍🏽x", 0, 3 },
	{ "a🏽", "a🏽", 0, 3 },
	{ "🇩🇪x", "🇩🇪x", 0, 3 },
	{ "❤\ufe0fx", "❤\ufe0fx", 0, 2 },
	{ "漢\rx", "x", 0, 1 },
	{ "漢\033[2Gx", " x", 0, 2 },
	{ "a漢b\033[2Gxy", "axyb", 0, 3 },
	{ "\033[4h漢\r字", "字漢", 0, 2 },
	{ "abcde\033[2D\033[4h漢", "ab漢c", 0, 4 },
	{ "abcdefghijklmnopq", "fghij|klmno|pq", 2, 2 },
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
pending_wrap(void **ctx)
{
	struct fixture *f = fixture_new(5, 3, 0);

	feed(f, "abcde");
	assert_true(term_cursor(f->t).pending_wrap);
	assert_false(term_row_wrapped(f->t, 0));
	feed(f, "f");
	assert_false(term_cursor(f->t).pending_wrap);
	assert_true(term_row_wrapped(f->t, 0));
	feed(f, "\033[1;5Hx\033[K");
	assert_false(term_row_wrapped(f->t, 0));
	fixture_free(f);
}

/* Every length of run at every column gives what single characters give. */
static void
runs_as_single_characters(void **ctx)
{
	const char *text = "The quick brown fox jumps over the lazy dog 0123456789";

	for (unsigned col = 1; col <= 23; col++)
		for (size_t n = 1; n <= strlen(text); n++) {
			struct fixture *f = fixture_new(23, 4, 2),
				       *g = fixture_new(23, 4, 2);
			char start[32];

			(void)snprintf(
			    start, sizeof(start), "\033[4;%uH漢\033[4;%uH", col, col);
			feed(f, start);
			feed(g, start);
			term_feed(f->t, text, n);
			for (size_t i = 0; i < n; i++)
				term_feed(g->t, text + i, 1);
			term_check(f->t);
			assert_true(term_equal(f->t, g->t, NULL));
			fixture_free(f);
			fixture_free(g);
		}
}

/* REP gives what typing gives, for every count and column. */
static void
repeating_as_typing(void **ctx)
{
	static const char *const modes[] = { "", "\033[?7l", "\033[4h" };

	for (unsigned i = 0; i < ARRAY_LEN(modes) * 7 * 24; i++) {
		const char *mode = modes[i % ARRAY_LEN(modes)], *c = i & 1 ? "x" : "é";
		unsigned col = 1 + i / ARRAY_LEN(modes) % 7,
			 n = 1 + i / ARRAY_LEN(modes) / 7;
		struct fixture *f = fixture_new(7, 4, 9), *g = fixture_new(7, 4, 9);
		char start[64], rep[32];

		(void)snprintf(
		    start, sizeof(start), "漢漢漢%s\033[2;%uH%s", mode, col, c);
		(void)snprintf(rep, sizeof(rep), "\033[%ub", n);
		feed(f, start);
		feed(f, rep);
		feed(g, start);
		while (n--)
			feed(g, c);
		assert_true(term_equal(f->t, g->t, NULL));
		fixture_free(f);
		fixture_free(g);
	}
}

/* A joiner that was written long ago still joins: what counts is the screen. */
static void
joins_by_place(void **ctx)
{
	assert_true(print_joins(STR("👩\u200d"), 2, 0x1f4bb));
	assert_false(print_joins(STR("👩\u200d"), 2, 'x'));
	assert_false(print_joins(STR("👩"), 2, 0x1f4bb));
	assert_true(print_joins(STR("👍"), 2, 0x1f3fd));
	assert_false(print_joins(STR("é"), 1, 0x1f3fd));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(pending_wrap),
		cmocka_unit_test(runs_as_single_characters),
		cmocka_unit_test(repeating_as_typing),
		cmocka_unit_test(joins_by_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
