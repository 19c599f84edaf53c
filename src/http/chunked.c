/* A byte machine for sizes and line ends; data is copied in runs.  Extensions
 * and trailers are skipped, a line of either is at most LINE_BYTES long. */
#include "http/chunked.h"

#define LINE_BYTES 1024u

enum {
	SIZE_FIRST,
	SIZE,
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER,
	TRAILER_LINE,
	TRAILER_LF,
	END_LF
};

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte outside of data: the next state, or -1. */
static int
step(struct chunked *c, char ch)
{
	switch (c->state) {
	case SIZE_FIRST:
	case SIZE:
		if (hex(ch) >= 0 && c->left < 1u << 28) {
			c->left = c->left * 16 + (uint64_t)hex(ch);
			return SIZE;
		}
		if (c->state == SIZE_FIRST)
			return -1;
		return ch == '\r' ? SIZE_LF : ch == ';' || ch == ' ' ? EXTENSION : -1;
	case EXTENSION:
		return ch == '\r' ? SIZE_LF : ch == '\n' ? -1 : EXTENSION;
	case SIZE_LF:
		return ch != '\n' ? -1 : c->left ? DATA : TRAILER;
	case DATA_CR:
		return ch == '\r' ? DATA_LF : -1;
	case DATA_LF:
		return ch == '\n' ? SIZE_FIRST : -1;
	case TRAILER:
		return ch == '\r' ? END_LF : ch == '\n' ? -1 : TRAILER_LINE;
	case TRAILER_LINE:
		return ch == '\r' ? TRAILER_LF : ch == '\n' ? -1 : TRAILER_LINE;
	case TRAILER_LF:
		return ch == '\n' ? TRAILER : -1;
	default:
		return -1;
	}
}

int
chunked_feed(struct chunked *c, struct str in, struct buf *body)
{
	while (in.len) {
		size_t n = 1;

		if (c->state == DATA) {
			n = in.len < c->left ? in.len : (size_t)c->left;
			buf_put(body, in.p, n);
			if (buf_failed(body))
				return CHUNKED_E_LARGE;
			c->left -= n;
			c->line_bytes = 0;
			if (!c->left)
				c->state = DATA_CR;
		} else if (c->state == END_LF) {
			return in.p[0] == '\n' ? CHUNKED_DONE : CHUNKED_E_SYNTAX;
		} else {
			c->state = step(c, in.p[0]);
			if (c->state < 0 || ++c->line_bytes > LINE_BYTES)
				return CHUNKED_E_SYNTAX;
		}
		in = str_make(in.p + n, in.len - n);
	}
	return 0;
}
