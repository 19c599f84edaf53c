#include "../test.h"
#include "base/limits.h"
#include "core/name.h"

static void
test_valid(void **state)
{
	char longest[LIMIT_NAME_BYTES + 2];

	(void)state;
	assert_true(name_valid(STR("a")));
	assert_true(name_valid(STR("A-1_x.y")));
	assert_false(name_valid(STR("")));
	assert_false(name_valid(STR("-a")));
	assert_false(name_valid(STR(".a")));
	assert_false(name_valid(STR("a b")));
	assert_false(name_valid(STR("a/b")));
	assert_false(name_valid(STR("a\033")));
	assert_false(name_valid(STR("\xc3\xa4")));
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = 'a';
	assert_true(name_valid(str_make(longest, LIMIT_NAME_BYTES)));
	assert_false(name_valid(str_make(longest, LIMIT_NAME_BYTES + 1)));
}

static void
test_made_names_are_valid(void **state)
{
	static const char *const places[] = { "/", "", "/home/me/My Project",
		"/x/.config", "/x/---", "/a/\xc3\xa4\xc3\xb6", "/a/b/",
		"/very-long-directory-name-that-goes-on-and-on-and-on-and-on-and-on" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		for (uint32_t random = 0; random < 10000; random += 37) {
			struct buf b = BUF(128);

			name_make(str_of(places[i]), random, random & 1, &b);
			assert_false(buf_failed(&b));
			assert_true(name_valid(buf_str(&b)));
			buf_deinit(&b);
		}
}

static void
test_made_from_directory(void **state)
{
	struct buf b = BUF(128);

	(void)state;
	name_make(STR("/home/me/My Project/"), 0, false, &b);
	assert_string_equal(buf_text(&b), "MyProject-alder");
	buf_clear(&b);
	name_make(STR("/"), 65, true, &b);
	assert_string_equal(buf_text(&b), "session-brave-anchor");
	buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_made_names_are_valid),
		cmocka_unit_test(test_made_from_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
