/* Every pair of state and event, and the drawing of the table in doc/. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "core/lifecycle.h"

static const enum lifecycle none = LIFECYCLE_COUNT;

/* Written out a second time on purpose: a change of the table must be meant. */
/* clang-format off */
static const enum lifecycle expected[LIFECYCLE_COUNT][LIFECYCLE_EVENT_COUNT] = {
	/*                    STARTED            NOT_STARTED       ENDED              FOUND              STOP               RESTART                 ARCHIVE             REMOVE */
	[LIFECYCLE_PROVISIONING] = { LIFECYCLE_RUNNING, LIFECYCLE_FAILED, LIFECYCLE_STOPPED, LIFECYCLE_RUNNING, LIFECYCLE_COUNT,   LIFECYCLE_COUNT,        LIFECYCLE_COUNT,    LIFECYCLE_COUNT },
	[LIFECYCLE_RUNNING]      = { LIFECYCLE_COUNT,   LIFECYCLE_COUNT,  LIFECYCLE_STOPPED, LIFECYCLE_RUNNING, LIFECYCLE_RUNNING, LIFECYCLE_COUNT,        LIFECYCLE_COUNT,    LIFECYCLE_COUNT },
	[LIFECYCLE_STOPPED]      = { LIFECYCLE_COUNT,   LIFECYCLE_COUNT,  LIFECYCLE_COUNT,   LIFECYCLE_RUNNING, LIFECYCLE_COUNT,   LIFECYCLE_PROVISIONING, LIFECYCLE_ARCHIVED, LIFECYCLE_STOPPED },
	[LIFECYCLE_FAILED]       = { LIFECYCLE_COUNT,   LIFECYCLE_COUNT,  LIFECYCLE_COUNT,   LIFECYCLE_RUNNING, LIFECYCLE_COUNT,   LIFECYCLE_PROVISIONING, LIFECYCLE_ARCHIVED, LIFECYCLE_FAILED },
	[LIFECYCLE_ARCHIVED]     = { LIFECYCLE_COUNT,   LIFECYCLE_COUNT,  LIFECYCLE_COUNT,   LIFECYCLE_COUNT,   LIFECYCLE_COUNT,   LIFECYCLE_COUNT,        LIFECYCLE_COUNT,    LIFECYCLE_ARCHIVED },
};

/* clang-format on */

static void
test_every_pair(void **state)
{
	(void)state;
	for (unsigned s = 0; s < LIFECYCLE_COUNT; s++)
		for (unsigned e = 0; e < LIFECYCLE_EVENT_COUNT; e++) {
			enum lifecycle next = none;
			bool ok = lifecycle_next(
			    (enum lifecycle)s, (enum lifecycle_event)e, &next);

			assert_int_equal(next, expected[s][e]);
			assert_int_equal(ok, next != none);
		}
}

static void
test_names(void **state)
{
	enum lifecycle l;
	enum stop_cause c;

	(void)state;
	for (unsigned s = 0; s < LIFECYCLE_COUNT; s++) {
		assert_true(lifecycle_parse(lifecycle_names[s], &l));
		assert_int_equal(l, s);
	}
	for (unsigned s = 0; s < STOP_CAUSE_COUNT; s++) {
		assert_true(lifecycle_parse_cause(lifecycle_causes[s], &c));
		assert_int_equal(c, s);
	}
	assert_false(lifecycle_parse("dead", &l));
	assert_false(lifecycle_parse(NULL, &l));
	assert_false(lifecycle_parse_cause("dead", &c));
}

/* With BELAY_WRITE=1 the page is written instead. */
static void
test_drawing_is_current(void **state)
{
	const char *path = getenv("LIFECYCLE_PAGE");
	struct buf want = BUF_UNLIMITED, have = BUF_UNLIMITED;
	char chunk[4096];
	size_t n;
	FILE *f;

	(void)state;
	assert_non_null(path);
	lifecycle_draw(&want);
	if (getenv("BELAY_WRITE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(want.data, 1, want.len, f), want.len);
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&have, chunk, n);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(buf_text(&have), buf_text(&want));
	buf_deinit(&want);
	buf_deinit(&have);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_drawing_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
