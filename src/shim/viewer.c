/* How it works.  A viewer is a position in the ring.  pump() sends what follows
 * it, cut at marks so that sizes and streams come exactly where they changed,
 * until the socket is full; the agent is never waited for anybody.  Only what
 * the socket did not take of a frame waits, with answers behind it: bounded.
 * Who is lapped is told so and goes on from a keyframe. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim/shim.h"

#define CHUNK_BYTES                                                                      \
	32768u /* most of a stream in one frame; a lazy viewer gets it at once, */
#define LAZY_US      4000 /* or less after so long */
#define TURN_FRAMES  8u   /* most for one viewer before the others and the agent */
#define FIELDS_BYTES 64u  /* more than any frame's fields take */

/* position, cols, rows, total, offset; then a part of the drawing */
#define KEYFRAME_FIELDS "82244"

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

void
viewer_flush(struct viewer *v)
{
	ssize_t n = send(v->fd, v->out, v->out_len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		v->dead = true;
	if (n > 0) {
		v->out_len -= (size_t)n;
		memmove(v->out, v->out + n, v->out_len);
	}
	v->blocked = v->out_len > 0;
}

/* The one way out: fields, each of a size that is a digit of `sizes`, then len bytes. */
static void
send_frame(struct viewer *v, enum shim_frame type, uint8_t flags, const char *sizes,
    const uint64_t *field, const void *p, size_t len)
{
	uint8_t *frame = v->out + v->out_len, *at = frame + SHIM_HEADER_BYTES;

	if (sizeof v->out - v->out_len < SHIM_HEADER_BYTES + FIELDS_BYTES + len)
		v->dead = true;
	if (v->dead)
		return;
	for (; *sizes; sizes++)
		at = shim_put(at, *field++, (size_t)(*sizes - '0'));
	if (len > 0)
		memcpy(at, p, len);
	at += len;
	shim_header_put(
	    frame, (struct shim_header){ (uint32_t)(at - frame) - SHIM_HEADER_BYTES,
		       (uint8_t)type, flags });
	v->out_len += (size_t)(at - frame);
	if (!v->blocked)
		viewer_flush(v);
}

static void
refuse(struct viewer *v, int error, const char *text)
{
	send_frame(
	    v, SHIM_ERROR, 0, "4", (uint64_t[]){ (uint64_t)error }, text, strlen(text));
}

static void
fail(struct viewer *v, int error, const char *text)
{
	refuse(v, error, text);
	v->dead = true;
}

static void
send_viewers(struct shim *s)
{
	uint64_t f[3] = { 0 };

	for (unsigned i = 0; i < s->viewers; i++) {
		f[0] += s->viewer[i]->greeted;
		f[1] |= s->viewer[i]->greeted && s->viewer[i]->flags & SHIM_VIEWER_ENGINE;
	}
	for (unsigned i = 0; i < s->viewers; i++) {
		f[2] = s->controller == s->viewer[i]->id;
		if (s->viewer[i]->greeted)
			send_frame(s->viewer[i], SHIM_VIEWERS, 0, "211", f, NULL, 0);
	}
}

void
viewer_input_done(struct viewer *v, uint32_t id, uint8_t result)
{
	if (id != 0)
		send_frame(
		    v, SHIM_INPUT_DONE, 0, "41", (uint64_t[]){ id, result }, NULL, 0);
}

/* --- The stream ----------------------------------------------------------- */

static bool
keyframe_covers(const struct shim *s)
{
	return s->keyframe.bytes && s->keyframe.info.position >= ring_start(&s->ring);
}

static void
draw(struct shim *s, struct viewer *v)
{
	v->drawing = true;
	v->drawn = 0;
	v->position = s->keyframe.info.position;
}

/* The bytes from v->position are gone: on with the keyframe, else at `resume`. */
static void
lost(struct shim *s, struct viewer *v, uint64_t resume)
{
	uint64_t f[2] = { v->position, resume };

	if (keyframe_covers(s))
		f[1] = s->keyframe.info.position;
	send_frame(v, SHIM_LOST, 0, "88", f, NULL, 0);
	v->position = resume;
	if (keyframe_covers(s))
		draw(s, v);
	else
		shim_redraw(s);
}

static void
send_drawing(struct shim *s, struct viewer *v)
{
	const struct shim_keyframe_info *i = &s->keyframe.info;
	uint32_t left = i->length - v->drawn,
		 len = left < CHUNK_BYTES ? left : CHUNK_BYTES;
	const uint64_t f[] = { i->position, i->cols, i->rows, i->length, v->drawn };

	send_frame(v, SHIM_KEYFRAME_DATA, 0, KEYFRAME_FIELDS, f,
	    s->keyframe.bytes + v->drawn, len);
	v->drawn += len;
	v->drawing = len < left;
	v->cols = i->cols;
	v->rows = i->rows;
}

/* A lazy viewer gets little only when the timer says so. */
static bool
lazy_waits(struct shim *s, const struct viewer *v)
{
	if (!(v->flags & SHIM_VIEWER_LAZY) || s->lazy_due || shim_exited(s) ||
	    s->ring.end - v->position >= CHUNK_BYTES)
		return false;
	if (s->timer[TIMER_LAZY] == 0)
		s->timer[TIMER_LAZY] = s->now + LAZY_US;
	return true;
}

/* Sends what comes next for this viewer; false: nothing now. */
static bool
pump(struct shim *s, struct viewer *v)
{
	uint64_t end = s->ring.end, start = ring_start(&s->ring), stop;
	const struct shim_status *st = &s->status;
	struct shim_mark m;
	const uint8_t *p;
	size_t len;

	if (v->flags & SHIM_VIEWER_NO_OUTPUT)
		v->position = end;
	if (v->drawing) {
		send_drawing(s, v);
		return true;
	}
	if (v->position < start) {
		lost(s, v, end - (end - start) / 2);
		return true;
	}
	m = ring_mark_at(&s->ring, v->position, &stop);
	if (m.cols != v->cols || m.rows != v->rows) {
		v->cols = m.cols;
		v->rows = m.rows;
		send_frame(
		    v, SHIM_RESIZED, 0, "22", (uint64_t[]){ m.cols, m.rows }, NULL, 0);
		return true;
	}
	stop = stop < end ? stop : end;
	if (shim_exited(s) && !v->exit_told) {
		if (v->position >= s->exit_position) {
			const uint64_t f[] = { (uint64_t)st->exit_code,
				(uint64_t)st->exit_signal, s->exit_position,
				(uint64_t)st->exited_ms };

			send_frame(v, SHIM_EXIT, 0, "4488", f, NULL, 0);
			v->exit_told = true;
			return true;
		}
		stop = stop < s->exit_position ? stop : s->exit_position;
	}
	if (v->position == stop || lazy_waits(s, v))
		return false;
	len =
	    stop - v->position < CHUNK_BYTES ? (size_t)(stop - v->position) : CHUNK_BYTES;
	p = ring_peek(&s->ring, v->position, len, &len);
	if (p) {
		send_frame(v, SHIM_OUTPUT, m.is_stderr ? SHIM_OUTPUT_STDERR : 0, "8",
		    &v->position, p, len);
		v->position += len;
	}
	return true;
}

void
viewer_pump_all(struct shim *s)
{
	for (unsigned i = 0; i < s->viewers; i++) {
		struct viewer *v = s->viewer[i];
		unsigned frames = 0;

		while (v->greeted && !v->dead && !v->blocked && pump(s, v))
			v->blocked = v->blocked || ++frames == TURN_FRAMES;
	}
}

/* --- What viewers say ----------------------------------------------------- */

struct frame {
	uint64_t field[5];
	uint8_t flags;
	const uint8_t *rest;
	size_t rest_len;
};

static void
on_hello(struct shim *s, struct viewer *v, const struct frame *f)
{
	uint64_t start = ring_start(&s->ring), end = s->ring.end, from = f->field[2];
	bool covers = keyframe_covers(s);
	uint32_t have =
	    (s->child.pipe ? SHIM_IS_PIPE : 0u) | (shim_exited(s) ? SHIM_EXITED : 0u) |
	    (s->ring.error ? SHIM_RING_MEMORY : 0u) | (covers ? SHIM_HAS_KEYFRAME : 0u);
	const uint64_t welcome[] = { SHIM_PROTO_VERSION, have, start, end, s->status.cols,
		s->status.rows, s->status.generation, (uint64_t)s->status.child_pid,
		s->status.child_start };

	if (f->field[0] == 0 || v->greeted) {
		fail(v, EPROTO, v->greeted ? "second HELLO" : "HELLO.version is 0");
		return;
	}
	v->greeted = true;
	v->flags = (uint32_t)f->field[1];
	v->cols = s->status.cols;
	v->rows = s->status.rows;
	send_frame(v, SHIM_WELCOME, 0, "448822448", welcome, NULL, 0);
	send_viewers(s);
	v->position = from == SHIM_FROM_END ? end : from > end ? 0 : from;
	/* After the end is FROM_KEYFRAME, or a position of another life. */
	if (v->flags & SHIM_VIEWER_NO_OUTPUT)
		v->position = end;
	else if (from != SHIM_FROM_END && from > end && covers)
		draw(s, v);
	else if (v->position < start)
		lost(s, v, start);
}

static void
on_input(struct shim *s, struct viewer *v, const struct frame *f)
{
	input_push(s, v, f->flags & SHIM_INPUT_MORE, (uint32_t)f->field[0], f->rest,
	    f->rest_len);
}

static void
on_resize(struct shim *s, struct viewer *v, const struct frame *f)
{
	uint16_t cols = (uint16_t)f->field[0], rows = (uint16_t)f->field[1];

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
on_control(struct shim *s, struct viewer *v, const struct frame *f)
{
	if ((f->field[0] != 0) == (s->controller == v->id))
		return;
	s->controller = f->field[0] != 0 ? v->id : 0;
	send_viewers(s);
}

static void
on_signal(struct shim *s, struct viewer *v, const struct frame *f)
{
	int error = EINVAL, signo = (int)f->field[0];

	if (signo >= 1 && signo < 65 && f->field[1] <= SHIM_TO_TREE)
		error =
		    -child_signal(&s->child, signo, (enum shim_signal_scope)f->field[1]);
	if (error != 0)
		refuse(v, error, "SIGNAL");
}

/* The file is best effort: a keyframe in memory is enough while we live. */
static void
keyframe_take(struct shim *s)
{
	struct keyframe *k = &s->keyframe;
	uint8_t header[SHIM_KEYFRAME_HEADER];
	struct iovec part[] = { { header, sizeof header }, { NULL, 0 } };
	int fd = open(
	    "keyframe.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool whole;

	free(k->bytes);
	*k = s->draft;
	s->draft.bytes = NULL;
	for (unsigned i = 0; i < s->viewers; i++) {
		if (s->viewer[i]->drawing)
			draw(s, s->viewer[i]);
	}
	shim_keyframe_put(header, &k->info);
	part[1] = (struct iovec){ k->bytes, k->info.length };
	whole = writev(fd, part, 2) == (ssize_t)(sizeof header + k->info.length);
	child_close(&fd);
	(void)!(whole ? rename("keyframe.new", "keyframe") : unlink("keyframe.new"));
}

static void
on_keyframe(struct shim *s, struct viewer *v, const struct frame *f)
{
	struct keyframe *k = &s->draft;
	uint64_t position = f->field[0], length = f->field[3], at = f->field[4];

	if (at == 0 && v->flags & SHIM_VIEWER_ENGINE) {
		free(k->bytes);
		*k = (struct keyframe){ .viewer = v->id,
			.info = { s->status.generation, (uint32_t)length, position,
			    (uint16_t)f->field[1], (uint16_t)f->field[2] } };
		if (length > 0 && length <= LIMIT_KEYFRAME_BYTES)
			k->bytes = malloc(length);
	}
	if (!(v->flags & SHIM_VIEWER_ENGINE))
		refuse(v, EPERM, "KEYFRAME: only the engine may send it");
	else if (at == 0 && !k->bytes)
		refuse(v, ENOMEM, "KEYFRAME: too large, or no memory");
	else if (!k->bytes || k->viewer != v->id || at != k->have ||
		 length != k->info.length || position != k->info.position ||
		 f->rest_len > length - at)
		refuse(v, EINVAL, "KEYFRAME: parts do not fit together");
	else if (position > s->ring.end || position < ring_start(&s->ring))
		refuse(v, ESTALE, "KEYFRAME: position is not in the ring");
	else {
		memcpy(k->bytes + at, f->rest, f->rest_len);
		k->have += (uint32_t)f->rest_len;
		if (k->have == length)
			keyframe_take(s);
	}
}

static void
on_ack(struct shim *s, struct viewer *v, const struct frame *f)
{
	if (f->field[1] != 1 || !shim_exited(s))
		return;
	if (v->flags & SHIM_VIEWER_ENGINE)
		shim_leave(s);
	else
		refuse(v, EPERM, "ACK: only the engine may let the shim go");
}

static void
on_query(struct shim *s, struct viewer *v, const struct frame *f)
{
	char slot[SHIM_STATUS_SLOT];

	(void)shim_status_write(s);
	if (shim_status_put(slot, &s->status))
		send_frame(v, SHIM_STATUS, 0, "", NULL, slot, sizeof slot);
}

static void
on_close_input(struct shim *s, struct viewer *v, const struct frame *f)
{
	s->input_close = s->child.pipe;
	if (s->child.pipe)
		input_write(s);
	else
		refuse(v, ENOTTY, "CLOSE_INPUT: a terminal has no end of input");
}

/* clang-format off */
static const struct rule {
	void (*act)(struct shim *, struct viewer *, const struct frame *);
	const char *sizes; /* of the fields */
	bool more;         /* bytes follow them */
	bool writes;       /* refused to a read-only viewer */
} rules[UINT8_MAX + 1] = {
	[SHIM_HELLO]       = { on_hello,       "448", false, false },
	[SHIM_INPUT]       = { on_input,       "4",   true,  true },
	[SHIM_RESIZE]      = { on_resize,      "22",  false, true },
	[SHIM_CONTROL]     = { on_control,     "1",   false, true },
	[SHIM_SIGNAL]      = { on_signal,      "11",  false, true },
	[SHIM_KEYFRAME]    = { on_keyframe,    KEYFRAME_FIELDS, true, false },
	[SHIM_ACK]         = { on_ack,         "81",  false, false },
	[SHIM_QUERY]       = { on_query,       "",    false, false },
	[SHIM_CLOSE_INPUT] = { on_close_input, "",    false, true },
};

/* clang-format on */

/* Takes the frame at p when it is whole; returns its bytes, or 0. */
static size_t
take_frame(struct shim *s, struct viewer *v, const uint8_t *p, size_t len)
{
	struct shim_reader r = { .p = p + SHIM_HEADER_BYTES };
	struct frame f = { 0 };
	struct shim_header h;
	const struct rule *rule;
	size_t fields = 0;

	if (!shim_header_get(p, &h)) {
		fail(v, EMSGSIZE, "bad frame header");
		return 0;
	}
	rule = &rules[h.type];
	for (const char *size = rule->act ? rule->sizes : ""; *size; size++)
		fields += (size_t)(*size - '0');
	if (!rule->act)
		fail(v, EPROTO, "unknown frame type");
	else if (h.length < fields || (h.length > fields && !rule->more))
		fail(v, EMSGSIZE, "wrong length of frame");
	if (v->dead || len - SHIM_HEADER_BYTES < h.length)
		return 0;
	r.end = r.p + h.length;
	for (size_t i = 0; rule->sizes[i]; i++)
		f.field[i] = shim_get(&r, (size_t)(rule->sizes[i] - '0'));
	f.flags = h.flags;
	f.rest = r.p;
	f.rest_len = (size_t)(r.end - r.p);
	if (!v->greeted && h.type != SHIM_HELLO)
		fail(v, EPROTO, "HELLO must be the first frame");
	else if (rule->writes && v->flags & SHIM_VIEWER_READ_ONLY)
		refuse(v, EPERM, "read-only viewer");
	else
		rule->act(s, v, &f);
	return SHIM_HEADER_BYTES + h.length;
}

void
viewer_read(struct shim *s, struct viewer *v)
{
	ssize_t n = recv(v->fd, v->in + v->in_len, sizeof v->in - v->in_len, 0);
	size_t at = 0, taken = 1;

	if (n <= 0) {
		v->dead |= n == 0 || errno != EAGAIN;
		return;
	}
	v->in_len += (size_t)n;
	for (; !v->dead && taken > 0 && v->in_len - at >= SHIM_HEADER_BYTES; at += taken)
		taken = take_frame(s, v, v->in + at, v->in_len - at);
	v->in_len -= at;
	memmove(v->in, v->in + at, v->in_len);
}

/* --- Coming and going ----------------------------------------------------- */

void
viewer_sweep(struct shim *s)
{
	unsigned kept = 0, was = s->viewers;

	for (unsigned i = 0; i < was; i++) {
		struct viewer *v = s->viewer[i];

		if (!v->dead) {
			s->viewer[kept++] = v;
			continue;
		}
		if (s->controller == v->id)
			s->controller = 0;
		(void)close(v->fd);
		free(v);
	}
	s->viewers = kept;
	if (kept < was)
		send_viewers(s);
}

void
viewer_accept(struct shim *s)
{
	struct viewer *v = calloc(1, sizeof *v);
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof peer;
	int fd = v ? accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;

	if (fd < 0) {
		free(v);
		s->timer[TIMER_ACCEPT] = s->now + SHIM_RETRY_US;
		return;
	}
	/* Room is made by sending away who never said HELLO. */
	for (unsigned i = 0; s->viewers == LIMIT_SHIM_VIEWERS && i < s->viewers; i++)
		s->viewer[i]->dead |= !s->viewer[i]->greeted;
	viewer_sweep(s);
	v->fd = fd;
	v->id = ++s->last_viewer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    (peer.uid != geteuid() && peer.uid != 0))
		fail(v, EACCES, "not your session");
	else if (s->viewers == LIMIT_SHIM_VIEWERS)
		fail(v, EUSERS, "too many viewers");
	if (v->dead) {
		(void)close(fd);
		free(v);
		return;
	}
	s->viewer[s->viewers++] = v;
}
