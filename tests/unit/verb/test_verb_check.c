/* Requests and results as JSON: what passes, and the exact sentence for what does not. */
#include "verb/verb.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static struct json *
parse(const char *text)
{
	struct json *j = NULL;
	size_t at = 0;

	if (json_parse(str_of(text), &j, &at))
		fail_msg("test text is not JSON at %zu: %s", at, text);
	return j;
}

static void
good_requests(void **state)
{
	static const char *const cases[][2] = {
		{ "session.create", "{}" },
		{ "session.create", "{\"name\":\"a\",\"agent\":\"shell\",\"command\":["
				    "\"sh\",\"\"],\"cwd\":\"/\","
				    "\"env\":{\"A\":\"\"},\"labels\":{},\"size\":{"
				    "\"cols\":1000,\"rows\":1000},"
				    "\"task\":\"\",\"host\":\"pipe\",\"ring_bytes\":"
				    "65536,\"scrollback\":0}" },
		{ "session.create", "{\"name\":null,\"size\":null}" },
		{ "session.list",
		    "{\"label\":[\"a=b\",\"c\"],\"state\":\"needs_you\",\"all\":true}" },
		{ "session.keys", "{\"session\":\"a\",\"keys\":[\"C-c\"]}" },
		{ "daemon.status", "{}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *j = parse(cases[i][1]);
		struct problem p = { 0 };

		if (verb_check_args(verb_by_name(cases[i][0]), j, &p))
			fail_msg("%s: %s", cases[i][1], p.detail);
		json_free(j);
	}
}

static void
bad_requests(void **state)
{
	static const struct {
		const char *verb, *json, *field, *detail;
	} cases[] = {
		{ "session.create", "[]", "",
		    "expected an object with the arguments of session.create, got an "
		    "array" },
		{ "session.create", "null", "",
		    "expected an object with the arguments of session.create, got null" },
		{ "session.create", "{\"foz\":1}", "foz",
		    "unknown key \"foz\"; session.create knows name, agent, cwd, task, "
		    "env, labels, "
		    "size, host, ring_bytes, scrollback, command" },
		{ "session.create", "{\"detach\":true}", "detach",
		    "unknown key \"detach\"; session.create knows name, agent, cwd, "
		    "task, env, "
		    "labels, size, host, ring_bytes, scrollback, command" },
		{ "daemon.stop", "{\"now\":true}", "now",
		    "unknown key \"now\"; daemon.stop knows no arguments" },
		{ "session.create", "{\"size\":{\"cols\":0,\"rows\":0}}", "size",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "
		    "\"0x0\"" },
		{ "session.create", "{\"size\":{\"cols\":100000,\"rows\":30}}", "size",
		    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "
		    "\"100000x30\"" },
		{ "session.create", "{\"size\":\"80x24\"}", "size",
		    "size: expected an object with cols and rows, got a string" },
		{ "session.create", "{\"size\":{\"cols\":80}}", "size",
		    "size: expected an object with just the integers cols and rows" },
		{ "session.create", "{\"size\":{\"cols\":80,\"rows\":24,\"x\":1}}",
		    "size",
		    "size: expected an object with just the integers cols and rows" },
		{ "session.create", "{\"labels\":[]}", "labels",
		    "labels: expected an object of strings, got an array" },
		{ "session.create", "{\"labels\":{\"team\":7}}", "labels.team",
		    "labels.team: expected a string, got an integer" },
		{ "session.create", "{\"labels\":{\"\":\"x\"}}", "labels",
		    "labels: a key is empty, too long, or has a = or control character "
		    "in it" },
		{ "session.create", "{\"env\":{\"A=B\":\"x\"}}", "env",
		    "env: a key is empty, too long, or has a = or control character in "
		    "it" },
		{ "session.create", "{\"command\":\"ls\"}", "command",
		    "command: expected an array of strings, got a string" },
		{ "session.create", "{\"command\":[\"ls\",null]}", "command[1]",
		    "command[1]: expected a string, got null" },
		{ "session.create", "{\"command\":[\"l\\u0000s\"]}", "command[0]",
		    "command[0]: contains a NUL character" },
		{ "session.create", "{\"name\":7}", "name",
		    "name: expected a string, got an integer" },
		{ "session.create", "{\"name\":\"a b\"}", "name",
		    "name: expected letters, digits, '.', '_' or '-', beginning with a "
		    "letter or "
		    "digit, at most 64 bytes, got \"a b\"" },
		{ "session.create", "{\"ring_bytes\":1.5}", "ring_bytes",
		    "ring_bytes: expected an integer, got a number" },
		{ "session.create", "{\"host\":true}", "host",
		    "host: expected a string, got a boolean" },
		{ "session.create", "{\"host\":\"shi\"}", "host",
		    "host: expected shim or pipe, got \"shi\"" },
		{ "session.create", "{\"host\":\"\"}", "host",
		    "host: expected shim or pipe, got \"\"" },
		{ "session.send", "{\"session\":\"a\"}", "text",
		    "text: missing; session.send needs it (what to type; words are "
		    "joined by blanks, "
		    "- reads standard input)" },
		{ "session.send", "{\"session\":\"a\",\"text\":\"x\",\"enter\":\"yes\"}",
		    "enter", "enter: expected a boolean, got a string" },
		{ "session.keys", "{\"session\":\"a\",\"keys\":[\"\"]}", "keys[0]",
		    "keys[0]: expected a text that is not empty" },
		{ "session.rename", "{\"session\":\"a\",\"name\":null}", "name",
		    "name: missing; session.rename needs it (new name)" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *j = parse(cases[i].json);
		struct problem p = { 0 };

		assert_int_equal(verb_check_args(verb_by_name(cases[i].verb), j, &p),
		    OUTCOME_BAD_REQUEST);
		assert_string_equal(p.detail, cases[i].detail);
		assert_string_equal(p.field, cases[i].field);
		json_free(j);
	}
}

static void
limits_of_texts(void **state)
{
	const struct verb *v = verb_by_name("session.label");
	struct json *args = parse("{\"session\":\"a\",\"set\":{}}"),
		    *set = json_get(args, "set");
	char value[300];
	struct problem p;

	memset(value, 'v', sizeof(value));
	value[252] = 0;
	json_set_text(set, "key", value); /* 3 + 1 + 252 = 256 */
	assert_int_equal(verb_check_args(v, args, &p), 0);
	value[252] = 'v', value[253] = 0;
	json_set_text(set, "key", value);
	assert_int_equal(verb_check_args(v, args, &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(
	    p.detail, "set.key: expected at most 256 bytes with its value, got 257");
	json_unset(set, "key");
	for (int i = 0; i < 65; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%d", i);
		json_set_text(set, key, "");
	}
	assert_int_equal(verb_check_args(v, args, &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(p.detail, "set: expected at most 64, got 65");
	json_unset(set, "k0");
	assert_int_equal(verb_check_args(v, args, &p), 0);
	json_free(args);
}

static void
a_secret_is_not_repeated(void **state)
{
	struct json *j = parse("{\"env\":{\"A\":\"sk-secret\\u0000\",\"B\":1}}");
	struct problem p;

	assert_int_equal(
	    verb_check_args(verb_by_name("session.create"), j, &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(p.detail, "env.A: contains a NUL character");
	json_free(j);
}

static void
long_values_are_cut(void **state)
{
	struct json *j = json_new_object();
	struct buf b = BUF(4096);
	struct problem p;

	for (int i = 0; i < 500; i++)
		buf_puts(&b, "\xc3\xa9");
	json_set_text(j, "name", buf_text(&b));
	assert_int_equal(
	    verb_check_args(verb_by_name("session.create"), j, &p), OUTCOME_BAD_REQUEST);
	assert_true(str_is_utf8(str_of(p.detail)));
	assert_true(strlen(p.detail) < 250);
	json_free(j);
	/* A key as long as one likes is shown in part. */
	j = json_new_object();
	json_set(j, buf_text(&b), json_new_int(1));
	assert_int_equal(
	    verb_check_args(verb_by_name("session.create"), j, &p), OUTCOME_BAD_REQUEST);
	assert_true(strlen(p.detail) < 400);
	assert_true(str_is_utf8(str_of(p.detail)));
	assert_true(str_is_utf8(str_of(p.field)));
	json_free(j);
	buf_deinit(&b);
}

/* --- Results ------------------------------------------------------------------ */

static struct json *sample(const struct verb_object *o, bool nulls);

static struct json *
sample_value(const struct verb_field *f, bool nulls)
{
	struct json *array;

	if (f->nullable && nulls)
		return NULL;
	switch (f->type) {
	case VT_INT:
	case VT_DURATION:
	case VT_BYTES:
		return json_new_int(7);
	case VT_BOOL:
		return json_new_bool(false);
	case VT_TEXTS:
		return json_new_array();
	case VT_MAP:
		return json_set_text(json_new_object(), "key", "value");
	case VT_TIME:
		return json_new_text("2026-11-21T03:00:00.000Z");
	case VT_OBJECT:
		return sample(f->object, nulls);
	case VT_OBJECTS:
		array = json_new_array();
		json_push(array, sample(f->object, nulls));
		json_push(array, sample(f->object, !nulls));
		return array;
	default:
		return json_new_text("text");
	}
}

static struct json *
sample(const struct verb_object *o, bool nulls)
{
	struct json *j = json_new_object();

	for (const struct verb_field *f = o->fields; f->name; f++)
		json_set(j, f->name, sample_value(f, nulls));
	return j;
}

/* For every verb: a right answer passes; without any one key, with a key too
 * many or with a wrong kind it does not. */
static void
results_by_table(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];
		struct problem p;

		if (!v->result)
			continue;
		for (int nulls = 0; nulls < 2; nulls++) {
			struct json *j = sample(v->result, nulls);

			if (verb_check_result(v, j, &p))
				fail_msg("%s: %s", v->name, p.detail);
			json_free(j);
		}
		for (const struct verb_field *f = v->result->fields; f->name; f++) {
			struct json *j = sample(v->result, false);

			json_unset(j, f->name);
			assert_int_equal(
			    verb_check_result(v, j, &p), OUTCOME_BAD_REQUEST);
			assert_string_equal(p.field, f->name);
			json_set(j, f->name,
			    f->type == VT_BOOL ? json_new_int(1) : json_new_bool(true));
			assert_int_equal(verb_check_result(v, j, &p),
			    f->type == VT_ANY ? 0 : OUTCOME_BAD_REQUEST);
			json_set(j, f->name, NULL);
			assert_int_equal(verb_check_result(v, j, &p),
			    f->nullable || f->type == VT_ANY ? 0 : OUTCOME_BAD_REQUEST);
			json_free(j);
		}
	}
}

static void
bad_results(void **state)
{
	const struct verb *v = verb_by_name("session.list");
	struct json *j = sample(v->result, false);
	struct problem p;

	json_set_int(json_at(json_get(j, "sessions"), 1), "foz", 1);
	assert_int_equal(verb_check_result(v, j, &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(p.detail, "sessions[1].foz: is not a key of session");
	json_unset(json_at(json_get(j, "sessions"), 1), "foz");
	json_set_text(json_at(json_get(j, "sessions"), 0), "since", "yesterday");
	assert_int_equal(verb_check_result(v, j, &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(
	    p.detail, "sessions[0].since: expected an RFC 3339 time, got a string");
	json_free(j);
	j = json_new_array();
	assert_int_equal(verb_check_result(v, j, &p), OUTCOME_BAD_REQUEST);
	assert_string_equal(p.detail, "result: expected an object, got an array");
	json_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_requests),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(limits_of_texts),
		cmocka_unit_test(a_secret_is_not_repeated),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(results_by_table),
		cmocka_unit_test(bad_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
