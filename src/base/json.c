/* A struct json is a json_object under another name; the casts stand in
 * in() and out() only. */
#include "base/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/fault.h"
#include "base/limits.h"

static json_object *
in(const struct json *j)
{
	return (json_object *)(uintptr_t)j;
}

static struct json *
out(json_object *o)
{
	return (struct json *)(void *)o;
}

/* json-c's strict mode still takes quotes of the wrong kind, words in capitals,
 * bare control characters, and the last of two equal keys.  This scan refuses the first
 * three, and counts members: a request that says two things is refused by comparing with
 * what was kept. */
static bool
scan(struct str text, size_t *ret_members, size_t *ret_at)
{
	bool quoted = false;

	*ret_members = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		*ret_at = i;
		if (quoted) {
			if ((unsigned char)c < 0x20)
				return false;
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c >= 'a' && c <= 'z' && c != 'e') {
			static const struct str words[] = { STR("true"), STR("false"),
				STR("null") };
			struct str rest = str_make(text.p + i, text.len - i);
			size_t w = 0;

			while (w < ARRAY_LEN(words) && !str_starts(rest, words[w]))
				w++;
			if (w == ARRAY_LEN(words))
				return false;
			i += words[w].len - 1;
		} else if (!strchr(" \t\r\n{}[]:,0123456789+-.eE", c) || !c) {
			return false;
		}
		*ret_members += c == ':' && !quoted;
	}
	return true;
}

static size_t
kept_members(json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			(void)key;
			n += 1 + kept_members(value);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += kept_members(json_object_array_get_idx(o, i));
	}
	return n;
}

int
json_parse(struct str text, struct json **ret, size_t *ret_at)
{
	json_tokener *tok;
	json_object *o;
	size_t at = 0, members;
	int r = 0;

	if (text.len > INT32_MAX || !scan(text, &members, &at)) {
		if (ret_at)
			*ret_at = at;
		return JSON_E_SYNTAX;
	}
	at = 0;
	tok = json_tokener_new_ex(LIMIT_JSON_DEPTH);
	if (!tok)
		return fault(-ENOMEM);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text.len ? text.p : "", (int)text.len);
	/* A bare number only ends at a byte after it; give the NUL. */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		o = json_tokener_parse_ex(tok, "", 1);
	else
		at = json_tokener_get_parse_end(tok);
	if (json_tokener_get_error(tok) == json_tokener_error_depth)
		r = JSON_E_DEPTH;
	else if (json_tokener_get_error(tok) != json_tokener_success)
		r = JSON_E_SYNTAX;
	while (!r && at && at < text.len && strchr(" \t\r\n", text.p[at]))
		at++;
	if (!r && at && at < text.len)
		r = JSON_E_SYNTAX;
	if (!r && members != kept_members(o))
		r = JSON_E_SYNTAX, at = 0;
	json_tokener_free(tok);
	if (r) {
		json_object_put(o);
		if (ret_at)
			*ret_at = at;
		return r;
	}
	*ret = out(o);
	return 0;
}

struct json *
json_ref(struct json *j)
{
	return out(json_object_get(in(j)));
}

struct json *
json_free(struct json *j)
{
	json_object_put(in(j));
	return NULL;
}

struct json *
json_new_object(void)
{
	return out(json_object_new_object());
}

struct json *
json_new_array(void)
{
	return out(json_object_new_array());
}

struct json *
json_new_string(struct str s)
{
	cleanup_buf struct buf clean = BUF_UNLIMITED;

	if (str_is_utf8(s))
		return out(json_object_new_string_len(s.len ? s.p : "", (int)s.len));
	while (s.len) {
		size_t n = 1;

		while (n < 4 && n < s.len && !str_is_utf8(str_make(s.p, n)))
			n++;
		if (str_is_utf8(str_make(s.p, n)))
			buf_put(&clean, s.p, n);
		else
			buf_put_utf8(&clean, 0xfffd), n = 1;
		s.p += n, s.len -= n;
	}
	return out(json_object_new_string_len(buf_text(&clean), (int)clean.len));
}

struct json *
json_new_text(const char *z)
{
	return z ? json_new_string(str_of(z)) : NULL;
}

struct json *
json_new_int(int64_t v)
{
	return out(json_object_new_int64(v));
}

struct json *
json_new_double(double v)
{
	return out(json_object_new_double(v));
}

struct json *
json_new_bool(bool v)
{
	return out(json_object_new_boolean(v));
}

struct json *
json_set(struct json *obj, const char *key, struct json *value)
{
	json_object_object_add(in(obj), key, in(value));
	return obj;
}

struct json *
json_set_text(struct json *obj, const char *key, const char *z)
{
	return json_set(obj, key, json_new_text(z));
}

struct json *
json_set_int(struct json *obj, const char *key, int64_t v)
{
	return json_set(obj, key, json_new_int(v));
}

struct json *
json_set_bool(struct json *obj, const char *key, bool v)
{
	return json_set(obj, key, json_new_bool(v));
}

void
json_push(struct json *array, struct json *value)
{
	json_object_array_add(in(array), in(value));
}

void
json_unset(struct json *obj, const char *key)
{
	json_object_object_del(in(obj), key);
}

enum json_kind
json_kind(const struct json *j)
{
	switch (json_object_get_type(in(j))) {
	case json_type_null:
		return JSON_NULL;
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
		return JSON_INT;
	case json_type_double:
		return JSON_DOUBLE;
	case json_type_string:
		return JSON_STRING;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	}
	return JSON_NULL;
}

const char *
json_kind_name(enum json_kind t)
{
	static const char *const names[JSON_KIND_COUNT] = { "null", "boolean", "integer",
		"number", "string", "array", "object" };

	return names[t];
}

struct json *
json_get(const struct json *obj, const char *key)
{
	json_object *value = NULL;

	if (!obj || !json_object_is_type(in(obj), json_type_object))
		return NULL;
	json_object_object_get_ex(in(obj), key, &value);
	return out(value);
}

bool
json_has(const struct json *obj, const char *key)
{
	return obj && json_object_is_type(in(obj), json_type_object) &&
	       json_object_object_get_ex(in(obj), key, NULL);
}

struct json *
json_at(const struct json *array, size_t i)
{
	if (json_kind(array) != JSON_ARRAY)
		return NULL;
	return out(json_object_array_get_idx(in(array), i));
}

size_t
json_count(const struct json *j)
{
	if (json_kind(j) == JSON_ARRAY)
		return json_object_array_length(in(j));
	if (json_kind(j) == JSON_OBJECT)
		return (size_t)json_object_object_length(in(j));
	return 0;
}

struct str
json_str(const struct json *j)
{
	if (json_kind(j) != JSON_STRING)
		return STR_NONE;
	return str_make(
	    json_object_get_string(in(j)), (size_t)json_object_get_string_len(in(j)));
}

const char *
json_text(const struct json *j)
{
	return json_str(j).p;
}

int64_t
json_as_int(const struct json *j, int64_t otherwise)
{
	return json_kind(j) == JSON_INT ? json_object_get_int64(in(j)) : otherwise;
}

double
json_as_double(const struct json *j, double otherwise)
{
	if (json_kind(j) != JSON_INT && json_kind(j) != JSON_DOUBLE)
		return otherwise;
	return json_object_get_double(in(j));
}

bool
json_as_bool(const struct json *j, bool otherwise)
{
	return json_kind(j) == JSON_BOOL ? json_object_get_boolean(in(j)) : otherwise;
}

const char *
json_get_text(const struct json *obj, const char *key)
{
	return json_text(json_get(obj, key));
}

int64_t
json_get_int(const struct json *obj, const char *key, int64_t otherwise)
{
	return json_as_int(json_get(obj, key), otherwise);
}

bool
json_get_bool(const struct json *obj, const char *key, bool otherwise)
{
	return json_as_bool(json_get(obj, key), otherwise);
}

int
json_each(const struct json *obj,
    int (*fn)(const char *key, struct json *value, void *ctx), void *ctx)
{
	int r;

	if (json_kind(obj) != JSON_OBJECT)
		return 0;
	json_object_object_foreach(in(obj), key, value)
	{
		r = fn(key, out(value), ctx);
		if (r)
			return r;
	}
	return 0;
}

void
json_write(struct buf *b, const struct json *j)
{
	size_t len;
	const char *z = json_object_to_json_string_length(
	    in(j), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	buf_put(b, j ? z : "null", j ? len : 4);
}

void
json_write_pretty(struct buf *b, const struct json *j)
{
	size_t len;
	const char *z = json_object_to_json_string_length(in(j),
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		JSON_C_TO_STRING_NOSLASHESCAPE,
	    &len);

	buf_put(b, j ? z : "null", j ? len : 4);
}
