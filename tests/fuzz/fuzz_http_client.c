/* A response and the events in it: any chunks give the same outcome, status and
 * body.  First byte: was it HEAD; second: length of the chunks. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "wire/http_client.h"
#include "wire/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct buf body, events;
	struct sse sse;
	int r, status, sse_r;
	size_t rest;
};

static void
on_event(const struct sse_event *e, void *ctx)
{
	struct run *run = ctx;

	buf_printf(&run->events, "%llu ", (unsigned long long)e->id);
	buf_put(&run->events, e->name.p, e->name.len);
	buf_putc(&run->events, ' ');
	buf_put(&run->events, e->data.p, e->data.len);
	buf_putc(&run->events, '\n');
}

static void
on_body(struct str part, void *ctx)
{
	struct run *run = ctx;

	buf_put(&run->body, part.p, part.len);
	if (!run->sse_r)
		run->sse_r = sse_feed(&run->sse, part);
}

static void
read_all(struct run *run, bool head, struct str in, size_t chunk)
{
	struct http_client c;

	*run = (struct run){ .body = BUF_UNLIMITED, .events = BUF_UNLIMITED };
	sse_init(&run->sse, on_event, run);
	http_client_init(&c, on_body, run);
	http_client_start(&c, head);
	while (!run->r && in.len) {
		size_t n = chunk < in.len ? chunk : in.len;
		struct str part = str_make(in.p, n);

		run->r = http_client_feed(&c, &part);
		in = str_make(in.p + n - part.len, in.len - n + part.len);
		assert(run->r || !part.len);
		assert(c.line.len <= HTTP_CLIENT_HEAD_BYTES);
	}
	if (!run->r)
		run->r = http_client_closed(&c);
	assert(run->r);
	run->status = c.status;
	run->rest = run->r == HTTP_CLIENT_DONE ? in.len : 0;
	http_client_deinit(&c);
	sse_deinit(&run->sse);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole, parts;
	struct str in;

	if (size < 2)
		return 0;
	in = str_make((const char *)data + 2, size - 2);
	read_all(&whole, data[0] & 1, in, size);
	read_all(&parts, data[0] & 1, in, 1 + data[1] % 32u);
	/* Which of two faults is met first may depend on the pieces; success may not. */
	assert((whole.r == HTTP_CLIENT_DONE) == (parts.r == HTTP_CLIENT_DONE));
	if (whole.r == HTTP_CLIENT_DONE) {
		assert(whole.status == parts.status && whole.rest == parts.rest);
		assert(str_eq(buf_str(&whole.body), buf_str(&parts.body)));
		assert(str_eq(buf_str(&whole.events), buf_str(&parts.events)));
	}
	buf_deinit(&whole.body);
	buf_deinit(&whole.events);
	buf_deinit(&parts.body);
	buf_deinit(&parts.events);
	return 0;
}
