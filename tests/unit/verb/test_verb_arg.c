/* Text to JSON: what is read, and the exact sentence for what is not. */
#include "verb/verb.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static const struct verb_arg *
arg(const char *verb, const char *name)
{
	const struct verb_arg *a = verb_arg(verb_by_name(verb), name);

	assert_non_null(a);
	return a;
}

static void
good_text(void **state)
{
	static const struct {
		const char *verb, *name, *text, *json;
	} cases[] = {
		{ "session.create", "size", "120x30", "{\"cols\":120,\"rows\":30}" },
		{ "session.create", "size", "2x1", "{\"cols\":2,\"rows\":1}" },
		{ "session.create", "name", "a.b-c_1", "\"a.b-c_1\"" },
		{ "session.create", "ring_bytes", "64K", "65536" },
		{ "session.create", "ring_bytes", "1G", "1073741824" },
		{ "session.create", "env", "A=b=c", "{\"A\":\"b=c\"}" },
		{ "session.create", "env", "A=", "{\"A\":\"\"}" },
		{ "session.create", "labels", "team", "{\"team\":\"\"}" },
		{ "session.create", "labels", "team=a b", "{\"team\":\"a b\"}" },
		{ "session.create", "command", "--x", "[\"--x\"]" },
		{ "session.create", "command", "", "[\"\"]" },
		{ "session.send", "enter", "0", "false" },
		{ "session.send", "enter", "true", "true" },
		{ "session.send", "text", "h\xc3\xa9\n", "\"h\xc3\xa9\\n\"" },
		{ "session.stop", "grace", "0", "0" },
		{ "session.stop", "grace", "2m", "120000" },
		{ "session.stop", "grace", "500ms", "500" },
		{ "session.wait", "until", "text=a|b", "\"text=a|b\"" },
		{ "session.wait", "until", "exited", "\"exited\"" },
		{ "event.list", "since", "9223372036854775807", "9223372036854775807" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = BUF(4096);
		struct json *j = NULL;
		struct problem p = { 0 };

		if (verb_arg_parse(
			arg(cases[i].verb, cases[i].name), str_of(cases[i].text), &j, &p))
			fail_msg("%s: %s", cases[i].text, p.detail);
		json_write(&b, j);
		assert_string_equal(buf_text(&b), cases[i].json);
		buf_deinit(&b);
		json_free(j);
	}
}

static void
bad_text(void **state)
{
	static const struct {
		const char *verb, *name, *text, *detail;
	} cases[] = {
		{ "session.create", "size", "0x0",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "
		    "\"0x0\"" },
		{ "session.create", "size", "100000x30",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "
		    "\"100000x30\"" },
		{ "session.create", "size", "99999999999999999999x1",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "
		    "\"99999999999999999999x1\"" },
		{ "session.create", "size", "80",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got \"80\"" },
		{ "session.create", "size", "80x24x",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "
		    "\"80x24x\"" },
		{ "session.create", "name", "-x",
		    "name: expected letters, digits, '.', '_' or '-', beginning with a "
		    "letter or "
		    "digit, at most 64 bytes, got \"-x\"" },
		{ "session.create", "host", "tmux",
		    "host: expected shim or pipe, got \"tmux\"" },
		{ "session.create", "ring_bytes", "10",
		    "ring_bytes: expected a number of bytes (4096, 64K, 1M) between 64K "
		    "and 1G, "
		    "got 10" },
		{ "session.create", "env", "API_KEY", "env: expected KEY=VALUE" },
		{ "session.create", "env", "=x", "env: expected KEY=VALUE" },
		{ "session.create", "labels", "", "labels: expected KEY or KEY=VALUE" },
		{ "session.create", "cwd", "", "cwd: expected a text that is not empty" },
		{ "session.create", "cwd", "\xff", "cwd: is not UTF-8" },
		{ "session.tail", "lines", "many",
		    "lines: expected an integer between 0 and 100000, got \"many\"" },
		{ "session.tail", "lines", "-1",
		    "lines: expected an integer between 0 and 100000, got -1" },
		{ "session.tail", "lines", "",
		    "lines: expected an integer between 0 and 100000, got \"\"" },
		{ "session.screen", "format", "png",
		    "format: expected text, ansi, json or svg, got \"png\"" },
		{ "session.send", "enter", "yes",
		    "enter: expected true or false, got \"yes\"" },
		{ "session.stop", "grace", "5h",
		    "grace: expected a duration (30, 500ms, 2m) between 0 and 1h, got "
		    "18000000ms" },
		{ "session.stop", "grace", "soon",
		    "grace: expected a duration (30, 500ms, 2m) between 0 and 1h, got "
		    "\"soon\"" },
		{ "session.wait", "until", "text=",
		    "until: expected running, exited, stopped, failed, archived or "
		    "text=STRING, "
		    "got \"text=\"" },
		{ "session.get", "session", "",
		    "session: expected a text that is not empty" },
		{ "event.list", "since", "-1",
		    "since: expected an integer from 0 up, got -1" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *j = NULL;
		struct problem p = { 0 };
		int r = verb_arg_parse(
		    arg(cases[i].verb, cases[i].name), str_of(cases[i].text), &j, &p);

		assert_int_equal(r, OUTCOME_BAD_REQUEST);
		assert_null(j);
		assert_string_equal(p.detail, cases[i].detail);
		assert_string_equal(p.field, cases[i].name);
	}
}

static void
nul_is_refused(void **state)
{
	struct json *j = NULL;
	struct problem p;

	assert_int_equal(
	    verb_arg_parse(arg("session.send", "text"), str_make("a\0b", 3), &j, &p),
	    OUTCOME_BAD_REQUEST);
	assert_string_equal(p.detail, "text: contains a NUL character");
}

static void
arguments_gather(void **state)
{
	static const char *const given[][2] = { { "labels", "a=1" }, { "labels", "b" },
		{ "labels", "a=2" }, { "command", "sh" }, { "command", "-c" },
		{ "size", "80x24" } };
	const struct verb *v = verb_by_name("session.create");
	struct json *args = json_new_object();
	struct buf b = BUF(4096);
	struct problem p;

	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		assert_int_equal(
		    verb_args_add(v, args, given[i][0], str_of(given[i][1]), &p), 0);
	assert_int_equal(
	    verb_args_add(v, args, "size", STR("90x20"), &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(p.detail, "size: given twice");
	assert_int_equal(
	    verb_args_add(v, args, "foz", STR("1"), &p), OUTCOME_BAD_REQUEST);
	assert_int_equal(
	    verb_args_add(v, args, "env", STR("x"), &p), OUTCOME_BAD_REQUEST);
	json_write(&b, args);
	assert_string_equal(buf_text(&b),
	    "{\"labels\":{\"a\":\"2\",\"b\":\"\"},\"command\":[\"sh\",\"-c\"],"
	    "\"size\":{\"cols\":80,\"rows\":24}}");
	assert_int_equal(verb_check_args(v, args, &p), 0);
	buf_deinit(&b);
	json_free(args);
}

/* Every initial value reads, and a filled request of any verb passes its own check. */
static void
initial_values_are_valid(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];
		struct json *args = json_new_object();
		struct problem p;

		for (const struct verb_arg *a = v->args; a->name; a++)
			if (a->flags & VA_REQUIRED && !(a->flags & VA_CLIENT))
				assert_int_equal(
				    verb_args_add(v, args, a->name,
					a->type == VT_SIZE ? STR("80x24") : STR("word"),
					&p),
				    0);
		verb_args_fill(v, args);
		for (const struct verb_arg *a = v->args; a->name; a++)
			assert_int_equal(json_has(args, a->name),
			    !(a->flags & VA_CLIENT) &&
				(a->initial || a->flags & VA_REQUIRED));
		if (verb_check_args(v, args, &p))
			fail_msg("%s: %s", v->name, p.detail);
		json_free(args);
	}
}

static void
fill_keeps_what_is_given(void **state)
{
	const struct verb *v = verb_by_name("session.send");
	struct json *args = json_new_object();

	json_set_bool(args, "enter", false);
	json_set(args, "paste", NULL); /* null is absent */
	verb_args_fill(v, args);
	assert_false(json_get_bool(args, "enter", true));
	assert_string_equal(json_get_text(args, "paste"), "auto");
	json_free(args);
}

/* Whatever is read prints to a text that reads to the same again, for each
 * argument with a number. */
static void
numbers_round_trip(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		for (const struct verb_arg *a = verbs[i].args; a->name; a++) {
			int64_t tries[] = { a->min, a->min + 1, a->max / 2, a->max - 1,
				a->max };

			if (a->type != VT_INT && a->type != VT_BYTES &&
			    a->type != VT_DURATION)
				continue;
			for (size_t k = 0; k < ARRAY_LEN(tries); k++) {
				char text[40];
				struct json *j = NULL;
				struct problem p;

				if (tries[k] < a->min)
					continue;
				(void)snprintf(text, sizeof(text), "%lld%s",
				    (long long)tries[k],
				    a->type == VT_DURATION ? "ms" : "");
				assert_int_equal(
				    verb_arg_parse(a, str_of(text), &j, &p), 0);
				assert_int_equal(json_as_int(j, -1), tries[k]);
				json_free(j);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text),
		cmocka_unit_test(bad_text),
		cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(arguments_gather),
		cmocka_unit_test(initial_values_are_valid),
		cmocka_unit_test(fill_keeps_what_is_given),
		cmocka_unit_test(numbers_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
