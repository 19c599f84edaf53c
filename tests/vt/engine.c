/* The engine as a co-process for the comparisons that are not written in C.
 *
 * Lines on standard input, one JSON line each on standard output:
 *   gen SEED FEATURES       {"cols","rows","pieces":[hex, …]}
 *   run COLS ROWS HEX       {"rows":[[[text, width, style] …] …], "cursor":[row, col,
 * wrap], "alt"} Rows are cut after the last cell that differs from a blank one; a style
 * is words as "b i u1 f1 g#010203". */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/json.h"
#include "gen.h"
#include "term/term.h"

static void
put_colour(struct buf *b, char name, struct term_colour c)
{
	if (c.kind == TERM_COLOUR_INDEXED)
		buf_printf(b, " %c%u", name, c.r);
	else if (c.kind == TERM_COLOUR_RGB)
		buf_printf(b, " %c#%02x%02x%02x", name, c.r, c.g, c.b);
}

static struct json *
style_json(const struct term_style *s)
{
	static const struct {
		uint16_t attr;
		const char *name;
	} attrs[] = { { TERM_BOLD, " b" }, { TERM_FAINT, " d" }, { TERM_ITALIC, " i" },
		{ TERM_BLINK, " k" }, { TERM_REVERSE, " r" }, { TERM_CONCEAL, " c" },
		{ TERM_STRIKE, " s" }, { TERM_OVERLINE, " o" } };
	cleanup_buf struct buf b = BUF_UNLIMITED;

	for (size_t i = 0; i < ARRAY_LEN(attrs); i++)
		if (s->attrs & attrs[i].attr)
			buf_puts(&b, attrs[i].name);
	if (s->underline)
		buf_printf(&b, " u%u", s->underline);
	put_colour(&b, 'f', s->fg);
	put_colour(&b, 'g', s->bg);
	return json_new_string(str_trim(buf_str(&b)));
}

static bool
is_blank(const struct term_cell *c)
{
	static const struct term_style plain;

	return !c->text.len && c->width == 1 && !memcmp(&c->style, &plain, sizeof(plain));
}

static struct json *
row_json(const struct term *t, uint16_t row)
{
	struct json *cells = json_new_array();
	uint16_t end = term_cols(t);
	struct term_cell c;

	while (end && (term_cell(t, row, (uint16_t)(end - 1), &c), is_blank(&c)))
		end--;
	for (uint16_t col = 0; col < end; col++) {
		struct json *cell = json_new_array();

		term_cell(t, row, col, &c);
		json_push(cell, json_new_string(c.text));
		json_push(cell, json_new_int(c.width));
		json_push(cell, style_json(&c.style));
		json_push(cells, cell);
	}
	return cells;
}

static struct json *
screen_json(const struct term *t)
{
	struct json *j = json_new_object(), *rows = json_new_array(),
		    *at = json_new_array();
	struct term_cursor c = term_cursor(t);

	for (uint16_t row = 0; row < term_rows(t); row++)
		json_push(rows, row_json(t, row));
	json_push(at, json_new_int(c.row));
	json_push(at, json_new_int(c.col));
	json_push(at, json_new_bool(c.pending_wrap));
	(void)json_set(j, "rows", rows);
	(void)json_set(j, "cursor", at);
	return json_set_bool(j, "alt", term_modes(t).alt_screen);
}

static struct json *
do_gen(struct str args)
{
	struct json *j = json_new_object(), *pieces = json_new_array();
	uint64_t seed = 0, features = 0;
	struct gen g;

	assert(str_to_u64(str_cut(&args, ' '), &seed));
	assert(str_to_u64(args, &features));
	gen_make(&g, seed, (unsigned)features);
	for (uint32_t i = 0, from = 0; i < g.count; from = g.ends[i++]) {
		cleanup_buf struct buf hex = BUF_UNLIMITED;

		for (uint32_t k = from; k < g.ends[i]; k++)
			buf_printf(&hex, "%02x", (uint8_t)g.bytes.data[k]);
		json_push(pieces, json_new_text(buf_text(&hex)));
	}
	(void)json_set_int(j, "cols", g.cols);
	(void)json_set_int(j, "rows", g.rows);
	gen_deinit(&g);
	return json_set(j, "pieces", pieces);
}

static struct json *
do_run(struct str args)
{
	uint64_t cols = 0, rows = 0;
	cleanup_buf struct buf bytes = BUF_UNLIMITED;
	struct term_config config = { .version = "belay" };
	struct json *j;
	struct term *t;

	assert(str_to_u64(str_cut(&args, ' '), &cols) &&
	       str_to_u64(str_cut(&args, ' '), &rows));
	for (size_t i = 0; i + 1 < args.len; i += 2) {
		char digits[3] = { args.p[i], args.p[i + 1], '\0' };

		buf_putc(&bytes, (char)strtoul(digits, NULL, 16));
	}
	config.cols = (uint16_t)cols;
	config.rows = (uint16_t)rows;
	t = term_new(&config);
	term_feed(t, buf_text(&bytes), bytes.len);
	term_check(t);
	j = screen_json(t);
	term_free(t);
	return j;
}

int
main(void)
{
	cleanup_free char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct str args = str_trim(str_make(line, (size_t)n));
		struct str name = str_cut(&args, ' ');
		cleanup_json struct json *j =
		    str_eqz(name, "gen") ? do_gen(args) : do_run(args);
		cleanup_buf struct buf out = BUF_UNLIMITED;

		json_write(&out, j);
		(void)puts(buf_text(&out));
		(void)fflush(stdout);
	}
	return 0;
}
