/* http.h: the daemon's HTTP/1.1 server: requests in, api_calls out.
 *
 * It takes connections from a listening Unix socket that somebody else made,
 * so that the socket can come from socket activation or be handed on across a
 * re-exec.  Who connects is asked of the kernel: the user's own processes and
 * root are let in, with all rights.
 *
 * A request is routed by the table of verbs; a query string, the parts of the
 * path and a JSON body become one object of arguments.  An answer is JSON, a
 * failure a problem document (RFC 9457), a stream server-sent events.
 *
 * A connection serves one request and ends with its answer; what a client
 * sends behind it is not looked at.  A client that leaves cancels its call.
 *
 * Bounds: LIMIT_CONNS connections, HTTP_HEAD_BYTES of a request's head,
 * LIMIT_BODY_BYTES of its body, HTTP_PATIENCE_MS without progress in sending
 * the one or reading the last of the other, HTTP_STREAM_BYTES of events that a
 * client has not read yet: then it gets a last event `gap` and is let go. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <sys/types.h>

#include "api/api.h"
#include "loop/loop.h"

#define HTTP_HEAD_BYTES   8192u
#define HTTP_STREAM_BYTES (1u << 20)
#define HTTP_PATIENCE_MS  10000u

struct http;

struct http_config {
	struct loop *loop;
	struct api *api;
	int listen_fd;      /* lent: not closed by http_free() */
	bool check_results; /* an answer that breaks the table of verbs becomes `internal`
			     */
	unsigned patience_ms; /* 0: HTTP_PATIENCE_MS */
};

int http_new(const struct http_config *config, struct http **ret) MUST_CHECK;
/* Cancels every call, closes every connection; turns the loop until that is
 * done, so it may not be called from a callback of the loop.  NULL is fine. */
struct http *http_free(struct http *h);
/* No new connections from now on (the listening socket is about to move on). */
void http_stop_accepting(struct http *h);
unsigned http_connections(const struct http *h);

#endif
