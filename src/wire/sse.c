/* Lines end in LF, CR or CR LF; an empty line ends an event, and an event
 * without data is none (WHATWG HTML, 9.2.6). */
#include "wire/sse.h"

#include <string.h>

void
sse_init(struct sse *s, void (*event)(const struct sse_event *e, void *ctx), void *ctx)
{
	*s = (struct sse){ .event = event, .ctx = ctx };
	s->line = BUF(SSE_EVENT_BYTES);
	s->name = BUF(256);
	s->data = BUF(SSE_EVENT_BYTES);
}

void
sse_deinit(struct sse *s)
{
	buf_deinit(&s->line);
	buf_deinit(&s->name);
	buf_deinit(&s->data);
}

static void
end_event(struct sse *s)
{
	struct sse_event e = { .id = s->id, .data = buf_str(&s->data) };

	e.name = s->name.len ? buf_str(&s->name) : STR("message");
	if (s->has_data)
		s->event(&e, s->ctx);
	s->has_data = false;
	s->id = 0;
	buf_clear(&s->name);
	buf_clear(&s->data);
}

static void
take_line(struct sse *s, struct str line)
{
	struct str value = line, field = str_cut(&value, ':');

	if (value.len && value.p[0] == ' ')
		value = str_make(value.p + 1, value.len - 1);
	if (!line.len)
		end_event(s);
	else if (str_eq(field, STR("id"))) {
		if (!str_to_u64(value, &s->id))
			s->id = 0;
	} else if (str_eq(field, STR("event"))) {
		buf_clear(&s->name);
		buf_put(&s->name, value.p, value.len);
	} else if (str_eq(field, STR("data"))) {
		if (s->has_data)
			buf_putc(&s->data, '\n');
		buf_put(&s->data, value.p, value.len);
		s->has_data = true;
	}
}

/* Index of the first CR or LF, or the length. */
static size_t
line_end(struct str in)
{
	const char *lf = memchr(in.p, '\n', in.len);
	size_t n = lf ? (size_t)(lf - in.p) : in.len;
	const char *cr = n ? memchr(in.p, '\r', n) : NULL;

	return cr ? (size_t)(cr - in.p) : n;
}

int
sse_feed(struct sse *s, struct str in)
{
	while (in.len) {
		size_t n;

		if (s->after_cr && in.p[0] == '\n')
			in = str_make(in.p + 1, in.len - 1);
		s->after_cr = false;
		if (!in.len)
			break;
		n = line_end(in);
		buf_put(&s->line, in.p, n);
		if (n < in.len) {
			s->after_cr = in.p[n++] == '\r';
			if (!buf_failed(&s->line))
				take_line(s, buf_str(&s->line));
		}
		if (buf_failed(&s->line) || buf_failed(&s->data) || buf_failed(&s->name))
			return SSE_E_LARGE;
		if (s->after_cr || in.p[n - 1] == '\n')
			buf_clear(&s->line);
		in = str_make(in.p + n, in.len - n);
	}
	return 0;
}
