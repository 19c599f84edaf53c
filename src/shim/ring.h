/* ring.h: the last bytes of one agent, for viewers that come late.
 *
 * One writer, any number of readers.  A reader is a position, not an object:
 * it costs nothing to hold and can not stop the writer.  A position before
 * ring_start() is lost.  The bytes are in a file (its form: shim_proto.h), so
 * that they survive the shim; when the file can not be written they go on in
 * memory, when there is no memory only the newest block is kept.
 *
 * Invariants: ring_start() <= end; end - ring_start() <= size; positions only
 * grow; the oldest mark kept holds at ring_start(). */
#ifndef SHIM_RING_H
#define SHIM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "wire/shim_proto.h"

#define RING_BLOCK 65536u /* most bytes pushed a turn; kept as a copy in memory */

struct ring {
	uint64_t end;  /* position after the newest byte */
	uint64_t lost; /* bytes that the file does not have */
	int error;     /* why the file was given up; 0: it was not */
	/* private */
	int fd;
	uint8_t *memory;
	uint64_t size, capacity, floor, marks, synced;
	uint32_t generation, pipe;
	size_t block_len;
	uint8_t block[RING_BLOCK]; /* the bytes before `end` */
	struct shim_mark mark[SHIM_RING_MARKS];
};

/* Makes an empty ring in the file `name`; *r is zeroed, and stays in one place.  0 or -errno. */
int ring_open(struct ring *r, const char *name, uint64_t size, uint32_t generation,
    bool pipe) MUST_CHECK;
void ring_close(struct ring *r);

uint64_t ring_start(const struct ring *r);
/* Room for the next bytes, at least RING_BLOCK / 8; ring_push() claims n of it. */
uint8_t *ring_room(struct ring *r, size_t *ret_room);
void ring_push(struct ring *r, size_t n);
/* From `end` on the terminal has this size and the bytes come from this stream. */
void ring_mark(struct ring *r, uint16_t cols, uint16_t rows, bool is_stderr);
/* The mark that holds at `position` (>= ring_start()), and where the next one begins. */
struct shim_mark ring_mark_at(const struct ring *r, uint64_t position, uint64_t *ret_next);
/* Up to max (<= RING_BLOCK) bytes at `position` (ring_start() <= position < end).  Valid until the
 * next call; NULL when the file could not be read: ring_start() has then moved. */
const uint8_t *ring_peek(struct ring *r, uint64_t position, size_t max, size_t *ret_len);
/* Tells the file how far it is filled; once a turn. */
void ring_sync(struct ring *r);

#endif
