/* What we say.  A frame is written at once as far as the socket takes it; the
 * rest waits in a bounded queue.  A keyframe may be much larger than the bound
 * for the others, but only one waits at a time.
 *
 * A write that fails is left to the reader, who sees the end of the stream
 * after all that came before it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "base/limits.h"
#include "host/host_link.h"

#define QUEUE_BYTES (LIMIT_SHIM_INPUT_BYTES + 65536u)
#define OUT_MAX     (QUEUE_BYTES + LIMIT_KEYFRAME_BYTES + 65536u)
#define INPUT_PART  (LIMIT_SHIM_FRAME_BYTES - 4u)
#define FRAME_PART  (LIMIT_SHIM_FRAME_BYTES - 20u)

static size_t
send_waiting(const struct host_link *h)
{
	return h->out.len - h->out_done;
}

void
host_send_flush(struct host_link *h)
{
	while (h->fd >= 0 && send_waiting(h) > 0) {
		ssize_t n = send(h->fd, h->out.data + h->out_done, send_waiting(h),
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			h->out_done = h->out.len;
			break;
		}
		h->out_done += (size_t)n;
	}
	if (send_waiting(h) == 0) {
		buf_deinit(&h->out);
		h->out_done = h->out_keyframe = 0;
	} else if (h->out_done > h->out.len / 2) {
		buf_eat(&h->out, h->out_done);
		h->out_done = 0;
	}
	loop_fd_want(&h->io, LOOP_READ | (send_waiting(h) > 0 ? LOOP_WRITE : 0u));
}

void
host_send_clear(struct host_link *h)
{
	buf_deinit(&h->out);
	h->out_done = h->out_keyframe = 0;
	free(h->splits);
	h->splits = NULL;
	h->split_count = 0;
}

static int
send_may(const struct host_link *h, size_t bytes)
{
	if (h->state != HOST_LINKED)
		return HOST_E_UNREACHABLE;
	return send_waiting(h) + bytes > QUEUE_BYTES + h->out_keyframe ? HOST_E_FULL : 0;
}

static void
send_frame(struct host_link *h, enum shim_frame type, uint8_t flags, const uint8_t *head,
    size_t head_len, struct str bytes)
{
	struct shim_header header = { (uint32_t)(head_len + bytes.len), (uint8_t)type,
		flags };
	uint8_t raw[SHIM_HEADER_BYTES];

	shim_header_put(raw, header);
	if (h->out.max == 0)
		h->out = BUF(OUT_MAX);
	buf_put(&h->out, raw, sizeof(raw));
	buf_put(&h->out, head, head_len);
	buf_put(&h->out, bytes.p, bytes.len);
}

static int
send_small(struct host_link *h, enum shim_frame type, const uint8_t *payload, size_t len)
{
	int r = send_may(h, SHIM_HEADER_BYTES + len);

	if (r != 0)
		return r;
	send_frame(h, type, 0, payload, len, STR_NONE);
	host_send_flush(h);
	return 0;
}

void
host_send_hello(struct host_link *h)
{
	uint8_t p[16];

	shim_put_u64(shim_put_u32(shim_put_u32(p, SHIM_PROTO_VERSION),
			 SHIM_VIEWER_ENGINE | SHIM_VIEWER_LAZY),
	    h->position);
	send_frame(h, SHIM_HELLO, 0, p, sizeof(p), STR_NONE);
	host_send_flush(h);
}

/* --- Input -------------------------------------------------------------------------- */

static void
send_split(struct host_link *h, uint32_t id, unsigned parts)
{
	h->splits = xrealloc(h->splits, h->split_count + 1, sizeof(*h->splits));
	h->splits[h->split_count++] = (struct host_split){ .id = id, .left = parts };
}

bool
host_send_done(struct host_link *h, uint32_t id, uint8_t result, uint8_t *ret)
{
	for (size_t i = 0; i < h->split_count; i++) {
		struct host_split *s = &h->splits[i];

		if (s->id != id)
			continue;
		if (result > s->worst)
			s->worst = result;
		if (--s->left > 0)
			return false;
		*ret = s->worst;
		h->splits[i] = h->splits[--h->split_count];
		return true;
	}
	*ret = result;
	return true;
}

int
host_input(struct host_link *h, struct str bytes, uint32_t id)
{
	size_t parts = bytes.len == 0 ? 1 : (bytes.len + INPUT_PART - 1) / INPUT_PART;
	uint8_t head[4];
	int r = send_may(h, bytes.len + parts * (SHIM_HEADER_BYTES + sizeof(head)));

	if (r != 0)
		return r;
	if (parts > 1 && id != 0)
		send_split(h, id, (unsigned)parts);
	shim_put_u32(head, id);
	for (size_t i = 0; i < parts; i++) {
		bool more = i + 1 < parts;
		struct str part = str_make(bytes.p, more ? INPUT_PART : bytes.len);

		send_frame(
		    h, SHIM_INPUT, more ? SHIM_INPUT_MORE : 0, head, sizeof(head), part);
		bytes.p += part.len;
		bytes.len -= part.len;
	}
	host_send_flush(h);
	return 0;
}

/* --- The others --------------------------------------------------------------------- */

/* Control is taken for this and given back: who looks at the session keeps the
 * say over later sizes. */
int
host_resize(struct host_link *h, uint16_t cols, uint16_t rows)
{
	uint8_t p[4], control;
	int r = send_may(h, 3 * SHIM_HEADER_BYTES + sizeof(p) + 2);

	if (r != 0)
		return r;
	shim_put_u16(shim_put_u16(p, cols), rows);
	control = 1;
	send_frame(h, SHIM_CONTROL, 0, &control, 1, STR_NONE);
	send_frame(h, SHIM_RESIZE, 0, p, sizeof(p), STR_NONE);
	control = 0;
	send_frame(h, SHIM_CONTROL, 0, &control, 1, STR_NONE);
	host_send_flush(h);
	return 0;
}

int
host_signal(struct host_link *h, int signo, enum shim_signal_scope scope)
{
	uint8_t p[2] = { (uint8_t)signo, (uint8_t)scope };

	if (signo < 1 || signo > 64)
		return fault(-EINVAL);
	return send_small(h, SHIM_SIGNAL, p, sizeof(p));
}

int
host_keyframe(struct host_link *h, uint64_t position, uint16_t cols, uint16_t rows,
    struct str bytes)
{
	uint32_t total = (uint32_t)bytes.len, at = 0;

	if (bytes.len == 0)
		return fault(-EINVAL);
	if (h->state != HOST_LINKED)
		return HOST_E_UNREACHABLE;
	if (bytes.len > LIMIT_KEYFRAME_BYTES || h->out_keyframe > 0)
		return HOST_E_FULL;
	h->out_keyframe = bytes.len + 65536u;
	while (at < total) {
		uint32_t len = total - at < FRAME_PART ? total - at : FRAME_PART;
		uint8_t head[20], *p = shim_put_u64(head, position);

		p = shim_put_u16(shim_put_u16(p, cols), rows);
		shim_put_u32(shim_put_u32(p, total), at);
		send_frame(
		    h, SHIM_KEYFRAME, 0, head, sizeof(head), str_make(bytes.p + at, len));
		at += len;
	}
	host_send_flush(h);
	return 0;
}

int
host_close_input(struct host_link *h)
{
	return send_small(h, SHIM_CLOSE_INPUT, NULL, 0);
}

int
host_acknowledge(struct host_link *h)
{
	uint8_t p[9];
	int r;

	shim_put_u8(shim_put_u64(p, h->position), 1);
	r = send_small(h, SHIM_ACK, p, sizeof(p));
	if (r == 0)
		h->acknowledged = true;
	return r;
}
