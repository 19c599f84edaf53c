/* ring.h: the last bytes of one agent, for viewers that come late.
 *
 * One writer, any number of readers.  A reader is a position, not an object:
 * it costs nothing to hold and can not stop the writer.  A position before
 * ring_start() is lost.  The bytes are in a file (its form: shim_proto.h), so
 * that they survive the shim; when it can not be written they go on in memory.
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

#define RING_BLOCK 65536u /* most bytes of one push */

struct ring {
	uint64_t end;  /* position after the newest byte */
	uint64_t size; /* most bytes kept */
	uint64_t lost; /* bytes that the file does not have */
	int error;     /* why the file was given up; 0: it was not */
	/* private */
	int fd;
	uint8_t *memory; /* in the place of the file */
	uint64_t capacity, floor, marks;
	uint32_t generation, pipe;
	struct shim_mark mark[SHIM_RING_MARKS];
};

/* Makes an empty ring in the file `name`; *r is zeroed.  0 or -errno. */
int ring_open(struct ring *r, const char *name, uint64_t size, uint32_t generation,
    bool pipe) MUST_CHECK;

uint64_t ring_start(const struct ring *r);
/* n <= RING_BLOCK */
void ring_push(struct ring *r, const uint8_t *p, size_t n);
/* From `end` on the terminal has this size and the bytes come from this stream. */
void ring_mark(struct ring *r, uint16_t cols, uint16_t rows, bool is_stderr);
/* The mark that holds at `position` (>= ring_start()), and where the next one begins. */
struct shim_mark ring_mark_at(
    const struct ring *r, uint64_t position, uint64_t *ret_next);
/* Up to max (<= RING_BLOCK) bytes at `position` (ring_start() <= position < end), valid
 * until the next call; NULL when the file could not be read: ring_start() has then moved.
 */
const uint8_t *ring_peek(struct ring *r, uint64_t position, size_t max, size_t *ret_len);

#endif
