#include "base/id.h"

#include <string.h>

#include "../test.h"

static void
uuid7(void **state)
{
	static const uint8_t random[10] = { 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6 };
	/* The time of RFC 9562's example, appendix A.6. */
	struct session_id id = session_id_make((wall_t){ 0x017f22e279b0 }, random), back;
	char text[ID_TEXT_BYTES];

	session_id_text(id, text);
	assert_string_equal(text, "017f22e2-79b0-7fff-bfff-010203040506");
	assert_true(session_id_parse(str_of(text), &back));
	assert_true(session_id_eq(id, back));
	assert_false(session_id_parse(STR("017f22e2-79b0-7fff-bfff-01020304050"), &back));
	assert_false(
	    session_id_parse(STR("017F22E2-79b0-7fff-bfff-010203040506"), &back));
	assert_false(
	    session_id_parse(STR("017f22e2x79b0-7fff-bfff-010203040506"), &back));
}

static void
wall(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} known[] = { { 0, "1970-01-01T00:00:00.000Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 1795230000123, "2026-11-21T03:00:00.123Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z" } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		cleanup_buf struct buf b = BUF(64);
		wall_t t;

		wall_put(&b, (wall_t){ known[i].ms });
		assert_string_equal(buf_text(&b), known[i].text);
		assert_true(wall_parse(buf_str(&b), &t));
		assert_int_equal(t.ms, known[i].ms);
	}
}

static void
wall_refuses(void **state)
{
	wall_t t;

	assert_false(wall_parse(STR("2026-11-21T03:00:00Z"), &t));
	assert_false(wall_parse(STR("2026-13-21T03:00:00.000Z"), &t));
	assert_false(wall_parse(STR("2026-11-21 03:00:00.000Z"), &t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(uuid7),
		cmocka_unit_test(wall), cmocka_unit_test(wall_refuses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
