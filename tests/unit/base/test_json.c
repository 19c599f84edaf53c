#include "base/json.h"

#include <string.h>

#include "../test.h"

static int
parse(const char *text, struct json **ret)
{
	size_t at = 0;

	return json_parse(str_of(text), ret, &at);
}

static void
strict(void **state)
{
	static const char *const bad[] = { "", " ", "{", "{\"a\":1,}", "[1,]", "{'a':1}",
		"nul", "01", "1 2", "{} x", "\"\xff\"", "// c\n1", "{\"a\":1,\"a\":2}",
		"[\"\n\"]", "NaN", "\"abc", "{\"x\":{\"b\":1,\"b\":1}}" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json *j = NULL;

		if (parse(bad[i], &j) != JSON_E_SYNTAX)
			fail_msg("accepted: %s", bad[i]);
		assert_null(j);
	}
}

static void
values(void **state)
{
	cleanup_json struct json *j = NULL;
	static const char text[] =
	    " {\"i\":-9007199254740993,\"s\":\"a:\\\"b\\u20ac\",\"b\":true,"
	    "\"n\":null,\"l\":[1,2.5,\"x\"],\"o\":{}} \n";

	assert_int_equal(parse(text, &j), 0);
	assert_true(json_get_int(j, "i", 0) == -9007199254740993);
	assert_string_equal(json_get_text(j, "s"), "a:\"b\xe2\x82\xac");
	assert_true(json_get_bool(j, "b", false));
	assert_true(json_has(j, "n"));
	assert_null(json_get(j, "n"));
	assert_false(json_has(j, "zz"));
	assert_int_equal(json_count(json_get(j, "l")), 3);
	assert_true(json_as_double(json_at(json_get(j, "l"), 1), 0) > 2.4);
	assert_int_equal(json_kind(json_get(j, "o")), JSON_OBJECT);
	assert_int_equal(json_get_int(j, "s", 5), 5);
	assert_string_equal(json_kind_name(json_kind(json_get(j, "l"))), "array");
}

static void
depth(void **state)
{
	char deep[200];
	struct json *j = NULL;

	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_int_equal(json_parse(str_make(deep, 200), &j, NULL), JSON_E_DEPTH);
}

static void
error_position(void **state)
{
	struct json *j = NULL;
	size_t at = 0;

	assert_int_equal(json_parse(STR("{\"a\": x}"), &j, &at), JSON_E_SYNTAX);
	assert_int_equal(at, 6);
}

static void
builds_and_writes(void **state)
{
	cleanup_json struct json *j = json_new_object();
	cleanup_buf struct buf b = BUF_UNLIMITED;
	struct json *list = json_new_array();

	json_push(list, json_new_int(INT64_MAX));
	json_push(list, NULL);
	json_set(json_set_text(j, "u", "a/b\xff"), "l", list);
	json_set_bool(j, "t", true);
	json_set_int(j, "t", 3);
	json_write(&b, j);
	assert_string_equal(buf_text(&b),
	    "{\"u\":\"a/b\xef\xbf\xbd\",\"l\":[9223372036854775807,null],\"t\":3}");
	json_unset(j, "l");
	assert_int_equal(json_count(j), 2);
	buf_clear(&b);
	json_write(&b, NULL);
	assert_string_equal(buf_text(&b), "null");
}

static int
stop_at_b(const char *key, struct json *value, void *ctx)
{
	*(int *)ctx += 1;
	return strcmp(key, "b") ? 0 : 9;
}

static void
each(void **state)
{
	cleanup_json struct json *j = NULL;
	int n = 0;

	assert_int_equal(parse("{\"a\":1,\"b\":2,\"c\":3}", &j), 0);
	assert_int_equal(json_each(j, stop_at_b, &n), 9);
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(strict),
		cmocka_unit_test(values), cmocka_unit_test(depth),
		cmocka_unit_test(error_position), cmocka_unit_test(builds_and_writes),
		cmocka_unit_test(each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
