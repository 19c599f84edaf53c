/* What the shim says.  Bytes are read in big pieces, at most TURN_BYTES a
 * turn, so that one flood does not starve the other links; frames are given on
 * where they lie.  The buffer exists only while there is a part of a frame. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/limits.h"
#include "host/host_link.h"
#include "os/os.h"

#define READ_BYTES 65535u /* and one for the NUL a buf adds */
#define TURN_BYTES 262144u
#define IN_MAX     (SHIM_HEADER_BYTES + LIMIT_SHIM_FRAME_BYTES + READ_BYTES)

/* --- The frames ------------------------------------------------------------------- */

static struct str
rest_of(struct shim_reader *r)
{
	struct str s = str_make((const char *)r->p, (size_t)(r->end - r->p));

	r->p = r->end;
	return s;
}

static bool
on_welcome(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	struct host_event_data d = { .event = HOST_EV_CONNECTED, .status = &h->status };
	uint32_t version = shim_get_u32(r);
	uint64_t start, end, position;

	(void)flags;
	(void)shim_get_u32(r); /* what the flags say comes as frames too */
	start = shim_get_u64(r);
	end = shim_get_u64(r);
	h->status.cols = shim_get_u16(r);
	h->status.rows = shim_get_u16(r);
	if (version != SHIM_PROTO_VERSION || shim_get_u32(r) != h->status.generation)
		return false;
	h->status.child_pid = (int32_t)shim_get_u32(r);
	h->status.child_start = shim_get_u64(r);
	position = h->position == SHIM_FROM_END ? end
		   : h->position > end          ? start
						: h->position;
	h->state = HOST_LINKED;
	host_connect_made(h);
	d.position = position;
	d.end = end;
	host_emit(h, &d);
	return true;
}

static bool
on_output(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	struct host_event_data d = { .event = HOST_EV_OUTPUT, .status = &h->status };

	d.position = shim_get_u64(r);
	d.bytes = rest_of(r);
	d.is_stderr = flags & SHIM_OUTPUT_STDERR;
	h->position = d.position + d.bytes.len;
	host_emit(h, &d);
	return true;
}

static bool
on_lost(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	(void)flags;
	(void)shim_get_u64(r);
	h->position = shim_get_u64(r);
	host_emit_status(h, HOST_EV_LOST, h->position);
	return true;
}

static bool
keyframe_fits(
    const struct host_link *h, const struct host_link *part, uint32_t at, size_t len)
{
	return at == h->keyframe.len && h->keyframe_total == part->keyframe_total &&
	       h->keyframe_position == part->keyframe_position &&
	       len <= h->keyframe_total - at;
}

static bool
on_keyframe(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	struct host_link part = { .fd = -1 };
	struct host_event_data d = { .event = HOST_EV_KEYFRAME, .status = &h->status };
	struct str bytes;
	uint32_t at;

	(void)flags;
	part.keyframe_position = shim_get_u64(r);
	part.keyframe_cols = shim_get_u16(r);
	part.keyframe_rows = shim_get_u16(r);
	part.keyframe_total = shim_get_u32(r);
	at = shim_get_u32(r);
	bytes = rest_of(r);
	if (at == 0) {
		if (part.keyframe_total > LIMIT_KEYFRAME_BYTES)
			return false;
		buf_deinit(&h->keyframe);
		h->keyframe = BUF(LIMIT_KEYFRAME_BYTES);
		h->keyframe_position = part.keyframe_position;
		h->keyframe_cols = part.keyframe_cols;
		h->keyframe_rows = part.keyframe_rows;
		h->keyframe_total = part.keyframe_total;
	}
	if (!keyframe_fits(h, &part, at, bytes.len))
		return false;
	buf_put(&h->keyframe, bytes.p, bytes.len);
	if (buf_failed(&h->keyframe))
		return false;
	if (h->keyframe.len < h->keyframe_total)
		return true;
	d.position = h->position = h->keyframe_position;
	d.cols = h->status.cols = h->keyframe_cols;
	d.rows = h->status.rows = h->keyframe_rows;
	d.bytes = buf_str(&h->keyframe);
	host_emit(h, &d);
	buf_deinit(&h->keyframe);
	return true;
}

static bool
on_resized(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	(void)flags;
	h->status.cols = shim_get_u16(r);
	h->status.rows = shim_get_u16(r);
	host_emit_status(h, HOST_EV_RESIZED, h->position);
	return true;
}

/* The record says some more: what was left alive, what was lost. */
static bool
on_exited(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	int32_t code = (int32_t)shim_get_u32(r);
	int32_t signo = (int32_t)shim_get_u32(r);
	uint64_t position = shim_get_u64(r);
	int64_t when = (int64_t)shim_get_u64(r);

	(void)flags;
	host_status_read(h);
	h->status.state = SHIM_GONE;
	h->status.exit_code = code;
	h->status.exit_signal = signo;
	h->status.exited_ms = when;
	host_emit_status(h, HOST_EV_EXITED, position);
	return true;
}

static bool
on_input_done(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	struct host_event_data d = { .event = HOST_EV_INPUT_DONE, .status = &h->status };
	uint8_t result;

	(void)flags;
	d.id = shim_get_u32(r);
	result = shim_get_u8(r);
	if (host_send_done(h, d.id, result, &d.result))
		host_emit(h, &d);
	return true;
}

static bool
on_viewers(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	(void)flags;
	h->viewers = shim_get_u16(r);
	(void)rest_of(r);
	return true;
}

/* STATUS was not asked for.  An ERROR is either a refusal of something that is
 * of no use any more (a keyframe that came too late, a signal to a child that
 * ended), or it is followed by the end of the connection. */
static bool
on_ignored(struct host_link *h, uint8_t flags, struct shim_reader *r)
{
	(void)h;
	(void)flags;
	(void)rest_of(r);
	return true;
}

/* clang-format off */
static const struct rule {
	bool (*act)(struct host_link *, uint8_t flags, struct shim_reader *);
	uint32_t least, most; /* bytes of the payload */
} rules[] = {
	[SHIM_WELCOME]       = { on_welcome,    44, 44 },
	[SHIM_OUTPUT]        = { on_output,      8, LIMIT_SHIM_FRAME_BYTES },
	[SHIM_LOST]          = { on_lost,       16, 16 },
	[SHIM_KEYFRAME_DATA] = { on_keyframe,   20, LIMIT_SHIM_FRAME_BYTES },
	[SHIM_RESIZED]       = { on_resized,     4,  4 },
	[SHIM_EXIT]          = { on_exited,       24, 24 },
	[SHIM_INPUT_DONE]    = { on_input_done,  5,  5 },
	[SHIM_STATUS]        = { on_ignored,     0, LIMIT_SHIM_FRAME_BYTES },
	[SHIM_VIEWERS]       = { on_viewers,     4,  4 },
	[SHIM_ERROR]         = { on_ignored,     4, LIMIT_SHIM_FRAME_BYTES },
};

/* clang-format on */

static bool
stream_frame(struct host_link *h, struct shim_header header, const uint8_t *payload)
{
	struct shim_reader r = { .p = payload, .end = payload + header.length };
	const struct rule *rule;

	if (header.type >= ARRAY_LEN(rules) || !rules[header.type].act)
		return false;
	rule = &rules[header.type];
	if (header.length < rule->least || header.length > rule->most)
		return false;
	/* WELCOME is the first, and the only one; an ERROR may come instead. */
	if ((header.type == SHIM_WELCOME) != (h->state == HOST_GREETING) &&
	    header.type != SHIM_ERROR)
		return false;
	return rule->act(h, header.flags, &r);
}

/* Gives on the whole frames of h->in.  False: the stream makes no sense. */
static bool
stream_frames(struct host_link *h, int fd)
{
	const uint8_t *p = (const uint8_t *)h->in.data;
	struct shim_header header;
	size_t at = 0;

	while (h->in.len - at >= SHIM_HEADER_BYTES) {
		if (!shim_header_get(p + at, &header))
			return false;
		if (h->in.len - at - SHIM_HEADER_BYTES < header.length)
			break;
		if (!stream_frame(h, header, p + at + SHIM_HEADER_BYTES))
			return false;
		if (h->fd != fd)
			return true; /* freed, by an event */
		at += SHIM_HEADER_BYTES + header.length;
	}
	buf_eat(&h->in, at);
	return true;
}

/* --- The socket -------------------------------------------------------------------- */

enum stream_left { STREAM_END, STREAM_EMPTY, STREAM_MORE };

/* Reads at most about `budget` bytes. */
static enum stream_left
stream_read(struct host_link *h, size_t budget)
{
	enum stream_left left = STREAM_MORE;
	int fd = h->fd;

	while (left == STREAM_MORE && h->fd == fd && budget > 0) {
		char *at = buf_room(&h->in, READ_BYTES);
		ssize_t n = at ? recv(fd, at, READ_BYTES, MSG_DONTWAIT) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			left = STREAM_EMPTY;
			break;
		}
		if (n <= 0)
			return STREAM_END;
		buf_grew(&h->in, (size_t)n);
		if (!stream_frames(h, fd))
			return STREAM_END;
		budget -= (size_t)n < budget ? (size_t)n : budget;
	}
	if (h->in.len == 0)
		buf_deinit(&h->in);
	return left;
}

static void
stream_ready(struct loop_fd *io, unsigned what)
{
	struct host_link *h = container_of(io, struct host_link, io);

	host_enter(h);
	if (what & LOOP_WRITE)
		host_send_flush(h);
	if ((what & (LOOP_READ | LOOP_HUP)) && !stream_read(h, TURN_BYTES) &&
	    !link_over(h))
		host_connect_lost(h);
	host_leave(h);
}

/* The other end is closed: what is left is bounded by the socket's buffer. */
void
host_stream_drain(struct host_link *h)
{
	while (h->fd >= 0 && stream_read(h, TURN_BYTES) == STREAM_MORE)
		continue;
}

int
host_stream_open(struct host_link *h, int fd)
{
	int r;

	h->fd = fd;
	h->state = HOST_GREETING;
	h->viewers = 0;
	buf_deinit(&h->in);
	h->in = BUF(IN_MAX);
	r = loop_fd_start(h->loop, &h->io, fd, LOOP_READ, stream_ready);
	if (r < 0) {
		host_stream_close(h);
		h->state = HOST_WAITING;
		return fault(r);
	}
	host_send_hello(h);
	return 0;
}

/* h->in stays: the frame whose event closes us lies in it. */
void
host_stream_close(struct host_link *h)
{
	if (h->fd < 0)
		return;
	loop_fd_stop(&h->io);
	(void)close(h->fd);
	h->fd = -1;
	host_send_clear(h);
}
