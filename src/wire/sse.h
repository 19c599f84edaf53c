/* sse.h: server-sent events as bytes in, events out.  Pure, bounded. */
#ifndef WIRE_SSE_H
#define WIRE_SSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define SSE_EVENT_BYTES (8u << 20) /* one line, and the data of one event */

struct sse_event {
	uint64_t id;     /* 0: none, or not a number */
	struct str name; /* "message" when the stream gives none */
	struct str data; /* lines joined by LF */
};

enum sse_outcome { SSE_E_LARGE = 1 };

struct sse {
	/* private */
	void (*event)(const struct sse_event *e, void *ctx);
	void *ctx;
	struct buf line, name, data;
	uint64_t id;
	bool has_data, after_cr;
};

/* What `event` is given is lent for the call. */
void sse_init(
    struct sse *s, void (*event)(const struct sse_event *e, void *ctx), void *ctx);
void sse_deinit(struct sse *s);
/* 0 or SSE_E_LARGE; after that the stream is of no use any more. */
int sse_feed(struct sse *s, struct str in) MUST_CHECK;

#endif
