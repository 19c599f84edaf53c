#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "../test.h"

static void
grows_to_its_maximum(void **state)
{
	cleanup_buf struct buf b = BUF(10);

	buf_puts(&b, "12345");
	buf_put(&b, "67890", 5);
	assert_false(buf_failed(&b));
	assert_string_equal(buf_text(&b), "1234567890");
	buf_putc(&b, 'x');
	assert_true(buf_failed(&b));
	buf_clear(&b);
	assert_false(buf_failed(&b));
	assert_int_equal(b.len, 0);
}

/* After the first failure nothing is written, not even what would fit. */
static void
failure_sticks(void **state)
{
	cleanup_buf struct buf b = BUF(4);

	buf_puts(&b, "toolong");
	buf_puts(&b, "a");
	assert_int_equal(b.len, 0);
	assert_true(buf_failed(&b));
}

static void
formats_and_eats(void **state)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;

	buf_printf(&b, "%d-%s", 42, "x");
	buf_eat(&b, 2);
	assert_string_equal(buf_text(&b), "-x");
	memcpy(buf_room(&b, 3), "abc", 3);
	buf_grew(&b, 3);
	assert_true(str_eqz(buf_str(&b), "-xabc"));
}

static void
takes(void **state)
{
	struct buf b = BUF_UNLIMITED;
	char *p;

	buf_puts(&b, "mine");
	p = buf_take(&b);
	assert_string_equal(p, "mine");
	assert_null(b.data);
	free(p);
	p = buf_take(&b);
	assert_string_equal(p, "");
	free(p);
}

static void
escapes(void **state)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;

	buf_put_escaped(&b, STR("a\x1b[31m\\\xc3\xa9\xc2\x9b\xff\x7f\n"));
	assert_string_equal(
	    buf_text(&b), "a\\x1b[31m\\\\\xc3\xa9\\xc2\\x9b\\xff\\x7f\\x0a");
	buf_clear(&b);
	buf_put_json(&b, STR("\"\\\n\x01\xff\xe2\x82\xac"));
	assert_string_equal(
	    buf_text(&b), "\"\\\"\\\\\\n\\u0001\xef\xbf\xbd\xe2\x82\xac\"");
}

static void
utf8(void **state)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;

	buf_put_utf8(&b, 'a');
	buf_put_utf8(&b, 0xe9);
	buf_put_utf8(&b, 0x20ac);
	buf_put_utf8(&b, 0x1f600);
	buf_put_utf8(&b, 0xd800);
	buf_put_utf8(&b, 0x110000);
	assert_string_equal(buf_text(&b),
	    "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(grows_to_its_maximum),
		cmocka_unit_test(failure_sticks), cmocka_unit_test(formats_and_eats),
		cmocka_unit_test(takes), cmocka_unit_test(escapes),
		cmocka_unit_test(utf8) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
