#include "test.h"

#include "cli/mirror.h"

static struct term *
made(uint16_t cols, uint16_t rows, const char *bytes)
{
	struct term_config config = { .cols = cols, .rows = rows };
	struct term *t = term_new(&config);

	term_feed(t, bytes, str_of(bytes).len);
	return t;
}

/* What the mirror of `from` looks like on a terminal of cols x rows. */
static void
mirrors(struct term *from, struct term *onto, uint64_t mark, const char *expected)
{
	cleanup_buf struct buf out = BUF_UNLIMITED, text = BUF_UNLIMITED;

	mirror_put(from, mark, term_cols(onto), term_rows(onto), &out);
	term_feed(onto, out.data, out.len);
	term_put_text(onto, 0, term_rows(onto) - 1, &text);
	assert_string_equal(buf_text(&text), expected);
}

static void
test_smaller(void **state)
{
	struct term *from = made(10, 4, "0123456789abc\r\nx\033[31mred"),
		    *onto = made(4, 2, "oldoldold");

	mirrors(from, onto, 0, "0123\nabc\n");
	from = term_free(from);
	onto = term_free(onto);
}

static void
test_larger_clears_the_rest(void **state)
{
	struct term *from = made(4, 2, "ab"),
		    *onto = made(6, 4, "oooooooooooooooooooooooo");

	mirrors(from, onto, 0, "ab\n\n\n\n");
	assert_int_equal(term_cursor(onto).col, 2);
	assert_int_equal(term_cursor(onto).row, 0);
	from = term_free(from);
	onto = term_free(onto);
}

static void
test_only_what_changed(void **state)
{
	struct term *from = made(10, 3, "one\r\ntwo"), *onto = made(10, 3, "");
	uint64_t mark;

	mirrors(from, onto, 0, "one\ntwo\n\n");
	mark = term_mark(from);
	term_feed(onto, "\033[1;1H###", 9);
	term_feed(from, "!", 1);
	mirrors(from, onto, mark, "###\ntwo!\n\n");
	from = term_free(from);
	onto = term_free(onto);
}

static void
test_wide_and_styles(void **state)
{
	struct term *from = made(6, 1, "a日\033[1;38;2;1;2;3mb"), *onto = made(6, 1, "");
	struct term_cell cell;

	mirrors(from, onto, 0, "a日b\n");
	term_cell(onto, 0, 3, &cell);
	assert_int_equal(cell.style.attrs, TERM_BOLD);
	assert_int_equal(cell.style.fg.kind, TERM_COLOUR_RGB);
	assert_int_equal(cell.style.fg.b, 3);
	onto = term_free(onto);
	onto = made(2, 1, "");
	mirrors(from, onto, 0, "a\n"); /* half of a wide character is not drawn */
	from = term_free(from);
	onto = term_free(onto);
}

static void
test_lines(void **state)
{
	struct term *t = made(6, 2, "\033[?1000h\033[1mab\033[0mc\r\n\033[41m \033[0m ");
	cleanup_buf struct buf out = BUF_UNLIMITED;

	mirror_put_lines(t, &out);
	assert_string_equal(
	    buf_text(&out), "\033[0;1mab\033[0mc\n\033[0;48;5;1m \033[0m\n");
	t = term_free(t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smaller),
		cmocka_unit_test(test_larger_clears_the_rest),
		cmocka_unit_test(test_only_what_changed),
		cmocka_unit_test(test_wide_and_styles),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
