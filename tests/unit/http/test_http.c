/* The server on a real loop and real sockets, with an api of our own behind it.
 * Client and server share the thread: each wait is a turn of the loop, and a
 * watchdog timer turns a wait that never ends into a failure. */
#include "http/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/os.h"
#include "verb/verb.h"
#include "wire/http_client.h"
#include "wire/sse.h"

#include "test.h"

/* --- An api of our own ------------------------------------------------------------ */

/* session.list says what it was asked; session.screen gives `scrollback` KiB;
 * session.wait and event.list?follow wait for the test. */
struct api {
	struct api_call *waiting; /* the newest one */
	unsigned waits, cancels, begun;
	bool broken; /* results break the table */
};

static struct api fake;

static void
on_cancel(struct api_call *call)
{
	fake.cancels++;
	if (fake.waiting == call)
		fake.waiting = NULL;
}

static void
give_echo(struct api_call *call)
{
	struct json *result = json_new_object();

	json_set_text(result, "verb", call->verb->name);
	json_set(result, "args", json_ref(call->args));
	json_set_bool(result, "me", call->uid == getuid() && call->pid == getpid());
	call->ops->result(call, result);
	json_free(result);
}

static void
give_kilobytes(struct api_call *call)
{
	struct json *result = json_new_object();
	struct buf text = BUF_UNLIMITED;

	for (int64_t i = json_get_int(call->args, "scrollback", 0) * 16; i > 0; i--)
		buf_puts(&text,
		    "0123456789012345678901234567890123456789012345678901234567890123");
	json_set(result, "content", json_new_string(buf_str(&text)));
	call->ops->result(call, result);
	buf_deinit(&text);
	json_free(result);
}

void
api_begin(struct api *a, struct api_call *call)
{
	struct problem p;

	assert_ptr_equal(a, &fake);
	assert_int_equal(call->right, RIGHT_ADMIN);
	fake.begun++;
	call->cancel = NULL;
	if (verb_check_args(call->verb, call->args, &p))
		call->ops->problem(call, &p);
	else if (!strcmp(call->verb->name, "session.wait") ||
		 json_get_bool(call->args, "follow", false)) {
		fake.waits++;
		fake.waiting = call;
		call->cancel = on_cancel;
	} else if (!strcmp(call->verb->name, "session.screen"))
		give_kilobytes(call);
	else
		give_echo(call);
}

void
api_cancel(struct api_call *call)
{
	void (*cancel)(struct api_call *) = call->cancel;

	call->cancel = NULL;
	if (cancel)
		cancel(call);
}

void
api_call_deinit(struct api_call *call)
{
	api_cancel(call);
	call->args = json_free(call->args);
}

static struct api_call *
take_waiting(void)
{
	struct api_call *call = fake.waiting;

	assert_non_null(call);
	fake.waiting = NULL;
	call->cancel = NULL;
	return call;
}

/* --- A server and its clients ------------------------------------------------------ */

struct env {
	struct loop *loop;
	struct http *http;
	struct loop_timer watchdog;
	bool late;
	char dir[64];
	int dirfd, listen_fd;
};

struct client {
	struct env *env;
	int fd;
	struct loop_fd io;
	struct buf out, in;
	size_t sent, limit; /* reads no more than limit bytes, if not 0 */
	bool closed;
};

static void
on_watchdog(struct loop_timer *t)
{
	container_of(t, struct env, watchdog)->late = true;
}

static void
turn(struct env *e)
{
	assert_int_equal(loop_turn(e->loop, true), 0);
	if (e->late)
		fail_msg("nothing happened for too long");
}

/* Turns the loop until cond holds. */
#define until(e, cond)                                                                   \
	do {                                                                             \
		loop_timer_start((e)->loop, &(e)->watchdog, 20000, on_watchdog);         \
		while (!(cond))                                                          \
			turn(e);                                                         \
		loop_timer_stop(&(e)->watchdog);                                         \
	} while (0)

static void
start_server(struct env *e, bool check, unsigned patience_ms)
{
	struct http_config config = {
		.api = &fake, .check_results = check, .patience_ms = patience_ms
	};

	fake = (struct api){ 0 };
	*e = (struct env){ .dir = "/tmp/belay-http-XXXXXX" };
	assert_non_null(mkdtemp(e->dir));
	assert_int_equal(os_open_dir(e->dir, &e->dirfd), 0);
	assert_int_equal(os_unix_listen(e->dirfd, "s", &e->listen_fd), 0);
	assert_int_equal(loop_new(&e->loop), 0);
	config.loop = e->loop;
	config.listen_fd = e->listen_fd;
	assert_int_equal(http_new(&config, &e->http), 0);
}

static int
setup(void **state)
{
	*state = xnew(struct env);
	start_server(*state, false, 0);
	return 0;
}

static int
setup_checked(void **state)
{
	*state = xnew(struct env);
	start_server(*state, true, 0);
	return 0;
}

static int
setup_hasty(void **state)
{
	*state = xnew(struct env);
	start_server(*state, false, 300);
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	e->http = http_free(e->http);
	loop_timer_stop(&e->watchdog);
	loop_free(e->loop);
	(void)close(e->listen_fd);
	(void)unlinkat(e->dirfd, "s", 0);
	(void)close(e->dirfd);
	(void)rmdir(e->dir);
	free(e);
	return 0;
}

static void
on_client(struct loop_fd *s, unsigned io)
{
	struct client *c = container_of(s, struct client, io);
	static char part[65536];
	ssize_t n;

	if (io & LOOP_WRITE && c->sent < c->out.len) {
		n = send(
		    c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
		if (n > 0)
			c->sent += (size_t)n;
		else if (errno != EAGAIN)
			c->sent = c->out.len; /* it does not want to hear the rest */
	}
	if (io & (LOOP_READ | LOOP_HUP) && (!c->limit || c->in.len < c->limit)) {
		n = recv(c->fd, part, sizeof(part), MSG_DONTWAIT);
		if (n > 0)
			buf_put(&c->in, part, (size_t)n);
		else if (n == 0 || errno != EAGAIN)
			c->closed = true;
	}
	loop_fd_want(
	    s, c->closed
		   ? 0
		   : (c->sent < c->out.len ? (unsigned)LOOP_WRITE : 0u) |
			 (!c->limit || c->in.len < c->limit ? (unsigned)LOOP_READ : 0u));
}

static void
open_client(struct env *e, struct client *c)
{
	*c = (struct client){ .env = e, .out = BUF_UNLIMITED, .in = BUF_UNLIMITED };
	assert_int_equal(os_unix_connect(e->dirfd, "s", &c->fd), 0);
	assert_int_equal(fcntl(c->fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(loop_fd_start(e->loop, &c->io, c->fd, LOOP_READ, on_client), 0);
}

static void
say_bytes(struct client *c, const char *p, size_t len)
{
	buf_put(&c->out, p, len);
	loop_fd_want(&c->io, LOOP_READ | LOOP_WRITE);
}

static void
say(struct client *c, const char *text)
{
	say_bytes(c, text, strlen(text));
}

static void
leave(struct client *c)
{
	loop_fd_stop(&c->io);
	(void)close(c->fd);
	buf_deinit(&c->out);
	buf_deinit(&c->in);
}

struct answer {
	int status;
	char type[64];
	bool keep_alive;
	struct buf body;
	struct json *json;
};

static void
on_body(struct str part, void *ctx)
{
	struct answer *a = ctx;

	buf_put(&a->body, part.p, part.len);
}

static void
free_answer(struct answer *a)
{
	buf_deinit(&a->body);
	a->json = json_free(a->json);
}

/* Tries to take one response off the front of what the client has read. */
static bool
take_answer(struct client *c, bool head, struct answer *a)
{
	struct str in = buf_str(&c->in);
	struct http_client h;
	size_t at;
	int r;

	*a = (struct answer){ .body = BUF_UNLIMITED };
	http_client_init(&h, on_body, a);
	http_client_start(&h, head);
	r = http_client_feed(&h, &in);
	if (!r && c->closed)
		r = http_client_closed(&h);
	a->status = h.status;
	a->keep_alive = h.keep_alive;
	(void)snprintf(a->type, sizeof(a->type), "%s", h.type);
	http_client_deinit(&h);
	if (r == HTTP_CLIENT_E_SYNTAX && c->closed) {
		a->status = 0; /* closed without an answer */
		return true;
	}
	if (r > HTTP_CLIENT_DONE)
		fail_msg("not HTTP: %.200s", buf_text(&c->in));
	if (r != HTTP_CLIENT_DONE) {
		free_answer(a);
		return false;
	}
	buf_eat(&c->in, c->in.len - in.len);
	if (a->body.len && json_parse(buf_str(&a->body), &a->json, &at))
		a->json = NULL;
	return true;
}

static struct answer
hear(struct client *c)
{
	struct answer a;

	until(c->env, take_answer(c, false, &a));
	return a;
}

/* Says it on a new connection; status, and whether the connection stayed. */
static struct answer
ask(struct env *e, const char *text)
{
	struct client c;
	struct answer a;

	open_client(e, &c);
	say(&c, text);
	a = hear(&c);
	leave(&c);
	return a;
}

static void
assert_problem(
    struct env *e, const char *request, int status, const char *code, const char *detail)
{
	struct answer a = ask(e, request);

	if (a.status != status)
		fail_msg("%.80s: status %d, not %d: %s", request, a.status, status,
		    buf_text(&a.body));
	assert_string_equal(a.type, "application/problem+json");
	assert_string_equal(json_get_text(a.json, "code"), code);
	assert_int_equal(json_get_int(a.json, "status", 0), status);
	if (detail)
		assert_string_equal(json_get_text(a.json, "detail"), detail);
	free_answer(&a);
}

static void
assert_echo(struct answer *a, const char *verb, const char *args)
{
	struct buf b = BUF_UNLIMITED;

	assert_int_equal(a->status, 200);
	assert_string_equal(a->type, "application/json");
	assert_string_equal(json_get_text(a->json, "verb"), verb);
	assert_true(json_get_bool(a->json, "me", false));
	json_write(&b, json_get(a->json, "args"));
	assert_string_equal(buf_text(&b), args);
	buf_deinit(&b);
	free_answer(a);
}

#define POST_JSON(path)                                                                  \
	"POST /v1/sessions" path " HTTP/1.1\r\nContent-Type: application/json\r\n"

/* --- Requests ------------------------------------------------------------------------
 */

static void
requests_become_arguments(void **state)
{
	static const char *const cases[][3] = {
		{ "GET /v1/sessions HTTP/1.1\r\n\r\n", "session.list", "{}" },
		{ "GET /v1/sessions?all=true&label=a%3Db&label=c%26d&state=running "
		  "HTTP/1.1\r\n"
		  "Host: x\r\nX-Unknown: y\r\n\r\n",
		    "session.list",
		    "{\"all\":true,\"label\":[\"a=b\",\"c&d\"],\"state\":\"running\"}" },
		{ "GET /v1/sessions/a%20b%2525 HTTP/1.1\r\n\r\n", "session.get",
		    "{\"session\":\"a b%25\"}" },
		{ "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json; "
		  "charset=utf-8\r\n"
		  "Content-Length: 32\r\n\r\n{\"name\":\"x\",\"command\":[\"a\",\"b\"]}",
		    "session.create", "{\"name\":\"x\",\"command\":[\"a\",\"b\"]}" },
		{ "POST /v1/sessions/q/rename HTTP/1.1\r\nContent-Type: "
		  "application/json\r\n"
		  "Content-Length: 14\r\n\r\n {\"name\":\"n\"}\r\n",
		    "session.rename", "{\"session\":\"q\",\"name\":\"n\"}" },
		{ "POST /v1/sessions HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
		    "session.create", "{}" },
		{ "POST /v1/daemon/stop HTTP/1.1\r\n\r\n", "daemon.stop", "{}" },
		{ "DELETE /v1/sessions/q?force=1 HTTP/1.1\r\n\r\n", "session.remove",
		    "{\"session\":\"q\",\"force\":true}" },
		{ "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
		  "Transfer-Encoding: "
		  "chunked\r\n\r\n3;x=1\r\n{\"n\r\n9\r\name\":\"x\"}\r\n0\r\n\r\n",
		    "session.create", "{\"name\":\"x\"}" },
		{ "GET /v1/sessions HTTP/1.0\r\n\r\n", "session.list", "{}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct answer a = ask(*state, cases[i][0]);

		assert_echo(&a, cases[i][1], cases[i][2]);
	}
}

/* Byte after byte, each in its own packet, gives the same. */
static void
a_request_in_pieces(void **state)
{
	static const char text[] = "POST /v1/sessions/a/send?enter=false "
				   "HTTP/1.1\r\nContent-Type: application/json\r\n"
				   "Content-Length: 12\r\n\r\n{\"text\":\"x\"}";
	struct env *e = *state;
	struct client c;
	struct answer a;

	open_client(e, &c);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		say_bytes(&c, text + i, 1);
		until(e, c.sent == c.out.len);
	}
	a = hear(&c);
	assert_echo(
	    &a, "session.send", "{\"session\":\"a\",\"enter\":false,\"text\":\"x\"}");
	leave(&c);
}

static void
bad_requests(void **state)
{
	struct env *e = *state;

	assert_problem(e, "GET /v1/nothing HTTP/1.1\r\n\r\n", 404, "no_route",
	    "nothing is at /v1/nothing");
	assert_problem(e, "GET / HTTP/1.1\r\n\r\n", 404, "no_route", "nothing is at /");
	assert_problem(e, "PUT /v1/sessions HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405,
	    "bad_method", "PUT is not possible here, but POST, GET, HEAD");
	assert_problem(e, "GET /v1/sessions?foz=1 HTTP/1.1\r\n\r\n", 400, "bad_request",
	    "unknown key \"foz\"; session.list knows label, agent, state, all");
	assert_problem(e, "GET /v1/sessions?all=perhaps HTTP/1.1\r\n\r\n", 400,
	    "bad_request", "all: expected true or false, got \"perhaps\"");
	assert_problem(e, "GET /v1/sessions/a?session=b HTTP/1.1\r\n\r\n", 400,
	    "bad_request", "session: given twice");
	assert_problem(e,
	    "POST /v1/sessions HTTP/1.1\r\nContent-Type: "
	    "application/json\r\nContent-Length: 9\r\n\r\n"
	    "{\"name\":}",
	    400, "bad_json", "the body: not valid JSON at byte 8");
	assert_problem(e,
	    "POST /v1/sessions HTTP/1.1\r\nContent-Type: "
	    "application/json\r\nContent-Length: 2\r\n\r\n"
	    "[]",
	    400, "bad_request",
	    "expected an object with the arguments of session.create, got another kind "
	    "of JSON");
	assert_problem(e,
	    "POST /v1/sessions HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: "
	    "2\r\n\r\n{}",
	    400, "bad_request",
	    "content-type: expected application/json, got \"text/plain\"");
	assert_problem(e, "POST /v1/sessions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
	    400, "bad_request", "content-type: expected application/json, got \"\"");
	assert_problem(e,
	    "POST /v1/sessions HTTP/1.1\r\nContent-Type: "
	    "application/json\r\nContent-Length: 9\r\n\r\n"
	    "{\"foz\":1}",
	    400, "bad_request", NULL);
	assert_problem(e,
	    "POST /v1/sessions/a/rename HTTP/1.1\r\nContent-Type: application/json\r\n"
	    "Content-Length: 15\r\n\r\n{\"session\":\"b\"}",
	    400, "bad_request", "session: given twice, in the address and in the body");
	assert_problem(e,
	    "DELETE /v1/sessions/a HTTP/1.1\r\nContent-Type: application/json\r\n"
	    "Content-Length: 2\r\n\r\n{}",
	    400, "bad_request", "session.remove takes no body");
	assert_int_equal(fake.begun, 1); /* the unknown key of a body is found by api */
}

static void
methods_of_a_path(void **state)
{
	struct env *e = *state;
	struct client c;
	struct answer a;

	open_client(e, &c);
	say(&c, "OPTIONS /v1/sessions/a HTTP/1.1\r\n\r\n");
	until(e, c.closed);
	assert_non_null(strstr(buf_text(&c.in), "HTTP/1.1 204 No Content\r\n"));
	assert_non_null(
	    strstr(buf_text(&c.in), "\r\nAllow: GET, HEAD, DELETE, OPTIONS\r\n"));
	leave(&c);
	open_client(e, &c);
	say(&c, "HEAD /v1/sessions HTTP/1.1\r\n\r\n");
	until(e, c.closed);
	assert_true(take_answer(&c, true, &a));
	assert_int_equal(a.status, 200);
	assert_int_equal(c.in.len, 0);
	free_answer(&a);
	leave(&c);
	open_client(e, &c);
	say(&c, "PATCH /v1/sessions HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
	until(e, c.closed);
	assert_non_null(
	    strstr(buf_text(&c.in), "\r\nAllow: POST, GET, HEAD, OPTIONS\r\n"));
	leave(&c);
}

/* What could be read in two ways, or not at all, is refused or the connection
 * is closed; and the server is well afterwards. */
static void
hostile_requests(void **state)
{
	static const char *const cases[] = {
		"POST /v1/sessions HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: "
		"chunked\r\n\r\n{}",
		"POST /v1/sessions HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: "
		"3\r\n\r\n{} ",
		"POST /v1/sessions HTTP/1.1\r\nContent-Length: -1\r\n\r\n{}",
		"POST /v1/sessions HTTP/1.1\r\nContent-Length: 2x\r\n\r\n{}",
		"POST /v1/sessions HTTP/1.1\r\nContent-Length: "
		"99999999999999999999\r\n\r\n{}",
		"POST /v1/sessions HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n{}",
		"POST /v1/sessions HTTP/1.1\r\nTransfer-Encoding: gzip, "
		"chunked\r\n\r\n0\r\n\r\n",
		"POST /v1/sessions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"GET /v1/sessions HTTP/1.1\r\nTransfer-Encoding: "
		"chunked\r\n\r\n0\r\n\r\n",
		"GET /v1/sessions HTTP/3.0\r\n\r\n",
		"GET /v1/sessions\r\n\r\n",
		"GET  HTTP/1.1\r\n\r\n",
		"GET /v1/sessions?a=%zz HTTP/1.1\r\n\r\n",
		"GET /v1/%00 HTTP/1.1\r\n\r\n",
		"BREW /v1/sessions HTTP/1.1\r\n\r\n",
		"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /v1/sessions HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, "
		"HTTP2-Settings\r\n"
		"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
		"GET /v1/sessions HTTP/1.1\r\nUpgrade: websocket\r\nConnection: "
		"Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
		"13\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello, this is not TLS",
		"SSH-2.0-OpenSSH_9.2p1\r\n",
		"\r\n\r\n\r\n\r\nxxxx yyyy\r\n\r\n",
	};
	struct env *e = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct client c;
		struct answer a;

		open_client(e, &c);
		say(&c, cases[i]);
		a = hear(&c);
		if (a.status >= 200 && a.status < 400)
			fail_msg("%.60s: status %d", cases[i], a.status);
		if (a.status)
			until(e, c.closed); /* nothing more is read from such a client */
		leave(&c);
		free_answer(&a);
	}
	assert_int_equal(fake.begun, 0);
	until(e, http_connections(e->http) == 0);
	requests_become_arguments(state);
}

/* Heads above the limit: one long header, many of them, a long path, many arguments. */
static void
large_heads(void **state)
{
	static const char *const starts[] = { "GET /v1/sessions HTTP/1.1\r\nX: ",
		"GET /v1/sessions HTTP/1.1\r\n", "GET /", "GET /v1/sessions?",
		"GET /v1/sessions HTTP/1.1\r\n", "" };
	static const char *const pieces[] = { "xxxxxxxxxx", "Accept: y\r\n", "aaaaaaaaa/",
		"a=b&c=d&", "Some-Header: z\r\n", "\r\n\r\n\r\n" };
	struct env *e = *state;

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct client c;

		open_client(e, &c);
		say(&c, starts[i]);
		for (int k = 0; k < 20000; k++)
			buf_puts(&c.out, pieces[i]);
		until(e, c.closed);
		leave(&c);
	}
	assert_int_equal(fake.begun, 0);
	until(e, http_connections(e->http) == 0);
}

static void
large_bodies(void **state)
{
	struct env *e = *state;
	struct client c;
	struct answer a;

	/* With a length: it is read to its end, so that the client hears why. */
	open_client(e, &c);
	buf_printf(&c.out,
	    "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
	    "Content-Length: %u\r\n\r\n",
	    LIMIT_BODY_BYTES + 1);
	for (size_t i = 0; i <= LIMIT_BODY_BYTES; i++)
		buf_putc(&c.out, ' ');
	say(&c, "");
	a = hear(&c);
	assert_int_equal(a.status, 413);
	assert_int_equal(c.sent, c.out.len);
	assert_string_equal(json_get_text(a.json, "detail"),
	    "the body: expected at most 4194304 bytes, got 4194305");
	free_answer(&a);
	leave(&c);
	/* Chunks: their end is not known, so it is not waited for. */
	open_client(e, &c);
	say(&c, "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
		"Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 5; i++) {
		buf_puts(&c.out, "100000\r\n");
		for (int k = 0; k < 1 << 20; k++)
			buf_putc(&c.out, ' ');
		buf_puts(&c.out, "\r\n");
	}
	a = hear(&c);
	assert_int_equal(a.status, 413);
	assert_false(a.keep_alive);
	free_answer(&a);
	leave(&c);
	/* The largest that is allowed. */
	open_client(e, &c);
	buf_printf(&c.out,
	    "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
	    "Content-Length: %u\r\n\r\n{",
	    LIMIT_BODY_BYTES);
	for (size_t i = 0; i < LIMIT_BODY_BYTES - 2; i++)
		buf_putc(&c.out, ' ');
	say(&c, "}");
	a = hear(&c);
	assert_echo(&a, "session.create", "{}");
	leave(&c);
	assert_int_equal(fake.begun, 1);
}

static void
expect_continue(void **state)
{
	struct env *e = *state;
	struct client c;
	struct answer a;

	open_client(e, &c);
	say(&c, "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
		"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	until(e, str_eqz(buf_str(&c.in), "HTTP/1.1 100 Continue\r\n\r\n"));
	say(&c, "{}");
	a = hear(&c);
	assert_echo(&a, "session.create", "{}");
	leave(&c);
}

/* --- Connections
 * ------------------------------------------------------------------------ */

/* One request a connection: the answer says so, and what stands behind the
 * request, in the same packet or later, is not looked at. */
static void
one_request_a_connection(void **state)
{
	static const char evil[] =
	    POST_JSON("") "Content-Length: 15\r\n\r\n{\"name\":\"evil\"}";
	static const char length[] =
	    POST_JSON("/a/archive") "Content-Length: 2\r\n\r\n{}";
	static const char chunks[] = POST_JSON(
	    "/a/archive") "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
	const char *const behind[] = { "", "GET /v1/sessions/b HTTP/1.1\r\n\r\n", evil,
		"\x01\x02 GET" };
	const char *const first[] = { "GET /v1/sessions/a HTTP/1.1\r\n\r\n",
		"POST /v1/sessions/a/archive HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
		"POST /v1/sessions/a/archive HTTP/1.1\r\n\r\n", length, chunks };
	struct env *e = *state;

	for (size_t i = 0; i < ARRAY_LEN(first) * ARRAY_LEN(behind); i++) {
		const char *next = behind[i / ARRAY_LEN(first)];
		struct client c;
		struct answer a;

		open_client(e, &c);
		say(&c, first[i % ARRAY_LEN(first)]);
		say(&c, next);
		a = hear(&c);
		assert_false(a.keep_alive);
		assert_int_equal(a.status, 200);
		assert_string_equal(
		    json_get_text(json_get(a.json, "args"), "session"), "a");
		free_answer(&a);
		until(e, c.closed);
		assert_int_equal(c.in.len, 0);
		assert_int_equal(fake.begun, i + 1);
		leave(&c);
	}
	until(e, http_connections(e->http) == 0);
}

/* An answer that comes later, as result and as problem. */
static void
a_call_waits(void **state)
{
	struct env *e = *state;
	struct json *result = json_set_text(json_new_object(), "reached", "exited");
	struct api_call *call;
	struct problem p;
	struct client c;
	struct answer a;

	open_client(e, &c);
	say(&c, "GET /v1/sessions/a/wait HTTP/1.1\r\n\r\n");
	until(e, fake.waiting);
	call = take_waiting();
	call->ops->result(call, result);
	a = hear(&c);
	assert_int_equal(a.status, 200);
	assert_string_equal(json_get_text(a.json, "reached"), "exited");
	free_answer(&a);
	leave(&c);
	open_client(e, &c);
	say(&c, "GET /v1/sessions/a/wait HTTP/1.1\r\n\r\n");
	until(e, fake.waiting);
	(void)problem_set(&p, OUTCOME_TIMEOUT, NULL, "nothing came");
	call = take_waiting();
	call->ops->problem(call, &p);
	a = hear(&c);
	assert_int_equal(a.status, 408);
	assert_string_equal(json_get_text(a.json, "detail"), "nothing came");
	free_answer(&a);
	leave(&c);
	json_free(result);
	assert_int_equal(fake.cancels, 0);
	until(e, http_connections(e->http) == 0);
}

/* A request that never ends, and an answer that is never read, are not waited for for
 * ever. */
static void
patience_ends(void **state)
{
	static const char length[] = POST_JSON("") "Content-Length: 2\r\n\r\n{";
	static const char chunks[] =
	    POST_JSON("") "Transfer-Encoding: chunked\r\n\r\n2\r\n{";
	const char *const cases[] = { "", "GET /v1/sess", length, chunks,
		"GET /v1/sessions/a/screen?scrollback=4000 HTTP/1.1\r\n\r\n" };
	struct env *e = *state;
	struct client c[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		open_client(e, &c[i]);
		c[i].limit = 1;
		say(&c[i], cases[i]);
	}
	until(e, http_connections(e->http) == ARRAY_LEN(cases));
	until(e, http_connections(e->http) == 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		leave(&c[i]);
}

/* However the request was made, a client that leaves ends its call. */
static void
leaving_cancels(void **state)
{
	static const char *const cases[] = {
		"GET /v1/sessions/a/wait HTTP/1.1\r\n\r\n",
		"GET /v1/sessions/a/wait HTTP/1.1\r\nConnection: close\r\n\r\n",
		"GET /v1/sessions/a/wait HTTP/1.0\r\n\r\n",
		"GET /v1/sessions/a/wait HTTP/1.1\r\n\r\nGET /v1/sessions "
		"HTTP/1.1\r\n\r\n",
		"GET /v1/sessions/a/wait HTTP/1.1\r\nConnection: close\r\n\r\nsome more "
		"that nobody reads",
		"GET /v1/events?follow=true HTTP/1.1\r\n\r\n",
		"GET /v1/events HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n",
	};
	struct env *e = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct client c;

		open_client(e, &c);
		say(&c, cases[i]);
		until(e, fake.waits == i + 1);
		assert_int_equal(fake.cancels, i);
		leave(&c);
		until(e, fake.cancels == i + 1);
		until(e, http_connections(e->http) == 0);
	}
}

/* While calls wait, the loop sleeps: whatever else the client has said. */
static void
waiting_makes_no_turns(void **state)
{
	static const char *const cases[] = {
		"",
		"GET /v1/sess",
		"GET /v1/sessions/a/wait HTTP/1.1\r\n\r\n",
		"GET /v1/sessions/a/wait HTTP/1.1\r\n\r\nGET /v1/sessions "
		"HTTP/1.1\r\n\r\nGET /v1",
		"GET /v1/sessions/a/wait HTTP/1.0\r\n\r\nGET /v1/sessions",
		"GET /v1/events?follow=true HTTP/1.1\r\n\r\nGET /v1/sessions "
		"HTTP/1.1\r\n\r\n",
		"GET /v1/sessions/a/screen?scrollback=2000 HTTP/1.1\r\n\r\n"
		"GET /v1/sessions/a/screen?scrollback=2000 HTTP/1.1\r\n\r\n",
		"POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
		"Content-Length: 2\r\n\r\n{",
	};
	struct env *e = *state;
	struct client c[ARRAY_LEN(cases)];
	unsigned turns = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		open_client(e, &c[i]);
		c[i].limit = 1;
		say(&c[i], cases[i]);
		until(e, c[i].sent == c[i].out.len);
		/* More arrives when the server is already busy with it. */
		if (i >= 2 && i < 7) {
			say(&c[i], " x\r\nmore");
			until(e, c[i].sent == c[i].out.len);
		}
	}
	until(e, fake.waits == 4);
	for (int settled = 0; settled < 50; settled++)
		assert_int_equal(loop_turn(e->loop, false), 0);
	e->late = false;
	loop_timer_start(e->loop, &e->watchdog, 1500, on_watchdog);
	while (!e->late) {
		assert_int_equal(loop_turn(e->loop, true), 0);
		turns++;
	}
	e->late = false;
	if (turns > 10)
		fail_msg("%u turns in 1.5 s of idleness", turns);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		leave(&c[i]);
	until(e, http_connections(e->http) == 0);
}

/* A large answer to a client that reads late. */
static void
a_slow_reader_gets_it_all(void **state)
{
	struct env *e = *state;
	struct client c;
	struct answer a;

	open_client(e, &c);
	c.limit = 1;
	say(&c, "GET /v1/sessions/a/screen?scrollback=8000 HTTP/1.1\r\n\r\nmore");
	until(e, c.in.len >= 1);
	c.limit = 0;
	loop_fd_want(&c.io, LOOP_READ);
	a = hear(&c);
	assert_int_equal(json_str(json_get(a.json, "content")).len, 8000u << 10);
	free_answer(&a);
	leave(&c);
}

static void
three_hundred_connections(void **state)
{
	enum { N = 300 };
	static struct client c[N];
	struct env *e = *state;

	for (int i = 0; i < N; i++) {
		open_client(e, &c[i]);
		say(&c[i], i % 2 ? "GET /v1/sessions HTTP/1.1\r\n\r\n"
				 : "GET /v1/sessions/a/wait HTTP/1.1\r\n\r\n");
	}
	for (int i = 1; i < N; i += 2) {
		struct answer a = hear(&c[i]);

		assert_echo(&a, "session.list", "{}");
	}
	until(e, fake.waits == N / 2);
	until(e, http_connections(e->http) == N / 2);
	for (int i = 0; i < N; i++)
		leave(&c[i]);
	until(e, http_connections(e->http) == 0);
	assert_int_equal(fake.cancels, N / 2);
}

static void
one_connection_too_many(void **state)
{
	static struct client c[LIMIT_CONNS];
	struct env *e = *state;
	struct client last;
	struct answer a;

	for (unsigned i = 0; i < LIMIT_CONNS; i++) {
		open_client(e, &c[i]);
		until(e, http_connections(e->http) == i + 1);
	}
	open_client(e, &last);
	a = hear(&last);
	assert_int_equal(a.status, 429);
	assert_string_equal(json_get_text(a.json, "code"), "queue_full");
	free_answer(&a);
	leave(&last);
	leave(&c[0]);
	until(e, http_connections(e->http) == LIMIT_CONNS - 1);
	open_client(e, &c[0]);
	say(&c[0], "GET /v1/sessions HTTP/1.1\r\n\r\n");
	a = hear(&c[0]);
	assert_echo(&a, "session.list", "{}");
	for (unsigned i = 0; i < LIMIT_CONNS; i++)
		leave(&c[i]);
	until(e, http_connections(e->http) == 0);
}

static void
another_user_is_refused(void **state)
{
	struct env *e = *state;
	struct client c;
	struct answer a;

	if (geteuid() != 0) {
		print_message("# needs root to become another user\n");
		return;
	}
	assert_int_equal(chmod(e->dir, 0755), 0);
	assert_int_equal(fchmodat(e->dirfd, "s", 0666, 0), 0);
	assert_int_equal(seteuid(65534), 0);
	open_client(e, &c);
	assert_int_equal(seteuid(0), 0);
	say(&c, "GET /v1/sessions HTTP/1.1\r\n\r\n");
	a = hear(&c);
	assert_int_equal(a.status, 403);
	assert_string_equal(
	    json_get_text(a.json, "detail"), "this daemon belongs to another user");
	until(e, c.closed);
	assert_int_equal(fake.begun, 0);
	free_answer(&a);
	leave(&c);
}

/* --- Streams
 * ------------------------------------------------------------------------------ */

static void
on_event(const struct sse_event *ev, void *ctx)
{
	buf_printf(ctx, "[%llu %.*s %.*s]", (unsigned long long)ev->id, STR_ARG(ev->name),
	    STR_ARG(ev->data));
}

static void
a_stream_of_events(void **state)
{
	struct env *e = *state;
	struct json *data = json_set_int(json_new_object(), "a", 1);
	struct buf events = BUF_UNLIMITED;
	struct api_call *call;
	struct client c;
	struct answer a;
	struct sse sse;

	open_client(e, &c);
	say(&c, "GET /v1/events?kind=session. HTTP/1.1\r\nAccept: text/event-stream\r\n"
		"Last-Event-ID: 41\r\n\r\n");
	/* The head comes before any event. */
	until(e, c.in.len && strstr(buf_text(&c.in), "\r\n\r\n"));
	call = fake.waiting;
	assert_int_equal(json_get_int(call->args, "since", 0), 41);
	assert_string_equal(json_get_text(call->args, "kind"), "session.");
	assert_true(call->ops->event(call, 42, "session.started", data));
	until(e, strstr(buf_text(&c.in), "\n\n"));
	assert_true(call->ops->event(call, 0, "note", data));
	call = take_waiting();
	call->ops->finish(call);
	a = hear(&c);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.type, "text/event-stream");
	sse_init(&sse, on_event, &events);
	assert_int_equal(sse_feed(&sse, buf_str(&a.body)), 0);
	assert_string_equal(
	    buf_text(&events), "[42 session.started {\"a\":1}][0 note {\"a\":1}]");
	sse_deinit(&sse);
	buf_deinit(&events);
	free_answer(&a);
	leave(&c);
	json_free(data);
}

/* A client that does not read gets a last word, and the memory is bounded. */
static void
a_slow_client_is_let_go(void **state)
{
	struct env *e = *state;
	struct json *data = json_new_object();
	struct buf text = BUF_UNLIMITED;
	struct api_call *call;
	struct client c;
	struct answer a;
	uint64_t id = 0;

	for (int i = 0; i < 1000; i++)
		buf_puts(&text, "0123456789");
	json_set(data, "text", json_new_string(buf_str(&text)));
	open_client(e, &c);
	c.limit = 1;
	say(&c, "GET /v1/events?follow=true HTTP/1.1\r\n\r\n");
	until(e, fake.waiting);
	call = take_waiting();
	while (call->ops->event(call, ++id, "x", data)) {
		assert_true(id < 1000);
		assert_int_equal(loop_turn(e->loop, false), 0);
	}
	assert_true(id > HTTP_STREAM_BYTES / 10100);
	/* Now it reads: what was queued, the last word, the end. */
	c.limit = 0;
	loop_fd_want(&c.io, LOOP_READ);
	a = hear(&c);
	assert_true(c.closed);
	assert_non_null(
	    strstr(buf_text(&a.body), "\n\nevent: gap\ndata: {\"reason\":\"too much"));
	free_answer(&a);
	leave(&c);
	until(e, http_connections(e->http) == 0);
	json_free(data);
	buf_deinit(&text);
	assert_int_equal(fake.cancels, 0);
}

/* --- The table holds both ways
 * -------------------------------------------------------------- */

static void
a_wrong_result_is_internal(void **state)
{
	assert_problem(*state, "GET /v1/sessions HTTP/1.1\r\n\r\n", 500, "internal",
	    "session.list gave an answer that is not valid");
}

static void
free_with_everything_open(void **state)
{
	struct env *e = *state;
	struct client c[5];

	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		open_client(e, &c[i]);
	say(&c[1], "GET /v1/sess");
	say(&c[2], "GET /v1/sessions/a/wait HTTP/1.1\r\n\r\n");
	say(&c[3], "GET /v1/events?follow=1 HTTP/1.1\r\n\r\n");
	c[4].limit = 1;
	say(&c[4], "GET /v1/sessions/a/screen?scrollback=2000 HTTP/1.1\r\n\r\n");
	until(e, fake.begun == 3);
	e->http = http_free(e->http);
	assert_int_equal(fake.cancels, 2);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		leave(&c[i]);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(requests_become_arguments),
		T(a_request_in_pieces),
		T(bad_requests),
		T(methods_of_a_path),
		cmocka_unit_test_setup_teardown(hostile_requests, setup_hasty, teardown),
		cmocka_unit_test_setup_teardown(large_heads, setup_hasty, teardown),
		T(large_bodies),
		T(expect_continue),
		T(one_request_a_connection),
		T(a_call_waits),
		cmocka_unit_test_setup_teardown(patience_ends, setup_hasty, teardown),
		T(leaving_cancels),
		T(waiting_makes_no_turns),
		T(a_slow_reader_gets_it_all),
		T(three_hundred_connections),
		T(one_connection_too_many),
		T(another_user_is_refused),
		T(a_stream_of_events),
		T(a_slow_client_is_let_go),
		cmocka_unit_test_setup_teardown(
		    a_wrong_result_is_internal, setup_checked, teardown),
		T(free_with_everything_open),
	};

	os_raise_nofile();
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
