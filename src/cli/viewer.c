/* viewer.c: frames are read into one buffer and handed out from it without a
 * copy; it is compacted before the next read. */
#include "cli/viewer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"
#include "os/os.h"

#define READ_BYTES  65536u
#define INPUT_BYTES 32768u

int
viewer_open(const char *dir, uint32_t flags, uint64_t from, struct viewer *ret)
{
	uint8_t hello[16], *at = hello;
	cleanup_fd int dirfd = -1;
	struct viewer v = VIEWER_NONE;
	int r = os_open_dir(dir, &dirfd);

	if (r == 0)
		r = os_unix_connect(dirfd, "shim.sock", &v.fd);
	if (r < 0)
		return fault(r);
	v.in = v.out = BUF_UNLIMITED;
	at = shim_put_u32(at, SHIM_PROTO_VERSION);
	at = shim_put_u32(at, flags);
	at = shim_put_u64(at, from);
	viewer_send(
	    &v, SHIM_HELLO, 0, str_make((const char *)hello, (size_t)(at - hello)));
	*ret = v;
	return 0;
}

void
viewer_close(struct viewer *v)
{
	if (v->fd >= 0)
		(void)close(v->fd);
	buf_deinit(&v->in);
	buf_deinit(&v->out);
	*v = VIEWER_NONE;
}

int
viewer_fill(struct viewer *v)
{
	char *room;
	ssize_t n;

	buf_eat(&v->in, TAKE(v->taken, 0));
	room = buf_room(&v->in, READ_BYTES);
	if (!room)
		return fault(-ENOMEM);
	do {
		n = read(v->fd, room, READ_BYTES);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN       ? 0
		       : errno == ECONNRESET ? VIEWER_E_CLOSED
					     : fault(-errno);
	if (n == 0)
		return VIEWER_E_CLOSED;
	buf_grew(&v->in, (size_t)n);
	return 0;
}

int
viewer_next(struct viewer *v, struct shim_header *ret, struct shim_reader *ret_payload)
{
	const uint8_t *p = (const uint8_t *)v->in.data + v->taken;
	size_t left = v->in.len - v->taken;
	struct shim_header h;

	if (left < SHIM_HEADER_BYTES)
		return 0;
	if (!shim_header_get(p, &h))
		return fault(-EPROTO);
	if (left < SHIM_HEADER_BYTES + h.length)
		return 0;
	v->taken += SHIM_HEADER_BYTES + h.length;
	*ret = h;
	*ret_payload = (struct shim_reader){ .p = p + SHIM_HEADER_BYTES,
		.end = p + SHIM_HEADER_BYTES + h.length };
	return 1;
}

int
viewer_flush(struct viewer *v)
{
	while (v->out.len > 0) {
		ssize_t n = send(v->fd, v->out.data, v->out.len, MSG_NOSIGNAL);
		if (n >= 0)
			buf_eat(&v->out, (size_t)n);
		else if (errno == EAGAIN)
			return 0;
		else if (errno == EPIPE || errno == ECONNRESET)
			return VIEWER_E_CLOSED;
		else if (errno != EINTR)
			return fault(-errno);
	}
	return 0;
}

bool
viewer_get_welcome(struct shim_reader *r, struct viewer_welcome *ret)
{
	*ret = (struct viewer_welcome){
		.version = shim_get_u32(r),
		.flags = shim_get_u32(r),
	};
	ret->start = shim_get_u64(r);
	ret->end = shim_get_u64(r);
	ret->cols = shim_get_u16(r);
	ret->rows = shim_get_u16(r);
	ret->generation = shim_get_u32(r);
	return !r->bad;
}

void
viewer_send(struct viewer *v, enum shim_frame type, uint8_t flags, struct str payload)
{
	struct shim_header h = {
		.length = (uint32_t)payload.len, .type = (uint8_t)type, .flags = flags
	};
	uint8_t header[SHIM_HEADER_BYTES];

	shim_header_put(header, h);
	buf_put(&v->out, header, sizeof(header));
	buf_put(&v->out, payload.p, payload.len);
}

void
viewer_send_input(struct viewer *v, struct str bytes)
{
	while (bytes.len > 0) {
		size_t n = bytes.len < INPUT_BYTES ? bytes.len : INPUT_BYTES;
		struct shim_header h = { .length = (uint32_t)n + 4,
			.type = SHIM_INPUT,
			.flags = n < bytes.len ? SHIM_INPUT_MORE : 0 };
		uint8_t header[SHIM_HEADER_BYTES + 4];

		shim_header_put(header, h);
		(void)shim_put_u32(header + SHIM_HEADER_BYTES, 0);
		buf_put(&v->out, header, sizeof(header));
		buf_put(&v->out, bytes.p, n);
		bytes = str_make(bytes.p + n, bytes.len - n);
	}
}

void
viewer_send_control(struct viewer *v, bool take)
{
	char byte = take;

	viewer_send(v, SHIM_CONTROL, 0, str_make(&byte, 1));
}

void
viewer_send_resize(struct viewer *v, uint16_t cols, uint16_t rows)
{
	uint8_t payload[4];

	(void)shim_put_u16(shim_put_u16(payload, cols), rows);
	viewer_send(v, SHIM_RESIZE, 0, str_make((const char *)payload, sizeof(payload)));
}
