/* term.c: birth, reset, resize and the simple questions.
 *
 * Damage: `now` is the number of the running feed, `mark` the number of the
 * last one that changed something.  A row that changes takes `now`; a scroll
 * is remembered as a region, because marking every row for each line feed
 * would cost more than the line feed.  Operations called from inside a feed
 * may take a mark, so each of them starts a new number. */
#include "term/impl.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

void
term_tabs_default(uint8_t *tabs)
{
	memset(tabs, 1, (LIMIT_COLS_MAX + 7) / 8);
}

struct saved_cursor
term_saved_default(void)
{
	return (struct saved_cursor){ .charsets = { .g = { 'B', 'B', 'B', 'B' } } };
}

static void
reset_state(struct term *t)
{
	t->cursor = (struct cursor){ 0 };
	t->top = 0;
	t->bottom = t->rows;
	t->set = (struct settings){ .modes = M_DEFAULT };
	t->saved_modes = 0;
	t->pen = (struct style){ 0 };
	t->charsets = term_saved_default().charsets;
	memset(t->last, 0, sizeof(t->last));
	term_tabs_default(t->tabs);
	pen_changed(t);
	for (unsigned i = 0; i < ARRAY_LEN(t->screens); i++) {
		t->screens[i].saved = term_saved_default();
		t->screens[i].kitty = (struct kitty_stack){ 0 };
	}
	t->screen = &t->screens[0];
	t->grid = &t->screen->grid;
}

struct term *
term_new(const struct term_config *config)
{
	struct term *t = xnew(struct term);

	assert(config->cols >= LIMIT_COLS_MIN && config->cols <= LIMIT_COLS_MAX);
	assert(config->rows >= LIMIT_ROWS_MIN && config->rows <= LIMIT_ROWS_MAX);
	t->config = *config;
	t->cols = config->cols;
	t->rows = config->rows;
	t->now = 1;
	t->row_mark = xcalloc(t->rows, sizeof(*t->row_mark));
	grid_init(&t->screens[0].grid, t->cols, t->rows);
	scrollback_init(&t->scrollback, config->scrollback_rows);
	style_init(&t->styles);
	parser_init(&t->parser);
	reset_state(t);
	return t;
}

static void
titles_clear(struct term *t)
{
	while (t->titles_count) {
		struct title *at = &t->titles[--t->titles_count];

		free(at->title);
		free(at->icon);
		*at = (struct title){ 0 };
	}
}

struct term *
term_free(struct term *t)
{
	if (!t)
		return NULL;
	titles_clear(t);
	free(t->title.title);
	free(t->title.icon);
	free(t->cwd);
	for (unsigned i = 0; i < ARRAY_LEN(t->screens); i++)
		grid_deinit(&t->screens[i].grid);
	scrollback_deinit(&t->scrollback);
	style_deinit(&t->styles);
	cluster_deinit(&t->clusters);
	parser_deinit(&t->parser);
	free(t->row_mark);
	free(t);
	return NULL;
}

void
term_full_reset(struct term *t)
{
	bool was_alt = t->set.alt;

	reset_state(t);
	grid_deinit(&t->screens[1].grid);
	for (unsigned i = 0; i < t->rows; i++)
		grid_clear_row(t->grid, t->grid->row[i], 0);
	scrollback_clear(&t->scrollback);
	titles_clear(t);
	term_touch_all(t);
	if (was_alt)
		term_emit(t, TERM_EV_ALT_SCREEN, STR_NONE);
}

void
term_reset(struct term *t)
{
	t->now++;
	t->loading = true; /* no events */
	term_full_reset(t);
	t->loading = t->no_join = false;
	term_title_set(&t->title.title, STR_NONE);
	term_title_set(&t->title.icon, STR_NONE);
	term_title_set(&t->cwd, STR_NONE);
	parser_deinit(&t->parser);
	parser_init(&t->parser);
	t->fed = 0;
}

/* DECSTR */
void
term_soft_reset(struct term *t)
{
	t->top = 0;
	t->bottom = t->rows;
	t->set.modes &= ~(uint32_t)(M_APP_CURSOR | M_ORIGIN | M_INSERT | M_APP_KEYPAD);
	t->set.modes |= M_CURSOR | M_WRAP;
	t->pen = (struct style){ .link = t->pen.link };
	t->charsets = term_saved_default().charsets;
	t->screen->saved = term_saved_default();
	pen_changed(t);
}

/* --- Resizing ------------------------------------------------------------ */

static void
clamp(struct cursor *c, unsigned cols, unsigned rows, unsigned moved_up)
{
	c->row = (uint16_t)(c->row > moved_up ? c->row - moved_up : 0);
	if (c->row >= rows)
		c->row = (uint16_t)(rows - 1);
	if (c->col + 1u >= cols) {
		/* A wrap stays pending only at the last column of both sizes. */
		c->wrap = c->wrap && c->col + 1u == cols;
		c->col = (uint16_t)(cols - 1);
	} else {
		c->wrap = false;
	}
}

static void
resize_screen(struct term *t, unsigned which, uint16_t cols, uint16_t rows)
{
	struct screen *s = &t->screens[which];
	struct cursor *at = s == t->screen ? &t->cursor : &s->saved.at;
	unsigned skip = at->row >= rows ? at->row - rows + 1u : 0;

	if (s->grid.block) {
		if (which == 0)
			for (unsigned i = 0; i < skip; i++)
				scrollback_push(
				    &t->scrollback, s->grid.row[i], &t->clusters);
		grid_resize(&s->grid, cols, rows, skip);
	}
	clamp(&s->saved.at, cols, rows, s == t->screen ? 0 : skip);
	if (s == t->screen)
		clamp(&t->cursor, cols, rows, skip);
}

void
term_resize(struct term *t, uint16_t cols, uint16_t rows)
{
	assert(cols >= LIMIT_COLS_MIN && cols <= LIMIT_COLS_MAX);
	assert(rows >= LIMIT_ROWS_MIN && rows <= LIMIT_ROWS_MAX);
	if (cols == t->cols && rows == t->rows)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(t->screens); i++)
		resize_screen(t, i, cols, rows);
	t->cols = cols;
	t->rows = rows;
	t->top = 0;
	t->bottom = rows;
	t->row_mark = xrealloc(t->row_mark, rows, sizeof(*t->row_mark));
	t->now = t->mark + 1;
	term_touch_all(t);
}

/* --- Feeding ------------------------------------------------------------- */

void
term_feed(struct term *t, const void *bytes, size_t len)
{
	struct cursor cursor = t->cursor;
	struct settings set = t->set;
	uint8_t kitty = t->screen->kitty.flags[t->screen->kitty.top];

	t->now = t->mark + 1;
	parser_feed(t, bytes, len);
	if (cursor.row != t->cursor.row || cursor.col != t->cursor.col ||
	    cursor.wrap != t->cursor.wrap || set.modes != t->set.modes ||
	    set.mouse != t->set.mouse || set.mouse_enc != t->set.mouse_enc ||
	    set.cursor_shape != t->set.cursor_shape || set.alt != t->set.alt ||
	    kitty != t->screen->kitty.flags[t->screen->kitty.top])
		t->mark = t->now;
}

void
term_touch_all(struct term *t)
{
	for (unsigned i = 0; i < t->rows; i++)
		t->row_mark[i] = t->now;
	t->mark = t->now;
}

void
term_touch_scroll(struct term *t, unsigned top, unsigned bottom)
{
	if (t->scroll_top != top || t->scroll_bottom != bottom) {
		/* The older region's mark goes to its rows. */
		for (unsigned i = t->scroll_top; i < t->scroll_bottom && i < t->rows; i++)
			if (t->row_mark[i] < t->scroll_mark)
				t->row_mark[i] = t->scroll_mark;
		t->scroll_top = (uint16_t)top;
		t->scroll_bottom = (uint16_t)bottom;
	}
	t->scroll_mark = t->mark = t->now;
}

void
term_emit(struct term *t, enum term_event ev, struct str text)
{
	if (t->loading || !t->config.ops || !t->config.ops->event)
		return;
	t->config.ops->event(ev, text, t->config.ctx);
	t->now = t->mark + 1;
}

void
term_reply(struct term *t, const char *fmt, ...)
{
	cleanup_buf struct buf b = BUF(1024);
	va_list ap;

	if (t->loading || !t->config.ops || !t->config.ops->reply)
		return;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	t->config.ops->reply(buf_str(&b), t->config.ctx);
	t->now = t->mark + 1;
}

void
term_title_set(char **slot, struct str text)
{
	free(*slot);
	*slot = text.len ? xstrndup(text.p, text.len) : NULL;
}

/* --- Questions ----------------------------------------------------------- */

uint16_t
term_cols(const struct term *t)
{
	return t->cols;
}

uint16_t
term_rows(const struct term *t)
{
	return t->rows;
}

uint32_t
term_scrollback(const struct term *t)
{
	return t->scrollback.count;
}

const char *
term_title(const struct term *t)
{
	return t->title.title ? t->title.title : "";
}

const char *
term_cwd(const struct term *t)
{
	return t->cwd ? t->cwd : "";
}

struct term_cursor
term_cursor(const struct term *t)
{
	return (struct term_cursor){
		.col = t->cursor.col,
		.row = t->cursor.row,
		.visible = (t->set.modes & M_CURSOR) != 0,
		.pending_wrap = t->cursor.wrap,
		.shape = t->set.cursor_shape,
	};
}

struct term_modes
term_modes(const struct term *t)
{
	uint32_t m = t->set.modes;

	return (struct term_modes){
		.alt_screen = t->set.alt,
		.app_cursor = (m & M_APP_CURSOR) != 0,
		.app_keypad = (m & M_APP_KEYPAD) != 0,
		.bracketed_paste = (m & M_PASTE) != 0,
		.focus_events = (m & M_FOCUS) != 0,
		.sync_output = (m & M_SYNC) != 0,
		.autowrap = (m & M_WRAP) != 0,
		.origin = (m & M_ORIGIN) != 0,
		.insert = (m & M_INSERT) != 0,
		.reverse_screen = (m & M_REVERSE_SCREEN) != 0,
		.mouse = t->set.mouse,
		.mouse_enc = t->set.mouse_enc,
		.kitty_flags = t->screen->kitty.flags[t->screen->kitty.top],
	};
}

uint64_t
term_mark(const struct term *t)
{
	return t->mark;
}

bool
term_row_changed(const struct term *t, uint16_t row, uint64_t mark)
{
	assert(row < t->rows);
	if (t->row_mark[row] > mark)
		return true;
	return row >= t->scroll_top && row < t->scroll_bottom && t->scroll_mark > mark;
}

size_t
term_memory(const struct term *t)
{
	size_t n = sizeof(*t) + t->rows * sizeof(*t->row_mark);

	for (unsigned i = 0; i < ARRAY_LEN(t->screens); i++)
		n += grid_memory(&t->screens[i].grid);
	n += scrollback_memory(&t->scrollback) + style_memory(&t->styles);
	n += cluster_memory(&t->clusters) + t->parser.string.cap;
	n += strlen(term_title(t)) + strlen(term_cwd(t));
	for (unsigned i = 0; i < t->titles_count; i++) {
		n += t->titles[i].title ? strlen(t->titles[i].title) + 1 : 0;
		n += t->titles[i].icon ? strlen(t->titles[i].icon) + 1 : 0;
	}
	return n;
}
