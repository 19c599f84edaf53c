/* How it works.  A viewer is a position in the ring.  viewer_pump() sends what
 * follows it, cut at marks so that sizes and streams come exactly where they
 * changed, until the socket is full; the agent is never waited for anybody.
 * Only frames that are not in the ring are queued, and the tail of a frame of
 * which the socket took a part: both bounded.  Who is lapped is told so and
 * goes on from a keyframe. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim/shim.h"

#define QUEUE_BYTES 65536u  /* frames that wait for one viewer */
#define CHUNK_BYTES 32768u  /* most of a stream in one frame */
#define LAZY_BYTES  32768u  /* a lazy viewer gets so much at once, */
#define LAZY_US     4000    /* or after so long */
#define TURN_BYTES  262144u /* most sent to one viewer a turn */
#define READ_BYTES  65536u

struct viewer *
viewer_find(struct shim *s, uint32_t id)
{
	for (unsigned i = 0; i < s->viewers; i++) {
		if (s->viewer[i]->id == id && !s->viewer[i]->dead)
			return s->viewer[i];
	}
	return NULL;
}

/* --- Sending -------------------------------------------------------------- */

static void
out_flush(struct viewer *v)
{
	ssize_t n = 0;

	if (v->out_len > 0)
		n = send(v->fd, v->out, v->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		v->dead = true;
	if (n > 0) {
		v->out_len -= (size_t)n;
		memmove(v->out, v->out + n, v->out_len);
	}
	v->blocked = v->out_len > 0;
	if (v->out_len == 0) {
		free(v->out);
		v->out = NULL;
	}
}

void
viewer_writable(struct viewer *v)
{
	v->blocked = false;
	out_flush(v);
}

static void
out_keep(struct viewer *v, const void *p, size_t len)
{
	uint8_t *more = len > 0 ? realloc(v->out, v->out_len + len) : v->out;

	if (len == 0)
		return;
	if (!more) {
		v->dead = true;
		return;
	}
	v->out = more;
	memcpy(v->out + v->out_len, p, len);
	v->out_len += len;
}

static void
send_control(struct viewer *v, enum shim_frame type, const void *payload, size_t len)
{
	uint8_t header[SHIM_HEADER_BYTES];

	shim_header_put(header, (struct shim_header){ (uint32_t)len, (uint8_t)type, 0 });
	out_keep(v, header, sizeof header);
	out_keep(v, payload, len);
	if (!v->blocked)
		out_flush(v);
	if (v->out_len > QUEUE_BYTES + CHUNK_BYTES)
		v->dead = true;
}

static void
refuse(struct viewer *v, int error, const char *text)
{
	uint8_t payload[128];
	size_t len = strlen(text);

	assert(len <= sizeof payload - 4);
	memcpy(shim_put_u32(payload, (uint32_t)error), text, len);
	send_control(v, SHIM_ERROR, payload, 4 + len);
}

static void
fail(struct viewer *v, int error, const char *text)
{
	refuse(v, error, text);
	v->dead = true;
}

/* One frame of a stream; only with an empty queue.  False: nothing was sent. */
static bool
send_stream(struct viewer *v, enum shim_frame type, uint8_t flags, const uint8_t *head,
    size_t head_len, const uint8_t *p, size_t len)
{
	uint8_t first[SHIM_HEADER_BYTES + 32];
	struct iovec part[2] = { { first, SHIM_HEADER_BYTES + head_len },
		{ (void *)(uintptr_t)p, len } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };
	size_t sent;
	ssize_t n;

	shim_header_put(first,
	    (struct shim_header){ (uint32_t)(head_len + len), (uint8_t)type, flags });
	memcpy(first + SHIM_HEADER_BYTES, head, head_len);
	n = sendmsg(v->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		v->blocked = errno == EAGAIN;
		v->dead = errno != EAGAIN && errno != EINTR;
		return false;
	}
	sent = (size_t)n;
	for (int i = 0; i < 2; i++) {
		size_t done = sent < part[i].iov_len ? sent : part[i].iov_len;

		out_keep(v, (uint8_t *)part[i].iov_base + done, part[i].iov_len - done);
		sent -= done;
	}
	v->blocked = v->out_len > 0;
	return true;
}

static void
send_resized(struct viewer *v, uint16_t cols, uint16_t rows)
{
	uint8_t payload[4];

	v->cols = cols;
	v->rows = rows;
	shim_put_u16(shim_put_u16(payload, cols), rows);
	send_control(v, SHIM_RESIZED, payload, sizeof payload);
}

static void
send_exit(struct shim *s, struct viewer *v)
{
	uint8_t payload[24];
	uint8_t *at = shim_put_u32(payload, (uint32_t)s->status.exit_code);

	at = shim_put_u32(at, (uint32_t)s->status.exit_signal);
	shim_put_u64(shim_put_u64(at, s->exit_position), (uint64_t)s->status.exited_ms);
	v->exit_told = true;
	send_control(v, SHIM_EXIT, payload, sizeof payload);
}

static void
send_viewers(struct shim *s)
{
	uint8_t payload[4];
	unsigned engines = 0, count = 0;

	for (unsigned i = 0; i < s->viewers; i++) {
		struct viewer *v = s->viewer[i];

		count += v->greeted && !v->dead;
		engines += v->greeted && !v->dead && (v->flags & SHIM_VIEWER_ENGINE);
	}
	for (unsigned i = 0; i < s->viewers; i++) {
		struct viewer *v = s->viewer[i];

		shim_put_u16(payload, (uint16_t)count);
		payload[2] = engines > 0;
		payload[3] = s->controller == v->id;
		if (v->greeted && !v->dead)
			send_control(v, SHIM_VIEWERS, payload, sizeof payload);
	}
}

void
viewer_input_done(struct viewer *v, uint32_t id, uint8_t result)
{
	uint8_t payload[5];

	shim_put_u8(shim_put_u32(payload, id), result);
	if (id != 0)
		send_control(v, SHIM_INPUT_DONE, payload, sizeof payload);
}

/* --- The stream ----------------------------------------------------------- */

static bool
keyframe_covers(const struct shim *s)
{
	return s->keyframe.bytes && s->keyframe.info.position >= ring_start(&s->ring);
}

static void
begin_keyframe(struct shim *s, struct viewer *v)
{
	v->drawing = s->keyframe.serial;
	v->drawn = 0;
	v->position = s->keyframe.info.position;
}

/* The bytes from v->position are gone: on with the keyframe, else at `resume`. */
static void
viewer_lost(struct shim *s, struct viewer *v, uint64_t resume)
{
	bool covered = keyframe_covers(s);
	uint8_t payload[16];

	if (covered)
		resume = s->keyframe.info.position;
	shim_put_u64(shim_put_u64(payload, v->position), resume);
	send_control(v, SHIM_LOST, payload, sizeof payload);
	v->position = resume;
	v->drawing = 0;
	if (covered)
		begin_keyframe(s, v);
	else
		shim_redraw(s);
}

static size_t
pump_keyframe(struct shim *s, struct viewer *v)
{
	const struct keyframe *k = &s->keyframe;
	uint8_t head[20], *at;
	size_t len;

	if (v->drawing != k->serial)
		begin_keyframe(s, v);
	len = k->info.length - v->drawn < CHUNK_BYTES ? k->info.length - v->drawn
						      : CHUNK_BYTES;
	at = shim_put_u64(head, k->info.position);
	at = shim_put_u16(shim_put_u16(at, k->info.cols), k->info.rows);
	shim_put_u32(shim_put_u32(at, k->info.length), v->drawn);
	if (!send_stream(
		v, SHIM_KEYFRAME_DATA, 0, head, sizeof head, k->bytes + v->drawn, len))
		return 0;
	v->drawn += (uint32_t)len;
	if (v->drawn == k->info.length) {
		v->drawing = 0;
		v->cols = k->info.cols;
		v->rows = k->info.rows;
	}
	return len;
}

static bool
lazy_waits(struct shim *s, struct viewer *v)
{
	if (!(v->flags & SHIM_VIEWER_LAZY) || s->exited ||
	    s->ring.end - v->position >= LAZY_BYTES)
		return false;
	if (v->due == 0)
		v->due = s->now + LAZY_US;
	return s->now < v->due;
}

static size_t
pump_output(struct shim *s, struct viewer *v, const struct shim_mark *m, uint64_t stop)
{
	size_t max =
	    stop - v->position < CHUNK_BYTES ? (size_t)(stop - v->position) : CHUNK_BYTES;
	uint8_t head[8];
	const uint8_t *p;
	size_t len;

	p = ring_peek(&s->ring, v->position, max, &len);
	shim_put_u64(head, v->position);
	if (!p || !send_stream(v, SHIM_OUTPUT, m->is_stderr ? SHIM_OUTPUT_STDERR : 0,
		      head, sizeof head, p, len))
		return 0;
	v->position += len;
	return len;
}

void
viewer_pump(struct shim *s, struct viewer *v)
{
	size_t budget = TURN_BYTES, sent;

	v->more = false;
	while (v->greeted && !v->dead && !v->blocked) {
		uint64_t end = s->ring.end, stop;
		struct shim_mark m;

		if (v->flags & SHIM_VIEWER_NO_OUTPUT) {
			v->position = end;
		} else if (v->drawing == 0 && v->position < ring_start(&s->ring)) {
			viewer_lost(s, v, end - (end - ring_start(&s->ring)) / 2);
			continue;
		}
		if (v->drawing != 0) {
			sent = pump_keyframe(s, v);
		} else {
			m = ring_mark_at(&s->ring, v->position, &stop);
			if (m.cols != v->cols || m.rows != v->rows) {
				send_resized(v, m.cols, m.rows);
				continue;
			}
			if (s->exited && !v->exit_told &&
			    v->position >= s->exit_position) {
				send_exit(s, v);
				continue;
			}
			if (s->exited && !v->exit_told && stop > s->exit_position)
				stop = s->exit_position;
			if (stop > end)
				stop = end;
			if (v->position == end)
				v->due = 0;
			if (v->position == stop || lazy_waits(s, v))
				return;
			sent = pump_output(s, v, &m, stop);
		}
		if (sent >= budget) {
			v->more = true;
			return;
		}
		budget -= sent;
	}
}

/* --- What viewers say ----------------------------------------------------- */

static void
on_hello(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	uint32_t version = shim_get_u32(r);
	uint32_t have = (s->child.pipe ? SHIM_IS_PIPE : 0u) |
			(s->exited ? SHIM_EXITED : 0u) |
			(s->ring.error ? SHIM_RING_MEMORY : 0u) |
			(keyframe_covers(s) ? SHIM_HAS_KEYFRAME : 0u);
	uint8_t payload[44], *at;
	uint64_t from, start = ring_start(&s->ring);

	v->flags = shim_get_u32(r);
	from = shim_get_u64(r);
	if (version == 0 || v->greeted) {
		fail(v, EPROTO, v->greeted ? "second HELLO" : "HELLO.version is 0");
		return;
	}
	at = shim_put_u32(shim_put_u32(payload, SHIM_PROTO_VERSION), have);
	at = shim_put_u64(shim_put_u64(at, start), s->ring.end);
	at = shim_put_u16(shim_put_u16(at, s->status.cols), s->status.rows);
	at = shim_put_u32(
	    shim_put_u32(at, s->status.generation), (uint32_t)s->status.child_pid);
	shim_put_u64(at, s->status.child_start);
	v->greeted = true;
	v->cols = s->status.cols;
	v->rows = s->status.rows;
	send_control(v, SHIM_WELCOME, payload, sizeof payload);
	send_viewers(s);
	v->position = from;
	if (from == SHIM_FROM_END || (v->flags & SHIM_VIEWER_NO_OUTPUT)) {
		v->position = s->ring.end;
	} else if (from >
		   s->ring.end) { /* FROM_KEYFRAME, or a position of another life */
		v->position = 0;
		if (keyframe_covers(s))
			begin_keyframe(s, v);
	}
	if (v->drawing == 0 && v->position < start)
		viewer_lost(s, v, start);
}

static void
on_input(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	uint32_t id = shim_get_u32(r);

	input_push(s, v, flags & SHIM_INPUT_MORE, id, r->p, (size_t)(r->end - r->p));
}

static void
on_resize(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	uint16_t cols = shim_get_u16(r), rows = shim_get_u16(r);

	if (cols < LIMIT_COLS_MIN || cols > LIMIT_COLS_MAX || rows < LIMIT_ROWS_MIN ||
	    rows > LIMIT_ROWS_MAX)
		refuse(v, EINVAL, "RESIZE: cols or rows out of range");
	else if (s->controller != v->id)
		refuse(v, EPERM, "RESIZE: another viewer controls the size");
	else if (s->child.pipe)
		refuse(v, ENOTTY, "RESIZE: there is no terminal");
	else
		shim_resize(s, cols, rows);
}

static void
on_control(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	bool take = shim_get_u8(r) != 0;

	if (take == (s->controller == v->id))
		return;
	s->controller = take ? v->id : 0;
	send_viewers(s);
}

static void
on_signal(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	uint8_t signo = shim_get_u8(r), scope = shim_get_u8(r);
	int error = EINVAL;

	if (signo >= 1 && signo < 65 && scope <= SHIM_TO_TREE)
		error = -child_signal(&s->child, signo, (enum shim_signal_scope)scope);
	if (error != 0)
		refuse(v, error, "SIGNAL");
}

static void
on_keyframe(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	struct keyframe *k = &v->draft;
	struct shim_keyframe_info info = { .generation = s->status.generation };
	uint32_t at;
	size_t len;

	info.position = shim_get_u64(r);
	info.cols = shim_get_u16(r);
	info.rows = shim_get_u16(r);
	info.length = shim_get_u32(r);
	at = shim_get_u32(r);
	len = (size_t)(r->end - r->p);
	if (at == 0 && info.length > 0 && info.length <= LIMIT_KEYFRAME_BYTES) {
		free(k->bytes);
		*k = (struct keyframe){ .bytes = malloc(info.length), .info = info };
	}
	if (!(v->flags & SHIM_VIEWER_ENGINE))
		refuse(v, EPERM, "KEYFRAME: only the engine may send it");
	else if (at == 0 && info.length > 0 && !k->bytes)
		refuse(v, ENOMEM, "KEYFRAME: too large, or no memory");
	else if (!k->bytes || at != k->serial || info.length != k->info.length ||
		 info.position != k->info.position || len > info.length - at)
		refuse(v, EINVAL, "KEYFRAME: parts do not fit together");
	else if (info.position > s->ring.end || info.position < ring_start(&s->ring))
		refuse(v, ESTALE, "KEYFRAME: position is not in the ring");
	else {
		memcpy(k->bytes + at, r->p, len);
		k->serial += (uint32_t)len;
		if (k->serial < info.length)
			return;
		shim_keyframe_set(s, k);
	}
	free(k->bytes);
	*k = (struct keyframe){ 0 };
}

static void
on_ack(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	(void)shim_get_u64(r);
	if (shim_get_u8(r) == 1 && s->exited) {
		if (v->flags & SHIM_VIEWER_ENGINE)
			shim_leave(s);
		else
			refuse(v, EPERM, "ACK: only the engine may let the shim go");
	}
}

static void
on_query(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	char slot[SHIM_STATUS_SLOT];
	size_t len = sizeof slot;

	shim_status_write(s);
	if (!shim_status_put(slot, &s->status))
		return;
	while (len > 1 && slot[len - 2] == '\n')
		len--;
	send_control(v, SHIM_STATUS, slot, len);
}

static void
on_close_input(struct shim *s, struct viewer *v, uint8_t flags, struct shim_reader *r)
{
	if (!s->child.pipe) {
		refuse(v, ENOTTY, "CLOSE_INPUT: a terminal has no end of input");
		return;
	}
	s->input_close = true;
	input_write(s);
}

/* clang-format off */
static const struct rule {
	void (*act)(struct shim *, struct viewer *, uint8_t flags, struct shim_reader *);
	uint32_t least, most; /* bytes of the payload */
	bool writes;          /* refused to a read-only viewer */
} rules[] = {
	[SHIM_HELLO]       = { on_hello,       16, 16, false },
	[SHIM_INPUT]       = { on_input,        4, LIMIT_SHIM_FRAME_BYTES, true },
	[SHIM_RESIZE]      = { on_resize,       4,  4, true },
	[SHIM_CONTROL]     = { on_control,      1,  1, true },
	[SHIM_SIGNAL]      = { on_signal,       2,  2, true },
	[SHIM_KEYFRAME]    = { on_keyframe,    20, LIMIT_SHIM_FRAME_BYTES, false },
	[SHIM_ACK]         = { on_ack,          9,  9, false },
	[SHIM_QUERY]       = { on_query,        0,  0, false },
	[SHIM_CLOSE_INPUT] = { on_close_input,  0,  0, true },
};

/* clang-format on */

static void
take_frame(struct shim *s, struct viewer *v, struct shim_header h, const uint8_t *payload)
{
	struct shim_reader r = { .p = payload, .end = payload + h.length };
	const struct rule *rule = &rules[h.type];

	if (!v->greeted && h.type != SHIM_HELLO)
		fail(v, EPROTO, "HELLO must be the first frame");
	else if (rule->writes && (v->flags & SHIM_VIEWER_READ_ONLY))
		refuse(v, EPERM, "read-only viewer");
	else
		rule->act(s, v, h.flags, &r);
}

/* Takes whole frames from p; returns the bytes taken. */
static size_t
take_frames(struct shim *s, struct viewer *v, const uint8_t *p, size_t len)
{
	size_t at = 0;
	struct shim_header h;

	while (!v->dead && len - at >= SHIM_HEADER_BYTES) {
		if (!shim_header_get(p + at, &h)) {
			fail(v, EMSGSIZE, "bad frame header");
		} else if (h.type >= ARRAY_LEN(rules) || !rules[h.type].act) {
			fail(v, EPROTO, "unknown frame type");
		} else if (h.length < rules[h.type].least ||
			   h.length > rules[h.type].most) {
			fail(v, EMSGSIZE, "wrong length of frame");
		} else if (len - at - SHIM_HEADER_BYTES < h.length) {
			break;
		} else {
			take_frame(s, v, h, p + at + SHIM_HEADER_BYTES);
			at += SHIM_HEADER_BYTES + h.length;
		}
	}
	return at;
}

void
viewer_read(struct shim *s, struct viewer *v)
{
	static uint8_t scratch[READ_BYTES];
	ssize_t n = recv(v->fd, scratch, sizeof scratch, MSG_DONTWAIT);
	const uint8_t *p = scratch;
	size_t len, taken;

	if (n <= 0) {
		v->dead = n == 0 || (errno != EAGAIN && errno != EINTR);
		return;
	}
	len = (size_t)n;
	if (v->in_len > 0) {
		uint8_t *joined = realloc(v->in, v->in_len + len);

		if (!joined) {
			v->dead = true;
			return;
		}
		memcpy(joined + v->in_len, scratch, len);
		v->in = joined;
		p = joined;
		len += v->in_len;
	}
	taken = take_frames(s, v, p, len);
	v->in_len = len - taken;
	if (v->in_len > 0 && p != scratch) {
		memmove(v->in, p + taken, v->in_len);
	} else if (v->in_len > 0) {
		v->in = malloc(v->in_len);
		v->dead |= !v->in;
		if (v->in)
			memcpy(v->in, p + taken, v->in_len);
	} else {
		free(v->in);
		v->in = NULL;
	}
}

/* --- Coming and going ----------------------------------------------------- */

/* Makes room by sending away who never said HELLO. */
static bool
have_room(struct shim *s)
{
	viewer_sweep(s);
	for (unsigned i = 0; s->viewers == LIMIT_SHIM_VIEWERS && i < s->viewers; i++)
		s->viewer[i]->dead = !s->viewer[i]->greeted;
	viewer_sweep(s);
	return s->viewers < LIMIT_SHIM_VIEWERS;
}

void
viewer_accept(struct shim *s)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof peer;
	struct viewer *v, none = { 0 };
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			s->accept_at = s->now + SHIM_RETRY_US;
		return;
	}
	none.fd = fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    (peer.uid != geteuid() && peer.uid != 0))
		fail(&none, EACCES, "not your session");
	else if (!have_room(s))
		fail(&none, EUSERS, "too many viewers");
	v = none.dead ? NULL : malloc(sizeof *v);
	if (!v) {
		free(none.out);
		(void)close(fd);
		return;
	}
	*v = (struct viewer){ .id = ++s->last_viewer, .fd = fd };
	s->viewer[s->viewers++] = v;
}

void
viewer_sweep(struct shim *s)
{
	bool changed = false;
	unsigned kept = 0;

	for (unsigned i = 0; i < s->viewers; i++) {
		struct viewer *v = s->viewer[i];

		if (!v->dead) {
			s->viewer[kept++] = v;
			continue;
		}
		changed |= v->greeted;
		if (s->controller == v->id)
			s->controller = 0;
		(void)close(v->fd);
		free(v->out);
		free(v->in);
		free(v->draft.bytes);
		free(v);
	}
	s->viewers = kept;
	if (changed)
		send_viewers(s);
}
