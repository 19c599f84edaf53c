/* Runs scripts of terminal cases (*.vt) and reports each case as a TAP line.
 *
 * A script is lines of DIRECTIVE and words; `!text` begins a case, `#` a
 * comment.  Text stands in "quotes" with \e \n \r \t \a \b \\ \" \xHH \u{HEX};
 * "text"*N repeats, several texts are joined.  Rows and columns count from 0.
 *
 *   SIZE 20x5+100           columns x rows + scrollback; first line of a case
 *   FEED "text"             bytes from the program
 *   RESIZE 10x5   RESET     as by the caller
 *   ROW n "text"            a row, right-trimmed; n < 0 is scrollback
 *   SCREEN "r0" "r1" ...    all rows from the top, the rest must be blank
 *   CURSOR row,col [wrap] [hidden] [shape=n]
 *   CELL row,col "text" width
 *   STYLE row,col words     all of the style: bold faint italic blink reverse
 *                           conceal strike overline protected fg= bg= ulc= (n,
 *                           #rrggbb) ul=n link="uri"; "STYLE r,c" alone: none
 *   MODE name=n ...         members of struct term_modes
 *   TITLE "text"  CWD "text"  SCROLLBACK n  WRAPPED row 0|1
 *   REPLY "text"            the bytes answered since the last REPLY, all of them
 *   EVENT name "text"       the next event; once a case has one, it must name all
 *   MARK                    remembers term_mark()
 *   CHANGED r r ... | none  rows changed since MARK; none: nothing at all
 *   MEMORY n                term_memory() is at most n
 *
 * Bytes answered and not expected fail a case.  Every case runs three times: as
 * written; with each FEED cut into single bytes; and with a keyframe after each
 * FEED, after which the case goes on with the terminal that was drawn from the
 * keyframe (unless it uses MARK: marks of two terminals have nothing in common). */
#include "term/term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/limits.h"

enum variant { WHOLE, BYTES, KEYFRAME, VARIANT_COUNT };

static const char *const variant_names[] = { "whole", "single bytes", "keyframes" };

struct line {
	unsigned number;
	char *text;
};

struct script {
	const char *name; /* file without directory and .vt */
	struct line *lines;
	size_t count;
};

struct noted {
	enum term_event event;
	char *text;
};

/* One run of one case. */
struct run {
	struct term_config config;
	struct term *term;
	enum variant variant;
	bool swap, muted, has_events;
	struct buf replies;
	struct noted events[256];
	size_t event_count, event_next;
	uint64_t mark;
	struct buf why; /* the first failure; not empty: failed */
	unsigned line;
};

static const char *const event_names[] = {
	[TERM_EV_BELL] = "bell",
	[TERM_EV_TITLE] = "title",
	[TERM_EV_ICON] = "icon",
	[TERM_EV_CWD] = "cwd",
	[TERM_EV_NOTIFY] = "notify",
	[TERM_EV_PROGRESS] = "progress",
	[TERM_EV_CLIPBOARD] = "clipboard",
	[TERM_EV_PROMPT_MARK] = "prompt_mark",
	[TERM_EV_STATUS] = "status",
	[TERM_EV_ALT_SCREEN] = "alt_screen",
	[TERM_EV_RESET] = "reset",
};

_Static_assert(ARRAY_LEN(event_names) == TERM_EV_COUNT, "every event has a name");

static void fail(struct run *r, const char *fmt, ...) PRINTF(2, 3);

static void
fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->why.len)
		return;
	buf_printf(&r->why, "line %u (%s): ", r->line, variant_names[r->variant]);
	va_start(ap, fmt);
	buf_vprintf(&r->why, fmt, ap);
	va_end(ap);
}

static void NORETURN
usage_error(const struct run *r, const char *what)
{
	printf("Bail out! line %u: %s\n", r->line, what);
	exit(2);
}

/* --- The terminal's calls ------------------------------------------------ */

static void
on_reply(struct str bytes, void *ctx)
{
	struct run *r = ctx;

	if (r->muted)
		fail(r, "the keyframe made the terminal answer");
	else
		buf_put(&r->replies, bytes.p, bytes.len);
}

static void
on_event(enum term_event event, struct str text, void *ctx)
{
	struct run *r = ctx;

	if (r->muted || r->event_count == ARRAY_LEN(r->events))
		return;
	r->events[r->event_count++] = (struct noted){
		.event = event,
		.text = xstrndup(text.len ? text.p : "", text.len),
	};
}

static const struct term_ops ops = { .reply = on_reply, .event = on_event };

/* --- Words ----------------------------------------------------------------- */

static void
skip_blanks(char **at)
{
	while (**at == ' ' || **at == '\t')
		(*at)++;
}

/* The next bare word, or NULL; cuts the line. */
static char *
word(char **at)
{
	char *w;

	skip_blanks(at);
	if (!**at || **at == '"')
		return NULL;
	w = *at;
	while (**at && **at != ' ' && **at != '\t')
		(*at)++;
	if (**at)
		*(*at)++ = '\0';
	return w;
}

static long
number(const struct run *r, const char **at)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(*at, &end, 0);
	if (end == *at || errno)
		usage_error(r, "a number is missing");
	*at = end;
	return n;
}

static long
word_number(const struct run *r, char **at)
{
	const char *w = word(at);
	long n;

	if (!w)
		usage_error(r, "a number is missing");
	n = number(r, &w);
	if (*w)
		usage_error(r, "not a number");
	return n;
}

/* "a,b" or "axb". */
static void
pair(const struct run *r, char **at, char sep, long *ret_a, long *ret_b,
    const char **ret_rest)
{
	const char *w = word(at);

	if (!w)
		usage_error(r, "a pair of numbers is missing");
	*ret_a = number(r, &w);
	if (*w++ != sep)
		usage_error(r, "a pair of numbers is missing");
	*ret_b = number(r, &w);
	if (ret_rest)
		*ret_rest = w;
	else if (*w)
		usage_error(r, "something after the numbers");
}

static void
put_escape(const struct run *r, const char **at, struct buf *out)
{
	static const char from[] = "enrtab\\\"", to[] = "\033\n\r\t\a\b\\\"";
	char c = *(*at)++;
	const char *found = c ? strchr(from, c) : NULL;
	char digits[3] = "";

	if (found)
		buf_putc(out, to[found - from]);
	else if (c == 'x' && (*at)[0] && (*at)[1]) {
		digits[0] = (*at)[0], digits[1] = (*at)[1];
		buf_putc(out, (char)strtoul(digits, NULL, 16));
		*at += 2;
	} else if (c == 'u' && **at == '{') {
		char *end;

		buf_put_utf8(out, (uint32_t)strtoul(*at + 1, &end, 16));
		if (*end != '}')
			usage_error(r, "\\u{HEX} is not closed");
		*at = end + 1;
	} else
		usage_error(r, "unknown escape in a text");
}

/* One "text" or "text"*N.  False: no text here. */
static bool
text_one(const struct run *r, char **line, struct buf *out)
{
	cleanup_buf struct buf one = BUF_UNLIMITED;
	const char *at;
	long times = 1;

	skip_blanks(line);
	if (**line != '"')
		return false;
	at = *line + 1;
	while (*at && *at != '"') {
		if (*at == '\\') {
			at++;
			put_escape(r, &at, &one);
		} else
			buf_putc(&one, *at++);
	}
	if (*at++ != '"')
		usage_error(r, "a text is not closed");
	if (*at == '*') {
		at++;
		times = number(r, &at);
	}
	while (times-- > 0)
		buf_put(out, buf_text(&one), one.len);
	*line += at - *line;
	return true;
}

static void
text_all(const struct run *r, char **line, struct buf *out)
{
	while (text_one(r, line, out))
		;
	skip_blanks(line);
	if (**line)
		usage_error(r, "something after the text");
}

static void
same_text(struct run *r, const char *what, struct str got, struct str want)
{
	cleanup_buf struct buf g = BUF_UNLIMITED, w = BUF_UNLIMITED;

	if (str_eq(got, want))
		return;
	buf_put_escaped(&g, got);
	buf_put_escaped(&w, want);
	fail(r, "%s is \"%s\", not \"%s\"", what, buf_text(&g), buf_text(&w));
}

static void
same_number(struct run *r, const char *what, long got, long want)
{
	if (got != want)
		fail(r, "%s is %ld, not %ld", what, got, want);
}

/* --- Acting ---------------------------------------------------------------- */

static void
start(struct run *r)
{
	if (!r->term)
		r->term = term_new(&r->config);
}

static void
do_size(struct run *r, char *at)
{
	const char *rest;
	long cols, rows;

	if (r->term)
		usage_error(r, "SIZE must stand before anything else");
	pair(r, &at, 'x', &cols, &rows, &rest);
	r->config.cols = (uint16_t)cols;
	r->config.rows = (uint16_t)rows;
	if (*rest == '+') {
		rest++;
		r->config.scrollback_rows = (uint32_t)number(r, &rest);
	}
}

/* Draws the terminal anew from its keyframe and compares. */
static void
keyframe(struct run *r)
{
	cleanup_buf struct buf drawing = BUF_UNLIMITED, why = BUF_UNLIMITED,
			       again = BUF_UNLIMITED;
	struct term *fresh;

	term_put_ansi(r->term, TERM_DRAW_KEYFRAME, &drawing);
	r->config.cols = term_cols(r->term);
	r->config.rows = term_rows(r->term);
	fresh = term_new(&r->config);
	r->muted = true;
	term_feed(fresh, buf_text(&drawing), drawing.len);
	r->muted = false;
	term_check(fresh);
	if (!term_equal(r->term, fresh, &why))
		fail(r, "keyframe: %s", buf_text(&why));
	term_put_ansi(fresh, TERM_DRAW_KEYFRAME, &again);
	if (again.len != drawing.len ||
	    memcmp(buf_text(&again), buf_text(&drawing), again.len) != 0)
		fail(r, "the keyframe of the keyframe is another");
	if (r->swap) {
		term_free(r->term);
		r->term = fresh;
	} else
		term_free(fresh);
}

static void
do_feed(struct run *r, char *at)
{
	cleanup_buf struct buf bytes = BUF_UNLIMITED;
	size_t chunk;

	text_all(r, &at, &bytes);
	chunk = r->variant == BYTES ? 1 : bytes.len;
	for (size_t i = 0; i < bytes.len; i += chunk)
		term_feed(r->term, bytes.data + i, chunk);
	term_check(r->term);
	if (r->variant == KEYFRAME)
		keyframe(r);
}

static void
do_resize(struct run *r, char *at)
{
	long cols, rows;

	pair(r, &at, 'x', &cols, &rows, NULL);
	term_resize(r->term, (uint16_t)cols, (uint16_t)rows);
	term_check(r->term);
	if (r->variant == KEYFRAME)
		keyframe(r);
}

static void
do_reset(struct run *r, char *at)
{
	term_reset(r->term);
	term_check(r->term);
}

static void
do_mark(struct run *r, char *at)
{
	r->mark = term_mark(r->term);
}

/* --- Expecting --------------------------------------------------------------- */

static void
check_row(struct run *r, long row, struct str want)
{
	cleanup_buf struct buf got = BUF_UNLIMITED;
	char what[32];

	term_put_row(r->term, (int32_t)row, &got);
	(void)snprintf(what, sizeof(what), "row %ld", row);
	same_text(r, what, buf_str(&got), want);
}

static void
do_row(struct run *r, char *at)
{
	cleanup_buf struct buf want = BUF_UNLIMITED;
	long row = word_number(r, &at);

	text_all(r, &at, &want);
	if (row < -(long)term_scrollback(r->term) || row >= term_rows(r->term))
		fail(r, "there is no row %ld", row);
	else
		check_row(r, row, buf_str(&want));
}

static void
do_screen(struct run *r, char *at)
{
	for (uint16_t row = 0; row < term_rows(r->term); row++) {
		cleanup_buf struct buf want = BUF_UNLIMITED;

		(void)text_one(r, &at, &want);
		check_row(r, row, buf_str(&want));
	}
	skip_blanks(&at);
	if (*at)
		fail(r, "SCREEN names more rows than there are");
}

static void
do_cursor(struct run *r, char *at)
{
	struct term_cursor c = term_cursor(r->term);
	bool wrap = false, hidden = false;
	long row, col, shape = -1;
	const char *w;

	pair(r, &at, ',', &row, &col, NULL);
	while ((w = word(&at))) {
		if (!strcmp(w, "wrap"))
			wrap = true;
		else if (!strcmp(w, "hidden"))
			hidden = true;
		else if (!strncmp(w, "shape=", 6)) {
			w += 6;
			shape = number(r, &w);
		} else
			usage_error(r, "unknown word after CURSOR");
	}
	if (c.row != row || c.col != col)
		fail(r, "cursor is %u,%u, not %ld,%ld", c.row, c.col, row, col);
	same_number(r, "cursor's pending wrap", c.pending_wrap, wrap);
	same_number(r, "cursor hidden", !c.visible, hidden);
	if (shape >= 0)
		same_number(r, "cursor's shape", c.shape, shape);
}

static struct term_cell
cell_at(struct run *r, char **at)
{
	struct term_cell cell;
	long row, col;

	pair(r, at, ',', &row, &col, NULL);
	if (row < -(long)term_scrollback(r->term) || row >= term_rows(r->term) ||
	    col < 0 || col >= term_cols(r->term))
		usage_error(r, "no such cell");
	term_cell(r->term, (int32_t)row, (uint16_t)col, &cell);
	return cell;
}

static void
do_cell(struct run *r, char *at)
{
	cleanup_buf struct buf want = BUF_UNLIMITED;
	struct term_cell cell = cell_at(r, &at);

	(void)text_one(r, &at, &want);
	same_text(r, "the cell", cell.text, buf_str(&want));
	same_number(r, "the cell's width", cell.width, word_number(r, &at));
}

static struct term_colour
colour(const struct run *r, const char *w)
{
	if (*w == '#') {
		unsigned long v = strtoul(w + 1, NULL, 16);

		return (struct term_colour){ TERM_COLOUR_RGB, (uint8_t)(v >> 16),
			(uint8_t)(v >> 8), (uint8_t)v };
	}
	return (struct term_colour){ TERM_COLOUR_INDEXED, (uint8_t)number(r, &w), 0, 0 };
}

static void
put_colour(struct buf *b, const char *name, struct term_colour c)
{
	if (c.kind == TERM_COLOUR_INDEXED)
		buf_printf(b, " %s=%u", name, c.r);
	else if (c.kind == TERM_COLOUR_RGB)
		buf_printf(b, " %s=#%02x%02x%02x", name, c.r, c.g, c.b);
}

static const char *const attr_names[] = { "bold", "faint", "italic", "blink", "reverse",
	"conceal", "strike", "overline", "protected" };

static void
put_style(struct buf *b, const struct term_style *s, struct str link)
{
	for (size_t i = 0; i < ARRAY_LEN(attr_names); i++)
		if (s->attrs & (1u << i))
			buf_printf(b, " %s", attr_names[i]);
	put_colour(b, "fg", s->fg);
	put_colour(b, "bg", s->bg);
	put_colour(b, "ulc", s->underline_colour);
	if (s->underline)
		buf_printf(b, " ul=%u", s->underline);
	if (link.len)
		buf_printf(b, " link=%.*s", STR_ARG(link));
}

static void
style_word(const struct run *r, const char *w, struct term_style *s, struct str *link)
{
	for (size_t i = 0; i < ARRAY_LEN(attr_names); i++)
		if (!strcmp(w, attr_names[i])) {
			s->attrs |= (uint16_t)(1u << i);
			return;
		}
	if (!strncmp(w, "fg=", 3))
		s->fg = colour(r, w + 3);
	else if (!strncmp(w, "bg=", 3))
		s->bg = colour(r, w + 3);
	else if (!strncmp(w, "ulc=", 4))
		s->underline_colour = colour(r, w + 4);
	else if (!strncmp(w, "ul=", 3)) {
		w += 3;
		s->underline = (uint8_t)number(r, &w);
	} else if (!strncmp(w, "link=", 5))
		*link = str_of(w + 5);
	else
		usage_error(r, "unknown word after STYLE");
}

static void
do_style(struct run *r, char *at)
{
	cleanup_buf struct buf got = BUF_UNLIMITED, want = BUF_UNLIMITED;
	struct term_cell cell = cell_at(r, &at);
	struct term_style style = { 0 };
	struct str link = STR_NONE;
	const char *w;

	while ((w = word(&at)))
		style_word(r, w, &style, &link);
	put_style(&want, &style, link);
	put_style(&got, &cell.style,
	    cell.style.link ? term_link(r->term, cell.style.link) : STR_NONE);
	same_text(r, "the style", buf_str(&got), buf_str(&want));
}

static long
mode_value(const struct run *r, const struct term_modes *m, const char *name)
{
	const struct {
		const char *name;
		long value;
	} modes[] = {
		{ "alt_screen", m->alt_screen },
		{ "app_cursor", m->app_cursor },
		{ "app_keypad", m->app_keypad },
		{ "bracketed_paste", m->bracketed_paste },
		{ "focus_events", m->focus_events },
		{ "sync_output", m->sync_output },
		{ "autowrap", m->autowrap },
		{ "origin", m->origin },
		{ "insert", m->insert },
		{ "reverse_screen", m->reverse_screen },
		{ "mouse", m->mouse },
		{ "mouse_enc", m->mouse_enc },
		{ "kitty_flags", m->kitty_flags },
	};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (!strcmp(name, modes[i].name))
			return modes[i].value;
	usage_error(r, "unknown mode");
}

static void
do_mode(struct run *r, char *at)
{
	struct term_modes modes = term_modes(r->term);
	char *name;

	while ((name = word(&at))) {
		char *eq = strchr(name, '=');
		const char *value;

		if (!eq)
			usage_error(r, "MODE wants name=number");
		*eq = '\0';
		value = eq + 1;
		same_number(r, name, mode_value(r, &modes, name), number(r, &value));
	}
}

static void
do_title(struct run *r, char *at)
{
	cleanup_buf struct buf want = BUF_UNLIMITED;

	text_all(r, &at, &want);
	same_text(r, "the title", str_of(term_title(r->term)), buf_str(&want));
}

static void
do_cwd(struct run *r, char *at)
{
	cleanup_buf struct buf want = BUF_UNLIMITED;

	text_all(r, &at, &want);
	same_text(r, "the directory", str_of(term_cwd(r->term)), buf_str(&want));
}

static void
do_scrollback(struct run *r, char *at)
{
	same_number(r, "scrollback", term_scrollback(r->term), word_number(r, &at));
}

static void
do_wrapped(struct run *r, char *at)
{
	long row = word_number(r, &at);

	same_number(
	    r, "wrapped", term_row_wrapped(r->term, (int32_t)row), word_number(r, &at));
}

static void
do_reply(struct run *r, char *at)
{
	cleanup_buf struct buf want = BUF_UNLIMITED;

	text_all(r, &at, &want);
	same_text(r, "the reply", buf_str(&r->replies), buf_str(&want));
	buf_clear(&r->replies);
}

static void
do_event(struct run *r, char *at)
{
	cleanup_buf struct buf want = BUF_UNLIMITED;
	const char *name = word(&at);
	const struct noted *n;

	r->has_events = true;
	text_all(r, &at, &want);
	if (!name)
		usage_error(r, "EVENT wants a name");
	if (r->event_next == r->event_count) {
		fail(r, "no event, expected %s", name);
		return;
	}
	n = &r->events[r->event_next++];
	same_text(r, "the event", str_of(event_names[n->event]), str_of(name));
	same_text(r, "the event's text", str_of(n->text), buf_str(&want));
}

static void
do_changed(struct run *r, char *at)
{
	cleanup_free bool *want = xnew_n(bool, LIMIT_ROWS_MAX);
	const char *w;

	while ((w = word(&at))) {
		if (!strcmp(w, "none")) {
			if (term_mark(r->term) != r->mark)
				fail(r, "the mark has grown without a change");
		} else {
			long row = number(r, &w);

			if (row < 0 || row >= term_rows(r->term))
				usage_error(r, "no such row");
			want[row] = true;
		}
	}
	for (uint16_t row = 0; row < term_rows(r->term); row++)
		if (term_row_changed(r->term, row, r->mark) != want[row])
			fail(r, "row %u %s", row,
			    want[row] ? "has not changed" : "has changed");
}

static void
do_memory(struct run *r, char *at)
{
	long most = word_number(r, &at);

	if (term_memory(r->term) > (size_t)most)
		fail(r, "memory is %zu, more than %ld", term_memory(r->term), most);
}

/* --- Cases ------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*act)(struct run *r, char *at);
} directives[] = {
	{ "SIZE", do_size },
	{ "FEED", do_feed },
	{ "RESIZE", do_resize },
	{ "RESET", do_reset },
	{ "ROW", do_row },
	{ "SCREEN", do_screen },
	{ "CURSOR", do_cursor },
	{ "CELL", do_cell },
	{ "STYLE", do_style },
	{ "MODE", do_mode },
	{ "TITLE", do_title },
	{ "CWD", do_cwd },
	{ "SCROLLBACK", do_scrollback },
	{ "WRAPPED", do_wrapped },
	{ "REPLY", do_reply },
	{ "EVENT", do_event },
	{ "MARK", do_mark },
	{ "CHANGED", do_changed },
	{ "MEMORY", do_memory },
};

static void
run_line(struct run *r, const struct line *l)
{
	cleanup_free char *copy = xstrdup(l->text);
	char *at = copy;
	const char *name = word(&at);

	r->line = l->number;
	if (!name)
		return;
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (!strcmp(name, directives[i].name)) {
			if (directives[i].act != do_size)
				start(r);
			directives[i].act(r, at);
			return;
		}
	usage_error(r, "unknown directive");
}

static bool
keeps_terminal(const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(lines[i].text, "MARK"))
			return true;
	return false;
}

static void
run_case(struct run *r, const struct line *lines, size_t count)
{
	r->swap = !keeps_terminal(lines, count);
	r->config = (struct term_config){
		.cols = 20,
		.rows = 5,
		.ops = &ops,
		.ctx = r,
		.answer_status_probe = true,
		.version = "belay 0.1.0",
	};
	for (size_t i = 0; i < count && !r->why.len; i++)
		run_line(r, &lines[i]);
	if (r->replies.len)
		same_text(r, "the reply nobody expected", buf_str(&r->replies), STR(""));
	if (r->has_events && r->event_next < r->event_count)
		fail(r, "event %s was not expected",
		    event_names[r->events[r->event_next].event]);
}

static bool
case_passes(const char *script, const char *title, unsigned test,
    const struct line *lines, size_t count)
{
	struct buf why = BUF_UNLIMITED;

	for (enum variant v = WHOLE; v < VARIANT_COUNT && !why.len; v++) {
		struct run r = {
			.variant = v, .replies = BUF_UNLIMITED, .why = BUF_UNLIMITED
		};

		run_case(&r, lines, count);
		buf_put(&why, buf_text(&r.why), r.why.len);
		for (size_t i = 0; i < r.event_count; i++)
			free(r.events[i].text);
		term_free(r.term);
		buf_deinit(&r.replies);
		buf_deinit(&r.why);
	}
	printf("%sok %u - %s: %s\n", why.len ? "not " : "", test, script, title);
	if (why.len)
		printf("# %s\n", buf_text(&why));
	(void)fflush(stdout);
	buf_deinit(&why);
	return !why.len;
}

static void
script_read(const char *path, struct script *s)
{
	cleanup_file FILE *f = fopen(path, "re");
	const char *slash = strrchr(path, '/');
	char *text = NULL;
	size_t cap = 0;
	unsigned number = 0;
	ssize_t n;

	if (!f) {
		printf("Bail out! can not read %s: %s\n", path, strerror(errno));
		exit(2);
	}
	*s = (struct script){ .name = slash ? slash + 1 : path };
	while ((n = getline(&text, &cap, f)) >= 0) {
		number++;
		while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
			text[--n] = '\0';
		if (!n || text[0] == '#')
			continue;
		s->lines = xrealloc(s->lines, s->count + 1, sizeof(*s->lines));
		s->lines[s->count++] = (struct line){ number, xstrdup(text) };
	}
	free(text);
}

static size_t
case_end(const struct script *s, size_t at)
{
	while (at < s->count && s->lines[at].text[0] != '!')
		at++;
	return at;
}

int
main(int argc, char **argv)
{
	unsigned tests = 0, failed = 0;

	/* Only a guard against a hang: nothing here takes more than a second. */
	(void)alarm(120);
	for (int i = 1; i < argc; i++) {
		struct script s;

		script_read(argv[i], &s);
		if (case_end(&s, 0) != 0) {
			printf("Bail out! %s does not begin with a case\n", argv[i]);
			return 2;
		}
		for (size_t at = 0; at < s.count;) {
			size_t end = case_end(&s, at + 1);

			failed += !case_passes(s.name, s.lines[at].text + 1, ++tests,
			    s.lines + at + 1, end - at - 1);
			at = end;
		}
		for (size_t k = 0; k < s.count; k++)
			free(s.lines[k].text);
		free(s.lines);
	}
	printf("1..%u\n", tests);
	return failed || !tests ? 1 : 0;
}
