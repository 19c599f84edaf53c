#include "test.h"

#include <string.h>

#include "cli/client.h"

static void
sends(const char *verb, const char *request, const char *expected)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	cleanup_json struct json *j = NULL;
	size_t at;

	assert_int_equal(json_parse(str_of(request), &j, &at), 0);
	client_put_request(verb_by_name(verb), j, &out);
	if (!strstr(buf_text(&out), expected))
		fail_msg("%s\nis not in\n%s", expected, buf_text(&out));
}

static void
test_query(void **state)
{
	sends("session.list", "{}", "GET /v1/sessions HTTP/1.1\r\n");
	sends("session.list", "{\"label\":[\"a=b c\",\"d\"],\"all\":true}",
	    "GET /v1/sessions?label=a%3Db%20c&label=d&all=true HTTP/1.1\r\n");
	sends("session.wait",
	    "{\"session\":\"x\",\"until\":\"text=a&b\",\"timeout\":1500}",
	    "GET /v1/sessions/x/wait?until=text%3Da%26b&timeout=1500ms HTTP/1.1\r\n");
	sends("session.get", "{\"session\":\"../x y\"}",
	    "GET /v1/sessions/..%2Fx%20y HTTP/1.1\r\n");
	sends("session.remove", "{\"session\":\"x\",\"force\":true}",
	    "DELETE /v1/sessions/x?force=true HTTP/1.1\r\n");
}

static void
test_body(void **state)
{
	sends("session.resize", "{\"session\":\"x\",\"size\":{\"cols\":80,\"rows\":24}}",
	    "\r\n\r\n{\"size\":{\"cols\":80,\"rows\":24}}");
	sends("session.stop", "{\"session\":\"x\"}",
	    "POST /v1/sessions/x/stop HTTP/1.1\r\n");
	sends("session.stop", "{\"session\":\"x\"}", "\r\n\r\n{}");
}

static void
test_stream_is_asked_for(void **state)
{
	sends("event.list", "{\"follow\":true}", "text/event-stream");
	sends("event.list", "{\"limit\":5}", "application/json");
}

/* Whatever the client sends, the table reads back. */
static void
test_query_is_read_back(void **state)
{
	static const struct {
		const char *verb, *arg, *value;
	} rows[] = { { "session.wait", "timeout", "90000" },
		{ "session.tail", "raw", "65536" }, { "session.tail", "lines", "7" },
		{ "session.screen", "format", "\"svg\"" },
		{ "session.list", "all", "true" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct verb *v = verb_by_name(rows[i].verb);
		cleanup_json struct json *request = json_new_object(), *value = NULL,
					 *back = NULL;
		cleanup_buf struct buf out = BUF_UNLIMITED, text = BUF_UNLIMITED;
		struct problem p = { 0 };
		struct str query;
		size_t at;

		assert_int_equal(json_parse(str_of(rows[i].value), &value, &at), 0);
		json_set(request, rows[i].arg, json_ref(value));
		client_put_request(v, request, &out);
		query = str_of(strchr(buf_text(&out), '=') + 1);
		query = str_cut(&query, ' ');
		assert_int_equal(
		    verb_arg_parse(verb_arg(v, rows[i].arg), query, &back, &p), 0);
		json_write(&text, back);
		assert_string_equal(buf_text(&text), rows[i].value);
	}
}

static void
test_limits(void **state)
{
	struct cli cli = { .timeout_ms = 10000,
		.home.config = (char[]){ "/nonexistent" } };
	cleanup_json struct json *request = json_new_object();

	assert_int_equal(
	    client_limit_ms(&cli, verb_by_name("session.list"), request), 10000);
	assert_int_equal(
	    client_limit_ms(&cli, verb_by_name("session.stop"), request), 70000);
	json_set_int(request, "grace", 100000);
	assert_int_equal(
	    client_limit_ms(&cli, verb_by_name("session.stop"), request), 160000);
	json_set_int(request, "timeout", 5000);
	assert_int_equal(
	    client_limit_ms(&cli, verb_by_name("session.wait"), request), 65000);
	cli.timeout_set = true;
	cli.timeout_ms = 500;
	assert_int_equal(
	    client_limit_ms(&cli, verb_by_name("session.stop"), request), 500);
	assert_int_equal(
	    client_limit_ms(&cli, verb_by_name("session.wait"), request), 65000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_stream_is_asked_for),
		cmocka_unit_test(test_query_is_read_back),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
