#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/viewer.h"

static struct viewer
pair(int *ret_other)
{
	struct viewer v = VIEWER_NONE;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	v.fd = ends[0];
	v.in = v.out = BUF_UNLIMITED;
	*ret_other = ends[1];
	return v;
}

static void
test_frames_in_any_pieces(void **state)
{
	static const uint8_t bytes[] = { 3, 0, 0, 0, SHIM_OUTPUT, 0, 0, 0, 'a', 'b', 'c',
		0, 0, 0, 0, SHIM_STATUS, 0, 0, 0 };
	int other;

	for (size_t step = 1; step <= sizeof(bytes); step++) {
		struct viewer v = pair(&other);
		unsigned seen = 0;

		for (size_t at = 0; at < sizeof(bytes); at += step) {
			size_t n = sizeof(bytes) - at < step ? sizeof(bytes) - at : step;
			struct shim_header h;
			struct shim_reader r;

			assert_int_equal(write(other, bytes + at, n), (int)n);
			assert_int_equal(viewer_fill(&v), 0);
			while (viewer_next(&v, &h, &r) == 1) {
				assert_int_equal(
				    h.type, seen ? SHIM_STATUS : SHIM_OUTPUT);
				assert_int_equal(r.end - r.p, seen ? 0 : 3);
				seen++;
			}
		}
		assert_int_equal(seen, 2);
		viewer_close(&v);
		assert_int_equal(close(other), 0);
	}
}

static void
test_a_frame_too_long_is_refused(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0xff, 0xff, 0xff, SHIM_OUTPUT, 0, 0, 0 };
	struct shim_header h;
	struct shim_reader r;
	int other;
	struct viewer v = pair(&other);

	assert_int_equal(write(other, bytes, sizeof(bytes)), (int)sizeof(bytes));
	assert_int_equal(viewer_fill(&v), 0);
	assert_true(viewer_next(&v, &h, &r) < 0);
	viewer_close(&v);
	assert_int_equal(close(other), 0);
}

static void
test_the_end(void **state)
{
	int other;
	struct viewer v = pair(&other);

	assert_int_equal(viewer_fill(&v), 0); /* nothing there: not the end */
	assert_int_equal(close(other), 0);
	assert_int_equal(viewer_fill(&v), VIEWER_E_CLOSED);
	viewer_send_control(&v, true);
	assert_int_equal(viewer_flush(&v), VIEWER_E_CLOSED);
	viewer_close(&v);
}

static void
test_long_input_is_cut_and_kept_together(void **state)
{
	static char text[100000];
	struct viewer from = VIEWER_NONE, to = VIEWER_NONE;
	struct shim_header h;
	struct shim_reader r;
	size_t total = 0;
	bool more = true;

	from.out = to.in = BUF_UNLIMITED;
	memset(text, 'x', sizeof(text));
	viewer_send_input(&from, str_make(text, sizeof(text)));
	buf_put(&to.in, from.out.data, from.out.len);
	while (viewer_next(&to, &h, &r) == 1) {
		assert_int_equal(h.type, SHIM_INPUT);
		assert_true(more);
		more = h.flags & SHIM_INPUT_MORE;
		assert_int_equal(shim_get_u32(&r), 0);
		total += (size_t)(r.end - r.p);
	}
	assert_int_equal(total, sizeof(text));
	assert_false(more);
	viewer_close(&from);
	viewer_close(&to);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_in_any_pieces),
		cmocka_unit_test(test_a_frame_too_long_is_refused),
		cmocka_unit_test(test_the_end),
		cmocka_unit_test(test_long_input_is_cut_and_kept_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
