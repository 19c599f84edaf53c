#include "test.h"

#include "cli/table.h"

static const struct table_col cols[] = {
	{ .title = "NAME", .cut = true, .least = 4 },
	{ .title = "STATE" },
	{ .title = "TASK", .cut = true, .least = 3 },
};

static void
shows(struct face face, const char *const *cells, unsigned n, const char *expected)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct table t;

	table_init(&t, cols, ARRAY_LEN(cols));
	for (unsigned i = 0; i < n; i++)
		table_add(&t, i % 3 == 1 ? COLOUR_RED : COLOUR_NONE, str_of(cells[i]));
	table_put(&t, &face, &out);
	table_deinit(&t);
	assert_string_equal(buf_text(&out), expected);
}

static const char *const cells[] = { "a", "on", "", "longer-name", "off", "do the work" };

static void
test_as_wide_as_needed(void **state)
{
	shows((struct face){ .utf8 = true }, cells, 6,
	    "NAME         STATE  TASK\n"
	    "a            on\n"
	    "longer-name  off    do the work\n");
}

static void
test_cut_to_the_width(void **state)
{
	shows((struct face){ .utf8 = true, .width = 25 }, cells, 6,
	    "NAME      STATE  TASK\n"
	    "a         on\n"
	    "longer-…  off    do the …\n");
	shows((struct face){ .width = 25 }, cells, 6,
	    "NAME      STATE  TASK\n"
	    "a         on\n"
	    "longer..  off    do the..\n");
}

static void
test_drops_a_column_when_nothing_else_helps(void **state)
{
	shows((struct face){ .utf8 = true, .width = 12 }, cells, 6,
	    "NAME  STATE\n"
	    "a     on\n"
	    "lon…  off\n");
}

static void
test_wide_characters(void **state)
{
	static const char *const wide[] = { "日本語", "x", "y", "é", "x", "y" };

	shows((struct face){ .utf8 = true }, wide, 6,
	    "NAME    STATE  TASK\n"
	    "日本語  x      y\n"
	    "é       x      y\n");
	shows((struct face){ .utf8 = true, .width = 18 }, wide, 6,
	    "NAME   STATE  TASK\n"
	    "日本…  x      y\n"
	    "é      x      y\n");
}

static void
test_colour(void **state)
{
	shows((struct face){ .colour = true }, (const char *const[]){ "a", "on", "t" }, 3,
	    "\033[1mNAME\033[0m  \033[1mSTATE\033[0m  \033[1mTASK\033[0m\n"
	    "a     \033[31mon\033[0m     t\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_wide_as_needed),
		cmocka_unit_test(test_cut_to_the_width),
		cmocka_unit_test(test_drops_a_column_when_nothing_else_helps),
		cmocka_unit_test(test_wide_characters),
		cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
