/* Rows as text, cells by value, JSON. */
#include "fixture.h"

static void
rows_are_trimmed(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);
	struct buf b = BUF_UNLIMITED;

	feed(f, "a\033[5Gb   \r\n\r\n\033[44m \033[K");
	term_put_text(f->t, 0, 2, &b);
	assert_string_equal(buf_text(&b), "a   b\n\n\n");
	buf_deinit(&b);
	fixture_free(f);
}

static void
cells(void **ctx)
{
	struct fixture *f = fixture_new(10, 3, 0);

	feed(f, "a 漢\033[58;2;1;2;3m\033[4:3mx");
	assert_true(str_eqz(cell_at(f, 0, 0).text, "a"));
	assert_true(str_eqz(cell_at(f, 0, 1).text, " "));
	assert_int_equal(cell_at(f, 0, 2).width, 2);
	assert_int_equal(cell_at(f, 0, 3).width, 0);
	assert_int_equal(cell_at(f, 0, 3).text.len, 0);
	assert_int_equal(cell_at(f, 0, 4).style.underline, 3);
	assert_int_equal(cell_at(f, 0, 4).style.underline_colour.b, 3);
	assert_int_equal(cell_at(f, 0, 5).text.len, 0);
	assert_int_equal(cell_at(f, 2, 9).width, 1);
	fixture_free(f);
}

static void
json(void **ctx)
{
	struct fixture *f = fixture_new(8, 2, 0);
	struct buf b = BUF_UNLIMITED;
	struct json *j;

	feed(f, "\033]2;t\aab\033[1;31mc\033[0m "
		"\033[38;2;255;0;16;4:3md\033[0m\033[8G\033]8;;u:x\az\033[?2004h");
	j = term_json(f->t);
	json_write(&b, json_get(j, "lines"));
	assert_string_equal(buf_text(&b), "[[{\"text\":\"ab\"},{\"text\":\"c\",\"fg\":1,"
					  "\"bold\":true},{\"text\":\" \"},"
					  "{\"text\":\"d\",\"fg\":\"#ff0010\","
					  "\"underline\":\"curly\"},{\"text\":\"  \"},"
					  "{\"text\":\"z\",\"link\":\"u:x\"}],[]]");
	assert_int_equal(json_get_int(j, "cols", 0), 8);
	assert_int_equal(json_get_int(j, "rows", 0), 2);
	assert_string_equal(json_get_text(j, "title"), "t");
	assert_int_equal(json_get_int(json_get(j, "cursor"), "col", -1), 7);
	assert_true(json_get_bool(json_get(j, "cursor"), "pending_wrap", false));
	assert_true(json_get_bool(json_get(j, "modes"), "bracketed_paste", false));
	(void)json_free(j);
	buf_deinit(&b);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_trimmed),
		cmocka_unit_test(cells),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
