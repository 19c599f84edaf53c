#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct str
str_of(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NONE;
}

struct str
str_make(const char *p, size_t len)
{
	return (struct str){ p, len };
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

bool
str_eqz(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && (!prefix.len || !memcmp(s.p, prefix.p, prefix.len));
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       (!suffix.len || !memcmp(s.p + s.len - suffix.len, suffix.p, suffix.len));
}

ptrdiff_t
str_find(struct str s, struct str what)
{
	const char *at;

	if (!what.len)
		return 0;
	if (!s.len)
		return -1;
	at = memmem(s.p, s.len, what.p, what.len);
	return at ? at - s.p : -1;
}

struct str
str_trim(struct str s)
{
	while (s.len && (unsigned char)s.p[0] <= ' ')
		s.p++, s.len--;
	while (s.len && (unsigned char)s.p[s.len - 1] <= ' ')
		s.len--;
	return s;
}

struct str
str_cut(struct str *s, char sep)
{
	const char *at = s->len ? memchr(s->p, sep, s->len) : NULL;
	struct str head;

	if (!at) {
		head = *s;
		*s = (struct str){ s->p ? s->p + s->len : NULL, 0 };
		return head;
	}
	head = (struct str){ s->p, (size_t)(at - s->p) };
	s->p = at + 1;
	s->len -= head.len + 1;
	return head;
}

bool
str_to_u64(struct str s, uint64_t *ret)
{
	uint64_t v = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

bool
str_to_i64(struct str s, int64_t *ret)
{
	bool neg = s.len && s.p[0] == '-';
	uint64_t v;

	if (neg)
		s = str_make(s.p + 1, s.len - 1);
	if (!str_to_u64(s, &v) || v > (uint64_t)INT64_MAX + neg)
		return false;
	*ret = neg ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

struct unit {
	const char *suffix;
	uint64_t factor;
};

static bool
with_unit(struct str s, const struct unit *units, size_t n, uint64_t bare, uint64_t *ret)
{
	size_t digits = 0;
	uint64_t v, factor = bare;

	while (digits < s.len && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!str_to_u64(str_make(s.p, digits), &v))
		return false;
	if (digits < s.len) {
		factor = 0;
		for (size_t i = 0; i < n; i++)
			if (str_eqz(
				str_make(s.p + digits, s.len - digits), units[i].suffix))
				factor = units[i].factor;
		if (!factor)
			return false;
	}
	if (__builtin_mul_overflow(v, factor, &v))
		return false;
	*ret = v;
	return true;
}

bool
str_to_ms(struct str s, uint64_t *ret_ms)
{
	static const struct unit units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 } };

	return with_unit(s, units, ARRAY_LEN(units), 1000, ret_ms);
}

bool
str_to_bytes(struct str s, uint64_t *ret_bytes)
{
	static const struct unit units[] = { { "K", 1u << 10 }, { "M", 1u << 20 },
		{ "G", 1u << 30 } };

	return with_unit(s, units, ARRAY_LEN(units), 1, ret_bytes);
}

bool
str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end;
	unsigned lo, hi, n;

	if (!s.len)
		return true;
	end = p + s.len;
	while (p < end) {
		if (*p < 0x80) {
			p++;
			continue;
		}
		lo = 0x80, hi = 0xbf;
		if (*p >= 0xc2 && *p <= 0xdf)
			n = 1;
		else if (*p >= 0xe0 && *p <= 0xef) {
			n = 2;
			if (*p == 0xe0)
				lo = 0xa0;
			if (*p == 0xed)
				hi = 0x9f;
		} else if (*p >= 0xf0 && *p <= 0xf4) {
			n = 3;
			if (*p == 0xf0)
				lo = 0x90;
			if (*p == 0xf4)
				hi = 0x8f;
		} else
			return false;
		if ((size_t)(end - p) <= n || p[1] < lo || p[1] > hi)
			return false;
		for (unsigned i = 2; i <= n; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		p += n + 1;
	}
	return true;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		abort();
	return p;
}

char *
xstrndup(const char *p, size_t len)
{
	char *copy = xcalloc(len + 1, 1);

	if (len)
		memcpy(copy, p, len);
	return copy;
}

char *
xstrdup(const char *z)
{
	return xstrndup(z, strlen(z));
}
