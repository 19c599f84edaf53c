/* libwebsockets reads the requests; this file is the door to it.
 *
 * It listens to nothing itself: an accepted socket is adopted.  From its
 * callbacks come the head, the parts of the body and the end of a request, and
 * the end of the connection.
 *
 * One request a connection, because version 4.1 can not be given more: what it
 * has read beyond a request it keeps, and when that holds a request with a
 * body, it takes the request's own head for the body and does not find out of
 * the loop; and while an answer is awaited it looks at its socket again and
 * again without reading from it, so conn.c reads what comes then.
 *
 * It has no periodic timers as configured here (no peer limits, no keep-alive,
 * no TLS), so an idle connection makes no wake-ups. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/conn.h"
#include "os/os.h"

#define LOG_MODULE     "http"

#define READ_BYTES     16384u /* most it reads at once */
#define ACCEPT_AT_ONCE 64
#define CLOSING_TURNS                                                                    \
	16 /* connections, then its pipe, then its timers: three would do                \
	    */

void
http_kill(struct conn *c)
{
	if (c->wsi)
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/* --- Callbacks --------------------------------------------------------------------- */

/* Results are for libwebsockets: -1 closes the connection. */
static int
complete(struct conn *c)
{
	c->req.complete = true;
	request_complete(c);
	return conn_answer(c) ? 0 : -1;
}

static int
on_head(struct conn *c, struct str path)
{
	if (c->req.complete)
		return 0;
	/* How long it waits is decided by conn.c alone. */
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
	request_head(c, path);
	conn_alive(c);
	return c->req.complete ? complete(c) : 0;
}

static int
on_body(struct conn *c, struct str part)
{
	if (c->req.complete)
		return 0;
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
	request_body(c, part);
	conn_alive(c);
	return c->req.complete ? complete(c) : 0;
}

static int
on_body_end(struct conn *c)
{
	return c->req.complete ? 0 : complete(c);
}

static int
callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
	struct conn *c = lws_get_opaque_user_data(wsi);
	int r = 0;

	if (!c)
		return 0;
	c->in_reader = true;
	switch ((int)why) {
	case LWS_CALLBACK_HTTP:
		r = on_head(c, str_make(in, len));
		break;
	case LWS_CALLBACK_HTTP_BODY:
		r = on_body(c, str_make(in, len));
		break;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		r = on_body_end(c);
		break;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		r = -1;
		break;
	case LWS_CALLBACK_CLOSED_HTTP:
		conn_gone(c);
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		lws_set_opaque_user_data(wsi, NULL);
		conn_free(c);
		return 0;
	default:
		break;
	}
	c->in_reader = false;
	return r;
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = callback, .rx_buffer_size = READ_BYTES },
	{ .name = NULL },
};

/* --- Accepting -----------------------------------------------------------------------
 */

/* Turned away before libwebsockets hears of it. */
static void
turn_away(int fd, enum outcome outcome, const char *sentence)
{
	cleanup_buf struct buf b = BUF(4096);
	cleanup_json struct json *body = NULL;
	struct problem p;

	(void)problem_set(&p, outcome, NULL, "%s", sentence);
	body = problem_json(&p);
	conn_response(
	    &b, outcomes[outcome].http, "application/problem+json", body, false, "");
	(void)send(fd, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
take(struct http *h, int accepted)
{
	cleanup_fd int fd = accepted;
	cleanup_fd int out = -1;
	unsigned kind = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP;
	lws_adopt_desc_t desc = { .vh = h->vhost, .type = (lws_adoption_type)kind };
	struct conn *c;
	uid_t uid;
	pid_t pid;

	if (os_peer(fd, &uid, &pid) < 0)
		return;
	if (uid != h->uid && uid != 0) {
		turn_away(fd, OUTCOME_FORBIDDEN, "this daemon belongs to another user");
		return;
	}
	if (h->count >= LIMIT_CONNS) {
		turn_away(fd, OUTCOME_QUEUE_FULL,
		    "the daemon has as many connections as it may; "
		    "close some and try again");
		return;
	}
	out = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (out < 0)
		return;
	c = conn_new(h, TAKE_FD(out), uid, pid);
	desc.fd.sockfd = TAKE_FD(fd); /* also closed by it when it fails */
	desc.opaque = c;
	c->wsi = lws_adopt_descriptor_vhost_via_info(&desc);
}

static void
on_listen(struct loop_fd *s, unsigned io)
{
	struct http *h = container_of(s, struct http, listen);

	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd;

		if (os_unix_accept(h->config.listen_fd, &fd) < 0)
			return;
		take(h, fd);
	}
}

/* --- Life ------------------------------------------------------------------------------
 */

static void
log_lws(int level, const char *line)
{
	cleanup_buf struct buf b = BUF(1024);

	buf_put_escaped(&b, str_trim(str_of(line)));
	log_debug("libwebsockets: %s", buf_text(&b));
}

static struct lws_context *
context_new(struct http *h)
{
	void *loops[] = { loop_native(h->config.loop) };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
			   LWS_SERVER_OPTION_DISABLE_IPV6,
		.foreign_loops = loops,
		/* Its table is as long as the number of descriptors it may see. */
		.fd_limit_per_thread = LIMIT_CONNS + 8,
		.pt_serv_buf_size = READ_BYTES,
		.max_http_header_data = HTTP_HEAD_BYTES,
		.pcontext = &h->lws,
	};

	lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
	h->lws = lws_create_context(&info);
	if (!h->lws)
		return NULL;
	info.vhost_name = "belay";
	h->vhost = lws_create_vhost(h->lws, &info);
	return h->lws;
}

int
http_new(const struct http_config *config, struct http **ret)
{
	struct http *h = xnew(struct http);
	int r;

	*h = (struct http){ .config = *config, .uid = getuid() };
	if (!h->config.patience_ms)
		h->config.patience_ms = HTTP_PATIENCE_MS;
	list_init(&h->conns);
	if (!context_new(h) || !h->vhost) {
		h = http_free(h);
		return fault(-ENOMEM);
	}
	r = loop_fd_start(
	    config->loop, &h->listen, config->listen_fd, LOOP_READ, on_listen);
	if (r < 0) {
		h = http_free(h);
		return fault(r);
	}
	*ret = h;
	return 0;
}

void
http_stop_accepting(struct http *h)
{
	loop_fd_stop(&h->listen);
}

unsigned
http_connections(const struct http *h)
{
	return h->count;
}

struct http *
http_free(struct http *h)
{
	if (!h)
		return NULL;
	loop_fd_stop(&h->listen);
	list_for_each_safe (it, &h->conns)
		http_kill(container_of(it, struct conn, node));
	/* On a loop that is not its own, it is destroyed in two steps: the second is
	 * due when the loop has told it that every handle is closed. */
	if (h->lws)
		lws_context_destroy(h->lws);
	for (int i = 0; i < CLOSING_TURNS; i++)
		if (loop_turn(h->config.loop, false) < 0)
			break;
	if (h->lws)
		lws_context_destroy(h->lws);
	assert(!h->lws && !h->count);
	free(h);
	return NULL;
}
