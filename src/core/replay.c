#include "core/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "wire/shim_proto.h"

static int
open_file(const struct session *s, const char *name, int *ret_fd)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	int fd;

	session_path(s, name, &path);
	fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int
read_at(int fd, uint64_t at, size_t len, struct buf *out)
{
	while (len) {
		char *room = buf_room(out, len);
		ssize_t n = room ? pread(fd, room, len, (off_t)at) : -1;

		if (!room)
			return -EFBIG;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		buf_grew(out, (size_t)n);
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
ring_info(int fd, struct shim_ring_info *ret)
{
	cleanup_buf struct buf b = BUF(SHIM_RING_HEADER + 1);
	int r = read_at(fd, 0, SHIM_RING_HEADER, &b);

	if (r)
		return r;
	if (!shim_ring_get((const uint8_t *)b.data, ret) || !ret->capacity ||
	    ret->start > ret->end || ret->end - ret->start > ret->capacity)
		return -EBADMSG;
	return 0;
}

int
replay_read(const struct session *s, uint64_t from, struct buf *out, uint64_t *ret_start)
{
	struct shim_ring_info info;
	cleanup_fd int fd = -1;
	int r = open_file(s, "ring", &fd);

	if (!r)
		r = ring_info(fd, &info);
	if (r)
		return fault(r);
	if (info.generation != s->generation)
		return -ESTALE;
	if (from < info.start)
		from = info.start;
	if (from > info.end)
		from = info.end;
	*ret_start = from;
	while (from < info.end && !r) {
		uint64_t at = from % info.capacity, n = info.capacity - at;

		if (n > info.end - from)
			n = info.end - from;
		r = read_at(fd, SHIM_RING_DATA + at, (size_t)n, out);
		from += n;
	}
	return fault(r);
}

static void
put_base64(struct str in, struct buf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < in.len; i += 3) {
		size_t n = in.len - i < 3 ? in.len - i : 3;
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)in.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_putc(out, k <= n ? digits[v >> (18 - 6 * k) & 63] : '=');
	}
}

int
replay_raw(const struct session *s, uint64_t most, struct buf *out)
{
	struct shim_ring_info info;
	cleanup_buf struct buf bytes = BUF_UNLIMITED;
	cleanup_fd int fd = -1;
	uint64_t start;
	int r = open_file(s, "ring", &fd);

	if (!r)
		r = ring_info(fd, &info);
	if (!r)
		r = replay_read(s, info.end > most ? info.end - most : 0, &bytes, &start);
	if (!r)
		put_base64(buf_str(&bytes), out);
	return fault(r);
}

int
replay_keyframe(const struct session *s, struct shim_keyframe_info *ret, struct buf *out)
{
	struct shim_keyframe_info info;
	cleanup_buf struct buf head = BUF(SHIM_KEYFRAME_HEADER + 1);
	cleanup_fd int fd = -1;
	int r = open_file(s, "keyframe", &fd);

	if (!r)
		r = read_at(fd, 0, SHIM_KEYFRAME_HEADER, &head);
	if (r)
		return r;
	if (!shim_keyframe_get((const uint8_t *)head.data, &info) ||
	    info.generation != s->generation || info.length > LIMIT_KEYFRAME_BYTES ||
	    info.cols < LIMIT_COLS_MIN || info.cols > LIMIT_COLS_MAX ||
	    info.rows < LIMIT_ROWS_MIN || info.rows > LIMIT_ROWS_MAX)
		return -EBADMSG;
	r = read_at(fd, SHIM_KEYFRAME_HEADER, info.length, out);
	if (!r)
		*ret = info;
	return r;
}
