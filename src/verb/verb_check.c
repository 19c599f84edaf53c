/* One checker a type, used for requests and results alike: a result's field is
 * looked at as an argument without limits.  The first thing that is wrong is
 * reported, by the path to it ("labels.team", "command[3]"). */
#include "verb/verb.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "base/limits.h"

static const char *
with_article(enum json_kind kind)
{
	static const char *const names[JSON_KIND_COUNT] = { "null", "a boolean",
		"an integer", "a number", "a string", "an array", "an object" };

	return names[kind];
}

static int
refuse_kind(
    const char *path, const char *expected, const struct json *got, struct problem *p)
{
	return problem_set(p, OUTCOME_BAD_REQUEST, path, "%s: expected %s, got %s", path,
	    expected, with_article(json_kind(got)));
}

/* Not what the row expects: says so with the value, or with its kind when the
 * kind is wrong, or without it when it is a secret. */
static int
refuse_value(const struct verb_arg *a, const char *got, struct problem *p)
{
	cleanup_buf struct buf want = BUF(512);

	verb_arg_expects(&want, a);
	if (a->flags & VA_SECRET)
		return problem_set(p, OUTCOME_BAD_REQUEST, a->name, "%s: expected %s",
		    a->name, buf_text(&want));
	return problem_set(p, OUTCOME_BAD_REQUEST, a->name, "%s: expected %s, got %s",
	    a->name, buf_text(&want), got);
}

static int
refuse_text(const struct verb_arg *a, struct str got, struct problem *p)
{
	cleanup_buf struct buf b = BUF(1024);
	size_t cut = got.len > 60 ? 60 : got.len;

	while (cut < got.len && cut > 56 && ((unsigned char)got.p[cut] & 0xc0) == 0x80)
		cut--;
	buf_put_json(&b, str_make(got.p, cut));
	if (cut < got.len)
		buf_puts(&b, "…");
	return refuse_value(a, buf_text(&b), p);
}

/* What holds for every string, whole value or part of one. */
static int
check_string(const struct verb_arg *a, const char *path, const struct json *value,
    struct problem *p)
{
	struct str s = json_str(value);

	if (json_kind(value) != JSON_STRING)
		return refuse_kind(path, "a string", value, p);
	if (s.len && memchr(s.p, 0, s.len))
		return problem_set(
		    p, OUTCOME_BAD_REQUEST, path, "%s: contains a NUL character", path);
	if (a->max && s.len > (uint64_t)a->max)
		return problem_set(p, OUTCOME_BAD_REQUEST, path,
		    "%s: expected at most %lld bytes, got %zu", path, (long long)a->max,
		    s.len);
	if (a->flags & VA_NOT_EMPTY && !s.len)
		return problem_set(p, OUTCOME_BAD_REQUEST, path,
		    "%s: expected a text that is not empty", path);
	return 0;
}

static int
check_text(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	return check_string(a, a->name, value, p);
}

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int
check_name(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	struct str s = json_str(value);
	bool ok = s.len && s.len <= LIMIT_NAME_BYTES && is_word_char(s.p[0]);

	if (json_kind(value) != JSON_STRING)
		return refuse_kind(a->name, "a string", value, p);
	for (size_t i = 1; ok && i < s.len; i++)
		ok = is_word_char(s.p[i]) || s.p[i] == '.' || s.p[i] == '_' ||
		     s.p[i] == '-';
	return ok ? 0 : refuse_text(a, s, p);
}

static int
check_session(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	struct verb_arg text = { .name = a->name, .flags = VA_NOT_EMPTY, .max = 255 };

	return check_string(&text, a->name, value, p);
}

static int
check_int(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	cleanup_buf struct buf got = BUF(64);
	int64_t v = json_as_int(value, 0);

	if (json_kind(value) != JSON_INT)
		return refuse_kind(a->name, "an integer", value, p);
	if (!a->max || (v >= a->min && v <= a->max))
		return 0;
	buf_printf(&got, a->type == VT_DURATION ? "%lldms" : "%lld", (long long)v);
	return refuse_value(a, buf_text(&got), p);
}

static int
check_bool(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	return json_kind(value) == JSON_BOOL
		   ? 0
		   : refuse_kind(a->name, "a boolean", value, p);
}

static int
check_size(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	const struct json *cols = json_get(value, "cols"),
			  *rows = json_get(value, "rows");
	cleanup_buf struct buf got = BUF(64);
	int64_t c = json_as_int(cols, 0), r = json_as_int(rows, 0);

	if (json_kind(value) != JSON_OBJECT)
		return refuse_kind(a->name, "an object with cols and rows", value, p);
	if (json_count(value) != 2 || json_kind(cols) != JSON_INT ||
	    json_kind(rows) != JSON_INT)
		return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
		    "%s: expected an object with just the integers cols and rows",
		    a->name);
	if (c >= LIMIT_COLS_MIN && c <= LIMIT_COLS_MAX && r >= LIMIT_ROWS_MIN &&
	    r <= LIMIT_ROWS_MAX)
		return 0;
	buf_printf(&got, "\"%lldx%lld\"", (long long)c, (long long)r);
	return refuse_value(a, buf_text(&got), p);
}

static bool
is_choice(const char *choices, struct str s)
{
	struct str rest = str_of(choices);

	while (rest.len) {
		struct str one = str_cut(&rest, '|');

		if (str_ends(one, STR("=")) ? str_starts(s, one) && s.len > one.len
					    : str_eq(s, one))
			return true;
	}
	return false;
}

static int
check_enum(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	if (json_kind(value) != JSON_STRING)
		return refuse_kind(a->name, "a string", value, p);
	if (memchr(json_text(value), 0, json_str(value).len))
		return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
		    "%s: contains a NUL character", a->name);
	return is_choice(a->choices, json_str(value))
		   ? 0
		   : refuse_text(a, json_str(value), p);
}

static int
check_count(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	if (!a->most || json_count(value) <= a->most)
		return 0;
	return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
	    "%s: expected at most %u, got %zu", a->name, a->most, json_count(value));
}

static int
check_texts(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	int r;

	if (json_kind(value) != JSON_ARRAY)
		return refuse_kind(a->name, "an array of strings", value, p);
	r = check_count(a, value, p);
	for (size_t i = 0; !r && i < json_count(value); i++) {
		cleanup_buf struct buf path = BUF(128);

		buf_printf(&path, "%s[%zu]", a->name, i);
		r = check_string(a, buf_text(&path), json_at(value, i), p);
	}
	return r;
}

struct member {
	const struct verb_arg *arg;
	struct problem *p;
};

static int
check_member(const char *key, struct json *value, void *ctx)
{
	const struct member *m = ctx;
	cleanup_buf struct buf path = BUF(1024);
	const struct verb_arg *a = m->arg;
	size_t len = strlen(key);
	int r;

	if (!len || len != strcspn(key, "=\n\r\t") || len > 255)
		return problem_set(m->p, OUTCOME_BAD_REQUEST, a->name,
		    "%s: a key is empty, too long, or has a = or control character in it",
		    a->name);
	buf_printf(&path, "%s.", a->name);
	buf_put_escaped(&path, str_of(key));
	r = check_string(a, buf_text(&path), value, m->p);
	if (!r && a->max && len + 1 + json_str(value).len > (uint64_t)a->max)
		r = problem_set(m->p, OUTCOME_BAD_REQUEST, buf_text(&path),
		    "%s: expected at most %lld bytes with its value, got %zu",
		    buf_text(&path), (long long)a->max, len + 1 + json_str(value).len);
	return r;
}

static int
check_map(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	struct member m = { .arg = a, .p = p };
	int r;

	if (json_kind(value) != JSON_OBJECT)
		return refuse_kind(a->name, "an object of strings", value, p);
	r = check_count(a, value, p);
	return r ? r : json_each(value, check_member, &m);
}

static int
check_time(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	wall_t t;

	if (json_kind(value) == JSON_STRING && wall_parse(json_str(value), &t))
		return 0;
	return refuse_kind(a->name, "an RFC 3339 time", value, p);
}

typedef int (*checker_fn)(
    const struct verb_arg *a, const struct json *value, struct problem *p);

/* Objects are walked by check_object(); VT_ANY is anything. */
static const checker_fn checkers[VT_COUNT] = {
	[VT_TEXT] = check_text,
	[VT_NAME] = check_name,
	[VT_SESSION] = check_session,
	[VT_INT] = check_int,
	[VT_BOOL] = check_bool,
	[VT_SIZE] = check_size,
	[VT_DURATION] = check_int,
	[VT_BYTES] = check_int,
	[VT_ENUM] = check_enum,
	[VT_TEXTS] = check_texts,
	[VT_MAP] = check_map,
	[VT_TIME] = check_time,
};

int
verb_check_value(const struct verb_arg *a, const struct json *value, struct problem *p)
{
	return checkers[a->type] ? checkers[a->type](a, value, p) : 0;
}

/* --- Requests -------------------------------------------------------------------- */

int
verb_check_unknown(const struct verb *v, const char *key, struct problem *p)
{
	cleanup_buf struct buf b = BUF(480);
	bool any = false;

	buf_puts(&b, "unknown key \"");
	buf_put_escaped(&b, str_make(key, strnlen(key, 40)));
	buf_printf(&b, "\"; %s knows ", v->name);
	for (const struct verb_arg *a = v->args; a->name; a++) {
		if (a->flags & VA_CLIENT)
			continue;
		buf_printf(&b, "%s%s", any ? ", " : "", a->name);
		any = true;
	}
	if (!any)
		buf_puts(&b, "no arguments");
	return problem_set(p, OUTCOME_BAD_REQUEST, key, "%s", buf_text(&b));
}

struct request {
	const struct verb *verb;
	struct problem *p;
};

static int
check_known(const char *key, struct json *value, void *ctx)
{
	const struct request *req = ctx;
	const struct verb_arg *a = verb_arg(req->verb, key);

	if (!a || a->flags & VA_CLIENT)
		return verb_check_unknown(req->verb, key, req->p);
	return value ? verb_check_value(a, value, req->p) : 0;
}

int
verb_check_args(const struct verb *v, const struct json *args, struct problem *p)
{
	struct request req = { .verb = v, .p = p };
	int r;

	if (json_kind(args) != JSON_OBJECT)
		return problem_set(p, OUTCOME_BAD_REQUEST, "",
		    "expected an object with the arguments of %s, got %s", v->name,
		    with_article(json_kind(args)));
	r = json_each(args, check_known, &req);
	if (r)
		return r;
	for (const struct verb_arg *a = v->args; a->name; a++)
		if (a->flags & VA_REQUIRED && !(a->flags & VA_CLIENT) &&
		    !json_get(args, a->name))
			return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
			    "%s: missing; %s needs it (%s)", a->name, v->name, a->help);
	return 0;
}

/* --- Results ---------------------------------------------------------------------- */

static int check_object(const struct verb_object *o, const char *path,
    const struct json *value, struct problem *p);

static int
check_field(const struct verb_field *f, const char *path, const struct json *value,
    struct problem *p)
{
	struct verb_arg as_arg = { .name = path, .type = f->type };
	int r = 0;

	if (!value)
		return f->nullable || f->type == VT_ANY
			   ? 0
			   : refuse_kind(path, "a value", value, p);
	if (f->type == VT_OBJECT)
		return check_object(f->object, path, value, p);
	if (f->type != VT_OBJECTS)
		return verb_check_value(&as_arg, value, p);
	if (json_kind(value) != JSON_ARRAY)
		return refuse_kind(path, "an array of objects", value, p);
	for (size_t i = 0; !r && i < json_count(value); i++) {
		cleanup_buf struct buf at = BUF(256);

		buf_printf(&at, "%s[%zu]", path, i);
		r = check_object(f->object, buf_text(&at), json_at(value, i), p);
	}
	return r;
}

struct result {
	const struct verb_object *object;
	const char *path; /* "" at the top */
	struct problem *p;
};

static int
check_result_member(const char *key, struct json *value, void *ctx)
{
	const struct result *res = ctx;
	cleanup_buf struct buf path = BUF(1024);

	buf_printf(&path, "%s%s%s", res->path, *res->path ? "." : "", key);
	for (const struct verb_field *f = res->object->fields; f->name; f++)
		if (!strcmp(f->name, key))
			return check_field(f, buf_text(&path), value, res->p);
	return problem_set(res->p, OUTCOME_BAD_REQUEST, buf_text(&path),
	    "%s: is not a key of %s", buf_text(&path), res->object->name);
}

static int
check_object(const struct verb_object *o, const char *path, const struct json *value,
    struct problem *p)
{
	struct result res = { .object = o, .path = path, .p = p };
	int r;

	if (json_kind(value) != JSON_OBJECT)
		return refuse_kind(*path ? path : "result", "an object", value, p);
	r = json_each(value, check_result_member, &res);
	for (const struct verb_field *f = o->fields; !r && f->name; f++)
		if (!json_has(value, f->name))
			r = problem_set(p, OUTCOME_BAD_REQUEST, f->name,
			    "%s%s%s: missing; %s has it always", path, *path ? "." : "",
			    f->name, o->name);
	return r;
}

int
verb_check_result(const struct verb *v, const struct json *result, struct problem *p)
{
	static const struct verb_field none[] = { { .name = NULL } };
	static const struct verb_object empty = { .name = "an empty result",
		.fields = none };

	return check_object(v->result ? v->result : &empty, "", result, p);
}
