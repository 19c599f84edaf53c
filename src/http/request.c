/* The head is read through libwebsockets' tokens, which it has lower-cased,
 * joined and percent-decoded.  Where two readers of the same bytes could
 * differ about the end of a body, the request is refused.  Chunks are decoded
 * here: libwebsockets does not, it hands on what comes. */
#include "http/conn.h"

#include <libwebsockets.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "verb/verb.h"

/* A body that is too large is read to its end, so that the client hears the
 * answer; one above this is not. */
#define DISCARD_BYTES (64ull << 20)

static const struct {
	enum lws_token_indexes token;
	const char *name, *verb_method;
} methods[] = {
	{ WSI_TOKEN_GET_URI, "GET", "GET" },
	{ WSI_TOKEN_HEAD_URI, "HEAD", "GET" },
	{ WSI_TOKEN_POST_URI, "POST", "POST" },
	{ WSI_TOKEN_DELETE_URI, "DELETE", "DELETE" },
	{ WSI_TOKEN_PATCH_URI, "PATCH", "PATCH" },
	{ WSI_TOKEN_PUT_URI, "PUT", "PUT" },
	{ WSI_TOKEN_OPTIONS_URI, "OPTIONS", "OPTIONS" },
};

/* The first problem is the one that is told. */
#define refuse(req, ...)                                                                 \
	do {                                                                             \
		if ((req)->problem.outcome == OUTCOME_DONE)                              \
			(void)problem_set(&(req)->problem, __VA_ARGS__);                 \
	} while (0)

/* The text of a known header; "" if absent. */
static const char *
header(struct conn *c, enum lws_token_indexes token, struct buf *b)
{
	int len = lws_hdr_total_length(c->wsi, token);
	char *room = len > 0 ? buf_room(b, (size_t)len + 1) : NULL;

	if (room && lws_hdr_copy(c->wsi, room, len + 1, token) > 0)
		buf_grew(b, strlen(room));
	return buf_text(b);
}

static size_t
method_of(struct conn *c)
{
	size_t i = 0;

	while (i < ARRAY_LEN(methods) && !lws_hdr_total_length(c->wsi, methods[i].token))
		i++;
	return i;
}

/* How the body ends. */
static void
read_framing(struct conn *c, const char *method)
{
	cleanup_buf struct buf lb = BUF(256), eb = BUF(256), vb = BUF(64);
	const char *length = header(c, WSI_TOKEN_HTTP_CONTENT_LENGTH, &lb);
	const char *encoding = header(c, WSI_TOKEN_HTTP_TRANSFER_ENCODING, &eb);
	const char *version = header(c, WSI_TOKEN_HTTP, &vb);
	struct request *req = &c->req;
	bool has_body =
	    !strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");

	c->req.has_length =
	    lws_hdr_total_length(c->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
	c->req.is_chunked = !strcasecmp(encoding, "chunked");
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		refuse(req, OUTCOME_BAD_REQUEST, "", "expected HTTP/1.1");
	if (c->req.has_length &&
	    (strlen(length) > 15 || !str_to_u64(str_of(length), &c->req.length))) {
		refuse(req, OUTCOME_BAD_REQUEST, "content-length",
		    "content-length: expected one decimal number");
		c->req.complete = true;
	}
	if (*encoding && (!c->req.is_chunked || c->req.has_length || !has_body)) {
		refuse(req, OUTCOME_BAD_REQUEST, "transfer-encoding",
		    "transfer-encoding: expected chunked, on a method with a body, "
		    "without "
		    "content-length");
		c->req.complete = true;
	}
	if (c->req.length > LIMIT_BODY_BYTES)
		refuse(req, OUTCOME_TOO_LARGE, "",
		    "the body: expected at most %u bytes, got %llu", LIMIT_BODY_BYTES,
		    (unsigned long long)c->req.length);
	if ((!c->req.length && !c->req.is_chunked) || c->req.length > DISCARD_BYTES)
		c->req.complete = true;
}

/* libwebsockets has decoded the path: what is left of percent signs was meant so. */
static void
route(struct conn *c, struct str path, size_t method)
{
	struct request *req = &c->req;
	cleanup_buf struct buf clean = BUF(3 * HTTP_HEAD_BYTES), allow = BUF(64);

	for (size_t i = 0; i < path.len; i++)
		if (path.p[i] == '%')
			buf_puts(&clean, "%25");
		else
			buf_putc(&clean, path.p[i]);
	switch (verb_route(methods[method].verb_method, buf_str(&clean), &req->call.verb,
	    &c->req.args)) {
	case 0:
		return;
	case VERB_E_METHOD:
		(void)verb_route_methods(buf_str(&clean), &allow);
		(void)snprintf(req->allow, sizeof(req->allow), "Allow: %s, OPTIONS\r\n",
		    buf_text(&allow));
		req->options = !strcmp(methods[method].name, "OPTIONS");
		refuse(req, OUTCOME_BAD_METHOD, "", "%s is not possible here, but %s",
		    methods[method].name, buf_text(&allow));
		return;
	default:
		buf_clear(&allow);
		buf_put_escaped(&allow, str_make(path.p, path.len > 40 ? 40 : path.len));
		refuse(req, OUTCOME_NO_ROUTE, "", "nothing is at %s%s", buf_text(&allow),
		    path.len > 40 ? "…" : "");
	}
}

static void
read_query(struct conn *c)
{
	struct request *req = &c->req;

	for (int i = 0; req->problem.outcome == OUTCOME_DONE; i++) {
		int len = lws_hdr_fragment_length(c->wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
		cleanup_buf struct buf b = BUF(HTTP_HEAD_BYTES + 1);
		cleanup_free char *name = NULL;
		struct str value, key;
		char *room;
		int n;

		if (!lws_hdr_total_length(c->wsi, WSI_TOKEN_HTTP_URI_ARGS) || len <= 0)
			return;
		room = buf_room(&b, (size_t)len + 1);
		n = room ? lws_hdr_copy_fragment(
			       c->wsi, room, len + 1, WSI_TOKEN_HTTP_URI_ARGS, i)
			 : -1;
		if (n < 0)
			return;
		value = str_make(room, (size_t)n);
		key = str_cut(&value, '=');
		name = xstrndup(key.p, key.len);
		if (verb_args_add(
			req->call.verb, c->req.args, name, value, &req->problem))
			return;
	}
}

/* What the headers of an event stream say in other words. */
static void
read_stream_headers(struct conn *c)
{
	static const char last_id[] = "last-event-id:";
	cleanup_buf struct buf b = BUF(1024);
	struct request *req = &c->req;
	char id[32];
	int n;

	if (!(req->call.verb->flags & VERB_STREAM))
		return;
	if (strstr(header(c, WSI_TOKEN_HTTP_ACCEPT, &b), "text/event-stream") &&
	    !json_has(c->req.args, "follow"))
		json_set_bool(c->req.args, "follow", true);
	n = lws_hdr_custom_copy(c->wsi, id, sizeof(id), last_id, sizeof(last_id) - 1);
	if (n > 0 && !json_has(c->req.args, "since") &&
	    verb_args_add(req->call.verb, c->req.args, "since",
		str_trim(str_make(id, (size_t)n)), &req->problem))
		return; /* the problem is told */
}

static void
read_type(struct conn *c)
{
	cleanup_buf struct buf b = BUF(256), shown = BUF(512);
	struct str rest = str_of(header(c, WSI_TOKEN_HTTP_CONTENT_TYPE, &b));
	struct str type = str_trim(str_cut(&rest, ';'));

	if (!c->req.length && !c->req.is_chunked)
		return;
	if (type.len == 16 && !strncasecmp(type.p, "application/json", 16))
		return;
	buf_put_escaped(&shown, str_make(type.p, type.len > 40 ? 40 : type.len));
	refuse(&c->req, OUTCOME_BAD_REQUEST, "content-type",
	    "content-type: expected application/json, got \"%s\"", buf_text(&shown));
}

void
request_head(struct conn *c, struct str path)
{
	cleanup_buf struct buf expect = BUF(64);
	size_t method = method_of(c);
	struct request *req = &c->req;

	if (method == ARRAY_LEN(methods)) {
		refuse(req, OUTCOME_BAD_METHOD, "", "this method is not known here");
		req->complete = true;
		return;
	}
	req->head = !strcmp(methods[method].name, "HEAD");
	read_framing(c, methods[method].name);
	route(c, path, method);
	if (req->problem.outcome == OUTCOME_DONE) {
		read_query(c);
		read_stream_headers(c);
	}
	read_type(c);
	if (!strcasecmp(header(c, WSI_TOKEN_HTTP_EXPECT, &expect), "100-continue") &&
	    req->problem.outcome == OUTCOME_DONE)
		conn_put(c, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

void
request_body(struct conn *c, struct str part)
{
	struct request *req = &c->req;
	int r = 0;

	if (req->problem.outcome != OUTCOME_DONE)
		return;
	if (c->req.is_chunked)
		r = chunked_feed(&c->req.chunked, part, &c->req.body);
	else
		buf_put(&c->req.body, part.p, part.len);
	if (r == CHUNKED_E_SYNTAX)
		refuse(req, OUTCOME_BAD_REQUEST, "",
		    "the body: its chunks are not well formed");
	else if (r == CHUNKED_E_LARGE || buf_failed(&c->req.body))
		refuse(req, OUTCOME_TOO_LARGE, "", "the body: expected at most %u bytes",
		    LIMIT_BODY_BYTES);
	if (r)
		req->complete = true;
}

struct merge {
	struct json *args;
	struct request *req;
};

static int
merge_member(const char *key, struct json *value, void *ctx)
{
	struct merge *m = ctx;

	if (json_has(m->args, key))
		return problem_set(&m->req->problem, OUTCOME_BAD_REQUEST, key,
		    "%.60s: given twice, in the address and in the body", key);
	json_set(m->args, key, json_ref(value));
	return 0;
}

static void
read_body(struct conn *c)
{
	cleanup_json struct json *body = NULL;
	struct request *req = &c->req;
	struct merge m = { .args = c->req.args, .req = req };
	size_t at = 0;
	int r;

	if (!c->req.body.len)
		return;
	if (!verb_has_body(req->call.verb)) {
		refuse(req, OUTCOME_BAD_REQUEST, "", "%s takes no body",
		    req->call.verb->name);
		return;
	}
	r = json_parse(buf_str(&c->req.body), &body, &at);
	if (r == JSON_E_DEPTH)
		refuse(req, OUTCOME_BAD_JSON, "", "the body: deeper than %u levels",
		    LIMIT_JSON_DEPTH);
	else if (r)
		refuse(req, OUTCOME_BAD_JSON, "", "the body: not valid JSON at byte %zu",
		    at);
	else if (json_kind(body) != JSON_OBJECT)
		refuse(req, OUTCOME_BAD_REQUEST, "",
		    "expected an object with the arguments of %s, got another kind of "
		    "JSON",
		    req->call.verb->name);
	else
		(void)json_each(body, merge_member, &m);
}

void
request_complete(struct conn *c)
{
	if (c->req.problem.outcome == OUTCOME_DONE)
		read_body(c);
	buf_deinit(&c->req.body);
	c->req.call.args = TAKE_PTR(c->req.args);
}
