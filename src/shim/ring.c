/* How it works.  The file is longer than the ring by one block: a push
 * overwrites only bytes that the header before it does not promise, and renews
 * the header last, so the file is whole at every moment, however the shim ends.
 *
 * When the marks' table is full the oldest bytes are given up with the oldest
 * mark, so that no byte is ever without one. */
#include "shim/ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARKS_KEPT (SHIM_RING_MARKS - SHIM_RING_SLACK)

int
ring_open(struct ring *r, const char *name, uint64_t size, uint32_t generation, bool pipe)
{
	r->fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	r->size = size;
	r->capacity = size + RING_BLOCK;
	r->generation = generation;
	r->pipe = pipe;
	return r->fd < 0 ? -errno : 0;
}

/* The file is given up for good; what it still holds moves to memory.  Without
 * memory too a small ring begins anew. */
static void
leave_file(struct ring *r, int error)
{
	static uint8_t spare[2 * RING_BLOCK];
	void *memory = mmap(NULL, r->capacity, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	r->error = error;
	r->memory = memory;
	if (memory == MAP_FAILED) {
		r->memory = spare;
		r->size = RING_BLOCK;
		r->capacity = sizeof spare;
		r->floor = r->end;
	} else if (pread(r->fd, memory, r->capacity, SHIM_RING_DATA) < 0)
		r->floor = r->end;
	(void)close(r->fd);
	r->fd = -1;
}

static void
file_write(struct ring *r, const uint8_t *p, size_t len, uint64_t at)
{
	ssize_t n = 0;

	if (r->memory)
		return;
	while (len > 0 && (n = pwrite(r->fd, p, len, (off_t)at)) > 0) {
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	if (len > 0)
		leave_file(r, n < 0 ? errno : ENOSPC);
}

static uint64_t
mark_position(const struct ring *r, uint64_t number)
{
	return r->mark[number % SHIM_RING_MARKS].position;
}

uint64_t
ring_start(const struct ring *r)
{
	uint64_t start = r->end > r->size ? r->end - r->size : 0;
	uint64_t oldest = r->marks > MARKS_KEPT ? r->marks - MARKS_KEPT : 0;

	if (start < mark_position(r, oldest))
		start = mark_position(r, oldest);
	return start < r->floor ? r->floor : start;
}

void
ring_push(struct ring *r, const uint8_t *p, size_t n)
{
	struct shim_ring_info i = { .generation = r->generation, .pipe = r->pipe };
	uint8_t header[SHIM_RING_HEADER];
	size_t part;

	assert(n <= RING_BLOCK);
	for (size_t done = 0; done < n; done += part) {
		uint64_t at = (r->end + done) % r->capacity;

		part =
		    r->capacity - at < n - done ? (size_t)(r->capacity - at) : n - done;
		file_write(r, p + done, part, SHIM_RING_DATA + at);
		if (r->memory)
			memcpy(r->memory + (r->end + done) % r->capacity, p + done, part);
	}
	r->end += n;
	r->lost += r->memory ? n : 0;
	i.capacity = r->capacity;
	i.start = ring_start(r);
	i.end = r->end;
	i.marks = r->marks;
	shim_ring_put(header, &i);
	file_write(r, header, sizeof header, 0);
}

void
ring_mark(struct ring *r, uint16_t cols, uint16_t rows, bool is_stderr)
{
	struct shim_mark m = { r->end, cols, rows, is_stderr }, last = m;
	uint8_t slot[16];

	if (r->marks > 0) {
		last = r->mark[(r->marks - 1) % SHIM_RING_MARKS];
		if (last.cols == cols && last.rows == rows && last.is_stderr == is_stderr)
			return;
		r->marks -= last.position == r->end; /* no byte came between */
	}
	r->mark[r->marks % SHIM_RING_MARKS] = m;
	shim_mark_put(slot, &m);
	file_write(r, slot, sizeof slot,
	    SHIM_RING_HEADER + r->marks++ % SHIM_RING_MARKS * sizeof slot);
}

struct shim_mark
ring_mark_at(const struct ring *r, uint64_t position, uint64_t *ret_next)
{
	uint64_t number = r->marks - 1; /* mostly the newest is asked for */

	*ret_next = UINT64_MAX;
	while (mark_position(r, number) > position)
		*ret_next = mark_position(r, number--);
	return r->mark[number % SHIM_RING_MARKS];
}

const uint8_t *
ring_peek(struct ring *r, uint64_t position, size_t max, size_t *ret_len)
{
	static uint8_t scratch[RING_BLOCK];
	uint64_t at = position % r->capacity;
	size_t len = r->end - position < max ? (size_t)(r->end - position) : max;

	assert(position >= ring_start(r) && position < r->end && max <= RING_BLOCK);
	if (r->capacity - at < len)
		len = (size_t)(r->capacity - at);
	*ret_len = len;
	if (r->memory)
		return r->memory + at;
	if (pread(r->fd, scratch, len, (off_t)(SHIM_RING_DATA + at)) == (ssize_t)len)
		return scratch;
	r->floor = r->end;
	return NULL;
}
