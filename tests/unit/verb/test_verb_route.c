/* Paths to verbs: every route finds its own row, and nothing else does. */
#include "verb/verb.h"

#include <stdlib.h>
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

/* One value of each argument, hostile where it may be. */
static struct json *
sample_args(const struct verb *v)
{
	static const char *const texts[VT_COUNT] = {
		[VT_TEXT] = "a &?#%+/=\xc3\xa9\n\"",
		[VT_NAME] = "n.1",
		[VT_SESSION] = "a/b c?%41",
		[VT_BOOL] = "true",
		[VT_SIZE] = "80x24",
		[VT_TEXTS] = "x=&y",
		[VT_MAP] = "k&=v=%20",
	};
	struct json *args = json_new_object();
	struct problem p;

	for (const struct verb_arg *a = v->args; a->name; a++) {
		struct buf text = BUF(64);

		if (a->flags & VA_CLIENT)
			continue;
		if (a->type == VT_ENUM) {
			struct str choices = str_of(a->choices),
				   one = str_cut(&choices, '|');

			buf_put(&text, one.p, one.len);
		} else if (texts[a->type])
			buf_puts(&text, texts[a->type]);
		else
			buf_printf(&text, "%lld%s", (long long)a->max,
			    a->type == VT_DURATION ? "ms" : "");
		assert_int_equal(verb_args_add(v, args, a->name, buf_str(&text), &p), 0);
		if (a->type == VT_TEXTS)
			assert_int_equal(
			    verb_args_add(v, args, a->name, STR("-second"), &p), 0);
		if (a->type == VT_MAP)
			assert_int_equal(
			    verb_args_add(v, args, a->name, STR("second="), &p), 0);
		buf_deinit(&text);
	}
	return args;
}

/* What a client writes is what the server reads, for every verb. */
static void
targets_round_trip(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i], *found = NULL;
		struct json *args, *back = NULL;
		struct buf target = BUF(65536), body = BUF(65536), want = BUF(65536),
			   got = BUF(65536);
		struct str query, path;
		struct problem p;

		if (!v->route)
			continue;
		args = sample_args(v);
		verb_target(v, args, &target, &body);
		query = buf_str(&target);
		path = str_cut(&query, '?');
		assert_int_equal(verb_route(v->method, path, &found, &back), 0);
		assert_ptr_equal(found, v);
		while (query.len) {
			struct str value = str_cut(&query, '&'),
				   key = str_cut(&value, '=');
			struct buf text = BUF(65536);
			char *name = xstrndup(key.p, key.len);

			assert_true(verb_route_decode(value, &text));
			assert_int_equal(
			    verb_args_add(v, back, name, buf_str(&text), &p), 0);
			free(name);
			buf_deinit(&text);
		}
		assert_int_equal(verb_has_body(v), body.len > 0);
		if (body.len) {
			struct json *rest = NULL;
			size_t at;

			assert_int_equal(json_parse(buf_str(&body), &rest, &at), 0);
			for (const struct verb_arg *a = v->args; a->name; a++)
				if (json_get(rest, a->name))
					json_set(back, a->name,
					    json_ref(json_get(rest, a->name)));
			json_free(rest);
		}
		json_write(&want, args);
		json_write(&got, back);
		assert_string_equal(buf_text(&got), buf_text(&want));
		json_free(args);
		json_free(back);
		buf_deinit(&target);
		buf_deinit(&body);
		buf_deinit(&want);
		buf_deinit(&got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_finds_its_verb),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(methods_of_a_path),
		cmocka_unit_test(targets_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
