/* viewer.h: our end of the connection to a session's shim (wire/shim_proto.h).
 * Non-blocking: the owner polls viewer.fd, fills, takes frames out, and
 * flushes what it has queued. */
#ifndef CLI_VIEWER_H
#define CLI_VIEWER_H

#include "base/buf.h"
#include "base/compiler.h"
#include "wire/shim_proto.h"

struct viewer {
	int fd; /* -1: closed */
	struct buf out;
	/* private */
	struct buf in;
	size_t taken;
};

#define VIEWER_NONE ((struct viewer){ .fd = -1 })

struct viewer_welcome {
	uint32_t version, flags;
	uint64_t start, end;
	uint16_t cols, rows;
	uint32_t generation;
};

/* Connects to DIR/shim.sock and says HELLO.  Negative: nobody is there. */
int viewer_open(
    const char *dir, uint32_t flags, uint64_t from, struct viewer *ret) MUST_CHECK;
void viewer_close(struct viewer *v);

enum viewer_outcome { VIEWER_E_CLOSED = 1, VIEWER_E_BROKEN };

/* Reads once what is there; VIEWER_E_CLOSED at the end. */
int viewer_fill(struct viewer *v) MUST_CHECK;
/* The next whole frame: 1, with a reader over its payload that is valid until
 * the next fill.  0: none yet.  -EPROTO: not a frame. */
int viewer_next(struct viewer *v, struct shim_header *ret,
    struct shim_reader *ret_payload) MUST_CHECK;
int viewer_flush(struct viewer *v) MUST_CHECK; /* 0 also when some is left */
bool viewer_get_welcome(struct shim_reader *r, struct viewer_welcome *ret) MUST_CHECK;

void viewer_send(
    struct viewer *v, enum shim_frame type, uint8_t flags, struct str payload);
void viewer_send_input(
    struct viewer *v, struct str bytes); /* cut into frames as needed */
void viewer_send_control(struct viewer *v, bool take);
void viewer_send_resize(struct viewer *v, uint16_t cols, uint16_t rows);

#endif
