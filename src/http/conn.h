/* conn.h: a connection, its one request and its output; inside http/ only.
 *
 * http.c reads the request by libwebsockets and calls the functions marked
 * `reader`; conn.c answers it.  What is written goes to a second descriptor
 * of the same socket, so libwebsockets never has output of its own. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "base/list.h"
#include "http/chunked.h"
#include "http/http.h"

struct lws;

struct http {
	struct http_config config;
	uid_t uid;
	struct loop_fd listen;
	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct list conns;
	unsigned count;
};

/* The request: first as far as it was read, then with its call. */
struct request {
	struct json *args;
	struct buf body;
	uint64_t length; /* of the body */
	struct chunked chunked;
	bool is_chunked, has_length;
	struct problem problem; /* outcome not DONE: answered so, api is not asked */
	bool head;              /* no body wanted */
	bool options;           /* answered with the methods of the path */
	char allow[96];         /* header line with these methods, or "" */
	struct api_call call;
	bool complete; /* nothing more is read */
	bool streams, ended;
};

struct conn {
	struct list node;
	struct http *http;
	struct lws *wsi; /* NULL: libwebsockets has closed it */
	int fd;          /* for output */
	uid_t uid;
	pid_t pid;
	struct request req;
	struct buf out;
	size_t sent;
	struct loop_fd io;
	bool io_on;
	bool in_reader; /* inside a callback of libwebsockets */
	struct loop_timer
	    timer; /* a request that does not come, an answer that is not read */
};

/* The door to libwebsockets (http.c): closes; not from inside a callback of it. */
void http_kill(struct conn *c);

struct conn *conn_new(struct http *h, int fd, uid_t uid, pid_t pid);
void conn_gone(struct conn *c); /* reader: the client left */
void conn_free(struct conn *c);
/* reader: something of the request came; the next thing must come in time. */
void conn_alive(struct conn *c);
/* reader: the request is complete.  false: all is said, close the connection now. */
bool conn_answer(struct conn *c) MUST_CHECK;
/* reader: bytes that are not an answer to a request (100 Continue). */
void conn_put(struct conn *c, struct str bytes);
/* A whole response.  `extra` is header lines or "". */
void conn_response(struct buf *b, int status, const char *type, const struct json *body,
    bool head, const char *extra);

/* request.c: what libwebsockets read becomes c->req; whatever is wrong with it
 * is put into its problem, once: the first one stays. */
void request_head(struct conn *c, struct str path); /* the path is decoded already */
void request_body(struct conn *c, struct str part);
void request_complete(struct conn *c); /* the arguments are put together */

#endif
