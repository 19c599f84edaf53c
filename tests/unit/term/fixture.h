/* fixture.h: a terminal under test, with what left it. */
#ifndef TESTS_UNIT_TERM_FIXTURE_H
#define TESTS_UNIT_TERM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "term/term.h"

struct fixture {
	struct term *t;
	struct buf replies; /* all answers */
	struct buf events;  /* "number:text" and newline, each */
};

static inline void
fixture_reply(struct str bytes, void *ctx)
{
	struct fixture *f = ctx;

	buf_put(&f->replies, bytes.p, bytes.len);
}

static inline void
fixture_event(enum term_event event, struct str text, void *ctx)
{
	struct fixture *f = ctx;

	buf_printf(&f->events, "%d:%.*s\n", (int)event, STR_ARG(text));
}

static inline struct fixture *
fixture_new(uint16_t cols, uint16_t rows, uint32_t scrollback)
{
	static const struct term_ops ops = { .reply = fixture_reply,
		.event = fixture_event };
	struct fixture *f = xnew(struct fixture);

	f->replies = f->events = BUF_UNLIMITED;
	f->t = term_new(&(struct term_config){
	    .cols = cols,
	    .rows = rows,
	    .scrollback_rows = scrollback,
	    .ops = &ops,
	    .ctx = f,
	    .answer_status_probe = true,
	    .version = "belay test",
	});
	return f;
}

static inline void
fixture_free(struct fixture *f)
{
	term_check(f->t);
	(void)term_free(f->t);
	buf_deinit(&f->replies);
	buf_deinit(&f->events);
	free(f);
}

static inline void
feed(struct fixture *f, const char *z)
{
	term_feed(f->t, z, strlen(z));
	term_check(f->t);
}

/* The rows of the screen, "|" between them, empty ones at the end left out. */
static inline void
expect_screen(struct fixture *f, const char *want)
{
	struct buf b = BUF_UNLIMITED;

	for (int32_t row = 0; row < term_rows(f->t); row++) {
		if (row)
			buf_putc(&b, '|');
		term_put_row(f->t, row, &b);
	}
	while (b.len && b.data[b.len - 1] == '|')
		b.data[--b.len] = '\0';
	assert_string_equal(buf_text(&b), want);
	buf_deinit(&b);
}

static inline void
expect_cursor(struct fixture *f, unsigned row, unsigned col)
{
	struct term_cursor c = term_cursor(f->t);

	assert_int_equal(c.row, row);
	assert_int_equal(c.col, col);
}

/* The answers since the last call. */
static inline void
expect_reply(struct fixture *f, const char *want)
{
	assert_string_equal(buf_text(&f->replies), want);
	buf_clear(&f->replies);
}

static inline void
expect_events(struct fixture *f, const char *want)
{
	assert_string_equal(buf_text(&f->events), want);
	buf_clear(&f->events);
}

static inline struct term_cell
cell_at(struct fixture *f, int32_t row, uint16_t col)
{
	struct term_cell c;

	term_cell(f->t, row, col, &c);
	return c;
}

#endif
