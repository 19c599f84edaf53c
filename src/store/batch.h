/* batch.h: what one change writes, as rows ready to be bound.
 *
 * Made on the loop thread, handed to the writer, handed back with its result.
 * JSON values stay on the loop thread (they are not made for two): the writer
 * only sees their text. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/json.h"
#include "base/list.h"
#include "store/store.h"

enum row_kind {
	ROW_SESSION,
	ROW_SESSION_GONE,
	ROW_EVENT,
	ROW_INTENT,
	ROW_INTENT_DONE,
	ROW_VALUE,
	ROW_KIND_COUNT
};

struct row {
	enum row_kind kind;
	char id[ID_TEXT_BYTES];      /* of the session or intent itself */
	char session[ID_TEXT_BYTES]; /* "": none */
	uint32_t generation;
	wall_t time;
	char *name; /* kind, verb or key */
	char *text; /* body or value */
	size_t text_len;
	struct json *body; /* of an event, for followers; may be NULL */
	uint64_t seq;      /* given by the writer */
};

struct store_batch {
	struct list node;
	struct store *store;
	struct row *rows;
	size_t n, cap;
	size_t bytes;
	uint64_t events;
	bool durable, fail_fast;
	bool internal; /* the writer's own */
	void (*done)(int r, uint64_t last_seq, void *ctx);
	void *ctx;
	int result;
	uint64_t last_seq;
};

struct store_batch *batch_new(struct store *s);
struct store_batch *batch_free(struct store_batch *b);
struct row *batch_add(struct store_batch *b, enum row_kind kind, const char *name,
    const char *text, size_t len);
/* The journal line as followers and pages see it.  `body` is taken. */
struct json *batch_event_json(uint64_t seq, wall_t time, const char *kind,
    const char *session, uint32_t generation, struct json *body) MUST_CHECK;
/* A stored text as JSON; what can not be parsed any more is given as a string. */
struct json *batch_body_json(struct str text) MUST_CHECK;

#endif
