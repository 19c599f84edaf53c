/* str.h: text as pointer + length; never owns, never ends in NUL by promise. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct str {
	const char *p;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE     ((struct str){ NULL, 0 })
#define STR_ARG(s)   (int)(s).len, (s).p /* for "%.*s" */

struct str str_of(const char *z); /* NULL gives STR_NONE */
struct str str_make(const char *p, size_t len);
bool str_eq(struct str a, struct str b);
bool str_eqz(struct str a, const char *z);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Index of the first occurrence, or -1. */
ptrdiff_t str_find(struct str s, struct str what);
struct str str_trim(struct str s); /* blanks and control characters at both ends */
/* Cuts s at the first `sep`: the part before is returned, s keeps the rest.
 * Without a separator everything is returned and s becomes empty. */
struct str str_cut(struct str *s, char sep);

/* Whole-text conversions: an empty text, trailing bytes or overflow give
 * false and leave *ret untouched. */
bool str_to_i64(struct str s, int64_t *ret) MUST_CHECK;
bool str_to_u64(struct str s, uint64_t *ret) MUST_CHECK;
/* "30", "30s", "500ms", "2m", "1h", "7d" to milliseconds; a bare number is seconds. */
bool str_to_ms(struct str s, uint64_t *ret_ms) MUST_CHECK;
/* "4096", "64K", "1M", "2G" to bytes (powers of 1024). */
bool str_to_bytes(struct str s, uint64_t *ret_bytes) MUST_CHECK;

bool str_is_utf8(struct str s); /* strict: no surrogates, no overlong forms */

/* Heap copies that end in NUL; abort when memory is out (sizes are our own). */
char *xstrdup(const char *z) MUST_CHECK;
char *xstrndup(const char *p, size_t len) MUST_CHECK;
void *xcalloc(size_t n, size_t size) MUST_CHECK;
void *xrealloc(void *p, size_t n, size_t size) MUST_CHECK;
#define xnew(type)      ((type *)xcalloc(1, sizeof(type)))
#define xnew_n(type, n) ((type *)xcalloc((n), sizeof(type)))

#endif
