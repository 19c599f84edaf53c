#include <string.h>

#include "../test.h"
#include "core/keys.h"

static const struct term_modes normal, application = { .app_cursor = true };

static void
check(const char *name, const struct term_modes *modes, const char *bytes)
{
	struct buf b = BUF_UNLIMITED;

	assert_true(keys_put(str_of(name), modes, &b));
	assert_string_equal(buf_text(&b), bytes);
	buf_deinit(&b);
}

static void
test_names(void **state)
{
	(void)state;
	check("Enter", &normal, "\r");
	check("enter", &normal, "\r");
	check("Escape", &normal, "\033");
	check("Tab", &normal, "\t");
	check("BTab", &normal, "\033[Z");
	check("S-Tab", &normal, "\033[Z");
	check("BSpace", &normal, "\177");
	check("Space", &normal, " ");
	check("Up", &normal, "\033[A");
	check("Up", &application, "\033OA");
	check("End", &application, "\033OF");
	check("C-Up", &application, "\033[1;5A");
	check("S-Left", &normal, "\033[1;2D");
	check("C-S-M-Right", &normal, "\033[1;8C");
	check("PageUp", &normal, "\033[5~");
	check("NPage", &normal, "\033[6~");
	check("M-PageDown", &normal, "\033[6;3~");
	check("IC", &normal, "\033[2~");
	check("DC", &normal, "\033[3~");
	check("F1", &normal, "\033OP");
	check("F4", &application, "\033OS");
	check("F5", &normal, "\033[15~");
	check("F12", &normal, "\033[24~");
	check("C-F1", &normal, "\033[1;5P");
	check("C-c", &normal, "\003");
	check("C-C", &normal, "\003");
	check("^C", &normal, "\003");
	check("C-[", &normal, "\033");
	check("C-?", &normal, "\177");
	check("C-_", &normal, "\037");
	check("M-x", &normal, "\033x");
	check("M-Enter", &normal, "\033\r");
	check("C-M-a", &normal, "\033\001");
	check("M-Escape", &normal, "\033\033");
	check("S-a", &normal, "A");
	check("a", &normal, "a");
	check("-", &normal, "-");
	check("^", &normal, "^");
	check("\xc3\xa4", &normal, "\xc3\xa4");
	check("M-\xc3\xa4", &normal, "\033\xc3\xa4");
}

static void
test_control_space(void **state)
{
	struct buf b = BUF_UNLIMITED;

	(void)state;
	assert_true(keys_put(STR("C-Space"), &normal, &b));
	assert_int_equal(b.len, 1);
	assert_int_equal(b.data[0], 0);
	buf_deinit(&b);
}

static void
test_no_such_key(void **state)
{
	static const char *const bad[] = { "", "F13", "Entre", "C-", "ab", "C-\xc3\xa4",
		"X-a", "\xff", "C-S-Tab", "C-!" };
	struct buf b = BUF_UNLIMITED;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(keys_put(str_of(bad[i]), &normal, &b));
	buf_deinit(&b);
}

static void
typed(const char *text, bool bracketed, const char *bytes)
{
	struct buf b = BUF_UNLIMITED;

	keys_put_text(str_of(text), bracketed, &b);
	assert_string_equal(buf_text(&b), bytes);
	buf_deinit(&b);
}

static void
test_text(void **state)
{
	(void)state;
	typed("one\ntwo\r\nthree\rfour", false, "one\rtwo\rthree\rfour");
	typed("a\tb\033[31mc\003d\177", false, "a\tb[31mcd");
	typed("gr\xc3\xbc\xc3\x9f", false, "gr\xc3\xbc\xc3\x9f");
	typed("", false, "");
}

/* Nothing in a text can end the paste early, and so press keys. */
static void
test_paste_does_not_end_early(void **state)
{
	static const char *const evil[] = {
		"a\033[201~b",
		"\033[201~\033[201~",
		"\xc2\x9b"
		"201~x",
		"\xc2\x9b"
		"20"
		"\xc2\x9b"
		"201~"
		"1~x",
		"\033\033[201~[201~",
		"\xc2\033\x9b"
		"201~",
	};

	(void)state;
	typed("one\ntwo", true, "\033[200~one\rtwo\033[201~");
	typed("a\033[201~b", true, "\033[200~ab\033[201~");
	for (size_t i = 0; i < ARRAY_LEN(evil); i++) {
		struct buf b = BUF_UNLIMITED;
		struct str inside;

		keys_put_text(str_of(evil[i]), true, &b);
		assert_true(str_starts(buf_str(&b), STR("\033[200~")));
		assert_true(str_ends(buf_str(&b), STR("\033[201~")));
		inside = str_make(b.data + 6, b.len - 12);
		assert_int_equal(str_find(inside, STR("\033")), -1);
		assert_int_equal(str_find(inside, STR("\xc2\x9b"
						      "201~")),
		    -1);
		buf_deinit(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_control_space),
		cmocka_unit_test(test_no_such_key),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_paste_does_not_end_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
