#include "base/str.h"

#include <stdlib.h>

#include "../test.h"

static void
numbers(void **state)
{
	int64_t i = 7;
	uint64_t u = 7;

	assert_true(str_to_i64(STR("-9223372036854775808"), &i));
	assert_int_equal(i, INT64_MIN);
	assert_true(str_to_u64(STR("18446744073709551615"), &u));
	assert_int_equal(u, UINT64_MAX);
	i = 7, u = 7;
	assert_false(str_to_u64(STR("18446744073709551616"), &u));
	assert_false(str_to_i64(STR("9223372036854775808"), &i));
	assert_false(str_to_i64(STR("-"), &i));
	assert_false(str_to_i64(STR(""), &i));
	assert_false(str_to_u64(STR("12 "), &u));
	assert_false(str_to_u64(STR("+1"), &u));
	assert_int_equal(i, 7);
	assert_int_equal(u, 7);
}

static void
units(void **state)
{
	uint64_t v = 0;

	assert_true(str_to_ms(STR("30"), &v));
	assert_int_equal(v, 30000);
	assert_true(str_to_ms(STR("500ms"), &v));
	assert_int_equal(v, 500);
	assert_true(str_to_ms(STR("2h"), &v));
	assert_int_equal(v, 7200000);
	assert_false(str_to_ms(STR("2x"), &v));
	assert_false(str_to_ms(STR("s"), &v));
	assert_false(str_to_ms(STR("99999999999999999999d"), &v));
	assert_true(str_to_bytes(STR("64K"), &v));
	assert_int_equal(v, 65536);
	assert_false(str_to_bytes(STR("1.5M"), &v));
}

static void
parts(void **state)
{
	struct str s = STR("a=b=c"), head = str_cut(&s, '=');

	assert_true(str_eqz(head, "a"));
	assert_true(str_eqz(s, "b=c"));
	(void)str_cut(&s, '=');
	head = str_cut(&s, '=');
	assert_true(str_eqz(head, "c"));
	assert_int_equal(s.len, 0);
	assert_true(str_eqz(str_trim(STR(" \t x y\n")), "x y"));
	assert_int_equal(str_find(STR("hello"), STR("lo")), 3);
	assert_int_equal(str_find(STR("hello"), STR("no")), -1);
	assert_true(str_starts(STR("hello"), STR("he")));
	assert_false(str_ends(STR("o"), STR("hello")));
	assert_true(str_eq(STR_NONE, STR("")));
}

/* Against the definition: every byte pattern that Unicode's table 3-7 rules out. */
static void
utf8(void **state)
{
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5", "\xc3",
		"a\xe2\x82", "\xff" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_is_utf8(str_of(bad[i])));
	assert_true(
	    str_is_utf8(STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf")));
	assert_true(str_is_utf8(STR("")));
	assert_true(str_is_utf8(STR_NONE));
}

static void
copies(void **state)
{
	char *p = xstrndup("hello", 2);

	assert_string_equal(p, "he");
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(numbers),
		cmocka_unit_test(units), cmocka_unit_test(parts), cmocka_unit_test(utf8),
		cmocka_unit_test(copies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
