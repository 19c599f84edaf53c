#include "core/engine.h"

#include <fcntl.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/input.h"
#include "core/replay.h"
#include "core/session_files.h"
#include "core/settle.h"
#include "core/watch.h"
#include "os/os.h"

#define LOG_MODULE "engine"

enum {
	QUIET_MS = 500,
	QUIET_BYTES = 4096, /* less than this is not worth a keyframe */
};

/* --- The model ------------------------------------------------------------------ */

static void
on_reply(struct str bytes, void *ctx)
{
	struct session *s = ctx;

	if (!s->link || s->pipe || s->lifecycle != LIFECYCLE_RUNNING)
		return;
	s->answered = true;
	/* A host that is away or has a full queue loses this answer: a program that
	 * asks without reading gets no more than the queue holds. */
	if (host_input(s->link, bytes, 0))
		log_line(
		    LOG_DEBUG, LOG_MODULE, s->name, "an answer to a query was not taken");
}

static void
on_term_event(enum term_event event, struct str text, void *ctx)
{
	struct session *s = ctx;

	(void)text;
	if (event == TERM_EV_RESET)
		s->incomplete = false;
}

static const struct term_ops ops = { .reply = on_reply, .event = on_term_event };

static struct term *
make_term(struct session *s, uint16_t cols, uint16_t rows, bool live)
{
	const struct term_config config = {
		.cols = cols,
		.rows = rows,
		.scrollback_rows = s->scrollback,
		.ops = live ? &ops : NULL,
		.ctx = s,
		.answer_status_probe = true,
		.version = "belay " BELAY_VERSION,
	};

	return term_new(&config);
}

/* A pipe has no terminal that would turn LF into CR LF. */
static void
feed(struct session *s, struct str bytes)
{
	while (s->pipe && bytes.len) {
		const char *lf = memchr(bytes.p, '\n', bytes.len);
		size_t n = lf ? (size_t)(lf - bytes.p) : bytes.len;

		term_feed(s->term, bytes.p, n);
		if (lf)
			term_feed(s->term, "\r\n", 2);
		n += lf ? 1 : 0;
		bytes = str_make(bytes.p + n, bytes.len - n);
	}
	if (bytes.len)
		term_feed(s->term, bytes.p, bytes.len);
}

/* --- Keyframes ---------------------------------------------------------------------- */

static void
draw(const struct term *t, bool full, struct buf *out)
{
	if (full) {
		term_put_ansi(t, TERM_DRAW_KEYFRAME, out);
		if (!buf_failed(out))
			return;
		buf_clear(out); /* over the limit: the screen counts */
	}
	term_put_ansi(t, TERM_DRAW_KEYFRAME | TERM_DRAW_NO_SCROLLBACK, out);
}

static void
send_keyframe(struct session *s, bool full)
{
	cleanup_buf struct buf b = BUF(LIMIT_KEYFRAME_BYTES);

	if (!s->term || !s->link || !host_connected(s->link))
		return;
	draw(s->term, full, &b);
	if (buf_failed(&b) || host_keyframe(s->link, s->position, term_cols(s->term),
				  term_rows(s->term), buf_str(&b)))
		return; /* the next one will do: nothing depends on this one */
	s->keyframe_at = s->position;
	if (full)
		s->full_at = s->position;
	s->answered = false;
}

void
engine_flush(struct session *s)
{
	if (s->position != s->full_at)
		send_keyframe(s, true);
}

static void
on_quiet(struct loop_timer *timer)
{
	struct session *s = container_of(timer, struct session, quiet);

	if (s->position - s->full_at > QUIET_BYTES)
		send_keyframe(s, true);
	input_task(s);
}

static void
on_damage(struct loop_later *later)
{
	watch_drawn(container_of(later, struct session, damage));
}

/* All rows drawn anew since output was lost: the screen is true again. */
static void
check_redrawn(struct session *s)
{
	for (uint16_t row = 0; row < term_rows(s->term); row++)
		if (!term_row_changed(s->term, row, s->lost_mark))
			return;
	s->incomplete = false;
}

static void
after_output(struct session *s)
{
	settle_check(s);
	if (s->incomplete)
		check_redrawn(s);
	if (s->answered || s->position - s->keyframe_at >= s->ring_bytes / 4)
		send_keyframe(s, false);
	if (s->position - s->full_at > QUIET_BYTES || input_task_waits(s))
		loop_timer_start(s->core->loop, &s->quiet, QUIET_MS, on_quiet);
	if (!list_empty(&s->watches))
		loop_later(s->core->loop, &s->damage, on_damage);
}

void
engine_output(struct session *s, const struct host_event_data *d)
{
	struct str bytes = d->bytes;
	uint64_t skip = 0;

	if (s->position > d->position)
		skip = s->position - d->position;
	if (skip >= bytes.len)
		return;
	if (!s->term)
		s->term = make_term(s, s->cols, s->rows, true);
	if (d->position > s->position)
		engine_lost(s, d->position);
	feed(s, str_make(bytes.p + skip, bytes.len - skip));
	s->position = d->position + bytes.len;
	if (!s->output_seen) {
		s->output_seen = true;
		s->since = loop_wall(s->core->loop);
	}
	after_output(s);
}

void
engine_keyframe(struct session *s, const struct host_event_data *d)
{
	struct term *t;

	if (s->term && d->position <= s->position && !s->incomplete)
		return; /* ours, come back: the model is as good */
	/* Fed without ops: a drawing asks nothing, and whoever drew it answered. */
	t = make_term(s, d->cols, d->rows, true);
	(void)term_free(s->term);
	s->term = t;
	term_feed(t, d->bytes.p, d->bytes.len);
	if (s->cols != d->cols || s->rows != d->rows)
		term_resize(t, s->cols, s->rows);
	s->position = s->keyframe_at = s->full_at = d->position;
	s->output_seen = true;
	s->incomplete = s->answered = false;
	after_output(s);
}

void
engine_lost(struct session *s, uint64_t to)
{
	if (to <= s->position)
		return;
	if (!s->term)
		s->term = make_term(s, s->cols, s->rows, true);
	log_line(LOG_INFO, LOG_MODULE, s->name, "output was lost: bytes=%" PRIu64,
	    to - s->position);
	term_feed(
	    s->term, "\x18", 1); /* CAN: whatever sequence was open has lost its end */
	s->lost_mark = term_mark(s->term);
	s->incomplete = true;
	s->position = to;
}

void
engine_resized(struct session *s, uint16_t cols, uint16_t rows)
{
	if (s->cols == cols && s->rows == rows)
		return;
	s->cols = cols;
	s->rows = rows;
	if (s->term) {
		term_resize(s->term, cols, rows);
		after_output(s);
	}
}

/* --- Ended programs --------------------------------------------------------------------
 */

#define SCREEN_MAGIC "belay-screen 1"

void
engine_end(struct session *s)
{
	cleanup_buf struct buf b = BUF(LIMIT_KEYFRAME_BYTES),
			       drawing = BUF(LIMIT_KEYFRAME_BYTES);
	int r;

	loop_timer_stop(&s->quiet);
	if (!s->term)
		return;
	draw(s->term, true, &drawing);
	buf_printf(&b, SCREEN_MAGIC " %" PRIu32 " %u %u %" PRIu64 " %d\n", s->generation,
	    term_cols(s->term), term_rows(s->term), s->position, s->incomplete);
	buf_put(&b, buf_str(&drawing).p, drawing.len);
	r = session_files_write(s, "screen", buf_str(&b));
	if (r < 0) {
		log_line(LOG_WARN, LOG_MODULE, s->name,
		    "can not keep the last screen: %s", strerror(-r));
		return;
	}
	s->term = term_free(s->term);
}

/* As it was left by the engine that saw the end. */
static bool
load_screen(struct session *s)
{
	cleanup_buf struct buf path = BUF_UNLIMITED,
			       text = BUF(LIMIT_KEYFRAME_BYTES + 256);
	uint64_t field[5];
	struct str rest, line;

	session_path(s, "screen", &path);
	if (os_read_file(AT_FDCWD, buf_text(&path), LIMIT_KEYFRAME_BYTES + 128, &text) <
	    0)
		return false;
	rest = buf_str(&text);
	line = str_cut(&rest, '\n');
	if (!str_starts(line, STR(SCREEN_MAGIC " ")))
		return false;
	line = str_make(
	    line.p + strlen(SCREEN_MAGIC " "), line.len - strlen(SCREEN_MAGIC " "));
	for (unsigned i = 0; i < ARRAY_LEN(field); i++)
		if (!str_to_u64(str_cut(&line, ' '), &field[i]))
			return false;
	if (field[0] != s->generation || field[1] < LIMIT_COLS_MIN ||
	    field[1] > LIMIT_COLS_MAX || field[2] < LIMIT_ROWS_MIN ||
	    field[2] > LIMIT_ROWS_MAX)
		return false;
	s->term = make_term(s, (uint16_t)field[1], (uint16_t)field[2], false);
	term_feed(s->term, rest.p, rest.len);
	s->position = field[3];
	s->incomplete = field[4];
	return true;
}

/* Nobody saw the end: from what the shim left, its last keyframe and the ring. */
static void
load_files(struct session *s)
{
	struct shim_keyframe_info info = { .cols = s->cols, .rows = s->rows };
	cleanup_buf struct buf drawing = BUF(LIMIT_KEYFRAME_BYTES), bytes = BUF_UNLIMITED;
	uint64_t start = 0;
	int k = replay_keyframe(s, &info, &drawing), r;

	r = replay_read(s, info.position, &bytes, &start);
	if (k && r)
		return;
	s->term = make_term(s, info.cols, info.rows, false);
	if (!k)
		term_feed(s->term, buf_text(&drawing), drawing.len);
	s->incomplete = !r && start > info.position;
	if (s->incomplete)
		term_feed(s->term, "\x18", 1);
	if (!r)
		feed(s, buf_str(&bytes));
	s->position = r ? info.position : start + bytes.len;
}

const struct term *
engine_borrow(struct session *s)
{
	if (!s->term && !session_alive(s)) {
		if (!load_screen(s))
			load_files(s);
		s->term_loaded = s->term != NULL;
	}
	return s->term;
}

void
engine_return(struct session *s)
{
	if (s->term_loaded)
		s->term = term_free(s->term);
	s->term_loaded = false;
}

bool
engine_shows(struct session *s, struct str text)
{
	const struct term *t = engine_borrow(s);
	cleanup_buf struct buf row = BUF_UNLIMITED;
	bool found = false;

	for (uint16_t i = 0; t && i < term_rows(t) && !found; i++) {
		buf_clear(&row);
		term_put_row(t, i, &row);
		found = str_find(buf_str(&row), text) >= 0;
	}
	engine_return(s);
	return found;
}
