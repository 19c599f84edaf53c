/* Modes: set, reset, saved; the alternate screen in its four forms. */
#include "fixture.h"

static void
set_and_reset(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);
	struct term_modes m;

	feed(f, "\033[?1;5;66;1004;2004;2026h\033[4h\033[?7l");
	m = term_modes(f->t);
	assert_true(m.app_cursor && m.reverse_screen && m.app_keypad && m.focus_events);
	assert_true(m.bracketed_paste && m.sync_output && m.insert && !m.autowrap);
	feed(f, "\033[?1;5;66;1004;2004;2026l\033[4l\033[?7h");
	m = term_modes(f->t);
	assert_false(m.app_cursor || m.reverse_screen || m.app_keypad || m.focus_events);
	assert_false(m.bracketed_paste || m.sync_output || m.insert || !m.autowrap);
	fixture_free(f);
}

static void
one_mouse_mode_at_a_time(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);

	feed(f, "\033[?1000;1006h");
	assert_int_equal(term_modes(f->t).mouse, 1000);
	assert_int_equal(term_modes(f->t).mouse_enc, 1006);
	feed(f, "\033[?1003h");
	assert_int_equal(term_modes(f->t).mouse, 1003);
	feed(f, "\033[?1000;1006l");
	assert_int_equal(term_modes(f->t).mouse, 0);
	assert_int_equal(term_modes(f->t).mouse_enc, 0);
	fixture_free(f);
}

static void
saved_modes(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);

	feed(f, "\033[?2004h\033[?2004s\033[?2004l\033[?2004r");
	assert_true(term_modes(f->t).bracketed_paste);
	fixture_free(f);
}

static void
alternate_1049(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);
	size_t before = term_memory(f->t);

	feed(f, "shell\033[?1049h\033[2;3Happ");
	expect_screen(f, "|  app");
	assert_true(term_modes(f->t).alt_screen);
	feed(f, "\033[?1049l");
	expect_screen(f, "shell");
	expect_cursor(f, 0, 5);
	assert_int_equal(term_memory(f->t), before); /* the second grid is gone */
	feed(f, "\033[?1049h");
	expect_screen(f, "");
	feed(f, "\033[?1049l\033[H\033[?1049l");
	expect_cursor(f, 0, 5);
	fixture_free(f);
}

static void
alternate_47_keeps_1047_clears(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);

	feed(f, "a\033[?47hb\033[?47l");
	expect_screen(f, "a");
	feed(f, "\033[?47h");
	expect_screen(f, " b");
	feed(f, "\033[?1047l\033[?47h");
	expect_screen(f, "");
	feed(f, "\033[?47l\033[?1048h\033[3;3H\033[?1048l");
	expect_cursor(f, 0, 2);
	fixture_free(f);
}

static void
origin_homes(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);

	feed(f, "\033[2;4r\033[4;4H\033[?6h");
	expect_cursor(f, 1, 0);
	feed(f, "\033[?6l");
	expect_cursor(f, 0, 0);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_and_reset),
		cmocka_unit_test(one_mouse_mode_at_a_time),
		cmocka_unit_test(saved_modes),
		cmocka_unit_test(alternate_1049),
		cmocka_unit_test(alternate_47_keeps_1047_clears),
		cmocka_unit_test(origin_homes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
