/* json.h: the door to json-c.  Nothing outside base/json.c includes json-c.
 *
 * A `struct json *` is one value.  Functions named new/ref/parse give the
 * caller a reference that json_free() returns; json_get(), json_at() and
 * iteration lend.  json_set() and json_push() take over the reference of the
 * value they are given (so nested building needs no temporaries).  A NULL
 * value means JSON null where a value is read.
 *
 * Parsing is strict (RFC 8259): UTF-8 only, no comments, no trailing bytes,
 * no duplicate or empty-input leniency, depth at most LIMIT_JSON_DEPTH.
 * Integers keep 64 bits. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct json;

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_DOUBLE,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
	JSON_KIND_COUNT
};

enum json_outcome {
	JSON_E_SYNTAX = 1, /* *ret_at is the byte where it stopped making sense */
	JSON_E_DEPTH,
};

int json_parse(struct str text, struct json **ret, size_t *ret_at) MUST_CHECK;
struct json *json_ref(struct json *j);
struct json *json_free(struct json *j); /* NULL is fine; returns NULL */

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_string(struct str s); /* invalid UTF-8 becomes U+FFFD */
struct json *json_new_text(const char *z);  /* NULL gives NULL */
struct json *json_new_int(int64_t v);
struct json *json_new_double(double v);
struct json *json_new_bool(bool v);

/* Take over `value`; setting a key again replaces it.  json_set() returns obj
 * for chaining. */
struct json *json_set(struct json *obj, const char *key, struct json *value);
struct json *json_set_text(
    struct json *obj, const char *key, const char *z); /* NULL: null */
struct json *json_set_int(struct json *obj, const char *key, int64_t v);
struct json *json_set_bool(struct json *obj, const char *key, bool v);
void json_push(struct json *array, struct json *value);
void json_unset(struct json *obj, const char *key);

enum json_kind json_kind(const struct json *j);
const char *json_kind_name(enum json_kind t); /* "null", "boolean", "integer", … */
struct json *json_get(const struct json *obj, const char *key); /* NULL: absent or null */
bool json_has(const struct json *obj, const char *key);
struct json *json_at(const struct json *array, size_t i);
size_t json_count(const struct json *j);     /* elements or members */
struct str json_str(const struct json *j);   /* STR_NONE if not a string */
const char *json_text(const struct json *j); /* NULL if not a string */
int64_t json_as_int(const struct json *j, int64_t otherwise);
double json_as_double(const struct json *j, double otherwise); /* integers too */
bool json_as_bool(const struct json *j, bool otherwise);
/* Shorthands: json_get_text(o, "name") is json_text(json_get(o, "name")). */
const char *json_get_text(const struct json *obj, const char *key);
int64_t json_get_int(const struct json *obj, const char *key, int64_t otherwise);
bool json_get_bool(const struct json *obj, const char *key, bool otherwise);

/* Calls each member in order; stops and returns the first non-zero result. */
int json_each(const struct json *obj,
    int (*fn)(const char *key, struct json *value, void *ctx), void *ctx);

void json_write(struct buf *b, const struct json *j);        /* compact, one line */
void json_write_pretty(struct buf *b, const struct json *j); /* two blanks a level */

static inline void
cleanup_jsonp(struct json **j)
{
	(void)json_free(*j);
}

#define cleanup_json __attribute__((__cleanup__(cleanup_jsonp)))

#endif
