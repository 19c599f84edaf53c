/* Paths to verbs: every route finds its own row, and nothing else does. */
#include "verb/verb.h"

#include <string.h>

#include "test.h"

static void
every_route_finds_its_verb(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *found = NULL;
		struct json *args = NULL;
		struct buf path = BUF(256);
		const char *at;

		if (!verbs[i].route)
			continue;
		at = strstr(verbs[i].route, "{session}");
		if (at) {
			buf_put(&path, verbs[i].route, (size_t)(at - verbs[i].route));
			buf_puts(&path, "n%61me%2F1");
			buf_puts(&path, at + strlen("{session}"));
		} else
			buf_puts(&path, verbs[i].route);
		assert_int_equal(
		    verb_route(verbs[i].method, buf_str(&path), &found, &args), 0);
		assert_ptr_equal(found, &verbs[i]);
		assert_int_equal(json_count(args), at ? 1 : 0);
		if (at)
			assert_string_equal(json_get_text(args, "session"), "name/1");
		args = json_free(args);
		/* One more part, or a slash at the end, is another path. */
		buf_putc(&path, '/');
		assert_int_equal(
		    verb_route(verbs[i].method, buf_str(&path), &found, &args),
		    VERB_E_NO_ROUTE);
		buf_puts(&path, "x/y/z");
		assert_int_equal(
		    verb_route(verbs[i].method, buf_str(&path), &found, &args),
		    VERB_E_NO_ROUTE);
		buf_deinit(&path);
	}
}

static void
bad_paths(void **state)
{
	static const struct {
		const char *method, *path;
		int r;
	} cases[] = {
		{ "GET", "", VERB_E_NO_ROUTE },
		{ "GET", "/", VERB_E_NO_ROUTE },
		{ "GET", "//", VERB_E_NO_ROUTE },
		{ "GET", "/v1", VERB_E_NO_ROUTE },
		{ "GET", "v1/sessions", VERB_E_NO_ROUTE },
		{ "GET", "/v1/sessions/", VERB_E_NO_ROUTE },
		{ "GET", "/v1/sessions//screen", VERB_E_NO_ROUTE },
		{ "GET", "/v1/sessionsx", VERB_E_NO_ROUTE },
		{ "GET", "/V1/sessions", VERB_E_NO_ROUTE },
		{ "PUT", "/v1/sessions", VERB_E_METHOD },
		{ "get", "/v1/sessions", VERB_E_METHOD },
		{ "POST", "/v1/sessions/a", VERB_E_METHOD },
		{ "GET", "/v1/sessions/%", VERB_E_BAD_PATH },
		{ "GET", "/v1/sessions/a%2", VERB_E_BAD_PATH },
		{ "GET", "/v1/sessions/a%zz", VERB_E_BAD_PATH },
		{ "GET", "/v1/sessions/a%00b", VERB_E_BAD_PATH },
		{ "GET", "/v1/sessions/%ff", VERB_E_BAD_PATH },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct verb *v = NULL;
		struct json *args = NULL;

		assert_int_equal(
		    verb_route(cases[i].method, str_of(cases[i].path), &v, &args),
		    cases[i].r);
		assert_null(v);
		assert_null(args);
	}
}

static void
methods_of_a_path(void **state)
{
	struct buf b = BUF(256);

	assert_true(verb_route_methods(STR("/v1/sessions"), &b));
	assert_string_equal(buf_text(&b), "POST, GET, HEAD");
	buf_clear(&b);
	assert_true(verb_route_methods(STR("/v1/sessions/abc"), &b));
	assert_string_equal(buf_text(&b), "GET, HEAD, DELETE");
	buf_clear(&b);
	assert_false(verb_route_methods(STR("/v2"), &b));
	assert_int_equal(b.len, 0);
	buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_finds_its_verb),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(methods_of_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
