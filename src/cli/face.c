/* face.c: the state of a session is two words (lifecycle and activity); rows of
 * a table turn them into one symbol and one word. */
#include "cli/face.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "term/term.h"

/* --- The terminal -------------------------------------------------------------- */

static bool
locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "utf8");
	}
	return false;
}

static unsigned
width_of(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	int64_t n;

	if (columns && str_to_i64(str_of(columns), &n) && n > 0 && n <= 10000)
		return (unsigned)n;
	if (ioctl(fd, TIOCGWINSZ, &ws) == 0)
		return ws.ws_col;
	return 0;
}

struct face
face_of(int fd)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	bool tty = isatty(fd);

	return (struct face){
		.colour = tty && !(no_colour && *no_colour) &&
			  !(term && strcmp(term, "dumb") == 0),
		.utf8 = locale_is_utf8(),
		.width = width_of(fd),
	};
}

void
face_put(const struct face *f, enum colour c, struct str text, struct buf *out)
{
	static const char *const codes[COLOUR_COUNT] = { "", "32", "33", "31", "34", "90",
		"1" };

	if (!f->colour || c == COLOUR_NONE) {
		buf_put(out, text.p, text.len);
		return;
	}
	buf_printf(out, "\033[%sm", codes[c]);
	buf_put(out, text.p, text.len);
	buf_puts(out, "\033[0m");
}

/* --- Text -------------------------------------------------------------------------- */

void
face_put_text(struct str text, struct buf *out)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && !strchr("\t\n\v\f\r\\", text.p[i]))
			continue;
		if (i > start)
			buf_put_escaped(out, str_make(text.p + start, i - start));
		if (i < text.len)
			buf_putc(out, text.p[i] == '\\' ? '\\' : ' ');
		start = i + 1;
	}
}

/* One code point of printable UTF-8; bytes that are none count as one each. */
static size_t
next_point(struct str text, size_t at, uint32_t *ret)
{
	uint8_t c = (uint8_t)text.p[at];
	size_t len = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t cp = len == 1 ? c : c & (0x7fu >> len);

	if (at + len > text.len) {
		*ret = 0xfffd;
		return text.len - at;
	}
	for (size_t i = 1; i < len; i++)
		cp = cp << 6 | ((uint8_t)text.p[at + i] & 0x3fu);
	*ret = cp;
	return len;
}

static unsigned
point_columns(uint32_t cp)
{
	int width = cp < 0x7f ? 1 : term_width(cp);

	return width > 0 ? (unsigned)width : 0;
}

unsigned
face_columns(struct str text)
{
	unsigned columns = 0;
	uint32_t cp;

	for (size_t at = 0; at < text.len; columns += point_columns(cp))
		at += next_point(text, at, &cp);
	return columns;
}

void
face_put_cut(const struct face *f, struct str text, unsigned columns, struct buf *out)
{
	struct str dots = f->utf8 ? STR("…") : STR("..");
	unsigned tail = f->utf8 ? 1 : 2, used = 0;
	uint32_t cp;

	if (face_columns(text) <= columns) {
		buf_put(out, text.p, text.len);
		return;
	}
	if (columns < tail)
		return;
	for (size_t at = 0, len; at < text.len; at += len) {
		len = next_point(text, at, &cp);
		used += point_columns(cp);
		if (used > columns - tail)
			break;
		buf_put(out, text.p + at, len);
	}
	buf_put(out, dots.p, dots.len);
}

/* --- States ---------------------------------------------------------------------------
 */

enum symbol {
	SYM_BUSY,
	SYM_WAITS,
	SYM_IDLE,
	SYM_BAD,
	SYM_STARTS,
	SYM_ENDED,
	SYM_UNKNOWN,
	SYM_COUNT
};

/* clang-format off */
static const struct {
	const char *utf8, *ascii;
	enum colour colour;
} symbols[SYM_COUNT] = {
	[SYM_BUSY]    = { "●", "*", COLOUR_GREEN },
	[SYM_WAITS]   = { "◐", "~", COLOUR_YELLOW },
	[SYM_IDLE]    = { "○", "o", COLOUR_GREY },
	[SYM_BAD]     = { "✕", "x", COLOUR_RED },
	[SYM_STARTS]  = { "⟳", "+", COLOUR_BLUE },
	[SYM_ENDED]   = { "◼", "#", COLOUR_GREY },
	[SYM_UNKNOWN] = { "?", "?", COLOUR_NONE },
};

/* First row that fits; NULL fits everything, a NULL word shows the lifecycle. */
static const struct state_row {
	const char *lifecycle, *activity, *cause;
	enum symbol symbol;
	const char *word;
} state_rows[] = {
	{ "provisioning", NULL, NULL,          SYM_STARTS,  "starting" },
	{ "running", "starting",   NULL,       SYM_STARTS,  "starting" },
	{ "running", "idle",       NULL,       SYM_IDLE,    "idle" },
	{ "running", "thinking",   NULL,       SYM_BUSY,    "thinking" },
	{ "running", "responding", NULL,       SYM_BUSY,    "responding" },
	{ "running", "tool",       NULL,       SYM_BUSY,    "tool" },
	{ "running", "blocked",    NULL,       SYM_WAITS,   "blocked" },
	{ "running", "menu",       NULL,       SYM_WAITS,   "menu" },
	{ "running", "error",      NULL,       SYM_BAD,     "error" },
	{ "running", "exited",     NULL,       SYM_ENDED,   "exited" },
	{ "running", NULL,         NULL,       SYM_UNKNOWN, "running" },
	{ "archived", NULL,        NULL,       SYM_ENDED,   "archived" },
	{ NULL,      NULL, "deliberate",       SYM_ENDED,   "stopped" },
	{ NULL,      NULL, "exited",           SYM_ENDED,   "exited" },
	{ NULL,      NULL, "crashed",          SYM_BAD,     "crashed" },
	{ NULL,      NULL, "lost",             SYM_UNKNOWN, "lost" },
	{ NULL,      NULL, "host_died",        SYM_BAD,     "host died" },
	{ "failed",  NULL, NULL,               SYM_BAD,     "failed" },
	{ "stopped", NULL, NULL,               SYM_ENDED,   "stopped" },
	{ NULL,      NULL, NULL,               SYM_UNKNOWN, NULL },
};

/* clang-format on */

static bool
fits(const char *row, const char *text)
{
	return !row || (text && strcmp(row, text) == 0);
}

enum colour
face_put_state(const struct face *f, const struct json *session, struct buf *out)
{
	const char *lifecycle = json_get_text(session, "lifecycle");
	const char *activity = json_get_text(session, "activity");
	const char *cause = json_get_text(session, "stop_cause");
	const struct json *status = json_get(session, "exit_status");
	const char *signal = json_get_text(session, "exit_signal");
	const struct state_row *row = state_rows;

	while (!(fits(row->lifecycle, lifecycle) && fits(row->activity, activity) &&
		 fits(row->cause, cause)))
		row++;
	buf_printf(
	    out, "%s ", f->utf8 ? symbols[row->symbol].utf8 : symbols[row->symbol].ascii);
	face_put_text(str_of(row->word   ? row->word
			     : lifecycle ? lifecycle
					 : "unknown"),
	    out);
	if (row->cause && status)
		buf_printf(out, " %lld", (long long)json_as_int(status, 0));
	else if (row->cause && signal) {
		buf_putc(out, ' ');
		face_put_text(str_of(signal), out);
	}
	return symbols[row->symbol].colour;
}

void
face_put_age(const char *then, wall_t now, struct buf *out)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 0, 's' } };

	wall_t t;
	int64_t s;

	if (!then || !wall_parse(str_of(then), &t)) {
		buf_putc(out, '-');
		return;
	}
	s = now.ms > t.ms ? (now.ms - t.ms) / 1000 : 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (s < units[i].seconds)
			continue;
		buf_printf(out, "%lld%c",
		    (long long)(units[i].seconds ? s / units[i].seconds : s),
		    units[i].unit);
		return;
	}
}
