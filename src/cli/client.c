/* client.c: one connection a request; every wait is a poll() with what is left
 * of the time limit. */
#include "cli/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/conf.h"
#include "cli/start.h"
#include "wire/http_client.h"
#include "wire/sse.h"

#define SOCKET_NAME  "belayd.sock"
#define RETRIES      3
#define READ_BYTES   65536u
#define ANSWER_BYTES (256u << 20)
#define SLOW_MS      60000u /* verbs that may take long, beyond their own times */
#define RETRY_MS     20
#define RACE_MS      2000 /* another client may be starting the daemon */

/* --- Connecting --------------------------------------------------------------------- */

static int
refuse_owner(const struct cli *cli, uid_t uid, struct problem *p)
{
	return problem_set(p, OUTCOME_UNREACHABLE, "",
	    "socket %s belongs to uid %u, not to you; refusing to talk to it",
	    cli->home.socket, (unsigned)uid);
}

int
client_connect(const struct cli *cli, int *ret_fd, bool *ret_missing, struct problem *p)
{
	cleanup_fd int dirfd = -1, fd = -1;
	struct stat st;
	uid_t uid;
	pid_t pid;
	int r;

	*ret_missing = false;
	if (lstat(cli->home.socket, &st) == 0 && st.st_uid != geteuid())
		return refuse_owner(cli, st.st_uid, p);
	r = os_open_dir(cli->home.run, &dirfd);
	if (r == 0)
		r = os_unix_connect(dirfd, SOCKET_NAME, &fd);
	if (r == -ENOENT || r == -ECONNREFUSED) {
		*ret_missing = true;
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "the daemon is not running; start it with belay daemon start");
	}
	if (r < 0)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "socket %s can not be reached: %s", cli->home.socket, strerror(-r));
	if (os_peer(fd, &uid, &pid) == 0 && uid != geteuid())
		return refuse_owner(cli, uid, p);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Connects again for a while: several clients may start a daemon at once, and
 * only one of these wins. */
static int
connect_soon(const struct cli *cli, int *ret_fd, struct problem *p)
{
	mono_t begin = os_mono();
	bool missing;
	int r;

	for (;;) {
		r = client_connect(cli, ret_fd, &missing, p);
		if (r == 0 || !missing || mono_ms_between(begin, os_mono()) > RACE_MS)
			return r;
		(void)poll(NULL, 0, RETRY_MS);
	}
}

static bool
may_start(const struct verb *v)
{
	const char *wish = getenv("BELAY_AUTOSTART");

	return !(v->flags & VERB_NO_START) && !(wish && strcmp(wish, "0") == 0);
}

static int
connect_or_start(
    const struct cli *cli, const struct verb *v, int *ret_fd, struct problem *p)
{
	struct problem start = { 0 };
	bool missing;
	int r = client_connect(cli, ret_fd, &missing, p);

	if (r == 0 || !missing || !may_start(v))
		return r;
	if (start_daemon(&start) == 0)
		return connect_soon(cli, ret_fd, p);
	r = connect_soon(cli, ret_fd, p);
	if (r != 0)
		*p = start;
	return r;
}

int
client_start(const struct cli *cli, struct problem *p)
{
	cleanup_fd int fd = -1;

	return connect_or_start(cli, verb_by_name("session.list"), &fd, p);
}

/* --- The request
 * ------------------------------------------------------------------------ */

static void
put_percent(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("-._~", c))
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

/* A value as the text verb_arg_parse() reads back. */
static void
put_query_value(const struct verb_arg *a, const struct json *value, struct buf *out)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;

	if (a->type == VT_SIZE)
		buf_printf(&text, "%lldx%lld", (long long)json_get_int(value, "cols", 0),
		    (long long)json_get_int(value, "rows", 0));
	else if (a->type == VT_DURATION)
		buf_printf(&text, "%lldms", (long long)json_as_int(value, 0));
	else if (json_kind(value) == JSON_STRING)
		buf_put(&text, json_str(value).p, json_str(value).len);
	else
		json_write(&text, value);
	put_percent(buf_str(&text), out);
}

struct query {
	const struct verb_arg *arg;
	struct buf *out;
	bool any;
};

static void
begin_pair(struct query *q)
{
	buf_printf(q->out, "%c%s=", q->any ? '&' : '?', q->arg->name);
	q->any = true;
}

static int
put_map_pair(const char *key, struct json *value, void *ctx)
{
	struct query *q = ctx;

	begin_pair(q);
	put_percent(str_of(key), q->out);
	buf_puts(q->out, "%3D");
	put_percent(json_str(value), q->out);
	return 0;
}

static void
put_query(const struct verb *v, const struct json *request, struct buf *out)
{
	struct query q = { .out = out };

	for (q.arg = v->args; q.arg->name; q.arg++) {
		const struct json *value = json_get(request, q.arg->name);
		if (!value || (q.arg->flags & VA_PATH))
			continue;
		if (q.arg->type == VT_MAP) {
			(void)json_each(value, put_map_pair, &q);
		} else if (q.arg->type == VT_TEXTS) {
			for (size_t i = 0; i < json_count(value); i++) {
				begin_pair(&q);
				put_query_value(q.arg, json_at(value, i), out);
			}
		} else {
			begin_pair(&q);
			put_query_value(q.arg, value, out);
		}
	}
}

static void
put_path(const struct verb *v, const struct json *request, struct buf *out)
{
	const char *z = v->route;

	while (*z) {
		const char *brace = *z == '{' ? strchr(z, '}') : NULL;
		if (brace) {
			cleanup_free char *name =
			    xstrndup(z + 1, (size_t)(brace - z - 1));
			put_percent(json_str(json_get(request, name)), out);
			z = brace + 1;
		} else {
			buf_putc(out, *z++);
		}
	}
}

static struct json *
body_of(const struct verb *v, const struct json *request)
{
	struct json *body = json_new_object();

	for (const struct verb_arg *a = v->args; a->name; a++)
		if (!(a->flags & VA_PATH) && json_get(request, a->name))
			json_set(body, a->name, json_ref(json_get(request, a->name)));
	return body;
}

void
client_put_request(const struct verb *v, const struct json *request, struct buf *out)
{
	bool in_body = strcmp(v->method, "POST") == 0 || strcmp(v->method, "PATCH") == 0;
	bool follow = (v->flags & VERB_STREAM) && json_get_bool(request, "follow", false);
	cleanup_buf struct buf target = BUF_UNLIMITED, text = BUF_UNLIMITED;
	struct str body = STR_NONE;

	put_path(v, request, &target);
	if (in_body) {
		cleanup_json struct json *j = body_of(v, request);
		json_write(&text, j);
		body = buf_str(&text);
	} else {
		put_query(v, request, &target);
	}
	http_client_request(out, v->method, buf_str(&target),
	    follow ? "text/event-stream" : "application/json", body);
}

/* --- The exchange
 * -------------------------------------------------------------------------- */

struct exchange {
	int fd;
	mono_t begin;
	uint64_t limit_ms; /* 0: none */
	struct http_client http;
	struct buf in, body;
	struct sse *sse; /* a stream: the body goes here */
	bool broken;
	bool fell; /* the daemon ended before it had answered anything */
};

static void
take_body(struct str part, void *ctx)
{
	struct exchange *x = ctx;

	if (x->sse && x->http.status == 200)
		x->broken = x->broken || sse_feed(x->sse, part) != 0;
	else
		buf_put(&x->body, part.p, part.len);
}

/* 0: ready; -ETIMEDOUT. */
static int
wait_io(const struct exchange *x, short events)
{
	for (;;) {
		struct pollfd fd = { .fd = x->fd, .events = events };
		int64_t left = -1;
		int n;

		if (x->limit_ms) {
			left =
			    (int64_t)x->limit_ms - mono_ms_between(x->begin, os_mono());
			if (left <= 0)
				return -ETIMEDOUT;
		}
		n = poll(&fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int
send_all(const struct exchange *x, struct str text)
{
	while (text.len > 0) {
		ssize_t n = send(x->fd, text.p, text.len, MSG_NOSIGNAL);
		if (n >= 0) {
			text = str_make(text.p + n, text.len - (size_t)n);
		} else if (errno == EAGAIN) {
			int r = wait_io(x, POLLOUT);
			if (r < 0)
				return r;
		} else if (errno == EPIPE) {
			return 0; /* refused early: the answer says why */
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* 0: the head, and for an answer all of it, is there. */
static int
receive(struct exchange *x)
{
	int r = 0;

	while (r == 0) {
		char *room = buf_room(&x->in, READ_BYTES);
		struct str in;
		ssize_t n;

		r = wait_io(x, POLLIN);
		if (r < 0)
			return r;
		n = room ? read(x->fd, room, READ_BYTES) : -1;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		in = str_make(room, (size_t)n);
		r = n == 0 ? http_client_closed(&x->http)
			   : http_client_feed(&x->http, &in);
		if (x->sse && x->http.status == 200)
			x->limit_ms = 0;
		if (buf_failed(&x->body) || x->broken)
			return -EMSGSIZE;
	}
	return r == HTTP_CLIENT_DONE ? 0 : -EPROTO;
}

static int
say_failure(const struct exchange *x, int r, uint64_t limit_ms, struct problem *p)
{
	if (r == -ETIMEDOUT)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "the daemon does not answer (waited %llu.%llu s); see belay doctor, "
		    "or give "
		    "--timeout",
		    (unsigned long long)limit_ms / 1000,
		    (unsigned long long)limit_ms % 1000 / 100);
	if (r == -EPROTO && x->http.status == 0)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "the daemon ended the connection without an answer");
	if (r == -EPROTO)
		return problem_set(
		    p, OUTCOME_UNREACHABLE, "", "the daemon's answer was cut off");
	return problem_set(p, OUTCOME_UNREACHABLE, "",
	    "the daemon's answer can not be read: %s", strerror(-r));
}

uint64_t
client_limit_ms(const struct cli *cli, const struct verb *v, const struct json *request)
{
	const struct verb_arg *timeout = verb_arg(v, "timeout");
	uint64_t limit = SLOW_MS, initial = 0;

	if (!(v->flags & VERB_WAITS))
		return cli->timeout_ms;
	if (timeout && timeout->initial && !str_to_ms(str_of(timeout->initial), &initial))
		initial = 0;
	if (timeout)
		limit += (uint64_t)json_get_int(request, "timeout", (int64_t)initial);
	if (verb_arg(v, "grace")) {
		struct settings settings;
		conf_read(cli, &settings);
		limit += (uint64_t)json_get_int(
		    request, "grace", (int64_t)settings.stop_grace_ms);
		settings_deinit(&settings);
	}
	/* --timeout means the answer, except where the verb has one of its own. */
	if (cli->timeout_set && !timeout)
		limit = cli->timeout_ms;
	return limit;
}

static int
exchange_run(struct exchange *x, const struct cli *cli, const struct verb *v,
    const struct json *request, struct problem *p)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	uint64_t limit_ms = client_limit_ms(cli, v, request);
	int r = connect_or_start(cli, v, &x->fd, p);

	if (r != 0)
		return r;
	x->begin = os_mono();
	x->limit_ms = limit_ms;
	x->in = BUF_UNLIMITED;
	x->body = BUF(ANSWER_BYTES);
	http_client_init(&x->http, take_body, x);
	http_client_start(&x->http, false);
	client_put_request(v, request, &out);
	r = send_all(x, buf_str(&out));
	if (r == 0)
		r = receive(x);
	x->fell = (r == -ECONNRESET || r == -EPROTO) && x->http.status == 0;
	return r == 0 ? 0 : say_failure(x, r, limit_ms, p);
}

static void
exchange_end(struct exchange *x)
{
	if (x->fd >= 0)
		(void)close(x->fd);
	http_client_deinit(&x->http);
	buf_deinit(&x->in);
	buf_deinit(&x->body);
}

/* A daemon of another version may know outcomes that we do not. */
static int
read_problem(const struct json *answer, int status, struct problem *p)
{
	const char *detail = json_get_text(answer, "detail");

	if (problem_from_json(answer, p))
		return (int)p->outcome;
	for (unsigned i = OUTCOME_DONE + 1; i < OUTCOME_COUNT; i++)
		if (outcomes[i].http == status)
			return problem_set(p, (enum outcome)i, "", "%s",
			    detail ? detail : outcomes[i].title);
	return problem_set(p, OUTCOME_INTERNAL, "", "the daemon answered %d: %s", status,
	    detail ? detail : "no reason given");
}

static int
read_answer(const struct exchange *x, struct json **ret, struct problem *p)
{
	cleanup_json struct json *answer = NULL;
	size_t at;

	if (x->body.len > 0 && json_parse(buf_str(&x->body), &answer, &at) != 0)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "the daemon's answer (HTTP %d) is not JSON at byte %zu",
		    x->http.status, at);
	if (x->http.status < 200 || x->http.status > 299)
		return read_problem(answer, x->http.status, p);
	*ret = TAKE_PTR(answer);
	if (!*ret)
		*ret = json_new_object();
	return 0;
}

int
client_call(struct cli *cli, const struct verb *v, const struct json *request,
    struct json **ret, struct problem *p)
{
	/* To look changes nothing: a daemon that fell meanwhile is asked again, which
	 * starts it.  What acts may have been done, so a person decides. */
	for (unsigned left = strcmp(v->method, "GET") != 0 ? 0 : RETRIES;; left--) {
		struct exchange x = { .fd = -1 };
		int r = exchange_run(&x, cli, v, request, p);
		bool again = r != 0 && x.fell && left > 0;

		if (r == 0)
			r = read_answer(&x, ret, p);
		exchange_end(&x);
		if (!again)
			return r;
	}
}

int
client_ask(struct cli *cli, const char *verb, const struct json *request,
    struct json **ret, struct problem *p)
{
	return client_call(cli, verb_by_name(verb), request, ret, p);
}

/* --- Streams
 * ---------------------------------------------------------------------------------- */

struct stream {
	int (*fn)(struct str data, void *ctx);
	void *ctx;
	struct exchange *x;
	int stop;
};

static void
take_event(const struct sse_event *e, void *ctx)
{
	struct stream *s = ctx;

	if (s->stop == 0)
		s->stop = s->fn(e->data, s->ctx);
	if (s->stop != 0)
		s->x->broken = true;
}

int
client_stream(struct cli *cli, const struct verb *v, const struct json *request,
    int (*fn)(struct str data, void *ctx), void *ctx, struct problem *p)
{
	struct sse sse;
	struct exchange x = { .fd = -1, .sse = &sse };
	struct stream s = { .fn = fn, .ctx = ctx, .x = &x };
	cleanup_json struct json *answer = NULL;
	int r;

	sse_init(&sse, take_event, &s);
	r = exchange_run(&x, cli, v, request, p);
	if (s.stop != 0)
		r = s.stop;
	else if (r == 0 && x.http.status != 200)
		r = read_answer(&x, &answer, p);
	else if (r == 0)
		r = problem_set(
		    p, OUTCOME_UNREACHABLE, "", "the daemon ended the stream");
	sse_deinit(&sse);
	exchange_end(&x);
	return r;
}
