/* An answer that comes inside a reader's callback is sent at once, and if the
 * socket takes all of it the connection ends with the callback.  Otherwise the
 * rest of its life is led by a watch of our own: it writes what is there when
 * the socket can be written, and reads away what the client still says, so
 * that its leaving is noticed and nothing it says wakes us twice. */
#include "http/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "verb/outcome.h"

#define LOG_MODULE "http"

static size_t
unsent(const struct conn *c)
{
	return c->out.len - c->sent;
}

/* --- Life ---------------------------------------------------------------------- */

static void
on_timer(struct loop_timer *s)
{
	struct conn *c = container_of(s, struct conn, timer);

	log_debug("connection let go: its client neither asks nor reads");
	http_kill(c);
}

void
conn_alive(struct conn *c)
{
	loop_timer_start(
	    c->http->config.loop, &c->timer, c->http->config.patience_ms, on_timer);
}

struct conn *
conn_new(struct http *h, int fd, uid_t uid, pid_t pid)
{
	struct conn *c = xnew(struct conn);

	*c = (struct conn){
		.http = h, .fd = fd, .uid = uid, .pid = pid, .out = BUF_UNLIMITED
	};
	c->req.body = BUF(LIMIT_BODY_BYTES);
	list_add(&h->conns, &c->node);
	h->count++;
	conn_alive(c);
	return c;
}

void
conn_gone(struct conn *c)
{
	c->wsi = NULL;
	loop_timer_stop(&c->timer);
	if (c->io_on)
		loop_fd_stop(&c->io);
	c->io_on = false;
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	if (c->req.call.ops && !c->req.ended)
		api_cancel(&c->req.call);
	c->req.complete = c->req.ended = true;
}

/* Not inside an answer of api: libwebsockets says it in a turn of its own. */
void
conn_free(struct conn *c)
{
	conn_gone(c);
	if (c->req.call.ops)
		api_call_deinit(&c->req.call);
	c->req.call.args = json_free(c->req.call.args);
	c->req.args = json_free(c->req.args);
	buf_deinit(&c->req.body);
	buf_deinit(&c->out);
	list_del(&c->node);
	c->http->count--;
	free(c);
}

/* --- Output --------------------------------------------------------------------- */

/* Writes what the socket takes.  false: it takes nothing any more, ever. */
static bool
flush(struct conn *c)
{
	size_t before = c->sent;

	while (unsent(c)) {
		ssize_t n = send(
		    c->fd, c->out.data + c->sent, unsent(c), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0)
			break;
		c->sent += (size_t)n;
	}
	/* A stream's queue is moved only when half of it is gone. */
	if (!unsent(c))
		buf_clear(&c->out), c->sent = 0;
	else if (c->sent > c->out.len / 2)
		buf_eat(&c->out, c->sent), c->sent = 0;
	if (c->req.ended && c->sent != before)
		conn_alive(c);
	return true;
}

/* What is said behind the request is of no use, and would wake us again and
 * again if it were left.  false: the client has left. */
static bool
discard_input(struct conn *c)
{
	char waste[8192];
	ssize_t n = recv(c->fd, waste, sizeof(waste), MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static unsigned
wanted(const struct conn *c)
{
	return unsent(c) || c->req.ended ? LOOP_READ | LOOP_WRITE : LOOP_READ;
}

static void
on_io(struct loop_fd *s, unsigned io)
{
	struct conn *c = container_of(s, struct conn, io);

	if (io & (LOOP_READ | LOOP_HUP) && !discard_input(c)) {
		http_kill(c);
		return;
	}
	if (!flush(c) || (c->req.ended && !unsent(c))) {
		http_kill(c);
		return;
	}
	loop_fd_want(s, wanted(c));
}

/* There is output, or the call has ended: the watch sees to it, at its next turn. */
static void
output(struct conn *c)
{
	if (!c->in_reader && c->io_on)
		loop_fd_want(&c->io, wanted(c));
}

void
conn_put(struct conn *c, struct str bytes)
{
	buf_put(&c->out, bytes.p, bytes.len);
	(void)flush(c);
}

/* --- Answers --------------------------------------------------------------------- */

static const char *
reason(int status)
{
	if (status == 204)
		return "No Content";
	for (unsigned i = OUTCOME_DONE + 1; i < OUTCOME_COUNT; i++)
		if (outcomes[i].http == status)
			return outcomes[i].title;
	return "OK";
}

void
conn_response(struct buf *b, int status, const char *type, const struct json *body,
    bool head, const char *extra)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;

	if (body) {
		json_write(&text, body);
		buf_putc(&text, '\n');
	}
	buf_printf(b, "HTTP/1.1 %d %s\r\n", status, reason(status));
	if (body)
		buf_printf(
		    b, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, text.len);
	buf_printf(b, "Cache-Control: no-store\r\nConnection: close\r\n%s\r\n", extra);
	if (body && !head)
		buf_put(b, text.data, text.len);
}

static void
end(struct conn *c)
{
	c->req.ended = true;
	conn_alive(c);
	output(c);
}

static void
put_event(struct conn *c, uint64_t id, const char *name, const struct json *data)
{
	if (id)
		buf_printf(&c->out, "id: %llu\n", (unsigned long long)id);
	buf_printf(&c->out, "event: %s\ndata: ", name);
	json_write(&c->out, data);
	buf_puts(&c->out, "\n\n");
	output(c);
}

static void
answer_problem(struct conn *c, const struct problem *p)
{
	cleanup_json struct json *body = problem_json(p);

	if (c->req.streams)
		put_event(c, 0, "problem", body);
	else
		conn_response(&c->out, outcomes[p->outcome].http,
		    "application/problem+json", body, c->req.head, c->req.allow);
	end(c);
}

static struct conn *
of_call(struct api_call *call)
{
	return container_of(call, struct conn, req.call);
}

static void
on_problem(struct api_call *call, const struct problem *p)
{
	answer_problem(of_call(call), p);
}

static void
on_result(struct api_call *call, const struct json *body)
{
	struct conn *c = of_call(call);
	struct problem p, wrong;

	if (c->http->config.check_results &&
	    verb_check_result(call->verb, body, &wrong)) {
		log_error(
		    "answer of %s breaks its table: %s", call->verb->name, wrong.detail);
		(void)problem_set(&p, OUTCOME_INTERNAL, "",
		    "%s gave an answer that is not valid", call->verb->name);
		answer_problem(c, &p);
		return;
	}
	conn_response(&c->out, 200, "application/json", body, c->req.head, "");
	end(c);
}

static void
begin_stream(struct conn *c)
{
	if (c->req.streams)
		return;
	c->req.streams = true;
	buf_puts(&c->out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
			  "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
	output(c);
}

static bool
on_event(struct api_call *call, uint64_t id, const char *name, const struct json *data)
{
	struct conn *c = of_call(call);
	cleanup_json struct json *gap = NULL;

	begin_stream(c);
	if (unsent(c) <= HTTP_STREAM_BYTES) {
		put_event(c, id, name, data);
		return true;
	}
	gap = json_set_text(json_new_object(), "reason",
	    "too much was waiting to be read; ask again since the last id");
	put_event(c, 0, "gap", gap);
	end(c);
	return false;
}

static void
on_finish(struct api_call *call)
{
	begin_stream(of_call(call));
	end(of_call(call));
}

static const struct api_call_ops call_ops = {
	.result = on_result,
	.problem = on_problem,
	.event = on_event,
	.finish = on_finish,
};

static void
begin_call(struct conn *c)
{
	struct api_call *call = &c->req.call;
	struct problem p;

	call->ops = &call_ops;
	call->right = RIGHT_ADMIN; /* who may connect is the user */
	call->uid = c->uid;
	call->pid = c->pid;
	/* The head of a stream does not wait for its first event. */
	if (call->verb->flags & VERB_STREAM &&
	    json_get_bool(call->args, "follow", false) &&
	    !verb_check_args(call->verb, call->args, &p))
		begin_stream(c);
	api_begin(c->http->config.api, call);
}

bool
conn_answer(struct conn *c)
{
	loop_timer_stop(&c->timer);
	if (c->req.options) {
		conn_response(&c->out, 204, NULL, NULL, false, c->req.allow);
		end(c);
	} else if (c->req.problem.outcome != OUTCOME_DONE)
		answer_problem(c, &c->req.problem);
	else
		begin_call(c);
	if (!flush(c) || (c->req.ended && !unsent(c)))
		return false;
	c->io_on = !loop_fd_start(c->http->config.loop, &c->io, c->fd, wanted(c), on_io);
	return c->io_on;
}
