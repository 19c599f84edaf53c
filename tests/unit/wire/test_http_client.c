/* Responses whole and in every possible pair of pieces; what is refused; requests. */
#include "wire/http_client.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

struct seen {
	struct buf body;
};

static void
on_body(struct str part, void *ctx)
{
	struct seen *s = ctx;

	assert_true(part.len > 0);
	buf_put(&s->body, part.p, part.len);
}

struct result {
	int r, status;
	bool keep_alive;
	size_t rest;
	char type[64];
	char body[256];
};

/* Feeds `text` cut at `cut`; then, if asked, the end of the connection. */
static struct result
feed(struct str text, size_t cut, bool head, bool close)
{
	struct seen seen = { .body = BUF_UNLIMITED };
	struct http_client c;
	struct result res;
	struct str first = str_make(text.p, cut),
		   second = str_make(text.p + cut, text.len - cut);

	http_client_init(&c, on_body, &seen);
	http_client_start(&c, head);
	res.r = http_client_feed(&c, &first);
	if (!res.r)
		res.r = http_client_feed(&c, &second);
	if (!res.r && close)
		res.r = http_client_closed(&c);
	res = (struct result){ .r = res.r,
		.status = c.status,
		.keep_alive = c.keep_alive,
		.rest = first.len + second.len };
	(void)snprintf(res.type, sizeof(res.type), "%s", c.type);
	(void)snprintf(res.body, sizeof(res.body), "%s", buf_text(&seen.body));
	http_client_deinit(&c);
	buf_deinit(&seen.body);
	return res;
}

static void
good_responses(void **state)
{
	static const struct {
		const char *text;
		bool head, close, keep_alive;
		int status;
		const char *type, *body;
		size_t rest;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
		  "Content-Length: 2\r\n\r\n{}HTTP/1.1 404",
		    .keep_alive = true, .status = 200, .type = "application/json",
		    .body = "{}", .rest = 12 },
		{ "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n",
		    .keep_alive = true, .status = 404, .type = "", .body = "" },
		{ "HTTP/1.1 204\r\n\r\nX", .keep_alive = true, .status = 204, .type = "",
		    .body = "", .rest = 1 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", .head = true,
		    .keep_alive = true, .status = 200, .type = "", .body = "" },
		{ "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 201 C\r\nConnection: x, "
		  "Close\r\n"
		  "Content-Length: 1\r\n\r\na",
		    .status = 201, .type = "", .body = "a" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest",
		    .keep_alive = true, .status = 200, .type = "",
		    .body = "abc0123456789", .rest = 4 },
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
		    .close = true, .status = 200, .type = "text/event-stream",
		    .body = "data: 1\n\n" },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", .status = 200,
		    .type = "", .body = "x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_of(cases[i].text);

		for (size_t cut = 0; cut <= text.len; cut++) {
			struct result res =
			    feed(text, cut, cases[i].head, cases[i].close);

			assert_int_equal(res.r, HTTP_CLIENT_DONE);
			assert_int_equal(res.status, cases[i].status);
			assert_string_equal(res.type, cases[i].type);
			assert_string_equal(res.body, cases[i].body);
			assert_int_equal(res.keep_alive, cases[i].keep_alive);
			assert_int_equal(res.rest, cases[i].rest);
		}
	}
}

static void
bad_responses(void **state)
{
	static const char *const cases[] = {
		"SSH-2.0-OpenSSH_9.2\r\n",
		"HTTP/2 200 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 200 OK\n\n",
		"HTTP/1.1 101 Switching\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: "
		"chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		"chunked\r\n\r\nffffffffffffffffff\r\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_of(cases[i]);

		for (size_t cut = 0; cut <= text.len; cut++)
			assert_int_equal(
			    feed(text, cut, false, false).r, HTTP_CLIENT_E_SYNTAX);
	}
	assert_int_equal(feed(str_make("HTTP/1.1 200 O\0K\r\n", 18), 4, false, false).r,
	    HTTP_CLIENT_E_SYNTAX);
}

static void
cut_off_responses(void **state)
{
	struct str text = STR(
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");

	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(feed(str_make(text.p, len), len / 2, false, true).r,
		    HTTP_CLIENT_E_SYNTAX);
}

static void
the_head_is_bounded(void **state)
{
	struct http_client c;
	struct buf b = BUF_UNLIMITED;
	struct str in;

	/* One endless line, many lines, and endless interim answers. */
	for (int kind = 0; kind < 3; kind++) {
		buf_clear(&b);
		buf_puts(&b, "HTTP/1.1 100 C\r\n");
		for (int i = 0; i < 5000; i++)
			buf_puts(&b, kind == 0   ? "xxxx"
				     : kind == 1 ? "X: y\r\n"
						 : "\r\nHTTP/1.1 100 C\r\n");
		http_client_init(&c, NULL, NULL);
		in = buf_str(&b);
		assert_int_equal(http_client_feed(&c, &in), HTTP_CLIENT_E_LARGE);
		/* An outcome stays. */
		in = STR("HTTP/1.1 200 OK\r\n\r\n");
		assert_int_equal(http_client_feed(&c, &in), HTTP_CLIENT_E_LARGE);
		http_client_deinit(&c);
	}
	buf_deinit(&b);
}

static void
one_after_the_other(void **state)
{
	struct str in =
	    STR("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\nx"
		"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
	struct http_client c;

	http_client_init(&c, NULL, NULL);
	assert_int_equal(http_client_feed(&c, &in), HTTP_CLIENT_DONE);
	assert_int_equal(c.status, 200);
	http_client_start(&c, false);
	assert_int_equal(c.status, 0);
	assert_int_equal(http_client_feed(&c, &in), HTTP_CLIENT_DONE);
	assert_int_equal(c.status, 404);
	assert_string_equal(c.type, "");
	assert_int_equal(in.len, 0);
	http_client_deinit(&c);
}

static void
requests(void **state)
{
	struct buf b = BUF(4096);

	http_client_request(&b, "GET", STR("/v1/sessions?all=true"), NULL, STR_NONE);
	assert_string_equal(
	    buf_text(&b), "GET /v1/sessions?all=true HTTP/1.1\r\nHost: belay\r\n\r\n");
	buf_clear(&b);
	http_client_request(
	    &b, "POST", STR("/v1/sessions"), "text/event-stream", STR("{}"));
	assert_string_equal(buf_text(&b),
	    "POST /v1/sessions HTTP/1.1\r\nHost: belay\r\nAccept: text/event-stream\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_responses),
		cmocka_unit_test(bad_responses),
		cmocka_unit_test(cut_off_responses),
		cmocka_unit_test(the_head_is_bounded),
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
