/* Life, reset, resize, damage, memory. */
#include "fixture.h"

static void
reset_is_as_new(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 5), *g = fixture_new(10, 3, 5);

	feed(f, "\033]2;t\a\033]7;file://"
		"x\ax\r\n\n\n\n\033[?1049h\033[1;31my\033[?1000h\033]2;unfinished");
	term_reset(f->t);
	term_check(f->t);
	assert_true(term_equal(f->t, g->t, NULL));
	assert_string_equal(term_title(f->t), "");
	assert_int_equal(term_scrollback(f->t), 0);
	assert_null(term_free(NULL));
	fixture_free(f);
	fixture_free(g);
}

static void
resize_keeps_the_cursor_row(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 10);

	feed(f, "1\r\n2\r\n3\r\n4\r\n5");
	term_resize(f->t, 10, 2);
	term_check(f->t);
	expect_screen(f, "4|5");
	expect_cursor(f, 1, 1);
	assert_int_equal(term_scrollback(f->t), 3);
	term_resize(f->t, 10, 4);
	expect_screen(f, "4|5");
	feed(f, "\033[H");
	term_resize(f->t, 10, 1);
	expect_screen(f, "4");
	assert_int_equal(term_scrollback(f->t), 3);
	fixture_free(f);
}

static void
resize_resets_margins_and_cuts(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);

	feed(f, "\033[2;3rabc漢def\033[1;10H");
	term_resize(f->t, 4, 5);
	term_check(f->t);
	expect_screen(f, "abc");
	expect_cursor(f, 0, 3);
	feed(f, "\033[5H\nx");
	expect_screen(f, "||||x");
	fixture_free(f);
}

static void
resize_with_the_alternate_screen_on(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 10);

	feed(f, "1\r\n2\r\n3\r\n4\r\n5\033[?1049hfull");
	term_resize(f->t, 8, 2);
	term_check(f->t);
	term_resize(f->t, 12, 3);
	term_check(f->t);
	feed(f, "\033[?1049l");
	expect_screen(f, "4|5");
	expect_cursor(f, 1, 1);
	fixture_free(f);
}

static uint64_t
mark_after(struct fixture *f, const char *z)
{
	feed(f, z);
	return term_mark(f->t);
}

static void
damage_by_row(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 0);
	uint64_t m = mark_after(f, "\033[2;1H");

	feed(f, "x");
	assert_false(term_row_changed(f->t, 0, m));
	assert_true(term_row_changed(f->t, 1, m));
	assert_true(term_mark(f->t) > m);
	m = mark_after(f, "");
	assert_int_equal(mark_after(f, "\033[m\033[?2q\033[1\"p"), m);
	assert_true(mark_after(f, "\033[3;1H") > m);
	for (uint16_t row = 0; row < 4; row++)
		assert_false(term_row_changed(f->t, row, m));
	m = term_mark(f->t);
	assert_true(mark_after(f, "\033]2;t\a") > m);
	m = term_mark(f->t);
	assert_true(mark_after(f, "\033[?2004h") > m);
	fixture_free(f);
}

static void
damage_by_scroll(void **ctx)
{
	struct fixture *f = fixture_new(10, 6, 0);
	uint64_t m = mark_after(f, "\033[2;4r\033[4;1H"), m2;

	m2 = mark_after(f, "\n");
	for (uint16_t row = 0; row < 6; row++)
		assert_int_equal(term_row_changed(f->t, row, m), row >= 1 && row < 4);
	feed(f, "\033[5;6r\033[6;1H\n");
	for (uint16_t row = 0; row < 6; row++) {
		assert_int_equal(term_row_changed(f->t, row, m), row >= 1);
		assert_int_equal(term_row_changed(f->t, row, m2), row >= 4);
	}
	m = term_mark(f->t);
	term_resize(f->t, 10, 7);
	for (uint16_t row = 0; row < 7; row++)
		assert_true(term_row_changed(f->t, row, m));
	fixture_free(f);
}

static uint64_t in_event;

static void
take_mark(enum term_event event, struct str text, void *ctx)
{
	in_event = term_mark(*(struct term **)ctx);
}

/* A mark taken inside a feed sees what comes later in the same feed. */
static void
mark_inside_a_feed(void **ctx)
{
	struct term *t = NULL;
	struct term_ops ops = { .event = take_mark };
	struct term_config config = { .cols = 10, .rows = 3, .ops = &ops, .ctx = &t };

	t = term_new(&config);
	term_feed(t, "a\ab", 3);
	assert_true(term_row_changed(t, 0, in_event));
	assert_true(term_mark(t) > in_event);
	(void)term_free(t);
}

static void
memory_of_a_usual_screen(void **ctx)
{
	struct fixture *f = fixture_new(120, 30, 0);

	assert_in_range(term_memory(f->t), 1, 34 << 10);
	feed(f, "\033[?1049hfull");
	assert_in_range(term_memory(f->t), 1, 64 << 10);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_is_as_new),
		cmocka_unit_test(resize_keeps_the_cursor_row),
		cmocka_unit_test(resize_resets_margins_and_cuts),
		cmocka_unit_test(resize_with_the_alternate_screen_on),
		cmocka_unit_test(damage_by_row),
		cmocka_unit_test(damage_by_scroll),
		cmocka_unit_test(mark_inside_a_feed),
		cmocka_unit_test(memory_of_a_usual_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
