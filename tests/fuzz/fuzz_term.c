/* fuzz_term.c: any bytes, cut anywhere, with resizes between.
 *
 * The first bytes choose the size, the scrollback and how the rest is cut.
 * After each piece all invariants are checked.  At the end the model must be
 * the same as that of a term that got the bytes one at a time, and a keyframe
 * must give it again and behave alike afterwards. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "term/term.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t answered;

static void
on_reply(struct str bytes, void *ctx)
{
	answered += bytes.len;
	assert(bytes.len <= 2048);
}

static void
on_event(enum term_event event, struct str text, void *ctx)
{
	assert(event < TERM_EV_COUNT);
	assert(text.len <= 4096);
	assert(!text.len || str_is_utf8(text));
	(void)term_mark(*(struct term **)ctx);
}

static const struct term_ops ops = { .reply = on_reply, .event = on_event };

static void
must_equal(const struct term *a, const struct term *b, const char *when)
{
	cleanup_buf struct buf why = BUF_UNLIMITED;

	if (term_equal(a, b, &why))
		return;
	(void)fprintf(stderr, "%s: %s\n", when, buf_text(&why));
	abort();
}

static void
feed_pieces(struct term *t, const uint8_t *p, size_t len, size_t piece, uint8_t resize)
{
	size_t at = 0;
	unsigned n = 0;

	while (at < len) {
		size_t k = len - at < 512 ? len - at : 512;

		for (size_t done = 0; done < k; done += piece)
			term_feed(t, p + at + done, k - done < piece ? k - done : piece);
		at += k;
		if (resize & 1)
			term_resize(t, (uint16_t)(2 + (p[at - 1] + n) % 90),
			    (uint16_t)(1 + (p[at / 2] + n) % 40));
		n++;
		term_check(t);
	}
}

static void
check_output(const struct term *t)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct json *j = term_json(t);

	term_put_text(t, -(int32_t)term_scrollback(t), term_rows(t) - 1, &out);
	assert(str_is_utf8(buf_str(&out)));
	json_write(&out, j);
	(void)json_free(j);
	buf_clear(&out);
	term_put_ansi(t, 0, &out);
	assert(!buf_failed(&out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct buf frame = BUF_UNLIMITED;
	struct term *a = NULL, *b = NULL, *c = NULL;
	struct term_config config = {
		.ops = &ops, .answer_status_probe = true, .version = "fuzz"
	};
	size_t piece, half;
	uint8_t resize;

	if (size < 5)
		return 0;
	config.cols = (uint16_t)(LIMIT_COLS_MIN + data[0] % 60);
	config.rows = (uint16_t)(LIMIT_ROWS_MIN + data[1] % 20);
	config.scrollback_rows = data[2] % 40;
	piece = 1 + data[3] % 64u;
	resize = data[4];
	data += 5;
	size -= 5;
	half = size / 2;

	config.ctx = &a;
	a = term_new(&config);
	config.ctx = &b;
	b = term_new(&config);
	config.ctx = &c;
	c = term_new(&config);
	feed_pieces(a, data, half, piece, resize);
	feed_pieces(b, data, half, 1, resize);
	must_equal(a, b, "cut into single bytes");

	term_resize(c, term_cols(a), term_rows(a));
	term_put_ansi(a, TERM_DRAW_KEYFRAME, &frame);
	term_feed(c, frame.data, frame.len);
	term_check(c);
	must_equal(a, c, "keyframe");

	feed_pieces(a, data + half, size - half, piece, resize);
	feed_pieces(c, data + half, size - half, 7, resize);
	must_equal(a, c, "after the keyframe");
	check_output(a);
	(void)term_free(a);
	(void)term_free(b);
	(void)term_free(c);
	return 0;
}
