#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_deinit(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t want, cap;
	char *data;

	if (b->failed)
		return NULL;
	if (n > b->max || b->len > b->max - n) {
		b->failed = true;
		return NULL;
	}
	want = b->len + n + 1;
	if (want > b->cap) {
		cap = b->cap ? b->cap : 64;
		while (cap < want)
			cap *= 2;
		data = realloc(b->data, cap);
		if (!data) {
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_grew(struct buf *b, size_t n)
{
	assert(b->len + n < b->cap);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_put(struct buf *b, const void *p, size_t len)
{
	char *at = buf_room(b, len);

	if (!at)
		return;
	if (len)
		memcpy(at, p, len);
	buf_grew(b, len);
}

void
buf_puts(struct buf *b, const char *z)
{
	buf_put(b, z, strlen(z));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *at;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	at = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (at) {
		(void)vsnprintf(at, (size_t)n + 1, fmt, again);
		buf_grew(b, (size_t)n);
	}
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_eat(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (!n)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

struct str
buf_str(const struct buf *b)
{
	return str_make(buf_text(b), b->len);
}

const char *
buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_take(struct buf *b)
{
	char *data = b->data ? b->data : xcalloc(1, 1);

	*b = (struct buf){ .max = b->max };
	return data;
}

/* Length of the valid UTF-8 sequence at s, 0 when it is not valid. */
static size_t
utf8_len(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;

	return n && n <= s.len && str_is_utf8(str_make(s.p, n)) ? n : 0;
}

void
buf_put_escaped(struct buf *b, struct str s)
{
	while (s.len) {
		unsigned char c = (unsigned char)s.p[0];
		size_t n = utf8_len(s);

		/* U+0080..U+009F are C1 controls: two bytes, the first 0xc2. */
		if (c < 0x20 || c == 0x7f || !n ||
		    (c == 0xc2 && (unsigned char)s.p[1] < 0xa0)) {
			buf_printf(b, "\\x%02x", c);
			n = 1;
		} else if (c == '\\')
			buf_puts(b, "\\\\");
		else
			buf_put(b, s.p, n);
		s.p += n, s.len -= n;
	}
}

void
buf_put_json(struct buf *b, struct str s)
{
	buf_putc(b, '"');
	while (s.len) {
		unsigned char c = (unsigned char)s.p[0];
		size_t n = utf8_len(s);

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c == '\n')
			buf_puts(b, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(b, "\\u%04x", c);
		else if (!n)
			buf_puts(b, "\xef\xbf\xbd");
		else
			buf_put(b, s.p, n);
		n = n ? n : 1;
		s.p += n, s.len -= n;
	}
	buf_putc(b, '"');
}

void
buf_put_utf8(struct buf *b, uint32_t cp)
{
	char out[4];
	size_t n;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		cp = 0xfffd;
	if (cp < 0x80)
		out[0] = (char)cp, n = 1;
	else if (cp < 0x800)
		out[0] = (char)(0xc0 | cp >> 6), out[1] = (char)(0x80 | (cp & 0x3f)),
		n = 2;
	else if (cp < 0x10000)
		out[0] = (char)(0xe0 | cp >> 12),
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f)),
		out[2] = (char)(0x80 | (cp & 0x3f)), n = 3;
	else
		out[0] = (char)(0xf0 | cp >> 18),
		out[1] = (char)(0x80 | (cp >> 12 & 0x3f)),
		out[2] = (char)(0x80 | (cp >> 6 & 0x3f)),
		out[3] = (char)(0x80 | (cp & 0x3f)), n = 4;
	buf_put(b, out, n);
}
