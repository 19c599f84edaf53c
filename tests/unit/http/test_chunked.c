/* Chunked bodies in every possible pair of pieces; what is refused; the bound. */
#include "http/chunked.h"

#include <string.h>

#include "test.h"

static int
feed(struct str text, size_t cut, struct buf *body)
{
	struct chunked c = { 0 };
	int r = chunked_feed(&c, str_make(text.p, cut), body);

	return r ? r : chunked_feed(&c, str_make(text.p + cut, text.len - cut), body);
}

static void
bodies(void **state)
{
	static const struct {
		const char *text, *body;
		int r;
	} cases[] = {
		{ "0\r\n\r\n", "", CHUNKED_DONE },
		{ "3\r\nabc\r\n0\r\n\r\n", "abc", CHUNKED_DONE },
		{ "3;x=\"y\"\r\nabc\r\n00b\r\n01234\r\n6789\r\n000\r\nT: v\r\nU: "
		  "w\r\n\r\nrest",
		    "abc01234\r\n6789", CHUNKED_DONE },
		{ "3 \r\nabc\r\n0\r\n\r\n", "abc", CHUNKED_DONE },
		{ "3\r\nabc\r\n", "abc", 0 },
		{ "", "", 0 },
		{ "\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "x\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "-1\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "3\nabc\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "3\r\nabcd\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "3\r\nabc\n0\r\n\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "0\r\nT: v\n\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "fffffffffffffffff\r\n", NULL, CHUNKED_E_SYNTAX },
		{ "3;x\ny\r\n", NULL, CHUNKED_E_SYNTAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_of(cases[i].text);

		for (size_t cut = 0; cut <= text.len; cut++) {
			struct buf body = BUF(1024);

			assert_int_equal(feed(text, cut, &body), cases[i].r);
			if (cases[i].body)
				assert_string_equal(buf_text(&body), cases[i].body);
			buf_deinit(&body);
		}
	}
}

static void
bounds(void **state)
{
	struct buf body = BUF(10), line = BUF(4096);
	struct chunked c = { 0 };

	assert_int_equal(feed(STR("b\r\n01234567890"), 5, &body), CHUNKED_E_LARGE);
	buf_puts(&line, "1;");
	for (int i = 0; i < 2000; i++)
		buf_putc(&line, 'x');
	assert_int_equal(chunked_feed(&c, buf_str(&line), &body), CHUNKED_E_SYNTAX);
	buf_deinit(&line);
	buf_deinit(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
