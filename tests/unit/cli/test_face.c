#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/face.h"

static void
test_text_is_printable(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	face_put_text(STR("a\tb\nc\033[2Jd\\e\x7f\xc2\x9b"
			  "f\xff é"),
	    &out);
	assert_string_equal(buf_text(&out), "a b c\\x1b[2Jd\\e\\x7f\\xc2\\x9bf\\xff é");
}

static void
test_columns(void **state)
{
	assert_int_equal(face_columns(STR("")), 0);
	assert_int_equal(face_columns(STR("abc")), 3);
	assert_int_equal(face_columns(STR("日本")), 4);
	assert_int_equal(face_columns(STR("e\xcc\x81")), 1);
	assert_int_equal(face_columns(STR("●")), 1);
}

static void
shows_state(bool utf8, const char *session, const char *expected, enum colour colour)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	cleanup_json struct json *s = NULL;
	struct face f = { .utf8 = utf8 };
	size_t at;

	assert_int_equal(json_parse(str_of(session), &s, &at), 0);
	assert_int_equal(face_put_state(&f, s, &out), colour);
	assert_string_equal(buf_text(&out), expected);
}

static void
test_states(void **state)
{
	shows_state(true, "{\"lifecycle\":\"running\",\"activity\":\"tool\"}", "● tool",
	    COLOUR_GREEN);
	shows_state(true, "{\"lifecycle\":\"running\",\"activity\":\"blocked\"}",
	    "◐ blocked", COLOUR_YELLOW);
	shows_state(true, "{\"lifecycle\":\"running\",\"activity\":\"idle\"}", "○ idle",
	    COLOUR_GREY);
	shows_state(true, "{\"lifecycle\":\"running\",\"activity\":\"unknown\"}",
	    "? running", COLOUR_NONE);
	shows_state(true, "{\"lifecycle\":\"provisioning\"}", "⟳ starting", COLOUR_BLUE);
	shows_state(true,
	    "{\"lifecycle\":\"stopped\",\"stop_cause\":\"exited\",\"exit_status\":0}",
	    "◼ exited 0", COLOUR_GREY);
	shows_state(true,
	    "{\"lifecycle\":\"stopped\",\"stop_cause\":\"crashed\",\"exit_signal\":"
	    "\"SIGSEGV\"}",
	    "✕ crashed SIGSEGV", COLOUR_RED);
	shows_state(false, "{\"lifecycle\":\"failed\"}", "x failed", COLOUR_RED);
	shows_state(false, "{\"lifecycle\":\"running\",\"activity\":\"idle\"}", "o idle",
	    COLOUR_GREY);
	shows_state(false, "{\"lifecycle\":\"\\u001b[2J\"}", "? \\x1b[2J", COLOUR_NONE);
	shows_state(false, "{}", "? unknown", COLOUR_NONE);
}

static void
test_ages(void **state)
{
	static const struct {
		const char *then, *age;
	} rows[] = {
		{ "2026-11-21T03:00:00.000Z", "0s" },
		{ "2026-11-21T02:59:01.000Z", "59s" },
		{ "2026-11-21T02:59:00.000Z", "1m" },
		{ "2026-11-21T01:00:01.000Z", "1h" },
		{ "2026-11-19T03:00:00.000Z", "2d" },
		{ "2027-01-01T00:00:00.000Z", "0s" },
		{ "nonsense", "-" },
		{ NULL, "-" },
	};

	wall_t now;

	assert_true(wall_parse(STR("2026-11-21T03:00:00.000Z"), &now));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct buf out = BUF_UNLIMITED;
		face_put_age(rows[i].then, now, &out);
		assert_string_equal(buf_text(&out), rows[i].age);
	}
}

static void
test_environment(void **state)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(setenv("COLUMNS", "77", 1), 0);
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	assert_int_equal(face_of(ends[1]).width, 77);
	assert_true(face_of(ends[1]).utf8);
	assert_false(face_of(ends[1]).colour);
	assert_int_equal(setenv("LC_ALL", "C", 1), 0);
	assert_int_equal(setenv("COLUMNS", "wide", 1), 0);
	assert_false(face_of(ends[1]).utf8);
	assert_int_equal(face_of(ends[1]).width, 0);
	assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_printable),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
