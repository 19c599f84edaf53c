/* A line machine: the head, chunk sizes and trailers are lines, gathered in one
 * bounded buffer; bodies pass through uncopied.  A line ends in CR LF, a bare
 * LF or a NUL is refused, and so is every doubt about where the body ends
 * (both length and encoding, a length twice, an encoding that is not chunked). */
#include "wire/http_client.h"

#include <string.h>
#include <strings.h>

enum state {
	STATE_STATUS,
	STATE_FIELD,
	STATE_LENGTH,
	STATE_UNTIL_CLOSE,
	STATE_CHUNK_SIZE,
	STATE_CHUNK,
	STATE_CHUNK_END,
	STATE_TRAILER,
	STATE_COUNT
};

void
http_client_init(
    struct http_client *c, void (*body)(struct str part, void *ctx), void *ctx)
{
	*c = (struct http_client){ .body = body, .ctx = ctx };
	c->line = BUF(HTTP_CLIENT_HEAD_BYTES);
	http_client_start(c, false);
}

void
http_client_deinit(struct http_client *c)
{
	buf_deinit(&c->line);
}

void
http_client_start(struct http_client *c, bool head)
{
	c->status = 0;
	c->type[0] = 0;
	c->keep_alive = true;
	c->state = STATE_STATUS;
	c->end = 0;
	c->left = 0;
	c->head_bytes = 0;
	c->no_body = head;
	c->has_length = c->has_encoding = c->chunked = false;
	buf_clear(&c->line);
}

static int
digit(char c, unsigned base)
{
	int v = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : 99;

	return v < (int)base ? v : -1;
}

/* A bare number in base 10 or 16; more than 15 digits are nobody's body. */
static bool
number(struct str s, unsigned base, uint64_t *ret)
{
	uint64_t v = 0;

	if (!s.len || s.len > 15)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int d = digit(s.p[i], base);

		if (d < 0)
			return false;
		v = v * base + (uint64_t)d;
	}
	*ret = v;
	return true;
}

static bool
same_word(struct str s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.p, word, s.len);
}

/* "HTTP/1.1 200 OK" */
static int
status_line(struct http_client *c, struct str line)
{
	uint64_t status;

	if (line.len < 12 || memcmp(line.p, "HTTP/1.", 7) != 0 || line.p[8] != ' ' ||
	    (line.p[7] != '0' && line.p[7] != '1') ||
	    !number(str_make(line.p + 9, 3), 10, &status) || status < 100 ||
	    (line.len > 12 && line.p[12] != ' '))
		return HTTP_CLIENT_E_SYNTAX;
	c->status = (int)status;
	c->keep_alive = line.p[7] == '1';
	c->state = STATE_FIELD;
	return 0;
}

static int
field_length(struct http_client *c, struct str value)
{
	if (c->has_length || !number(value, 10, &c->left))
		return HTTP_CLIENT_E_SYNTAX;
	c->has_length = true;
	return 0;
}

static int
field_encoding(struct http_client *c, struct str value)
{
	if (c->has_encoding || !same_word(value, "chunked"))
		return HTTP_CLIENT_E_SYNTAX;
	c->has_encoding = c->chunked = true;
	return 0;
}

static int
field_type(struct http_client *c, struct str value)
{
	struct str type = str_trim(str_cut(&value, ';'));

	if (type.len >= sizeof(c->type))
		return HTTP_CLIENT_E_SYNTAX;
	for (size_t i = 0; i < type.len; i++)
		c->type[i] =
		    (char)(type.p[i] >= 'A' && type.p[i] <= 'Z' ? type.p[i] | 0x20
								: type.p[i]);
	c->type[type.len] = 0;
	return 0;
}

static int
field_connection(struct http_client *c, struct str value)
{
	while (value.len) {
		struct str word = str_trim(str_cut(&value, ','));

		if (same_word(word, "close"))
			c->keep_alive = false;
	}
	return 0;
}

/* The empty line: what follows is decided by status and fields (RFC 9112, 6.3). */
static int
head_end(struct http_client *c)
{
	if (c->has_length && c->has_encoding)
		return HTTP_CLIENT_E_SYNTAX;
	if (c->status < 200) { /* an interim answer: the real one follows */
		size_t bytes = c->head_bytes;

		if (c->status == 101)
			return HTTP_CLIENT_E_SYNTAX; /* never asked for */
		http_client_start(c, c->no_body);
		c->head_bytes = bytes;
		return 0;
	}
	if (c->no_body || c->status == 204 || c->status == 304)
		return HTTP_CLIENT_DONE;
	if (c->chunked) {
		c->state = STATE_CHUNK_SIZE;
		return 0;
	}
	if (!c->has_length) {
		c->keep_alive = false;
		c->state = STATE_UNTIL_CLOSE;
		return 0;
	}
	c->state = STATE_LENGTH;
	return c->left ? 0 : HTTP_CLIENT_DONE;
}

static int
field_line(struct http_client *c, struct str line)
{
	static const struct {
		const char *name;
		int (*read)(struct http_client *c, struct str value);
	} fields[] = {
		{ "content-length", field_length },
		{ "transfer-encoding", field_encoding },
		{ "content-type", field_type },
		{ "connection", field_connection },
	};
	struct str value = line, name = str_cut(&value, ':');

	if (!line.len)
		return head_end(c);
	/* No colon, an empty name, or a folded line. */
	if (name.len == line.len || !name.len || name.p[0] == ' ' || name.p[0] == '\t' ||
	    name.p[name.len - 1] == ' ')
		return HTTP_CLIENT_E_SYNTAX;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (same_word(name, fields[i].name))
			return fields[i].read(c, str_trim(value));
	return 0;
}

static int
chunk_size_line(struct http_client *c, struct str line)
{
	struct str size = str_trim(str_cut(&line, ';'));

	if (!number(size, 16, &c->left))
		return HTTP_CLIENT_E_SYNTAX;
	c->state = c->left ? STATE_CHUNK : STATE_TRAILER;
	c->head_bytes = 0;
	return 0;
}

static int
chunk_end_line(struct http_client *c, struct str line)
{
	c->state = STATE_CHUNK_SIZE;
	return line.len ? HTTP_CLIENT_E_SYNTAX : 0;
}

static int
trailer_line(struct http_client *c, struct str line)
{
	return line.len ? 0 : HTTP_CLIENT_DONE;
}

/* NULL: this state takes a body. */
static int (*const on_line[STATE_COUNT])(struct http_client *c, struct str line) = {
	[STATE_STATUS] = status_line,
	[STATE_FIELD] = field_line,
	[STATE_CHUNK_SIZE] = chunk_size_line,
	[STATE_CHUNK_END] = chunk_end_line,
	[STATE_TRAILER] = trailer_line,
};

static int
take_line(struct http_client *c, struct str *in)
{
	const char *lf = memchr(in->p, '\n', in->len);
	size_t n = lf ? (size_t)(lf - in->p) + 1 : in->len;
	struct str line;
	int r;

	c->head_bytes += n;
	if (c->head_bytes > HTTP_CLIENT_HEAD_BYTES)
		return HTTP_CLIENT_E_LARGE;
	buf_put(&c->line, in->p, n);
	in->p += n;
	in->len -= n;
	if (!lf)
		return 0;
	line = buf_str(&c->line);
	if (line.len < 2 || line.p[line.len - 2] != '\r' || memchr(line.p, 0, line.len))
		return HTTP_CLIENT_E_SYNTAX;
	r = on_line[c->state](c, str_make(line.p, line.len - 2));
	buf_clear(&c->line);
	return r;
}

static int
take_body(struct http_client *c, struct str *in)
{
	size_t n = in->len;

	if (c->state != STATE_UNTIL_CLOSE && n > c->left)
		n = (size_t)c->left;
	if (c->body)
		c->body(str_make(in->p, n), c->ctx);
	in->p += n;
	in->len -= n;
	if (c->state == STATE_UNTIL_CLOSE)
		return 0;
	c->left -= n;
	if (c->left)
		return 0;
	if (c->state == STATE_LENGTH)
		return HTTP_CLIENT_DONE;
	c->state = STATE_CHUNK_END;
	c->head_bytes = 0;
	return 0;
}

int
http_client_feed(struct http_client *c, struct str *in)
{
	while (!c->end && in->len)
		c->end = on_line[c->state] ? take_line(c, in) : take_body(c, in);
	return c->end;
}

int
http_client_closed(struct http_client *c)
{
	if (!c->end)
		c->end = c->state == STATE_UNTIL_CLOSE ? HTTP_CLIENT_DONE
						       : HTTP_CLIENT_E_SYNTAX;
	c->keep_alive = false;
	return c->end;
}

void
http_client_request(struct buf *b, const char *method, struct str target,
    const char *accept, struct str body)
{
	buf_printf(b, "%s %.*s HTTP/1.1\r\nHost: belay\r\n", method, STR_ARG(target));
	if (accept)
		buf_printf(b, "Accept: %s\r\n", accept);
	if (body.p)
		buf_printf(b, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
		    body.len);
	buf_puts(b, "\r\n");
	if (body.p)
		buf_put(b, body.p, body.len);
}
