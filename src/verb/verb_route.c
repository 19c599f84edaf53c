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

/* "a%20b" to "a b"; false: not percent-encoded UTF-8, or a NUL. */
static bool
decode(struct str s, struct buf *out)
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
		if (!decode(got, &value))
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
