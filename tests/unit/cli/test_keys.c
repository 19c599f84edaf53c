#include "test.h"

#include <string.h>

#include "cli/keys.h"

static void
give(struct keys *k, const char *bytes, bool detach, const char *passed)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	assert_int_equal(keys_feed(k, bytes, strlen(bytes), &out), detach);
	assert_string_equal(buf_text(&out), passed);
}

static struct keys
made(const char *spec)
{
	struct keys k;

	assert_true(keys_init(&k, str_of(spec)));
	return k;
}

static void
test_specification(void **state)
{
	static const char *const bad[] = { "", ",", "ctrl-", "ctrl-é", "ab", "ctrl-q,",
		"a b c d e", "a,b,c,d,e,f,g,h,i", "ctrl-1" };
	static const char *const good[] = { "none", "ctrl-q", "C-q", "^Q",
		"ctrl-b d, ctrl-q", "^]" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct keys k;
		assert_false(keys_init(&k, str_of(bad[i])));
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct keys k = made(good[i]);
		keys_deinit(&k);
	}
}

static void
test_single_key(void **state)
{
	struct keys k = made(KEYS_DEFAULT);

	give(&k, "plain text\r", false, "plain text\r");
	give(&k, "abc\021def", true, "abc");
	give(&k, "again", false, "again");
	keys_deinit(&k);
}

static void
test_prefix(void **state)
{
	struct keys k = made(KEYS_DEFAULT);

	give(&k, "x\002", false, "x");
	assert_true(keys_holding(&k));
	give(&k, "d", true, "");
	assert_false(keys_holding(&k));
	give(&k, "\002x", false, "\002x");
	give(&k, "\002\002", false, "\002"); /* twice: once for the program */
	assert_false(keys_holding(&k));
	give(&k, "d", false, "d");
	give(&k, "\002\033[A", false, "\002\033[A");
	give(&k, "\002\021", true, "");
	keys_deinit(&k);
}

static void
test_gives_up_waiting(void **state)
{
	struct keys k = made(KEYS_DEFAULT);
	cleanup_buf struct buf out = BUF_UNLIMITED;

	give(&k, "\002", false, "");
	keys_give_up(&k, &out);
	assert_string_equal(buf_text(&out), "\002");
	give(&k, "d", false, "d");
	keys_deinit(&k);
}

static void
test_kitty_and_other_keys(void **state)
{
	struct keys k = made(KEYS_DEFAULT);

	give(&k, "\033[113;5u", true, "");
	give(&k, "\033[113;69u", true, ""); /* with caps lock */
	give(&k, "\033[113;5:1u", true, "");
	give(&k, "\033[113;5:3u", false, "\033[113;5:3u"); /* a release */
	give(&k, "\033[113;6u", false, "\033[113;6u");     /* shift too */
	give(&k, "\033[27;5;113~", true, "");
	give(&k, "\033[98;5u", false, "");
	give(&k, "\033[98;5:3u\033[57442;1:3u", false, ""); /* releases while held */
	give(&k, "\033[100u", true, "");
	give(&k, "\033[98;5u\033[98;5:3ux", false, "\033[98;5u\033[98;5:3ux");
	keys_deinit(&k);
}

static void
test_never_in_a_paste(void **state)
{
	struct keys k = made(KEYS_DEFAULT);

	give(&k, "\033[200~a\021b\033[20", false, "\033[200~a\021b\033[20");
	give(&k, "1~", false, "1~");
	give(&k, "\021", true, "");
	give(&k, "\033[200~\002", false, "\033[200~\002");
	give(&k, "d\033[201~\002d", true, "d\033[201~");
	keys_deinit(&k);
}

static void
test_escape_is_not_delayed(void **state)
{
	struct keys k = made(KEYS_DEFAULT);

	give(&k, "\033", false, "\033");
	give(&k, "\033[", false, "\033[");
	give(&k, "\033[1;", false, "\033[1;");
	assert_false(keys_holding(&k));
	keys_deinit(&k);
}

static void
test_none(void **state)
{
	struct keys k = made("none");
	cleanup_buf struct buf out = BUF_UNLIMITED;

	give(&k, "\021\002d", false, "\021\002d");
	keys_describe(&k, &out);
	assert_string_equal(buf_text(&out), "");
	keys_deinit(&k);
	k = made("ctrl-b d, ctrl-q");
	keys_describe(&k, &out);
	assert_string_equal(buf_text(&out), "Ctrl+B d");
	keys_deinit(&k);
}

/* Any cut of a stream gives the program the same bytes. */
static void
test_chunks(void **state)
{
	static const char stream[] =
	    "ab\002c\033[200~\021\033[201~\002\002xyz\033[A\xc3\xa9";
	struct keys k = made(KEYS_DEFAULT);
	cleanup_buf struct buf whole = BUF_UNLIMITED;

	assert_false(keys_feed(&k, stream, sizeof(stream) - 1, &whole));
	keys_deinit(&k);
	for (size_t step = 1; step < sizeof(stream); step++) {
		cleanup_buf struct buf out = BUF_UNLIMITED;
		k = made(KEYS_DEFAULT);
		for (size_t at = 0; at < sizeof(stream) - 1; at += step) {
			size_t left = sizeof(stream) - 1 - at;
			assert_false(
			    keys_feed(&k, stream + at, left < step ? left : step, &out));
		}
		assert_string_equal(buf_text(&out), buf_text(&whole));
		keys_deinit(&k);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specification),
		cmocka_unit_test(test_single_key),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_gives_up_waiting),
		cmocka_unit_test(test_kitty_and_other_keys),
		cmocka_unit_test(test_never_in_a_paste),
		cmocka_unit_test(test_escape_is_not_delayed),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
