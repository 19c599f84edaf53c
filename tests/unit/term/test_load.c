/* OSC 7502 is for keyframes: nothing else can use it. */
#include "fixture.h"

static void
not_in_a_running_session(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 5);

	feed(
	    f, " \b\033]7502;begin\a\033]7502;c;3;3;0\a\033]7502;cols;50\a\033]7502;w\a");
	expect_cursor(f, 0, 0);
	assert_int_equal(term_cols(f->t), 10);
	assert_false(term_row_wrapped(f->t, 0));
	fixture_free(f);
}

static void
not_after_the_end(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 5);

	feed(f, "\033]7502;begin\a\033]7502;c;3;3;0\a\033]7502;end\a\033]7502;c;1;1;0\a");
	expect_cursor(f, 3, 3);
	feed(f, "\033]7502;begin\a\033]7502;c;1;1;0\a");
	expect_cursor(f, 3, 3);
	fixture_free(f);
}

static void
values_are_clamped(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 5);

	feed(f, "\033]7502;begin\a\033]7502;c;99999;99999999999;9\a");
	expect_cursor(f, 3, 9);
	feed(f, "\033]7502;cols;0\a\033]7502;cols;x\a\033]7502;r;1114112\a\033]7502;r;"
		"0\a\033]7502;\a\033]7502\a");
	assert_int_equal(term_cols(f->t), 10);
	feed(f, "\033]7502;cols;99999\a");
	assert_int_equal(term_cols(f->t), 1000);
	fixture_free(f);
}

static void
nothing_leaves_while_loading(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 5);

	feed(f, "\033]7502;begin\a\033]2;t\a\033[c\a\033[?1049h");
	expect_reply(f, "");
	expect_events(f, "");
	feed(f, "\033]7502;end\a\033[5n");
	expect_reply(f, "\033[0n");
	assert_string_equal(term_title(f->t), "t");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_in_a_running_session),
		cmocka_unit_test(not_after_the_end),
		cmocka_unit_test(values_are_clamped),
		cmocka_unit_test(nothing_leaves_while_loading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
