/* What a session shows, and what is typed into it. */
#include "api/call.h"
#include "base/cleanup.h"
#include "core/engine.h"
#include "core/input.h"
#include "core/replay.h"
#include "core/watch.h"

/* --- Looking ----------------------------------------------------------------------- */

static struct json *
pair(const char *one, int64_t a, const char *two, int64_t b)
{
	return json_set_int(json_set_int(json_new_object(), one, a), two, b);
}

static struct json *
screen_text(const struct term *t, const char *format, int64_t above)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;
	int64_t kept = term_scrollback(t);

	if (!strcmp(format, "json"))
		return term_json(t);
	if (!strcmp(format, "ansi"))
		term_put_ansi(t, 0, &b);
	else if (!strcmp(format, "svg"))
		term_put_svg(t, &b);
	else
		term_put_text(
		    t, -(int32_t)(above < kept ? above : kept), term_rows(t) - 1, &b);
	return json_new_string(buf_str(&b));
}

static struct json *
screen_json(struct session *s, const struct term *t, const char *format, int64_t above)
{
	struct json *o = json_new_object();
	struct term_cursor cursor = term_cursor(t);

	json_set_text(o, "id", s->id_text);
	json_set_int(o, "generation", s->generation);
	json_set_int(o, "position", (int64_t)s->position);
	json_set(o, "size", pair("cols", term_cols(t), "rows", term_rows(t)));
	json_set(o, "cursor",
	    json_set_bool(
		pair("row", cursor.row, "col", cursor.col), "visible", cursor.visible));
	json_set_text(o, "title", *term_title(t) ? term_title(t) : NULL);
	json_set_bool(o, "alternate", term_modes(t).alt_screen);
	json_set_bool(o, "complete", !s->incomplete);
	json_set_text(o, "format", format);
	json_set(o, "content", screen_text(t, format, above));
	return o;
}

static int
screen(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	const char *format = json_get_text(call->args, "format");
	int64_t above = json_get_int(call->args, "scrollback", 0);
	const struct term *t;
	struct term *blank = NULL;
	struct json *o;

	t = engine_borrow(s);
	if (!t) {
		/* Nothing was written yet: an empty screen, not an error. */
		const struct term_config config = { .cols = s->cols, .rows = s->rows };

		t = blank = term_new(&config);
	}
	o = screen_json(s, t, format ? format : "text", above);
	(void)term_free(blank);
	engine_return(s);
	return api_result(call, o);
}

static bool
blank_row(const struct term *t, int32_t row, struct buf *scratch)
{
	buf_clear(scratch);
	term_put_row(t, row, scratch);
	return !scratch->len;
}

/* The last `want` lines, oldest first: rows that were wrapped are joined. */
static struct json *
last_lines(const struct term *t, int64_t want)
{
	struct json *lines = json_new_array();
	cleanup_buf struct buf b = BUF_UNLIMITED;
	int32_t first = -(int32_t)term_scrollback(t), last = term_rows(t) - 1, from;
	int64_t n = 0;

	while (last >= first && blank_row(t, last, &b))
		last--;
	from = last + 1;
	while (from > first && n < want) {
		from--;
		if (from == first || !term_row_wrapped(t, from - 1))
			n++;
	}
	buf_clear(&b);
	for (int32_t row = from; row <= last; row++) {
		term_put_row(t, row, &b);
		if (row < last && term_row_wrapped(t, row))
			continue;
		json_push(lines, json_new_string(buf_str(&b)));
		buf_clear(&b);
	}
	return lines;
}

static int
tail(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	int64_t want = json_get_int(call->args, "lines", 20),
		raw = json_get_int(call->args, "raw", 0);
	struct json *o, *lines = NULL, *bytes = NULL;

	if (raw) {
		cleanup_buf struct buf text = BUF_UNLIMITED;
		int r = replay_raw(s, (uint64_t)raw, &text);

		if (r < 0)
			return problem_set(p, OUTCOME_INTERNAL, "raw",
			    "the output of session %s can not be read: %s", s->name,
			    strerror(-r));
		bytes = json_new_string(buf_str(&text));
	} else {
		const struct term *t = engine_borrow(s);

		lines = t ? last_lines(t, want) : json_new_array();
		engine_return(s);
	}
	o = json_new_object();
	json_set_text(o, "id", s->id_text);
	json_set_int(o, "generation", s->generation);
	json_set_int(o, "position", (int64_t)s->position);
	json_set(o, "lines", lines);
	json_set(o, "raw", bytes);
	return api_result(call, o);
}

/* --- Typing ------------------------------------------------------------------------- */

static void
on_sent(struct session *s, const struct input_result *result, const struct problem *p,
    void *ctx)
{
	struct json *o;

	if (p) {
		api_reply_problem(ctx, p);
		return;
	}
	o = json_new_object();
	json_set_text(o, "id", s->id_text);
	json_set_int(o, "generation", s->generation);
	json_set_text(o, "stage", result->submitted ? "submitted" : "typed");
	json_set_int(o, "bytes", (int64_t)result->bytes);
	json_set_bool(o, "bracketed", result->bracketed);
	json_set_bool(o, "duplicate", result->duplicate);
	api_reply_result(ctx, o);
}

static int
send(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	static const char *const when[] = { "auto", "always", "never" };
	const struct json *args = call->args;
	const char *paste = json_get_text(args, "paste");
	struct str text = json_str(json_get(args, "text"));
	enum input_paste mode = INPUT_PASTE_AUTO;
	bool enter = json_get_bool(args, "enter", true);
	struct reply *reply;

	for (unsigned i = 0; paste && i < ARRAY_LEN(when); i++)
		if (!strcmp(paste, when[i]))
			mode = (enum input_paste)i;
	if (!text.len && !enter)
		return problem_set(p, OUTCOME_BAD_REQUEST, "text",
		    "text is empty and enter is false: nothing to do");
	reply = api_reply_new(a, call);
	return api_promised(reply, input_send(s, text, mode, enter,
				       json_get_text(args, "key"), on_sent, reply, p));
}

static void
on_pressed(struct session *s, const struct input_result *result, const struct problem *p,
    void *ctx)
{
	struct json *o;

	if (p) {
		api_reply_problem(ctx, p);
		return;
	}
	o = json_new_object();
	json_set_text(o, "id", s->id_text);
	json_set_int(o, "generation", s->generation);
	json_set_int(o, "bytes", (int64_t)result->bytes);
	api_reply_result(ctx, o);
}

static int
keys(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(reply,
	    input_keys(s, json_get(call->args, "keys"),
		json_get_bool(call->args, "literal", false), on_pressed, reply, p));
}

static void
on_interrupted(struct session *s, const struct input_result *result,
    const struct problem *p, void *ctx)
{
	(void)result;
	api_reply_session(s, p, ctx);
}

static int
interrupt(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	struct reply *reply;

	reply = api_reply_new(a, call);
	return api_promised(reply, input_interrupt(s, on_interrupted, reply, p));
}

/* --- Size -----------------------------------------------------------------------------
 */

/* Answered when the host says that it has the new size. */
struct resizing {
	struct watch watch;
	struct reply *reply;
	uint16_t cols, rows;
};

static void
on_resized(struct watch *w, struct session *s)
{
	struct resizing *z = container_of(w, struct resizing, watch);

	if (!s->removed && session_alive(s) && (s->cols != z->cols || s->rows != z->rows))
		return;
	watch_stop(w);
	api_reply_result(z->reply, session_json(s));
	free(z);
}

static int
resize(struct api *a, struct api_call *call, struct session *s, struct problem *p)
{
	const struct json *size = json_get(call->args, "size");
	int64_t cols = json_get_int(size, "cols", 0),
		rows = json_get_int(size, "rows", 0);
	struct resizing *z;

	int r = input_resize(s, (uint16_t)cols, (uint16_t)rows, p);
	if (r)
		return r;
	if (s->cols == cols && s->rows == rows)
		return api_result(call, session_json(s));
	z = xnew(struct resizing);
	z->watch.fn = on_resized;
	z->cols = (uint16_t)cols;
	z->rows = (uint16_t)rows;
	z->reply = api_reply_new(a, call);
	watch_start(s, &z->watch);
	return 0;
}

const struct api_route api_session_io[] = {
	{ "session.screen", screen },
	{ "session.tail", tail },
	{ "session.send", send },
	{ "session.keys", keys },
	{ "session.interrupt", interrupt },
	{ "session.resize", resize },
	{ NULL, NULL },
};
