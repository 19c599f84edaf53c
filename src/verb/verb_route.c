/* A route is compared with a path part by part: a literal part must be equal,
 * a {name} part takes any part that is not empty and gives an argument. */
#include "verb/verb.h"

#include <string.h>

#include "base/cleanup.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
verb_route_decode(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		int hi, lo;

		if (s.p[i] != '%') {
			buf_putc(out, s.p[i]);
			continue;
		}
		if (s.len - i < 3)
			return false;
		hi = hex(s.p[i + 1]);
		lo = hex(s.p[i + 2]);
		if (hi < 0 || lo < 0 || !(hi | lo))
			return false;
		buf_putc(out, (char)(hi << 4 | lo));
		i += 2;
	}
	return !buf_failed(out) && str_is_utf8(buf_str(out));
}

static bool
is_placeholder(struct str part)
{
	return part.len > 2 && part.p[0] == '{';
}

/* The next part of a path; unlike str_cut() it tells "/a" from "/a/": the
 * latter ends in an empty part. */
static bool
next_part(struct str *path, struct str *ret)
{
	const char *slash = path->len ? memchr(path->p, '/', path->len) : NULL;

	if (!path->p)
		return false;
	if (!slash) {
		*ret = *path;
		*path = STR_NONE;
		return true;
	}
	*ret = str_make(path->p, (size_t)(slash - path->p));
	*path = str_make(slash + 1, path->len - ret->len - 1);
	return true;
}

static bool
fits(const char *route, struct str path)
{
	struct str rest = str_of(route), want, got;

	if (!route)
		return false;
	while (next_part(&rest, &want)) {
		if (!next_part(&path, &got))
			return false;
		if (is_placeholder(want) ? !got.len : !str_eq(want, got))
			return false;
	}
	return !path.p;
}

/* The {name} parts of a path that fits. */
static int
take_args(const char *route, struct str path, struct json **ret)
{
	cleanup_json struct json *args = json_new_object();
	struct str rest = str_of(route);

	while (rest.len) {
		struct str want = str_cut(&rest, '/'), got = str_cut(&path, '/');
		cleanup_free char *name = NULL;
		cleanup_buf struct buf value = BUF(4096);

		if (!is_placeholder(want))
			continue;
		if (!verb_route_decode(got, &value))
			return VERB_E_BAD_PATH;
		name = xstrndup(want.p + 1, want.len - 2);
		json_set(args, name, json_new_string(buf_str(&value)));
	}
	*ret = TAKE_PTR(args);
	return 0;
}

int
verb_route(
    const char *method, struct str path, const struct verb **ret, struct json **ret_args)
{
	int r = VERB_E_NO_ROUTE;

	for (size_t i = 0; i < verbs_count; i++) {
		if (!fits(verbs[i].route, path))
			continue;
		if (strcmp(verbs[i].method, method) != 0) {
			r = VERB_E_METHOD;
			continue;
		}
		r = take_args(verbs[i].route, path, ret_args);
		if (!r)
			*ret = &verbs[i];
		return r;
	}
	return r;
}

bool
verb_route_methods(struct str path, struct buf *methods)
{
	bool any = false;

	for (size_t i = 0; i < verbs_count; i++) {
		if (!fits(verbs[i].route, path))
			continue;
		buf_printf(methods, "%s%s", any ? ", " : "", verbs[i].method);
		if (!strcmp(verbs[i].method, "GET"))
			buf_puts(methods, ", HEAD");
		any = true;
	}
	return any;
}

/* --- The way back: a request of a client ---------------------------------------- */

static void
put_encoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || memchr("-._~", c, 4))
			buf_putc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

struct query {
	struct buf *target;
	const char *name;
	const char *before; /* "?" or "&" */
};

static void
put_pair(struct query *q, struct str value)
{
	buf_puts(q->target, q->before);
	q->before = "&";
	put_encoded(q->target, str_of(q->name));
	buf_putc(q->target, '=');
	put_encoded(q->target, value);
}

static int
put_member(const char *key, struct json *value, void *ctx)
{
	cleanup_buf struct buf pair = BUF_UNLIMITED;
	struct str text = json_str(value);

	buf_printf(&pair, "%s=", key);
	buf_put(&pair, text.p, text.len);
	put_pair(ctx, buf_str(&pair));
	return 0;
}

/* The text that verb_arg_parse() reads as this value; repeated for a list. */
static void
put_query(struct query *q, const struct verb_arg *a, const struct json *value)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;

	if (a->type == VT_TEXTS) {
		for (size_t i = 0; i < json_count(value); i++)
			put_pair(q, json_str(json_at(value, i)));
		return;
	}
	if (a->type == VT_MAP) {
		(void)json_each(value, put_member, q);
		return;
	}
	if (a->type == VT_SIZE)
		buf_printf(&text, "%lldx%lld", (long long)json_get_int(value, "cols", 0),
		    (long long)json_get_int(value, "rows", 0));
	else if (json_kind(value) == JSON_STRING)
		buf_put(&text, json_str(value).p, json_str(value).len);
	else
		json_write(&text, value);
	if (a->type == VT_DURATION)
		buf_puts(&text, "ms");
	put_pair(q, buf_str(&text));
}

static void
put_path(struct buf *target, const struct verb *v, const struct json *args)
{
	struct str rest = str_of(v->route), part;

	while (next_part(&rest, &part)) {
		if (is_placeholder(part)) {
			cleanup_free char *name = xstrndup(part.p + 1, part.len - 2);

			put_encoded(target, json_str(json_get(args, name)));
		} else
			buf_put(target, part.p, part.len);
		if (rest.p)
			buf_putc(target, '/');
	}
}

bool
verb_has_body(const struct verb *v)
{
	return strcmp(v->method, "GET") != 0 && strcmp(v->method, "DELETE") != 0;
}

void
verb_target(
    const struct verb *v, const struct json *args, struct buf *target, struct buf *body)
{
	cleanup_json struct json *rest = json_new_object();
	struct query q = { .target = target, .before = "?" };

	put_path(target, v, args);
	for (const struct verb_arg *a = v->args; a->name; a++) {
		struct json *value = json_get(args, a->name);

		if (!value || a->flags & (VA_PATH | VA_CLIENT))
			continue;
		q.name = a->name;
		if (verb_has_body(v))
			json_set(rest, a->name, json_ref(value));
		else
			put_query(&q, a, value);
	}
	if (verb_has_body(v))
		json_write(body, rest);
}
