/* chunked.h: the body of a request that comes in chunks (RFC 9112, 7.1).  Pure. */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum chunked_outcome { CHUNKED_DONE = 1, CHUNKED_E_SYNTAX, CHUNKED_E_LARGE };

struct chunked {
	/* private */
	int state;
	uint64_t left;
	unsigned line_bytes;
};

/* Appends what it decodes to body, whose maximum is the limit (CHUNKED_E_LARGE). */
int chunked_feed(struct chunked *c, struct str in, struct buf *body) MUST_CHECK;

#endif
