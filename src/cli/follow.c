/* follow.c: a line is done when the cursor has left it downwards on the primary
 * screen.  Rows are counted from the start of the stream: those that scrolled
 * off and those on screen.  The engine's scrollback only bridges the rows of
 * one feed, so it is emptied before it can overflow. */
#include "cli/follow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cli/viewer.h"
#include "term/term.h"

#define FEED_BYTES      4096u /* at most so many rows scroll off in one feed */
#define SCROLLBACK_ROWS 65536u

struct follow {
	struct viewer viewer;
	struct term *model;
	struct buf keyframe, out;
	uint64_t position, target; /* catching up until target */
	uint64_t gone;    /* rows forgotten with the scrollback of earlier models */
	uint64_t printed; /* rows printed, from the start of the stream */
	uint32_t lines;
	bool pipe, caught_up, ended;
	bool has_base; /* the model stands for the stream at position */
};

/* --- Rows
 * ------------------------------------------------------------------------------- */

static uint64_t
rows_done(const struct follow *f)
{
	return f->gone + term_scrollback(f->model) + term_cursor(f->model).row;
}

static void
print_done(struct follow *f)
{
	uint64_t done, first;

	if (!f->caught_up || term_modes(f->model).alt_screen)
		return;
	done = rows_done(f);
	for (; f->printed < done; f->printed++) {
		first = f->gone + term_scrollback(f->model);
		if (f->printed < f->gone)
			f->printed = f->gone;
		term_put_row(
		    f->model, (int32_t)((int64_t)f->printed - (int64_t)first), &f->out);
		if (!term_row_wrapped(
			f->model, (int32_t)((int64_t)f->printed - (int64_t)first)))
			buf_putc(&f->out, '\n');
	}
}

/* The same screen in a model without scrollback. */
static void
empty_scrollback(struct follow *f)
{
	struct term_config config = { .cols = term_cols(f->model),
		.rows = term_rows(f->model),
		.scrollback_rows = SCROLLBACK_ROWS };
	cleanup_buf struct buf drawn = BUF_UNLIMITED;
	struct term *fresh;

	if (term_scrollback(f->model) < SCROLLBACK_ROWS / 2)
		return;
	term_put_ansi(f->model, TERM_DRAW_KEYFRAME | TERM_DRAW_NO_SCROLLBACK, &drawn);
	fresh = term_new(&config);
	term_feed(fresh, drawn.data, drawn.len);
	f->gone += term_scrollback(f->model);
	(void)term_free(f->model);
	f->model = fresh;
}

static void
new_model(struct follow *f, uint16_t cols, uint16_t rows)
{
	struct term_config config = {
		.cols = cols, .rows = rows, .scrollback_rows = SCROLLBACK_ROWS
	};

	(void)term_free(f->model);
	f->model = term_new(&config);
	f->gone = f->printed = 0;
}

/* A pipe's output is text already: its last lines are cut from what was read. */
static void
keep_last(struct buf *out, uint32_t lines)
{
	size_t at = lines ? out->len : 0;
	uint32_t seen = 0;

	if (lines == 0)
		buf_clear(out);
	for (; at > 0; at--)
		if (out->data[at - 1] == '\n' && at < out->len && ++seen == lines)
			break;
	buf_eat(out, at);
}

static void
catch_up(struct follow *f)
{
	uint64_t done;

	if (f->caught_up || !f->has_base || f->position < f->target)
		return;
	f->caught_up = true;
	if (f->pipe) {
		keep_last(&f->out, f->lines);
		return;
	}
	done = term_modes(f->model).alt_screen ? 0 : rows_done(f);
	f->printed = done > f->lines ? done - f->lines : 0;
	if (f->printed < f->gone)
		f->printed = f->gone;
}

/* --- Frames
 * ------------------------------------------------------------------------------ */

static void
on_output(struct follow *f, struct shim_reader *r)
{
	uint64_t position = shim_get_u64(r);
	const uint8_t *p = r->p;
	size_t left = (size_t)(r->end - p);

	f->position = position + left;
	f->has_base = true;
	if (f->pipe) {
		buf_put(&f->out, p, left);
		return;
	}
	while (left > 0) {
		size_t n = left < FEED_BYTES ? left : FEED_BYTES;
		term_feed(f->model, p, n);
		p += n;
		left -= n;
		print_done(f);
		empty_scrollback(f);
	}
}

static void
on_keyframe(struct follow *f, struct shim_reader *r)
{
	uint64_t position = shim_get_u64(r);
	uint16_t cols = shim_get_u16(r), rows = shim_get_u16(r);
	uint32_t total = shim_get_u32(r), offset = shim_get_u32(r);

	if (offset == 0)
		buf_clear(&f->keyframe);
	buf_put(&f->keyframe, r->p, (size_t)(r->end - r->p));
	if (r->bad || f->keyframe.len < total)
		return;
	new_model(f, cols, rows);
	term_feed(f->model, f->keyframe.data, f->keyframe.len);
	f->position = position;
	f->has_base = true;
	f->caught_up = false;
	f->lines = f->target ? f->lines : 0;
}

static int
on_welcome(struct follow *f, struct shim_reader *r)
{
	struct viewer_welcome w;

	if (!viewer_get_welcome(r, &w))
		return -EPROTO;
	f->pipe = w.flags & SHIM_IS_PIPE;
	f->target = w.end;
	f->position = w.start;
	f->has_base = w.start == w.end && !(w.flags & SHIM_HAS_KEYFRAME);
	new_model(f, w.cols, w.rows);
	return 0;
}

static int
on_frame(struct follow *f, struct shim_header h, struct shim_reader *r)
{
	switch (h.type) {
	case SHIM_WELCOME:
		return on_welcome(f, r);
	case SHIM_OUTPUT:
		on_output(f, r);
		return 0;
	case SHIM_KEYFRAME_DATA:
		on_keyframe(f, r);
		return 0;
	case SHIM_LOST:
		buf_puts(&f->out, "[output was lost]\n");
		return 0;
	case SHIM_RESIZED: {
		uint16_t cols = shim_get_u16(r), rows = shim_get_u16(r);
		if (!r->bad && f->model && !f->pipe)
			term_resize(f->model, cols, rows);
		return 0;
	}
	case SHIM_EXIT:
		f->ended = true;
		return 0;
	default:
		return 0;
	}
}

static void
print_last_row(struct follow *f)
{
	cleanup_buf struct buf row = BUF_UNLIMITED;

	if (f->pipe || !f->model || term_modes(f->model).alt_screen)
		return;
	term_put_row(f->model, term_cursor(f->model).row, &row);
	if (row.len > 0)
		buf_printf(&f->out, "%s\n", buf_text(&row));
}

/* 0 go on, 1 the end, negative a fault. */
static int
turn(struct follow *f)
{
	struct pollfd fd = { .fd = f->viewer.fd, .events = POLLIN };
	struct shim_header h;
	struct shim_reader reader;
	int r = viewer_flush(&f->viewer), got;

	if (r == 0 && poll(&fd, 1, -1) < 0 && errno != EINTR)
		return -errno;
	if (r == 0)
		r = viewer_fill(&f->viewer);
	while ((got = viewer_next(&f->viewer, &h, &reader)) == 1) {
		got = on_frame(f, h, &reader);
		if (got < 0)
			break;
		catch_up(f);
		if (f->model && !f->pipe)
			print_done(f);
	}
	if (got < 0)
		return got;
	if (f->ended || r != 0)
		print_last_row(f);
	if ((f->caught_up || f->ended || r != 0) && !cli_write(&f->out))
		return 1;
	return f->ended ? 1 : r;
}

int
follow_run(struct cli *cli, const struct located *where, uint32_t lines)
{
	struct follow f = { .viewer = VIEWER_NONE,
		.keyframe = BUF_UNLIMITED,
		.out = BUF_UNLIMITED,
		.lines = lines };
	int r = viewer_open(where->dir, SHIM_VIEWER_READ_ONLY | SHIM_VIEWER_LAZY,
	    SHIM_FROM_KEYFRAME, &f.viewer);

	if (r == 0) {
		do {
			r = turn(&f);
		} while (r == 0);
	}
	viewer_close(&f.viewer);
	(void)term_free(f.model);
	buf_deinit(&f.keyframe);
	buf_deinit(&f.out);
	if (r >= 0)
		return 0;
	cli_say(
	    "the host of session %s can not be reached: %s", where->name, strerror(-r));
	return outcomes[OUTCOME_HOST_UNREACHABLE].exit;
}
