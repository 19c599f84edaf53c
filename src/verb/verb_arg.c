/* Text becomes JSON by one reader a type; a reader says only yes or no, the
 * sentence is made from what the row expects.  Whatever was read is checked
 * like a value that came as JSON, so that both ways refuse the same things. */
#include "verb/verb.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"

/* --- What is expected, in words ------------------------------------------------ */

struct unit {
	int64_t factor;
	const char *name;
};

static void
put_with_unit(struct buf *b, int64_t v, const struct unit *units)
{
	while (units->factor > 1 && v % units->factor)
		units++;
	buf_printf(b, "%lld%s", (long long)(v / units->factor), v ? units->name : "");
}

static void
put_amount(struct buf *b, enum verb_type type, int64_t v)
{
	static const struct unit times[] = { { 86400000, "d" }, { 3600000, "h" },
		{ 60000, "m" }, { 1000, "s" }, { 1, "ms" } };
	static const struct unit sizes[] = { { 1 << 30, "G" }, { 1 << 20, "M" },
		{ 1 << 10, "K" }, { 1, "" } };
	static const struct unit plain[] = { { 1, "" } };

	put_with_unit(b, v,
	    type == VT_DURATION ? times
	    : type == VT_BYTES  ? sizes
				: plain);
}

static void
put_range(struct buf *b, const struct verb_arg *a)
{
	if (a->max == INT64_MAX) {
		buf_puts(b, " from ");
		put_amount(b, a->type, a->min);
		buf_puts(b, " up");
	} else if (a->max) {
		buf_puts(b, " between ");
		put_amount(b, a->type, a->min);
		buf_puts(b, " and ");
		put_amount(b, a->type, a->max);
	}
}

static void
put_choices(struct buf *b, const char *choices)
{
	struct str rest = str_of(choices);

	while (rest.len) {
		struct str one = str_cut(&rest, '|');
		bool last = !rest.len;

		buf_put(b, one.p, one.len);
		if (str_ends(one, STR("=")))
			buf_puts(b, "STRING");
		if (!last)
			buf_puts(b, str_find(rest, STR("|")) < 0 ? " or " : ", ");
	}
}

void
verb_arg_expects(struct buf *b, const struct verb_arg *a)
{
	switch (a->type) {
	case VT_TEXT:
	case VT_SESSION:
		buf_puts(b, a->flags & VA_NOT_EMPTY || a->type == VT_SESSION
				? "a text that is not empty"
				: "a text");
		break;
	case VT_NAME:
		buf_printf(b,
		    "letters, digits, '.', '_' or '-', beginning with a letter or digit, "
		    "at most %u bytes",
		    LIMIT_NAME_BYTES);
		break;
	case VT_INT:
		buf_puts(b, "an integer");
		put_range(b, a);
		break;
	case VT_BOOL:
		buf_puts(b, "true or false");
		break;
	case VT_SIZE:
		buf_printf(b, "COLUMNSxROWS between %ux%u and %ux%u", LIMIT_COLS_MIN,
		    LIMIT_ROWS_MIN, LIMIT_COLS_MAX, LIMIT_ROWS_MAX);
		break;
	case VT_DURATION:
		buf_puts(b, "a duration (30, 500ms, 2m)");
		put_range(b, a);
		break;
	case VT_BYTES:
		buf_puts(b, "a number of bytes (4096, 64K, 1M)");
		put_range(b, a);
		break;
	case VT_ENUM:
		put_choices(b, a->choices);
		break;
	case VT_TEXTS:
		buf_puts(b, "an array of strings");
		break;
	case VT_MAP:
		buf_puts(b, "an object of strings");
		break;
	case VT_TIME:
		buf_puts(b, "an RFC 3339 time");
		break;
	case VT_OBJECT:
		buf_puts(b, "an object");
		break;
	case VT_OBJECTS:
		buf_puts(b, "an array of objects");
		break;
	case VT_ANY:
	case VT_COUNT:
		buf_puts(b, "a value");
		break;
	}
}

/* --- Readers -------------------------------------------------------------------- */

/* NULL: the text is not one of these.  Ranges are not looked at here. */
static struct json *
read_text(const struct verb_arg *a, struct str text)
{
	return json_new_string(text);
}

static struct json *
read_int(const struct verb_arg *a, struct str text)
{
	int64_t v;

	return str_to_i64(text, &v) ? json_new_int(v) : NULL;
}

static struct json *
read_bool(const struct verb_arg *a, struct str text)
{
	bool yes = str_eqz(text, "true") || str_eqz(text, "1");

	return yes || str_eqz(text, "false") || str_eqz(text, "0") ? json_new_bool(yes)
								   : NULL;
}

static struct json *
read_size(const struct verb_arg *a, struct str text)
{
	struct json *size;
	struct str rest = text, cols = str_cut(&rest, 'x');
	uint64_t c, r;

	if (!str_to_u64(cols, &c) || !str_to_u64(rest, &r) || c > INT32_MAX ||
	    r > INT32_MAX)
		return NULL;
	size = json_new_object();
	json_set_int(size, "cols", (int64_t)c);
	return json_set(size, "rows", json_new_int((int64_t)r));
}

static struct json *
read_amount(const struct verb_arg *a, struct str text)
{
	uint64_t v;
	bool ok = a->type == VT_DURATION ? str_to_ms(text, &v) : str_to_bytes(text, &v);

	return ok && v <= INT64_MAX ? json_new_int((int64_t)v) : NULL;
}

static struct json *
read_texts(const struct verb_arg *a, struct str text)
{
	struct json *array = json_new_array();

	json_push(array, json_new_string(text));
	return array;
}

static struct json *
read_map(const struct verb_arg *a, struct str text)
{
	cleanup_free char *key = NULL;
	struct str rest = text, word = str_cut(&rest, '=');

	if (!word.len || (a->flags & VA_PAIR && word.len == text.len))
		return NULL;
	key = xstrndup(word.p, word.len);
	return json_set(json_new_object(), key, json_new_string(rest));
}

typedef struct json *(*reader_fn)(const struct verb_arg *a, struct str text);

/* Results only (no reader): they never come as text. */
static const reader_fn readers[VT_COUNT] = {
	[VT_TEXT] = read_text,
	[VT_NAME] = read_text,
	[VT_SESSION] = read_text,
	[VT_INT] = read_int,
	[VT_BOOL] = read_bool,
	[VT_SIZE] = read_size,
	[VT_DURATION] = read_amount,
	[VT_BYTES] = read_amount,
	[VT_ENUM] = read_text,
	[VT_TEXTS] = read_texts,
	[VT_MAP] = read_map,
};

static int
refuse(const struct verb_arg *a, struct str text, struct problem *p)
{
	cleanup_buf struct buf want = BUF(512);
	cleanup_buf struct buf got = BUF(512);

	if (a->type ==
	    VT_MAP) /* its text may be a secret, and JSON is not what was typed */
		return problem_set(p, OUTCOME_BAD_REQUEST, a->name, "%s: expected %s",
		    a->name, a->flags & VA_PAIR ? "KEY=VALUE" : "KEY or KEY=VALUE");
	verb_arg_expects(&want, a);
	buf_put_json(&got, str_make(text.p, text.len > 60 ? 60 : text.len));
	return problem_set(p, OUTCOME_BAD_REQUEST, a->name, "%s: expected %s, got %s%s",
	    a->name, buf_text(&want), buf_text(&got), text.len > 60 ? "…" : "");
}

int
verb_arg_parse(
    const struct verb_arg *a, struct str text, struct json **ret, struct problem *p)
{
	cleanup_json struct json *value = NULL;
	int r;

	if (!str_is_utf8(text))
		return problem_set(
		    p, OUTCOME_BAD_REQUEST, a->name, "%s: is not UTF-8", a->name);
	if (text.len && memchr(text.p, 0, text.len))
		return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
		    "%s: contains a NUL character", a->name);
	value = readers[a->type] ? readers[a->type](a, text) : NULL;
	if (!value)
		return refuse(a, text, p);
	r = verb_check_value(a, value, p);
	if (r)
		return r;
	*ret = TAKE_PTR(value);
	return 0;
}

/* --- Gathering into a request ----------------------------------------------------- */

static int
put_member(const char *key, struct json *value, void *ctx)
{
	json_set(ctx, key, json_ref(value));
	return 0;
}

int
verb_args_add(const struct verb *v, struct json *args, const char *name, struct str text,
    struct problem *p)
{
	cleanup_json struct json *value = NULL;
	const struct verb_arg *a = verb_arg(v, name);
	struct json *old = json_get(args, name);
	int r;

	if (!a)
		return verb_check_unknown(v, name, p);
	r = verb_arg_parse(a, text, &value, p);
	if (r)
		return r;
	if (old && a->type != VT_TEXTS && a->type != VT_MAP)
		return problem_set(p, OUTCOME_BAD_REQUEST, name, "%s: given twice", name);
	if (!old)
		json_set(args, name, TAKE_PTR(value));
	else if (a->type == VT_TEXTS)
		json_push(old, json_ref(json_at(value, 0)));
	else
		(void)json_each(value, put_member, old);
	return 0;
}

void
verb_args_fill(const struct verb *v, struct json *args)
{
	for (const struct verb_arg *a = v->args; a->name; a++) {
		struct json *value;
		struct problem p;

		if (!a->initial || a->flags & VA_CLIENT || json_get(args, a->name) ||
		    verb_arg_parse(a, str_of(a->initial), &value, &p))
			continue;
		json_set(args, a->name, value);
	}
}
