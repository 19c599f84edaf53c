/* How it works.  The file is longer than the ring by one block: what a turn
 * writes before the header is renewed overwrites only bytes that the header
 * does not promise, so the file is whole at every moment, however the shim
 * ends.  The newest block stays in memory as well: viewers that keep up are
 * served from it without reading the file.
 *
 * Marks are kept in full in memory; when their table is full the oldest bytes
 * are given up with the oldest mark, so that no byte is ever without one. */
#include "shim/ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARKS_KEPT (SHIM_RING_MARKS - SHIM_RING_SLACK)

static uint8_t scratch[RING_BLOCK]; /* what ring_peek() read from the file */

static int
write_all(int fd, const uint8_t *p, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static bool
read_all(int fd, uint8_t *p, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* Bytes from position up to the place where the data area wraps. */
static size_t
until_wrap(const struct ring *r, uint64_t position, size_t len)
{
	uint64_t rest = r->capacity - position % r->capacity;

	return rest < len ? (size_t)rest : len;
}

static uint64_t
marks_oldest(const struct ring *r)
{
	return r->marks > MARKS_KEPT ? r->marks - MARKS_KEPT : 0;
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
	uint64_t marked = mark_position(r, marks_oldest(r));

	if (start < marked)
		start = marked;
	return start < r->floor ? r->floor : start;
}

/* The file is given up for good; what it still holds moves to memory. */
static void
ring_leave_file(struct ring *r, int error)
{
	uint64_t at = ring_start(r);
	void *memory = mmap(NULL, r->capacity, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	r->error = -error;
	if (memory != MAP_FAILED) {
		r->memory = memory;
		while (at < r->end) {
			size_t n = until_wrap(r, at, (size_t)(r->end - at));

			if (!read_all(r->fd, r->memory + at % r->capacity, n,
				SHIM_RING_DATA + at % r->capacity))
				r->floor = at + n;
			at += n;
		}
	}
	(void)close(r->fd);
	r->fd = -1;
}

static void
ring_write(struct ring *r, const uint8_t *p, size_t len, uint64_t at)
{
	int error;

	if (r->fd < 0)
		return;
	error = write_all(r->fd, p, len, at);
	if (error < 0)
		ring_leave_file(r, error);
}

void
ring_sync(struct ring *r)
{
	struct shim_ring_info i = { .generation = r->generation,
		.pipe = r->pipe,
		.capacity = r->capacity,
		.start = ring_start(r),
		.end = r->end,
		.marks = r->marks };
	uint8_t header[SHIM_RING_HEADER];

	if (r->synced == r->end + r->marks)
		return;
	r->synced = r->end + r->marks;
	shim_ring_put(header, &i);
	ring_write(r, header, sizeof header, 0);
}

int
ring_open(struct ring *r, const char *name, uint64_t size, uint32_t generation, bool pipe)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	r->fd = fd;
	r->size = size;
	r->capacity = size + RING_BLOCK;
	r->generation = generation;
	r->pipe = pipe;
	return 0;
}

void
ring_close(struct ring *r)
{
	if (r->memory)
		(void)munmap(r->memory, r->capacity);
	r->memory = NULL;
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
}

uint8_t *
ring_room(struct ring *r, size_t *ret_room)
{
	if (sizeof r->block - r->block_len < sizeof r->block / 8)
		r->block_len = 0;
	*ret_room = sizeof r->block - r->block_len;
	return r->block + r->block_len;
}

void
ring_push(struct ring *r, size_t n)
{
	const uint8_t *p = r->block + r->block_len;

	assert(n <= sizeof r->block - r->block_len);
	for (size_t done = 0; done < n;) {
		uint64_t at = r->end + done;
		size_t part = until_wrap(r, at, n - done);

		ring_write(r, p + done, part, SHIM_RING_DATA + at % r->capacity);
		if (r->memory)
			memcpy(r->memory + at % r->capacity, p + done, part);
		done += part;
	}
	r->end += n;
	r->block_len += n;
	if (r->fd < 0) {
		r->lost += n;
		if (!r->memory)
			r->floor = r->end - r->block_len;
	}
}

void
ring_mark(struct ring *r, uint16_t cols, uint16_t rows, bool is_stderr)
{
	struct shim_mark m = { r->end, cols, rows, is_stderr };
	uint64_t number = r->marks;
	uint8_t slot[16];

	if (number > 0) {
		const struct shim_mark *last = &r->mark[(number - 1) % SHIM_RING_MARKS];

		if (last->cols == cols && last->rows == rows &&
		    last->is_stderr == is_stderr)
			return;
		if (last->position == r->end)
			number--;
	}
	r->mark[number % SHIM_RING_MARKS] = m;
	r->marks = number + 1;
	shim_mark_put(slot, &m);
	ring_write(r, slot, sizeof slot,
	    SHIM_RING_HEADER + number % SHIM_RING_MARKS * sizeof slot);
}

struct shim_mark
ring_mark_at(const struct ring *r, uint64_t position, uint64_t *ret_next)
{
	uint64_t low = marks_oldest(r), high = r->marks; /* mark low holds or is before */

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (mark_position(r, middle) <= position)
			low = middle;
		else
			high = middle;
	}
	*ret_next = high < r->marks ? mark_position(r, high) : UINT64_MAX;
	return r->mark[low % SHIM_RING_MARKS];
}

const uint8_t *
ring_peek(struct ring *r, uint64_t position, size_t max, size_t *ret_len)
{
	uint64_t block = r->end - r->block_len;
	size_t len = r->end - position < max ? (size_t)(r->end - position) : max;

	assert(position >= ring_start(r) && position < r->end);
	if (position >= block) {
		*ret_len = len;
		return r->block + (position - block);
	}
	len = until_wrap(r, position, len < sizeof scratch ? len : sizeof scratch);
	*ret_len = len;
	if (r->memory)
		return r->memory + position % r->capacity;
	if (r->fd >= 0 &&
	    read_all(r->fd, scratch, len, SHIM_RING_DATA + position % r->capacity))
		return scratch;
	r->floor = block;
	return NULL;
}
