/* text.c: rows as text, cells by value, and the screen as JSON. */
#include <assert.h>
#include <stdio.h>

#include "term/impl.h"
#include "term/show.h"

struct row_iter
term_show_row(const struct term *t, int32_t row)
{
	assert(row < (int32_t)t->rows && row >= -(int32_t)t->scrollback.count);
	if (row >= 0)
		return term_row_iter_grid(t->grid->row[row], &t->clusters);
	return term_row_iter_scrollback(
	    &t->scrollback, (uint32_t)(row + (int32_t)t->scrollback.count));
}

static struct term_colour
colour(uint32_t c)
{
	return (struct term_colour){
		.kind = (uint8_t)(c >> 24),
		.r = c >> 24 == 1 ? (uint8_t)c : (uint8_t)(c >> 16),
		.g = c >> 24 == 1 ? 0 : (uint8_t)(c >> 8),
		.b = c >> 24 == 1 ? 0 : (uint8_t)c,
	};
}

static struct term_style
style_value(const struct term *t, uint16_t id)
{
	const struct style *v = style_of(&t->styles, id);

	return (struct term_style){
		.fg = colour(v->fg),
		.bg = colour(v->bg),
		.underline_colour = colour(v->ul),
		.attrs = v->attrs & STYLE_ATTR_MASK,
		.underline = (uint8_t)STYLE_UNDERLINE_OF(v->attrs),
		.link = v->link,
	};
}

void
term_cell(const struct term *t, int32_t row, uint16_t col, struct term_cell *ret)
{
	struct row_iter it = term_show_row(t, row);
	struct row_item item;

	assert(col < t->cols);
	*ret = (struct term_cell){ .width = 1 };
	/* A row of the screen can be entered anywhere. */
	if (it.cell && col < it.used) {
		if (it.cell[col].flags & CELL_TAIL) {
			*ret = (struct term_cell){ .style = style_value(
						       t, it.cell[col].style) };
			return;
		}
		it.col = col;
	}
	while (term_row_next(&it, &item)) {
		if (col >= item.col + item.width)
			continue;
		*ret = (struct term_cell){
			.text = col == item.col ? item.text : STR_NONE,
			.width = col == item.col ? item.width : 0,
			.style = style_value(t, item.style),
		};
		return;
	}
}

struct str
term_link(const struct term *t, uint32_t link)
{
	return link > UINT16_MAX ? STR_NONE : style_link_uri(&t->styles, (uint16_t)link);
}

bool
term_row_wrapped(const struct term *t, int32_t row)
{
	return term_show_row(t, row).wrapped;
}

void
term_put_row(const struct term *t, int32_t row, struct buf *out)
{
	struct row_iter it = term_show_row(t, row);
	struct row_item item;
	unsigned blanks = 0;

	while (term_row_next(&it, &item) && item.col < t->cols) {
		if (!item.text.len || (item.text.len == 1 && *item.text.p == ' ')) {
			blanks++;
			continue;
		}
		for (; blanks; blanks--)
			buf_putc(out, ' ');
		buf_put(out, item.text.p, item.text.len);
	}
}

void
term_put_text(const struct term *t, int32_t first, int32_t last, struct buf *out)
{
	for (int32_t row = first; row <= last; row++) {
		term_put_row(t, row, out);
		buf_putc(out, '\n');
	}
}

/* --- JSON ---------------------------------------------------------------- */

static struct json *
colour_json(uint32_t c)
{
	char text[8];

	if (c >> 24 == 1)
		return json_new_int(c & 0xff);
	(void)snprintf(text, sizeof(text), "#%06x", (unsigned)(c & 0xffffff));
	return json_new_text(text);
}

static void
style_json(const struct term *t, uint16_t id, struct json *run)
{
	static const struct {
		uint16_t attr;
		const char *name;
	} names[] = {
		{ TERM_BOLD, "bold" },
		{ TERM_FAINT, "faint" },
		{ TERM_ITALIC, "italic" },
		{ TERM_BLINK, "blink" },
		{ TERM_REVERSE, "reverse" },
		{ TERM_CONCEAL, "conceal" },
		{ TERM_STRIKE, "strike" },
		{ TERM_OVERLINE, "overline" },
	};

	static const char *const underlines[] = { "", "single", "double", "curly",
		"dotted", "dashed" };
	const struct style *v = style_of(&t->styles, id);
	unsigned underline = STYLE_UNDERLINE_OF(v->attrs);

	if (v->fg)
		json_set(run, "fg", colour_json(v->fg));
	if (v->bg)
		json_set(run, "bg", colour_json(v->bg));
	if (v->ul)
		json_set(run, "underline_colour", colour_json(v->ul));
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (v->attrs & names[i].attr)
			json_set_bool(run, names[i].name, true);
	if (underline)
		json_set_text(run, "underline", underlines[underline]);
	if (v->link)
		json_set(
		    run, "link", json_new_string(style_link_uri(&t->styles, v->link)));
}

static void
flush_run(const struct term *t, struct json *line, struct buf *text, uint16_t style)
{
	struct json *run;

	if (!text->len)
		return;
	run = json_new_object();
	json_set(run, "text", json_new_string(buf_str(text)));
	style_json(t, style, run);
	json_push(line, run);
	buf_clear(text);
}

static struct json *
line_json(const struct term *t, int32_t row)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;
	struct json *line = json_new_array();
	struct row_iter it = term_show_row(t, row);
	struct row_item item;
	unsigned skipped = 0;
	uint16_t style = 0;

	while (term_row_next(&it, &item)) {
		/* Blanks at the end, without a look, are left out. */
		if (!item.text.len && !item.style) {
			skipped++;
			continue;
		}
		if (skipped && style) {
			flush_run(t, line, &text, style);
			style = 0;
		}
		for (; skipped; skipped--)
			buf_putc(&text, ' ');
		if (item.style != style) {
			flush_run(t, line, &text, style);
			style = item.style;
		}
		if (item.text.len)
			buf_put(&text, item.text.p, item.text.len);
		else
			buf_putc(&text, ' ');
	}
	flush_run(t, line, &text, style);
	return line;
}

static struct json *
modes_json(const struct term *t)
{
	struct term_modes m = term_modes(t);
	struct json *j = json_new_object();

	json_set_bool(j, "alt_screen", m.alt_screen);
	json_set_bool(j, "app_cursor", m.app_cursor);
	json_set_bool(j, "app_keypad", m.app_keypad);
	json_set_bool(j, "bracketed_paste", m.bracketed_paste);
	json_set_bool(j, "focus_events", m.focus_events);
	json_set_bool(j, "sync_output", m.sync_output);
	json_set_bool(j, "autowrap", m.autowrap);
	json_set_bool(j, "origin", m.origin);
	json_set_bool(j, "insert", m.insert);
	json_set_bool(j, "reverse_screen", m.reverse_screen);
	json_set_int(j, "mouse", m.mouse);
	json_set_int(j, "mouse_encoding", m.mouse_enc);
	return json_set_int(j, "kitty_flags", m.kitty_flags);
}

struct json *
term_json(const struct term *t)
{
	struct term_cursor c = term_cursor(t);
	struct json *j = json_new_object(), *cursor = json_new_object(),
		    *lines = json_new_array();

	json_set_int(cursor, "col", c.col);
	json_set_int(cursor, "row", c.row);
	json_set_bool(cursor, "visible", c.visible);
	json_set_bool(cursor, "pending_wrap", c.pending_wrap);
	json_set_int(cursor, "shape", c.shape);
	json_set_int(j, "cols", t->cols);
	json_set_int(j, "rows", t->rows);
	json_set(j, "cursor", cursor);
	json_set_text(j, "title", term_title(t));
	json_set_text(j, "cwd", term_cwd(t));
	json_set(j, "modes", modes_json(t));
	json_set_int(j, "scrollback", t->scrollback.count);
	for (int32_t row = 0; row < (int32_t)t->rows; row++)
		json_push(lines, line_json(t, row));
	return json_set(j, "lines", lines);
}
