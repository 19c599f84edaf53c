/* Every outcome has a complete row, and a problem survives the way to JSON and back. */
#include "verb/outcome.h"

#include <string.h>

#include "test.h"

static void
rows_are_complete(void **state)
{
	for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_row *row = &outcomes[i];

		assert_non_null(row->code);
		assert_true(row->title && row->title[0] >= 'A' && row->title[0] <= 'Z');
		assert_true(
		    row->code[strspn(row->code, "abcdefghijklmnopqrstuvwxyz_")] == 0);
		assert_true(row->http >= 200 && row->http < 600);
		assert_int_equal(i == OUTCOME_DONE, row->http == 200);
		assert_int_equal(i == OUTCOME_DONE, row->exit == 0);
		assert_true(row->exit <= 5 || row->exit == 124);
		assert_int_equal(i == OUTCOME_DONE, row->rpc == 0);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(row->code, outcomes[k].code);
	}
}

static void
problem_round_trip(void **state)
{
	for (unsigned i = OUTCOME_DONE + 1; i < OUTCOME_COUNT; i++) {
		struct problem p, back;
		struct json *j;

		assert_int_equal(problem_set(&p, (enum outcome)i, i % 2 ? "size" : NULL,
				     "size: %d", 7),
		    i);
		j = problem_json(&p);
		assert_int_equal(json_get_int(j, "status", 0), outcomes[i].http);
		assert_string_equal(json_get_text(j, "title"), outcomes[i].title);
		assert_true(problem_from_json(j, &back));
		assert_int_equal(back.outcome, i);
		assert_string_equal(back.detail, "size: 7");
		assert_string_equal(back.field, i % 2 ? "size" : "");
		json_free(j);
	}
}

static void
long_sentences_are_cut(void **state)
{
	char text[2000];
	struct problem p;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	(void)problem_set(&p, OUTCOME_INTERNAL, text, "%s", text);
	assert_int_equal(strlen(p.detail), sizeof(p.detail) - 1);
	assert_int_equal(strlen(p.field), sizeof(p.field) - 1);
}

static void
other_documents_are_not_problems(void **state)
{
	static const char *const texts[] = { "{}", "[]", "null",
		"{\"code\":\"not_found\"}",
		"{\"code\":\"no_such_code\",\"detail\":\"x\"}",
		"{\"code\":7,\"detail\":\"x\"}", "{\"code\":\"done\",\"detail\":\"x\"}",
		"{\"code\":\"timeout\",\"detail\":7}" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct problem p = { .field = "untouched" };
		struct json *j = NULL;
		size_t at;

		assert_int_equal(json_parse(str_of(texts[i]), &j, &at), 0);
		assert_false(problem_from_json(j, &p));
		assert_string_equal(p.field, "untouched");
		json_free(j);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(problem_round_trip),
		cmocka_unit_test(long_sentences_are_cut),
		cmocka_unit_test(other_documents_are_not_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
