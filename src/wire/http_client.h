/* http_client.h: the client's side of HTTP/1.1 as bytes in, parts out.  Pure.
 *
 * One parser reads one response after another on a connection: start, feed
 * what was read from the socket until it says DONE, look at status and type,
 * start again.  The head is bounded; the body is handed on as it comes and
 * never kept, so its bound is the owner's. */
#ifndef WIRE_HTTP_CLIENT_H
#define WIRE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define HTTP_CLIENT_HEAD_BYTES 16384u /* all header lines of one response */

enum http_client_outcome {
	HTTP_CLIENT_DONE = 1, /* the response is complete */
	HTTP_CLIENT_E_SYNTAX, /* not HTTP/1.1, or cut off */
	HTTP_CLIENT_E_LARGE,  /* head above HTTP_CLIENT_HEAD_BYTES */
};

struct http_client {
	int status;      /* 0 until the head was read */
	char type[64];   /* media type without parameters, lower case */
	bool keep_alive; /* the connection can be used again after DONE */
	/* private */
	void (*body)(struct str part, void *ctx);
	void *ctx;
	int state;
	int end; /* sticky outcome */
	struct buf line;
	uint64_t left;
	size_t head_bytes;
	bool no_body, has_length, has_encoding, chunked;
};

/* `body` may be NULL; it gets each part of the body, lent. */
void http_client_init(
    struct http_client *c, void (*body)(struct str part, void *ctx), void *ctx);
void http_client_deinit(struct http_client *c);
/* The next response begins.  A response to HEAD has no body. */
void http_client_start(struct http_client *c, bool head);
/* Eats from *in what belongs to this response.  0: more is needed. */
int http_client_feed(struct http_client *c, struct str *in) MUST_CHECK;
/* The peer closed the connection: DONE if that ends the body, else E_SYNTAX. */
int http_client_closed(struct http_client *c) MUST_CHECK;

/* A whole request.  `target` is written as it is (see verb_target()); `accept`
 * may be NULL; a body is JSON and is sent when its p is not NULL. */
void http_client_request(struct buf *b, const char *method, struct str target,
    const char *accept, struct str body);

#endif
