/* Event streams, in every possible pair of pieces. */
#include "wire/sse.h"

#include <string.h>

#include "test.h"

static void
on_event(const struct sse_event *e, void *ctx)
{
	buf_printf(ctx, "[%llu %.*s %.*s]", (unsigned long long)e->id, STR_ARG(e->name),
	    STR_ARG(e->data));
}

static void
streams(void **state)
{
	static const char *const cases[][2] = {
		{ "id: 7\nevent: session.started\ndata: {\"a\":1}\n\n",
		    "[7 session.started {\"a\":1}]" },
		{ "data:1\r\n\r\ndata:2\r\rdata: 3\n\n",
		    "[0 message 1][0 message 2][0 message 3]" },
		{ ": comment\n\n\n\ndata: a\ndata:  b\ndata\n\n", "[0 message a\n b\n]" },
		{ "id: 1\nevent: x\n\ndata: y\n\n", "[0 message y]" },
		{ "id: x\nretry: 5\nfoo: bar\nbar\ndata: z\n\n", "[0 message z]" },
		{ "data: unfinished", "" },
		{ "data: unfinished\n", "" },
		{ "data:\n\n", "[0 message ]" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_of(cases[i][0]);

		for (size_t cut = 0; cut <= text.len; cut++) {
			struct buf out = BUF(1024);
			struct sse s;

			sse_init(&s, on_event, &out);
			assert_int_equal(sse_feed(&s, str_make(text.p, cut)), 0);
			assert_int_equal(
			    sse_feed(&s, str_make(text.p + cut, text.len - cut)), 0);
			assert_string_equal(buf_text(&out), cases[i][1]);
			sse_deinit(&s);
			buf_deinit(&out);
		}
	}
}

/* An endless line, endless data and an endless name end in an outcome. */
static void
hostile_streams(void **state)
{
	static const char *const starts[] = { "", "data: ", "event: " };
	char piece[4096];

	memset(piece, 'x', sizeof(piece));
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct buf out = BUF(1024);
		struct sse s;
		size_t fed = 0;
		int r;

		sse_init(&s, on_event, &out);
		r = sse_feed(&s, str_of(starts[i]));
		while (!r && fed < 4 * SSE_EVENT_BYTES) {
			r = sse_feed(&s, str_make(piece, sizeof(piece)));
			if (!r && i)
				r = sse_feed(
				    &s, i == 1 ? STR("\ndata: ") : STR("\nevent: "));
			fed += sizeof(piece);
		}
		assert_int_equal(r, SSE_E_LARGE);
		assert_int_equal(out.len, 0);
		sse_deinit(&s);
		buf_deinit(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams),
		cmocka_unit_test(hostile_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
